# SPDX-License-Identifier: Apache-2.0
"""Carries a plan out: under the lock, by the journal, until the end or a signal; the same again goes on."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import os
import signal
import tempfile
from collections.abc import AsyncGenerator, Iterable, Mapping
from pathlib import Path

import anyio
import anyio.to_thread

from releasekit.backends.http import HttpClient
from releasekit.core import snapshots
from releasekit.core.actions import Action, Commit, Probe, Push
from releasekit.core.channels import rule
from releasekit.core.journal import EventKind
from releasekit.core.narrow import Part, narrow
from releasekit.core.package import Workspace
from releasekit.core.plan import Base, Plan, read
from releasekit.core.report import Observer, Report, Result, ResultKind
from releasekit.ecosystems.base import Outside
from releasekit.engines.local import Limits, run_graph
from releasekit.errors import Code, Exit, Problem, ReleaseKitError, Severity, fail
from releasekit.run import store
from releasekit.run.branches import branch_of
from releasekit.run.discover import discover_in
from releasekit.run.journal import Journal
from releasekit.run.lock import hold
from releasekit.run.perform import Performer
from releasekit.run.planning import plan_at
from releasekit.run.project import Project, at_commit
from releasekit.run.resume import Pending, own_tags, release_commit
from releasekit.run.scratch import scratch, untidy
from releasekit.run.status import package_statuses
from releasekit.run.targets import Targets
from releasekit.run.world import Checkouts, Confirm, Gate, Interrupts, World


async def perform(project: Project, plan: Plan | Pending, *, observer: Observer, confirm: Confirm) -> Report:
    """Carry a plan out exactly once, or go on with it.

    Raises:
        ReleaseKitError: `RK-LOCKED`, `RK-JOURNAL-CORRUPT` or `RK-DISK-FAILED`; what an action meets is in the report.
    """
    pending = plan if isinstance(plan, Pending) else Pending(plan)
    if not pending.plan.actions and not untidy(project.shared):
        return Report(plan=pending.plan.id, commit=None, results=(), packages=())
    store.prepare(project.state)
    with hold(project.lock, f'release {pending.plan.id[:12]}') as lock, scratch(project.shared) as place:
        await project.writer.tidy()
        folder = store.folder_of(project.state, pending.plan)
        aside = _make_way(folder, pending)
        folder.save(pending.plan)
        journal = Journal(folder.journal, f'{os.uname().nodename}:{os.getpid()}', _now)
        await _adopt(journal, pending)
        async with _world(project, _Run(pending.plan, journal, folder, place), confirm) as world:
            part = narrow(pending.plan.actions, pending.targets, journal.state.is_done)
            report = _held(await _carry_out(world, observer, part.actions), part)
        return dataclasses.replace(report, warnings=(*lock, *aside, *journal.warnings))


async def rehearse(project: Project, plan: Plan | Pending, *, observer: Observer) -> Report:
    """Make the read-only probes of a plan and nothing else: nothing is written anywhere."""
    pending = plan if isinstance(plan, Pending) else Pending(plan)
    with tempfile.TemporaryDirectory(prefix='releasekit-') as name:
        place = Path(name)
        folder = store.RunFolder(place)
        journal = Journal(folder.journal, 'rehearsal', _now)
        await _adopt(journal, pending)
        run = _Run(pending.plan, journal, folder, place)
        async with _world(project, run, lambda _plan, _action: False) as world:
            part = narrow(run.plan.actions, pending.targets, journal.state.is_done)
            probes = (action for action in part.actions if isinstance(action, Probe) and action.what != 'bytes')
            return await _carry_out(world, observer, tuple(probes))


def planned_part(project: Project, pending: Pending) -> Plan:
    """The plan with the actions that `perform` would perform, as far as this clone's journal tells."""
    state = store.folder_of(project.state, pending.plan).state()
    part = narrow(pending.plan.actions, pending.targets, state.is_done)
    return dataclasses.replace(pending.plan, actions=part.actions)


def _held(report: Report, part: Part) -> Report:
    """A report that says what waits for other targets; all else being done, the run is partly done."""
    good = report.exit is Exit.DONE and report.signal is None
    return dataclasses.replace(report, held=part.held, exit=Exit.PARTIAL if part.held and good else report.exit)


async def apply(project: Project, document: Mapping[str, object], *, observer: Observer, confirm: Confirm) -> Report:
    """Perform a saved plan, and only that: planning anew at its base must give the same bytes.

    Raises:
        ReleaseKitError: `RK-DRIFT-PLAN` where it does not, `RK-DOCUMENT-INVALID` where it is no plan.
    """
    plan = read(document)
    if await project.repository.resolve(plan.base.commit) is None:
        message = f'The plan was made for commit {plan.base.commit[:12]}, which is not here.'
        raise fail(Code.DRIFT_PLAN, message, 'Fetch it, or plan again.')
    anew = await replan(project, plan, await own_tags(project, plan))
    if anew.id != plan.id:
        message = f'Planning at {plan.base.commit[:12]} gives plan {anew.id[:12]}, not {plan.id[:12]}.'
        raise fail(Code.DRIFT_PLAN, message, 'Make a new plan, read it, and apply that one.')
    known = await release_commit(project, (await project.repository.head()).commit)
    commit = known[0] if known is not None and known[1].plan == plan.id else None
    return await perform(project, Pending(plan, commit=commit), observer=observer, confirm=confirm)


async def replan(project: Project, plan: Plan, ignoring: frozenset[str]) -> Plan:
    """Plan again at the base of a plan, with the spec that it has."""
    there = await at_commit(project, plan.base.commit, plan.inputs)
    task = 'release' if plan.inputs.snapshot is None else snapshots.TASK
    named = plan.inputs.snapshot is not None or rule(there.spec.branches, plan.base.branch) is not None
    branch = plan.base.branch if named else await branch_of(there, await project.repository.head())
    return (await plan_at(there, Base(plan.base.commit, branch), plan.inputs, task, ignoring)).plan


def _make_way(folder: store.RunFolder, pending: Pending) -> tuple[Problem, ...]:
    """Set a run aside whose release commit is another than the one that is out: nobody can go on with it.

    Two machines can make the same plan, and commits by two people are two commits.
    """
    made = folder.state().outputs(Commit.key).get('commit')
    if pending.commit is None or made is None or made == pending.commit:
        return ()
    store.set_aside(folder)
    message = f'The run here made release commit {made[:12]}, but {pending.commit[:12]} is the one that was pushed.'
    hint = 'Nothing to do: that run is set aside in .releasekit/runs, and the release goes on from what was pushed.'
    return (Problem(Code.JOURNAL_CORRUPT, message, hint, severity=Severity.WARNING),)


async def _adopt(journal: Journal, pending: Pending) -> None:
    """Tell a new journal what the release commit shows to be done."""
    if pending.commit is None:
        return
    for action in pending.plan.actions:
        outputs = {'commit': pending.commit} if isinstance(action, Commit) else {}
        if not isinstance(action, Probe) and not journal.state.is_done(action.key):
            await journal.write(action.key, EventKind.DONE, outputs, 'found in the release commit')
        if isinstance(action, Commit):
            return


@dataclasses.dataclass(frozen=True)
class _Run:
    """A plan with the places where a run of it writes."""

    plan: Plan
    journal: Journal
    folder: store.RunFolder
    scratch: Path


@contextlib.asynccontextmanager
async def _world(project: Project, run: _Run, confirm: Confirm) -> AsyncGenerator[World, None]:
    there = await at_commit(project, run.plan.base.commit, run.plan.inputs)
    tree = project.repository.files(run.plan.base.commit)
    workspace: Workspace = (await discover_in(there.spec, tree)).workspace
    async with HttpClient(there.spec.engine.timeout, there.spec.plain_hosts) as http:
        world = World(
            project=there,
            plan=run.plan,
            workspace=workspace,
            journal=run.journal,
            folder=run.folder,
            checkouts=Checkouts(there, run.plan, run.scratch),
            targets=Targets(there.spec.targets, Outside(http, there.shell), there.environment),
            gate=Gate(run.plan, confirm, confirmed=_pushed(run.plan, run.journal)),
            scratch=run.scratch,
            interrupts=Interrupts(),
        )
        try:
            yield world
        finally:
            with anyio.CancelScope(shield=True):
                await world.checkouts.close()


def _pushed(plan: Plan, journal: Journal) -> bool:
    return any(isinstance(action, Push) and journal.state.is_done(action.key) for action in plan.actions)


async def _carry_out(world: World, observer: Observer, actions: tuple[Action, ...]) -> Report:
    performer = Performer(world, observer)
    limits = Limits(world.project.spec.engine.concurrency, world.interrupts.stop)
    results: Mapping[str, Result] = {}
    async with anyio.create_task_group() as group:
        group.start_soon(_listen, world.interrupts)
        results = await run_graph(actions, performer, limits)
        group.cancel_scope.cancel()
    return Report(
        plan=world.plan.id,
        commit=world.commit,
        results=tuple(results.values()),
        packages=package_statuses(world.plan, world.state),
        exit=_exit(world, results.values()),
        signal=world.interrupts.signal,
    )


async def _listen(interrupts: Interrupts) -> None:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for received in signals:
            interrupts.interrupt(int(received))


def _exit(world: World, results: Iterable[Result]) -> Exit:
    """The worst that happened: drift above all, then what is partly done, then the first failure's own status."""
    results = tuple(results)
    bad = [result for result in results if result.kind in {ResultKind.FAILED, ResultKind.UNKNOWN}]
    exits = [ReleaseKitError(result.problem).exit for result in bad if result.problem is not None]
    if Exit.DRIFT in exits:
        return Exit.DRIFT
    if any(result.kind is ResultKind.UNKNOWN for result in bad) or (bad and _pushed(world.plan, world.journal)):
        return Exit.PARTIAL
    declined = any(result.problem is not None and result.problem.code is Code.CONFIRM for result in results)
    return exits[0] if exits else Exit.PARTIAL if declined else Exit.DONE


def _now() -> str:
    return dt.datetime.now(dt.timezone.utc).isoformat(timespec='milliseconds')
