# SPDX-License-Identifier: Apache-2.0
"""The format of versions that are dates, from those that there are: pure. Of 26.8.1 nobody can know."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from releasekit.core.calver import calendar

# A calendar has four digits for the year: 26.8.1 may be the eighth minor version of 26.
_YEARS = range(1990, 2200)
_MONTHS = range(1, 13)
_DAYS = range(1, 32)
_NUMBERS = re.compile(r'[0-9]+(?:\.[0-9]+)*')
# Numbers of one version, and the place of each in all of them.
_Column = Sequence[str]
_SEMVER = 3


def guess(versions: Sequence[str], grammar: str) -> str | None:
    """The format of versions as they are written, None where they are no dates of the grammar pep440 or semver."""
    rows = [match.group().split('.') for version in versions if (match := _NUMBERS.match(version)) is not None]
    if not rows or len(rows) < len(versions):
        return None
    longest = max(map(len, rows))
    columns = [[row[at] for row in rows if len(row) > at] for at in range(longest)]
    text = '.'.join(_tokens(columns))
    if not text or (grammar == 'semver' and longest != _SEMVER):
        return None
    dates = calendar(text)
    return text if all(dates.fits([int(number) for number in row]) for row in rows) else None


def _tokens(columns: Sequence[_Column]) -> Iterator[str]:
    """The tokens of each place; none where the first is no date."""
    first, *rest = columns
    if (joined := _joined(first)) is not None:
        yield joined
        yield from _counters(len(rest))
        return
    padded = bool(rest) and any(number.startswith('0') for number in rest[0]) and _within(rest[0], _MONTHS)
    if not _within(first, _YEARS) and not (padded and all(len(number) == 2 for number in (*first, *rest[0]))):
        return
    yield 'YYYY' if _within(first, _YEARS) else 'YY'
    if not rest or not _within(rest[0], _MONTHS):
        yield from _counters(len(rest))
        return
    yield '0M' if padded else 'MM'
    days = rest[1:2]
    if days and _within(days[0], _DAYS) and (len(rest) > 2 or len(days[0]) > 1):
        yield '0D' if any(number.startswith('0') for number in days[0]) else 'DD'
        yield from _counters(len(rest) - 2)
    else:
        yield from _counters(len(rest) - 1)


def _joined(numbers: _Column) -> str | None:
    """The token of dates without dots: 20260823 or 202608."""
    for length, text in ((8, 'YYYY0M0D'), (6, 'YYYY0M')):
        if all(len(number) == length and int(number[:4]) in _YEARS for number in numbers):
            return text
    return None


def _within(numbers: _Column, allowed: range) -> bool:
    return all(int(number) in allowed for number in numbers)


def _counters(count: int) -> tuple[str, ...]:
    """What counts within a period."""
    return ('MAJOR', 'MINOR', 'MICRO')[-count:] if 0 < count <= 3 else ()
