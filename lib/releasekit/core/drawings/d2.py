# SPDX-License-Identifier: Apache-2.0
"""The graph in D2: https://d2lang.com/tour/intro. Its keys have no case, and some mean something: ids are labels."""

from __future__ import annotations

from collections.abc import Iterator

from releasekit.core.drawings.graph import Edge, Graph, Node
from releasekit.core.package import EdgeKind

_RED = '"#d1242f"'
_STYLES = {EdgeKind.BUILD: 'stroke-width: 4', EdgeKind.GROUP: 'stroke-dash: 2'}
_DASHED = 'stroke-dash: 5'


def d2(graph: Graph) -> str:
    """Connections between shapes in a container for each workspace and group; edges of a cycle are red."""
    return ''.join(f'{line}\n' for line in _lines(graph))


def _lines(graph: Graph) -> Iterator[str]:
    yield 'direction: right'
    places: dict[str, str] = {}
    for number, (label, groups) in enumerate(graph.clusters()):
        yield f'w{number}: {_quoted(label)} {{'
        for index, (group, nodes) in enumerate(groups):
            inner = '' if group is None else f'g{index}.'
            indent = '  ' if group is None else '    '
            if group is not None:
                yield f'  g{index}: {_quoted(group)} {{'
            for node in nodes:
                places[node.id] = f'w{number}.{inner}{graph.names[node.id]}'
                yield f'{indent}{graph.names[node.id]}: {_quoted(node.label)}{_node(node)}'
            if group is not None:
                yield '  }'
        yield '}'
    for edge in graph.edges:
        yield f'{places[edge.package]} -> {places[edge.needs]}{_edge(edge)}'


def _node(node: Node) -> str:
    styles = ['stroke-dash: 4'] if node.mark else []
    styles += ['stroke-width: 4', 'bold: true'] if node.changed else []
    return f' {{style: {{{"; ".join(styles)}}}}}' if styles else ''


def _edge(edge: Edge) -> str:
    if not edge.label:
        return ''
    styles = [] if edge.kind is EdgeKind.RUNTIME else [_STYLES.get(edge.kind, _DASHED)]
    styles += [f'stroke: {_RED}'] if edge.cycle else []
    return f': {_quoted(edge.label)} {{style: {{{"; ".join(styles)}}}}}'


def _quoted(text: str) -> str:
    """A text in single quotes, within which nothing has a meaning: two of them are one."""
    escaped = text.replace("'", "''")
    return f"'{escaped}'"
