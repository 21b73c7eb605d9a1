# SPDX-License-Identifier: Apache-2.0
"""Errors and warnings: a code, a place, what is wrong and what to do; how they are written for people."""

from __future__ import annotations

import dataclasses
import enum
import unicodedata

from releasekit.compat import StrEnum


class Exit(enum.IntEnum):
    """The exit statuses of a task."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    POLICY = 3
    PARTIAL = 4
    DRIFT = 5
    LOCKED = 6
    BUG = 70


class Code(StrEnum):
    """Every code that an error or a warning can carry."""

    SPEC_MISSING = 'RK-SPEC-MISSING'
    SPEC_EXISTS = 'RK-SPEC-EXISTS'
    SPEC_SYNTAX = 'RK-SPEC-SYNTAX'
    SPEC_INVALID = 'RK-SPEC-INVALID'
    SPEC_LATER = 'RK-SPEC-LATER'
    SPEC_NAME = 'RK-SPEC-NAME'
    SPEC_UNUSED = 'RK-SPEC-UNUSED'
    SPEC_SECRET = 'RK-SPEC-SECRET'  # noqa: S105 - a code, not a secret
    MIGRATE_NONE = 'RK-MIGRATE-NONE'
    MIGRATE_SEVERAL = 'RK-MIGRATE-SEVERAL'
    MIGRATE_INVALID = 'RK-MIGRATE-INVALID'
    MIGRATE_UNKNOWN = 'RK-MIGRATE-UNKNOWN'
    USAGE = 'RK-USAGE'
    CONFIRM = 'RK-CONFIRM'
    PACKAGE_UNKNOWN = 'RK-PACKAGE-UNKNOWN'
    PACKAGES_NONE = 'RK-PACKAGES-NONE'
    MANIFEST_INVALID = 'RK-MANIFEST-INVALID'
    WORKSPACE_INVALID = 'RK-WORKSPACE-INVALID'
    VERSION_DYNAMIC = 'RK-VERSION-DYNAMIC'
    VERSION_INVALID = 'RK-VERSION-INVALID'
    VERSION_FILE = 'RK-VERSION-FILE'
    GRAPH_CYCLE = 'RK-GRAPH-CYCLE'
    TAG_ELSEWHERE = 'RK-TAG-ELSEWHERE'
    TAG_AMBIGUOUS = 'RK-TAG-AMBIGUOUS'
    GIT_FAILED = 'RK-GIT-FAILED'
    GIT_NONE = 'RK-GIT-NONE'
    GIT_SHALLOW = 'RK-GIT-SHALLOW'
    GIT_REFUSED = 'RK-GIT-REFUSED'
    TREE_DIRTY = 'RK-TREE-DIRTY'
    BRANCH_OTHER = 'RK-BRANCH-OTHER'
    BRANCH_LEVEL = 'RK-BRANCH-LEVEL'
    DRIFT_REMOTE = 'RK-DRIFT-REMOTE'
    DRIFT_PLAN = 'RK-DRIFT-PLAN'
    DRIFT_BYTES = 'RK-DRIFT-BYTES'
    TOOL_MISSING = 'RK-TOOL-MISSING'
    COMMAND_FAILED = 'RK-COMMAND-FAILED'
    COMMAND_TIMEOUT = 'RK-COMMAND-TIMEOUT'
    TASK_OUTPUT = 'RK-TASK-OUTPUT'
    CHECK_FAILED = 'RK-CHECK-FAILED'
    LOCK_STALE = 'RK-LOCK-STALE'
    EDIT_FAILED = 'RK-EDIT-FAILED'
    TEMPLATE_FAILED = 'RK-TEMPLATE-FAILED'
    BUILD_FAILED = 'RK-BUILD-FAILED'
    BUILD_WRONG = 'RK-BUILD-WRONG'
    SMOKE_FAILED = 'RK-SMOKE-FAILED'
    CREDENTIAL_MISSING = 'RK-CREDENTIAL-MISSING'
    REGISTRY_DOWN = 'RK-REGISTRY-DOWN'
    REGISTRY_REFUSED = 'RK-REGISTRY-REFUSED'
    REGISTRY_UNKNOWN = 'RK-REGISTRY-UNKNOWN'
    REGISTRY_WAITING = 'RK-REGISTRY-WAITING'
    REGISTRY_INSECURE = 'RK-REGISTRY-INSECURE'
    JOURNAL_CORRUPT = 'RK-JOURNAL-CORRUPT'
    JOURNAL_TORN = 'RK-JOURNAL-TORN'
    DISK_FAILED = 'RK-DISK-FAILED'
    PATH_OUTSIDE = 'RK-PATH-OUTSIDE'
    LOCKED = 'RK-LOCKED'
    LOCK_TAKEN_OVER = 'RK-LOCK-TAKEN-OVER'
    BRANCH_NOT_MOVED = 'RK-BRANCH-NOT-MOVED'
    DOCUMENT_INVALID = 'RK-DOCUMENT-INVALID'
    CHANGESET_INVALID = 'RK-CHANGESET-INVALID'
    BUG = 'RK-BUG'


_EXITS = {
    Code.SPEC_MISSING: Exit.USAGE,
    Code.SPEC_EXISTS: Exit.USAGE,
    Code.SPEC_SYNTAX: Exit.USAGE,
    Code.SPEC_INVALID: Exit.USAGE,
    Code.SPEC_LATER: Exit.USAGE,
    Code.SPEC_NAME: Exit.USAGE,
    Code.SPEC_SECRET: Exit.USAGE,
    Code.MIGRATE_NONE: Exit.USAGE,
    Code.MIGRATE_SEVERAL: Exit.USAGE,
    Code.MIGRATE_INVALID: Exit.USAGE,
    Code.MIGRATE_UNKNOWN: Exit.USAGE,
    Code.USAGE: Exit.USAGE,
    Code.CONFIRM: Exit.USAGE,
    Code.PACKAGE_UNKNOWN: Exit.USAGE,
    Code.PACKAGES_NONE: Exit.USAGE,
    Code.VERSION_FILE: Exit.USAGE,
    Code.TAG_AMBIGUOUS: Exit.USAGE,
    Code.TEMPLATE_FAILED: Exit.USAGE,
    Code.REGISTRY_INSECURE: Exit.USAGE,
    Code.CHANGESET_INVALID: Exit.USAGE,
    Code.CHECK_FAILED: Exit.POLICY,
    Code.TREE_DIRTY: Exit.POLICY,
    Code.BRANCH_OTHER: Exit.POLICY,
    Code.BRANCH_LEVEL: Exit.POLICY,
    Code.CREDENTIAL_MISSING: Exit.POLICY,
    Code.TOOL_MISSING: Exit.POLICY,
    Code.REGISTRY_UNKNOWN: Exit.PARTIAL,
    Code.REGISTRY_WAITING: Exit.PARTIAL,
    Code.DRIFT_REMOTE: Exit.DRIFT,
    Code.DRIFT_PLAN: Exit.DRIFT,
    Code.DRIFT_BYTES: Exit.DRIFT,
    Code.LOCKED: Exit.LOCKED,
    Code.BUG: Exit.BUG,
}


class Severity(StrEnum):
    """How bad a problem is."""

    ERROR = 'error'
    WARNING = 'warning'


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """A place in a text file; lines and columns count from 1. `begins` is the column that `source` begins at."""

    path: str
    line: int | None = None
    column: int | None = None
    source: str | None = None
    length: int = 1
    label: str = ''
    begins: int = 1

    def __str__(self) -> str:
        """Write `path:line:column`, as far as known."""
        return ':'.join(str(part) for part in (self.path, self.line, self.column) if part is not None)


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: `hint` is something to do and never empty."""

    code: Code
    message: str
    hint: str
    place: Place | None = None
    severity: Severity = Severity.ERROR


class ReleaseKitError(Exception):
    """What stops a task: one or more problems. Ends as rendered text and `exit`, never as a traceback."""

    def __init__(self, problem: Problem, *more: Problem, exit: Exit | None = None) -> None:  # noqa: A002 - the field's word
        """Carry one or more problems; `exit` overrides the status that the first problem's code stands for."""
        self.problems = (problem, *more)
        self.exit = _EXITS.get(problem.code, Exit.FAILED) if exit is None else exit
        super().__init__(problem.message)

    @property
    def code(self) -> Code:
        """The code of the first problem."""
        return self.problems[0].code


def fail(code: Code, message: str, hint: str, place: Place | None = None) -> ReleaseKitError:
    """Make the error of a single problem, to be raised."""
    return ReleaseKitError(Problem(code, message, hint, place))


def advice(problem: Problem) -> str:
    """What to do, in one line: the hint, after what stands beside the caret where the source is shown."""
    label = problem.place.label if problem.place else ''
    if not label:
        return problem.hint
    end = '?' if label.endswith('?') else '.'
    return f'{label[:1].upper()}{label[1:].rstrip("?.")}{end} {problem.hint}'


def render(problem: Problem) -> str:
    """Write a problem as people read it: headline, place, source line with a caret, hint.

    The form is the one that rustc made known; without a place or a source line those parts are left out.
    """
    lines = [f'{problem.severity}[{problem.code}]: {problem.message}']
    margin = ' '
    if (place := problem.place) is not None:
        margin = ' ' * (len(str(place.line or '')) + 2)
        lines.append(f'{margin[:-1]}--> {place}')
        if place.line is not None and place.source is not None:
            label = f' {place.label}' if place.label else ''
            source, caret = f' {place.line} | {place.source}', f'{margin}| {_caret(place.source, place)}{label}'
            lines += [f'{margin}|', source, caret, f'{margin}|']
    lines.append(f'{margin}= hint: {problem.hint}')
    return '\n'.join(lines)


def _caret(source: str, place: Place) -> str:
    """The line below a source line: as wide as what stands above it, with the tabs of the source."""
    start = (place.column or 1) - place.begins
    before = ''.join('\t' if sign == '\t' else ' ' * _width(sign) for sign in source[:start])
    marked = sum(_width(sign) for sign in source[start : start + place.length])
    return before + '^' * max(1, marked)


def _width(sign: str) -> int:
    """The columns that a terminal gives a character."""
    if unicodedata.combining(sign):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in {'F', 'W'} else 1
