# SPDX-License-Identifier: Apache-2.0
"""Tasks of release.yaml as they run: in which order, side by side or not, and what a failure keeps from running."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from releasekit.errors import Code, Exit, ReleaseKitError
from releasekit.run.chores import Order, look, run_task
from releasekit.run.project import open_project
from releasekit.testing.chores import Library, Maker, Told, results

make_chores = Maker(Library(open_project, run_task, look, Order))
pytestmark = pytest.mark.anyio

# Ends when somebody else has written the other file: alone, it fails after a while.
_MEET = """\
import pathlib, sys, time
mine, other = map(pathlib.Path, sys.argv[1:])
mine.touch()
for _ in range(600):
    if other.exists():
        sys.exit()
    time.sleep(0.05)
sys.exit(f'{other} never came')
"""
_BESIDE = """\
  left: {steps: [{run: [python3, meet.py, l, r]}]}
  right: {steps: [{run: [python3, meet.py, r, l]}]}
  both: {needs: [left, right], steps: [{run: ['true']}]}
  cross:
    matrix: {mine: [l, r], other: [l, r]}
    steps: [{run: [python3, meet.py, '{mine}', '{other}']}]
"""
_ALONE = 'engine: {concurrency: 1}\n'
_CHAIN = """\
  a: {steps: [{run: [echo, a]}]}
  b: {needs: [a], steps: [{run: [echo, b]}]}
  c: {needs: [a], steps: [{run: [echo, c]}, {task: d}]}
  d: {needs: [b], steps: [{run: [echo, d]}]}
  all: {needs: [b, c], matrix: {n: ['1', '2']}, steps: [{run: [echo, '{n}']}, {run: [echo, last]}]}
"""
_WORKSPACE = {
    'pyproject.toml': '[tool.uv.workspace]\nmembers = ["packages/*"]\n',
    **{
        f'packages/{name}/pyproject.toml': f'[project]\nname = "{name}"\nversion = "0.1.0"\ndependencies = {needs}\n'
        + ''.join(f'[tool.uv.sources]\n{need} = {{workspace = true}}\n' for need in needs)
        for name, needs in (('low', []), ('mid', ['low']), ('top', ['mid']), ('aside', []))
    },
}


@pytest.mark.parametrize(('task', 'order'), [('both', Order()), ('cross', Order(matrix=()))])
async def test_what_does_not_wait_for_another_runs_beside_it(tmp_path: Path, task: str, order: Order) -> None:
    """Each of two commands ends only while the other one runs."""
    chores = make_chores(tmp_path, _BESIDE, {'meet.py': _MEET})
    report = await chores.run(task, order)
    assert report.exit is Exit.DONE
    assert set(results(report).values()) == {'done'}


async def test_one_at_a_time_is_one_after_the_other(tmp_path: Path) -> None:
    """With `engine.concurrency: 1` nothing begins before what began has ended."""
    chores = make_chores(tmp_path, _CHAIN + _ALONE)
    told = Told()
    await chores.run('all', told=told)
    pairs = list(zip(told.events[::2], told.events[1::2], strict=True))
    assert all(
        begin.split() == ['begin', name] for begin, end in pairs for kind, name in [end.split()] if kind == 'done'
    )
    assert len(pairs) == 8


async def test_what_is_needed_runs_once_and_before(tmp_path: Path) -> None:
    """However often it is needed; steps in place run where they stand."""
    told = Told()
    await make_chores(tmp_path, _CHAIN).run('all', told=told)
    ends = [event.removeprefix('done ') for event in told.events if event.startswith('done ')]
    assert sorted(ends) == sorted(
        ['a-1-echo', 'b-1-echo', 'c-1-echo', 'd-1-echo', 'all-1-echo-1', 'all-1-echo-2', 'all-2-echo-1', 'all-2-echo-2']
    )
    for first, second in (
        ('a-1-echo', 'b-1-echo'), ('b-1-echo', 'd-1-echo'), ('c-1-echo', 'd-1-echo'), ('d-1-echo', 'all-1-echo-1'),
        ('all-1-echo-2', 'all-2-echo-2'),
    ):  # fmt: skip
        assert told.events.index(f'done {first}') < told.events.index(f'begin {second}')


async def test_a_failure_stops_what_depends_on_it_and_nothing_else(tmp_path: Path) -> None:
    """All that failed, ran or could not run is reported."""
    tasks = """\
  bad: {steps: [{run: [sh, -c, exit 3]}, {run: [echo, never]}]}
  good: {steps: [{run: [echo, fine]}, {run: [echo, still]}]}
  all: {needs: [bad, good], steps: [{run: [echo, never]}]}
"""
    told = Told()
    report = await make_chores(tmp_path, tasks).run('all', told=told)
    assert report.exit is Exit.FAILED
    assert results(report) == {
        'bad-1-sh': 'failed',
        'bad-2-echo': 'blocked',
        'good-1-echo': 'done',
        'good-2-echo': 'done',
        'all-1-echo': 'blocked',
    }
    assert 'blocked all-1-echo' in told.events
    (problem,) = [result.problem for result in report.results if result.problem]
    # As a shell would take it, so that it can be copied.
    assert (problem.code, problem.message) == (Code.COMMAND_FAILED, "`sh -c 'exit 3'` failed with exit status 3.")


async def test_what_runs_side_by_side_is_told_whole(tmp_path: Path) -> None:
    """Both streams of a command in one text, and no line of another one in between."""
    tasks = """\
  talk:
    matrix: {n: ['1', '2', '3']}
    steps: [{run: [python3, talk.py, '{n}']}]
"""
    talk = """\
import sys
for line in range(200):
    print(sys.argv[1], line, file=(sys.stdout, sys.stderr)[line % 2], flush=True)
"""
    told = Told()
    await make_chores(tmp_path, tasks, {'talk.py': talk}).run('talk', told=told)
    assert told.texts == {
        f'talk-1-python3-{n}': ''.join(f'{n} {line}\n' for line in range(200)) for n in ('1', '2', '3')
    }


async def test_a_command_that_is_alone_has_the_terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """What it writes is there at once, and not told once more."""
    told = Told()
    await make_chores(tmp_path, '  one: {steps: [{run: [echo, direct]}, {run: [echo, too]}]}\n').run('one', told=told)
    assert capfd.readouterr().out == 'direct\ntoo\n'
    assert told.texts == {}


async def test_packages_run_after_those_that_they_need(tmp_path: Path) -> None:
    """In a step that runs once a package; a package of which nothing was asked is left out of the chain."""
    tasks = "  each: {per: package, steps: [{run: [echo, '{name}']}]}\n"
    chores = make_chores(tmp_path, tasks, _WORKSPACE)
    told = Told()
    await chores.run('each', told=told)
    chain = [f'each-1-echo:py:{name}' for name in ('low', 'mid', 'top')]
    for first, second in itertools.pairwise(chain):
        assert told.events.index(f'done {first}') < told.events.index(f'begin {second}')
    assert 'done each-1-echo:py:aside' in told.events
    few = await chores.look('each', Order(packages=frozenset({'py:low', 'py:top'})))
    assert few == ['done each-1-echo:py:low', 'done each-1-echo:py:top']


@pytest.mark.parametrize(
    ('change', 'expected'),
    [
        ({}, {'whole': 'skipped', 'space': 'skipped', 'low': 'skipped', 'mid': 'skipped', 'top': 'skipped'}),
        (
            {'packages/mid/code.py': 'new'},
            {'whole': 'done', 'space': 'done', 'low': 'skipped', 'mid': 'done', 'top': 'done'},
        ),
        (
            {'elsewhere': 'new'},
            {'whole': 'done', 'space': 'skipped', 'low': 'skipped', 'mid': 'skipped', 'top': 'skipped'},
        ),
    ],
    ids=['nothing', 'a package', 'no package'],
)
@pytest.mark.parametrize('committed', [True, False])
async def test_since_a_ref_only_what_changed_and_its_dependents(
    tmp_path: Path, change: dict[str, str], expected: dict[str, str], committed: bool
) -> None:
    """By commits since the branches parted and by the tree, untracked files too; not by what the ref itself got."""
    tasks = """\
  each:
    steps:
      - {run: [whole]}
      - {run: [space], per: workspace}
      - {run: [each], per: package}
"""
    chores = make_chores(tmp_path, tasks, _WORKSPACE)
    chores.sandbox.git('checkout', '--quiet', '-b', 'topic')
    chores.sandbox.git('checkout', '--quiet', 'main')
    chores.sandbox.commit('feat: aside', {'packages/aside/code.py': 'new'})
    chores.sandbox.git('checkout', '--quiet', 'topic')
    chores.sandbox.write(change)
    if committed:
        chores.sandbox.commit('feat: change')
    found = {}
    for line in await chores.look('each', Order(since='main')):
        kind, rest = line.split(maxsplit=1)
        name = rest.split(':')[2] if ':py:' in rest else 'space' if 'space' in rest else 'whole'
        found[name] = kind
    assert found == {**expected, 'aside': 'skipped'}


@pytest.mark.parametrize(
    ('order', 'message'),
    [
        (Order(since='nowhere'), 'There is no commit `nowhere` here.'),
        (Order(matrix=('n=3',)), 'No matrix has `n=3`.'),
        (Order(matrix=('n',)), 'No matrix has `n`.'),
    ],
)
async def test_what_was_asked_for_must_be_there(tmp_path: Path, order: Order, message: str) -> None:
    """Else the task would quietly do nothing."""
    chores = make_chores(tmp_path, "  t: {matrix: {n: ['1', '2']}, steps: [{run: [echo, '{n}']}]}\n")
    with pytest.raises(ReleaseKitError) as caught:
        await chores.run('t', order)
    assert caught.value.code is Code.USAGE
    assert str(caught.value) == message


async def test_one_combination_of_a_matrix_can_be_chosen(tmp_path: Path) -> None:
    """All names that are given must fit; a name that is not given may have any value."""
    chores = make_chores(tmp_path, "  t: {matrix: {n: ['1', '2'], m: [a, b]}, steps: [{run: [echo, '{n}{m}']}]}\n")
    assert await chores.look('t', Order(matrix=('n=2',))) == ['done t-1-echo-2-a', 'done t-1-echo-2-b']
    assert await chores.look('t', Order(matrix=('n=1', 'm=a', 'm=b'))) == ['done t-1-echo-1-a', 'done t-1-echo-1-b']


async def test_what_is_said_of_a_task_holds_for_its_commands(tmp_path: Path) -> None:
    """A command can say otherwise; variables come together."""
    tasks = """\
  t:
    env: {A: task, B: task}
    timeout: 0.2
    steps:
      - {run: [python3, -c, "import os; print(os.environ['A'], os.environ['B'])"], env: {B: step}, timeout: 60}
      - {run: [sleep, '60']}
  both: {matrix: {n: ['1', '2']}, steps: [{task: t}]}
"""
    chores = make_chores(tmp_path, tasks)
    told = Told()
    report = await chores.run('both', told=told)
    assert told.texts['t-1-python3-1'] == 'task step\n'
    codes = {result.key: result.problem.code for result in report.results if result.problem}
    assert codes == {'step:t-2-sleep-1': Code.COMMAND_TIMEOUT, 'step:t-2-sleep-2': Code.COMMAND_TIMEOUT}


@pytest.mark.parametrize(
    ('condition', 'environment', 'why'),
    [
        ('{ci: true}', {}, 'it only runs in CI'),
        ('{ci: true}', {'CI': 'true'}, ''),
        ('{ci: false}', {'CI': '1'}, 'it does not run in CI'),
        ('{ci: false}', {'CI': 'false'}, ''),
        ('{branch: [main]}', {}, ''),
        ('{branch: [next, "release/*"]}', {}, 'the branch is main, not next or release/*'),
        ('{mode: direct}', {}, ''),
        ('{mode: pull-request}', {}, 'the mode is direct, not pull-request'),
        ('{changed: ["so*"]}', {}, ''),
        ('{changed: ["py:solo"]}', {}, ''),
        ('{changed: [other]}', {}, 'nothing of other has changed since the last release'),
        ('{branch: [main], ci: true}', {}, 'it only runs in CI'),
    ],
)
async def test_a_condition_that_does_not_hold_says_so(
    tmp_path: Path, condition: str, environment: dict[str, str], why: str
) -> None:
    """Of a task, of a step and of a task in place; what comes after still runs."""
    tasks = f"""\
  whole: {{if: {condition}, steps: [{{run: [echo, whole]}}]}}
  all:
    needs: [whole]
    steps:
      - {{run: [echo, step], if: {condition}}}
      - {{task: inner, if: {condition}}}
      - {{run: [echo, last]}}
  inner: {{steps: [{{run: [echo, inner]}}]}}
"""
    made = make_chores(tmp_path, tasks)
    chores = made.having(**environment)
    met = 'done' if not why else f'skipped: {why}'
    report = await chores.run('all')
    assert results(report) == {'whole-1-echo': met, 'all-1-echo': met, 'inner-1-echo': met, 'all-3-echo': 'done'}
    assert report.exit is Exit.DONE


async def test_on_a_detached_head_the_branch_is_the_one_that_ci_works_for(tmp_path: Path) -> None:
    """Where nobody says so, no glob fits."""
    made = make_chores(tmp_path, '  t: {if: {branch: [topic]}, steps: [{run: [echo]}]}\n')
    made.sandbox.git('checkout', '--quiet', '--detach')
    assert await made.look('t') == ['skipped t-1-echo: the branch is not known, not topic']
    told = made.having(GITHUB_REF_NAME='topic')
    assert await told.look('t') == ['done t-1-echo']
