# SPDX-License-Identifier: Apache-2.0
"""The version control systems, as a table: what opens a repository of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from releasekit.ports import Shell
from releasekit.ports.keeping import Keep
from releasekit.vcs.base import Opened
from releasekit.vcs.git import open_git
from releasekit.vcs.git.inspect import GitInspector

SYSTEMS: Mapping[str, Callable[[Shell, Path, Keep | None], Opened]] = {'git': open_git}


def open_repository(name: str, shell: Shell, root: Path, keep: Keep | None = None) -> Opened:
    """Open the repository at a root; `name` is a key of `SYSTEMS`. What was read may be kept for the next time."""
    return SYSTEMS[name](shell, root, keep)


def open_inspector(shell: Shell, folder: Path) -> GitInspector:
    """What looks at the repository that holds a folder, whatever its spec says: git is the only system."""
    return GitInspector(shell, folder)
