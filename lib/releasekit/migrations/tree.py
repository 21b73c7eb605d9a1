# SPDX-License-Identifier: Apache-2.0
"""The values of a configuration file with the line of each, whatever it is written in."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any

_WORD = re.compile(r'[^.\s\[\]/]+')

Keys = tuple[str | int, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """A file of another tool, by its path from the root of the repository."""

    path: str
    text: str

    @property
    def suffix(self) -> str:
        """What its name ends with, without the dot; '' for none."""
        return self.path.rpartition('/')[2].lstrip('.').rpartition('.')[2] if '.' in self.name else ''

    @property
    def name(self) -> str:
        """Its name without its folder and a dot at the beginning."""
        return self.path.rpartition('/')[2].lstrip('.')


@dataclasses.dataclass(frozen=True)
class Node:
    """A value within a file. `lines` are those of all keys of the file; what has none stands where its parent does."""

    value: Any
    file: str
    keys: Keys = ()
    lines: Mapping[Keys, int] = dataclasses.field(default_factory=dict, repr=False)

    @property
    def line(self) -> int | None:
        """The line, counted from 1, as far as known."""
        ends = range(len(self.keys), -1, -1)
        return next((self.lines[self.keys[:end]] for end in ends if self.keys[:end] in self.lines), None)

    @property
    def name(self) -> str:
        """Its keys as a path: `packages[a/b].tag`."""
        parts = [f'[{key}]' if isinstance(key, int) or not _WORD.fullmatch(key) else f'.{key}' for key in self.keys]
        return ''.join(parts).removeprefix('.') or self.file

    @property
    def said(self) -> str:
        """The key and the place, as a comment names them."""
        key = next((key for key in reversed(self.keys) if isinstance(key, str)), 'settings')
        return f'{key} in {self.file}' if self.line is None else f'{key} in {self.file}:{self.line}'

    @property
    def text(self) -> str:
        """The value, where it is text; else ''."""
        return self.value if isinstance(self.value, str) else ''

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts of a list, or the only one."""
        many = self.value if isinstance(self.value, list) else [self.value]
        return tuple(each for each in many if isinstance(each, str))

    def get(self, *keys: str) -> Node:
        """The value below these keys; that of None where there is none."""
        value = self.value
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return Node(value, self.file, (*self.keys, *keys), self.lines)

    def has(self, key: str) -> bool:
        """Whether a table has a key."""
        return isinstance(self.value, dict) and key in self.value

    def items(self) -> Iterator[tuple[str, Node]]:
        """The keys of a table with their values; nothing where it is none."""
        for key, value in self.value.items() if isinstance(self.value, dict) else ():
            yield str(key), Node(value, self.file, (*self.keys, str(key)), self.lines)

    def each(self) -> Iterator[Node]:
        """The items of a list; nothing where it is none."""
        for at, value in enumerate(self.value if isinstance(self.value, list) else ()):
            yield Node(value, self.file, (*self.keys, at), self.lines)
