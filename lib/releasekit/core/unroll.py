# SPDX-License-Identifier: Apache-2.0
"""The steps of a task as a flat list: what it needs before it, other tasks in their place, a matrix multiplied out.

Each step knows which ones it comes right after, and all conditions that it stands under.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Mapping

from releasekit.errors import Code, fail
from releasekit.spec.model import Condition, RunStep, Step, Task, TaskStep, UseStep

# Steps and combinations of a task, with those of all tasks in it; tasks that name each other many times over grow fast.
MAX_STEPS = 10_000


@dataclasses.dataclass(frozen=True, slots=True)
class Unrolled:
    """A step with the words of its combination; `suffix` tells its commands from those of the others.

    `task` is the task that has the step as its step `number` (from 1), `after` the places in the list of what it comes
    right after. `conditions` must all hold.
    """

    step: UseStep | RunStep
    words: Mapping[str, str] = dataclasses.field(default_factory=dict)
    suffix: str = ''
    task: str = ''
    number: int = 1
    conditions: tuple[Condition, ...] = ()
    after: tuple[int, ...] = ()


def unroll(name: str, tasks: Mapping[str, Task]) -> tuple[Unrolled, ...]:
    """The steps of a task, however deep. A built-in step has no words, so it stands in the first combination only.

    Raises:
        ReleaseKitError: `RK-SPEC-NAME` for an unknown task, or one that contains or needs itself; `RK-SPEC-INVALID`
            for more than `MAX_STEPS` steps.
    """
    unroller = _Unroller(tasks)
    unroller.task(name, _Here())
    return tuple(unroller.parts)


@dataclasses.dataclass(frozen=True, slots=True)
class _Here:
    """Where a task stands: inside which others, after what, with which words, under which conditions.

    `first` is False in all combinations but the first of the matrices around it.
    """

    inside: tuple[str, ...] = ()
    after: tuple[int, ...] = ()
    words: Mapping[str, str] = dataclasses.field(default_factory=dict)
    suffix: str = ''
    conditions: tuple[Condition, ...] = ()
    first: bool = True


class _Unroller:
    def __init__(self, tasks: Mapping[str, Task]) -> None:
        self._tasks = tasks
        self._needed: dict[str, tuple[int, ...]] = {}
        self._count = 0
        self.parts: list[Unrolled] = []

    def task(self, name: str, here: _Here) -> tuple[int, ...]:
        """Add a task, and return the places of its last steps."""
        if name not in self._tasks or name in here.inside:
            what = 'contains or needs itself' if name in here.inside else 'is not there'
            raise fail(Code.SPEC_NAME, f'Task {name} {what}.', 'Name another task, or write this one under `tasks:`.')
        task = self._tasks[name]
        inside = (*here.inside, name)
        begin = dataclasses.replace(
            here,
            inside=inside,
            after=tuple(dict.fromkeys((*here.after, *self._needs(task, inside)))),
            conditions=(*here.conditions, *((task.if_,) if task.if_ else ())),
        )
        ends: dict[int, None] = {}
        for number, words in enumerate(combinations(task)):
            self._tick(begin)
            suffix = here.suffix + ''.join(f'-{value}' for value in words.values())
            place = dataclasses.replace(
                begin, words={**here.words, **words}, suffix=suffix, first=here.first and number == 0
            )
            ends.update(dict.fromkeys(self._steps(task, place)))
        return tuple(ends)

    def _tick(self, here: _Here) -> None:
        """Count a combination or a step."""
        self._count += 1
        if self._count > MAX_STEPS:
            message = f'Task {here.inside[0]} has more than {MAX_STEPS} steps, with those of the tasks in it.'
            raise fail(Code.SPEC_INVALID, message, 'Make its matrix smaller, or name fewer tasks as its steps.')

    def _needs(self, task: Task, inside: tuple[str, ...]) -> Iterator[int]:
        for need in task.needs:
            if need not in self._needed or need in inside:
                self._needed[need] = self.task(need, _Here(inside=inside))
            yield from self._needed[need]

    def _steps(self, task: Task, here: _Here) -> tuple[int, ...]:
        """Add the steps of one combination, one after the other."""
        for number, step in enumerate(task.steps, 1):
            self._tick(here)
            place = _under(here, step)
            if isinstance(step, TaskStep):
                here = dataclasses.replace(here, after=self.task(step.task, place))
            elif here.first or isinstance(step, RunStep):
                self.parts.append(
                    Unrolled(step, here.words, here.suffix, here.inside[-1], number, place.conditions, here.after)
                )
                here = dataclasses.replace(here, after=(len(self.parts) - 1,))
        return here.after


def _under(here: _Here, step: Step) -> _Here:
    return dataclasses.replace(here, conditions=(*here.conditions, step.if_)) if step.if_ else here


def combinations(task: Task) -> Iterator[Mapping[str, str]]:
    """The words of each combination of a matrix; one without words where there is no matrix."""
    names = list(task.matrix)
    for values in itertools.product(*task.matrix.values()):
        yield dict(zip(names, values, strict=True))
