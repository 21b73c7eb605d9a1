# SPDX-License-Identifier: Apache-2.0
"""The graph as levels: what is on a line may be released at the same time, once all lines above it are."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from releasekit.core.drawings.graph import Graph, Node

# How many packages a terminal shows at once, and how many of a level it names then.
READABLE = 100
_NAMED = 6


def levels(graph: Graph) -> str:
    """A line for each level, then each cycle and what it holds up."""
    lines = [f'{number}: {", ".join(_text(node) for node in nodes)}' for number, nodes in _by_level(graph)]
    return ''.join(f'{line}\n' for line in (*lines, *_stuck(graph)))


def summary(graph: Graph) -> str:
    """How many packages each level has, with the names of some: for a graph that no terminal shows whole."""
    lines = [f'{len(graph.packages)} packages, {len(graph.edges)} edges; released level by level:']
    for number, nodes in _by_level(graph):
        named = ', '.join(node.id for node in nodes[:_NAMED])
        more = f' and {len(nodes) - _NAMED} more' if len(nodes) > _NAMED else ''
        lines.append(f'{number}: {len(nodes)}: {named}{more}')
    return ''.join(f'{line}\n' for line in (*lines, *_stuck(graph)))


def _by_level(graph: Graph) -> Iterator[tuple[int, list[Node]]]:
    ordered = sorted((node.level, node.id) for node in graph.packages if node.level is not None)
    for number, found in itertools.groupby(ordered, key=lambda pair: pair[0]):
        yield number, [graph.by_id[id_] for _, id_ in found]


def _stuck(graph: Graph) -> Iterator[str]:
    yield from (f'cycle: {cycle}' for cycle in graph.cycles)
    if stuck := [_text(node) for node in graph.packages if node.level is None]:
        yield f'no level, because of a cycle: {", ".join(stuck)}'


def _text(node: Node) -> str:
    marks = [mark for mark in ('changed' if node.changed else '', node.mark) if mark]
    return f'{node.id} ({", ".join(marks)})' if marks else node.id
