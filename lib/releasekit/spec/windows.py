# SPDX-License-Identifier: Apache-2.0
"""The window of a schedule: `Mon-Thu 09:00-16:00 Europe/Berlin`."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

DAYS = ('Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun')
UTC = 'UTC'


@dataclasses.dataclass(frozen=True, slots=True)
class Window:
    """Days of the week (Monday is 0) on which it opens, and minutes of the day; it may end on the day after."""

    days: frozenset[int]
    begin: int
    end: int
    zone: str


def parse(text: str) -> Window:
    """Read a window that fits the schema of release.yaml."""
    words = text.split(' ')
    days = words.pop(0) if words[0][0].isalpha() else f'{DAYS[0]}-{DAYS[-1]}'
    begin, _, end = words.pop(0).partition('-')
    return Window(frozenset(_days(days)), _minutes(begin), _minutes(end), words[0] if words else UTC)


def _days(text: str) -> Iterator[int]:
    """`Mon,Thu-Sat` as numbers; a range may go over the end of the week."""
    for part in text.split(','):
        first, _, last = part.partition('-')
        start = DAYS.index(first)
        length = (DAYS.index(last or first) - start) % len(DAYS)
        yield from ((start + day) % len(DAYS) for day in range(length + 1))


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(':')
    return int(hours) * 60 + int(minutes)
