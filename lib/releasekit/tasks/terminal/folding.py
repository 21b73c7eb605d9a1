# SPDX-License-Identifier: Apache-2.0
"""How a table fits a width: columns that fold where a word, a path or an id has a joint, or else one row below another.

Imports rich for the width of a character, so it is imported late.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from rich.cells import cell_len, chop_cells

GAP = 2

# A piece that is kept whole, with what joins it to the next one.
_PIECE = re.compile(r'[^\s/@:,=-]*(?:[/@:,=-]+|\s+)?')


def fold(text: str, width: int) -> list[str]:
    """A text in lines of so many columns, broken behind `/`, `@`, `:`, `-` and spaces; longer pieces are cut."""
    lines = ['']
    for piece in _pieces(text):
        if cell_len((lines[-1] + piece).rstrip()) <= width:
            lines[-1] += piece
            continue
        lines += chop_cells(piece, width)
    return [line.rstrip() for line in lines if line.strip()] or ['']


def widths(rows: Sequence[Sequence[str]], room: int) -> tuple[int, ...] | None:
    """The width of each column so that all fit into the room; None where no piece of theirs would be left whole."""
    columns = list(zip(*rows, strict=True))
    wanted = [max(cell_len(cell) for cell in column) for column in columns]
    least = [max(_longest(cell) for cell in column) for column in columns]
    room -= GAP * (len(columns) - 1)
    if sum(least) > room:
        return None
    while sum(wanted) > room:
        # The widest one that can give gives.
        at = max((n for n in range(len(wanted)) if wanted[n] > least[n]), key=lambda n: wanted[n])
        wanted[at] -= 1
    return tuple(wanted)


def columns(cells: Sequence[str], widths_: Sequence[int]) -> list[list[str]]:
    """The lines of a row: each has a text for each column, filled with spaces up to its width but in the last."""
    folded = [fold(cell, width) for cell, width in zip(cells, widths_, strict=True)]
    return [
        [text + ' ' * (width - cell_len(text)) for text, width in zip(line, widths_, strict=True)]
        for line in itertools.zip_longest(*folded, fillvalue='')
    ]


def _pieces(text: str) -> list[str]:
    return [piece for piece in _PIECE.findall(text) if piece]


def _longest(text: str) -> int:
    return max((cell_len(piece.rstrip()) for piece in _pieces(text)), default=0)
