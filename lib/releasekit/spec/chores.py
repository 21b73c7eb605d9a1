# SPDX-License-Identifier: Apache-2.0
"""The rules of tasks: what they need, what they read and make, and what cannot be part of a release."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from releasekit.errors import Problem
from releasekit.spec import circles
from releasekit.spec.model import Condition, RunStep, Spec, Task, UseStep
from releasekit.spec.names import TASKS
from releasekit.spec.places import Path
from releasekit.spec.rules import Rule, Subject


def needs(subject: Subject) -> Iterator[Problem]:
    """A task needs known tasks, and never itself."""
    tasks = TASKS | frozenset(subject.spec.tasks)
    edges = circles.names(subject.spec)
    round_ = circles.circles(edges)
    for name, task in subject.spec.tasks.items():
        for index, need in enumerate(task.needs):
            path: Path = ('tasks', name, 'needs', index)
            if need not in tasks:
                yield subject.unknown(path, 'task', need, tasks)
            elif need in round_.get(name, ()) and name == min(round_[name]):
                way = circles.way(edges, need, name)
                message = f'Task `{name}` needs itself: {" → ".join((name, *way))}.'
                yield subject.invalid(path, message, 'Remove one of these.')


def sources(subject: Subject) -> Iterator[Problem]:
    """A task with sources or outputs is a list of commands that run in the same folders; its globs stay in them."""
    for name, task in subject.spec.tasks.items():
        path: Path = ('tasks', name)
        if task.outputs and not task.sources:
            hint = 'Add `sources`, the path globs of what they are made from.'
            message = f'Task `{name}` has outputs and no sources, so that nothing says when to make them again.'
            yield subject.invalid((*path, 'outputs'), message, hint)
        for index, step in enumerate(task.steps if task.sources else ()):
            if not isinstance(step, RunStep) or step.per != task.per:
                message = f'A task with `sources` has only commands with its own `per`, which is {task.per}.'
                hint = f'Move this step into a task of its own, and name that one in `needs` of `{name}`.'
                yield subject.invalid((*path, 'steps', index), message, hint)
        for key, globs in (('sources', task.sources), ('outputs', task.outputs)):
            for index, glob in enumerate(globs):
                pure = PurePosixPath(glob)
                if pure.is_absolute() or '..' in pure.parts or '\\' in glob:
                    message = f'`{glob}` must be a relative path that stays in the folder of the commands.'
                    hint = 'Write it from that folder, with `/` and no `..`.'
                    yield subject.invalid((*path, key, index), message, hint)


def planned(subject: Subject) -> Iterator[Problem]:
    """What a release runs is decided when it is planned, the same on every machine, and needs no environment."""
    for name in _planned(subject.spec):
        task = subject.spec.tasks[name]
        for path, condition in _conditions(name, task):
            if condition.ci is not None:
                message = f'Task `{name}` is part of a release, whose plan is the same in CI and elsewhere.'
                hint = 'Remove `ci`, or ask for a `branch`.'
                yield subject.invalid((*path, 'ci'), message, hint)
        for key in ('python', 'groups'):
            if getattr(task, key):
                message = f'Task `{name}` is part of a release, where there are no environments.'
                hint = 'Remove it, and let the command bring what it needs, such as `uv run --group dev pytest`.'
                yield subject.invalid(('tasks', name, key), message, hint)


def _planned(spec: Spec) -> Iterator[str]:
    """The tasks of this file that are part of a plan: they have built-in steps, or a hook or such a task names them."""
    edges = circles.names(spec)
    hooked = [name for names in spec.hooks.values() for name in names if name in spec.tasks]
    releasing = circles.reached(circles.reversed_(edges), [name for name in spec.tasks if _releases(spec, name)])
    planned = circles.reached(edges, [*releasing, *hooked])
    yield from (name for name in spec.tasks if name in planned)


def _releases(spec: Spec, name: str) -> bool:
    """Whether a task has a built-in step, or names a built-in task that the file does not replace."""
    task = spec.tasks[name]
    built_in = (each in TASKS and each not in spec.tasks for each in circles.named(task))
    return any(isinstance(step, UseStep) for step in task.steps) or any(built_in)


def _conditions(name: str, task: Task) -> Iterator[tuple[Path, Condition]]:
    if task.if_ is not None:
        yield ('tasks', name, 'if'), task.if_
    for index, step in enumerate(task.steps):
        if step.if_ is not None:
            yield ('tasks', name, 'steps', index, 'if'), step.if_


RULES: tuple[Rule, ...] = (needs, sources, planned)
