# SPDX-License-Identifier: Apache-2.0
"""The JSON documents about releasekit itself: explanations, and settings with where they come from."""

from __future__ import annotations

import dataclasses
from typing import Literal

EXPLANATIONS_SCHEMA = 'releasekit/explanations/1'
SETTINGS_SCHEMA = 'releasekit/settings/1'

Origin = Literal['default', 'file', 'environment', 'flag']


@dataclasses.dataclass(frozen=True, slots=True)
class Explanation:
    """What a word means: `text` is more than one line, and what can be done about it where it is a code."""

    name: str
    kind: Literal['code', 'step', 'check', 'task', 'key']
    title: str
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class Explanations:
    """What `explain` says."""

    entries: tuple[Explanation, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Setting:
    """A key of release.yaml or a flag, as it is in force.

    `value` is as in YAML; of a credential it is the variable that holds it, and whether that is set. `place` is
    `file:line:column`, the name of a variable, or a flag; None for a default.
    """

    key: str
    value: str
    origin: Origin
    place: str | None


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """What `config` says."""

    settings: tuple[Setting, ...]
