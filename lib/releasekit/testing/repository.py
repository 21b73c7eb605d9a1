# SPDX-License-Identifier: Apache-2.0
"""A repository in memory, with what its user does to it: history, refs and a working tree."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence

from releasekit.core.commits import RawCommit, TagRef
from releasekit.core.people import authors
from releasekit.errors import Code, fail
from releasekit.ports import Head
from releasekit.testing.files import MemoryFiles
from releasekit.testing.objects import Draft, Objects, StoredCommit, missing
from releasekit.testing.workspace import ADDRESS, NAME, START

IDENTITY = f'{NAME} <{ADDRESS}>'
HEADS, TAGS, REMOTES = 'refs/heads/', 'refs/tags/', 'refs/remotes/'
# Where git looks for a short name, in its order.
_PLACES = ('', 'refs/', TAGS, HEADS, REMOTES)
# As git has it: nothing shorter stands for a hash.
_SHORTEST = 4


class MemoryRepository:
    """The ports `Repository` and `History` in memory. Files are plain files: none is ignored, none is staged.

    `names` has the commits of the drafts, `refs` the object of each full ref name, `defaults` the branch that a remote
    calls its own, `tree` what lies in the user's folder, `identity` who commits, or None where that is not known.
    """

    def __init__(self, drafts: Iterable[Draft] = (), branch: str = 'main', clock: Iterator[int] | None = None) -> None:
        """Make the commits in their order; the last one is the branch, which is checked out.

        Clones that are handed the same clock have no two commits of one time.
        """
        self.clock = clock or itertools.count(START, 60)
        self.objects = Objects()
        self.names: dict[str, str] = {}
        self.refs: dict[str, str] = {}
        self.defaults: dict[str, str] = {}
        self.tree: dict[str, bytes] = {}
        self.branch: str | None = branch
        self.identity: str | None = IDENTITY
        self._detached: str | None = None
        last: str | None = None
        for draft in drafts:
            parents = tuple(self.names[name] for name in draft.after(last))
            before = self.objects.commit(parents[0]).files if parents else {}
            last = draft.name
            self.names[last] = self._make(draft.message, parents, changed(before, draft.files))
            self.move(self.names[last])

    @property
    def tip(self) -> str | None:
        """The commit that is checked out, if there is one."""
        return self._detached if self.branch is None else self.refs.get(f'{HEADS}{self.branch}')

    def write(self, files: Mapping[str, str | bytes | None]) -> None:
        """Write files into the user's tree by POSIX path; None removes one."""
        self.tree = changed(self.tree, files)

    def commit(self, message: str, files: Mapping[str, str | bytes | None] | None = None) -> str:
        """Write files, commit the whole tree on what is checked out, and return the hash."""
        self.write(files or {})
        made = self._make(message, () if self.tip is None else (self.tip,), self.tree)
        self.move(made)
        return made

    def switch(self, branch: str | None) -> None:
        """Check out a branch, which is made where there is none; None detaches HEAD. Changes are thrown away."""
        tip = self.named('HEAD')
        self.branch = branch
        self.move(tip if branch is None else self.refs.get(f'{HEADS}{branch}', tip))

    def forget_identity(self) -> None:
        """Know no longer who commits."""
        self.identity = None

    def move(self, commit: str) -> None:
        """Put what is checked out, and the user's tree, at a commit."""
        self.tree = dict(self.objects.commit(commit).files)
        if self.branch is None:
            self._detached = commit
        else:
            self.refs[f'{HEADS}{self.branch}'] = commit

    def named(self, revision: str) -> str:
        """The commit that a revision names.

        Raises:
            ReleaseKitError: `RK-GIT-FAILED` where it names none.
        """
        if (found := self._find(revision)) is None:
            raise missing(revision)
        return found

    async def head(self) -> Head:
        """The commit that is checked out.

        Raises:
            ReleaseKitError: `RK-GIT-NONE` where there is no commit.
        """
        if self.tip is None:
            raise fail(Code.GIT_NONE, 'There is no commit to release from.', 'Make a commit.')
        return Head(self.tip, self.branch, self.objects.commit(self.tip).timestamp)

    async def resolve(self, revision: str) -> str | None:
        """The commit that HEAD, a ref, a hash or the beginning of one names; git's operators are not known."""
        return self._find(revision)

    async def timestamp(self, commit: str) -> int:
        """The committer's time of a commit."""
        return self.objects.commit(self.named(commit)).timestamp

    async def timestamps(self, commits: Collection[str]) -> Mapping[str, int]:
        """The committer's times of many commits."""
        return {commit: await self.timestamp(commit) for commit in commits}

    async def parents(self, commit: str) -> Sequence[str]:
        """The hashes of the parents of a commit."""
        return self.objects.parents(self.named(commit))

    def files(self, commit: str) -> MemoryFiles:
        """The tree of a commit."""
        return MemoryFiles(self.objects.commit(self.named(commit)).files)

    async def trees(self, commits: Sequence[str]) -> AsyncIterator[MemoryFiles]:
        """The trees of commits, one after another."""
        for commit in commits:
            yield self.files(commit)

    async def is_ancestor(self, ancestor: str, commit: str) -> bool:
        """Whether `commit` reaches `ancestor`."""
        first, last = self._find(ancestor), self._find(commit)
        return last is not None and first in self.objects.reach([last])

    async def changes(self) -> Sequence[str]:
        """Paths in `tree` that differ from HEAD."""
        return await self.differences('HEAD')

    async def differences(self, commit: str) -> Sequence[str]:
        """Paths in `tree` that differ from a commit."""
        before = self.objects.commit(self.named(commit)).files
        return sorted(path for path in {*before, *self.tree} if before.get(path) != self.tree.get(path))

    async def tags(self, tip: str | None = None) -> Sequence[TagRef]:
        """All tags, sorted by name."""
        names = sorted(ref.removeprefix(TAGS) for ref in self.refs if ref.startswith(TAGS))
        seen = set() if tip is None else self.objects.reach([self.named(tip)])
        found = {name: self.named(f'{TAGS}{name}') for name in names}
        return [TagRef(name, commit, commit in seen) for name, commit in found.items()]

    async def reached(self, tip: str, commits: Collection[str]) -> frozenset[str]:
        """Those of the commits that are there and that `tip` reaches."""
        return frozenset(self._those(commits) & self.objects.reach([self.named(tip)]))

    async def present(self, commits: Collection[str]) -> frozenset[str]:
        """Those of the commits that are there."""
        return frozenset(self._those(commits))

    async def log(self, tip: str, exclude: Sequence[str], *, first_parent: bool = False) -> AsyncIterator[RawCommit]:
        """Children before parents. A merge touches nothing, but along first parents all that its branch brought."""
        left_out = self.objects.reach(self.named(commit) for commit in exclude)
        within = self._line(self.named(tip)) if first_parent else self.objects.reach([self.named(tip)])
        for commit in self.objects.ordered({*within} - left_out):
            parents = self.objects.parents(commit)
            stored = self.objects.commit(commit)
            merges = len(parents) > 1 and not first_parent
            paths = () if merges else self.objects.differing(commit, next(iter(parents), None))
            yield RawCommit(commit, parents, stored.author, stored.message.rstrip('\n'), paths)

    async def people(self, tips: Sequence[str]) -> frozenset[str]:
        """Who made the commits that the tips reach, and who helped."""
        stored = [self.objects.commit(commit) for commit in self.objects.reach(self._those(tips))]
        return frozenset(person for each in stored for person in authors(each.author, each.message))

    async def last_change(self, tip: str, path: str) -> str | None:
        """The newest commit whose own change touches a file or folder: where no parent has the same there."""
        commit = self.named(tip)
        while True:
            here = self._below(path, commit)
            parents = self.objects.parents(commit)
            if not parents:
                return commit if here else None
            same = next((parent for parent in parents if self._below(path, parent) == here), None)
            if same is None:
                return commit
            commit = same

    async def common_ancestor(self, commits: Sequence[str]) -> str | None:
        """The newest commit that all of those reach that are there."""
        reached = [self.objects.reach([commit]) for commit in self._those(commits)]
        shared = set[str]().union(*reached[:1]).intersection(*reached)
        return next(self.objects.ordered(shared), None)

    async def contents(self, path: str, commits: Sequence[str]) -> Mapping[str, bytes]:
        """What one file holds, by the commits as they were given."""
        found = await self.versions({(path, commit) for commit in commits})
        return {commit: data for (_, commit), data in found.items()}

    async def versions(self, places: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], bytes]:
        """What files hold, by path and by the commits as they were given."""
        known = {commit: found for _, commit in places if (found := self._find(commit)) is not None}
        trees = {commit: self.objects.commit(found).files for commit, found in known.items()}
        return {(path, commit): trees[commit][path] for path, commit in sorted(places) if path in trees.get(commit, {})}

    async def branches(self, commit: str) -> Sequence[str]:
        """Names of the branches that reach a commit, without `refs/heads/` and `refs/remotes/`."""
        wanted = self.named(commit)
        reaching = [ref for ref in sorted(self.refs) if wanted in self.objects.reach([self.named(ref)])]
        return [ref.split('/', maxsplit=2)[2] for ref in reaching if ref.startswith((HEADS, REMOTES))]

    async def shallow(self) -> bool:
        """Whether parents of some commits are missing."""
        return self.objects.cut

    def _make(self, message: str, parents: tuple[str, ...], files: Mapping[str, bytes]) -> str:
        return self.objects.add(StoredCommit(parents, IDENTITY, next(self.clock), message, dict(files)))

    def _find(self, revision: str) -> str | None:
        if revision == 'HEAD':
            return self.tip
        refs = (self.refs[place + revision] for place in _PLACES if place + revision in self.refs)
        begin = [hash_ for hash_ in self.objects if len(revision) >= _SHORTEST and hash_.startswith(revision)]
        object_ = next(refs, begin[0] if len(begin) == 1 else None)
        return None if object_ is None else self.objects.peel(object_)

    def _those(self, commits: Iterable[str]) -> set[str]:
        return {found for commit in commits if (found := self._find(commit)) is not None}

    def _line(self, tip: str) -> Iterator[str]:
        line = [tip]
        while line:
            yield line[0]
            line = [*self.objects.parents(line[0])[:1]]

    def _below(self, path: str, commit: str) -> Mapping[str, bytes]:
        files = self.objects.commit(commit).files
        return {name: data for name, data in files.items() if name == path or name.startswith(f'{path}/')}


def changed(files: Mapping[str, bytes], changes: Mapping[str, str | bytes | None]) -> dict[str, bytes]:
    """Files by path, after changes; None removes one."""
    written = {path: data.encode() if isinstance(data, str) else data for path, data in changes.items()}
    return {path: data for path, data in {**files, **written}.items() if data is not None}
