# SPDX-License-Identifier: Apache-2.0
"""Steps to the graph of actions: each step sees the plan and the files as those before it leave them."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterable, Iterator, Mapping

from releasekit.core import diff
from releasekit.core.actions import Action, EditFile, FastForward, RunCommand
from releasekit.core.commands import spread
from releasekit.core.plan import Plan
from releasekit.errors import Code, fail
from releasekit.spec.model import RunStep, Spec, Step, Task, TaskStep, UseStep
from releasekit.steps.base import Run, Skip, StepType, steps

# A task with one of these releases something: without a package to release it has nothing to do at all.
_RELEASING = frozenset({'commit', 'tag', 'push', 'publish'})


@dataclasses.dataclass(frozen=True, slots=True)
class Skipped:
    """A step that had nothing to do, and why."""

    step: str
    reason: str


@dataclasses.dataclass(frozen=True)
class Expansion:
    """The plan with its actions, and what was skipped."""

    plan: Plan
    skipped: tuple[Skipped, ...]


def flatten(steps_: Iterable[Step], tasks: Mapping[str, Task], inside: tuple[str, ...] = ()) -> Iterator[Step]:
    """The steps with other tasks put in their place.

    Raises:
        ReleaseKitError: `RK-SPEC-NAME` for an unknown task, or one that contains itself.
    """
    for step in steps_:
        if not isinstance(step, TaskStep):
            yield step
            continue
        if step.task not in tasks or step.task in inside:
            what = 'contains itself' if step.task in inside else 'is not there'
            raise fail(
                Code.SPEC_NAME, f'Task {step.task} {what}.', 'Name another task, or write this one under `tasks:`.'
            )
        yield from flatten(tasks[step.task].steps, tasks, (*inside, step.task))


def expand(run: Run, name: str, tasks: Mapping[str, Task]) -> Expansion:
    """Turn the steps of a task, with its hooks and theirs, into the actions of the plan."""
    skipped: list[Skipped] = []
    graph = _Graph(run.files)
    wanted = tuple(flatten(tasks[name].steps, tasks, (name,)))
    if not run.plan.packages and any(isinstance(step, UseStep) and step.use in _RELEASING for step in wanted):
        return Expansion(run.plan, (Skipped('release', 'no package has a change since its last release'),))
    for step in _with_hooks(run.spec, name, wanted, tasks):
        actions = _actions(run, step)
        if isinstance(actions, Skip):
            skipped.append(Skipped(step.use if isinstance(step, UseStep) else 'run', actions.reason))
            continue
        for action in actions:
            graph.add(action)
        plan = dataclasses.replace(run.plan, actions=tuple(graph.actions.values()))
        run = dataclasses.replace(run, plan=plan, files=dict(graph.files))
    return Expansion(run.plan, tuple(skipped))


@dataclasses.dataclass(frozen=True, slots=True)
class _Hook:
    name: str
    step: RunStep


def _with_hooks(spec: Spec, task: str, steps_: Iterable[Step], tasks: Mapping[str, Task]) -> Iterator[Step | _Hook]:
    """The steps between what is hooked to each, all of it between what is hooked to the task."""
    yield from _hooks(spec, f'before-{task}', tasks)
    for step in steps_:
        if isinstance(step, UseStep) and step.use != task:
            yield from _hooks(spec, f'before-{step.use}', tasks)
            yield step
            yield from _hooks(spec, f'after-{step.use}', tasks)
        else:
            yield step
    yield from _hooks(spec, f'after-{task}', tasks)


def _hooks(spec: Spec, name: str, tasks: Mapping[str, Task]) -> Iterator[_Hook]:
    for task in spec.hooks.get(name, ()):
        for number, step in enumerate(flatten((TaskStep(task),), tasks), start=1):
            if isinstance(step, RunStep):
                yield _Hook(f'{name}-{task}-{number}', step)


def _actions(run: Run, step: Step | _Hook) -> Iterable[Action] | Skip:
    match step:
        case UseStep():
            known = steps()[step.use]
            return known.function(run, _options(known, step))
        case RunStep():
            number = sum(isinstance(action, RunCommand) and action.purpose == 'step' for action in run.plan.actions)
            return commands(run, step, 'step', f'{number + 1}-{step.run[0].rpartition("/")[2]}')
        case _Hook():
            return commands(run, step.step, 'hook', step.name)
    return Skip('another task')


def commands(run: Run, step: RunStep, purpose: str, id_: str) -> list[Action]:
    """The actions of a `run` step: one for each place that it runs in."""
    return [
        RunCommand(
            purpose='hook' if purpose == 'hook' else 'step',
            id=id_ if place.label is None else f'{id_}-{place.label}',
            argv=place.fill(step.run),
            package=place.package,
            cwd=place.folder,
            env=step.env,
            timeout=step.timeout,
            unless=place.fill(step.unless) if step.unless else None,
        )
        for place in spread(step.per, run.spec, run.workspace, run.plan)
    ]


def _options(known: StepType, step: UseStep) -> object:
    names = {field.name.rstrip('_'): field.name for field in dataclasses.fields(known.options)}
    unknown = sorted(set(step.options) - set(names))
    if unknown:
        hint = f'It takes {", ".join(sorted(names)) or "no options"}.'
        raise fail(Code.SPEC_NAME, f'Step {known.name} has no option {", ".join(unknown)}.', hint)
    options = known.options(**{names[key]: value for key, value in step.options.items()})
    hints = inspect.get_annotations(known.options, eval_str=True)
    for field in dataclasses.fields(known.options):
        value, allowed = getattr(options, field.name), field.metadata.get('schema', {}).get('enum')
        if not isinstance(value, hints[field.name]) or (allowed and value not in allowed):
            wanted = ' or '.join(allowed) if allowed else hints[field.name].__name__
            message = f'Option {field.name.rstrip("_")} of step {known.name} is {value!r}.'
            raise fail(Code.SPEC_INVALID, message, f'Give it {wanted}.')
    return options


class _Graph:
    """The actions so far, with what each needs.

    An action needs the nearest earlier action of the same package or of the repository; one of the repository
    needs all before it. What needs something by itself needs just that. Nothing waits for the user's branch.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        """Begin with no actions, and the files of the base."""
        self._base = files
        self.files = dict(files)
        self.actions: dict[str, Action] = {}
        self._repository: str | None = None
        self._packages: dict[str, str] = {}
        self._loose: dict[str, None] = {}

    def add(self, action: Action) -> None:
        """Add an action; an edit of a path that is edited already becomes one with the earlier edit."""
        if isinstance(action, EditFile):
            text = diff.apply(self.files.get(action.path, b'').decode(), action.diff)
            self.files[action.path] = text.encode()
            earlier = self.actions.get(action.key)
            if isinstance(earlier, EditFile):
                original = self._base.get(action.path, b'').decode()
                self.actions[action.key] = _merge(earlier, action, diff.unified(original, text, action.path))
                return
        if not action.needs:
            action = dataclasses.replace(action, needs=self._needs(action))
        self.actions[action.key] = action
        if not isinstance(action, FastForward):
            self._place(action)

    def _needs(self, action: Action) -> tuple[str, ...]:
        if action.package is None:
            return tuple(self._loose)
        nearest = self._packages.get(action.package, self._repository)
        return () if nearest is None else (nearest,)

    def _place(self, action: Action) -> None:
        for need in action.needs:
            self._loose.pop(need, None)
        self._loose[action.key] = None
        if action.package is None:
            self._repository = action.key
            self._packages.clear()
        else:
            self._packages[action.package] = action.key


def _merge(earlier: EditFile, later: EditFile, whole: str) -> EditFile:
    return dataclasses.replace(
        earlier,
        after=later.after,
        diff=whole,
        why=earlier.why if later.why in earlier.why else f'{earlier.why}; {later.why}',
        package=earlier.package if earlier.package == later.package else None,
    )
