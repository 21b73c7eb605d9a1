# SPDX-License-Identifier: Apache-2.0
"""Whatever a file holds, reading it ends in a spec or in errors with a code and a place, and within two seconds.

These are 20,000 mutants; `python scripts/fuzz.py --count 1000000 --seed 7` reads as many others as one likes.
"""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import pytest

from releasekit.testing.mutants import check, deadline, mutants, seeds

SEEDS = seeds((Path(__file__).parent / 'complete.yaml').read_text(encoding='utf-8'))
CHUNKS, SIZE = 40, 500
# Some of them are for the inner loop and for every Python.
QUICK = 2


@pytest.mark.parametrize(
    'seed', [pytest.param(seed, marks=[] if seed < QUICK else pytest.mark.slow) for seed in range(CHUNKS)]
)
def test_a_mutated_spec_is_read_or_refused(seed: int) -> None:
    """Nothing but our own error comes out; every problem has a code, a place and a hint, and is fit for a terminal.

    No input may take two seconds of processor time. Most take two milliseconds, so this is no measurement that a slow
    machine could fail: it ends what would take for ever, and names the input.
    """
    accepted = 0
    for data in mutants(seed, SIZE, SEEDS):
        verdict = check(data)
        assert not verdict.complaint, data
        accepted += verdict.accepted
    assert SIZE / 50 < accepted < SIZE / 2


def test_mutants_are_the_same_for_the_same_seed() -> None:
    """A failure can be looked at again."""
    assert list(mutants(7, 20, SEEDS)) == list(mutants(7, 20, SEEDS))
    assert list(mutants(7, 20, SEEDS)) != list(mutants(8, 20, SEEDS))


def forever() -> None:
    for _ in itertools.count():
        pass


def test_a_deadline_ends_what_takes_too_long() -> None:
    """The limit on one input is one."""
    with pytest.raises(TimeoutError), deadline(0.05):
        forever()


@pytest.mark.parametrize('seed', range(2))
def test_any_bytes_are_refused(seed: int) -> None:
    """Bytes that are no text."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    for _ in range(300):
        data = bytes(chance.choices(range(256), k=chance.randrange(1, 40)))
        verdict = check(data)
        assert (verdict.accepted, verdict.complaint) == (False, ''), data
