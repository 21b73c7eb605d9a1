# SPDX-License-Identifier: Apache-2.0
"""The import declarations of a Go file: https://go.dev/ref/spec#Import_declarations. Nothing behind them is read.

What is no Go, such as a template, has none.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Iterator

_TOKEN = re.compile(
    r'(?P<space>[ \t\r\ufeff]+)|(?P<comment>//[^\n]*|/\*(?P<inside>.*?)\*/)|(?P<line>\n)'
    r'|(?P<string>"(?:\\.|[^"\\\n])*"|`[^`]*`)|(?P<word>[^\W\d]\w*)|(?P<sign>[.;()])',
    re.DOTALL,
)
_END = 'end'


@dataclasses.dataclass(frozen=True, slots=True)
class Import:
    """An imported path: `start` and `end` are the inside of its quotes."""

    path: str
    start: int
    end: int


def imports(text: str) -> Iterator[Import]:
    """The imports of a file, in order."""
    tokens = _Tokens(text)
    if tokens.take() != ('word', 'package') or tokens.take()[0] != 'word':
        return
    kind, said = tokens.take()
    while True:
        while kind == 'sign' and said == ';':
            kind, said = tokens.take()
        if (kind, said) != ('word', 'import'):
            return
        kind, said = tokens.take()
        if (kind, said) == ('sign', '('):
            while (found := tokens.spec()) is not None:
                yield found
            kind, said = tokens.take()
        elif (found := tokens.spec((kind, said))) is not None:
            yield found
            kind, said = tokens.take()
        else:
            return


class _Tokens:
    """The tokens of a file; a line end that ends a statement is a semicolon (https://go.dev/ref/spec#Semicolons)."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0
        self._start = 0
        self._ends = False

    def take(self) -> tuple[str, str]:
        """The next token; the kind is `end` where there is none, or none that is known."""
        while (found := _TOKEN.match(self._text, self._place)) is not None:
            self._start, self._place = found.span()
            newline = found.lastgroup == 'line' or '\n' in (found['inside'] or '')
            if newline and self._ends:
                self._ends = False
                return 'sign', ';'
            if found.lastgroup in {'string', 'word', 'sign'}:
                self._ends = found.lastgroup != 'sign' or found[0] == ')'
                # A keyword ends no statement.
                self._ends = self._ends and found[0] not in {'import', 'package'}
                return str(found.lastgroup), found[0]
        return _END, ''

    def spec(self, first: tuple[str, str] | None = None) -> Import | None:
        """The next import of a declaration, None where it ends."""
        kind, said = first or self.take()
        while kind == 'sign' and said == ';' and first is None:
            kind, said = self.take()
        if kind == 'word' or said == '.':
            kind, said = self.take()
        if kind != 'string':
            return None
        try:
            path = said[1:-1] if said[0] == '`' else json.loads(said)
        except ValueError:
            return None
        return Import(path, self._start + 1, self._place - 1)


def rewritten(text: str, follow: Callable[[str], str]) -> str:
    """The text with every imported path as `follow` gives it."""
    for found in reversed(list(imports(text))):
        if (new := follow(found.path)) != found.path:
            text = text[: found.start] + new + text[found.end :]
    return text
