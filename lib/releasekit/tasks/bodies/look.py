# SPDX-License-Identifier: Apache-2.0
"""The tasks that only look: they change nothing and need no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from releasekit import lazy
from releasekit.tasks.command import Session, warn
from releasekit.tasks.terminal.layout import Line

if TYPE_CHECKING:
    from releasekit.core import documents, report
    from releasekit.core import notes as all_notes
    from releasekit.tasks import library, printing, schemas
    from releasekit.tasks.show import markdown, plans, reports
else:
    documents = lazy.module('releasekit.core.documents')
    report = lazy.module('releasekit.core.report')
    all_notes = lazy.module('releasekit.core.notes')
    library = lazy.module('releasekit.tasks.library')
    markdown = lazy.module('releasekit.tasks.show.markdown')
    plans = lazy.module('releasekit.tasks.show.plans')
    printing = lazy.module('releasekit.tasks.printing')
    reports = lazy.module('releasekit.tasks.show.reports')
    schemas = lazy.module('releasekit.tasks.schemas')


def plan(session: Session) -> None:
    """Say what would be released, why, and by which actions."""
    project = library.opened(session.flags)
    planned = library.preview(project, session.flags)
    warn(session, (*project.warnings, *planned.warnings))
    warnings = (*project.warnings, *planned.warnings)
    printing.plan(session.console, planned.plan, plans.whole(planned.plan), warnings)


def version(session: Session) -> None:
    """Say which versions would be released."""
    project = library.opened(session.flags)
    planned = library.preview(project, session.flags)
    warn(session, (*project.warnings, *planned.warnings))
    if session.console.as_json:
        session.console.document(documents.VERSIONS_SCHEMA, documents.versions(planned.plan))
    else:
        session.console.show(reports.versions(planned.plan))


def why(session: Session, package: str) -> None:
    """Say why PACKAGE is released, or why not."""
    project = library.opened(session.flags)
    warn(session, project.warnings)
    lines = library.why(project, session.flags, package)
    if session.console.as_json:
        session.console.document(documents.WHY_SCHEMA, documents.Why(package, lines))
    else:
        session.console.show([Line(text) for text in lines])


def notes(session: Session) -> None:
    """Print the notes of what would be released."""
    project = library.opened(session.flags)
    found = library.notes(project, session.flags)
    warn(session, (*project.warnings, *found.warnings))
    if session.console.as_json:
        session.console.document(all_notes.SCHEMA, found.notes)
    else:
        session.console.out.write_utf8(found.text)
        if not found.text:
            session.console.note([Line('Nothing to release: there are no notes.')])


def status(session: Session) -> None:
    """Say how far each package of the last run got."""
    project = library.opened(session.flags)
    found, warnings = library.status(project)
    warn(session, warnings)
    blocks = reports.status(found) if found else [Line('No release was started here.')]
    if session.console.as_json:
        empty = report.Status(plan='', base='', finished=True, packages=())
        session.console.document(report.STATUS_SCHEMA, found or empty)
    elif session.console.format == 'markdown':
        session.console.out.write_utf8(markdown.document('Release status', blocks))
    else:
        session.console.show(blocks)


def schema(session: Session) -> None:
    """Print the JSON Schema of your release.yaml, or of a document."""
    document = schemas.load(session.flags.of)
    if session.flags.of == 'release':
        known, spec = library.defined(session.flags)
        document = schemas.filled(document, known, spec, library.packages(session.flags, spec))
    session.console.json(document, pretty=True)
