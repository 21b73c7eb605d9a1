# SPDX-License-Identifier: Apache-2.0
"""When a release is due: windows over midnight and in time zones, periods of the calendar, cooldown, least level."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from releasekit.core.plan import BumpKind, PlannedPackage
from releasekit.core.schedule import Due, Facts, decide, is_open, opening
from releasekit.core.version import scheme
from releasekit.spec.model import Bump, Schedule
from releasekit.spec.windows import DAYS, Window, parse

# 2026-11-23 is a Monday.
MONDAY = dt.datetime(2026, 11, 23, tzinfo=dt.timezone.utc)
BERLIN = zoneinfo.ZoneInfo('Europe/Berlin')


def at(text: str, zone: dt.tzinfo = dt.timezone.utc) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone)


def planned(bump: str = 'minor', released: str | None = '1.0.0', next_: str = '1.1.0') -> PlannedPackage:
    return PlannedPackage(
        'py:core', 'core', 'py', 'python', '.', released, released, next_, BumpKind(bump), f'v{next_}', (), ()
    )


def asked(
    schedule: Schedule,
    now: str,
    last: str | None = '2026-11-16T10:00',
    committed: str = '2026-11-20T10:00',
    package: PlannedPackage | None = None,
) -> Due:
    facts = Facts(
        at(now),
        None if last is None else at(last),
        at(committed),
        [package or planned()],
        {'py': scheme('pep440')},
    )
    return decide(schedule, facts)


def closed(due: Due) -> list[str]:
    return [gate.gate for gate in due.gates if not gate.passed]


@pytest.mark.parametrize(
    ('text', 'days', 'begin', 'end', 'zone'),
    [
        ('Mon-Thu 09:00-16:00 UTC', 'Mon Tue Wed Thu', 540, 960, 'UTC'),
        ('9:30-16:00', 'Mon Tue Wed Thu Fri Sat Sun', 570, 960, 'UTC'),
        ('Fri,Sat 22:00-02:00 Europe/Berlin', 'Fri Sat', 1320, 120, 'Europe/Berlin'),
        ('Sat-Mon,Wed 00:00-24:00 America/Argentina/Buenos_Aires', 'Mon Wed Sat Sun', 0, 1440, None),
        ('Sun 0:00-0:30 Etc/GMT+3', 'Sun', 0, 30, 'Etc/GMT+3'),
    ],
)
def test_a_window_is_days_hours_and_a_zone(text: str, days: str, begin: int, end: int, zone: str | None) -> None:
    """Without days it opens daily, without a zone by UTC; days may go over the end of the week."""
    expected = Window(frozenset(DAYS.index(day) for day in days.split()), begin, end, zone or text.rpartition(' ')[2])
    assert parse(text) == expected


@pytest.mark.parametrize(
    ('window', 'when', 'open_', 'next_'),
    [
        ('Mon-Thu 09:00-16:00 UTC', '2026-11-23T09:00', True, '2026-11-23T09:00'),
        ('Mon-Thu 09:00-16:00 UTC', '2026-11-23T08:59', False, '2026-11-23T09:00'),
        ('Mon-Thu 09:00-16:00 UTC', '2026-11-23T15:59', True, '2026-11-23T15:59'),
        ('Mon-Thu 09:00-16:00 UTC', '2026-11-23T16:00', False, '2026-11-24T09:00'),
        ('Mon-Thu 09:00-16:00 UTC', '2026-11-26T17:00', False, '2026-11-30T09:00'),
        ('Fri 22:00-02:00', '2026-11-27T21:59', False, '2026-11-27T22:00'),
        ('Fri 22:00-02:00', '2026-11-27T23:30', True, '2026-11-27T23:30'),
        ('Fri 22:00-02:00', '2026-11-28T01:59', True, '2026-11-28T01:59'),
        ('Fri 22:00-02:00', '2026-11-28T02:00', False, '2026-12-04T22:00'),
        ('Fri 22:00-02:00', '2026-11-27T01:00', False, '2026-11-27T22:00'),
        ('Mon 00:00-24:00', '2026-11-23T23:59', True, '2026-11-23T23:59'),
        ('Mon 00:00-24:00', '2026-11-24T00:00', False, '2026-11-30T00:00'),
        ('Mon 09:00-10:00', '2026-11-23T10:00', False, '2026-11-30T09:00'),
    ],
)
def test_a_window_is_open_from_its_begin_to_before_its_end(window: str, when: str, open_: bool, next_: str) -> None:
    """One that goes over midnight belongs to the day on which it began."""
    assert is_open(parse(window), at(when)) is open_
    assert opening(parse(window), at(when)) == at(next_)


@settings(max_examples=200, deadline=None)
@given(
    st.frozensets(st.integers(0, 6), min_size=1),
    st.integers(0, 1439),
    st.integers(0, 1440),
    st.integers(0, 8 * 1440),
)
def test_the_next_opening_is_the_first(days: frozenset[int], begin: int, end: int, minutes: int) -> None:
    """It is open then, and at no minute before."""
    if begin == end:
        return
    window = Window(days, begin, end, 'UTC')
    when = MONDAY + dt.timedelta(minutes=minutes)
    found = opening(window, when)
    assert is_open(window, found)
    steps = int((found - when).total_seconds() // 60)
    assert not any(is_open(window, when + dt.timedelta(minutes=step)) for step in range(steps))


def test_a_window_follows_the_clocks_of_its_zone() -> None:
    """Nine in Berlin is eight by UTC in winter, and seven in summer."""
    window = parse('09:00-10:00 Europe/Berlin')
    assert is_open(window, at('2026-11-23T08:30').astimezone(BERLIN))
    assert not is_open(window, at('2026-11-23T07:30').astimezone(BERLIN))
    assert is_open(window, at('2026-07-06T07:30').astimezone(BERLIN))
    assert opening(window, at('2026-07-06T08:30').astimezone(BERLIN)) == at('2026-07-07T07:00')


@pytest.mark.parametrize(
    ('cadence', 'last', 'now', 'until'),
    [
        ('daily', '2026-11-22T23:59', '2026-11-23T00:00', None),
        ('daily', '2026-11-23T00:00', '2026-11-23T23:59', '2026-11-24T00:00+00:00'),
        ('weekly', '2026-11-22T12:00', '2026-11-23T00:00', None),
        ('weekly', '2026-11-23T00:00', '2026-11-29T23:59', '2026-11-30T00:00+00:00'),
        ('monthly', '2026-11-30T12:00', '2026-12-01T00:00', None),
        ('monthly', '2026-12-01T00:00', '2026-12-31T00:00', '2027-01-01T00:00+00:00'),
        ('monthly', '2026-01-31T00:00', '2026-02-01T00:00', None),
        ('monthly', None, '2026-02-01T00:00', None),
    ],
)
def test_a_cadence_is_a_period_of_the_calendar(
    cadence: Literal['daily', 'weekly', 'monthly'], last: str | None, now: str, until: str | None
) -> None:
    """So a job that runs every Monday at nine is never a minute early; before the first release nothing waits."""
    due = asked(Schedule(cadence=cadence), now, last)
    (gate,) = [gate for gate in due.gates if gate.gate == 'cadence']
    assert (gate.passed, gate.until, due.due, due.next) == (until is None, until, until is None, until)


@pytest.mark.parametrize(
    ('package', 'least', 'passed'),
    [
        (planned('patch', next_='1.0.1'), 'patch', True),
        (planned('patch', next_='1.0.1'), 'minor', False),
        (planned('minor'), 'minor', True),
        (planned('major', next_='2.0.0'), 'minor', True),
        (planned('initial', None), 'major', True),
        (planned('prerelease', next_='1.1.0rc1'), 'minor', True),
        (planned('prerelease', next_='1.0.1rc1'), 'minor', False),
        (planned('prerelease', '2.0.0rc1', '2.0.0rc2'), 'major', True),
        (planned('prerelease', '1.1.0rc1', '1.1.0rc2'), 'major', False),
        (planned('minor', '1.1.0rc2', '1.1.0'), 'minor', True),
    ],
)
def test_a_release_changes_enough_or_waits_for_more(package: PlannedPackage, least: Bump, passed: bool) -> None:
    """A prerelease counts as what it will become; time alone makes none due."""
    due = asked(Schedule(min_bump=least), '2026-11-23T10:00', package=package)
    assert due.due is passed
    assert due.next is None
    assert closed(due) == ([] if passed else ['min_bump'])


def test_the_last_commit_cools_down() -> None:
    """To the second."""
    schedule = Schedule(cooldown=5400.0)
    due = asked(schedule, '2026-11-20T11:29')
    assert (closed(due), due.next) == (['cooldown'], '2026-11-20T11:30+00:00')
    assert 'is to be 90m old' in due.gates[-1].detail
    assert asked(schedule, '2026-11-20T11:30').due


def test_all_gates_are_asked_and_the_next_time_is_when_all_are_open() -> None:
    """The week begins, the commit is old enough, then the window opens; a lack of changes no time can mend."""
    schedule = Schedule(cadence='weekly', window='Tue 09:00-16:00', cooldown=3600.0)
    due = asked(schedule, '2026-11-17T17:00', committed='2026-11-17T16:30')
    assert closed(due) == ['cadence', 'window', 'cooldown']
    assert due.next == '2026-11-24T09:00+00:00'
    assert asked(schedule, '2026-11-24T09:00', committed='2026-11-17T16:30').due

    nothing = decide(schedule, Facts(at('2026-11-24T09:00'), None, at('2026-11-24T08:30'), [], {}))
    assert (closed(nothing), nothing.next) == (['changes', 'cooldown'], None)
