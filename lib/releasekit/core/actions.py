# SPDX-License-Identifier: Apache-2.0
"""The actions that a release is made of: frozen, each with a stable key, what it needs first, and a line to read.

An action carries all that is needed to perform it, so that a plan that was saved can be carried out.
What is not known when the plan is made is named: the release commit and the built files are looked up in
the journal. `run/perform.py` has the performer of each.
"""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Mapping, Sized
from typing import ClassVar, Literal


def counted(things: Sized, name: str) -> str:
    """How many there are of what has a name, in words."""
    return f'{len(things)} {name}' if len(things) == 1 else f'{len(things)} {name}s'


# What a shell reads between double quotes.
_SPECIAL = frozenset('"$`\\!')


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Action:
    needs: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _PackageAction(_Action):
    """An action for one version of one package."""

    package: str
    name: str
    version: str

    @property
    def release(self) -> str:
        """The package and its version, as keys name them."""
        return f'{self.package}@{self.version}'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Probe(_Action):
    """Look whether the world is ready; never changes anything, and runs in a dry run too."""

    kind: ClassVar[str] = 'probe'
    package: ClassVar[None] = None
    what: Literal['branch', 'remote', 'identity', 'tool', 'credential', 'registry', 'spec', 'bytes']
    subject: str = ''

    @property
    def key(self) -> str:
        """The stable key of the action, unique in a plan."""
        return f'probe:{self.what}:{self.subject}' if self.subject else f'probe:{self.what}'

    def __str__(self) -> str:
        return f'look at {self.what} {self.subject}'.rstrip()


def _quoted(word: str) -> str:
    """A word of a command as a shell takes it, in double quotes where that reads better."""
    return f'"{word}"' if "'" in word and _SPECIAL.isdisjoint(word) else shlex.quote(word)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RunCommand(_Action):
    """Run a command in the checkout: a check, a hook, a step, the set-up of a build or the test of a lock file.

    Exit status 0 is success. `severity` warning turns a failure into a warning; `unless` is a command that
    succeeds where the work is already done; `otherwise` is tried where the command itself fails.
    """

    kind: ClassVar[str] = 'run'
    purpose: Literal['check', 'step', 'hook', 'setup', 'lock']
    id: str
    argv: tuple[str, ...]
    package: str | None = None
    cwd: str = '.'
    env: Mapping[str, str] = dataclasses.field(default_factory=dict)
    timeout: float | None = None
    severity: Literal['error', 'warning'] = 'error'
    unless: tuple[str, ...] | None = None
    otherwise: tuple[str, ...] | None = None

    @property
    def key(self) -> str:
        """The stable key of the action, unique in a plan."""
        return f'{self.purpose}:{self.id}:{self.package}' if self.package else f'{self.purpose}:{self.id}'

    @property
    def line(self) -> str:
        """The command as a shell takes it."""
        return ' '.join(map(_quoted, self.argv))

    def __str__(self) -> str:
        return f'run {self.purpose} {self.id}: {self.line}'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class EditFile(_Action):
    """Change, make or delete one file of the checkout. Digests are SHA-256 in hex of all of it; '' stands for no file.

    `diff` is a unified diff that turns the one into the other exactly.
    """

    kind: ClassVar[str] = 'edit'
    path: str
    before: str
    after: str
    diff: str
    why: str
    package: str | None = None

    @property
    def key(self) -> str:
        """The stable key of the action, unique in a plan."""
        return f'edit:{self.path}'

    def __str__(self) -> str:
        return f'{"edit" if self.after else "delete"} {self.path}: {self.why}'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WriteManifest(_Action):
    """Write the release manifest: the versions, reasons and tags of this very plan, and its id."""

    kind: ClassVar[str] = 'manifest'
    package: ClassVar[None] = None
    path: str

    @property
    def key(self) -> str:
        """The stable key of the action, unique in a plan."""
        return f'manifest:{self.path}'

    def __str__(self) -> str:
        return f'write {self.path}'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Commit(_Action):
    """Commit what was changed in the checkout. Its output `commit` is the release commit.

    `tracked` adds what steps and hooks before it changed in files that git tracks.
    """

    kind: ClassVar[str] = 'commit'
    key: ClassVar[str] = 'commit'
    package: ClassVar[None] = None
    message: str
    paths: tuple[str, ...]
    author: str | None = None
    sign: bool = False
    tracked: bool = False

    def __str__(self) -> str:
        return f'commit {counted(self.paths, "file")}: {self.message.splitlines()[0]}'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CreateTag(_Action):
    """Make an annotated tag of the release commit; nobody sees it before the push."""

    kind: ClassVar[str] = 'tag'
    tag: str
    message: str
    package: str | None = None
    sign: bool = False

    @property
    def key(self) -> str:
        """The stable key of the action, unique in a plan."""
        return f'tag:{self.tag}'

    def __str__(self) -> str:
        return f'tag {self.tag}'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Build(_PackageAction):
    """Build a package from the release commit. Its output `files` maps names to SHA-256 digests in hex.

    `edits` are made in what is built and nowhere else (exact pins): path, before, after, diff, as in EditFile.
    """

    kind: ClassVar[str] = 'build'
    workspace: str
    path: str
    env: Mapping[str, str] = dataclasses.field(default_factory=dict)
    edits: tuple[EditFile, ...] = ()

    @property
    def key(self) -> str:
        """The stable key of the action, unique in a plan."""
        return f'build:{self.release}'

    def __str__(self) -> str:
        pinned = ' with exact pins' if self.edits else ''
        return f'build {self.name} {self.version}{pinned}'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SmokeTest(_PackageAction):
    """Install a package into a fresh environment and load it: from the built files, or from a registry.

    `with_builds` are the keys of the builds whose files the installation may need.
    """

    kind: ClassVar[str] = 'smoke'
    workspace: str
    target: str | None = None
    with_builds: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The stable key of the action, unique in a plan."""
        return f'smoke:{self.target or "artifacts"}:{self.release}'

    def __str__(self) -> str:
        return f'install and load {self.name} {self.version} from {self.target or "the built files"}'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Push(_Action):
    """Push the release commit and its tags, whole or not at all, and read every ref back."""

    kind: ClassVar[str] = 'push'
    key: ClassVar[str] = 'push'
    package: ClassVar[None] = None
    remote: str
    branch: str
    tags: tuple[str, ...]

    def __str__(self) -> str:
        return f'push {self.branch} and {counted(self.tags, "tag")} to {self.remote}'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FastForward(_Action):
    """Move the user's own branch to the release commit, if it is checked out, clean and at the base."""

    kind: ClassVar[str] = 'advance'
    package: ClassVar[None] = None
    branch: str

    @property
    def key(self) -> str:
        """The stable key of the action, unique in a plan."""
        return f'advance:{self.branch}'

    def __str__(self) -> str:
        return f'move the local branch {self.branch} forward'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Upload(_PackageAction):
    """Upload the built files of a package to a target, each by the upload protocol.

    `channel` is the name under which users ask for the newest such version, '' for the usual one.
    """

    kind: ClassVar[str] = 'upload'
    target: str
    build: str
    channel: str = ''

    @property
    def key(self) -> str:
        """The stable key of the action, unique in a plan."""
        return f'upload:{self.target}:{self.release}'

    def __str__(self) -> str:
        return f'upload {self.name} {self.version} to {self.target}'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Verify(_PackageAction):
    """Read a package back from a target and compare every digest with what was built."""

    kind: ClassVar[str] = 'verify'
    target: str
    build: str

    @property
    def key(self) -> str:
        """The stable key of the action, unique in a plan."""
        return f'verify:{self.target}:{self.release}'

    def __str__(self) -> str:
        return f'verify {self.name} {self.version} on {self.target}'


Action = (
    Probe
    | RunCommand
    | EditFile
    | WriteManifest
    | Commit
    | CreateTag
    | Build
    | SmokeTest
    | Push
    | FastForward
    | Upload
    | Verify
)
