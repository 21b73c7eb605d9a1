# SPDX-License-Identifier: Apache-2.0
"""What is shown to people, as values: lines, tables, diffs and problems; and their form where there is no terminal."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable

from releasekit.compat import assert_never
from releasekit.errors import Problem, render

_GAP = '  '


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """A line of text; `style` is one of rich's."""

    text: str = ''
    style: str = ''


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows of text; `styles` gives cells of a certain text a style."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    styles: tuple[tuple[str, str], ...] = ()

    def filled(self) -> Table:
        """The table without its empty columns."""
        kept = [at for at in range(len(self.columns)) if any(row[at] for row in self.rows)]
        rows = tuple(tuple(row[at] for at in kept) for row in self.rows)
        return Table(tuple(self.columns[at] for at in kept), rows, self.styles)


@dataclasses.dataclass(frozen=True, slots=True)
class Diff:
    """A unified diff."""

    text: str


Block = Line | Table | Diff | Problem


def without_secrets(blocks: Iterable[Block], mask: Callable[[str], str]) -> list[Block]:
    """Blocks without secrets: where there is none in all their texts together, there is none in any of them.

    Looking through many short texts takes some times longer than looking through one.
    """
    found = list(blocks)
    whole = '\n'.join(text for block in found for text in _texts(block))
    return found if mask(whole) == whole else [masked(block, mask) for block in found]


def _texts(block: Block) -> Iterable[str]:  # noqa: RET503 - one case for each kind of block
    match block:
        case Line() | Diff():
            return (block.text,)
        case Table():
            return (cell for row in block.rows for cell in row)
        case Problem():
            return (block.message, block.hint)
        case _:
            assert_never(block)


def masked(block: Block, mask: Callable[[str], str]) -> Block:  # noqa: RET503 - one case for each kind of block
    """A block without secrets: in one that is folded later, none could be found."""
    match block:
        case Line():
            return Line(mask(block.text), block.style)
        case Table():
            rows = tuple(tuple(mask(cell) for cell in row) for row in block.rows)
            return Table(block.columns, rows, block.styles)
        case Diff():
            return Diff(mask(block.text))
        case Problem():
            return dataclasses.replace(block, message=mask(block.message), hint=mask(block.hint))
        case _:
            assert_never(block)


def plain(blocks: Iterable[Block]) -> str:
    """Blocks as text without colours; nothing is cut off or broken."""
    return ''.join(f'{_plain(block)}\n' for block in blocks)


def _plain(block: Block) -> str:
    match block:
        case Line():
            text = block.text
        case Table():
            text = _aligned(block.filled())
        case Diff():
            text = block.text.rstrip('\n')
        case Problem():
            text = render(block)
        case _:
            assert_never(block)
    return text


def _aligned(table: Table) -> str:
    lines = (table.columns, *table.rows)
    widths = [max(len(line[at]) for line in lines) for at in range(len(table.columns))]
    return '\n'.join(
        _GAP.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
