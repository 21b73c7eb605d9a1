# SPDX-License-Identifier: Apache-2.0
"""Commits as they are read from history, and what their messages say."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class RawCommit:
    """A commit as the version control system tells it. `paths` are those that its own change touches."""

    hash: str
    parents: tuple[str, ...]
    author: str
    message: str
    paths: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class TagRef:
    """A tag and the commit that it stands for, annotated or not; `merged` where HEAD reaches that commit."""

    name: str
    commit: str
    merged: bool
