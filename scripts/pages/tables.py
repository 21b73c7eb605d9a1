# SPDX-License-Identifier: Apache-2.0
"""Tables of Markdown."""

from __future__ import annotations

from collections.abc import Sequence


def table(title: str, text: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A heading, a sentence and a table."""
    lines: list[tuple[str, ...]] = [columns, tuple('---' for _ in columns), *rows]
    cells = '\n'.join(f'| {" | ".join(_escaped(cell) for cell in line)} |' for line in lines)
    return f'{title}\n\n{text}\n\n{cells}\n'


def _escaped(cell: str) -> str:
    return cell.replace('|', '\\|')
