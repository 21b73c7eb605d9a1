# SPDX-License-Identifier: Apache-2.0
"""Decides whether a release is due: changes, least level, cadence, window and cooldown. The time is handed in."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from releasekit.core.levels import Level
from releasekit.core.plan import BumpKind, PlannedPackage
from releasekit.core.version import VersionScheme
from releasekit.spec import windows
from releasekit.spec.model import Schedule
from releasekit.spec.windows import Window

SCHEMA = 'releasekit/should-release/1'

_MINUTE = 60
_WEEK = 7
_NAMED = 5


@dataclasses.dataclass(frozen=True, slots=True)
class Gate:
    """One thing that must hold. `until` is when it will, ISO 8601, None where it does or where time alone won't do."""

    gate: Literal['changes', 'min_bump', 'cadence', 'window', 'cooldown']
    passed: bool
    detail: str
    until: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Candidate:
    """A package that would be released."""

    id: str
    released: str | None
    next: str
    bump: BumpKind


@dataclasses.dataclass(frozen=True, slots=True)
class Due:
    """Whether a release is due at `now`; `next` is when time alone will have made it due, None where it will not."""

    due: bool
    now: str
    next: str | None
    gates: tuple[Gate, ...]
    packages: tuple[Candidate, ...]


@dataclasses.dataclass(frozen=True)
class Facts:
    """What is decided on. All times are in the zone of the schedule; `last` is that of the newest release."""

    now: dt.datetime
    last: dt.datetime | None
    committed: dt.datetime
    packages: Sequence[PlannedPackage]
    schemes: Mapping[str, VersionScheme]


def decide(schedule: Schedule, facts: Facts) -> Due:
    """Ask every gate; those that release.yaml does not set up are none."""
    gates = tuple(_gates(schedule, facts))
    closed = [gate for gate in gates if not gate.passed]
    waits = not closed or any(gate.until is None for gate in closed)
    return Due(
        due=not closed,
        now=_written(facts.now),
        next=None if waits else _written(_opening(schedule, facts)),
        gates=gates,
        packages=tuple(Candidate(each.id, each.released, each.next, each.bump) for each in facts.packages),
    )


def _gates(schedule: Schedule, facts: Facts) -> Iterator[Gate]:
    yield _changes(facts)
    if schedule.min_bump is not None and facts.packages:
        yield _least(Level[schedule.min_bump.upper()], facts)
    if schedule.cadence is not None:
        yield _cadence(schedule.cadence, facts)
    if schedule.window is not None:
        yield _window(schedule.window, facts)
    if schedule.cooldown is not None:
        yield _cooldown(schedule.cooldown, facts)


def _changes(facts: Facts) -> Gate:
    if not facts.packages:
        return Gate('changes', False, 'no package would be released')
    names = [f'{package.id} {package.next}' for package in facts.packages]
    more = f' +{len(names) - _NAMED} more' if len(names) > _NAMED else ''
    return Gate('changes', True, f'{", ".join(names[:_NAMED])}{more}')


def _least(least: Level, facts: Facts) -> Gate:
    level, package = max(
        ((_level(package, facts.schemes[package.workspace]), package) for package in facts.packages),
        key=lambda pair: pair[0],
    )
    told = 'a first release' if package.released is None else f'a {level.bump} release'
    return Gate('min_bump', level >= least, f'{package.id} would be {told}, {least.bump} is asked for')


def _level(package: PlannedPackage, scheme: VersionScheme) -> Level:
    """How much a package changes; a prerelease as much as the stable version that it leads to."""
    if package.released is None:
        return Level.MAJOR
    if package.bump.value in {'major', 'minor', 'patch'}:
        return Level[package.bump.value.upper()]
    stable = scheme.stable_part(package.released)
    kind = scheme.bump_kind(stable, scheme.stable_part(package.next))
    if kind is BumpKind.NONE:
        # It goes on towards the same stable version.
        kind = scheme.bump_kind(package.released, stable)
    return Level[kind.value.upper()] if kind.value in {'major', 'minor', 'patch'} else Level.PATCH


def _cadence(cadence: Literal['daily', 'weekly', 'monthly'], facts: Facts) -> Gate:
    if facts.last is None:
        return Gate('cadence', True, f'{cadence}: nothing was released yet')
    start = _following(cadence, facts.last)
    told = f'{cadence}: the last release was made {_written(facts.last)}'
    return Gate('cadence', True, told) if facts.now >= start else Gate('cadence', False, told, _written(start))


def _following(cadence: Literal['daily', 'weekly', 'monthly'], last: dt.datetime) -> dt.datetime:
    """When the day, the week or the month after a release begins."""
    day = last.date()
    if cadence == 'daily':
        day += dt.timedelta(days=1)
    elif cadence == 'weekly':
        day += dt.timedelta(days=_WEEK - day.weekday())
    else:
        day = (day.replace(day=1) + dt.timedelta(days=31)).replace(day=1)
    return dt.datetime.combine(day, dt.time(), last.tzinfo)


def _window(text: str, facts: Facts) -> Gate:
    window = windows.parse(text)
    here = f'{windows.DAYS[facts.now.weekday()]} {facts.now:%H:%M} {window.zone}'
    if is_open(window, facts.now):
        return Gate('window', True, f'{here} is in {text}')
    return Gate('window', False, f'{here} is not in {text}', _written(opening(window, facts.now)))


def _cooldown(seconds: float, facts: Facts) -> Gate:
    end = facts.committed + dt.timedelta(seconds=seconds)
    told = f'the last commit was made {_written(facts.committed)}, and is to be {_duration(seconds)} old'
    return Gate('cooldown', True, told) if facts.now >= end else Gate('cooldown', False, told, _written(end))


def _opening(schedule: Schedule, facts: Facts) -> dt.datetime:
    """The first time at which cadence, cooldown and window all let a release begin."""
    times = [facts.now]
    if schedule.cadence is not None and facts.last is not None:
        times.append(_following(schedule.cadence, facts.last))
    if schedule.cooldown is not None:
        times.append(facts.committed + dt.timedelta(seconds=schedule.cooldown))
    first = max(times)
    return first if schedule.window is None else opening(windows.parse(schedule.window), first)


def is_open(window: Window, when: dt.datetime) -> bool:
    """Whether a window is open at a time of its zone; after midnight it is the one of the day before."""
    minute = when.hour * _MINUTE + when.minute
    if window.begin < window.end:
        return when.weekday() in window.days and window.begin <= minute < window.end
    yesterday = (when.weekday() - 1) % _WEEK
    return (when.weekday() in window.days and minute >= window.begin) or (
        yesterday in window.days and minute < window.end
    )


def opening(window: Window, when: dt.datetime) -> dt.datetime:
    """The first time from a time on at which a window is open."""
    if is_open(window, when):
        return when
    starts = (
        dt.datetime.combine(
            when.date() + dt.timedelta(days=days), dt.time(window.begin // _MINUTE, window.begin % _MINUTE), when.tzinfo
        )
        for days in range(_WEEK + 1)
    )
    return next(start for start in starts if start >= when and start.weekday() in window.days)


def _written(when: dt.datetime) -> str:
    return when.isoformat(timespec='minutes')


def _duration(seconds: float) -> str:
    whole = round(seconds)
    units = ((3600, 'h'), (_MINUTE, 'm'))
    return next((f'{whole // size}{unit}' for size, unit in units if whole and whole % size == 0), f'{seconds:g}s')
