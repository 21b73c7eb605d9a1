# SPDX-License-Identifier: Apache-2.0
"""The journal: durable, checksummed, foldable; torn ends are cut, other damage stops."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import anyio
import pytest

from releasekit.core.journal import Event, EventKind, fold
from releasekit.errors import Code, ReleaseKitError
from releasekit.run.journal import Journal, read_events


def opened(path: Path) -> Journal:
    return Journal(path, 'test:1', lambda: '2026-01-01T00:00:00Z')


def write(journal: Journal, *events: tuple[str, EventKind]) -> None:
    async def main() -> None:
        for key, kind in events:
            await journal.write(key, kind, {'sha256': 'aa'} if kind is EventKind.DONE else {})

    anyio.run(main)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / 'journal.jsonl'


def test_what_was_written_is_read_back_by_the_next_process(path: Path) -> None:
    """State survives the process: intended, failed and done are all there."""
    write(
        opened(path),
        ('a', EventKind.INTENDED),
        ('a', EventKind.DONE),
        ('b', EventKind.INTENDED),
        ('b', EventKind.FAILED),
    )
    state = opened(path).state
    assert state.is_done('a')
    assert state.outputs('a') == {'sha256': 'aa'}
    assert not state.is_done('b')
    assert state.events['b'].event is EventKind.FAILED


def test_every_line_is_json_with_a_checksum_and_a_sequence(path: Path) -> None:
    """Lines can be read by any tool, and count up."""
    write(opened(path), ('a', EventKind.INTENDED), ('a', EventKind.DONE))
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line['sequence'] for line in lines] == [1, 2]
    assert all(len(line['checksum']) == 64 for line in lines)


@pytest.mark.parametrize('cut', [1, 10, 100])
def test_a_torn_last_line_is_cut_off_and_said_so(path: Path, cut: int) -> None:
    """A write that the machine did not finish is no event."""
    write(opened(path), ('a', EventKind.INTENDED), ('a', EventKind.DONE))
    path.write_bytes(path.read_bytes()[:-cut])
    journal = opened(path)
    assert not journal.state.is_done('a')
    assert [problem.code for problem in journal.warnings] == [Code.JOURNAL_TORN]
    write(journal, ('a', EventKind.DONE))
    assert opened(path).state.is_done('a')
    assert opened(path).warnings == ()


def test_damage_elsewhere_stops_the_run(path: Path) -> None:
    """A flipped byte in an earlier line is never skipped."""
    write(opened(path), ('a', EventKind.INTENDED), ('a', EventKind.DONE))
    data = bytearray(path.read_bytes())
    data[20] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(ReleaseKitError) as caught:
        opened(path)
    assert caught.value.code is Code.JOURNAL_CORRUPT


def test_a_complete_last_line_with_a_wrong_checksum_stops_the_run(path: Path) -> None:
    """Only a line that lacks its end is torn; a whole line with other contents is damage."""
    write(opened(path), ('a', EventKind.INTENDED))
    path.write_text(path.read_text().replace('"intended"', '"done"'))
    with pytest.raises(ReleaseKitError) as caught:
        read_events(path)
    assert caught.value.code is Code.JOURNAL_CORRUPT


def event(kind: EventKind, attempt: int = 1, **outputs: str) -> Event:
    return Event('a', kind, attempt, 'w', attempt * 10, outputs)


def test_the_highest_event_wins_in_any_order() -> None:
    """done > waiting > unknown > failed > intended, so journals of several machines merge."""
    events = [event(kind) for kind in EventKind]
    for order in itertools.permutations(events):
        assert fold(order).events['a'].event is EventKind.DONE
    for order in itertools.permutations(events[:-1]):
        assert fold(order).events['a'].event is EventKind.WAITING


def test_a_later_attempt_of_the_same_kind_wins() -> None:
    """The last failure is the one that is shown."""
    assert fold([event(EventKind.FAILED, 2), event(EventKind.FAILED, 1)]).events['a'].attempt == 2


def test_done_twice_with_other_outputs_is_an_error() -> None:
    """Two machines that built different bytes are told, not merged."""
    with pytest.raises(ReleaseKitError) as caught:
        fold([event(EventKind.DONE, 1, f='x'), event(EventKind.DONE, 2, f='y')])
    assert caught.value.code is Code.JOURNAL_CORRUPT


def test_a_folded_journal_starts_with_nothing_done(path: Path) -> None:
    """No journal, no state."""
    assert opened(path).state.events == {}
    assert read_events(path) == ()
