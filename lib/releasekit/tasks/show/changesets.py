# SPDX-License-Identifier: Apache-2.0
"""The packages without a changeset, as people read them."""

from __future__ import annotations

from collections.abc import Iterator

from releasekit.core.documents import Findings
from releasekit.tasks.terminal.layout import Block, Line


def uncovered(found: Findings) -> Iterator[Block]:
    """What is missing, with a hint each, and how much is not."""
    for finding in found.findings:
        yield Line(f'{finding.severity}[{finding.check}]: {finding.package}: {finding.message}', 'bold red')
        yield Line(f' --> {finding.path}')
        yield Line(f'  = hint: {finding.hint}')
        yield Line()
    passed, failed = found.counts.passed, found.counts.failed
    if not passed + failed:
        yield Line('No package changed.', 'bold green')
    elif failed:
        yield Line(f'{failed} of {passed + failed} changed packages need a changeset.', 'bold red')
    else:
        yield Line(f'Every changed package has its changeset: {passed} of {passed}.', 'bold green')
