# SPDX-License-Identifier: Apache-2.0
"""From a task and what was asked for to its commands: looks up what conditions and places need to know, no more."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from releasekit.core.chores import Asked, Changed, Chore, chores
from releasekit.core.commands import Ground
from releasekit.core.conditions import Facts, branch, in_ci
from releasekit.core.history import Owners
from releasekit.core.package import Workspace
from releasekit.core.plan import Base, Inputs, Plan
from releasekit.core.unroll import Unrolled, unroll
from releasekit.errors import Code, fail
from releasekit.run.changed import changed_paths
from releasekit.run.discover import discover
from releasekit.run.planning import all_tasks, plan_task, version
from releasekit.run.project import Project
from releasekit.spec.model import RunStep, Task
from releasekit.spec.names import nearest

_NO_WORKSPACE = Workspace(())


@dataclasses.dataclass(frozen=True, slots=True)
class Order:
    """What was asked for: `packages` are ids (None for all), `matrix` has `NAME=VALUE`, `since` is a ref or ''."""

    posargs: tuple[str, ...] = ()
    packages: frozenset[str] | None = None
    matrix: tuple[str, ...] = ()
    since: str = ''
    force: bool = False


@dataclasses.dataclass(frozen=True)
class Gathered:
    """The commands of a task, with the tasks and the packages that they belong to."""

    chores: tuple[Chore, ...]
    tasks: Mapping[str, Task]
    workspace: Workspace


async def gather(project: Project, name: str, order: Order) -> Gathered:
    """The commands of a task.

    Raises:
        ReleaseKitError: `RK-SPEC-NAME` for an unknown task, `RK-USAGE` for a ref or a combination that is not there.
    """
    tasks = all_tasks(project)
    if name not in tasks:
        raise fail(Code.SPEC_NAME, f'There is no task {name}.', f'Choose one of {", ".join(sorted(tasks))}.')
    parts = unroll(name, tasks)
    matrix = _matrix(order.matrix, parts)
    workspace = await discover(project) if _names_packages(parts, order) else _NO_WORKSPACE
    changed = await _changed(project, workspace, order.since) if order.since else None
    asked = Asked(await _facts(project, parts, workspace, changed), order.posargs, order.packages, changed, matrix)
    return Gathered(chores(parts, tasks, Ground(project.spec, workspace, nothing(project)), asked), tasks, workspace)


def nothing(project: Project) -> Plan:
    """The plan that releases nothing."""
    return Plan(version(), project.digest, '', 0, Inputs(), Base('', ''), (), ())


def _names_packages(parts: Iterable[Unrolled], order: Order) -> bool:
    per_package = any(isinstance(part.step, RunStep) and part.step.per == 'package' for part in parts)
    return per_package or bool(order.since)


async def _facts(project: Project, parts: Sequence[Unrolled], workspace: Workspace, changed: Changed | None) -> Facts:
    """What the conditions ask for; history is only read where one of them does."""
    conditions = [condition for part in parts for condition in part.conditions]
    facts = Facts(project.spec.mode, ci=in_ci(project.environment))
    if any(condition.branch is not None for condition in conditions):
        facts = dataclasses.replace(facts, branch=branch((await project.repository.head()).branch, project.environment))
    if changed is not None:
        names = {name for each in workspace.select(changed.packages) for name in (each.id, each.name)}
        return dataclasses.replace(facts, changed=frozenset(names), since=changed.since)
    if any(condition.changed is not None for condition in conditions):
        plan = (await plan_task(project, Inputs(), 'check')).plan
        names = {name for package in plan.packages for name in (package.id, package.name)}
        return dataclasses.replace(facts, changed=frozenset(names))
    return facts


async def _changed(project: Project, workspace: Workspace, ref: str) -> Changed:
    """What the tree, committed or not, has other than the commit where it left a ref; with all that depends on it."""
    paths = await changed_paths(project, ref)
    found = set(Owners(workspace.packages).of(paths))
    waiting = sorted(found)
    while waiting:
        for package, _ in workspace.dependents[waiting.pop()]:
            if package.id not in found:
                found.add(package.id)
                waiting.append(package.id)
    return Changed(ref, bool(paths), frozenset(found))


def _matrix(given: Iterable[str], parts: Sequence[Unrolled]) -> Mapping[str, frozenset[str]]:
    """The values of each name.

    Raises:
        ReleaseKitError: `RK-USAGE` for one that no matrix of these has.
    """
    known: dict[str, set[str]] = {}
    for part in parts:
        for name, value in part.words.items():
            known.setdefault(name, set()).add(value)
    found: dict[str, set[str]] = {}
    for pair in given:
        name, equals, value = pair.partition('=')
        if not equals or value not in known.get(name, ()):
            pairs = [f'{each}={value}' for each, values in sorted(known.items()) for value in sorted(values)]
            near = nearest(pair, pairs)
            hint = f'Did you mean `{near}`?' if near else f'Choose one of {", ".join(pairs)}.'
            raise fail(
                Code.USAGE, f'No matrix has `{pair}`.', hint if pairs else 'Leave it out: this task has no matrix.'
            )
        found.setdefault(name, set()).add(value)
    return {name: frozenset(values) for name, values in found.items()}
