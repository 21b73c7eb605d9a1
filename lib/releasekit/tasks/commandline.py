# SPDX-License-Identifier: Apache-2.0
"""Invoke's program over our collection: the tasks as with `invoke`, with our own words for a wrong command line."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from invoke import program
from invoke.config import Config
from invoke.exceptions import Exit, ParseError
from invoke.parser.argument import Argument

from releasekit import lazy
from releasekit.errors import Code, ReleaseKitError, fail
from releasekit.spec.names import nearest
from releasekit.tasks import flags
from releasekit.tasks.boundary import boundary
from releasekit.tasks.collection import collection
from releasekit.tasks.table import BUILTIN
from releasekit.tasks.terminal import console as consoles

if TYPE_CHECKING:
    from importlib import metadata
else:
    metadata = lazy.module('importlib.metadata')

_UNKNOWN = re.compile(r"^No idea what '(?P<word>.*)' is!$", re.DOTALL)
_NO_VALUE = re.compile(r'^Flag <\w+: (?P<name>[\w-]+).*> needed value', re.DOTALL)
_NO_ARGUMENT = re.compile(r"did not receive required positional arguments: (?P<names>'.*')$")
# What Invoke's own flags say to commands that are written in Python means nothing to ours.
_CORE_FLAGS = frozenset({'complete', 'dry', 'help', 'list', 'list-depth', 'list-format'})
_LIST_FORMATS = ('flat', 'nested', 'json')
_CORE_HELP = {
    'complete': 'Answer the script of a shell; see the task `completion`.',
    'dry': 'The same as `--dry-run` of a task.',
    'list': 'List the tasks.',
}
_OPTIONAL = frozenset(entry.name for entry in BUILTIN if entry.optional)
_HELP = ('--help', '-h')
_SPOKEN = 'changeset'


class _Config(Config):
    """What Invoke is configured by says nothing to our tasks, so that nothing of it can be wrong here either."""

    def load_base_conf_files(self) -> None:
        """Read no file."""

    def load_shell_env(self) -> None:
        """Read no variable `INVOKE_…`."""


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
            self.parse_core(self._help_first(list(argv)))
            self.parse_collection()
            self.parse_tasks()
            self._tell_version()
            self.parse_cleanup()
        except ParseError as error:
            raise self._usage(error) from error
        self.update_config()
        self.execute()

    def core_args(self) -> list[Argument]:
        """Those of Invoke's flags that mean something here."""
        return [_plain(flag) for flag in super().core_args() if flag.name in {*_CORE_FLAGS, 'version'}]

    def parse_core(self, argv: list[str] | None) -> None:
        """Parse what stands before the first task, and do what needs no task.

        Raises:
            Exit: It was asked for the version.
            ParseError: A flag has a value that it does not take.
        """
        self.normalize_argv(argv)
        try:
            self.parse_core_args()
        except ValueError as error:
            raise ParseError('`--list-depth` takes a number') from error
        if self._given('list-format') not in _LIST_FORMATS:
            raise ParseError(f'`--list-format` takes {", ".join(_LIST_FORMATS)}')
        self._tell_version()

    def parse_tasks(self) -> None:
        """Parse the tasks and their flags; an argument that may be left out is '' then.

        Raises:
            ParseError: Something there is none of ours.
        """
        try:
            super().parse_tasks()
        except ParseError as error:
            name = error.context.name if error.context is not None else None
            if name not in _OPTIONAL or _NO_ARGUMENT.search(str(error)) is None:
                raise
            self.core.unparsed.insert(self.core.unparsed.index(name) + 1, '')
            super().parse_tasks()

    def _help_first(self, argv: list[str]) -> list[str]:
        """`why --help` as `--help why`: Invoke takes what follows for the argument. `help` is `--help`, too."""
        end = argv.index('--') if '--' in argv else len(argv)
        names = collection().task_names
        if argv[1:2] == ['help'] and 'help' not in names:
            return [argv[0], '--help', *argv[2:3]]
        asked = next((at for at, word in enumerate(argv[:end]) if word in _HELP), end)
        task = next((word for word in reversed(argv[1:asked]) if word in names), None)
        return argv if asked == end or task is None else [argv[0], '--help', task]

    def _given(self, name: str) -> Any:  # noqa: ANN401 - as Invoke parsed it
        """The value of one of Invoke's own flags."""
        argument = self.args[name]
        return None if argument is None else argument.value

    def update_config(self, merge: bool = True) -> None:
        """Hand `--dry` to the tasks."""
        self.config.load_overrides({'run': {'dry': True}} if self._given('dry') else {}, merge=merge)

    def _tell_version(self) -> None:
        """Print the version where it was asked for, before a task or after it, and do nothing else."""
        if self._given('version'):
            self.print_version()
            raise Exit

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
            if not any(word in context.flags for context in self.parser.contexts.values()):
                return fail(Code.USAGE, f'There is no flag `{word}`.', 'Run `releasekit --help`.')
            hint = f'Write flags after the task, as in `releasekit plan {word}`.'
            return fail(Code.USAGE, f'`{word}` stands before any task.', hint)
        near = nearest(word, error.context.flags)
        hint = f'Did you mean `{near}`?' if near else f'Run `releasekit --help {task}` for the flags that it takes.'
        return fail(Code.USAGE, f'`{word}` is no flag of {task}.', hint)


def spoken(argv: Sequence[str], names: Collection[str]) -> list[str]:
    """A command line in which `changeset add` and `changeset check` are one word, and `changeset` alone adds one.

    A task `changeset` of release.yaml is left alone.
    """
    words = list(argv)
    place = next((at for at, word in enumerate(words[1:], 1) if not word.startswith('-')), len(words))
    if words[place : place + 1] != [_SPOKEN] or _SPOKEN in names:
        return words
    joined = '-'.join(words[place : place + 2])
    if joined in names:
        return [*words[:place], joined, *words[place + 2 :]]
    return [*words[:place], f'{_SPOKEN}-add', *words[place + 1 :]]


def _plain(flag: Argument) -> Argument:
    flag.help = _CORE_HELP.get(flag.names[0], flag.help)
    if flag.names[0] == 'list':
        # There are no collections within ours to list.
        return Argument(names=flag.names, kind=bool, default=False, help=flag.help)
    return flag


def _sentence(error: ParseError) -> str:
    if (found := _NO_VALUE.match(str(error))) is not None:
        return f'`--{found["name"]}` needs a value.'
    if (found := _NO_ARGUMENT.search(str(error))) is not None and error.context is not None:
        return f'`{error.context.name}` needs {found["names"].replace(chr(39), "").upper()}.'
    text = str(error).rstrip('!')
    return f'{text[:1].upper()}{text[1:]}.'


def main(argv: Sequence[str]) -> int:
    """Run a command line and return its exit status; `argv` holds the program's name and its arguments."""
    console = consoles.real(format_=flags.named_format(argv, os.environ))
    try:
        with contextlib.redirect_stdout(console.out), boundary(lambda: console, debug='--debug' in argv):
            try:
                program_ = Program(namespace=collection(), name='releasekit', binary='releasekit', config_class=_Config)
                program_.perform(spoken(argv, collection().task_names))
            except Exit as error:
                if error.code:
                    raise
            console.finish()
    except Exit as error:
        if error.message:
            console.err.write(f'{error.message}\n')
        return error.code
    return 0
