# SPDX-License-Identifier: Apache-2.0
"""Find the packages of every workspace, as they are in a commit."""

from __future__ import annotations

import dataclasses
import fnmatch
from collections.abc import Collection, Iterator, Sequence

from releasekit.core.package import Dependency, EdgeKind, Package, Workspace
from releasekit.ecosystems import ECOSYSTEMS
from releasekit.errors import Code, Problem, Severity, fail
from releasekit.ports import Files
from releasekit.run.project import Project
from releasekit.spec.model import Spec, WorkspaceSpec
from releasekit.spec.names import did_you_mean


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
    """Find the packages in a tree of files, with the edges between workspaces.

    Raises:
        ReleaseKitError: A manifest is wrong, two packages of an ecosystem are one folder, `needs` of release.yaml
            names no package, or an ecosystem cannot take the versions of a scheme.
    """
    _refuse_schemes(spec)
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
    return Discovered(
        Workspace(
            tuple(_with_edges(spec, packages)),
            {label: part.lock for label, part in found if part.lock is not None},
            {label: part.shared for label, part in found if part.shared},
        ),
        (*(warning for _, part in found for warning in part.warnings), *_unused(spec, packages)),
    )


def _refuse_schemes(spec: Spec) -> None:
    """Versions such as 1.0.0rc1 are read by no tool or registry but those whose own scheme it is."""
    for label, rules in spec.workspaces.items():
        if rules.version.scheme == 'pep440' and ECOSYSTEMS[rules.ecosystem].scheme != 'pep440':
            message = f'Versions of the scheme pep440 are none of {rules.ecosystem}, the ecosystem of {label}.'
            raise fail(Code.SPEC_INVALID, message, f'Remove `workspaces.{label}.version.scheme` from release.yaml.')


def _unused(spec: Spec, packages: Sequence[Package]) -> Iterator[Problem]:
    """Overrides that fit the name of no package."""
    for label, rules in spec.workspaces.items():
        names = sorted(package.name for package in packages if package.workspace == label)
        for glob in rules.packages:
            if not any(fnmatch.fnmatchcase(name, glob) for name in names):
                hint = f'Name a package of it in `workspaces.{label}.packages`{_question(glob, names)}'
                message = f'No package of {label} is called `{glob}`.'
                yield Problem(Code.SPEC_UNUSED, message, hint, severity=Severity.WARNING)


def _with_edges(spec: Spec, packages: Sequence[Package]) -> Iterator[Package]:
    """The packages with edges to those of other workspaces that become part of them: bundled, or said to be needed."""
    known = frozenset(package.id for package in packages)
    manifests = {package.manifest: package.id for package in packages}
    for package in packages:
        bundled = [manifests[path] for path in package.bundles if path in manifests]
        wanted = dict.fromkeys([*bundled, *_needs(spec.workspaces[package.workspace], package)])
        if unknown := sorted(wanted.keys() - known):
            message = f'{package.id} needs {unknown[0]}, which is no package.'
            hint = f'Name packages as `label:name` in `needs`{_question(unknown[0], known)}'
            raise fail(Code.SPEC_NAME, message, hint)
        edges = tuple(Dependency(id_, EdgeKind.BUILD, where='needs') for id_ in wanted if id_ != package.id)
        yield dataclasses.replace(package, dependencies=(*package.dependencies, *edges)) if edges else package


def _needs(rules: WorkspaceSpec, package: Package) -> tuple[str, ...]:
    """What release.yaml says a package needs; of the overrides that fit, the last one that says so counts."""
    found: tuple[str, ...] = ()
    for glob, override in rules.packages.items():
        if override.needs is not None and fnmatch.fnmatchcase(package.name, glob):
            found = override.needs
    return found


def _question(word: str, known: Collection[str]) -> str:
    near = did_you_mean(word, sorted(known))
    return f'; {near}' if near else '.'
