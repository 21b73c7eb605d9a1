# SPDX-License-Identifier: Apache-2.0
"""The graph as a Mermaid flowchart: https://mermaid.js.org/syntax/flowchart.html."""

from __future__ import annotations

import re
from collections.abc import Iterator

from releasekit.core.drawings.graph import Edge, Graph, Node
from releasekit.core.package import EdgeKind

# Beyond this many edges Mermaid draws nothing, unless whoever shows the page allows more (`maxEdges`).
MOST_EDGES = 500

_ARROWS = {EdgeKind.RUNTIME: '-->', EdgeKind.BUILD: '==>'}
_DOTTED = '-.->'
# What ends a quoted text, begins an entity, a tag or a text in Markdown, or is one of the icons (`fa:fa-name`).
_SPECIAL = re.compile(r'["#&<>`\\\x00-\x1f]')
_STYLES = (
    'classDef unpublished stroke-dasharray:4 3',
    'classDef changed stroke-width:3px,font-weight:bold',
    'classDef cycle stroke:#d1242f',
)


def mermaid(graph: Graph) -> str:
    """A flowchart with a subgraph for each workspace and group; edges of a cycle are red and say so."""
    return ''.join(f'{line}\n' for line in _lines(graph))


def _lines(graph: Graph) -> Iterator[str]:
    yield 'flowchart LR'
    for number, (label, groups) in enumerate(graph.clusters()):
        yield f'  subgraph w{number}[{_text(label)}]'
        for index, (group, nodes) in enumerate(groups):
            indent = '    ' if group is None else '      '
            if group is not None:
                yield f'    subgraph w{number}g{index}[{_text(group)}]'
            yield from (f'{indent}{graph.names[node.id]}[{_text(node.label)}]' for node in nodes)
            if group is not None:
                yield '    end'
        yield '  end'
    for edge in graph.edges:
        yield f'  {graph.names[edge.package]} {_arrow(edge)} {graph.names[edge.needs]}'
    yield from (f'  {line}' for line in _styles(graph))


def _arrow(edge: Edge) -> str:
    arrow = _ARROWS.get(edge.kind, _DOTTED)
    return f'{arrow}|{_text(edge.label)}|' if edge.label else arrow


def _styles(graph: Graph) -> Iterator[str]:
    used = [(name, node) for node in graph.packages for name in _classes(graph, node)]
    for style in _STYLES:
        name = style.split()[1]
        if nodes := [graph.names[node.id] for kind, node in used if kind == name]:
            yield style
            yield f'class {",".join(nodes)} {name}'
    if red := [str(number) for number, edge in enumerate(graph.edges) if edge.cycle]:
        yield f'linkStyle {",".join(red)} stroke:#d1242f,stroke-width:3px'


def _classes(graph: Graph, node: Node) -> Iterator[str]:
    if node.mark:
        yield 'unpublished'
    if node.changed:
        yield 'changed'
    if any(edge.cycle for edge in graph.needs[node.id]):
        yield 'cycle'


def _text(text: str) -> str:
    """A quoted text; what could mean something in it is an entity by number, as Mermaid's own syntax has it."""
    return f'"{_SPECIAL.sub(lambda found: f"#{ord(found[0])};", text)}"'
