# SPDX-License-Identifier: Apache-2.0
"""Performs the probes: is the world the one that the plan was made for? Nothing here changes anything."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable

from releasekit.core.actions import CreateTag, Probe, Verify
from releasekit.core.plan import PlannedPackage
from releasekit.ecosystems import ECOSYSTEMS
from releasekit.errors import Code, Exit, ReleaseKitError, fail
from releasekit.ports import Command
from releasekit.run.project import at_commit
from releasekit.run.together import together
from releasekit.run.upload import compare
from releasekit.run.world import World


async def probe(world: World, action: Probe) -> str:
    """Look, and say what was seen in a few words.

    Raises:
        ReleaseKitError: The world is not ready, or not the one of the plan.
    """
    match action.what:
        case 'spec':
            return await _spec(world)
        case 'branch':
            return await _branch(world)
        case 'remote':
            return await _remote(world, action.subject)
        case 'identity':
            return await _identity(world)
        case 'tool':
            return await _tool(world, action.subject)
        case 'credential':
            return await _credential(world, action.subject)
        case 'registry':
            return await _answering(world, _registry, action.subject)
        case 'bytes':
            return await _answering(world, _bytes, action.subject)


async def _spec(world: World) -> str:
    committed = await at_commit(world.project, world.plan.base.commit)
    if committed.digest != world.plan.spec:
        message = f'{world.project.spec_file} differs from the one in commit {world.plan.base.commit[:12]}.'
        raise fail(Code.TREE_DIRTY, message, f'Commit {world.project.spec_file}, then plan again.')
    return 'as committed'


async def _branch(world: World) -> str:
    head = await world.project.repository.head()
    wanted = world.plan.base.branch
    if head.branch is not None and head.branch != wanted:
        message = f'{head.branch} is checked out, but releases are made from {wanted}.'
        key = f'add {head.branch} to `branches`' if world.project.spec.branches else 'set `project.branch`'
        raise fail(Code.BRANCH_OTHER, message, f'Run `git switch {wanted}`, or {key}.')
    base = world.plan.base.commit
    if world.commit is None and head.commit != base:
        message = f'HEAD is {head.commit[:12]}, the plan was made for {base[:12]}.'
        raise fail(Code.DRIFT_PLAN, message, 'Plan again.')
    return f'on {wanted}' if head.branch else 'detached'


async def _remote(world: World, remote: str) -> str:
    branch = world.plan.base.branch
    ref = f'refs/heads/{branch}'
    tags = {f'refs/tags/{action.tag}' for action in world.plan.actions if isinstance(action, CreateTag)}
    have = await world.project.remote.refs(remote, [ref, *sorted(tags)])
    if (
        taken := next((name for name in sorted(tags & have.keys()) if have[name].commit != world.commit), None)
    ) is not None:
        message = f'{remote} has {taken.removeprefix("refs/tags/")} already, at {have[taken].commit[:12]}.'
        problem = fail(Code.TAG_ELSEWHERE, message, f'Run `git fetch --tags {remote}`, then plan again.').problems[0]
        raise ReleaseKitError(problem, exit=Exit.DRIFT)
    tip = have.get(ref)
    base = world.plan.base.commit
    if tip is None:
        return f'has no {branch} yet'
    if tip.commit == base:
        return 'at the base'
    if world.commit is not None:
        await world.project.remote.fetch(remote, ref)
        if await world.project.repository.is_ancestor(world.commit, tip.commit):
            return 'has the release commit'
    if await world.project.repository.is_ancestor(tip.commit, base):
        message = f'{branch} on {remote} is at {tip.commit[:12]} and lacks commits that are here.'
        raise fail(Code.DRIFT_REMOTE, message, f'Run `git push {remote} {branch}`, then release.')
    message = f'{branch} on {remote} is at {tip.commit[:12]} and has commits that are not here.'
    raise fail(Code.DRIFT_REMOTE, message, f'Run `git pull --rebase {remote} {branch}`, then release.')


async def _identity(world: World) -> str:
    if (missing := await world.project.writer.identity()) is not None:
        hint = 'Run `git config user.name` and `git config user.email` with a name and an address.'
        raise fail(Code.GIT_FAILED, f'git does not know who commits: {missing}', hint)
    return 'is known'


async def _tool(world: World, tool: str) -> str:
    argv = next(each.tools[tool] for each in ECOSYSTEMS.values() if tool in each.tools)
    done = await world.run(Command(argv, timeout=60))
    if done.status != 0:
        raise fail(Code.TOOL_MISSING, f'{tool} does not run: {done.complaint}', f'Install {tool}.')
    return done.text.splitlines()[0] if done.text else 'there'


async def _credential(world: World, target: str) -> str:
    for package in world.plan.packages:
        if target in package.targets:
            world.targets.ready(world.ecosystem(package.id), target)
    return 'can be had'


async def _answering(world: World, look: Callable[[World, str], Awaitable[str]], target: str) -> str:
    """What a look at a registry says. Once a release is out, one that is down only holds up what goes there."""
    try:
        return await look(world, target)
    except ReleaseKitError as error:
        if error.code is not Code.REGISTRY_DOWN or not await _is_out(world):
            raise
        return f'does not answer: {error.problems[0].message}'


async def _is_out(world: World) -> bool:
    """Whether the remote has the release commit."""
    if world.commit is None:
        return False
    remote, ref = world.project.spec.project.remote, f'refs/heads/{world.plan.base.branch}'
    if (tip := (await world.project.remote.refs(remote, [ref])).get(ref)) is None:
        return False
    await world.project.remote.fetch(remote, ref)
    return await world.project.repository.is_ancestor(world.commit, tip.commit)


async def _registry(world: World, target: str) -> str:
    async def look(package: PlannedPackage) -> bool:
        registry = await world.targets.reader(world.ecosystem(package.id), target)
        return bool(await registry.files(package.name, package.next))

    wanted = [package for package in world.plan.packages if target in package.targets]
    looks = [functools.partial(look, package) for package in wanted]
    there = sum(await together(world.project.spec.engine.concurrency, looks))
    return f'has {there} of these versions already' if there else 'has none of these versions'


async def _bytes(world: World, target: str) -> str:
    for action in _verifies(world, target):
        if world.state.outputs(action.build):
            await compare(world, action)
    return 'nothing else under these names'


def _verifies(world: World, target: str) -> list[Verify]:
    return [action for action in world.plan.actions if isinstance(action, Verify) and action.target == target]
