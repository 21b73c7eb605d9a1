# SPDX-License-Identifier: Apache-2.0
"""What follows a new version in the tree, ecosystem by ecosystem: planned from real repositories, written nowhere."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import anyio
import pytest

from releasekit.core.actions import EditFile
from releasekit.core.plan import Plan
from releasekit.run.planning import make_plan
from releasekit.run.project import open_project
from releasekit.testing.workspace import make_repository


def planned(folder: Path, files: Mapping[str, str], tags: tuple[str, ...], path: str, commit: str) -> Plan:
    """The plan after one commit to a file, where all else was released."""
    repository = make_repository(folder / 'r', dict(files), 'feat: begin')
    for tag in tags:
        repository.git('tag', tag)
    repository.commit(commit, {path: files.get(path, '') + '\n'})
    environment = {**os.environ, 'XDG_CACHE_HOME': str(folder / 'cache')}

    async def make() -> Plan:
        return await make_plan(await open_project(repository.root, None, environment))

    return anyio.run(make)


def versions(plan: Plan) -> dict[str, str]:
    return {package.name: package.next for package in plan.packages}


def added(plan: Plan, path: str) -> list[str]:
    """The lines that the plan adds to a file, without the changelog's."""
    edit = plan.by_key.get(f'edit:{path}')
    assert isinstance(edit, EditFile), sorted(plan.by_key)
    lines = [line for line in edit.diff.splitlines() if line.startswith('+') and not line.startswith('+++')]
    return [line[1:].strip() for line in lines]


def spec(ecosystem: str, more: str = '') -> str:
    return f'version: 1\nproject: {{branch: main}}\nworkspaces:\n  ws: {{ecosystem: {ecosystem}{more}}}\n'


def manifest(name: str, **more: object) -> str:
    return json.dumps({'name': name, 'version': '1.0.0', **more}, indent=2) + '\n'


JS = {
    'release.yaml': spec('js'),
    'package.json': '{"name": "root", "private": true, "workspaces": ["packages/*"]}\n',
    'packages/core/package.json': manifest('core'),
    'packages/core/index.js': '',
    'packages/plugin/package.json': manifest(
        'plugin', peerDependencies={'core': '^1.0.0'}, devDependencies={'core': '^1.0.0'}
    ),
    'packages/app/package.json': manifest('app', dependencies={'core': '^1.0.0'}),
    'packages/tool/package.json': manifest('tool', private=True, devDependencies={'core': '~1.0.0'}),
}
JS_TAGS = ('core-v1.0.0', 'plugin-v1.0.0', 'app-v1.0.0', 'tool-v1.0.0')


def test_ranges_of_js_are_kept_while_they_fit(tmp_path: Path) -> None:
    """A feature releases what depends on it; a peer range that admits it changes nothing, a narrow one is rewritten."""
    plan = planned(tmp_path, JS, JS_TAGS, 'packages/core/index.js', 'feat: x')
    assert versions(plan) == {'core': '1.1.0', 'app': '1.0.1'}
    assert added(plan, 'packages/app/package.json') == ['"version": "1.0.1",']
    assert added(plan, 'packages/tool/package.json') == ['"core": "~1.1.0"']
    assert 'edit:packages/plugin/package.json' not in plan.by_key


def test_a_breaking_peer_breaks_what_has_it(tmp_path: Path) -> None:
    """The plugin's range is left, so its users have to move too; development ranges follow without a release."""
    plan = planned(tmp_path, JS, JS_TAGS, 'packages/core/index.js', 'feat!: x')
    assert versions(plan) == {'core': '2.0.0', 'plugin': '2.0.0', 'app': '1.0.1'}
    assert added(plan, 'packages/plugin/package.json') == [
        '"version": "2.0.0",',
        '"core": "^2.0.0"',
        '"core": "^2.0.0"',
    ]
    assert added(plan, 'packages/app/package.json') == ['"version": "1.0.1",', '"core": "^2.0.0"']
    assert added(plan, 'packages/tool/package.json') == ['"core": "~2.0.0"']


RUST = {
    'release.yaml': spec('rust'),
    'Cargo.toml': '[workspace]\nresolver = "2"\nmembers = ["crates/*"]\n\n[workspace.package]\nversion = "1.0.0"\n\n'
    '[workspace.dependencies]\na = { path = "crates/a", version = "1.0" }\n',
    'crates/a/Cargo.toml': '[package]\nname = "a"\nversion.workspace = true\nedition = "2021"\n',
    'crates/a/src/lib.rs': '',
    'crates/b/Cargo.toml': '[package]\nname = "b"\nversion.workspace = true\nedition = "2021"\n',
    'crates/b/src/lib.rs': '',
    'crates/c/Cargo.toml': '[package]\nname = "c"\nversion = "1.0.0"\nedition = "2021"\n\n'
    '[dependencies]\na.workspace = true\n',
    'crates/c/src/lib.rs': '',
}
RUST_TAGS = ('a-v1.0.0', 'b-v1.0.0', 'c-v1.0.0')


@pytest.mark.parametrize(
    ('commit', 'expected', 'root'),
    [
        ('feat: x', {'a': '1.1.0', 'b': '1.1.0', 'c': '1.0.1'}, ['version = "1.1.0"']),
        (
            'feat!: x',
            {'a': '2.0.0', 'b': '2.0.0', 'c': '1.0.1'},
            ['version = "2.0.0"', 'a = { path = "crates/a", version = "2.0" }'],
        ),
    ],
)
def test_inherited_versions_of_rust_are_one(
    tmp_path: Path, commit: str, expected: dict[str, str], root: list[str]
) -> None:
    """Members that inherit are released together; the root's requirement is rewritten only where it has to be."""
    plan = planned(tmp_path, RUST, RUST_TAGS, 'crates/a/src/lib.rs', commit)
    assert versions(plan) == expected
    assert added(plan, 'Cargo.toml') == root
    assert added(plan, 'crates/c/Cargo.toml') == ['version = "1.0.1"']


GO = {
    'release.yaml': spec('go'),
    'go.work': 'go 1.21\n\nuse (\n\t./lib\n\t./app\n)\n',
    'lib/go.mod': 'module example.test/mono.git/lib\n\ngo 1.21\n',
    'lib/lib.go': 'package lib\n\nfunc One() int { return 1 }\n',
    'lib/deep/deep.go': 'package deep\n\nimport "example.test/mono.git/lib"\n\nvar Two = 2 * lib.One()\n',
    'app/go.mod': 'module example.test/mono.git/app\n\ngo 1.21\n\nrequire example.test/mono.git/lib v1.0.0\n',
    'app/app.go': 'package app\n\nimport (\n\tdeep "example.test/mono.git/lib/deep"\n)\n\nvar Two = deep.Two\n',
}
GO_TAGS = ('lib/v1.0.0', 'app/v1.0.0')


def test_requirements_of_go_are_raised(tmp_path: Path) -> None:
    """The dependent gets the version that is released with it, and the sums of what it will be."""
    plan = planned(tmp_path, GO, GO_TAGS, 'lib/lib.go', 'feat: x')
    assert versions(plan) == {'example.test/mono.git/lib': '1.1.0', 'example.test/mono.git/app': '1.0.1'}
    assert added(plan, 'app/go.mod') == ['require example.test/mono.git/lib v1.1.0']
    sums = added(plan, 'app/go.sum')
    assert [line.split()[:2] for line in sums] == [
        ['example.test/mono.git/lib', 'v1.1.0'],
        ['example.test/mono.git/lib', 'v1.1.0/go.mod'],
    ]
    assert all(line.split()[2].startswith('h1:') for line in sums)


def test_a_new_major_version_of_go_is_a_new_path(tmp_path: Path) -> None:
    """The module's own path and every import of it, in its own packages and in other modules, in one plan."""
    plan = planned(tmp_path, GO, GO_TAGS, 'lib/lib.go', 'feat!: x')
    assert versions(plan) == {'example.test/mono.git/lib': '2.0.0', 'example.test/mono.git/app': '1.0.1'}
    assert [package.tag for package in plan.packages] == ['lib/v2.0.0', 'app/v1.0.1']
    assert added(plan, 'lib/go.mod') == ['module example.test/mono.git/lib/v2']
    assert added(plan, 'lib/deep/deep.go') == ['import "example.test/mono.git/lib/v2"']
    assert added(plan, 'app/go.mod') == ['require example.test/mono.git/lib/v2 v2.0.0']
    assert added(plan, 'app/app.go') == ['deep "example.test/mono.git/lib/v2/deep"']
