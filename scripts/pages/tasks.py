# SPDX-License-Identifier: Apache-2.0
"""The page about the tasks, from the table that the command line is made of."""

from __future__ import annotations

import dataclasses

from pages.tables import table
from releasekit.tasks.flags import Flags, helps, option
from releasekit.tasks.table import BUILTIN, Entry

_HEAD = """\
# Tasks

<!-- Written by scripts/reference.py from lib/releasekit/tasks/table.py and flags.py. -->

Each is `releasekit NAME`, and `invoke NAME` where there is a tasks.py. Tasks of release.yaml stand beside them.
What follows `--` is handed to the commands of the task as `{posargs}`.
"""


def page() -> str:
    """The whole page."""
    rows = [(f'[`{entry.name}`](#{entry.name})', entry.text) for entry in BUILTIN]
    return '\n'.join(
        [
            _HEAD,
            table('## All', 'In the order of `releasekit --list`.', ('task', 'what it does'), rows),
            *map(_entry, BUILTIN),
        ]
    )


def _entry(entry: Entry) -> str:
    known = helps(entry.flags, entry.formats)
    kinds = {field.name: field.default for field in dataclasses.fields(Flags)}
    rows = [(f'`{option(name)}`', 'yes' if kinds[name] == () else '', known[name]) for name in entry.flags]
    usage = ' '.join([f'releasekit {entry.name}', *(argument.upper() for argument in entry.arguments)])
    text = f'{entry.text}\n\n```console\n$ releasekit {entry.example}\n```\n\nUsage: `{usage} [FLAGS]`'
    return table(f'## {entry.name}', text, ('flag', 'repeatable', 'meaning'), rows)
