# SPDX-License-Identifier: Apache-2.0
"""Notes that are too long are cut at a line, and say so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasekit.core.trimming import trimmed

REST = 'The rest is in CHANGELOG.md.'
TEXT = '## Added\n\n' + ''.join(f'- line {number}\n' for number in range(100)) + '\n## Fixed\n\n- last\n'


def test_what_fits_stays_as_it_is() -> None:
    """To the last character that is allowed."""
    assert trimmed(TEXT, len(TEXT), REST) == TEXT


@pytest.mark.parametrize(
    ('text', 'limit', 'expected'),
    [
        (TEXT, 80, f'## Added\n\n- line 0\n- line 1\n\n{REST}\n'),
        ('- a\n\n## Fixed\n\n- ' + 'x' * 99, 75, f'- a\n\n{REST}\n'),
        ('- a\n\n```\ncode\n' + 'x\n' * 99, 63, f'- a\n\n```\ncode\n```\n\n{REST}\n'),
        ('<details>\n\n- a\n' + '- b\n' * 99, 70, f'<details>\n\n- a\n- b\n\n</details>\n\n{REST}\n'),
        (TEXT, 40, REST),
        (TEXT, 10, REST[:10]),
    ],
)
def test_the_cut_is_clean(text: str, limit: int, expected: str) -> None:
    """Whole lines, no heading alone, code and folds closed, and where the rest is."""
    assert trimmed(text, limit, REST) == expected


@given(st.text('ab#`\n ', max_size=400), st.integers(0, 300))
def test_the_limit_is_kept(text: str, limit: int) -> None:
    """Whatever the text."""
    assert len(trimmed(text, limit, REST)) <= limit or len(text) <= limit
