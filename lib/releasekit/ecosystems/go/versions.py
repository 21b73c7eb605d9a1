# SPDX-License-Identifier: Apache-2.0
"""What a requirement of go.mod admits: minimal version selection within one major version.

https://go.dev/ref/mod#minimal-version-selection; majors above 1 are other module paths.
"""

from __future__ import annotations

import re

_MAJOR = re.compile(r'v?(0|[1-9][0-9]*)(?:\.|$)')


class GoVersions:
    """Versions and requirements of Go."""

    def allows(self, requirement: str, version: str) -> bool:
        """Whether builds that require `v1.2.0` may get a version: whether its module path is the same."""
        wanted, given = _MAJOR.match(requirement), _MAJOR.match(version)
        # 0 and 1 share a path.
        return wanted is not None and given is not None and max(int(wanted[1]), 1) == max(int(given[1]), 1)
