# SPDX-License-Identifier: Apache-2.0
"""The port `History`: the same truths for the fake and for git."""

from __future__ import annotations

import functools
from collections.abc import Collection

import pytest

from releasekit.core.commits import RawCommit, TagRef
from releasekit.errors import Code, ReleaseKitError
from releasekit.ports import History, Stamp
from releasekit.testing.bench import Bench, Make
from releasekit.testing.objects import Draft
from releasekit.testing.workspace import ADDRESS, NAME

pytestmark = pytest.mark.anyio

NOBODY = '1' * 40
# A line, a branch that is merged by a commit without a change of its own, a commit that moves a file, and one that
# changes nothing; beside them a history that began elsewhere.
DRAFTS = [
    Draft('other', 'chore: elsewhere', {'other.txt': 'x'}, parents=()),
    Draft('root', 'chore: begin', {'a.txt': 'a', 'b.txt': 'b'}, parents=()),
    Draft('side', 'feat: side\n\nbody\n\nwith: lines', {'side/s p.txt': 's', 'side/ü.txt': 's'}),
    Draft('line', 'fix: line', {'a.txt': 'line'}, parents=('root',)),
    Draft('merge', 'Merge side', {'side/s p.txt': 's', 'side/ü.txt': 's'}, parents=('line', 'side')),
    Draft('move', 'refactor: move', {'b.txt': None, 'c/b.txt': 'b'}),
    Draft('empty', 'chore: nothing\n\nRelease-As: 2.0.0'),
]
LINE = ['empty', 'move', 'merge', 'line', 'root']


@pytest.fixture
def bench(make: Make) -> Bench:
    return make(DRAFTS)


@pytest.fixture
def history(bench: Bench) -> History:
    return bench.opened.history


async def log(bench: Bench, tip: str, *exclude: str, first_parent: bool = False) -> list[RawCommit]:
    names = bench.names
    walk = bench.opened.history.log(names[tip], [names[name] for name in exclude], first_parent=first_parent)
    return [commit async for commit in walk]


def named(bench: Bench, commits: Collection[str]) -> list[str]:
    """The names of commits, in their order."""
    names = {hash_: name for name, hash_ in bench.names.items()}
    return [names[commit] for commit in commits]


async def tag(bench: Bench, name: str, at: str) -> None:
    commit = bench.names[at]
    object_ = await bench.opened.writer.make_tag(name, commit, name, Stamp(1_800_000_000))
    await bench.opened.writer.advance('main', commit, commit, {name: object_})


async def test_the_log_has_every_commit_that_is_reached(bench: Bench) -> None:
    """Each once, children before parents, and nothing of other histories."""
    found = await log(bench, 'empty')
    assert sorted(named(bench, [commit.hash for commit in found])) == sorted([*LINE, 'side'])
    seen: set[str] = set()
    for commit in found:
        assert not seen & set(commit.parents)
        seen.add(commit.hash)


async def test_a_commit_says_what_its_own_change_touches(bench: Bench) -> None:
    """The first touches all that it has, a move both places, a merge by itself nothing."""
    paths = {commit.hash: commit.paths for commit in await log(bench, 'empty')}
    assert {name: paths[bench.names[name]] for name in [*LINE, 'side']} == {
        'empty': (),
        'move': ('b.txt', 'c/b.txt'),
        'merge': (),
        'line': ('a.txt',),
        'root': ('a.txt', 'b.txt'),
        'side': ('side/s p.txt', 'side/ü.txt'),
    }


async def test_a_commit_comes_with_its_message_its_author_and_its_parents(bench: Bench) -> None:
    """The message whole, without the last line end."""
    found = {commit.hash: commit for commit in await log(bench, 'empty')}
    names = bench.names
    assert found[names['side']].message == 'feat: side\n\nbody\n\nwith: lines'
    assert found[names['empty']].message == 'chore: nothing\n\nRelease-As: 2.0.0'
    assert {commit.author for commit in found.values()} == {f'{NAME} <{ADDRESS}>'}
    assert found[names['merge']].parents == (names['line'], names['side'])
    assert found[names['root']].parents == ()


@pytest.mark.parametrize(
    ('exclude', 'expected'),
    [
        (('line',), {'empty', 'move', 'merge', 'side'}),
        (('side',), {'empty', 'move', 'merge', 'line'}),
        (('line', 'side', 'other'), {'empty', 'move', 'merge'}),
        (('empty',), set()),
    ],
)
async def test_the_log_leaves_out_what_is_excluded(bench: Bench, exclude: tuple[str, ...], expected: set[str]) -> None:
    """With all that it reaches; more may be excluded than the tip reaches."""
    assert set(named(bench, [commit.hash for commit in await log(bench, 'empty', *exclude)])) == expected


async def test_along_first_parents_a_merge_has_the_change_of_its_branch(bench: Bench) -> None:
    """And the commits of the branch are not told."""
    found = await log(bench, 'empty', first_parent=True)
    assert named(bench, [commit.hash for commit in found]) == LINE
    paths = dict(zip(LINE, (commit.paths for commit in found), strict=True))
    assert (paths['merge'], paths['line']) == (('side/s p.txt', 'side/ü.txt'), ('a.txt',))
    shorter = await log(bench, 'empty', 'side', first_parent=True)
    assert named(bench, [commit.hash for commit in shorter]) == LINE[:-1]


async def test_tags_stand_for_commits_and_know_whether_they_are_merged(bench: Bench, history: History) -> None:
    """Sorted by name, each with the commit behind its object; merged is as seen from the tip that is asked for."""
    places = {'a': 'move', 'b/ü': 'root', 'c': 'other', 'z': 'side'}
    for name in ('z', 'b/ü', 'a', 'c'):
        await tag(bench, name, places[name])

    def expected(*merged: str) -> list[TagRef]:
        return [TagRef(name, bench.names[commit], name in merged) for name, commit in places.items()]

    assert list(await history.tags(bench.names['merge'])) == expected('b/ü', 'z')
    assert list(await history.tags(bench.names['empty'])) == expected('a', 'b/ü', 'z')
    assert list(await history.tags()) == expected()


async def test_without_tags_there_are_none(bench: Bench, history: History) -> None:
    """An empty answer is an answer."""
    assert list(await history.tags(bench.names['empty'])) == []


async def test_reached_are_those_that_the_tip_reaches(bench: Bench, history: History) -> None:
    """What is not there is left out, and so are other histories and later commits."""
    names = bench.names
    asked = {*names.values(), NOBODY}
    assert await history.reached(names['merge'], asked) == {names[n] for n in ('merge', 'line', 'side', 'root')}
    assert await history.reached(names['root'], asked) == {names['root']}
    assert await history.reached(names['merge'], {NOBODY}) == frozenset()
    assert await history.reached(names['merge'], set()) == frozenset()


async def test_present_are_those_that_are_here(bench: Bench, history: History) -> None:
    """Whatever reaches them, in full where they are shortened; nothing is asked about none."""
    names = bench.names
    assert await history.present({*names.values(), NOBODY}) == set(names.values())
    assert await history.present({names['root'][:12]}) == {names['root']}
    assert await history.present(set()) == frozenset()


@pytest.mark.parametrize(
    ('path', 'expected'),
    [
        ('a.txt', 'line'),
        ('side/ü.txt', 'side'),
        ('side', 'side'),
        ('b.txt', 'move'),
        ('c/b.txt', 'move'),
        ('other.txt', None),
        ('*.txt', None),
    ],
)
async def test_the_last_change_of_a_path_is_found(bench: Bench, path: str, expected: str | None) -> None:
    """Behind merges too, and where it was removed; a path is no pattern."""
    found = await bench.opened.history.last_change(bench.names['empty'], path)
    assert found == (None if expected is None else bench.names[expected])


@pytest.mark.parametrize(
    ('commits', 'expected'),
    [
        (('side', 'line'), 'root'),
        (('side', 'line', 'merge'), 'root'),
        (('merge', 'empty', 'line'), 'line'),
        (('side',), 'side'),
        (('other', 'side'), None),
        ((), None),
    ],
)
async def test_a_common_ancestor_is_reached_by_all(
    bench: Bench, commits: tuple[str, ...], expected: str | None
) -> None:
    """Commits that are not there are left out; unrelated ones have none."""
    asked = [*(bench.names[name] for name in commits), NOBODY]
    found = await bench.opened.history.common_ancestor(asked)
    assert found == (None if expected is None else bench.names[expected])


async def test_one_file_is_read_at_many_commits(bench: Bench, history: History) -> None:
    """Those that lack it are left out, and so are folders of that name and commits that are not there."""
    names = bench.names
    asked = [*names.values(), NOBODY]
    assert await history.contents('b.txt', asked) == {names[n]: b'b' for n in ('root', 'side', 'line', 'merge')}
    assert await history.contents('side', asked) == {}
    assert await history.contents('b.txt', []) == {}


async def test_people_are_those_who_made_what_is_reached_and_who_helped(bench: Bench, history: History) -> None:
    """A commit that is not there adds nobody, and nothing is made by nobody."""
    helped = bench.user.commit('feat: with help\n\nCo-authored-by: Ann <ann@example.org>\n', {'a.txt': 'help'})
    own = f'{NAME} <{ADDRESS}>'
    assert await history.people([helped, NOBODY]) == {own, 'Ann <ann@example.org>'}
    assert await history.people([bench.names['empty']]) == {own}
    assert await history.people([]) == frozenset()


async def test_branches_are_those_that_reach_a_commit(bench: Bench, history: History) -> None:
    """By their short names, those of remotes with the name of the remote, in a clone too."""
    bench.user.switch('work')
    newest = bench.user.commit('feat: more', {'a.txt': 'more'})
    assert list(await history.branches(bench.names['root'])) == ['main', 'work', 'origin/main']
    assert list(await history.branches(newest)) == ['work']
    assert list(await history.branches(bench.names['other'])) == []
    assert list(await bench.clone(None).opened.history.branches(bench.names['root'])) == ['main', 'origin/main']


async def test_a_clone_knows_whether_it_is_shallow(bench: Bench) -> None:
    """A limit of depth cuts history off: the last commit that is there has no parents and touches all that it has."""
    shallow = bench.clone(2).opened.history
    assert (await shallow.shallow(), await bench.clone(None).opened.history.shallow()) == (True, False)
    walk = [commit async for commit in shallow.log(bench.names['empty'], [])]
    assert named(bench, [commit.hash for commit in walk]) == ['empty', 'move']
    assert walk[-1].parents == ()
    assert walk[-1].paths == ('a.txt', 'c/b.txt', 'side/s p.txt', 'side/ü.txt')


@pytest.mark.parametrize('what', ['tip', 'exclude', 'reached', 'last change', 'branches'])
async def test_a_commit_that_is_not_there_is_an_error(bench: Bench, history: History, what: str) -> None:
    """Where the answer would be about it; it is not taken for an empty history."""
    root = bench.names['root']

    async def walk(tip: str, *exclude: str) -> None:
        async for _ in history.log(tip, exclude):
            pass

    asked = {
        'tip': functools.partial(walk, NOBODY),
        'exclude': functools.partial(walk, root, NOBODY),
        'reached': functools.partial(history.reached, NOBODY, {root}),
        'last change': functools.partial(history.last_change, NOBODY, 'a.txt'),
        'branches': functools.partial(history.branches, NOBODY),
    }
    with pytest.raises(ReleaseKitError) as caught:
        await asked[what]()
    assert caught.value.code is Code.GIT_FAILED
