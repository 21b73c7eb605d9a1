# SPDX-License-Identifier: Apache-2.0
"""The summary page of a CI job: what a task printed, appended to the file that `GITHUB_STEP_SUMMARY` names.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions#adding-a-job-summary
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from releasekit.errors import Code, Problem, Severity
from releasekit.log import mask
from releasekit.tasks.terminal.console import Console

VARIABLE = 'GITHUB_STEP_SUMMARY'
# What one step may have; of a summary that is larger nothing would be shown.
_MOST = 1024 * 1024
_CUT = '\n\nThe rest was too long for this page.\n'


def append(console: Console, markdown: Callable[[], str]) -> None:
    """Append to the page, if there is one; where that fails there is a warning and nothing else comes of it."""
    name = console.environment.get(VARIABLE, '')
    if not name:
        return
    path = Path(name)
    data = mask(f'{markdown()}\n').encode('utf-8', 'replace')
    try:
        room = _MOST - (path.stat().st_size if path.exists() else 0)
        with path.open('ab') as page:
            page.write(data if len(data) <= room else _cut(data, room))
    except OSError as error:
        message = f'The summary was not written to {name}: {error.strerror}.'
        hint = f'Look at what `{VARIABLE}` names; the task itself is not affected.'
        console.note([Problem(Code.DISK_FAILED, message, hint, severity=Severity.WARNING)])


def _cut(data: bytes, room: int) -> bytes:
    """Whole lines, as many as there is room for, and a word about the rest."""
    kept = data[: max(0, room - len(_CUT.encode()))].rpartition(b'\n')[0]
    return kept + _CUT.encode() if kept else b''
