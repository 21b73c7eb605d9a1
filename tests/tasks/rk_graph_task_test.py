# SPDX-License-Identifier: Apache-2.0
"""`graph` and `discover` as people run them: formats, what is chosen, what changed, cycles, and large repositories."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import jsonschema
import pytest

from releasekit.testing.stage import Member, members
from releasekit.testing.workspace import Sandbox, make_repository

RELEASEKIT = str(Path(sys.executable).parent / 'releasekit')
SCHEMAS = Path(__file__).parents[2] / 'schema'
SPEC = """\
version: 1
project: {branch: main}
workspaces:
  py:
    ecosystem: python
    targets: [pypi]
    packages: {tool: {publish: false}}
    groups: {sdk: {packages: [core, util]}}
targets:
  pypi: {type: pypi, auth: none, url: "http://127.0.0.1:9/", index: "http://127.0.0.1:9/simple/"}
"""
PACKAGES = {
    'core': Member(),
    'util': Member(needs=('core',)),
    'app': Member(needs=('core', 'util')),
    'tool': Member(needs=('core',)),
}
EDGES = [('py:app', 'py:core'), ('py:app', 'py:util'), ('py:tool', 'py:core'), ('py:util', 'py:core')]


@pytest.fixture
def repository(tmp_path: Path) -> Sandbox:
    """Four packages, one of them not published."""
    return make_repository(tmp_path / 'repository', {**members(PACKAGES), 'release.yaml': SPEC})


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))


def run(where: Sandbox, *argv: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the console script."""
    environment = {**os.environ, **more}
    return subprocess.run(
        [RELEASEKIT, *argv],
        cwd=where.root,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding='utf-8',
        check=False,
    )


def ids(where: Sandbox, *argv: str) -> list[str]:
    """The packages that `graph` shows."""
    done = run(where, 'graph', '--format', 'json', *argv)
    assert done.returncode == 0, done.stderr
    return [package['id'] for package in json.loads(done.stdout)['packages']]


@pytest.mark.parametrize('argv', [['discover'], ['graph'], ['graph', '--format', 'levels']], ids=' '.join)
def test_where_nothing_has_changed_it_is_said(repository: Sandbox, argv: list[str]) -> None:
    """Beside a result that is empty."""
    done = run(repository, *argv, '--since', 'HEAD')
    assert (done.returncode, done.stdout) == (0, '')
    assert done.stderr == 'No package has changed since HEAD, nor needs one that has.\n'


def test_the_document_has_packages_edges_and_levels(repository: Sandbox) -> None:
    """As its schema says."""
    document = json.loads(run(repository, 'graph', '--format', 'json').stdout)
    jsonschema.validate(document, json.loads((SCHEMAS / 'graph.schema.json').read_text()))
    assert [(edge['package'], edge['needs']) for edge in document['edges']] == EDGES
    assert {each['id']: (each['level'], each['group'], each['publish']) for each in document['packages']} == {
        'py:app': (2, None, True),
        'py:core': (0, 'sdk', True),
        'py:tool': (1, None, False),
        'py:util': (1, 'sdk', True),
    }
    assert document['cycles'] == []


@pytest.mark.parametrize('task', ['graph', 'discover'])
@pytest.mark.parametrize('format_', ['mermaid', 'dot', 'd2', 'svg', 'ascii', 'levels'])
def test_both_tasks_draw_in_every_format(repository: Sandbox, task: str, format_: str) -> None:
    """The same from both, whatever the hash seed, with the name of every package."""
    one = run(repository, task, '--format', format_, PYTHONHASHSEED='1')
    other = run(repository, task, '--format', format_, PYTHONHASHSEED='2')
    assert (one.returncode, one.stdout) == (0, other.stdout)
    assert one.stdout == run(repository, 'graph', '--format', format_).stdout
    assert all(name in one.stdout for name in ('py:app', 'py:core', 'py:tool', 'py:util'))


def test_a_picture_is_a_document_of_its_own(repository: Sandbox) -> None:
    """`graph --format svg > graph.svg` gives a file that is read."""
    done = run(repository, 'graph', '--format', 'svg')
    assert ET.fromstring(done.stdout).tag == '{http://www.w3.org/2000/svg}svg'  # noqa: S314 - what was just made
    assert done.stderr == ''


def test_the_tree_is_what_a_terminal_gets(repository: Sandbox) -> None:
    """In ASCII, so that every terminal shows it."""
    assert run(repository, 'graph', LC_ALL='C', PYTHONUTF8='0').stdout.splitlines() == [
        'py:app 0.1.0',
        '|-- py:core 0.1.0',
        '`-- py:util 0.1.0',
        '    `-- py:core 0.1.0',
        'py:tool 0.1.0 (not published)',
        '`-- py:core 0.1.0',
    ]


def test_rows_of_csv_are_edges_for_graph_and_packages_for_discover(repository: Sandbox) -> None:
    """As the csv module reads them."""
    edges = list(csv.DictReader(run(repository, 'graph', '--format', 'csv').stdout.splitlines()))
    assert [(row['package'], row['needs']) for row in edges if row['needs']] == EDGES
    packages = list(csv.DictReader(run(repository, 'discover', '--format', 'csv').stdout.splitlines()))
    assert {row['id']: (row['needs'], row['publish']) for row in packages} == {
        'py:app': ('py:core py:util', 'yes'),
        'py:core': ('', 'yes'),
        'py:tool': ('py:core', 'no'),
        'py:util': ('py:core', 'yes'),
    }


@pytest.mark.parametrize(
    ('argv', 'expected'),
    [
        (['--package', 'util'], ['py:app', 'py:core', 'py:util']),
        (['--package', 'util', '--dependencies'], ['py:core', 'py:util']),
        (['--package', 'util', '--dependents'], ['py:app', 'py:util']),
        (['--package', 'util', '--dependents', '--dependencies'], ['py:app', 'py:core', 'py:util']),
        (['--package', 'tool', '--package', 'py:util', '--dependents'], ['py:app', 'py:tool', 'py:util']),
        (['--group', 'sdk'], ['py:core', 'py:util']),
        (['--only', '*o*'], ['py:core', 'py:tool']),
        (['--only', 'util', '--only', 'tool', '--package', 'core'], ['py:tool', 'py:util']),
        (['--workspace', 'py'], ['py:app', 'py:core', 'py:tool', 'py:util']),
    ],
)
def test_one_can_choose_what_is_drawn(repository: Sandbox, argv: list[str], expected: list[str]) -> None:
    """One package with what it needs and what needs it, or some by the flags that choose everywhere."""
    assert ids(repository, *argv) == expected


@pytest.mark.parametrize(
    ('argv', 'message'),
    [
        (['--package', 'utli'], 'Did you mean util?'),
        (['--workspace', 'js'], 'There is no workspace `js`.'),
        (['--since', 'nowhere'], 'There is no commit `nowhere` here.'),
        (['--format', 'mermade'], 'Did you mean `--format mermaid`?'),
    ],
)
def test_what_is_not_there_is_said(repository: Sandbox, argv: list[str], message: str) -> None:
    """With status 2, and the nearest name."""
    done = run(repository, 'graph', *argv)
    assert done.returncode == 2
    assert message in done.stderr


def test_since_a_commit_there_are_what_changed_and_what_needs_it(repository: Sandbox) -> None:
    """What changed is marked; a change in the tree counts too, and what came to the other branch meanwhile does not."""
    repository.git('checkout', '--quiet', '-b', 'topic')
    repository.commit('fix: util', {'packages/util/src/util/more.py': ''})
    repository.git('checkout', '--quiet', 'main')
    repository.commit('fix: tool', {'packages/tool/src/tool/more.py': ''})
    repository.git('checkout', '--quiet', 'topic')
    assert run(repository, 'graph', '--since', 'main').stdout.splitlines() == [
        'py:app 0.1.0',
        '`-- py:util 0.1.0 (changed)',
    ]
    assert ids(repository, '--since', 'HEAD') == []
    repository.write({'packages/app/new.txt': ''})
    assert ids(repository, '--since', 'HEAD') == ['py:app']
    discovered = json.loads(run(repository, 'discover', '--since', 'main', '--format', 'json').stdout)
    assert [package['id'] for package in discovered['packages']] == ['py:app', 'py:util']


def test_a_cycle_is_shown_and_warned_of(repository: Sandbox) -> None:
    """Nobody finds a cycle in a task that fails because of it; `--strict` fails, and so does a plan."""
    files = members({**PACKAGES, 'core': Member(needs=('util',))})
    repository.commit('feat: a cycle', {'packages/core/pyproject.toml': files['packages/core/pyproject.toml']})
    done = run(repository, 'graph')
    assert done.returncode == 0
    assert '[cycle] py:util 0.1.0' in done.stdout
    assert 'warning[RK-GRAPH-CYCLE]' in done.stderr
    assert 'py:core → py:util (runtime) → py:core (runtime)' in done.stderr
    assert run(repository, 'graph', '--strict').returncode == 1
    assert run(repository, 'discover').returncode == 0
    assert run(repository, 'plan').returncode == 1
    annotated = run(repository, 'graph', '--format', 'github').stdout
    assert annotated.startswith('::warning title=RK-GRAPH-CYCLE::Packages need each other: ')


@pytest.mark.slow
def test_a_thousand_packages_are_told_in_short(tmp_path: Path) -> None:
    """With what to ask for instead; formats for programs have all of them."""
    names = [f'p{number:04}' for number in range(1000)]
    many = {
        name: Member(needs=tuple(names[max(0, number // 2 - 1) : number // 2])) for number, name in enumerate(names)
    }
    repository = make_repository(tmp_path / 'large', {**members(many), 'release.yaml': SPEC})
    for format_ in ('ascii', 'table'):
        done = run(repository, 'graph', '--format', format_)
        assert done.stdout.startswith('1000 packages, ')
        assert len(done.stdout.splitlines()) < 40
        assert '--format svg' in done.stderr
    assert '`maxEdges`' in run(repository, 'graph', '--format', 'mermaid').stderr
    assert len(json.loads(run(repository, 'graph', '--format', 'json').stdout)['packages']) == 1000
    assert len(run(repository, 'graph', '--package', 'p0999', '--dependencies').stdout.splitlines()) < 20
