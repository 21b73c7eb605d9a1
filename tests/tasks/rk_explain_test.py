# SPDX-License-Identifier: Apache-2.0
"""Words are explained: every code, step, check, task and key of release.yaml; help is there for each task."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from releasekit.errors import Code, ReleaseKitError
from releasekit.spec import keys
from releasekit.steps.base import steps
from releasekit.tasks import explain, schemas, table
from releasekit.tasks.table import Entry
from releasekit.testing.workspace import Sandbox, make_repository

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
RELEASEKIT = str(BIN / 'releasekit')
INVOKE = str(BIN / 'invoke')
SPEC = """\
version: 1
project: {branch: main}
workspaces:
  py:
    ecosystem: python
    changelog: false
    groups: {sdk: {packages: [core]}}
checks:
  - {name: good, run: ["true"]}
tasks:
  hello: {help: Greet somebody, steps: [{run: [printf, hello]}]}
"""
FILES = {
    'release.yaml': SPEC,
    'pyproject.toml': '[project]\nname = "core"\nversion = "0.1.0"\n',
    'tasks.py': 'from releasekit.tasks import ns\n',
}
PAGES = {page.name: page for page in explain.codes()}
SOURCES = ''.join(path.read_text() for path in (ROOT / 'lib').rglob('*.py') if path.name != 'errors.py')


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """A repository with one package."""
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    return make_repository(tmp_path / 'repository', FILES, 'feat: begin')


def run(where: Sandbox, *argv: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a program with pipes."""
    environment = {**os.environ, **more}
    return subprocess.run(
        argv, cwd=where.root, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    """In the order of the codes, so that the page reads as the list does."""
    assert list(PAGES) == [code.value for code in Code]


@pytest.mark.parametrize('code', Code)
def test_a_page_says_what_it_means_when_it_comes_and_what_to_do(code: Code) -> None:
    """A title of one sentence, an example, and something to do; nothing is only the message again."""
    page = PAGES[code.value]
    assert page.title.endswith('.')
    assert '\n' not in page.title
    assert '\nTo do: ' in f'\n{page.text}'
    assert '\nExample: ' in f'\n{page.text}'


@pytest.mark.parametrize('code', Code)
def test_a_code_is_raised_somewhere(code: Code) -> None:
    """A code that nothing raises is no code."""
    assert re.search(rf'\bCode\.{code.name}\b', SOURCES)


@pytest.mark.parametrize('word', ['RK-SPEC-INVALID', 'rk-spec-invalid', 'spec-invalid', 'SPEC_INVALID'])
def test_a_code_is_found_however_it_is_written(word: str) -> None:
    """In any case, with the prefix or without."""
    assert [page.name for page in explain.explain(word, None)] == ['RK-SPEC-INVALID']


@pytest.mark.parametrize('name', sorted(steps()))
def test_a_step_is_explained_with_its_options(name: str) -> None:
    """What it does, and each option."""
    page = next(page for page in explain.explain(name, None) if page.kind == 'step')
    assert page.title == steps()[name].title


@pytest.mark.parametrize('entry', table.BUILTIN, ids=lambda entry: entry.name)
def test_a_task_is_explained_with_its_example(entry: Entry) -> None:
    """The same words as its help."""
    page = next(page for page in explain.explain(entry.name, None) if page.kind == 'task')
    assert entry.text == page.title
    assert entry.example in page.text


@pytest.mark.parametrize('key', keys.keys(schemas.load('release')), ids=str)
def test_every_key_of_the_format_is_explained(key: keys.Key) -> None:
    """By its path without labels, which names it in full; a key has a description."""
    if key.path[-1] == keys.ANY:
        pytest.skip('no key, but what a mapping holds')
    word = '.'.join(part for part in key.path if part != keys.ANY)
    named = [page for page in explain.explain(word, None) if page.kind == 'key']
    if '.' in word:
        assert str(key) in [page.name for page in named]
        assert all(page.title for page in named)


def test_a_part_of_the_format_lists_its_keys() -> None:
    """As the hint of RK-SPEC-INVALID promises for a workspace."""
    (page,) = explain.explain('workspaces', None)
    workspace = schemas.load('release')['definitions']['WorkspaceSpec']['properties']
    assert all(f'\n  {name} ' in page.text for name in workspace)
    assert [found.name for found in explain.explain('workspaces.my-label.tag', None)] == ['workspaces.*.tag']


@pytest.mark.parametrize(
    ('word', 'flag', 'variable'),
    [
        ('engine.retries', 'engine.retries', 'RELEASEKIT_ENGINE_RETRIES'),
        ('workspaces.my-label.tag', 'workspaces.my-label.tag', 'RELEASEKIT_WORKSPACES_MY_LABEL_TAG'),
        ('workspaces.tag', 'workspaces.LABEL.tag', 'RELEASEKIT_WORKSPACES_LABEL_TAG'),
    ],
)
def test_a_key_that_can_be_set_elsewhere_says_how(word: str, flag: str, variable: str) -> None:
    """With the label that was asked about, so that it can be copied."""
    (page,) = explain.explain(word, None)
    assert page.text.endswith(f'It can be set by `--config {flag}=VALUE` and by {variable}.')


@pytest.mark.parametrize(
    ('word', 'near'),
    [('spec-invalud', 'RK-SPEC-INVALID'), ('publsh', 'publish'), ('engine.concurency', 'engine.concurrency')],
)
def test_an_unknown_word_has_the_nearest(word: str, near: str) -> None:
    """Codes, names and paths alike."""
    with pytest.raises(ReleaseKitError) as caught:
        explain.explain(word, None)
    assert caught.value.code == Code.USAGE
    assert f'`{near}`' in caught.value.problems[0].hint


def test_explain_in_both_programs(repository: Sandbox) -> None:
    """Alone it lists all codes; with `invoke`, which has no arguments that can be left out, that is `explain codes`."""
    listed = run(repository, RELEASEKIT, 'explain')
    assert listed.returncode == 0, listed.stderr
    assert run(repository, INVOKE, 'explain', 'codes').stdout == listed.stdout
    assert all(f'\n{code} ' in listed.stdout for code in Code)
    assert 'A check of this repository: true' in run(repository, RELEASEKIT, 'explain', 'good').stdout
    assert 'Greet somebody' in run(repository, RELEASEKIT, 'explain', 'hello').stdout


def test_explain_as_json(repository: Sandbox) -> None:
    """One document, by its schema."""
    document = json.loads(run(repository, RELEASEKIT, 'explain', 'locked', '--format', 'json').stdout)
    jsonschema.validate(document, json.loads((ROOT / 'schema' / 'explanations.schema.json').read_text()))
    assert [entry['name'] for entry in document['entries']] == ['RK-LOCKED']


# Help and examples.


@pytest.mark.parametrize('flag', ['--help', '-h'])
@pytest.mark.parametrize('entry', table.BUILTIN, ids=lambda entry: entry.name)
def test_every_task_has_help_after_its_name(entry: Entry, flag: str, repository: Sandbox) -> None:
    """Also one that takes an argument, whose place `--help` does not take."""
    done = run(repository, RELEASEKIT, entry.name, flag)
    assert done.returncode == 0, done.stderr
    assert entry.text in ' '.join(done.stdout.split())
    assert f'releasekit {entry.example}' in ' '.join(done.stdout.split())


@pytest.mark.parametrize(
    'argv', [['help', 'why'], ['--help', 'why'], ['why', 'core', '--help'], ['why', '--only', 'x', '-h']]
)
def test_help_is_found_where_people_ask_for_it(argv: list[str], repository: Sandbox) -> None:
    """Before the task or after it, with or without its arguments."""
    done = run(repository, RELEASEKIT, *argv)
    assert (done.returncode, done.stdout.split()[3]) == (0, 'why')


def test_what_follows_two_hyphens_is_never_a_call_for_help(repository: Sandbox) -> None:
    """It belongs to the command that the task runs."""
    done = run(repository, RELEASEKIT, 'hello', '--', '--help')
    assert 'hello' in done.stdout
    assert 'Usage' not in done.stdout


@pytest.mark.parametrize('entry', table.BUILTIN, ids=lambda entry: entry.name)
def test_every_example_is_a_command_line_that_is_taken(entry: Entry, repository: Sandbox) -> None:
    """None ends as a wrong command line does. What would release is tried with `--dry-run`, or without `--yes`."""
    words = [word for word in shlex.split(entry.example.partition(' > ')[0]) if word != '--yes']
    if entry.name == 'apply':
        (repository.root / 'plan.json').write_text(run(repository, RELEASEKIT, 'plan', '--format', 'json').stdout)
    if '--only' in words and words[words.index('--only') + 1] in {'sdk-*', 'tests'}:
        words[words.index('--only') + 1] = '*'
    done = run(repository, RELEASEKIT, *words)
    said = done.stderr + done.stdout
    assert 'RK-BUG' not in said
    assert 'RK-USAGE' not in said, said
    assert 'Traceback' not in said


# Invoke's own ways out.


@pytest.mark.parametrize(
    'more',
    [{'INVOKE_RUN_ECHO': 'maybe'}, {'INVOKE_RUN': 'x'}, {'INVOKE_TASKS_DEDUPE': '{'}],
    ids=lambda more: next(iter(more)),
)
def test_variables_of_invoke_that_cannot_be_read_do_no_harm(more: dict[str, str], repository: Sandbox) -> None:
    """They say nothing to our tasks."""
    done = run(repository, RELEASEKIT, 'discover', **more)
    assert (done.returncode, done.stderr) == (0, '')


@pytest.mark.parametrize('name', ['.invoke.yaml', '.invoke.json', '.invoke.py'])
def test_a_configuration_of_invoke_that_is_broken_does_no_harm(name: str, repository: Sandbox, tmp_path: Path) -> None:
    """Whatever its format is."""
    home = tmp_path / 'home'
    home.mkdir()
    (home / name).write_text('run: {echo: [')
    done = run(repository, RELEASEKIT, 'discover', HOME=str(home))
    assert (done.returncode, done.stderr) == (0, '')


def test_schema_offers_the_names_of_the_repository(repository: Sandbox) -> None:
    """Groups, packages, checks, tasks and workspaces; what names something takes nothing else."""
    schema = json.loads(run(repository, RELEASEKIT, 'schema').stdout)
    definitions = schema['definitions']
    assert list(schema['properties']['workspaces']['properties']) == ['py']
    assert list(definitions['WorkspaceSpec']['properties']['groups']['properties']) == ['sdk']
    assert list(definitions['WorkspaceSpec']['properties']['packages']['properties']) == ['core']
    assert definitions['PackageOverride']['properties']['needs']['items']['enum'] == ['py:core']
    assert definitions['Group']['properties']['packages']['items']['examples'] == ['core']
    assert definitions['Check']['properties']['name']['examples'] == ['good']
    assert 'hello' in definitions['TaskStep']['properties']['task']['enum']
    jsonschema.Draft7Validator.check_schema(schema)


@pytest.mark.parametrize('name', schemas.names())
def test_schema_prints_every_document(name: str, repository: Sandbox) -> None:
    """By the name of its file."""
    assert json.loads(run(repository, RELEASEKIT, 'schema', '--of', name).stdout)['$id']


def test_schema_of_an_unknown_document_names_the_nearest(repository: Sandbox) -> None:
    """As a document, which is all that `schema` prints."""
    done = run(repository, RELEASEKIT, 'schema', '--of', 'plam')
    assert (done.returncode, 'Did you mean `plan`?' in done.stdout) == (2, True)
