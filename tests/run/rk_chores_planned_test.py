# SPDX-License-Identifier: Apache-2.0
"""Tasks as parts of a release plan: what they need, their matrix and their conditions, in hooks too."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Any

import pytest

from releasekit.core.actions import RunCommand
from releasekit.core.plan import Inputs
from releasekit.core.unroll import unroll
from releasekit.errors import Code, ReleaseKitError
from releasekit.run.planning import Planned, plan_task
from releasekit.run.project import open_project
from releasekit.spec.model import RunStep, Task, TaskStep, UseStep
from releasekit.testing.workspace import make_repository

pytestmark = pytest.mark.anyio

_SPEC = """\
version: 1
project: {branch: main}
workspaces:
  py: {ecosystem: python}
tasks:
  base: {steps: [{run: [echo, base]}]}
  lint: {needs: [base], steps: [{run: [echo, lint]}]}
  test:
    needs: [base, lint]
    matrix: {n: ["1", "2"]}
    steps: [{run: [echo, "test {n}"]}]
  stable: {if: {branch: ["stable"]}, steps: [{run: [echo, stable]}]}
  sdk: {if: {changed: ["sdk*"]}, steps: [{run: [echo, sdk]}]}
  solo: {if: {changed: [solo], branch: [main], mode: direct}, steps: [{run: [echo, solo]}]}
  draft:
    needs: [lint]
    steps:
      - bump
      - {task: test}
      - {use: changelog, if: {branch: [stable]}}
      - {task: stable}
      - {task: sdk}
      - {run: [echo, packages], if: {changed: [solo]}}
hooks: {after-bump: [test, solo, stable]}
"""


async def planned(folder: Path, **more: str) -> Planned:
    """The plan of a task with one package to release."""
    files = {'release.yaml': _SPEC, 'pyproject.toml': '[project]\nname = "solo"\nversion = "0.1.0"\n'}
    sandbox = make_repository(folder / 'repository', files, 'feat: begin')
    sandbox.tag('solo-v0.1.0')
    sandbox.commit('feat: more', {'code.py': ''})
    environment = {**os.environ, 'XDG_CACHE_HOME': str(folder / 'cache'), **more}
    return await plan_task(await open_project(sandbox.root, None, environment), Inputs(), 'draft')


async def test_a_plan_holds_what_is_needed_and_leaves_out_what_has_no_reason(tmp_path: Path) -> None:
    """In the task itself what is needed stands once; a hook brings its own."""
    found = await planned(tmp_path)
    commands = [
        action.argv[1] for action in found.plan.actions if isinstance(action, RunCommand) and action.purpose != 'lock'
    ]
    assert commands == [
        'base', 'lint',
        'base', 'lint', 'test 1', 'test 2', 'solo',
        'test 1', 'test 2', 'packages',
    ]  # fmt: skip
    assert [(each.step, each.reason) for each in found.skipped if 'has' in each.reason or 'branch' in each.reason] == [
        ('run', 'the branch is main, not stable'),
        ('changelog', 'the branch is main, not stable'),
        ('run', 'the branch is main, not stable'),
        ('run', 'nothing of sdk* has changed since the last release'),
    ]


async def test_a_plan_is_the_same_in_ci(tmp_path: Path) -> None:
    """No variable of CI counts."""
    plain = await planned(tmp_path / 'a')
    ci = await planned(tmp_path / 'b', CI='true', GITHUB_REF_NAME='stable', GITHUB_HEAD_REF='stable')
    assert plain.plan.id == ci.plan.id


def _task(*steps: UseStep | RunStep | TaskStep, **more: Any) -> Task:
    return dataclasses.replace(Task(steps), **more)


@pytest.mark.parametrize(
    'tasks',
    [
        {'a': _task(TaskStep('a'))},
        {'a': _task(needs=('a',))},
        {'a': _task(needs=('b',)), 'b': _task(TaskStep('a'))},
        {'a': _task(needs=('b',)), 'b': _task(needs=('c',)), 'c': _task(needs=('b',))},
    ],
)
def test_what_contains_or_needs_itself_is_refused(tasks: dict[str, Task]) -> None:
    """However long the way round."""
    with pytest.raises(ReleaseKitError) as caught:
        unroll('a', tasks)
    assert caught.value.code is Code.SPEC_NAME
    assert 'contains or needs itself' in str(caught.value)


def test_a_built_in_step_stands_in_the_first_combination_only() -> None:
    """Also where another task brings it."""
    tasks = {
        'a': _task(TaskStep('b'), RunStep(('x',)), matrix={'n': ('1', '2')}),
        'b': _task(UseStep('bump'), RunStep(('y',))),
    }
    found = unroll('a', tasks)
    assert [part.step.use if isinstance(part.step, UseStep) else part.step.run[0] for part in found] == [
        'bump', 'y', 'x', 'y', 'x',
    ]  # fmt: skip
    assert [part.after for part in found] == [(), (0,), (1,), (), (3,)]
    assert [part.suffix for part in found] == ['-1', '-1', '-1', '-2', '-2']


@pytest.mark.parametrize(
    'tasks',
    [
        {f't{n}': _task(TaskStep(f't{n + 1}'), TaskStep(f't{n + 1}')) for n in range(40)} | {'t40': _task()},
        {'t0': _task(RunStep(('x',)), matrix={name: tuple('0123456789') for name in 'abcdef'})},
        {'t0': _task(matrix={name: tuple('0123456789') for name in 'abcdefghij'})},
    ],
    ids=['tasks in tasks', 'a matrix', 'a matrix of nothing'],
)
def test_what_would_never_end_is_refused(tasks: dict[str, Task]) -> None:
    """A few lines of YAML can ask for more steps than anybody waits for."""
    with pytest.raises(ReleaseKitError) as caught:
        unroll('t0', tasks)
    assert caught.value.code is Code.SPEC_INVALID
    assert 'more than 10000 steps' in str(caught.value)
