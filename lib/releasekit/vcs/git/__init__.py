# SPDX-License-Identifier: Apache-2.0
"""Git, by its own program."""

from __future__ import annotations

from pathlib import Path

from releasekit.ports import Shell
from releasekit.ports.keeping import Keep
from releasekit.vcs.base import Opened
from releasekit.vcs.git.command import Git
from releasekit.vcs.git.read import GitReader
from releasekit.vcs.git.remote import GitRemote
from releasekit.vcs.git.write import GitWriter


def open_git(shell: Shell, root: Path, keep: Keep | None = None) -> Opened:
    """Open the git repository at a root."""
    git = Git(shell, root)
    reader = GitReader(git, keep)
    return Opened(repository=reader, history=reader, writer=GitWriter(git), remote=GitRemote(git))
