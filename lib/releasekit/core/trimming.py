# SPDX-License-Identifier: Apache-2.0
"""Notes that are too long for the page of a release are cut where little is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from releasekit.core.page import Page

# Characters of the body of a release: GitHub refuses more, "body is too long (maximum is 125000 characters)".
LIMITS: Mapping[str, int] = {'github': 125_000}
_CLOSING = '\n```\n\n</details>\n'


def trimmed(text: str, limit: int, rest: str) -> str:
    """The text within a limit of characters: as many whole lines from the top as there is room for, then `rest`.

    `rest` says what is missing and where it is. No heading is left without a line below it, and a block of code or a
    fold that is cut is closed.
    """
    if len(text) <= limit:
        return text
    room = limit - len(rest) - len(_CLOSING) - 3
    kept: list[str] = []
    for line in text.split('\n'):
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    while kept and (not kept[-1].strip() or Page.read(kept[-1]).headings):
        kept.pop()
    return '\n'.join([*kept, *_closed(kept), '', f'{rest}\n'] if kept else [rest])[:limit]


def _closed(lines: Sequence[str]) -> list[str]:
    """What closes the code and the fold that the lines leave open."""
    stripped = [line.strip() for line in lines]
    fences = sum(line.startswith('```') for line in stripped)
    folds = stripped.count('<details>') - stripped.count('</details>')
    return [*(['```'] if fences % 2 else []), *(['', '</details>'] if folds > 0 else [])]
