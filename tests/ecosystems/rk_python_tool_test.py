# SPDX-License-Identifier: Apache-2.0
"""The commands for uv, run: builds, the lock file and installations."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path

import anyio
import pytest

from releasekit.backends.http import HttpClient
from releasekit.backends.shell import LocalShell
from releasekit.ecosystems.base import BuildJob, Outside, Raise, SmokeJob
from releasekit.ecosystems.python import PYTHON, lock
from releasekit.ports import Artifact, Command, Completed, Credential, Outcome
from releasekit.spec.model import Target, WorkspaceSpec
from releasekit.testing.archives import make_sdist, make_wheel
from releasekit.testing.files import MemoryFiles
from releasekit.testing.indexes import IndexServer, start_pypiserver

BIN = Path(sys.executable).parent
ENVIRONMENT = {**os.environ, 'PATH': f'{BIN}{os.pathsep}{os.environ.get("PATH", "")}'}
TIMESTAMP = 1_767_225_600

HATCHLING = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
SETUPTOOLS = '[build-system]\nrequires = ["setuptools>=77"]\nbuild-backend = "setuptools.build_meta"\n'


def write(root: Path, tree: Mapping[str, str]) -> None:
    for path, text in tree.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def run(commands: Sequence[Command]) -> list[Completed]:
    async def each() -> list[Completed]:
        return [await LocalShell(ENVIRONMENT).run(command) for command in commands]

    return anyio.run(each)


def build(root: Path, path: str, name: str, version: str, out: Path) -> dict[str, bytes]:
    out.mkdir()
    for done in run(PYTHON.tool.build(BuildJob(name, version, path, root, out, TIMESTAMP, {}))):
        assert done.status == 0, done.complaint
    files = {file.name: file.read_bytes() for file in out.iterdir()}
    return {each: content for each, content in files.items() if PYTHON.tool.inspect(each, content)}


def package(name: str, backend: str, rest: str = '') -> dict[str, str]:
    module = name.replace('-', '_')
    return {
        'pyproject.toml': f'[project]\nname = "{name}"\nversion = "1.2.0"\nrequires-python = ">=3.8"\n{rest}{backend}',
        f'src/{module}/__init__.py': '',
    }


def test_a_hatchling_build_is_reproducible(tmp_path: Path) -> None:
    """Built twice, at other places, sdist and wheel have the same bytes and say what they are."""
    for place in ('one', 'two'):
        write(tmp_path / place, package('acme-core', HATCHLING))
    first = build(tmp_path / 'one', '.', 'acme-core', '1.2.0', tmp_path / 'out1')
    second = build(tmp_path / 'two', '.', 'acme-core', '1.2.0', tmp_path / 'out2')

    assert first == second
    assert sorted(first) == ['acme_core-1.2.0-py3-none-any.whl', 'acme_core-1.2.0.tar.gz']
    assert {PYTHON.tool.inspect(each, content) for each, content in first.items()} == {('acme-core', '1.2.0')}


def test_a_setuptools_build_holds_the_same(tmp_path: Path) -> None:
    """Its sdists differ in their bytes, but not in what they hold."""
    sdists = []
    for place, age in (('one', 0), ('two', 86_400)):
        write(tmp_path / place, package('acme-core', SETUPTOOLS))
        for file in (tmp_path / place).rglob('*.*'):
            os.utime(file, (TIMESTAMP - age, TIMESTAMP - age))
        files = build(tmp_path / place, '.', 'acme-core', '1.2.0', tmp_path / f'out-{place}')
        sdists.append(files['acme_core-1.2.0.tar.gz'])

    assert sdists[0] != sdists[1]
    assert PYTHON.tool.same('acme_core-1.2.0.tar.gz', *sdists)


@pytest.mark.parametrize(
    'manifest',
    [
        HATCHLING.replace('"hatchling"', '"hatchling", "hatch-vcs"') + '[tool.hatch.version]\nsource = "vcs"\n',
        SETUPTOOLS.replace('"setuptools>=77"', '"setuptools>=77", "setuptools-scm>=8"') + '[tool.setuptools_scm]\n',
    ],
    ids=['hatch-vcs', 'setuptools-scm'],
)
def test_a_version_from_a_tag_is_the_planned_one(tmp_path: Path, manifest: str) -> None:
    """There is no tag and the tree is dirty, but what is built has the version of the plan."""
    tree = package('acme-core', manifest)
    tree['pyproject.toml'] = tree['pyproject.toml'].replace('version = "1.2.0"', 'dynamic = ["version"]')
    write(tmp_path / 'repo', tree)
    subprocess.run(['git', 'init', '--quiet', '.'], cwd=tmp_path / 'repo', check=True)

    built = build(tmp_path / 'repo', '.', 'acme-core', '3.1.0rc1', tmp_path / 'out')
    assert sorted(built) == ['acme_core-3.1.0rc1-py3-none-any.whl', 'acme_core-3.1.0rc1.tar.gz']


WORKSPACE = {
    'pyproject.toml': '[tool.uv.workspace]\nmembers = ["packages/*"]\n[tool.uv.sources]\n'
    'acme-core = {workspace = true}\nacme-util = {workspace = true}\n',
    'packages/core/pyproject.toml': '[project]\nname = "Acme.Core"\nversion = "1.0.0"\nrequires-python = ">=3.9"\n'
    + HATCHLING,
    'packages/core/src/acme_core/__init__.py': '',
    'packages/util/pyproject.toml': '[project]\nname = "acme-util"\nversion = "0.3.0"\nrequires-python = ">=3.9"\n'
    'dependencies = ["acme-core>=1.0,<2"]\n[project.optional-dependencies]\nx = ["acme-core[y]"]\n' + HATCHLING,
    'packages/app/pyproject.toml': '[project]\nname = "acme-app"\nversion = "1.0.0"\nrequires-python = ">=3.9"\n'
    'dependencies = ["acme-core>=1.0", "acme-util[x]"]\n[dependency-groups]\ndev = ["acme-util"]\n'
    '[tool.uv]\npackage = false\n',
    'packages/tagged/pyproject.toml': '[project]\nname = "acme-tagged"\ndynamic = ["version"]\n'
    'requires-python = ">=3.9"\n'
    '[tool.setuptools.dynamic]\nversion = {file = "VERSION"}\n' + SETUPTOOLS,
    'packages/tagged/VERSION': '1.0.0\n',
    'packages/tagged/acme_tagged.py': '',
}


def test_the_edited_lock_file_is_right(tmp_path: Path) -> None:
    """After a bump with raised requirements, only the members' own lines change, and uv has nothing to add."""
    write(tmp_path, WORKSPACE)
    assert run([Command(('uv', 'lock'), cwd=tmp_path)])[0].status == 0
    check = Command(PYTHON.lock.check('uv.lock', offline=True), cwd=tmp_path)
    before = (tmp_path / 'uv.lock').read_text()
    versions = {'acme-core': '1.1.0', 'acme-util': '0.4.0rc1', 'acme-app': '2.0.0', 'acme-tagged': '1.1.0'}
    found = anyio.run(PYTHON.workspace.discover, MemoryFiles(WORKSPACE), 'py', WorkspaceSpec(ecosystem='python'))
    for each in found.packages:
        raises = [
            Raise(edge.id.split(':')[1], versions[edge.id.split(':')[1]], 'minimum') for edge in each.dependencies
        ]
        place = each.places[0]
        text = (tmp_path / place.path).read_text()
        (tmp_path / place.path).write_text(PYTHON.manifest.set_version(text, place, versions[each.name]))
        text = (tmp_path / each.manifest).read_text()
        (tmp_path / each.manifest).write_text(PYTHON.manifest.set_requirements(text, raises, each.manifest))
    assert run([check])[0].status != 0

    after = lock.update(before, versions)
    (tmp_path / 'uv.lock').write_text(after)
    changed = [new for old, new in zip(before.splitlines(), after.splitlines(), strict=True) if old != new]

    assert run([check])[0].status == 0
    assert changed == ['version = "2.0.0"', 'version = "1.1.0"', 'version = "0.4.0rc1"']
    assert lock.update(after, versions) == after


def test_packages_of_a_registry_keep_their_lines_in_the_lock_file() -> None:
    """A package of a member's name from elsewhere is not a member."""
    entry = '[[package]]\nname = "acme-core"\nversion = "1.0"\nsource = {{ {} }}\n'
    registry = entry.format('registry = "https://pypi.org/simple"')
    member = entry.format('editable = "packages/core"')

    assert lock.update(registry, {'acme-core': '2.0'}) == registry
    assert lock.update(member, {'Acme_Core': '2.0'}) == member.replace('1.0', '2.0')
    assert lock.update(member, {'other': '2.0'}) == member
    crlf = member.replace('\n', '\r\n')
    assert lock.update(crlf, {'acme-core': '2.0'}) == crlf.replace('1.0', '2.0')


def stored(folder: Path, *artifacts: Artifact) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    for artifact in artifacts:
        (folder / artifact.filename).write_bytes(artifact.content)
    return [folder / artifact.filename for artifact in artifacts]


def smoke(job: SmokeJob) -> list[Completed]:
    job.folder.mkdir()
    return run(PYTHON.tool.smoke(job).commands)


@pytest.mark.parametrize(
    ('code', 'works'), [('import json', True), ('import nothing_like_this', False), ('raise SystemExit(3)', False)]
)
def test_built_files_are_installed_and_loaded(tmp_path: Path, code: str, works: bool) -> None:
    """A wheel that installs but does not import fails the test."""
    files = stored(tmp_path / 'out', make_sdist('acme_core', '1.0'), make_wheel('acme_core', '1.0', code))
    done = smoke(SmokeJob('acme-core', '1.0', tmp_path / 'work', {'acme-core': files}))

    assert [each.status == 0 for each in done] == [True, True, works], [each.complaint for each in done]


async def publish(index: IndexServer, artifact: Artifact) -> Outcome:
    target = Target('pypi', index.url, index.index, 'none')
    async with HttpClient(timeout=30) as client:
        registry = PYTHON.registries['pypi'].connect(
            target, Outside(client, LocalShell({})), Credential(index.username, index.password)
        )
        return (await registry.upload(artifact)).outcome


@pytest.fixture(scope='module')
def index(tmp_path_factory: pytest.TempPathFactory) -> Generator[IndexServer, None, None]:
    with start_pypiserver(tmp_path_factory.mktemp('index')) as server:
        yield server


@pytest.mark.parametrize('version', ['2.0', '2.0rc1'])
def test_built_files_come_before_those_of_the_index(tmp_path: Path, index: IndexServer, version: str) -> None:
    """What a package needs of this release comes from its files, what it needs besides from the index."""
    for older in (make_wheel('acme_old', '1.0'), make_wheel('acme_a', '1.0', 'raise SystemExit("from the index")')):
        anyio.run(publish, index, older)
    needs = [f'acme-a>={version}', 'acme-old']
    artifacts = {
        'acme-a': stored(tmp_path / 'a', make_wheel('acme_a', version)),
        'acme-b': stored(tmp_path / 'b', make_wheel('acme_b', version, 'import acme_a, acme_old', needs)),
    }

    done = smoke(SmokeJob('acme-b', version, tmp_path / 'work', artifacts, index.index))
    assert [each.status for each in done] == [0, 0, 0], [each.complaint for each in done]


def test_nothing_of_the_index_is_taken_for_what_was_built(tmp_path: Path, index: IndexServer) -> None:
    """Not even a later version; what the release has besides and the package does not need is not installed."""
    anyio.run(publish, index, make_wheel('acme_mine', '99.0', 'raise SystemExit("a stranger")'))
    code = 'import acme_mine\ntry:\n    import acme_more\nexcept ImportError:\n    pass\nelse:\n    raise SystemExit(1)'
    artifacts = {
        'acme-mine': stored(tmp_path / 'mine', make_sdist('acme_mine', '1.0'), make_wheel('acme_mine', '1.0')),
        'acme-more': stored(tmp_path / 'more', make_wheel('acme_more', '1.0')),
        'acme-user': stored(tmp_path / 'user', make_wheel('acme_user', '1.0', code, ['acme-mine>=1.0'])),
    }

    done = smoke(SmokeJob('acme-user', '1.0', tmp_path / 'work', artifacts, index.index))
    assert [each.status for each in done] == [0, 0, 0], [each.complaint for each in done]


def test_a_registry_is_read_afresh(tmp_path: Path, index: IndexServer) -> None:
    """What the registry serves now is installed, even where uv's cache holds an older answer."""
    for version in ('1.0', '1.1'):
        anyio.run(publish, index, make_wheel('acme_fresh', version))
        done = smoke(SmokeJob('acme-fresh', version, tmp_path / version, {}, index.index))

        assert [each.status for each in done] == [0, 0, 0], [each.complaint for each in done]


def test_builds_see_no_credential() -> None:
    """The command passes nothing of our environment on and sets nothing that publishes."""
    job = BuildJob('a', '1.0', '.', Path('/nowhere'), Path('/out'), TIMESTAMP, {'X': 'y'})
    [command] = PYTHON.tool.build(job)

    assert command.passes == ()
    assert command.env == {'X': 'y', 'SOURCE_DATE_EPOCH': str(TIMESTAMP)}
