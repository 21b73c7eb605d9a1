# SPDX-License-Identifier: Apache-2.0
"""Version control: reading a repository and its history, writing to it, and its remotes."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from releasekit.core.commits import RawCommit, TagRef
from releasekit.ports.system import Files


@dataclasses.dataclass(frozen=True, slots=True)
class Head:
    """What is checked out: `branch` is None on a detached HEAD, `timestamp` (seconds, UTC) the committer's."""

    commit: str
    branch: str | None
    timestamp: int


class Repository(Protocol):
    """Reads a repository; nothing here writes or needs a network."""

    async def head(self) -> Head:
        """The commit that is checked out.

        Raises:
            ReleaseKitError: `RK-GIT-NONE` where there is no repository or no commit.
        """
        ...

    async def resolve(self, revision: str) -> str | None:
        """The full hash of the commit that a revision names, or None."""
        ...

    async def timestamp(self, commit: str) -> int:
        """The committer's time of a commit, in seconds, UTC."""
        ...

    async def timestamps(self, commits: Collection[str]) -> Mapping[str, int]:
        """The committer's times of many commits, by hash, in one go."""
        ...

    async def parents(self, commit: str) -> Sequence[str]:
        """The hashes of the parents of a commit; none where history begins or is cut off."""
        ...

    def files(self, commit: str) -> Files:
        """The tree of a commit."""
        ...

    def trees(self, commits: Sequence[str]) -> AsyncIterator[Files]:
        """The trees of commits, one after another; each can be read until the next is asked for.

        The more alike they are, the less it costs.
        """
        ...

    async def is_ancestor(self, ancestor: str, commit: str) -> bool:
        """Whether `commit` reaches `ancestor` (a commit reaches itself). False where either is not there."""
        ...

    async def changes(self) -> Sequence[str]:
        """Paths in the user's tree that differ from HEAD, untracked ones that are not ignored included."""
        ...

    async def differences(self, commit: str) -> Sequence[str]:
        """Paths in the user's tree that differ from a commit, untracked ones that are not ignored included."""
        ...


class History(Protocol):
    """Walks history."""

    async def tags(self, tip: str | None = None) -> Sequence[TagRef]:
        """All tags of commits, sorted by name, with `merged` as seen from `tip`; False where none is given."""
        ...

    async def reached(self, tip: str, commits: Collection[str]) -> frozenset[str]:
        """The full hashes of those of the commits that are there and that `tip` reaches.

        The older they are, the longer it takes.
        """
        ...

    async def present(self, commits: Collection[str]) -> frozenset[str]:
        """The full hashes of those of the commits that are here, reached by something or not; this takes no time."""
        ...

    def log(self, tip: str, exclude: Sequence[str], *, first_parent: bool = False) -> AsyncIterator[RawCommit]:
        """The commits that `tip` reaches and none of `exclude` does, children before parents, in one walk."""
        ...

    async def people(self, tips: Sequence[str]) -> frozenset[str]:
        """Who made or helped to make the commits that any of the tips reaches, as `Name <address>`."""
        ...

    async def last_change(self, tip: str, path: str) -> str | None:
        """The newest commit that `tip` reaches whose own change touches a path; None where there is none."""
        ...

    async def common_ancestor(self, commits: Sequence[str]) -> str | None:
        """A commit that all of these reach, as late as can be found cheaply; None where there is none."""
        ...

    async def contents(self, path: str, commits: Sequence[str]) -> Mapping[str, bytes]:
        """What one file holds at each of those of the commits that have it, in one go."""
        ...

    async def versions(self, places: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], bytes]:
        """What files hold at commits, by path and commit, as far as they are there, in one go."""
        ...

    async def branches(self, commit: str) -> Sequence[str]:
        """Names of the branches, local and remote, that reach a commit."""
        ...

    async def shallow(self) -> bool:
        """Whether history is cut off."""
        ...


class Checkout(Protocol):
    """A detached checkout in a folder of its own; the user's tree and refs are not touched."""

    @property
    def root(self) -> Path:
        """The folder."""
        ...

    async def commit(self, message: str, paths: Sequence[str], stamp: Stamp, *, tracked: bool = False) -> str:
        """Commit the given paths and return the hash; the same commit again gives the same hash.

        `tracked` adds every other tracked file that differs.
        """
        ...

    async def close(self) -> None:
        """Remove the folder."""
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class Stamp:
    """Who and when: `timestamp` in seconds, UTC; `author` None for the identity of the repository."""

    timestamp: int
    author: str | None = None
    sign: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class RemoteRef:
    """A ref of a remote: the object that it names, and the commit behind it."""

    object: str
    commit: str


class Writer(Protocol):
    """Writes to a repository."""

    async def checkout(self, commit: str, folder: Path) -> Checkout:
        """Make a detached checkout of a commit in a folder that does not exist yet."""
        ...

    async def make_tag(self, name: str, commit: str, message: str, stamp: Stamp) -> str:
        """Make the object of an annotated tag, with no ref, and return its hash."""
        ...

    async def tidy(self) -> None:
        """Take away what killed runs left in the repository; the caller is the only run on it."""
        ...

    async def identity(self) -> str | None:
        """What is missing to commit, in the words of the version control system; None where nothing is."""
        ...

    async def advance(self, branch: str, base: str, commit: str, tags: Mapping[str, str]) -> str | None:
        """Add the tags, by name and object, and move the branch from base to commit; or say why it was not moved."""
        ...


class Remote(Protocol):
    """Talks to the remotes of a repository."""

    async def default_branch(self, remote: str) -> str | None:
        """The branch that the remote calls its own, as far as it is known here without asking."""
        ...

    async def address(self, remote: str) -> str | None:
        """Where the remote is, as the configuration of the repository writes it; None for one that is not known."""
        ...

    async def refs(self, remote: str, refs: Sequence[str]) -> Mapping[str, RemoteRef]:
        """Those of the given full ref names that the remote has.

        Raises:
            ReleaseKitError: `RK-GIT-FAILED` where the remote does not answer.
        """
        ...

    async def push(self, remote: str, refs: Mapping[str, str], expect: Mapping[str, str]) -> None:
        """Push objects to full ref names, all or none. A ref in `expect` must still be at that object, others absent.

        Raises:
            ReleaseKitError: `RK-GIT-REFUSED` where the remote refused, `RK-GIT-FAILED` where that is not known.
        """
        ...

    async def fetch(self, remote: str, ref: str) -> str:
        """Bring the commits of a remote ref here, moving no ref, and return its commit."""
        ...
