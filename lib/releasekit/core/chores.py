# SPDX-License-Identifier: Apache-2.0
"""A task that releases nothing as a graph of commands: which run where, after what, and why others do not.

The steps of a combination come one after the other, combinations and needed tasks side by side. A command that runs
once a package runs in a package after those that this one needs.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

from releasekit.core.actions import RunCommand
from releasekit.core.commands import Ground, commands, program
from releasekit.core.conditions import Facts, unmet
from releasekit.core.graph import release_needs
from releasekit.core.package import Workspace
from releasekit.core.unroll import Unrolled
from releasekit.spec.interpolate import fill
from releasekit.spec.model import RunStep, Task
from releasekit.spec.names import ENVIRONMENT_WORD


@dataclasses.dataclass(frozen=True, slots=True)
class Changed:
    """What changed since a ref: anything at all, and these packages with those that need them, by id."""

    since: str
    anything: bool
    packages: frozenset[str] = frozenset()


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for on the command line. `packages` are ids, None stands for all; so it does in `changed`."""

    facts: Facts
    posargs: tuple[str, ...] = ()
    packages: frozenset[str] | None = None
    changed: Changed | None = None
    matrix: Mapping[str, frozenset[str]] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Wish:
    """An environment that commands want to run in."""

    python: str | None
    groups: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Chore:
    """A command of a task. `unit` is the task, combination and folder that are up to date or not as a whole.

    `skip` says why it does not run, '' that it does.
    """

    action: RunCommand
    task: str
    unit: str
    skip: str = ''
    wish: Wish | None = None


def chores(parts: Sequence[Unrolled], tasks: Mapping[str, Task], ground: Ground, asked: Asked) -> tuple[Chore, ...]:
    """The commands of a task, each after what it needs. What was not asked for is left out.

    Raises:
        ReleaseKitError: `RK-GRAPH-CYCLE` where packages of a command that runs once a package need each other.
    """
    made: dict[str, Chore] = {}
    ends: list[tuple[str, ...]] = []
    for part in parts:
        before = tuple(dict.fromkeys(key for place in part.after for key in ends[place]))
        own: list[Chore] = []
        if isinstance(part.step, RunStep) and _chosen(part.words, asked.matrix):
            wish = _wish(tasks[part.task], part)
            own = [_apart(chore, made) for chore in _places(part, ground, asked, wish)]
            own = _ordered(own, before, ground.workspace)
        made.update((chore.action.key, chore) for chore in own)
        ends.append(tuple(chore.action.key for chore in own if not chore.skip) or before)
    return tuple(made.values())


def side_by_side(wanted: Iterable[Chore]) -> bool:
    """Whether any two of these commands may run at the same time."""
    running = [chore.action for chore in wanted if not chore.skip]
    return any(earlier.key not in later.needs for earlier, later in itertools.pairwise(running))


def _chosen(words: Mapping[str, str], matrix: Mapping[str, frozenset[str]]) -> bool:
    return all(words[name] in values for name, values in matrix.items() if name in words)


def _wish(task: Task, part: Unrolled) -> Wish | None:
    if task.python is None and not task.groups:
        return None
    return Wish(None if task.python is None else fill(task.python, part.words), task.groups)


def _places(part: Unrolled, ground: Ground, asked: Asked, wish: Wish | None) -> Iterator[Chore]:
    step = part.step
    if not isinstance(step, RunStep):
        return
    if wish is not None and wish.python is not None:
        part = dataclasses.replace(part, words={ENVIRONMENT_WORD: wish.python, **part.words})
    reason = unmet(part.conditions, asked.facts)
    for action in commands(part, ground, f'{part.task}-{part.number}-{program(step)}', asked.posargs):
        if action.package is None or asked.packages is None or action.package in asked.packages:
            skip = reason or _unchanged(action, step, ground, asked.changed)
            yield Chore(action, part.task, f'{part.task}{part.suffix}:{action.cwd}', skip, wish)


def _unchanged(action: RunCommand, step: RunStep, ground: Ground, changed: Changed | None) -> str:
    if changed is None:
        return ''
    if action.package is not None:
        concerned = action.package in changed.packages
    elif step.per == 'workspace':
        labels = {
            ground.spec.workspaces[package.workspace].root for package in ground.workspace.select(changed.packages)
        }
        concerned = action.cwd in labels
    else:
        concerned = changed.anything
    return '' if concerned else f'nothing of it has changed since {changed.since}'


def _apart(chore: Chore, known: Mapping[str, Chore]) -> Chore:
    """The command under an id of its own, where the same step stands in the list twice."""
    found, number = chore, 1
    while found.action.key in known:
        number += 1
        action = dataclasses.replace(chore.action, id=f'{chore.action.id}-{number}')
        found = dataclasses.replace(chore, action=action)
    return found


def _ordered(own: Sequence[Chore], before: tuple[str, ...], workspace: Workspace) -> list[Chore]:
    """The commands of a step with what each comes after."""
    keys = {chore.action.package: chore.action.key for chore in own if chore.action.package and not chore.skip}
    needs = _closure(workspace) if len(keys) > 1 else {}
    return [
        dataclasses.replace(
            chore,
            action=dataclasses.replace(
                chore.action,
                needs=(
                    *before,
                    *(keys[id_] for id_ in sorted(needs.get(chore.action.package or '', ())) if id_ in keys),
                ),
            ),
        )
        for chore in own
    ]


def _closure(workspace: Workspace) -> Mapping[str, frozenset[str]]:
    """For each package all that it needs, directly or not."""
    direct = release_needs(workspace)
    found: dict[str, frozenset[str]] = {}
    for id_ in direct:
        seen: set[str] = set()
        waiting = list(direct[id_])
        while waiting:
            if (need := waiting.pop()) not in seen:
                seen.add(need)
                waiting += direct.get(need, ())
        found[id_] = frozenset(seen)
    return found
