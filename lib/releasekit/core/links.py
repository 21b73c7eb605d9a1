# SPDX-License-Identifier: Apache-2.0
"""Links reverts to what they take back: the commits of one walk, found by hash, by request or by subject."""

from __future__ import annotations

import bisect
import dataclasses
import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from releasekit.core.commits import ParsedCommit, RawCommit
from releasekit.core.reverts import NUMBER, Revert

# The number of what a merge brings in, as GitHub, Bitbucket and GitLab write it.
_MERGED = re.compile(
    r'Merge pull request (#\d+) |Merged in .*\(pull request (#\d+)\)|(?s:.*)\nSee merge request \S*(!\d+)'
)


def merged(raw: RawCommit) -> str | None:
    """The request that a merge brought in, `#12` or `!12`."""
    found = _MERGED.match(raw.message)
    return None if found is None else next(number for number in found.groups() if number)


class Links:
    """Spells reverts out: all of them as full hashes, that of a merge as all that it had brought in.

    `parents` are those of all commits of the walk, children first; `merges` the merge of each request.
    """

    def __init__(
        self, parents: Mapping[str, tuple[str, ...]], commits: Sequence[ParsedCommit], merges: Mapping[str, str]
    ) -> None:
        """Index nothing yet: few histories revert anything."""
        self._parents = parents
        self._commits = commits
        self._merges = merges

    def out(self, commit: ParsedCommit) -> ParsedCommit:
        """The commit with its reverts spelt out.

        A target that cannot be found, or not without doubt, is beyond this walk; a `revert:` commit that does not name
        its target by hash then counts by its own type.
        """
        if not commit.reverts:
            return commit
        spelt = (one for revert in commit.reverts for one in self._all(commit, revert))
        return dataclasses.replace(commit, reverts=tuple(dict.fromkeys(spelt)))

    def _all(self, commit: ParsedCommit, revert: Revert) -> Iterator[Revert]:
        target = self._target(commit, revert)
        if target is None:
            if not commit.changes:
                yield revert
            return
        beside = revert.beside
        if revert.by != 'hash' and len(parents := self._parents[target]) > 1:
            beside = parents[0]
        if beside is None or target not in self._parents:
            yield Revert(target)
            return
        beside = self._full(beside)
        kept = self._reach(beside)
        yield from (Revert(hash_, beside) for hash_ in self._reach(target) if hash_ not in kept)

    def _target(self, commit: ParsedCommit, revert: Revert) -> str | None:
        """The full hash of what is taken back, None where it is not known; a hash is always one."""
        if revert.by == 'hash':
            return self._full(revert.commit)
        if revert.by == 'request':
            return self._older(commit, self._requests.get(revert.commit, ()))
        plain = NUMBER.sub('', revert.commit)
        return (
            self._older(commit, self._subjects.get(revert.commit, ()))
            or self._older(commit, self._subjects.get(plain, ()))
            or self._older(commit, self._plain.get(plain, ()))
        )

    def _older(self, commit: ParsedCommit, hashes: Iterable[str]) -> str | None:
        """The only one of the commits that does not come after a commit."""
        place = self._places[commit.hash]
        older = [hash_ for hash_ in hashes if self._places[hash_] > place]
        return older[0] if len(older) == 1 else None

    @functools.cached_property
    def _places(self) -> Mapping[str, int]:
        return {hash_: place for place, hash_ in enumerate(self._parents)}

    @functools.cached_property
    def _subjects(self) -> Mapping[str, Iterable[str]]:
        return _index((commit.subject, commit.hash) for commit in self._commits)

    @functools.cached_property
    def _plain(self) -> Mapping[str, Iterable[str]]:
        """The commits by their subjects without the number of the pull request."""
        return _index((NUMBER.sub('', commit.subject), commit.hash) for commit in self._commits)

    @functools.cached_property
    def _requests(self) -> Mapping[str, Iterable[str]]:
        numbered = ((NUMBER.search(commit.subject), commit.hash) for commit in self._commits)
        return _index([*((found[1], hash_) for found, hash_ in numbered if found), *self._merges.items()])

    @functools.cached_property
    def _hashes(self) -> list[str]:
        return sorted(self._parents)

    def _full(self, hash_: str) -> str:
        if hash_ in self._parents:
            return hash_
        index = bisect.bisect_left(self._hashes, hash_)
        near = self._hashes[index : index + 2]
        fitting = [full for full in near if full.startswith(hash_)]
        return fitting[0] if len(fitting) == 1 else hash_

    def _reach(self, start: str) -> dict[str, None]:
        seen: dict[str, None] = {start: None}
        stack = [start]
        while stack:
            for parent in self._parents.get(stack.pop(), ()):
                if parent not in seen:
                    seen[parent] = None
                    stack.append(parent)
        return seen


def _index(pairs: Iterable[tuple[str, str]]) -> dict[str, dict[str, None]]:
    """The hashes by what they are found by, each once: a commit may be that of many packages."""
    found: dict[str, dict[str, None]] = {}
    for key, hash_ in pairs:
        found.setdefault(key, {})[hash_] = None
    return found
