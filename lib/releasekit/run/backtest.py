# SPDX-License-Identifier: Apache-2.0
"""Replays the releases of the past: one walk of history, and the files before each release, however many there are."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import itertools
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

from releasekit.core import asked, backtest, manifest, replay, tags
from releasekit.core.backtest import Backtest, Judge, Row
from releasekit.core.history import History
from releasekit.core.line import Line
from releasekit.core.manifest import Manifest
from releasekit.core.package import Workspace
from releasekit.core.plan import Inputs
from releasekit.core.replay import Moment, Replay, Seen
from releasekit.core.tags import Tagged
from releasekit.core.version import scheme
from releasekit.ecosystems import schemes
from releasekit.errors import Problem, ReleaseKitError
from releasekit.run import changesets, recall
from releasekit.run.before import before
from releasekit.run.discover import discover_in
from releasekit.run.planning import allows
from releasekit.run.project import Project

# Releases whose changesets are looked up in one go.
_AT_ONCE = 64


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
        picked = {source for sources in line.picked.values() for source in sources} - line.parents.keys()
        line.beyond = await history.reached(tip, picked)
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
    releases = {entry.ref.commit for row in past.tagged.values() for entry in row}
    looked = [each async for each in before(project, past.line, moments, releases)]
    seen = [each for each in looked if isinstance(each, Seen)]
    known = Replay(past.schemes, past.tagged, past.line).known(seen, past.origins)
    judge = Judge(project.spec, allows, {commit: found.inputs for commit, found in past.manifests.items()})
    decided = iter([rows async for rows in _judged(project, judge, seen, known)])
    rows: list[Row] = []
    for moment, each in zip(moments, looked, strict=True):
        if isinstance(each, Seen):
            rows += next(decided)
        else:
            rows += backtest.undecided(Seen(moment, Workspace(())), str(each))
    return rows


async def _judged(
    project: Project, judge: Judge, seen: Sequence[Seen], known: Iterator[tuple[Seen, History]]
) -> AsyncIterator[list[Row]]:
    """What comes of each release; the changesets of many are looked up at a time."""
    for start in range(0, len(seen), _AT_ONCE):
        pairs = list(itertools.islice(known, _AT_ONCE))
        # Before its first tag a package took no part in releases, but changesets may have named it.
        there = [each.workspace for each in seen[start : start + _AT_ONCE]]
        pasts = [(past, each.changesets, workspace) for (each, past), workspace in zip(pairs, there, strict=True)]
        told = await changesets.all_remembered(pasts, project.history)
        for (each, _), past in zip(pairs, told, strict=True):
            yield list(judge.rows(each, past))
