# SPDX-License-Identifier: Apache-2.0
"""Changesets in changelogs: their summaries are Markdown that somebody wrote for users, and stay so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

# Where a level is listed that no section names: where the usual type of commit of that level is.
_LIKE: Mapping[str, str] = {'minor': 'feat', 'patch': 'fix'}
OTHERWISE = 'Changed'
_FENCE = re.compile(r' {0,3}(?P<mark>`{3,}|~{3,})')
_CODE = re.compile(r'(`+)(?:(?!\1).)+?\1(?!`)')
# A mention, and what must stay as it is: links and addresses of mail have the sign in the middle of a word.
_MENTION = re.compile(r'(?<![\w`.@/\[])@(?=\w)[\w./-]*\w')


def title(level: str, titles: Mapping[str, str], breaking: str) -> str:
    """The section for changesets of a level; `titles` are those of the types of commits, and of levels themselves."""
    if level in titles:
        return titles[level]
    return breaking if level == 'major' else titles.get(_LIKE[level], OTHERWISE)


def text(summary: str) -> str:
    """The text of a changeset: its summary, all of its lines. What stands there as code is left alone."""
    return '\n'.join(_lines(summary))


def _lines(text: str) -> Iterator[str]:
    """The lines, in which nobody is mentioned."""
    fence = ''
    for line in text.split('\n'):
        mark = _FENCE.match(line)
        if mark is not None and not fence:
            fence = mark['mark']
        elif mark is not None and mark['mark'].startswith(fence) and not line[mark.end() :].strip():
            fence = ''
        elif not fence:
            yield _unmentioned(line)
            continue
        yield line


def _unmentioned(line: str) -> str:
    pieces: list[str] = []
    done = 0
    for code in _CODE.finditer(line):
        pieces += [_MENTION.sub(r'`\g<0>`', line[done : code.start()]), code[0]]
        done = code.end()
    return ''.join([*pieces, _MENTION.sub(r'`\g<0>`', line[done:])])
