# SPDX-License-Identifier: Apache-2.0
"""What makes a function a task: its flags, a session for its body, and the boundary around both."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from invoke.context import Context
from invoke.exceptions import Exit as TaskExit
from invoke.parser.argument import Argument
from invoke.tasks import Task

from releasekit import lazy
from releasekit.errors import Exit, Problem, ReleaseKitError, Severity
from releasekit.tasks import flags as flag_table
from releasekit.tasks.boundary import boundary
from releasekit.tasks.flags import Flags
from releasekit.tasks.table import Entry

if TYPE_CHECKING:
    from releasekit.tasks.terminal import console as consoles
    from releasekit.tasks.terminal.console import Console
else:
    consoles = lazy.module('releasekit.tasks.terminal.console')


@dataclasses.dataclass(frozen=True, slots=True)
class Session:
    """One call of a task: what was asked for, what follows `--`, and where to print."""

    flags: Flags
    posargs: tuple[str, ...]
    console: Console


Body = Callable[..., Exit | None]


class _Argument(Argument):
    """A flag that is quick to copy: Invoke copies those of all tasks each time it parses a command line."""

    @classmethod
    def of(cls, argument: Argument) -> _Argument:
        """The same as another one, with nothing shared that parsing changes."""
        made = cls.__new__(cls)
        given = vars(argument).items()
        made.__dict__.update((name, list(value) if isinstance(value, list) else value) for name, value in given)
        return made

    def __deepcopy__(self, memo: object) -> _Argument:
        return self.of(self)


class _Task(Task[Any]):
    """A task whose flags stand in a table rather than in the signature of its function."""

    def __init__(self, body: Callable[..., None], signature: inspect.Signature, **more: Any) -> None:  # noqa: ANN401
        self._signature = signature
        super().__init__(body, auto_shortflags=False, **more)

    def __deepcopy__(self, memo: object) -> Task[Any]:
        # Nothing in a task is changed once it is made, and Invoke copies collections whole.
        return copy.copy(self)

    def argspec(self, body: Callable[..., None]) -> inspect.Signature:
        return self._signature

    def get_arguments(self, ignore_unknown_help: bool | None = None) -> list[Argument]:
        found: list[Argument] = [_Argument.of(each) for each in super().get_arguments(ignore_unknown_help)]
        for argument in found:
            # Else Invoke takes a flag that can be repeated and has no value, as in `--only --yes`, for one not given.
            argument.raw_value = None
        return found


def make(entry: Entry, body: Body | None = None) -> Task[Any]:
    """The task of an entry; its body, where none is given, is imported when it is called."""

    def run(context: Context, **values: Any) -> None:  # noqa: ANN401 - as Invoke parsed them
        given = [values.pop(argument) for argument in entry.arguments]
        _run(entry, body or _imported(entry), context, given, values)

    run.__doc__ = f'{entry.text}\n\nFor example:\n  releasekit {entry.example}'
    return _Task(
        run,
        flag_table.signature(entry.flags, entry.arguments),
        name=entry.name,
        help=flag_table.helps(entry.flags, entry.formats),
        iterable=flag_table.repeated(entry.flags),
    )


def _imported(entry: Entry) -> Body:
    return getattr(lazy.module(f'releasekit.tasks.bodies.{entry.module}'), entry.name.replace('-', '_'))


def _run(entry: Entry, body: Body, context: Context, arguments: Sequence[str], values: dict[str, Any]) -> None:
    debug = bool(values.get('debug'))
    with boundary(lambda: consoles.real(format_=values.get('format') or ''), debug=debug):
        flags = flag_table.read(values, entry.formats, os.environ, dry=bool(context.config.run.dry))
    console = consoles.real(format_=flags.format, quiet=flags.quiet)
    with boundary(lambda: console, debug=flags.debug):
        status = body(Session(flags, posargs(context.remainder, sys.argv), console), *arguments)
        if not status:
            console.finish()
    if status:
        raise TaskExit(code=status)


def posargs(remainder: str, argv: Sequence[str]) -> tuple[str, ...]:
    """The arguments after `--`; Invoke joins them with spaces, so they are taken from `argv` where that is theirs."""
    after = tuple(argv[argv.index('--') + 1 :]) if '--' in argv else ()
    return after if ' '.join(after) == remainder else tuple(shlex.split(remainder))


def warn(session: Session, problems: Sequence[Problem]) -> None:
    """Print warnings; under `--strict` they are errors.

    Raises:
        ReleaseKitError: With all of them, under `--strict`.
    """
    if problems and session.flags.strict:
        raise ReleaseKitError(*(dataclasses.replace(problem, severity=Severity.ERROR) for problem in problems))
    session.console.note(problems)
