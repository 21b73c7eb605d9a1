# SPDX-License-Identifier: Apache-2.0
"""Private folders for what a run builds, outside the user's tree; those of killed runs are taken away by the next."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from releasekit.backends.files import disk_failed, write_atomic

_PREFIX = 'releasekit-'
_RECORD = 'scratch'


@contextlib.contextmanager
def scratch(state: Path) -> Iterator[Path]:
    """Make a folder for the time of the block; its name is on record in `state` before it is made.

    It lies outside the user's tree, so that no tool takes a checkout in it for a part of that. The caller holds the
    lock of `state`. A folder that cannot be removed now, since a child of a killed run still writes there, stays
    on record for the next run.

    Raises:
        ReleaseKitError: `RK-DISK-FAILED`.
    """
    folder = Path(tempfile.gettempdir()).resolve() / f'{_PREFIX}{secrets.token_hex(8)}'
    known = [*_sweep(state), folder]
    write_atomic(state / _RECORD, ''.join(f'{path}\n' for path in known).encode())
    try:
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise disk_failed(folder, error) from error
    try:
        yield folder
    finally:
        _sweep(state)


def _sweep(state: Path) -> list[Path]:
    """Remove all folders that are on record; those that are still there are returned, and the record is kept."""
    record = state / _RECORD
    lines = record.read_text('utf-8').splitlines() if record.exists() else []
    # A record that names anything else was not written here.
    known = [path for path in map(Path, lines) if path.name.startswith(_PREFIX) and not path.is_symlink()]
    for folder in known:
        shutil.rmtree(folder, ignore_errors=True)
    left = [folder for folder in known if folder.exists()]
    if not left:
        record.unlink(missing_ok=True)
    return left
