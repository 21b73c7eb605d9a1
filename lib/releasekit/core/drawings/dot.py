# SPDX-License-Identifier: Apache-2.0
"""The graph in Graphviz' language: https://graphviz.org/doc/info/lang.html."""

from __future__ import annotations

from collections.abc import Iterator

from releasekit.core.drawings.graph import Edge, Graph, Node
from releasekit.core.package import EdgeKind

_STYLES = {EdgeKind.BUILD: 'bold', EdgeKind.GROUP: 'dotted', EdgeKind.OPTIONAL: 'dashed', EdgeKind.PEER: 'dashed'}


def dot(graph: Graph) -> str:
    """A digraph whose nodes are the ids, with a cluster for each workspace and group; edges of a cycle are red."""
    return ''.join(f'{line}\n' for line in _lines(graph))


def _lines(graph: Graph) -> Iterator[str]:
    yield 'digraph packages {'
    yield '  rankdir=LR;'
    yield '  node [shape=box, style=rounded];'
    for number, (label, groups) in enumerate(graph.clusters()):
        yield f'  subgraph cluster_{number} {{'
        yield f'    label={_text(label)};'
        for index, (group, nodes) in enumerate(groups):
            indent = '    ' if group is None else '      '
            if group is not None:
                yield f'    subgraph cluster_{number}_{index} {{'
                yield f'      label={_text(group)};'
            yield from (f'{indent}{_quoted(node.id)} {_node(node)};' for node in nodes)
            if group is not None:
                yield '    }'
        yield '  }'
    for edge in graph.edges:
        yield f'  {_quoted(edge.package)} -> {_quoted(edge.needs)}{_edge(edge)};'
    yield '}'


def _node(node: Node) -> str:
    styles = ['rounded', *(['dashed'] if node.mark else []), *(['bold'] if node.changed else [])]
    more = ', comment=changed' if node.changed else ''
    return f'[label={_text(node.label)}, style={_quoted(",".join(styles))}{more}]'


def _edge(edge: Edge) -> str:
    style = [f'style={_STYLES[edge.kind]}'] if edge.kind in _STYLES else []
    label = [f'label={_text(edge.label)}'] if edge.label else []
    cycle = ['color=red', 'fontcolor=red', 'penwidth=2'] if edge.cycle else []
    return f' [{", ".join([*style, *label, *cycle])}]' if label else ''


def _text(text: str) -> str:
    """A label; in one, entities stand for what they stand for in HTML."""
    return _quoted(text.replace('&', '&amp;'))


def _quoted(text: str) -> str:
    r"""A quoted string: in one, only `\"` is special to the language, but labels give each backslash a meaning."""
    escaped = text.replace('\\', '\\\\').replace('"', '\\"').replace('\n', '\\n')
    return f'"{escaped}"'
