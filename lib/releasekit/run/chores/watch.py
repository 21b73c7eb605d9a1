# SPDX-License-Identifier: Apache-2.0
"""Runs a task again whenever one of its sources changes, until a signal."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path

import anyio.to_thread

from releasekit.core.report import Report
from releasekit.errors import Code, fail
from releasekit.run.chores.carry import Listener, carry, listening, units_of
from releasekit.run.chores.digests import Ledger
from releasekit.run.chores.gather import Gathered, Order, gather
from releasekit.run.project import Project
from releasekit.run.world import Interrupts

# Seconds between two looks at the sources.
_POLL = 0.5

Stamps = Mapping[Path, tuple[int, int]]


async def watch_task(
    project: Project, name: str, order: Order, *, listener: Listener, ended: Callable[[Report], None]
) -> Report:
    """Run a task, tell `ended` what came of it, and run it again when its sources have changed; ends by a signal.

    Raises:
        ReleaseKitError: As `gather`, and `RK-USAGE` where no task of it has sources.
    """
    interrupts = Interrupts()
    async with listening(interrupts):
        while True:
            gathered = await gather(project, name, order)
            before = await _stamps(project, name, gathered)
            report = await carry(project, gathered, order, listener, interrupts)
            if not interrupts.stop.is_set():
                ended(report)
            while not interrupts.stop.is_set() and await _stamps(project, name, gathered) == before:
                await interrupts.pause(_POLL)
            if interrupts.stop.is_set():
                return dataclasses.replace(report, signal=interrupts.signal)


async def _stamps(project: Project, name: str, gathered: Gathered) -> Stamps:
    units = [unit for unit in units_of(gathered.chores).values() if gathered.tasks[unit[0].task].sources]
    if not units:
        hint = 'Write the path globs of what it reads under `sources` of the task.'
        raise fail(Code.USAGE, f'Task {name} has no sources to watch.', hint)
    paths = await Ledger(project, gathered.tasks, force=False).paths(units)
    return await anyio.to_thread.run_sync(lambda: {path: _stamp(path) for path in paths})


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)
