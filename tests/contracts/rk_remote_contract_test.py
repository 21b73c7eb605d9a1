# SPDX-License-Identifier: Apache-2.0
"""The port `Remote`: the same truths for the fake and for git, with a bare remote on disk and over http with a token.

At the end the faults that only the fake has: what a network, a server or somebody else does in the middle of a push.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from releasekit.errors import Code, ReleaseKitError
from releasekit.ports import Remote, RemoteRef, Stamp
from releasekit.testing.bench import Bench, Make
from releasekit.testing.objects import Draft
from releasekit.testing.remote import (
    ORIGIN,
    Fault,
    MemoryRemote,
    add_remote,
    dropped,
    late,
    lost_answer,
    overtaken,
    then_silent,
    torn,
)
from releasekit.testing.repository import MemoryRepository

pytestmark = pytest.mark.anyio

STAMP = Stamp(1_800_000_000)
NOBODY = '1' * 40
MAIN, TAG = 'refs/heads/main', 'refs/tags/a-v1.0.0'
DRAFTS = [Draft('first', 'chore: begin', {'a.txt': 'a\n'}), Draft('base', 'feat: a', {'b.txt': 'b\n'})]


@pytest.fixture
def bench(make_served: Make) -> Bench:
    return make_served(DRAFTS)


@pytest.fixture
def remote(bench: Bench) -> Remote:
    return bench.opened.remote


async def released(bench: Bench, folder: Path) -> str:
    """A release commit on the base, which no ref names."""
    checkout = await bench.opened.writer.checkout(bench.names['base'], folder)
    (checkout.root / 'a.txt').write_text('changed\n')
    commit = await checkout.commit('chore(release): a 1.0.0\n', ['a.txt'], STAMP)
    await checkout.close()
    return commit


async def newer(bench: Bench) -> str:
    """A commit that somebody else pushed in the meantime."""
    other = bench.clone(None)
    tip = other.user.commit('feat: newer', {'b.txt': 'newer\n'})
    await other.opened.remote.push(other.remote, {MAIN: tip}, {MAIN: bench.names['base']})
    return tip


async def refused(bench: Bench, refs: dict[str, str], expect: dict[str, str]) -> str:
    """Why a push is refused; the remote is as it was."""
    before = dict(bench.served())
    with pytest.raises(ReleaseKitError) as caught:
        await bench.opened.remote.push(bench.remote, refs, expect)
    assert caught.value.code is Code.GIT_REFUSED
    assert bench.served() == before
    return caught.value.problems[0].message


async def test_refs_are_told_by_their_full_names(bench: Bench, remote: Remote) -> None:
    """Those that are not there are left out, and so are others that only end alike."""
    base = bench.names['base']
    await remote.push(bench.remote, {'refs/heads/refs/heads/main': base, 'refs/heads/main2': base}, {})
    asked = [MAIN, 'main', 'refs/heads/none', TAG]
    assert await remote.refs(bench.remote, asked) == {MAIN: RemoteRef(base, base)}
    assert await remote.refs(bench.remote, []) == {}


async def test_many_refs_are_told_at_once(bench: Bench, remote: Remote) -> None:
    """A release of hundreds of packages has as many tags."""
    base = bench.names['base']
    tags = {f'refs/tags/t-{number}': base for number in range(250)}
    await remote.push(bench.remote, tags, {})
    assert await remote.refs(bench.remote, [*tags, 'refs/tags/none']) == dict.fromkeys(tags, RemoteRef(base, base))


async def test_a_push_moves_branch_and_tags_together(bench: Bench, remote: Remote, tmp_path: Path) -> None:
    """Every ref is read back with the commit behind it, and the repository remembers the remote's branch."""
    commit = await released(bench, tmp_path / 'checkout')
    tag = await bench.opened.writer.make_tag('a-v1.0.0', commit, 'a 1.0.0', STAMP)
    refs = {MAIN: commit, TAG: tag}
    await remote.push(bench.remote, refs, {MAIN: bench.names['base']})
    assert await remote.refs(bench.remote, [*refs, 'refs/tags/none']) == {
        MAIN: RemoteRef(commit, commit),
        TAG: RemoteRef(tag, commit),
    }
    assert bench.served() == {MAIN: commit, TAG: commit}
    assert bench.user.refs[f'refs/remotes/{bench.remote}/main'] == commit
    assert bench.user.refs[MAIN] == bench.names['base']
    assert TAG not in bench.user.refs


async def test_what_was_pushed_can_be_cloned(bench: Bench, remote: Remote, tmp_path: Path) -> None:
    """Commits, files and tags, as a fresh machine sees them."""
    commit = await released(bench, tmp_path / 'checkout')
    tag = await bench.opened.writer.make_tag('a-v1.0.0', commit, 'a 1.0.0', STAMP)
    await remote.push(bench.remote, {MAIN: commit, TAG: tag}, {MAIN: bench.names['base']})
    there = bench.clone(None)
    assert (await there.opened.repository.head()).commit == commit
    assert there.user.tree == {'a.txt': b'changed\n', 'b.txt': b'b\n'}
    assert [(ref.name, ref.commit) for ref in await there.opened.history.tags()] == [('a-v1.0.0', commit)]


async def test_a_push_onto_a_branch_that_moved_changes_nothing(bench: Bench, tmp_path: Path) -> None:
    """Compare and swap: the tags do not get there either."""
    commit = await released(bench, tmp_path / 'checkout')
    await newer(bench)
    assert MAIN in await refused(bench, {MAIN: commit, TAG: commit}, {MAIN: bench.names['base']})


async def test_a_branch_that_is_not_there_is_not_at_what_is_expected(bench: Bench) -> None:
    """Somebody deleted it, and may have had reasons."""
    base = bench.names['base']
    await refused(bench, {'refs/heads/gone': base, TAG: base}, {'refs/heads/gone': bench.names['first']})


async def test_a_tag_that_is_there_is_never_overwritten(bench: Bench, remote: Remote, tmp_path: Path) -> None:
    """A ref that is not expected must be absent."""
    await remote.push(bench.remote, {TAG: bench.names['base']}, {})
    commit = await released(bench, tmp_path / 'checkout')
    await refused(bench, {TAG: commit}, {})
    await refused(bench, {MAIN: commit, TAG: commit}, {MAIN: bench.names['base']})


async def test_what_is_there_already_can_be_pushed_again(bench: Bench, remote: Remote, tmp_path: Path) -> None:
    """Refs that are where they should be are no conflict, expected or not; the others get there."""
    commit = await released(bench, tmp_path / 'checkout')
    await remote.push(bench.remote, {TAG: commit}, {})
    await remote.push(bench.remote, {MAIN: commit, TAG: commit}, {MAIN: bench.names['base']})
    await remote.push(bench.remote, {MAIN: commit, TAG: commit}, {MAIN: bench.names['base']})
    assert bench.served() == {MAIN: commit, TAG: commit}


async def test_a_push_of_nothing_pushes_nothing(bench: Bench, remote: Remote) -> None:
    """Not even the branch of a user whose own settings would push it."""
    bench.user.commit('feat: mine', {'b.txt': 'mine'})
    before = dict(bench.served())
    await remote.push(bench.remote, {}, {})
    assert bench.served() == before


async def test_an_object_that_is_not_here_is_not_pushed(bench: Bench, remote: Remote) -> None:
    """And nothing beside it; whether the remote had a word in it depends on how far git got."""
    before = dict(bench.served())
    with pytest.raises(ReleaseKitError) as caught:
        await remote.push(bench.remote, {TAG: NOBODY, 'refs/tags/b': bench.names['base']}, {})
    assert caught.value.code in {Code.GIT_REFUSED, Code.GIT_FAILED}
    assert bench.served() == before


async def test_a_refusal_says_why(bench: Bench, remote: Remote, tmp_path: Path) -> None:
    """The reason of the remote's hook is not lost; who only looks is not refused."""
    bench.protect('this branch is protected')
    commit = await released(bench, tmp_path / 'checkout')
    message = await refused(bench, {MAIN: commit, TAG: commit}, {MAIN: bench.names['base']})
    assert MAIN in message
    assert 'this branch is protected' in message
    assert list(await remote.refs(bench.remote, [MAIN])) == [MAIN]


async def test_a_remote_that_does_not_answer_is_an_error(bench: Bench, remote: Remote) -> None:
    """It is not taken for one that has no refs, and a push to it not for a refusal."""
    for work in (
        lambda: remote.refs('gone', [MAIN]),
        lambda: remote.push('gone', {TAG: bench.names['base']}, {}),
        lambda: remote.fetch('gone', MAIN),
    ):
        with pytest.raises(ReleaseKitError) as caught:
            await work()
        assert caught.value.code is Code.GIT_FAILED


async def test_a_remote_that_is_not_set_says_how_to_set_it(make_served: Make) -> None:
    """By git; the fake knows no settings."""
    bench = make_served(DRAFTS)
    if isinstance(bench.opened.remote, MemoryRemote):
        pytest.skip('the fake knows no settings')
    with pytest.raises(ReleaseKitError, match='There is no remote gone') as caught:
        await bench.opened.remote.refs('gone', [MAIN])
    assert '`git remote add gone URL`' in caught.value.problems[0].hint


async def test_fetching_brings_the_commits_and_moves_no_ref(bench: Bench, remote: Remote) -> None:
    """The user's remote-tracking branches are their own business."""
    tip = await newer(bench)
    before = dict(bench.user.refs)
    assert await bench.opened.repository.resolve(tip) is None
    for _ in range(2):
        assert await remote.fetch(bench.remote, MAIN) == tip
        assert bench.user.refs == before
        assert await bench.opened.repository.is_ancestor(bench.names['first'], tip)
    assert await bench.opened.repository.files(tip).read(['b.txt']) == {'b.txt': b'newer\n'}


async def test_fetching_a_tag_gives_its_commit(bench: Bench, remote: Remote) -> None:
    """Not its object; what is not there is an error."""
    base = bench.names['base']
    tag = await bench.opened.writer.make_tag('a-v1.0.0', base, 'm', STAMP)
    await remote.push(bench.remote, {TAG: tag}, {})
    assert await remote.fetch(bench.remote, TAG) == base
    with pytest.raises(ReleaseKitError) as caught:
        await remote.fetch(bench.remote, 'refs/heads/none')
    assert caught.value.code is Code.GIT_FAILED


async def test_the_default_branch_is_the_one_that_a_clone_remembers(bench: Bench, remote: Remote) -> None:
    """A clone knows its remote's branch; a repository that never asked does not, nor of a remote that is none."""
    clone = bench.clone(None)
    assert await clone.opened.remote.default_branch(clone.remote) == 'main'
    assert await clone.opened.remote.default_branch('none') is None
    assert await remote.default_branch(bench.remote) is None


async def test_the_address_of_a_remote_is_known_where_it_is_one(bench: Bench) -> None:
    """A remote that is none has none."""
    clone = bench.clone(None)
    assert await clone.opened.remote.address(clone.remote)
    assert await clone.opened.remote.address('none') is None


LEFT, RIGHT = 'refs/tags/left', 'refs/tags/right'


@pytest.mark.parametrize(
    ('fault', 'there'),
    [
        (dropped, set()),
        (lost_answer, {LEFT, RIGHT}),
        (torn(RIGHT), {RIGHT}),
        (then_silent(dropped, 0), set()),
    ],
    ids=['dropped', 'lost answer', 'torn', 'then silent'],
)
async def test_the_fake_fails_as_told(fault: Fault, there: set[str]) -> None:
    """A fault hits one push, and what it left shows; the next goes through."""
    local = MemoryRepository(DRAFTS)
    server, base = add_remote(local), local.names['base']
    remote = MemoryRemote(local, {ORIGIN: server}, [fault])
    with pytest.raises(ReleaseKitError) as caught:
        await remote.push(ORIGIN, {LEFT: base, RIGHT: base}, {})
    assert caught.value.code is Code.GIT_FAILED
    assert set(server.refs) - {MAIN} == there
    await remote.push(ORIGIN, {LEFT: base, RIGHT: base}, {})
    assert set(server.refs) == {MAIN, LEFT, RIGHT}
    assert remote.pushes == [{LEFT: base, RIGHT: base}] * 2


async def test_the_fake_refuses_what_would_be_refused_behind_every_fault() -> None:
    """A lost answer may have been a refusal; a server that refuses cannot die half-way."""
    local = MemoryRepository(DRAFTS)
    server, base, first = add_remote(local), local.names['base'], local.names['first']
    remote = MemoryRemote(local, {ORIGIN: server}, [lost_answer, torn(LEFT)])
    for code in (Code.GIT_FAILED, Code.GIT_REFUSED):
        with pytest.raises(ReleaseKitError) as caught:
            await remote.push(ORIGIN, {MAIN: first, LEFT: base}, {})
        assert caught.value.code is code
    assert server.refs == {MAIN: base}


async def test_a_push_of_the_fake_can_arrive_late() -> None:
    """A client that was cut off sees it only after a while, as with a server that was slow."""
    local = MemoryRepository(DRAFTS)
    server, base = add_remote(local), local.names['base']
    remote = MemoryRemote(local, {ORIGIN: server}, [late(1)])
    with pytest.raises(ReleaseKitError):
        await remote.push(ORIGIN, {LEFT: base}, {})
    assert [list(await remote.refs(ORIGIN, [LEFT])) for _ in range(3)] == [[], [LEFT], [LEFT]]


async def test_somebody_can_be_faster_on_the_fake() -> None:
    """Their refs stay; ours is refused."""
    local = MemoryRepository(DRAFTS)
    server, base = add_remote(local), local.names['base']
    other = server.clone(local.clock)
    theirs = other.commit('feat: theirs', {'b.txt': 'theirs'})
    remote = MemoryRemote(local, {ORIGIN: server}, [None, overtaken({MAIN: theirs}, other.objects)])
    await remote.push(ORIGIN, {LEFT: base}, {})
    ours = local.commit('feat: ours', {'b.txt': 'ours'})
    with pytest.raises(ReleaseKitError) as caught:
        await remote.push(ORIGIN, {MAIN: ours, RIGHT: ours}, {MAIN: base})
    assert caught.value.code is Code.GIT_REFUSED
    assert server.refs == {MAIN: theirs, LEFT: base}
    assert await remote.fetch(ORIGIN, MAIN) == theirs


async def test_the_fake_can_be_silent_for_a_while() -> None:
    """Every call counts, and nothing arrives; then it answers again."""
    local = MemoryRepository(DRAFTS)
    server, base = add_remote(local), local.names['base']
    remote = MemoryRemote(local, {ORIGIN: server}, [then_silent(lost_answer, 3)])
    asks = (
        lambda: remote.push(ORIGIN, {LEFT: base}, {}),
        lambda: remote.push(ORIGIN, {RIGHT: base}, {}),
        lambda: remote.refs(ORIGIN, [MAIN]),
        lambda: remote.fetch(ORIGIN, MAIN),
    )
    for ask in asks:
        with pytest.raises(ReleaseKitError) as caught:
            await ask()
        assert caught.value.code is Code.GIT_FAILED
    assert await remote.refs(ORIGIN, [MAIN, LEFT, RIGHT]) == {
        MAIN: RemoteRef(base, base),
        LEFT: RemoteRef(base, base),
    }
