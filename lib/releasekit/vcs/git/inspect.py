# SPDX-License-Identifier: Apache-2.0
"""Looks at git, its settings and its remotes for `doctor`; writes nothing, fetches nothing, moves no ref."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from anyio import Path as AsyncPath

from releasekit.errors import Code, fail
from releasekit.ports import Command, RemoteRef, Shell
from releasekit.ports.inspection import Lack, Program
from releasekit.vcs.git import signing
from releasekit.vcs.git.command import PASSES, Git
from releasekit.vcs.git.remote import GitRemote

# What a release does with git, and the version that brought it: https://github.com/git/git/tree/master/Documentation/RelNotes
_FEATURES: tuple[tuple[tuple[int, int], str], ...] = (
    ((2, 4), 'pushing all or nothing (`push --atomic`)'),
    ((2, 27), 'moving a branch without a stash (`merge --no-autostash`)'),
    ((2, 29), 'fetching without a trace (`fetch --no-write-fetch-head`)'),
    ((2, 31), 'telling absolute paths (`rev-parse --path-format`)'),
)
_VERSION = re.compile(r'(\d+)\.(\d+)')
# Hooks of the user's own commands; those of the server and of patches by mail are none of these.
_HOOKS = (
    'pre-commit', 'prepare-commit-msg', 'commit-msg', 'post-commit', 'pre-push', 'post-checkout', 'post-merge',
    'reference-transaction',
)  # fmt: skip
# A name that no remote has: only whether a push would be let in is asked.
_NOWHERE = 'refs/releasekit/doctor'


class GitInspector:
    """The `Inspector` and `RemoteInspector` ports over the git program."""

    def __init__(self, shell: Shell, folder: Path) -> None:
        """Look at the repository that holds a folder."""
        self._shell = shell
        self._git = Git(shell, folder)

    async def program(self) -> Program:
        """The version of git, and the first thing that it is too old for."""
        told = (await self._git.run('--version')).text.removeprefix('git version ').split('\n', maxsplit=1)[0]
        if (found := _VERSION.search(told)) is None:
            return Program(told)
        known = (int(found[1]), int(found[2]))
        return Program(told, next((what for since, what in _FEATURES if known < since), ''))

    async def root(self) -> Path:
        """The top folder of the tree; a bare repository has none."""
        asked = await self._git.run('rev-parse', '--show-toplevel', check=False)
        if 'dubious ownership' in asked.complaint:
            raise fail(Code.GIT_FAILED, asked.complaint, 'Add the folder to `safe.directory`, as git says.')
        if asked.status != 0 or not asked.text:
            message = f'{self._git.root} is in no git repository that has a tree.'
            raise fail(Code.GIT_NONE, message, 'Run it inside a repository, or run `git init`.')
        return Path(asked.text)

    async def hooks(self) -> Sequence[str]:
        """The hooks that are there and may be run, wherever `core.hooksPath` has them."""
        asked = await self._plain('rev-parse', '--git-path', 'hooks')
        folder = AsyncPath(self._git.root) / asked
        return [name for name in _HOOKS if await _runs(folder / name)]

    async def translation(self) -> str | None:
        """`core.autocrlf`, where it changes what is checked out."""
        value = (await self._settings()).get('core.autocrlf', '')
        return f'core.autocrlf={value}' if value.lower() in {'true', 'yes', 'on', '1'} else None

    async def unindexed(self) -> int | None:
        """Git looks for a commit-graph at these two places: gitformat-commit-graph(5)."""
        place = AsyncPath(self._git.root) / await self._plain('rev-parse', '--git-path', 'objects/info')
        if await (place / 'commit-graph').exists() or await (place / 'commit-graphs' / 'commit-graph-chain').exists():
            return None
        counted = await self._git.run('rev-list', '--count', 'HEAD', check=False)
        return int(counted.text) if counted.status == 0 else None

    async def unsigned(self, what: Literal['commits', 'tags', 'both']) -> Lack | None:
        """What is missing to sign by the settings of git; commits and tags are signed by the same."""
        del what
        identity = await self._git.run('var', 'GIT_COMMITTER_IDENT', check=False)
        return await signing.lack(self._shell, self._git.root, await self._settings(), identity.text)

    async def worktrees(self) -> Sequence[Path]:
        """The linked worktrees: git lists the main one first."""
        lines = (await self._git.run('worktree', 'list', '--porcelain', check=False)).text.splitlines()
        return [Path(line.removeprefix('worktree ')) for line in lines if line.startswith('worktree ')][1:]

    async def distance(self, commit: str, other: str) -> tuple[int, int] | None:
        """The commits on either side of a symmetric difference."""
        counted = await self._git.run('rev-list', '--left-right', '--count', f'{commit}...{other}', check=False)
        ahead, _, behind = counted.text.partition('\t')
        return (int(ahead), int(behind)) if counted.status == 0 else None

    async def names(self) -> Sequence[str]:
        """The remotes that are set."""
        return (await self._git.run('remote', check=False)).text.split()

    async def listed(self, remote: str) -> Mapping[str, RemoteRef]:
        """One `ls-remote`; tags come with the commit behind them (`ref^{}` in its answer)."""
        place = await GitRemote(self._git).place(remote)
        answer = await self._git.run('ls-remote', '--quiet', '--', place, 'refs/heads/*', 'refs/tags/*')
        pairs = (line.partition('\t') for line in answer.text.splitlines())
        objects = {name: object_ for object_, _, name in pairs}
        return {
            name: RemoteRef(object_, objects.get(f'{name}^{{}}', object_))
            for name, object_ in objects.items()
            if not name.endswith('^{}')
        }

    async def refuses(self, remote: str, commit: str) -> str | None:
        """`push --dry-run`: it asks to be let in as a push does, sends nothing, and tries no rule of a branch."""
        place = await GitRemote(self._git).place(remote)
        tried = await self._git.run(
            'push', '--dry-run', '--porcelain', '--', place, f'{commit}:{_NOWHERE}', check=False
        )
        return None if tried.status == 0 else tried.complaint or f'exit status {tried.status}'

    async def _settings(self) -> dict[str, str]:
        """The user's settings, without ours; the last value of each counts."""
        entries = (entry.partition('\n') for entry in (await self._plain('config', '--list', '-z')).split('\0'))
        return {name: value for name, found, value in entries if found}

    async def _plain(self, *arguments: str) -> str:
        """Run git without our settings, which stand in the way where the user's own are asked for."""
        command = Command(('git', *arguments), cwd=self._git.root, env={'LC_ALL': 'C'}, passes=PASSES)
        return (await self._shell.run(command)).text


async def _runs(path: AsyncPath) -> bool:
    return await path.is_file() and bool((await path.stat()).st_mode & 0o111)
