# SPDX-License-Identifier: Apache-2.0
"""The release tools that can be migrated from: a module each, and the one table of them.

Where the globs of two fit a file, it is of the first.
"""

from __future__ import annotations

from collections.abc import Mapping

from releasekit.migrations.base import Tool
from releasekit.migrations.bump_my_version import BUMP_MY_VERSION
from releasekit.migrations.changesets import CHANGESETS
from releasekit.migrations.commitizen import COMMITIZEN
from releasekit.migrations.knope import KNOPE
from releasekit.migrations.lerna import LERNA
from releasekit.migrations.nx import NX
from releasekit.migrations.predecessor import PREDECESSOR
from releasekit.migrations.python_semantic_release import PYTHON_SEMANTIC_RELEASE
from releasekit.migrations.release_please import RELEASE_PLEASE
from releasekit.migrations.release_plz import RELEASE_PLZ
from releasekit.migrations.semantic_release import SEMANTIC_RELEASE

TOOLS: Mapping[str, Tool] = {
    tool.name: tool
    for tool in (
        RELEASE_PLEASE,
        PYTHON_SEMANTIC_RELEASE,
        SEMANTIC_RELEASE,
        CHANGESETS,
        LERNA,
        NX,
        COMMITIZEN,
        BUMP_MY_VERSION,
        RELEASE_PLZ,
        KNOPE,
        PREDECESSOR,
    )
}
