# SPDX-License-Identifier: Apache-2.0
"""What is recorded of a run beside what is shown: its log, and spans where OpenTelemetry's variables ask for them.

The log goes to standard error. RELEASEKIT_LOG names its level, RELEASEKIT_LOG_FORMAT its form, `human` or `json`.
"""

from __future__ import annotations

import contextlib
import io
from collections import Counter
from collections.abc import Callable, Generator
from typing import cast, get_args

from releasekit import log, telling
from releasekit.backends import spans
from releasekit.core.actions import Action, RunCommand
from releasekit.core.plan import Plan
from releasekit.core.report import Result, ResultKind
from releasekit.errors import Code, ReleaseKitError, fail
from releasekit.tasks.flags import Flags
from releasekit.tasks.terminal.console import Console

_LOG = log.get(__name__)

_FORMATS = {'': None, 'human': False, 'json': True}


class Record:
    """Told of every action; writes the log, and the spans if there are any."""

    def __init__(self, console: Console, traced: spans.Spans | None = None) -> None:
        """Record a run that is shown on a console."""
        # What went wrong is at the level of all other ends on a terminal: there the display says it.
        self._calm = console.err.isatty()
        self._spans = traced
        self._counts: Counter[str] = Counter()
        self._plan = ''
        self._error: tuple[str, str] | None = None

    def planned(self, plan: Plan) -> None:
        """A plan is about to be carried out."""
        self._plan = plan.id
        _LOG.info('plan.made', plan=plan.id, packages=[f'{p.id}@{p.next}' for p in plan.packages])

    def started(self, action: Action) -> None:
        """An action begins."""
        _LOG.info('action.started', key=action.key, kind=action.kind, package=action.package)
        if self._spans is not None:
            facts = {
                'releasekit.action.key': action.key,
                'releasekit.action.kind': action.kind,
                'releasekit.package': action.package or '',
                'releasekit.version': str(getattr(action, 'version', '')),
            }
            self._spans.start(action.key, action.purpose if isinstance(action, RunCommand) else action.kind, facts)

    def finished(self, action: Action, result: Result) -> None:
        """An action ended."""
        self._counts[result.kind] += 1
        problem = result.problem
        error = None if problem is None else (problem.code.value, problem.message)
        told = {'package': action.package, 'detail': result.detail}
        if error is not None:
            told |= {'code': error[0], 'message': error[1]}
        fields = {name: value for name, value in told.items() if value}
        if self._calm or result.kind not in {ResultKind.FAILED, ResultKind.UNKNOWN, ResultKind.WARNED}:
            _LOG.info('action.ended', key=action.key, kind=action.kind, result=result.kind.value, **fields)
        elif result.kind is ResultKind.WARNED:
            _LOG.warning('action.ended', key=action.key, kind=action.kind, result=result.kind.value, **fields)
        else:
            _LOG.error('action.ended', key=action.key, kind=action.kind, result=result.kind.value, **fields)
        bad = error if result.kind in {ResultKind.FAILED, ResultKind.UNKNOWN} else None
        self._error = self._error or bad
        if self._spans is not None:
            self._spans.end(action.key, {'releasekit.result': result.kind.value}, bad)

    def stopped(self, error: ReleaseKitError) -> None:
        """Something else than an action ended the run."""
        self._error = (error.code.value, error.problems[0].message)
        _LOG.error('run.stopped', code=error.code.value, message=error.problems[0].message)

    def ended(self) -> None:
        """The run is over."""
        _LOG.info('run.ended', plan=self._plan, results=dict(self._counts))
        if self._spans is not None:
            self._spans.close({'releasekit.plan': self._plan}, self._error)


@contextlib.contextmanager
def recording(console: Console, flags: Flags, write: Callable[[str], None]) -> Generator[Record]:
    """Record what is done inside; `write` takes the lines of the log.

    Raises:
        ReleaseKitError: `RK-USAGE` where a variable asks for a level or a form that there is not.
    """
    run = start_log(console, flags, write)
    with telling.telling({log.RUN_ID: run}):
        facts = {'releasekit.run': run}
        asked = spans.asked(console.environment)
        record = Record(console, spans.begin(console.environment, 'releasekit run', facts) if asked else None)
        _LOG.info('run.started', traced=asked)
        try:
            yield record
        except ReleaseKitError as error:
            record.stopped(error)
            raise
        finally:
            record.ended()


def start_log(console: Console, flags: Flags, write: Callable[[str], None]) -> str:
    """Log to standard error from now on, and return the id of the run."""
    terminal = console.err.isatty()
    json = _form(console)
    human = terminal if json is None else not json
    level = _level(console, flags, 'warning' if terminal and human else 'info')
    return log.configure(console.environment, _LogStream(terminal, write), level=level, json=json)


def _form(console: Console) -> bool | None:
    named = console.environment.get('RELEASEKIT_LOG_FORMAT', '')
    if named not in _FORMATS:
        hint = f'Set RELEASEKIT_LOG_FORMAT to one of {", ".join(filter(None, _FORMATS))}.'
        raise fail(Code.USAGE, f'RELEASEKIT_LOG_FORMAT is `{named}`, which is no form of the log.', hint)
    return _FORMATS[named]


def _level(console: Console, flags: Flags, default: log.Level) -> log.Level:
    if flags.debug or flags.verbose or flags.quiet:
        return 'debug' if flags.debug else 'info' if flags.verbose else 'error'
    named = console.environment.get('RELEASEKIT_LOG') or default
    if named not in get_args(log.Level):
        hint = f'Set RELEASEKIT_LOG to one of {", ".join(get_args(log.Level))}.'
        raise fail(Code.USAGE, f'RELEASEKIT_LOG is `{named}`, which is no level.', hint)
    return cast('log.Level', named)


class _LogStream(io.StringIO):
    """Where log lines are written: above the display, if there is one."""

    def __init__(self, terminal: bool, write: Callable[[str], None]) -> None:
        super().__init__()
        self._terminal = terminal
        self._write = write

    def isatty(self) -> bool:
        return self._terminal

    def write(self, text: str, /) -> int:
        self._write(text)
        return len(text)
