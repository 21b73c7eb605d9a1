# SPDX-License-Identifier: Apache-2.0
"""Structured logs to one stream, human on a terminal and JSON elsewhere; nothing secret leaves through them.

Before `configure` nothing is logged, as befits a library, and structlog is not even imported.
docs/reference/events.md lists every event.
"""

from __future__ import annotations

import dataclasses
import re
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TextIO

from releasekit import lazy
from releasekit.redact import (
    MASK,
    Redactor,
    add_secrets,
    credentials_in,
    forgetting,
    has_userinfo,
    is_credential,
    looks_secret,
)

if TYPE_CHECKING:
    import structlog
else:
    structlog = lazy.module('structlog')

__all__ = [
    'MASK',
    'RUN_ID',
    'Level',
    'Logger',
    'Redactor',
    'add_secrets',
    'begun',
    'colored',
    'configure',
    'credentials_in',
    'forgetting',
    'get',
    'has_userinfo',
    'is_credential',
    'learn',
    'looks_secret',
    'mask',
    'mask_bytes',
]

Level = Literal['debug', 'info', 'warning', 'error']

# The variable that hands the id of a run to the children of the run, and takes one from a pipeline's.
RUN_ID = 'RELEASEKIT_RUN_ID'

_LEVELS: Mapping[Level, int] = {'debug': 10, 'info': 20, 'warning': 30, 'error': 40}
_ID = re.compile(r'[A-Za-z0-9][A-Za-z0-9._-]{0,63}')


@dataclasses.dataclass(slots=True)
class _State:
    redactor: Redactor
    active: bool = False


_state = _State(Redactor({}))


def mask(text: str) -> str:
    """The text with everything secret masked; token shapes always, the environment's values after `configure`."""
    return _state.redactor.mask(text)


def mask_bytes(data: bytes) -> bytes:
    """Output of a program with everything secret masked; bytes that are no UTF-8 stay as they are."""
    return mask(data.decode('utf-8', 'surrogateescape')).encode('utf-8', 'surrogateescape')


def begun(data: bytes) -> int:
    """How many of the last bytes could be the beginning of a secret that is known."""
    text = data.decode('utf-8', 'surrogateescape')
    return len(text[len(text) - _state.redactor.begun(text) :].encode('utf-8', 'surrogateescape'))


def learn(environment: Mapping[str, str]) -> Redactor:
    """Mask what an environment holds from now on, in all that is written."""
    _state.redactor = Redactor(environment)
    return _state.redactor


def colored(environment: Mapping[str, str], *, terminal: bool) -> bool:
    """Whether colours are wanted: on a terminal that has them, or where they are forced, unless they are refused.

    https://no-color.org, https://force-color.org and https://bixense.com/clicolors have the variables.
    """
    if environment.get('NO_COLOR'):
        return False
    forced = environment.get('FORCE_COLOR') or environment.get('CLICOLOR_FORCE')
    return forced not in {None, '', '0'} or (terminal and environment.get('TERM', 'dumb') != 'dumb')


def configure(
    environment: Mapping[str, str], stream: TextIO, *, level: Level = 'warning', json: bool | None = None
) -> str:
    """Log to a stream from now on, and return the id of this run that every line carries.

    `json` None means JSON where the stream is no terminal. The id is RELEASEKIT_RUN_ID's where that names one, so
    that a run within a run has the same. The environment's secrets are masked from here on.
    """
    human = stream.isatty() if json is None else not json
    learn(environment)
    colors = human and colored(environment, terminal=stream.isatty())
    renderer = (
        structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback)
        if human
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt='iso', utc=True, key='time'),
            structlog.processors.format_exc_info,
            _state.redactor,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=False,
    )
    given = environment.get(RUN_ID, '')
    run = given if _ID.fullmatch(given) else uuid.uuid4().hex[:12]
    structlog.contextvars.bind_contextvars(run=run)
    _state.active = True
    return run


@dataclasses.dataclass(frozen=True, slots=True)
class Logger:
    """Logs facts under a name: an event called `component.past_fact`, and fields."""

    name: str

    def debug(self, event: str, **fields: object) -> None:
        """Log what only a developer asks for."""
        self._log('debug', event, fields)

    def info(self, event: str, **fields: object) -> None:
        """Log that something happened."""
        self._log('info', event, fields)

    def warning(self, event: str, **fields: object) -> None:
        """Log that something is not as it should be."""
        self._log('warning', event, fields)

    def error(self, event: str, **fields: object) -> None:
        """Log that something failed; `exc_info=error` adds the traceback."""
        self._log('error', event, fields)

    def _log(self, level: Level, event: str, fields: Mapping[str, Any]) -> None:
        if _state.active:
            getattr(structlog.get_logger(), level)(event, **{'logger': self.name, **fields})


def get(name: str) -> Logger:
    """The logger of a module, usually for its `__name__`."""
    return Logger(name)
