# SPDX-License-Identifier: Apache-2.0
"""What `init` has seen of a repository: values, from which all else is decided."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from releasekit.core.forge import Forge
from releasekit.core.package import Package
from releasekit.ecosystems.base import Ecosystem
from releasekit.ecosystems.survey import Details, Sighting


@dataclasses.dataclass(frozen=True)
class Found:
    """A workspace: where it is, what its own files say, and its packages as discovery finds them.

    `label` is '' until it is decided which workspaces there are.
    """

    label: str
    ecosystem: Ecosystem
    sighting: Sighting
    packages: tuple[Package, ...]
    details: Details

    @property
    def released(self) -> tuple[Package, ...]:
        """The packages that are versioned: neither set aside by their tool, nor private ones of examples and tests."""
        return tuple(package for package in self.packages if package.release)

    @property
    def uploaded(self) -> tuple[Package, ...]:
        """The packages that may go to a registry."""
        return tuple(each for each in self.released if each.publish and each.name not in self.details.unbuilt)


@dataclasses.dataclass(frozen=True, slots=True)
class Remote:
    """A remote: where it is hosted, if that is known, and the branch that it calls its own."""

    name: str
    branch: str | None
    forge: Forge | None


@dataclasses.dataclass(frozen=True)
class Seen:
    """A repository at the commit that is checked out.

    `branches` are those that have this commit, the one that is checked out first. `tags` are newest first, those that
    HEAD reaches unless it reaches none; `reached` says which it was. `left` are folders that look like workspaces and
    are none, with the reason; `coming` are ecosystems and `rivals` release tools, each with a file. `ci` are texts by
    path, without comments.
    """

    remotes: tuple[Remote, ...]
    branches: tuple[str, ...]
    tags: tuple[str, ...]
    reached: bool
    paths: frozenset[str]
    found: tuple[Found, ...]
    left: tuple[tuple[str, str], ...]
    coming: tuple[tuple[str, str], ...]
    rivals: tuple[tuple[str, str], ...]
    ci: Mapping[str, str]
