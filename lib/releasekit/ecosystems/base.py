# SPDX-License-Identifier: Apache-2.0
"""What an ecosystem is: a frozen record of parts, each a small protocol. Nothing else of it is known elsewhere."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from releasekit.core.package import Package, VersionPlace
from releasekit.errors import Problem
from releasekit.ports import Command, Credential, Files, Http, Registry
from releasekit.spec.model import Pin, Scheme, Target, WorkspaceSpec


@dataclasses.dataclass(frozen=True, slots=True)
class Discovery:
    """What a workspace holds: packages in any order, the lock file's path or None, and warnings."""

    packages: tuple[Package, ...]
    lock: str | None = None
    warnings: tuple[Problem, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Raise:
    """A requirement that follows a release: packages that need `name` now need `version` of it, as `pin` says."""

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

    def set_requirements(self, text: str, raises: Sequence[Raise]) -> str:
        """The text with the requirements raised wherever the packages are required at run, optional or build time."""
        ...


class VersionsPart(Protocol):
    """What versions and requirements mean here."""

    def allows(self, requirement: str, version: str) -> bool:
        """Whether a requirement, as the manifest writes it, admits a version."""
        ...


class LockPart(Protocol):
    """The lock file: a pure edit of the members' own lines; the tool only checks it."""

    def update(self, text: str, versions: Mapping[str, str]) -> str:
        """The text with the versions of the members of these names."""
        ...

    def check(self, *, offline: bool) -> tuple[str, ...]:
        """The command, run beside the lock file, that succeeds where it is right."""
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class BuildJob:
    """A package to build: `root` is the checkout, `path` the package's folder in it, `out` an empty folder."""

    name: str
    version: str
    path: str
    root: Path
    out: Path
    timestamp: int
    env: Mapping[str, str]


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

    def smoke(self, job: SmokeJob) -> Sequence[Command]:
        """The commands that install a package into a fresh environment and load it."""
        ...


class RegistryPart(Protocol):
    """One type of target."""

    def connect(self, target: Target, http: Http, credential: Credential | None) -> Registry:
        """The registry of a target; a credential is only needed for uploads and private indexes."""
        ...

    def ready(self, target: Target, environment: Mapping[str, str]) -> None:
        """Look whether a credential of the right kind can be had, without using it.

        Raises:
            ReleaseKitError: `RK-CREDENTIAL-MISSING`, naming what has to be set.
        """
        ...

    async def authenticate(self, target: Target, http: Http, environment: Mapping[str, str]) -> Credential | None:
        """Get the credential of a target: from the environment, or by exchanging an OIDC token.

        Raises:
            ReleaseKitError: `RK-CREDENTIAL-MISSING`.
        """
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class Ecosystem:
    """The parts of one ecosystem. `registries` has a part for each target type that its packages can go to.

    `normalise` gives the form of a name that two spellings of one package share.
    """

    name: str
    markers: tuple[str, ...]
    tools: tuple[str, ...]
    scheme: Scheme
    pin: Pin
    workspace: WorkspacePart
    manifest: ManifestPart
    versions: VersionsPart
    lock: LockPart
    tool: ToolPart
    registries: Mapping[str, RegistryPart]
    normalise: Callable[[str], str] = str
