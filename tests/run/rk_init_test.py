# SPDX-License-Identifier: Apache-2.0
"""`init` never overwrites, writes nothing half, asks only what it cannot know, and works wherever it is called."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from releasekit.backends.files import create_atomic
from releasekit.errors import Code, ReleaseKitError
from releasekit.testing.workspace import Sandbox, make_repository

ROOT = Path(__file__).parents[2]
RELEASEKIT = str(Path(sys.executable).parent / 'releasekit')
BUILD = '[build-system]\nrequires = ["uv_build"]\nbuild-backend = "uv_build"\n'
PROJECT = f'[project]\nname = "solo"\nversion = "1.2.3"\n\n{BUILD}'
FILES = {'pyproject.toml': PROJECT, 'src/solo/__init__.py': ''}


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    monkeypatch.setenv('GIT_CEILING_DIRECTORIES', str(tmp_path))


@pytest.fixture
def repository(tmp_path: Path) -> Sandbox:
    """A repository with one package."""
    return make_repository(tmp_path / 'repository', FILES, 'feat: begin')


def run(folder: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    """Run the console script in a folder, with nobody there to answer."""
    return subprocess.run(
        [RELEASEKIT, *argv],
        cwd=folder,
        env=os.environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def answered(folder: Path, argv: Sequence[str], answers: str) -> tuple[str, int]:
    """Run the console script on a terminal, with answers typed in: what was shown, and the exit status."""
    pid, descriptor = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execve(RELEASEKIT, [RELEASEKIT, *argv], {**os.environ, 'TERM': 'xterm-256color'})  # noqa: S606 - a child
    os.write(descriptor, answers.encode())
    shown = b''
    with contextlib.suppress(OSError):
        while block := os.read(descriptor, 65536):
            shown += block
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(descriptor)
    return shown.decode(), status


def test_a_file_that_is_there_is_never_overwritten(repository: Sandbox) -> None:
    """Not even one that is empty, or a link that leads nowhere."""
    for make in (lambda path: path.touch(), lambda path: path.symlink_to('nowhere')):
        path = repository.root / 'release.yaml'
        make(path)
        done = run(repository.root, 'init', '--yes')
        assert done.returncode == 2
        assert 'error[RK-SPEC-EXISTS]' in done.stderr
        assert path.is_symlink() or path.read_bytes() == b''
        path.unlink()


def test_a_file_that_appears_in_the_meantime_stays(tmp_path: Path) -> None:
    """Whoever writes first wins, and nothing is left beside it."""
    path = tmp_path / 'release.yaml'
    create_atomic(path, b'first')
    with pytest.raises(FileExistsError):
        create_atomic(path, b'second')
    assert path.read_bytes() == b'first'
    assert [each.name for each in tmp_path.iterdir()] == ['release.yaml']


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    """As every other failure of the disk."""
    with pytest.raises(ReleaseKitError) as caught:
        create_atomic(tmp_path / 'missing' / 'release.yaml', b'')
    assert caught.value.code is Code.DISK_FAILED


def test_a_dry_run_prints_the_file_and_writes_nothing(repository: Sandbox) -> None:
    """Standard output is what would be in it, byte for byte; twice the same."""
    first, second = (run(repository.root, 'init', '--dry-run') for _ in range(2))
    assert first.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    assert repository.git('status', '--porcelain') == ''
    assert 'v{version}' in first.stderr
    assert run(repository.root, 'init', '--yes').returncode == 0
    assert (repository.root / 'release.yaml').read_text() == first.stdout


def test_json_is_one_document_with_findings_and_text(repository: Sandbox) -> None:
    """Of its schema; a dry run writes nothing, another writes the text."""
    schema = json.loads((ROOT / 'schema' / 'init.schema.json').read_text())
    for argv, written in ((['--dry-run'], False), ([], True)):
        document = json.loads(run(repository.root, 'init', '--format', 'json', *argv).stdout)
        jsonschema.validate(document, schema)
        assert document['written'] is (repository.root / 'release.yaml').exists() is written
    assert document['text'] == (repository.root / 'release.yaml').read_text()
    assert (document['packages'], document['released']) == (1, 1)
    assert {'what': 'tags of py', 'value': 'v{version}', 'why': 'no tags yet'} in document['decisions']
    assert [question['answers'] for question in document['questions']] == [['pypi', 'none']]


def test_it_works_in_a_subfolder(repository: Sandbox) -> None:
    """The file belongs at the root of the repository."""
    done = run(repository.root / 'src' / 'solo', 'init', '--yes')
    assert done.returncode == 0, done.stderr
    assert (repository.root / 'release.yaml').is_file()
    assert repository.git('status', '--porcelain') == '?? release.yaml'


def test_another_name_can_be_given(repository: Sandbox) -> None:
    """And what comes next names it."""
    done = run(repository.root, 'init', '--yes', '--spec', 'other.yaml')
    assert 'releasekit plan --spec other.yaml' in done.stdout
    assert run(repository.root, 'plan', '--spec', 'other.yaml').returncode == 0
    assert not (repository.root / 'release.yaml').exists()


def test_it_neither_commits_nor_tags(repository: Sandbox) -> None:
    """Refs and index are as they were."""
    before = repository.git('for-each-ref'), repository.head
    assert run(repository.root, 'init', '--yes').returncode == 0
    assert (repository.git('for-each-ref'), repository.head) == before
    assert repository.git('diff', '--cached', '--name-only') == ''


def test_no_repository_and_no_commit_are_said(tmp_path: Path) -> None:
    """With what to do."""
    done = run(tmp_path, 'init', '--yes')
    assert 'error[RK-GIT-NONE]' in done.stderr
    sandbox = Sandbox(tmp_path)
    sandbox.git('init', '--quiet')
    sandbox.write(FILES)
    done = run(tmp_path, 'init', '--yes')
    assert done.returncode != 0
    assert 'error[RK-GIT-NONE]' in done.stderr
    assert not (tmp_path / 'release.yaml').exists()


@pytest.mark.parametrize(
    ('files', 'message'),
    [
        ({'README.md': 'x\n'}, 'pyproject.toml, package.json'),
        ({'pyproject.toml': '[tool.ruff]\n'}, 'pyproject.toml: it has no [project] table, settings of tools.'),
        ({'pyproject.toml': '[tool.poetry]\nname = "x"\n'}, 'only [tool.poetry]'),
        ({'package.json': '{"private": true}'}, 'package.json: it has no name'),
        ({'pom.xml': '<project/>'}, 'Seen, not available yet: jvm.'),
        ({'tests/x/pyproject.toml': PROJECT, 'vendor/y/Cargo.toml': '[package]\nname = "y"\n'}, 'nothing to release'),
    ],
)
def test_a_repository_without_packages_is_told_what_was_looked_for(
    tmp_path: Path, files: dict[str, str], message: str
) -> None:
    """And what was seen instead."""
    repository = make_repository(tmp_path / 'repository', files)
    done = run(repository.root, 'init', '--yes')
    assert done.returncode == 2
    assert 'error[RK-PACKAGES-NONE]' in done.stderr
    assert message in done.stderr
    assert not (repository.root / 'release.yaml').exists()


@pytest.mark.parametrize(
    ('text', 'code'),
    [('[project\n', 'RK-MANIFEST-INVALID'), (PROJECT.replace('1.2.3', 'one'), 'RK-VERSION-INVALID')],
)
def test_what_does_not_plan_is_not_written(repository: Sandbox, text: str, code: str) -> None:
    """The real problem is said, with its place."""
    repository.commit('fix: nothing', {'pyproject.toml': text})
    done = run(repository.root, 'init', '--yes')
    assert f'error[{code}]' in done.stderr
    assert '--> pyproject.toml' in done.stderr
    assert repository.git('status', '--porcelain') == ''


def test_a_shallow_clone_is_told_to_fetch(repository: Sandbox, tmp_path: Path) -> None:
    """Its tags and commits are not there, so nothing could be planned."""
    repository.tag('v1.2.3')
    repository.commit('feat: more', {'src/solo/more.py': ''})
    repository.commit('feat: even more', {'src/solo/most.py': ''})
    clone = tmp_path / 'clone'
    repository.git('clone', '--quiet', '--depth=1', f'file://{repository.root}', str(clone))
    done = run(clone, 'init', '--yes')
    assert done.returncode == 1
    assert 'error[RK-GIT-SHALLOW]' in done.stderr
    assert not (clone / 'release.yaml').exists()


def test_a_fresh_clone_has_the_branch_of_its_remote(repository: Sandbox, tmp_path: Path) -> None:
    """Whatever is checked out."""
    repository.tag('v1.2.3')
    repository.git('branch', '--move', 'trunk')
    repository.add_remote(tmp_path / 'remote.git')
    clone = Sandbox(tmp_path / 'clone')
    repository.git('clone', '--quiet', '--branch=trunk', str(tmp_path / 'remote.git'), str(clone.root))
    clone.git('remote', 'set-head', 'origin', 'trunk')
    clone.git('switch', '--quiet', '--create', 'feature')
    assert run(clone.root, 'init', '--yes').returncode == 0
    spec = YAML(typ='safe').load(clone.root / 'release.yaml')
    assert spec['project'] == {'branch': 'trunk'}


@pytest.mark.parametrize('keep', [True, False])
def test_a_detached_head_is_no_hindrance_where_a_branch_has_it(repository: Sandbox, *, keep: bool) -> None:
    """Without any branch the real problem is said."""
    repository.git('switch', '--quiet', '--detach')
    if not keep:
        repository.git('branch', '--delete', '--force', 'main')
    done = run(repository.root, 'init', '--yes')
    assert (repository.root / 'release.yaml').exists() is keep
    assert done.returncode == (0 if keep else 3)
    assert ('RK-BRANCH-OTHER' in done.stderr) is not keep


def test_tags_elsewhere_give_the_format_and_are_said(repository: Sandbox) -> None:
    """HEAD does not reach them, so that nothing is released yet."""
    repository.git('switch', '--quiet', '--create', 'maintenance')
    repository.commit('fix: old', {'old.txt': ''})
    repository.tag('solo@0.9.0')
    repository.git('switch', '--quiet', 'main')
    done = run(repository.root, 'init', '--dry-run')
    assert 'tag: "{name}@{version}"' in done.stdout
    assert '# No tag is reachable from HEAD' in done.stdout


def test_questions_are_asked_on_a_terminal(repository: Sandbox) -> None:
    """Each by number; what is only pressed away is the default."""
    repository.git('remote', 'add', 'fork', 'git@github.com:me/solo.git')
    repository.git('remote', 'add', 'upstream', 'git@github.com:acme/solo.git')
    repository.tag('0.9.0')
    repository.commit('feat: more', {'src/solo/more.py': ''})
    repository.tag('v1.2.3')
    shown, status = answered(repository.root, ['init'], '2\n\n2\n')
    assert status == 0, shown
    assert 'Which remote are releases pushed to?' in shown
    assert 'not asked' not in shown
    spec = YAML(typ='safe').load(repository.root / 'release.yaml')
    assert spec['project']['remote'] == 'upstream'
    assert spec['workspaces']['py']['tag'] == 'v{version}'
    assert spec['workspaces']['py']['targets'] == []
    assert 'targets' not in spec


@pytest.mark.parametrize('argv', [['init', '--yes'], ['init', '--format', 'json']])
def test_nothing_is_asked_with_yes_or_of_a_program(repository: Sandbox, argv: list[str]) -> None:
    """The defaults are taken, and what they stand for is said."""
    shown, status = answered(repository.root, argv, '')
    assert status == 0
    assert 'Number' not in shown
    assert 'Taken: pypi' in ' '.join(shown.split()) or '"questions"' in shown


def test_no_credential_of_an_address_is_shown(repository: Sandbox) -> None:
    """Neither printed nor written."""
    repository.git('remote', 'add', 'origin', 'https://me:hunter2-token@github.com/acme/solo.git')
    done = run(repository.root, 'init', '--yes')
    assert done.returncode == 0, done.stderr
    written = (repository.root / 'release.yaml').read_text()
    assert 'acme/solo on github.com' in written
    assert 'hunter2' not in done.stdout + done.stderr + written


@pytest.mark.parametrize(('example', 'left'), [('shop', {}), ('polyglot', {'crates': 'local'})])
def test_an_example_gets_what_its_own_spec_says(tmp_path: Path, example: str, left: dict[str, str]) -> None:
    """The same packages, workspaces, types of targets and tags."""
    work = tmp_path / example
    ignored = shutil.ignore_patterns('.venv', 'node_modules', 'target', '__pycache__', '.releasekit')
    shutil.copytree(ROOT / 'examples' / example, work, ignore=ignored)
    (work / 'release.yaml').unlink()
    repository = make_repository(work, {}, 'feat: begin')
    done = run(repository.root, 'init', '--yes')
    assert done.returncode == 0, done.stderr
    mine = json.loads(run(repository.root, 'plan', '--format', 'json').stdout)
    ours, theirs = (YAML(typ='safe').load(folder / 'release.yaml') for folder in (work, ROOT / 'examples' / example))
    shutil.copy(ROOT / 'examples' / example / 'release.yaml', work)
    own = json.loads(run(repository.root, 'plan', '--format', 'json').stdout)
    assert {each['id']: (each['next'], each['tag'], each['path']) for each in mine['packages']} == {
        each['id']: (each['next'], each['tag'], each['path']) for each in own['packages']
    }
    types = {
        label: [ours['targets'][name]['type'] for name in space['targets']]
        for label, space in ours['workspaces'].items()
    }
    assert types == {
        label: [theirs['targets'][name]['type'] for name in space['targets']]
        for label, space in theirs['workspaces'].items()
    }
    assert {name for space in ours['workspaces'].values() for name in space['targets']} >= set(left.values())
