# SPDX-License-Identifier: Apache-2.0
"""What is shown has no secret, in whichever block and cell it stands; where there is none, nothing is changed."""

from __future__ import annotations

import pytest

from releasekit.errors import Code, Problem
from releasekit.redact import Redactor
from releasekit.tasks.terminal.layout import Block, Diff, Line, Table, plain, without_secrets

SECRET = 'hunter2-hunter2'
MASK = Redactor({'MY_TOKEN': SECRET}).mask


def blocks(line: str = 'x', cell: str = 'x', diff: str = 'x', message: str = 'x', hint: str = 'x') -> list[Block]:
    table = Table(('a', 'b'), (('x', 'x'), ('x', cell)))
    return [Line(line), table, Diff(diff), Problem(Code.USAGE, message, hint)]


@pytest.mark.parametrize('where', ['line', 'cell', 'diff', 'message', 'hint'])
@pytest.mark.parametrize('secret', [SECRET, 'ghp_' + 'a' * 36, f'https://me:{SECRET}@example.org'])
def test_a_secret_is_masked_wherever_it_stands(where: str, secret: str) -> None:
    """And what stands beside it is not."""
    found = without_secrets(blocks(**{where: f'before {secret} after'}), MASK)
    text = plain(found)
    assert secret not in text
    assert SECRET not in text
    assert '***' in text
    assert 'before ' in text


def test_blocks_without_a_secret_stay_as_they_are() -> None:
    """Each the same, in its order."""
    assert without_secrets(iter(blocks()), MASK) == blocks()
    assert without_secrets([], MASK) == []
