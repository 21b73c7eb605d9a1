# SPDX-License-Identifier: Apache-2.0
"""Reads a file that a person names: only a regular one, and not without end."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path


def read_regular(path: Path, limit: int) -> bytes:
    """The content of a file, one byte more than `limit` where it is longer.

    A pipe is not waited for, and a device that never ends is not begun.

    Raises:
        OSError: It cannot be read, is a folder, or is no regular file.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, 'O_NONBLOCK', 0) | getattr(os, 'O_CLOEXEC', 0))
    with os.fdopen(descriptor, 'rb') as file:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, 'it is no regular file')
        return file.read(limit + 1)
