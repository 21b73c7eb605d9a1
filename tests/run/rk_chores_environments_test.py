# SPDX-License-Identifier: Apache-2.0
"""Environments of tasks, made by the real uv: a Python and dependency groups, once, and again where that changes."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from releasekit.ecosystems.base import EnvironmentJob
from releasekit.ecosystems.python.environments import UvEnvironments
from releasekit.errors import Code, Exit, ReleaseKitError
from releasekit.run.chores import Order, look, run_task
from releasekit.run.project import open_project
from releasekit.testing.chores import Chores, Library, Maker, Told, results

make_chores = Maker(Library(open_project, run_task, look, Order))
pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(shutil.which('uv') is None, reason='there is no uv'),
]

# The interpreter itself, not the environment that this test runs in: uv makes none from another.
PYTHON = str(Path(sys.base_prefix) / 'bin' / f'python{sys.version_info.major}.{sys.version_info.minor}')
_TASKS = f"""\
  t:
    matrix: {{python: ["{PYTHON}"]}}
    python: "{{python}}"
    groups: [dev]
    steps:
      - {{run: [python, show.py, "{{python}}"]}}
"""
_SHOW = """\
import importlib.util, os, pathlib, sys
assert os.environ['VIRTUAL_ENV'] == sys.prefix != sys.base_prefix
found = [name for name in ('solo', 'helper', 'unwanted') if importlib.util.find_spec(name)]
pathlib.Path('seen').write_text(' '.join([sys.prefix, *found]))
"""
_PYPROJECT = """\
[project]
name = "solo"
version = "0.1.0"
requires-python = ">=3.10"
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[dependency-groups]
dev = ["helper"]
other = ["unwanted"]
[tool.uv.sources]
helper = {path = "wheels/helper-1-py3-none-any.whl"}
unwanted = {path = "wheels/unwanted-1-py3-none-any.whl"}
"""
# A build backend in a few lines, so that nothing comes from an index.
_BACKEND = """\
import pathlib, zipfile
def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = 'solo-0.1.0-py3-none-any.whl'
    with zipfile.ZipFile(pathlib.Path(folder, name), 'w') as wheel:
        wheel.writestr('solo.py', '')
        wheel.writestr('solo-0.1.0.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: solo\\nVersion: 0.1.0\\n')
        tag = 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n'
        wheel.writestr('solo-0.1.0.dist-info/WHEEL', tag)
        wheel.writestr('solo-0.1.0.dist-info/RECORD', '')
    return name
build_editable = build_wheel
def build_sdist(folder, config_settings=None):
    raise NotImplementedError
"""


def _wheel(folder: Path, name: str) -> None:
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / f'{name}-1-py3-none-any.whl', 'w') as wheel:
        wheel.writestr(f'{name}.py', '')
        info = f'{name}-1.dist-info'
        wheel.writestr(f'{info}/METADATA', f'Metadata-Version: 2.1\nName: {name}\nVersion: 1\n')
        wheel.writestr(f'{info}/WHEEL', 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n')
        wheel.writestr(f'{info}/RECORD', '')


def made(folder: Path, tasks: str = _TASKS, *, locked: bool = False) -> Chores:
    """A project with a group of one package, and uv.lock where that is asked for."""
    files = {'show.py': _SHOW, 'pyproject.toml': _PYPROJECT, 'backend.py': _BACKEND}
    chores = make_chores(folder, tasks, files)
    for name in ('helper', 'unwanted'):
        _wheel(chores.root / 'wheels', name)
    if locked:
        argv = ['uv', 'lock', '--quiet', '--offline', '--python', PYTHON]
        subprocess.run(argv, cwd=chores.root, check=True)
    return chores.having(UV_OFFLINE='1')


@pytest.mark.parametrize('locked', [True, False], ids=['uv.lock', 'no lock'])
async def test_a_command_runs_in_an_environment_of_its_groups(tmp_path: Path, *, locked: bool) -> None:
    """With the project itself, and without the groups that it did not ask for; nothing is written into the tree."""
    chores = made(tmp_path, locked=locked)
    before = set(chores.sandbox.git('status', '--porcelain').splitlines())
    report = await chores.run('t')
    assert report.exit is Exit.DONE, report.results
    prefix, *found = (chores.root / 'seen').read_text().split()
    assert found == ['solo', 'helper']
    assert Path(prefix).parent == chores.root / '.releasekit' / 'envs'
    after = set(chores.sandbox.git('status', '--porcelain').splitlines())
    assert {line for line in after - before if '__pycache__' not in line} == {'?? seen'}


async def test_an_environment_is_made_once_and_again_where_something_changed(tmp_path: Path) -> None:
    """What it was made from decides: pyproject.toml, the lock, the Python and the groups."""
    chores = made(tmp_path)
    await chores.run('t')
    (folder,) = (path for path in (chores.root / '.releasekit' / 'envs').iterdir() if path.is_dir())
    mark = folder / 'mark'
    mark.touch()
    await chores.run('t', Order(posargs=('x',)))
    assert mark.exists()
    chores.sandbox.write({'pyproject.toml': _PYPROJECT + '\n'})
    await chores.run('t')
    assert not mark.exists()


async def test_the_environment_is_part_of_what_makes_a_task_up_to_date(tmp_path: Path) -> None:
    """Another lock or another pyproject.toml runs it again."""
    tasks = _TASKS.replace('    groups', '    sources: [show.py]\n    groups')
    chores = made(tmp_path, tasks)
    await chores.run('t')
    (found,) = results(await chores.run('t')).values()
    assert found.startswith('already: up to date since')
    chores.sandbox.write({'pyproject.toml': _PYPROJECT + '\n'})
    assert [*results(await chores.run('t')).values()] == ['done: its environment changed']


async def test_combinations_that_share_an_environment_make_it_once(tmp_path: Path) -> None:
    """Side by side, one makes it and the other waits."""
    tasks = f"""\
  t:
    matrix: {{n: ['1', '2']}}
    python: "{PYTHON}"
    steps: [{{run: [python, -c, "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(sys.prefix)", "{{n}}"]}}]
"""
    chores = made(tmp_path, tasks)
    told = Told()
    assert (await chores.run('t', told=told)).exit is Exit.DONE
    assert (chores.root / '1').read_text() == (chores.root / '2').read_text()


async def test_an_environment_that_cannot_be_made_fails_its_command(tmp_path: Path) -> None:
    """In the words of uv; nothing of it is taken for made."""
    chores = made(tmp_path, _TASKS.replace('groups: [dev]', 'groups: [nope]'))
    for _ in range(2):
        report = await chores.run('t')
        assert report.exit is Exit.FAILED
        (problem,) = (result.problem for result in report.results if result.problem)
        assert problem.code is Code.COMMAND_FAILED
        assert 'nope' in problem.message


def test_a_pyproject_that_is_none_is_said(tmp_path: Path) -> None:
    """Before uv is asked."""
    job = EnvironmentJob(tmp_path / 'env', tmp_path, None, ())
    with pytest.raises(ReleaseKitError) as caught:
        UvEnvironments().make(job, {'pyproject.toml': b'['})
    assert caught.value.code is Code.MANIFEST_INVALID


def test_without_a_project_there_is_just_a_python(tmp_path: Path) -> None:
    """Nothing is installed."""
    job = EnvironmentJob(tmp_path / 'env', tmp_path, '3.12', ())
    (command,) = UvEnvironments().make(job, {'pyproject.toml': b'[tool.other]'})
    assert command.argv == ('uv', 'venv', '--quiet', '--no-project', '--python', '3.12', str(tmp_path / 'env'))


async def test_where_no_workspace_has_environments_the_task_is_refused(tmp_path: Path) -> None:
    """Rather than run with whatever is there."""
    head = 'version: 1\nproject: {branch: main}\nworkspaces:\n  rs: {ecosystem: rust, changelog: false}\n'
    chores = make_chores(tmp_path, '  t: {groups: [dev], steps: [{run: [echo]}]}\n', head=head)
    report = await chores.run('t')
    (problem,) = (result.problem for result in report.results if result.problem)
    assert problem.code is Code.SPEC_INVALID
    assert problem.message == 'Task t asks for an environment, and no workspace here can have one.'
