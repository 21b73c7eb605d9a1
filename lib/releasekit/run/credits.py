# SPDX-License-Identifier: Apache-2.0
"""What a release is made of: how many commits and files, since when, and who made it. Put into the plan."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence

from releasekit.core.commits import ParsedCommit
from releasekit.core.history import History as Past
from releasekit.core.history import Released
from releasekit.core.people import MAILMAP, Mailmap, People
from releasekit.core.plan import Plan, PlannedPackage, Span
from releasekit.ports import Files
from releasekit.run.project import Project
from releasekit.spec.model import Spec


@dataclasses.dataclass(frozen=True)
class _Known:
    """What came since the last release of each package that counts, that release, and the day of its commit."""

    commits: Mapping[str, tuple[ParsedCommit, ...]]
    releases: Mapping[str, Released]
    days: Mapping[str, str]
    people: People


async def credited(plan: Plan, project: Project, past: Past, files: Files, *, candidate: bool) -> Plan:
    """The plan with the span of each package, and with the contributors where release.yaml wants them.

    A `candidate` counts from the last release of any kind, all else from the last stable one.
    """
    if not plan.packages:
        return plan
    releases = past.released if candidate else past.stable
    wanted = [releases[package.id] for package in plan.packages if package.id in releases]
    times = await project.repository.timestamps(sorted({release.commit for release in wanted}))
    mailmap = (await files.read([MAILMAP])).get(MAILMAP, b'')
    named = {package.id for package in plan.packages if _named(project.spec, package)}
    # Earlier history is read only where somebody is to be called new.
    before = await project.history.people(sorted({each.base for each in releases.values()})) if named else frozenset()
    known = _Known(
        commits=past.recent if candidate else past.commits,
        releases=releases,
        days={commit: _day(seconds) for commit, seconds in times.items()},
        people=People(Mailmap.read(mailmap.decode('utf-8', 'replace')), before),
    )
    packages = tuple(_credited(package, known, named=package.id in named) for package in plan.packages)
    return dataclasses.replace(plan, packages=packages, spans=_spans(packages, known))


def _named(spec: Spec, package: PlannedPackage) -> bool:
    rules = spec.workspaces[package.workspace].changelog
    return rules is not False and rules.authors


def _credited(package: PlannedPackage, known: _Known, *, named: bool) -> PlannedPackage:
    commits = known.commits.get(package.id, ())
    contributors = known.people.of(commits) if named else None
    return dataclasses.replace(package, span=_span([package], known), contributors=contributors)


def _spans(packages: Sequence[PlannedPackage], known: _Known) -> dict[str, Span] | None:
    """The spans of several packages together, by workspace and of all."""
    if len(packages) < 2:
        return None
    labels = sorted({package.workspace for package in packages})
    found = {label: [package for package in packages if package.workspace == label] for label in labels}
    return {label: _span(own, known) for label, own in [*found.items(), ('*', packages)]}


def _span(packages: Sequence[PlannedPackage], known: _Known) -> Span:
    commits = {commit.hash: commit for package in packages for commit in known.commits.get(package.id, ())}
    releases = [known.releases[package.id] for package in packages if package.id in known.releases]
    days = [known.days[release.commit] for release in releases if release.commit in known.days]
    people = known.people.of(list(commits.values()))
    return Span(
        commits=len(commits),
        files=len({path for commit in commits.values() for path in commit.paths}),
        contributors=sum(not person.bot for person in people),
        # Of several, what came since the oldest of their last releases.
        since=min(days, default=None),
        tag=releases[0].tag if len(packages) == 1 and releases else None,
    )


def _day(seconds: int) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.timezone.utc).date().isoformat()
