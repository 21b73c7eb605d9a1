# SPDX-License-Identifier: Apache-2.0
"""Text of others as Markdown: it reads as it was written, nobody is mentioned, and what it refers to is linked."""

from __future__ import annotations

import re
from collections.abc import Callable

from releasekit.core.forge import Forge
from releasekit.core.references import INLINE, linkable

# What would start another block, or a tag, at the place of an entry's text.
_BLOCK = re.compile(r'(?:[#>+*=-]|\d+[.)])(?=[ \t]|$)')
FENCE = re.compile(r' {0,3}(?P<mark>`{3,}|~{3,})')
_CODE = re.compile(r'(`+)(?:(?!\1).)+?\1(?!`)')
_SPECIAL = re.compile(r'[<*\\]|(?<![^\W_])_|_(?![^\W_])')
# Most lines: nothing in them has to be escaped.
_ORDINARY = re.compile(r'[A-Za-z][A-Za-z0-9 ,.:;()/-]*')
_MENTION = re.compile(r'(?<![\w`.])@(?=\w)[\w./-]*\w')


def escape(text: str, forge: Forge | None = None) -> str:
    """Text that reads as it was written: no tags, no emphasis, no headings, and nobody is mentioned.

    On a forge, `#12` and its like become links to what they name.
    """
    return '\n'.join(_escape_line(line, forge) for line in text.split('\n'))


def link(text: str, url: str | None) -> str:
    """Markdown that is a link where there is an address; `text` is Markdown already."""
    return text if url is None else f'[{text}]({url})'


def words(text: str, forge: Forge | None = None) -> str:
    """Text for one cell of a table."""
    return escape(' '.join(text.split()), forge).replace('|', '\\|')


def _escape_line(line: str, forge: Forge | None) -> str:
    if _ORDINARY.fullmatch(line) and (forge is None or 'GH-' not in line):
        return line
    pieces: list[str] = []
    done = 0
    for code in _CODE.finditer(line):
        pieces += [_escape_prose(line[done : code.start()], forge), code[0]]
        done = code.end()
    escaped = ''.join([*pieces, _escape_prose(line[done:], forge)]).lstrip()
    if FENCE.match(escaped):
        return f'\\{escaped}'
    block = _BLOCK.match(escaped)
    return escaped if block is None else f'{escaped[: block.end() - 1]}\\{escaped[block.end() - 1 :]}'


def _escape_prose(text: str, forge: Forge | None) -> str:
    def plain(piece: str) -> str:
        return _SPECIAL.sub(r'\\\g<0>', piece)

    def unmentioned(piece: str) -> str:
        return _each(_MENTION, piece, lambda match: f'`{match[0]}`', plain)

    if forge is None:
        return unmentioned(text)
    return _each(INLINE, text, lambda match: _linked(match, forge), unmentioned)


def _each(what: re.Pattern[str], text: str, found: Callable[[re.Match[str]], str], rest: Callable[[str], str]) -> str:
    pieces: list[str] = []
    done = 0
    for match in what.finditer(text):
        pieces += [rest(text[done : match.start()]), found(match)]
        done = match.end()
    return ''.join([*pieces, rest(text[done:])])


def _linked(match: re.Match[str], forge: Forge) -> str:
    return link(match[0], linkable(match, forge))
