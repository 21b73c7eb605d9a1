# SPDX-License-Identifier: Apache-2.0
"""One repository with its remote, in memory or with git, made from the same drafts: what contract suites work on."""

from __future__ import annotations

import dataclasses
import itertools
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from releasekit.backends.shell import LocalShell
from releasekit.testing.objects import Draft
from releasekit.testing.remote import ORIGIN, BareRepository, MemoryRemote, add_remote, open_memory
from releasekit.testing.repository import MemoryRepository
from releasekit.testing.workspace import Sandbox, bare_refs, isolated, make_repository, refuse_pushes
from releasekit.vcs import open_repository
from releasekit.vcs.base import Opened


class User(Protocol):
    """What a user does to a repository, and what they see of it."""

    @property
    def tree(self) -> Mapping[str, bytes]:
        """The files in the user's folder."""
        ...

    @property
    def refs(self) -> Mapping[str, str]:
        """The objects of all refs, by full name."""
        ...

    def write(self, files: Mapping[str, str | bytes | None]) -> None:
        """Write files; None removes one."""
        ...

    def commit(self, message: str, files: Mapping[str, str | bytes | None] | None = None) -> str:
        """Write files, commit the whole tree and return the hash."""
        ...

    def switch(self, branch: str | None) -> None:
        """Check out a branch, which is made where there is none; None detaches HEAD."""
        ...

    def forget_identity(self) -> None:
        """Take away the name and the address of who commits."""
        ...


@dataclasses.dataclass(frozen=True)
class Bench:
    """A user's repository and its remote. `names` are the commits of the drafts.

    `served` gives the refs of the remote and the commits behind them, `protect` makes it refuse every push with a
    reason, `clone` makes a bench of somebody else, whose history ends after so many commits if a depth is given.
    """

    opened: Opened
    user: User
    remote: str
    names: Mapping[str, str]
    served: Callable[[], Mapping[str, str]]
    protect: Callable[[str], object]
    clone: Callable[[int | None], Bench]


Make = Callable[[Sequence[Draft]], Bench]


def memory_bench(drafts: Sequence[Draft]) -> Bench:
    """A bench without git."""
    local = MemoryRepository(drafts)
    return _memory(local, add_remote(local))


def git_bench(drafts: Sequence[Draft], folder: Path) -> Bench:
    """A bench of a repository and a bare remote in a folder."""
    sandbox = make_repository(folder / 'user', {})
    names = lay(sandbox, drafts)
    sandbox.add_remote(folder / 'remotes' / 'remote.git')
    return over_git(sandbox, folder, names)


def over_git(sandbox: Sandbox, folder: Path, names: Mapping[str, str], remote: str = ORIGIN) -> Bench:
    """A bench over what `git_bench` made in a folder, by another name of its remote."""
    bare = folder / 'remotes' / 'remote.git'
    fresh = (folder / f'{sandbox.root.name}-{number}' for number in itertools.count())

    def protect(reason: str) -> object:
        return refuse_pushes(bare, reason)

    def clone(depth: int | None) -> Bench:
        there = next(fresh)
        if depth is None:
            return over_git(sandbox.clone(there, str(bare)), folder, names)
        sandbox.git('clone', '--quiet', f'--depth={depth}', f'file://{bare}', str(there))
        return over_git(Sandbox(there, sandbox.clock), folder, names)

    opened = open_repository('git', LocalShell(isolated(os.environ)), sandbox.root)
    return Bench(opened, GitUser(sandbox), remote, names, lambda: bare_refs(bare), protect, clone)


@dataclasses.dataclass(frozen=True)
class GitUser:
    """The user of a real repository."""

    sandbox: Sandbox

    @property
    def tree(self) -> Mapping[str, bytes]:
        """The files in the user's folder."""
        root = self.sandbox.root
        paths = [path for path in root.rglob('*') if path.is_file() and path.relative_to(root).parts[0] != '.git']
        return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}

    @property
    def refs(self) -> Mapping[str, str]:
        """The objects of all refs, by full name."""
        listed = self.sandbox.git('for-each-ref', '--format=%(refname) %(objectname)').splitlines()
        return dict(line.split(' ', maxsplit=1) for line in listed)

    def write(self, files: Mapping[str, str | bytes | None]) -> None:
        """Write files; None removes one."""
        self.sandbox.write(files)

    def commit(self, message: str, files: Mapping[str, str | bytes | None] | None = None) -> str:
        """Write files, commit the whole tree and return the hash."""
        return self.sandbox.commit(message, files)

    def switch(self, branch: str | None) -> None:
        """Check out a branch, which is made where there is none; None detaches HEAD."""
        if branch is None:
            self.sandbox.git('switch', '--quiet', '--detach')
            return
        create = () if f'refs/heads/{branch}' in self.refs else ('--create',)
        self.sandbox.git('switch', '--quiet', *create, branch)

    def forget_identity(self) -> None:
        """Take away the name and the address of who commits."""
        for key in ('user.name', 'user.email'):
            self.sandbox.git('config', '--unset', key)
        # Else git makes a name up from those of the machine and its user.
        self.sandbox.git('config', 'user.useConfigOnly', 'true')


def lay(sandbox: Sandbox, drafts: Sequence[Draft]) -> dict[str, str]:
    """Make the commits of drafts with git; the last one is the branch, which is checked out. Returns their hashes."""
    names: dict[str, str] = {}
    last: str | None = None
    for draft in drafts:
        parents = [names[name] for name in draft.after(last)]
        sandbox.git('read-tree', *(['--reset', parents[0]] if parents else ['--empty']))
        sandbox.git('checkout-index', '--all', '--force')
        sandbox.git('clean', '--quiet', '-dx', '--force')
        sandbox.write(draft.files)
        sandbox.git('add', '--all')
        family = [word for parent in parents for word in ('-p', parent)]
        tree = sandbox.git('write-tree')
        last = draft.name
        names[last] = sandbox.git('commit-tree', *family, '-m', draft.message, tree, timestamp=next(sandbox.clock))
    sandbox.git('reset', '--quiet', '--hard', *[*names.values()][-1:])
    return names


def _memory(local: MemoryRepository, server: BareRepository) -> Bench:
    def protect(reason: str) -> None:
        server.protected = reason

    def clone(depth: int | None) -> Bench:
        return _memory(server.clone(local.clock, depth), server)

    opened = open_memory(MemoryRemote(local, {ORIGIN: server}))
    return Bench(opened, local, ORIGIN, local.names, server.served, protect, clone)
