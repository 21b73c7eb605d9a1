# SPDX-License-Identifier: Apache-2.0
"""`migrate` from settings as each tool documents them: the release.yaml and the report that come of them.

A folder of tests/migrate has the files of a repository in `in`, its tags in `tags.txt` and what is expected;
UPDATE_STORIES=1 writes that anew. The part of its name before the dot is the tool.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from releasekit.core.plan import Inputs
from releasekit.migrations import TOOLS
from releasekit.run import planning
from releasekit.run.project import open_project
from releasekit.run.survey import begin, carry
from releasekit.tasks.show import beginnings, migration
from releasekit.tasks.terminal.layout import plain
from releasekit.testing.workspace import Sandbox, make_repository

CASES = Path(__file__).parents[1] / 'migrate'
UPDATE = 'UPDATE_STORIES' in os.environ
pytestmark = pytest.mark.anyio


def build(case: Path, where: Path) -> Sandbox:
    """The repository of a case; each tag stands on a commit of its own."""
    found = [path for path in (case / 'in').rglob('*') if path.is_file()]
    files = {path.relative_to(case / 'in').as_posix(): path.read_text() for path in found}
    repository = make_repository(where, files, 'feat: begin')
    names = (case / 'tags.txt').read_text().split() if (case / 'tags.txt').exists() else []
    for name in names:
        repository.commit('chore: more')
        repository.tag(name)
    return repository


@pytest.mark.parametrize('case', sorted(CASES.iterdir()), ids=lambda case: case.name)
async def test_what_is_written_says_what_the_tool_was_told(case: Path, tmp_path: Path) -> None:
    """It is valid and plans with no edit, and what has no equivalent is named with its place."""
    repository = build(case, tmp_path / 'repository')
    environment = {**os.environ, 'XDG_CACHE_HOME': str(tmp_path / 'cache')}
    begun = await begin.begin(repository.root, None, environment)
    done = await carry.carry(begun, await carry.find(begun), case.name.partition('.')[0])
    proven = await begin.prove(begun, done.text)
    begin.write(begun, proven)
    report = plain([*migration.carried(done), *proven.warnings, *beginnings.written(begun, proven)])
    if UPDATE:
        (case / 'release.yaml').write_text(done.text)
        (case / 'report.txt').write_text(report)
    assert (case / 'release.yaml').read_text() == (repository.root / 'release.yaml').read_text()
    assert (case / 'report.txt').read_text() == report
    planned = await planning.plan_task(await open_project(repository.root, None, environment), Inputs())
    assert planned.workspace.packages
    assert all(setting.why for setting in done.taken)


def test_every_tool_has_a_case() -> None:
    """Except those that are refused."""
    assert {case.name.partition('.')[0] for case in CASES.iterdir()} == {
        name for name, tool in TOOLS.items() if not tool.refused
    }
