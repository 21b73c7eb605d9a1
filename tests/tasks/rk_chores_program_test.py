# SPDX-License-Identifier: Apache-2.0
"""Tasks of release.yaml on the command line: real processes, their output, their flags and their exit statuses."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from releasekit.testing.workspace import Sandbox, make_repository

BIN = Path(sys.executable).parent
RELEASEKIT = str(BIN / 'releasekit')
INVOKE = str(BIN / 'invoke')
SPEC = """\
version: 1
project: {branch: main}
workspaces:
  py: {ecosystem: python, changelog: false}
tasks:
  test:
    help: Run the tests
    needs: [gen]
    matrix: {n: ["1", "2"]}
    steps:
      - run: [python3, -c, "print('<{n} {posargs}>')"]
      - {run: [echo, deploy], if: {branch: [stable]}}
  gen:
    sources: [in.txt]
    outputs: [out.txt]
    steps: [{run: [cp, in.txt, out.txt]}]
  plan:
    help: Ours
    steps: [{run: [echo, our plan]}]
  slow:
    matrix: {n: ["1", "2"]}
    steps: [{run: [python3, slow.py, "{n}"]}]
  draft:
    steps: [{use: bump, if: {branch: [main]}}, {use: pin, if: {branch: [stable]}}]
"""
SLOW = """\
import os, pathlib, signal, sys, time
name = sys.argv[1]
def end(*_):
    pathlib.Path(f'ended-{name}').touch()
    sys.exit(1)
signal.signal(signal.SIGTERM, end)
pathlib.Path(f'began-{name}').touch()
time.sleep(600)
"""
TASKS_PY = '"""Our tasks."""\nfrom releasekit.tasks import ns\n'


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """A repository with tasks."""
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    monkeypatch.delenv('CI', raising=False)
    pyproject = '[project]\nname = "solo"\nversion = "0.1.0"\n'
    files = {'release.yaml': SPEC, 'pyproject.toml': pyproject, 'in.txt': '1', 'slow.py': SLOW, 'tasks.py': TASKS_PY}
    return make_repository(tmp_path / 'repository', files)


def run(where: Sandbox, *argv: str) -> subprocess.CompletedProcess[str]:
    """Run a program with pipes."""
    return subprocess.run(argv, cwd=where.root, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def until(fact: Callable[[], bool]) -> None:
    """Wait until something is so, for as long as a slow machine may take."""
    end = time.monotonic() + 60
    while not fact():
        assert time.monotonic() < end, 'it never came to that'
        time.sleep(0.05)


def test_a_dry_run_prints_the_commands_as_they_would_run(repository: Sandbox) -> None:
    """In their order, with words and arguments filled in, and why each would run or would not."""
    done = run(repository, RELEASEKIT, 'test', '--dry-run', '--', 'x', 'y')
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        'run step gen-1-cp: cp in.txt out.txt — it has not run before',
        'run step test-1-python3-1: python3 -c "print(\'<1 x y>\')"',
        'skip step test-2-echo-1: echo deploy — the branch is main, not stable',
        'run step test-1-python3-2: python3 -c "print(\'<2 x y>\')"',
        'skip step test-2-echo-2: echo deploy — the branch is main, not stable',
        '',
        '3 of 5 commands would run.',
    ]
    assert not (repository.root / 'out.txt').exists()
    assert not (repository.root / '.releasekit').exists()


def test_what_a_dry_run_names_is_what_runs(repository: Sandbox) -> None:
    """By key, as documents."""
    planned = json.loads(run(repository, RELEASEKIT, 'test', '--dry-run', '--format', 'json').stdout)
    report = json.loads(run(repository, RELEASEKIT, 'test', '--format', 'json').stdout)
    assert planned['schema'] == 'releasekit/plan/1'
    assert report['schema'] == 'releasekit/report/1'
    ran = [result['key'] for result in report['results'] if result['kind'] == 'done']
    assert [action['key'] for action in planned['actions']] == ran
    skipped = {result['detail'] for result in report['results'] if result['kind'] == 'skipped'}
    assert skipped == {'the branch is main, not stable'}


def test_a_run_says_why_each_command_ran_or_did_not(repository: Sandbox) -> None:
    """In lines for people; what runs side by side stands under a line that names it."""
    first = run(repository, RELEASEKIT, 'test', '--', 'x')
    assert first.returncode == 0
    assert '── run step test-1-python3-2: python3 -c "print(\'<2 x>\')"\n<2 x>\n' in first.stdout
    assert 'ran step gen-1-cp: cp in.txt out.txt: it has not run before\n' in first.stdout
    assert first.stdout.endswith('Done: 3 of 3 actions; 2 skipped.\n')
    again = run(repository, RELEASEKIT, 'test', '--matrix', 'n=2')
    assert 'ran step gen-1-cp: cp in.txt out.txt before: up to date since ' in again.stdout
    assert '<1 ' not in again.stdout


def test_a_task_may_replace_one_that_is_no_list_of_steps(repository: Sandbox) -> None:
    """A team's word counts."""
    assert 'our plan' in run(repository, RELEASEKIT, 'plan').stdout
    for program in (RELEASEKIT, INVOKE):
        listed = run(repository, program, '--list').stdout
        assert [line.split(maxsplit=1)[1] for line in listed.splitlines() if line.startswith('  plan ')] == ['Ours']


@pytest.mark.parametrize(
    'argv', [('--list',), ('--list', '--list-format', 'json'), ('--list', '--list-format', 'nested')]
)
@pytest.mark.parametrize('program', [RELEASEKIT, INVOKE])
def test_a_list_survives_a_broken_spec(repository: Sandbox, program: str, argv: tuple[str, ...]) -> None:
    """In each of the forms of a list, with one line about what is wrong."""
    repository.write({'release.yaml': SPEC.replace('needs: [gen]', 'needs: [gone]')})
    done = run(repository, program, *argv)
    assert done.returncode == 0
    assert 'discover' in done.stdout
    assert 'draft' not in done.stdout
    assert done.stderr == 'RK-SPEC-NAME: There is no task `gone`. Only the built-in tasks are there.\n'


@pytest.mark.parametrize(
    ('argv', 'message'),
    [
        (('draft', '--since', 'HEAD'), '`--since` is for tasks without release steps, and draft has some.'),
        (('draft', '--force'), '`--force` is for tasks without release steps, and draft has some.'),
        (('slow', '--watch', '--matrix', 'n=1'), 'Task slow has no sources to watch.'),
        (('gen', '--watch', '--format', 'json'), '`--watch` has no end to make a document of.'),
        (('test', '--only', 'other'), 'No package is called `other`.'),
    ],
)
def test_what_makes_no_sense_is_a_mistake_in_use(repository: Sandbox, argv: tuple[str, ...], message: str) -> None:
    """Before anything runs."""
    done = run(repository, RELEASEKIT, *argv)
    assert done.returncode == 2
    assert message in done.stdout + done.stderr


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_commands_and_the_program(repository: Sandbox, number: signal.Signals) -> None:
    """Each command is asked to end and does; the shell sees which signal it was."""
    with subprocess.Popen(
        [RELEASEKIT, 'slow'], cwd=repository.root, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as process:
        until(lambda: all((repository.root / f'began-{n}').exists() for n in '12'))
        process.send_signal(number)
        said = process.communicate(timeout=60)[0]
    assert process.returncode == -number
    assert all((repository.root / f'ended-{n}').exists() for n in '12')
    assert said.count('cancelled: run step slow-1-python3-1') == 1


def test_watching_runs_again_when_a_source_changes(repository: Sandbox) -> None:
    """Until Ctrl-C."""
    with subprocess.Popen(
        [RELEASEKIT, 'gen', '--watch'], cwd=repository.root, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as process:
        made = repository.root / 'out.txt'
        until(lambda: made.exists() and made.read_text() == '1')
        repository.write({'in.txt': 'new'})
        until(lambda: made.read_text() == 'new')
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)[0]
    assert process.returncode == -signal.SIGINT
    assert 'sources changed: in.txt' in said


def test_a_plan_leaves_out_steps_whose_conditions_do_not_hold(repository: Sandbox) -> None:
    """By the branch that the plan is for, wherever it is made."""
    plans = [
        subprocess.run(
            [RELEASEKIT, 'draft', '--dry-run', '--format', 'json'],
            cwd=repository.root, env={**os.environ, **more}, capture_output=True, text=True, check=True,
        ).stdout
        for more in ({}, {'CI': '1', 'GITHUB_REF_NAME': 'stable'})
    ]  # fmt: skip
    assert plans[0] == plans[1]
