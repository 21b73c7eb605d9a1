# SPDX-License-Identifier: Apache-2.0
"""Files and programs of a machine."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol


class Files(Protocol):
    """A tree of files that does not change: a commit's, or a folder's. Paths are POSIX and relative to its root."""

    async def paths(self) -> Sequence[str]:
        """All files, sorted; folders are not listed."""
        ...

    async def read(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        """The contents of those of the given files that exist."""
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class Command:
    """A program with its arguments, never a shell string.

    A child gets the allow-listed part of our environment, then `passes` (more names that it may see), then `env`.
    `timeout` is in seconds. With `inherit` what it writes goes where our own output goes, and is not kept, and on a
    terminal it reads from there; with `merged` all of it is kept as standard output, in the order in which it was
    written.
    """

    argv: tuple[str, ...]
    cwd: Path | None = None
    env: Mapping[str, str] = dataclasses.field(default_factory=dict, repr=False)
    passes: tuple[str, ...] = ()
    stdin: bytes = b''
    timeout: float | None = None
    inherit: bool = False
    merged: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Completed:
    """How a command ended. `status` is its exit status, negative for a signal."""

    status: int
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        """Standard output as text, without the last line end."""
        return self.stdout.decode('utf-8', 'replace').rstrip('\n')

    @property
    def complaint(self) -> str:
        """What the command said last: standard error, else standard output, stripped."""
        return (self.stderr.strip() or self.stdout.strip()).decode('utf-8', 'replace')


class Shell(Protocol):
    """Runs programs."""

    async def run(self, command: Command) -> Completed:
        """Run to the end; any exit status is an answer.

        Raises:
            ReleaseKitError: `RK-TOOL-MISSING` where there is no such program, `RK-COMMAND-TIMEOUT`.
        """
        ...

    def stream(self, command: Command) -> AsyncIterator[bytes]:
        """Run and yield standard output in chunks.

        Raises:
            ReleaseKitError: As `run`, and `RK-COMMAND-FAILED` after the last chunk if the status is not 0.
        """
        ...
