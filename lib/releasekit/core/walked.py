# SPDX-License-Identifier: Apache-2.0
"""What a plan of the past would have walked, and so what it would have made of reverts and of cherry-picks.

A plan walks what its commit reaches and the releases of all packages do not. A revert that names a subject or a request
is looked for there, and of copies of one change those that are elsewhere are known to be released.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Collection, Iterable, Mapping

from releasekit.core.commits import ParsedCommit
from releasekit.core.history import Owners
from releasekit.core.line import Line, owning
from releasekit.core.links import Links
from releasekit.core.package import Package
from releasekit.core.picks import Picks, Since


@dataclasses.dataclass(frozen=True)
class Span:
    """Which part of a line is walked: of the places from `start` to `stop` what the bits `reach`, but not `known`.

    `reached` are the bits of the releases by commit, `based` those of what they are counted from; `shared` is the
    commit whose bits are `known`, where there is one.
    """

    start: int
    stop: int
    reached: Mapping[str, int]
    reach: int
    based: Mapping[str, int]
    known: int
    shared: str | None

    def has(self, commit: str) -> bool:
        """Whether a commit is walked."""
        return self.reaches(commit) and not self.is_released(commit)

    def reaches(self, commit: str) -> bool:
        """Whether the release reaches a commit."""
        return bool(self.reached.get(commit, 0) & self.reach)

    def is_released(self, commit: str) -> bool:
        """Whether every release before does."""
        return bool(self.based.get(commit, 0) & self.known)


class Walked:
    """The commits that the plan of a release would have walked."""

    def __init__(self, line: Line, packages: Iterable[Package], span: Span) -> None:
        """Look at nothing yet: few releases have reverts or cherry-picks that need it."""
        self._line = line
        self._packages = tuple(packages)
        self._span = span

    def out(self, commit: ParsedCommit) -> ParsedCommit:
        """The commit with its reverts spelt out."""
        whole = len(commit.hash)
        if all(each.by == 'hash' and each.beside is None and len(each.commit) == whole for each in commit.reverts):
            return commit
        return self._links.out(commit)

    def once(self, since: Since, first: Collection[str]) -> Since:
        """The commits of each package with each change once; `first` are the packages without a release to count from.

        Those have no commit that is released, however few of theirs were kept.
        """
        if not self._picks.of:
            return since
        everything: dict[str, list[ParsedCommit]] = {id_: [] for id_ in since}
        for hash_ in sorted({*self._picks.of, *(each for sources in self._picks.of.values() for each in sources)}):
            commit = self._line.by_hash.get(hash_)
            if commit is not None and self._span.has(hash_):
                for id_ in owning(self._owners, commit):
                    if id_ in everything and id_ not in first:
                        everything[id_].append(commit)
        return self._picks.once(since, {id_: tuple(commits) for id_, commits in everything.items()})

    @functools.cached_property
    def _owners(self) -> Owners:
        return Owners(self._packages)

    @functools.cached_property
    def _parents(self) -> Mapping[str, tuple[str, ...]]:
        walked = (hash_ for hash_ in self._line.order[self._span.start : self._span.stop] if self._span.has(hash_))
        return {hash_: self._line.parents[hash_] for hash_ in walked}

    @functools.cached_property
    def _links(self) -> Links:
        parents = self._parents
        counting = self._line.counting(self._span.start, self._span.stop)
        commits = [commit for _, commit in counting if commit.hash in parents and owning(self._owners, commit)]
        merges = {number: hash_ for number, hash_ in self._line.merges if hash_ in parents}
        return Links(parents, commits, merges)

    @functools.cached_property
    def _picks(self) -> Picks:
        """The copies, as `plan` finds them: see `releasekit.run.recall`."""
        span, line = self._span, self._line
        picked = {hash_: sources for hash_, sources in line.picked.items() if span.has(hash_)}
        sources = {each for row in picked.values() for each in row}
        old = {each for each in sources if not span.has(each) and (span.reaches(each) or each in line.beyond)}
        if line.several and span.shared is not None:
            for hash_, near in self._elsewhere(span.shared).items():
                picked[hash_] = near
                old.add(hash_)
        return Picks(picked, frozenset(old))

    def _elsewhere(self, shared: str) -> dict[str, tuple[str, ...]]:
        """The copies of walked commits that are released, since the lines parted, with what they are copies of."""
        span, line = self._span, self._line
        found = {
            hash_: near
            for hash_, sources in line.copies.items()
            if span.is_released(hash_) and (near := tuple(sorted({each for each in sources if span.has(each)})))
        }
        if not found:
            return {}
        parted = {above for row in self._parents.values() for above in row} - self._parents.keys() - {shared}
        old = self._reach(parted)
        return {hash_: near for hash_, near in found.items() if hash_ not in old} if parted else {}

    def _reach(self, starts: Iterable[str]) -> Collection[str]:
        seen = set(starts)
        stack = list(seen)
        while stack:
            for above in self._line.parents.get(stack.pop(), ()):
                if above not in seen:
                    seen.add(above)
                    stack.append(above)
        return seen
