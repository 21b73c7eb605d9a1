# SPDX-License-Identifier: Apache-2.0
"""Performs what writes history: the release commit, its tags, and the user's own branch."""

from __future__ import annotations

from releasekit.core.actions import Commit, CreateTag, FastForward
from releasekit.errors import Code, fail
from releasekit.ports import Stamp
from releasekit.run.world import World


async def commit(world: World, action: Commit) -> str:
    """Make the release commit and return its hash."""
    edited = await world.checkouts.edited(world.state)
    stamp = await _stamp(world, sign=action.sign, author=action.author)
    return await edited.commit(action.message, action.paths, stamp, tracked=action.tracked)


async def tag(world: World, action: CreateTag) -> str:
    """Make the object of a tag and return its hash: of the release commit, or of the base where none is planned.

    Raises:
        ReleaseKitError: `RK-GIT-FAILED` where the task has its `commit` only later.
    """
    planned = any(isinstance(other, Commit) for other in world.plan.actions)
    commit = world.commit if planned else world.plan.base.commit
    if commit is None:
        raise fail(Code.GIT_FAILED, f'There is no release commit for {action.tag}.', 'Put `commit` before `tag`.')
    stamp = await _stamp(world, sign=action.sign)
    return await world.project.writer.make_tag(action.tag, commit, action.message, stamp)


async def advance(world: World, action: FastForward) -> str | None:
    """Bring the tags and the user's branch to what was pushed, or say why the branch was not moved."""
    tags = {
        other.tag: world.state.outputs(other.key)['object']
        for other in world.plan.actions
        if isinstance(other, CreateTag)
    }
    base = world.plan.base.commit
    return await world.project.writer.advance(action.branch, base, world.commit or base, tags)


async def _stamp(world: World, *, sign: bool, author: str | None = None) -> Stamp:
    """The plan's time, but never before the base: git's walks rely on children not being older than parents."""
    base = await world.project.repository.timestamp(world.plan.base.commit)
    return Stamp(max(base, world.plan.timestamp), author, sign)
