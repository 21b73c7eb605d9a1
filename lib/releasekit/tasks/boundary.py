# SPDX-License-Identifier: Apache-2.0
"""The edge of the program: whatever goes wrong inside leaves as `invoke.Exit` with a status, never as a traceback."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

from invoke import exceptions

from releasekit import errors, lazy
from releasekit.errors import Code, Problem, ReleaseKitError

if TYPE_CHECKING:
    import traceback

    from releasekit.tasks.terminal import layout
    from releasekit.tasks.terminal.console import Console
else:
    layout = lazy.module('releasekit.tasks.terminal.layout')
    traceback = lazy.module('traceback')

INTERRUPTED = 130


@contextlib.contextmanager
def boundary(console: Callable[[], Console], *, debug: bool = False) -> Generator[None]:
    """Print what goes wrong inside and leave with its exit status; `debug` adds the traceback.

    The console is only made where something is printed: a list of the tasks does without.

    Raises:
        invoke.Exit: With the status; it carries no message, for all is said.
    """
    try:
        yield
    except (exceptions.Exit, exceptions.UnexpectedExit):
        raise
    except ReleaseKitError as error:
        _trace(console(), error, debug=debug)
        console().problems(error.problems)
        raise exceptions.Exit(code=error.exit) from error
    except KeyboardInterrupt as error:
        raise exceptions.Exit(code=INTERRUPTED) from error
    except Exception as error:
        _trace(console(), error, debug=debug)
        console().problems([_bug(error, debug=debug)])
        raise exceptions.Exit(code=errors.Exit.BUG) from error


def die(number: int) -> None:
    """End by a signal that was received and heeded, so that the shell sees it."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _trace(console: Console, error: Exception, *, debug: bool) -> None:
    if debug:
        console.note([layout.Line(''.join(traceback.format_exception(error)).rstrip())])


def _bug(error: Exception, *, debug: bool) -> Problem:
    report = 'Report it with this output' if debug else 'Run the same again with `--debug`, and report what it prints'
    return Problem(Code.BUG, f'This is a bug of releasekit. {type(error).__name__}: {error}', f'{report}.')
