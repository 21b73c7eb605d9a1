# SPDX-License-Identifier: Apache-2.0
"""An override of a message that no commit has is told of, and one of an older commit is not."""

from __future__ import annotations

import os
from pathlib import Path

import anyio
import pytest

from releasekit.core.plan import Inputs
from releasekit.errors import Code, Severity, render
from releasekit.run.planning import Planned, plan_task
from releasekit.run.project import open_project
from releasekit.testing.workspace import Sandbox, isolated, make_repository

NOBODY = 'f' * 40
SPEC = """\
version: 1
project: {{branch: main}}
workspaces:
  py: {{ecosystem: python}}
commits:
  overrides:
    {hash}: "feat!: what was meant"
"""
PROJECT = '[project]\nname = "a"\nversion = "1.0.0"\n'


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return make_repository(tmp_path / 'user', {'pyproject.toml': PROJECT})


def plan(sandbox: Sandbox, hash_: str) -> Planned:
    sandbox.commit('chore: configure', {'release.yaml': SPEC.format(hash=hash_)})

    async def main() -> Planned:
        project = await open_project(sandbox.root, None, {**isolated(os.environ), 'HOME': str(sandbox.root.parent)})
        return await plan_task(project, Inputs(), 'bump')

    return anyio.run(main)


def test_an_override_of_no_commit_is_a_warning(sandbox: Sandbox) -> None:
    """At its line, with what to do."""
    [warning] = plan(sandbox, NOBODY).warnings
    assert (warning.code, warning.severity, str(warning.place)) == (
        Code.SPEC_UNUSED,
        Severity.WARNING,
        'release.yaml:7:5',
    )
    assert '`overrides` has a message for ffffffffffff, which is no commit of this repository.' in render(warning)


def test_an_override_of_a_commit_is_none_whether_it_was_released_or_not(sandbox: Sandbox) -> None:
    """And it decides the level until then."""
    meant = sandbox.commit('oops', {'x': '1'})
    sandbox.git('tag', 'a-v1.0.0', f'{meant}^')
    planned = plan(sandbox, meant)
    assert (planned.warnings, planned.plan.packages[0].next) == ((), '2.0.0')
    sandbox.git('tag', 'a-v2.0.0')
    planned = plan(sandbox, meant)
    assert (planned.warnings, planned.plan.packages) == ((), ())


def test_where_history_is_cut_off_nothing_is_said(sandbox: Sandbox, tmp_path: Path) -> None:
    """The commit may be beyond the cut."""
    sandbox.commit('fix: x', {'x': '1'})
    sandbox.git('tag', 'a-v1.0.0')
    sandbox.commit('fix: y', {'x': '2'})
    sandbox.git('clone', '--quiet', '--depth=2', f'file://{sandbox.root}', str(tmp_path / 'cut'))
    sandbox.git('-C', str(tmp_path / 'cut'), 'config', 'user.name', 'A')
    sandbox.git('-C', str(tmp_path / 'cut'), 'config', 'user.email', 'a@example.invalid')
    assert plan(Sandbox(tmp_path / 'cut', sandbox.clock), NOBODY).warnings == ()
