# SPDX-License-Identifier: Apache-2.0
"""The page about the codes of errors and warnings, from lib/releasekit/explain/codes.md and the exit statuses."""

from __future__ import annotations

from pages.tables import table
from releasekit.core.guide import Explanation
from releasekit.errors import Code, Exit, Problem, ReleaseKitError
from releasekit.tasks.explain import codes

_HEAD = """\
# Errors and warnings

<!-- Written by scripts/reference.py from lib/releasekit/explain/codes.md. -->

Every error and warning carries a code. `releasekit explain CODE` prints its section of this page.
The status is that of the program where the code is the first of its errors; a warning changes no status.
"""


def page() -> str:
    """The whole page."""
    found = codes()
    rows = [(f'[{each.name}](#{each.name.lower()})', str(_status(each).value), each.title) for each in found]
    return '\n'.join(
        [_HEAD, table('## All codes', 'In order.', ('code', 'status', 'meaning'), rows), *map(_section, found)]
    )


def _status(found: Explanation) -> Exit:
    return ReleaseKitError(Problem(Code(found.name), found.title, found.text)).exit


def _section(found: Explanation) -> str:
    return f'## {found.name}\n\n{found.title}\n\n{found.text}\n'
