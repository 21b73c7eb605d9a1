# SPDX-License-Identifier: Apache-2.0
"""What doctor finds, as values: each says what is so and, where something is to be done, what."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from releasekit.compat import StrEnum
from releasekit.core import documents
from releasekit.errors import Code, Exit, Problem, ReleaseKitError, Severity, advice

# The questions that say what is wrong with release.yaml and with the packages; others then cannot be asked.
SPEC, PACKAGES = 'spec.valid', 'spec.packages'
# Where the spec or the packages cannot be had for one of these, nothing is wrong with them.
GONE = frozenset({Code.GIT_NONE, Code.GIT_FAILED, Code.TOOL_MISSING})


class State(StrEnum):
    """How a question was answered; what could not be looked at has passed nothing."""

    PASSED = 'passed'
    WARNING = 'warning'
    ERROR = 'error'
    UNCHECKED = 'not checked'


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """The answer to one question. `check` is the question's id; lines count from 1."""

    state: State
    message: str
    hint: str = ''
    package: str | None = None
    path: str | None = None
    line: int | None = None
    check: str = ''


class UnableError(Exception):
    """A question that cannot be asked here, and what would let it be asked."""

    def __init__(self, message: str, hint: str) -> None:
        """Carry both."""
        super().__init__(message)
        self.hint = hint


def passed(message: str) -> Finding:
    """Nothing is wrong; the message says what was seen."""
    return Finding(State.PASSED, message)


def warning(message: str, hint: str, package: str | None = None) -> Finding:
    """Something that a release survives, but that somebody should know."""
    return Finding(State.WARNING, message, hint, package)


def error(message: str, hint: str, package: str | None = None) -> Finding:
    """Something that stops a release, or makes a wrong one."""
    return Finding(State.ERROR, message, hint, package)


def unchecked(message: str, hint: str) -> Finding:
    """Something that nobody can tell from here."""
    return Finding(State.UNCHECKED, message, hint)


def of_problem(problem: Problem) -> Finding:
    """A problem with its place."""
    state = State.WARNING if problem.severity is Severity.WARNING else State.ERROR
    place = problem.place
    where = (place.path, place.line) if place else (None, None)
    return Finding(state, problem.message, advice(problem), None, *where)


def of_error(caught: ReleaseKitError) -> list[Finding]:
    """All problems of an error."""
    return [of_problem(problem) for problem in caught.problems]


def document(findings: Iterable[Finding]) -> documents.Findings:
    """Findings as a document: what passed is only counted, what was not checked is a warning that says so."""
    known = tuple(findings)
    states = [finding.state for finding in known]
    counts = documents.Counts(
        passed=states.count(State.PASSED),
        failed=states.count(State.ERROR),
        warned=states.count(State.WARNING),
        waived=0,
        not_checked=states.count(State.UNCHECKED),
    )
    return documents.Findings(tuple(_entry(each) for each in known if each.state is not State.PASSED), counts)


def status(findings: Sequence[Finding], *, strict: bool) -> Exit:
    """The exit status: 2 where release.yaml is missing or wrong, 3 for any other error, and for warnings if strict."""
    wrong = {finding.check for finding in findings if finding.state is State.ERROR}
    if wrong:
        return Exit.USAGE if SPEC in wrong else Exit.POLICY
    warned = any(finding.state is State.WARNING for finding in findings)
    return Exit.POLICY if strict and warned else Exit.DONE


def _entry(finding: Finding) -> documents.Finding:
    unasked = finding.state is State.UNCHECKED
    return documents.Finding(
        check=finding.check,
        severity='error' if finding.state is State.ERROR else 'warning',
        package=finding.package,
        message=f'Not checked: {finding.message}' if unasked else finding.message,
        hint=finding.hint,
        path=finding.path,
        line=finding.line,
        fixable=False,
        waived=False,
    )
