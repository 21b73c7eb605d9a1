# SPDX-License-Identifier: Apache-2.0
"""Path globs: `*` and `?` stay inside one folder, `**` goes through any number of them, `[…]` is a set."""

from __future__ import annotations

import functools
import re

_PIECE = re.compile(
    r'(?P<deep>\*\*/)|(?P<all>\*\*)|(?P<any>\*)|(?P<one>\?)|\[(?P<not>!)?(?P<set>[^\]]+)\]|(?P<text>.)', re.DOTALL
)
_FIXED = {'deep': '(?:.*/)?', 'all': '.*', 'any': '[^/]*', 'one': '[^/]'}


@functools.lru_cache(maxsize=1024)
def pattern(glob: str) -> re.Pattern[str]:
    """The pattern that a whole path must match."""
    return re.compile(''.join(_piece(match) for match in _PIECE.finditer(glob)), re.DOTALL)


def _piece(match: re.Match[str]) -> str:
    if (kind := match.lastgroup) in _FIXED:
        return _FIXED[kind]
    if (text := match['text']) is not None:
        return re.escape(text)
    members = match['set'].replace('\\', r'\\').replace('[', r'\[').replace('^', r'\^')
    return f'(?!/)[{"^" if match["not"] else ""}{members}]'
