# SPDX-License-Identifier: Apache-2.0
"""Find the packages of every workspace, as they are in a commit."""

from __future__ import annotations

import dataclasses

from releasekit.core.package import Workspace
from releasekit.ecosystems import ECOSYSTEMS
from releasekit.errors import Code, Problem, fail
from releasekit.ports import Files
from releasekit.run.project import Project
from releasekit.spec.model import Spec


@dataclasses.dataclass(frozen=True)
class Discovered:
    """The packages, and what was odd about them."""

    workspace: Workspace
    warnings: tuple[Problem, ...]


async def discover(project: Project) -> Workspace:
    """Find the packages of the commit that is checked out.

    Raises:
        ReleaseKitError: A manifest is wrong, or two packages have one id.
    """
    head = await project.repository.head()
    return (await discover_in(project.spec, project.repository.files(head.commit))).workspace


async def discover_in(spec: Spec, files: Files) -> Discovered:
    """Find the packages in a tree of files."""
    found = [
        (label, await ECOSYSTEMS[rules.ecosystem].workspace.discover(files, label, rules))
        for label, rules in spec.workspaces.items()
    ]
    packages = sorted((package for _, part in found for package in part.packages), key=lambda package: package.id)
    folders: dict[tuple[str, str], str] = {}
    for package in packages:
        other = folders.setdefault((package.ecosystem, package.path), package.id)
        if other != package.id:
            message = f'{other} and {package.id} are the same folder, {package.path}.'
            raise fail(Code.WORKSPACE_INVALID, message, 'Exclude it from one of the two workspaces in release.yaml.')
    locks = {label: part.lock for label, part in found if part.lock is not None}
    warnings = tuple(warning for _, part in found for warning in part.warnings)
    return Discovered(Workspace(tuple(packages), locks), warnings)
