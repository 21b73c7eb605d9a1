# SPDX-License-Identifier: Apache-2.0
"""Requirements and versions that packages of one cargo workspace share: planned from real repositories."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

import anyio
import pytest

from releasekit.core.actions import Build, EditFile
from releasekit.core.plan import Plan
from releasekit.errors import Code, ReleaseKitError
from releasekit.run.planning import make_plan
from releasekit.run.project import open_project
from releasekit.testing.workspace import make_repository

ROOT = '[workspace]\nresolver = "2"\nmembers = ["crates/*"]\n'
A = 'crates/a/Cargo.toml'
CHANGED = 'crates/a/src/lib.rs'


def crate(name: str, more: str = '', version: str = 'version = "1.0.0"') -> str:
    return f'[package]\nname = "{name}"\n{version}\nedition = "2021"\n\n{more}'


def planned(folder: Path, files: Mapping[str, str], commit: str, more: str = '') -> Plan:
    """The plan after one commit to the crate a, where every crate is released as 1.0.0."""
    spec = f'version: 1\nproject: {{branch: main}}\nworkspaces:\n  ws: {{ecosystem: rust, targets: [crates]{more}}}\n'
    known = {**files, CHANGED: '', 'release.yaml': f'{spec}targets:\n  crates: {{type: crates}}\n'}
    repository = make_repository(folder / 'r', known, 'feat: begin')
    for name in 'abcr':
        repository.git('tag', f'{name}-v1.0.0')
    repository.commit(commit, {CHANGED: '\n'})
    return plan_of(repository.root, folder)


def plan_of(root: Path, folder: Path) -> Plan:
    environment = {**os.environ, 'XDG_CACHE_HOME': str(folder / 'cache')}

    async def make() -> Plan:
        return await make_plan(await open_project(root, None, environment))

    return anyio.run(make)


def added(edit: EditFile) -> list[str]:
    lines = [line for line in edit.diff.splitlines() if line.startswith('+') and not line.startswith('+++')]
    return [line[1:] for line in lines]


def edited(plan: Plan, path: str) -> list[str]:
    """The lines that the plan adds to a file."""
    edit = plan.by_key.get(f'edit:{path}')
    assert isinstance(edit, EditFile), sorted(plan.by_key)
    return added(edit)


@pytest.mark.parametrize(
    ('needs', 'more'),
    [
        ('[dev-dependencies]\na.workspace = true\n', ''),
        ('[dependencies]\na.workspace = true\n', ', version: {propagate: none}'),
        ('[dependencies]\na.workspace = true\n', ', packages: {b: {release: false}}'),
    ],
)
def test_a_shared_requirement_follows_for_dependents_that_are_not_released(
    tmp_path: Path, needs: str, more: str
) -> None:
    """Else cargo could not resolve the workspace any more: the path has a version that the root does not admit."""
    shared = '\n[workspace.dependencies]\na = { path = "crates/a", version = "1.0" }\n'
    files = {'Cargo.toml': ROOT + shared, A: crate('a'), 'crates/b/Cargo.toml': crate('b', needs)}
    plan = planned(tmp_path, files, 'feat!: x', more)
    assert [package.name for package in plan.packages] == ['a']
    assert edited(plan, 'Cargo.toml') == ['a = { path = "crates/a", version = "2.0" }']


def test_a_version_follows_its_place_without_a_release(tmp_path: Path) -> None:
    """A member that inherits the version and is never released: the lock file and what requires it know the new one."""
    lock = 'version = 4\n\n[[package]]\nname = "a"\nversion = "1.0.0"\n\n[[package]]\nname = "b"\nversion = "1.0.0"\n'
    files = {
        'Cargo.toml': ROOT + '\n[workspace.package]\nversion = "1.0.0"\n',
        'Cargo.lock': lock,
        A: crate('a', version='version.workspace = true'),
        'crates/b/Cargo.toml': crate('b', version='version.workspace = true'),
        'crates/c/Cargo.toml': crate('c', '[dev-dependencies]\nb = { path = "../b", version = "1.0.0" }\n'),
    }
    plan = planned(tmp_path, files, 'feat!: x', ', packages: {b: {release: false}}')
    assert [package.name for package in plan.packages] == ['a']
    assert edited(plan, 'Cargo.lock') == ['version = "2.0.0"', 'version = "2.0.0"']
    assert edited(plan, 'crates/c/Cargo.toml') == ['b = { path = "../b", version = "2.0.0" }']


def test_the_lock_of_a_crate_follows_the_wheel_that_has_its_version(tmp_path: Path) -> None:
    """The crate itself is never released, but its version is the wheel's: its lock file is written and checked."""
    spec = """\
version: 1
project: {branch: main}
workspaces:
  py: {ecosystem: python}
  rs: {ecosystem: rust, tag: "{label}-{version}", packages: {a: {release: false}}}
"""
    project = '[project]\nname = "wheel"\ndynamic = ["version"]\n\n[build-system]\nbuild-backend = "maturin"\n'
    files = {
        'release.yaml': spec,
        'pyproject.toml': project,
        'Cargo.toml': crate('a'),
        'Cargo.lock': 'version = 4\n\n[[package]]\nname = "a"\nversion = "1.0.0"\n',
    }
    repository = make_repository(tmp_path / 'r', files, 'feat: begin')
    repository.git('tag', 'wheel-v1.0.0')
    repository.commit('feat: x', {'src/lib.rs': ''})
    plan = plan_of(repository.root, tmp_path)
    assert [package.id for package in plan.packages] == ['py:wheel']
    assert edited(plan, 'Cargo.toml') == ['version = "1.1.0"']
    assert edited(plan, 'Cargo.lock') == ['version = "1.1.0"']
    assert 'lock:rs' in plan.by_key


def test_a_lock_follows_what_a_path_leads_to_in_another_workspace(tmp_path: Path) -> None:
    """The lock file of the one names the crate of the other like a member of its own."""
    spec = """\
version: 1
project: {branch: main}
workspaces:
  lib: {ecosystem: rust}
  tool: {ecosystem: rust, root: tool, tag: "tool-{version}", packages: {t: {needs: ["lib:a"]}}}
"""
    block = '\n[[package]]\nname = "{}"\nversion = "1.0.0"\n'
    files = {
        'release.yaml': spec,
        'Cargo.toml': crate('a', '[workspace]\nexclude = ["tool"]\n'),
        'tool/Cargo.toml': crate('t', '[dependencies]\na = { path = ".." }\n').replace('\n\n', '\npublish = false\n\n'),
        'tool/Cargo.lock': f'version = 4\n{block.format("a")}{block.format("t")}dependencies = [\n "a",\n]\n',
    }
    repository = make_repository(tmp_path / 'r', files, 'feat: begin')
    repository.git('tag', 'a-v1.0.0')
    repository.git('tag', 'tool-1.0.0')
    repository.commit('feat!: x', {'src/lib.rs': ''})
    plan = plan_of(repository.root, tmp_path)
    assert {package.id: package.next for package in plan.packages} == {'lib:a': '2.0.0', 'tool:t': '1.0.1'}
    assert edited(plan, 'tool/Cargo.lock') == ['version = "2.0.0"', 'version = "1.0.1"']


def test_builds_agree_on_the_exact_pins_of_a_file_that_they_share(tmp_path: Path) -> None:
    """Every build sees the edits of all: the root has one text, though each requires other crates."""
    files = {
        'Cargo.toml': crate('r', '[dependencies]\na.workspace = true\nb = { path = "crates/b", version = "1.0.0" }\n\n')
        + ROOT
        + '\n[workspace.dependencies]\na = { path = "crates/a", version = "1.0.0" }\n',
        A: crate('a'),
        'crates/b/Cargo.toml': crate('b', '[dependencies]\na.workspace = true\n'),
        'crates/c/Cargo.toml': crate('c', '[dependencies]\nb = { path = "../b", version = "1.0.0" }\n'),
    }
    plan = planned(tmp_path, files, 'fix: x', ', pin: exact')
    builds = [action for action in plan.actions if isinstance(action, Build)]
    edits = {build.name: {edit.path: edit for edit in build.edits} for build in builds}
    assert all(len(build.edits) == len(edits[build.name]) for build in builds)
    assert {name: sorted(paths) for name, paths in edits.items()} == {
        'a': ['Cargo.toml'],
        'b': ['Cargo.toml'],
        'c': ['Cargo.toml', 'crates/c/Cargo.toml'],
        'r': ['Cargo.toml'],
    }
    assert len({paths['Cargo.toml'].after for paths in edits.values()}) == 1
    assert added(edits['b']['Cargo.toml']) == [
        'b = { path = "crates/b", version = "=1.0.1" }',
        'a = { path = "crates/a", version = "=1.0.1" }',
    ]


def test_one_version_is_not_linked_to_two_groups(tmp_path: Path) -> None:
    """Members that inherit one version cannot follow two groups, which may have two versions."""
    files = {
        'Cargo.toml': ROOT + '\n[workspace.package]\nversion = "1.0.0"\n',
        **{f'crates/{name}/Cargo.toml': crate(name, version='version.workspace = true') for name in 'ab'},
    }
    groups = ', groups: {x: {packages: [a], versioning: linked}, y: {packages: [b], versioning: linked}}'
    with pytest.raises(
        ReleaseKitError, match='ws:a, ws:b have one version, but are in the linked groups x and y'
    ) as caught:
        planned(tmp_path, files, 'fix: x', groups)
    assert caught.value.code is Code.SPEC_INVALID


@pytest.mark.parametrize(
    ('needs', 'message', 'label'),
    [
        ('ws:aa', 'There is no package `ws:aa`.', 'did you mean `ws:a`?'),
        ('zzzzzzzz', '`zzzzzzzz` does not name a package of another workspace.', ''),
    ],
)
def test_a_need_that_is_no_package_is_shown_where_it_stands(
    tmp_path: Path, needs: str, message: str, label: str
) -> None:
    """With its line, and what was meant where something is near."""
    files = {'Cargo.toml': ROOT, A: crate('a')}
    with pytest.raises(ReleaseKitError, match=re.escape(message)) as caught:
        planned(tmp_path, files, 'fix: x', f', packages: {{a: {{needs: ["{needs}"]}}}}')
    place = caught.value.problems[0].place
    assert place is not None
    assert place.line is not None
    assert place.label == label
