# SPDX-License-Identifier: Apache-2.0
"""Runs tasks of release.yaml that release nothing: no plan, no journal, in the user's own tree."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path

from releasekit.core.actions import RunCommand
from releasekit.core.commands import spread
from releasekit.core.package import Workspace
from releasekit.core.plan import Base, Inputs, Plan
from releasekit.core.report import Observer, Report, Result, ResultKind
from releasekit.errors import Code, Exit, ReleaseKitError, fail
from releasekit.ports import Command
from releasekit.run.discover import discover
from releasekit.run.expand import flatten
from releasekit.run.planning import all_tasks, version
from releasekit.run.project import Project
from releasekit.run.world import Interrupts
from releasekit.spec.model import RunStep, Task

_NO_WORKSPACE = Workspace(())


async def run_task(project: Project, name: str, posargs: tuple[str, ...], *, observer: Observer) -> Report:
    """Run the commands of a task, once for each combination of its matrix; the first failure ends it.

    Raises:
        ReleaseKitError: `RK-SPEC-NAME` for an unknown task.
    """
    tasks = all_tasks(project)
    if name not in tasks:
        raise fail(Code.SPEC_NAME, f'There is no task {name}.', f'Choose one of {", ".join(sorted(tasks))}.')
    steps = [step for step in flatten((*tasks[name].steps,), tasks) if isinstance(step, RunStep)]
    workspace = await discover(project) if any(step.per == 'package' for step in steps) else _NO_WORKSPACE
    plan = _nothing(project)
    results: list[Result] = []
    for action in _commands(project, plan, (tasks[name], steps, workspace), posargs):
        observer.started(action)
        result = await _run(project, action)
        observer.finished(action, result)
        results.append(result)
        if result.kind is ResultKind.FAILED:
            break
    failed = any(result.kind is ResultKind.FAILED for result in results)
    return Report('', None, tuple(results), (), Exit.FAILED if failed else Exit.DONE)


def _nothing(project: Project) -> Plan:
    inputs = Inputs()
    return Plan(version(), project.digest, '', 0, inputs, Base('', ''), (), ())


def _combinations(task: Task) -> Iterator[Mapping[str, str]]:
    names = list(task.matrix)
    for values in itertools.product(*task.matrix.values()):
        yield dict(zip(names, values, strict=True))


def _commands(
    project: Project, plan: Plan, what: tuple[Task, list[RunStep], Workspace], posargs: tuple[str, ...]
) -> Iterator[RunCommand]:
    task, steps, workspace = what
    for words in _combinations(task):
        suffix = ''.join(f'-{value}' for value in words.values())
        for number, step in enumerate(steps, start=1):
            for place in spread(step.per, project.spec, workspace, plan):
                filled = dataclasses.replace(place, words={**place.words, **words})
                yield RunCommand(
                    purpose='step',
                    id=f'{number}-{Path(step.run[0]).name}{suffix}' + (f'-{place.label}' if place.label else ''),
                    argv=filled.fill_with(step.run, posargs),
                    package=place.package,
                    cwd=place.folder,
                    env=step.env,
                    timeout=step.timeout,
                    unless=filled.fill_with(step.unless, posargs) if step.unless else None,
                )


async def _run(project: Project, action: RunCommand) -> Result:
    interrupts = Interrupts()
    folder = project.root / action.cwd
    try:
        if action.unless is not None:
            done = await interrupts.run(project, Command(action.unless, cwd=folder, env=action.env))
            if done.status == 0:
                return Result(action.key, ResultKind.ALREADY, 'its `unless` says so')
        done = await interrupts.run(project, _command(action, folder))
    except ReleaseKitError as error:
        return Result(action.key, ResultKind.FAILED, '', error.problems[0])
    if done.status == 0:
        return Result(action.key, ResultKind.DONE)
    message = f'{" ".join(action.argv)} failed with exit status {done.status}.'
    problem = fail(Code.COMMAND_FAILED, message, 'Mend what it says, then run it again.').problems[0]
    return Result(action.key, ResultKind.FAILED, '', problem)


def _command(action: RunCommand, folder: Path) -> Command:
    """The command; people watch what it writes."""
    return Command(action.argv, cwd=folder, env=action.env, timeout=action.timeout, inherit=True)
