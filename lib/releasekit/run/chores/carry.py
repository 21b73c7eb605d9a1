# SPDX-License-Identifier: Apache-2.0
"""Carries the commands of a task out: side by side where nothing forbids it, up to date ones not at all."""

from __future__ import annotations

import contextlib
import dataclasses
import signal
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Protocol

import anyio

from releasekit.core.actions import Action, RunCommand
from releasekit.core.chores import Chore, side_by_side
from releasekit.core.plan import Plan
from releasekit.core.report import Observer, Report, Result, ResultKind
from releasekit.engines.local import Limits, run_graph
from releasekit.errors import Code, Exit, Problem, ReleaseKitError, fail
from releasekit.ports import Command
from releasekit.run.chores.digests import Ledger, Verdict
from releasekit.run.chores.environments import Environments
from releasekit.run.chores.gather import Gathered, Order, gather, nothing
from releasekit.run.project import Project
from releasekit.run.world import Interrupts

_GOOD = frozenset({ResultKind.DONE, ResultKind.ALREADY})


class Listener(Observer, Protocol):
    """Told of every command, and of what those said that run side by side."""

    def said(self, action: Action, text: str) -> None:
        """A command has ended, and this is all that it wrote, standard error included."""
        ...


@dataclasses.dataclass(frozen=True)
class Preview:
    """What a run would do now: a plan of nothing but the commands that would run, and why each does or does not."""

    plan: Plan
    lines: tuple[tuple[RunCommand, ResultKind, str], ...]


@contextlib.asynccontextmanager
async def listening(interrupts: Interrupts) -> AsyncGenerator[None, None]:
    """Heed SIGINT and SIGTERM inside of the block."""

    async def listen() -> None:
        with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            async for received in signals:
                interrupts.interrupt(int(received))

    wrong: ReleaseKitError | None = None
    async with anyio.create_task_group() as group:
        group.start_soon(listen)
        try:
            yield
        except ReleaseKitError as error:
            # The group would wrap it.
            wrong = error
        group.cancel_scope.cancel()
    if wrong is not None:
        raise wrong


async def run_task(project: Project, name: str, order: Order, *, listener: Listener) -> Report:
    """Run the commands of a task; what needs a failed one does not run, all else goes on.

    Raises:
        ReleaseKitError: As `gather`; what a command meets is in the report.
    """
    interrupts = Interrupts()
    async with listening(interrupts):
        return await carry(project, await gather(project, name, order), order, listener, interrupts)


async def look(project: Project, name: str, order: Order) -> Preview:
    """Say what `run_task` would do; nothing runs. What needed tasks would make is not there yet.

    Raises:
        ReleaseKitError: As `gather`.
    """
    gathered = await gather(project, name, order)
    interrupts = Interrupts()
    environments = Environments(project, gathered.workspace, interrupts)
    ledger = Ledger(project, gathered.tasks, force=order.force)
    lines: list[tuple[RunCommand, ResultKind, str]] = []
    verdicts: dict[str, Verdict] = {}
    units = units_of(gathered.chores)
    for chore in gathered.chores:
        if chore.skip:
            lines.append((chore.action, ResultKind.SKIPPED, chore.skip))
            continue
        if chore.unit not in verdicts:
            place = await environments.place(chore)
            verdicts[chore.unit] = await ledger.look(units[chore.unit], place.key if place else '')
        verdict = verdicts[chore.unit]
        lines.append((chore.action, ResultKind.DONE if verdict.runs else ResultKind.ALREADY, verdict.reason))
    running = tuple(action for action, kind, _ in lines if kind is ResultKind.DONE)
    return Preview(dataclasses.replace(nothing(project), actions=running), tuple(lines))


def units_of(chores: Sequence[Chore]) -> dict[str, list[Chore]]:
    """The commands that run, by unit."""
    units: dict[str, list[Chore]] = {}
    for chore in chores:
        if not chore.skip:
            units.setdefault(chore.unit, []).append(chore)
    return units


async def carry(
    project: Project, gathered: Gathered, order: Order, listener: Listener, interrupts: Interrupts
) -> Report:
    """Run what was gathered, until the end or a signal."""
    for chore in gathered.chores:
        if chore.skip:
            listener.finished(chore.action, Result(chore.action.key, ResultKind.SKIPPED, chore.skip))
    performer = _Performer(project, gathered, order, listener, interrupts)
    wanted = [chore.action for chore in gathered.chores if not chore.skip]
    limits = Limits(project.spec.engine.concurrency, interrupts.stop)
    ended = await run_graph(wanted, performer, limits)
    for action in wanted:
        if action.key not in performer.begun:
            listener.finished(action, ended[action.key])
    skipped = {c.action.key: Result(c.action.key, ResultKind.SKIPPED, c.skip) for c in gathered.chores if c.skip}
    results = tuple({**skipped, **ended}[chore.action.key] for chore in gathered.chores)
    failed = any(result.kind is ResultKind.FAILED for result in results)
    return Report(
        plan='',
        commit=None,
        results=results,
        packages=(),
        exit=Exit.FAILED if failed else Exit.DONE,
        signal=interrupts.signal,
        warnings=tuple(performer.warnings),
    )


class _Performer:
    """Runs one command of the graph after the other, or several at a time."""

    def __init__(
        self, project: Project, gathered: Gathered, order: Order, listener: Listener, interrupts: Interrupts
    ) -> None:
        self._project = project
        self._listener = listener
        self._interrupts = interrupts
        self._environments = Environments(project, gathered.workspace, interrupts)
        self._ledger = Ledger(project, gathered.tasks, force=order.force)
        self._chores = {chore.action.key: chore for chore in gathered.chores}
        self._units = units_of(gathered.chores)
        self._left = {unit: len(chores) for unit, chores in self._units.items()}
        self._verdicts: dict[str, Verdict] = {}
        # A command that is alone at its time has the terminal to itself.
        alone = project.spec.engine.concurrency == 1 or not side_by_side(gathered.chores)
        self._inherit = alone
        self.warnings: list[Problem] = []
        # The keys of the commands that it was asked for: of these it says itself how they ended.
        self.begun: set[str] = set()

    async def __call__(self, action: Action) -> Result:
        """Run a command, and keep what its unit was made from once all of that has succeeded."""
        chore = self._chores[action.key]
        self.begun.add(action.key)
        self._listener.started(action)
        try:
            result = await self._perform(chore)
            await self._keep(chore, result)
        except ReleaseKitError as error:
            stopped = self._interrupts.stop.is_set()
            kind = ResultKind.CANCELLED if stopped else ResultKind.FAILED
            result = Result(action.key, kind, 'interrupted' if stopped else '', None if stopped else error.problems[0])
        self._listener.finished(action, result)
        return result

    async def _perform(self, chore: Chore) -> Result:
        place = await self._environments.place(chore)
        verdict = self._verdicts.get(chore.unit)
        if verdict is None:
            verdict = await self._ledger.look(self._units[chore.unit], place.key if place else '')
            self._verdicts[chore.unit] = verdict
            if verdict.runs and verdict.record is not None:
                await self._ledger.begin(chore.unit)
        key = chore.action.key
        if not verdict.runs:
            return Result(key, ResultKind.ALREADY, verdict.reason)
        variables = await self._environments.variables(place) if place else {}
        if chore.action.unless is not None:
            done = await self._interrupts.run(self._project, self._command(chore.action.unless, chore, variables))
            if done.status == 0:
                return Result(key, ResultKind.ALREADY, 'its `unless` says so')
        status = await self._run(chore, variables)
        if status == 0:
            return Result(key, ResultKind.DONE, verdict.reason)
        message = f'`{chore.action.line}` failed with exit status {status}.'
        raise fail(Code.COMMAND_FAILED, message, 'Mend what it says, then run it again.')

    async def _run(self, chore: Chore, variables: Mapping[str, str]) -> int:
        command = self._command(chore.action.argv, chore, variables)
        shown = dataclasses.replace(command, inherit=self._inherit, merged=not self._inherit)
        done = await self._interrupts.run(self._project, shown)
        if done.stdout:
            self._listener.said(chore.action, done.stdout.decode('utf-8', 'replace'))
        return done.status

    def _command(self, argv: tuple[str, ...], chore: Chore, variables: Mapping[str, str]) -> Command:
        action = chore.action
        folder = self._project.root / action.cwd
        return Command(argv, cwd=folder, env={**variables, **action.env}, timeout=action.timeout)

    async def _keep(self, chore: Chore, result: Result) -> None:
        verdict = self._verdicts.get(chore.unit)
        if verdict is None or not verdict.runs or verdict.record is None or result.kind not in _GOOD:
            return
        self._left[chore.unit] -= 1
        if not self._left[chore.unit]:
            warning = await self._ledger.keep(self._units[chore.unit], verdict.record)
            self.warnings += [warning] if warning else []
