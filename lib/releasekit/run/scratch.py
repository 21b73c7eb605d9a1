# SPDX-License-Identifier: Apache-2.0
"""Private folders for what a run builds, outside the user's tree; those of killed runs are taken away by the next."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

from releasekit.backends.files import disk_failed, make_folder, write_atomic
from releasekit.errors import Code, fail

_NAME = re.compile('releasekit-[0-9a-f]{16}')
_RECORD = 'scratch'


@contextlib.contextmanager
def scratch(shared: Path) -> Generator[Path, None, None]:
    """Make a folder for the time of the block; its name is on record in `shared` before it is made.

    It lies outside the user's tree, so that no tool takes a checkout in it for a part of that. The record lies where
    no commit can bring one, since what it names is removed. The caller holds the lock of the repository.

    Raises:
        ReleaseKitError: `RK-DISK-FAILED`.
    """
    folder = _place() / f'releasekit-{secrets.token_hex(8)}'
    make_folder(shared)
    known = [*_sweep(shared), folder]
    write_atomic(shared / _RECORD, ''.join(f'{path}\n' for path in known).encode())
    try:
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise disk_failed(folder, error) from error
    try:
        yield folder
    finally:
        if _sweep(shared) == [folder]:
            (shared / _RECORD).unlink(missing_ok=True)


def untidy(shared: Path) -> bool:
    """Whether a run was killed that nobody has cleaned up after."""
    return (shared / _RECORD).exists()


def of_run(path: Path) -> Path | None:
    """The folder of a run that a path is or lies in, by its name; None for what is none of ours."""
    return next((each for each in (path, *path.parents) if _NAME.fullmatch(each.name)), None)


def leftovers(shared: Path) -> list[Path]:
    """The folders that are on record and still there; nothing is removed."""
    record = shared / _RECORD
    lines = record.read_text('utf-8').splitlines() if record.exists() else []
    return [path for path in map(Path, lines) if _ours(path)]


def _place() -> Path:
    try:
        return Path(tempfile.gettempdir()).resolve()
    except OSError as error:
        message = f'No folder for temporary files can be written: {error.strerror}.'
        raise fail(Code.DISK_FAILED, message, 'Free space there, or set TMPDIR to a folder that has some.') from error


def _sweep(shared: Path) -> list[Path]:
    """Remove the folders that are on record, and return those that were there.

    They stay on record for one more time: a child that has outlived its killed run may make its folder anew.
    """
    found = leftovers(shared)
    for folder in found:
        shutil.rmtree(folder, ignore_errors=True)
    return found


def _ours(path: Path) -> bool:
    """Whether a folder can be one that a run has made: by its name, its place, its kind and its owner."""
    if not _NAME.fullmatch(path.name) or path.parent != _place():
        return False
    return path.is_dir() and not path.is_symlink() and path.stat().st_uid == os.getuid()
