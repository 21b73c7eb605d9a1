# SPDX-License-Identifier: Apache-2.0
"""Find the packages of every workspace, as they are in a commit."""

from __future__ import annotations

import dataclasses
import fnmatch
from collections.abc import Callable, Iterable, Iterator, Sequence

from releasekit.core.package import Dependency, EdgeKind, Package, Workspace
from releasekit.ecosystems import ECOSYSTEMS
from releasekit.errors import Problem, ReleaseKitError, Severity
from releasekit.ports import Files
from releasekit.run.misfits import Misfit, misfits, prereleases, same_folder, versions
from releasekit.run.project import Project
from releasekit.spec.model import Spec, WorkspaceSpec
from releasekit.spec.places import Places


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
    files = project.repository.files(head.commit)
    return (await discover_in(project.spec, files, project.places)).workspace


async def discover_in(spec: Spec, files: Files, places: Callable[[], Places | None] | None = None) -> Discovered:
    """Find the packages in a tree of files, with the edges between workspaces.

    `places` finds the lines of release.yaml for what is wrong or odd in it; it is only called where something is.

    Raises:
        ReleaseKitError: A manifest is wrong, two packages of an ecosystem are one folder, or release.yaml does not fit
            what is there; all that it says wrong is said.
    """
    _refuse([*versions(spec), *prereleases(spec)], places)
    found = [
        (label, await ECOSYSTEMS[rules.ecosystem].workspace.discover(files, label, rules))
        for label, rules in spec.workspaces.items()
    ]
    packages = sorted((package for _, part in found for package in part.packages), key=lambda package: package.id)
    _refuse(_overlaps(packages), places)
    paths = await files.paths() if _has_globs(spec) else ()
    odd = _refuse(misfits(spec, Workspace(tuple(packages)), paths), places)
    return Discovered(
        Workspace(
            tuple(_with_edges(spec, packages)),
            {label: part.lock for label, part in found if part.lock is not None},
            {label: part.shared for label, part in found if part.shared},
        ),
        (*(warning for _, part in found for warning in part.warnings), *odd),
    )


def _refuse(found: Iterable[Misfit], places: Callable[[], Places | None] | None) -> tuple[Problem, ...]:
    """The warnings among what does not fit.

    Raises:
        ReleaseKitError: Not all of it is a warning.
    """
    if not (odd := tuple(found)):
        return ()
    known = places() if places is not None else None
    problems = [misfit.problem(known) for misfit in odd]
    if any(problem.severity is Severity.ERROR for problem in problems):
        raise ReleaseKitError(*problems)
    return tuple(problems)


def _overlaps(packages: Iterable[Package]) -> Iterator[Misfit]:
    """Packages of an ecosystem that two workspaces have found in one folder."""
    folders: dict[tuple[str, str], Package] = {}
    for package in packages:
        other = folders.setdefault((package.ecosystem, package.path), package)
        if other is not package:
            yield same_folder(other, package)


def _has_globs(spec: Spec) -> bool:
    workspaces = spec.workspaces.values()
    return any(rules.exclude or any(each.also for each in rules.packages.values()) for rules in workspaces)


def _with_edges(spec: Spec, packages: Sequence[Package]) -> Iterator[Package]:
    """The packages with edges to those of other workspaces that become part of them: bundled, or said to be needed."""
    manifests = {package.manifest: package.id for package in packages}
    for package in packages:
        bundled = [manifests[path] for path in package.bundles if path in manifests]
        wanted = dict.fromkeys([*bundled, *_needs(spec.workspaces[package.workspace], package)])
        edges = tuple(Dependency(id_, EdgeKind.BUILD, where='needs') for id_ in wanted if id_ != package.id)
        yield dataclasses.replace(package, dependencies=(*package.dependencies, *edges)) if edges else package


def _needs(rules: WorkspaceSpec, package: Package) -> tuple[str, ...]:
    """What release.yaml says a package needs; of the overrides that fit, the last one that says so counts."""
    found: tuple[str, ...] = ()
    for glob, override in rules.packages.items():
        if override.needs is not None and fnmatch.fnmatchcase(package.name, glob):
            found = override.needs
    return found
