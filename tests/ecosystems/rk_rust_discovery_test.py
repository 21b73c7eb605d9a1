# SPDX-License-Identifier: Apache-2.0
"""Discovery of cargo workspaces, compared with cargo itself."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anyio
import pytest

from releasekit.core.package import EdgeKind, VersionPlace
from releasekit.ecosystems.base import Discovery
from releasekit.ecosystems.rust import RUST
from releasekit.errors import Code, ReleaseKitError, render
from releasekit.spec.model import PackageOverride, WorkspaceSpec
from releasekit.testing.files import MemoryFiles

Tree = Mapping[str, str]
# Name, version, folder, and the internal edges: name and kind.
Found = list[tuple[str, str, str, list[tuple[str, str]]]]

needs_cargo = pytest.mark.skipif(shutil.which('cargo') is None, reason='there is no cargo on this machine')


def crate(name: str, rest: str = '', version: str = 'version = "1.0.0"', more: str = '') -> str:
    return f'[package]\nname = "{name}"\n{version}\nedition = "2021"\n{more}\n{rest}'


def member(folder: str, rest: str = '', version: str = 'version = "1.0.0"', more: str = '') -> dict[str, str]:
    name = folder.rpartition('/')[2].strip('.')
    return {f'{folder}/Cargo.toml': crate(name, rest, version, more), f'{folder}/src/lib.rs': ''}


def members(*folders: str) -> dict[str, str]:
    return {path: text for folder in folders for path, text in member(folder).items()}


def root(members: str, rest: str = '') -> dict[str, str]:
    return {'Cargo.toml': f'[workspace]\nresolver = "2"\nmembers = [{members}]\n{rest}'}


def path(*entries: str) -> str:
    lines = (f'{entry.rpartition("/")[2]} = {{ path = "{entry}" }}\n' for entry in entries)
    return '[dependencies]\n' + ''.join(lines)


INHERITED = '[workspace.package]\nversion = "2.1.0"\npublish = false\n[workspace.dependencies]\n'

SHAPES: dict[str, Tree] = {
    'single': {'Cargo.toml': crate('one'), 'src/lib.rs': ''},
    'single with a path that is no member': {
        'Cargo.toml': crate('one', path('sub')),
        'src/lib.rs': '',
        **members('sub'),
    },
    'virtual': {**root('"a", "b"'), **members('a', 'b', 'c')},
    'rooted': {
        'Cargo.toml': crate('top', '[workspace]\nmembers = ["crates/*"]\n' + path('crates/x')),
        'src/main.rs': 'fn main() {}',
        **members('crates/x', 'crates/y'),
    },
    'rooted without members': {
        'Cargo.toml': crate('top', '[workspace]\n' + path('x')),
        'src/lib.rs': '',
        **members('x', 'y'),
    },
    'globs': {**root('"libs/*", "apps/*/core", "b[ae]d?"'), **members('libs/a', 'apps/b/core', 'bad1', 'bed2', 'c')},
    'deep glob': {**root('"**/x*"'), **members('a/x1', 'a/b/x2', 'y')},
    'hidden': {**root('"a/*"'), **members('a/.x', 'a/y')},
    'a file matches': {**root('"a/*"'), 'a/README.md': '', **members('a/y')},
    'exclude': {**root('"a/*"', 'exclude = ["a/x", "a/z"]\n'), **members('a/x', 'a/y'), 'a/z/notes': ''},
    'exclude is no glob': {**root('"a/*"', 'exclude = ["a/x*"]\n'), **members('a/x1', 'a/y')},
    'named goes before exclude': {**root('"a/x"', 'exclude = ["a"]\n'), **members('a/x', 'a/y')},
    'default-members': {**root('"a", "b"', 'default-members = ["a"]\n'), **members('a', 'b')},
    'nothing': root(''),
    'dots in paths': {**root('"./a/../b", "c/"'), **members('b', 'c')},
    'implicit members': {
        **root('"a"'),
        **member('a', path('../b') + '[dev-dependencies]\nc = { path = "../c" }\n'),
        **member('b', '[target."cfg(unix)".build-dependencies]\nd = { path = "../x/d" }\n'),
        **members('c', 'x/d', 'e'),
    },
    'excluded path': {**root('"a"', 'exclude = ["b"]\n'), **member('a', path('../b')), **members('b')},
    'nested workspace': {
        **root('"a"', 'exclude = ["tools"]\n'),
        **members('a'),
        'tools/Cargo.toml': '[workspace]\nmembers = ["t"]\n',
        **members('tools/t'),
    },
    'member outside of the root': {
        'ws/Cargo.toml': '[workspace]\nresolver = "2"\nmembers = ["a"]\n',
        **member('ws/a', path('../../out')),
        **member('out', more='workspace = "../ws"'),
    },
    'path outside of the root': {
        'ws/Cargo.toml': '[workspace]\nresolver = "2"\nmembers = ["a"]\n',
        **member('ws/a', path('../../out')),
        **members('out'),
    },
    'inherited': {
        **root('"a", "b"', INHERITED + 'c = { path = "c", version = "2.0" }\n'),
        **member('a', '[dependencies]\nc.workspace = true\n', 'version.workspace = true'),
        **member('b', '[dev-dependencies]\nc = { workspace = true }\n', 'version = { workspace = true }'),
        **member('c', version='version = "2.0.3"'),
    },
    'renamed': {
        **root('"a", "b"', '[workspace.dependencies]\nshort = { package = "b", path = "b", version = "1" }\n'),
        **member('a', '[dependencies]\nbee = { package = "b", path = "../b" }\nshort = { workspace = true }\n'),
        **members('b'),
    },
    'every kind': {
        **root('"*"'),
        **member(
            'a',
            '[dependencies]\nb = { path = "../b", version = "1.0" }\nc = { path = "../c", optional = true }\n'
            '[build-dependencies.d]\npath = "../d"\n[dev-dependencies]\ne.path = "../e"\n'
            '[target.\'cfg(windows)\'.dependencies]\nf = { path = "../f" }\n'
            '[target.x86_64-unknown-linux-gnu.dev-dependencies]\nb = { path = "../b" }\n',
        ),
        **members('b', 'c', 'd', 'e', 'f'),
    },
    'dev cycle': {
        **root('"a", "b"'),
        **member('a', '[dev-dependencies]\nb = { path = "../b" }\na = { path = "." }\n'),
        **member('b', path('../a')),
    },
    'from a registry of the same name': {
        **root('"a", "b"'),
        **member('a', '[dependencies]\nb = "0.9"\n'),
        **members('b'),
    },
    'no version': {**root('"a", "b"'), **member('a', version=''), **member('b', path('../a'))},
    'prerelease': {**root('"a"'), **member('a', version='version = "1.0.0-rc.1+build.5"')},
}


def discover(tree: Mapping[str, str | bytes], **spec: Any) -> Discovery:
    wanted = WorkspaceSpec(ecosystem='rust', **spec)
    return anyio.run(RUST.workspace.discover, MemoryFiles(tree), 'rs', wanted)


def failure(tree: Mapping[str, str | bytes], **spec: Any) -> ReleaseKitError:
    with pytest.raises(ReleaseKitError) as caught:
        discover(tree, **spec)
    return caught.value


def write(tree: Tree, folder: Path) -> None:
    for name, text in tree.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


KINDS = {None: 'runtime', 'build': 'build', 'dev': 'group'}


def cargo_sees(folder: Path, top: Path) -> Found | None:
    """What `cargo metadata` lists of a workspace, None where it refuses."""
    command = ['cargo', 'metadata', '--no-deps', '--format-version', '1', '--offline']
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return None
    packages = json.loads(done.stdout)['packages']
    folders = {str(Path(each['manifest_path']).parent): each['name'] for each in packages}
    return sorted(
        (
            each['name'],
            each['version'],
            Path(each['manifest_path']).parent.relative_to(top.resolve()).as_posix(),
            sorted(
                {
                    (folders[need['path']], 'optional' if need['optional'] else KINDS[need['kind']])
                    for need in each['dependencies']
                    if need.get('path') in folders and folders[need['path']] != each['name']
                }
            ),
        )
        for each in packages
    )


def we_see(found: Discovery) -> Found:
    return sorted(
        (
            package.name,
            package.version or '0.0.0',
            package.path,
            sorted({(edge.id.removeprefix('rs:'), edge.kind.value) for edge in package.dependencies}),
        )
        for package in found.packages
    )


@needs_cargo
@pytest.mark.parametrize('tree', SHAPES.values(), ids=SHAPES)
def test_discovery_is_cargos(tree: Tree, tmp_path: Path) -> None:
    """Names, versions, folders and internal edges are those that `cargo metadata` lists."""
    write(tree, tmp_path)
    folder = 'ws' if 'ws/Cargo.toml' in tree else '.'
    expected = cargo_sees(tmp_path / folder, tmp_path)

    assert expected is not None
    assert we_see(discover(tree, root=folder)) == expected


BROKEN: dict[str, tuple[Tree, str]] = {
    'no manifest': ({'README.md': ''}, 'There is no Cargo.toml'),
    'neither table': ({'Cargo.toml': '[profile.release]\n'}, 'neither a [package] nor a [workspace]'),
    'a member without a manifest': ({**root('"a/*"'), 'a/x/notes': ''}, 'a/x has no Cargo.toml'),
    'a named member that is not there': (root('"a"'), 'a has no Cargo.toml'),
    'a path to nothing': ({**root('"a"'), **member('a', path('../b'))}, 'b has no Cargo.toml'),
    'two of a name': ({**root('"a/x", "b/x"'), **members('a/x', 'b/x')}, 'both named x'),
    'a root in a root': ({**root('"a"'), 'a/Cargo.toml': '[workspace]\n'}, 'nested workspaces'),
    'a member without a name': ({**root('"a"'), 'a/Cargo.toml': '[package]\nversion = "1.0.0"\n'}, 'with a name'),
    'an inherited version that is not there': (
        {**root('"a"'), **member('a', version='version.workspace = true')},
        'has no version that is text',
    ),
    'no version by SemVer': ({**root('"a"'), **member('a', version='version = "1.0"')}, "'1.0', the version of a"),
    'no TOML': ({'Cargo.toml': '[package\n'}, 'is no valid TOML'),
}


@needs_cargo
@pytest.mark.parametrize(('tree', 'words'), BROKEN.values(), ids=BROKEN)
def test_what_cargo_refuses_is_refused(tree: Tree, words: str, tmp_path: Path) -> None:
    """Where `cargo metadata` fails, so does discovery, and says why."""
    write(tree, tmp_path)

    assert cargo_sees(tmp_path, tmp_path) is None
    assert words in render(failure(tree).problems[0])


@pytest.mark.parametrize(
    'tree',
    [
        {**root('"a"'), **members('a')},
        {'Cargo.toml': crate('x', '[workspace]\n'), **member('a', more='workspace = ".."')},
    ],
    ids=['found above', 'pointed to'],
)
def test_a_member_is_no_root(tree: Tree) -> None:
    """`root` must be the workspace's own folder."""
    assert failure(tree, root='a').code is Code.WORKSPACE_INVALID
    assert 'Set `root` to .' in failure(tree, root='a').problems[0].hint


def test_an_excluded_folder_is_a_root() -> None:
    """What the workspace above excludes stands for itself."""
    tree = {**root('"a"', 'exclude = ["fuzz"]'), **members('a', 'fuzz')}
    assert [package.name for package in discover(tree, root='fuzz').packages] == ['fuzz']


def test_inherited_versions_stand_at_one_place() -> None:
    """Members that inherit the version share its place; others have their own."""
    places = {package.name: package.places for package in discover(SHAPES['inherited']).packages}
    shared = (VersionPlace('Cargo.toml', 'cargo-workspace'),)
    assert places == {'a': shared, 'b': shared, 'c': (VersionPlace('c/Cargo.toml', 'cargo'),)}


def test_requirements_are_as_written() -> None:
    """An edge has the text of its requirement, inherited or not, '' for a path alone; and its platform."""
    tree = {
        **root('"*"', '[workspace.dependencies]\nc = { path = "c", version = "^1" }\n'),
        **member(
            'a',
            '[dependencies]\nb = { path = "../b", version = ">=1, <2" }\nc = { workspace = true, optional = true }\n'
            '[target."cfg(unix)".dependencies]\nd = { path = "../d" }\n',
        ),
        **members('b', 'c', 'd'),
    }
    a = next(package for package in discover(tree).packages if package.name == 'a')
    assert [(edge.id, edge.kind, edge.requirement, edge.where) for edge in a.dependencies] == [
        ('rs:b', EdgeKind.RUNTIME, '>=1, <2', ''),
        ('rs:c', EdgeKind.OPTIONAL, '^1', ''),
        ('rs:d', EdgeKind.RUNTIME, '', 'cfg(unix)'),
    ]


def test_the_root_is_shared_where_it_offers_members() -> None:
    """The root's manifest holds requirements of many packages, and is named then; the lock file too."""
    found = discover({**SHAPES['inherited'], 'Cargo.lock': ''})
    assert (found.shared, found.lock) == (('Cargo.toml',), 'Cargo.lock')
    assert discover(SHAPES['virtual']).shared == ()
    assert discover(SHAPES['virtual']).lock is None


@pytest.mark.parametrize(
    ('rest', 'why'),
    [
        ('publish = false', '`publish = false`'),
        ('publish = []', '`publish = false`'),
        ('publish.workspace = true', '`publish = false`'),
        ('publish = true', ''),
        ('publish = ["crates-io"]', ''),
    ],
)
def test_publish_false_is_private(rest: str, why: str) -> None:
    """A crate that cargo would not publish is private, also where it inherits that."""
    tree = {**root('"a"', '[workspace.package]\npublish = false\n'), **member('a', more=rest)}
    (package,) = discover(tree).packages
    assert (package.private, package.publish) == (why, not why)


def test_without_a_version_it_is_private() -> None:
    """cargo takes 0.0.0 for it and does not publish it; no file holds its version."""
    package = discover(SHAPES['no version']).packages[0]
    assert (package.version, package.places, package.private) == (None, (), 'it has no `version`')


@pytest.mark.parametrize(
    ('publish', 'targets'),
    [
        ('publish = ["local"]', ('local',)),
        ('publish = ["local", "other"]', ('local',)),
        ('publish = ["elsewhere"]', ('public', 'local')),
        ('', ('public', 'local')),
    ],
)
def test_named_registries_choose_targets(publish: str, targets: tuple[str, ...]) -> None:
    """Of the targets, those that `publish` names by their labels; all where it names none of them."""
    (package,) = discover({**root('"a"'), **member('a', more=publish)}, targets=('public', 'local')).packages
    assert package.targets == targets


def test_settings_of_release_yaml_count() -> None:
    """Packages are left out and overridden as release.yaml says."""
    spec = {'exclude': ('a/x',), 'packages': {'y': PackageOverride(publish=False)}}
    found = discover({**root('"a/*"'), **members('a/x', 'a/y')}, **spec)
    assert [(package.name, package.publish) for package in found.packages] == [('y', False)]


SHARED = '[workspace.dependencies]\nb = { path = "b" }\n'
UNSERVED: dict[str, tuple[Tree, bool]] = {
    'path of its own': ({**root('"*"'), **member('a', path('../b')), **members('b')}, False),
    'shared path': ({**root('"*"', SHARED), **member('a', '[dependencies]\nb.workspace = true'), **members('b')}, True),
    'shared path for development': (
        {**root('"*"', SHARED), **member('a', '[dev-dependencies]\nb.workspace = true'), **members('b')},
        False,
    ),
    'shared path, private': (
        {
            **root('"*"', SHARED),
            **member('a', '[dependencies]\nb.workspace = true', more='publish = false'),
            **members('b'),
        },
        False,
    ),
    'path to no member': ({**root('"a"', 'exclude = ["b"]\n'), **member('a', path('../b')), **members('b')}, True),
}


@pytest.mark.parametrize(('tree', 'refused'), UNSERVED.values(), ids=UNSERVED)
def test_what_users_could_not_have_is_refused(tree: Tree, refused: bool) -> None:
    """A published crate needs a version beside each path that a bump does not write itself."""
    if refused:
        error = failure(tree, targets=('t',))
        assert (error.code, 'by its path alone' in error.problems[0].message) == (Code.WORKSPACE_INVALID, True)
    else:
        assert {package.name for package in discover(tree, targets=('t',)).packages} == {'a', 'b'}
