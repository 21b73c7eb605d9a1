# SPDX-License-Identifier: Apache-2.0
"""Tasks with `sources`: what is up to date does not run, and both are explained."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from releasekit.core.freshness import Record, why
from releasekit.errors import Code, Exit, Severity
from releasekit.run.chores import Order, look, run_task
from releasekit.run.project import open_project
from releasekit.testing.chores import Chores, Library, Maker, results

make_chores = Maker(Library(open_project, run_task, look, Order))
pytestmark = pytest.mark.anyio

_COPY = 'import shutil, sys; shutil.copy(sys.argv[1], "out.txt")'
_TASKS = f"""\
  gen:
    env: {{LEVEL: low}}
    sources: [src/**, conf]
    outputs: [out.txt]
    steps: [{{run: [python3, -c, '{_COPY}', src/in.txt, '{{posargs}}']}}]
"""
_FILES = {'src/in.txt': '1', 'conf': 'c', '.gitignore': 'out.txt\nignored/\n', 'other.txt': 'o'}


def replace(chores: Chores, old: str, new: str) -> None:
    """Change release.yaml."""
    text = (chores.root / 'release.yaml').read_text()
    assert old in text
    chores.sandbox.write({'release.yaml': text.replace(old, new)})


CHANGES: list[tuple[str, Callable[[Chores], None], str]] = [
    ('nothing', lambda _: None, 'already: up to date since '),
    ('something else', lambda c: c.sandbox.write({'other.txt': 'n'}), 'already: up to date since '),
    ('a source', lambda c: c.sandbox.write({'src/in.txt': '2'}), 'done: sources changed: src/in.txt'),
    ('its time alone', lambda c: (c.root / 'conf').touch(), 'already: up to date since '),
    ('a new source', lambda c: c.sandbox.write({'src/b/c': ''}), 'done: sources changed: src/b/c'),
    ('two sources', lambda c: c.sandbox.write({'src/b': '', 'conf': ''}), 'done: sources changed: conf and 1 more'),
    ('a source is gone', lambda c: (c.root / 'conf').unlink(), 'done: sources changed: conf'),
    ('the output is gone', lambda c: (c.root / 'out.txt').unlink(), 'done: output out.txt is missing'),
    ('the output', lambda c: c.sandbox.write({'out.txt': 'n'}), 'done: output out.txt changed'),
    ('the command', lambda c: replace(c, 'src/in.txt', 'conf'), 'done: the command changed'),
    ('the environment', lambda c: replace(c, 'LEVEL: low', 'LEVEL: high'), 'done: env changed: LEVEL'),
    ('what it makes', lambda c: replace(c, '[out.txt]', '[out.txt, more/*]'), 'done: output more/* is missing'),
]


@pytest.mark.parametrize(('change', 'expected'), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES])
async def test_a_task_runs_again_where_it_must_and_says_why(
    tmp_path: Path, change: Callable[[Chores], None], expected: str
) -> None:
    """Contents decide, not times; a dry run says the same as the run, and changes nothing."""
    chores = make_chores(tmp_path, _TASKS, _FILES)
    assert results(await chores.run('gen')) == {'gen-1-python3': 'done: it has not run before'}
    change(chores)
    looked = await chores.look('gen')
    assert looked[0].replace(' gen-1-python3', '').startswith(expected)
    found = results(await chores.run('gen'))['gen-1-python3']
    assert found.startswith(expected)


async def test_other_arguments_are_another_command(tmp_path: Path) -> None:
    """What follows `--` is part of it."""
    chores = make_chores(tmp_path, _TASKS, _FILES)
    await chores.run('gen')
    again = await chores.run('gen', Order(posargs=('more',)))
    assert results(again) == {'gen-1-python3': 'done: the command changed'}


async def test_force_runs_anyway(tmp_path: Path) -> None:
    """And what came of it is kept."""
    chores = make_chores(tmp_path, _TASKS, _FILES)
    await chores.run('gen')
    assert results(await chores.run('gen', Order(force=True))) == {'gen-1-python3': 'done: --force'}
    assert results(await chores.run('gen'))['gen-1-python3'].startswith('already')


async def test_a_failure_leaves_nothing_to_be_up_to_date_with(tmp_path: Path) -> None:
    """Not even where the task was up to date before."""
    chores = make_chores(tmp_path, _TASKS, _FILES)
    await chores.run('gen')
    source = (chores.root / 'src/in.txt').read_text()
    (chores.root / 'src/in.txt').unlink()
    assert (await chores.run('gen')).exit is Exit.FAILED
    chores.sandbox.write({'src/in.txt': source})
    assert results(await chores.run('gen')) == {'gen-1-python3': 'done: it has not run before'}


async def test_a_task_that_does_not_make_what_it_says_is_warned_of(tmp_path: Path) -> None:
    """It stays out of date."""
    tasks = "  gen: {sources: [conf], outputs: [dist], steps: [{run: ['true']}]}\n"
    chores = make_chores(tmp_path, tasks, _FILES)
    report = await chores.run('gen')
    assert report.exit is Exit.DONE
    assert [(warning.code, warning.severity) for warning in report.warnings] == [(Code.TASK_OUTPUT, Severity.WARNING)]
    assert 'output dist is not there' in report.warnings[0].message
    assert results(await chores.run('gen')) == {'gen-1-true': 'done: it has not run before'}


async def test_what_a_needed_task_makes_is_a_source(tmp_path: Path) -> None:
    """Even where git ignores it: it is looked at after that task has run."""
    tasks = f"""\
{_TASKS}
  use: {{needs: [gen], sources: [out.txt], steps: [{{run: ['true']}}]}}
"""
    chores = make_chores(tmp_path, tasks, _FILES)
    await chores.run('use')
    assert results(await chores.run('use'))['use-1-true'].startswith('already: up to date')
    chores.sandbox.write({'src/in.txt': '2'})
    assert results(await chores.run('use')) == {
        'gen-1-python3': 'done: sources changed: src/in.txt',
        'use-1-true': 'done: sources changed: out.txt',
    }


async def test_what_git_ignores_is_no_source_beside_what_it_knows(tmp_path: Path) -> None:
    """Caches that a command leaves among its sources make nothing out of date."""
    chores = make_chores(tmp_path, "  t: {sources: ['**'], steps: [{run: ['true']}]}\n", _FILES)
    await chores.run('t')
    chores.sandbox.write({'ignored/cache': 'x'})
    assert results(await chores.run('t'))['t-1-true'].startswith('already')


async def test_each_package_is_up_to_date_for_itself(tmp_path: Path) -> None:
    """Globs count from the folder that the commands run in."""
    files = {
        'pyproject.toml': '[tool.uv.workspace]\nmembers = ["p/*"]\n',
        **{f'p/{name}/pyproject.toml': f'[project]\nname = "{name}"\nversion = "0.1.0"\n' for name in 'ab'},
        **{f'p/{name}/code': '1' for name in 'ab'},
    }
    tasks = '  t: {per: package, sources: [code], steps: [{run: ["true"]}]}\n'
    chores = make_chores(tmp_path, tasks, files)
    await chores.run('t')
    chores.sandbox.write({'p/b/code': '2'})
    found = results(await chores.run('t'))
    assert found['t-1-true:py:a'].startswith('already')
    assert found['t-1-true:py:b'] == 'done: sources changed: code'


@pytest.mark.parametrize('spoilt', ['', '{', '{"schema": "releasekit/task/1"}', '[]'])
async def test_a_record_that_cannot_be_read_is_none(tmp_path: Path, spoilt: str) -> None:
    """A file of ours that somebody changed makes work, never an error."""
    chores = make_chores(tmp_path, _TASKS, _FILES)
    await chores.run('gen')
    (record,) = (chores.root / '.releasekit' / 'tasks').iterdir()
    record.write_text(spoilt)
    assert results(await chores.run('gen')) == {'gen-1-python3': 'done: it has not run before'}


async def test_records_hold_no_values_and_are_not_seen_by_git(tmp_path: Path) -> None:
    """Variables and commands may hold what is nobody's business."""
    chores = make_chores(tmp_path, _TASKS.replace('low', 'sesame'), _FILES)
    await chores.run('gen')
    (record,) = (chores.root / '.releasekit' / 'tasks').iterdir()
    schema = Path(__file__).parents[2] / 'schema' / 'task.schema.json'
    jsonschema.validate(json.loads(record.read_text()), json.loads(schema.read_text()))
    assert set(json.loads(record.read_text())['env']) == {'LEVEL'}
    assert 'sesame' not in record.read_text()
    assert chores.sandbox.git('status', '--porcelain') == ''


def test_the_first_reason_is_the_one_that_is_said() -> None:
    """What is missing, then the command, its environment, variables, sources, and what it made."""
    before = Record('c', 't', {'A': '1'}, {'s': '1'}, {'o': '1', 'p': '1'})
    rows = [
        (Record('c', 't', {'A': '1'}, {'s': '1'}, {'o': '1', 'p': '1'}), ''),
        (Record('d', 'u', {}, {}, {'p': '1'}), 'output o is missing'),
        (Record('d', 'u', {}, {}, {'o': '1'}), 'the command changed'),
        (Record('c', 'u', {}, {}, {'o': '1'}), 'its environment changed'),
        (Record('c', 't', {}, {}, {'o': '1'}), 'env changed: A'),
        (Record('c', 't', {'A': '1'}, {'s': '2', 't': '1'}, {'o': '1'}), 'sources changed: s and 1 more'),
        (Record('c', 't', {'A': '1'}, {'s': '1'}, {'o': '2'}), 'output p is missing'),
        (Record('c', 't', {'A': '1'}, {'s': '1'}, {'o': '2', 'p': '1'}), 'output o changed'),
    ]
    assert [why(before, now, ['o']) for now, _ in rows] == [reason for _, reason in rows]
