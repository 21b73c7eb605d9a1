# SPDX-License-Identifier: Apache-2.0
"""Reads a git repository with the git program, which walks history faster than any library for Python."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence

import anyio

from releasekit.core.commits import RawCommit, TagRef
from releasekit.core.people import authors
from releasekit.errors import Code, fail
from releasekit.ports import Completed, Files, Head
from releasekit.ports.keeping import Keep
from releasekit.vcs.git.command import Git
from releasekit.vcs.git.trees import trees
from releasekit.vcs.git.walk import Walked, walk

# So many questions to git take less time than a walk through a long history.
_FEW = 8
# How many files are read at a time: what a program writes has a limit.
_BATCH = 200

_PEOPLE = (
    'log',
    '-z',
    '--no-show-signature',
    '--no-notes',
    '--no-mailmap',
    '--encoding=UTF-8',
    '--format=%an <%ae>%n%B',
)


class GitReader:
    """The `Repository` and `History` ports over the git program."""

    def __init__(self, git: Git, keep: Keep | None = None) -> None:
        """Read the repository that `git` runs in; what was walked is kept under the name of how it was walked."""
        self._git = git
        self._keep = keep

    async def head(self) -> Head:
        """The commit that is checked out; a detached HEAD has no branch."""
        shown = await self._git.run('log', '-1', '--no-show-signature', '--format=%H %ct', 'HEAD', check=False)
        if shown.status != 0:
            raise _no_head(shown)
        commit, _, timestamp = shown.text.partition(' ')
        branch = await self._git.run('symbolic-ref', '--quiet', '--short', 'HEAD', check=False)
        return Head(commit, branch.text if branch.status == 0 else None, int(timestamp))

    async def resolve(self, revision: str) -> str | None:
        """The full hash of the commit that a revision names."""
        found = await self._git.run(
            'rev-parse', '--verify', '--quiet', '--end-of-options', f'{revision}^{{commit}}', check=False
        )
        return found.text if found.status == 0 else None

    async def timestamp(self, commit: str) -> int:
        """The committer's time of a commit."""
        shown = await self._git.run('log', '-1', '--no-show-signature', '--format=%ct', '--end-of-options', commit)
        return int(shown.text)

    async def timestamps(self, commits: Collection[str]) -> Mapping[str, int]:
        """One `git log` for all of them."""
        if not commits:
            return {}
        flags = ('--no-walk=unsorted', '--no-show-signature', '--format=%H %ct', '--stdin')
        shown = await self._git.run('log', *flags, stdin=_lines(commits))
        pairs = (line.split(' ') for line in shown.text.split('\n'))
        return {hash_: int(time) for hash_, time in pairs}

    async def parents(self, commit: str) -> Sequence[str]:
        """The hashes of the parents of a commit."""
        shown = await self._git.run('log', '-1', '--no-show-signature', '--format=%P', '--end-of-options', commit)
        return shown.text.split()

    def files(self, commit: str) -> GitFiles:
        """The tree of a commit."""
        return GitFiles(self._git, commit)

    async def trees(self, commits: Sequence[str]) -> AsyncIterator[Files]:
        """The trees of commits, one after another."""
        if commits:
            first = await self.files(commits[0]).blobs()
            async for tree in trees(self._git, first, commits, lambda blobs: _blobs(self._git, blobs)):
                yield tree

    async def is_ancestor(self, ancestor: str, commit: str) -> bool:
        """Whether `commit` reaches `ancestor`."""
        found = await self._git.run('merge-base', '--is-ancestor', ancestor, commit, check=False)
        return found.status == 0

    async def changes(self) -> Sequence[str]:
        """Paths that differ from HEAD, as `git status` tells them."""
        status = await self._git.run('status', '--porcelain=v1', '-z', '--untracked-files=all', '--no-renames')
        return sorted(entry[3:] for entry in _records(status.stdout))

    async def differences(self, commit: str) -> Sequence[str]:
        """What `git diff` names of the tree, and what git does not know yet."""
        diff = await self._git.run('diff', '--name-only', '-z', '--no-renames', '--no-ext-diff', commit, '--')
        new = await self._git.run('ls-files', '--others', '--exclude-standard', '--full-name', '-z')
        return sorted({*_records(diff.stdout), *_records(new.stdout)})

    async def tags(self, tip: str | None = None) -> Sequence[TagRef]:
        """All tags of commits; what a tag of a tag stands for is looked up to the end."""
        fields = '%(objecttype) %(objectname) %(*objecttype) %(*objectname) %(refname:strip=2)'
        listed = await self._git.run('for-each-ref', f'--format={fields}', 'refs/tags')
        found: dict[str, str] = {}
        for line in listed.stdout.decode('utf-8', 'replace').split('\n')[:-1]:
            kind, object_, inner, peeled, name = line.split(' ', 4)
            if inner == 'tag' and (deep := await self.resolve(f'refs/tags/{name}')) is not None:
                found[name] = deep
            elif 'commit' in {kind, inner}:
                found[name] = peeled or object_
        merged = frozenset() if tip is None else await self.reached(tip, set(found.values()))
        return [TagRef(name, found[name], found[name] in merged) for name in sorted(found)]

    async def reached(self, tip: str, commits: Collection[str]) -> frozenset[str]:
        """Those of the commits that `tip` reaches: all but those that are left when its history is taken away.

        Git may leave some too many where a commit is older than its parents: those are looked at once more.
        """
        there = await self._there(commits)
        if not there:
            return frozenset()
        listed = await self._git.run('rev-list', '--stdin', stdin=_lines([*there, f'^{tip}']))
        left = frozenset(there) & frozenset(listed.text.split('\n'))
        return (frozenset(there) - left) | await self._reached_after_all(tip, left)

    async def _reached_after_all(self, tip: str, left: frozenset[str]) -> frozenset[str]:
        """The same without a short cut: a question for each of a few commits, the whole of history for many."""
        if len(left) <= _FEW:
            return frozenset([commit for commit in sorted(left) if await self.is_ancestor(commit, tip)])
        whole = await self._git.run('rev-list', '--end-of-options', tip)
        return left & frozenset(whole.text.split('\n'))

    async def present(self, commits: Collection[str]) -> frozenset[str]:
        """Those of the commits that are in the object store."""
        return frozenset(await self._there(commits))

    def log(self, tip: str, exclude: Sequence[str], *, first_parent: bool = False) -> AsyncIterator[RawCommit]:
        """One streaming `git log`; messages and paths that are not UTF-8 have replacement characters in them."""
        kept = None if self._keep is None else self._keep('line' if first_parent else 'all')
        return walk(self._git, Walked(tip, exclude, first_parent), kept)

    async def people(self, tips: Sequence[str]) -> frozenset[str]:
        """One streaming `git log` without paths; names are as the commits have them, whatever a mailmap says."""
        found: set[str] = set()
        if not (there := await self._there(tips)):
            return frozenset()
        held = b''
        async for chunk in self._git.stream(*_PEOPLE, '--stdin', stdin=_lines(there)):
            whole, _, held = (held + chunk).rpartition(b'\0')
            for record in _records(whole + b'\0') if whole else ():
                author, _, message = record.partition('\n')
                found.update(authors(author, message))
        return frozenset(found)

    async def last_change(self, tip: str, path: str) -> str | None:
        """The newest commit whose own change touches a path."""
        shown = await self._git.run(
            '--literal-pathspecs', 'log', '-1', '--no-show-signature', '--format=%H', tip, '--', path
        )
        return shown.text or None

    async def common_ancestor(self, commits: Sequence[str]) -> str | None:
        """The octopus merge base; commits that are not there are left out.

        Newest first, the distances between them add up to that from the newest to the oldest, no more.
        """
        there = await self._there(commits)
        if len(there) < 2:
            return next(iter(there), None)
        ordered = await self._git.run('rev-list', '--no-walk', '--date-order', '--stdin', stdin=_lines(there))
        found = await self._git.run('merge-base', '--octopus', *ordered.text.split('\n'), check=False)
        return found.text if found.status == 0 else None

    async def contents(self, path: str, commits: Sequence[str]) -> Mapping[str, bytes]:
        """The versions of one path."""
        found = await self.versions({(path, commit) for commit in commits})
        return {commit: data for (_, commit), data in found.items()}

    async def versions(self, places: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], bytes]:
        """One `cat-file` for many paths and commits at a time."""
        wanted = sorted(set(places))
        found: dict[tuple[str, str], bytes] = {}
        for start in range(0, len(wanted), _BATCH):
            batch = wanted[start : start + _BATCH]
            read = await _blobs(self._git, [f'{commit}:{path}' for path, commit in batch])
            found.update((place, data) for place, data in zip(batch, read, strict=True) if data is not None)
        return found

    async def _there(self, commits: Iterable[str]) -> list[str]:
        """The full hashes of those that name commits of this repository, sorted."""
        asked = _lines(f'{commit}^{{commit}}' for commit in sorted(set(commits)))
        if not asked:
            return []
        known = await self._git.run('cat-file', '--batch-check=%(objecttype) %(objectname)', stdin=asked)
        lines = sorted(set(known.text.split('\n')))
        return [line.removeprefix('commit ') for line in lines if line.startswith('commit ')]

    async def branches(self, commit: str) -> Sequence[str]:
        """Names of the branches that reach a commit, without `refs/heads/` and `refs/remotes/`."""
        places = ('refs/heads', 'refs/remotes')
        listed = await self._git.run('for-each-ref', f'--contains={commit}', '--format=%(refname:strip=2)', *places)
        return [name for name in listed.text.split('\n') if name and not name.endswith('/HEAD')]

    async def shallow(self) -> bool:
        """Whether the clone was made with a limit of depth."""
        return (await self._git.run('rev-parse', '--is-shallow-repository')).text == 'true'


class GitFiles:
    """The `Files` port over the tree of a commit. Submodules are no files."""

    def __init__(self, git: Git, commit: str) -> None:
        """Stand for the tree of a commit; git is asked at the first use."""
        self._git = git
        self._commit = commit
        self._listed: Mapping[str, str] | None = None
        # What was read, since steps edit what discovery reads.
        self._read: dict[str, bytes | None] = {}
        self._lock = anyio.Lock()

    async def paths(self) -> Sequence[str]:
        """All files, sorted."""
        return sorted(await self.blobs())

    async def read(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        """The contents of the given files, by one `cat-file`; they are named by hash, so that any path will do."""
        tree = await self.blobs()
        wanted = [path for path in dict.fromkeys(paths) if path in tree]
        new = [path for path in wanted if path not in self._read]
        self._read.update(zip(new, await _blobs(self._git, [tree[path] for path in new]), strict=True))
        return {path: data for path in wanted if (data := self._read[path]) is not None}

    async def blobs(self) -> Mapping[str, str]:
        """The hash of each file's blob, by path."""
        async with self._lock:
            if self._listed is None:
                listed = await self._git.run('ls-tree', '-r', '-z', '--full-tree', self._commit)
                entries = (entry.partition('\t') for entry in _records(listed.stdout))
                # An entry is `mode type hash`, a tab and the path.
                self._listed = {path: facts.split(' ')[2] for facts, _, path in entries if ' blob ' in facts}
            return self._listed


async def _blobs(git: Git, names: Sequence[str]) -> list[bytes | None]:
    """The contents behind names of blobs, in the order of the names; None for what is no blob."""
    if not names:
        return []
    answer = (await git.run('cat-file', '--batch', stdin=_lines(names))).stdout
    found: list[bytes | None] = []
    start = 0
    for _ in names:
        end = answer.index(b'\n', start)
        header = answer[start:end].rsplit(b' ', maxsplit=2)
        # `hash type size` comes before the contents; `name missing` and its like stand alone.
        size = int(header[2]) if len(header) == 3 and header[2].isdigit() else None
        start = end + 1
        if size is None:
            found.append(None)
            continue
        found.append(answer[start : start + size] if header[1] == b'blob' else None)
        start += size + 1
    return found


def _lines(words: Iterable[str]) -> bytes:
    return ''.join(f'{word}\n' for word in words).encode()


def _records(data: bytes) -> list[str]:
    return data.decode('utf-8', 'replace').split('\0')[:-1]


def _no_head(shown: Completed) -> Exception:
    if 'dubious ownership' in shown.complaint:
        return fail(Code.GIT_FAILED, shown.complaint, 'Add the folder to `safe.directory`, as git says.')
    if 'unknown revision' in shown.complaint or 'Needed a single revision' in shown.complaint:
        return fail(Code.GIT_NONE, 'This repository has no commit yet.', 'Commit what is to be released.')
    message = f'There is no commit to release from: {shown.complaint}'
    return fail(Code.GIT_NONE, message, 'Run it inside a git repository that has a commit.')
