# SPDX-License-Identifier: Apache-2.0
"""The order in which packages may be released, and the cycles that leave none.

Runtime and build edges decide. An edge through an extra or to a peer counts where it makes no cycle; one through a
development group, or of a package to itself, never does.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator, Mapping

from releasekit.core.package import EdgeKind, Workspace
from releasekit.errors import Code, Problem, ReleaseKitError

_STRICT = frozenset({EdgeKind.RUNTIME, EdgeKind.BUILD})
_LOOSE = frozenset({EdgeKind.OPTIONAL, EdgeKind.PEER})

Needs = dict[str, dict[str, EdgeKind]]


def order(workspace: Workspace) -> tuple[str, ...]:
    """The ids of all packages, dependencies first, ties by id.

    Raises:
        ReleaseKitError: `RK-GRAPH-CYCLE`, one problem for each cycle.
    """
    return _sorted(release_needs(workspace))


def release_needs(workspace: Workspace) -> Mapping[str, tuple[str, ...]]:
    """For each package the ids that must be on the registry before it, sorted.

    Raises:
        ReleaseKitError: `RK-GRAPH-CYCLE`, one problem for each cycle.
    """
    needs = _edges(workspace, _STRICT)
    if found := _cycles(needs):
        hint = 'Take one of these edges away: move what both need into a package of its own, or into an extra.'
        problems = [Problem(Code.GRAPH_CYCLE, f'Packages need each other: {cycle}.', hint) for cycle in found]
        raise ReleaseKitError(problems[0], *problems[1:])
    _add_optional(needs, _edges(workspace, _LOOSE))
    return {id_: tuple(sorted(edges)) for id_, edges in needs.items()}


def cycles(workspace: Workspace) -> tuple[str, ...]:
    """The cycles, each edge by edge: `py:a → py:b (runtime) → py:a (build)`; one for each tangle of packages."""
    return _cycles(_edges(workspace, _STRICT))


def levels(workspace: Workspace) -> Mapping[str, int]:
    """For each package how many must be released before it, one after another: equal ones may go at the same time.

    Packages of a cycle, and what needs them, have no level.
    """
    needs = _edges(workspace, _STRICT)
    _add_optional(needs, _edges(workspace, _LOOSE))
    found: dict[str, int] = {}
    for id_ in _sorted(needs):
        found[id_] = 1 + max((found[target] for target in needs[id_]), default=-1)
    return found


def tangles(workspace: Workspace) -> Mapping[str, int]:
    """The packages that are in cycles: those that need each other, by whatever way, have the same number."""
    needs = _edges(workspace, _STRICT)
    found: dict[str, int] = {}
    for number, id_ in enumerate(sorted(_tangled(needs))):
        if id_ not in found:
            together = {other for other in _reached(needs, id_) if id_ in _reached(needs, other)}
            found.update(dict.fromkeys(together, number))
    return found


def _reached(needs: Needs, start: str) -> set[str]:
    """What a package needs, by whatever way; itself only where it is in a cycle."""
    seen: set[str] = set()
    stack = list(needs[start])
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            stack += needs[node]
    return seen


def _edges(workspace: Workspace, kinds: frozenset[EdgeKind]) -> Needs:
    known = workspace.by_id
    needs: Needs = {package.id: {} for package in workspace.packages}
    for package in workspace.packages:
        for edge in package.dependencies:
            if edge.kind in kinds and edge.id in known and edge.id != package.id:
                needs[package.id].setdefault(edge.id, edge.kind)
    return needs


def _add_optional(needs: Needs, optional: Needs) -> None:
    """Add the edges one by one, sorted, leaving out those that close a cycle."""
    for id_ in sorted(optional):
        for target in sorted(optional[id_]):
            if target not in needs[id_] and not _reaches(needs, target, id_):
                needs[id_][target] = optional[id_][target]


def _reaches(needs: Needs, start: str, goal: str) -> bool:
    seen, stack = {start}, [start]
    while stack:
        for next_ in needs[stack.pop()]:
            if next_ == goal:
                return True
            if next_ not in seen:
                seen.add(next_)
                stack.append(next_)
    return False


def _sorted(needs: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """Kahn's algorithm with a heap: of what may come next, the smallest id comes."""
    missing = {id_: len(edges) for id_, edges in needs.items()}
    users: dict[str, list[str]] = {id_: [] for id_ in needs}
    for id_, edges in needs.items():
        for target in edges:
            users[target].append(id_)
    ready = [id_ for id_, count in missing.items() if not count]
    heapq.heapify(ready)
    found: list[str] = []
    while ready:
        found.append(heapq.heappop(ready))
        for user in users[found[-1]]:
            missing[user] -= 1
            if not missing[user]:
                heapq.heappush(ready, user)
    return tuple(found)


def _cycles(needs: Needs) -> tuple[str, ...]:
    left = _tangled(needs)
    found: list[str] = []
    for start in sorted(left):
        if start in left and (path := _way_back(needs, left, start)) is not None:
            found.append(start + ''.join(f' → {to} ({needs[from_][to]})' for from_, to in path))
            left -= {node for from_, _ in path for node in _component(needs, left, from_)}
    return tuple(found)


def _tangled(needs: Needs) -> set[str]:
    """What is left when packages that need nothing that is left are taken away, again and again."""
    return set(needs).difference(_sorted(needs))


def _way_back(needs: Needs, left: set[str], start: str) -> list[tuple[str, str]] | None:
    """The shortest cycle through a package, as its edges; the smallest ids first among equals."""
    came: dict[str, str] = {}
    queue = [start]
    for node in queue:
        for target in sorted(left & needs[node].keys()):
            if target == start:
                return [*_trail(came, start, node), (node, start)]
            if target not in came:
                came[target] = node
                queue.append(target)
    return None


def _trail(came: Mapping[str, str], start: str, node: str) -> Iterator[tuple[str, str]]:
    edges: list[tuple[str, str]] = []
    while node != start:
        edges.append((came[node], node))
        node = came[node]
    return reversed(edges)


def _component(needs: Needs, left: set[str], node: str) -> set[str]:
    """The packages that reach a package and are reached by it, itself included."""
    return {node} | {other for other in left if _reaches(needs, node, other) and _reaches(needs, other, node)}
