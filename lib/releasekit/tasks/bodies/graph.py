# SPDX-License-Identifier: Apache-2.0
"""The tasks that show packages and how they need each other; a cycle is shown, and warned of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from releasekit import lazy
from releasekit.tasks.command import Session, warn
from releasekit.tasks.terminal.layout import Line

if TYPE_CHECKING:
    from releasekit.core import documents
    from releasekit.core.drawings import graph as drawings
    from releasekit.core.drawings.graph import Graph
    from releasekit.tasks import graphs, library
    from releasekit.tasks.show import graphs as shown
    from releasekit.tasks.show import reports
else:
    documents = lazy.module('releasekit.core.documents')
    drawings = lazy.module('releasekit.core.drawings.graph')
    graphs = lazy.module('releasekit.tasks.graphs')
    library = lazy.module('releasekit.tasks.library')
    reports = lazy.module('releasekit.tasks.show.reports')
    shown = lazy.module('releasekit.tasks.show.graphs')


def discover(session: Session) -> None:
    """List the packages and how they need each other."""
    project = library.opened(session.flags)
    workspace, found, warnings = graphs.selected(project, session.flags)
    warn(session, (*project.warnings, *warnings))
    _note_none(session, found)
    match session.flags.format:
        case 'json':
            session.console.document(documents.PACKAGES_SCHEMA, documents.packages(workspace))
        case 'csv':
            session.console.out.write_utf8(shown.packages(documents.packages(workspace)))
        case 'table' | 'github':
            session.console.show(reports.packages(workspace))
        case _:
            _draw(session, found)


def graph(session: Session) -> None:
    """Draw how the packages need each other."""
    project = library.opened(session.flags)
    _, found, warnings = graphs.selected(project, session.flags)
    warn(session, (*project.warnings, *warnings))
    _note_none(session, found)
    if session.console.as_json:
        session.console.document(drawings.SCHEMA, found)
    else:
        _draw(session, found)


def _note_none(session: Session, found: Graph) -> None:
    """Say why there is nothing to see, beside a drawing or a document that is empty."""
    if not found.packages:
        since = session.flags.since
        what = f'No package has changed since {since}, nor needs one that has.' if since else 'There are no packages.'
        session.console.note([Line(what)])


def _draw(session: Session, found: Graph) -> None:
    format_ = session.flags.format
    if (text := shown.TEXTS.get(format_)) is not None:
        session.console.out.write_utf8(text(found))
    else:
        session.console.show(shown.blocks(found, format_))
    session.console.note(shown.advice(found, format_))
