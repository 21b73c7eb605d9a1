# SPDX-License-Identifier: Apache-2.0
"""Sections of changelogs that templates write: the notes as plain data, and a few filters that write Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from releasekit import codec
from releasekit.core import prose, sandbox
from releasekit.core.changelog import Writer, counted
from releasekit.core.forge import Forge
from releasekit.core.notes import Entry, Notes, Part, Person, Statistics
from releasekit.spec.model import ChangelogRules

# Templates can hardly help to make more blank lines than one.
_BLANKS = re.compile(r'\n(?:[ \t]*\n){2,}')


def section(text: str, name: str, notes: Notes, rules: ChangelogRules, forge: Forge | None) -> str:
    """What a template makes of notes, with one line end; `name` is what errors call it.

    Its variables are the fields of `notes`, with `heading` for the heading that the style would write.

    Raises:
        ReleaseKitError: `RK-TEMPLATE-FAILED`.
    """
    writer = Writer(rules, forge)
    data = {**codec.encode(notes), 'heading': writer.heading(notes)}
    made = sandbox.render(text, name, data, _filters(writer, forge))
    return _BLANKS.sub('\n\n', made).strip('\n') + '\n'


def _filters(writer: Writer, forge: Forge | None) -> Mapping[str, Callable[..., str]]:
    """The filters of ours by name, all of them from plain data to Markdown."""

    def entry(value: Any) -> Entry:  # noqa: ANN401 - what a template hands over
        return codec.decode(value, Entry)

    return {
        'md': lambda value: prose.escape(_text(value), forge),
        'cell': lambda value: prose.words(_text(value), forge),
        'link': lambda value, url: prose.link(_text(value), None if url is None else _text(url)),
        'line': lambda value: writer.line(entry(value)),
        'migration': lambda value: writer.migration(entry(value)),
        'dependencies': lambda value: writer.dependencies(codec.decode(value, Part)),
        'people': lambda value: writer.people(codec.decode(value, tuple[Person, ...])),
        'sentence': lambda value: counted(codec.decode(value, Statistics)),
    }


def _text(value: Any) -> str:  # noqa: ANN401
    if not isinstance(value, (str, int, float)):
        raise TypeError(f'it can write texts and numbers as Markdown, not a {type(value).__name__}')
    return str(value)
