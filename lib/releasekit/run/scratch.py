# SPDX-License-Identifier: Apache-2.0
"""Private folders for what a run builds, outside the user's tree; those of killed runs are taken away by the next."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

from releasekit.backends.files import disk_failed, write_atomic
from releasekit.errors import Code, fail

_PREFIX = 'releasekit-'
_RECORD = 'scratch'


@contextlib.contextmanager
def scratch(state: Path) -> Generator[Path, None, None]:
    """Make a folder for the time of the block; its name is on record in `state` before it is made.

    It lies outside the user's tree, so that no tool takes a checkout in it for a part of that. The caller holds the
    lock of `state`.

    Raises:
        ReleaseKitError: `RK-DISK-FAILED`.
    """
    folder = _place() / f'{_PREFIX}{secrets.token_hex(8)}'
    known = [*_sweep(state), folder]
    write_atomic(state / _RECORD, ''.join(f'{path}\n' for path in known).encode())
    try:
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise disk_failed(folder, error) from error
    try:
        yield folder
    finally:
        if _sweep(state) == [folder]:
            (state / _RECORD).unlink(missing_ok=True)


def _place() -> Path:
    try:
        return Path(tempfile.gettempdir()).resolve()
    except OSError as error:
        message = f'No folder for temporary files can be written: {error.strerror}.'
        raise fail(Code.DISK_FAILED, message, 'Free space there, or set TMPDIR to a folder that has some.') from error


def _sweep(state: Path) -> list[Path]:
    """Remove the folders that are on record, and return those that were there.

    They stay on record for one more time: a child that has outlived its killed run may make its folder anew.
    """
    record = state / _RECORD
    lines = record.read_text('utf-8').splitlines() if record.exists() else []
    # A record that names anything else was not written here.
    known = [path for path in map(Path, lines) if path.name.startswith(_PREFIX) and not path.is_symlink()]
    found = [path for path in known if path.exists()]
    for folder in found:
        shutil.rmtree(folder, ignore_errors=True)
    return found
