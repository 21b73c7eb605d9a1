# SPDX-License-Identifier: Apache-2.0
"""Lock files stay valid: frozen installs of the real tools succeed, and the tools themselves would write the same."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anyio
import pytest

from releasekit.ecosystems.base import Discovery, Raise, Tree
from releasekit.ecosystems.js import JS
from releasekit.spec.model import Pin, WorkspaceSpec
from releasekit.testing.files import MemoryFiles
from releasekit.testing.verdaccio import PROGRAMS, install

ADD: Mapping[str, tuple[str, ...]] = {
    'npm': ('npm', 'install', '--package-lock-only', '--offline', '--ignore-scripts', '--no-audit', '--no-fund'),
    'pnpm': ('pnpm', 'install', '--lockfile-only', '--offline', '--ignore-scripts', '--no-frozen-lockfile'),
    'yarn': ('yarn', 'install', '--mode=update-lockfile'),
}
LOCKS = {'npm': 'package-lock.json', 'pnpm': 'pnpm-lock.yaml', 'yarn': 'yarn.lock'}
CATALOG = "catalog:\n  '@acme/core': ^1.0.0 # ours\n  \"@acme/util\": '>=1.0.0 <2'\n"
ROOT: Mapping[str, Any] = {'name': 'root', 'private': True}


@pytest.fixture(scope='session')
def programs() -> Path:
    """The folder that holds pnpm and yarn."""
    if missing := [program for program in PROGRAMS if shutil.which(program) is None]:
        pytest.skip(f'not on this machine: {", ".join(missing)}')
    return install()


def text(document: object) -> str:
    return json.dumps(document, indent=2) + '\n'


def package(name: str, **sections: Any) -> str:
    return text({'name': name, 'version': '1.0.0', **sections})


def chain(requirement: str) -> dict[str, str]:
    """Three packages in a row, with every kind of requirement."""
    return {
        'packages/core/package.json': package('@acme/core'),
        'packages/util/package.json': package('@acme/util', dependencies={'@acme/core': requirement}),
        'packages/app/package.json': package(
            'app',
            dependencies={'@acme/util': requirement},
            devDependencies={'@acme/core': requirement},
            peerDependencies={'@acme/core': '^1.0.0'},
        ),
    }


def rooted(tool: str, tree: Mapping[str, str], **root: Any) -> dict[str, str]:
    if tool == 'pnpm':
        settings = 'packages:\n  - packages/*\nlinkWorkspacePackages: true\n'
        return {'package.json': text({**ROOT, **root}), 'pnpm-workspace.yaml': settings, **tree}
    lock = {'yarn.lock': ''} if tool == 'yarn' else {}
    return {'package.json': text({**ROOT, 'workspaces': ['packages/*'], **root}), **lock, **tree}


def catalogs() -> dict[str, str]:
    tree = rooted('pnpm', chain('catalog:'))
    tree['pnpm-workspace.yaml'] += CATALOG
    return tree


def mixed(tool: str) -> dict[str, str]:
    more = package(
        '@acme/more',
        dependencies={'@acme/util': '1.x'},
        optionalDependencies={'app': '>=1.0.0 <2'},
        devDependencies={'@acme/core': '~1.0.0'},
    )
    return rooted(tool, {**chain('^1.0.0'), 'packages/more/package.json': more})


def aliased(tool: str) -> dict[str, str]:
    alias = {'npm': '^1.0.0', 'pnpm': 'npm:@acme/core@^1.0.0', 'yarn': 'npm:@acme/core@^1.0.0'}[tool]
    name = '@acme/core' if tool == 'npm' else 'core-next'
    tree = {**chain('^1.0.0'), 'packages/more/package.json': package('more', dependencies={name: alias})}
    return rooted(tool, tree)


WORKSPACES: dict[str, tuple[str, dict[str, str]]] = {
    **{f'{tool} {range_}': (tool, rooted(tool, chain(range_))) for tool in ADD for range_ in ('^1.0.0', '1.0.0')},
    **{f'{tool} mixed': (tool, mixed(tool)) for tool in ADD},
    **{f'{tool} aliased': (tool, aliased(tool)) for tool in ADD},
    **{f'{tool} workspace:^': (tool, rooted(tool, chain('workspace:^'))) for tool in ('pnpm', 'yarn')},
    **{f'{tool} workspace:^1.0.0': (tool, rooted(tool, chain('workspace:^1.0.0'))) for tool in ('pnpm', 'yarn')},
    'pnpm catalogs': ('pnpm', catalogs()),
    'yarn catalogs': ('yarn', {**rooted('yarn', chain('catalog:')), '.yarnrc.yml': CATALOG}),
    'npm public root': (
        'npm',
        {
            **rooted('npm', chain('^1.0.0')),
            'package.json': text(
                {'name': 'root', 'version': '1.0.0', 'workspaces': ['packages/*'], 'dependencies': {'app': '^1.0.0'}}
            ),
        },
    ),
    'npm unnamed root': (
        'npm',
        {
            **rooted('npm', chain('^1.0.0')),
            'package.json': text({'workspaces': ['packages/*'], 'devDependencies': {'app': '^1.0.0'}}),
        },
    ),
}


def environment(programs: Path) -> dict[str, str]:
    path = f'{programs}{os.pathsep}{os.environ["PATH"]}'
    quiet = {'npm_config_loglevel': 'error', 'YARN_ENABLE_TELEMETRY': '0', 'YARN_ENABLE_IMMUTABLE_INSTALLS': '0'}
    return {**os.environ, **quiet, 'YARN_ENABLE_NETWORK': '0', 'PATH': path}


def run(argv: tuple[str, ...], folder: Path, programs: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, cwd=folder, env=environment(programs), capture_output=True, text=True, check=False)


def write(tree: Mapping[str, str], folder: Path) -> None:
    for path, content in tree.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content.encode())


def discover(tree: Mapping[str, str]) -> Discovery:
    return anyio.run(JS.workspace.discover, MemoryFiles(tree), 'js', WorkspaceSpec(ecosystem='js'))


def bumped(tree: Mapping[str, str], version: str, pin: Pin = 'keep') -> dict[str, str]:
    """The tree with all released packages at a version, and the lock file that follows."""
    found = discover(tree)
    released = [each for each in found.packages if each.release]
    raises = [Raise(each.name, version, pin) for each in released]
    changed = dict(tree)
    for each in found.packages:
        if each in released:
            changed[each.manifest] = JS.manifest.set_version(changed[each.manifest], each.places[0], version)
        changed[each.manifest] = JS.manifest.set_requirements(changed[each.manifest], raises, each.manifest)
    for path in found.shared:
        changed[path] = JS.manifest.set_requirements(changed[path], raises, path)
    state = Tree('js', '.', found.lock, found.packages, {each.id: version for each in released}, changed.keys())
    files = {path: changed[path].encode() for path in JS.lock.reads(state)}
    return {**changed, **JS.lock.edits(dataclasses.replace(state, files=files))}


@pytest.mark.slow
@pytest.mark.parametrize('version', ['2.0.0', '1.1.0-rc.1'])
@pytest.mark.parametrize('name', WORKSPACES)
def test_a_lock_file_follows_a_release(name: str, version: str, tmp_path: Path, programs: Path) -> None:
    """The check passes, and the tool that writes the lock file anew changes no byte."""
    tool, tree = WORKSPACES[name]
    lock = LOCKS[tool]
    write(tree, tmp_path)
    assert run(ADD[tool], tmp_path, programs).returncode == 0
    before = {**tree, lock: (tmp_path / lock).read_text()}
    after = bumped(before, version)
    write(after, tmp_path)
    check = run(JS.lock.check(lock, offline=True), tmp_path, programs)
    again = run(ADD[tool], tmp_path, programs)

    assert check.returncode == 0, check.stdout + check.stderr
    assert again.returncode == 0, again.stdout + again.stderr
    assert (tmp_path / lock).read_text() == after[lock]


@pytest.mark.slow
@pytest.mark.parametrize('pin', ['minimum', 'compatible', 'exact'])
@pytest.mark.parametrize('name', ['npm ^1.0.0', 'pnpm workspace:^', 'yarn workspace:^', 'yarn ^1.0.0', 'pnpm catalogs'])
def test_a_lock_file_follows_pins(name: str, pin: Pin, tmp_path: Path, programs: Path) -> None:
    """However requirements are pinned."""
    tool, tree = WORKSPACES[name]
    write(tree, tmp_path)
    assert run(ADD[tool], tmp_path, programs).returncode == 0
    after = bumped({**tree, LOCKS[tool]: (tmp_path / LOCKS[tool]).read_text()}, '1.1.0', pin)
    write(after, tmp_path)
    check = run(JS.lock.check(LOCKS[tool], offline=True), tmp_path, programs)
    again = run(ADD[tool], tmp_path, programs)

    assert check.returncode == 0, check.stdout + check.stderr
    assert again.returncode == 0, again.stdout + again.stderr
    assert (tmp_path / LOCKS[tool]).read_text() == after[LOCKS[tool]]


@pytest.mark.slow
@pytest.mark.parametrize('tool', ['pnpm', 'yarn'])
def test_the_check_fails_where_the_lock_file_is_stale(tool: str, tmp_path: Path, programs: Path) -> None:
    """npm passes over differences of members; what it refuses is a dependency that the lock file lacks."""
    write(rooted(tool, chain('^1.0.0')), tmp_path)
    assert run(ADD[tool], tmp_path, programs).returncode == 0
    write(rooted(tool, chain('1.0.0')), tmp_path)
    assert run(JS.lock.check(LOCKS[tool], offline=True), tmp_path, programs).returncode != 0


@pytest.mark.slow
def test_the_check_fails_where_npm_lacks_a_dependency(tmp_path: Path, programs: Path) -> None:
    """A member that came after the lock file was written."""
    write(rooted('npm', chain('^1.0.0')), tmp_path)
    assert run(ADD['npm'], tmp_path, programs).returncode == 0
    write({'packages/new/package.json': package('new', dependencies={'app': '^1.0.0'})}, tmp_path)
    assert run(JS.lock.check('package-lock.json', offline=True), tmp_path, programs).returncode != 0


def test_nothing_is_read_or_written_without_a_lock_file() -> None:
    """There may be none."""
    tree = rooted('npm', chain('^1.0.0'))
    state = Tree('js', '.', None, discover(tree).packages, {}, tree.keys())
    assert JS.lock.reads(state) == ()
    assert JS.lock.edits(state) == {}


@pytest.mark.parametrize('offline', [True, False])
def test_checks_go_without_a_network_where_they_can(offline: bool) -> None:
    """npm and pnpm have a flag for it; the name of the lock file says the tool."""
    for lock, program in (('web/npm-shrinkwrap.json', 'npm'), ('pnpm-lock.yaml', 'pnpm'), ('yarn.lock', 'yarn')):
        command = JS.lock.check(lock, offline=offline)
        assert command[0] == program
        assert ('--offline' in command) is (offline and program != 'yarn')


OTHERS = {
    'package-lock.json': text(
        {
            'name': 'root',
            'lockfileVersion': 2,
            'packages': {
                '': {'name': 'root'},
                'packages/app': {'version': '1.0.0', 'dependencies': {'@acme/util': '^1.0.0', 'left-pad': '^1.0.0'}},
                'packages/core': {'name': '@acme/core', 'version': '1.0.0'},
                'node_modules/left-pad': {'version': '1.0.0', 'integrity': 'sha512-x'},
            },
            'dependencies': {
                'app': {'version': 'file:packages/app', 'requires': {'@acme/util': '^1.0.0', 'left-pad': '^1.0.0'}},
                'left-pad': {'version': '1.0.0'},
            },
        }
    ).replace('\n', '\r\n'),
}


def test_only_the_lines_of_members_change() -> None:
    """Version 2 says it twice; other packages of the same version stay, and so do line ends."""
    tree = {**rooted('npm', chain('^1.0.0')), **OTHERS}
    before, after = tree['package-lock.json'].split('\n'), bumped(tree, '2.0.0')['package-lock.json'].split('\n')
    changed = [new.strip() for old, new in zip(before, after, strict=True) if old != new]
    assert changed == [
        '"version": "2.0.0",',
        '"@acme/util": "^2.0.0",',
        '"version": "2.0.0"',
        '"@acme/util": "^2.0.0",',
    ]


OLD_YARN = """\
__metadata:
  version: 6

"@acme/core@^1.0.0, @acme/core@npm:^1.0.0, @acme/core@workspace:packages/core":
  version: 0.0.0-use.local
  resolution: "@acme/core@workspace:packages/core"
  languageName: unknown
  linkType: soft

"@acme/util@^1.0.0, @acme/util@workspace:packages/util":
  version: 0.0.0-use.local
  resolution: "@acme/util@workspace:packages/util"
  dependencies:
    "@acme/core": ^1.0.0
  languageName: unknown
  linkType: soft
"""


def test_ranges_of_older_lock_files_of_yarn_have_no_protocol() -> None:
    """In the lines of requirements; the entries' own keys have it."""
    tree = {**rooted('yarn', chain('^1.0.0')), 'yarn.lock': OLD_YARN}
    after = bumped(tree, '2.0.0')['yarn.lock']
    assert '    "@acme/core": ^2.0.0\n' in after
    assert '@acme/core@npm:^2.0.0, @acme/core@workspace:packages/core":\n' in after
    assert bumped({**tree, 'yarn.lock': OLD_YARN.replace('\n', '\r\n')}, '2.0.0')['yarn.lock'] == after.replace(
        '\n', '\r\n'
    )
