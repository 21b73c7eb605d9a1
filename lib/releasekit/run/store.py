# SPDX-License-Identifier: Apache-2.0
"""The folder of a run: its saved plan, its journal, its built files. `.releasekit` ignores itself."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from releasekit.backends.files import disk_failed, make_folder, write_atomic
from releasekit.core.actions import Push
from releasekit.core.journal import State, fold
from releasekit.core.plan import Plan, read
from releasekit.errors import Code, Problem, ReleaseKitError, Severity, fail
from releasekit.run.journal import read_events


@dataclasses.dataclass(frozen=True)
class RunFolder:
    """The folder of one run, named by the id of its plan."""

    path: Path

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return self.path / 'journal.jsonl'

    def artifacts(self, package: str) -> Path:
        """The folder of a package's built files, by the package's id."""
        label, _, name = package.partition(':')
        # One folder for each: a name such as a module path may begin with that of another package and a slash.
        return self.path / 'artifacts' / label / name.replace('/', '+')

    def save(self, plan: Plan) -> None:
        """Write the plan, unless it is there."""
        make_folder(self.path)
        target = self.path / 'plan.json'
        if not target.exists():
            write_atomic(target, (json.dumps(plan.document(), ensure_ascii=False, indent=1) + '\n').encode())

    def plan(self) -> Plan:
        """Read the plan back."""
        return read_plan(self.path / 'plan.json')

    def state(self) -> State:
        """What the journal says, without opening it for writing."""
        return fold(read_events(self.journal))

    def has(self, package: str, files: Mapping[str, str]) -> bool:
        """Whether the built files are all there with their SHA-256 digests."""
        folder = self.artifacts(package)
        return bool(files) and all(file_digest(folder / name) == digest for name, digest in files.items())


def read_plan(path: Path) -> Plan:
    """Read a saved plan.

    Raises:
        ReleaseKitError: `RK-DOCUMENT-INVALID` where it is no plan.
    """
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        message = f'{path.name} is no plan: {error}.'
        raise fail(Code.DOCUMENT_INVALID, message, 'Make one with `plan --format json`.') from error
    return read(document)


def prepare(state: Path) -> None:
    """Make the state folder; it ignores itself, so that nobody has to."""
    make_folder(state)
    ignore = state / '.gitignore'
    if not ignore.exists():
        write_atomic(ignore, b'*\n')


def folder_of(state: Path, plan: Plan) -> RunFolder:
    """The folder of a plan's run."""
    return RunFolder(state / 'runs' / plan.id)


@dataclasses.dataclass(frozen=True)
class Saved:
    """A run of this clone, read back."""

    folder: RunFolder
    plan: Plan
    state: State


def runs(state: Path, spec_file: str | None) -> Iterator[Saved | Problem]:
    """All runs of a spec (`Plan.spec_file`) that have a plan, the newest first; a warning for each that is unreadable.

    Raises:
        ReleaseKitError: `RK-DOCUMENT-INVALID` where an unreadable run has begun its push and not ended.
    """
    # What was set aside has a dot in its name.
    folders = [path.parent for path in (state / 'runs').glob('*/plan.json') if '.' not in path.parent.name]
    for path in sorted(folders, key=lambda path: (-path.stat().st_mtime_ns, path.name)):
        folder = RunFolder(path)
        try:
            plan = folder.plan()
        except ReleaseKitError as error:
            yield _unreadable(folder, error)
        else:
            if plan.spec_file == spec_file:
                yield Saved(folder, plan, folder.state())


def set_aside(folder: RunFolder) -> None:
    """Rename the folder of a run, so that it is no run any more and a new one can begin.

    Raises:
        ReleaseKitError: `RK-DISK-FAILED`.
    """
    names = (folder.path.with_name(f'{folder.path.name}.{number}') for number in itertools.count(1))
    try:
        folder.path.rename(next(path for path in names if not path.exists()))
    except OSError as error:
        raise disk_failed(folder.path, error, 'renamed') from error


def _unreadable(folder: RunFolder, error: ReleaseKitError) -> Problem:
    name, problem = folder.path.name, error.problems[0]
    message = f'The plan of run {name[:12]} cannot be read: {problem.message}'
    if _in_public(folder):
        hint = f'Finish it with the releasekit that began it, or move .releasekit/runs/{name} away.'
        raise fail(Code.DOCUMENT_INVALID, f'{message} It is not finished, and its push was begun.', hint) from error
    hint = f'Remove .releasekit/runs/{name}: nothing is left to be done of it.'
    return Problem(Code.DOCUMENT_INVALID, message, hint, severity=Severity.WARNING)


def _in_public(folder: RunFolder) -> bool:
    """Whether a run whose plan cannot be read has begun its push and, as far as can be told, not ended."""
    state = folder.state()
    if Push.key not in state.events:
        return False
    try:
        document = json.loads((folder.path / 'plan.json').read_bytes())
        return not all(state.is_done(action['key']) for action in document['actions'])
    except (OSError, ValueError, TypeError, KeyError):
        return True


def file_digest(path: Path) -> str | None:
    """SHA-256, in hex, of a file, or None where there is none."""
    if not path.is_file():
        return None
    with path.open('rb') as stream:
        sha = hashlib.sha256()
        while chunk := stream.read(1 << 20):
            sha.update(chunk)
    return sha.hexdigest()
