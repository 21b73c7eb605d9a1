# SPDX-License-Identifier: Apache-2.0
"""What every `Writer` and `Remote` does, shown on real git: a bare remote on disk, and one over http with a token."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import anyio
import pytest

from releasekit.backends.shell import LocalShell
from releasekit.errors import Code, ReleaseKitError
from releasekit.ports import Stamp
from releasekit.testing.git_http import serve_git
from releasekit.testing.workspace import Sandbox, bare_refs, isolated, make_repository, refuse_pushes
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
    made = make_repository(tmp_path / 'user', {'a.txt': 'a\n', 'b.txt': 'b\n'})
    made.add_remote(tmp_path / 'remotes' / 'remote.git')
    return made


@pytest.fixture
def opened(sandbox: Sandbox) -> Opened:
    return open_repository('git', LocalShell(isolated(os.environ)), sandbox.root)


@pytest.fixture(params=['disk', 'http'])
def remote(request: pytest.FixtureRequest, sandbox: Sandbox, tmp_path: Path) -> Iterator[str]:
    """The name of a remote: a bare repository on disk, or the same over http with a token."""
    if request.param == 'disk':
        yield 'origin'
        return
    with serve_git(tmp_path / 'remotes', token='let-me-in') as server:
        sandbox.git('remote', 'add', 'web', server.address('remote.git'))
        yield 'web'


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


def test_a_checkout_and_a_commit_leave_the_users_tree_and_refs_alone(
    opened: Opened, sandbox: Sandbox, tmp_path: Path
) -> None:
    """The user's files, refs, index and configuration are the same to the byte."""
    before = snapshot(sandbox.root)
    commit = run(lambda: released(opened, sandbox, tmp_path / 'checkout'))
    tag = run(lambda: opened.writer.make_tag('a-v1.0.0', commit, 'a 1.0.0', STAMP))
    assert snapshot(sandbox.root) == before
    assert not (tmp_path / 'checkout').exists()
    assert sandbox.git('cat-file', '-t', tag) == 'tag'
    assert sandbox.git('tag', '--list') == ''


def test_the_same_commit_and_tag_again_have_the_same_hash(opened: Opened, sandbox: Sandbox, tmp_path: Path) -> None:
    """Dates come from the stamp, so that a run that was killed makes the same objects."""
    first = run(lambda: released(opened, sandbox, tmp_path / 'one'))
    assert run(lambda: released(opened, sandbox, tmp_path / 'two')) == first
    tags = {run(lambda: opened.writer.make_tag('t', first, 'm', STAMP)) for _ in range(2)}
    assert len(tags) == 1
    assert sandbox.git('show', '--no-patch', '--format=%ct %at %an', first) == '1800000000 1800000000 Tess Ter'


def test_hooks_of_the_repository_do_not_run(opened: Opened, sandbox: Sandbox, tmp_path: Path) -> None:
    """Neither post-checkout nor pre-commit nor pre-push sees the release."""
    for name in ('post-checkout', 'pre-commit', 'commit-msg', 'pre-push'):
        hook = sandbox.root / '.git' / 'hooks' / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f'#!/bin/sh\ntouch {tmp_path}/ran-{name}\nexit 1\n')
        hook.chmod(0o755)
    commit = run(lambda: released(opened, sandbox, tmp_path / 'checkout'))
    run(lambda: opened.remote.push('origin', {'refs/heads/main': commit}, {'refs/heads/main': sandbox.head}))
    assert not list(tmp_path.glob('ran-*'))


def test_only_the_given_paths_are_committed_unless_tracked_ones_are_asked_for(
    opened: Opened, sandbox: Sandbox, tmp_path: Path
) -> None:
    """What a check leaves behind does not get into history."""

    async def commit(folder: Path, *, tracked: bool) -> str:
        checkout = await opened.writer.checkout(sandbox.head, folder)
        for name in ('a.txt', 'b.txt', 'junk.txt'):
            (checkout.root / name).write_text('changed\n')
        made = await checkout.commit('x', ['a.txt'], STAMP, tracked=tracked)
        await checkout.close()
        return made

    narrow = run(lambda: commit(tmp_path / 'one', tracked=False))
    wide = run(lambda: commit(tmp_path / 'two', tracked=True))
    changed = ('diff-tree', '--no-commit-id', '--name-only', '-r')
    assert sandbox.git(*changed, narrow).split() == ['a.txt']
    assert sandbox.git(*changed, wide).split() == ['a.txt', 'b.txt']


def test_a_push_moves_branch_and_tags_together(opened: Opened, sandbox: Sandbox, tmp_path: Path, remote: str) -> None:
    """Every ref is read back with the commit behind it."""
    commit = run(lambda: released(opened, sandbox, tmp_path / 'checkout'))
    tag = run(lambda: opened.writer.make_tag('a-v1.0.0', commit, 'a 1.0.0', STAMP))
    refs = {'refs/heads/main': commit, 'refs/tags/a-v1.0.0': tag}
    run(lambda: opened.remote.push(remote, refs, {'refs/heads/main': sandbox.head}))
    found = run(lambda: opened.remote.refs(remote, [*refs, 'refs/tags/none']))
    assert {ref: (one.object, one.commit) for ref, one in found.items()} == {
        'refs/heads/main': (commit, commit),
        'refs/tags/a-v1.0.0': (tag, commit),
    }


def test_a_push_onto_a_branch_that_moved_changes_nothing(
    opened: Opened, sandbox: Sandbox, tmp_path: Path, remote: str
) -> None:
    """Compare and swap: the tags do not get there either."""
    base = sandbox.head
    commit = run(lambda: released(opened, sandbox, tmp_path / 'checkout'))
    other = sandbox.clone(tmp_path / 'other')
    other.commit('feat: faster')
    other.git('push', '--quiet', 'origin', 'main')
    before = bare_refs(tmp_path / 'remotes' / 'remote.git')
    refs = {'refs/heads/main': commit, 'refs/tags/t': commit}
    with pytest.raises(ReleaseKitError) as caught:
        run(lambda: opened.remote.push(remote, refs, {'refs/heads/main': base}))
    assert caught.value.code is Code.GIT_REFUSED
    assert bare_refs(tmp_path / 'remotes' / 'remote.git') == before


def test_a_tag_that_is_there_is_never_overwritten(
    opened: Opened, sandbox: Sandbox, tmp_path: Path, remote: str
) -> None:
    """A ref that is not expected must be absent."""
    sandbox.git('push', '--quiet', 'origin', 'HEAD:refs/tags/t')
    commit = run(lambda: released(opened, sandbox, tmp_path / 'checkout'))
    with pytest.raises(ReleaseKitError) as caught:
        run(lambda: opened.remote.push(remote, {'refs/tags/t': commit}, {}))
    assert caught.value.code is Code.GIT_REFUSED


def test_a_refusal_says_why(opened: Opened, sandbox: Sandbox, tmp_path: Path, remote: str) -> None:
    """The reason of the remote's hook is not lost."""
    refuse_pushes(tmp_path / 'remotes' / 'remote.git')
    commit = run(lambda: released(opened, sandbox, tmp_path / 'checkout'))
    with pytest.raises(ReleaseKitError) as caught:
        run(lambda: opened.remote.push(remote, {'refs/heads/main': commit}, {'refs/heads/main': sandbox.head}))
    assert caught.value.code is Code.GIT_REFUSED
    assert 'refs/heads/main' in caught.value.problems[0].message


def test_a_remote_that_does_not_answer_is_an_error(opened: Opened, sandbox: Sandbox, tmp_path: Path) -> None:
    """It is not taken for one that has no refs."""
    sandbox.git('remote', 'add', 'gone', str(tmp_path / 'gone.git'))
    with pytest.raises(ReleaseKitError) as caught:
        run(lambda: opened.remote.refs('gone', ['refs/heads/main']))
    assert caught.value.code is Code.GIT_FAILED


def test_fetching_brings_the_commits_and_moves_no_ref(
    opened: Opened, sandbox: Sandbox, tmp_path: Path, remote: str
) -> None:
    """The user's remote-tracking branches are their own business."""
    other = sandbox.clone(tmp_path / 'other')
    tip = other.commit('feat: newer')
    other.git('push', '--quiet', 'origin', 'main')
    before = sandbox.git('for-each-ref')
    assert run(lambda: opened.remote.fetch(remote, 'refs/heads/main')) == tip
    assert sandbox.git('for-each-ref') == before
    assert run(lambda: opened.repository.is_ancestor(sandbox.head, tip))


def advance(opened: Opened, base: str, commit: str) -> str | None:
    return run(lambda: opened.writer.advance('main', base, commit, {'t': commit}))


def test_a_clean_branch_is_moved_forward_with_its_files(opened: Opened, sandbox: Sandbox, tmp_path: Path) -> None:
    """Branch, index, files and tags are those of the release; untracked files stay."""
    base, commit = sandbox.head, run(lambda: released(opened, sandbox, tmp_path / 'checkout'))
    sandbox.write({'note.txt': 'mine'})
    assert advance(opened, base, commit) is None
    assert sandbox.head == commit
    assert (sandbox.root / 'a.txt').read_text() == 'changed\n'
    assert sandbox.git('status', '--porcelain') == '?? note.txt'
    assert sandbox.tags() == ['t']
    assert advance(opened, base, commit) is None


@pytest.mark.parametrize(
    ('spoil', 'reason'),
    [
        (lambda box: box.write({'b.txt': 'mine'}), 'has changes'),
        (lambda box: box.commit('feat: newer'), 'not at'),
        (lambda box: box.write({'new.txt': 'mine'}), 'new.txt'),
    ],
    ids=['changed file', 'newer commit', 'untracked file in the way'],
)
def test_a_branch_with_work_on_it_is_left_alone(
    opened: Opened, sandbox: Sandbox, tmp_path: Path, spoil: Callable[[Sandbox], object], reason: str
) -> None:
    """The tags arrive, the user's work stays, and the reason is told."""
    base = sandbox.head

    async def released_with_file() -> str:
        checkout = await opened.writer.checkout(base, tmp_path / 'checkout')
        (checkout.root / 'new.txt').write_text('ours\n')
        return await checkout.commit('x', ['new.txt'], STAMP)

    commit = run(released_with_file)
    spoil(sandbox)
    before = {path.name: path.read_bytes() for path in sandbox.root.iterdir() if path.is_file()}
    told = advance(opened, base, commit)
    assert told is not None
    assert reason in told
    assert {path.name: path.read_bytes() for path in sandbox.root.iterdir() if path.is_file()} == before
    assert sandbox.tags() == ['t']


def test_a_branch_that_is_not_checked_out_is_moved(opened: Opened, sandbox: Sandbox, tmp_path: Path) -> None:
    """Only the ref moves; what is checked out stays."""
    base, commit = sandbox.head, run(lambda: released(opened, sandbox, tmp_path / 'checkout'))
    sandbox.git('switch', '--quiet', '--create', 'work')
    assert advance(opened, base, commit) is None
    assert sandbox.git('rev-parse', 'main') == commit
    assert sandbox.head == base


def test_the_default_branch_is_the_one_that_a_clone_remembers(opened: Opened, sandbox: Sandbox, tmp_path: Path) -> None:
    """A clone knows its remote's branch; a repository that never asked does not."""
    other = sandbox.clone(tmp_path / 'other')
    cloned = open_repository('git', LocalShell(isolated(os.environ)), other.root)
    assert run(lambda: cloned.remote.default_branch('origin')) == 'main'
    assert run(lambda: opened.remote.default_branch('origin')) is None
