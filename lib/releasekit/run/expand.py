# SPDX-License-Identifier: Apache-2.0
"""Steps to the graph of actions: each step sees the plan and the files as those before it leave them."""

from __future__ import annotations

import dataclasses
import inspect
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from releasekit.core import diff
from releasekit.core.actions import Action, EditFile, FastForward, RunCommand
from releasekit.core.commands import Ground, commands, program
from releasekit.core.conditions import Facts, unmet
from releasekit.core.plan import Plan
from releasekit.core.unroll import Unrolled, unroll
from releasekit.errors import Code, fail
from releasekit.spec.model import Spec, Task, UseStep
from releasekit.steps.base import Run, Skip, StepType, steps

# A task with one of these releases something: without a package to release it has nothing to do at all.
_RELEASING = frozenset({'commit', 'tag', 'push', 'publish'})
# What these leave behind in repositories no snapshot does, whatever the steps of its task are.
_LASTING = frozenset({'commit', 'tag', 'push', 'advance'})


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


def releases(name: str, tasks: Mapping[str, Task]) -> bool:
    """Whether a task releases something: makes it public, or what is to become public."""
    return _releasing(unroll(name, tasks))


def _releasing(wanted: Iterable[Unrolled]) -> bool:
    return any(isinstance(part.step, UseStep) and part.step.use in _RELEASING for part in wanted)


def expand(run: Run, name: str, tasks: Mapping[str, Task]) -> Expansion:
    """Turn the steps of a task, with its hooks and theirs, into the actions of the plan."""
    skipped: list[Skipped] = []
    graph = _Graph(run.files)
    wanted = tuple(unroll(name, tasks))
    if not run.plan.packages and _releasing(wanted):
        return Expansion(run.plan, (Skipped('release', run.plan.nothing),))
    for part in _with_hooks(run.spec, name, wanted, tasks):
        actions = _actions(run, part)
        if isinstance(actions, Skip):
            skipped.append(
                Skipped(part.what.step.use if isinstance(part.what.step, UseStep) else 'run', actions.reason)
            )
            continue
        for action in actions:
            graph.add(action)
        plan = dataclasses.replace(run.plan, actions=tuple(graph.actions.values()))
        run = dataclasses.replace(run, plan=plan, files=dict(graph.files))
    return Expansion(run.plan, tuple(skipped))


@dataclasses.dataclass(frozen=True, slots=True)
class _Part:
    """A step of the task itself, or of a hook, which has an id."""

    what: Unrolled
    hook: str | None = None


def _with_hooks(spec: Spec, task: str, wanted: Iterable[Unrolled], tasks: Mapping[str, Task]) -> Iterator[_Part]:
    """The steps between what is hooked to each, all of it between what is hooked to the task.

    Nothing is hooked to the steps of a hook.
    """
    yield from _hooks(spec, f'before-{task}', tasks)
    for part in wanted:
        if isinstance(part.step, UseStep) and part.step.use != task:
            yield from _hooks(spec, f'before-{part.step.use}', tasks)
            yield _Part(part)
            yield from _hooks(spec, f'after-{part.step.use}', tasks)
        else:
            yield _Part(part)
    yield from _hooks(spec, f'after-{task}', tasks)


def _hooks(spec: Spec, name: str, tasks: Mapping[str, Task]) -> Iterator[_Part]:
    for task in spec.hooks.get(name, ()):
        numbers: Counter[str] = Counter()
        for part in unroll(task, tasks):
            numbers[part.suffix] += 1
            yield _Part(part, f'{name}-{task}-{numbers[part.suffix]}')


def _actions(run: Run, part: _Part) -> Iterable[Action] | Skip:
    step = part.what.step
    if (reason := unmet(part.what.conditions, _facts(run))) is not None:
        return Skip(reason)
    if isinstance(step, UseStep):
        if run.plan.inputs.snapshot is not None and step.use in _LASTING:
            return Skip('a snapshot leaves nothing in a repository')
        known = steps()[step.use]
        return known.function(run, _options(known, step))
    ground = Ground(run.spec, run.workspace, run.plan)
    if part.hook is not None:
        return commands(part.what, ground, part.hook, purpose='hook')
    number = sum(isinstance(action, RunCommand) and action.purpose == 'step' for action in run.plan.actions)
    return commands(part.what, ground, f'{number + 1}-{program(step)}')


def _facts(run: Run) -> Facts:
    """What the plan itself knows; whether it is made in CI must not matter, and the rules of release.yaml see to it."""
    released = {name for package in run.plan.packages for name in (package.id, package.name)}
    return Facts(run.spec.mode, run.plan.base.branch, changed=frozenset(released))


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
    needs all before it. Packages share a checkout, so that an edit needs all earlier commands, and a command all
    earlier edits, whosever they are; edits come one after the other, so that waiting for the last is enough.
    What needs something by itself needs just that. Nothing waits for the user's branch.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        """Begin with no actions, and the files of the base."""
        self._base = files
        self.files = dict(files)
        self.actions: dict[str, Action] = {}
        self._repository: str | None = None
        self._packages: dict[str, str] = {}
        self._loose: dict[str, None] = {}
        self._commands: list[str] = []
        self._edit: str | None = None

    def add(self, action: Action) -> None:
        """Add an action; an edit of a path that is edited already becomes one with the earlier edit.

        A command that was run before runs again, under another id; all else is done once.
        """
        if isinstance(action, EditFile):
            text = self._edited(action)
            earlier = self.actions.get(action.key)
            if isinstance(earlier, EditFile):
                original = self._base.get(action.path)
                whole = diff.unified(None if original is None else original.decode(), text, action.path)
                self.actions[action.key] = _merge(earlier, action, whole)
                return
        if isinstance(action, RunCommand):
            action = self._again(action)
        elif action.key in self.actions:
            return
        if not action.needs:
            action = dataclasses.replace(action, needs=self._needs(action))
        self.actions[action.key] = action
        if not isinstance(action, FastForward):
            self._place(action)

    def _edited(self, action: EditFile) -> str | None:
        """The text that a file gets by an edit, None where it is deleted; the steps after it see it so."""
        text = diff.apply(self.files.get(action.path, b'').decode(), action.diff)
        if action.after:
            self.files[action.path] = text.encode()
            return text
        self.files.pop(action.path, None)
        return None

    def _again(self, action: RunCommand) -> RunCommand:
        found = action
        for number in itertools.count(2):
            if found.key not in self.actions:
                break
            found = dataclasses.replace(action, id=f'{action.id}-{number}')
        return found

    def _needs(self, action: Action) -> tuple[str, ...]:
        if action.package is None:
            return tuple(self._loose)
        needs = [self._packages.get(action.package, self._repository)]
        if isinstance(action, EditFile):
            needs += [self._edit, *self._commands]
        elif isinstance(action, RunCommand):
            needs.append(self._edit)
        return tuple(dict.fromkeys(need for need in needs if need is not None))

    def _place(self, action: Action) -> None:
        for need in action.needs:
            self._loose.pop(need, None)
        self._loose[action.key] = None
        if action.package is None:
            self._repository, self._edit = action.key, None
            self._packages.clear()
            self._commands.clear()
            return
        self._packages[action.package] = action.key
        if isinstance(action, EditFile):
            self._edit = action.key
            self._commands.clear()
        elif isinstance(action, RunCommand):
            self._commands.append(action.key)


def _merge(earlier: EditFile, later: EditFile, whole: str) -> EditFile:
    return dataclasses.replace(
        earlier,
        after=later.after,
        diff=whole,
        why=earlier.why if later.why in earlier.why else f'{earlier.why}; {later.why}',
        package=earlier.package if earlier.package == later.package else None,
    )
