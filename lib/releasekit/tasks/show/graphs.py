# SPDX-License-Identifier: Apache-2.0
"""The graph of packages in each format: text as its tool reads it, or blocks for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from releasekit.core.documents import Packages
from releasekit.core.drawings import rows
from releasekit.core.drawings.d2 import d2
from releasekit.core.drawings.dot import dot
from releasekit.core.drawings.graph import Graph
from releasekit.core.drawings.levels import READABLE, levels, summary
from releasekit.core.drawings.mermaid import MOST_EDGES, mermaid
from releasekit.core.drawings.svg import svg
from releasekit.core.drawings.tree import tree
from releasekit.tasks.terminal.layout import Block, Line, Table

# What other programs read.
TEXTS: Mapping[str, Callable[[Graph], str]] = {
    'mermaid': mermaid,
    'dot': dot,
    'd2': d2,
    'svg': svg,
    'csv': rows.comma_separated,
}
_STYLES = (('changed', 'yellow'), ('cycle', 'bold red'), ('not published', 'dim'), ('not released', 'dim'))
_COLUMNS = ('id', 'workspace', 'ecosystem', 'path', 'version', 'publish', 'needs')


def blocks(graph: Graph, format_: str) -> list[Block]:
    """The graph for a terminal: as `ascii`, `table` or `levels`; one that is too large for that in short."""
    if format_ == 'levels':
        return _lines(levels(graph))
    if len(graph.packages) > READABLE:
        return _lines(summary(graph))
    return [Table(rows.COLUMNS, tuple(rows.rows(graph)), _STYLES)] if format_ == 'table' else _lines(tree(graph))


def advice(graph: Graph, format_: str) -> list[Block]:
    """What to do instead where a format does not show so large a graph."""
    if format_ in {'ascii', 'table'} and len(graph.packages) > READABLE:
        one = '`--package NAME` for one package with what it needs and what needs it'
        whole = '`--format svg > graph.svg` or `--format dot` for a picture of all, `--format csv` for all edges'
        return [Line(f'Too large to be shown whole here: use {one}, {whole}.')]
    if format_ == 'mermaid' and len(graph.edges) > MOST_EDGES:
        told = f'Mermaid draws at most {MOST_EDGES} edges unless it is told to (`maxEdges`)'
        return [Line(f'{told}, and these are {len(graph.edges)}: use `--format svg`, or `--package NAME`.')]
    return []


def packages(found: Packages) -> str:
    """The packages as CSV."""
    lines = (
        (
            package.id,
            package.workspace,
            package.ecosystem,
            package.path,
            package.version or '',
            'yes' if package.publish else 'no',
            ' '.join(edge.id for edge in package.dependencies),
        )
        for package in found.packages
    )
    return rows.written((_COLUMNS, *lines))


def _lines(text: str) -> list[Block]:
    return [Line(line, _style(line)) for line in text.splitlines()]


def _style(line: str) -> str:
    marks = (('cycle', 'red'), ('(changed', 'yellow'), ('(not ', 'dim'))
    return next((style for mark, style in marks if mark in line), '')
