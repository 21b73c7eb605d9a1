# SPDX-License-Identifier: Apache-2.0
"""The programs that a release runs: the version control system, the ecosystems' tools, those of checks and tasks."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Iterator

from releasekit.ecosystems import ECOSYSTEMS
from releasekit.errors import Code, ReleaseKitError
from releasekit.ports import Command
from releasekit.run.doctor.examination import TAKES, Examination
from releasekit.run.doctor.findings import Finding, error, passed, unchecked, warning
from releasekit.spec.model import RunStep
from releasekit.vcs import open_inspector


async def git(examination: Examination) -> AsyncIterator[Finding]:
    """Git is there and new enough."""
    try:
        program = await open_inspector(examination.shell, examination.start).program()
    except ReleaseKitError as caught:
        if caught.code is not Code.TOOL_MISSING:
            raise
        yield error('There is no program `git`.', 'Install git, version 2.31 or newer.')
        return
    if program.lacks:
        yield error(f'git {program.version} is too old for {program.lacks}.', 'Install git 2.31 or newer.')
    else:
        yield passed(f'git {program.version}')


def needed(examination: Examination) -> list[str]:
    """The programs that the ecosystems of the workspaces need."""
    spaces, locks = examination.project.spec.workspaces, examination.packages.locks
    found = {
        tool for label, rules in spaces.items() for tool in ECOSYSTEMS[rules.ecosystem].needs(rules, locks.get(label))
    }
    return sorted(found)


async def tool(examination: Examination, name: str) -> AsyncIterator[Finding]:
    """A program of an ecosystem runs and tells its version."""
    argv = next(each.tools[name] for each in ECOSYSTEMS.values() if name in each.tools)
    try:
        done = await examination.shell.run(Command(argv, cwd=examination.root, timeout=TAKES))
    except ReleaseKitError as caught:
        problem = caught.problems[0]
        yield error(problem.message, problem.hint)
        return
    if done.status != 0:
        told = done.complaint.partition('\n')[0]
        yield error(
            f'`{name}` does not run: {told}', f'Run `{" ".join(argv)}` to see what it needs, or install it anew.'
        )
        return
    told = done.text.partition('\n')[0]
    yield passed(told if name in told else f'{name} {told}')


async def commands(examination: Examination) -> AsyncIterator[Finding]:
    """The programs of checks and tasks are there."""
    names = dict(_programs(examination))
    path = examination.environment.get('PATH', os.defpath)
    lacking = [name for name in names if not _there(examination, name, path)]
    for name in lacking:
        message, hint = f'There is no program `{name}`, which {names[name][0]} runs.', f'Install {name}.'
        yield error(message, hint) if names[name][1] else warning(message, hint)
    if names and not lacking:
        yield passed(f'{", ".join(sorted(names))}: what checks and tasks run is there')


def _programs(examination: Examination) -> Iterator[tuple[str, tuple[str, bool]]]:
    """The programs that are run, who runs each, and whether a release fails without it."""
    spec = examination.project.spec
    for name, task in spec.tasks.items():
        # A task with an environment of its own finds its programs there.
        for step in task.steps if task.python is None else ():
            if isinstance(step, RunStep):
                yield from ((argv[0], (f'the task `{name}`', False)) for argv in (step.run, step.unless or ()) if argv)
    # Last, so that what fails a release counts where two run the same program.
    for check in spec.checks:
        if check.run and check.severity != 'off':
            yield check.run[0], (f'the check `{check.name}`', check.severity == 'error')


def _there(examination: Examination, name: str, path: str) -> bool:
    """Whether a program can be found; of one whose name is filled in later nobody knows."""
    if '{' in name:
        return True
    if os.sep in name:
        return os.access(examination.root / name, os.X_OK)
    return shutil.which(name, path=path) is not None


async def signing(examination: Examination) -> AsyncIterator[Finding]:
    """What is to be signed can be, as far as it shows."""
    sign = examination.project.spec.git.sign
    if not sign:
        yield passed('nothing is signed: `git.sign` is false')
        return
    lack = await examination.git.unsigned(sign)
    if lack is None:
        yield passed(f'git has what it needs to sign {sign}')
    elif lack.unknown:
        yield unchecked(lack.message, lack.hint)
    else:
        yield error(lack.message, lack.hint)
