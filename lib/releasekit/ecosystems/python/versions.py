# SPDX-License-Identifier: Apache-2.0
"""What a requirement of a manifest (PEP 508) admits (PEP 440)."""

from __future__ import annotations

from packaging.requirements import InvalidRequirement, Requirement


class Pep440:
    """Versions and requirements of Python."""

    def allows(self, requirement: str, version: str) -> bool:
        """Whether a requirement admits a version, prereleases too; a direct reference and what is no requirement don't.

        Markers are not looked at: they say where a requirement holds, not which versions.
        """
        try:
            parsed = Requirement(requirement)
        except InvalidRequirement:
            return False
        return parsed.url is None and parsed.specifier.contains(version, prereleases=True)
