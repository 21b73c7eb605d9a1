# SPDX-License-Identifier: Apache-2.0
"""The graph that is drawn: packages and how they need each other, with cycles and what changed marked."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Collection, Iterable, Iterator, Mapping

from releasekit.core import graph as order
from releasekit.core.package import EdgeKind, Package, Workspace

SCHEMA = 'releasekit/graph/1'

_STRICT = frozenset({EdgeKind.RUNTIME, EdgeKind.BUILD})


@dataclasses.dataclass(frozen=True, slots=True)
class Node:
    """A package. Those of one `level` may be released at the same time; in a cycle, or behind one, there is none."""

    id: str
    workspace: str
    group: str | None
    path: str
    version: str | None
    publish: bool
    release: bool
    level: int | None
    changed: bool

    @property
    def mark(self) -> str:
        """What sets a package apart from one that is published."""
        return '' if self.publish and self.release else 'not published' if self.release else 'not released'

    @property
    def label(self) -> str:
        """Its id and its version, on one line."""
        return f'{self.id} {self.version}' if self.version else self.id


@dataclasses.dataclass(frozen=True, slots=True)
class Edge:
    """`package` needs `needs`; `cycle` where that is part of a cycle, so that neither can be released first."""

    package: str
    needs: str
    kind: EdgeKind
    cycle: bool

    @property
    def label(self) -> str:
        """What sets it apart from a plain requirement."""
        words = ('' if self.kind is EdgeKind.RUNTIME else str(self.kind), 'cycle' if self.cycle else '')
        return ', '.join(word for word in words if word)


@dataclasses.dataclass(frozen=True)
class Graph:
    """Packages sorted by id and their edges sorted; `cycles` are told edge by edge."""

    packages: tuple[Node, ...]
    edges: tuple[Edge, ...]
    cycles: tuple[str, ...]

    @functools.cached_property
    def by_id(self) -> Mapping[str, Node]:
        """The packages by id."""
        return {node.id: node for node in self.packages}

    @functools.cached_property
    def needs(self) -> Mapping[str, tuple[Edge, ...]]:
        """The edges by the package that they begin at."""
        found: dict[str, list[Edge]] = {node.id: [] for node in self.packages}
        for edge in self.edges:
            found[edge.package].append(edge)
        return {id_: tuple(edges) for id_, edges in found.items()}

    @functools.cached_property
    def names(self) -> Mapping[str, str]:
        """A name of letters and digits for each package: for formats in which an id can mean something else."""
        return {node.id: f'n{number}' for number, node in enumerate(self.packages)}

    def clusters(self) -> Iterator[tuple[str, tuple[tuple[str | None, tuple[Node, ...]], ...]]]:
        """The packages by workspace, and in each by group; those of no group come first."""
        for label in sorted({node.workspace for node in self.packages}):
            own = [node for node in self.packages if node.workspace == label]
            groups = sorted({node.group for node in own}, key=lambda group: group or '')
            yield label, tuple((group, tuple(node for node in own if node.group == group)) for group in groups)


def draw(workspace: Workspace, groups: Mapping[str, str], changed: Collection[str] = ()) -> Graph:
    """The graph of a workspace; `groups` has the group of each package that is in one, `changed` ids."""
    levels, tangles = order.levels(workspace), order.tangles(workspace)
    nodes = tuple(
        Node(
            id=package.id,
            workspace=package.workspace,
            group=groups.get(package.id),
            path=package.path,
            version=package.version,
            publish=package.publish,
            release=package.release,
            level=levels.get(package.id),
            changed=package.id in changed,
        )
        for package in sorted(workspace.packages, key=lambda package: package.id)
    )
    edges = {edge for package in workspace.packages for edge in _edges(package, workspace, tangles)}
    ordered = sorted(edges, key=lambda edge: (edge.package, edge.needs, edge.kind.value))
    return Graph(nodes, tuple(ordered), order.cycles(workspace))


def part(workspace: Workspace, ids: Iterable[str]) -> Workspace:
    """A workspace of some of its packages."""
    return dataclasses.replace(workspace, packages=workspace.select(ids))


def reached(workspace: Workspace, starts: Iterable[str], *, dependents: bool) -> frozenset[str]:
    """Some packages with all that they need, or with all that needs them, by whatever way."""
    seen = set(starts)
    stack = sorted(seen)
    while stack:
        id_ = stack.pop()
        if dependents:
            ways = [package.id for package, _ in workspace.dependents[id_]]
        else:
            ways = [edge.id for edge in workspace.by_id[id_].dependencies if edge.id in workspace.by_id]
        new = set(ways) - seen
        seen |= new
        stack += sorted(new)
    return frozenset(seen)


def _edges(package: Package, workspace: Workspace, tangles: Mapping[str, int]) -> Iterator[Edge]:
    for edge in package.dependencies:
        if edge.id in workspace.by_id and edge.id != package.id:
            tangled = package.id in tangles and tangles[package.id] == tangles.get(edge.id)
            yield Edge(package.id, edge.id, edge.kind, cycle=tangled and edge.kind in _STRICT)
