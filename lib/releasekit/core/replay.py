# SPDX-License-Identifier: Apache-2.0
"""The releases of the past as they could have been decided: what was released together, and what was known then.

One walk of history is enough for all of them: each commit is told by bits which releases reach it, and which of the
commits that packages were released with before.
"""

from __future__ import annotations

import bisect
import dataclasses
import functools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from releasekit.core.commits import ParsedCommit, RawCommit, parse
from releasekit.core.conventions import convention
from releasekit.core.history import History, Owners, Released, counts, reached_by
from releasekit.core.links import Links, merged
from releasekit.core.package import Package, Workspace
from releasekit.core.tags import Tagged
from releasekit.core.version import scheme
from releasekit.spec.model import Spec


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


class Line:
    """The commits of a walk, handed in one by one, children before parents, each read once."""

    def __init__(self, spec: Spec) -> None:
        """Begin with nothing."""
        self.parents: dict[str, tuple[str, ...]] = {}
        self._spec = spec
        self._convention = convention(spec.commits.convention)
        self._merges: dict[str, str] = {}
        self._commits: list[tuple[int, ParsedCommit]] = []

    def add(self, raw: RawCommit) -> None:
        """Take the next commit."""
        if len(raw.parents) > 1 and (number := merged(raw)) is not None:
            self._merges[number] = raw.hash
        if counts(raw, self._spec):
            parsed = parse(raw, self._spec.commits.overrides, self._convention)
            self._commits.append((len(self.parents), parsed))
        self.parents[raw.hash] = raw.parents

    @functools.cached_property
    def at(self) -> Mapping[str, int]:
        """The place of each commit; the newest is 0."""
        return {hash_: index for index, hash_ in enumerate(self.parents)}

    @functools.cached_property
    def by_hash(self) -> Mapping[str, ParsedCommit]:
        """The commits that count."""
        return {commit.hash: commit for _, commit in self._commits}

    @functools.cached_property
    def _links(self) -> Links:
        return Links(self.parents, [commit for _, commit in self._commits], self._merges)

    def owned(self, packages: Iterable[Package], start: int, stop: int) -> dict[str, _Owned]:
        """The commits of each package whose places are in a range, newest first."""
        first = bisect.bisect_left(self._commits, start, key=lambda entry: entry[0])
        last = bisect.bisect_left(self._commits, stop, key=lambda entry: entry[0])
        return self._of(packages, self._commits[first:last])

    def asking(self, packages: Iterable[Package]) -> dict[str, _Owned]:
        """The same of the whole walk, but only of commits that can say a version, or take back that another does."""
        return self._of(packages, (entry for entry in self._commits if entry[1].release_as or entry[1].reverts))

    def _of(self, packages: Iterable[Package], entries: Iterable[tuple[int, ParsedCommit]]) -> dict[str, _Owned]:
        owners = Owners(packages)
        found: dict[str, _Owned] = {}
        for place, commit in entries:
            for id_ in owners.of(commit.paths) if commit.paths else owners.named(commit):
                own = found.setdefault(id_, _Owned())
                own.places.append(place)
                own.commits.append(self._links.out(owners.share(commit, id_)))
        return found


@dataclasses.dataclass(frozen=True, slots=True)
class _Owned:
    places: list[int] = dataclasses.field(default_factory=list)
    commits: list[ParsedCommit] = dataclasses.field(default_factory=list)


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
    """A release of the past with the packages that there were before it, as its files had them."""

    moment: Moment
    workspace: Workspace


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
        ranges = _Ranges(self._line, tips, reached)
        ranges.prepare(zip(seen, before, strict=True))
        for each, (newest, stable) in zip(seen, before, strict=True):
            taking = each.moment.tagged.keys() | newest.keys()
            packages = tuple(_as_then(package, newest, taking, each.moment) for package in each.workspace.packages)
            workspace = dataclasses.replace(each.workspace, packages=packages)
            up_to = ranges.up_to(each)
            commits = {id_: up_to.since(id_, stable.get(id_), full=id_ in newest) for id_ in taking}
            told = History(
                schemes=self._schemes,
                day=each.moment.day,
                released=newest,
                stable=stable,
                commits=commits,
                recent={
                    id_: commits[id_] if newest.get(id_) == stable.get(id_) else up_to.since(id_, newest.get(id_))
                    for id_ in taking
                },
            )
            yield Seen(each.moment, workspace), told

    def _before(self, seen: Seen, bit: int, reached: Mapping[str, int], origins: Origins) -> _Before:
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


_Before = tuple[dict[str, Released], dict[str, Released]]


def _as_then(package: Package, newest: Mapping[str, Released], taking: Collection[str], moment: Moment) -> Package:
    version = package.version
    if not moment.own and version is not None and package.id in newest:
        version = newest[package.id].version
    return dataclasses.replace(package, version=version, release=package.release and package.id in taking)


# What tells whether commits count for other packages than before: ids, names, folders and globs.
_Layout = tuple[tuple[str, str, str, tuple[str, ...]], ...]


def _layout(workspace: Workspace) -> _Layout:
    return tuple((package.id, package.name, package.path, package.also) for package in workspace.packages)


class _Ranges:
    """The commits between what releases reach: of each package a slice of the walk, looked at bit by bit."""

    def __init__(self, line: Line, tips: Mapping[str, int], reached: Mapping[str, int]) -> None:
        self.line = line
        self._tips = tips
        self._reached = reached
        self._bits: dict[str, int] = {}
        self._based: Mapping[str, int] = {}
        self._ends: dict[str, int] = {}
        self._owned: dict[_Layout, dict[str, _Owned]] = {}
        self._asking: dict[_Layout, dict[str, _Owned]] = {}

    def prepare(self, pairs: Iterable[tuple[Seen, _Before]]) -> None:
        """Find out what the bases reach, and the commits of the packages as far back as any release needs them."""
        pairs = list(pairs)
        bases = {release.base for _, rows in pairs for row in rows for release in row.values()}
        known = sorted(base for base in bases if base in self.line.at)
        self._bits = {base: 1 << index for index, base in enumerate(known)}
        self._based = reached_by(self.line.parents, self._bits)
        self._ends = _ends(list(self.line.parents), self._based, known)
        windows: dict[_Layout, tuple[int, int, Workspace]] = {}
        whole = len(self.line.parents)
        for seen, (newest, stable) in pairs:
            layout = _layout(seen.workspace)
            needed = [self._ends.get(release.base, whole) for row in (newest, stable) for release in row.values()]
            stop = max(needed, default=0) if newest.keys() == stable.keys() else whole
            first, last, _ = windows.get(layout, (whole, 0, None))
            windows[layout] = (min(first, self.line.at[seen.moment.tip]), max(last, stop), seen.workspace)
        for layout, (start, stop, workspace) in windows.items():
            self._owned[layout] = self.line.owned(workspace.packages, start, stop)
            self._asking[layout] = self.line.asking(workspace.packages)

    def up_to(self, seen: Seen) -> _UpTo:
        """The commits that a release reaches."""
        layout, tip = _layout(seen.workspace), seen.moment.tip
        return _UpTo(self, self._owned[layout], self._asking[layout], self.line.at[tip], self._tips[tip])

    def between(self, own: _Owned, start: int, reach: int, base: str) -> Iterator[ParsedCommit]:
        """The commits from a place on that have the bits of `reach`, but that a base does not reach."""
        known = self._bits.get(base, 0)
        first = bisect.bisect_left(own.places, start)
        last = bisect.bisect_left(own.places, self._ends.get(base, len(self.line.parents)))
        for commit in own.commits[first:last]:
            if self._reached.get(commit.hash, 0) & reach and not self._based.get(commit.hash, 0) & known:
                yield commit


@dataclasses.dataclass(frozen=True, slots=True)
class _UpTo:
    ranges: _Ranges
    owned: Mapping[str, _Owned]
    asking: Mapping[str, _Owned]
    start: int
    reach: int

    def since(self, id_: str, release: Released | None, *, full: bool = False) -> tuple[ParsedCommit, ...]:
        """The commits of a package since a release; without one all, or those that can say a version."""
        own = (self.owned if release is not None or full else self.asking).get(id_)
        base = '' if release is None else release.base
        return () if own is None else tuple(self.ranges.between(own, self.start, self.reach, base))


def _ends(order: Sequence[str], reached: Mapping[str, int], bases: Sequence[str]) -> dict[str, int]:
    """For each base the place behind the oldest commit that it does not reach."""
    found = dict.fromkeys(bases, 0)
    pending = (1 << len(bases)) - 1
    for index in range(len(order) - 1, -1, -1):
        mask = reached.get(order[index], 0)
        new = pending & ~mask
        while new:
            lowest = new & -new
            found[bases[lowest.bit_length() - 1]] = index + 1
            new ^= lowest
        pending &= mask
        if not pending:
            break
    return found
