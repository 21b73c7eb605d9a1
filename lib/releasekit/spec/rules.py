# SPDX-License-Identifier: Apache-2.0
"""What no schema can say about release.yaml: names that must be known, and settings that contradict each other."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath

from releasekit.errors import Code, Problem, Severity
from releasekit.spec.kinds import Kind
from releasekit.spec.model import Check, RunStep, Spec, TaskStep, UseStep, WorkspaceSpec
from releasekit.spec.names import HOOKED_TASKS, TASKS, did_you_mean, is_later
from releasekit.spec.places import Path, Places

# Words that `run` steps have beside the names of their matrix.
RESERVED = frozenset({'posargs', 'name', 'path', 'version'})


@dataclasses.dataclass(frozen=True)
class Subject:
    """The spec that rules look at, where its parts stand, and the steps and ecosystems that there are."""

    spec: Spec
    places: Places
    steps: frozenset[str]
    kinds: tuple[Kind, ...]

    def invalid(self, path: Path, message: str, hint: str) -> Problem:
        """A setting that cannot be."""
        return Problem(Code.SPEC_INVALID, message, hint, self.places.value(path))

    def unknown(self, path: Path, what: str, word: str, known: frozenset[str]) -> Problem:
        """A name of something that is not there."""
        place = self.places.value(path, did_you_mean(word, sorted(known)))
        names = ', '.join(f'`{name}`' for name in sorted(known))
        hint = f'Use one of {names}, or define it.' if names else f'Define {what} `{word}` first.'
        return Problem(Code.SPEC_NAME, f'There is no {what} `{word}`.', hint, place)


Rule = Callable[[Subject], Iterator[Problem]]


def targets(subject: Subject) -> Iterator[Problem]:
    """Every target that packages go to is defined; one that none goes to is said."""
    spec, known, used = subject.spec, frozenset(subject.spec.targets), set()
    for label, workspace in spec.workspaces.items():
        for path, names in _target_lists(label, workspace):
            used |= {*names}
            for index, name in enumerate(names):
                if name not in known:
                    yield subject.unknown((*path, index), 'target', name, known)
    for name in sorted(known - used):
        place = subject.places.key(('targets', name))
        hint = 'Name it in `targets` of a workspace, or remove it.'
        yield Problem(Code.SPEC_UNUSED, f'No package goes to target `{name}`.', hint, place, Severity.WARNING)


def ecosystems(subject: Subject) -> Iterator[Problem]:
    """A workspace has a tool of its ecosystem, and its packages go to registries of it."""
    kinds = {kind.name: kind for kind in subject.kinds}
    for label, workspace in subject.spec.workspaces.items():
        kind = kinds[workspace.ecosystem]
        if workspace.tool is not None and workspace.tool not in kind.tools:
            message = f'`{workspace.tool}` is no tool of the ecosystem {kind.name}.'
            hint = f'Use one of {", ".join(kind.tools)}, or leave it out.'
            yield subject.invalid(('workspaces', label, 'tool'), message, hint)
        types = [target.type for target in kind.targets]
        for path, names in _target_lists(label, workspace):
            for index, name in enumerate(names):
                target = subject.spec.targets.get(name)
                if target is not None and target.type not in types:
                    message = f'Target `{name}` is of type {target.type}, which takes no packages of {kind.name}.'
                    yield subject.invalid((*path, index), message, f'Name a target of type {" or ".join(types)}.')


def options(subject: Subject) -> Iterator[Problem]:
    """A target has only the options of its type."""
    kinds = {target.type: target for kind in subject.kinds for target in kind.targets}
    special = sorted({option for kind in kinds.values() for option in kind.options})
    for name, target in subject.spec.targets.items():
        for option in special:
            if option not in kinds[target.type].options and getattr(target, option):
                having = ', '.join(type_ for type_, kind in kinds.items() if option in kind.options)
                message = f'A target of type {target.type} has no `{option}`.'
                yield subject.invalid(('targets', name, option), message, f'Remove it; it is for type {having}.')


def _target_lists(label: str, workspace: WorkspaceSpec) -> Iterator[tuple[Path, tuple[str, ...]]]:
    yield ('workspaces', label, 'targets'), workspace.targets
    for glob, override in workspace.packages.items():
        yield ('workspaces', label, 'packages', glob, 'targets'), override.targets or ()


def hooks(subject: Subject) -> Iterator[Problem]:
    """A hook stands before or after a known step, and names known tasks."""
    tasks = TASKS | frozenset(subject.spec.tasks)
    points = subject.steps | HOOKED_TASKS
    for point, names in subject.spec.hooks.items():
        when, _, step = point.partition('-')
        place = subject.places.key(('hooks', point))
        if when not in {'before', 'after'} or not step:
            hint = 'Begin it with `before-` or `after-` and the name of a step.'
            yield Problem(Code.SPEC_NAME, f'`{point}` is no place for a hook.', hint, place)
        elif step not in points:
            yield _unknown_step(subject, step, ('hooks', point), points)
        for index, name in enumerate(names):
            if name not in tasks:
                yield subject.unknown(('hooks', point, index), 'task', name, tasks)


def steps(subject: Subject) -> Iterator[Problem]:
    """A task names known steps and tasks, and never itself."""
    tasks = TASKS | frozenset(subject.spec.tasks)
    for name, task in subject.spec.tasks.items():
        for index, step in enumerate(task.steps):
            path: Path = ('tasks', name, 'steps', index)
            if isinstance(step, UseStep) and step.use not in subject.steps:
                yield _unknown_step(subject, step.use, (*path, 'use'), subject.steps)
            elif isinstance(step, TaskStep) and step.task not in tasks:
                yield subject.unknown((*path, 'task'), 'task', step.task, tasks)
            # Every task of a circle is in it; the first by name speaks for all.
            elif isinstance(step, TaskStep) and name == min(
                way := _way_back(subject.spec, step.task, name), default=''
            ):
                message = f'Task `{name}` contains itself: {" → ".join((name, *way))}.'
                yield subject.invalid((*path, 'task'), message, 'Remove one of these steps.')


def _unknown_step(subject: Subject, step: str, path: Path, known: frozenset[str]) -> Problem:
    place = subject.places.key(path) if path[0] == 'hooks' else subject.places.value(path)
    if is_later(('tasks', '', 'steps', 0), step):
        message = f'Step `{step}` is part of format 1, but this version of releasekit cannot do it yet.'
        hint = 'Remove it, or use a version of releasekit that can.'
        return Problem(Code.SPEC_LATER, message, hint, place)
    place = dataclasses.replace(place, label=did_you_mean(step, sorted(known)))
    names = ', '.join(f'`{name}`' for name in sorted(known))
    return Problem(Code.SPEC_NAME, f'There is no step `{step}`.', f'The steps are {names}.', place)


def _way_back(spec: Spec, start: str, goal: str) -> tuple[str, ...]:
    """The tasks from one to another, both named, or nothing."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    while ways:
        way = ways.pop()
        if way[-1] == goal:
            return way
        task = spec.tasks.get(way[-1])
        for step in task.steps if task else ():
            if isinstance(step, TaskStep) and step.task not in seen:
                seen.add(step.task)
                ways.append((*way, step.task))
    return ()


def matrices(subject: Subject) -> Iterator[Problem]:
    """A matrix has values, under names that mean nothing else."""
    for name, task in subject.spec.tasks.items():
        for word, values in task.matrix.items():
            path: Path = ('tasks', name, 'matrix', word)
            if not values:
                yield subject.invalid(path, f'`{word}` has no values, so that nothing would run.', 'Give it values.')
            if word in RESERVED:
                hint = 'Give the name of the matrix another word.'
                yield Problem(
                    Code.SPEC_INVALID, f'`{{{word}}}` has a meaning of its own.', hint, subject.places.key(path)
                )


def checks(subject: Subject) -> Iterator[Problem]:
    """No two checks have one name."""
    first: dict[str, int] = {}
    for index, check in enumerate(subject.spec.checks):
        if check.name in first:
            hint = 'Give one of them another name.'
            yield subject.invalid(('checks', index, 'name'), f'Two checks are named `{check.name}`.', hint)
        first.setdefault(check.name, index)


def pins(subject: Subject) -> Iterator[Problem]:
    """Exact pins need every dependent to be released with what it pins."""
    for label, workspace in subject.spec.workspaces.items():
        propagate = workspace.version.propagate
        if workspace.pin == 'exact' and propagate != 'patch':
            message = f'`pin: exact` and `propagate: {propagate}` contradict: dependents would keep the old pin.'
            yield subject.invalid(('workspaces', label, 'pin'), message, 'Set `propagate: patch`, or another `pin`.')


def roots(subject: Subject) -> Iterator[Problem]:
    """No two workspaces of one ecosystem have the same folder."""
    first: dict[tuple[str, str], str] = {}
    for label, workspace in subject.spec.workspaces.items():
        known = first.setdefault((workspace.ecosystem, str(PurePosixPath(workspace.root))), label)
        if known != label:
            message = f'Workspaces `{known}` and `{label}` have the same root, `{workspace.root}`.'
            yield subject.invalid(
                ('workspaces', label, 'root'), message, 'Give each workspace a folder, or join the two.'
            )


def paths(subject: Subject) -> Iterator[Problem]:
    """Paths are relative and stay inside the repository."""
    for path, value in _paths(subject.spec):
        pure = PurePosixPath(value)
        if '\\' in value or pure.is_absolute() or '..' in pure.parts:
            message = f'`{path[-1]}` is `{value}`; it must be a relative path that stays in the repository.'
            yield subject.invalid(
                path, message, 'Write it from the folder that it is relative to, with `/` and no `..`.'
            )


def _paths(spec: Spec) -> Iterator[tuple[Path, str]]:
    yield ('manifest',), spec.manifest
    for label, workspace in spec.workspaces.items():
        yield ('workspaces', label, 'root'), workspace.root
        if workspace.changelog is not False:
            yield ('workspaces', label, 'changelog', 'path'), workspace.changelog.path
        for index, file in enumerate(workspace.version.files):
            yield ('workspaces', label, 'version', 'files', index, 'path'), file.path


def patterns(subject: Subject) -> Iterator[Problem]:
    """The pattern of a version file is a regular expression with a group."""
    for label, workspace in subject.spec.workspaces.items():
        for index, file in enumerate(workspace.version.files):
            path: Path = ('workspaces', label, 'version', 'files', index, 'pattern')
            hint = 'Write a regular expression of Python with the version in round brackets: release = "(.*)".'
            try:
                groups = re.compile(file.pattern).groups
            except re.error as error:
                yield subject.invalid(path, f'`pattern` is no regular expression: {error}.', hint)
            else:
                if not groups:
                    yield subject.invalid(path, '`pattern` has no group for the version.', hint)


def commands(spec: Spec) -> Iterator[tuple[Path, Check | RunStep, Mapping[str, tuple[str, ...]]]]:
    """Every check and `run` step with its path and the matrix that it runs in."""
    for index, check in enumerate(spec.checks):
        yield ('checks', index), check, {}
    for name, task in spec.tasks.items():
        for index, step in enumerate(task.steps):
            if isinstance(step, RunStep):
                yield ('tasks', name, 'steps', index), step, task.matrix


RULES: tuple[Rule, ...] = (targets, ecosystems, options, hooks, steps, matrices, checks, pins, roots, paths, patterns)
