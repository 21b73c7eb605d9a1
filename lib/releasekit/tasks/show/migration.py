# SPDX-License-Identifier: Apache-2.0
"""What `migrate` has taken over from another tool, and what it has not, for people."""

from __future__ import annotations

from releasekit.core.written import scalar
from releasekit.run.backtest import Replayed
from releasekit.run.survey.carry import Carried
from releasekit.tasks.show import backtests
from releasekit.tasks.terminal.layout import Block, Line, Table


def carried(done: Carried) -> list[Block]:
    """The settings with where they come from, and every setting that has no equivalent."""
    rows = tuple(('.'.join(str(key) for key in each.path), scalar(each.value), each.why) for each in done.taken)
    found: list[Block] = [Line(f'From {done.tool}: {", ".join(done.files)}', 'bold')]
    if rows:
        found += [Line(), Table(('taken over', 'value', 'from'), rows)]
    found += [Line(), Line('No equivalent:' if done.gaps else 'Everything has an equivalent.', 'bold')]
    for gap in done.gaps:
        found += [Line(), Line(f'  {gap.at}: {gap.what}'), Line(f'    It {gap.did}.'), Line(f'    {gap.instead}')]
    return found


def past(found: Replayed | None) -> list[Block]:
    """How the releases of the past would have been decided, where that was asked for."""
    return [] if found is None else [Line(), *backtests.blocks(found.result)]


def nothing(path: str) -> list[Block]:
    """That there is a file of the newest format already."""
    return [Line(f'{path} is of format 1, the newest: there is nothing to migrate.')]
