# SPDX-License-Identifier: Apache-2.0
"""`why` leads from a version to the files of a commit, and says of each commit why it asks for nothing."""

from __future__ import annotations

import os
from pathlib import Path

import anyio
import pytest

from releasekit.core.plan import Inputs
from releasekit.run import planning
from releasekit.run.project import open_project
from releasekit.testing.stage import Member, members
from releasekit.testing.workspace import Sandbox, isolated, make_repository

SPEC = 'version: 1\nproject: {branch: main}\nworkspaces: {py: {ecosystem: python}}\n'


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))


@pytest.fixture
def shop(tmp_path: Path) -> Sandbox:
    """Three packages, released as 1.0.0; `app` needs `core`."""
    found = members({'core': Member('1.0.0'), 'app': Member('1.0.0', ('core>=1.0.0',)), 'lone': Member('1.0.0')})
    sandbox = make_repository(tmp_path / 'shop', {**found, 'release.yaml': SPEC}, 'feat: begin')
    for name in ('core', 'app', 'lone'):
        sandbox.git('tag', f'{name}-v1.0.0')
    return sandbox


def why(sandbox: Sandbox, package: str) -> list[str]:
    """The lines."""

    async def told() -> tuple[str, ...]:
        project = await open_project(sandbox.root, None, isolated(os.environ))
        return await planning.explain(project, Inputs(), package)

    return list(anyio.run(told))


def test_the_chain_ends_at_files(shop: Sandbox) -> None:
    """Commit, files, package, edge, level: only the files of that package, and no more than three."""
    paths = {f'packages/core/{number}.py': '' for number in range(5)}
    commit = shop.commit('feat: one', {**paths, 'packages/lone/README.md': ''})[:7]
    assert why(shop, 'py:app') == [
        'py:app 1.0.0 → 1.0.1 (patch)',
        '  it needs py:core, which is released as 1.1.0 (runtime)',
        '    py:core 1.0.0 → 1.1.0 (minor)',
        f'      {commit} feat: one',
        '        in packages/core/0.py, packages/core/1.py, packages/core/2.py +2 more',
    ]


def test_a_commit_without_files_counts_by_its_scope(shop: Sandbox) -> None:
    """And says so."""
    commit = shop.commit('fix(lone): nothing to see')[:7]
    assert why(shop, 'py:lone') == [
        'py:lone 1.0.0 → 1.0.1 (patch)',
        f'  {commit} fix(lone): nothing to see',
        '    touches no file, and counts by its scope, or because there is no other package',
    ]


def test_each_commit_says_why_it_asks_for_nothing(shop: Sandbox) -> None:
    """Its type, its form, what took it back, or that it is of another package."""
    docs = shop.commit('docs: one', {'packages/lone/1': ''})[:7]
    free = shop.commit('Two', {'packages/lone/2': ''})[:7]
    taken = shop.commit('feat: three', {'packages/lone/3': ''})[:7]
    shop.git('revert', '--no-edit', 'HEAD', timestamp=next(shop.clock))
    revert = shop.head[:7]
    other = shop.commit('fix: four', {'packages/app/4': ''})[:7]
    found = why(shop, 'py:lone')
    assert found[0] == 'py:lone is not released'
    assert found[2:] == [
        f'    {revert} Revert "feat: three": takes back {taken}, and cancels itself with it',
        f'    {taken} feat: three: taken back by {revert}',
        f'    {free} Two: its message follows no convention',
        f'    {docs} docs: one: `docs` bumps nothing by `commits.types`',
        f'    1 commit counts for py:app in packages/app, not for packages/lone: {other} fix: four',
    ]


def test_where_history_begins_is_said(shop: Sandbox) -> None:
    """What `commits.since` leaves out could have asked for a release; many commits are not all listed."""
    shop.commit('feat: one', {'packages/lone/1': ''})
    start = shop.head
    shop.commit('chore: adopt', {'release.yaml': f'{SPEC}commits: {{since: {start}}}\n'})
    assert why(shop, 'py:lone')[2:] == [
        '    no commit since lone-v1.0.0 counts for it',
        f'    what is before `commits.since`, {start[:7]}, does not count',
    ]
    for number in range(12):
        shop.commit(f'docs: {number}', {f'packages/lone/docs/{number}': ''})
    assert why(shop, 'py:lone')[12] == '    +2 more, none of which asks for a release either'
