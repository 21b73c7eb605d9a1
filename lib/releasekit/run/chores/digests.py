# SPDX-License-Identifier: Apache-2.0
"""The records of tasks with `sources`, below `.releasekit/tasks`: taken before a task runs, kept once it succeeded."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import anyio.to_thread

from releasekit import codec
from releasekit.backends.files import make_folder, write_atomic
from releasekit.core.chores import Chore
from releasekit.core.freshness import RECORD_SCHEMA, Record, fits, why
from releasekit.errors import Code, Problem, ReleaseKitError, Severity
from releasekit.run import store
from releasekit.run.project import Project
from releasekit.spec.model import Task

_WILD = re.compile(r'[*?\[]')
# Folders that hold nothing which a task is made from.
_OWN = frozenset({'.git', '.releasekit'})


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the commands of a unit run, and why; `record` is what is kept if they succeed."""

    runs: bool
    reason: str
    record: Record | None = None


class Ledger:
    """Looks whether units are up to date, and keeps what came of them."""

    def __init__(self, project: Project, tasks: Mapping[str, Task], *, force: bool) -> None:
        """Begin with what earlier runs have kept; `force` runs everything."""
        self._project = project
        self._tasks = tasks
        self._force = force

    async def look(self, unit: Sequence[Chore], tools: str) -> Verdict:
        """Compare a unit with its record; `tools` is the digest of the environment that it runs in."""
        task = self._tasks[unit[0].task]
        if not task.sources:
            return Verdict(runs=True, reason='')
        folder = self._project.root / unit[0].action.cwd
        listed = await self._listed()
        now = await anyio.to_thread.run_sync(_record, unit, task, folder, _below(listed, unit[0].action.cwd), tools)
        path = self._path(unit[0].unit)
        reason = '--force' if self._force else why(_kept(path), now, task.outputs)
        if reason:
            return Verdict(runs=True, reason=reason, record=now)
        since = dt.datetime.fromtimestamp(path.stat().st_mtime).astimezone()
        return Verdict(runs=False, reason=f'up to date since {since:%Y-%m-%d %H:%M}', record=now)

    async def paths(self, units: Iterable[Sequence[Chore]]) -> list[Path]:
        """All that is a source of one of these units."""
        listed = await self._listed()
        found: set[Path] = set()
        for unit in units:
            folder = self._project.root / unit[0].action.cwd
            names = _below(listed, unit[0].action.cwd)
            found |= {folder / name for name in _sources(self._tasks[unit[0].task], folder, names)}
        return sorted(found)

    async def begin(self, unit: str) -> None:
        """Forget what is kept of a unit: from now on only success makes it up to date."""
        await anyio.to_thread.run_sync(lambda: self._path(unit).unlink(missing_ok=True))

    async def keep(self, unit: Sequence[Chore], record: Record) -> Problem | None:
        """Keep what a unit was made from and what it made; nothing is kept, and that is said, where this is missing."""
        task = self._tasks[unit[0].task]
        folder = self._project.root / unit[0].action.cwd
        made = await anyio.to_thread.run_sync(lambda: _digests(folder, _walked(folder, task.outputs)))
        missing = [glob for glob in task.outputs if not any(fits(glob, path) for path in made)]
        if missing:
            message = f'Task {unit[0].task} has run, but output {missing[0]} is not there.'
            hint = 'Correct `outputs` in release.yaml, or the command; until then the task always runs.'
            return Problem(Code.TASK_OUTPUT, message, hint, severity=Severity.WARNING)
        await anyio.to_thread.run_sync(self._write, unit[0].unit, dataclasses.replace(record, outputs=made))
        return None

    def _write(self, unit: str, record: Record) -> None:
        store.prepare(self._project.state)
        path = self._path(unit)
        make_folder(path.parent)
        write_atomic(path, codec.canonical({'schema': RECORD_SCHEMA, **codec.encode(record)}))

    def _path(self, unit: str) -> Path:
        return self._project.state / 'tasks' / f'{_hash(unit)}.json'

    async def _listed(self) -> list[str]:
        """All files of the tree that git knows or would add; commands may have made some a moment ago."""
        head = await self._project.repository.head()
        known = await self._project.repository.files(head.commit).paths()
        return sorted({*known, *await self._project.repository.changes()})


def _kept(path: Path) -> Record | None:
    """The record in a file; one that cannot be read is none."""
    with contextlib.suppress(OSError, ValueError, ReleaseKitError):
        return codec.read_document(json.loads(path.read_bytes()), Record, RECORD_SCHEMA)
    return None


def _record(unit: Sequence[Chore], task: Task, folder: Path, listed: Sequence[str], tools: str) -> Record:
    commands = [[*chore.action.argv, '', *(chore.action.unless or ())] for chore in unit]
    env = {name: _hash(value) for chore in unit for name, value in chore.action.env.items()}
    return Record(
        command=_hash(json.dumps(commands)),
        tools=tools,
        env=env,
        sources=_digests(folder, _sources(task, folder, listed)),
        outputs=_digests(folder, _walked(folder, task.outputs)),
    )


def _sources(task: Task, folder: Path, listed: Sequence[str]) -> list[str]:
    """The files that the globs fit; one that fits none which git knows is looked for among what git ignores."""
    found: set[str] = set()
    for glob in task.sources:
        found |= {path for path in listed if fits(glob, path)} or set(_walked(folder, (glob,)))
    return sorted(found)


def _below(paths: Iterable[str], folder: str) -> list[str]:
    prefix = '' if folder == '.' else f'{folder}/'
    return [path[len(prefix) :] for path in paths if path.startswith(prefix)]


def _walked(folder: Path, globs: Iterable[str]) -> list[str]:
    """The files below a folder that the globs fit, whoever knows them."""
    found: set[str] = set()
    for glob in globs:
        fixed = glob[: match.start()].rpartition('/')[0] if (match := _WILD.search(glob)) else glob.rstrip('/')
        found |= {path for path in _files(folder, fixed) if fits(glob, path)}
    return sorted(found)


def _files(folder: Path, below: str) -> Iterator[str]:
    start = folder / below
    if start.is_file():
        yield below
    for place, folders, names in os.walk(start):
        folders[:] = sorted(set(folders) - _OWN)
        for name in names:
            yield (Path(place) / name).relative_to(folder).as_posix()


def _digests(folder: Path, paths: Iterable[str]) -> dict[str, str]:
    """Of those paths that are files."""
    return {path: found for path in paths if (found := store.file_digest(folder / path)) is not None}


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
