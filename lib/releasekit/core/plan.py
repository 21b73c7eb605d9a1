# SPDX-License-Identifier: Apache-2.0
"""The plan: what is released, why, and every action; immutable, and equal bytes for equal inputs."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Mapping

from releasekit import codec
from releasekit.compat import StrEnum
from releasekit.core.actions import Action

SCHEMA = 'releasekit/plan/1'


class BumpKind(StrEnum):
    """How far `next` is from `released`."""

    MAJOR = 'major'
    MINOR = 'minor'
    PATCH = 'patch'
    PRERELEASE = 'prerelease'
    INITIAL = 'initial'
    NONE = 'none'


class ReasonKind(StrEnum):
    """What a reason is about."""

    COMMIT = 'commit'
    DEPENDENCY = 'dependency'
    GROUP = 'group'
    MANIFEST = 'manifest'
    OVERRIDE = 'override'
    RELEASE_AS = 'release-as'
    INITIAL = 'initial'
    PRERELEASE = 'prerelease'
    CHANGESET = 'changeset'


@dataclasses.dataclass(frozen=True, slots=True)
class Reason:
    """One reason why a package is released, or gets the version that it gets. What does not apply is None.

    A changeset has its `path`, its `level` for this package, and its `summary`, which is Markdown.
    `references` are what a commit refers to, each as a word and the text: `closes #12`, `refs GH-3`, `request !7`.
    """

    kind: ReasonKind
    commit: str | None = None
    type: str | None = None
    scope: str | None = None
    subject: str | None = None
    breaking: str | None = None
    package: str | None = None
    group: str | None = None
    detail: str | None = None
    path: str | None = None
    level: str | None = None
    summary: str | None = None
    references: tuple[str, ...] | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Contributor:
    """Who made changes of a package: `handle` on the forge where an address gives it, `new` since no release had them.

    `commits` are hashes, `requests` the pull or merge requests that these came in by, as they are written.
    """

    name: str
    handle: str | None
    new: bool
    bot: bool
    commits: tuple[str, ...]
    requests: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Span:
    """What a release is made of: how many commits, files and contributors, and the day and tag of the one before."""

    commits: int
    files: int
    contributors: int
    since: str | None = None
    tag: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class PlannedPackage:
    """A package that is released. `released` is None before the first release, `current` is in the manifest.

    `contributors` are told where release.yaml wants them.
    """

    id: str
    name: str
    workspace: str
    ecosystem: str
    path: str
    released: str | None
    current: str | None
    next: str
    bump: BumpKind
    tag: str
    targets: tuple[str, ...]
    reasons: tuple[Reason, ...]
    span: Span | None = None
    contributors: tuple[Contributor, ...] | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Base:
    """The commit that the plan is made for, and the branch that moves."""

    commit: str
    branch: str


@dataclasses.dataclass(frozen=True, slots=True)
class Inputs:
    """What was asked for beyond release.yaml and history; keys of `bump` and `set` are package ids.

    `config` are settings in place of those of release.yaml, by their paths with dots. `promote` makes stable versions
    of what was released as prereleases, and of nothing else. `snapshot` says what the versions of snapshots are made
    from: time, commit, or pr- and the number of a pull request. Commits are counted from the hash `since` in place
    of the last release of each package. With `if_changed`, `bump` and `set` are for packages with something new only.
    """

    bump: Mapping[str, str] = dataclasses.field(default_factory=dict)
    set: Mapping[str, str] = dataclasses.field(default_factory=dict)
    # A factory, so that the key is always written: its place in plans is fixed.
    prerelease: str | None = dataclasses.field(default_factory=lambda: None)
    only: tuple[str, ...] = ()
    date: str | None = None
    strict: bool = False
    config: Mapping[str, str] | None = None
    promote: bool | None = None
    snapshot: str | None = None
    since: str | None = None
    if_changed: bool | None = None


@dataclasses.dataclass(frozen=True)
class Plan:
    """A release, computed before anything is touched.

    `packages` stand in an order in which they may be released, dependencies first. `timestamp` (seconds, UTC)
    is the plan's only time: `date` is its day, commits, tags and builds get it. `umbrella_tags` maps a
    workspace's label to its one more tag. `spans` are those of the packages of a workspace together, by its label, and
    of all by `*`, where there are several. `spec_file` is the path of a spec that is not the release.yaml at the root.
    `channel` is where the release goes to, None for the usual one.
    """

    tool: str
    spec: str
    date: str
    timestamp: int
    inputs: Inputs
    base: Base
    packages: tuple[PlannedPackage, ...]
    unchanged: tuple[str, ...]
    umbrella_tags: Mapping[str, str] = dataclasses.field(default_factory=dict)
    actions: tuple[Action, ...] = ()
    spec_file: str | None = None
    channel: str | None = None
    spans: Mapping[str, Span] | None = None

    @functools.cached_property
    def id(self) -> str:
        """SHA-256, in hex, of the plan's JSON without its id: UTF-8, keys sorted, no spaces."""
        return hashlib.sha256(self._canonical).hexdigest()

    @property
    def nothing(self) -> str:
        """Why nothing is released, where nothing is."""
        if self.inputs.promote:
            return 'the newest release of no package is a prerelease'
        return 'no package has a change since its last release'

    @functools.cached_property
    def by_id(self) -> Mapping[str, PlannedPackage]:
        """The released packages by id."""
        return {package.id: package for package in self.packages}

    @functools.cached_property
    def by_key(self) -> Mapping[str, Action]:
        """The actions by key."""
        return {action.key: action for action in self.actions}

    @functools.cached_property
    def _document(self) -> dict[str, object]:
        return {'schema': SCHEMA, **codec.encode(self)}

    @functools.cached_property
    def _canonical(self) -> bytes:
        return codec.canonical(self._document)

    def document(self) -> dict[str, object]:
        """The plan as a JSON object, as `plan --format json` prints it."""
        return {'schema': SCHEMA, 'id': self.id, **self._document}

    def line(self) -> str:
        """The same object on one line: the id, then what it is the digest of."""
        return f'{{"id":"{self.id}",{self._canonical[1:].decode()}'


def read(document: Mapping[str, object]) -> Plan:
    """Read a plan back; the result equals the plan that was written.

    Raises:
        ReleaseKitError: The document is no plan, or its id is not the digest of its contents.
    """
    return codec.read_document(document, Plan, SCHEMA)
