# SPDX-License-Identifier: Apache-2.0
"""Environments of tasks, below `.releasekit/envs`: made once, and anew where what they are made from changes."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
import shutil
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path

import anyio
import anyio.to_thread

from releasekit import codec
from releasekit.backends.files import FolderFiles, make_folder, write_atomic
from releasekit.backends.shell import failed
from releasekit.core.chores import Chore
from releasekit.core.package import Workspace
from releasekit.ecosystems import ECOSYSTEMS
from releasekit.ecosystems.base import EnvironmentJob, EnvironmentPart
from releasekit.errors import Code, ReleaseKitError, fail
from releasekit.run import store
from releasekit.run.lock import hold
from releasekit.run.project import Project
from releasekit.run.world import Interrupts

# The file in an environment that says what it was made from; it is written last.
_KEY = '.releasekit'
# Seconds between two looks whether another run has made the environment.
_POLL = 0.2


@dataclasses.dataclass(frozen=True)
class Place:
    """Where an environment lies, how it is made, and the digest of all that it is made from."""

    part: EnvironmentPart
    job: EnvironmentJob
    files: Mapping[str, bytes] = dataclasses.field(repr=False)
    key: str


class Environments:
    """The environments that the commands of a run ask for."""

    def __init__(self, project: Project, workspace: Workspace, interrupts: Interrupts) -> None:
        """Make none yet."""
        self._project = project
        self._workspace = workspace
        self._interrupts = interrupts
        self._lock = anyio.Lock()

    async def place(self, chore: Chore) -> Place | None:
        """Where the environment of a command is, None where it asks for none.

        Raises:
            ReleaseKitError: `RK-SPEC-INVALID` where no workspace is of an ecosystem that has environments.
        """
        if chore.wish is None:
            return None
        label, part = self._part(chore)
        root = self._project.root / self._project.spec.workspaces[label].root
        files = await FolderFiles(root).read(part.reads)
        version = chore.wish.python
        name = '-'.join((chore.task, *((label,) if chore.action.cwd != '.' else ()), version or 'default'))
        folder = self._project.state / 'envs' / name.replace('/', '-')
        digests = {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}
        wanted = codec.canonical([version, sorted(chore.wish.groups), digests])
        job = EnvironmentJob(folder, root, version, chore.wish.groups)
        return Place(part, job, files, hashlib.sha256(wanted).hexdigest())

    async def variables(self, place: Place) -> Mapping[str, str]:
        """The environment variables of a command that runs in it; it is made first, where it is not there.

        Raises:
            ReleaseKitError: It cannot be made.
        """
        folder = place.job.folder
        async with self._lock:
            if not _made(place):
                store.prepare(self._project.state)
                async with self._held(folder.with_name(f'{folder.name}.lock')):
                    if not _made(place):
                        await self._make(place)
        return place.part.variables(folder, self._project.environment.get('PATH', os.defpath))

    async def _make(self, place: Place) -> None:
        folder = place.job.folder
        await anyio.to_thread.run_sync(lambda: shutil.rmtree(folder, ignore_errors=True))
        make_folder(folder.parent)
        for command in place.part.make(place.job, place.files):
            done = await self._interrupts.run(self._project, command)
            if done.status != 0:
                raise failed(command, done)
        write_atomic(folder / _KEY, place.key.encode())

    @contextlib.asynccontextmanager
    async def _held(self, path: Path) -> AsyncGenerator[None, None]:
        """Keep other runs from making the same environment at the same time, and wait for one that does."""
        with contextlib.ExitStack() as stack:
            while not _taken(stack, path):
                await self._interrupts.pause(_POLL)
                if self._interrupts.stop.is_set():
                    raise self._interrupts.error(path.stem)
            yield

    def _part(self, chore: Chore) -> tuple[str, EnvironmentPart]:
        """The workspace that a command belongs to, else the first that can have environments, and how it makes them."""
        action, rules = chore.action, self._project.spec.workspaces
        if action.package is not None:
            labels = [self._workspace.by_id[action.package].workspace]
        else:
            labels = sorted(rules, key=lambda label: rules[label].root != action.cwd)
        for label in labels:
            if (part := ECOSYSTEMS[rules[label].ecosystem].environments) is not None:
                return label, part
        message = f'Task {chore.task} asks for an environment, and no workspace here can have one.'
        raise fail(Code.SPEC_INVALID, message, f'Remove `groups` and the version from task {chore.task}.')


def _made(place: Place) -> bool:
    try:
        return (place.job.folder / _KEY).read_text() == place.key
    except OSError:
        return False


def _taken(stack: contextlib.ExitStack, path: Path) -> bool:
    """Take a lock, if nobody holds it."""
    try:
        stack.enter_context(hold(path, f'make {path.stem}'))
    except ReleaseKitError as error:
        if error.code is not Code.LOCKED:
            raise
        return False
    return True
