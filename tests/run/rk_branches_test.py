# SPDX-License-Identifier: Apache-2.0
"""The branch that a release moves: the one that is checked out, where `branches` names it."""

from __future__ import annotations

import os
from pathlib import Path

import anyio
import pytest

from releasekit.core.plan import Inputs, Plan
from releasekit.errors import Code, ReleaseKitError
from releasekit.run.planning import make_plan
from releasekit.run.project import open_project
from releasekit.testing.workspace import Sandbox, isolated, make_repository

NAMED = 'branches: {main: {}, next: {channel: next, prerelease: rc}, "release/*": {channel: old, allow: [patch]}}\n'
SPEC = 'version: 1\nworkspaces: {py: {ecosystem: python}}\n'
MANIFEST = '[project]\nname = "ant"\nversion = "1.0.0"\n'


def plan(sandbox: Sandbox, task: str = 'release') -> Plan:
    async def make() -> Plan:
        project = await open_project(sandbox.root, None, isolated(os.environ))
        return await make_plan(project, Inputs(), task)

    return anyio.run(make)


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    """A release, a branch of it with a fix, and a feature on main."""
    sandbox = make_repository(tmp_path / 'user', {'release.yaml': SPEC + NAMED, 'pyproject.toml': MANIFEST})
    sandbox.tag('ant-v1.0.0')
    for branch in ('release/1.x', 'next'):
        sandbox.git('switch', '--quiet', '--create', branch, 'ant-v1.0.0')
        sandbox.commit('fix: x', {'x': branch})
    sandbox.git('switch', '--quiet', 'main')
    sandbox.commit('feat: y', {'y': '1'})
    return sandbox


@pytest.mark.parametrize(
    ('where', 'branch', 'channel', 'version'),
    [
        ('main', 'main', None, '1.1.0'),
        ('release/1.x', 'release/1.x', 'old', '1.0.1'),
        ('next', 'next', 'next', '1.0.1rc1'),
        # A detached HEAD is on the only named branch that has it.
        ('--detach release/1.x', 'release/1.x', 'old', '1.0.1'),
        ('--detach next', 'next', 'next', '1.0.1rc1'),
        # What is not named shows what the usual branch would release.
        ('--create feature', 'main', None, '1.1.0'),
    ],
)
def test_the_branch_that_is_checked_out_decides(
    sandbox: Sandbox, where: str, branch: str, channel: str | None, version: str
) -> None:
    """Whatever `project.branch` says."""
    sandbox.commit('docs: say it', {'release.yaml': f'{SPEC}project: {{branch: main}}\n{NAMED}'})
    sandbox.git('switch', '--quiet', *where.split())
    found = plan(sandbox)
    assert (found.base.branch, found.channel) == (branch, channel)
    assert [package.next for package in found.packages] == [version]


def test_a_detached_head_that_several_named_branches_have_is_on_the_usual_one(sandbox: Sandbox) -> None:
    """Nothing tells them apart; without a usual one nothing is planned."""
    sandbox.git('switch', '--quiet', '--detach', 'ant-v1.0.0')
    with pytest.raises(ReleaseKitError) as caught:
        plan(sandbox)
    assert caught.value.code is Code.BRANCH_OTHER


def test_only_what_releases_is_held_against_the_branch(sandbox: Sandbox) -> None:
    """A check runs anywhere, and so does what only builds."""
    sandbox.git('switch', '--quiet', 'release/1.x')
    sandbox.commit('feat: z', {'z': '1'})
    with pytest.raises(ReleaseKitError) as caught:
        plan(sandbox)
    assert caught.value.code is Code.BRANCH_LEVEL
    assert f'{sandbox.head[:7]} feat: z' in str(caught.value)
    assert [package.next for package in plan(sandbox, 'check').packages] == ['1.1.0']


def test_a_candidate_for_what_another_branch_has_released_comes_too_late(sandbox: Sandbox) -> None:
    """It would come before that in the order of versions; merging the release makes it one for the next version."""
    sandbox.git('switch', '--quiet', 'next')
    sandbox.tag('ant-v1.0.1rc1')
    sandbox.git('switch', '--quiet', '--create', 'stable', 'ant-v1.0.1rc1')
    sandbox.tag('ant-v1.0.1', sandbox.commit('docs: released', {'z': '1'}))
    sandbox.git('switch', '--quiet', 'next')
    sandbox.commit('fix: z', {'x': 'z'})
    with pytest.raises(ReleaseKitError) as caught:
        plan(sandbox)
    assert caught.value.code is Code.TAG_ELSEWHERE
    assert str(caught.value).startswith('The tag ant-v1.0.1 is there already, at ')
    assert str(caught.value).endswith(' on stable.')
    sandbox.git('merge', '--quiet', '--no-edit', 'stable')
    assert [package.next for package in plan(sandbox).packages] == ['1.0.2rc1']
