# SPDX-License-Identifier: Apache-2.0
"""Where the strings of a TOML text stand, so that one can be changed and the rest stays byte for byte.

It reads only what our edits need. In a text that is TOML it takes nothing for a string that is none, and no key for
another: what it does not understand is `UNKNOWN`.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r'(?P<string>"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\')'
    r'|(?P<comment>\#[^\n]*)|(?P<open>[\[{])|(?P<close>[\]}])|(?P<equals>=)|(?P<comma>,)|(?P<line>\n)',
    re.DOTALL,
)
_KEY = re.compile(r'\s*(?:"([^"\\]*)"|\'([^\']*)\'|([A-Za-z0-9_-]+))\s*(\.|$)')

Path = tuple[str, ...]

# The key of what is not understood, such as a key with escapes; no key that is understood has this character.
UNKNOWN = ('\0',)


@dataclasses.dataclass(frozen=True, slots=True)
class String:
    """A string that is a value, or a part of one: `path` are the keys to the value, `start` and `end` its inside.

    `inline` says that it stands in an inline table.
    """

    path: Path
    start: int
    end: int
    inline: bool = False


def strings(text: str) -> Iterator[String]:
    """The strings on one line that are values or parts of them, in the order of the text."""
    state = _State(text)
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == 'string' and state.key is not None and not token[0].startswith(('"""', "'''")):
            yield String(state.key, token.start() + 1, token.end() - 1, state.inline)
        elif kind in state.steps:
            state.steps[kind](token)


class _State:
    """Where in the document the scanner is: below which header, behind which key, in which brackets."""

    def __init__(self, text: str) -> None:
        self.key: Path | None = None
        self.steps = {
            'line': self._line,
            'equals': self._equals,
            'comma': self._comma,
            'open': self._open,
            'close': self._close,
        }
        self._text = text
        # What the next key is below: a header's keys, or those to an inline table.
        self._above: Path = ()
        self._in_header = False
        # The open brackets of values: which one, the keys to it, and what those were below.
        self._open_ones: list[tuple[str, Path, Path]] = []
        # Where the key began, or the name in a header.
        self._begin = 0

    @property
    def inline(self) -> bool:
        """Whether an inline table is open."""
        return any(bracket == '{' for bracket, *_ in self._open_ones)

    def _line(self, token: re.Match[str]) -> None:
        if not self._open_ones:
            self.key, self._begin, self._in_header = None, token.end(), False

    def _equals(self, token: re.Match[str]) -> None:
        if self.key is None and not self._in_header:
            self.key = (*self._above, *keys(self._text[self._begin : token.start()]))

    def _comma(self, token: re.Match[str]) -> None:
        if self._open_ones and self._open_ones[-1][0] == '{':
            self.key, self._begin = None, token.end()

    def _open(self, token: re.Match[str]) -> None:
        if self.key is None:
            self._in_header, self._begin = True, token.end()
            return
        self._open_ones.append((token[0], self.key, self._above))
        if token[0] == '{':
            self._above, self.key, self._begin = self.key, None, token.end()

    def _close(self, token: re.Match[str]) -> None:
        if self._open_ones:
            _, self.key, self._above = self._open_ones.pop()
        elif self._in_header and self._text[token.start() - 1] != ']':
            self._above = keys(self._text[self._begin : token.start()])


def keys(text: str) -> Path:
    """The parts of a dotted key; `UNKNOWN` where it is not understood."""
    parts: list[str] = []
    position = 0
    while position < len(text):
        found = _KEY.match(text, position)
        if found is None:
            return UNKNOWN
        parts.append(found[1] or found[2] or found[3] or '')
        position = found.end()
    return tuple(parts)
