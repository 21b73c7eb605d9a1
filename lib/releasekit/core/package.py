# SPDX-License-Identifier: Apache-2.0
"""Packages and what joins them: the values that discovery yields, whatever the ecosystem.

Paths are POSIX and relative to the root of the repository, `.` is the root itself.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Mapping

from releasekit.compat import StrEnum


class EdgeKind(StrEnum):
    """Why one package needs another; a peer is what the users of the one must bring along."""

    RUNTIME = 'runtime'
    OPTIONAL = 'optional'
    PEER = 'peer'
    BUILD = 'build'
    GROUP = 'group'


@dataclasses.dataclass(frozen=True, slots=True)
class Dependency:
    """An edge to an internal package: `id` is the package that is needed, `where` the extra or group that says so."""

    id: str
    kind: EdgeKind
    requirement: str = ''
    where: str = ''


@dataclasses.dataclass(frozen=True, slots=True)
class VersionPlace:
    """A place in a file that holds a package's version.

    `form` is a word that the package's ecosystem understands (its manifest part reads and writes it),
    or `pattern` with a regular expression whose first group is the version.
    """

    path: str
    form: str
    pattern: str = ''


@dataclasses.dataclass(frozen=True, slots=True)
class Package:
    """One package of a workspace. `version` is None where no file of the tree holds it (it comes from a tag).

    `bundles` are manifests of other ecosystems whose packages become part of this one when it is built. Packages
    whose versions stand at the same place have one version.
    """

    id: str
    name: str
    workspace: str
    ecosystem: str
    path: str
    manifest: str
    version: str | None
    places: tuple[VersionPlace, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    publish: bool = True
    release: bool = True
    targets: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    private: str = ''
    bundles: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Workspace:
    """All packages of the repository, sorted by id.

    By workspace label: `locks` are the lock files, `shared` other files that hold requirements of many packages.
    """

    packages: tuple[Package, ...]
    locks: Mapping[str, str] = dataclasses.field(default_factory=dict)
    shared: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)

    @functools.cached_property
    def by_id(self) -> Mapping[str, Package]:
        """The packages by id."""
        return {package.id: package for package in self.packages}

    @functools.cached_property
    def dependents(self) -> Mapping[str, tuple[tuple[Package, Dependency], ...]]:
        """For each id, the packages that need it, with the edge; sorted by the dependent's id."""
        found: dict[str, list[tuple[Package, Dependency]]] = {package.id: [] for package in self.packages}
        for package in self.packages:
            for dependency in package.dependencies:
                if dependency.id in found:
                    found[dependency.id].append((package, dependency))
        return {id_: tuple(edges) for id_, edges in found.items()}

    def select(self, ids: Iterable[str]) -> tuple[Package, ...]:
        """The packages of these ids, in the order of this workspace."""
        wanted = frozenset(ids)
        return tuple(package for package in self.packages if package.id in wanted)
