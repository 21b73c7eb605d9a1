# SPDX-License-Identifier: Apache-2.0
"""The tasks that do something: each plans, shows or carries out its plan, and prints what came of it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from releasekit import lazy
from releasekit.errors import Exit, Severity
from releasekit.tasks.boundary import die
from releasekit.tasks.command import Session, warn
from releasekit.tasks.terminal.layout import Line

if TYPE_CHECKING:
    from releasekit.core import report as core_report
    from releasekit.core.plan import Plan
    from releasekit.core.report import Report
    from releasekit.run import resume
    from releasekit.run.project import Project
    from releasekit.run.resume import Pending
    from releasekit.tasks import library, printing, selection
    from releasekit.tasks.show import plans, reports
    from releasekit.tasks.terminal import progress
    from releasekit.tasks.terminal.progress import Watch
else:
    core_report = lazy.module('releasekit.core.report')
    resume = lazy.module('releasekit.run.resume')
    library = lazy.module('releasekit.tasks.library')
    plans = lazy.module('releasekit.tasks.show.plans')
    selection = lazy.module('releasekit.tasks.selection')
    printing = lazy.module('releasekit.tasks.printing')
    progress = lazy.module('releasekit.tasks.terminal.progress')
    reports = lazy.module('releasekit.tasks.show.reports')


def check(session: Session) -> Exit:
    """Run the checks of release.yaml."""
    project = library.with_checks(library.opened(session.flags), session.flags)
    # To all else these flags name packages.
    plain = dataclasses.replace(session.flags, only=(), skip=())
    return _planned(dataclasses.replace(session, flags=plain), project, 'check')


def bump(session: Session) -> Exit:
    """Write the next versions into the files of your tree."""
    return planned_task(session, 'bump')


def pin(session: Session) -> Exit:
    """Write what your packages require of each other into your tree."""
    return planned_task(session, 'pin')


def changelog(session: Session) -> Exit:
    """Write the changelogs of what is to be released into your tree."""
    return planned_task(session, 'changelog')


def tag(session: Session) -> Exit:
    """Tag the commit that holds the next versions already."""
    return planned_task(session, 'tag')


def build(session: Session) -> Exit:
    """Build what is to be released."""
    return planned_task(session, 'build')


def publish(session: Session) -> Exit:
    """Go on with a release that is pushed: upload what is missing."""
    project = library.opened(session.flags)
    warn(session, project.warnings)
    selection.known('target', session.flags.target, project.spec.targets)
    pending = library.upcoming(project, session.flags)
    if not pending.resumed:
        session.console.note([Line('No release is pushed and unfinished; `release` begins one.')])
        return close(session, project, core_report.Report(plan=pending.plan.id, commit=None, results=(), packages=()))
    pending, part = library.narrowed(project, pending, session.flags.target)
    return _go_on(session, project, pending, part)


def release(session: Session) -> Exit:
    """Carry out the rest of an unfinished release, or a new one."""
    project = library.opened(session.flags)
    warn(session, project.warnings)
    pending = library.upcoming(project, session.flags)
    return _go_on(session, project, pending, pending.plan)


def promote(session: Session) -> Exit:
    """Make stable versions of what was released as prereleases."""
    project = library.opened(session.flags)
    warn(session, project.warnings)
    pending = library.upcoming(project, session.flags, promote=True)
    return _go_on(session, project, pending, pending.plan)


def snapshot(session: Session) -> Exit:
    """Publish what this commit would release as snapshots."""
    return planned_task(session, 'snapshot')


def apply(session: Session, plan: str) -> Exit:
    """Carry out the plan in the file PLAN, and only that."""
    project = library.opened(session.flags)
    warn(session, project.warnings)
    with progress.watching(session.console, session.flags) as watch:
        report = library.apply(project, plan, watch, watch.confirm)
    return close(session, project, report)


def planned_task(session: Session, name: str) -> Exit:
    """Plan a task, and carry the plan out; in a dry run show it and look whether it could be."""
    return _planned(session, library.opened(session.flags), name)


def _planned(session: Session, project: Project, name: str) -> Exit:
    planned = library.plan(project, session.flags, name)
    warn(session, (*project.warnings, *planned.warnings))
    with progress.watching(session.console, session.flags) as watch:
        if session.flags.dry_run:
            return _rehearse(session, project, resume.Pending(planned.plan), watch, planned.plan)
        watch.planned(planned.plan)
        report = library.carry_out(project, planned.plan, watch, watch.confirm)
    if name == 'check':
        return _close_check(session, planned.plan, report)
    return close(session, project, report)


def _go_on(session: Session, project: Project, pending: Pending, part: Plan) -> Exit:
    """Carry out what is pending; `part` is the plan with those of its actions that are performed now."""
    warn(session, pending.warnings)
    if pending.resumed:
        session.console.note([Line(f'Going on: {pending.resumed}.')])
    with progress.watching(session.console, session.flags) as watch:
        if session.flags.dry_run:
            return _rehearse(session, project, pending, watch, part)
        watch.planned(pending.plan, asks=pending.asks)
        report = library.perform(project, pending, watch, lambda _, action: watch.confirm(part, action))
    return close(session, project, report)


def _rehearse(session: Session, project: Project, pending: Pending, watch: Watch, part: Plan) -> Exit:
    printing.plan(session.console, part, plans.dry_run(part))
    if not any(action.kind == 'probe' for action in part.actions):
        return Exit.DONE
    report = library.rehearse(project, pending, watch)
    session.console.note(reports.problems(report))
    return _end(session, report)


def _close_check(session: Session, plan: Plan, report: Report) -> Exit:
    printing.checked(session.console, plan, report)
    # Whatever keeps a check from passing, even a lack of time, is what it found.
    return Exit.POLICY if report.exit is Exit.FAILED and report.signal is None else _end(session, report)


def close(session: Session, project: Project, report: Report) -> Exit:
    """Print what came of a run, and return its status."""
    printing.closed(session.console, report, reports.closing(report, project.spec, library.artifacts(project, report)))
    return _end(session, report)


def _end(session: Session, report: Report) -> Exit:
    """The status of a run; under `--strict` a warning makes the task fail. What ended it by a signal ends us too."""
    if report.signal is not None:
        die(report.signal)
    warned = any(problem.severity is Severity.WARNING for problem in reports.problems(report))
    return Exit.FAILED if warned and session.flags.strict and report.exit is Exit.DONE else report.exit
