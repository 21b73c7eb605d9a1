# SPDX-License-Identifier: Apache-2.0
"""A program on a terminal of its own, of a given size, with somebody who types."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import struct
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path

INTERRUPT = '\x03'


def on_terminal(
    argv: Sequence[str],
    cwd: Path,
    environment: Mapping[str, str],
    size: tuple[int, int] = (100, 30),
    typed: tuple[str, str] = ('', ''),
) -> tuple[str, int]:
    """Run a program to its end: what it wrote, and its exit status as a shell has it.

    `size` is columns and rows; `typed` is what is typed, as soon as a text is seen.
    """
    pid, descriptor = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', size[1], size[0], 0, 0))
        os.chdir(cwd)
        kept = {name: value for name, value in environment.items() if name not in {'COLUMNS', 'LINES'}}
        os.execvpe(argv[0], list(argv), {'TERM': 'xterm-256color', **kept})  # noqa: S606 - the child's own life
    seen, (after, keys) = b'', typed
    # A terminal whose program has ended cannot be read.
    with contextlib.suppress(OSError):
        while block := os.read(descriptor, 65536):
            seen += block
            if keys and after.encode() in seen:
                os.write(descriptor, keys.encode())
                keys = ''
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(descriptor)
    return seen.decode('utf-8', 'replace'), 128 - status if status < 0 else status
