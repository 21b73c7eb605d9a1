# SPDX-License-Identifier: Apache-2.0
"""Where each key and value stands in a YAML text, for diagnostics."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping

from releasekit.errors import Place

Path = tuple['str | int', ...]
# Columns of a line that are shown, and how many of them before the mark; minified YAML has lines of any length.
MAX_SHOWN = 160
_BEFORE = 80
_BREAK = re.compile('\r\n|\n|\r')


@dataclasses.dataclass(frozen=True, slots=True)
class Span:
    """Part of a line: line and column count from 1; `plain` is the text of a scalar that is not quoted."""

    line: int
    column: int
    length: int
    plain: str | None = None


@dataclasses.dataclass(frozen=True)
class Places:
    """The places of one file. A path is the keys and positions from the top: `('checks', 0, 'run')`."""

    file: str
    lines: tuple[str, ...]
    keys: Mapping[Path, Span] = dataclasses.field(default_factory=dict)
    values: Mapping[Path, Span] = dataclasses.field(default_factory=dict)

    def key(self, path: Path, label: str = '') -> Place:
        """The place of a key; of an item of a list, the item; of something that is not there, what should hold it."""
        return self.place(self._nearest(path, keys_first=True), label)

    def value(self, path: Path, label: str = '') -> Place:
        """The place of a value; of an empty one, its key; of one that is not there, what should hold it."""
        return self.place(self._nearest(path, keys_first=False), label)

    def _nearest(self, path: Path, *, keys_first: bool) -> Span:
        for length in range(len(path), 0, -1):
            key, value = self.keys.get(path[:length]), self.values.get(path[:length])
            shown = value if value is not None and (value.length or key is None) else None
            if (span := (key or shown) if keys_first else (shown or key)) is not None:
                return span
            # What is missing is missing from the key above, whichever was asked for.
            keys_first = keys_first or value is None
        return Span(1, 1, 1)

    def plain(self, path: Path) -> str | None:
        """The text of a scalar that is not quoted, or None."""
        span = self.values.get(path)
        return None if span is None else span.plain

    def place(self, span: Span, label: str = '') -> Place:
        """The place with its line."""
        source = self.lines[span.line - 1] if span.line <= len(self.lines) else ''
        begins = 1
        if len(source) > MAX_SHOWN:
            begins = max(1, span.column - _BEFORE) if span.column + _BEFORE // 2 > MAX_SHOWN else 1
            source = _window(source, begins - 1)
        # A quoted or block scalar can go on below: the caret stops where the line does.
        length = max(1, min(span.length, len(source) - (span.column - begins)))
        return Place(self.file, span.line, span.column, source, length, label, begins)


def split(text: str) -> tuple[str, ...]:
    """The lines of a YAML 1.2 text."""
    return tuple(_BREAK.split(text))


def _window(line: str, start: int) -> str:
    """A part of a line, with dots where something is left out; each takes the place of one character."""
    shown = line[start : start + MAX_SHOWN]
    before, after = '…' if start else '', '…' if start + MAX_SHOWN < len(line) else ''
    return f'{before}{shown[len(before) : len(shown) - len(after)]}{after}'
