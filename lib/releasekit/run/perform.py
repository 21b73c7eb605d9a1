# SPDX-License-Identifier: Apache-2.0
"""Performs one action: journals the intent, does it, journals the end. What is done already is not done again."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from releasekit.compat import assert_never
from releasekit.core.actions import (
    Action,
    Build,
    Commit,
    CreateTag,
    EditFile,
    FastForward,
    Probe,
    Push,
    RunCommand,
    SmokeTest,
    Upload,
    Verify,
    WriteManifest,
)
from releasekit.core.journal import EventKind
from releasekit.core.report import Observer, Result, ResultKind
from releasekit.errors import Code, Exit, Problem, ReleaseKitError, Severity
from releasekit.log import mask
from releasekit.run import commands, history, probe
from releasekit.run.push import push
from releasekit.run.upload import upload, verify
from releasekit.run.world import World, change


@dataclasses.dataclass(frozen=True, slots=True)
class Done:
    """What an action yielded: `already` if it was so before, `warning` if it failed and may."""

    outputs: Mapping[str, str] = dataclasses.field(default_factory=dict)
    detail: str = ''
    already: bool = False
    warning: Problem | None = None


class Performer:
    """Performs actions of one world, and tells an observer."""

    def __init__(self, world: World, observer: Observer) -> None:
        """Work in a world."""
        self._world = world
        self._observer = observer

    async def __call__(self, action: Action) -> Result:
        """Perform an action, unless the journal says that it is done and it still holds."""
        if await holds(self._world, action):
            result = Result(action.key, ResultKind.ALREADY)
        elif isinstance(action, (Push, Upload)) and not await self._world.gate.enter(action, self._world.interrupts):
            result = self._declined(action)
        else:
            self._observer.started(action)
            result = await self._attempt(action)
        self._observer.finished(action, result)
        return result

    def _declined(self, action: Action) -> Result:
        """What comes of a step that cannot be taken back and was not allowed; nothing is journalled of it."""
        if self._world.interrupts.stop.is_set():
            return Result(action.key, ResultKind.CANCELLED, 'interrupted')
        problem = Problem(Code.CONFIRM, 'You said no; nothing was published.', 'Run it again when you are ready.')
        return Result(action.key, ResultKind.CANCELLED, 'declined', problem)

    async def _attempt(self, action: Action) -> Result:
        journal = self._world.journal
        try:
            await journal.write(action.key, EventKind.INTENDED)
            done = await _perform(self._world, action)
            await journal.write(action.key, EventKind.DONE, done.outputs, mask(done.detail))
        except ReleaseKitError as error:
            return await self._failed(action, error)
        kind = ResultKind.WARNED if done.warning else ResultKind.ALREADY if done.already else ResultKind.DONE
        return Result(action.key, kind, done.detail, done.warning)

    async def _failed(self, action: Action, error: ReleaseKitError) -> Result:
        problem = error.problems[0]
        if self._world.interrupts.stop.is_set() and commands.interrupted(error):
            return Result(action.key, ResultKind.CANCELLED, 'interrupted', problem)
        unknown = error.exit is Exit.PARTIAL
        try:
            kind = EventKind.UNKNOWN if unknown else EventKind.FAILED
            kind = EventKind.WAITING if error.code is Code.REGISTRY_WAITING else kind
            await self._world.journal.write(action.key, kind, {}, mask(problem.message))
        except ReleaseKitError as second:
            # The journal cannot be written either (a full disk): its last word stays `intended`, which is true.
            problem = second.problems[0]
        return Result(action.key, ResultKind.UNKNOWN if unknown else ResultKind.FAILED, '', problem)


async def holds(world: World, action: Action) -> bool:
    """Whether an action was done and what it made is still there.

    Probes are always made again, and a push asks the remote again: some lose refs that they took. What changed a
    checkout counts once it is committed; until then the edits are made again when a checkout is, and steps and hooks
    run again. A commit or tag that nothing refers to yet may have been collected as garbage.
    """
    if isinstance(action, Probe) or not world.state.is_done(action.key):
        return False
    match action:
        case RunCommand(purpose='step' | 'hook' | 'lock'):
            return world.commit is not None
        case RunCommand(purpose='setup'):
            return all([await holds(world, other) for other in world.plan.actions if isinstance(other, Build)])
        case Build():
            return world.folder.has(action.package, world.state.outputs(action.key))
        case Commit() | CreateTag():
            made = [*world.state.outputs(action.key).values()]
            return all([await world.project.repository.resolve(object_) is not None for object_ in made])
        case Push():
            return False
        case _:
            return True


async def _perform(world: World, action: Action) -> Done:  # noqa: C901, PLR0911, RET503 - one case for each kind of action
    match action:
        case Probe():
            return Done(detail=await probe.probe(world, action))
        case RunCommand():
            return await _command(world, action)
        case EditFile() | WriteManifest():
            edited = await world.checkouts.edited(world.state)
            return Done(already=not change(edited.root, world.plan, action))
        case Commit():
            return Done({'commit': await history.commit(world, action)})
        case CreateTag():
            return Done({'object': await history.tag(world, action)})
        case Build():
            files = await commands.build(world, action)
            return Done(files, ', '.join(sorted(files)))
        case SmokeTest():
            await commands.smoke(world, action)
            return Done()
        case Push():
            return Done(await push(world, action))
        case FastForward():
            return _advanced(action, await history.advance(world, action))
        case Upload():
            return Done(await upload(world, action))
        case Verify():
            return Done(await verify(world, action))
        case _:
            assert_never(action)


async def _command(world: World, action: RunCommand) -> Done:
    try:
        ran = await commands.run_command(world, action)
    except ReleaseKitError as error:
        if action.severity != 'warning' or commands.interrupted(error):
            raise
        first = error.problems[0]
        warning = Problem(first.code, first.message, first.hint, first.place, Severity.WARNING)
        return Done(detail='failed, as a warning', warning=warning)
    return Done() if ran else Done(detail='its `unless` says so', already=True)


def _advanced(action: FastForward, reason: str | None) -> Done:
    if reason is None:
        return Done()
    message = f'The release is pushed, but your branch was not moved: {reason}.'
    hint = f'Run `git pull` on {action.branch} when you are ready.'
    return Done(detail=reason, warning=Problem(Code.BRANCH_NOT_MOVED, message, hint, None, Severity.WARNING))
