# SPDX-License-Identifier: Apache-2.0
"""Performs what runs programs in a checkout: commands, builds and smoke tests. None of them sees a credential."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import AsyncGenerator, Mapping, Sequence
from pathlib import Path

import anyio.to_thread

from releasekit.backends.files import make_folder, write_atomic
from releasekit.core.actions import Build, Commit, RunCommand, SmokeTest
from releasekit.core.version import scheme
from releasekit.ecosystems.base import BuildJob, SmokeJob
from releasekit.errors import Code, ReleaseKitError, fail
from releasekit.ports import Checkout, Command
from releasekit.run.store import file_digest
from releasekit.run.whole import refuse_missing
from releasekit.run.world import World

_CODES = {'check': Code.CHECK_FAILED, 'lock': Code.LOCK_STALE}
_HINTS = {
    'check': 'Mend what it says, or set its severity in release.yaml.',
    'lock': "Bring the lock file up to date with the ecosystem's own tool, commit it, and plan again.",
}
_SHOWN_LINES = 20


def tail(text: str) -> str:
    """The last lines of what a program said."""
    return '\n'.join(text.splitlines()[-_SHOWN_LINES:])


async def checkout(world: World, key: str) -> Checkout:
    """Where an action runs: in the checkout that is edited before the commit, in the release commit's after it."""
    actions = world.plan.actions
    commits = [number for number, action in enumerate(actions) if isinstance(action, Commit)]
    place = next(number for number, action in enumerate(actions) if action.key == key)
    if commits and place > commits[0] and world.commit is not None:
        return await world.checkouts.released(world.commit)
    return await world.checkouts.edited(world.state)


async def run_command(world: World, action: RunCommand) -> bool:
    """Run a command in its folder; False where its `unless` says that the work is done.

    Raises:
        ReleaseKitError: It failed, ran too long, or its program is missing.
    """
    folder = (await checkout(world, action.key)).root / action.cwd
    if action.unless and (await _run(world, action, action.unless, folder)) is None:
        return False
    complaint = await _run(world, action, action.argv, folder)
    if complaint is not None and action.otherwise is not None:
        complaint = await _run(world, action, action.otherwise, folder)
    if complaint is None:
        return True
    message = f'{action.purpose} {action.id} failed: {action.line}\n{complaint}'.rstrip()
    hint = _HINTS.get(action.purpose, 'Mend what it says, then run it again.')
    raise fail(_CODES.get(action.purpose, Code.COMMAND_FAILED), message, hint)


async def _run(world: World, action: RunCommand, argv: Sequence[str], folder: Path) -> str | None:
    """What a command complained about, None where it succeeded."""
    done = await world.run(Command(tuple(argv), cwd=folder, env=action.env, timeout=action.timeout))
    return None if done.status == 0 else tail(done.complaint) or f'exit status {done.status}'


async def build(world: World, action: Build) -> Mapping[str, str]:
    """Build a package and keep its files; returns their SHA-256 digests in hex, by file name.

    Raises:
        ReleaseKitError: `RK-BUILD-FAILED`, or `RK-BUILD-WRONG` where the files are not of this name and version.
    """
    out = _folder(world, 'out')
    async with _sources(world, action) as root:
        paths = {package.path for package in world.workspace.packages}
        await anyio.to_thread.run_sync(refuse_missing, root, action.path, paths)
        await _build(world, action, root, out)
    return await anyio.to_thread.run_sync(_keep, world, action, out)


@contextlib.asynccontextmanager
async def _sources(world: World, action: Build) -> AsyncGenerator[Path, None]:
    """The checkout to build in: a fresh one, unless commands have prepared the one that they ran in.

    Those are `build.setup` of the package's workspace, and steps and hooks between the commit and the build.
    """
    actions = world.plan.actions
    place = actions.index(action)
    commit = next((number for number, each in enumerate(actions[:place]) if isinstance(each, Commit)), -1)
    ran = [each.purpose for each in actions[commit + 1 : place] if isinstance(each, RunCommand)]
    prepared = 'setup' in ran and bool(world.project.spec.workspaces[action.workspace].build.setup)
    if prepared or not {'step', 'hook'}.isdisjoint(ran):
        yield (await checkout(world, action.key)).root
        return
    async with world.checkouts.fresh(action, world.commit if commit >= 0 else None) as made:
        yield made.root


async def _build(world: World, action: Build, root: Path, out: Path) -> None:
    job = BuildJob(
        name=action.name,
        version=action.version,
        path=action.path,
        root=root,
        out=out,
        timestamp=world.plan.timestamp,
        env=action.env,
        workspace=world.project.spec.workspaces[action.workspace].root,
        released={each.name: each.next for each in world.plan.packages if each.workspace == action.workspace},
        commit=world.commit or '',
        tag=world.plan.by_id[action.package].tag,
    )
    for command in world.ecosystem(action.package).tool.build(job):
        done = await world.run(command)
        if done.status != 0:
            message = (
                f'{action.name} {action.version} does not build: {" ".join(command.argv[:3])} …\n{tail(done.complaint)}'
            )
            raise fail(Code.BUILD_FAILED, message, 'Mend the build; nothing was pushed or published by this action.')


def _folder(world: World, what: str) -> Path:
    folder = world.scratch / f'{what}-{secrets.token_hex(8)}'
    make_folder(folder)
    return folder


def _keep(world: World, action: Build, out: Path) -> dict[str, str]:
    tool = world.ecosystem(action.package).tool
    folder = world.folder.artifacts(action.package)
    make_folder(folder)
    found: dict[str, str] = {}
    for path in sorted(out.iterdir()):
        content = path.read_bytes() if path.is_file() else b''
        if (said := tool.inspect(path.name, content)) is None:
            continue
        if (said[0], _normal(world, action, said[1])) != (action.name, _normal(world, action, action.version)):
            message = f'{path.name} says that it is {said[0]} {said[1]}, not {action.name} {action.version}.'
            raise fail(Code.BUILD_WRONG, message, 'Look where the package takes its version from.')
        write_atomic(folder / path.name, content)
        found[path.name] = file_digest(folder / path.name) or ''
    if not tool.complete(found):
        message = f'The build of {action.name} made {", ".join(sorted(found)) or "nothing"}, which is not all of it.'
        raise fail(Code.BUILD_WRONG, message, 'Look at the build configuration of the package.')
    for stale in {path.name for path in folder.iterdir()} - found.keys():
        (folder / stale).unlink()
    return found


def _normal(world: World, action: Build, version: str) -> str:
    """A version in the normal form of its ecosystem, in which tools write it: 2026.8.1 for 2026.08.1 by PEP 440."""
    read = scheme(world.ecosystem(action.package).scheme).read(version)
    return version if read is None else read.text


async def smoke(world: World, action: SmokeTest) -> None:
    """Install a package into a fresh environment and load it.

    Raises:
        ReleaseKitError: `RK-SMOKE-FAILED`.
    """
    folder = _folder(world, 'smoke')
    builds = [world.plan.by_key[key] for key in action.with_builds]
    artifacts = {
        made.name: [world.folder.artifacts(made.package) / name for name in world.state.outputs(made.key)]
        for made in builds
        if isinstance(made, Build) and made.workspace == action.workspace
    }
    planned = world.plan.by_id[action.package]
    target = action.target or next(iter(planned.targets), None)
    index = world.targets.rules(target).index if target else None
    job = SmokeJob(name=action.name, version=action.version, folder=folder, artifacts=artifacts, index=index)
    trial = world.ecosystem(action.package).tool.smoke(job)
    try:
        for path, content in trial.files.items():
            make_folder((folder / path).parent)
            write_atomic(folder / path, content)
        for command in trial.commands:
            done = await world.run(command)
            if done.status != 0:
                message = f'{action.name} {action.version} does not install and load:\n{tail(done.complaint)}'
                raise fail(Code.SMOKE_FAILED, message, _smoke_hint(action))
    finally:
        await anyio.to_thread.run_sync(lambda: shutil.rmtree(folder, ignore_errors=True))


def _smoke_hint(action: SmokeTest) -> str:
    if action.target is None:
        return 'Mend the package; nothing was pushed or published.'
    return (
        f'The package is on {action.target} but does not work from there: run it again, or yank it. An index that '
        'asks for a login cannot be tried, for no test sees a credential: `{use: publish, smoke: false}` leaves it out.'
    )


def interrupted(error: ReleaseKitError) -> bool:
    """Whether an error only says that a signal came."""
    return error.problems[0].message.endswith('was interrupted.')
