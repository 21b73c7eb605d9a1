# SPDX-License-Identifier: Apache-2.0
"""The port `Observer`: whoever watches hears of every end, in any order; the fake, plain lines, a display and the log.

A run tells of ends without a beginning (done before, blocked, declined) and of many actions at a time.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
from collections.abc import Callable, Generator
from typing import get_args

import pytest

from releasekit.core.actions import (
    Action,
    Build,
    Commit,
    CreateTag,
    EditFile,
    FastForward,
    Probe,
    Push,
    RunCommand,
    SmokeTest,
    Upload,
    Verify,
    WriteManifest,
)
from releasekit.core.report import Observer, Result, ResultKind
from releasekit.errors import Code, fail
from releasekit.tasks.flags import Flags
from releasekit.tasks.terminal.console import Console
from releasekit.tasks.terminal.display import Live
from releasekit.tasks.terminal.progress import Lines, Watch, line, watching
from releasekit.tasks.terminal.stream import Stream
from releasekit.testing.observers import Recorder

FAILURE = fail(Code.BUILD_FAILED, 'The build failed.', 'Mend it.').problems[0]
CORE, BUILT = 'py:core', 'build:py:core@1.4.0'
ACTIONS: tuple[Action, ...] = (
    Probe(what='branch'),
    RunCommand(purpose='check', id='tests', argv=('pytest',)),
    EditFile(path='a.txt', before='', after='', diff='', why='the version'),
    WriteManifest(path='release-manifest.json'),
    Commit(message='chore(release): core 1.4.0', paths=('a.txt',)),
    CreateTag(tag='core-v1.4.0', message='core 1.4.0'),
    Build(package=CORE, name='core', version='1.4.0', workspace='py', path='core'),
    SmokeTest(package=CORE, name='core', version='1.4.0', workspace='py'),
    Push(remote='origin', branch='main', tags=('core-v1.4.0',)),
    FastForward(branch='main'),
    Upload(package=CORE, name='core', version='1.4.0', target='pypi', build=BUILT),
    Verify(package=CORE, name='core', version='1.4.0', target='pypi', build=BUILT),
)
NEVER_BEGUN = (ResultKind.ALREADY, ResultKind.BLOCKED, ResultKind.CANCELLED)


@dataclasses.dataclass(frozen=True)
class Watched:
    """An observer, and how what it told reads: whether the end of an action is in it."""

    observer: Observer
    tells: Callable[[Action, Result], bool]


class Terminal(io.StringIO):
    """A stream that says that a person looks at it."""

    def isatty(self) -> bool:
        return True


@contextlib.contextmanager
def recorded() -> Generator[Watched, None, None]:
    fake = Recorder()
    yield Watched(fake, lambda action, result: fake.ended.get(action.key) == result)


@contextlib.contextmanager
def printed() -> Generator[Watched, None, None]:
    out = io.StringIO()
    lines = Lines(Console(Stream(out, str), Stream(io.StringIO(), str), io.StringIO(), {}))
    yield Watched(lines, lambda action, result: line(action, result) in out.getvalue().splitlines())


@contextlib.contextmanager
def logged() -> Generator[Watched, None, None]:
    err = io.StringIO()
    console = Console(Stream(io.StringIO(), str), Stream(err, str), io.StringIO(), {}, quiet=True)
    with watching(console, Flags(yes=True)) as watch:

        def tells(action: Action, result: Result) -> bool:
            said = [json.loads(text) for text in err.getvalue().splitlines()]
            ends = [told for told in said if told['event'] == 'action.ended']
            return any((told['key'], told['result']) == (action.key, result.kind) for told in ends)

        yield Watched(watch, tells)


@contextlib.contextmanager
def drawn() -> Generator[Watched, None, None]:
    """A display keeps on the terminal what went wrong; the rest was a bar."""
    err = Terminal()
    display = Live(Stream(err, str), {'TERM': 'dumb'})
    console = Console(Stream(io.StringIO(), str), Stream(err, str), io.StringIO(), {}, quiet=True)
    stays = {ResultKind.FAILED, ResultKind.UNKNOWN, ResultKind.WARNED}
    yield Watched(
        Watch(console, display, yes=True),
        lambda action, result: result.kind not in stays or f'{result.kind}: {action}' in _plain(err.getvalue()),
    )
    display.stop()


def _plain(text: str) -> str:
    """Without the line ends that a narrow terminal puts in."""
    return ' '.join(text.split())


@pytest.fixture(params=[recorded, printed, logged, drawn])
def watched(request: pytest.FixtureRequest) -> Generator[Watched, None, None]:
    with request.param() as made:
        yield made


def ended(action: Action, kind: ResultKind) -> Result:
    wrong = kind in {ResultKind.FAILED, ResultKind.UNKNOWN, ResultKind.WARNED}
    return Result(action.key, kind, 'said so', FAILURE if wrong else None)


def test_every_kind_of_action_is_among_them() -> None:
    """A new action has to be told too."""
    assert {type(action) for action in ACTIONS} == set(get_args(Action))


@pytest.mark.parametrize('kind', ResultKind)
def test_every_end_of_every_action_is_told(watched: Watched, kind: ResultKind) -> None:
    """Whatever the action, and however it ended."""
    for action in ACTIONS:
        watched.observer.started(action)
        watched.observer.finished(action, ended(action, kind))
    assert [action.key for action in ACTIONS if not watched.tells(action, ended(action, kind))] == []


@pytest.mark.parametrize('kind', NEVER_BEGUN)
def test_an_action_can_end_that_never_began(watched: Watched, kind: ResultKind) -> None:
    """It was done before, something that it needs failed, or somebody said no."""
    for action in ACTIONS:
        watched.observer.finished(action, ended(action, kind))
    assert all(watched.tells(action, ended(action, kind)) for action in ACTIONS)


def test_actions_end_in_another_order_than_they_began(watched: Watched) -> None:
    """Many run at a time."""
    for action in ACTIONS:
        watched.observer.started(action)
    for action in reversed(ACTIONS):
        watched.observer.finished(action, ended(action, ResultKind.FAILED))
    assert all(watched.tells(action, ended(action, ResultKind.FAILED)) for action in ACTIONS)


def test_an_action_can_begin_again(watched: Watched) -> None:
    """A run that is gone on with in the same process tells of it again; the last word counts."""
    action = ACTIONS[6]
    for kind in (ResultKind.FAILED, ResultKind.DONE):
        watched.observer.started(action)
        watched.observer.finished(action, ended(action, kind))
    assert watched.tells(action, ended(action, ResultKind.DONE))
