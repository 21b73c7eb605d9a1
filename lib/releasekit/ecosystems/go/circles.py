# SPDX-License-Identifier: Apache-2.0
"""Modules may require each other in a circle, sums may not: the sum of a module hashes its go.sum.

So one edge of each circle is said to close it (`optional` for the order of releases); it keeps an older version.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Mapping

from releasekit.core.package import EdgeKind, Package


def closing(needs: Mapping[str, Collection[str]]) -> frozenset[tuple[str, str]]:
    """The edges that lead back to where a walk in the order of the ids came from; without them there is no circle."""
    found: set[tuple[str, str]] = set()
    done: set[str] = set()
    for start in sorted(needs):
        trail: dict[str, list[str]] = {}
        waiting = [start] if start not in done else []
        while waiting:
            node = waiting[-1]
            left = trail.setdefault(node, sorted(needs[node], reverse=True))
            if not left:
                del trail[node]
                done.add(waiting.pop())
                continue
            target = left.pop()
            if target in trail:
                found.add((node, target))
            elif target not in done and target in needs:
                waiting.append(target)
    return frozenset(found)


def sequence(packages: Iterable[Package]) -> tuple[Package, ...]:
    """The packages, each after those that it needs but for edges that close a circle; ties by id."""
    known = {package.id: package for package in packages}
    missing = {id_: _needs(package) & known.keys() for id_, package in known.items()}
    users: dict[str, list[str]] = {id_: [] for id_ in known}
    for id_, needed in missing.items():
        for target in needed:
            users[target].append(id_)
    ready = [id_ for id_, needed in missing.items() if not needed]
    heapq.heapify(ready)
    found: list[Package] = []
    while ready:
        found.append(known[id_ := heapq.heappop(ready)])
        for user in users[id_]:
            missing[user].discard(id_)
            if not missing[user]:
                heapq.heappush(ready, user)
    return tuple(found)


def _needs(package: Package) -> set[str]:
    return {edge.id for edge in package.dependencies if edge.kind is EdgeKind.RUNTIME} - {package.id}
