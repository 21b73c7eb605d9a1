# SPDX-License-Identifier: Apache-2.0
"""How tables fit: words, paths and ids stay whole as long as there is any room for them."""

from __future__ import annotations

import re

import pytest
from rich.cells import cell_len

from releasekit.tasks.terminal.drawing import draw
from releasekit.tasks.terminal.folding import fold, widths
from releasekit.tasks.terminal.layout import Line, Table, masked

ROWS = (
    ('py:acme-observability-exporter', '1.4.0', 'published', 'https://index.example/simple/acme-observability/'),
    ('js:@acme/observability', '2.0.0', 'failed', '版本-版本-版本'),
)
TABLE = Table(('package', 'version', 'state', 'index page'), ROWS)


@pytest.mark.parametrize(
    ('text', 'width', 'lines'),
    [
        ('py:acme-core', 20, ['py:acme-core']),
        ('py:acme-core', 9, ['py:acme-', 'core']),
        ('@acme/core', 6, ['@acme/', 'core']),
        ('packages/core/src', 10, ['packages/', 'core/src']),
        ('one two three', 7, ['one two', 'three']),
        ('abcdefgh', 3, ['abc', 'def', 'gh']),
        ('ab-cdefghij-k', 4, ['ab-', 'cdef', 'ghij', '-k']),
        ('版本版本', 4, ['版本', '版本']),
        ('', 5, ['']),
    ],
)
def test_a_text_folds_at_its_joints(text: str, width: int, lines: list[str]) -> None:
    """Behind `/`, `@`, `:`, `-` and spaces; only what is longer than a line is cut."""
    assert fold(text, width) == lines


@pytest.mark.parametrize('width', range(1, 130))
def test_no_line_is_too_wide_and_no_sign_is_lost(width: int) -> None:
    """Whatever the terminal."""
    for text in (*ROWS[0], *ROWS[1]):
        folded = fold(text, width) if width > 1 or text.isascii() else []
        assert all(cell_len(line) <= width for line in folded)
        assert not folded or ''.join(folded) == text
    if width >= 12:
        shown = draw([TABLE], width, {'NO_COLOR': '1'})
        plain = re.sub(r'\x1b\[[0-9;]*m', '', shown)
        assert max(cell_len(line) for line in plain.splitlines()) <= width


def test_columns_share_what_there_is() -> None:
    """Each has what it needs as long as that is there, then the widest gives, and at last nothing is left to give."""
    rows = (('name', 'why'), ('core', 'a longer reason for it'))
    assert widths(rows, 80) == (4, 22)
    assert widths(rows, 20) == (4, 14)
    assert widths(rows, 11) is None


def test_a_terminal_too_narrow_for_columns_gets_a_package_after_the_other() -> None:
    """With the title before each value."""
    shown = re.sub(r'\x1b\[[0-9;]*m', '', draw([TABLE], 34, {'NO_COLOR': '1'}))
    assert shown.splitlines()[:3] == ['py:acme-observability-exporter', '  version: 1.4.0', '  state: published']


def test_secrets_are_masked_before_anything_is_folded() -> None:
    """Half of one on each line would be found by nobody."""
    table = masked(Table(('a',), (('x hunter2-hunter2 y',),)), lambda text: text.replace('hunter2-hunter2', '***'))
    assert 'hunter' not in draw([table, masked(Line('ok'), str)], 8, {})
