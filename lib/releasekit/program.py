# SPDX-License-Identifier: Apache-2.0
"""The console script `releasekit`: the same tasks as with `invoke`, with our own words for a wrong command line."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from invoke import program
from invoke.exceptions import Exit, ParseError

from releasekit import lazy
from releasekit.errors import Code, ReleaseKitError, fail
from releasekit.spec.names import nearest
from releasekit.tasks import console as consoles
from releasekit.tasks import flags
from releasekit.tasks.boundary import boundary
from releasekit.tasks.collection import collection

if TYPE_CHECKING:
    from importlib import metadata
else:
    metadata = lazy.module('importlib.metadata')

_UNKNOWN = re.compile(r"^No idea what '(?P<word>.*)' is!$", re.DOTALL)


class Program(program.Program):
    """Invoke's program over our collection. What is wrong with a command line is raised, not printed."""

    def perform(self, argv: Sequence[str]) -> None:
        """Parse a command line and run its tasks.

        Raises:
            ReleaseKitError: `RK-USAGE`.
            Exit: With the status of the task that ended the run.
        """
        self.create_config()
        try:
            self.parse_core(list(argv))
            sys.dont_write_bytecode = bool(sys.flags.dont_write_bytecode)
            self.parse_collection()
            self.parse_tasks()
            self.parse_cleanup()
        except ParseError as error:
            raise self._usage(error) from error
        self.update_config()
        self.execute()

    def print_version(self) -> None:
        """Print the version; it is only looked up here, because that takes time."""
        sys.stdout.write(f'releasekit {metadata.version("releasekit")}\n')

    def _usage(self, error: ParseError) -> ReleaseKitError:
        task = error.context.name if error.context is not None else None
        found = _UNKNOWN.match(str(error))
        if found is None:
            return fail(Code.USAGE, _sentence(error), f'Run `releasekit --help{f" {task}" if task else ""}`.')
        word = found['word']
        if not word.startswith('-'):
            near = nearest(word, self.collection.task_names)
            hint = f'Did you mean `{near}`?' if near else 'Run `releasekit --list` for all tasks.'
            return fail(Code.USAGE, f'There is no task `{word}`.', hint)
        if task is None or error.context is None:
            hint = f'Write flags after the task, as in `releasekit plan {word}`.'
            return fail(Code.USAGE, f'`{word}` stands before any task.', hint)
        near = nearest(word, error.context.flags)
        hint = f'Did you mean `{near}`?' if near else f'Run `releasekit --help {task}` for the flags that it takes.'
        return fail(Code.USAGE, f'`{word}` is no flag of {task}.', hint)


def _sentence(error: ParseError) -> str:
    text = str(error).rstrip('!')
    return f'{text[:1].upper()}{text[1:]}.'


def main(argv: Sequence[str] | None = None) -> int:
    """Run the console script and return its exit status; `argv` holds the program's name and its arguments."""
    given = sys.argv if argv is None else argv
    console = consoles.real(as_json=flags.wants_json(given))
    try:
        with contextlib.redirect_stdout(console.out), boundary(console, debug='--debug' in given):
            Program(namespace=collection(), name='releasekit', binary='releasekit').perform(given)
    except Exit as error:
        if error.message:
            console.err.write(f'{error.message}\n')
        return error.code
    return 0


if __name__ == '__main__':
    sys.exit(main())
