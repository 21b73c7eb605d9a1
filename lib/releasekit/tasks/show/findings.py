# SPDX-License-Identifier: Apache-2.0
"""Findings in every format that a task can be asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from releasekit.core.documents import FINDINGS_SCHEMA, Findings
from releasekit.tasks.show.markdown import findings as as_markdown
from releasekit.tasks.show.notes import Note, github, gitlab, of_findings
from releasekit.tasks.show.sarif import sarif
from releasekit.tasks.terminal.console import Console
from releasekit.tasks.terminal.layout import Block

# The formats in which one document says all that is wrong, also where nothing is.
REPORTS: Mapping[str, Callable[[Sequence[Note]], str]] = {'gitlab': gitlab, 'sarif': sarif}


def show(console: Console, found: Findings, blocks: Iterable[Block], more: Sequence[Note] = ()) -> None:
    """Print findings: `blocks` are their form for people, `more` is what else was wrong, for reports alone."""
    if console.as_json:
        console.document(FINDINGS_SCHEMA, found)
    elif (report := REPORTS.get(console.format)) is not None:
        console.out.write_utf8(report((*more, *of_findings(found))))
    elif console.format == 'markdown':
        console.out.write_utf8(as_markdown(found))
    else:
        if console.format == 'github':
            console.out.write(github(of_findings(found)))
        console.show(blocks)
