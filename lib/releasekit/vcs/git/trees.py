# SPDX-License-Identifier: Apache-2.0
"""The trees of many commits, one after another: git tells the first, then what changes from each to the next."""

from __future__ import annotations

import itertools
import posixpath
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence

from releasekit.ports import Files
from releasekit.vcs.git.command import Git

# Reads blobs by their hashes, in that order.
Read = Callable[[Sequence[str]], Awaitable[Sequence[bytes | None]]]

# What changed by path: the hash of the blob, None where there is no file any more.
_Changes = Mapping[str, str | None]
_FILE_MODES = frozenset({'100644', '100755', '120000'})
# How many files are read at a time: what a program writes has a limit.
_BATCH = 200


async def trees(git: Git, first: Mapping[str, str], commits: Sequence[str], read: Read) -> AsyncIterator[Files]:
    """The tree of each commit; `first` has the blobs of the first one, by path."""
    steps: list[_Changes] = [first, *await _differences(git, commits)]
    contents = _Contents(steps, read)
    tree: dict[str, str] = {}
    for step in steps:
        for path, blob in step.items():
            if blob is not None:
                tree[path] = blob
            else:
                tree.pop(path, None)
        yield _Tree(tree, contents)


async def _differences(git: Git, commits: Sequence[str]) -> Sequence[_Changes]:
    """What changes from each commit to the next: `git diff-tree` takes the one before for the only parent."""
    pairs = list(itertools.pairwise(commits))
    if not pairs:
        return []
    asked = ''.join(f'{commit} {before}\n' for before, commit in pairs).encode()
    found: list[dict[str, str | None]] = []
    held = b''
    flags = ('--stdin', '--always', '-r', '-z', '--raw', '--no-renames', '--no-ext-diff', '--ignore-submodules=none')
    meta = ''
    async for chunk in git.stream('diff-tree', *flags, stdin=asked):
        *words, held = (held + chunk).split(b'\0')
        for word in words:
            text = word.decode('utf-8', 'replace')
            if meta:
                # `:mode mode hash hash status`, before and after.
                _, mode, _, blob, _ = meta.split(' ')
                found[-1][text] = blob if mode in _FILE_MODES else None
                meta = ''
            elif text.startswith(':'):
                meta = text
            else:
                found.append({})
    return found


class _Contents:
    """What files hold. Of a name that was asked for, all that any of the trees has is read at once."""

    def __init__(self, steps: Sequence[_Changes], read: Read) -> None:
        self._read = read
        self._known: dict[str, bytes | None] = {}
        self._named: dict[str, dict[str, None]] = {}
        for step in steps:
            for path, blob in step.items():
                if blob is not None:
                    self._named.setdefault(posixpath.basename(path), {})[blob] = None

    async def of(self, wanted: Mapping[str, str]) -> Mapping[str, bytes]:
        """The contents by path, of blobs by path."""
        names = {posixpath.basename(path) for path, blob in wanted.items() if blob not in self._known}
        await self._fetch(blob for name in sorted(names) for blob in self._named.pop(name, ()))
        await self._fetch(wanted.values())
        return {path: data for path, blob in wanted.items() if (data := self._known[blob]) is not None}

    async def _fetch(self, blobs: Iterable[str]) -> None:
        missing = [blob for blob in dict.fromkeys(blobs) if blob not in self._known]
        for start in range(0, len(missing), _BATCH):
            batch = missing[start : start + _BATCH]
            self._known.update(zip(batch, await self._read(batch), strict=True))


class _Tree:
    """The `Files` port over blobs by path; good until the next tree is asked for."""

    def __init__(self, blobs: Mapping[str, str], contents: _Contents) -> None:
        self._blobs = blobs
        self._contents = contents

    async def paths(self) -> Sequence[str]:
        """All files, sorted."""
        return sorted(self._blobs)

    async def read(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        """The contents of the given files."""
        wanted = dict.fromkeys(paths)
        return await self._contents.of({path: self._blobs[path] for path in wanted if path in self._blobs})
