# SPDX-License-Identifier: Apache-2.0
"""One release at a time on this machine: a file that names its holder, created exclusively and kept locked."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import json
import os
from collections.abc import Generator
from pathlib import Path

from releasekit.backends.files import disk_failed, make_folder
from releasekit.errors import Code, Problem, Severity, fail

# Bytes; what a holder says of itself has far fewer.
_LONGEST = 4096


@dataclasses.dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock, since when (seconds, UTC), and whether that process is there: None on another machine."""

    name: str
    since: float
    alive: bool | None


def holder(path: Path) -> Holder | None:
    """Who a lock says holds it, None where there is none. It is not tried: for an instant that would hold others up."""
    try:
        text, since = path.read_bytes()[:_LONGEST], path.stat().st_mtime
    except FileNotFoundError:
        return None
    try:
        known = json.loads(text)
        alive = _alive(int(known['pid'])) if known['host'] == os.uname().nodename else None
    except (ValueError, KeyError, TypeError, OverflowError):
        alive = None
    return Holder(_name(text), since, alive)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextlib.contextmanager
def hold(path: Path, purpose: str) -> Generator[tuple[Problem, ...], None, None]:
    """Hold the lock while the block runs; yields a warning where a stale lock was taken over.

    The kernel drops the `flock` of a process that dies, so a file whose lock is free is stale. It is removed
    only while its lock is held, and what was locked must still be what the path names.

    Raises:
        ReleaseKitError: `RK-LOCKED`, naming the holder; `RK-DISK-FAILED`.
    """
    warnings: tuple[Problem, ...] = ()
    make_folder(path.parent)
    while True:
        try:
            handle, created = _open(path)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise disk_failed(path, error) from error
        if not _lock(handle):
            holder = _holder(handle)
            os.close(handle)
            raise fail(Code.LOCKED, f'Another run holds the lock: {holder}.', 'Wait until it ends, then run again.')
        if _same(handle, path):
            break
        os.close(handle)
    if not created:
        message = f'A lock was left behind by {_holder(handle)}; it is taken over.'
        hint = 'Nothing to do: that process is gone.'
        warnings = (Problem(Code.LOCK_TAKEN_OVER, message, hint, severity=Severity.WARNING),)
    try:
        _say(handle, path, purpose)
        yield warnings
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


def _open(path: Path) -> tuple[int, bool]:
    """The file and whether it is new; whoever holds it may remove it between two looks."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), True
    except FileExistsError:
        return os.open(path, os.O_RDWR), False


def _say(handle: int, path: Path, purpose: str) -> None:
    text = json.dumps({'pid': os.getpid(), 'host': os.uname().nodename, 'purpose': purpose})
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, text.encode(), 0)
        os.fsync(handle)
    except OSError as error:
        raise disk_failed(path, error) from error


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _same(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _holder(handle: int) -> str:
    return _name(os.pread(handle, _LONGEST, 0))


def _name(text: bytes) -> str:
    try:
        known = json.loads(text)
        return f'process {known["pid"]} on {known["host"]} ({known["purpose"]})'
    except (ValueError, KeyError, TypeError):
        return 'a process that has not said its name yet'
