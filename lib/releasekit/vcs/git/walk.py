# SPDX-License-Identifier: Apache-2.0
"""Walks history in one go. What git told of a commit never changes: it is kept by hash, and only new ones are read.

Git walks twice as fast where it need not compare trees: with records that are kept it is asked for the order only.
Which commits belong to a walk, and in which order, is always git's answer; so a rewritten history is walked rightly,
and a walk with records is equal to one without.
"""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence

from releasekit.core.commits import RawCommit
from releasekit.ports.keeping import Kept
from releasekit.vcs.git.command import Git

# A record begins with a slash, which no path in git does; other fields that may begin with one get a space.
_FORMAT = '--format=tformat:/%H%x00%P%x00 %an <%ae>%x00 %B'
_SEPARATOR = b'\0/'
_LOG = (
    '-c', 'log.showRoot=true', '-c', 'log.showSignature=false',
    'log', '-z', '--no-renames', '--name-only', '--no-relative', '--ignore-submodules=none',
    '--no-ext-diff', '--no-notes', '--no-decorate', '--encoding=UTF-8', _FORMAT,
)  # fmt: skip
_ORDER = '--topo-order'
# Records of commits that this walk does not reach stay, such as those of another branch: as much as the walk itself
# has, and this much more.
_BESIDE = 1 << 18
# How many records are read at a time.
_BATCH = 256


@dataclasses.dataclass(frozen=True, slots=True)
class Walked:
    """What is walked: the commits that `tip` reaches and none of `exclude` does."""

    tip: str
    exclude: Sequence[str]
    first_parent: bool = False

    @property
    def revisions(self) -> bytes:
        """The lines for git's standard input."""
        return ''.join(f'{line}\n' for line in (self.tip, *(f'^{commit}' for commit in self.exclude))).encode()

    @property
    def follow(self) -> tuple[str, ...]:
        """The options for `git log`."""
        return ('--first-parent', '-m') if self.first_parent else ()


async def walk(git: Git, walked: Walked, kept: Kept | None = None) -> AsyncGenerator[RawCommit, None]:
    """The commits, children before parents; messages and paths that are not UTF-8 have replacement characters."""
    if kept is None:
        async for batch in _log(git, (_ORDER, *walked.follow), walked.revisions):
            for commit in _commits(batch):
                yield commit
        return
    known = _by_hash(kept.read() or b'')
    order = await _order(git, walked) if known else []
    fresh = [hash_ for hash_ in order if hash_ not in known]
    draft = kept.draft()
    try:
        # Where most are new, one walk is sooner done.
        whole = not known or 2 * len(fresh) > len(order)
        follow = (_ORDER, *walked.follow)
        async for batch in _log(git, follow, walked.revisions) if whole else _together(git, walked, known, order):
            if whole or fresh:
                draft.add(batch + _SEPARATOR)
            for commit in _commits(batch):
                yield commit
        if whole or fresh:
            for record in _others(known, frozenset(order)):
                draft.add(record + _SEPARATOR)
            draft.keep()
    finally:
        draft.drop()


async def _together(
    git: Git, walked: Walked, known: Mapping[bytes, bytes], order: Sequence[bytes]
) -> AsyncIterator[bytes]:
    """The records in their order, those that are known and those that are not."""
    fresh = b''.join(hash_ + b'\n' for hash_ in order if hash_ not in known)
    new: dict[bytes, bytes] = {}
    batches = _log(git, ('--no-walk=unsorted', *walked.follow), fresh) if fresh else _nothing()
    for start in range(0, len(order), _BATCH):
        found: list[bytes] = []
        for hash_ in order[start : start + _BATCH]:
            record = known.get(hash_) or new.pop(hash_, None)
            while record is None:
                new |= _by_hash(await anext(batches))
                record = new.pop(hash_, None)
            found.append(record)
        yield _SEPARATOR.join(found)
    async for _ in batches:
        # To its end, so that git's exit status is heeded.
        pass


async def _nothing() -> AsyncIterator[bytes]:
    for batch in ():
        yield batch


async def _order(git: Git, walked: Walked) -> list[bytes]:
    """The hashes of a walk, in its order; for this git need not look into a single tree."""
    follow = ('--first-parent',) if walked.first_parent else ()
    chunks = [chunk async for chunk in git.stream('rev-list', _ORDER, *follow, '--stdin', stdin=walked.revisions)]
    return b''.join(chunks).split()


async def _log(git: Git, options: Sequence[str], revisions: bytes) -> AsyncIterator[bytes]:
    """What `git log` tells, in batches of whole records without the marks around them."""
    held = b''
    async for chunk in git.stream(*_LOG, *options, '--stdin', stdin=revisions):
        whole, found, rest = (held + chunk).rpartition(_SEPARATOR)
        held = rest if found else held + chunk
        if found:
            yield whole.removeprefix(b'/')
    if held:
        yield held.removeprefix(b'/').removesuffix(b'\0')


def _by_hash(data: bytes) -> dict[bytes, bytes]:
    """Records by hash; behind the last one nothing, or a mark."""
    return {record.partition(b'\0')[0]: record for record in data.removesuffix(_SEPARATOR).split(_SEPARATOR) if record}


def _others(known: Mapping[bytes, bytes], order: frozenset[bytes]) -> Iterator[bytes]:
    """Known records beside those of a walk, the newest first, up to the limit."""
    room = _BESIDE + sum(len(known.get(hash_, b'')) for hash_ in order)
    for hash_, record in known.items():
        if hash_ not in order:
            room -= len(record)
            if room < 0:
                return
            yield record


def _commits(batch: bytes) -> Iterator[RawCommit]:
    for record in batch.decode('utf-8', 'replace').split('\0/'):
        hash_, parents, author, message, *paths = record.split('\0')
        if paths:
            # The list of paths begins on a line of its own.
            paths[0] = paths[0][1:]
        yield RawCommit(hash_, tuple(parents.split()), author[1:], message[1:].rstrip('\n'), tuple(paths))
