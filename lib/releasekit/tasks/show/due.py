# SPDX-License-Identifier: Apache-2.0
"""Whether a release is due, as people read it: the answer, then every gate."""

from __future__ import annotations

from releasekit.core.schedule import Due
from releasekit.tasks.terminal.layout import Block, Line, Table

_STYLES = (('open', 'green'), ('closed', 'bold red'))


def blocks(found: Due) -> list[Block]:
    """All of it."""
    rows = tuple(
        (each.gate, 'open' if each.passed else 'closed', each.detail, each.until or '') for each in found.gates
    )
    table = Table(('gate', '', 'why', 'opens'), rows, _STYLES)
    if found.due:
        return [Line('A release is due.', 'bold green'), Line(), table]
    more = f' It will be at {found.next}, if nothing else changes.' if found.next else ''
    return [Line(f'No release is due.{more}', 'bold yellow'), Line(), table]
