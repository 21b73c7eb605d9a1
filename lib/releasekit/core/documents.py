# SPDX-License-Identifier: Apache-2.0
"""The JSON documents that tasks print beside plan, report and status; what is not known is null, never left out."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Literal

from releasekit.core.actions import RunCommand
from releasekit.core.package import Package, Workspace
from releasekit.core.plan import Plan, PlannedPackage
from releasekit.core.report import Report, Result, ResultKind
from releasekit.errors import Code, Problem, advice

ERROR_SCHEMA = 'releasekit/error/1'
PACKAGES_SCHEMA = 'releasekit/packages/1'
FINDINGS_SCHEMA = 'releasekit/findings/1'
VERSIONS_SCHEMA = 'releasekit/versions/1'
WHY_SCHEMA = 'releasekit/why/1'

_PASSED = frozenset({ResultKind.DONE, ResultKind.ALREADY})
_FAILED = frozenset({ResultKind.FAILED, ResultKind.UNKNOWN})
_NOT_CHECKED = frozenset({ResultKind.BLOCKED, ResultKind.CANCELLED, ResultKind.SKIPPED})


@dataclasses.dataclass(frozen=True, slots=True)
class ErrorEntry:
    """One problem; lines and columns count from 1."""

    code: str
    message: str
    hint: str
    path: str | None
    line: int | None
    column: int | None


@dataclasses.dataclass(frozen=True, slots=True)
class Errors:
    """What ended a task."""

    errors: tuple[ErrorEntry, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Edge:
    """The id of an internal package that is needed, and why."""

    id: str
    kind: str


@dataclasses.dataclass(frozen=True, slots=True)
class PackageEntry:
    """A package of the repository."""

    id: str
    name: str
    workspace: str
    ecosystem: str
    path: str
    version: str | None
    publish: bool
    dependencies: tuple[Edge, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Packages:
    """What `discover` finds."""

    packages: tuple[PackageEntry, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """What a check found."""

    check: str
    severity: Literal['error', 'warning']
    package: str | None
    message: str
    hint: str
    path: str | None
    line: int | None
    fixable: bool
    waived: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Counts:
    """How many checks ended how."""

    passed: int
    failed: int
    warned: int
    waived: int
    not_checked: int


@dataclasses.dataclass(frozen=True, slots=True)
class Findings:
    """What `check` finds."""

    findings: tuple[Finding, ...]
    counts: Counts


@dataclasses.dataclass(frozen=True, slots=True)
class VersionEntry:
    """The version of a package: the last one that was released, and the next."""

    id: str
    released: str | None
    next: str


@dataclasses.dataclass(frozen=True, slots=True)
class Versions:
    """What `version` says of the packages that are to be released."""

    packages: tuple[VersionEntry, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Why:
    """What `why` says of a package."""

    package: str
    lines: tuple[str, ...]


def errors(problems: Iterable[Problem]) -> Errors:
    """Problems as a document."""
    return Errors(tuple(_error(problem) for problem in problems))


def packages(workspace: Workspace) -> Packages:
    """All packages as a document."""
    return Packages(tuple(_package(package) for package in workspace.packages))


def versions(plan: Plan) -> Versions:
    """The versions of a plan as a document."""
    return Versions(tuple(_version(package) for package in plan.packages))


def findings(plan: Plan, report: Report) -> Findings:
    """How the checks of a plan ended, as a document; a check that passed is only counted."""
    ended = list(checks(plan, report))
    # A check whose program is not there has found nothing out, though that is a finding too.
    kinds = [result.kind for _, result in ended if not _unable(result)]
    counts = Counts(
        passed=sum(kind in _PASSED for kind in kinds),
        failed=sum(kind in _FAILED for kind in kinds),
        warned=kinds.count(ResultKind.WARNED),
        waived=0,
        not_checked=sum(kind in _NOT_CHECKED for kind in kinds) + len(ended) - len(kinds),
    )
    wrong = [(check, result) for check, result in ended if result.kind in {*_FAILED, ResultKind.WARNED}]
    return Findings(tuple(_finding(check, result) for check, result in wrong), counts)


def checks(plan: Plan, report: Report) -> Iterator[tuple[RunCommand, Result]]:
    """The checks of a plan with their results, in the order of the report."""
    for result in report.results:
        action = plan.by_key.get(result.key)
        if isinstance(action, RunCommand) and action.purpose == 'check':
            yield action, result


def _unable(result: Result) -> bool:
    return result.problem is not None and result.problem.code is Code.TOOL_MISSING


def _error(problem: Problem) -> ErrorEntry:
    place = problem.place
    where = (place.path, place.line, place.column) if place else (None, None, None)
    return ErrorEntry(problem.code.value, problem.message, advice(problem), *where)


def _package(package: Package) -> PackageEntry:
    return PackageEntry(
        id=package.id,
        name=package.name,
        workspace=package.workspace,
        ecosystem=package.ecosystem,
        path=package.path,
        version=package.version,
        publish=package.publish,
        dependencies=tuple(Edge(edge.id, edge.kind.value) for edge in package.dependencies),
    )


def _version(package: PlannedPackage) -> VersionEntry:
    return VersionEntry(package.id, package.released, package.next)


def _finding(check: RunCommand, result: Result) -> Finding:
    problem = result.problem
    return Finding(
        check=check.id,
        severity='warning' if result.kind is ResultKind.WARNED else 'error',
        package=check.package,
        message=problem.message if problem else result.detail or f'The check {check.id} {result.kind}.',
        hint=problem.hint if problem else f'Run it by itself: {check.line}',
        path=None,
        line=None,
        fixable=False,
        waived=False,
    )
