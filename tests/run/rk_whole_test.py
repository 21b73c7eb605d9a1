# SPDX-License-Identifier: Apache-2.0
"""What is built is whole: no pointer of LFS, no empty submodule, and nothing that another build has left."""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from releasekit.errors import Code, ReleaseKitError
from releasekit.run.whole import refuse_missing
from releasekit.testing.stage import QUICK, Member, members, set_stage

POINTER = 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n'
SUBMODULE = '[submodule "lib"]\n\tpath = a/lib\n\turl = ../lib\n'


@pytest.mark.parametrize(
    ('files', 'path', 'named'),
    [
        ({'a/model.bin': POINTER}, 'a', 'a/model.bin'),
        ({'a/model.bin': POINTER + 'x' * 200}, 'a', None),
        ({'a/model.bin': POINTER}, 'b', None),
        ({'a/model.bin': POINTER}, '.', None),
        ({'c/model.bin': POINTER}, '.', 'c/model.bin'),
        ({'.gitmodules': SUBMODULE, 'a/lib/': ''}, 'a', 'a/lib'),
        ({'.gitmodules': SUBMODULE, 'a/lib/x.c': ''}, 'a', None),
        ({'.gitmodules': SUBMODULE, 'a/lib/': ''}, 'b', None),
        ({'.gitmodules': SUBMODULE, 'a/lib/': ''}, '.', None),
    ],
    ids=[
        'pointer', 'about pointers', 'elsewhere', 'in another package', 'in the root package',
        'empty submodule', 'submodule', 'submodule elsewhere', 'submodule of another package',
    ],
)  # fmt: skip
def test_a_package_is_not_built_without_its_contents(
    tmp_path: Path, files: Mapping[str, str], path: str, named: str | None
) -> None:
    """Its own folder counts, without those of the packages in it."""
    for name, text in {'b/x.py': '', **files}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        if name.endswith('/'):
            (tmp_path / name).mkdir()
        else:
            (tmp_path / name).write_text(text)
    if named is None:
        refuse_missing(tmp_path, path, {'.', 'a', 'b'})
        return
    with pytest.raises(ReleaseKitError) as caught:
        refuse_missing(tmp_path, path, {'.', 'a', 'b'})
    assert caught.value.code is Code.BUILD_WRONG
    assert f'from: {named}.' in caught.value.problems[0].message


ROOT = """\
[project]
name = "rooted"
version = "0.1.0"
requires-python = ">=3.10"
dependencies = ["ant"]

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[tool.hatch.build.targets.wheel]
packages = ["src/rooted"]

"""


@pytest.mark.slow
@pytest.mark.parametrize('setup', [False, True], ids=['alone', 'set up'])
def test_a_build_has_a_checkout_of_its_own(tmp_path: Path, setup: bool) -> None:
    """What the build of a member leaves is not in the root's sdist; what `build.setup` made is there for all."""
    files = members({'ant': Member('0.1.0')})
    manifest = files['packages/ant/pyproject.toml'].replace('"uv_build"', '"setuptools.build_meta"')
    files['packages/ant/pyproject.toml'] = re.sub(
        r'requires = \["?uv_build[^]]*]', 'requires = ["setuptools"]', manifest
    )
    files['pyproject.toml'] = ROOT + files['pyproject.toml']
    files['src/rooted/__init__.py'] = ''
    build = '{setup: [[touch, made.txt]]}' if setup else '{}'
    files['release.yaml'] = QUICK.replace('targets: [local]}', f'targets: [local], build: {build}}}')
    stage = set_stage(tmp_path, files, 'feat: begin')
    try:
        done = stage.run('release', '--yes')
        assert done.returncode == 0, done.stderr
        [sdist] = [content for name, content in stage.published().items() if name == 'rooted-0.1.0.tar.gz']
    finally:
        stage.index.stop()
    with tarfile.open(fileobj=io.BytesIO(sdist)) as archive:
        names = {name.partition('/')[2] for name in archive.getnames()}
    assert 'packages/ant/src/ant/__init__.py' in names
    # setuptools leaves this beside what it builds.
    assert ('packages/ant/src/ant.egg-info/PKG-INFO' in names) == setup
    assert ('made.txt' in names) == setup
