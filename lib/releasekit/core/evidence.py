# SPDX-License-Identifier: Apache-2.0
"""What `why` shows beside the reasons: the files that made a commit count, and why commits ask for nothing."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Mapping, Sequence

from releasekit.core.commits import ParsedCommit
from releasekit.core.history import History, Owners
from releasekit.core.levels import Level, judge
from releasekit.core.package import Package, Workspace
from releasekit.spec.model import Spec

# How many files of a commit, commits of a package and other packages are named.
_FILES = 3
_COMMITS = 10
_OTHERS = 3


@dataclasses.dataclass(frozen=True)
class Evidence:
    """What a plan was decided on."""

    spec: Spec
    workspace: Workspace
    history: History

    @functools.cached_property
    def _owners(self) -> Owners:
        return Owners(self.workspace.packages)

    def files(self, id_: str, hash_: str | None) -> str | None:
        """Why a commit counts for a package: the files that it touches there; None where it is not known."""
        rows = (*self.history.commits.get(id_, ()), *self.history.recent.get(id_, ()))
        if (commit := next((commit for commit in rows if commit.hash == hash_), None)) is None:
            return None
        own = [path for path in commit.paths if id_ in self._owners.of([path])]
        if not own:
            return 'touches no file, and counts by its scope, or because there is no other package'
        return f'in {capped(own, _FILES)}'

    def not_asking(self, package: Package) -> Iterator[str]:
        """Why nothing that was committed since the last release asks for one."""
        released = self.history.stable.get(package.id) or self.history.released.get(package.id)
        since = f'since {released.tag}' if released is not None else 'so far'
        commits = self.history.commits.get(package.id, ())
        if not commits:
            yield f'no commit {since} counts for it'
        for commit in commits[:_COMMITS]:
            yield f'{commit.hash[:7]} {commit.subject}: {self._silence(commits, commit)}'
        if len(commits) > _COMMITS:
            yield f'+{len(commits) - _COMMITS} more, none of which asks for a release either'
        yield from self._elsewhere(package)
        if (start := self.spec.commits.since) is not None:
            yield f'what is before `commits.since`, {start[:7]}, does not count'

    def _silence(self, commits: Sequence[ParsedCommit], commit: ParsedCommit) -> str:
        """Why a commit asks for nothing."""
        own = {other.hash: other for other in commits}
        by = next((other for other in commits if commit.hash in {revert.commit for revert in other.reverts}), None)
        if by is not None:
            return f'taken back by {by.hash[:7]}'
        targets = [revert.commit for revert in commit.reverts if revert.commit in own]
        if targets:
            return f'takes back {capped([target[:7] for target in targets], _FILES)}, and cancels itself with it'
        if self.spec.commits.convention == 'changesets':
            return '`commits.convention` is changesets, so that messages of commits ask for nothing'
        if not commit.changes:
            return 'its message follows no convention'
        levels = judge([commit], self.spec.commits.types).changes
        types = dict.fromkeys(f'`{change.type}`' for level, _, change in levels if level is Level.NONE)
        return f'{" and ".join(types)} bumps nothing by `commits.types`'

    def _elsewhere(self, package: Package) -> Iterator[str]:
        """The commits that count for other packages only."""
        own = {commit.hash for commit in self.history.commits.get(package.id, ())}
        found: Mapping[str, list[ParsedCommit]] = {
            id_: [commit for commit in commits if commit.hash not in own]
            for id_, commits in sorted(self.history.commits.items())
            if id_ != package.id
        }
        told = {id_: commits for id_, commits in found.items() if commits}
        for id_, commits in list(told.items())[:_OTHERS]:
            count = '1 commit counts' if len(commits) == 1 else f'{len(commits)} commits count'
            newest = f'{commits[0].hash[:7]} {commits[0].subject}'
            newest = newest if len(commits) == 1 else f'last {newest}'
            folder = self.workspace.by_id[id_].path
            yield f'{count} for {id_} in {folder}, not for {package.path}: {newest}'
        if len(told) > _OTHERS:
            yield f'and so on, for {len(told) - _OTHERS} other packages'


def capped(names: Sequence[str], most: int) -> str:
    """Some names, and how many more there are."""
    more = f' +{len(names) - most} more' if len(names) > most else ''
    return f'{", ".join(names[:most])}{more}'
