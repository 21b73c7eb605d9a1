# SPDX-License-Identifier: Apache-2.0
"""Cherry-picks: one change under several hashes, as `git cherry-pick -x` records it, is released once.

https://git-scm.com/docs/git-cherry-pick#Documentation/git-cherry-pick.txt--x
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from releasekit.core.commits import ParsedCommit

_MARK = 'cherry picked from commit '
_TRAILER = re.compile(rf'^\({_MARK}([0-9a-f]{{64}}|[0-9a-f]{{40}})\)\s*$', re.MULTILINE)

Since = Mapping[str, tuple[ParsedCommit, ...]]


def origins(message: str) -> tuple[str, ...]:
    """The full hashes of the commits that a message says it was picked from; a pick of a pick has several."""
    return tuple(_TRAILER.findall(message)) if _MARK in message else ()


@dataclasses.dataclass(frozen=True)
class Picks:
    """The commits that were picked, each with what from; `old` are commits that every release has."""

    of: Mapping[str, tuple[str, ...]]
    old: Collection[str] = frozenset()

    def once(self, since: Since, everything: Since) -> Since:
        """The commits since the bases, by package, with each change once, and none that its release has already.

        `everything` are all commits that were walked, by package: those that `since` lacks are released. Of copies that
        are not, the oldest counts.
        """
        if not self.of:
            return since
        families = self._families()
        return {id_: tuple(_left(commits, everything[id_], families, self.old)) for id_, commits in since.items()}

    def _families(self) -> Mapping[str, frozenset[str]]:
        """For each commit that is a copy, or has one, all that are the same change."""
        found: dict[str, frozenset[str]] = {}
        for commit, sources in self.of.items():
            joined = frozenset().union((commit, *sources), *(found.get(each, ()) for each in (commit, *sources)))
            found.update(dict.fromkeys(joined, joined))
        return found


def _left(
    commits: Iterable[ParsedCommit],
    everything: Iterable[ParsedCommit],
    families: Mapping[str, frozenset[str]],
    old: Collection[str],
) -> Iterator[ParsedCommit]:
    kept = tuple(commits)
    new = {commit.hash for commit in kept}
    released = {commit.hash for commit in everything if commit.hash not in new}.union(old)
    chosen: dict[frozenset[str], str] = {}
    for commit in kept:
        if (family := families.get(commit.hash)) is not None:
            # Newest first: the last one stays.
            chosen[family] = commit.hash
    for commit in kept:
        family = families.get(commit.hash)
        if family is None or (chosen[family] == commit.hash and family.isdisjoint(released)):
            yield commit
