# SPDX-License-Identifier: Apache-2.0
"""Opens what can be opened, asks all questions at the same time, and gives each a time after which it is let be."""

from __future__ import annotations

import contextlib
import dataclasses
import fnmatch
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path

import anyio

from releasekit import log
from releasekit.backends.http import HttpClient
from releasekit.backends.shell import LocalShell
from releasekit.ecosystems.base import Outside
from releasekit.errors import Code, ReleaseKitError, fail
from releasekit.ports import RemoteRef, Shell
from releasekit.run.discover import discover_in
from releasekit.run.doctor.examination import MOVES, TAKES, Examination, Missing, Once, Opened
from releasekit.run.doctor.findings import Finding, UnableError, passed, unchecked
from releasekit.run.doctor.table import Question, questions
from releasekit.run.project import Project, open_project
from releasekit.spec.names import nearest
from releasekit.spec.overrides import Override
from releasekit.vcs import open_inspector, open_repository

# How many questions are asked at a time: most of them start a program.
_AT_ONCE = 8


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """What is to be examined: where, by which spec (None for the one at the root), and whether the network is used.

    `only` and `skip` are globs of the ids of questions.
    """

    start: Path
    spec: Path | None
    environment: Mapping[str, str] = dataclasses.field(repr=False)
    overrides: tuple[Override, ...] = ()
    offline: bool = False
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()


async def examine(asked: Asked) -> tuple[Finding, ...]:
    """Look at everything, and change nothing; the findings are in the order of the questions, nothing secret in them.

    Raises:
        ReleaseKitError: `RK-USAGE` for a glob that fits no question.
    """
    shell = LocalShell(asked.environment)
    opened, missing = await _open(asked, shell)
    async with _outside(asked, opened.project, shell) as outside:

        async def listed() -> Mapping[str, RemoteRef]:
            name = examination.project.spec.project.remote
            if name not in await examination.remotes.names():
                raise UnableError(f'There is no remote {name}.', f'Run `git remote add {name} URL`.')
            return await examination.remotes.listed(name)

        remote = Once(_offline if outside is None else listed)
        examination = Examination(asked.start, asked.environment, shell, opened, missing, outside, remote)
        wanted = _wanted(asked, tuple(questions(examination)))
        found: dict[int, list[Finding]] = {}
        limiter = anyio.CapacityLimiter(_AT_ONCE)

        async def answer(number: int) -> None:
            async with limiter:
                found[number] = await _answer(examination, wanted[number])

        async with anyio.create_task_group() as group:
            for number in range(len(wanted)):
                group.start_soon(answer, number)
    return tuple(_masked(finding) for number in range(len(wanted)) for finding in found[number])


def _wanted(asked: Asked, known: tuple[Question, ...]) -> tuple[Question, ...]:
    ids = [question.id for question in known]
    for glob in (*asked.only, *asked.skip):
        if not fnmatch.filter(ids, glob):
            near = nearest(glob, ids)
            hint = f'Did you mean `{near}`?' if near else 'Run `releasekit doctor --offline` for all that it looks at.'
            raise fail(Code.USAGE, f'Doctor looks at nothing called `{glob}`.', hint)
    left = {id_ for glob in asked.only or ('*',) for id_ in fnmatch.filter(ids, glob)}
    left -= {id_ for glob in asked.skip for id_ in fnmatch.filter(ids, glob)}
    return tuple(question for question in known if question.id in left)


async def _offline() -> Mapping[str, RemoteRef]:
    raise UnableError('It needs the network.', 'Run it without `--offline`.')


async def _answer(examination: Examination, question: Question) -> list[Finding]:
    """The answers to a question, at least one; what ends it otherwise is why it was not checked."""
    found: list[Finding] = []
    late = True
    with anyio.move_on_after(TAKES):
        try:
            found += [finding async for finding in question.look(examination)]
        except UnableError as unable:
            found.append(unchecked(str(unable), unable.hint))
        except ReleaseKitError as caught:
            found += [unchecked(problem.message, problem.hint) for problem in caught.problems]
        late = False
    if late:
        found.append(unchecked(f'There was no answer within {TAKES:g} s.', 'Run it again when the network is better.'))
    return [dataclasses.replace(finding, check=question.id) for finding in found or [passed(question.title)]]


async def _open(asked: Asked, shell: Shell) -> tuple[Opened, Missing]:
    """What can be opened, and why the rest cannot."""
    try:
        root = await open_inspector(shell, asked.start).root()
    except ReleaseKitError as caught:
        gone = fail(Code.GIT_NONE, caught.problems[0].message, caught.problems[0].hint)
        return Opened(), Missing(caught, caught, gone, gone)
    opened, missing = Opened(root), Missing()
    try:
        project = await open_project(asked.start, asked.spec, asked.environment, asked.overrides)
    except ReleaseKitError as caught:
        missing = dataclasses.replace(missing, spec=caught)
        repository = open_repository('git', shell, root).repository
    else:
        opened = dataclasses.replace(opened, project=project)
        repository = project.repository
    try:
        opened = dataclasses.replace(opened, head=await repository.head())
    except ReleaseKitError as caught:
        return opened, dataclasses.replace(missing, commit=caught, packages=caught)
    return await _read(opened, missing)


async def _read(opened: Opened, missing: Missing) -> tuple[Opened, Missing]:
    """The packages and tags of what is checked out, where there is a spec."""
    if (project := opened.project) is None or (head := opened.head) is None:
        return opened, missing
    opened = dataclasses.replace(opened, tags=await project.history.tags(head.commit))
    try:
        found = await discover_in(project.spec, project.repository.files(head.commit), project.places)
    except ReleaseKitError as caught:
        return opened, dataclasses.replace(missing, packages=caught)
    return dataclasses.replace(opened, found=found), missing


@contextlib.asynccontextmanager
async def _outside(asked: Asked, project: Project | None, shell: Shell) -> AsyncGenerator[Outside | None, None]:
    """The way to registries; none where the network is not to be used."""
    if asked.offline:
        yield None
        return
    timeout = MOVES if project is None else min(MOVES, project.spec.engine.timeout)
    async with HttpClient(timeout, () if project is None else project.spec.plain_hosts) as http:
        yield Outside(http, shell)


def _masked(finding: Finding) -> Finding:
    return dataclasses.replace(finding, message=_line(finding.message), hint=_line(finding.hint))


def _line(text: str) -> str:
    """What programs complained of on several lines, on one."""
    return ' '.join(log.mask(text).split())
