# SPDX-License-Identifier: Apache-2.0
"""Whatever goes wrong on the way, nothing is half-done, the exit status says what it was, and the same command again
finishes the release."""

from __future__ import annotations

import contextlib
import hashlib
import os
import resource
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from releasekit.testing.faults import Fault
from releasekit.testing.indexes import free_port, start_pypiserver
from releasekit.testing.stage import program
from releasekit.testing.yard import FILES, KILLED, SETUPTOOLS, Yard, open_yard, workspace

pytestmark = pytest.mark.slow


@pytest.fixture
def yard(tmp_path: Path) -> Iterator[Yard]:
    """A yard without faults."""
    with open_yard(tmp_path) as opened:
        yield opened


# Signals


@pytest.mark.parametrize(
    ('mode', 'point', 'status'),
    [
        ('term-before', '^done edit:packages/bee', -signal.SIGTERM),
        ('int-after', '^intended build', -signal.SIGINT),
        ('term-after', '^intended build', -signal.SIGTERM),
        ('int-before', '^intended push', -signal.SIGINT),
        ('term-after', '^intended push', -signal.SIGTERM),
        ('term-before', '^done push', -signal.SIGTERM),
        ('int-after', '^intended upload:local:py:ant@0.1.0/ant-0.1.0.tar.gz', -signal.SIGINT),
        ('term-after', '^done upload:local:py:ant@0.1.0$', -signal.SIGTERM),
    ],
)
def test_a_signal_stops_between_actions(yard: Yard, mode: str, point: str, status: int) -> None:
    """The shell sees the signal; what was begun is ended, what can be begun anew is not, and nothing lies around."""
    ended = yard.signalled(mode, point)
    assert (ended.status, ended.codes & {'RK-BUG'}) == (status, set())
    yard.assert_tidy()
    begun = {event['key'] for event in yard.events() if event['event'] == 'intended'}
    over = {event['key'] for event in yard.events() if event['event'] != 'intended'}
    assert [key for key in begun - over if not key.startswith('build:')] == []
    yard.assert_finishes()


@pytest.mark.parametrize(('mode', 'status'), [('term-after', 143), ('int-after', 130)])
def test_a_shell_sees_143_or_130(yard: Yard, mode: str, status: int) -> None:
    """As it does for every program that a signal ended."""
    kill = [sys.executable, '-m', 'releasekit.testing.kill', mode, '^done commit', '--', 'release', '--yes']
    ended = yard.run('/bin/sh', '-c', f'{shlex.join(kill)} >&2; echo $?')
    assert ended.stdout == f'{status}\n'


# A full disk


@pytest.mark.parametrize(('point', 'status'), [('^done tag:bee', 1), ('^done push', 4)])
def test_a_journal_that_cannot_grow_stops_the_run(yard: Yard, point: str, status: int) -> None:
    """Nothing goes on that is not on record; with space again the same command finishes."""
    assert yard.signalled('kill-after', point).status == KILLED
    (journal,) = yard.repository.root.glob('.releasekit/runs/*/journal.jsonl')
    limit = journal.stat().st_size + 100

    def no_more_than_that() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    ended = yard.run(first=no_more_than_that)
    assert (ended.status, ended.codes) == (status, {'RK-DISK-FAILED'})
    assert 'Free space' in ended.stderr
    yard.assert_finishes()


def _mounts() -> bool:
    command = ['unshare', '--mount', 'mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', '/mnt']
    with contextlib.suppress(FileNotFoundError):
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    return False


@pytest.mark.skipif(not _mounts(), reason='only root can make a small disk')
@pytest.mark.parametrize(
    ('place', 'size', 'codes'),
    [
        ('work/.releasekit', '8k', {'RK-DISK-FAILED'}),
        ('work/.releasekit', '200k', {'RK-DISK-FAILED'}),
        ('tmp', '4k', {'RK-GIT-FAILED'}),
        ('tmp', '800k', {'RK-BUILD-FAILED', 'RK-GIT-FAILED'}),
    ],
)
def test_a_full_disk_stops_the_run(tmp_path: Path, place: str, size: str, codes: set[str]) -> None:
    """The error says so, nothing is pushed, and once there is space the same command finishes."""
    data = os.urandom(300_000)
    with open_yard(tmp_path, files={'packages/ant/src/ant/data.bin': data}) as yard:
        disk = yard.folder / place
        disk.mkdir(exist_ok=True)
        mount, release = f'mount -t tmpfs -o size={size} tmpfs {disk}', f'{program()} release --yes'
        script = f'{mount} && {release}; echo $?; git -C {yard.remote} for-each-ref | wc -l; '
        script += f'mount -o remount,size=100m {disk} && {release} >&2; echo $?'
        ended = yard.run('/usr/bin/unshare', '--mount', '/bin/sh', '-c', script)
        told = [line for line in ended.stdout.splitlines() if line.isdecimal()]
        assert told == ['1', '1', '0'], ended
        # Checkouts and builds fill it side by side: whichever is the first to be out of space.
        assert ended.codes
        assert ended.codes <= codes
        assert sorted(yard.proxy.accepted()) == sorted(FILES)


# An index that misbehaves

_WHEEL = r'^POST .* ant-0.1.0-py3-none-any.whl'
_PAGE = r'^GET /simple/ant/'


@pytest.mark.parametrize(
    'faults',
    [
        pytest.param([Fault(_WHEEL, drop='answer')], id='a lost answer'),
        pytest.param([Fault(_WHEEL, status=500)], id='an error'),
        pytest.param([Fault(_WHEEL, times=2, status=503, retry_after='0')], id='a pause, twice'),
        pytest.param([Fault(_WHEEL, status=429, retry_after='1')], id='too many requests'),
        # Asked for the page three times before the first upload; then it lags behind.
        pytest.param([Fault(_PAGE, times=3), Fault(_PAGE, times=4, status=404)], id='a late page'),
        pytest.param([Fault(_PAGE, times=3), Fault(_PAGE, times=2, status=502)], id='a page that is down for a moment'),
        pytest.param([Fault('^GET ', times=2, delay=0.5)], id='a slow index'),
    ],
)
def test_a_passing_failure_of_the_index_passes(tmp_path: Path, faults: list[Fault]) -> None:
    """One run is enough, and every file is uploaded once."""
    with open_yard(tmp_path, *faults) as yard:
        ended = yard.run()
        assert ended.status == 0, ended
        assert all(fault in {exchange.fault for exchange in yard.proxy.exchanges} for fault in faults)
        yard.assert_published()


@pytest.mark.parametrize(
    ('fault', 'code'),
    [
        (Fault(_WHEEL, times=3, status=500), 'RK-REGISTRY-DOWN'),
        (Fault(_WHEEL, drop='request'), 'RK-REGISTRY-UNKNOWN'),
        (Fault(_WHEEL, status=403), 'RK-REGISTRY-REFUSED'),
    ],
)
def test_an_upload_that_fails_is_finished_by_the_next_run(tmp_path: Path, fault: Fault, code: str) -> None:
    """It is partly done, status 4; nothing that needs it was uploaded, and what nobody knows is not tried again."""
    with open_yard(tmp_path, fault) as yard:
        ended = yard.run()
        assert (ended.status, ended.codes) == (4, {code}), ended
        assert yard.proxy.accepted() == ['ant-0.1.0.tar.gz']
        tries = [exchange for exchange in yard.proxy.exchanges if exchange.fault is not None]
        assert len(tries) == fault.times
        assert 'failed' in yard.run('status').stdout
        yard.assert_finishes()


def test_a_refused_connection_is_tried_again_and_is_no_mystery(tmp_path: Path) -> None:
    """Nothing was sent, so nobody has to look: the run waits, gives up, and finishes when the index listens."""
    port = free_port()
    with open_yard(tmp_path, upload=f'http://127.0.0.1:{port}/') as yard:
        ended = yard.run()
        assert (ended.status, ended.codes) == (4, {'RK-REGISTRY-DOWN'}), ended
        tries = [event for event in yard.events() if event['key'].endswith('ant-0.1.0.tar.gz')]
        assert [event['event'] for event in tries] == ['intended'] * 3
        with start_pypiserver(tmp_path / 'index', port):
            assert yard.run().status == 0
        assert sorted(path.name for path in yard.packages.iterdir()) == sorted(FILES)
        yard.assert_tidy()


def test_an_index_that_is_down_stops_everything_at_the_start(tmp_path: Path) -> None:
    """Nothing is made, let alone pushed."""
    with open_yard(tmp_path, Fault('^GET ', times=None, status=503)) as yard:
        ended = yard.run()
        assert (ended.status, ended.codes) == (1, {'RK-REGISTRY-DOWN'})
        yard.assert_untouched()
        assert not [event for event in yard.events() if event['key'].startswith(('edit:', 'build:'))]


def test_an_index_that_goes_down_after_the_push_is_waited_for_by_the_next_run(yard: Yard) -> None:
    """Status 4, and nothing is lost."""
    assert yard.signalled('kill-after', '^done push').status == KILLED
    yard.server.stop()
    ended = yard.run()
    assert (ended.status, ended.codes) == (4, {'RK-REGISTRY-DOWN'}), ended
    port = int(yard.server.url.rpartition(':')[2].rstrip('/'))
    with start_pypiserver(yard.folder / 'index', port):
        yard.assert_finishes()


# Other bytes


def test_other_bytes_on_the_index_are_seen_before_the_push(yard: Yard) -> None:
    """Status 5, both digests in the message, and nothing is visible."""
    (yard.packages / FILES[1]).write_bytes(b'something else')
    ended = yard.run()
    assert (ended.status, ended.codes) == (5, {'RK-DRIFT-BYTES'})
    assert hashlib.sha256(b'something else').hexdigest() in ended.stderr
    yard.assert_untouched()


def test_other_bytes_after_the_push_are_never_taken_for_ours(yard: Yard) -> None:
    """Status 5, each time; nothing that needs the package is uploaded."""
    assert yard.signalled('kill-after', '^done push').status == KILLED
    (yard.packages / FILES[0]).write_bytes(b'something else')
    for _ in range(2):
        ended = yard.run()
        assert (ended.status, ended.codes) == (5, {'RK-DRIFT-BYTES'})
    assert set(yard.proxy.accepted()) <= {FILES[1]}


def test_a_build_that_is_not_reproducible_goes_on_elsewhere(tmp_path: Path) -> None:
    """A fresh clone builds other bytes of the same contents: what is there counts, and the rest is uploaded."""
    with open_yard(tmp_path, files=workspace(SETUPTOOLS)) as yard:
        assert yard.signalled('kill-after', '^done upload:local:py:ant@0.1.0/ant-0.1.0.tar.gz').status == KILLED
        # Archives hold times in whole seconds.
        time.sleep(1.1)
        clone = yard.repository.clone(tmp_path / 'clone')
        ended = yard.run(cwd=clone.root)
        assert ended.status == 0, ended
        built = [
            hashlib.sha256(path.read_bytes()).hexdigest()
            for root in (yard.repository.root, clone.root)
            for path in root.glob('.releasekit/runs/*/artifacts/py/ant/*.tar.gz')
        ]
        assert len(set(built)) == 2
        yard.assert_finishes()
