# SPDX-License-Identifier: Apache-2.0
"""The lock on this machine: one holder, named to the others; a dead holder's lock is taken over."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from releasekit.errors import Code, Exit, ReleaseKitError
from releasekit.run.lock import hold

_HOLDER = textwrap.dedent("""
    import sys, time
    from pathlib import Path
    from releasekit.run.lock import hold
    with hold(Path(sys.argv[1]), 'a test'):
        print('held', flush=True)
        sys.stdin.readline()
""")


def holder(path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, '-c', _HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == 'held\n'
    return process


def test_a_second_process_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    """The error has exit status 6 and names the process and what it does."""
    process = holder(tmp_path / 'lock')
    try:
        with pytest.raises(ReleaseKitError) as caught, hold(tmp_path / 'lock', 'another'):
            pass
        assert (caught.value.code, caught.value.exit) == (Code.LOCKED, Exit.LOCKED)
        assert f'process {process.pid} on ' in caught.value.problems[0].message
        assert 'a test' in caught.value.problems[0].message
    finally:
        process.communicate('\n')


def test_a_released_lock_can_be_held_again_and_leaves_no_file(tmp_path: Path) -> None:
    """Acquire, release, acquire."""
    for _ in range(2):
        with hold(tmp_path / 'lock', 'a test') as warnings:
            assert warnings == ()
    assert not (tmp_path / 'lock').exists()


def test_the_lock_of_a_killed_process_is_taken_over_loudly(tmp_path: Path) -> None:
    """The kernel frees the lock; the file that stays behind is stale, and the warning says whose it was."""
    process = holder(tmp_path / 'lock')
    process.kill()
    process.communicate()
    with hold(tmp_path / 'lock', 'the next') as warnings:
        assert [problem.code for problem in warnings] == [Code.LOCK_TAKEN_OVER]
        assert f'process {process.pid} on ' in warnings[0].message


def test_the_lock_is_released_when_the_block_fails(tmp_path: Path) -> None:
    """An error inside does not leave it held."""
    with pytest.raises(ValueError, match='inside'), hold(tmp_path / 'lock', 'a test'):
        raise ValueError('inside')
    with hold(tmp_path / 'lock', 'a test'):
        pass
