# SPDX-License-Identifier: Apache-2.0
"""What the commits of a package ask for: the highest level after reverts are taken out, and the reasons."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from releasekit.core.commits import Change, ParsedCommit
from releasekit.core.plan import Reason, ReasonKind
from releasekit.spec.model import Bump


class Level(enum.IntEnum):
    """How much a release changes."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3

    @property
    def bump(self) -> Bump:
        """The level as release.yaml writes it; there is none for `NONE`."""
        return _BUMPS[self]


_BUMPS: Mapping[Level, Bump] = {Level.PATCH: 'patch', Level.MINOR: 'minor', Level.MAJOR: 'major'}


@dataclasses.dataclass(frozen=True, slots=True)
class Ask:
    """What a changeset asks of a package: a level, and the summary for its users."""

    level: Level
    path: str
    summary: str


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """The level of some commits and changesets, with the level of each change, and the newest Release-As."""

    level: Level
    changes: tuple[tuple[Level, ParsedCommit, Change], ...] = ()
    release_as: tuple[str, str] | None = None
    asks: tuple[Ask, ...] = ()

    def joined(self, asks: tuple[Ask, ...]) -> Verdict:
        """This verdict together with changesets: the higher level wins."""
        return dataclasses.replace(self, level=max([self.level, *(ask.level for ask in asks)]), asks=asks)

    def told(self) -> Iterator[Reason]:
        """A reason for each changeset that bumps; the highest first."""
        for ask in sorted(self.asks, key=lambda ask: -ask.level):
            if ask.level is not Level.NONE:
                yield Reason(ReasonKind.CHANGESET, path=ask.path, level=ask.level.bump, summary=ask.summary)

    def reasons(self, listed: Callable[[Change], bool]) -> Iterator[Reason]:
        """A reason for each change that bumps, or that is listed; the highest first, then the newest.

        Changesets are written for users, so they come before commits.
        """
        yield from self.told()
        for level, commit, change in sorted(self.changes, key=lambda entry: -entry[0]):
            if level is not Level.NONE or listed(change):
                yield Reason(
                    ReasonKind.COMMIT,
                    commit=commit.hash,
                    type=change.type,
                    scope=change.scope,
                    subject=change.subject,
                    breaking=change.breaking,
                    references=commit.references or None,
                )


def judge(commits: Sequence[ParsedCommit], types: Mapping[str, Bump]) -> Verdict:
    """Judge commits, newest first.

    A revert whose target is among them cancels it, and itself; one whose target is not is a fix of what was
    released. A revert that is itself reverted cancels nothing.
    """
    levels = {name: Level[bump.upper()] for name, bump in types.items()}
    found: list[tuple[Level, ParsedCommit, Change]] = []
    release_as: tuple[str, str] | None = None
    highest = Level.NONE
    for commit, changes in _standing(commits):
        if release_as is None and commit.release_as is not None:
            release_as = (commit.release_as, commit.hash)
        for change in changes:
            level = Level.MAJOR if change.breaking is not None else levels.get(change.type, Level.NONE)
            found.append((level, commit, change))
            highest = max(highest, level)
    return Verdict(highest, tuple(found), release_as)


def _standing(commits: Sequence[ParsedCommit]) -> Iterator[tuple[ParsedCommit, Iterable[Change]]]:
    hashes = {commit.hash for commit in commits} if any(commit.reverts for commit in commits) else set()
    cancelled: set[str] = set()
    for commit in commits:
        if commit.hash in cancelled:
            continue
        if not commit.reverts:
            yield commit, commit.changes
            continue
        inside = {revert.commit for revert in commit.reverts if revert.commit in hashes}
        outside = [revert for revert in commit.reverts if revert.beside is None and revert.commit not in hashes]
        cancelled |= inside
        if outside or not inside:
            yield commit, (_fix(commit),)


def _fix(commit: ParsedCommit) -> Change:
    if not commit.changes:
        return Change('fix', None, commit.subject)
    change = commit.changes[0]
    subject = f'revert {change.subject}' if change.type == 'revert' else change.subject
    return dataclasses.replace(change, type='fix', subject=subject)
