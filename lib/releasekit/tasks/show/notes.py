# SPDX-License-Identifier: Apache-2.0
"""What is wrong, as forges show it beside the lines of a change: commands for GitHub, Code Quality for GitLab."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath
from typing import Any

from releasekit.core.documents import Findings
from releasekit.errors import Problem, Severity, advice

# What is wrong with no file in particular is shown at the file that all of it comes from.
ELSEWHERE = 'release.yaml'

# What begins a command, in its form of today and in the one before.
_START = re.compile(r'(?P<before>^\s*(?=::)|(?=##\[))(?P<first>:|##)(?P<rest>:|\[)', re.MULTILINE)


@dataclasses.dataclass(frozen=True, slots=True)
class Note:
    """One thing that is wrong. `rule` is a code or a check, `end` the last column; lines and columns count from 1."""

    rule: str
    severity: Severity
    message: str
    hint: str = ''
    path: str | None = None
    line: int | None = None
    column: int | None = None
    end: int | None = None

    @property
    def text(self) -> str:
        """What is wrong, and what to do."""
        return f'{self.message} {self.hint}'.rstrip()

    @property
    def own(self) -> str:
        """What makes it the same one in the next run: no line, since what moved within a file is not new."""
        return f'{self.rule}\0{self.file}\0{self.message}'

    @property
    def file(self) -> str:
        """Where it is shown, with slashes."""
        return PurePath(self.path or ELSEWHERE).as_posix()


def of_problems(problems: Iterable[Problem]) -> tuple[Note, ...]:
    """Errors and warnings of ours."""
    return tuple(_of_problem(problem) for problem in problems)


def _of_problem(problem: Problem) -> Note:
    place = problem.place
    if place is None:
        return Note(problem.code.value, problem.severity, problem.message, problem.hint)
    end = None if place.column is None else place.column + max(1, place.length) - 1
    where = (place.path, place.line, place.column, end)
    return Note(problem.code.value, problem.severity, problem.message, advice(problem), *where)


def of_findings(findings: Findings) -> tuple[Note, ...]:
    """What checks found."""
    return tuple(
        Note(
            rule=found.check,
            severity=Severity(found.severity),
            message=f'{found.package}: {found.message}' if found.package else found.message,
            hint=found.hint,
            path=found.path,
            line=found.line,
        )
        for found in findings.findings
        if not found.waived
    )


def github(notes: Iterable[Note]) -> str:
    """A workflow command on a line of its own for each.

    The escapes are those of https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts.
    """
    return ''.join(f'{_command(note)}\n' for note in notes)


def tamed(text: str) -> str:
    """A text of which no line is a workflow command, whatever others wrote into it."""
    return _START.sub(r'\g<before>\g<first> \g<rest>', text)


def _command(note: Note) -> str:
    told = (
        ('file', PurePath(note.path).as_posix() if note.path else None),
        ('line', note.line),
        ('endLine', note.line),
        ('col', note.column),
        ('endColumn', note.end),
        ('title', note.rule),
    )
    properties = ','.join(f'{name}={_property(str(value))}' for name, value in told if value is not None)
    return f'::{note.severity} {properties}::{_data(note.text)}'


def _data(text: str) -> str:
    return text.replace('%', '%25').replace('\r', '%0D').replace('\n', '%0A')


def _property(text: str) -> str:
    return _data(text).replace(':', '%3A').replace(',', '%2C')


def gitlab(notes: Sequence[Note]) -> str:
    """A Code Quality report, which is a list: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format."""
    return json.dumps(list(_issues(notes)), ensure_ascii=False, indent=2) + '\n'


def _issues(notes: Iterable[Note]) -> Iterator[dict[str, Any]]:
    seen: Counter[str] = Counter()
    for note in notes:
        seen[note.own] += 1
        yield {
            'description': note.text,
            'check_name': note.rule,
            'fingerprint': fingerprint(note.own, seen[note.own]),
            'severity': 'major' if note.severity is Severity.ERROR else 'minor',
            'location': {'path': note.file, 'lines': {'begin': note.line or 1}},
        }


def fingerprint(text: str, number: int = 1) -> str:
    """A digest of what makes a note its own; `number` tells equal ones apart."""
    return hashlib.sha256(f'{text}\0{number}'.encode()).hexdigest()
