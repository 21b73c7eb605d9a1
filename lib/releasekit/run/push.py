# SPDX-License-Identifier: Apache-2.0
"""Performs the push: whole or not at all, and every ref is read back, whatever git said."""

from __future__ import annotations

from collections.abc import Mapping

from releasekit.core.actions import Push
from releasekit.errors import Code, Exit, ReleaseKitError, fail
from releasekit.run.world import World


async def push(world: World, action: Push) -> Mapping[str, str]:
    """Push what the remote lacks until it has all of it; returns the object of each ref.

    Raises:
        ReleaseKitError: `RK-DRIFT-REMOTE`, `RK-TAG-ELSEWHERE`, `RK-GIT-REFUSED`, or `RK-GIT-FAILED` with exit
            status 4 where nobody knows whether the push arrived, or where only a part of it did.
    """
    wanted = _wanted(world, action)
    attempts = world.project.spec.engine.retries + 1
    for attempt in range(attempts):
        missing = await (_left if attempt else _missing)(world, action, wanted)
        if not missing:
            return wanted
        expect = {ref: object_ for ref, object_ in missing.items() if object_}
        try:
            await world.project.remote.push(action.remote, {ref: wanted[ref] for ref in missing}, expect)
        except ReleaseKitError as error:
            left = await _left(world, action, wanted)
            if not left:
                return wanted
            if error.code is Code.GIT_REFUSED or attempt == attempts - 1 or world.interrupts.stop.is_set():
                if len(left) < len(wanted):
                    raise _partly(error) from error
                raise
            await world.interrupts.pause(world.project.spec.engine.backoff * 2**attempt)
    if left := await _left(world, action, wanted):
        message = f'{action.remote} does not show {len(left)} of {len(wanted)} refs that were pushed.'
        raise _partly(fail(Code.GIT_FAILED, message, 'Run it again to go on.'))
    return wanted


def _wanted(world: World, action: Push) -> dict[str, str]:
    tags = {f'refs/tags/{tag}': world.state.outputs(f'tag:{tag}')['object'] for tag in action.tags}
    return {f'refs/heads/{action.branch}': _commit(world), **tags}


def _commit(world: World) -> str:
    if world.commit is None:
        raise fail(Code.GIT_FAILED, 'There is no release commit to push.', 'Put `commit` before `push` in the steps.')
    return world.commit


async def _missing(world: World, action: Push, wanted: Mapping[str, str]) -> dict[str, str]:
    """The refs that have to be pushed, with what the remote has there now, '' for nothing.

    A tag at another commit, or a branch that went elsewhere, is an error.
    """
    commit = _commit(world)
    have = await world.project.remote.refs(action.remote, list(wanted))
    missing: dict[str, str] = {}
    for ref in wanted:
        found = have.get(ref)
        if found is None:
            missing[ref] = ''
        elif ref.startswith('refs/tags/'):
            if found.commit != commit:
                message = f'{action.remote} has {ref.removeprefix("refs/tags/")} at {found.commit}, not at {commit}.'
                raise ReleaseKitError(
                    fail(Code.TAG_ELSEWHERE, message, 'Find out who made that tag; then plan again.').problems[0],
                    exit=Exit.DRIFT,
                )
        elif found.commit == world.plan.base.commit:
            missing[ref] = found.object
        elif not await reaches(world, action, commit):
            message = f'{action.branch} on {action.remote} is at {found.commit[:12]}, not at the base of the plan.'
            raise fail(Code.DRIFT_REMOTE, message, 'Bring your branch up to date and release again.')
    return missing


async def _left(world: World, action: Push, wanted: Mapping[str, str]) -> dict[str, str]:
    """What is missing once a push was tried: a remote that does not answer now may have all of it.

    Raises:
        ReleaseKitError: As `_missing`, and with exit status 4 where the remote cannot be asked.
    """
    try:
        return await _missing(world, action, wanted)
    except ReleaseKitError as error:
        if error.code is not Code.GIT_FAILED:
            raise
        raise _partly(error) from error


def _partly(error: ReleaseKitError) -> ReleaseKitError:
    """The error with the exit status of what is partly done, or not known: the same run goes on with it."""
    return ReleaseKitError(*error.problems, exit=Exit.PARTIAL)


async def reaches(world: World, action: Push, commit: str) -> bool:
    """Whether the remote branch reaches a commit: newer commits on top are normal."""
    tip = await world.project.remote.fetch(action.remote, f'refs/heads/{action.branch}')
    return await world.project.repository.is_ancestor(commit, tip)
