# SPDX-License-Identifier: Apache-2.0
"""Edits in the user's own tree: for good (`bump`, `changelog`), or for the time of a block (`pinned`)."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from releasekit.backends.files import write_atomic
from releasekit.core.actions import EditFile
from releasekit.core.plan import Plan
from releasekit.core.report import Observer, Report, Result, ResultKind
from releasekit.errors import Code, Exit, fail
from releasekit.run import store
from releasekit.run.lock import hold
from releasekit.run.project import Project
from releasekit.run.world import change
from releasekit.steps.base import digest


async def edit_tree(project: Project, plan: Plan, *, observer: Observer) -> Report:
    """Make the edits of a plan in the user's tree, all or none; a file that differs from HEAD is left alone.

    Raises:
        ReleaseKitError: `RK-TREE-DIRTY` where a file to edit has changes of its own, `RK-LOCKED`.
    """
    edits = [action for action in plan.actions if isinstance(action, EditFile)]
    store.prepare(project.state)
    with hold(project.lock, 'edit the tree'):
        _refuse_changed(project.root, edits)
        results = []
        for edit in edits:
            observer.started(edit)
            changed = change(project.root, plan, edit)
            result = Result(edit.key, ResultKind.DONE if changed else ResultKind.ALREADY)
            observer.finished(edit, result)
            results.append(result)
    return Report(plan.id, None, tuple(results), (), Exit.DONE)


def _refuse_changed(root: Path, edits: Sequence[EditFile]) -> None:
    for edit in edits:
        path = root / edit.path
        if (digest(path.read_bytes().decode()) if path.exists() else '') not in {edit.before, edit.after}:
            message = f'{edit.path} has changes that are not committed.'
            raise fail(Code.TREE_DIRTY, message, f'Commit or undo the changes in {edit.path}, then run it again.')


@contextlib.asynccontextmanager
async def pinned(project: Project, edits: Sequence[EditFile], plan: Plan) -> AsyncGenerator[None, None]:
    """Make edits in the user's tree for the time of the block, and put every byte back.

    The originals are kept beside, on disk before the first edit: `restore` puts them back after a crash. Blocks
    may be nested; an inner one keeps and restores what the outer one made.

    Raises:
        ReleaseKitError: `RK-TREE-DIRTY` where a file is not the one that the edits are for.
    """
    store.prepare(project.state)
    _refuse_changed(project.root, edits)
    kept = project.state / 'pinned'
    kept.mkdir(exist_ok=True)
    level = 1 + max((int(path.name) for path in kept.iterdir()), default=0)
    _keep(project.root, kept / f'{level:04}', [edit.path for edit in edits])
    try:
        for edit in edits:
            change(project.root, plan, edit)
        yield
    finally:
        _put_back(project.root, kept / f'{level:04}')


def restore(project: Project) -> tuple[str, ...]:
    """Put back what a block that was killed left in the user's tree, innermost first; returns the paths.

    Raises:
        ReleaseKitError: `RK-DISK-FAILED`.
    """
    kept = project.state / 'pinned'
    levels = sorted(kept.iterdir(), reverse=True) if kept.is_dir() else []
    return tuple(path for level in levels for path in _put_back(project.root, level))


def _keep(root: Path, folder: Path, paths: Sequence[str]) -> None:
    """Copy the originals; the index is written last, so that a folder without one was never relied on."""
    folder.mkdir()
    index: dict[str, str | None] = {}
    for number, path in enumerate(paths):
        exists = (root / path).exists()
        index[path] = str(number) if exists else None
        if exists:
            write_atomic(folder / str(number), (root / path).read_bytes())
    write_atomic(folder / 'index.json', json.dumps(index).encode())


def _put_back(root: Path, folder: Path) -> tuple[str, ...]:
    index = folder / 'index.json'
    paths = json.loads(index.read_bytes()) if index.exists() else {}
    try:
        for path, kept in paths.items():
            if kept is None:
                (root / path).unlink(missing_ok=True)
            else:
                write_atomic(root / path, (folder / kept).read_bytes())
        shutil.rmtree(folder)
    except OSError as error:
        message = f'The originals of {", ".join(paths)} could not be put back: {error.strerror}.'
        raise fail(
            Code.DISK_FAILED, message, f'They are in {folder.name} of .releasekit/pinned; run it again.'
        ) from error
    return tuple(paths)
