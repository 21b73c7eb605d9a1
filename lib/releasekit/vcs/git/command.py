# SPDX-License-Identifier: Apache-2.0
"""Runs the git program so that it answers alike everywhere: no hooks, no prompts, no locks, no translations."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from releasekit.errors import Code, ReleaseKitError, fail
from releasekit.ports import Command, Completed, Shell

# `git -c` settings: what a user's configuration must not change.
_SETTINGS = (
    'core.hooksPath=/dev/null',
    'core.fsmonitor=false',
    'core.quotePath=false',
    'color.ui=false',
    'diff.orderFile=/dev/null',
    'i18n.logOutputEncoding=UTF-8',
    'advice.detachedHead=false',
    'gc.auto=0',
    'maintenance.auto=false',
)
_ENVIRONMENT = {
    'GIT_TERMINAL_PROMPT': '0',
    'GIT_OPTIONAL_LOCKS': '0',
    # Replacements and grafts are local: with them two clones could plan differently.
    'GIT_NO_REPLACE_OBJECTS': '1',
    'GIT_GRAFT_FILE': '/dev/null',
    'LC_ALL': 'C',
    'GIT_PAGER': 'cat',
    # Into a pipe git would write every commit by itself.
    'GIT_FLUSH': '0',
}
# Git asks for these where it talks to a remote; GIT_CONFIG_COUNT says how many of the numbered ones there are.
_NUMBERED = 32
PASSES = (
    'SSH_AUTH_SOCK',
    'SSH_AGENT_PID',
    'SSH_ASKPASS',
    'GIT_SSH',
    'GIT_SSH_COMMAND',
    'GIT_ASKPASS',
    'GIT_SSL_CAINFO',
    'GIT_SSL_CAPATH',
    'GIT_CONFIG_GLOBAL',
    'GIT_CONFIG_SYSTEM',
    'GIT_CONFIG_NOSYSTEM',
    'GIT_CONFIG_COUNT',
    *(f'GIT_CONFIG_{part}_{number}' for number in range(_NUMBERED) for part in ('KEY', 'VALUE')),
    # who commits, but not when: dates are the plan's
    'EMAIL',
    'GIT_AUTHOR_NAME',
    'GIT_AUTHOR_EMAIL',
    'GIT_COMMITTER_NAME',
    'GIT_COMMITTER_EMAIL',
    'GNUPGHOME',
    'GPG_TTY',
)


class Git:
    """The git program in one folder."""

    def __init__(self, shell: Shell, root: Path) -> None:
        """Run git in the repository or worktree at `root`."""
        self._shell = shell
        self.root = root

    def at(self, root: Path) -> Git:
        """Git in another folder."""
        return Git(self._shell, root)

    def command(self, *arguments: str, stdin: bytes = b'', env: Mapping[str, str] | None = None) -> Command:
        """The command for some arguments."""
        settings = [word for setting in _SETTINGS for word in ('-c', setting)]
        return Command(
            ('git', '--no-pager', *settings, *arguments),
            cwd=self.root,
            env={**_ENVIRONMENT, **(env or {})},
            passes=PASSES,
            stdin=stdin,
        )

    async def run(
        self, *arguments: str, stdin: bytes = b'', env: Mapping[str, str] | None = None, check: bool = True
    ) -> Completed:
        """Run git to its end; with `check` any exit status but 0 is an error.

        Raises:
            ReleaseKitError: `RK-GIT-FAILED` with what git complained of.
        """
        completed = await self._shell.run(self.command(*arguments, stdin=stdin, env=env))
        if check and completed.status != 0:
            raise _failed(arguments, completed.complaint or f'exit status {completed.status}')
        return completed

    async def stream(self, *arguments: str, stdin: bytes = b'') -> AsyncIterator[bytes]:
        """Run git and yield what it writes, in chunks.

        Raises:
            ReleaseKitError: `RK-GIT-FAILED` with what git complained of.
        """
        try:
            async for chunk in self._shell.stream(self.command(*arguments, stdin=stdin)):
                yield chunk
        except ReleaseKitError as error:
            if error.code is not Code.COMMAND_FAILED:
                raise
            raise _failed(arguments, str(error)) from error


def _failed(arguments: tuple[str, ...], complaint: str) -> ReleaseKitError:
    message = f'git {_verb(arguments)} failed: {complaint}'
    return fail(Code.GIT_FAILED, message, 'Do what git says, then run the same command again.')


def _verb(arguments: tuple[str, ...]) -> str:
    """The subcommand, past the settings before it."""
    index = 0
    while arguments[index] == '-c':
        index += 2
    return arguments[index]
