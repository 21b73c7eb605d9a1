# SPDX-License-Identifier: Apache-2.0
"""Runs tasks of release.yaml that release nothing: no plan, no journal, in the user's own tree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from releasekit.core.actions import RunCommand
from releasekit.core.package import Workspace
from releasekit.core.plan import Base, Inputs, Plan
from releasekit.core.report import Observer, Report, Result, ResultKind
from releasekit.core.unroll import Unrolled, unroll
from releasekit.errors import Code, Exit, ReleaseKitError, fail
from releasekit.ports import Command
from releasekit.run.discover import discover
from releasekit.run.expand import commands, program
from releasekit.run.planning import all_tasks, version
from releasekit.run.project import Project
from releasekit.run.world import Interrupts
from releasekit.spec.model import RunStep
from releasekit.steps.base import Run

_NO_WORKSPACE = Workspace(())


async def run_task(project: Project, name: str, posargs: tuple[str, ...], *, observer: Observer) -> Report:
    """Run the commands of a task, once for each combination of its matrix; the first failure ends it.

    Raises:
        ReleaseKitError: `RK-SPEC-NAME` for an unknown task.
    """
    tasks = all_tasks(project)
    if name not in tasks:
        raise fail(Code.SPEC_NAME, f'There is no task {name}.', f'Choose one of {", ".join(sorted(tasks))}.')
    parts = tuple(unroll(name, tasks))
    wanted = any(isinstance(part.step, RunStep) and part.step.per == 'package' for part in parts)
    workspace = await discover(project) if wanted else _NO_WORKSPACE
    run = Run(project.spec, workspace, _nothing(project), {})
    results: list[Result] = []
    for action in _commands(run, parts, posargs):
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


def _commands(run: Run, parts: Iterable[Unrolled], posargs: tuple[str, ...]) -> Iterator[RunCommand]:
    numbers: Counter[str] = Counter()
    for part in parts:
        if isinstance(part.step, RunStep):
            numbers[part.suffix] += 1
            yield from commands(run, part, f'{numbers[part.suffix]}-{program(part.step)}', posargs)


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
