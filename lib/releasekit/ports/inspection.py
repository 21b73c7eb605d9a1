# SPDX-License-Identifier: Apache-2.0
"""What `doctor` asks of a version control system beside what a release asks; nothing here changes anything."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, Protocol

from releasekit.ports.vcs import RemoteRef


@dataclasses.dataclass(frozen=True, slots=True)
class Program:
    """The program of a version control system; `lacks` says what it is too old for, '' for nothing."""

    version: str
    lacks: str = ''


@dataclasses.dataclass(frozen=True, slots=True)
class Lack:
    """Something that is missing, and what to do; `unknown` where that could not be found out."""

    message: str
    hint: str
    unknown: bool = False


class Inspector(Protocol):
    """Looks at a repository and at the settings of its user."""

    async def program(self) -> Program:
        """The program that is installed.

        Raises:
            ReleaseKitError: `RK-TOOL-MISSING`.
        """
        ...

    async def root(self) -> Path:
        """The top folder of the tree.

        Raises:
            ReleaseKitError: `RK-GIT-NONE` where there is none.
        """
        ...

    async def hooks(self) -> Sequence[str]:
        """The names of the hooks that run when the user commits and pushes."""
        ...

    async def translation(self) -> str | None:
        """The setting that gives text files other line ends in the user's tree than in a commit, None for none."""
        ...

    async def unindexed(self) -> int | None:
        """How many commits HEAD reaches where there is no index of them, with which walks are faster; else None."""
        ...

    async def unsigned(self, what: Literal['commits', 'tags', 'both']) -> Lack | None:
        """What is missing to sign, as far as it shows without signing; None for nothing."""
        ...

    async def worktrees(self) -> Sequence[Path]:
        """The folders of all checkouts beside the user's own, there or not."""
        ...

    async def distance(self, commit: str, other: str) -> tuple[int, int] | None:
        """How many commits the one has that the other lacks, and the other way round; None where one is not here."""
        ...


class RemoteInspector(Protocol):
    """Looks at a remote."""

    async def names(self) -> Sequence[str]:
        """The remotes that are set."""
        ...

    async def listed(self, remote: str) -> Mapping[str, RemoteRef]:
        """The branches and tags of a remote, by full name.

        Raises:
            ReleaseKitError: `RK-GIT-FAILED` where it does not answer.
        """
        ...

    async def refuses(self, remote: str, commit: str) -> str | None:
        """Why a remote lets nobody push with these credentials, None where it does; nothing is pushed."""
        ...
