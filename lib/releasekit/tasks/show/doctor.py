# SPDX-License-Identifier: Apache-2.0
"""What doctor found, as people read it: what is well, then what is not, the worst last, with hints."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence

from releasekit.run.doctor.findings import Finding, State
from releasekit.tasks.terminal.layout import Block, Line, Table

# In this order: what is read last is what stays on the screen.
_TROUBLES = ((State.UNCHECKED, 'dim'), (State.WARNING, 'bold yellow'), (State.ERROR, 'bold red'))
_WELL = 'Nothing that was looked at stands in the way of a release.'


def findings(found: Sequence[Finding]) -> list[Block]:
    """All that was found, and how much of it."""
    blocks: list[Block] = []
    if rows := tuple((each.check, each.message) for each in found if each.state is State.PASSED):
        blocks.append(Table(('passed', ''), rows))
    for state, style in _TROUBLES:
        for finding in _together(each for each in found if each.state is state):
            blocks += [Line(), *_trouble(finding, style)]
    return [*blocks, Line(), _summary(found)]


def _together(found: Iterable[Finding]) -> Iterable[Finding]:
    """What several questions were answered alike, once with the ids of all."""
    alike: dict[Finding, list[str]] = {}
    for finding in found:
        alike.setdefault(dataclasses.replace(finding, check=''), []).append(finding.check)
    return (dataclasses.replace(finding, check=', '.join(dict.fromkeys(ids))) for finding, ids in alike.items())


def _trouble(finding: Finding, style: str) -> Iterator[Block]:
    package = f'{finding.package}: ' if finding.package else ''
    yield Line(f'{finding.state}[{finding.check}]: {package}{finding.message}', style)
    if finding.path:
        yield Line(f' --> {finding.path}' + (f':{finding.line}' if finding.line else ''))
    yield Line(f'  = hint: {finding.hint}')


def _summary(found: Sequence[Finding]) -> Line:
    states = [finding.state for finding in found]
    errors, warnings = states.count(State.ERROR), states.count(State.WARNING)
    told = [
        f'{errors} {"error" if errors == 1 else "errors"}' if errors else '',
        f'{warnings} {"warning" if warnings == 1 else "warnings"}' if warnings else '',
        f'{states.count(State.UNCHECKED)} not checked' if State.UNCHECKED in states else '',
        f'{states.count(State.PASSED)} passed',
    ]
    counted = ', '.join(part for part in told if part)
    if errors:
        return Line(f'{counted}.', 'bold red')
    return Line(f'{_WELL} {counted}.', 'bold yellow' if warnings else 'bold green')
