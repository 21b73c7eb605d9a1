# SPDX-License-Identifier: Apache-2.0
"""Completion in real shells: tasks, flags, their values, and the names of the repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from releasekit.errors import Code
from releasekit.tasks import flags, table
from releasekit.tasks.completion import answer
from releasekit.tasks.completion.answer import FILES, Index
from releasekit.testing.workspace import Sandbox, make_repository

BIN = Path(sys.executable).parent
RELEASEKIT = str(BIN / 'releasekit')
SPEC = """\
version: 1
project: {branch: main}
workspaces:
  py: {ecosystem: python, changelog: false, targets: [mirror], groups: {sdk: {packages: ["core"]}}}
targets:
  mirror: {type: pypi, auth: none, url: "http://127.0.0.1:9/", index: "http://127.0.0.1:9/simple/"}
checks:
  - {name: tests, run: ["true"]}
tasks:
  hello: {help: Greet somebody, steps: [{run: [printf, hello]}]}
"""
FILES_THERE = {
    'release.yaml': SPEC,
    'pyproject.toml': '[tool.uv.workspace]\nmembers = ["packages/*"]\n',
    'packages/core/pyproject.toml': '[project]\nname = "core"\nversion = "0.1.0"\n',
    'packages/extra/pyproject.toml': '[project]\nname = "extra"\nversion = "0.1.0"\n',
}
# A line that is being written, and what it can become: the whole of it, or some of it.
LINES = [
    ('plan --bum', {'--bump'}, True),
    ('hel', {'hello'}, True),
    ('discov', {'discover'}, True),
    ('why co', {'core'}, True),
    ('why ', {'core', 'extra', 'py:core', 'py:extra'}, True),
    ('plan --workspace ', {'py'}, True),
    ('plan --group ', {'sdk'}, True),
    ('check --only ', {'tests'}, True),
    ('check --skip t', {'tests'}, True),
    ('plan --only ex', {'extra'}, True),
    ('plan --format ', {'table', 'json'}, False),
    ('explain RK-LOCK', {'RK-LOCKED', 'RK-LOCK-STALE', 'RK-LOCK-TAKEN-OVER'}, True),
    ('completion ', {'bash', 'zsh', 'fish'}, True),
    ('schema --of pl', {'plan'}, True),
    ('migrate --from rel', {'release-please', 'release-plz'}, True),
    ('config --config engine.conc', {'engine.concurrency='}, True),
    ('plan --quiet --only co', {'core'}, True),
    ('plan --strict --w', {'--workspace'}, True),
    ('nonsense --x', set[str](), True),
]


@pytest.fixture(scope='module')
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One cache for all lines: the first makes the index, the others read it."""
    cache = tmp_path_factory.mktemp('cache')
    return {**os.environ, 'XDG_CACHE_HOME': str(cache), 'PATH': f'{BIN}:{os.environ["PATH"]}', 'TERM': 'dumb'}


@pytest.fixture(scope='module')
def repository(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """A workspace with two packages."""
    return make_repository(tmp_path_factory.mktemp('completion') / 'repository', FILES_THERE, 'feat: begin')


def shell(where: Sandbox, environment: dict[str, str], *argv: str) -> str:
    """What a shell prints."""
    done = subprocess.run(
        argv, cwd=where.root, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def in_bash(where: Sandbox, environment: dict[str, str], line: str) -> set[str]:
    """What bash would offer: the function that it calls, with the variables that it sets (bash splits at = and :)."""
    script = f"""
        eval "$(releasekit completion bash)"
        compopt() {{ :; }}
        COMP_LINE={_quoted(f'releasekit {line}')}
        COMP_POINT=${{#COMP_LINE}}
        COMP_WORDS=(releasekit)
        $(complete -p releasekit | sed 's/.*-F \\([^ ]*\\).*/\\1/')
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    return set(shell(where, environment, 'bash', '--norc', '--noprofile', '-c', script).split('\n')) - {''}


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


@pytest.mark.parametrize(('line', 'wanted', 'whole'), LINES, ids=[line for line, _, _ in LINES])
def test_bash_completes(
    repository: Sandbox, environment: dict[str, str], line: str, wanted: set[str], whole: bool
) -> None:
    """Tasks, flags and values, with the names that are in the repository."""
    found = in_bash(repository, environment, line)
    assert found == wanted if whole else found >= wanted


def test_bash_gets_what_follows_its_own_breaks(repository: Sandbox, environment: dict[str, str]) -> None:
    """It keeps what stands before the last `=` or `:` and replaces the rest."""
    assert in_bash(repository, environment, 'plan --bump=core=m') == {'major', 'minor'}
    assert in_bash(repository, environment, 'why py:c') == {'core'}
    assert in_bash(repository, environment, 'plan --bump ex') == {'extra='}


def test_bash_offers_files_where_a_file_is_meant(repository: Sandbox, environment: dict[str, str]) -> None:
    """For `apply` and `--spec`."""
    assert in_bash(repository, environment, 'apply rel') == {'release.yaml'}
    assert in_bash(repository, environment, 'plan --spec rel') == {'release.yaml'}


def test_bash_takes_the_script_as_it_is(repository: Sandbox, environment: dict[str, str]) -> None:
    """It can be parsed, and says that it completes releasekit."""
    script = shell(repository, environment, 'releasekit', 'completion', 'bash')
    shell(repository, environment, 'bash', '-n', '-c', script)
    assert 'complete -F _releasekit releasekit' in script


@pytest.mark.skipif(shutil.which('fish') is None, reason='fish is not installed')
@pytest.mark.parametrize(('line', 'wanted', 'whole'), LINES, ids=[line for line, _, _ in LINES])
def test_fish_completes(
    repository: Sandbox, environment: dict[str, str], line: str, wanted: set[str], whole: bool
) -> None:
    """Asked by its own `complete -C`."""
    script = f'releasekit completion fish | source; complete -C {_quoted(f"releasekit {line}")}'
    shown = shell(repository, environment, 'fish', '--no-config', '-c', script)
    found = {offered.split('\t')[0] for offered in shown.split('\n')} - {''}
    assert found == wanted if whole else found >= wanted


@pytest.mark.skipif(shutil.which('zsh') is None, reason='zsh is not installed')
@pytest.mark.parametrize(('line', 'wanted', 'whole'), LINES, ids=[line for line, _, _ in LINES])
def test_zsh_completes(
    repository: Sandbox, environment: dict[str, str], line: str, wanted: set[str], whole: bool
) -> None:
    """The function that it calls, with the variables that it sets; `_describe`, which would draw, prints."""
    script = f"""
        autoload -Uz compinit; compinit -u -D
        eval "$(releasekit completion zsh)"
        _describe() {{ print -rl -- "${{found[@]}}" }}
        words=({' '.join(_quoted(word) for word in ['releasekit', *answer.split(line or ' ')])})
        CURRENT=$#words
        _releasekit
    """
    shown = shell(repository, environment, 'zsh', '-f', '-c', script)
    found = {offered.replace('\\:', '\0').split(':')[0].replace('\0', ':') for offered in shown.split('\n')} - {''}
    assert found == wanted if whole else found >= wanted


def test_zsh_and_fish_offer_files_by_their_own_means(repository: Sandbox, environment: dict[str, str]) -> None:
    """They are told that a file is meant."""
    for name in ('zsh', 'fish'):
        asked = ('releasekit', '--complete', name, '--', 'releasekit', 'apply', '')
        assert shell(repository, environment, *asked).strip() == FILES


def test_every_task_and_flag_is_offered(repository: Sandbox, environment: dict[str, str]) -> None:
    """Those of the table, with their texts, and what works everywhere."""
    asked = ('releasekit', '--complete', 'fish', '--', 'releasekit')
    shown = shell(repository, environment, *asked, '')
    for entry in table.BUILTIN:
        assert f'{entry.name}\t{entry.text}\n' in shown
        offered = shell(repository, environment, *asked, entry.name, *('x' for _ in entry.arguments), '--')
        assert {flags.option(name) for name in entry.flags} | {'--help'} == {
            line.split('\t')[0] for line in offered.splitlines()
        }


def test_names_follow_the_repository(tmp_path: Path, environment: dict[str, str]) -> None:
    """What is kept is made anew when release.yaml changes, and when another commit is checked out."""
    own = make_repository(tmp_path / 'repository', FILES_THERE, 'feat: begin')
    assert 'later' not in in_bash(own, environment, 'why ')
    text = '[project]\nname = "later"\nversion = "0.1.0"\n'
    own.commit('feat: another package', {'packages/later/pyproject.toml': text})
    assert 'later' in in_bash(own, environment, 'why ')
    own.write({'release.yaml': SPEC.replace('hello:', 'goodbye:')})
    assert in_bash(own, environment, 'good') == {'goodbye'}


def test_a_broken_spec_leaves_what_is_built_in_and_no_word_of_complaint(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    """Nobody wants an error in the line that is being written; outside a repository it is the same."""
    own = make_repository(tmp_path / 'repository', {**FILES_THERE, 'release.yaml': 'version: ['}, 'feat: begin')
    (tmp_path / 'elsewhere').mkdir()
    for folder in (own.root, tmp_path / 'elsewhere'):
        done = subprocess.run(
            [RELEASEKIT, '--complete', 'fish', '--', 'releasekit', 'disc'],
            cwd=folder, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stdout.split('\t')[0], done.stderr) == (0, 'discover', '')


def test_a_worktree_has_its_own_commit(repository: Sandbox, environment: dict[str, str], tmp_path: Path) -> None:
    """There `.git` is a file, and HEAD stands elsewhere."""
    repository.git('worktree', 'add', '-q', '--detach', str(tmp_path / 'tree'), 'HEAD')
    before = answer.stamp(str(tmp_path / 'tree'), '')
    subprocess.run(
        ['git', '-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '--allow-empty', '-m', 'x'],
        cwd=tmp_path / 'tree', check=True,
    )  # fmt: skip
    assert answer.stamp(str(tmp_path / 'tree'), '') != before


INDEX = Index(
    [
        'task\tplan\tPlan',
        'task\twhy\tWhy\tpackage',
        'flag\tplan\t--bump\tpackage=level\tBump',
        'flag\tplan\t--quiet\t\tQuiet',
        'flag\twhy\t--spec\tfiles\tSpec',
        'word\tpackage\tcore\t',
        'word\tpackage\tjs:app\t',
        'word\tlevel\tminor\t',
    ]
)


@pytest.mark.parametrize(
    ('words', 'wanted'),
    [
        ([], ['plan', 'why']),
        (['plan', ''], ['plan', 'why']),
        (['why', ''], ['core', 'js:app']),
        (['why', 'core', ''], ['plan', 'why']),
        (['why', '--spec', ''], [FILES]),
        (['why', '--spec', 'x', ''], ['core', 'js:app']),
        (['plan', '--bump', 'core=m'], ['core=minor']),
        (['plan', '--bump=js:app='], ['--bump=js:app=minor']),
        (['plan', '--quiet', '--b'], ['--bump']),
        (['plan', '--', 'x', ''], [FILES]),
        (['--l'], ['--list']),
    ],
)
def test_what_comes_next_is_found_by_what_stands_before(words: list[str], wanted: list[str]) -> None:
    """Arguments before tasks, values after flags, files after two hyphens."""
    assert [name for name, _ in answer.offers(INDEX, words)] == wanted


def test_every_code_is_offered_to_explain(repository: Sandbox, environment: dict[str, str]) -> None:
    """With its title."""
    shown = shell(repository, environment, 'releasekit', '--complete', 'fish', '--', 'releasekit', 'explain', 'RK-')
    assert [line.split('\t')[0] for line in shown.splitlines()] == [code.value for code in Code]
