# SPDX-License-Identifier: Apache-2.0
"""What a requirement of a manifest admits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from releasekit import lazy

if TYPE_CHECKING:
    from releasekit.ecosystems.js import requirement as requirements
else:
    requirements = lazy.module('releasekit.ecosystems.js.requirement')


class Semver:
    """Versions of SemVer, ranges of node-semver."""

    def allows(self, requirement: str, version: str) -> bool:
        """Whether a requirement, protocol included, admits a version; `workspace:^`, `~` and `*` always do."""
        return requirements.admits(requirement, version)
