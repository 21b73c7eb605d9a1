# SPDX-License-Identifier: Apache-2.0
"""The port `Repository`: the same truths for the fake and for git."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from releasekit.backends.shell import LocalShell
from releasekit.errors import Code, ReleaseKitError
from releasekit.ports import Repository, Stamp
from releasekit.testing.bench import Bench, Make
from releasekit.testing.objects import Draft
from releasekit.testing.repository import MemoryRepository
from releasekit.testing.workspace import Sandbox, isolated
from releasekit.vcs import open_repository

pytestmark = pytest.mark.anyio

NOBODY = '1' * 40
STAMP = Stamp(1_800_000_000)
DRAFTS = [
    Draft('root', 'chore: begin', {'a.txt': 'a\n', 'gone.txt': 'x', 'sub/ü b.bin': b'\0\xff'}),
    Draft('side', 'feat: side', {'side.txt': 's'}),
    Draft('line', 'fix: line', {'a.txt': 'changed\n', 'gone.txt': None}, parents=('root',)),
]


@pytest.fixture
def bench(make: Make) -> Bench:
    return make(DRAFTS)


@pytest.fixture
def repository(bench: Bench) -> Repository:
    return bench.opened.repository


async def test_head_is_what_is_checked_out(bench: Bench, repository: Repository) -> None:
    """With its branch, and none where it is detached; a child is not older than its parent."""
    head = await repository.head()
    assert (head.commit, head.branch) == (bench.names['line'], 'main')
    assert head.timestamp == await repository.timestamp(head.commit)
    assert head.timestamp > await repository.timestamp(bench.names['root'])

    bench.user.switch('work')
    assert (await repository.head()).branch == 'work'
    bench.user.switch(None)
    assert (await repository.head()).branch is None
    assert (await repository.head()).commit == bench.names['line']


@pytest.mark.parametrize('kind', ['memory', 'git'])
async def test_without_a_commit_there_is_nothing_to_release(kind: str, tmp_path: Path) -> None:
    """A repository that has just begun says so."""
    begun: Repository = MemoryRepository()
    if kind == 'git':
        Sandbox(tmp_path).git('init', '--quiet')
        begun = open_repository('git', LocalShell(isolated(os.environ)), tmp_path).repository
    with pytest.raises(ReleaseKitError) as caught:
        await begun.head()
    assert caught.value.code is Code.GIT_NONE


async def test_a_commit_knows_its_parents(bench: Bench, repository: Repository) -> None:
    """None where history begins, and an error for what is no commit."""
    newest = bench.user.commit('feat: more', {'more.txt': ''})
    assert list(await repository.parents(newest)) == [bench.names['line']]
    assert list(await repository.parents(bench.names['root'])) == []
    with pytest.raises(ReleaseKitError):
        await repository.parents(NOBODY)


async def test_a_revision_is_resolved_to_a_commit_or_to_nothing(bench: Bench, repository: Repository) -> None:
    """HEAD, branches, tags, full ref names, hashes and their beginnings; what is not there is None."""
    line = bench.names['line']
    tag = await bench.opened.writer.make_tag('v1', line, 'one', STAMP)
    await bench.opened.writer.advance('main', line, line, {'v1': tag})
    for revision in ('HEAD', 'main', 'refs/heads/main', 'v1', 'refs/tags/v1', tag, line, line[:12]):
        assert await repository.resolve(revision) == line, revision
    for revision in ('none', 'refs/heads/none', '--all', '', NOBODY):
        assert await repository.resolve(revision) is None, revision


async def test_the_tree_of_a_commit_is_read_as_it_was(bench: Bench, repository: Repository) -> None:
    """Sorted, with what later commits changed or removed, and nothing of the user's folder."""
    bench.user.write({'later.txt': 'x'})
    old, new = repository.files(bench.names['root']), repository.files(bench.names['line'])
    assert list(await old.paths()) == ['a.txt', 'gone.txt', 'sub/ü b.bin']
    assert list(await new.paths()) == ['a.txt', 'sub/ü b.bin']
    assert await old.read(['a.txt', 'sub/ü b.bin', 'sub', 'later.txt']) == {
        'a.txt': b'a\n',
        'sub/ü b.bin': b'\0\xff',
    }
    assert await new.read(['a.txt', 'gone.txt']) == {'a.txt': b'changed\n'}
    # Again, with more than before.
    assert await old.read(['gone.txt', 'a.txt', 'none']) == {'gone.txt': b'x', 'a.txt': b'a\n'}


async def test_a_commit_reaches_its_ancestors_and_itself(bench: Bench, repository: Repository) -> None:
    """Not its children, not its siblings, and nothing that is not there."""
    root, side, line = (bench.names[name] for name in ('root', 'side', 'line'))
    assert await repository.is_ancestor(root, line)
    assert await repository.is_ancestor(line, line)
    for ancestor, commit in [(line, root), (side, line), (NOBODY, line), (root, NOBODY), (NOBODY, NOBODY)]:
        assert not await repository.is_ancestor(ancestor, commit)


async def test_changes_are_what_differs_from_head(bench: Bench, repository: Repository) -> None:
    """Changed, removed and new files; none once they are as they were."""
    assert list(await repository.changes()) == []
    bench.user.write({'a.txt': 'mine', 'new/ü 1.txt': 'x', 'sub/ü b.bin': None})
    assert list(await repository.changes()) == ['a.txt', 'new/ü 1.txt', 'sub/ü b.bin']
    bench.user.write({'a.txt': 'changed\n', 'new/ü 1.txt': None, 'sub/ü b.bin': b'\0\xff'})
    assert list(await repository.changes()) == []


async def test_differences_are_what_a_commit_has_otherwise(bench: Bench, repository: Repository) -> None:
    """What later commits changed, what the tree has changed since, and new files; not what is again as it was."""
    before = (await repository.head()).commit
    assert list(await repository.differences(before)) == []
    bench.user.commit('feat: later', {'a.txt': 'later\n', 'ü 2.txt': 'x'})
    bench.user.write({'new/ü 1.txt': 'x', 'sub/ü b.bin': None})
    assert list(await repository.differences(before)) == ['a.txt', 'new/ü 1.txt', 'sub/ü b.bin', 'ü 2.txt']
    bench.user.write({'a.txt': 'changed\n'})
    assert list(await repository.differences(before)) == ['new/ü 1.txt', 'sub/ü b.bin', 'ü 2.txt']


async def test_what_is_not_there_is_an_error(repository: Repository) -> None:
    """Neither a time nor a tree is made up."""
    with pytest.raises(ReleaseKitError) as caught:
        await repository.timestamp(NOBODY)
    assert caught.value.code is Code.GIT_FAILED
    with pytest.raises(ReleaseKitError) as caught:
        await repository.files(NOBODY).paths()
    assert caught.value.code is Code.GIT_FAILED


async def test_trees_of_many_commits_are_those_of_each(bench: Bench, repository: Repository) -> None:
    """In any order, however they differ: files that come, change, go, and are there twice."""
    bench.user.commit('feat: more', {'deep/er/a.txt': 'a\n', 'sub/ü b.bin': None})
    last = bench.user.commit('feat: again', {'sub/ü b.bin': b'other', 'deep/er/a.txt': 'b\n'})
    names = bench.names
    commits = [names['root'], names['line'], last, last, names['side'], names['root']]
    found = []
    async for files in repository.trees(commits):
        paths = await files.paths()
        found.append((list(paths), dict(await files.read([*paths, 'nowhere']))))
    expected = []
    for commit in commits:
        files = repository.files(commit)
        paths = await files.paths()
        expected.append((list(paths), dict(await files.read(paths))))
    assert found == expected
    assert [files async for files in repository.trees([])] == []


async def test_times_of_many_commits_are_those_of_each(bench: Bench, repository: Repository) -> None:
    """By hash; of none there are none."""
    commits = list(bench.names.values())
    assert await repository.timestamps(commits) == {commit: await repository.timestamp(commit) for commit in commits}
    assert await repository.timestamps([]) == {}
