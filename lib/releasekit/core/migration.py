# SPDX-License-Identifier: Apache-2.0
"""The JSON document of `migrate`: what was taken over from another tool, what was not, and the text that came of it."""

from __future__ import annotations

import dataclasses

from releasekit.core.backtest import Backtest

SCHEMA = 'releasekit/migration/1'


@dataclasses.dataclass(frozen=True, slots=True)
class Taken:
    """A setting of release.yaml: its path, joined by dots, its value as YAML, and what it was read from."""

    key: str
    value: str
    why: str


@dataclasses.dataclass(frozen=True, slots=True)
class Left:
    """A setting without an equivalent: where it stands, what it did, and what to do instead; no line is 0."""

    what: str
    path: str
    line: int
    did: str
    instead: str


@dataclasses.dataclass(frozen=True, slots=True)
class Migration:
    """What `migrate` did. `path` is that of the file, `written` false in a dry run, `text` all that is in it.

    `backtest` holds the releases of the past against it, where that was asked for.

    `files` are those of the tool. `packages` are there, of which the first release would release `released`.
    """

    path: str
    written: bool
    tool: str
    files: tuple[str, ...]
    packages: int
    released: int
    taken: tuple[Taken, ...]
    left: tuple[Left, ...]
    text: str
    backtest: Backtest | None = None
