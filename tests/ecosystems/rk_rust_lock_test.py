# SPDX-License-Identifier: Apache-2.0
"""Edits of Cargo.lock, which cargo itself accepts."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import anyio
import pytest

from releasekit.ecosystems.base import Raise, Tree
from releasekit.ecosystems.rust import RUST
from releasekit.ecosystems.rust.lock import update
from releasekit.spec.model import WorkspaceSpec
from releasekit.testing.crates import CrateServer, start_crates
from releasekit.testing.files import MemoryFiles

needs_cargo = pytest.mark.skipif(shutil.which('cargo') is None, reason='there is no cargo on this machine')


def cargo(folder: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **env}
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def crate(name: str, rest: str = '', version: str = 'version = "1.0.0"') -> dict[str, str]:
    text = f'[package]\nname = "{name}"\n{version}\nedition = "2021"\ndescription = "d"\nlicense = "MIT"\n{rest}'
    return {f'{name}/Cargo.toml': text, f'{name}/src/lib.rs': ''}


def root(rest: str = '') -> dict[str, str]:
    return {'Cargo.toml': f'[workspace]\nresolver = "2"\nmembers = ["*"]\nexclude = ["src", "target"]\n{rest}'}


CHAIN = '[dependencies]\na = { path = "../a", version = "1.0" }\n'

SHAPES: dict[str, tuple[Mapping[str, str], Mapping[str, str]]] = {
    'a chain': (
        {
            **root(),
            **crate('a'),
            **crate('b', CHAIN),
            **crate('c', CHAIN + '[dev-dependencies]\nb = { path = "../b" }\n'),
        },
        {'a': '2.0.0', 'b': '1.0.1', 'c': '1.1.0'},
    ),
    'one of them': ({**root(), **crate('a'), **crate('b', CHAIN)}, {'a': '1.1.0'}),
    'inherited': (
        {
            **root('[workspace.package]\nversion = "0.3.0"\n'),
            **crate('a', version='version.workspace = true'),
            **crate('b', version='version.workspace = true'),
        },
        {'a': '0.4.0-rc.1', 'b': '0.4.0-rc.1'},
    ),
    'without a version': ({**root(), **crate('a', version=''), **crate('b')}, {'b': '2.0.0'}),
    'renamed and for a platform': (
        {
            **root(),
            **crate('a'),
            **crate('b', '[target."cfg(windows)".dependencies]\nx = { package = "a", path = "../a", version = "1" }\n'),
        },
        {'a': '2.0.0', 'b': '2.0.0'},
    ),
    'a dev cycle': (
        {**root(), **crate('a', '[dev-dependencies]\nb = { path = "../b" }\n'), **crate('b', CHAIN)},
        {'a': '3.0.0', 'b': '3.0.0'},
    ),
}


def bump(tree: Mapping[str, str], lock: bytes, versions: Mapping[str, str]) -> dict[str, str]:
    """The tree after a release of these versions, lock file included."""
    found = anyio.run(RUST.workspace.discover, MemoryFiles({**tree, 'Cargo.lock': lock}), 'rs', WorkspaceSpec('rust'))
    after = dict(tree)
    raises = [Raise(name, version, 'keep') for name, version in versions.items()]
    for package in found.packages:
        for place in package.places if package.name in versions else ():
            after[place.path] = RUST.manifest.set_version(after[place.path], place, versions[package.name])
        after[package.manifest] = RUST.manifest.set_requirements(after[package.manifest], raises, package.manifest)
    planned = {f'rs:{name}': version for name, version in versions.items()}
    job = Tree('rs', '.', found.lock, found.packages, planned, sorted(tree))
    assert list(RUST.lock.reads(job)) == ['Cargo.lock']
    full = Tree('rs', '.', found.lock, found.packages, planned, sorted(tree), {'Cargo.lock': lock})
    return {**after, **RUST.lock.edits(full)}


def write(tree: Mapping[str, str], folder: Path) -> None:
    for name, text in tree.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


@needs_cargo
@pytest.mark.parametrize(('tree', 'versions'), SHAPES.values(), ids=SHAPES)
def test_cargo_accepts_the_edited_file(tree: Mapping[str, str], versions: Mapping[str, str], tmp_path: Path) -> None:
    """After the edit the check succeeds without a network, and before it, with the new manifests, it does not."""
    write(tree, tmp_path)
    check = RUST.lock.check('Cargo.lock', offline=True)
    assert cargo(tmp_path, 'cargo', 'generate-lockfile', '--offline').returncode == 0
    before = (tmp_path / 'Cargo.lock').read_bytes()
    assert cargo(tmp_path, *check).returncode == 0

    after = bump(tree, before, versions)
    write({path: text for path, text in after.items() if path != 'Cargo.lock'}, tmp_path)
    assert cargo(tmp_path, *check).returncode != 0
    write(after, tmp_path)
    done = cargo(tmp_path, *check)

    assert done.returncode == 0, done.stderr
    changed = list(zip(before.decode().splitlines(), after['Cargo.lock'].splitlines(), strict=True))
    assert {two for one, two in changed if one != two} == {f'version = "{each}"' for each in versions.values()}


@pytest.fixture(scope='module')
def served(tmp_path_factory: pytest.TempPathFactory) -> Sequence[CrateServer]:
    """A registry with `a` 1.0.0 and 1.1.0, which are members' names too."""
    server = start_crates(tmp_path_factory.mktemp('registry'))
    for version in ('1.0.0', '1.1.0'):
        folder = tmp_path_factory.mktemp('published')
        write(crate('a', version=f'version = "{version}"'), folder)
        done = cargo(folder / 'a', 'cargo', 'publish', '--quiet', '--no-verify', '--registry', 'local', **to(server))
        assert done.returncode == 0, done.stderr
    return [server]


def to(server: CrateServer) -> dict[str, str]:
    return {
        'CARGO_REGISTRIES_LOCAL_INDEX': f'sparse+{server.index}',
        'CARGO_REGISTRIES_LOCAL_TOKEN': server.token,
        'CARGO_HOME': str(server.folder / 'home'),
    }


@needs_cargo
@pytest.mark.slow
@pytest.mark.parametrize('new', ['1.1.0', '1.2.0', '0.9.0'])
@pytest.mark.parametrize('other', ['1.0.0', '1.1.0'])
def test_members_with_a_published_namesake(served: Sequence[CrateServer], tmp_path: Path, other: str, new: str) -> None:
    """Where a member's name stands for a published crate too, entries have as many words as cargo writes."""
    tree = {
        **root(),
        **crate('a'),
        **crate('b', '[dependencies]\na = { path = "../a" }\n'),
        **crate('c', f'[dependencies]\nold = {{ package = "a", version = "={other}", registry = "local" }}\n'),
        **crate(
            'd',
            f'[dependencies]\na = {{ path = "../a" }}\n'
            f'old = {{ package = "a", version = "={other}", registry = "local" }}\n',
        ),
    }
    write(tree, tmp_path)
    environment = to(served[0])
    assert cargo(tmp_path, 'cargo', 'generate-lockfile', **environment).returncode == 0
    before = (tmp_path / 'Cargo.lock').read_bytes()
    after = bump(tree, before, {'a': new})
    write(after, tmp_path)
    done = cargo(tmp_path, *RUST.lock.check('Cargo.lock', offline=False), **environment)
    assert done.returncode == 0, done.stderr

    (tmp_path / 'Cargo.lock').write_bytes(before)
    assert cargo(tmp_path, 'cargo', 'update', '--workspace', **environment).returncode == 0
    assert (tmp_path / 'Cargo.lock').read_text() == after['Cargo.lock']


FIRST_FORM = """\
[[package]]
name = "a"
version = "1.0.0"

[[package]]
name = "b"
version = "1.0.0"
dependencies = [
 "a 1.0.0",
 "libc 0.2.1 (registry+https://github.com/rust-lang/crates.io-index)",
]

[[package]]
name = "libc"
version = "0.2.1"
source = "registry+https://github.com/rust-lang/crates.io-index"

[metadata]
"checksum libc 0.2.1 (registry+https://github.com/rust-lang/crates.io-index)" = "00"
"""


@pytest.mark.parametrize('newline', ['\n', '\r\n'], ids=['lf', 'crlf'])
def test_the_oldest_form_stays_what_it_is(newline: str) -> None:
    """There every entry has a version, and that of a member follows."""
    changed = update(FIRST_FORM.replace('\n', newline), {('a', '1.0.0'): '1.0.1'})
    expected = FIRST_FORM.replace('"a"\nversion = "1.0.0"', '"a"\nversion = "1.0.1"').replace('"a 1.0.0"', '"a 1.0.1"')
    assert changed == expected.replace('\n', newline)


def test_what_is_no_member_stays() -> None:
    """A published crate of the same name and version is somebody else's."""
    text = '[[package]]\nname = "a"\nversion = "1.0.0"\nsource = "registry+x"\n'
    assert update(text, {('a', '1.0.0'): '2.0.0'}) == text


def test_without_a_lock_file_nothing_is_edited() -> None:
    """Many libraries commit none."""
    tree = Tree('rs', '.', None, (), {}, ())
    assert (list(RUST.lock.reads(tree)), dict(RUST.lock.edits(tree))) == ([], {})
