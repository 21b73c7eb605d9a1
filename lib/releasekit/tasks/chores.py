# SPDX-License-Identifier: Apache-2.0
"""Where tasks of release.yaml that release nothing call the library."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from releasekit import lazy
from releasekit.core.report import Report
from releasekit.core.unroll import unroll
from releasekit.run import planning
from releasekit.run.discover import discover
from releasekit.run.project import Project
from releasekit.spec.model import UseStep
from releasekit.tasks import library, selection
from releasekit.tasks.command import Session

if TYPE_CHECKING:
    from releasekit.run import chores
    from releasekit.run.chores import Listener, Order
    from releasekit.run.chores.carry import Preview
else:
    chores = lazy.module('releasekit.run.chores')


def releases(project: Project, name: str) -> bool:
    """Whether a task has built-in steps, so that it is planned and journalled."""
    tasks = planning.all_tasks(project)
    return any(isinstance(part.step, UseStep) for part in unroll(name, tasks))


def run(project: Project, name: str, session: Session, listener: Listener) -> Report:
    """Run a task once."""

    async def once() -> Report:
        return await chores.run_task(project, name, await _order(project, session), listener=listener)

    return library.run(once())


def watch(project: Project, name: str, session: Session, listener: Listener, ended: Callable[[Report], None]) -> Report:
    """Run a task again whenever its sources change, until a signal."""

    async def again() -> Report:
        order = await _order(project, session)
        return await chores.watch_task(project, name, order, listener=listener, ended=ended)

    return library.run(again())


def look(project: Project, name: str, session: Session) -> Preview:
    """Say what a run of a task would do."""

    async def once() -> Preview:
        return await chores.look(project, name, await _order(project, session))

    return library.run(once())


async def _order(project: Project, session: Session) -> Order:
    flags = session.flags
    packages = None
    if flags.workspace or flags.group or flags.only:
        packages = frozenset(selection.chosen(flags, project.spec, await discover(project)))
    return chores.Order(session.posargs, packages, flags.matrix, flags.since, flags.force)
