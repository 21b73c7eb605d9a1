# SPDX-License-Identifier: Apache-2.0
"""The user's own settings of git change nothing about a release."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import anyio
import pytest

from releasekit.backends.shell import LocalShell
from releasekit.errors import Code, ReleaseKitError
from releasekit.ports import Stamp
from releasekit.run.project import open_project
from releasekit.testing.workspace import Sandbox, bare_refs, isolated, make_repository
from releasekit.vcs import open_repository
from releasekit.vcs.base import Opened

T = TypeVar('T')
STAMP = Stamp(1_800_000_000)


def run(work: Callable[[], Awaitable[T]]) -> T:
    async def main() -> T:
        return await work()

    return anyio.run(main)


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    made = make_repository(tmp_path / 'user', {'a.txt': 'one\ntwo\n', 'pkg/data.txt': 'data\n'})
    made.add_remote(tmp_path / 'remote.git')
    return made


def opened(sandbox: Sandbox) -> Opened:
    return open_repository('git', LocalShell(isolated(os.environ)), sandbox.root)


async def _committed(sandbox: Sandbox, folder: Path) -> str:
    checkout = await opened(sandbox).writer.checkout(sandbox.head, folder)
    (checkout.root / 'a.txt').write_text('changed\n')
    commit = await checkout.commit('x\n', ['a.txt'], STAMP)
    await checkout.close()
    return commit


def test_a_sparse_tree_of_the_user_is_whole_in_the_checkout(sandbox: Sandbox, tmp_path: Path) -> None:
    """What the user does not want to see is in the package all the same."""
    sandbox.git('sparse-checkout', 'set', '--no-cone', '/*', '!data.txt')
    assert not (sandbox.root / 'pkg' / 'data.txt').exists()
    checkout = run(lambda: opened(sandbox).writer.checkout(sandbox.head, tmp_path / 'checkout'))
    assert (checkout.root / 'pkg' / 'data.txt').read_bytes() == b'data\n'
    commit = run(lambda: _committed(sandbox, tmp_path / 'other'))
    assert sandbox.git('ls-tree', '-r', '--name-only', commit).split() == ['a.txt', 'pkg/data.txt']


def test_line_ends_are_those_of_the_commit(sandbox: Sandbox, tmp_path: Path) -> None:
    """`core.autocrlf` is a matter between a user and an editor."""
    sandbox.git('config', 'core.autocrlf', 'true')
    checkout = run(lambda: opened(sandbox).writer.checkout(sandbox.head, tmp_path / 'checkout'))
    assert (checkout.root / 'a.txt').read_bytes() == b'one\ntwo\n'
    commit = run(lambda: _committed(sandbox, tmp_path / 'other'))
    assert sandbox.git('show', f'{commit}:a.txt') == 'changed'


def test_pushes_are_not_signed_for_a_remote_that_cannot_take_it(sandbox: Sandbox, tmp_path: Path) -> None:
    """`push.gpgSign` would make every push to such a remote fail."""
    sandbox.git('config', 'push.gpgSign', 'true')
    commit = run(lambda: _committed(sandbox, tmp_path / 'checkout'))
    refs, expect = {'refs/heads/main': commit}, {'refs/heads/main': sandbox.head}
    run(lambda: opened(sandbox).remote.push('origin', refs, expect))
    assert bare_refs(tmp_path / 'remote.git')['refs/heads/main'] == commit


def test_what_is_pushed_elsewhere_is_read_back_from_there(sandbox: Sandbox, tmp_path: Path) -> None:
    """A push address of its own is the place of the release."""
    fork = tmp_path / 'fork.git'
    sandbox.git('clone', '--quiet', '--bare', '.', str(fork))
    sandbox.git('remote', 'set-url', '--push', 'origin', str(fork))
    commit = run(lambda: _committed(sandbox, tmp_path / 'checkout'))
    tools = opened(sandbox)
    run(lambda: tools.remote.push('origin', {'refs/heads/main': commit}, {'refs/heads/main': sandbox.head}))
    assert run(lambda: tools.remote.refs('origin', ['refs/heads/main']))['refs/heads/main'].commit == commit
    assert bare_refs(tmp_path / 'remote.git')['refs/heads/main'] != commit


def test_several_push_addresses_are_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    """Two places cannot be changed at once."""
    for name in ('one', 'two'):
        sandbox.git('remote', 'set-url', '--add', '--push', 'origin', str(tmp_path / name))
    with pytest.raises(ReleaseKitError) as caught:
        run(lambda: opened(sandbox).remote.refs('origin', ['refs/heads/main']))
    assert 'pushed to 2 addresses' in caught.value.problems[0].message


def test_a_branch_of_another_worktree_is_left_to_it(sandbox: Sandbox, tmp_path: Path) -> None:
    """Moving it would leave that tree behind its own branch."""
    sandbox.git('worktree', 'add', '--quiet', '-b', 'work', str(tmp_path / 'linked'))
    linked = Sandbox(tmp_path / 'linked', sandbox.clock)
    base, commit = sandbox.head, run(lambda: _committed(sandbox, tmp_path / 'checkout'))
    told = run(lambda: opened(linked).writer.advance('main', base, commit, {}))
    assert told is not None
    assert str(sandbox.root) in told
    assert sandbox.git('status', '--porcelain') == ''
    assert sandbox.head == base


def test_a_detached_checkout_without_the_branch_has_nothing_to_move(sandbox: Sandbox, tmp_path: Path) -> None:
    """As in CI: no warning, and the tags arrive."""
    base, commit = sandbox.head, run(lambda: _committed(sandbox, tmp_path / 'checkout'))
    sandbox.git('checkout', '--quiet', '--detach')
    sandbox.git('branch', '--quiet', '--delete', '--force', 'main')
    assert run(lambda: opened(sandbox).writer.advance('main', base, commit, {'t': commit})) is None
    assert sandbox.tags() == ['t']


def test_a_missing_identity_is_told_in_the_words_of_git(sandbox: Sandbox) -> None:
    """Before anything is made."""
    assert run(opened(sandbox).writer.identity) is None
    sandbox.git('config', 'user.name', '')
    sandbox.git('config', 'user.email', '')
    sandbox.git('config', 'user.useConfigOnly', 'true')
    told = run(opened(sandbox).writer.identity)
    assert told
    assert 'ident' in told


def test_a_repository_of_sha256_is_one_too(tmp_path: Path) -> None:
    """Its hashes are longer, and so are the zeros that stand for nothing."""
    root = tmp_path / 'long'
    root.mkdir()
    sandbox = Sandbox(root)
    sandbox.git('init', '--quiet', '--initial-branch=main', '--object-format=sha256', '.')
    sandbox.git('config', 'user.name', 'Tess')
    sandbox.git('config', 'user.email', 'tess@example.invalid')
    sandbox.commit('chore: begin', {'a.txt': 'a\n'})
    base, commit = sandbox.head, run(lambda: _committed(sandbox, tmp_path / 'checkout'))
    tag = run(lambda: opened(sandbox).writer.make_tag('t', commit, 'm', STAMP))
    assert run(lambda: opened(sandbox).writer.advance('main', base, commit, {'t': tag})) is None
    assert (len(tag), sandbox.head, sandbox.tags()) == (64, commit, ['t'])


def test_a_folder_that_is_in_no_repository_is_told(tmp_path: Path) -> None:
    """With what to do."""
    with pytest.raises(ReleaseKitError) as caught:
        run(lambda: open_project(tmp_path, None, isolated(os.environ)))
    assert caught.value.code is Code.GIT_NONE
