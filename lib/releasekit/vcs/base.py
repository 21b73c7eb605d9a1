# SPDX-License-Identifier: Apache-2.0
"""What a version control system is: the four ports that it fills."""

from __future__ import annotations

import dataclasses

from releasekit.ports import History, Remote, Repository, Writer


@dataclasses.dataclass(frozen=True, slots=True)
class Opened:
    """An open repository. One object may fill several of the ports."""

    repository: Repository
    history: History
    writer: Writer
    remote: Remote
