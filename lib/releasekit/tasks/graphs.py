# SPDX-License-Identifier: Apache-2.0
"""From flags to the packages that `discover` and `graph` show."""

from __future__ import annotations

from collections.abc import Collection

from releasekit.core.drawings import graph as drawings
from releasekit.core.drawings.graph import Graph
from releasekit.core.groups import fitting
from releasekit.core.package import Workspace
from releasekit.errors import Code, Problem, Severity
from releasekit.run.changed import changed
from releasekit.run.discover import discover_in
from releasekit.run.project import Project
from releasekit.spec.model import Spec
from releasekit.tasks import library, selection
from releasekit.tasks.flags import Flags

_HINT = 'Take one of these edges away: move what both need into a package of its own, or into an extra.'


def selected(project: Project, flags: Flags) -> tuple[Workspace, Graph, tuple[Problem, ...]]:
    """The packages that the flags leave, their graph, and what is odd about them.

    Raises:
        ReleaseKitError: A manifest is wrong, or a flag names what is not there.
    """

    async def look() -> tuple[Workspace, frozenset[str], tuple[Problem, ...]]:
        head = await project.repository.head()
        found = await discover_in(project.spec, project.repository.files(head.commit), project.places)
        since = await changed(project, found.workspace, flags.since) if flags.since else frozenset[str]()
        return found.workspace, since, found.warnings

    whole, since, warnings = library.run(look())
    part = drawings.part(whole, _left(whole, project.spec, flags, since))
    graph = drawings.draw(part, _groups(project.spec, part), since)
    cycles = (
        Problem(Code.GRAPH_CYCLE, f'Packages need each other: {cycle}.', _HINT, severity=Severity.WARNING)
        for cycle in graph.cycles
    )
    return part, graph, (*warnings, *cycles)


def _left(whole: Workspace, spec: Spec, flags: Flags, since: Collection[str]) -> frozenset[str]:
    left = frozenset(selection.chosen(flags, spec, whole) or whole.by_id)
    if flags.package:
        ids = [selection.resolve(name, whole) for name in flags.package]
        both = flags.dependencies == flags.dependents
        down = drawings.reached(whole, ids, dependents=False) if both or flags.dependencies else frozenset[str]()
        up = drawings.reached(whole, ids, dependents=True) if both or flags.dependents else frozenset[str]()
        left &= down | up
    return left & drawings.reached(whole, since, dependents=True) if flags.since else left


def _groups(spec: Spec, workspace: Workspace) -> dict[str, str]:
    """The group of each package that is in one."""
    return {package.id: group.name for package in workspace.packages for group in fitting(spec, package)}
