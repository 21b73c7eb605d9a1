# SPDX-License-Identifier: Apache-2.0
"""Calendar versions: the formats of https://calver.org, and the numbers that a day calls for. The day is handed in.

Weeks are those of ISO 8601, and the year beside a week is the one that the week belongs to: 2027-01-01 is in week 53
of 2026, so that no version goes down at the turn of a year.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence

from releasekit.core.plan import BumpKind
from releasekit.errors import Code, fail
from releasekit.spec.model import Bump

DEFAULT = 'YYYY.MM.MICRO'

_COUNTERS = ('MAJOR', 'MINOR', 'MICRO')
# What a token shows; one that begins with a zero always has two digits.
_SHOWN: Mapping[str, str] = {
    'YYYY': 'year', 'YY': 'year', '0Y': 'year', 'MM': 'month', '0M': 'month', 'WW': 'week', '0W': 'week',
    'DD': 'day', '0D': 'day',
}  # fmt: skip
_YEARS = {'YYYY': range(1000, 10000), 'YY': range(1000), '0Y': range(1000)}
_LAST = {'month': 12, 'week': 53, 'day': 31}
# The counters that a level raises: its own, else a finer one; else a coarser one where nothing else has grown.
_RAISED: Mapping[Bump, tuple[tuple[str, ...], tuple[str, ...]]] = {
    'major': (('MAJOR', 'MINOR', 'MICRO'), ()),
    'minor': (('MINOR', 'MICRO'), ('MAJOR',)),
    'patch': (('MICRO',), ('MINOR', 'MAJOR')),
}
_TOKEN = re.compile('|'.join((*_SHOWN, *_COUNTERS)))
_MODIFIER = re.compile(r'[-.]?MODIFIER$')
# The parts of a date that may follow one another, from the greatest.
_ORDERS = (('year',), ('year', 'month'), ('year', 'month', 'day'), ('year', 'week'))


class FormatError(ValueError):
    """A format that no versions can be counted by."""


@dataclasses.dataclass(frozen=True, slots=True)
class Calendar:
    """A format: the tokens of each number of a version, `(('YYYY',), ('0M',), ('MICRO',))` for `YYYY.0M.MICRO`."""

    text: str
    numbers: tuple[tuple[str, ...], ...]

    @property
    def padded(self) -> str | None:
        """The first token that may begin a number with a zero."""
        return next((tokens[0] for tokens in self.numbers if tokens[0].startswith('0')), None)

    def fits(self, release: Sequence[int]) -> bool:
        """Whether these numbers are a version of this format: each date in it can be one."""
        numbers = self._filled(release)
        return len(numbers) == len(self.numbers) and all(
            _possible(tokens, number) for tokens, number in zip(self.numbers, numbers, strict=True)
        )

    def write(self, release: Sequence[int]) -> str:
        """The numbers with dots between them, zeros in front where the format has them."""
        if not self.fits(release):
            return '.'.join(map(str, release))
        pairs = zip(self.numbers, release)  # noqa: B905 - a version may leave the last numbers away
        return '.'.join(str(number).zfill(_width(tokens)) for tokens, number in pairs)

    def next(self, release: Sequence[int] | None, level: Bump, day: str, *, taken: bool = True) -> tuple[int, ...]:
        """The numbers of the version after `release`, which is None before the first one.

        In the same period a counter grows, in a new one it begins anew; a day before that of `release` is taken for
        its day. Without `taken`, a release of this period is itself what comes next.

        Raises:
            ReleaseKitError: `RK-VERSION-INVALID` where the format has no counter for a second version in a period.
        """
        today = self._today(day)
        if release is None or not self.fits(release):
            return self._anew(release or (), today)
        old = self._filled(release)
        dates = [now for now in today if now is not None]
        if dates < [number for number, now in zip(old, today, strict=True) if now is not None]:
            today = tuple(None if now is None else number for number, now in zip(old, today, strict=True))
        changed = next((at for at, now in enumerate(today) if now not in {None, old[at]}), None)
        if changed is None and not taken:
            return tuple(release)
        cut = self._cut(level, changed, release)
        numbers = [number if now is None else now for number, now in zip(old, today, strict=True)]
        if today[cut] is None:
            numbers[cut] += 1
        return tuple(0 if at > cut and today[at] is None else number for at, number in enumerate(numbers))

    def kind(self, before: Sequence[int], after: Sequence[int]) -> BumpKind:
        """How far one version is from another: by the counter that was raised; a new date is a patch."""
        old, new = self._filled(before), self._filled(after)
        grown = {self.numbers[at][0] for at, number in enumerate(new) if number > old[at]}
        return next(
            (kind for word, kind in (('MAJOR', BumpKind.MAJOR), ('MINOR', BumpKind.MINOR)) if word in grown),
            BumpKind.PATCH,
        )

    def _cut(self, level: Bump, changed: int | None, release: Sequence[int]) -> int:
        """The place of the number that grows; counters behind it begin anew."""
        places = {tokens[0]: at for at, tokens in enumerate(self.numbers)}
        own, coarser = ([places[word] for word in words if word in places] for words in _RAISED[level])
        if own and (changed is None or own[0] < changed):
            return own[0]
        if changed is not None:
            return changed
        if coarser:
            return coarser[0]
        message = f'{self.write(release)} is released, and {self.text} has no counter for another one of that date.'
        raise fail(Code.VERSION_INVALID, message, 'Add `.MICRO` to `version.format`, or release at a later date.')

    def _anew(self, release: Sequence[int], today: Sequence[int | None]) -> tuple[int, ...]:
        """The first numbers of this format; counters before the date stay as they are."""
        first = next(at for at, now in enumerate(today) if now is not None)
        kept = (*release, *(0 for _ in self.numbers))
        return tuple((kept[at] if at < first else 0) if now is None else now for at, now in enumerate(today))

    def _today(self, day: str) -> tuple[int | None, ...]:
        """The numbers that a day gives, None for counters."""
        parts = _parts(dt.date.fromisoformat(day), weekly=any(_SHOWN.get(each[-1]) == 'week' for each in self.numbers))
        return tuple(
            None if tokens[0] in _COUNTERS else int(''.join(_shown(token, parts) for token in tokens))
            for tokens in self.numbers
        )

    def _filled(self, release: Sequence[int]) -> tuple[int, ...]:
        """The numbers, with zeros for the last ones that are not written."""
        return (*release, *(0 for _ in self.numbers[len(release) :]))


@functools.lru_cache(maxsize=64)
def calendar(text: str) -> Calendar:
    """Read a format.

    Raises:
        FormatError: It is wrong, or its versions would not grow with time.
    """
    numbers = tuple(tuple(_tokens(part, text)) for part in _MODIFIER.sub('', text).split('.'))
    flat = [token for tokens in numbers for token in tokens]
    shown = tuple(_SHOWN[token] for token in flat if token in _SHOWN)
    counters = [token for token in flat if token in _COUNTERS]
    if not shown:
        raise FormatError(f'`{text}` has no year, so that no date is in it')
    if shown not in _ORDERS:
        raise FormatError(f'`{text}` would not grow with time: a year comes first, then a month or week, then a day')
    if counters != [token for token in _COUNTERS if token in counters]:
        raise FormatError(f'`{text}` counts in disorder: MAJOR, MINOR and MICRO come once each, in this order')
    return Calendar(text, numbers)


def _tokens(part: str, text: str) -> Iterator[str]:
    found = _TOKEN.findall(part)
    if not found or ''.join(found) != part:
        raise FormatError(f'`{part}` of `{text}` is none of {", ".join((*_SHOWN, *_COUNTERS))}')
    if any(token in _COUNTERS or not each.startswith('0') for token, each in itertools.pairwise(found)):
        raise FormatError(f'`{part}` of `{text}` could not be read back: after the first, write 0M, 0W or 0D')
    yield from found


def _parts(day: dt.date, *, weekly: bool) -> Mapping[str, int]:
    year, week, _ = day.isocalendar()
    return {'year': year if weekly else day.year, 'month': day.month, 'week': week, 'day': day.day}


def _shown(token: str, parts: Mapping[str, int]) -> str:
    number = parts[_SHOWN[token]]
    if token in {'YY', '0Y'}:
        # Short years are relative to the year 2000.
        number = max(number - 2000, 0)
    return f'{number:02}' if token.startswith('0') else str(number)


def _width(tokens: Sequence[str]) -> int:
    """How many digits a number has at least."""
    return 2 * len(tokens) if tokens[0].startswith('0') else 1


def _possible(tokens: Sequence[str], number: int) -> bool:
    """Whether a number can be that of its tokens, each of which but the first has two digits."""
    for token in reversed(tokens[1:]):
        number, last = divmod(number, 100)
        if not 1 <= last <= _LAST[_SHOWN[token]]:
            return False
    first = tokens[0]
    if first in _COUNTERS:
        return True
    return number in (_YEARS[first] if first in _YEARS else range(1, _LAST[_SHOWN[first]] + 1))
