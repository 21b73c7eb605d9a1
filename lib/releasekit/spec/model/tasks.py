# SPDX-License-Identifier: Apache-2.0
"""Checks and tasks: commands, built-in steps, and when each of them runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

from releasekit.spec.model.fields import COMMAND, ENV, GLOBS, TIMEOUT, Per, doc

# What is said, and what is shown, of a key that checks, tasks and commands have in common.
_COMMAND: Mapping[str, Any] = {**COMMAND, 'examples': [['uv', 'run', 'pytest', '-q'], 'uv run pytest -q']}
_ENV: Mapping[str, Any] = {**ENV, 'factory': dict, 'examples': [{'PYTHONWARNINGS': 'error'}]}
_TIMEOUT: Mapping[str, Any] = {**TIMEOUT, 'examples': ['10m']}
_PER: Mapping[str, Any] = {'examples': ['package']}


@dataclasses.dataclass(frozen=True, slots=True)
class Check:
    """A command that must succeed before anything is released."""

    name: str = doc(
        'Name of the check.',
        examples=['tests'],
        pattern='^[a-z][a-z0-9.-]*$',
        patternErrorMessage='a name of lower-case letters, digits, dots and hyphens that begins with a letter',
    )
    run: tuple[str, ...] = doc('The command: a list, or a string that is split as a shell would.', **_COMMAND)
    severity: Literal['error', 'warning', 'off'] = doc('What a failure means.', 'error', examples=['warning'])
    packages: tuple[str, ...] = doc(
        'Name globs of the packages that the check is for.', ('*',), examples=[['sdk-*']], **GLOBS
    )
    per: Per = doc('Whether it runs once, once a workspace or once a package.', 'repository', **_PER)
    env: Mapping[str, str] = doc('Environment variables of the command.', **_ENV)
    timeout: float | None = doc(
        'Seconds, or a duration such as 10m, after which the check has failed.', None, **_TIMEOUT
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Condition:
    """When something runs: all that is given must hold."""

    changed: tuple[str, ...] | None = doc(
        'Name globs of packages: one that fits has changed since `--since`, or else would be released now.',
        None,
        minItems=1,
        examples=[['sdk-*']],
    )
    branch: tuple[str, ...] | None = doc(
        'Name globs of branches, one of which fits the one that is checked out; in a release, the one that moves.',
        None,
        minItems=1,
        examples=[['main', 'release/*']],
    )
    ci: bool | None = doc(
        'Whether it only runs in CI, where the variable `CI` is set, or never.', None, examples=[True]
    )
    mode: Literal['direct', 'pull-request'] | None = doc(
        'The `mode` that this file must have.', None, examples=['direct']
    )


_IF: Mapping[str, Any] = {'examples': [{'branch': ['main']}]}


@dataclasses.dataclass(frozen=True, slots=True)
class UseStep:
    """A built-in step with its options."""

    use: str = doc('Name of the step.', shorthand=True, examples=['build'])
    options: Mapping[str, Any] = doc('Its options: the other keys.', factory=dict, rest=True)
    if_: Condition | None = doc('When the step runs; always, where left out.', None, **_IF)


@dataclasses.dataclass(frozen=True, slots=True)
class RunStep:
    """A command."""

    run: tuple[str, ...] = doc('The command: a list, or a string that is split as a shell would.', **_COMMAND)
    per: Per = doc(
        'Whether it runs once, once a workspace or once a package; where left out, as the task says.',
        'repository',
        **_PER,
    )
    env: Mapping[str, str] = doc('Environment variables of the command, beside those of the task.', **_ENV)
    timeout: float | None = doc(
        'Seconds, or a duration such as 10m, after which the command has failed; where left out, as the task says.',
        None,
        **_TIMEOUT,
    )
    unless: tuple[str, ...] | None = doc(
        'A command that succeeds where the work is already done.',
        None,
        **{**COMMAND, 'type': ['array', 'string', 'null'], 'examples': [['test', '-f', 'done']]},
    )
    if_: Condition | None = doc('When the command runs; always, where left out.', None, **_IF)


@dataclasses.dataclass(frozen=True, slots=True)
class TaskStep:
    """Another task, in place."""

    task: str = doc('Name of the task.', examples=['lint'])
    if_: Condition | None = doc('When the task runs here; always, where left out.', None, **_IF)


Step = UseStep | RunStep | TaskStep


@dataclasses.dataclass(frozen=True, slots=True)
class Task:
    """A task: a list of steps, one after the other."""

    steps: tuple[Step, ...] = doc(
        'What it does, in this order.', examples=[[{'run': ['uv', 'run', 'pytest', '-q']}, {'task': 'lint'}, 'build']]
    )
    help: str = doc('One line for `--list`.', '', examples=['Run the tests on every Python'])
    needs: tuple[str, ...] = doc(
        'Names of tasks that run before it, each once, side by side where they can.', (), examples=[['lint', 'types']]
    )
    if_: Condition | None = doc('When the task runs; always, where left out.', None, **_IF)
    matrix: Mapping[str, tuple[str, ...]] = doc(
        'Names and values; the steps run once for each combination, and the combinations side by side.',
        factory=dict,
        examples=[{'python': ['3.10', '3.14']}],
        propertyNames={
            'pattern': '^[a-z][a-z0-9_]*$',
            'patternErrorMessage': 'a word of lower-case letters, digits and underscores',
        },
    )
    per: Per = doc('Whether its commands run once, once a workspace or once a package.', 'repository', **_PER)
    env: Mapping[str, str] = doc('Environment variables of its commands.', **_ENV)
    timeout: float | None = doc(
        'Seconds, or a duration such as 10m, after which a command of it has failed.', None, **_TIMEOUT
    )
    sources: tuple[str, ...] = doc(
        'Path globs of what it reads: while nothing of it has changed, the task is up to date and does not run. '
        'They count from the folder that the commands run in. Files that git ignores count where a glob fits no other.',
        (),
        examples=[['lib/**', 'pyproject.toml']],
        **GLOBS,
    )
    outputs: tuple[str, ...] = doc(
        'Path globs of what it makes, from the same folder: what is missing or different is made again.',
        (),
        examples=[['docs/site']],
        **GLOBS,
    )
    python: str | None = doc(
        'Python of an environment that is made once for its commands; it takes the words of the matrix.',
        None,
        minLength=1,
        examples=['3.12', '{python}'],
    )
    groups: tuple[str, ...] = doc(
        'Dependency groups that this environment has.', (), examples=[['dev', 'test']], **GLOBS
    )
