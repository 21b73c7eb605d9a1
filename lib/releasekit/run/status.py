# SPDX-License-Identifier: Apache-2.0
"""How far each package got, as the journal tells it."""

from __future__ import annotations

from releasekit.core.actions import Action, Build, Probe, Push, Upload, Verify
from releasekit.core.journal import EventKind, State
from releasekit.core.plan import Plan, PlannedPackage
from releasekit.core.report import PackageState, PackageStatus, Status
from releasekit.errors import Problem
from releasekit.run import store
from releasekit.run.project import Project

_FAILED = frozenset({EventKind.FAILED, EventKind.UNKNOWN})


async def status(project: Project) -> Status | None:
    """The newest release of this clone, or None where there was none; other tasks release nothing."""
    return newest(project)[0]


def newest(project: Project) -> tuple[Status | None, tuple[Problem, ...]]:
    """The newest release of this clone, and a warning for each later run that cannot be read."""
    warnings: list[Problem] = []
    for run in store.runs(project.state, project.own_spec):
        if isinstance(run, Problem):
            warnings.append(run)
        elif any(isinstance(action, (Push, Upload)) for action in run.plan.actions):
            done, packages = finished(run.plan, run.state), package_statuses(run.plan, run.state)
            return Status(run.plan.id, run.plan.base.commit, done, packages), tuple(warnings)
    return None, tuple(warnings)


def finished(plan: Plan, state: State) -> bool:
    """Whether every action was done; whether the world was ready matters no more once all else is."""
    return all(state.is_done(action.key) for action in plan.actions if not isinstance(action, Probe))


def package_statuses(plan: Plan, state: State) -> tuple[PackageStatus, ...]:
    """The state of each released package, in the order of the plan."""
    return tuple(_package(package, plan, state) for package in plan.packages)


def _package(package: PlannedPackage, plan: Plan, state: State) -> PackageStatus:
    own = [action for action in plan.actions if action.package == package.id]
    verified = tuple(action.target for action in own if isinstance(action, Verify) and state.is_done(action.key))
    events = [(action, event) for action in own if (event := state.events.get(action.key)) is not None]
    for action, event in events:
        # What a command complained of is told elsewhere, in full.
        detail = f'{action}: {event.detail.partition(chr(10))[0]}'
        if event.event in _FAILED:
            return PackageStatus(package.id, package.next, PackageState.FAILED, verified, detail)
        if event.event is EventKind.WAITING:
            return PackageStatus(package.id, package.next, PackageState.WAITING, verified, detail)
    return PackageStatus(package.id, package.next, _reached(plan, own, state), verified)


def _reached(plan: Plan, own: list[Action], state: State) -> PackageState:
    if all(state.is_done(action.key) for action in own) and finished_repository(plan, state):
        return PackageState.PUBLISHED
    begun = [action for action in own if action.key in state.events]
    sent = all(state.is_done(action.key) for action in own if isinstance(action, Upload))
    if sent and any(isinstance(action, Verify) for action in begun):
        return PackageState.VERIFYING
    if any(isinstance(action, Upload) for action in begun):
        return PackageState.PUBLISHING
    return PackageState.BUILDING if any(isinstance(action, Build) for action in begun) else PackageState.PENDING


def finished_repository(plan: Plan, state: State) -> bool:
    """Whether the push is done, where the plan has one."""
    return all(state.is_done(action.key) for action in plan.actions if isinstance(action, Push))
