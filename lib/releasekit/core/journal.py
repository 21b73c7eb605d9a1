# SPDX-License-Identifier: Apache-2.0
"""Journal events and the state that they fold to: done > waiting > unknown > failed > intended, whatever the order."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from releasekit.compat import StrEnum
from releasekit.errors import Code, fail

SCHEMA = 'releasekit/journal/1'


class EventKind(StrEnum):
    """What happened to an action."""

    INTENDED = 'intended'
    FAILED = 'failed'
    UNKNOWN = 'unknown'
    WAITING = 'waiting'
    DONE = 'done'


_RANK = {kind: rank for rank, kind in enumerate(EventKind)}


@dataclasses.dataclass(frozen=True, slots=True)
class Event:
    """One line of a journal. `outputs` are digests by file name, or refs such as the release commit."""

    key: str
    event: EventKind
    attempt: int
    writer: str
    sequence: int
    outputs: Mapping[str, str] = dataclasses.field(default_factory=dict)
    detail: str = ''
    time: str = ''


@dataclasses.dataclass(frozen=True)
class State:
    """What a journal says: the highest event of each key."""

    events: Mapping[str, Event] = dataclasses.field(default_factory=dict)

    def is_done(self, key: str) -> bool:
        """Whether an action was performed."""
        return (event := self.events.get(key)) is not None and event.event is EventKind.DONE

    def outputs(self, key: str) -> Mapping[str, str]:
        """What a performed action yielded; empty where it was not performed."""
        return self.events[key].outputs if self.is_done(key) else {}


def fold(events: Iterable[Event]) -> State:
    """Fold events of any number of journals, in any order, to one state.

    Raises:
        ReleaseKitError: `RK-JOURNAL-CORRUPT` where an action was done twice with different outputs.
    """
    found: dict[str, Event] = {}
    for event in events:
        known = found.get(event.key)
        if known is None or _rank(event) > _rank(known):
            found[event.key] = event
        if known is not None and known.event is event.event is EventKind.DONE and known.outputs != event.outputs:
            message = f'{event.key} was done twice, with different outputs: {known.outputs} and {event.outputs}.'
            raise fail(Code.JOURNAL_CORRUPT, message, 'Compare both with the registry, then move the wrong run away.')
    return State(found)


def _rank(event: Event) -> tuple[int, int, int]:
    return (_RANK[event.event], event.attempt, event.sequence)
