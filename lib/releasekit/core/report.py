# SPDX-License-Identifier: Apache-2.0
"""What came of a plan: the values that tables, JSON and summaries are made of."""

from __future__ import annotations

import dataclasses
from typing import Protocol

from releasekit.compat import StrEnum
from releasekit.core.actions import Action
from releasekit.errors import Exit, Problem

REPORT_SCHEMA = 'releasekit/report/1'
STATUS_SCHEMA = 'releasekit/status/1'


class ResultKind(StrEnum):
    """How an action ended in this run."""

    DONE = 'done'
    ALREADY = 'already'
    WARNED = 'warned'
    FAILED = 'failed'
    UNKNOWN = 'unknown'
    BLOCKED = 'blocked'
    CANCELLED = 'cancelled'
    SKIPPED = 'skipped'


@dataclasses.dataclass(frozen=True, slots=True)
class Result:
    """The end of one action. `problem` says why it failed, or warns; `detail` is a line for people."""

    key: str
    kind: ResultKind
    detail: str = ''
    problem: Problem | None = None


class PackageState(StrEnum):
    """How far a package got."""

    PENDING = 'pending'
    BUILDING = 'building'
    PUBLISHING = 'publishing'
    VERIFYING = 'verifying'
    PUBLISHED = 'published'
    FAILED = 'failed'
    WAITING = 'waiting'


@dataclasses.dataclass(frozen=True, slots=True)
class PackageStatus:
    """One package of a run; `targets` are those that have been verified, `detail` says what it waits for."""

    id: str
    version: str
    state: PackageState
    targets: tuple[str, ...] = ()
    detail: str = ''


@dataclasses.dataclass(frozen=True, slots=True)
class Status:
    """How far a run got."""

    plan: str
    base: str
    finished: bool
    packages: tuple[PackageStatus, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """The end of a run: `commit` is the release commit where there is one, `signal` what cut it short.

    `warnings` are about the run itself, not about one of its actions. `held` are the keys of actions that wait for
    targets which were left out.
    """

    plan: str
    commit: str | None
    results: tuple[Result, ...]
    packages: tuple[PackageStatus, ...]
    exit: Exit = Exit.DONE
    signal: int | None = None
    warnings: tuple[Problem, ...] = ()
    held: tuple[str, ...] = ()


class Observer(Protocol):
    """Told of every action while a plan is performed: progress displays and logs are observers."""

    def started(self, action: Action) -> None:
        """An action begins."""
        ...

    def finished(self, action: Action, result: Result) -> None:
        """An action ended, or never began (already, blocked, cancelled)."""
        ...
