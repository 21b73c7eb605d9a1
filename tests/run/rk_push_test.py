# SPDX-License-Identifier: Apache-2.0
"""The push, through every fault that a network, a server or somebody else can bring about in the middle of it.

The remote is the one in memory: real git cannot be made to lose an answer or to die half-way at will.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest

from releasekit.backends.shell import LocalShell
from releasekit.core.actions import Commit, CreateTag, Push
from releasekit.core.journal import EventKind
from releasekit.core.package import Workspace
from releasekit.core.plan import Base, Inputs, Plan
from releasekit.core.report import ResultKind
from releasekit.ecosystems.base import Outside
from releasekit.errors import Code, Exit, ReleaseKitError
from releasekit.ports import Stamp
from releasekit.run.journal import Journal
from releasekit.run.perform import Performer
from releasekit.run.project import Project
from releasekit.run.push import push
from releasekit.run.store import RunFolder
from releasekit.run.targets import Targets
from releasekit.run.world import Checkouts, Gate, Interrupts, World
from releasekit.spec.model import Engine, Spec
from releasekit.testing.http import ScriptedHttp, no_network
from releasekit.testing.objects import Draft
from releasekit.testing.observers import Recorder
from releasekit.testing.remote import (
    ORIGIN,
    BareRepository,
    Delivery,
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
from releasekit.testing.shell import ScriptedShell
from releasekit.testing.writer import MemoryWriter

pytestmark = pytest.mark.anyio

STAMP = Stamp(1_800_000_000)
MAIN, LEFT, RIGHT = 'refs/heads/main', 'refs/tags/left-v1', 'refs/tags/right-v1'
TAGS = ('left-v1', 'right-v1')
COMMIT = Commit(message='chore(release): two', paths=('a.txt',))
PUSH = Push(remote=ORIGIN, branch='main', tags=TAGS)
DRAFTS = [Draft('base', 'feat: begin', {'a.txt': 'a\n'})]


@dataclasses.dataclass(frozen=True)
class Scene:
    """A run that has made its commit and tags, and has yet to push them; with the server and somebody else's clone."""

    world: World
    remote: MemoryRemote
    server: BareRepository
    other: MemoryRepository
    wanted: Mapping[str, str]

    @property
    def base(self) -> str:
        return self.world.plan.base.commit

    @property
    def commit(self) -> str:
        return self.wanted[MAIN]

    def elsewhere(self) -> str:
        """A commit that somebody else made on the base."""
        return self.other.commit('feat: faster', {'b.txt': 'b'})


Play = Callable[..., Awaitable[Scene]]


async def begun(folder: Path, faults: tuple[Fault | None, ...], retries: int) -> Scene:
    local = MemoryRepository(DRAFTS)
    server = add_remote(local)
    remote = MemoryRemote(local, {ORIGIN: server}, faults)
    engine = Engine(retries=retries, backoff=0)
    project = Project(
        root=folder,
        shared=folder / 'shared',
        spec=Spec(version=1, workspaces={}, engine=engine),
        digest='',
        spec_path=folder / 'release.yaml',
        spec_file=None,
        environment={},
        shell=ScriptedShell({}),
        repository=local,
        history=local,
        writer=MemoryWriter(local),
        remote=remote,
    )
    actions = (COMMIT, *(CreateTag(tag=tag, message=tag) for tag in TAGS), PUSH)
    base = Base(local.names['base'], 'main')
    plan = Plan('0', '', '2027-01-15', STAMP.timestamp, Inputs(), base, (), (), actions=actions)
    world = World(
        project=project,
        plan=plan,
        workspace=Workspace(()),
        journal=Journal(folder / 'journal.jsonl', 'test', lambda: ''),
        folder=RunFolder(folder),
        checkouts=Checkouts(project, plan, folder / 'scratch'),
        targets=Targets({}, Outside(ScriptedHttp(no_network), LocalShell({})), {}),
        gate=Gate(plan, lambda _plan, _action: True, confirmed=False),
        scratch=folder / 'scratch',
        interrupts=Interrupts(),
    )
    return Scene(world, remote, server, server.clone(local.clock), await _made(world))


async def _made(world: World) -> Mapping[str, str]:
    """Make the commit and the tags as their performers do; returns the object of each ref that is to be pushed."""
    edited = await world.checkouts.edited(world.state)
    (edited.root / 'a.txt').write_text('released\n')
    performer = Performer(world, Recorder())
    for action in world.plan.actions[:-1]:
        assert (await performer(action)).kind is ResultKind.DONE
    tags = {f'refs/tags/{tag}': world.state.outputs(f'tag:{tag}')['object'] for tag in TAGS}
    return {MAIN: world.state.outputs('commit')['commit'], **tags}


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Begins a run whose pushes meet the given faults, one after another."""

    async def begin(*faults: Fault | None, retries: int = 2) -> Scene:
        folder = tmp_path / 'run'
        folder.mkdir()
        return await begun(folder, faults, retries)

    return begin


async def stopped(scene: Scene) -> ReleaseKitError:
    """What ends the push."""
    with pytest.raises(ReleaseKitError) as caught:
        await push(scene.world, PUSH)
    return caught.value


async def test_a_push_that_meets_nothing_is_made_once(play: Play) -> None:
    """Branch and tags are there, in one push, and their objects are what it yields."""
    scene = await play()
    assert await push(scene.world, PUSH) == scene.wanted
    assert scene.server.refs == scene.wanted
    assert scene.remote.pushes == [scene.wanted]


@pytest.mark.parametrize(
    ('faults', 'pushes'),
    [
        ((lost_answer,), [{MAIN, LEFT, RIGHT}]),
        ((dropped, dropped), [{MAIN, LEFT, RIGHT}] * 3),
        ((late(1),), [{MAIN, LEFT, RIGHT}]),
        ((late(2),), [{MAIN, LEFT, RIGHT}] * 2),
        ((torn(LEFT),), [{MAIN, LEFT, RIGHT}, {MAIN, RIGHT}]),
        ((torn(LEFT, RIGHT),), [{MAIN, LEFT, RIGHT}, {MAIN}]),
        ((torn(MAIN),), [{MAIN, LEFT, RIGHT}, {LEFT, RIGHT}]),
        ((torn(MAIN), torn(LEFT)), [{MAIN, LEFT, RIGHT}, {LEFT, RIGHT}, {RIGHT}]),
        ((torn(MAIN), lost_answer), [{MAIN, LEFT, RIGHT}, {LEFT, RIGHT}]),
    ],
    ids=[
        'the answer is lost',
        'the network is gone, twice',
        'it arrives after a while',
        'it arrives together with the second',
        'a tag is there',
        'the branch is not there',
        'only the branch is there',
        'the server dies twice',
        'the server dies, then the answer is lost',
    ],
)
async def test_what_is_not_there_is_pushed_until_all_of_it_is(
    play: Play, faults: tuple[Fault, ...], pushes: list[set[str]]
) -> None:
    """What git says is not believed: the refs are read back, and only what is missing is pushed again."""
    scene = await play(*faults)
    assert await push(scene.world, PUSH) == scene.wanted
    assert scene.server.refs == scene.wanted
    assert [set(refs) for refs in scene.remote.pushes] == pushes


async def test_an_answer_that_is_lost_takes_no_retry(play: Play) -> None:
    """All of it is there, and that is all that counts."""
    scene = await play(lost_answer, retries=0)
    assert await push(scene.world, PUSH) == scene.wanted


async def test_half_of_a_push_is_completed_under_newer_commits(play: Play) -> None:
    """The branch went on before the rest of the tags got there: they are added, and the branch is left where it is."""
    scene = await play(torn(MAIN, LEFT), retries=0)
    await stopped(scene)
    scene.other.objects.take(scene.remote.local.objects, [scene.commit])
    scene.other.move(scene.commit)
    tip = scene.other.commit('feat: on top', {'b.txt': 'b'})
    await MemoryRemote(scene.other, {ORIGIN: scene.server}).push(ORIGIN, {MAIN: tip}, {MAIN: scene.commit})
    assert await push(scene.world, PUSH) == scene.wanted
    assert scene.server.refs == {**scene.wanted, MAIN: tip}
    assert [set(refs) for refs in scene.remote.pushes][1:] == [{RIGHT}]


@pytest.mark.parametrize(
    'fault',
    [
        then_silent(lost_answer, 1),
        then_silent(dropped, 1),
        then_silent(Delivery.arrive, 9),
        then_silent(torn(LEFT), 9),
    ],
    ids=['lost answer', 'dropped', 'answered', 'torn'],
)
@pytest.mark.parametrize('retries', [0, 2])
async def test_a_push_that_cannot_be_read_back_is_unknown(play: Play, fault: Fault, retries: int) -> None:
    """Exit status 4, and nothing is pushed again on a guess; the same run later asks first."""
    scene = await play(fault, retries=retries)
    error = await stopped(scene)
    assert (error.code, error.exit) == (Code.GIT_FAILED, Exit.PARTIAL)
    assert len(scene.remote.pushes) == 1
    scene.remote.silent.clear()
    assert await push(scene.world, PUSH) == scene.wanted
    assert scene.server.refs == scene.wanted


async def test_newer_commits_that_cannot_be_fetched_leave_a_push_unknown(play: Play) -> None:
    """The branch is at another commit, and whether that comes after ours cannot be asked: it may well."""

    def buried(delivery: Delivery) -> None:
        delivery.arrive()
        scene.other.objects.take(scene.remote.local.objects, [scene.commit])
        scene.other.move(scene.commit)
        tip = scene.other.commit('feat: on top', {'b.txt': 'b'})
        overtaken({MAIN: tip}, scene.other.objects)(dataclasses.replace(delivery, refs={}))

    scene = await play(then_silent(buried, 1, after=1))
    error = await stopped(scene)
    assert (error.code, error.exit) == (Code.GIT_FAILED, Exit.PARTIAL)
    assert await push(scene.world, PUSH) == scene.wanted
    assert len(scene.remote.pushes) == 1


async def test_a_half_that_stays_a_half_is_partly_done(play: Play) -> None:
    """Exit status 4 where some of the refs are there and the retries are used up; none there is a plain failure."""
    scene = await play(torn(LEFT), retries=0)
    error = await stopped(scene)
    assert (error.code, error.exit) == (Code.GIT_FAILED, Exit.PARTIAL)


async def test_a_server_that_forgets_what_it_took_is_not_believed(play: Play) -> None:
    """It says yes each time and shows nothing: nobody knows what became of it."""
    scene = await play(*[_forgotten] * 9, retries=1)
    error = await stopped(scene)
    assert (error.code, error.exit) == (Code.GIT_FAILED, Exit.PARTIAL)
    assert '3 of 3 refs' in error.problems[0].message
    assert len(scene.remote.pushes) == 2


def _forgotten(delivery: Delivery) -> None:
    """The server answers that all is well."""


async def test_without_a_release_commit_there_is_nothing_to_push(play: Play) -> None:
    """The hint names the step that makes it."""
    scene = await play()
    plan = dataclasses.replace(scene.world.plan, actions=(PUSH,))
    with pytest.raises(ReleaseKitError) as caught:
        await push(dataclasses.replace(scene.world, plan=plan), PUSH)
    assert caught.value.code is Code.GIT_FAILED
    assert '`commit`' in caught.value.problems[0].hint
    assert scene.remote.calls == 0


async def test_a_remote_that_never_answers_is_a_plain_failure(play: Play) -> None:
    """Exit status 1: nothing was pushed, and that is certain."""
    scene = await play()
    scene.remote.silence(100)
    error = await stopped(scene)
    assert (error.code, error.exit) == (Code.GIT_FAILED, Exit.FAILED)
    assert scene.remote.pushes == []


@pytest.mark.parametrize(('retries', 'pushes'), [(0, 1), (2, 3)])
async def test_a_push_that_never_arrives_is_tried_as_often_as_the_spec_says(
    play: Play, retries: int, pushes: int
) -> None:
    """Then it failed: the remote was asked, and has nothing of it."""
    scene = await play(*[dropped] * 9, retries=retries)
    error = await stopped(scene)
    assert (error.code, error.exit) == (Code.GIT_FAILED, Exit.FAILED)
    assert len(scene.remote.pushes) == pushes
    assert scene.server.refs == {MAIN: scene.base}


async def test_a_refusal_is_final(play: Play) -> None:
    """A protected branch stays protected: nothing is tried again, and nothing is left behind."""
    scene = await play()
    scene.server.protected = 'this branch is protected'
    error = await stopped(scene)
    assert (error.code, error.exit) == (Code.GIT_REFUSED, Exit.FAILED)
    assert 'this branch is protected' in error.problems[0].message
    assert len(scene.remote.pushes) == 1
    assert scene.server.refs == {MAIN: scene.base}


@pytest.mark.parametrize('when', ['before', 'in the middle', 'after a lost try'])
async def test_a_branch_that_moved_is_drift(play: Play, when: str) -> None:
    """Whoever was faster keeps the branch, no tag gets there, and nothing is tried again."""
    scene = await play()
    theirs = {MAIN: scene.elsewhere()}
    faster = overtaken(theirs, scene.other.objects)
    if when == 'before':
        await MemoryRemote(scene.other, {ORIGIN: scene.server}).push(ORIGIN, theirs, {MAIN: scene.base})
    else:
        scene.remote.fail_next(*([faster] if when == 'in the middle' else [dropped, faster]))
    error = await stopped(scene)
    assert (error.code, error.exit) == (Code.DRIFT_REMOTE, Exit.DRIFT)
    assert scene.server.refs == theirs
    assert len(scene.remote.pushes) == ['before', 'in the middle', 'after a lost try'].index(when)


@pytest.mark.parametrize('when', ['before', 'in the middle'])
async def test_a_tag_at_another_commit_is_never_moved(play: Play, when: str) -> None:
    """Exit status 5 with both commits named; the branch does not move either."""
    scene = await play()
    theirs = {RIGHT: scene.elsewhere()}
    if when == 'before':
        await MemoryRemote(scene.other, {ORIGIN: scene.server}).push(ORIGIN, theirs, {})
    else:
        scene.remote.fail_next(overtaken(theirs, scene.other.objects))
    error = await stopped(scene)
    assert (error.code, error.exit) == (Code.TAG_ELSEWHERE, Exit.DRIFT)
    assert theirs[RIGHT] in error.problems[0].message
    assert scene.commit in error.problems[0].message
    assert scene.server.refs == {MAIN: scene.base, **theirs}


async def test_a_tag_of_the_same_commit_is_as_good_as_ours(play: Play) -> None:
    """Annotated tags hold a date: commits are compared, not objects."""
    scene = await play()
    mine = MemoryRemote(scene.remote.local, {ORIGIN: scene.server})
    await mine.push(ORIGIN, {LEFT: scene.commit}, {})
    await push(scene.world, PUSH)
    assert scene.server.refs == {**scene.wanted, LEFT: scene.commit}
    assert [set(refs) for refs in scene.remote.pushes] == [{MAIN, RIGHT}]


async def test_a_signal_ends_the_tries(play: Play) -> None:
    """The remote is asked once more, then the run stops; no new push is begun."""
    scene = await play()

    def signalled(delivery: Delivery) -> None:
        scene.world.interrupts.interrupt(15)
        dropped(delivery)

    scene.remote.fail_next(signalled)
    assert (await stopped(scene)).code is Code.GIT_FAILED
    assert len(scene.remote.pushes) == 1


async def test_what_nobody_knows_is_journalled_as_unknown_and_asked_again(play: Play) -> None:
    """The next run of the same plan finds the refs there, and does not push."""
    scene = await play(then_silent(lost_answer, 1))
    performer = Performer(scene.world, Recorder())
    first = await performer(PUSH)
    assert first.kind is ResultKind.UNKNOWN
    assert scene.world.state.events['push'].event is EventKind.UNKNOWN
    assert (await performer(PUSH)).kind is ResultKind.DONE
    assert scene.world.state.outputs('push') == scene.wanted
    assert len(scene.remote.pushes) == 1
    assert scene.server.refs == scene.wanted


async def test_a_push_that_was_done_is_asked_for_again_and_made_again_if_the_remote_lost_it(play: Play) -> None:
    """Some servers lose what they took, as when they are restored from a backup."""
    scene = await play()
    performer = Performer(scene.world, Recorder())
    await performer(PUSH)
    del scene.server.refs[RIGHT]
    assert (await performer(PUSH)).kind is ResultKind.DONE
    assert scene.server.refs == scene.wanted
    assert [set(refs) for refs in scene.remote.pushes] == [{MAIN, LEFT, RIGHT}, {RIGHT}]
