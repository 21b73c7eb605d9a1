# SPDX-License-Identifier: Apache-2.0
"""The page about the built-in steps, from their options and docstrings."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from pages.tables import table
from releasekit.backends.cache import Cache
from releasekit.run.builtin import builtin_tasks
from releasekit.spec.model import Step, TaskStep, UseStep
from releasekit.steps.base import StepType, steps

_HEAD = """\
# Steps

<!-- Written by scripts/reference.py from lib/releasekit/steps/ and lib/releasekit/spec/tasks.yaml. -->

A step is named in `steps` of a task: by its name, or with options as `{use: NAME, OPTION: VALUE}`.
"""


def page() -> str:
    """The whole page."""
    return '\n'.join([_HEAD, _steps(), *_options(), _tasks()])


def _steps() -> str:
    rows = [(f'`{kind.name}`', kind.title) for kind in _sorted()]
    return table('## Built-in steps', 'What a step can name.', ('step', 'what it does'), rows)


def _options() -> Iterator[str]:
    for kind in _sorted():
        if fields := dataclasses.fields(kind.options):
            rows = [_row(field) for field in fields]
            yield table(f'### {kind.name}', kind.title, ('option', 'default', 'meaning'), rows)


def _sorted() -> list[StepType]:
    return sorted(steps().values(), key=lambda kind: kind.name)


def _row(field: dataclasses.Field[Any]) -> tuple[str, ...]:
    default = '' if field.default is dataclasses.MISSING else f'`{field.default}`'
    return (f'`{field.name.rstrip("_")}`', default, field.metadata['doc'])


def _tasks() -> str:
    rows = [
        (f'`{name}`', ', '.join(_named(step) for step in task.steps))
        for name, task in builtin_tasks(Cache({}, 'none')).items()
    ]
    text = 'These tasks are lists of steps. A task of the same name in release.yaml replaces one.'
    return table('## Built-in tasks', text, ('task', 'steps'), rows)


def _named(step: Step) -> str:
    return step.use if isinstance(step, UseStep) else step.task if isinstance(step, TaskStep) else ' '.join(step.run)
