# SPDX-License-Identifier: Apache-2.0
"""Every exit status, of the real program, through pipes and on a real terminal: one and the same."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Generator, Mapping
from pathlib import Path

import pytest

import releasekit
from releasekit.run.lock import hold
from releasekit.testing.faults import Fault
from releasekit.testing.stage import program
from releasekit.testing.terminal import INTERRUPT, on_terminal
from releasekit.testing.workspace import Sandbox, isolated, make_repository
from releasekit.testing.yard import open_yard

SPEC = """\
version: 1
project: {branch: main}
workspaces:
  py: {ecosystem: python, targets: []}
checks:
  - {name: strict, run: ["false"]}
tasks:
  sad: {steps: [{run: ["false"]}]}
  ask: {steps: [{run: [sh, -c, "printf 'name?'; read name; echo hello-$name"]}]}
  slow: {steps: [{run: [sh, -c, "echo begun >&2; exec sleep 60"]}]}
"""


@dataclasses.dataclass
class Place:
    """Where a command runs."""

    root: Path
    environment: dict[str, str]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A repository with a package, a check that fails, and tasks."""
    files = {'release.yaml': SPEC, 'pyproject.toml': '[project]\nname = "solo"\nversion = "0.1.0"\n'}
    make_repository(tmp_path / 'work', files, 'feat: begin')
    return Place(tmp_path / 'work', {**isolated(os.environ), 'XDG_CACHE_HOME': str(tmp_path / 'cache')})


def piped(place: Place, argv: tuple[str, ...], **_: object) -> tuple[str, int]:
    """Run the program with pipes."""
    done = subprocess.run(
        [program(), *argv],
        cwd=place.root,
        env=place.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr, 128 - done.returncode if done.returncode < 0 else done.returncode


def on_screen(place: Place, argv: tuple[str, ...], typed: tuple[str, str] = ('', '')) -> tuple[str, int]:
    """Run the program on a terminal."""
    return on_terminal([program(), *argv], place.root, place.environment, typed=typed)


WAYS = pytest.mark.parametrize('way', [piped, on_screen], ids=['pipe', 'terminal'])


@contextlib.contextmanager
def _locked(place: Place) -> Generator[None]:
    with hold(place.root / '.git' / 'releasekit' / 'lock', 'another release'):
        yield


@contextlib.contextmanager
def _other_plan(place: Place) -> Generator[None]:
    """A plan that was made in a clone, for a commit that is only there."""
    clone = Sandbox(place.root).clone(place.root.parent / 'clone', str(place.root))
    clone.commit('fix: elsewhere', {'more.txt': 'more'})
    made = piped(dataclasses.replace(place, root=clone.root), ('plan', '--format', 'json', '--quiet'))
    (place.root.parent / 'plan.json').write_text(made[0])
    yield


@contextlib.contextmanager
def _torn(place: Place) -> Generator[None]:
    """An installation of which one file was cut off, as by a full disk."""
    site = place.root.parent / 'site'
    shutil.copytree(Path(releasekit.__file__).parent, site / 'releasekit', ignore=shutil.ignore_patterns('__pycache__'))
    shutil.copytree(Path(__file__).parents[2] / 'schema', site / 'releasekit' / 'schema')
    file = site / 'releasekit' / 'tasks' / 'bodies' / 'look.py'
    file.write_text(file.read_text()[:-40] + '(')
    place.environment['PYTHONPATH'] = str(site)
    # A file that is no Python is nothing that a report of coverage could read.
    for name in [name for name in place.environment if name.startswith('COVERAGE_')]:
        del place.environment[name]
    yield


@contextlib.contextmanager
def _nothing(_: Place) -> Generator[None]:
    yield


@WAYS
@pytest.mark.parametrize(
    ('argv', 'before', 'status', 'says'),
    [
        (('plan',), _nothing, 0, 'solo'),
        (('--version',), _nothing, 0, 'releasekit'),
        (('sad',), _nothing, 1, 'RK-COMMAND-FAILED'),
        (('plam',), _nothing, 2, 'Did you mean `plan`?'),
        (('plan', '--nonsense'), _nothing, 2, 'is no flag of plan'),
        (('why', 'nobody'), _nothing, 2, 'RK-PACKAGE-UNKNOWN'),
        (('plan', '--spec', 'missing.yaml'), _nothing, 2, 'RK-SPEC-MISSING'),
        (('check',), _nothing, 3, 'RK-CHECK-FAILED'),
        (('apply', '../plan.json', '--yes'), _other_plan, 5, 'RK-DRIFT-PLAN'),
        (('build',), _locked, 6, 'RK-LOCKED'),
        (('plan',), _torn, 70, 'RK-BUG'),
    ],
    ids=lambda value: ' '.join(value) if isinstance(value, tuple) else None,
)
def test_a_status_says_how_it_ended(
    place: Place,
    way: Callable[[Place, tuple[str, ...]], tuple[str, int]],
    argv: tuple[str, ...],
    before: Callable[[Place], contextlib.AbstractContextManager[None]],
    status: int,
    says: str,
) -> None:
    """As the table of the README has it; never with a traceback."""
    with before(place):
        shown, ended = way(place, argv)
    assert ended == status, shown
    assert says in shown
    assert 'Traceback' not in shown


@WAYS
@pytest.mark.slow
def test_what_is_partly_done_is_4(tmp_path: Path, way: Callable[[Place, tuple[str, ...]], tuple[str, int]]) -> None:
    """It is pushed, and the index takes nothing."""
    with open_yard(tmp_path, Fault('^POST', times=None, status=503)) as yard:
        shown, ended = way(Place(yard.repository.root, dict(yard.environment)), ('release', '--yes'))
    assert ended == 4, shown
    assert 'run the same command again' in shown


@pytest.mark.parametrize(('number', 'status'), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_is_seen_by_who_waits(place: Place, number: signal.Signals, status: int) -> None:
    """Not an exit status of our own, but the signal itself: a script that waits is ended by it too."""
    process = subprocess.Popen(
        [program(), 'slow'],
        cwd=place.root,
        env=place.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    while b'begun' not in process.stderr.readline():
        pass
    process.send_signal(number)
    _, error = process.communicate()
    assert process.returncode in {-number, status}
    assert b'Traceback' not in error


def test_a_task_on_a_terminal_can_ask(place: Place) -> None:
    """Its command has the keyboard too; without a terminal there is nobody, and it reads nothing."""
    shown, status = on_screen(place, ('ask',), typed=('name?', 'ann\n'))
    assert (status, 'hello-ann' in shown) == (0, True)
    said, status = piped(place, ('ask',))
    assert 'hello-\n' in said


def test_ctrl_c_on_a_terminal_is_130(place: Place) -> None:
    """While a task is at work."""
    shown, status = on_screen(place, ('slow',), typed=('begun', INTERRUPT))
    assert status == 130
    assert 'Traceback' not in shown
    assert _plain(shown).count('cancelled: ') == 1


SIZES = (20, 32, 40, 60, 80)


@pytest.mark.parametrize('columns', SIZES)
@pytest.mark.parametrize('task', ['discover', 'plan', 'version', 'check'])
def test_no_line_of_a_table_is_wider_than_the_terminal(place: Place, task: str, columns: int) -> None:
    """And a name of a package is not broken where there is room for it."""
    shown, _ = on_terminal([program(), task], place.root, place.environment, (columns, 30))
    lines = [line for line in _plain(shown).splitlines() if not line.startswith((' ', 'error', 'warning'))]
    assert 'solo' in shown or task == 'check'
    assert max((len(line.rstrip()) for line in lines), default=0) <= columns


@pytest.mark.parametrize(
    ('more', 'colours'),
    [
        ({}, True),
        ({'NO_COLOR': '1'}, False),
        ({'TERM': 'dumb'}, False),
        ({'TERM': 'dumb', 'FORCE_COLOR': '1'}, True),
        ({'NO_COLOR': '1', 'FORCE_COLOR': '1'}, False),
    ],
    ids=str,
)
def test_a_terminal_has_colours_unless_they_are_refused(
    place: Place, more: Mapping[str, str], *, colours: bool
) -> None:
    """https://no-color.org outranks https://force-color.org; a dumb terminal gets no control sequence at all."""
    kept = {name: value for name, value in place.environment.items() if name not in {'NO_COLOR', 'FORCE_COLOR'}}
    shown, _ = on_terminal([program(), 'plan', '--nonsense'], place.root, {**kept, **more})
    assert ('\x1b[1;31m' in shown) is colours
    if more == {'TERM': 'dumb'}:
        assert '\x1b' not in shown


@pytest.mark.parametrize(
    ('flag', 'there', 'absent'),
    [
        ((), 'Done: 1 of 1 action.', '"event"'),
        (('--quiet',), 'Done: 1 of 1 action.', 'run.started'),
        (('--verbose',), 'run.started', 'command.ended'),
        (('--debug',), 'command.ended', 'Traceback'),
    ],
    ids=str,
)
def test_how_much_is_said_on_a_terminal(place: Place, flag: tuple[str, ...], there: str, absent: str) -> None:
    """From nothing but the result to every program that was run."""
    spec = (place.root / 'release.yaml').read_text().replace('run: ["false"]}]}', 'run: ["true"]}]}')
    (place.root / 'release.yaml').write_text(spec)
    shown, status = on_screen(place, ('sad', *flag))
    assert status == 0, shown
    assert there in _plain(shown)
    assert absent not in _plain(shown)


def _plain(text: str) -> str:
    return re.sub(r'\x1b\[[0-9;?]*[A-Za-z]', '', text).replace('\r', '')


def test_json_is_the_same_on_a_terminal_as_in_a_pipe(place: Place) -> None:
    """But for being written over many lines, which people read."""
    shown, _ = on_screen(place, ('version', '--format', 'json'))
    assert json.loads(shown) == json.loads(piped(place, ('version', '--format', 'json'))[0])
    assert shown.count('\n') > 3
