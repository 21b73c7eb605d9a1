# SPDX-License-Identifier: Apache-2.0
"""What release.yaml says of packages, whatever the ecosystem: overrides by name glob, and folders that are left out."""

from __future__ import annotations

import dataclasses
import fnmatch
import posixpath

from releasekit.core.globs import pattern
from releasekit.core.package import Package
from releasekit.errors import Code, fail
from releasekit.spec.model import WorkspaceSpec


def overridden(package: Package, spec: WorkspaceSpec) -> Package:
    """The package with what the overrides that fit its name say; later ones win."""
    for glob, override in spec.packages.items():
        if fnmatch.fnmatchcase(package.name, glob):
            package = dataclasses.replace(
                package,
                publish=package.publish if override.publish is None else override.publish,
                release=package.release if override.release is None else override.release,
                targets=package.targets if override.targets is None else override.targets,
                also=package.also if override.also is None else override.also,
            )
    return package


def left_out(folder: str, root: str, spec: WorkspaceSpec) -> bool:
    """Whether a glob of `exclude`, relative to the workspace's root, names a package's folder or one that it is in.

    Raises:
        ReleaseKitError: `RK-SPEC-INVALID` for a wrong glob.
    """
    if not spec.exclude:
        return False
    relative = posixpath.relpath(folder, root)
    parents = [relative]
    while (above := posixpath.dirname(parents[-1])) and above != parents[-1]:
        parents.append(above)
    expressions = [pattern(_checked(glob)) for glob in spec.exclude]
    return any(expression.fullmatch(each) for expression in expressions for each in parents)


def _checked(glob: str) -> str:
    if any('**' in part and part != '**' for part in glob.split('/')):
        hint = 'Correct the glob in `exclude` of the workspace in release.yaml.'
        raise fail(Code.SPEC_INVALID, f'The glob `{glob}` is wrong: `**` must stand alone between slashes.', hint)
    return posixpath.normpath(glob)
