# SPDX-License-Identifier: Apache-2.0
"""The ports `Writer` and `Checkout`: the same truths for the fake and for git."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from releasekit.core.commits import RawCommit
from releasekit.errors import Code, ReleaseKitError
from releasekit.ports import Checkout, Stamp, Writer
from releasekit.testing.bench import Bench, Make, User
from releasekit.testing.objects import Draft
from releasekit.testing.workspace import ADDRESS, NAME

pytestmark = pytest.mark.anyio

STAMP = Stamp(1_800_000_000)
NOBODY = '1' * 40
DRAFTS = [Draft('base', 'chore: begin', {'a.txt': 'a\n', 'b.txt': 'b\n', 'sub/c.bin': b'\0\xff'})]


@pytest.fixture
def bench(make: Make) -> Bench:
    return make(DRAFTS)


@pytest.fixture
def writer(bench: Bench) -> Writer:
    return bench.opened.writer


async def released(bench: Bench, folder: Path, message: str = 'chore(release): a 1.0.0\n') -> str:
    """A release commit, made in a checkout that is taken away again."""
    checkout = await bench.opened.writer.checkout(bench.names['base'], folder)
    (checkout.root / 'a.txt').write_text('changed\n')
    commit = await checkout.commit(message, ['a.txt'], STAMP)
    await checkout.close()
    return commit


async def told(bench: Bench, commit: str) -> RawCommit:
    """A commit as history tells it."""
    return await anext(bench.opened.history.log(commit, [bench.names['base']]))


def found(folder: Path) -> dict[str, bytes]:
    """The files of a folder by path; what belongs to git is left out."""
    paths = [path for path in folder.rglob('*') if path.is_file() and path.name != '.git']
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


async def test_a_checkout_is_a_real_folder_with_the_files_of_a_commit(
    bench: Bench, writer: Writer, tmp_path: Path
) -> None:
    """Whatever lies in the user's folder; it is gone when it is closed, with all that was left in it."""
    bench.user.write({'a.txt': 'mine', 'new.txt': 'x'})
    checkout = await writer.checkout(bench.names['base'], tmp_path / 'deep' / 'checkout')
    assert checkout.root == tmp_path / 'deep' / 'checkout'
    assert found(checkout.root) == {'a.txt': b'a\n', 'b.txt': b'b\n', 'sub/c.bin': b'\0\xff'}
    (checkout.root / 'build').mkdir()
    (checkout.root / 'build' / 'junk').write_text('x')
    await checkout.close()
    assert not checkout.root.exists()


async def test_two_checkouts_of_one_commit_do_not_meet(bench: Bench, writer: Writer, tmp_path: Path) -> None:
    """Each has its own files and its own next commit."""
    one, two = [await writer.checkout(bench.names['base'], tmp_path / name) for name in ('one', 'two')]
    (one.root / 'a.txt').write_text('one')
    first = await one.commit('one', ['a.txt'], STAMP)
    assert found(two.root)['a.txt'] == b'a\n'
    (two.root / 'b.txt').write_text('two')
    second = await two.commit('two', ['b.txt'], STAMP)
    assert (await told(bench, first)).parents == (await told(bench, second)).parents == (bench.names['base'],)


async def test_a_checkout_and_a_commit_leave_the_users_tree_and_refs_alone(
    bench: Bench, writer: Writer, tmp_path: Path
) -> None:
    """Nothing shows before it is pushed: the objects are there, and no ref names them."""
    bench.user.write({'b.txt': 'mine', 'new.txt': 'x'})
    before = (dict(bench.user.tree), dict(bench.user.refs), await bench.opened.repository.head())
    commit = await released(bench, tmp_path / 'checkout')
    tag = await writer.make_tag('a-v1.0.0', commit, 'a 1.0.0', STAMP)
    assert (dict(bench.user.tree), dict(bench.user.refs), await bench.opened.repository.head()) == before
    assert not (tmp_path / 'checkout').exists()
    assert await bench.opened.repository.resolve(tag) == commit
    assert list(await bench.opened.history.tags()) == []


async def test_a_commit_is_what_it_was_told_to_be(bench: Bench, tmp_path: Path) -> None:
    """On the commit that was checked out, with the message, the stamp's time and the repository's own identity."""
    commit = await released(bench, tmp_path / 'checkout', 'chore(release): a 1.0.0\n\n# not a comment\n')
    made = await told(bench, commit)
    assert made == RawCommit(
        hash=commit,
        parents=(bench.names['base'],),
        author=f'{NAME} <{ADDRESS}>',
        message='chore(release): a 1.0.0\n\n# not a comment',
        paths=('a.txt',),
    )
    assert await bench.opened.repository.timestamp(commit) == STAMP.timestamp
    assert await bench.opened.repository.files(commit).read(['a.txt', 'b.txt']) == {
        'a.txt': b'changed\n',
        'b.txt': b'b\n',
    }


async def test_an_author_of_the_stamp_is_the_commits(bench: Bench, writer: Writer, tmp_path: Path) -> None:
    """Whoever runs the release."""
    checkout = await writer.checkout(bench.names['base'], tmp_path / 'checkout')
    (checkout.root / 'a.txt').write_text('changed\n')
    commit = await checkout.commit('x', ['a.txt'], Stamp(STAMP.timestamp, 'Release Bot <bot@example.invalid>'))
    assert (await told(bench, commit)).author == 'Release Bot <bot@example.invalid>'


async def test_the_same_commit_and_tag_again_have_the_same_hash(bench: Bench, writer: Writer, tmp_path: Path) -> None:
    """Dates come from the stamp, so that a run that was killed makes the same objects; other facts make others."""
    first = await released(bench, tmp_path / 'one')
    assert await released(bench, tmp_path / 'two') == first
    assert await released(bench, tmp_path / 'three', 'another message\n') != first
    assert len({await writer.make_tag('t', first, 'm', STAMP) for _ in range(2)}) == 1
    others = [('u', first, 'm', STAMP), ('t', bench.names['base'], 'm', STAMP), ('t', first, 'n', STAMP)]
    made = {await writer.make_tag(*facts) for facts in [*others, ('t', first, 'm', Stamp(1_800_000_001))]}
    assert len(made | {await writer.make_tag('t', first, 'm', STAMP)}) == 5


@pytest.mark.parametrize(('tracked', 'expected'), [(False, ('a.txt',)), (True, ('a.txt', 'b.txt'))])
async def test_only_the_given_paths_are_committed_unless_tracked_ones_are_asked_for(
    bench: Bench, writer: Writer, tmp_path: Path, tracked: bool, expected: tuple[str, ...]
) -> None:
    """What a check leaves behind does not get into history."""
    checkout = await writer.checkout(bench.names['base'], tmp_path / 'checkout')
    for name in ('a.txt', 'b.txt', 'junk.txt'):
        (checkout.root / name).write_text('changed\n')
    commit = await checkout.commit('x', ['a.txt'], STAMP, tracked=tracked)
    assert (await told(bench, commit)).paths == expected


async def test_new_and_removed_files_are_committed(bench: Bench, writer: Writer, tmp_path: Path) -> None:
    """Ignored ones too, since they were named; another commit in the same checkout comes after the first."""
    checkout = await writer.checkout(bench.names['base'], tmp_path / 'checkout')
    (checkout.root / 'a.txt').unlink()
    (checkout.root / '.gitignore').write_text('new\n')
    (checkout.root / 'new').mkdir()
    (checkout.root / 'new' / 'ü.txt').write_text('n')
    first = await checkout.commit('one', ['a.txt', '.gitignore', 'new/ü.txt'], STAMP)
    (checkout.root / 'b.txt').unlink()
    second = await checkout.commit('two', [], STAMP, tracked=True)
    files = bench.opened.repository.files
    assert list(await files(first).paths()) == ['.gitignore', 'b.txt', 'new/ü.txt', 'sub/c.bin']
    assert list(await files(second).paths()) == ['.gitignore', 'new/ü.txt', 'sub/c.bin']
    assert (await told(bench, second)).parents == (first,)


def _sign(checkout: Checkout) -> tuple[str, list[str], Stamp]:
    (checkout.root / 'a.txt').write_text('changed\n')
    return 'x', ['a.txt'], Stamp(STAMP.timestamp, sign=True)


@pytest.mark.parametrize(
    'ask',
    [
        lambda _checkout: ('x', ['a.txt'], STAMP),
        lambda _checkout: ('x', ['none.txt'], STAMP),
        lambda checkout: ('', _sign(checkout)[1], STAMP),
        _sign,
    ],
    ids=['nothing new', 'a path that is nowhere', 'no message', 'no key to sign with'],
)
async def test_what_cannot_be_committed_is_an_error(
    bench: Bench, writer: Writer, tmp_path: Path, ask: Callable[[Checkout], tuple[str, list[str], Stamp]]
) -> None:
    """Never an empty commit, nor an unsigned one that should be signed."""
    checkout = await writer.checkout(bench.names['base'], tmp_path / 'checkout')
    with pytest.raises(ReleaseKitError) as caught:
        await checkout.commit(*ask(checkout))
    assert caught.value.code is Code.GIT_FAILED


async def test_without_an_identity_nothing_is_made(bench: Bench, writer: Writer, tmp_path: Path) -> None:
    """What is missing can be asked for beforehand; an author of the stamp does not stand in for it."""
    assert await writer.identity() is None
    bench.user.forget_identity()
    assert await writer.identity()
    checkout = await writer.checkout(bench.names['base'], tmp_path / 'checkout')
    (checkout.root / 'a.txt').write_text('changed\n')
    bot = Stamp(STAMP.timestamp, 'Release Bot <bot@example.invalid>')
    for work in (
        lambda: checkout.commit('x', ['a.txt'], STAMP),
        lambda: checkout.commit('x', ['a.txt'], bot),
        lambda: writer.make_tag('t', bench.names['base'], 'm', STAMP),
    ):
        with pytest.raises(ReleaseKitError) as caught:
            await work()
        assert caught.value.code is Code.GIT_FAILED


async def test_a_commit_that_is_not_there_is_neither_checked_out_nor_tagged(writer: Writer, tmp_path: Path) -> None:
    """Nor is a tag signed without a key."""
    for work in (
        lambda: writer.checkout(NOBODY, tmp_path / 'checkout'),
        lambda: writer.make_tag('t', NOBODY, 'm', STAMP),
        lambda: writer.make_tag('t', 'HEAD', 'm', Stamp(STAMP.timestamp, sign=True)),
    ):
        with pytest.raises(ReleaseKitError) as caught:
            await work()
        assert caught.value.code is Code.GIT_FAILED


async def test_a_folder_that_is_in_use_is_left_alone(bench: Bench, writer: Writer, tmp_path: Path) -> None:
    """Nothing is written over what lies there."""
    (tmp_path / 'mine').mkdir()
    (tmp_path / 'mine' / 'a.txt').write_text('mine')
    with pytest.raises(ReleaseKitError) as caught:
        await writer.checkout(bench.names['base'], tmp_path / 'mine')
    assert caught.value.code is Code.GIT_FAILED
    assert found(tmp_path / 'mine') == {'a.txt': b'mine'}


async def test_what_a_killed_run_left_is_not_in_the_way(bench: Bench, writer: Writer, tmp_path: Path) -> None:
    """A checkout that was never closed and whose folder is gone; tidying again does no harm."""
    left = await writer.checkout(bench.names['base'], tmp_path / 'checkout')
    for path in sorted(left.root.rglob('*'), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    left.root.rmdir()
    await writer.tidy()
    await writer.tidy()
    again = await writer.checkout(bench.names['base'], tmp_path / 'checkout')
    assert found(again.root)['a.txt'] == b'a\n'


async def test_a_clean_branch_is_moved_forward_with_its_files(bench: Bench, writer: Writer, tmp_path: Path) -> None:
    """Branch, files and tags are those of the release; untracked files stay; the same again changes nothing."""
    base, commit = bench.names['base'], await released(bench, tmp_path / 'checkout')
    tag = await writer.make_tag('t', commit, 'm', STAMP)
    bench.user.write({'note.txt': 'mine'})
    for _ in range(2):
        assert await writer.advance('main', base, commit, {'t': tag}) is None
        head = await bench.opened.repository.head()
        assert (head.commit, head.branch) == (commit, 'main')
        assert bench.user.tree['a.txt'] == b'changed\n'
        assert list(await bench.opened.repository.changes()) == ['note.txt']
        assert bench.user.refs['refs/tags/t'] == tag


def _newer(user: User) -> None:
    user.commit('feat: newer', {'b.txt': 'newer'})


@pytest.mark.parametrize(
    ('spoil', 'reason'),
    [
        (lambda user: user.write({'b.txt': 'mine'}), 'has changes'),
        (lambda user: user.write({'b.txt': None}), 'has changes'),
        (_newer, 'not at'),
        (lambda user: user.write({'new.txt': 'mine'}), 'new.txt'),
    ],
    ids=['changed file', 'removed file', 'newer commit', 'untracked file in the way'],
)
async def test_a_branch_with_work_on_it_is_left_alone(
    bench: Bench, writer: Writer, tmp_path: Path, spoil: Callable[[User], object], reason: str
) -> None:
    """The tags arrive, the user's work stays, and the reason is told."""
    checkout = await writer.checkout(bench.names['base'], tmp_path / 'checkout')
    (checkout.root / 'new.txt').write_text('ours\n')
    commit = await checkout.commit('x', ['new.txt'], STAMP)
    spoil(bench.user)
    before = (dict(bench.user.tree), await bench.opened.repository.head())
    told = await writer.advance('main', bench.names['base'], commit, {'t': commit})
    assert told is not None
    assert reason in told
    assert (dict(bench.user.tree), await bench.opened.repository.head()) == before
    assert bench.user.refs['refs/tags/t'] == commit


async def test_a_branch_that_is_not_checked_out_is_moved(bench: Bench, writer: Writer, tmp_path: Path) -> None:
    """Only the ref moves, whatever is changed; what is checked out stays."""
    base, commit = bench.names['base'], await released(bench, tmp_path / 'checkout')
    bench.user.switch('work')
    bench.user.write({'a.txt': 'mine'})
    assert await writer.advance('main', base, commit, {}) is None
    assert bench.user.refs['refs/heads/main'] == commit
    assert (await bench.opened.repository.head()).commit == base
    assert bench.user.tree['a.txt'] == b'mine'


async def test_a_branch_that_is_gone_is_not_made_again(bench: Bench, writer: Writer) -> None:
    """The reason says that it is nowhere; a detached checkout, as in CI, has no branch to move, which is no trouble."""
    base = bench.names['base']
    assert 'gone is at nothing' in (await writer.advance('gone', base, base, {}) or '')
    bench.user.switch(None)
    assert await writer.advance('gone', base, base, {'t': base}) is None
    assert bench.user.refs['refs/tags/t'] == base
    assert 'refs/heads/gone' not in bench.user.refs


async def test_a_branch_is_not_moved_to_what_is_not_there(bench: Bench, writer: Writer) -> None:
    """The reason names the commit; neither branch nor tag comes to name nothing."""
    before = dict(bench.user.refs)
    assert NOBODY in (await writer.advance('main', bench.names['base'], NOBODY, {'t': NOBODY}) or '')
    assert bench.user.refs == before


async def test_a_tag_that_the_user_has_is_not_moved(bench: Bench, writer: Writer, tmp_path: Path) -> None:
    """Neither theirs nor what it stands for."""
    base, commit = bench.names['base'], await released(bench, tmp_path / 'checkout')
    await writer.advance('main', base, base, {'t': base})
    assert await writer.advance('main', base, commit, {'t': commit, 'u': commit}) is None
    assert (bench.user.refs['refs/tags/t'], bench.user.refs['refs/tags/u']) == (base, commit)
