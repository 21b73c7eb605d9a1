# SPDX-License-Identifier: Apache-2.0
"""The local engine: order, bounds, failure and stop, on graphs of real actions."""

from __future__ import annotations

import anyio
import pytest

from releasekit.core.actions import Action, CreateTag
from releasekit.core.report import Result, ResultKind
from releasekit.engines.local import Limits, run_graph


def graph(*edges: str) -> list[Action]:
    """Actions from `name` or `name<need,need`."""
    made: list[Action] = []
    for edge in edges:
        name, _, needs = edge.partition('<')
        made.append(CreateTag(tag=name, message='', needs=tuple(f'tag:{need}' for need in needs.split(',') if need)))
    return made


class Recorder:
    """Performs by writing down what begins and ends."""

    def __init__(self, *, fails: str = '', unknown: str = '', stop_at: str = '', concurrency: int = 8) -> None:
        self.log: list[str] = []
        self.most = 0
        self._running = 0
        self._ends = {fails: ResultKind.FAILED, unknown: ResultKind.UNKNOWN}
        self._stop_at = stop_at
        self._concurrency = concurrency
        self._limits: Limits | None = None

    def run(self, actions: list[Action]) -> dict[str, ResultKind]:
        async def main() -> dict[str, Result]:
            self._limits = limits = Limits(self._concurrency, anyio.Event())
            return await run_graph(actions, self._perform, limits)

        return {key.removeprefix('tag:'): result.kind for key, result in anyio.run(main).items()}

    async def _perform(self, action: Action) -> Result:
        name = action.key.removeprefix('tag:')
        self.log.append(f'+{name}')
        self._running += 1
        self.most = max(self.most, self._running)
        if name == self._stop_at and self._limits is not None:
            self._limits.stop.set()
        await anyio.sleep(0.01)
        self._running -= 1
        self.log.append(f'-{name}')
        return Result(action.key, self._ends.get(name, ResultKind.DONE))


def test_an_action_begins_after_all_that_it_needs() -> None:
    """In a diamond the last action begins when both sides have ended."""
    recorder = Recorder()
    kinds = recorder.run(graph('a', 'b<a', 'c<a', 'd<b,c'))
    assert set(kinds.values()) == {ResultKind.DONE}
    assert recorder.log.index('+b') > recorder.log.index('-a')
    assert recorder.log.index('+d') > max(recorder.log.index('-b'), recorder.log.index('-c'))


def test_independent_actions_run_at_a_time() -> None:
    """Both sides of a diamond run together."""
    recorder = Recorder()
    recorder.run(graph('a', 'b<a', 'c<a', 'd<b,c'))
    assert recorder.most == 2


@pytest.mark.parametrize('concurrency', [1, 2, 5])
def test_no_more_than_the_limit_run_at_a_time(concurrency: int) -> None:
    """Twenty independent actions keep to the limit and use it."""
    recorder = Recorder(concurrency=concurrency)
    recorder.run(graph(*(f'a{number}' for number in range(20))))
    assert recorder.most == concurrency


@pytest.mark.parametrize('how', ['fails', 'unknown'])
def test_what_needs_a_failed_action_is_blocked_and_the_rest_goes_on(how: str) -> None:
    """Only the descendants of the failure are blocked."""
    recorder = Recorder(fails='b') if how == 'fails' else Recorder(unknown='b')
    kinds = recorder.run(graph('a', 'b<a', 'c<a', 'd<b', 'e<d,c', 'f<c'))
    assert kinds['b'] in {ResultKind.FAILED, ResultKind.UNKNOWN}
    assert (kinds['d'], kinds['e']) == (ResultKind.BLOCKED, ResultKind.BLOCKED)
    assert (kinds['c'], kinds['f']) == (ResultKind.DONE, ResultKind.DONE)
    assert '+d' not in recorder.log


def test_nothing_begins_after_a_stop_and_what_runs_is_let_end() -> None:
    """The action that runs when the stop comes is done, those after it are cancelled."""
    recorder = Recorder(stop_at='a')
    kinds = recorder.run(graph('a', 'b<a', 'c<b'))
    assert kinds == {'a': ResultKind.DONE, 'b': ResultKind.CANCELLED, 'c': ResultKind.CANCELLED}


def test_the_longest_way_goes_first() -> None:
    """With one place, the head of the chain begins before actions that hold up nothing."""
    recorder = Recorder(concurrency=1)
    recorder.run(graph('x', 'y', 'a', 'b<a', 'c<b'))
    assert [entry for entry in recorder.log if entry.startswith('+')][:2] == ['+a', '+b']


def test_a_need_outside_the_graph_counts_as_done() -> None:
    """A part of a plan can be run by itself."""
    assert Recorder().run(graph('b<gone')) == {'b': ResultKind.DONE}
