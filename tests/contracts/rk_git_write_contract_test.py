# SPDX-License-Identifier: Apache-2.0
"""What git shows of the ports that write to it, beyond the ports' own contracts: its files, its objects, its hooks."""

from __future__ import annotations

import functools
import os
from pathlib import Path

import pytest

from releasekit.backends.shell import LocalShell
from releasekit.errors import Code, ReleaseKitError
from releasekit.ports import Stamp
from releasekit.testing.workspace import Sandbox, bare_refs, isolated, make_repository
from releasekit.vcs import open_repository
from releasekit.vcs.base import Opened

pytestmark = pytest.mark.anyio

STAMP = Stamp(1_800_000_000)


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    made = make_repository(tmp_path / 'user', {'a.txt': 'a\n', 'b.txt': 'b\n'})
    made.add_remote(tmp_path / 'remotes' / 'remote.git')
    return made


@pytest.fixture
def opened(sandbox: Sandbox) -> Opened:
    return open_repository('git', LocalShell(isolated(os.environ)), sandbox.root)


def snapshot(root: Path) -> dict[str, bytes]:
    """Every file of a tree and its repository but git's objects and logs, which may be added to."""
    growing = {('.git', 'objects'), ('.git', 'worktrees'), ('.git', 'logs')}
    files = [path for path in sorted(root.rglob('*')) if path.is_file()]
    return {
        str(relative): (root / relative).read_bytes()
        for relative in (path.relative_to(root) for path in files)
        if relative.parts[:2] not in growing
    }


async def released(opened: Opened, sandbox: Sandbox, folder: Path) -> str:
    """A release commit, made in a checkout that is taken away again."""
    checkout = await opened.writer.checkout(sandbox.head, folder)
    (checkout.root / 'a.txt').write_text('changed\n')
    commit = await checkout.commit('chore(release): a 1.0.0\n', ['a.txt'], STAMP)
    await checkout.close()
    return commit


async def test_a_checkout_and_a_commit_leave_the_users_files_alone_to_the_byte(
    opened: Opened, sandbox: Sandbox, tmp_path: Path
) -> None:
    """The user's files, refs, index and configuration are the same."""
    before = snapshot(sandbox.root)
    commit = await released(opened, sandbox, tmp_path / 'checkout')
    tag = await opened.writer.make_tag('a-v1.0.0', commit, 'a 1.0.0', STAMP)
    assert snapshot(sandbox.root) == before
    assert not (tmp_path / 'checkout').exists()
    assert sandbox.git('cat-file', '-t', tag) == 'tag'
    assert sandbox.git('tag', '--list') == ''


async def test_author_and_committer_have_the_time_of_the_stamp(
    opened: Opened, sandbox: Sandbox, tmp_path: Path
) -> None:
    """So that the same commit has the same hash; the tagger of a tag has it too."""
    commit = await released(opened, sandbox, tmp_path / 'one')
    assert sandbox.git('show', '--no-patch', '--format=%ct %at %an', commit) == '1800000000 1800000000 Tess Ter'
    tag = await opened.writer.make_tag('t', commit, 'm', STAMP)
    assert '> 1800000000 +0000\n\nm' in sandbox.git('cat-file', 'tag', tag)


async def test_hooks_of_the_repository_do_not_run(opened: Opened, sandbox: Sandbox, tmp_path: Path) -> None:
    """Neither post-checkout nor pre-commit nor pre-push sees the release."""
    for name in ('post-checkout', 'pre-commit', 'commit-msg', 'pre-push', 'post-merge'):
        hook = sandbox.root / '.git' / 'hooks' / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f'#!/bin/sh\ntouch {tmp_path}/ran-{name}\nexit 1\n')
        hook.chmod(0o755)
    base = sandbox.head
    commit = await released(opened, sandbox, tmp_path / 'checkout')
    await opened.remote.push('origin', {'refs/heads/main': commit}, {'refs/heads/main': base})
    assert await opened.writer.advance('main', base, commit, {}) is None
    assert not list(tmp_path.glob('ran-*'))
    assert bare_refs(tmp_path / 'remotes' / 'remote.git') == {'refs/heads/main': commit}


async def test_only_what_was_asked_for_is_in_the_commit(opened: Opened, sandbox: Sandbox, tmp_path: Path) -> None:
    """As git's own diff tells it."""
    made = []
    for folder, tracked in (('one', False), ('two', True)):
        checkout = await opened.writer.checkout(sandbox.head, tmp_path / folder)
        for name in ('a.txt', 'b.txt', 'junk.txt'):
            (checkout.root / name).write_text('changed\n')
        made.append(await checkout.commit('x', ['a.txt'], STAMP, tracked=tracked))
    changed = functools.partial(sandbox.git, 'diff-tree', '--no-commit-id', '--name-only', '-r')
    assert [changed(commit).split() for commit in made] == [['a.txt'], ['a.txt', 'b.txt']]


async def test_a_branch_that_is_moved_forward_leaves_nothing_to_commit(
    opened: Opened, sandbox: Sandbox, tmp_path: Path
) -> None:
    """The index moves with the files; what the user did not add stays untracked."""
    base, commit = sandbox.head, await released(opened, sandbox, tmp_path / 'checkout')
    sandbox.write({'note.txt': 'mine'})
    assert await opened.writer.advance('main', base, commit, {'t': commit}) is None
    assert sandbox.head == commit
    assert sandbox.git('status', '--porcelain') == '?? note.txt'
    assert sandbox.tags() == ['t']


async def test_an_address_with_nothing_behind_it_does_not_answer(
    opened: Opened, sandbox: Sandbox, tmp_path: Path
) -> None:
    """It is not taken for a remote that has no refs."""
    sandbox.git('remote', 'add', 'gone', str(tmp_path / 'gone.git'))
    with pytest.raises(ReleaseKitError) as caught:
        await opened.remote.refs('gone', ['refs/heads/main'])
    assert caught.value.code is Code.GIT_FAILED
