# SPDX-License-Identifier: Apache-2.0
"""Somebody new, with no more than the README: `init`, a commit and `release` publish repositories of five shapes."""

from __future__ import annotations

import dataclasses
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from releasekit.testing.indexes import start_pypiserver
from releasekit.testing.stage import Member, environment, members, program
from releasekit.testing.workspace import Sandbox, bare_refs, make_repository

pytestmark = pytest.mark.slow

_INDEX = """
[[tool.uv.index]]
name = "local"
url = "{index}"
publish-url = "{url}"
"""
_SINGLE = """\
[project]
name = "solo"
version = "1.4.0"
requires-python = ">=3.10"

[build-system]
requires = ["uv_build>=0.8,<1"]
build-backend = "uv_build"
"""
SOLO = {'pyproject.toml': _SINGLE, 'src/solo/__init__.py': '"""The package solo."""\n'}
PAIR = members({'ant': Member('1.0.0'), 'bee': Member('1.0.0', ('ant',))})


@dataclasses.dataclass(frozen=True)
class Shape:
    """A repository as somebody has it: its files below `folder`, its tags, and what is to be published."""

    files: Mapping[str, str]
    published: Mapping[str, str]
    folder: str = ''
    tags: tuple[str, ...] = ()


SHAPES = {
    'a single package': Shape(SOLO, {'solo': '1.4.1'}, tags=('v1.4.0',)),
    'a workspace': Shape(PAIR, {'ant': '1.0.1', 'bee': '1.0.1'}, tags=('ant-v1.0.0', 'bee-v1.0.0')),
    'a workspace in a folder': Shape(PAIR, {'ant': '1.0.0', 'bee': '1.0.0'}, folder='python/'),
    'no tags yet': Shape(SOLO, {'solo': '1.4.0'}),
    'tags of another tool': Shape(PAIR, {'ant': '1.0.1', 'bee': '1.0.1'}, tags=('ant@1.0.0', 'bee@1.0.0')),
}


def made(shape: Shape, folder: Path, index: Mapping[str, str]) -> Sandbox:
    """The repository, with a fix since its last release, pushed to a remote of its own."""
    files = {f'{shape.folder}{path}': text for path, text in shape.files.items()}
    files[f'{shape.folder}pyproject.toml'] += _INDEX.format_map(index)
    repository = make_repository(folder / 'work', files, 'feat: begin')
    for tag in shape.tags:
        repository.tag(tag)
    module = next(path for path in files if path.endswith('__init__.py'))
    repository.commit('fix: say it better', {module: '"""Better said."""\n'})
    repository.add_remote(folder / 'remote.git')
    return repository


@pytest.mark.parametrize('name', SHAPES)
def test_init_a_commit_and_release_publish(tmp_path: Path, name: str) -> None:
    """With no edit of what `init` writes; tags that were there are understood and gone on with."""
    shape = SHAPES[name]
    with start_pypiserver(tmp_path / 'index', protect='.') as index:
        repository = made(shape, tmp_path, {'index': index.index, 'url': index.url})
        variables = {**environment(tmp_path, index), 'LOCAL_TOKEN': 'any'}

        def run(*argv: str) -> str:
            done = subprocess.run(
                argv,
                cwd=repository.root,
                env=variables,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr
            return done.stdout

        run(program(), 'init', '--yes')
        repository.commit('build: say how it is released')
        repository.git('push', '--quiet')
        run(program(), 'release', '--yes')
        status = json.loads(run(program(), 'status', '--format', 'json'))
    assert {each['id'].partition(':')[2]: each['version'] for each in status['packages']} == dict(shape.published)
    assert {each['state'] for each in status['packages']} == {'published'}
    files = [path.name for path in (tmp_path / 'index' / 'packages').iterdir()]
    for package, version in shape.published.items():
        assert any(file.startswith(f'{package}-{version}') and file.endswith('.whl') for file in files)
    made_tags = {ref for ref in bare_refs(tmp_path / 'remote.git') if ref.startswith('refs/tags/')}
    assert len(made_tags) == len(shape.tags) + len(shape.published)
    before = {f'refs/tags/{tag.rpartition("1.")[0]}' for tag in shape.tags}
    assert {tag.rpartition('1.')[0] for tag in made_tags} == before or not before
