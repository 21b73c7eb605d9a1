# SPDX-License-Identifier: Apache-2.0
"""The releases of the past as they could have been decided: what was released together, and what was known then.

One walk of history is enough for all of them: each commit is told by bits which releases reach it, and which of the
commits that packages were released with before.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from releasekit.core.changesets import Changeset
from releasekit.core.history import History, Released, reached_by
from releasekit.core.line import Line
from releasekit.core.package import Package, Workspace
from releasekit.core.ranges import Before, Ranges
from releasekit.core.tags import Tagged
from releasekit.core.version import scheme


@dataclasses.dataclass(frozen=True)
class Moment:
    """A release of the past: `tagged` are the tags of the packages that it released, by id.

    `commits` are those that the tags stand for: as a rule one; several where one release commit for each package
    follows the other. What `tip` reaches was to be released. `own`: by this program, with a release manifest that
    says what it was decided from. `channel` is that of prereleases, `day` the one that versions of the calendar had.
    """

    commits: tuple[str, ...]
    tip: str
    tagged: Mapping[str, Tagged]
    channel: str | None = None
    own: bool = False
    day: str = ''


# The base of a release, by the name of its tag, where a release manifest says it.
Origins = Mapping[str, str]


def moments(
    tagged: Mapping[str, tuple[Tagged, ...]], line: Line, origins: Origins, channel: Callable[[str, str], str | None]
) -> tuple[Moment, ...]:
    """The releases whose commits the walk has, oldest first; `channel` is that of a package's version.

    Tags of one commit are one release, but for those of another channel, or of a second version of a package.
    Release commits that follow one another, each of other packages, with nothing between them, are one too.
    """
    slots: dict[tuple[str, str | None, int], dict[str, Tagged]] = {}
    for id_, entries in sorted(tagged.items()):
        seen: dict[tuple[str, str | None], int] = {}
        for entry in reversed(entries):
            slot = (entry.ref.commit, channel(id_, entry.version))
            seen[slot] = seen.get(slot, -1) + 1
            if entry.ref.commit in line.at:
                slots.setdefault((*slot, seen[slot]), {})[id_] = entry
    ordered = sorted(slots, key=lambda slot: (-line.at[slot[0]], slot[2], slot[1] is None, slot[1] or ''))
    return tuple(_joined((_moment(slot[0], slot[1], slots[slot], origins, line) for slot in ordered), line))


def _moment(commit: str, channel: str | None, tagged: Mapping[str, Tagged], origins: Origins, line: Line) -> Moment:
    bases = {origins.get(entry.ref.name) for entry in tagged.values()}
    base = next(iter(bases)) if len(bases) == 1 else None
    if base is not None and base in line.at:
        return Moment((commit,), base, tagged, channel, own=True)
    return Moment((commit,), commit, tagged, channel)


def _joined(found: Iterable[Moment], line: Line) -> Iterator[Moment]:
    last: Moment | None = None
    for moment in found:
        if last is not None and _follows(moment, last, line):
            commits = (*last.commits, *moment.commits)
            last = Moment(commits, moment.tip, {**last.tagged, **moment.tagged}, last.channel)
            continue
        if last is not None:
            yield last
        last = moment
    if last is not None:
        yield last


def _follows(moment: Moment, last: Moment, line: Line) -> bool:
    """Whether a release commit comes right after another, changes nothing itself, and releases other packages."""
    commit = line.by_hash.get(moment.tip)
    return (
        not (moment.own or last.own)
        and moment.channel == last.channel
        and moment.tagged.keys().isdisjoint(last.tagged)
        and line.parents[moment.tip] == (last.tip,)
        and (commit is None or not commit.changes or {change.type for change in commit.changes} <= _RELEASING)
    )


# The types that tools give to their release commits.
_RELEASING = frozenset({'build', 'chore', 'ci', 'release'})


@dataclasses.dataclass(frozen=True)
class Seen:
    """A release of the past with the packages and the changesets that there were before it, as its files had them."""

    moment: Moment
    workspace: Workspace
    changesets: tuple[Changeset, ...] = ()


class Replay:
    """What was known before each of some releases."""

    def __init__(self, schemes: Mapping[str, str], tagged: Mapping[str, tuple[Tagged, ...]], line: Line) -> None:
        """Take the names of the schemes by label, the tags of the packages and the walk."""
        self._schemes = schemes
        self._tagged = tagged
        self._line = line

    def known(self, seen: Sequence[Seen], origins: Origins) -> Iterator[tuple[Seen, History]]:
        """Each release with its packages as they were to be decided on, and the history before it.

        A package takes part from its first tag on. The version in a manifest that somebody raised is what they
        decided, and says nothing of what the rules would: it stands as it was released before. Only of our own
        releases the files are those that the decision was made from.
        """
        tips = {tip: 1 << index for index, tip in enumerate(dict.fromkeys(each.moment.tip for each in seen))}
        reached = reached_by(self._line.parents, tips)
        before = [self._before(each, tips[each.moment.tip], reached, origins) for each in seen]
        asked = [(each.moment.tip, each.workspace) for each in seen]
        ranges = Ranges(self._line, tips, reached)
        ranges.prepare(zip(asked, before, strict=True))
        for each, (newest, stable) in zip(seen, before, strict=True):
            taking = each.moment.tagged.keys() | newest.keys()
            packages = tuple(_as_then(package, newest, taking, each.moment) for package in each.workspace.packages)
            workspace = dataclasses.replace(each.workspace, packages=packages)
            up_to = ranges.up_to((each.moment.tip, each.workspace), (newest, stable))
            commits = up_to.since(stable, taking, newest)
            later = {id_ for id_ in taking if newest.get(id_) != stable.get(id_)}
            told = History(
                schemes=self._schemes,
                day=each.moment.day,
                released=newest,
                stable=stable,
                commits=commits,
                recent={**commits, **up_to.since(newest, later, newest)},
            )
            yield dataclasses.replace(each, workspace=workspace), told

    def _before(self, seen: Seen, bit: int, reached: Mapping[str, int], origins: Origins) -> Before:
        newest: dict[str, Released] = {}
        stable: dict[str, Released] = {}
        there = {package.id: scheme(self._schemes[package.workspace]) for package in seen.workspace.packages}
        for id_, read in there.items():
            for entry in self._tagged.get(id_, ()):
                if not self._is_before(entry, id_, seen.moment, reached, bit):
                    continue
                base = origins.get(entry.ref.name, entry.ref.commit)
                release = Released(entry.version, entry.ref.name, entry.ref.commit, base)
                newest.setdefault(id_, release)
                if not read.is_prerelease(entry.version):
                    stable[id_] = release
                    break
        return newest, stable

    def _is_before(self, entry: Tagged, id_: str, moment: Moment, reached: Mapping[str, int], bit: int) -> bool:
        commit = entry.ref.commit
        if commit in moment.commits:
            own = moment.tagged.get(id_)
            read = scheme(self._schemes[id_.partition(':')[0]])
            return own is not None and read.key(entry.version) < read.key(own.version)
        # What lies before the walk begins is reached by all of it.
        return commit not in self._line.at or bool(reached.get(commit, 0) & bit)


def _as_then(package: Package, newest: Mapping[str, Released], taking: Collection[str], moment: Moment) -> Package:
    version = package.version
    if not moment.own and version is not None and package.id in newest:
        version = newest[package.id].version
    return dataclasses.replace(package, version=version, release=package.release and package.id in taking)
