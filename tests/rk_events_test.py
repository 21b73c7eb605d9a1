# SPDX-License-Identifier: Apache-2.0
"""The events of the log: what they are called, and that the reference names them all."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
_CODE = """\
import dataclasses, json, sys
from pages import events
calls = [dataclasses.asdict(call) for call in events.calls()]
json.dump({'calls': calls, 'meanings': dict(events.MEANINGS), 'page': events.page()}, sys.stdout)
"""


@pytest.fixture(scope='module')
def events() -> dict[str, Any]:
    """What the generator of the page finds in the source."""
    done = subprocess.run(
        [sys.executable, '-c', _CODE], cwd=ROOT / 'scripts', capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, '')
    return json.loads(done.stdout)


def test_every_event_is_a_component_and_a_past_fact(events: dict[str, Any]) -> None:
    """A literal, never an f-string or a variable: what is searched for can be found in the source."""
    assert len(events['calls']) >= 8
    for call in events['calls']:
        assert call['event'] is not None, call['place']
        assert re.fullmatch(r'[a-z]+\.[a-z]+(ed|ade|ost)', call['event']), call['place']


def test_every_event_has_a_meaning_and_no_meaning_is_left_over(events: dict[str, Any]) -> None:
    """The page lists what the program logs, no more and no less."""
    assert {call['event'] for call in events['calls']} == set(events['meanings'])
    assert (ROOT / 'docs' / 'reference' / 'events.md').read_text('utf-8') == events['page']


def test_nothing_is_logged_in_another_way() -> None:
    """All loggers are called `_LOG`, which the page is made from."""
    for path in (ROOT / 'lib').rglob('*.py'):
        made = re.findall(r'^(\w+) = log\.get\(', path.read_text('utf-8'), re.MULTILINE)
        assert set(made) <= {'_LOG'}, path
