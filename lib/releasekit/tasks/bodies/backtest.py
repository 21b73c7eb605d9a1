# SPDX-License-Identifier: Apache-2.0
"""The task that holds the releases of the past against the rules of release.yaml; it changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from releasekit import lazy
from releasekit.errors import Code, Exit, fail
from releasekit.tasks.command import Session

if TYPE_CHECKING:
    from releasekit.core import backtest as core
    from releasekit.run import backtest as replays
    from releasekit.tasks import library, printing
    from releasekit.tasks.show import backtests
else:
    core = lazy.module('releasekit.core.backtest')
    replays = lazy.module('releasekit.run.backtest')
    library = lazy.module('releasekit.tasks.library')
    printing = lazy.module('releasekit.tasks.printing')
    backtests = lazy.module('releasekit.tasks.show.backtests')


def backtest(session: Session) -> Exit:
    """Hold the releases of the past against the rules of release.yaml."""
    flags = session.flags
    last = _number(flags.last)
    project = library.opened(flags)
    found = library.run(replays.replay_releases(project, flags.only, last))
    # What `--strict` is about here is the past; warnings are said all the same.
    session.console.note((*project.warnings, *found.warnings))
    printing.blocks(session.console, core.SCHEMA, found.result, 'Backtest', backtests.blocks(found.result))
    return Exit.POLICY if flags.strict and found.result.total.differences else Exit.DONE


def _number(text: str) -> int | None:
    """How many releases `--last` asks for.

    Raises:
        ReleaseKitError: `RK-USAGE`.
    """
    if text and not (text.isascii() and text.isdigit() and int(text)):
        raise fail(Code.USAGE, f'`--last {text}` is no number of releases.', 'Write it as `--last 20`.')
    return int(text) if text else None
