# SPDX-License-Identifier: Apache-2.0
"""Blocks as a terminal shows them: colours, and tables that fit. Imports rich, so it is imported late."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import TextIO

from rich.console import Console, RenderableType
from rich.text import Text

from releasekit.compat import assert_never
from releasekit.errors import Problem, Severity, render
from releasekit.tasks.terminal import folding
from releasekit.tasks.terminal.layout import Block, Diff, Line, Table

_DIFF_STYLES = (('+++', 'bold'), ('---', 'bold'), ('@@', 'cyan'), ('+', 'green'), ('-', 'red'))
_PROBLEM_STYLES = {Severity.ERROR: 'bold red', Severity.WARNING: 'bold yellow'}


def draw(blocks: Iterable[Block], width: int, environment: Mapping[str, str]) -> str:
    """Blocks as text with control sequences; no line but a diff's is wider than `width`. NO_COLOR takes colours out."""
    console = terminal(io.StringIO(), width, environment)
    with console.capture() as capture:
        for block in blocks:
            console.print(_drawn(block, width), soft_wrap=isinstance(block, Diff))
    return capture.get()


def terminal(file: TextIO, width: int | None, environment: Mapping[str, str]) -> Console:
    """A terminal of rich's on a stream; https://no-color.org says when it has no colours."""
    return Console(
        file=file,
        force_terminal=True,
        # Our styles have no more; a terminal that names itself none has these too where colours are forced.
        color_system='standard',
        width=width,
        no_color=bool(environment.get('NO_COLOR')),
        highlight=False,
        markup=False,
        emoji=False,
    )


def _drawn(block: Block, width: int) -> RenderableType:
    match block:
        case Line():
            drawn: RenderableType = Text(block.text, style=block.style)
        case Table():
            drawn = _grid(block.filled(), width)
        case Diff():
            drawn = _diff(block.text)
        case Problem():
            drawn = _problem(block)
        case _:
            assert_never(block)
    return drawn


def _grid(table: Table, width: int) -> Text:
    """The columns side by side, below each other where the terminal is too narrow for that."""
    if not table.columns:
        return Text()
    wide = folding.widths((table.columns, *table.rows), width)
    text = _stacked(table, width) if wide is None else _aligned(table, wide)
    text.rstrip()
    return text


def _aligned(table: Table, wide: Sequence[int]) -> Text:
    styles, gap = dict(table.styles), ' ' * folding.GAP
    text = Text(no_wrap=True)
    for line in folding.columns(table.columns, wide):
        text.append(gap.join(line).rstrip() + '\n', style='bold')
    text.append('─' * (sum(wide) + folding.GAP * (len(wide) - 1)) + '\n')
    for row in table.rows:
        for line in folding.columns(row, wide):
            cells = [Text(part, style=styles.get(cell, '')) for part, cell in zip(line, row, strict=True)]
            drawn = Text(gap).join(cells)
            drawn.rstrip()
            text.append_text(drawn).append('\n')
    return text


def _stacked(table: Table, width: int) -> Text:
    styles, indent = dict(table.styles), ' ' * folding.GAP
    text = Text(no_wrap=True)
    for row in table.rows:
        text.append('\n'.join(folding.fold(row[0], width)) + '\n', style='bold')
        for title, cell in zip(table.columns[1:], row[1:], strict=True):
            for line in folding.fold(f'{title}: {cell}', max(1, width - folding.GAP)) if cell else ():
                text.append(f'{indent}{line}\n', style=styles.get(cell, ''))
    return text


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
