# SPDX-License-Identifier: Apache-2.0
"""Blocks as a terminal shows them: colours, and tables that fit. Imports rich, so it is imported late."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from releasekit.compat import assert_never
from releasekit.errors import Problem, Severity, render
from releasekit.tasks.terminal.layout import Block, Diff, Line, Table

_DIFF_STYLES = (('+++', 'bold'), ('---', 'bold'), ('@@', 'cyan'), ('+', 'green'), ('-', 'red'))
_PROBLEM_STYLES = {Severity.ERROR: 'bold red', Severity.WARNING: 'bold yellow'}


def draw(blocks: Iterable[Block], width: int, environment: Mapping[str, str]) -> str:
    """Blocks as text with control sequences, no line wider than `width`; NO_COLOR takes the colours out."""
    console = terminal(io.StringIO(), width, environment)
    with console.capture() as capture:
        for block in blocks:
            console.print(_drawn(block), soft_wrap=isinstance(block, Diff))
    return capture.get()


def terminal(file: TextIO, width: int | None, environment: Mapping[str, str]) -> Console:
    """A terminal of rich's on a stream; https://no-color.org says when it has no colours."""
    return Console(
        file=file,
        force_terminal=True,
        width=width,
        no_color=bool(environment.get('NO_COLOR')),
        highlight=False,
        markup=False,
        emoji=False,
    )


def _drawn(block: Block) -> RenderableType:
    match block:
        case Line():
            drawn: RenderableType = Text(block.text, style=block.style)
        case Table():
            drawn = _grid(block.filled())
        case Diff():
            drawn = _diff(block.text)
        case Problem():
            drawn = _problem(block)
        case _:
            assert_never(block)
    return drawn


def _grid(table: Table) -> Grid:
    styles = dict(table.styles)
    grid = Grid(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style='bold')
    for title in table.columns:
        grid.add_column(title, overflow='fold')
    for row in table.rows:
        grid.add_row(*(Text(cell, style=styles.get(cell, '')) for cell in row))
    return grid


def _diff(text: str) -> Text:
    result = Text()
    for line in text.splitlines():
        style = next((style for start, style in _DIFF_STYLES if line.startswith(start)), '')
        result.append(f'{line}\n', style=style)
    result.rstrip()
    return result


def _problem(problem: Problem) -> Text:
    style = _PROBLEM_STYLES[problem.severity]
    text = Text(render(problem))
    text.highlight_regex(rf'^{problem.severity}\[{problem.code}\]', style)
    text.highlight_regex(r'(?m)^ *\| +\^+.*$', style)
    text.highlight_regex(r'(?m)^ *= hint:', 'bold cyan')
    return text
