# SPDX-License-Identifier: Apache-2.0
"""Performs the push: whole or not at all, and every ref is read back, whatever git said."""

from __future__ import annotations

from collections.abc import Mapping

from releasekit.core.actions import Push
from releasekit.errors import Code, Exit, ReleaseKitError, fail
from releasekit.ports import RemoteRef
from releasekit.run.world import World


async def push(world: World, action: Push) -> Mapping[str, str]:
    """Push what the remote lacks until it has all of it; returns the object of each ref.

    Raises:
        ReleaseKitError: `RK-DRIFT-REMOTE`, `RK-TAG-ELSEWHERE`, `RK-GIT-REFUSED`, or `RK-GIT-FAILED` with exit
            status 4 where nobody knows whether the push arrived.
    """
    wanted = _wanted(world, action)
    attempts = world.project.spec.engine.retries + 1
    for attempt in range(attempts):
        have = await world.project.remote.refs(action.remote, list(wanted))
        missing = await _missing(world, action, wanted, have)
        if not missing:
            return wanted
        expect = {ref: have[ref].object for ref in missing if ref in have}
        try:
            await world.project.remote.push(action.remote, missing, expect)
        except ReleaseKitError as error:
            if await _arrived(world, action, wanted):
                return wanted
            if error.code is Code.GIT_REFUSED or attempt == attempts - 1 or world.interrupts.stop.is_set():
                raise
            await world.interrupts.pause(world.project.spec.engine.backoff * 2**attempt)
    have = await world.project.remote.refs(action.remote, list(wanted))
    missing = await _missing(world, action, wanted, have)
    if missing:
        message = f'{action.remote} does not show {len(missing)} of {len(wanted)} refs that were pushed.'
        raise ReleaseKitError(fail(Code.GIT_FAILED, message, 'Run it again to go on.').problems[0], exit=Exit.PARTIAL)
    return wanted


def _wanted(world: World, action: Push) -> dict[str, str]:
    tags = {f'refs/tags/{tag}': world.state.outputs(f'tag:{tag}')['object'] for tag in action.tags}
    return {f'refs/heads/{action.branch}': _commit(world), **tags}


def _commit(world: World) -> str:
    if world.commit is None:
        raise fail(Code.GIT_FAILED, 'There is no release commit to push.', 'Put `commit` before `push` in the steps.')
    return world.commit


async def _missing(
    world: World, action: Push, wanted: Mapping[str, str], have: Mapping[str, RemoteRef]
) -> dict[str, str]:
    """The refs that have to be pushed; a tag at another commit, or a branch that went elsewhere, is an error."""
    commit = _commit(world)
    missing: dict[str, str] = {}
    for ref, object_ in wanted.items():
        found = have.get(ref)
        if ref.startswith('refs/tags/'):
            if found is not None and found.commit != commit:
                message = f'{action.remote} has {ref.removeprefix("refs/tags/")} at {found.commit}, not at {commit}.'
                raise ReleaseKitError(
                    fail(Code.TAG_ELSEWHERE, message, 'Find out who made that tag; then plan again.').problems[0],
                    exit=Exit.DRIFT,
                )
            if found is None:
                missing[ref] = object_
        elif found is None or found.commit == world.plan.base.commit:
            missing[ref] = object_
        elif not await reaches(world, action, commit):
            message = f'{action.branch} on {action.remote} is at {found.commit[:12]}, not at the base of the plan.'
            raise fail(Code.DRIFT_REMOTE, message, 'Bring your branch up to date and release again.')
    return missing


async def reaches(world: World, action: Push, commit: str) -> bool:
    """Whether the remote branch reaches a commit: newer commits on top are normal."""
    tip = await world.project.remote.fetch(action.remote, f'refs/heads/{action.branch}')
    return await world.project.repository.is_ancestor(commit, tip)


async def _arrived(world: World, action: Push, wanted: Mapping[str, str]) -> bool:
    """Whether all refs are there in spite of what git said.

    Raises:
        ReleaseKitError: With exit status 4 where the remote cannot be asked.
    """
    try:
        have = await world.project.remote.refs(action.remote, list(wanted))
    except ReleaseKitError as error:
        raise ReleaseKitError(*error.problems, exit=Exit.PARTIAL) from error
    return not await _missing(world, action, wanted, have)
