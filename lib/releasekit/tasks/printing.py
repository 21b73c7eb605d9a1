# SPDX-License-Identifier: Apache-2.0
"""Plans, findings and reports in the format that was asked for, and on the summary page of a CI job."""

from __future__ import annotations

from collections.abc import Sequence

from releasekit.core import documents, report
from releasekit.core.actions import Push, Upload
from releasekit.core.plan import Plan
from releasekit.core.report import Report
from releasekit.errors import Problem
from releasekit.tasks import summary
from releasekit.tasks.show import findings as all_findings
from releasekit.tasks.show import markdown, reports
from releasekit.tasks.show.notes import of_problems
from releasekit.tasks.terminal.console import Console
from releasekit.tasks.terminal.layout import Block


def plan(console: Console, made: Plan, blocks: Sequence[Block], warnings: Sequence[Problem] = ()) -> None:
    """Print a plan: `blocks` are its form for people; a report has nothing but what is wrong."""
    if console.as_json:
        console.plan(made)
    elif (written := all_findings.REPORTS.get(console.format)) is not None:
        console.out.write_utf8(written(of_problems(warnings)))
    elif console.format == 'markdown':
        console.out.write_utf8(markdown.plan(made))
    else:
        console.show(blocks)
    if not made.actions or any(isinstance(action, (Push, Upload)) for action in made.actions):
        summary.append(console, lambda: markdown.plan(made))


def checked(console: Console, made: Plan, ended: Report) -> None:
    """Print how the checks of a plan ended, and what else went wrong."""
    found = documents.findings(made, ended)
    of_checks = {result.problem for _, result in documents.checks(made, ended)}
    problems = reports.problems(ended)
    others = [problem for problem in problems if problem not in of_checks]
    # An annotation of a check is one of its findings.
    console.note(others if console.format == 'github' else problems)
    all_findings.show(console, found, reports.findings(made, ended), of_problems(others))
    summary.append(console, lambda: markdown.findings(found))


def closed(console: Console, ended: Report, blocks: Sequence[Block]) -> None:
    """Print the end of a run; what was, or was to be, published is for the summary page too."""
    problems = reports.problems(ended)
    published = any(result.key.startswith((Push.key, 'upload:')) for result in ended.results)
    console.note(problems)
    if console.as_json:
        console.document(report.REPORT_SCHEMA, ended)
    elif console.format == 'markdown':
        console.out.write_utf8(_report(published, blocks, problems))
    else:
        console.show(blocks)
    if published:
        summary.append(console, lambda: _report(published, blocks, problems))


def _report(published: bool, blocks: Sequence[Block], problems: Sequence[Problem]) -> str:
    return markdown.document('Release' if published else 'Result', [*blocks, *problems])


def blocks(console: Console, schema: str, document: object, title: str, shown: Sequence[Block]) -> None:
    """Print what a task has found: as JSON, as Markdown below a title, or for people."""
    if console.as_json:
        console.document(schema, document)
    elif console.format == 'markdown':
        console.out.write_utf8(markdown.document(title, shown))
    else:
        console.show(shown)
