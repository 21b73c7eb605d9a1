# SPDX-License-Identifier: Apache-2.0
"""`changeset add` and `changeset check` as people and machines run them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from releasekit.tasks.commandline import spoken
from releasekit.tasks.completion.answer import Index, offers
from releasekit.testing.stage import Member, members
from releasekit.testing.terminal import on_terminal
from releasekit.testing.workspace import Sandbox, make_repository

RELEASEKIT = str(Path(sys.executable).parent / 'releasekit')
SCHEMAS = Path(__file__).parents[2] / 'schema'
SPEC = 'version: 1\nproject: {branch: main}\ncommits: {convention: both}\nworkspaces: {py: {ecosystem: python}}\n'
TASKS = frozenset({'changeset-add', 'changeset-check', 'plan'})


@pytest.fixture
def repository(tmp_path: Path) -> Sandbox:
    """Two packages on a branch of their own."""
    made = make_repository(tmp_path / 'work', {**members({'ant': Member(), 'bee': Member()}), 'release.yaml': SPEC})
    made.git('switch', '--quiet', '--create', 'topic')
    return made


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))


def run(where: Sandbox, *argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [RELEASEKIT, *argv],
        cwd=where.root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding='utf-8',
        check=False,
    )


def valid(text: str, name: str) -> dict[str, Any]:
    document = json.loads(text)
    jsonschema.validate(document, json.loads((SCHEMAS / f'{name}.schema.json').read_text(encoding='utf-8')))
    return document


def changesets(where: Sandbox) -> dict[str, str]:
    return {path.name: path.read_text() for path in (where.root / '.changeset').glob('*')}


def test_a_changeset_is_added_and_asked_for(repository: Sandbox) -> None:
    """The check fails until there is one, in words and as documents; the same again changes nothing."""
    repository.write({'packages/ant/x.py': ''})
    missing = run(repository, 'changeset', 'check', '--since', 'main', '--format', 'json')
    assert missing.returncode == 3
    (finding,) = valid(missing.stdout, 'findings')['findings']
    assert (finding['check'], finding['package'], finding['path']) == ('changeset', 'py:ant', 'packages/ant/x.py')
    noted = run(repository, 'changeset-check', '--format', 'github')
    assert noted.returncode == 3
    assert noted.stdout.startswith('::error file=packages/ant/x.py,title=changeset::py:ant: Changed since main, ')
    dry = run(repository, 'changeset', 'add', '--bump', 'ant=none', '--message', 'x', '--dry-run', '--format', 'json')
    assert valid(dry.stdout, 'changeset')['written'] is False
    assert not (repository.root / '.changeset').exists()
    argv = ('changeset', 'add', '--bump', 'ant=minor', '--message', 'Ants walk', '--format', 'json')
    made = valid(run(repository, *argv).stdout, 'changeset')
    assert made['packages'] == [{'package': 'py:ant', 'level': 'minor'}]
    assert made['written'] is True
    again = valid(run(repository, *argv).stdout, 'changeset')
    assert (again['path'], again['written']) == (made['path'], False)
    assert list(changesets(repository).values()) == ['---\n"ant": minor\n---\n\nAnts walk\n']
    done = run(repository, 'changeset', 'check', '--since', 'main')
    assert (done.returncode, done.stdout) == (0, 'Every changed package has its changeset: 1 of 1.\n')
    # An older changeset says nothing of a newer change.
    repository.commit('feat: walk', {})
    repository.write({'packages/ant/y.py': ''})
    assert run(repository, 'changeset-check', '--since', 'HEAD').returncode == 3
    assert run(repository, 'changeset', 'add', '--empty').returncode == 0
    assert run(repository, 'changeset-check', '--since', 'HEAD').returncode == 0


@pytest.mark.parametrize(
    ('argv', 'expected'),
    [
        (('--minor',), ['"ant": minor', '"bee": minor']),
        (('--patch', '--only', 'b*'), ['"bee": patch']),
        (('--minor', '--since', 'main'), ['"ant": minor']),
        (('--patch', '--bump', 'py:ant=major'), ['"ant": major', '"bee": patch']),
    ],
)
def test_one_level_stands_for_many_packages(repository: Sandbox, argv: tuple[str, ...], expected: list[str]) -> None:
    """For all that are selected, and with `--since` those that have changed; what is said of one outranks it."""
    repository.write({'packages/ant/x.py': ''})
    done = run(repository, 'changeset', 'add', *argv, '--message', 'x')
    assert done.returncode == 0, done.stderr
    assert done.stdout.split('---\n')[1].splitlines() == expected


@pytest.mark.parametrize(
    ('argv', 'code', 'told'),
    [
        ((), 'RK-CONFIRM', 'Which packages'),
        (('--yes',), 'RK-CONFIRM', 'Which packages'),
        (('--bump', 'ant=minor'), 'RK-CONFIRM', 'What is this change'),
        (('--bump', 'ant=huge', '--message', 'x'), 'RK-USAGE', '`ant=huge` has no level.'),
        (('--bump', 'cat=minor', '--message', 'x'), 'RK-PACKAGE-UNKNOWN', 'No package is called `cat`.'),
        (('--empty', '--bump', 'ant=minor'), 'RK-USAGE', 'An empty changeset names no package.'),
        (('--major', '--minor', '--message', 'x'), 'RK-USAGE', 'contradict each other'),
        (('--minor', '--since', 'main', '--message', 'x'), 'RK-USAGE', 'No package is left that has changed.'),
        (('--minor', '--since', 'nowhere', '--message', 'x'), 'RK-USAGE', 'There is no commit `nowhere` here.'),
        (('--config', 'commits.convention=conventional', '--empty'), 'RK-SPEC-INVALID', 'Changesets do not count here'),
        (('--config', 'commits.changesets=../out', '--empty'), 'RK-PATH-OUTSIDE', 'outside'),
    ],
)
def test_what_cannot_be_added_is_refused(repository: Sandbox, argv: tuple[str, ...], code: str, told: str) -> None:
    """With nobody to answer, and what to do instead; nothing is written."""
    done = run(repository, 'changeset', 'add', *argv)
    assert done.returncode == (1 if code == 'RK-PATH-OUTSIDE' else 2), done.stderr
    assert f'error[{code}]' in done.stderr
    assert told in done.stderr
    assert repository.git('status', '--porcelain') == ''


@pytest.mark.parametrize(
    ('keys', 'status', 'expected'),
    [
        ('1 2\n\nmajor\nAll walk\n', 0, '---\n"ant": patch\n"bee": major\n---\n\nAll walk\n'),
        ('2\n4\nBees rest\n', 0, '---\n"bee": none\n---\n\nBees rest\n'),
        ('3\n', 2, None),
        ('1\nhuge\n', 2, None),
        ('1\n1\n\n', 2, None),
    ],
)
def test_somebody_is_asked(repository: Sandbox, keys: str, status: int, expected: str | None) -> None:
    """Packages by their numbers, a level for each, patch where nothing is answered, and the words."""
    seen, found = on_terminal([RELEASEKIT, 'changeset'], repository.root, os.environ, typed=('Numbers: ', keys))
    assert found == status, seen
    assert list(changesets(repository).values()) == ([] if expected is None else [expected])


def test_a_change_needs_a_branch_to_be_held_against(repository: Sandbox) -> None:
    """That of the remote, else of release.yaml; where there is none, it has to be said."""
    assert run(repository, 'changeset-check', '--config', 'project.branch=gone').returncode == 2
    assert run(repository, 'changeset-check').stdout == 'No package changed.\n'
    assert run(repository, 'changeset-check', '--config', 'commits.convention=conventional').returncode == 2


@pytest.mark.parametrize(
    ('words', 'names', 'expected'),
    [
        ('changeset add --empty', TASKS, 'changeset-add --empty'),
        ('changeset check --since x', TASKS, 'changeset-check --since x'),
        ('--dry changeset add', TASKS, '--dry changeset-add'),
        ('changeset', TASKS, 'changeset-add'),
        ('changeset --minor', TASKS, 'changeset-add --minor'),
        ('changeset status', TASKS, 'changeset-add status'),
        ('plan changeset add', TASKS, 'plan changeset add'),
        ('changeset add', TASKS | {'changeset'}, 'changeset add'),
        ('', TASKS, ''),
    ],
)
def test_two_words_name_a_task(words: str, names: frozenset[str], expected: str) -> None:
    """Unless release.yaml has a task of the first."""
    assert spoken(['releasekit', *words.split()], names) == ['releasekit', *expected.split()]


def test_two_words_are_completed() -> None:
    """The second one, then what its task takes, `none` among the levels."""
    lines = (
        'task\tchangeset-add\tAdd',
        'task\tchangeset-check\tCheck',
        'flag\tchangeset-add\t--bump\tpackage=change\tLevels',
        'word\tpackage\tant\t',
        'word\tchange\tnone\t',
    )
    index = Index(lines)
    assert [name for name, _ in offers(index, ['changeset', ''])] == ['add', 'check']
    assert [name for name, _ in offers(index, ['changeset', 'c'])] == ['check']
    assert [name for name, _ in offers(index, ['changeset', 'add', '--'])] == ['--bump', '--help']
    assert offers(index, ['changeset', 'add', '--bump', 'ant=n']) == [('ant=none', '')]
