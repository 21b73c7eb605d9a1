# SPDX-License-Identifier: Apache-2.0
"""JSON as people write it, with comments, bare keys and trailing commas, and the data that a script exports.

The grammar is that of https://spec.json5.org; of numbers only those that configurations have.
"""

from __future__ import annotations

import re
from typing import Any

from releasekit.migrations.tree import Keys

_SPACE = re.compile(r'(?:[\s\ufeff]+|//[^\n]*|/\*.*?\*/)*', re.DOTALL)
_STRING = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|`(?:\\.|[^`\\])*`', re.DOTALL)
_NUMBER = re.compile(r'[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?')
_NAME = re.compile(r'[A-Za-z_$][A-Za-z0-9_$]*')
_ESCAPE = re.compile(
    r'\\(?:u\{(?P<long>[0-9a-fA-F]{1,6})\}|u(?P<u>[0-9a-fA-F]{4})|x(?P<x>[0-9a-fA-F]{2})|(?P<one>.))', re.DOTALL
)
_ONES = {'n': '\n', 't': '\t', 'r': '\r', 'b': '\b', 'f': '\f', 'v': '\v', '0': '\0', '\n': ''}
_WORDS = {'true': True, 'false': False, 'null': None, 'undefined': None}
_EXPORT = re.compile(r'^[ \t]*(?:module\.exports\s*=|export\s+default\b)', re.MULTILINE)
_AFTER = re.compile(r'as\s+const|satisfies\s+[\w.<>"()\s-]+')
_DEEPEST = 64


class NotPlainError(Exception):
    """What cannot be read as data: why, and on which line."""

    def __init__(self, what: str, line: int) -> None:
        """Keep both."""
        super().__init__(what)
        self.what, self.line = what, line


def parse(text: str) -> tuple[Any, dict[Keys, int]]:
    """The value of a text, and the line of each key and item.

    Raises:
        NotPlainError: It is no JSON, not even with comments.
    """
    parser = _Parser(text)
    value = parser.value(())
    parser.space()
    if parser.at < len(text):
        raise parser.wrong('something stands behind its end')
    return value, parser.lines


def exported(text: str) -> tuple[Any, dict[Keys, int]]:
    """The value that a script exports, where it is written down rather than computed.

    Raises:
        NotPlainError: It is computed.
    """
    found = _EXPORT.search(text)
    if found is None:
        raise NotPlainError('nothing in it is exported as plain data', 1)
    parser = _Parser(text, found.end())
    parser.space()
    name = _NAME.match(text, parser.at)
    if name is not None and name[0] not in _WORDS:
        # A name for what is written down above.
        given = re.compile(rf'^[ \t]*(?:const|let|var)\s+{re.escape(name[0])}\b[^=\n]*=', re.MULTILINE).search(text)
        if given is None or text[name.end() : name.end() + 1] in {'(', '.', '['}:
            raise parser.wrong(f'`{name[0]}` is computed')
        parser.at = given.end()
    value = parser.value(())
    parser.space()
    rest = text[parser.at : parser.at + 1]
    if rest not in {'', ';', '\n'} and not _AFTER.match(text, parser.at) and not _starts(text, parser.at):
        raise parser.wrong('the value goes on as an expression')
    return value, parser.lines


def _starts(text: str, at: int) -> bool:
    """Whether a statement of its own begins here."""
    return text[text.rfind('\n', 0, at) + 1 : at].strip() == '' and _NAME.match(text, at) is not None


class _Parser:
    """Reads values from a place on."""

    def __init__(self, text: str, at: int = 0) -> None:
        self.text, self.at = text, at
        self.lines: dict[Keys, int] = {}

    def wrong(self, what: str) -> NotPlainError:
        return NotPlainError(what, self.text.count('\n', 0, self.at) + 1)

    def space(self) -> None:
        if (found := _SPACE.match(self.text, self.at)) is not None:
            self.at = found.end()

    def value(self, keys: Keys) -> Any:  # noqa: ANN401 - JSON
        self.space()
        self.lines.setdefault(keys, self.text.count('\n', 0, self.at) + 1)
        sign = self.text[self.at : self.at + 1]
        if len(keys) > _DEEPEST:
            raise self.wrong(f'it is nested deeper than {_DEEPEST} levels')
        if sign == '{':
            return self._table(keys)
        if sign == '[':
            return self._list(keys)
        if (text := self._string()) is not None:
            return text
        if (number := _NUMBER.match(self.text, self.at)) is not None:
            self.at = number.end()
            return int(number[0]) if re.fullmatch(r'[+-]?\d+', number[0]) else float(number[0])
        if (word := _NAME.match(self.text, self.at)) is not None and word[0] in _WORDS:
            self.at = word.end()
            return _WORDS[word[0]]
        raise self.wrong(
            f'`{word[0]}` is computed' if word else f'{sign or "the end"} stands where a value is expected'
        )

    def _table(self, keys: Keys) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for _ in self._items('}'):
            line = self.text.count('\n', 0, self.at) + 1
            key = self._string()
            if key is None:
                name = _NAME.match(self.text, self.at) or _NUMBER.match(self.text, self.at)
                if name is None:
                    raise self.wrong('a key is expected here')
                key, self.at = name[0], name.end()
            self.space()
            if self.text[self.at : self.at + 1] != ':':
                raise self.wrong(f'a colon is expected behind `{key}`')
            self.at += 1
            self.lines.setdefault((*keys, key), line)
            found[key] = self.value((*keys, key))
        return found

    def _list(self, keys: Keys) -> list[Any]:
        found: list[Any] = []
        for _ in self._items(']'):
            found.append(self.value((*keys, len(found))))
        return found

    def _items(self, end: str) -> Any:  # noqa: ANN401 - a generator that only counts
        """Stand before each item up to the sign that ends them; a comma may stand behind the last."""
        self.at += 1
        while True:
            self.space()
            if self.text[self.at : self.at + 1] == end:
                self.at += 1
                return
            yield
            self.space()
            sign = self.text[self.at : self.at + 1]
            if sign == ',':
                self.at += 1
            elif sign != end:
                raise self.wrong(f'a comma or {end} is expected here')

    def _string(self) -> str | None:
        found = _STRING.match(self.text, self.at)
        if found is None:
            return None
        if found[0][0] == '`' and re.search(r'(?<!\\)\$\{', found[0]):
            raise self.wrong('a text is computed')
        self.at = found.end()
        return _ESCAPE.sub(_unescaped, found[0][1:-1])


def _unescaped(match: re.Match[str]) -> str:
    code = match['long'] or match['u'] or match['x']
    if code is None:
        return _ONES.get(match['one'], match['one'])
    number = int(code, 16)
    # Half of a pair, or more than there is, names no character.
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else '\ufffd'
