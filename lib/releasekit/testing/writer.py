# SPDX-License-Identifier: Apache-2.0
"""Writes to a repository in memory; its checkouts are real folders."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import anyio.to_thread

from releasekit.backends.files import FolderFiles
from releasekit.errors import Code, fail
from releasekit.ports import Checkout, Stamp
from releasekit.testing.objects import StoredCommit, StoredTag
from releasekit.testing.repository import HEADS, TAGS, MemoryRepository


class MemoryWriter:
    """The port `Writer` over a repository in memory. There is no key: signing fails."""

    def __init__(self, repository: MemoryRepository) -> None:
        """Write to a repository."""
        self._repository = repository

    async def checkout(self, commit: str, folder: Path) -> Checkout:
        """Write the files of a commit into a folder that does not exist yet."""
        found = self._repository.named(commit)
        files = self._repository.objects.commit(found).files
        await anyio.to_thread.run_sync(_lay_out, folder, files)
        return MemoryCheckout(self._repository, folder, found)

    async def make_tag(self, name: str, commit: str, message: str, stamp: Stamp) -> str:
        """Make the object of an annotated tag, with no ref."""
        _author(self._repository, stamp)
        objects = self._repository.objects
        return objects.add(StoredTag(name, self._repository.named(commit), stamp.timestamp, message))

    async def tidy(self) -> None:
        """Nothing to do: what a killed run leaves is gone with its memory."""

    async def identity(self) -> str | None:
        """What is missing to commit: the repository's identity, where it was forgotten."""
        return None if self._repository.identity else 'no name was given'

    async def advance(self, branch: str, base: str, commit: str, tags: Mapping[str, str]) -> str | None:
        """Add tags that are not there, then move the branch if nothing of the user's is in the way."""
        repository = self._repository
        for name, object_ in tags.items():
            if object_ in repository.objects:
                repository.refs.setdefault(f'{TAGS}{name}', object_)
        tip = repository.refs.get(f'{HEADS}{branch}')
        if tip == commit or (tip is None and repository.branch is None):
            return None
        if tip != base:
            return f'{branch} is at {tip or "nothing"}, not at {base} where the release began'
        if branch != repository.branch:
            repository.refs[f'{HEADS}{branch}'] = commit
            return None
        return await self._move(commit)

    async def _move(self, commit: str) -> str | None:
        """Move what is checked out; files that nobody committed stay."""
        repository = self._repository
        if commit not in repository.objects:
            return f'{commit} is not here'
        before = repository.objects.commit(repository.named('HEAD')).files
        after = repository.objects.commit(commit).files
        untracked = {path: data for path, data in repository.tree.items() if path not in before}
        if set(await repository.changes()) - set(untracked):
            return f'the tree of {repository.branch} has changes'
        if in_the_way := sorted(set(untracked) & set(after)):
            return f'untracked files would be overwritten: {", ".join(in_the_way)}'
        repository.move(commit)
        repository.write(untracked)
        return None


class MemoryCheckout:
    """The port `Checkout`: a folder with the files of a commit."""

    def __init__(self, repository: MemoryRepository, folder: Path, commit: str) -> None:
        """Stand for a folder that has the files of a commit."""
        self._repository = repository
        self._folder = folder
        self._at = commit

    @property
    def root(self) -> Path:
        """The folder."""
        return self._folder

    async def commit(self, message: str, paths: Sequence[str], stamp: Stamp, *, tracked: bool = False) -> str:
        """Commit the given paths; a path that is nowhere, or nothing new at all, is an error."""
        author = _author(self._repository, stamp)
        before = self._repository.objects.commit(self._at).files
        wanted = {*paths, *(before if tracked else ())}
        there = await FolderFiles(self._folder).read(wanted)
        if unknown := sorted(wanted - set(there) - set(before)):
            raise fail(Code.GIT_FAILED, f'There is no {", ".join(unknown)} to commit.', 'Write the files first.')
        after = {**{path: data for path, data in before.items() if path not in wanted}, **there}
        if after == before or not message.strip():
            raise fail(Code.GIT_FAILED, 'There is nothing to commit, or no message.', 'Change a file, say why.')
        made = StoredCommit((self._at,), author, stamp.timestamp, message, after)
        self._at = self._repository.objects.add(made)
        return self._at

    async def close(self) -> None:
        """Remove the folder."""
        await anyio.to_thread.run_sync(lambda: shutil.rmtree(self._folder, ignore_errors=True))


def _lay_out(folder: Path, files: Mapping[str, bytes]) -> None:
    try:
        folder.mkdir(parents=True)
    except FileExistsError as error:
        raise fail(Code.GIT_FAILED, f'{folder} already exists.', 'Name another folder.') from error
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def _author(repository: MemoryRepository, stamp: Stamp) -> str:
    """Whom a stamp names. Like git, it asks for the repository's own identity even where it names somebody else."""
    if repository.identity is None or stamp.sign:
        raise fail(Code.GIT_FAILED, 'There is nobody to commit, or no key to sign with.', 'Say who; do not sign.')
    return stamp.author or repository.identity
