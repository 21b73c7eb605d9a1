# SPDX-License-Identifier: Apache-2.0
"""Writes to a git repository: detached checkouts, commits and tag objects; no ref before a push succeeded."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import anyio.to_thread

from releasekit.errors import Code, fail
from releasekit.ports import Checkout, Stamp
from releasekit.vcs.git.command import Git

# A checkout holds what the commit holds, whatever the user's own tree leaves out or translates.
_FAITHFUL = ('-c', 'core.sparseCheckout=false', '-c', 'core.autocrlf=false', '-c', 'core.eol=lf')
# A folder in git's own, for the scratch repositories of tags that are being made; the lock lies beside it.
_SCRATCH = 'releasekit/tags'


class GitWriter:
    """The `Writer` port over the git program."""

    def __init__(self, git: Git) -> None:
        """Write to the repository that `git` runs in."""
        self._git = git

    async def checkout(self, commit: str, folder: Path) -> Checkout:
        """Make a detached worktree; hooks are off, and what an earlier run left there is taken away first."""
        await self._git.run('worktree', 'prune')
        await self._git.run(*_FAITHFUL, 'worktree', 'add', '--detach', '--force', '--quiet', '--', str(folder), commit)
        return GitCheckout(self._git, folder)

    async def make_tag(self, name: str, commit: str, message: str, stamp: Stamp) -> str:
        """Make an annotated tag object with no ref to it.

        `git tag` writes its ref into a scratch repository that shares only the objects, so that the identity and
        the signing are git's own and nothing shows in the user's refs.
        """
        common = await self._common()
        scratch = common / _SCRATCH / secrets.token_hex(8)
        try:
            form = (await self._git.run('rev-parse', '--show-object-format')).text
            await self._git.run('init', '--quiet', '--bare', '--template=', f'--object-format={form}', str(scratch))
            env = {'GIT_DIR': str(scratch), 'GIT_OBJECT_DIRECTORY': f'{common}/objects', **_dates(stamp)}
            include = ('-c', f'include.path={common}/config', '-c', 'core.bare=true')
            sign = ('--sign',) if stamp.sign else ('--no-sign', '--annotate')
            await self._git.run(
                *include, 'tag', *sign, '--cleanup=verbatim', '-F', '-', '--', name, commit,
                stdin=f'{message}\n'.encode(), env=env,
            )  # fmt: skip
            return (await self._git.run('rev-parse', '--verify', f'refs/tags/{name}', env=env)).text
        finally:
            await anyio.to_thread.run_sync(lambda: shutil.rmtree(scratch, ignore_errors=True))

    async def tidy(self) -> None:
        """Forget worktrees whose folders are gone, and remove the scratch repositories of tags."""
        await self._git.run('worktree', 'prune')
        scratch = await self._common() / _SCRATCH
        await anyio.to_thread.run_sync(lambda: shutil.rmtree(scratch, ignore_errors=True))

    async def _common(self) -> Path:
        return Path((await self._git.run('rev-parse', '--path-format=absolute', '--git-common-dir')).text)

    async def advance(self, branch: str, base: str, commit: str, tags: Mapping[str, str]) -> str | None:
        """Add tags that are not there, then move the branch if nothing of the user's is in the way."""
        for name, object_ in sorted(tags.items()):
            await self._git.run('update-ref', f'refs/tags/{name}', object_, '0' * len(object_), check=False)
        ref = f'refs/heads/{branch}'
        current = (await self._git.run('symbolic-ref', '--quiet', 'HEAD', check=False)).text
        tip = (await self._git.run('rev-parse', '--verify', '--quiet', ref, check=False)).text
        if tip == commit or not (tip or current):
            # It is there already, or a detached checkout, as in CI, has no such branch to move.
            return None
        if tip != base:
            return f'{branch} is at {tip[:12] or "nothing"}, not at {base[:12]} where the release began'
        if current != ref:
            if (elsewhere := await self._worktree_of(ref)) is not None:
                return f'{branch} is checked out in {elsewhere}'
            await self._git.run('update-ref', ref, commit, base)
            return None
        if (await self._git.run('status', '--porcelain', '--untracked-files=no')).stdout.strip():
            return f'the tree of {branch} has changes'
        moved = await self._git.run('merge', '--ff-only', '--quiet', '--no-autostash', commit, check=False)
        return None if moved.status == 0 else ' '.join(moved.complaint.removeprefix('error: ').split())

    async def _worktree_of(self, ref: str) -> str | None:
        """The folder of another worktree that has a branch checked out."""
        listed = await self._git.run('worktree', 'list', '--porcelain')
        entries = (dict(_fields(entry)) for entry in listed.text.split('\n\n'))
        return next((entry['worktree'] for entry in entries if entry.get('branch') == ref), None)

    async def identity(self) -> str | None:
        """What git says is missing to commit, None where it knows who commits."""
        asked = await self._git.run('var', 'GIT_COMMITTER_IDENT', check=False)
        return None if asked.status == 0 else asked.complaint.strip().splitlines()[-1]


def _fields(entry: str) -> list[tuple[str, str]]:
    lines = (line.partition(' ') for line in entry.splitlines())
    return [(name, value) for name, _, value in lines]


class GitCheckout:
    """The `Checkout` port: a detached worktree."""

    def __init__(self, git: Git, folder: Path) -> None:
        """Stand for the worktree at a folder."""
        self._git = git
        self._folder = folder

    @property
    def root(self) -> Path:
        """The folder of the worktree."""
        return self._folder

    async def commit(self, message: str, paths: Sequence[str], stamp: Stamp, *, tracked: bool = False) -> str:
        """Commit the paths; author and committer have the stamp's time, so that the same commit has the same hash."""
        here = self._git.at(self._folder)
        await here.run(*_FAITHFUL, 'add', '--force', '--', *paths)
        if tracked:
            await here.run(*_FAITHFUL, 'add', '--update', '--', '.')
        author = () if stamp.author is None else (f'--author={stamp.author}',)
        sign = '--gpg-sign' if stamp.sign else '--no-gpg-sign'
        await here.run(
            *_FAITHFUL, 'commit', '--quiet', '--no-verify', '--cleanup=verbatim', sign, *author, '-F', '-',
            stdin=message.encode(), env=_dates(stamp),
        )  # fmt: skip
        return (await here.run('rev-parse', '--verify', 'HEAD')).text

    async def close(self) -> None:
        """Take the worktree away, with what builds left in it."""
        removed = await self._git.run('worktree', 'remove', '--force', '--', str(self._folder), check=False)
        if removed.status != 0:
            await anyio.to_thread.run_sync(lambda: shutil.rmtree(self._folder, ignore_errors=True))
            await self._git.run('worktree', 'prune')
        if await anyio.Path(self._folder).exists():
            hint = 'Remove it by hand; nothing in it is needed.'
            raise fail(Code.DISK_FAILED, f'{self._folder} could not be removed.', hint)


def _dates(stamp: Stamp) -> dict[str, str]:
    when = f'{stamp.timestamp} +0000'
    return {'GIT_AUTHOR_DATE': when, 'GIT_COMMITTER_DATE': when}
