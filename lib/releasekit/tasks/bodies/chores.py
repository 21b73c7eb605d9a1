# SPDX-License-Identifier: Apache-2.0
"""Tasks of release.yaml: one with release steps is planned, any other simply runs."""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING

from releasekit import lazy
from releasekit.core.actions import Action
from releasekit.core.report import Report, Result
from releasekit.errors import Code, Exit, fail
from releasekit.tasks.command import Session, warn

if TYPE_CHECKING:
    from releasekit.run.project import Project
    from releasekit.tasks import chores, library
    from releasekit.tasks.bodies import work
    from releasekit.tasks.show import chores as shown
    from releasekit.tasks.show import reports
    from releasekit.tasks.terminal import progress
    from releasekit.tasks.terminal.console import Console
    from releasekit.tasks.terminal.progress import Watch
else:
    chores = lazy.module('releasekit.tasks.chores')
    library = lazy.module('releasekit.tasks.library')
    work = lazy.module('releasekit.tasks.bodies.work')
    shown = lazy.module('releasekit.tasks.show.chores')
    reports = lazy.module('releasekit.tasks.show.reports')
    progress = lazy.module('releasekit.tasks.terminal.progress')


def named_task(session: Session, name: str) -> Exit:
    """Run a task of release.yaml."""
    project = library.opened(session.flags)
    if chores.releases(project, name):
        _refuse(session, name)
        return work.planned_task(session, name)
    warn(session, project.warnings)
    if session.flags.watch and session.console.alone:
        raise fail(Code.USAGE, '`--watch` has no end to make a document of.', 'Leave `--watch` or `--format` out.')
    if session.flags.dry_run:
        return _look(session, project, name)
    # The commands write to the terminal themselves, so there is no display.
    with progress.watching(session.console, session.flags, live=False) as watch, session.console.diverted():
        listener = _Listener(watch, session.console)
        if session.flags.watch:
            report = chores.watch(project, name, session, listener, functools.partial(_tell, session))
        else:
            report = chores.run(project, name, session, listener)
    return work.close(session, project, report)


def _tell(session: Session, report: Report) -> None:
    session.console.note(reports.problems(report))
    session.console.line(f'{reports.outcome(report)} Waiting for a change; Ctrl-C ends it.')


def _look(session: Session, project: Project, name: str) -> Exit:
    found = chores.look(project, name, session)
    if session.console.as_json:
        session.console.plan(found.plan)
    else:
        session.console.show(shown.preview(found))
    return Exit.DONE


def _refuse(session: Session, name: str) -> None:
    flags = session.flags
    given = {'since': flags.since, 'force': flags.force, 'watch': flags.watch, 'matrix': flags.matrix}
    for flag, value in given.items():
        if value:
            hint = f'Leave it out; `releasekit plan` says what {name} would do.'
            raise fail(Code.USAGE, f'`--{flag}` is for tasks without release steps, and {name} has some.', hint)


@dataclasses.dataclass(frozen=True, slots=True)
class _Listener:
    """Tells the log and the lines of every command; prints what those wrote that run side by side, one by one."""

    watch: Watch
    console: Console

    def started(self, action: Action) -> None:
        """A command begins."""
        self.watch.started(action)

    def finished(self, action: Action, result: Result) -> None:
        """A command ended, or never began."""
        self.watch.finished(action, result)

    def said(self, action: Action, text: str) -> None:
        """A command has written this."""
        stream = self.console.err if self.console.alone else self.console.out
        stream.write(shown.said(action, text))
