# SPDX-License-Identifier: Apache-2.0
"""What is seen while a plan is carried out: lines, a display on a real terminal, logs, and the question."""

from __future__ import annotations

import contextlib
import fcntl
import io
import json
import os
import pty
import re
import struct
import sys
import termios
import textwrap
from pathlib import Path
from typing import get_args

import pytest

from releasekit.core.actions import Action, Build, Push, Upload
from releasekit.core.plan import Base, BumpKind, Inputs, Plan, PlannedPackage
from releasekit.core.report import Result, ResultKind
from releasekit.errors import Code, ReleaseKitError, fail
from releasekit.tasks.flags import Flags
from releasekit.tasks.terminal import progress
from releasekit.tasks.terminal.console import Console
from releasekit.tasks.terminal.progress import Lines, Watch, line, watching
from releasekit.tasks.terminal.stream import Stream

UPLOAD = Upload(package='py:core', name='core', version='1.4.0', target='pypi', build='build:py:core@1.4.0')
BUILD = Build(package='py:core', name='core', version='1.4.0', workspace='py', path='core')
PUSH = Push(remote='origin', branch='main', tags=('core-v1.4.0',))
CORE = PlannedPackage(
    'py:core', 'core', 'py', 'python', 'core', None, None, '1.4.0', BumpKind.MINOR, 't', ('pypi',), ()
)
PLAN = Plan('0', 's', '2026-11-23', 1, Inputs(), Base('b' * 40, 'main'), (CORE,), (), actions=(BUILD, PUSH, UPLOAD))
FAILURE = fail(Code.BUILD_FAILED, 'The build failed.', 'Mend it.').problems[0]


def console() -> tuple[Console, io.StringIO, io.StringIO]:
    """A console without a terminal."""
    out, err = io.StringIO(), io.StringIO()
    return Console(Stream(out, str), Stream(err, str), io.StringIO(), {}), out, err


@pytest.mark.parametrize(
    ('action', 'result', 'expected'),
    [
        (UPLOAD, Result(UPLOAD.key, ResultKind.DONE), 'uploaded core 1.4.0 to pypi'),
        (UPLOAD, Result(UPLOAD.key, ResultKind.ALREADY), 'uploaded core 1.4.0 to pypi before'),
        (BUILD, Result(BUILD.key, ResultKind.FAILED, 'no backend'), 'failed: build core 1.4.0: no backend'),
        (PUSH, Result(PUSH.key, ResultKind.BLOCKED), 'blocked: push main and 1 tag to origin'),
    ],
)
def test_an_action_that_ended_is_a_line(action: Action, result: Result, expected: str) -> None:
    """In the past tense where it was done, with the reason where it was not."""
    assert expected == line(action, result)


def test_every_kind_of_action_has_a_past() -> None:
    """A new action needs its word here."""
    assert {kind.kind for kind in get_args(Action)} == set(progress._PAST)


def test_without_a_terminal_people_get_lines_and_machines_get_json() -> None:
    """Lines on standard output, one JSON object a line on standard error."""
    there, out, err = console()
    with watching(there, Flags(yes=True)) as watch:
        watch.started(BUILD)
        watch.finished(BUILD, Result(BUILD.key, ResultKind.FAILED, problem=FAILURE))
    assert out.getvalue() == 'failed: build core 1.4.0\n'
    _, started, failed, _ = [json.loads(text) for text in err.getvalue().splitlines()]
    assert (started['event'], started['key'], started['level']) == ('action.started', 'build:py:core@1.4.0', 'info')
    assert (failed['event'], failed['result'], failed['level']) == ('action.ended', 'failed', 'error')
    assert failed['code'] == 'RK-BUILD-FAILED'
    assert started['run'] == failed['run']


@pytest.mark.parametrize(
    ('flags', 'environment', 'events'),
    [
        (Flags(), {}, ['run.started', 'action.started', 'action.ended', 'run.ended']),
        (Flags(quiet=True), {}, []),
        (Flags(), {'RELEASEKIT_LOG': 'warning'}, []),
        (
            Flags(verbose=True),
            {'RELEASEKIT_LOG': 'warning'},
            ['run.started', 'action.started', 'action.ended', 'run.ended'],
        ),
    ],
)
def test_flag_then_variable_decide_what_is_logged(flags: Flags, environment: dict[str, str], events: list[str]) -> None:
    """`--quiet`, `--verbose` and `--debug` outrank RELEASEKIT_LOG."""
    err = io.StringIO()
    there = Console(Stream(io.StringIO(), str), Stream(err, str), io.StringIO(), environment)
    with watching(there, flags) as watch:
        watch.started(BUILD)
        watch.finished(BUILD, Result(BUILD.key, ResultKind.DONE))
    assert events == [json.loads(text)['event'] for text in err.getvalue().splitlines()]


def test_an_unknown_level_is_a_usage_error() -> None:
    """The hint lists the levels."""
    there = Console(Stream(io.StringIO(), str), Stream(io.StringIO(), str), io.StringIO(), {'RELEASEKIT_LOG': 'loud'})
    with pytest.raises(ReleaseKitError) as caught, watching(there, Flags()):
        pass
    assert caught.value.code == Code.USAGE


def test_a_plan_that_will_ask_is_refused_at_once_where_nobody_can_answer() -> None:
    """Not after checks and builds of many minutes."""
    there, _, _ = console()
    with pytest.raises(ReleaseKitError) as caught:
        Watch(there, Lines(there), yes=False).planned(PLAN)
    assert caught.value.code == Code.CONFIRM


def test_yes_answers_the_question_and_the_plan_is_shown_once() -> None:
    """The table stands before the first action, and not again before the question."""
    there, out, _ = console()
    watch = Watch(there, Lines(there), yes=True)
    watch.planned(PLAN)
    assert watch.confirm(PLAN, PUSH)
    assert out.getvalue().count('1 package to release') == 1


class Terminal:
    """A child that has a terminal of a given size; `answer` is typed when it asks."""

    def __init__(self, code: str, columns: int, rows: int, environment: dict[str, str] | None = None) -> None:
        """Run Python code."""
        self.pid, self._descriptor = pty.fork()
        if self.pid == 0:
            # pytest's workers say how large the terminal is that they do not have.
            kept = {name: value for name, value in os.environ.items() if name not in {'COLUMNS', 'LINES'}}
            variables = {**kept, 'TERM': 'xterm-256color', **(environment or {})}
            os.execve(sys.executable, [sys.executable, '-c', textwrap.dedent(code)], variables)  # noqa: S606
        fcntl.ioctl(self._descriptor, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))

    def finish(self, answer: str = '') -> tuple[str, int]:
        """What it wrote, and its exit status."""
        shown = b''
        with contextlib.suppress(OSError):
            while block := os.read(self._descriptor, 65536):
                shown += block
                if answer and b'[y/N]' in shown:
                    os.write(self._descriptor, answer.encode())
                    answer = ''
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self._descriptor)
        return shown.decode(), status


_DISPLAY = """
    import os, sys, time
    sys.path.insert(0, {folder!r})
    from rk_progress_test import BUILD, PLAN, PUSH, Result, ResultKind, FAILURE, Build
    from releasekit.tasks.terminal import console
    from releasekit.tasks.flags import Flags
    from releasekit.tasks.terminal.progress import watching

    while os.get_terminal_size(2).columns != {columns}:
        time.sleep(0.01)
    there = console.real()
    many = [Build(package=f'py:p{{n}}', name=f'p{{n}}', version='1', workspace='py', path='p') for n in range({count})]
    with watching(there, Flags(yes={yes})) as watch:
        watch.planned(PLAN)
        for action in many:
            watch.started(action)
        time.sleep(0.5)
        watch.finished(many[0], Result(many[0].key, ResultKind.FAILED, 'no backend', FAILURE))
        for action in many[1:]:
            watch.finished(action, Result(action.key, ResultKind.DONE))
        sys.exit(0 if watch.confirm(PLAN, PUSH) else 3)
"""


def _display(columns: int, rows: int, count: int, *, yes: bool, environment: dict[str, str] | None = None) -> Terminal:
    code = _DISPLAY.format(folder=str(Path(__file__).parent), columns=columns, count=count, yes=yes)
    return Terminal(code, columns, rows, environment)


@pytest.mark.parametrize(('columns', 'rows', 'left'), [(100, 24, None), (40, 12, 'and 32 more')])
def test_a_terminal_shows_what_is_running_as_far_as_it_fits(columns: int, rows: int, left: str | None) -> None:
    """A bar, a line for each running action, and how many more there are; a failure stays."""
    shown, status = _display(columns, rows, 5 if left is None else 40, yes=True).finish()
    assert status == 0
    assert '0/3' in shown
    assert 'build p1 1' in shown
    assert (left is None) == ('more' not in shown)
    assert left is None or left in shown
    assert 'failed: build p0 1: no backend' in shown
    assert '"event"' not in shown


def test_no_color_holds_for_the_display_too() -> None:
    """Positions are set, colours are not."""
    shown, _ = _display(80, 24, 2, yes=True, environment={'NO_COLOR': '1'}).finish()
    assert 'build p1 1' in shown
    assert not re.search(r'\x1b\[[0-9;]*3[0-9]m', shown)


@pytest.mark.parametrize(('answer', 'expected'), [('y\n', 0), ('yes\n', 0), ('n\n', 3), ('\n', 3)])
def test_only_yes_is_a_yes(answer: str, expected: int) -> None:
    """The question comes after the display was taken off, and no answer is a no."""
    shown, status = _display(80, 24, 2, yes=False).finish(answer)
    assert expected == status
    assert 'Release 1 package: push main and 1 tag to origin, then upload? [y/N] ' in shown
