# SPDX-License-Identifier: Apache-2.0
"""What a requirement of a Cargo.toml admits."""

from __future__ import annotations

from releasekit.ecosystems.rust import requirement as requirements


class CargoVersions:
    """Versions and requirements of cargo."""

    def allows(self, requirement: str, version: str) -> bool:
        """Whether a requirement admits a version; '' stands for a dependency by path alone, which always follows."""
        return requirements.allows(requirement, version)
