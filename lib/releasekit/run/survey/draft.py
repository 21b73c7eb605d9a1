# SPDX-License-Identifier: Apache-2.0
"""What `init` has decided: the contents of a release.yaml, the reason of each choice, and what is left to ask."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from releasekit.ecosystems.survey import Trait


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One thing that was decided: what, how, and because of which file or tag."""

    what: str
    value: str
    why: str


@dataclasses.dataclass(frozen=True, slots=True)
class Choice:
    """A question with its answers, by value; the first is what is taken where nobody is asked."""

    key: str
    question: str
    options: Mapping[str, str]


@dataclasses.dataclass(frozen=True, slots=True)
class TagChoice:
    """The format of tags, and whether tags that are there have it; `umbrella` is that of the workspace's own.

    `lockstep`: all packages have one version.
    """

    tag: str
    why: str
    used: bool = False
    umbrella: str | None = None
    lockstep: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class VersionChoice:
    """The scheme of versions, and the format of dates."""

    scheme: str
    why: str
    format: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class TargetDraft:
    """A target. `auth` is written as it is; '' leaves a key out."""

    name: str
    type: str
    url: str
    index: str
    auth: str
    why: str
    insecure: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class SpaceDraft:
    """A workspace; `changelog` None is the default. Values that are empty are not written."""

    label: str
    ecosystem: str
    why: str
    root: str
    tags: TagChoice
    versions: VersionChoice
    tool: str | None = None
    exclude: tuple[str, ...] = ()
    overrides: Mapping[str, Mapping[str, object]] = dataclasses.field(default_factory=dict)
    reasons: Mapping[str, str] = dataclasses.field(default_factory=dict)
    changelog: str | bool | None = None
    setup: tuple[Trait, ...] = ()
    targets: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Draft:
    """A whole release.yaml. `notes` are remarks at its head.

    `changesets` is the file that says that levels come from changesets; '' where they come from commits.
    """

    remote: str | None
    branch: str | None
    branch_why: str
    spaces: tuple[SpaceDraft, ...]
    targets: tuple[TargetDraft, ...]
    checks: tuple[Trait, ...]
    rows: tuple[Row, ...]
    choices: tuple[Choice, ...]
    notes: tuple[str, ...]
    changesets: str = ''
