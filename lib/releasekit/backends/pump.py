# SPDX-License-Identifier: Apache-2.0
"""Passes on what a child writes while it runs, masked, also where a secret comes in two parts."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable

import anyio
import anyio.to_thread

from releasekit import log
from releasekit.errors import Code, fail

_CHUNK = 64 * 1024
# Seconds after which the beginning of a line is passed on, such as a question.
_IDLE = 0.2


async def forward(stream: asyncio.StreamReader | None, descriptor: int) -> OSError | None:
    """Write what a stream has to a descriptor of ours, line by line, until its end.

    What could be the beginning of a secret waits for the rest. Returns why not all could be written: what comes after
    that is read, and lost.
    """
    held, failure = b'', None
    while stream is not None:
        chunk = None
        with anyio.move_on_after(_IDLE if held else None):
            chunk = await stream.read(_CHUNK)
        held += chunk or b''
        ready, held = _ready(held, ended=chunk == b'', idle=chunk is None)
        if ready and failure is None:
            failure = await anyio.to_thread.run_sync(_write, descriptor, ready)
        if chunk == b'':
            break
    return failure


def refuse_lost(failures: Iterable[OSError | None]) -> None:
    """Say that output was lost; a reader of ours that went away wanted no more of it.

    Raises:
        ReleaseKitError: `RK-DISK-FAILED`.
    """
    for failure in failures:
        if failure is not None and not isinstance(failure, BrokenPipeError):
            message = f'What a command printed could not be written: {failure.strerror}.'
            raise fail(Code.DISK_FAILED, message, 'Make room where the output goes, and run it again.') from failure


def _ready(data: bytes, *, ended: bool, idle: bool) -> tuple[bytes, bytes]:
    """What can be passed on, masked, and what is held: the last line until it is whole, or nothing more comes."""
    if ended:
        return log.mask_bytes(data), b''
    at = len(data) - log.begun(data) if idle or len(data) > _CHUNK else data.rfind(b'\n') + 1
    return log.mask_bytes(data[:at]), data[at:]


def _write(descriptor: int, data: bytes) -> OSError | None:
    try:
        while data:
            data = data[os.write(descriptor, data) :]
    except OSError as error:
        return error
    return None
