# SPDX-License-Identifier: Apache-2.0
"""A shell whose programs are functions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

import anyio

from releasekit.backends.shell import child_environment, failed, late, missing
from releasekit.ports import Command, Completed

Program = Callable[[Command, Mapping[str, str]], Awaitable[Completed]]

_CHUNK = 64 * 1024


class ScriptedShell:
    """The port `Shell` over functions by the name of a program.

    A function gets the command and what it would see of the environment. `calls` are the commands so far.
    """

    def __init__(self, programs: Mapping[str, Program], environment: Mapping[str, str] | None = None) -> None:
        """Take the programs, and the environment that they inherit a part of."""
        self._programs = dict(programs)
        self._environment = dict(environment or {})
        self.calls: list[Command] = []

    async def run(self, command: Command) -> Completed:
        """Run to the end; any exit status is an answer.

        Raises:
            ReleaseKitError: `RK-TOOL-MISSING`, `RK-COMMAND-TIMEOUT`.
        """
        self.calls.append(command)
        if (program := self._programs.get(command.argv[0])) is None:
            raise missing(command)
        try:
            with anyio.fail_after(command.timeout):
                done = await program(command, child_environment(self._environment, command))
        except TimeoutError as error:
            raise late(command) from error
        return Completed(done.status, done.stdout + done.stderr, b'') if command.merged else done

    async def stream(self, command: Command) -> AsyncIterator[bytes]:
        """Run and yield standard output in chunks.

        Raises:
            ReleaseKitError: As `run`, and `RK-COMMAND-FAILED` after the last chunk if the status is not 0.
        """
        completed = await self.run(command)
        for start in range(0, len(completed.stdout), _CHUNK):
            yield completed.stdout[start : start + _CHUNK]
        if completed.status != 0:
            raise failed(command, Completed(completed.status, b'', completed.stderr))
