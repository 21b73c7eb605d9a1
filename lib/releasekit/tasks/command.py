# SPDX-License-Identifier: Apache-2.0
"""What makes a function a task: its flags, a session for its body, and the boundary around both."""

from __future__ import annotations

import dataclasses
import inspect
import shlex
import sys
from collections.abc import Callable, Sequence
from typing import Any

from invoke.context import Context
from invoke.exceptions import Exit as TaskExit
from invoke.parser.argument import Argument
from invoke.tasks import Task

from releasekit.errors import Exit, Problem, ReleaseKitError, Severity
from releasekit.tasks import console as consoles
from releasekit.tasks import flags as flag_table
from releasekit.tasks.boundary import boundary
from releasekit.tasks.console import Console
from releasekit.tasks.flags import Flags


@dataclasses.dataclass(frozen=True, slots=True)
class Session:
    """One call of a task: what was asked for, what follows `--`, and where to print."""

    flags: Flags
    posargs: tuple[str, ...]
    console: Console


Body = Callable[..., Exit | None]


class _Task(Task[Any]):
    """A task whose flags stand in a table rather than in the signature of its function."""

    def __init__(self, body: Callable[..., None], signature: inspect.Signature, **more: Any) -> None:  # noqa: ANN401
        self._signature = signature
        super().__init__(body, auto_shortflags=False, **more)

    def argspec(self, body: Callable[..., None]) -> inspect.Signature:
        return self._signature

    def get_arguments(self, ignore_unknown_help: bool | None = None) -> list[Argument]:
        found = super().get_arguments(ignore_unknown_help)
        for argument in found:
            # Else Invoke takes a flag that can be repeated and has no value, as in `--only --yes`, for one not given.
            argument.raw_value = None
        return found


def command(
    name: str, flags: Sequence[str], *, arguments: Sequence[str] = (), text: str = ''
) -> Callable[[Body], Task[Any]]:
    """Make a task of a function that takes a session and the positional arguments, and may return a status.

    `text` stands for the function's own docstring.
    """

    def make(body: Body) -> Task[Any]:
        def run(context: Context, **values: Any) -> None:  # noqa: ANN401 - as Invoke parsed them
            given = [values.pop(argument) for argument in arguments]
            _run(body, context, given, values)

        run.__doc__ = text or body.__doc__
        return _Task(
            run,
            flag_table.signature(flags, arguments),
            name=name,
            help=flag_table.helps(flags),
            iterable=flag_table.repeated(flags),
        )

    return make


def _run(body: Body, context: Context, arguments: Sequence[str], values: dict[str, Any]) -> None:
    debug = bool(values.get('debug'))
    console = consoles.real(as_json=values.get('format') == 'json', quiet=bool(values.get('quiet')))
    with boundary(console, debug=debug):
        flags = flag_table.read(values, dry=bool(context.config.run.dry))
        status = body(Session(flags, posargs(context.remainder, sys.argv), console), *arguments)
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
