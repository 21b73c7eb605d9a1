# SPDX-License-Identifier: Apache-2.0
"""Groups: which package is in which, within a workspace and across them."""

from __future__ import annotations

import dataclasses
import fnmatch
from collections.abc import Iterable, Iterator

from releasekit.core.package import Package
from releasekit.errors import Code, fail
from releasekit.spec.members import addressed
from releasekit.spec.model import Spec, Versioning


@dataclasses.dataclass(frozen=True, slots=True)
class Membership:
    """A group: the label of the workspace that declares it, whose rules decide its versions, and its name there."""

    label: str
    name: str
    versioning: Versioning


def fitting(spec: Spec, package: Package) -> Iterator[Membership]:
    """The groups that a package is in, in the order of release.yaml."""
    for label, rules in spec.workspaces.items():
        for name, group in rules.groups.items():
            globs = (addressed(glob, label, spec.workspaces) for glob in group.packages)
            if any(owner == package.workspace and fnmatch.fnmatchcase(package.name, glob) for owner, glob in globs):
                yield Membership(label, name, group.versioning)


def memberships(spec: Spec, packages: Iterable[Package]) -> dict[str, Membership]:
    """The group of each package that is in one, by id.

    Raises:
        ReleaseKitError: `RK-SPEC-INVALID` for a package in two groups.
    """
    found: dict[str, Membership] = {}
    for package in packages:
        groups = tuple(fitting(spec, package))
        if len(groups) > 1:
            names = ' and '.join(group.name for group in groups)
            where = ' and '.join(dict.fromkeys(group.label for group in groups))
            message = f'{package.id} is in the groups {names} of the workspace {where}.'
            raise fail(Code.SPEC_INVALID, message, 'Let the globs of one group only fit it.')
        found.update((package.id, group) for group in groups)
    return found
