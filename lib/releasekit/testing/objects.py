# SPDX-License-Identifier: Apache-2.0
"""Commits and tags in memory, named by the digest of what they hold; what was added never changes."""

from __future__ import annotations

import collections
import dataclasses
import hashlib
import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping

from releasekit.errors import Code, ReleaseKitError, fail


@dataclasses.dataclass(frozen=True, slots=True)
class Draft:
    """A commit to be made. `files` are changes against the first parent, by POSIX path; None removes one.

    `parents` are names of earlier drafts; None stands for the one before, nothing for a history that begins.
    """

    name: str
    message: str
    files: Mapping[str, str | bytes | None] = dataclasses.field(default_factory=dict)
    parents: tuple[str, ...] | None = None

    def after(self, last: str | None) -> tuple[str, ...]:
        """The names of the parents, where `last` is the draft before, if there is one."""
        if self.parents is not None:
            return self.parents
        return () if last is None else (last,)


@dataclasses.dataclass(frozen=True, slots=True)
class StoredCommit:
    """A commit with its whole tree; `timestamp` in seconds, UTC."""

    parents: tuple[str, ...]
    author: str
    timestamp: int
    message: str
    files: Mapping[str, bytes]


@dataclasses.dataclass(frozen=True, slots=True)
class StoredTag:
    """An annotated tag of a commit."""

    name: str
    commit: str
    timestamp: int
    message: str


def missing(revision: str) -> ReleaseKitError:
    """The error of a commit that is not there."""
    return fail(Code.GIT_FAILED, f'{revision} names no commit that is here.', 'Fetch it, or name another one.')


class Objects:
    """A store of commits and tags. The parents of a commit may be missing, where history is cut off."""

    def __init__(self) -> None:
        """Begin with none."""
        self._found: dict[str, StoredCommit | StoredTag] = {}

    def __contains__(self, object_: object) -> bool:
        return object_ in self._found

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def add(self, stored: StoredCommit | StoredTag) -> str:
        """Keep an object and return its hash: SHA-256 in hex, equal for equal objects."""
        facts = dataclasses.asdict(stored)
        facts['files'] = sorted(facts.get('files', {}).items())
        hash_ = hashlib.sha256(repr((type(stored).__name__, sorted(facts.items()))).encode()).hexdigest()
        self._found[hash_] = stored
        return hash_

    def peel(self, object_: str) -> str | None:
        """The commit behind a hash, or None where it is not there."""
        stored = self._found.get(object_)
        if isinstance(stored, StoredTag):
            return stored.commit
        return None if stored is None else object_

    def commit(self, hash_: str) -> StoredCommit:
        """A commit by its hash.

        Raises:
            ReleaseKitError: `RK-GIT-FAILED` where it is not there.
        """
        stored = self._found.get(hash_)
        if not isinstance(stored, StoredCommit):
            raise missing(hash_)
        return stored

    def parents(self, commit: str) -> tuple[str, ...]:
        """Those of a commit's parents that are there."""
        return tuple(parent for parent in self.commit(commit).parents if parent in self._found)

    @property
    def cut(self) -> bool:
        """Whether some commit's parents are missing."""
        commits = (stored for stored in self._found.values() if isinstance(stored, StoredCommit))
        return any(parent not in self._found for stored in commits for parent in stored.parents)

    def reach(self, tips: Iterable[str]) -> set[str]:
        """All commits that some commits reach, themselves included."""
        waiting, found = list(tips), set[str]()
        while waiting:
            commit = waiting.pop()
            if commit not in found:
                found.add(commit)
                waiting += self.parents(commit)
        return found

    def ordered(self, commits: Collection[str]) -> Iterator[str]:
        """Commits with children before parents, the newest first where that leaves a choice."""
        open_children = collections.Counter(parent for commit in commits for parent in self.parents(commit))
        ready = [(-self.commit(commit).timestamp, commit) for commit in commits if not open_children[commit]]
        heapq.heapify(ready)
        while ready:
            _, commit = heapq.heappop(ready)
            yield commit
            for parent in self.parents(commit):
                open_children[parent] -= 1
                if parent in commits and not open_children[parent]:
                    heapq.heappush(ready, (-self.commit(parent).timestamp, parent))

    def differing(self, commit: str, parent: str | None) -> tuple[str, ...]:
        """The paths that differ between a commit and a parent of it, or that the commit has where there is none."""
        after = self.commit(commit).files
        before = {} if parent is None else self.commit(parent).files
        differ = {path for path in {*before, *after} if before.get(path) != after.get(path)}
        return tuple(sorted(differ, key=str.encode))

    def take(self, other: Objects, tips: Iterable[str], depth: int | None = None) -> None:
        """Copy objects and the commits that they reach from another store, as many layers of them as `depth` says."""
        known = other._found
        objects = set(tips)
        self._found |= {object_: known[object_] for object_ in objects if isinstance(known[object_], StoredTag)}
        layer = {commit for object_ in objects if (commit := other.peel(object_)) is not None}
        while layer and depth != 0:
            self._found |= {commit: known[commit] for commit in layer}
            layer = {parent for commit in layer for parent in other.parents(commit)} - set(self._found)
            depth = None if depth is None else depth - 1
