# SPDX-License-Identifier: Apache-2.0
"""Checks and tasks: commands, built-in steps, and when each of them runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

from releasekit.spec.model.fields import COMMAND, ENV, LABEL, TIMEOUT, Per, doc


@dataclasses.dataclass(frozen=True, slots=True)
class Check:
    """A command that must succeed before anything is released."""

    name: str = doc(
        'Name of the check.',
        pattern='^[a-z][a-z0-9.-]*$',
        patternErrorMessage='a name of lower-case letters, digits, dots and hyphens that begins with a letter',
    )
    run: tuple[str, ...] = doc('The command: a list, or a string that is split as a shell would.', **COMMAND)
    severity: Literal['error', 'warning', 'off'] = doc('What a failure means.', 'error')
    packages: tuple[str, ...] = doc('Name globs of the packages that the check is for.', ('*',))
    per: Per = doc('Whether it runs once, once a workspace or once a package.', 'repository')
    env: Mapping[str, str] = doc('Environment variables of the command.', factory=dict, **ENV)
    timeout: float | None = doc(
        'Seconds, or a duration such as 10m, after which the check has failed.', None, **TIMEOUT
    )


@dataclasses.dataclass(frozen=True, slots=True)
class UseStep:
    """A built-in step with its options."""

    use: str = doc('Name of the step.', shorthand=True)
    options: Mapping[str, Any] = doc('Its options: the other keys.', factory=dict, rest=True)


@dataclasses.dataclass(frozen=True, slots=True)
class RunStep:
    """A command."""

    run: tuple[str, ...] = doc('The command: a list, or a string that is split as a shell would.', **COMMAND)
    per: Per = doc('Whether it runs once, once a workspace or once a package.', 'repository')
    env: Mapping[str, str] = doc('Environment variables of the command.', factory=dict, **ENV)
    timeout: float | None = doc(
        'Seconds, or a duration such as 10m, after which the command has failed.', None, **TIMEOUT
    )
    unless: tuple[str, ...] | None = doc(
        'A command that succeeds where the work is already done.',
        None,
        **{**COMMAND, 'type': ['array', 'string', 'null']},
    )


@dataclasses.dataclass(frozen=True, slots=True)
class TaskStep:
    """Another task, in place."""

    task: str = doc('Name of the task.')


Step = UseStep | RunStep | TaskStep


@dataclasses.dataclass(frozen=True, slots=True)
class Task:
    """A task: a list of steps."""

    steps: tuple[Step, ...] = doc('What it does, in this order.')
    help: str = doc('One line for `--list`.', '')
    matrix: Mapping[str, tuple[str, ...]] = doc(
        'Names and values; the steps run once for each combination.',
        factory=dict,
        propertyNames={
            'pattern': '^[a-z][a-z0-9_]*$',
            'patternErrorMessage': 'a word of lower-case letters, digits and underscores',
        },
    )
