# SPDX-License-Identifier: Apache-2.0
"""Discovery of JavaScript workspaces, compared with npm, pnpm and yarn themselves."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anyio
import pytest

from releasekit.ecosystems.base import Discovery
from releasekit.ecosystems.js import JS
from releasekit.errors import Code, ReleaseKitError
from releasekit.spec.model import PackageOverride, WorkspaceSpec
from releasekit.testing.files import MemoryFiles
from releasekit.testing.verdaccio import PROGRAMS, install

Tree = Mapping[str, str]


@pytest.fixture(scope='session')
def programs() -> Path:
    """The folder that holds pnpm and yarn."""
    if missing := [program for program in PROGRAMS if shutil.which(program) is None]:
        pytest.skip(f'not on this machine: {", ".join(missing)}')
    return install()


def text(document: object) -> str:
    return json.dumps(document, indent=2) + '\n'


def member(folder: str, **more: Any) -> dict[str, str]:
    name = '@acme/' + folder.replace('/', '-').replace('.', 'd').replace('@', '')
    return {f'{folder}/package.json': text({'name': name, 'version': '1.0.0', **more})}


def members(*folders: str) -> dict[str, str]:
    return {path: content for folder in folders for path, content in member(folder).items()}


def discover(tree: Mapping[str, str | bytes], **spec: Any) -> Discovery:
    wanted = WorkspaceSpec(ecosystem='js', **spec)
    return anyio.run(JS.workspace.discover, MemoryFiles(tree), 'js', wanted)


def failure(tree: Mapping[str, str | bytes], **spec: Any) -> ReleaseKitError:
    with pytest.raises(ReleaseKitError) as caught:
        discover(tree, **spec)
    return caught.value


# Name, patterns, and the folders that have a manifest.
SHAPES: list[tuple[str, list[str], dict[str, str]]] = [
    ('one level', ['packages/*'], members('packages/a', 'packages/b', 'other/c')),
    ('two globs', ['packages/*', 'apps/*'], members('packages/a', 'apps/b')),
    ('named', ['packages/a', 'tools'], members('packages/a', 'packages/b', 'tools')),
    ('any depth', ['packages/**'], members('packages/a', 'packages/a/x', 'packages/b/c/d')),
    ('scoped folders', ['packages/*/*'], members('packages/@x/a', 'packages/@x/b', 'packages/c')),
    ('negated folder', ['packages/*', '!packages/b'], members('packages/a', 'packages/b')),
    ('negated tree', ['packages/**', '!packages/b/**'], members('packages/a', 'packages/b/x', 'packages/b/y/z')),
    ('negated name', ['**', '!**/test/**'], members('a', 'b/test/fixture', 'b', 'test/x')),
    ('leading dot', ['./packages/*'], members('packages/a')),
    ('trailing slash', ['packages/*/'], members('packages/a', 'packages/b')),
    ('braces', ['{packages,apps}/*'], members('packages/a', 'apps/b', 'libs/c')),
    ('question mark', ['packages/?'], members('packages/a', 'packages/bb')),
    ('class', ['packages/[ab]'], members('packages/a', 'packages/b', 'packages/c')),
    ('prefix', ['packages/plugin-*'], members('packages/plugin-a', 'packages/core')),
    ('suffix', ['*-lib'], members('a-lib', 'b')),
    ('hidden folders', ['packages/*', '.config/*'], members('packages/.x', 'packages/a', '.config/y')),
    ('folder without a manifest', ['packages/*'], {**members('packages/a'), 'packages/b/README.md': ''}),
    ('installed packages', ['**'], members('a', 'node_modules/b', 'a/node_modules/c')),
    ('nothing matches', ['libs/*'], members('packages/a')),
    ('a file matches', ['packages/*'], {**members('packages/a'), 'packages/x.txt': ''}),
    ('extended', ['packages/@(a|b)'], members('packages/a', 'packages/b', 'packages/c')),
    ('without a version', ['packages/*'], {**members('packages/a'), 'packages/b/package.json': '{"name": "b"}'}),
    ('private members', ['packages/*'], {**member('packages/a', private=True), **members('packages/b')}),
    ('nested twice', ['a', 'a/b', 'a/b/c'], members('a', 'a/b', 'a/b/c')),
]
NPM_ONLY: list[tuple[str, list[str], dict[str, str]]] = [
    ('taken back in', ['packages/**', '!packages/b/**', 'packages/b/a'], members('packages/b/a', 'packages/b/c')),
    ('negated twice', ['!!packages/*'], members('packages/a')),
    ('leading slash', ['/packages/*'], members('packages/a')),
]
YARN_ONLY: list[tuple[str, list[str], dict[str, str]]] = [
    ('workspaces in workspaces', ['a'], {**member('a', workspaces=['b/*']), **members('a/b/c', 'a/d')}),
]
ROOT = {'name': 'root', 'private': True}


def write(tree: Tree, folder: Path) -> None:
    for path, content in tree.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content)


def run(argv: list[str], folder: Path, programs: Path) -> str:
    environment = {
        **os.environ,
        'npm_config_offline': 'true',
        'YARN_ENABLE_NETWORK': '0',
        'npm_config_loglevel': 'error',
    }
    environment['PATH'] = f'{programs}{os.pathsep}{environment["PATH"]}'
    done = subprocess.run(argv, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def folders(found: Discovery) -> list[str]:
    return sorted(package.path for package in found.packages if package.path != '.')


def relative(paths: list[str], folder: Path) -> list[str]:
    found = {Path(path).resolve().relative_to(folder.resolve()).as_posix() for path in paths}
    return sorted(found - {'.'})


def by_npm(patterns: list[str], tree: Tree) -> dict[str, str]:
    return {'package.json': text({**ROOT, 'workspaces': patterns}), **tree}


def by_yarn(patterns: list[str], tree: Tree) -> dict[str, str]:
    return {'package.json': text({**ROOT, 'workspaces': patterns}), 'yarn.lock': '', **tree}


def by_pnpm(patterns: list[str], tree: Tree) -> dict[str, str]:
    listed = ''.join(f"  - '{pattern}'\n" for pattern in patterns)
    return {'package.json': text(ROOT), 'pnpm-workspace.yaml': f'packages:\n{listed}', **tree}


@pytest.mark.slow
@pytest.mark.parametrize(('shape', 'patterns', 'tree'), SHAPES + NPM_ONLY)
def test_members_are_what_npm_lists(
    shape: str, patterns: list[str], tree: Tree, tmp_path: Path, programs: Path
) -> None:
    """The folders of `npm query .workspace`, the root aside."""
    whole = by_npm(patterns, tree)
    write(whole, tmp_path)
    run(['npm', 'install', '--package-lock-only'], tmp_path, programs)
    listed = json.loads(run(['npm', 'query', '.workspace', '--package-lock-only'], tmp_path, programs))
    assert folders(discover(whole)) == relative([each['path'] for each in listed], tmp_path), shape


@pytest.mark.slow
@pytest.mark.parametrize(('shape', 'patterns', 'tree'), SHAPES)
def test_members_are_what_pnpm_lists(
    shape: str, patterns: list[str], tree: Tree, tmp_path: Path, programs: Path
) -> None:
    """The folders of `pnpm ls -r`, the root aside."""
    whole = by_pnpm(patterns, tree)
    write(whole, tmp_path)
    listed = json.loads(run(['pnpm', 'ls', '-r', '--json', '--depth', '-1'], tmp_path, programs))
    assert folders(discover(whole)) == relative([each['path'] for each in listed], tmp_path), shape


@pytest.mark.slow
@pytest.mark.parametrize(('shape', 'patterns', 'tree'), SHAPES + YARN_ONLY)
def test_members_are_what_yarn_lists(
    shape: str, patterns: list[str], tree: Tree, tmp_path: Path, programs: Path
) -> None:
    """The folders of `yarn workspaces list`, the root aside."""
    whole = by_yarn(patterns, tree)
    write(whole, tmp_path)
    lines = run(['yarn', 'workspaces', 'list', '--json'], tmp_path, programs).splitlines()
    listed = [str(tmp_path / json.loads(line)['location']) for line in lines]
    assert folders(discover(whole)) == relative(listed, tmp_path), shape


def edges(tree: Mapping[str, str], path: str) -> list[tuple[str, str, str]]:
    found = next(package for package in discover(tree).packages if package.path == path)
    return sorted((edge.id.removeprefix('js:'), str(edge.kind), edge.requirement) for edge in found.dependencies)


def needing(requirement: str, section: str = 'dependencies', name: str = 'core') -> dict[str, str]:
    return {
        'core/package.json': text({'name': 'core', 'version': '1.2.0'}),
        'app/package.json': text({'name': 'app', 'version': '1.0.0', section: {name: requirement}}),
    }


PATTERNS = ['core', 'app']
LINKED = 'linkWorkspacePackages: true\n'


@pytest.mark.parametrize(
    ('requirement', 'npm', 'pnpm', 'linked', 'yarn'),
    [
        ('^1.0.0', True, False, True, True),
        ('1.x', True, False, True, True),
        ('^2.0.0', False, False, False, False),
        ('*', True, False, True, True),
        ('latest', False, False, False, False),
        ('workspace:^', True, True, True, True),
        ('workspace:*', True, True, True, True),
        ('workspace:~', True, True, True, True),
        ('workspace:^1.0.0', True, True, True, True),
        ('file:../core', True, True, True, True),
        ('link:../core', True, True, True, True),
        ('file:../other', False, False, False, False),
        ('npm:core@^1.0.0', False, False, True, True),
        ('npm:other@^1.0.0', False, False, False, False),
        ('git+https://example.invalid/core.git', False, False, False, False),
    ],
)
def test_an_edge_is_what_the_tool_takes_for_a_member(
    requirement: str, npm: bool, pnpm: bool, linked: bool, yarn: bool
) -> None:
    """Plain ranges mean a member where the tool links them and the member's version fits; an alias means its target.

    What follows the workspace is what it becomes when it is published: that is what users of the package have.
    """
    tree = needing(requirement)
    expected = {'workspace:^': '^1.2.0', 'workspace:*': '1.2.0', 'workspace:~': '~1.2.0'}.get(requirement, requirement)
    pnpm_tree = by_pnpm(PATTERNS, tree)
    linked_tree = {**pnpm_tree, 'pnpm-workspace.yaml': pnpm_tree['pnpm-workspace.yaml'] + LINKED}
    found = [
        edges(whole, 'app') == [('core', 'runtime', expected)]
        for whole in (by_npm(PATTERNS, tree), pnpm_tree, linked_tree, by_yarn(PATTERNS, tree))
    ]
    assert found == [npm, pnpm, linked, yarn]


@pytest.mark.parametrize(
    ('section', 'kind'),
    [
        ('dependencies', 'runtime'),
        ('optionalDependencies', 'optional'),
        ('peerDependencies', 'peer'),
        ('devDependencies', 'group'),
    ],
)
def test_the_section_says_the_kind(section: str, kind: str) -> None:
    """Each of the four sections of a manifest; peers count whether or not plain ranges are linked."""
    assert edges(by_npm(PATTERNS, needing('^1.0.0', section)), 'app') == [('core', kind, '^1.0.0')]
    expected = [('core', kind, '^1.0.0')] if kind == 'peer' else []
    assert edges(by_pnpm(PATTERNS, needing('^1.0.0', section)), 'app') == expected


def test_optional_dependencies_replace_others_of_the_name() -> None:
    """As npm reads them: what is in both is optional."""
    both = {'dependencies': {'core': '^1.0.0'}, 'optionalDependencies': {'core': '^1.1.0'}}
    tree = {**needing('^1.0.0'), 'app/package.json': text({'name': 'app', 'version': '1.0.0', **both})}
    assert edges(by_npm(PATTERNS, tree), 'app') == [('core', 'optional', '^1.1.0')]


def test_an_alias_is_an_edge_to_its_target() -> None:
    """`workspace:core@^` under another name, and a name whose alias leads elsewhere."""
    tree = by_pnpm(PATTERNS, needing('workspace:core@^', name='core-next'))
    assert edges(tree, 'app') == [('core', 'runtime', '^1.2.0')]
    assert edges(by_yarn(PATTERNS, needing('workspace:core')), 'app') == [('core', 'runtime', '1.2.0')]


def test_catalogs_are_resolved() -> None:
    """The requirement of an edge is what the catalog says; the file of the catalogs is shared."""
    catalog = f'{LINKED}catalog:\n  core: ^1.0.0\ncatalogs:\n  old:\n    core: ^0.9.0\n  new: {{core: 1.x}}\n'
    found = {}
    for requirement in ('catalog:', 'catalog:default', 'catalog:new', 'catalog:old', 'catalog:none'):
        tree = by_pnpm(PATTERNS, needing(requirement))
        tree['pnpm-workspace.yaml'] += catalog
        found[requirement] = [edge[2] for edge in edges(tree, 'app')]
        assert discover(tree).shared == ('pnpm-workspace.yaml',)
    assert found == {
        'catalog:': ['^1.0.0'],
        'catalog:default': ['^1.0.0'],
        'catalog:new': ['1.x'],
        'catalog:old': [],
        'catalog:none': [],
    }


@pytest.mark.parametrize(
    ('files', 'tool', 'lock'),
    [
        ({}, None, None),
        ({'package-lock.json': '{}'}, None, 'package-lock.json'),
        ({'package-lock.json': '{}', 'npm-shrinkwrap.json': '{}'}, None, 'npm-shrinkwrap.json'),
        ({'pnpm-lock.yaml': ''}, None, 'pnpm-lock.yaml'),
        ({'pnpm-workspace.yaml': ''}, None, None),
        ({'yarn.lock': '__metadata:\n  version: 8\n'}, None, 'yarn.lock'),
        ({'yarn.lock': '# yarn lockfile v1\n'}, None, None),
        ({'yarn.lock': '', 'package-lock.json': '{}'}, 'npm', 'package-lock.json'),
        ({'pnpm-lock.yaml': '', 'yarn.lock': ''}, None, 'pnpm-lock.yaml'),
        ({'pnpm-lock.yaml': '', 'yarn.lock': ''}, 'yarn', 'yarn.lock'),
    ],
)
def test_the_lock_file_is_that_of_the_tool(files: dict[str, str], tool: str | None, lock: str | None) -> None:
    """The tool is the one that release.yaml names, else the one whose files are there."""
    assert discover({'package.json': text({'name': 'a', 'version': '1.0.0'}), **files}, tool=tool).lock == lock


def test_the_package_manager_field_names_the_tool() -> None:
    """Where no file gives the tool away; pnpm takes no patterns from package.json."""
    root = {**ROOT, 'workspaces': ['*']}
    for manager, expected in (('npm@11.0.0', ['a']), ('yarn@4.0.0', ['a']), ('pnpm@10.0.0', []), ('bun@1', ['a'])):
        tree = {'package.json': text({**root, 'packageManager': manager}), **members('a')}
        assert folders(discover(tree)) == expected, manager


@pytest.mark.parametrize(
    ('npmrc', 'manager', 'expected'),
    [
        ('', '', False),
        ('link-workspace-packages=true\n', '', True),
        ('a=b\nlink-workspace-packages = deep\n', '', True),
        ('', 'pnpm@8.15.0', True),
        ('', 'pnpm@9.0.0', False),
        ('link-workspace-packages=false\n', 'pnpm@8.15.0', False),
    ],
)
def test_pnpm_says_where_it_links_plain_ranges(npmrc: str, manager: str, expected: bool) -> None:
    """In .npmrc, too; and until version 8 by default."""
    tree = {**by_pnpm(PATTERNS, needing('^1.0.0')), '.npmrc': npmrc}
    tree['package.json'] = text({**ROOT, 'packageManager': manager})
    assert bool(edges(tree, 'app')) is expected


def test_yarn_says_where_it_does_not_link_plain_ranges() -> None:
    """A setting of .yarnrc.yml, which may hold catalogs too."""
    tree = by_yarn(PATTERNS, needing('^1.0.0'))
    assert edges({**tree, '.yarnrc.yml': 'enableTransparentWorkspaces: false\n'}, 'app') == []
    tree = {**by_yarn(PATTERNS, needing('catalog:')), '.yarnrc.yml': 'catalog:\n  core: workspace:^\n'}
    assert edges(tree, 'app') == [('core', 'runtime', '^1.2.0')]


def state(tree: Tree, **spec: Any) -> dict[str, tuple[str | None, bool, bool, str]]:
    return {
        each.name: (each.version, each.release, each.publish, each.private) for each in discover(tree, **spec).packages
    }


def test_what_takes_part_in_releases() -> None:
    """Private members are versioned and not published; a private root and what has no version take no part."""
    private = '`private` in package.json'
    tree = by_npm(
        ['*'],
        {
            'a/package.json': text({'name': 'a', 'version': '1.0.0'}),
            'b/package.json': text({'name': 'b', 'version': '1.0.0', 'private': True}),
            'c/package.json': text({'name': 'c'}),
            'd/package.json': '{}',
        },
    )
    assert state(tree) == {
        'root': (None, False, False, private),
        'a': ('1.0.0', True, True, ''),
        'b': ('1.0.0', True, False, private),
        'c': (None, False, False, 'no version'),
        'd': (None, False, False, 'no version'),
    }
    versioned = {**tree, 'package.json': text({**ROOT, 'version': '3.0.0', 'workspaces': ['*']})}
    assert state(versioned)['root'] == ('3.0.0', False, False, private)
    public = {**tree, 'package.json': text({'name': 'root', 'version': '3.0.0', 'workspaces': ['*']})}
    assert state(public)['root'] == ('3.0.0', True, True, '')


def test_a_repository_may_be_one_private_package() -> None:
    """It has a version, so that it can be released, and is not published."""
    assert state({'package.json': text({**ROOT, 'version': '1.0.0'})})['root'][:3] == ('1.0.0', True, False)


def test_a_root_without_a_name_is_shared() -> None:
    """It is no package, but what it requires follows."""
    tree = {'package.json': text({'workspaces': ['*'], 'devDependencies': {'a': '^1.0.0'}}), **members('a')}
    found = discover(tree)
    assert [package.path for package in found.packages] == ['a']
    assert found.shared == ('package.json',)


def test_release_yaml_leaves_out_and_overrides() -> None:
    """Globs of `exclude` are relative to the root of the workspace, overrides go by name; private stays private."""
    tree = {f'web/{path}': content for path, content in by_npm(['*'], members('a', 'b', 'c')).items()}
    overrides = {'@acme/a': PackageOverride(publish=False), 'root': PackageOverride(release=True, publish=True)}
    found = state(tree, root='web', exclude=('b',), packages=overrides)
    assert found.keys() == {'root', '@acme/a', '@acme/c'}
    assert found['@acme/a'] == ('1.0.0', True, False, '')
    assert found['root'][:3] == (None, False, False)


@pytest.mark.parametrize(
    ('tree', 'code', 'said'),
    [
        ({'a.txt': ''}, Code.WORKSPACE_INVALID, 'There is no package.json'),
        ({'package.json': '{"name": }'}, Code.MANIFEST_INVALID, 'no valid JSON'),
        ({'package.json': '[]'}, Code.MANIFEST_INVALID, 'no JSON object'),
        ({'package.json': '{"name": "a", "name": "b"}'}, Code.MANIFEST_INVALID, "'name' twice"),
        ({'package.json': '[' * 100_000}, Code.MANIFEST_INVALID, 'package.json'),
        ({'package.json': b'{"name": "\xff"}'}, Code.MANIFEST_INVALID, 'not UTF-8'),
        ({'package.json': '{"name": "a", "version": "1.0"}'}, Code.VERSION_INVALID, "'1.0'"),
        ({'package.json': '{"name": "a", "version": "v1.0.0"}'}, Code.VERSION_INVALID, "'v1.0.0'"),
        ({'package.json': '{}', 'pnpm-workspace.yaml': 'a: [b\n'}, Code.MANIFEST_INVALID, 'no valid YAML'),
        ({'package.json': '{}', 'pnpm-workspace.yaml': '[' * 3000}, Code.MANIFEST_INVALID, 'brackets'),
        (
            by_npm(['*'], {'a/package.json': '{"name": "x"}', 'b/package.json': '{"name": "x"}'}),
            Code.WORKSPACE_INVALID,
            'both named x',
        ),
    ],
)
def test_what_is_wrong_is_said(tree: Mapping[str, str | bytes], code: Code, said: str) -> None:
    """With the place, before anything is planned."""
    error = failure(tree)
    assert error.code is code
    assert said in error.problems[0].message
    assert error.problems[0].place is not None


def test_a_published_package_needs_what_is_there() -> None:
    """What `workspace:` names must be a package of the release; for development it need not be."""
    tree = by_pnpm(PATTERNS, needing('workspace:^'))
    error = failure(tree, exclude=('core',), targets=('npm',))
    assert error.code is Code.WORKSPACE_INVALID
    assert 'requires core by `workspace:^`' in error.problems[0].message
    development = by_pnpm(PATTERNS, needing('workspace:^', 'devDependencies'))
    assert [package.name for package in discover(development, exclude=('core',), targets=('npm',)).packages][
        -1
    ] == 'app'
