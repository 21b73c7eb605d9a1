# SPDX-License-Identifier: Apache-2.0
"""What children print where nobody looks at a terminal: passed on as it comes, without secrets."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SECRET = 'canary/0123+word'
_RUN = """
import anyio, os, sys
from pathlib import Path
from releasekit import log
from releasekit.backends.shell import LocalShell
from releasekit.ports import Command
log.learn(os.environ)
child = sys.argv[1]
done = anyio.run(LocalShell(os.environ).run, Command((sys.executable, '-c', child), inherit=True))
sys.exit(done.status)
"""
_WORDS = "import sys, time; first, second = 'canary/0', '123+word'; "


def passed_on(child: str, out: int = subprocess.PIPE) -> subprocess.CompletedProcess[bytes]:
    """Run Python code as a child that inherits standard output and error."""
    environment = {**os.environ, 'UPLOAD_TOKEN': SECRET}
    return subprocess.run(
        [sys.executable, '-c', _RUN, child], env=environment, stdout=out, stderr=subprocess.PIPE, check=False
    )


@pytest.mark.parametrize(
    ('child', 'stdout'),
    [
        ('print(first + second)', b'***\n'),
        ("sys.stdout.write(first); sys.stdout.flush(); time.sleep(0.6); print(second + '!')", b'***!\n'),
        ("sys.stdout.write('a ' + first); sys.stdout.flush(); time.sleep(0.6)", b'a canary/0'),
        ("sys.stdout.buffer.write(b'\\xff\\x00 line\\n' * 3)", b'\xff\x00 line\n' * 3),
        ("print('x' * 70000 + first, end=''); print(second)", b'x' * 70000 + b'***\n'),
        ('print((first + second).encode().hex())', b'***\n'),
        ('sys.exit(0)', b''),
    ],
    ids=['whole', 'two writes', 'half', 'bytes', 'long', 'hex', 'nothing'],
)
def test_output_is_passed_on_without_secrets(child: str, stdout: bytes) -> None:
    """Also where a secret comes in two writes; half of one is none."""
    done = passed_on(_WORDS + child)
    assert (done.returncode, done.stdout, done.stderr) == (0, stdout, b'')


def test_both_streams_stay_apart_and_the_status_is_that_of_the_child() -> None:
    """Errors go to standard error."""
    done = passed_on(_WORDS + 'print("out"); print(first + second, file=sys.stderr); sys.exit(7)')
    assert (done.returncode, done.stdout, done.stderr) == (7, b'out\n', b'***\n')


def test_a_reader_that_went_away_stops_nothing() -> None:
    """The child ends by itself."""
    read, write = os.pipe()
    os.close(read)
    try:
        done = passed_on("print('x' * 200000)", write)
    finally:
        os.close(write)
    assert done.returncode == 0
