# SPDX-License-Identifier: Apache-2.0
"""The flags of the tasks: each is declared here, once, and means the same wherever it is taken."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from releasekit.errors import Code, fail
from releasekit.spec.names import FLAG_VARIABLES, nearest

_TRUE, _FALSE = ('1', 'true', 'yes', 'on'), ('0', 'false', 'no', 'off')
_ARGUMENT = inspect.Parameter.POSITIONAL_OR_KEYWORD


def _flag(help_: str, default: bool | str | tuple[str, ...]) -> Any:  # noqa: ANN401 - stands for a field
    return dataclasses.field(default=default, metadata={'help': help_})


@dataclasses.dataclass(frozen=True, slots=True)
class Flags:
    """What was given on the command line; a tuple is a flag that can be given more than once."""

    dry_run: bool = _flag('Show what would be done, and change nothing.', False)
    format: str = _flag('How the result is printed', '')
    workspace: tuple[str, ...] = _flag('LABEL: only the packages of this workspace; can be repeated.', ())
    group: tuple[str, ...] = _flag('NAME: only the packages of this group; can be repeated.', ())
    only: tuple[str, ...] = _flag('GLOB: only the packages, or the checks, that it fits; can be repeated.', ())
    skip: tuple[str, ...] = _flag('GLOB: all but the checks that it fits; can be repeated.', ())
    spec: str = _flag('Use this file instead of release.yaml.', '')
    yes: bool = _flag('Ask nothing: go ahead, and take what is proposed.', False)
    config: tuple[str, ...] = _flag('KEY=VALUE: a setting in place of that of release.yaml; can be repeated.', ())
    of: str = _flag('NAME: the document whose schema is printed, such as plan.', 'release')
    package: tuple[str, ...] = _flag('PKG: this package, with what it needs and what needs it; can be repeated.', ())
    dependencies: bool = _flag('Of `--package`, what it needs.', False)
    dependents: bool = _flag('Of `--package`, what needs it.', False)
    target: tuple[str, ...] = _flag('NAME: upload to this target only; the rest waits; can be repeated.', ())
    since: str = _flag('REF: only what changed since this commit, and what needs it; count from it.', '')
    force: bool = _flag('Run what is up to date too.', False)
    watch: bool = _flag('Run again whenever a source of the task changes, until Ctrl-C.', False)
    matrix: tuple[str, ...] = _flag('NAME=VALUE: only these combinations of the matrix; can be repeated.', ())
    now: str = _flag('The time to decide for, such as 2026-11-23T09:00+01:00; else that of the clock.', '')
    last: str = _flag('N: only the last N releases.', '')
    backtest: bool = _flag(
        'Hold the releases of the past against the rules that come of it, as `backtest` does.', False
    )
    from_: str = _flag('TOOL: the release tool whose settings are taken over.', '')
    offline: bool = _flag('Ask nothing of the network.', False)
    strict: bool = _flag('Take warnings for errors.', False)
    quiet: bool = _flag('Print the result and nothing else.', False)
    verbose: bool = _flag('Log every action instead of drawing the progress.', False)
    debug: bool = _flag('Log everything, and show the traceback of an error.', False)
    bump: tuple[str, ...] = _flag(
        'PKG=LEVEL: major, minor or patch for a package (none too, in a changeset); can be repeated.', ()
    )
    set: tuple[str, ...] = _flag('PKG=VERSION: this very version for a package; can be repeated.', ())
    if_changed: bool = _flag('Bump and set only packages with something new since their last release.', False)
    prerelease: str = _flag('Make prereleases of this name, such as rc.', '')
    by: str = _flag('What the versions of snapshots are made from: time or commit.', '')
    pr: str = _flag('NUMBER: this pull request is named in the versions of its snapshots.', '')
    date: str = _flag('The date of the release, such as 2026-11-23.', '')
    new: bool = _flag('Begin a new release although the last one is not finished, and leave that one behind.', False)
    to: str = _flag('This very version for all packages.', '')
    major: bool = _flag('The next major version for all packages.', False)
    minor: bool = _flag('The next minor version for all packages.', False)
    patch: bool = _flag('The next patch version for all packages.', False)
    message: str = _flag('What the change is, to those who use it, in Markdown.', '')
    empty: bool = _flag('A changeset of no package: the change needs no release.', False)
    show_origin: bool = _flag('Say where each value comes from.', False)
    # Which of these were on the command line itself.
    given: frozenset[str] = dataclasses.field(default=frozenset(), compare=False)


_FIELDS = {field.name: field for field in dataclasses.fields(Flags)}

COMMON = ('spec', 'config', 'strict', 'quiet', 'verbose', 'debug')
LOOK = ('format', *COMMON)
SELECT = ('workspace', 'group', 'only')
PLAN = ('bump', 'set', 'if_changed', 'prerelease', 'date', *SELECT, *LOOK)
LOOK_AHEAD = ('since', *PLAN)
DUE = ('now', *PLAN)
CHECK = ('only', 'skip', 'dry_run', *LOOK)
APPLY = ('yes', *LOOK)
TASK = ('dry_run', 'yes', *LOOK)
WORK = ('dry_run', 'yes', *PLAN)
RELEASE = ('new', *WORK)
SNAPSHOT = ('by', 'pr', 'bump', 'dry_run', 'yes', 'date', *SELECT, *LOOK)
PROMOTE = ('new', 'dry_run', 'yes', 'date', *SELECT, *LOOK)
CHORE = ('since', 'force', 'watch', 'matrix', *WORK)
CHANGESET = ('message', 'empty', 'bump', 'major', 'minor', 'patch', 'since', *SELECT, *TASK)
BUMP = ('to', 'major', 'minor', 'patch', *WORK)


def signature(names: Sequence[str], positional: Sequence[str]) -> inspect.Signature:
    """The signature that makes Invoke take these flags, after the arguments that have no default."""
    parameters = [inspect.Parameter(name, _ARGUMENT) for name in positional]
    for name in names:
        default = _FIELDS[name].default
        parameters.append(inspect.Parameter(name, _ARGUMENT, default=None if default == () else default))
    return inspect.Signature(parameters)


def helps(names: Iterable[str], formats: Sequence[str]) -> dict[str, str]:
    """The help of these flags."""
    found: dict[str, str] = {name: _FIELDS[name].metadata['help'] for name in names}
    for variable, name in FLAG_VARIABLES.items():
        if name in found and name != 'format':
            found[name] = f'{found[name].rstrip(".")}; also {variable}.'
    return found if 'format' not in found else {**found, 'format': f'{found["format"]}: {_either(formats)}.'}


def option(name: str) -> str:
    """A flag as it is written on the command line."""
    return f'--{name.rstrip("_").replace("_", "-")}'


def is_switch(name: str) -> bool:
    """Whether a flag takes no value."""
    return isinstance(_FIELDS[name].default, bool)


def repeated(names: Iterable[str]) -> list[str]:
    """Those of these flags that can be given more than once."""
    return [name for name in names if _FIELDS[name].default == ()]


def read(values: Mapping[str, Any], formats: Sequence[str], environment: Mapping[str, str], *, dry: bool) -> Flags:
    """The flags from what Invoke hands over, else from `RELEASEKIT_…` variables; the first format is the default.

    `dry` is Invoke's own `--dry`. A format of a variable counts for the tasks that have it.

    Raises:
        ReleaseKitError: `RK-USAGE` for a value that a flag, or a variable, does not take.
    """
    many = {name: tuple(value or ()) for name, value in values.items() if _FIELDS[name].default == ()}
    given: dict[str, Any] = {**values, **many, 'dry_run': dry or bool(values.get('dry_run'))}
    given = {name: value for name, value in given.items() if value != _FIELDS[name].default}
    found: dict[str, Any] = {'format': formats[0], **_variables(values, formats, environment), **given}
    if found['format'] not in formats:
        near = nearest(found['format'], formats)
        hint = f'Did you mean `--format {near}`?' if near else f'Choose one of {", ".join(formats)}.'
        raise fail(Code.USAGE, f'`{found["format"]}` is no format of this task.', hint)
    return Flags(**found, given=frozenset(given))


def _variables(taken: Iterable[str], formats: Sequence[str], environment: Mapping[str, str]) -> dict[str, Any]:
    """The flags of a task that variables give."""
    found: dict[str, Any] = {}
    for variable, name in FLAG_VARIABLES.items():
        text = environment.get(variable, '')
        if name not in taken or not text or (name == 'format' and text not in formats):
            continue
        if _FIELDS[name].default is not False:
            found[name] = text
        elif text.lower() in {*_TRUE, *_FALSE}:
            found[name] = text.lower() in _TRUE
        else:
            raise fail(
                Code.USAGE, f'{variable} is `{text}`, which is neither true nor false.', f'Set {variable} to 1 or 0.'
            )
    return found


def _either(words: Sequence[str]) -> str:
    return f'{", ".join(words[:-1])} or {words[-1]}' if len(words) > 1 else words[0]


def named_format(argv: Sequence[str], environment: Mapping[str, str]) -> str:
    """The format that a command line or the environment asks for, as far as can be seen before it is parsed."""
    return _named(argv, '--format') or environment.get('RELEASEKIT_FORMAT', '')


def named_spec(argv: Sequence[str], environment: Mapping[str, str]) -> str:
    """The spec that a command line or the environment names, as far as can be seen before it is parsed."""
    return _named(argv, '--spec') or environment.get('RELEASEKIT_SPEC', '')


def _named(argv: Sequence[str], flag: str) -> str:
    pairs = zip(argv, [*argv[1:], ''], strict=True)
    given = (
        after if word == flag else word.partition('=')[2] for word, after in pairs if word.partition('=')[0] == flag
    )
    return next(given, '')
