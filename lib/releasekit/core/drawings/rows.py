# SPDX-License-Identifier: Apache-2.0
"""The graph as rows: for tables, and as CSV (RFC 4180, but with plain line ends)."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence

from releasekit.core.drawings.graph import Graph

COLUMNS = ('package', 'version', 'needs', 'kind', 'cycle', 'changed', 'note')


def rows(graph: Graph) -> Iterator[tuple[str, ...]]:
    """A row for each edge, and one for each package that needs nothing."""
    for node in graph.packages:
        rest = ('changed' if node.changed else '', node.mark)
        for edge in graph.needs[node.id]:
            yield (node.id, node.version or '', edge.needs, str(edge.kind), 'cycle' if edge.cycle else '', *rest)
        if not graph.needs[node.id]:
            yield (node.id, node.version or '', '', '', '', *rest)


def comma_separated(graph: Graph) -> str:
    """The rows as CSV, with their headings."""
    return written((COLUMNS, *rows(graph)))


def written(lines: Sequence[Sequence[str]]) -> str:
    """Rows as CSV."""
    kept = _Kept()
    csv.writer(kept, lineterminator='\n').writerows(lines)
    return ''.join(kept.pieces)


class _Kept:
    """What a writer of CSV writes to."""

    def __init__(self) -> None:
        self.pieces: list[str] = []

    def write(self, text: str) -> None:
        self.pieces.append(text)
