# SPDX-License-Identifier: Apache-2.0
"""The journal of a run: one JSON event a line with a checksum, on disk before the action goes on."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import anyio.to_thread

from releasekit import codec
from releasekit.backends.files import append_durable, truncate_durable
from releasekit.core.journal import SCHEMA, Event, EventKind, State, fold
from releasekit.errors import Code, Problem, Severity, fail


def checksum(document: Mapping[str, object]) -> str:
    """SHA-256, in hex, of an event without its checksum."""
    return hashlib.sha256(codec.canonical({k: v for k, v in document.items() if k != 'checksum'})).hexdigest()


class Journal:
    """An append-only journal. Opening it cuts off a torn last line; any other damage stops the run."""

    def __init__(self, path: Path, writer: str, now: Callable[[], str]) -> None:
        """Open the journal at a path; `writer` names this process, `now` gives the time for people to read."""
        self.path = path
        self._writer = writer
        self._now = now
        self._lock = threading.Lock()
        self.warnings: tuple[Problem, ...] = ()
        events, self.warnings = _repair(path)
        self._state = fold(events)
        self._attempts = {key: event.attempt for key, event in self._state.events.items()}
        self._sequence = max((event.sequence for event in events), default=0)

    @property
    def state(self) -> State:
        """What the journal says now."""
        return self._state

    async def write(
        self, key: str, kind: EventKind, outputs: Mapping[str, str] | None = None, detail: str = ''
    ) -> None:
        """Append an event and return when it is on disk.

        Raises:
            ReleaseKitError: `RK-DISK-FAILED`, or `RK-JOURNAL-CORRUPT` where it contradicts what was done before.
        """
        await anyio.to_thread.run_sync(self._write, key, kind, dict(outputs or {}), detail)

    def _write(self, key: str, kind: EventKind, outputs: Mapping[str, str], detail: str) -> None:
        with self._lock:
            attempt = self._attempts.get(key, 0) + (kind is EventKind.INTENDED or key not in self._attempts)
            event = Event(key, kind, attempt, self._writer, self._sequence + 1, outputs, detail, self._now())
            state = fold((*self._state.events.values(), event))
            document = {'schema': SCHEMA, **codec.encode(event)}
            line = json.dumps({**document, 'checksum': checksum(document)}, ensure_ascii=False, sort_keys=True)
            append_durable(self.path, f'{line}\n'.encode())
            self._sequence, self._attempts[key], self._state = event.sequence, attempt, state


def read_events(path: Path) -> tuple[Event, ...]:
    """All events of a journal that nobody writes to; a torn last line is left out."""
    return _parse(path)[0]


def torn(path: Path) -> int:
    """How many bytes at the end of a journal are a torn line, which the next run cuts off."""
    return (path.stat().st_size if path.exists() else 0) - _parse(path)[1]


def _repair(path: Path) -> tuple[tuple[Event, ...], tuple[Problem, ...]]:
    events, whole = _parse(path)
    size = path.stat().st_size if path.exists() else 0
    if whole == size:
        return events, ()
    truncate_durable(path, whole)
    message = f'The last line of {path.name} was torn ({size - whole} bytes) and was cut off.'
    hint = 'Nothing to do: what that line would have said is asked of the world again.'
    return events, (Problem(Code.JOURNAL_TORN, message, hint, severity=Severity.WARNING),)


def _parse(path: Path) -> tuple[tuple[Event, ...], int]:
    if not path.exists():
        return (), 0
    events, good = [], 0
    with path.open('rb') as stream:
        size = os.fstat(stream.fileno()).st_size
        for number, line in enumerate(stream, start=1):
            event = _event(line)
            if event is None:
                if good + len(line) == size and not line.endswith(b'\n'):
                    break
                message = f'Line {number} of {path} does not have the checksum that it says.'
                hint = (
                    'Restore the file, or move the run folder away: the registry and the remote know what is published.'
                )
                raise fail(Code.JOURNAL_CORRUPT, message, hint)
            events.append(event)
            good += len(line)
    return tuple(events), good


def _event(line: bytes) -> Event | None:
    try:
        document = json.loads(line)
    except ValueError:
        return None
    if not line.endswith(b'\n') or not isinstance(document, dict) or document.get('checksum') != checksum(document):
        return None
    return codec.read_document({k: v for k, v in document.items() if k != 'checksum'}, Event, SCHEMA)
