# SPDX-License-Identifier: Apache-2.0
"""The task that says whether a release is due; its exit status is the answer."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from releasekit import lazy
from releasekit.errors import Code, Exit, fail
from releasekit.tasks.command import Session, warn

if TYPE_CHECKING:
    from releasekit.core import schedule
    from releasekit.tasks import library, printing
    from releasekit.tasks.show import due as shown
else:
    schedule = lazy.module('releasekit.core.schedule')
    library = lazy.module('releasekit.tasks.library')
    printing = lazy.module('releasekit.tasks.printing')
    shown = lazy.module('releasekit.tasks.show.due')


def should_release(session: Session) -> Exit:
    """Say whether a release is due."""
    now = _time(session.flags.now)
    project = library.opened(session.flags)
    answer = library.due(project, session.flags, now)
    warn(session, (*project.warnings, *answer.warnings))
    printing.blocks(session.console, schedule.SCHEMA, answer.due, 'Is a release due?', shown.blocks(answer.due))
    return Exit.DONE if answer.due.due else Exit.FAILED


def _time(text: str) -> dt.datetime | None:
    """The time to decide for; without a zone it is UTC.

    Raises:
        ReleaseKitError: `RK-USAGE`.
    """
    if not text:
        return None
    try:
        found = dt.datetime.fromisoformat(text.replace('Z', '+00:00'))
    except ValueError as error:
        hint = 'Write --now as 2026-11-23T09:00 or 2026-11-23T09:00+01:00.'
        raise fail(Code.USAGE, f'`{text}` is no time.', hint) from error
    return found if found.tzinfo else found.replace(tzinfo=dt.timezone.utc)
