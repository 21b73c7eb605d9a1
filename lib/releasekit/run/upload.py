# SPDX-License-Identifier: Apache-2.0
"""The upload protocol, one for every registry: ask, tell the journal, upload, and whatever the answer, ask again."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import anyio
import anyio.to_thread

from releasekit.core.actions import Upload, Verify
from releasekit.core.journal import EventKind
from releasekit.ecosystems.base import Ecosystem
from releasekit.errors import Code, Exit, Problem, ReleaseKitError, fail
from releasekit.log import mask
from releasekit.ports import Answer, Artifact, Outcome, PublishedFile, Registry, RegistryDownError
from releasekit.run.together import together
from releasekit.run.world import LONGEST_WAIT, World
from releasekit.spec.model import Engine

# Files of one package that are read back at a time: wheels for many platforms would fill the memory.
_AT_ONCE = 2
# How much larger than ours a file may be that still holds the same: packed without compression, say.
_TIMES, _MORE = 4, 1024 * 1024
# Seconds: from where a wait that a registry asks for is its pace, as crates.io has one a minute, and no failure;
# and how long all of them may take for one file.
_PACE, _PATIENCE = 1.0, 24 * 3600.0


@dataclasses.dataclass(frozen=True)
class _Job:
    """One package that goes to one target."""

    world: World
    action: Upload | Verify
    ecosystem: Ecosystem

    @property
    def rules(self) -> Engine:
        return self.world.project.spec.engine

    def key(self, filename: str) -> str:
        return f'{self.action.key}/{filename}'

    def content(self, filename: str) -> bytes:
        return self._path(filename).read_bytes()

    def size(self, filename: str) -> int:
        return self._path(filename).stat().st_size

    def _path(self, filename: str) -> Path:
        return self.world.folder.artifacts(self.action.package) / filename

    async def there(self, registry: Registry) -> Mapping[str, PublishedFile]:
        """What the registry has; asked again where it does not answer."""
        for attempt in range(self.rules.retries):
            try:
                return await self.ask(registry)
            except ReleaseKitError as error:
                if error.code is not Code.REGISTRY_DOWN or self.world.interrupts.stop.is_set():
                    raise
                asked = _asked(error)
            await self.world.interrupts.pause(_wait(asked, self.rules, attempt))
        return await self.ask(registry)

    async def ask(self, registry: Registry) -> Mapping[str, PublishedFile]:
        return await registry.files(self.action.name, self.action.version)


async def upload(world: World, action: Upload) -> Mapping[str, str]:
    """Upload the files of a build, each exactly once; returns the digests that the registry holds, by file name.

    Raises:
        ReleaseKitError: `RK-DRIFT-BYTES`, `RK-REGISTRY-REFUSED`, `RK-REGISTRY-DOWN`, `RK-REGISTRY-UNKNOWN`.
    """
    job = _Job(world, action, world.ecosystem(action.package))
    built = world.state.outputs(action.build)
    reader = await world.targets.reader(job.ecosystem, action.target)
    published: dict[str, str] = {}
    there = await job.there(reader)
    for filename, digest in sorted(built.items(), reverse=True):
        held = await _held(job, reader, there.get(filename), digest)
        if held is None:
            _refuse_waiting(job, filename)
            artifact = Artifact(filename, digest, job.content(filename), action.channel)
            async with world.targets.turn(job.ecosystem, action.target):
                held = await _send(job, reader, artifact)
        if world.state.outputs(job.key(filename)).get('sha256') != held:
            await world.journal.write(job.key(filename), EventKind.DONE, {'sha256': held})
        published[filename] = held
    return published


def _refuse_waiting(job: _Job, filename: str) -> None:
    """A file that waits on its registry for somebody's approval is not sent again."""
    event = job.world.state.events.get(job.key(filename))
    if event is not None and event.event is EventKind.WAITING:
        raise _unapproved(job, filename, event.detail)


def _unapproved(job: _Job, filename: str, detail: str) -> ReleaseKitError:
    message = f'{filename} waits on {job.action.target}: {detail}'
    return fail(Code.REGISTRY_WAITING, message, 'Approve it there, then run it again to go on.')


async def verify(world: World, action: Verify) -> Mapping[str, str]:
    """Read a package back and compare every file with what was built; waits until the registry serves all of them.

    Raises:
        ReleaseKitError: `RK-DRIFT-BYTES`, `RK-REGISTRY-UNKNOWN` where files do not show up, or `RK-REGISTRY-DOWN`
            where they are shown and not served.
    """
    job = _Job(world, action, world.ecosystem(action.package))
    built = world.state.outputs(action.build)
    registry = await world.targets.reader(job.ecosystem, action.target)
    held: dict[str, str] = {}
    deadline = anyio.current_time() + job.rules.patience
    while True:
        there = await job.there(registry)
        left = sorted(built.keys() - held.keys())
        looks = [functools.partial(_served, job, registry, there.get(name), built[name]) for name in left]
        found = dict(zip(left, await together(_AT_ONCE, looks), strict=True))
        held |= {name: digest for name, digest in found.items() if isinstance(digest, str)}
        if held.keys() == built.keys():
            return held
        if world.interrupts.stop.is_set():
            raise world.interrupts.error(str(action))
        failures = [failure for failure in found.values() if isinstance(failure, ReleaseKitError)]
        if anyio.current_time() >= deadline:
            raise failures[0] if failures else _unseen(job, sorted(built.keys() - held.keys()))
        asked = [seconds for failure in failures if (seconds := _asked(failure)) is not None]
        pause = max([min(1.0, max(0.05, job.rules.backoff / 4)), *asked])
        await world.interrupts.pause(min(pause, max(0.0, deadline - anyio.current_time())))


async def _served(
    job: _Job, registry: Registry, file: PublishedFile | None, digest: str
) -> str | ReleaseKitError | None:
    """The digest of what the registry serves as a file, None where it shows none, the error where it does not answer.

    What an index says of its files does not count here: only bytes do.
    """
    if file is None:
        return None
    try:
        return await _compared(job, registry, file, digest)
    except ReleaseKitError as error:
        if error.code is not Code.REGISTRY_DOWN:
            raise
        return error


def _unseen(job: _Job, missing: Sequence[str]) -> ReleaseKitError:
    message = f'{job.action.target} does not show {", ".join(missing)} after {job.rules.patience:g} s.'
    return fail(Code.REGISTRY_UNKNOWN, message, 'Look at the registry, then run it again to go on.')


async def compare(world: World, action: Verify) -> None:
    """Look that what a registry already has of a build, if anything, is the same.

    Raises:
        ReleaseKitError: `RK-DRIFT-BYTES`.
    """
    job = _Job(world, action, world.ecosystem(action.package))
    registry = await world.targets.reader(job.ecosystem, action.target)
    there = await job.there(registry)
    for filename, digest in world.state.outputs(action.build).items():
        await _held(job, registry, there.get(filename), digest)


async def _held(job: _Job, registry: Registry, file: PublishedFile | None, digest: str) -> str | None:
    """The digest that the registry holds of a file, None where it has no such file; other contents are an error.

    An index that names our digest is believed: `verify` looks at the bytes themselves.
    """
    if file is None or file.digest == digest:
        return None if file is None else digest
    return await _compared(job, registry, file, digest)


async def _compared(job: _Job, registry: Registry, file: PublishedFile, digest: str) -> str:
    """Download a file and compare it with ours; returns the digest of what came."""
    theirs = await registry.download(file, job.size(file.filename) * _TIMES + _MORE)
    held = await anyio.to_thread.run_sync(_sha256, theirs)
    if file.digest is not None and held != file.digest:
        message = f'{job.action.target} serves {file.filename} with {held}, its index says {file.digest}.'
        raise fail(Code.DRIFT_BYTES, message, 'Do not release there until its owner has explained this.')
    if held == digest:
        return held
    ours, same = await anyio.to_thread.run_sync(job.content, file.filename), job.ecosystem.tool.same
    if await anyio.to_thread.run_sync(same, file.filename, ours, theirs):
        return held
    message = f'{job.action.target} has another {file.filename}: {held} there, {digest} was built here.'
    raise fail(Code.DRIFT_BYTES, message, 'Find out who published it; release a new version if it must be replaced.')


async def _send(job: _Job, reader: Registry, artifact: Artifact) -> str:
    """Upload a file until it is there or cannot be; a time to wait that the registry names is no failed attempt."""
    world, target = job.world, job.action.target
    attempt, waited, renewed = 0, 0.0, False
    while True:
        renew = renewed or attempt > 0
        registry = await world.targets.writer(job.ecosystem, target, job.action.name, renew=renew)
        await world.journal.write(job.key(artifact.filename), EventKind.INTENDED, {'sha256': artifact.digest})
        answer = await registry.upload(artifact)
        held = await _look_again(job, reader, artifact, answer)
        if held is not None:
            return held
        # https://docs.pypi.org/trusted-publishers/internals/: a minted token lives for 15 minutes.
        expired = answer.outcome is Outcome.DENIED and not renewed and world.targets.rules(target).auth == 'trusted'
        paced = (answer.retry_after or 0.0) >= _PACE and waited < _PATIENCE
        passing = answer.outcome is Outcome.TRANSIENT and (paced or attempt < job.rules.retries)
        if not (expired or passing) or world.interrupts.stop.is_set():
            raise await _failure(job, artifact, answer)
        if expired:
            renewed = True
            continue
        pause = _wait(answer.retry_after, job.rules, attempt)
        await world.interrupts.pause(pause)
        waited += pause
        attempt += 0 if paced else 1


def _asked(error: ReleaseKitError) -> float | None:
    """The seconds that a registry which cannot be read wants us to wait, where it says so."""
    return error.retry_after if isinstance(error, RegistryDownError) else None


def _wait(asked: float | None, rules: Engine, attempt: int) -> float:
    """Seconds to wait: what the registry asked for, else the back-off doubled each time; an hour at the most."""
    return min(LONGEST_WAIT, rules.backoff * 2**attempt if asked is None else asked)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


async def _look_again(job: _Job, reader: Registry, artifact: Artifact, answer: Answer) -> str | None:
    """Ask the registry by digest, with patience where the answer lets us expect the file."""
    expected = answer.outcome in {Outcome.ACCEPTED, Outcome.DUPLICATE, Outcome.UNKNOWN}
    deadline = anyio.current_time() + (job.rules.patience if expected else 0)
    pause = 0.05
    while True:
        try:
            held = await _held(job, reader, (await job.ask(reader)).get(artifact.filename), artifact.digest)
        except ReleaseKitError as error:
            if error.code is not Code.REGISTRY_DOWN:
                raise
            held = None
            pause = max(pause, _asked(error) or 0.0)
        if held is not None or anyio.current_time() >= deadline:
            return held
        await job.world.interrupts.pause(min(pause, max(0.0, deadline - anyio.current_time())))
        if job.world.interrupts.stop.is_set():
            deadline = anyio.current_time()
        pause = min(2 * pause, 5.0)


async def _failure(job: _Job, artifact: Artifact, answer: Answer) -> ReleaseKitError:
    what = f'{artifact.filename} to {job.action.target}'
    match answer.outcome:
        case Outcome.DENIED:
            message, hint = (
                f'{what} was denied: {answer.detail}',
                'Look at the credential and its rights for this project.',
            )
            return fail(Code.REGISTRY_REFUSED, message, hint)
        case Outcome.REJECTED:
            return fail(
                Code.REGISTRY_REFUSED,
                f'{what} was refused: {answer.detail}',
                'Mend what the registry names, commit it, and run `release --new`.',
            )
        case Outcome.TRANSIENT:
            message = f'{what} failed {job.rules.retries + 1} times: {answer.detail}'
            return fail(Code.REGISTRY_DOWN, message, 'Run it again to go on, later.')
        case Outcome.WAITING:
            await job.world.journal.write(job.key(artifact.filename), EventKind.WAITING, detail=mask(answer.detail))
            return _unapproved(job, artifact.filename, answer.detail)
        case _:
            await job.world.journal.write(job.key(artifact.filename), EventKind.UNKNOWN, detail=mask(answer.detail))
            message = f'Nobody knows whether {what} arrived: {answer.detail or "the answer was lost"}.'
            hint = f'Look for it at {job.world.targets.rules(job.action.target).index}, then run again to go on.'
            return ReleaseKitError(Problem(Code.REGISTRY_UNKNOWN, message, hint), exit=Exit.PARTIAL)
