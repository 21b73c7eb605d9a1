# SPDX-License-Identifier: Apache-2.0
"""Replays the releases of the past: one walk of history, and the files before each release, however many there are."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence

from releasekit.core import asked, backtest, manifest, replay, tags
from releasekit.core.backtest import Backtest, Judge, Row
from releasekit.core.manifest import Manifest
from releasekit.core.package import Package, Workspace
from releasekit.core.plan import Inputs
from releasekit.core.replay import Line, Moment, Replay, Seen
from releasekit.core.tags import Tagged
from releasekit.core.version import scheme
from releasekit.ecosystems import ECOSYSTEMS, schemes
from releasekit.errors import Problem, ReleaseKitError
from releasekit.ports import Files
from releasekit.run import recall
from releasekit.run.discover import discover_in
from releasekit.run.planning import allows
from releasekit.run.project import Project


@dataclasses.dataclass(frozen=True)
class Replayed:
    """What came of it, and what was odd about the packages of today."""

    result: Backtest
    warnings: tuple[Problem, ...]


@dataclasses.dataclass(frozen=True)
class _Past:
    """The tags of the packages of today, the walk, and the release manifests at the tags."""

    schemes: Mapping[str, str]
    tagged: Mapping[str, tuple[Tagged, ...]]
    line: Line
    origins: replay.Origins
    manifests: Mapping[str, Manifest]

    def channel(self, id_: str, version: str) -> str | None:
        """The channel of a prerelease, where it is one that can be made."""
        return scheme(self.schemes[id_.partition(':')[0]]).parse(version).channel or None


async def replay_releases(project: Project, only: Sequence[str] = (), last: int | None = None) -> Replayed:
    """Hold the releases that HEAD reaches, or the last of them, against the rules of release.yaml.

    `only` are globs of the packages that are told of; all are decided on.

    Raises:
        ReleaseKitError: The packages of today cannot be found, or what `recall` raises.
    """
    tip = (await project.repository.head()).commit
    found = await discover_in(project.spec, project.repository.files(tip), project.places)
    chosen = asked.selected(Inputs(only=tuple(only)), found.workspace)
    past = await _past(project, tip, found.workspace)
    told = [
        moment
        for moment in replay.moments(past.tagged, past.line, past.origins, past.channel)
        if not chosen.isdisjoint(moment.tagged)
    ]
    told = told if last is None else told[max(len(told) - last, 0) :]
    told = await _dated(project, past, told)
    rows = [row for row in await _rows(project, past, told) if row.package in chosen]
    ids = {id_ for id_ in chosen if past.tagged.get(id_)}
    refs = {entry.ref.name: entry.ref.commit for id_ in ids for entry in past.tagged[id_]}
    result = Backtest(
        commit=tip,
        releases=len(told),
        total=backtest.summed(rows),
        packages=backtest.tallies(rows, ids),
        differences=tuple(reversed(backtest.differences(rows))),
        untagged=tuple(sorted(chosen - ids)),
        skipped=tuple(sorted(name for name, commit in refs.items() if commit not in past.line.at)),
    )
    return Replayed(result, found.warnings)


async def _past(project: Project, tip: str, workspace: Workspace) -> _Past:
    spec, history = project.spec, project.history
    names = schemes(spec)
    known = [ref for ref in await history.tags(tip) if ref.merged]
    tagged = tags.match(spec, workspace, known, names)
    line = Line(spec)
    if any(tagged.values()):
        exclude = await recall.start(spec, history, tip)
        async for commit in history.log(tip, exclude, first_parent=spec.commits.first_parent):
            line.add(commit)
        await recall.refuse_shallow(history, line.parents)
    if spec.commits.first_parent:
        # What such a line reaches beside itself is not in the walk: tags there are no bases either.
        tagged = {id_: tuple(each for each in row if each.ref.commit in line.at) for id_, row in tagged.items()}
    origins = await recall.bases(spec, history, tip, {(id_, each.ref) for id_, row in tagged.items() for each in row})
    own = sorted({each.ref.commit for row in tagged.values() for each in row if each.ref.name in origins})
    contents = await history.contents(spec.manifest, own)
    read = {commit: found for commit, data in contents.items() if (found := _manifest(data)) is not None}
    return _Past(names, tagged, line, origins, read)


def _manifest(content: bytes) -> Manifest | None:
    """A release manifest; None where it is of another time."""
    with contextlib.suppress(ReleaseKitError):
        return manifest.read(content.decode('utf-8', 'replace'))
    return None


async def _dated(project: Project, past: _Past, moments: Sequence[Moment]) -> list[Moment]:
    """The releases with their days: that of the release manifest, else the committer's."""
    times = await project.repository.timestamps({moment.commits[0] for moment in moments})
    found: list[Moment] = []
    for moment in moments:
        told = past.manifests.get(moment.commits[0]) if moment.own else None
        when = dt.datetime.fromtimestamp(times[moment.commits[0]], dt.timezone.utc)
        found.append(dataclasses.replace(moment, day=told.date if told else when.date().isoformat()))
    return found


async def _rows(project: Project, past: _Past, moments: Sequence[Moment]) -> list[Row]:
    """What comes of every package of every release, oldest first."""
    looked = [each async for each in _look(project, past.line, moments)]
    seen = [each for each in looked if isinstance(each, Seen)]
    known = Replay(past.schemes, past.tagged, past.line).known(seen, past.origins)
    judge = Judge(project.spec, allows, {commit: found.inputs for commit, found in past.manifests.items()})
    rows: list[Row] = []
    for moment, each in zip(moments, looked, strict=True):
        if isinstance(each, Seen):
            rows += judge.rows(*next(known))
        else:
            rows += backtest.undecided(Seen(moment, Workspace(())), str(each))
    return rows


async def _look(project: Project, line: Line, moments: Sequence[Moment]) -> AsyncIterator[Seen | ReleaseKitError]:
    """The packages before each release, or why they cannot be known.

    Where a release's own commit raises a version, those of its parent: what a release writes into requirements must
    not decide whether it was needed. Without such a commit, those that the tag stands for.
    """
    asked_for = [(moment, commit) for moment in moments for commit in _around(moment, line)]
    owners = [moment for moment, _ in asked_for]
    found: Workspace | ReleaseKitError | None = None
    texts: Mapping[str, bytes] = {}
    number = 0
    async for files in project.repository.trees([commit for _, commit in asked_for]):
        moment = owners[number]
        if not isinstance(found, Workspace) or not await _bumped(found, moment, texts, files):
            found = await _packages(project, files)
            texts = await files.read(_places(found, moment)) if isinstance(found, Workspace) else {}
        number += 1
        if number == len(owners) or owners[number] is not moment:
            yield Seen(moment, found) if isinstance(found, Workspace) else found
            found = None


def _around(moment: Moment, line: Line) -> tuple[str, ...]:
    """The commits whose files say what there was before a release: first the one before it, if that may be it."""
    if moment.own:
        return (moment.tip,)
    first = moment.commits[0]
    return (*line.parents[first][:1], first)


async def _packages(project: Project, files: Files) -> Workspace | ReleaseKitError:
    try:
        return (await discover_in(project.spec, files)).workspace
    except ReleaseKitError as error:
        return error


async def _bumped(workspace: Workspace, moment: Moment, before: Mapping[str, bytes], files: Files) -> bool:
    """Whether the version of a package that was released differs from the one in some files before."""
    after = await files.read(_places(workspace, moment))
    return any(_version(package, before) != _version(package, after) for package in workspace.select(moment.tagged))


def _places(workspace: Workspace, moment: Moment) -> list[str]:
    return sorted({place.path for package in workspace.select(moment.tagged) for place in package.places})


def _version(package: Package, files: Mapping[str, bytes]) -> list[str | None]:
    """What the places of a package's version hold; None where there is no version."""
    part = ECOSYSTEMS[package.ecosystem].manifest
    found: list[str | None] = []
    for place in package.places:
        text = files.get(place.path, b'').decode('utf-8', 'replace')
        try:
            found.append(part.read_version(text, place))
        except ReleaseKitError:
            found.append(None)
    return found
