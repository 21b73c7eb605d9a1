# SPDX-License-Identifier: Apache-2.0
"""What follows a release in workspaces of JavaScript: planned from real repositories."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import anyio
import pytest

from releasekit.core.actions import Build
from releasekit.core.plan import Inputs, Plan
from releasekit.run.planning import make_plan
from releasekit.run.project import open_project
from releasekit.testing.workspace import make_repository

LOCK = """\
lockfileVersion: '9.0'

importers:

  .: {}

  a: {}

  b:
    dependencies:
      a:
        specifier: workspace:^
        version: link:../a
"""


def manifest(name: str, **more: Any) -> str:
    return json.dumps({'name': name, 'version': '1.0.0', **more}, indent=2) + '\n'


def planned(
    folder: Path, commit: str, b: dict[str, Any], prerelease: str = '', task: str = 'release', **rules: Any
) -> Plan:
    """The plan after one commit to the package a, where a and b, which requires a, are released as 1.0.0."""
    spec = {
        'version': 1,
        'project': {'branch': 'main'},
        'workspaces': {'ws': {'ecosystem': 'js', 'targets': ['npm'], **rules}},
        'targets': {'npm': {'type': 'npm'}},
    }
    files = {
        'release.yaml': json.dumps(spec),
        'package.json': '{"private": true}\n',
        'pnpm-workspace.yaml': 'packages: [a, b]\n',
        'pnpm-lock.yaml': LOCK,
        'a/package.json': manifest('a'),
        'b/package.json': manifest('b', **b),
    }
    repository = make_repository(folder / 'r', files, 'feat: begin')
    for name in 'ab':
        repository.git('tag', f'{name}-v1.0.0')
    repository.commit(commit, {'a/index.js': ''})
    environment = {**os.environ, 'XDG_CACHE_HOME': str(folder / 'cache')}

    async def make() -> Plan:
        return await make_plan(
            await open_project(repository.root, None, environment), Inputs(prerelease=prerelease or None), task
        )

    return anyio.run(make)


@pytest.mark.parametrize(
    ('section', 'requirement', 'commit', 'expected'),
    [
        ('peerDependencies', 'workspace:^', 'feat!: x', '2.0.0'),
        ('peerDependencies', 'workspace:^', 'feat: x', None),
        ('peerDependencies', 'workspace:~', 'feat: x', '2.0.0'),
        ('dependencies', 'workspace:^', 'feat!: x', '1.0.1'),
        ('dependencies', 'workspace:^', 'feat: x', None),
        ('dependencies', 'workspace:*', 'fix: x', '1.0.1'),
    ],
)
def test_what_was_published_says_whether_a_dependent_follows(
    tmp_path: Path, section: str, requirement: str, commit: str, expected: str | None
) -> None:
    """`workspace:^` was published as `^1.0.0`: users of that b cannot have the next major version of a."""
    plan = planned(tmp_path, commit, {section: {'a': requirement}}, version={'propagate': 'range'})
    assert {package.name: package.next for package in plan.packages}.get('b') == expected


@pytest.mark.parametrize(('commit', 'expected'), [('feat: x', None), ('feat!: x', '2.0.0-rc.1')])
@pytest.mark.parametrize('requirement', ['workspace:^', 'workspace:^1.0.0'])
def test_a_prerelease_is_as_breaking_to_peers_as_what_it_becomes(
    tmp_path: Path, commit: str, expected: str | None, requirement: str
) -> None:
    """No range without a prerelease admits one, but users of b can have the 1.1.0 that 1.1.0-rc.1 is for."""
    plan = planned(tmp_path, commit, {'peerDependencies': {'a': requirement}}, prerelease='rc')
    assert {package.name: package.next for package in plan.packages}.get('b') == expected


def test_the_lock_file_has_the_exact_pins_of_what_is_built(tmp_path: Path) -> None:
    """Else pnpm refuses to install from it before it packs; in the commit neither changes."""
    groups = {'all': {'packages': ['*'], 'versioning': 'fixed'}}
    plan = planned(tmp_path, 'feat: x', {'dependencies': {'a': 'workspace:^'}}, pin='exact', groups=groups)
    build = next(action for action in plan.actions if isinstance(action, Build) and action.name == 'b')
    diffs = {edit.path: edit.diff for edit in build.edits}
    assert sorted(diffs) == ['b/package.json', 'pnpm-lock.yaml']
    assert '+        specifier: workspace:*' in diffs['pnpm-lock.yaml']
    assert 'edit:pnpm-lock.yaml' not in plan.by_key


@pytest.mark.parametrize('task', ['build', 'release'])
def test_exact_pins_are_planned_for_any_task_that_builds(tmp_path: Path, task: str) -> None:
    """Whether or not the lock file is a step of the task."""
    groups = {'all': {'packages': ['*'], 'versioning': 'fixed'}}
    b = {'dependencies': {'a': 'workspace:^'}}
    plan = planned(tmp_path, 'feat: x', b, task=task, pin='exact', groups=groups)
    builds = {action.name: action for action in plan.actions if isinstance(action, Build)}
    assert [edit.path for edit in builds['b'].edits] == ['b/package.json', 'pnpm-lock.yaml']
