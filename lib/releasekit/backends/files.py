# SPDX-License-Identifier: Apache-2.0
"""Folders of this machine: reading that stays inside the root, and writing that is whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import anyio.to_thread

from releasekit.errors import Code, ReleaseKitError, fail

_GIT = '.git'
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_DENIED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


class FolderFiles:
    """The files under a folder, `.git` left out. A link counts as a file, and may not lead out of the folder."""

    def __init__(self, root: Path) -> None:
        """Take the folder; it is resolved once, so that the root itself may be a link."""
        self._root = root.resolve()

    async def paths(self) -> Sequence[str]:
        """All files, sorted; folders are not listed and links to folders are not followed.

        Raises:
            ReleaseKitError: `RK-DISK-FAILED` where a folder cannot be read.
        """
        return await anyio.to_thread.run_sync(self._paths)

    async def read(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        """The contents of those of the given files that exist.

        Raises:
            ReleaseKitError: `RK-PATH-OUTSIDE` for a path that leads out of the folder, `RK-DISK-FAILED`.
        """
        wanted = tuple(paths)
        return await anyio.to_thread.run_sync(self._read, wanted)

    def _paths(self) -> list[str]:
        found: list[str] = []
        for folder, folders, files in os.walk(self._root, onerror=_unreadable):
            here = Path(folder).relative_to(self._root)
            found += ((here / name).as_posix() for name in files if name != _GIT)
            folders[:] = [name for name in folders if name != _GIT]
        return sorted(found)

    def _read(self, paths: Sequence[str]) -> dict[str, bytes]:
        found = ((path, self._read_one(path)) for path in paths)
        return {path: content for path, content in found if content is not None}

    def _read_one(self, path: str) -> bytes | None:
        try:
            return self._inside(path).read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None
        except OSError as error:
            raise disk_failed(self._root / path, error, 'read') from error

    def _inside(self, path: str) -> Path:
        resolved = (self._root / path).resolve()
        if not resolved.is_relative_to(self._root):
            message = f'{path} leads to {resolved}, outside of {self._root}.'
            raise fail(Code.PATH_OUTSIDE, message, 'Replace the link or the path by one that stays in the repository.')
        return resolved


def write_atomic(path: Path, data: bytes) -> None:
    """Replace or make a file, whole or not at all, even if the machine stops; an existing file keeps its mode.

    It is written beside its target, flushed to disk and renamed; a link at `path` is replaced, not followed.

    Raises:
        ReleaseKitError: `RK-DISK-FAILED`; the old file is as it was.
    """
    beside = path.with_name(f'.{path.name}.{secrets.token_hex(8)}.tmp')
    try:
        try:
            _write_new(beside, data, _mode(path))
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)
    except OSError as error:
        raise disk_failed(path, error) from error


def create_atomic(path: Path, data: bytes) -> None:
    """Make a file that is not there yet, whole or not at all; whoever makes it first wins.

    Raises:
        FileExistsError: Something has that name.
        ReleaseKitError: `RK-DISK-FAILED`; there is no such file.
    """
    beside = path.with_name(f'.{path.name}.{secrets.token_hex(8)}.tmp')
    try:
        try:
            _write_new(beside, data, None)
            # Unlike a rename, a link never replaces: link(2).
            os.link(beside, path)
        finally:
            beside.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except FileExistsError:
        raise
    except OSError as error:
        raise disk_failed(path, error) from error


def remove(path: Path) -> None:
    """Delete a file, and return when that is on disk; one that is not there is well.

    Raises:
        ReleaseKitError: `RK-DISK-FAILED`.
    """
    try:
        path.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except OSError as error:
        raise disk_failed(path, error, 'deleted') from error


def make_folder(path: Path) -> None:
    """Make a folder and those above it; one that is there is well.

    Raises:
        ReleaseKitError: `RK-DISK-FAILED`.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise disk_failed(path, error) from error


def append_durable(path: Path, data: bytes) -> None:
    """Add to the end of a file, which is made if need be, and return when it is on disk.

    There is one writer at a time. What cannot be written whole is cut off again.

    Raises:
        ReleaseKitError: `RK-DISK-FAILED`.
    """
    try:
        new = not path.exists()
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            _append(file, data)
        finally:
            os.close(file)
        if new:
            _sync_folder(path.parent)
    except OSError as error:
        raise disk_failed(path, error) from error


def truncate_durable(path: Path, size: int) -> None:
    """Cut a file off after so many bytes, and return when that is on disk.

    Raises:
        ReleaseKitError: `RK-DISK-FAILED`.
    """
    try:
        file = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.ftruncate(file, size)
            os.fsync(file)
        finally:
            os.close(file)
    except OSError as error:
        raise disk_failed(path, error) from error


def disk_failed(path: Path, error: OSError, verb: str = 'written') -> ReleaseKitError:
    """The error for a file that cannot be written or read."""
    message = f'{path} could not be {verb}: {error.strerror or error}.'
    if error.errno in _FULL:
        return fail(Code.DISK_FAILED, message, 'Free space on that disk and run the same command again.')
    if error.errno in _DENIED:
        return fail(Code.DISK_FAILED, message, 'Give yourself access to it and run the same command again.')
    return fail(Code.DISK_FAILED, message, 'Look at the disk and the path, and run the same command again.')


def _unreadable(error: OSError) -> None:
    raise disk_failed(Path(os.fsdecode(error.filename)), error, 'read') from error


def _mode(path: Path) -> int | None:
    with contextlib.suppress(FileNotFoundError):
        found = path.lstat().st_mode
        return stat.S_IMODE(found) if stat.S_ISREG(found) else None
    return None


def _write_new(path: Path, data: bytes, mode: int | None) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        if mode is not None:
            os.fchmod(file, mode)
        _write_all(file, data)
        os.fsync(file)
    finally:
        os.close(file)


def _append(file: int, data: bytes) -> None:
    before = os.fstat(file).st_size
    try:
        _write_all(file, data)
        os.fsync(file)
    except OSError:
        # The write has failed already; a torn end that stays is recognised by its checksum.
        with contextlib.suppress(OSError):
            os.ftruncate(file, before)
        raise


def _write_all(file: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest) :]


def _sync_folder(folder: Path) -> None:
    """Make a new name in a folder last (fsync(2): syncing the file does not sync its entry)."""
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
