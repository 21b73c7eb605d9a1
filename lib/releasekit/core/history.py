# SPDX-License-Identifier: Apache-2.0
"""What history says: the version that each package was released with, and the commits that came since.

Which package a commit counts for is decided here: by the folders that it touches, the deepest one winning.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Collection, Iterable, Mapping

from releasekit.core.commits import ParsedCommit, RawCommit, TagRef, parse
from releasekit.core.conventions import convention
from releasekit.core.globs import pattern
from releasekit.core.levels import Ask
from releasekit.core.lineage import placed
from releasekit.core.links import Links, merged
from releasekit.core.package import Package, Workspace
from releasekit.core.picks import origins
from releasekit.spec.model import Spec


@dataclasses.dataclass(frozen=True, slots=True)
class Released:
    """A release of a package: the commits that `base` reaches are in it. `commit` is what the tag stands for."""

    version: str
    tag: str
    commit: str
    base: str


@dataclasses.dataclass(frozen=True)
class History:
    """What is known of the past, by package id; a package that was never released is in none of the mappings.

    `released` is the newest release and `stable` the newest that is no prerelease. `commits` came since `stable`,
    `recent` since `released`, both newest first. `tags` are all tags by name, and `schemes` the names of the
    version schemes by workspace label. `day` (ISO 8601) is the plan's, which calendar versions are counted by.
    `changesets` are what changesets ask for since `stable`, and `fresh` since `released`.
    """

    schemes: Mapping[str, str]
    released: Mapping[str, Released] = dataclasses.field(default_factory=dict)
    stable: Mapping[str, Released] = dataclasses.field(default_factory=dict)
    commits: Mapping[str, tuple[ParsedCommit, ...]] = dataclasses.field(default_factory=dict)
    recent: Mapping[str, tuple[ParsedCommit, ...]] = dataclasses.field(default_factory=dict)
    tags: Mapping[str, TagRef] = dataclasses.field(default_factory=dict)
    day: str = ''
    changesets: Mapping[str, tuple[Ask, ...]] = dataclasses.field(default_factory=dict)
    fresh: Mapping[str, tuple[Ask, ...]] = dataclasses.field(default_factory=dict)


class Owners:
    """Which packages a path or a scope belongs to."""

    def __init__(self, packages: Iterable[Package]) -> None:
        """Index the packages: one climb through the parent folders is done once for each folder."""
        self._packages = tuple(packages)
        self._folders: dict[str, tuple[str, ...]] = {'': ()}
        for package in self._packages:
            folder = '' if package.path == '.' else package.path
            self._folders[folder] = (*self._folders.get(folder, ()), package.id)
        self._seen = dict(self._folders)
        self._also = tuple((pattern(glob), package.id) for package in self._packages for glob in package.also)
        self._names: dict[str, list[str]] = {}
        for package in self._packages:
            for name in {package.name, package.id}:
                self._names.setdefault(name, []).append(package.id)

    def of(self, paths: Collection[str]) -> Collection[str]:
        """The ids of the packages that a change of these paths counts for."""
        found: dict[str, None] = {}
        for path in paths:
            folder = path.rpartition('/')[0]
            owners = self._seen.get(folder)
            if owners is None:
                owners = self._climb(folder)
            for id_ in owners:
                found[id_] = None
            if self._also:
                found.update(dict.fromkeys(self._elsewhere(path)))
        return found

    def named(self, commit: ParsedCommit) -> Collection[str]:
        """The ids of the packages that a commit without paths counts for: by scope, or the only one there is."""
        if len(self._packages) == 1:
            return (self._packages[0].id,)
        scopes = [change.scope for change in commit.changes if change.scope is not None]
        return dict.fromkeys(id_ for scope in scopes for id_ in self._names.get(scope, ()))

    def share(self, commit: ParsedCommit, id_: str) -> ParsedCommit:
        """What a commit that counts for a package says of it: of a squash the changes whose scope names no other.

        So a squash leads to the versions that its commits would have led to. Where all name others, all count.
        """
        if len(commit.changes) < 2:
            return commit
        own = tuple(change for change in commit.changes if id_ in self._names.get(change.scope or '', (id_,)))
        return dataclasses.replace(commit, changes=own) if own else commit

    def _climb(self, folder: str) -> tuple[str, ...]:
        known = self._seen.get(folder)
        if known is None:
            known = self._seen[folder] = self._climb(folder.rpartition('/')[0])
        return known

    @functools.lru_cache(maxsize=65536)  # noqa: B019 - the index lives as long as one walk
    def _elsewhere(self, path: str) -> tuple[str, ...]:
        return tuple(id_ for glob, id_ in self._also if glob.fullmatch(path))


class Walk:
    """The commits of a walk, handed in one by one, children before parents, and kept by package."""

    def __init__(self, spec: Spec, workspace: Workspace) -> None:
        """Begin with nothing."""
        self.parents: dict[str, tuple[str, ...]] = {}
        self._owners = Owners(workspace.packages)
        self._spec = spec
        self._overrides = spec.commits.overrides
        self._convention = convention(spec.commits.convention)
        self.picked: dict[str, tuple[str, ...]] = {}
        self._merges: dict[str, str] = {}
        self._found: dict[str, list[ParsedCommit]] = {package.id: [] for package in workspace.packages}

    def add(self, raw: RawCommit) -> None:
        """Take the next commit."""
        self.parents[raw.hash] = raw.parents
        if len(raw.parents) > 1 and (number := merged(raw)) is not None:
            self._merges[number] = raw.hash
        if not counts(raw, self._spec):
            return
        if sources := origins(raw.message):
            self.picked[raw.hash] = sources
        parsed = parse(raw, self._overrides, self._convention)
        for id_ in self._owners.of(raw.paths) if raw.paths else self._owners.named(parsed):
            self._found[id_].append(self._owners.share(parsed, id_))

    @functools.cached_property
    def by_package(self) -> Mapping[str, tuple[ParsedCommit, ...]]:
        """All commits of each package, newest first, with what they revert spelt out."""
        everything = tuple(commit for commits in self._found.values() for commit in commits)
        links = Links(self.parents, everything, self._merges)
        ordered = self._found
        if any(len(parents) > 1 for parents in self.parents.values()):
            place = placed(self.parents)
            ordered = {
                id_: sorted(commits, key=lambda commit: place[commit.hash]) for id_, commits in self._found.items()
            }
        return {id_: tuple(links.out(commit) for commit in commits) for id_, commits in ordered.items()}

    def since(
        self, bases: Mapping[str, str], ranges: Mapping[str, Collection[str]]
    ) -> dict[str, tuple[ParsedCommit, ...]]:
        """The commits of each package that its base does not reach; one without a base has them all.

        `ranges` has the hashes that count where this walk does not tell what a base reaches.
        """
        bits = {base: 1 << index for index, base in enumerate(sorted(set(bases.values()))) if base in self.parents}
        reached = reached_by(self.parents, bits)
        found: dict[str, tuple[ParsedCommit, ...]] = {}
        for id_, commits in self.by_package.items():
            base = bases.get(id_, '')
            if base in ranges:
                found[id_] = tuple(commit for commit in commits if commit.hash in ranges[base])
            elif (bit := bits.get(base, 0)) and commits:
                found[id_] = tuple(commit for commit in commits if not reached.get(commit.hash, 0) & bit)
            else:
                found[id_] = commits
        return found


def counts(raw: RawCommit, spec: Spec) -> bool:
    """Whether a commit counts for packages: a release commit for none, and a merge through its parents."""
    return (len(raw.parents) < 2 or spec.commits.first_parent) and spec.manifest not in raw.paths


def reached_by(parents: Mapping[str, Collection[str]], bits: Mapping[str, int]) -> dict[str, int]:
    """For each commit the bits of the commits that reach it, as a number, by one pass.

    `parents` have children before parents; what nothing reaches is in it no more than what is not known.
    """
    reached = dict(bits)
    if bits:
        for hash_, above in parents.items():
            if (mask := reached.get(hash_, 0)) != 0:
                for parent in above:
                    reached[parent] = reached.get(parent, 0) | mask
    return reached
