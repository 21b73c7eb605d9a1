# SPDX-License-Identifier: Apache-2.0
"""The outside world, as narrow protocols: what is inside asks for these and is handed real ones or fakes.

`releasekit.testing` has a fake of each; both pass the contract suites in `tests/contracts/`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from releasekit.compat import StrEnum
from releasekit.core.commits import RawCommit, TagRef
from releasekit.errors import Problem, ReleaseKitError


class Files(Protocol):
    """A tree of files that does not change: a commit's, or a folder's. Paths are POSIX and relative to its root."""

    async def paths(self) -> Sequence[str]:
        """All files, sorted; folders are not listed."""
        ...

    async def read(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        """The contents of those of the given files that exist."""
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class Command:
    """A program with its arguments, never a shell string.

    A child gets the allow-listed part of our environment, then `passes` (more names that it may see), then `env`.
    `timeout` is in seconds. With `inherit` what it writes goes where our own output goes, and is not kept.
    """

    argv: tuple[str, ...]
    cwd: Path | None = None
    env: Mapping[str, str] = dataclasses.field(default_factory=dict, repr=False)
    passes: tuple[str, ...] = ()
    stdin: bytes = b''
    timeout: float | None = None
    inherit: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Completed:
    """How a command ended. `status` is its exit status, negative for a signal."""

    status: int
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        """Standard output as text, without the last line end."""
        return self.stdout.decode('utf-8', 'replace').rstrip('\n')

    @property
    def complaint(self) -> str:
        """What the command said last: standard error, else standard output, stripped."""
        return (self.stderr.strip() or self.stdout.strip()).decode('utf-8', 'replace')


class Shell(Protocol):
    """Runs programs."""

    async def run(self, command: Command) -> Completed:
        """Run to the end; any exit status is an answer.

        Raises:
            ReleaseKitError: `RK-TOOL-MISSING` where there is no such program, `RK-COMMAND-TIMEOUT`.
        """
        ...

    def stream(self, command: Command) -> AsyncIterator[bytes]:
        """Run and yield standard output in chunks.

        Raises:
            ReleaseKitError: As `run`, and `RK-COMMAND-FAILED` after the last chunk if the status is not 0.
        """
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class Upload:
    """A file in a multipart form."""

    field: str
    filename: str
    content: bytes = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request. `auth` is a user name and a password; `form` with `upload` is sent as multipart.

    `limit` is the most bytes that the body of the answer may have; None leaves it to the client.
    """

    method: str
    url: str
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict, repr=False)
    form: Sequence[tuple[str, str]] = ()
    upload: Upload | None = None
    json: object = None
    auth: tuple[str, str] | None = dataclasses.field(default=None, repr=False)
    limit: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Response:
    """An HTTP answer; header names are in lower case; `url` is where redirects ended."""

    status: int
    headers: Mapping[str, str]
    body: bytes = dataclasses.field(repr=False)
    url: str = ''


class HttpFailure(Exception):  # noqa: N818 - the field says failure: there was no answer
    """No answer came. `sent` is False where the request certainly did not arrive."""

    def __init__(self, message: str, *, sent: bool = True) -> None:
        """Say what happened; the text never holds a credential."""
        super().__init__(message)
        self.sent = sent


class TooLarge(HttpFailure):
    """The answer has more bytes than the request allows."""


class RegistryDownError(ReleaseKitError):
    """`RK-REGISTRY-DOWN`; `retry_after` in seconds where the registry named a time to wait."""

    def __init__(self, problem: Problem, retry_after: float | None = None) -> None:
        """Carry the problem and the time."""
        super().__init__(problem)
        self.retry_after = retry_after


class Http(Protocol):
    """Sends HTTP requests; redirects of GET are followed, nothing is retried."""

    async def send(self, request: Request) -> Response:
        """Send one request; any status is an answer.

        Raises:
            HttpFailure: No answer came.
            ReleaseKitError: `RK-REGISTRY-INSECURE` for plain http to another host that was not allowed.
        """
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class Head:
    """What is checked out: `branch` is None on a detached HEAD, `timestamp` (seconds, UTC) the committer's."""

    commit: str
    branch: str | None
    timestamp: int


class Repository(Protocol):
    """Reads a repository; nothing here writes or needs a network."""

    async def head(self) -> Head:
        """The commit that is checked out.

        Raises:
            ReleaseKitError: `RK-GIT-NONE` where there is no repository or no commit.
        """
        ...

    async def resolve(self, revision: str) -> str | None:
        """The full hash of the commit that a revision names, or None."""
        ...

    async def timestamp(self, commit: str) -> int:
        """The committer's time of a commit, in seconds, UTC."""
        ...

    async def parents(self, commit: str) -> Sequence[str]:
        """The hashes of the parents of a commit; none where history begins or is cut off."""
        ...

    def files(self, commit: str) -> Files:
        """The tree of a commit."""
        ...

    async def is_ancestor(self, ancestor: str, commit: str) -> bool:
        """Whether `commit` reaches `ancestor` (a commit reaches itself). False where either is not there."""
        ...

    async def changes(self) -> Sequence[str]:
        """Paths in the user's tree that differ from HEAD, untracked ones that are not ignored included."""
        ...


class History(Protocol):
    """Walks history."""

    async def tags(self, tip: str | None = None) -> Sequence[TagRef]:
        """All tags of commits, sorted by name, with `merged` as seen from `tip`; False where none is given."""
        ...

    async def reached(self, tip: str, commits: Collection[str]) -> frozenset[str]:
        """The full hashes of those of the commits that are there and that `tip` reaches.

        The older they are, the longer it takes.
        """
        ...

    def log(self, tip: str, exclude: Sequence[str], *, first_parent: bool = False) -> AsyncIterator[RawCommit]:
        """The commits that `tip` reaches and none of `exclude` does, children before parents, in one walk."""
        ...

    async def last_change(self, tip: str, path: str) -> str | None:
        """The newest commit that `tip` reaches whose own change touches a path; None where there is none."""
        ...

    async def common_ancestor(self, commits: Sequence[str]) -> str | None:
        """A commit that all of these reach, as late as can be found cheaply; None where there is none."""
        ...

    async def contents(self, path: str, commits: Sequence[str]) -> Mapping[str, bytes]:
        """What one file holds at each of those of the commits that have it, in one go."""
        ...

    async def branches(self, commit: str) -> Sequence[str]:
        """Names of the branches, local and remote, that reach a commit."""
        ...

    async def shallow(self) -> bool:
        """Whether history is cut off."""
        ...


class Checkout(Protocol):
    """A detached checkout in a folder of its own; the user's tree and refs are not touched."""

    @property
    def root(self) -> Path:
        """The folder."""
        ...

    async def commit(self, message: str, paths: Sequence[str], stamp: Stamp, *, tracked: bool = False) -> str:
        """Commit the given paths and return the hash; the same commit again gives the same hash.

        `tracked` adds every other tracked file that differs.
        """
        ...

    async def close(self) -> None:
        """Remove the folder."""
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class Stamp:
    """Who and when: `timestamp` in seconds, UTC; `author` None for the identity of the repository."""

    timestamp: int
    author: str | None = None
    sign: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class RemoteRef:
    """A ref of a remote: the object that it names, and the commit behind it."""

    object: str
    commit: str


class Writer(Protocol):
    """Writes to a repository."""

    async def checkout(self, commit: str, folder: Path) -> Checkout:
        """Make a detached checkout of a commit in a folder that does not exist yet."""
        ...

    async def make_tag(self, name: str, commit: str, message: str, stamp: Stamp) -> str:
        """Make the object of an annotated tag, with no ref, and return its hash."""
        ...

    async def tidy(self) -> None:
        """Take away what killed runs left in the repository; the caller is the only run on it."""
        ...

    async def identity(self) -> str | None:
        """What is missing to commit, in the words of the version control system; None where nothing is."""
        ...

    async def advance(self, branch: str, base: str, commit: str, tags: Mapping[str, str]) -> str | None:
        """Add the tags, by name and object, and move the branch from base to commit; or say why it was not moved."""
        ...


class Remote(Protocol):
    """Talks to the remotes of a repository."""

    async def default_branch(self, remote: str) -> str | None:
        """The branch that the remote calls its own, as far as it is known here without asking."""
        ...

    async def refs(self, remote: str, refs: Sequence[str]) -> Mapping[str, RemoteRef]:
        """Those of the given full ref names that the remote has.

        Raises:
            ReleaseKitError: `RK-GIT-FAILED` where the remote does not answer.
        """
        ...

    async def push(self, remote: str, refs: Mapping[str, str], expect: Mapping[str, str]) -> None:
        """Push objects to full ref names, all or none. A ref in `expect` must still be at that object, others absent.

        Raises:
            ReleaseKitError: `RK-GIT-REFUSED` where the remote refused, `RK-GIT-FAILED` where that is not known.
        """
        ...

    async def fetch(self, remote: str, ref: str) -> str:
        """Bring the commits of a remote ref here, moving no ref, and return its commit."""
        ...


class Outcome(StrEnum):
    """How a registry's answer to an upload reads."""

    ACCEPTED = 'accepted'
    DUPLICATE = 'duplicate'
    DENIED = 'denied'
    REJECTED = 'rejected'
    TRANSIENT = 'transient'
    UNKNOWN = 'unknown'


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """A registry's answer to an upload; `retry_after` in seconds where it named a time to wait."""

    outcome: Outcome
    detail: str = ''
    retry_after: float | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Artifact:
    """A built file."""

    filename: str
    digest: str
    content: bytes = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True, slots=True)
class PublishedFile:
    """A file that a registry has: SHA-256 in hex, or None where the registry does not tell."""

    filename: str
    digest: str | None
    url: str
    yanked: bool = False


class Registry(Protocol):
    """One target: what is there, and how more gets there."""

    async def files(self, name: str, version: str) -> Mapping[str, PublishedFile]:
        """The files of a version, by name; empty where there are none.

        Raises:
            ReleaseKitError: `RK-REGISTRY-DOWN` where it cannot be asked.
        """
        ...

    async def download(self, file: PublishedFile, limit: int | None = None) -> bytes:
        """The contents of a published file, of `limit` bytes at the most.

        Raises:
            ReleaseKitError: `RK-REGISTRY-DOWN` where it cannot be asked, `RK-DRIFT-BYTES` where it is larger.
        """
        ...

    async def upload(self, artifact: Artifact) -> Answer:
        """Try once to upload a file, and say how the answer reads."""
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class Credential:
    """What a target asks for; it never shows itself."""

    username: str = dataclasses.field(repr=False)
    password: str = dataclasses.field(repr=False)
