# SPDX-License-Identifier: Apache-2.0
"""What an ecosystem is: a frozen record of parts, each a small protocol. Nothing else of it is known elsewhere.

An ecosystem is a folder with such a record, and a line in `ecosystems/__init__.py`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from releasekit.core.package import Package, VersionPlace
from releasekit.ecosystems.advice import AdvicePart
from releasekit.ecosystems.survey import Survey
from releasekit.errors import Problem
from releasekit.ports import Command, Credential, Files, Http, Registry, Shell
from releasekit.spec.kinds import Kind
from releasekit.spec.model import Pin, Scheme, Target, WorkspaceSpec


@dataclasses.dataclass(frozen=True, slots=True)
class Discovery:
    """What a workspace holds: packages in any order, the lock file's path or None, and warnings.

    `shared` are files, beside the packages' own manifests, that hold requirements of many packages.
    """

    packages: tuple[Package, ...]
    lock: str | None = None
    warnings: tuple[Problem, ...] = ()
    shared: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Raise:
    """A requirement that follows a release: packages that need `name` now need `version` of it, as `pin` says.

    `keep` leaves a requirement that admits the version as it is; what becomes of another one is the ecosystem's rule.
    """

    name: str
    version: str
    pin: Pin


class WorkspacePart(Protocol):
    """Which packages there are, and how they need each other."""

    async def discover(self, files: Files, label: str, spec: WorkspaceSpec) -> Discovery:
        """Find the packages as the ecosystem's own tool does.

        Raises:
            ReleaseKitError: A manifest or the workspace file is wrong, or a version cannot be known.
        """
        ...


class ManifestPart(Protocol):
    """Edits of manifests: text in, text out, formatting and comments kept."""

    def read_version(self, text: str, place: VersionPlace) -> str | None:
        """The version that a file holds at a place."""
        ...

    def set_version(self, text: str, place: VersionPlace, version: str) -> str:
        """The text with another version at a place.

        Raises:
            ReleaseKitError: `RK-EDIT-FAILED` where the place is not there.
        """
        ...

    def set_requirements(self, text: str, raises: Sequence[Raise], path: str) -> str:
        """The text with the requirements raised wherever the packages are required at run, optional or build time.

        `path` is that of a package's manifest, or one of `Discovery.shared`.
        """
        ...


class VersionsPart(Protocol):
    """What versions and requirements mean here."""

    def allows(self, requirement: str, version: str) -> bool:
        """Whether a requirement, as the manifest writes it, admits a version."""
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class Tree:
    """The repository as the plan leaves it so far, for edits that need more than one file.

    `packages` are those of the workspace `label`, whose folder is `root`, and `others` those of the ecosystem's other
    workspaces; `versions` are the next ones, by id, of all that is released in any workspace, or has its version at
    the same place; `paths` are all files. `late` are files whose content is not known yet.
    """

    label: str
    root: str
    lock: str | None
    packages: tuple[Package, ...]
    versions: Mapping[str, str]
    paths: Collection[str]
    files: Mapping[str, bytes] = dataclasses.field(default_factory=dict)
    late: tuple[str, ...] = ()
    others: tuple[Package, ...] = ()


class TreePart(Protocol):
    """Pure edits of files beside the manifests, which follow from new versions."""

    def reads(self, tree: Tree) -> Collection[str]:
        """The paths whose contents `edits` looks at; `tree.files` is empty here."""
        ...

    def edits(self, tree: Tree) -> Mapping[str, str]:
        """The new texts of files, by path; only those that change need be there."""
        ...


class LockPart(TreePart, Protocol):
    """The lock files: edits of the members' own lines, after all other edits; the tool only checks them."""

    def check(self, lock: str, *, offline: bool) -> tuple[str, ...]:
        """The command, run beside the lock file of this path, that succeeds where it is right; () for none."""
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class BuildJob:
    """A package to build: `root` is the checkout, `path` the package's folder in it, `out` an empty folder.

    `released` are the versions of all packages of the same workspace that are released along with it, by name;
    `workspace` is the workspace's folder, `commit` the release commit ('' where none is made) and `tag` its tag.
    """

    name: str
    version: str
    path: str
    root: Path
    out: Path
    timestamp: int
    env: Mapping[str, str]
    workspace: str = '.'
    released: Mapping[str, str] = dataclasses.field(default_factory=dict)
    commit: str = ''
    tag: str = ''


@dataclasses.dataclass(frozen=True, slots=True)
class SmokeJob:
    """A package to try: `folder` is an empty one to work in.

    `artifacts` are files of this release by the package's name; where there are none, it is installed from a
    registry. `index` serves it then, and other packages of the same registry always.
    """

    name: str
    version: str
    folder: Path
    artifacts: Mapping[str, Sequence[Path]]
    index: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Trial:
    """Commands, one after the other, and the files that are written into the job's folder before the first."""

    commands: Sequence[Command]
    files: Mapping[str, bytes] = dataclasses.field(default_factory=dict)


class ToolPart(Protocol):
    """The ecosystem's tool, as commands."""

    def build(self, job: BuildJob) -> Sequence[Command]:
        """The commands that build a package's files into `job.out`."""
        ...

    def inspect(self, filename: str, content: bytes) -> tuple[str, str] | None:
        """The name and version that a built file says it holds, None for a file that is not to be uploaded."""
        ...

    def complete(self, filenames: Collection[str]) -> bool:
        """Whether these are all the files that a build of one package makes."""
        ...

    def same(self, filename: str, ours: bytes, theirs: bytes) -> bool:
        """Whether two files with different bytes hold the same contents."""
        ...

    def smoke(self, job: SmokeJob) -> Trial:
        """What installs a package into a fresh environment and loads it."""
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class Outside:
    """What a registry is reached with. A command that needs a credential gets it in its own `env`."""

    http: Http
    shell: Shell


class RegistryPart(Protocol):
    """One type of target."""

    @property
    def at_once(self) -> int | None:
        """How many files may be on their way to a target at a time; None for as many as there are."""
        ...

    @property
    def per_package(self) -> bool:
        """Whether a credential from trusted publishing is good for one package only."""
        ...

    @property
    def advice(self) -> AdvicePart:
        """What `doctor` can say of such a target."""
        ...

    def connect(self, target: Target, outside: Outside, credential: Credential | None) -> Registry:
        """The registry of a target; a credential is only needed for uploads and private indexes."""
        ...

    def ready(self, target: Target, environment: Mapping[str, str]) -> None:
        """Look whether a credential of the right kind can be had, without using it.

        Raises:
            ReleaseKitError: `RK-CREDENTIAL-MISSING`, naming what has to be set.
        """
        ...

    async def authenticate(
        self, target: Target, http: Http, environment: Mapping[str, str], name: str
    ) -> Credential | None:
        """Get the credential of a target for a package: from the environment, or by exchanging an OIDC token.

        Raises:
            ReleaseKitError: `RK-CREDENTIAL-MISSING`.
        """
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class EnvironmentJob:
    """An environment to make: `folder` does not exist yet, `root` is the workspace's; `version` of the language."""

    folder: Path
    root: Path
    version: str | None
    groups: tuple[str, ...]


class EnvironmentPart(Protocol):
    """Environments of their own for the commands of tasks: a version of the language, and groups of dependencies."""

    reads: tuple[str, ...]
    """Files of the workspace, from its folder: where one of them changes, the environment is made anew."""

    def make(self, job: EnvironmentJob, files: Mapping[str, bytes]) -> Sequence[Command]:
        """The commands that make it, given those files of `reads` that there are.

        Raises:
            ReleaseKitError: One of the files is wrong.
        """
        ...

    def variables(self, folder: Path, path: str) -> Mapping[str, str]:
        """The environment variables of a command that runs in it; `path` is the PATH outside of it."""
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class Ecosystem:
    """The parts of one ecosystem.

    `kind` is what release.yaml may say of it. `markers` are the names of the files that give a workspace away, `survey`
    is what `init` makes of them. `tools` has, for each program that a release may need, the command that
    shows its version; `needs` says which of them a workspace needs. `registries` has a part for each target type
    that its packages can go to. `sources` edits what else in the tree follows a new version.
    `normalise` gives the form of a name that two spellings of one package share. `environments` makes those that
    tasks ask for. `by_tag`: a version is published by its tag, so that without one there is none.
    """

    kind: Kind
    markers: tuple[str, ...]
    survey: Survey
    tools: Mapping[str, tuple[str, ...]]
    scheme: Scheme
    pin: Pin
    workspace: WorkspacePart
    manifest: ManifestPart
    versions: VersionsPart
    lock: LockPart
    tool: ToolPart
    registries: Mapping[str, RegistryPart]
    needs: Callable[[WorkspaceSpec, str | None], Collection[str]]
    sources: TreePart | None = None
    normalise: Callable[[str], str] = str
    environments: EnvironmentPart | None = None
    by_tag: bool = False

    @property
    def name(self) -> str:
        """The name in release.yaml."""
        return self.kind.name
