# SPDX-License-Identifier: Apache-2.0
"""The tags of whole workspaces, beside those of their packages."""

from __future__ import annotations

from collections.abc import Mapping

from releasekit.core.history import History
from releasekit.core.package import Workspace
from releasekit.core.plan import PlannedPackage
from releasekit.core.tags import umbrella_name
from releasekit.core.units import units
from releasekit.core.version import scheme
from releasekit.errors import Code, fail
from releasekit.spec.model import Spec


def umbrella_tags(
    spec: Spec, workspace: Workspace, history: History, released: Mapping[str, PlannedPackage]
) -> dict[str, str]:
    """The tags of whole workspaces, by label: only one version can name one.

    Raises:
        ReleaseKitError: `RK-SPEC-INVALID` where the packages of one have several, `RK-TAG-AMBIGUOUS` where a package
            has that tag.
    """
    found: dict[str, str] = {}
    for label, rules in spec.workspaces.items():
        members = [package for package in workspace.packages if package.workspace == label and package.release]
        if rules.umbrella_tag is None or not members:
            continue
        together = units(spec, workspace, frozenset(package.id for package in members))
        if len(together) > 1:
            message = f'The packages of {label} do not share one version, so that one tag cannot name it.'
            hint = f'Put all of them into one fixed group, or take `workspaces.{label}.umbrella_tag` away.'
            raise fail(Code.SPEC_INVALID, message, hint)
        versions = [released[package.id].next for package in members if package.id in released]
        if versions:
            found[label] = umbrella_name(
                rules.umbrella_tag, label, max(versions, key=scheme(history.schemes[label]).key)
            )
            _refuse_same(found[label], label, released)
    return found


def _refuse_same(tag: str, label: str, released: Mapping[str, PlannedPackage]) -> None:
    if (other := next((package for package in released.values() if package.tag == tag), None)) is not None:
        message = f'{tag} would be the tag of {other.id} and of the whole workspace {label}.'
        raise fail(
            Code.TAG_AMBIGUOUS, message, f'Change `workspaces.{label}.umbrella_tag`, or add `{{name}}` to `tag`.'
        )
