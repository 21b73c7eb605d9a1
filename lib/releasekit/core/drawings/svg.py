# SPDX-License-Identifier: Apache-2.0
"""The graph as a picture: SVG that needs no program to be drawn, for light and dark pages."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from releasekit.core.drawings.graph import Edge, Graph, Node
from releasekit.core.drawings.layout import Box, Layout, Route, lay_out, second_line, text_width
from releasekit.core.package import EdgeKind

# Hues that people with most kinds of colour blindness tell apart, for one workspace each.
_HUES = ('#0969da', '#bf8700', '#1a7f37', '#8250df', '#0e8a9c', '#bc4c00', '#6e7781', '#bf3989')
_DASHES = {EdgeKind.OPTIONAL: '6 4', EdgeKind.PEER: '6 4', EdgeKind.GROUP: '2 4'}
_LEGEND = 34.0
_STYLE = """\
text{font:12px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#1f2328}
.page{fill:#fff}.box{fill:#f6f8fa;stroke:#59636e;stroke-width:1.2}.more{fill:#59636e}
.edge{fill:none;stroke:#818b98;stroke-width:1.3}.tip{fill:#818b98}
.unpublished .box{stroke-dasharray:5 3}.changed .box{fill:#fff8c5;stroke:#9a6700;stroke-width:2.4}
.edge.build{stroke-width:2.4}.edge.cycle{stroke:#d1242f;stroke-width:2.4}.tip.cycle{fill:#d1242f}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.page{fill:#0d1117}.box{fill:#161b22;stroke:#8b949e}
.more{fill:#8b949e}.edge{stroke:#6e7681}.tip{fill:#6e7681}.changed .box{fill:#3b2e00;stroke:#d29922}
.edge.cycle{stroke:#f85149}.tip.cycle{fill:#f85149}}"""


def svg(graph: Graph) -> str:
    """A picture: a box for each package with a stripe in the colour of its workspace, a line for each edge.

    What needs stands left of what is needed. Dashed boxes are not published, yellow ones have changed, red lines are
    part of a cycle, thick ones are for building, dashed ones optional and dotted ones for development.
    """
    return ''.join(f'{line}\n' for line in _lines(graph, lay_out(graph)))


def _lines(graph: Graph, layout: Layout) -> Iterator[str]:
    labels = sorted({node.workspace for node in graph.packages})
    hues = dict(zip(labels, itertools.cycle(_HUES), strict=False))
    width = max(layout.width, 40.0 + sum(_legend_width(label) for label in labels))
    size = f'width="{width:.0f}" height="{layout.height + _LEGEND:.0f}"'
    view = f'viewBox="0 0 {width:.0f} {layout.height + _LEGEND:.0f}"'
    yield f'<svg xmlns="http://www.w3.org/2000/svg" {size} {view} role="img">'
    yield f'<title>{len(graph.packages)} packages and how they need each other</title>'
    yield f'<style>{_STYLE}</style>'
    yield '<rect class="page" width="100%" height="100%"/>'
    for route in layout.routes:
        yield _edge(route)
    for node in graph.packages:
        yield from _node(node, layout.boxes[node.id], hues[node.workspace])
    x = 20.0
    for label in labels:
        yield f'<rect x="{x:.1f}" y="{layout.height + 8:.1f}" width="12" height="12" fill="{hues[label]}"/>'
        yield f'<text x="{x + 18:.1f}" y="{layout.height + 18:.1f}">{escape(label)}</text>'
        x += _legend_width(label)
    yield '</svg>'


def _legend_width(label: str) -> float:
    return text_width(label) + 40.0


def _node(node: Node, box: Box, hue: str) -> Iterator[str]:
    classes = ' '.join(['node', *(['unpublished'] if node.mark else []), *(['changed'] if node.changed else [])])
    yield f'<g class="{classes}" data-id={_attribute(node.id)}>'
    yield f'<title>{escape(_clean(f"{node.label} in {node.path}"))}</title>'
    place = f'x="{box.x:.1f}" y="{box.y:.1f}"'
    yield f'<rect class="box" {place} width="{box.width:.1f}" height="{box.height:.1f}" rx="4"/>'
    yield f'<rect {place} width="4" height="{box.height:.1f}" fill="{hue}"/>'
    below = second_line(node)
    middle = box.x + box.width / 2
    height = box.y + (17 if below else 24)
    yield f'<text x="{middle:.1f}" y="{height:.1f}" text-anchor="middle">{escape(_clean(node.id))}</text>'
    if below:
        text = escape(_clean(below))
        yield f'<text class="more" x="{middle:.1f}" y="{box.y + 32:.1f}" text-anchor="middle">{text}</text>'
    yield '</g>'


def _edge(route: Route) -> str:
    edge, points = route.edge, route.points
    pieces = [f'M{_point(points[0])}']
    for (from_, to), straight in zip(itertools.pairwise(points), itertools.cycle((False, True)), strict=False):
        if straight:
            pieces.append(f'L{_point(to)}')
        else:
            middle = (from_[0] + to[0]) / 2
            pieces.append(f'C{_point((middle, from_[1]))} {_point((middle, to[1]))} {_point(to)}')
    dash = f' stroke-dasharray="{_DASHES[edge.kind]}"' if edge.kind in _DASHES else ''
    ends = f'data-package={_attribute(edge.package)} data-needs={_attribute(edge.needs)}'
    told = f'<title>{escape(_clean(_told(edge)))}</title>'
    path = f'<path class="edge {_classes(edge)}" d="{" ".join(pieces)}"{dash}/>'
    return f'<g {ends} data-kind="{edge.kind}">{told}{path}{_tip(route)}</g>'


def _tip(route: Route) -> str:
    """The head of an arrow, at the border of the box that it points at."""
    x, y = route.points[-1]
    back = -8 if route.points[-2][0] < x else 8
    corners = f'{_point((x, y))} {_point((x + back, y - 4))} {_point((x + back, y + 4))}'
    return f'<polygon class="tip{" cycle" if route.edge.cycle else ""}" points="{corners}"/>'


def _classes(edge: Edge) -> str:
    return f'{edge.kind} cycle' if edge.cycle else str(edge.kind)


def _told(edge: Edge) -> str:
    kind = f' ({edge.label})' if edge.label else ''
    return f'{edge.package} needs {edge.needs}{kind}'


def _point(point: tuple[float, float]) -> str:
    return f'{point[0]:.1f},{point[1]:.1f}'


def _attribute(text: str) -> str:
    return quoteattr(_clean(text))


def _clean(text: str) -> str:
    """A text without the characters that XML cannot have, escaped or not."""
    return ''.join(sign if sign >= ' ' and sign not in '\ufffe\uffff' else '\ufffd' for sign in text)
