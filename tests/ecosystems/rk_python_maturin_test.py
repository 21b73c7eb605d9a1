# SPDX-License-Identifier: Apache-2.0
"""Python packages whose code is a crate: one version at one place, in two spellings."""

from __future__ import annotations

from collections.abc import Mapping

import anyio
import pytest

from releasekit.core.package import Package, VersionPlace
from releasekit.ecosystems.python import PYTHON
from releasekit.ecosystems.rust import RUST
from releasekit.errors import Code, ReleaseKitError
from releasekit.spec.model import WorkspaceSpec
from releasekit.testing.files import MemoryFiles

Tree = Mapping[str, str]

BUILD = '[build-system]\nrequires = ["maturin>=1.7,<2"]\nbuild-backend = "maturin"\n'
HEAD = f'[project]\nname = "acme-fast"\ndynamic = ["version"]\n{BUILD}'
OWN = '[package]\nname = "acme-fast"\nversion = "1.0.0-rc.1" # one for both\nedition = "2021"\n'
INHERITING = '[package]\nname = "acme-fast"\nversion.workspace = true\n'
ROOT = '[workspace]\nmembers = ["crates/*"]\n[workspace.package]\nversion = "1.0.0-rc.1"\n'

SHAPES: dict[str, tuple[Tree, str, str, str, VersionPlace]] = {
    'beside it': (
        {'pyproject.toml': HEAD, 'Cargo.toml': OWN},
        '.',
        '.',
        'Cargo.toml',
        VersionPlace('Cargo.toml', 'cargo'),
    ),
    'in a folder': (
        {'pyproject.toml': HEAD + '[tool.maturin]\nmanifest-path = "rust/Cargo.toml"\n', 'rust/Cargo.toml': OWN},
        '.',
        'rust',
        'rust/Cargo.toml',
        VersionPlace('rust/Cargo.toml', 'cargo'),
    ),
    'in another folder, inherited': (
        {
            'python/pyproject.toml': HEAD + '[tool.maturin]\nmanifest-path = "../crates/fast/Cargo.toml"\n',
            'Cargo.toml': ROOT,
            'crates/fast/Cargo.toml': INHERITING,
        },
        'python',
        '.',
        'crates/fast/Cargo.toml',
        VersionPlace('Cargo.toml', 'cargo-workspace'),
    ),
    'beside it, inherited': (
        {'Cargo.toml': ROOT, 'crates/fast/Cargo.toml': INHERITING, 'crates/fast/pyproject.toml': HEAD},
        'crates/fast',
        '.',
        'crates/fast/Cargo.toml',
        VersionPlace('Cargo.toml', 'cargo-workspace'),
    ),
}


def python(tree: Tree, root: str = '.') -> Package:
    spec = WorkspaceSpec(ecosystem='python', root=root)
    return anyio.run(PYTHON.workspace.discover, MemoryFiles(tree), 'py', spec).packages[0]


def rust(tree: Tree, root: str) -> Package:
    spec = WorkspaceSpec(ecosystem='rust', root=root)
    return anyio.run(RUST.workspace.discover, MemoryFiles(tree), 'rs', spec).packages[0]


@pytest.mark.parametrize(('tree', 'ours', 'theirs', 'manifest', 'place'), SHAPES.values(), ids=SHAPES)
def test_both_have_one_place(tree: Tree, ours: str, theirs: str, manifest: str, place: VersionPlace) -> None:
    """They share the place of the version, each reads its own spelling, and the package bundles the crate."""
    package, crate = python(tree, ours), rust(tree, theirs)
    assert (package.places, crate.places) == ((place,), (place,))
    assert (package.version, crate.version) == ('1.0.0rc1', '1.0.0-rc.1')
    assert package.bundles == (manifest,) == (crate.manifest,)


@pytest.mark.parametrize('place', [VersionPlace('Cargo.toml', form) for form in ('cargo', 'cargo-workspace')])
@pytest.mark.parametrize(('python_version', 'rust_version'), [('2.0.0', '2.0.0'), ('2.1.0b3', '2.1.0-beta.3')])
def test_both_write_the_same(place: VersionPlace, python_version: str, rust_version: str) -> None:
    """Whoever writes, the file is the same, and the rest of it stays."""
    text = OWN if place.form == 'cargo' else ROOT
    written = PYTHON.manifest.set_version(text, place, python_version)
    assert written == RUST.manifest.set_version(text, place, rust_version)
    assert written == text.replace('1.0.0-rc.1', rust_version)
    assert PYTHON.manifest.read_version(written, place) == python_version


def test_a_version_of_its_own_stays_where_it_is() -> None:
    """A package that is not dynamic has its own version, and bundles the crate all the same."""
    tree = {'pyproject.toml': f'[project]\nname = "a"\nversion = "3.0"\n{BUILD}', 'Cargo.toml': OWN}
    package = python(tree)
    assert (package.version, package.places) == ('3.0', (VersionPlace('pyproject.toml', 'pyproject'),))
    assert package.bundles == ('Cargo.toml',)


def test_other_backends_bundle_nothing() -> None:
    """A Cargo.toml beside a package of another backend is somebody else's."""
    text = '[project]\nname = "a"\nversion = "3.0"\n[build-system]\nrequires = ["hatchling"]\n'
    tree = {'pyproject.toml': text + 'build-backend = "hatchling.build"\n', 'Cargo.toml': OWN}
    assert python(tree).bundles == ()


BROKEN: dict[str, tuple[Tree, Code]] = {
    'no crate': ({'pyproject.toml': HEAD}, Code.VERSION_DYNAMIC),
    'outside': (
        {'pyproject.toml': HEAD + '[tool.maturin]\nmanifest-path = "../Cargo.toml"\n'},
        Code.VERSION_DYNAMIC,
    ),
    'no version': ({'pyproject.toml': HEAD, 'Cargo.toml': '[package]\nname = "a"\n'}, Code.VERSION_DYNAMIC),
    'no root': ({'pyproject.toml': HEAD, 'Cargo.toml': INHERITING}, Code.VERSION_DYNAMIC),
    'a root without a version': (
        {'p/pyproject.toml': HEAD, 'p/Cargo.toml': INHERITING, 'Cargo.toml': '[workspace]\n'},
        Code.VERSION_DYNAMIC,
    ),
    'no TOML': ({'pyproject.toml': HEAD, 'Cargo.toml': '[package\n'}, Code.MANIFEST_INVALID),
    'no spelling for Python': (
        {'pyproject.toml': HEAD, 'Cargo.toml': OWN.replace('rc.1', 'nightly.x')},
        Code.VERSION_INVALID,
    ),
}


@pytest.mark.parametrize(('tree', 'code'), BROKEN.values(), ids=BROKEN)
def test_what_cannot_be_known_is_refused(tree: Tree, code: Code) -> None:
    """Nothing is guessed: the crate, its version and a spelling of it have to be there."""
    with pytest.raises(ReleaseKitError) as caught:
        python(tree, 'p' if 'p/pyproject.toml' in tree else '.')
    assert caught.value.code is code
