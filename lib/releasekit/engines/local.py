# SPDX-License-Identifier: Apache-2.0
"""Carries a graph out on this machine: what is ready starts at once, the longest way ahead first, so many at a time."""

from __future__ import annotations

import dataclasses
import heapq
from collections.abc import Awaitable, Callable, Mapping, Sequence

import anyio

from releasekit.core.actions import Action
from releasekit.core.report import Result, ResultKind

_GOOD = frozenset({ResultKind.DONE, ResultKind.ALREADY, ResultKind.WARNED})

Perform = Callable[[Action], Awaitable[Result]]


@dataclasses.dataclass(frozen=True, slots=True)
class Limits:
    """How many actions run at a time, and what asks the run to stop between two of them."""

    concurrency: int
    stop: anyio.Event


async def run_graph(actions: Sequence[Action], perform: Perform, limits: Limits) -> dict[str, Result]:
    """Perform actions, each after all that it needs; what needs a failed one is blocked, the rest goes on.

    `needs` that name no action of the sequence count as done. The results are keyed by action, all of them.
    """
    graph = _Graph(actions)
    done: dict[str, Result] = {}
    send, receive = anyio.create_memory_object_stream[tuple[str, Result]](len(actions) + 1)

    async def work(action: Action) -> None:
        await send.send((action.key, await perform(action)))

    running = 0
    async with anyio.create_task_group() as group:
        while True:
            while running < limits.concurrency and not limits.stop.is_set() and (action := graph.next()) is not None:
                running += 1
                group.start_soon(work, action)
            if running == 0:
                break
            key, result = await receive.receive()
            running -= 1
            done[key] = result
            graph.finish(key, good=result.kind in _GOOD)
    send.close()
    receive.close()
    ending = ResultKind.CANCELLED if limits.stop.is_set() else ResultKind.BLOCKED
    return {action.key: done.get(action.key) or Result(action.key, ending) for action in actions}


class _Graph:
    """Which actions are ready, in the order of the longest way that they hold up."""

    def __init__(self, actions: Sequence[Action]) -> None:
        self._actions = {action.key: action for action in actions}
        self._waits = {
            key: {need for need in action.needs if need in self._actions} for key, action in self._actions.items()
        }
        self._holds: dict[str, list[str]] = {key: [] for key in self._actions}
        for key, needs in self._waits.items():
            for need in needs:
                self._holds[need].append(key)
        self._weight = _weights(list(self._actions), self._holds)
        self._order = {key: number for number, key in enumerate(self._actions)}
        self._ready: list[tuple[int, int, str]] = []
        for key, needs in self._waits.items():
            if not needs:
                self._push(key)

    def _push(self, key: str) -> None:
        heapq.heappush(self._ready, (-self._weight[key], self._order[key], key))

    def next(self) -> Action | None:
        """Take the ready action that holds up most, or None."""
        return self._actions[heapq.heappop(self._ready)[2]] if self._ready else None

    def finish(self, key: str, *, good: bool) -> None:
        """Make ready what waited for this action alone; after a failure nothing becomes ready."""
        if not good:
            return
        for held in self._holds[key]:
            self._waits[held].discard(key)
            if not self._waits[held]:
                self._push(held)


def _weights(keys: Sequence[str], holds: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """The number of actions on the longest way that begins at each; actions stand after what they need."""
    weights: dict[str, int] = {}
    for key in reversed(keys):
        weights[key] = 1 + max((weights.get(held, 0) for held in holds[key]), default=0)
    return weights
