# SPDX-License-Identifier: Apache-2.0
"""Which commits are one change, and which of them counts for a package."""

from __future__ import annotations

import pytest

from releasekit.core.commits import ParsedCommit
from releasekit.core.picks import Picks, origins

A, B = 'a' * 40, 'b' * 40


@pytest.mark.parametrize(
    ('message', 'expected'),
    [
        (f'fix: x\n\n(cherry picked from commit {A})\n', (A,)),
        (f'fix: x\r\n\r\n(cherry picked from commit {A})\r\n', (A,)),
        (f'fix: x\n\n(cherry picked from commit {A})\n(cherry picked from commit {B})\n', (A, B)),
        (f'fix: x\n\n(cherry picked from commit {"c" * 64})\nSigned-off-by: A\n', ('c' * 64,)),
        ('fix: x\n\n(cherry picked from commit abc1234)\n', ()),
        (f'fix: x\n\nIt was (cherry picked from commit {A}) by hand.\n', ()),
        (f'fix: cherry picked from commit {A}', ()),
        ('fix: x', ()),
    ],
)
def test_a_message_says_what_a_commit_was_picked_from(message: str, expected: tuple[str, ...]) -> None:
    """In the words of git, on a line of its own."""
    assert origins(message) == expected


def commits(names: str) -> tuple[ParsedCommit, ...]:
    return tuple(ParsedCommit(name, name, ()) for name in names.split())


@pytest.mark.parametrize(
    ('picked', 'old', 'since', 'everything', 'expected'),
    [
        ({}, '', 'c b a', 'c b a', 'c b a'),
        # The oldest of two that are new stays.
        ({'c': ('a',)}, '', 'c b a', 'c b a', 'b a'),
        ({'a': ('c',)}, '', 'c b a', 'c b a', 'b a'),
        ({'c': ('a',), 'b': ('a',)}, '', 'c b a', 'c b a', 'a'),
        ({'c': ('b',), 'b': ('a',)}, '', 'd c b a', 'd c b a', 'd a'),
        # One that this package has released, or that all have.
        ({'c': ('a',)}, '', 'c b', 'c b a', 'b'),
        ({'a': ('c',)}, '', 'c b', 'c b a', 'b'),
        ({'c': ('z',)}, 'z', 'c b', 'c b', 'b'),
        ({'z': ('c',)}, 'z', 'c b', 'c b', 'b'),
        # The original is elsewhere: the copy counts.
        ({'c': ('z',)}, '', 'c b', 'c b', 'c b'),
        ({'c': ('z',), 'b': ('z',)}, '', 'c b', 'c b', 'b'),
    ],
)
def test_a_change_counts_once_and_not_where_it_is_released(
    picked: dict[str, tuple[str, ...]], old: str, since: str, everything: str, expected: str
) -> None:
    """Whichever of its copies that was."""
    found = Picks(picked, frozenset(old.split())).once({'py:a': commits(since)}, {'py:a': commits(everything)})
    assert found == {'py:a': commits(expected)}
