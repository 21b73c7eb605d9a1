# SPDX-License-Identifier: Apache-2.0
"""What release.yaml may say of an ecosystem; the table of them is `KINDS` in `releasekit.ecosystems`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from releasekit.spec.names import STEPS


@dataclasses.dataclass(frozen=True, slots=True)
class TargetKind:
    """A type of target, with the addresses of the public registry of that type.

    `page` is where people look at a version there, `elsewhere` what can be looked at on another registry, by the
    words index, name and version.

    `beginnings` are those of other addresses than http ones. `options` are the keys of a target that only some
    types have, and this one has.
    """

    type: str
    url: str
    index: str
    page: str
    elsewhere: str
    beginnings: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Kind:
    """An ecosystem: its name, its tools (the first is the default), its target types, and the format of its tags."""

    name: str
    tools: tuple[str, ...]
    targets: tuple[TargetKind, ...]
    tag: str = '{name}-v{version}'


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    """What a release.yaml may name beside what is its own: ecosystems, and steps with the dataclasses of their options.

    The options of a step that has no dataclass here are taken as they are.
    """

    kinds: tuple[Kind, ...]
    steps: frozenset[str] = STEPS
    options: Mapping[str, type] = dataclasses.field(default_factory=dict)


def page(kind: TargetKind, index: str, name: str, version: str) -> str:
    """The address that shows a version of a package, on the registry with this index."""
    template = kind.page if index == kind.index else kind.elsewhere
    return template.format(index=index.rstrip('/'), name=name, version=version)


def target_kinds(kinds: tuple[Kind, ...]) -> dict[str, TargetKind]:
    """The types of targets, by name."""
    return {target.type: target for kind in kinds for target in kind.targets}
