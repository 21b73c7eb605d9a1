# SPDX-License-Identifier: Apache-2.0
"""Whatever a file holds, reading it ends in a spec or in errors with a code and a place."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from releasekit.ecosystems import KINDS
from releasekit.errors import ReleaseKitError, render
from releasekit.spec.kinds import Known
from releasekit.spec.load import decode, load

KNOWN = Known(KINDS)
COMPLETE = (Path(__file__).parent / 'complete.yaml').read_text(encoding='utf-8')
PIECES = (
    *'{}[]:,-#&*!|>\'"%@`?\n\t \r\\',
    *(
        '{name}',
        '{{',
        '<<: *a',
        '- ',
        ': ',
        '? ',
        '&a ',
        '*a',
        '|2-\n',
        '>+\n ',
        '"\\x',
        '"\\ud800"',
        '!!python/object ',
    ),
    *('---\n', '...\n', '%YAML 1.1\n', '\u2028', '\x85', 'é版😀', 'null', '3.10', '2026-11-23', '0x1f', '.inf'),
)


def mutated(chance: random.Random, text: str) -> str:
    """The text with a few pieces put in, left out, doubled or exchanged."""
    for _ in range(chance.randint(1, 3)):
        start = chance.randrange(len(text))
        end = min(len(text), start + chance.choice((0, 1, 1, 3, 20)))
        match chance.randrange(4):
            case 0:
                text = text[:start] + chance.choice(PIECES) + text[start:]
            case 1:
                text = text[:start] + text[end:]
            case 2:
                text = text[:end] + text[start:]
            case _:
                text = text[:start] + chance.choice(PIECES) + text[end:]
    return text


def mutants(seed: int, count: int) -> Iterator[str]:
    """Mutants of single sections of the complete example: small, so that many can be read."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    head, *sections = COMPLETE.split('\n\n')
    for _ in range(count):
        chosen = [head, *chance.sample(sections, 3)]
        yield mutated(chance, '\n\n'.join(chosen))


@pytest.mark.parametrize('seed', range(8))
def test_a_mutated_spec_is_read_or_refused(seed: int) -> None:
    """Nothing but our own error comes out, and every problem has a code, a place, a hint and can be written."""
    refused = 0
    for text in mutants(seed, 250):
        try:
            load(decode(text.encode(), 'release.yaml'), 'release.yaml', KNOWN)
        except ReleaseKitError as error:  # noqa: PERF203 - each mutant is tried
            refused += 1
            for problem in error.problems:
                assert problem.code.startswith(('RK-SPEC-', 'RK-REGISTRY-INSECURE', 'RK-TAG-AMBIGUOUS')), text
                assert problem.place is not None, text
                assert problem.place.line is not None, text
                assert problem.hint, text
                assert render(problem), text
    assert refused


@pytest.mark.parametrize('seed', range(2))
def test_any_bytes_are_read_or_refused(seed: int) -> None:
    """Bytes that are no text, and text that is no YAML."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    for _ in range(300):
        data = (
            bytes(chance.choices(range(256), k=chance.randrange(1, 40)))
            if chance.random() < 0.5
            else b''.join(chance.choice(PIECES).encode() for _ in range(chance.randrange(1, 12)))
        )
        with pytest.raises(ReleaseKitError):
            load(decode(data, 'release.yaml'), 'release.yaml', KNOWN)
