# SPDX-License-Identifier: Apache-2.0
"""Finds out whether a release is due: plans, looks up when was released last, and asks the schedule."""

from __future__ import annotations

import dataclasses
import datetime as dt
import zoneinfo

from releasekit.core import schedule, tags
from releasekit.core.plan import Inputs
from releasekit.core.schedule import Due, Facts
from releasekit.core.version import scheme
from releasekit.ecosystems import schemes
from releasekit.errors import Code, Problem, fail
from releasekit.run.planning import plan_task
from releasekit.run.project import Project
from releasekit.spec import windows
from releasekit.spec.model import Schedule
from releasekit.spec.names import nearest


@dataclasses.dataclass(frozen=True)
class Answer:
    """Whether a release is due, and what was odd about the packages."""

    due: Due
    warnings: tuple[Problem, ...]


async def should_release(project: Project, inputs: Inputs, now: dt.datetime | None = None) -> Answer:
    """Whether a release of what is checked out is due; `now` is the clock's where none is given.

    Raises:
        ReleaseKitError: There can be no plan, or `RK-SPEC-INVALID` for a time zone that is not known.
    """
    rules = project.spec.schedule
    zone = _zone(project, rules)
    planned = await plan_task(project, inputs)
    commit = planned.plan.base.commit
    names = schemes(project.spec)
    known = [ref for ref in await project.history.tags(commit) if ref.merged]
    rows = tags.match(project.spec, planned.workspace, known, names).values()
    times = await project.repository.timestamps({commit, *(each.ref.commit for row in rows for each in row)})
    released = [times[each.ref.commit] for row in rows for each in row]
    facts = Facts(
        now=(now or dt.datetime.now(dt.timezone.utc)).astimezone(zone),
        last=dt.datetime.fromtimestamp(max(released), zone) if released else None,
        committed=dt.datetime.fromtimestamp(times[commit], zone),
        packages=planned.plan.packages,
        schemes={label: scheme(name) for label, name in names.items()},
    )
    return Answer(schedule.decide(rules, facts), planned.warnings)


def _zone(project: Project, rules: Schedule) -> dt.tzinfo:
    """The time zone of the window.

    Raises:
        ReleaseKitError: `RK-SPEC-INVALID`.
    """
    name = windows.UTC if rules.window is None else windows.parse(rules.window).zone
    if name == windows.UTC:
        return dt.timezone.utc
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        there = zoneinfo.available_timezones()
        near = nearest(name, sorted(there))
        hint = f'Did you mean {near}?' if near else 'Write UTC, or a name such as Europe/Berlin.'
        hint = hint if there else 'This machine has no time zones: install the package `tzdata`, or write UTC.'
        places = project.places()
        place = None if places is None else places.value(('schedule', 'window'))
        raise fail(Code.SPEC_INVALID, f'There is no time zone {name}.', hint, place) from error
