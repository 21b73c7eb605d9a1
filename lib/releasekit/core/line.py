# SPDX-License-Identifier: Apache-2.0
"""One walk of all history, kept so that any part of it can be told again."""

from __future__ import annotations

import bisect
import dataclasses
import functools
from collections.abc import Collection, Iterable, Mapping, Sequence

from releasekit.core import changesets
from releasekit.core.commits import ParsedCommit, RawCommit, parse
from releasekit.core.conventions import convention
from releasekit.core.history import Owners, counts
from releasekit.core.links import merged
from releasekit.core.package import Package
from releasekit.core.paths import join
from releasekit.core.picks import origins
from releasekit.spec.model import Spec


class Line:
    """The commits of a walk, handed in one by one, children before parents, each read once.

    `merges` are the requests with the merges that brought them in, `copies` the commits that were picked, with what
    from. `beyond` are commits outside of the walk that all of it reaches, as far as somebody asked.
    """

    def __init__(self, spec: Spec) -> None:
        """Begin with nothing."""
        self.parents: dict[str, tuple[str, ...]] = {}
        self.merges: list[tuple[str, str]] = []
        self.copies: dict[str, tuple[str, ...]] = {}
        self.beyond: frozenset[str] = frozenset()
        self.several = len(spec.branches) > 1
        self._spec = spec
        self._convention = convention(spec.commits.convention)
        counted = changesets.counted(spec.commits.convention)
        self._folder = join(changesets.placed(spec.commits.changesets), '') if counted else None
        self._touching: set[str] = set()
        self._commits: list[tuple[int, ParsedCommit]] = []

    def add(self, raw: RawCommit) -> None:
        """Take the next commit."""
        if len(raw.parents) > 1 and (number := merged(raw)) is not None:
            self.merges.append((number, raw.hash))
        if not self._spec.commits.first_parent and (sources := origins(raw.message)):
            self.copies[raw.hash] = sources
        if self._folder is not None and any(path.startswith(self._folder) for path in raw.paths):
            self._touching.add(raw.hash)
        if counts(raw, self._spec):
            parsed = parse(raw, self._spec.commits.overrides, self._convention)
            self._commits.append((len(self.parents), parsed))
        self.parents[raw.hash] = raw.parents

    @functools.cached_property
    def order(self) -> Sequence[str]:
        """The hashes of all commits, newest first."""
        return tuple(self.parents)

    @functools.cached_property
    def at(self) -> Mapping[str, int]:
        """The place of each commit; the newest is 0."""
        return {hash_: index for index, hash_ in enumerate(self.order)}

    @functools.cached_property
    def by_hash(self) -> Mapping[str, ParsedCommit]:
        """The commits that count."""
        return {commit.hash: commit for _, commit in self._commits}

    @functools.cached_property
    def picked(self) -> Mapping[str, tuple[str, ...]]:
        """Those of the copies that count."""
        return {hash_: sources for hash_, sources in self.copies.items() if hash_ in self.by_hash}

    def counting(self, start: int, stop: int) -> Sequence[tuple[int, ParsedCommit]]:
        """The commits that count and whose places are in a range, each with its place, newest first."""
        first = bisect.bisect_left(self._commits, start, key=lambda entry: entry[0])
        last = bisect.bisect_left(self._commits, stop, key=lambda entry: entry[0])
        return self._commits[first:last]

    def consuming(self, commit: str, releases: Collection[str]) -> str | None:
        """The commit that may have taken away the changesets of a release.

        It is the newest on the line of first parents that touches any, or merges something; one before another of the
        releases took them away for that.
        """
        while commit in self.parents and self._folder is not None:
            above = self.parents[commit]
            if commit in self._touching or len(above) > 1:
                return commit
            if not above or above[0] in releases:
                break
            commit = above[0]
        return None

    def owned(self, packages: Iterable[Package], start: int, stop: int) -> dict[str, Owned]:
        """The commits of each package whose places are in a range, newest first."""
        return self._of(packages, self.counting(start, stop))

    def asking(self, packages: Iterable[Package]) -> dict[str, Owned]:
        """The same of the whole walk, but only of commits that can say a version, or take back that another does."""
        return self._of(packages, (entry for entry in self._commits if entry[1].release_as or entry[1].reverts))

    def _of(self, packages: Iterable[Package], entries: Iterable[tuple[int, ParsedCommit]]) -> dict[str, Owned]:
        owners = Owners(packages)
        found: dict[str, Owned] = {}
        for place, commit in entries:
            for id_ in owning(owners, commit):
                own = found.setdefault(id_, Owned())
                own.places.append(place)
                own.commits.append(owners.share(commit, id_))
        return found


def owning(owners: Owners, commit: ParsedCommit) -> Collection[str]:
    """The ids of the packages that a commit counts for."""
    return owners.of(commit.paths) if commit.paths else owners.named(commit)


@dataclasses.dataclass(frozen=True, slots=True)
class Owned:
    """The commits of a package with their places."""

    places: list[int] = dataclasses.field(default_factory=list)
    commits: list[ParsedCommit] = dataclasses.field(default_factory=list)
