# SPDX-License-Identifier: Apache-2.0
"""The graph as a tree for a terminal, in ASCII: each package with what it needs below it, written out once."""

from __future__ import annotations

from collections.abc import Iterator

from releasekit.core.drawings.graph import Edge, Graph, Node

_BRANCH, _LAST, _PIPE, _SPACE = '|-- ', '`-- ', '|   ', '    '


def tree(graph: Graph) -> str:
    """A line for each package that nothing needs, and below it, indented, all that it needs.

    What was written out before is marked `(above)`, an edge that is more than a plain requirement has its kind in
    brackets, and a cycle ends where it meets itself.
    """
    return ''.join(f'{line}\n' for line in _lines(graph))


def _lines(graph: Graph) -> Iterator[str]:
    needed = {edge.needs for edge in graph.edges}
    free = [node for node in graph.packages if node.id not in needed]
    seen: set[str] = set()
    # Where everything is needed by something, there is no better place to begin than the first.
    for root in (*free, *graph.packages):
        if root.id not in seen:
            seen.add(root.id)
            yield _text(root)
            yield from _below(graph, root, seen)


def _below(graph: Graph, root: Node, seen: set[str]) -> Iterator[str]:
    stack = [(edge, '', last) for edge, last in _backwards(graph, root.id)]
    while stack:
        edge, indent, last = stack.pop()
        again = edge.needs in seen
        kind = f'[{edge.label}] ' if edge.label else ''
        above = ' (above)' if again and graph.needs[edge.needs] else ''
        yield f'{indent}{_LAST if last else _BRANCH}{kind}{_text(graph.by_id[edge.needs])}{above}'
        if not again:
            seen.add(edge.needs)
            deeper = indent + (_SPACE if last else _PIPE)
            stack += [(below, deeper, last_) for below, last_ in _backwards(graph, edge.needs)]


def _backwards(graph: Graph, id_: str) -> Iterator[tuple[Edge, bool]]:
    """The edges of a package as a stack wants them, each with whether it is the last to be shown."""
    for number, edge in enumerate(reversed(graph.needs[id_])):
        yield edge, number == 0


def _text(node: Node) -> str:
    marks = ('changed' if node.changed else '', node.mark)
    told = ', '.join(mark for mark in marks if mark)
    return f'{node.label} ({told})' if told else node.label
