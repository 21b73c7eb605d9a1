# SPDX-License-Identifier: Apache-2.0
"""What no schema can say about release.yaml: names that must be known, and settings that contradict each other."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath

from releasekit.errors import Code, Problem, Severity
from releasekit.spec import circles, windows
from releasekit.spec.flow import either
from releasekit.spec.kinds import Kind
from releasekit.spec.later import unavailable
from releasekit.spec.model import Check, RunStep, Spec, TaskStep, UseStep, WorkspaceSpec
from releasekit.spec.names import HOOKED_TASKS, LATER, LATER_STEPS, TASKS, did_you_mean, nearest
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

    def contrary(self, path: Path, message: str, hint: str) -> Problem:
        """A key that cannot stand beside another."""
        return Problem(Code.SPEC_INVALID, message, hint, self.places.key(path))

    def unknown(self, path: Path, what: str, word: str, known: frozenset[str]) -> Problem:
        """A name of something that is not there."""
        near = nearest(word, sorted(known))
        place = self.places.value(path, f'did you mean `{near}`?' if near else '')
        hint = (
            f'Use {either([near] if near else sorted(known))}, or define it.'
            if known
            else f'Define {what} `{word}` first.'
        )
        return Problem(Code.SPEC_NAME, f'There is no {what} `{word}`.', hint, place)


Rule = Callable[[Subject], Iterator[Problem]]


def targets(subject: Subject) -> Iterator[Problem]:
    """Every target that packages go to is defined; one that none goes to is said."""
    spec, known, used = subject.spec, frozenset(subject.spec.targets), set()
    for label, workspace in spec.workspaces.items():
        for path, names in target_lists(label, workspace):
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
        if (kind := kinds.get(workspace.ecosystem)) is None:
            continue
        if workspace.tool is not None and workspace.tool not in kind.tools:
            message = f'`{workspace.tool}` is no tool of the ecosystem {kind.name}.'
            hint = f'Use one of {", ".join(kind.tools)}, or leave it out.'
            yield subject.invalid(('workspaces', label, 'tool'), message, hint)
        types = [target.type for target in kind.targets]
        for path, names in target_lists(label, workspace):
            for index, name in enumerate(names):
                target = subject.spec.targets.get(name)
                if target is not None and target.type not in {*types, *LATER['targets.*.type']}:
                    message = f'Target `{name}` is of type {target.type}, which takes no packages of {kind.name}.'
                    yield subject.invalid((*path, index), message, f'Name a target of type {" or ".join(types)}.')


def options(subject: Subject) -> Iterator[Problem]:
    """A target has only the options of its type."""
    kinds = {target.type: target for kind in subject.kinds for target in kind.targets}
    special = sorted({option for kind in kinds.values() for option in kind.options})
    for name, target in subject.spec.targets.items():
        for option in special if target.type in kinds else ():
            if option not in kinds[target.type].options and getattr(target, option):
                having = ', '.join(type_ for type_, kind in kinds.items() if option in kind.options)
                message = f'A target of type {target.type} has no `{option}`.'
                yield subject.invalid(('targets', name, option), message, f'Remove it; it is for type {having}.')


def target_lists(label: str, workspace: WorkspaceSpec) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Each list of targets of a workspace, with its path."""
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
            near = did_you_mean(point.replace('pre-', 'before-').replace('post-', 'after-'), _points(points))
            place = dataclasses.replace(place, label=near)
            yield Problem(Code.SPEC_NAME, f'`{point}` is no place for a hook.', hint, place)
        elif step not in points:
            yield _unknown_step(subject, step, ('hooks', point), points)
        for index, name in enumerate(names):
            if name not in tasks:
                yield subject.unknown(('hooks', point, index), 'task', name, tasks)


def steps(subject: Subject) -> Iterator[Problem]:
    """A task names known steps and tasks, and never itself."""
    tasks = TASKS | frozenset(subject.spec.tasks)
    edges = circles.names(subject.spec)
    round_ = circles.circles(edges)
    for name, task in subject.spec.tasks.items():
        for index, step in enumerate(task.steps):
            path: Path = ('tasks', name, 'steps', index)
            if isinstance(step, UseStep) and step.use not in subject.steps | LATER_STEPS:
                yield _unknown_step(subject, step.use, (*path, 'use'), subject.steps)
            elif isinstance(step, TaskStep) and step.task not in tasks:
                yield subject.unknown((*path, 'task'), 'task', step.task, tasks)
            # Every task of a circle is in it; the first by name speaks for all.
            elif isinstance(step, TaskStep) and step.task in round_.get(name, ()) and name == min(round_[name]):
                way = circles.way(edges, step.task, name)
                message = f'Task `{name}` contains itself: {" → ".join((name, *way))}.'
                yield subject.invalid((*path, 'task'), message, 'Remove one of these steps.')


def _unknown_step(subject: Subject, step: str, path: Path, known: frozenset[str]) -> Problem:
    place = subject.places.key(path) if path[0] == 'hooks' else subject.places.value(path)
    if step in LATER_STEPS:
        return Problem(Code.SPEC_LATER, unavailable(f'Step `{step}`'), 'Remove it for now.', place)
    near = nearest(step, sorted(known))
    if near is None:
        names = ', '.join(f'`{name}`' for name in sorted(known))
        return Problem(Code.SPEC_NAME, f'There is no step `{step}`.', f'The steps are {names}.', place)
    # Of a hook, the whole key is what is written.
    meant = str(path[-1]).replace(step, near) if path[0] == 'hooks' else near
    place = dataclasses.replace(place, label=f'did you mean `{meant}`?')
    return Problem(Code.SPEC_NAME, f'There is no step `{step}`.', f'Write `{meant}`.', place)


def _points(steps: frozenset[str]) -> list[str]:
    """Every place for a hook."""
    return [f'{when}-{step}' for step in sorted(steps) for when in ('before', 'after')]


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


def needs(subject: Subject) -> Iterator[Problem]:
    """Packages of other workspaces are named as `label:name`; which there are, only discovery knows."""
    labels = frozenset(subject.spec.workspaces)
    for label, workspace in subject.spec.workspaces.items():
        for glob, override in workspace.packages.items():
            for index, need in enumerate(override.needs or ()):
                path: Path = ('workspaces', label, 'packages', glob, 'needs', index)
                other, colon, name = need.partition(':')
                if not (other and colon and name):
                    hint = 'Write the label of a workspace, a colon and the name of a package: web:ui.'
                    yield subject.invalid(path, f'`{need}` does not name a package of another workspace.', hint)
                elif other not in labels:
                    yield subject.unknown(path, 'workspace', other, labels)


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


def globs(subject: Subject) -> Iterator[Problem]:
    """Path globs are relative, with `**` alone between slashes."""
    for path, glob in _globs(subject.spec):
        parts = PurePosixPath(glob).parts
        if '\\' in glob or PurePosixPath(glob).is_absolute() or '..' in parts:
            hint = 'Write it with `/` and no `..`, such as samples/**.'
            yield subject.invalid(path, f'The glob `{glob}` must be relative and stay in the repository.', hint)
        elif any('**' in part and part != '**' for part in glob.split('/')):
            message = f'The glob `{glob}` is wrong: `**` must stand alone between slashes.'
            yield subject.invalid(path, message, 'Write `**/` for any folders, and `*` for a part of a name.')


def _globs(spec: Spec) -> Iterator[tuple[Path, str]]:
    for label, workspace in spec.workspaces.items():
        for index, glob in enumerate(workspace.exclude):
            yield ('workspaces', label, 'exclude', index), glob
        for name, override in workspace.packages.items():
            for index, glob in enumerate(override.also or ()):
                yield ('workspaces', label, 'packages', name, 'also', index), glob


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


def schedule(subject: Subject) -> Iterator[Problem]:
    """The window of a schedule is open for a while."""
    rules = subject.spec.schedule
    if rules.window is not None:
        window = windows.parse(rules.window)
        if window.begin == window.end:
            message = f'The window `{rules.window}` ends when it begins.'
            hint = 'Write 00:00-24:00 for whole days, or a later end.'
            yield subject.invalid(('schedule', 'window'), message, hint)


RULES: tuple[Rule, ...] = (
    targets,
    ecosystems,
    options,
    hooks,
    steps,
    matrices,
    needs,
    roots,
    paths,
    globs,
    patterns,
    schedule,
)
