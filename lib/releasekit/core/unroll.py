# SPDX-License-Identifier: Apache-2.0
"""The steps of a task, with other tasks in their place and once for each combination of a matrix."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Mapping

from releasekit.errors import Code, fail
from releasekit.spec.model import RunStep, Task, TaskStep, UseStep


@dataclasses.dataclass(frozen=True, slots=True)
class Unrolled:
    """A step with the words of its combination; `suffix` tells its commands from those of the others."""

    step: UseStep | RunStep
    words: Mapping[str, str] = dataclasses.field(default_factory=dict)
    suffix: str = ''


def unroll(name: str, tasks: Mapping[str, Task], inside: tuple[str, ...] = ()) -> Iterator[Unrolled]:
    """The steps of a task, however deep. A built-in step has no words, so it stands in the first combination only.

    Raises:
        ReleaseKitError: `RK-SPEC-NAME` for an unknown task, or one that contains itself.
    """
    if name not in tasks or name in inside:
        what = 'contains itself' if name in inside else 'is not there'
        raise fail(Code.SPEC_NAME, f'Task {name} {what}.', 'Name another task, or write this one under `tasks:`.')
    for number, words in enumerate(_combinations(tasks[name])):
        suffix = ''.join(f'-{value}' for value in words.values())
        for step in tasks[name].steps:
            inner = unroll(step.task, tasks, (*inside, name)) if isinstance(step, TaskStep) else iter((Unrolled(step),))
            for each in inner:
                if number == 0 or isinstance(each.step, RunStep):
                    yield Unrolled(each.step, {**words, **each.words}, suffix + each.suffix)


def _combinations(task: Task) -> Iterator[Mapping[str, str]]:
    names = list(task.matrix)
    for values in itertools.product(*task.matrix.values()):
        yield dict(zip(names, values, strict=True))
