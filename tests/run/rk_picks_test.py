# SPDX-License-Identifier: Apache-2.0
"""A change that was cherry-picked with `-x` is released once on each line, and not again when the lines are merged."""

from __future__ import annotations

import os
from pathlib import Path

import anyio
import pytest

from releasekit.core.plan import Inputs
from releasekit.run.planning import make_plan
from releasekit.run.project import open_project
from releasekit.testing.workspace import Sandbox, isolated, make_repository

SPEC = 'version: 1\nworkspaces: {py: {ecosystem: python}}\nbranches: {main: {}, "release/*": {allow: [patch]}}\n'
MANIFEST = '[project]\nname = "ant"\nversion = "1.0.0"\n'


def released(sandbox: Sandbox) -> dict[str, list[str]]:
    """What would be released from what is checked out: the version, with the subjects of the commits."""

    async def make() -> dict[str, list[str]]:
        project = await open_project(sandbox.root, None, isolated(os.environ))
        packages = (await make_plan(project, Inputs())).packages
        return {package.next: [reason.subject or '' for reason in package.reasons] for package in packages}

    return anyio.run(make)


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    """1.0.0 with a branch of its own, and 2.0.0 on main."""
    sandbox = make_repository(tmp_path / 'user', {'release.yaml': SPEC, 'pyproject.toml': MANIFEST})
    sandbox.tag('ant-v1.0.0')
    sandbox.git('branch', 'release/1.x')
    sandbox.commit('feat!: two', {'two': '2'})
    sandbox.tag('ant-v2.0.0')
    return sandbox


def fix(sandbox: Sandbox, name: str = 'legs') -> str:
    return sandbox.commit(f'fix: {name}', {name: 'six'})


def pick(sandbox: Sandbox, branch: str, commit: str, *flags: str) -> None:
    sandbox.git('switch', '--quiet', branch)
    sandbox.git('cherry-pick', *(flags or ('-x',)), commit)


def merge_back(sandbox: Sandbox) -> None:
    sandbox.git('switch', '--quiet', 'main')
    sandbox.git('merge', '--quiet', '--no-edit', 'release/1.x')


def test_a_picked_commit_counts_on_its_own_branch(sandbox: Sandbox) -> None:
    """The original is on another one, and 2.0.0 there is no matter."""
    pick(sandbox, 'release/1.x', fix(sandbox))
    assert released(sandbox) == {'1.0.1': ['legs']}


@pytest.mark.parametrize('tagged', [True, False])
def test_what_was_fixed_on_main_first_comes_back_without_a_release(sandbox: Sandbox, tagged: bool) -> None:
    """Or, where main has not released it either, with one."""
    original = fix(sandbox)
    if tagged:
        sandbox.tag('ant-v2.0.1')
    pick(sandbox, 'release/1.x', original)
    sandbox.tag('ant-v1.0.1')
    merge_back(sandbox)
    assert released(sandbox) == ({} if tagged else {'2.0.1': ['legs']})


@pytest.mark.parametrize('tagged', [True, False])
def test_what_was_fixed_on_the_older_line_first_does_not_either(sandbox: Sandbox, tagged: bool) -> None:
    """The copy on main is older than its original is there."""
    sandbox.git('switch', '--quiet', 'release/1.x')
    original = fix(sandbox)
    sandbox.tag('ant-v1.0.1')
    pick(sandbox, 'main', original)
    if tagged:
        sandbox.tag('ant-v2.0.1')
    merge_back(sandbox)
    assert released(sandbox) == ({} if tagged else {'2.0.1': ['legs']})


def test_what_main_never_had_is_released_from_there(sandbox: Sandbox) -> None:
    """A fix that came with the merge, beside one that was picked."""
    original = fix(sandbox)
    sandbox.tag('ant-v2.0.1')
    pick(sandbox, 'release/1.x', original)
    fix(sandbox, 'wings')
    sandbox.tag('ant-v1.0.1')
    merge_back(sandbox)
    assert released(sandbox) == {'2.0.2': ['wings']}


def test_without_a_record_a_copy_is_a_change_of_its_own(sandbox: Sandbox) -> None:
    """Nothing but `-x` says that two commits are one change."""
    original = fix(sandbox)
    sandbox.tag('ant-v2.0.1')
    pick(sandbox, 'release/1.x', original, '--no-edit')
    merge_back(sandbox)
    assert released(sandbox) == {'2.0.2': ['legs']}


def test_a_pick_of_a_pick_is_the_same_change(sandbox: Sandbox) -> None:
    """Over three lines: its message has both records."""
    original = fix(sandbox)
    sandbox.tag('ant-v2.0.1')
    sandbox.git('branch', 'release/0.x', 'ant-v1.0.0')
    pick(sandbox, 'release/0.x', original)
    pick(sandbox, 'release/1.x', sandbox.git('rev-parse', 'release/0.x'))
    merge_back(sandbox)
    assert released(sandbox) == {}
