# SPDX-License-Identifier: Apache-2.0
"""The commits between releases: of each package a slice of one walk, for as many releases as there are."""

from __future__ import annotations

import bisect
import dataclasses
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from releasekit.core.commits import ParsedCommit
from releasekit.core.history import Released, reached_by
from releasekit.core.line import Line, Owned
from releasekit.core.package import Workspace
from releasekit.core.picks import Since
from releasekit.core.walked import Span, Walked

# What tells whether commits count for other packages than before: ids, names, folders and globs.
_Layout = tuple[tuple[str, str, str, tuple[str, ...]], ...]


def _layout(workspace: Workspace) -> _Layout:
    return tuple((package.id, package.name, package.path, package.also) for package in workspace.packages)


# The newest release of each package and the newest that is no prerelease.
Before = tuple[Mapping[str, Released], Mapping[str, Released]]
# A release with the packages that there were: the commit that it reaches, and they.
Asked = tuple[str, Workspace]


class Ranges:
    """The commits between what releases reach: of each package a slice of the walk, looked at bit by bit."""

    def __init__(self, line: Line, tips: Mapping[str, int], reached: Mapping[str, int]) -> None:
        """Take the walk, the bits of the commits that releases reach, and those of every commit."""
        self._line = line
        self._tips = tips
        self._reached = reached
        self._bits: dict[str, int] = {}
        self._based: Mapping[str, int] = {}
        self._ends: dict[str, int] = {}
        self._owned: dict[_Layout, dict[str, Owned]] = {}
        self._asking: dict[_Layout, dict[str, Owned]] = {}
        self._shared: dict[frozenset[str], str | None] = {}

    def prepare(self, pairs: Iterable[tuple[Asked, Before]]) -> None:
        """Find out what the bases reach, and the commits of the packages as far back as any release needs them."""
        pairs = list(pairs)
        self._mark({base for _, before in pairs for base in _bases(before)})
        self._shared = {bases: self._common(bases) for bases in {_bases(before) for _, before in pairs}}
        if more := {shared for shared in self._shared.values() if shared is not None} - self._bits.keys():
            self._mark({*self._bits, *more})
        windows: dict[_Layout, tuple[int, int, Workspace]] = {}
        whole = len(self._line.parents)
        for (tip, workspace), (newest, stable) in pairs:
            layout = _layout(workspace)
            needed = [self._ends.get(release.base, whole) for row in (newest, stable) for release in row.values()]
            stop = max(needed, default=0) if newest.keys() == stable.keys() else whole
            first, last, _ = windows.get(layout, (whole, 0, None))
            windows[layout] = (min(first, self._line.at[tip]), max(last, stop), workspace)
        for layout, (start, stop, workspace) in windows.items():
            self._owned[layout] = self._line.owned(workspace.packages, start, stop)
            self._asking[layout] = self._line.asking(workspace.packages)

    def _mark(self, bases: Iterable[str]) -> None:
        known = sorted(base for base in bases if base in self._line.at)
        self._bits = {base: 1 << index for index, base in enumerate(known)}
        self._based = reached_by(self._line.parents, self._bits)
        self._ends = _ends(self._line.order, self._based, known)

    def _common(self, bases: frozenset[str]) -> str | None:
        """The newest commit that all bases reach; None where there is none in the walk."""
        if not bases or not bases <= self._bits.keys():
            return None
        mask = sum(self._bits[base] for base in bases)
        places = range(max(self._line.at[base] for base in bases), len(self._line.order))
        order = self._line.order
        return next((order[place] for place in places if self._based.get(order[place], 0) & mask == mask), None)

    def up_to(self, asked: Asked, before: Before) -> UpTo:
        """The commits that a release reaches."""
        tip, workspace = asked
        layout, start, reach = _layout(workspace), self._line.at[tip], self._tips[tip]
        first = any(package.release and package.id not in before[1] for package in workspace.packages)
        shared = None if first else self._shared[_bases(before)]
        stop = self._ends.get(shared or '', len(self._line.order))
        known = self._bits.get(shared or '', 0)
        span = Span(start, stop, self._reached, reach, self._based, known, shared)
        walked = Walked(self._line, workspace.packages, span)
        return UpTo(self, self._owned[layout], self._asking[layout], span, walked)

    def between(self, own: Owned, start: int, reach: int, base: str) -> Iterator[ParsedCommit]:
        """The commits from a place on that have the bits of `reach`, but that a base does not reach."""
        known = self._bits.get(base, 0)
        first = bisect.bisect_left(own.places, start)
        last = bisect.bisect_left(own.places, self._ends.get(base, len(self._line.parents)))
        for commit in own.commits[first:last]:
            if self._reached.get(commit.hash, 0) & reach and not self._based.get(commit.hash, 0) & known:
                yield commit


def _bases(before: Before) -> frozenset[str]:
    return frozenset(release.base for row in before for release in row.values())


@dataclasses.dataclass(frozen=True, slots=True)
class UpTo:
    """What a release reaches; `walked` is what its plan would have looked at."""

    ranges: Ranges
    owned: Mapping[str, Owned]
    asking: Mapping[str, Owned]
    span: Span
    walked: Walked

    def since(self, releases: Mapping[str, Released], ids: Iterable[str], full: Collection[str]) -> Since:
        """The commits of packages since their releases; without one all, or those that can say a version."""
        first = set(ids) - releases.keys()
        found = {id_: tuple(self._since(id_, releases.get(id_), full=id_ in full)) for id_ in ids}
        return self.walked.once(found, first)

    def _since(self, id_: str, release: Released | None, *, full: bool) -> Iterator[ParsedCommit]:
        own = (self.owned if release is not None or full else self.asking).get(id_)
        base = '' if release is None else release.base
        if own is not None:
            yield from map(self.walked.out, self.ranges.between(own, self.span.start, self.span.reach, base))


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
