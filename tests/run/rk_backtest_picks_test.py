# SPDX-License-Identifier: Apache-2.0
"""`backtest` counts cherry-picks once, and finds what a revert names, in what `plan` would have walked then."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from releasekit.core.backtest import Backtest
from releasekit.core.plan import Plan
from releasekit.run.backtest import replay_releases
from releasekit.run.planning import make_plan
from releasekit.run.project import open_project
from releasekit.testing.stage import Member, members
from releasekit.testing.workspace import Sandbox, isolated, make_repository

NAMES = ('ant', 'bee')
BRANCHES = 'branches: {main: {}, "release/*": {}}\n'


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))


def planned(sandbox: Sandbox) -> Plan:
    """What `plan` says of the commit that is checked out."""

    async def make() -> Plan:
        return await make_plan(await open_project(sandbox.root, None, isolated(os.environ)))

    return anyio.run(make)


def replayed(sandbox: Sandbox) -> Backtest:
    async def replay() -> Backtest:
        return (await replay_releases(await open_project(sandbox.root, None, isolated(os.environ)))).result

    return anyio.run(replay)


def outcomes(found: Backtest) -> list[tuple[str, str, str | None, str | None]]:
    """The differences: package, outcome, what was released, what the rules say."""
    return [(each.package, each.outcome.value, each.theirs.version, each.ours.version) for each in found.differences]


def files(versions: dict[str, str]) -> dict[str, str]:
    found = members({name: Member(version) for name, version in versions.items()})
    return {path: text for path, text in found.items() if path.endswith('pyproject.toml')}


def begun(folder: Path, more: str = BRANCHES) -> Sandbox:
    """Two packages released as 1.0.0, with a branch of that, and `ant` as 2.0.0 on main."""
    rules = f'version: 1\nproject: {{branch: main}}\n{more}workspaces:\n  py: {{ecosystem: python, changelog: false}}\n'
    sandbox = make_repository(folder, {'release.yaml': rules, **files(dict.fromkeys(NAMES, '1.0.0'))}, 'feat: begin')
    for name in NAMES:
        sandbox.tag(f'{name}-v1.0.0')
    sandbox.git('branch', 'release/1.x')
    sandbox.commit('feat!: two', {'packages/ant/two': ''})
    publish(sandbox)
    return sandbox


def publish(sandbox: Sandbox) -> Plan:
    """Release what the plan says: one commit with the new versions, and a tag for each."""
    plan = planned(sandbox)
    if plan.packages:
        written = {f'packages/{package.name}/pyproject.toml': package.next for package in plan.packages}
        for path, version in written.items():
            name = path.split('/')[1]
            sandbox.write({path: files({name: version})[path]})
        sandbox.commit('chore(release): publish')
        for package in plan.packages:
            sandbox.tag(package.tag)
    return plan


def fix(sandbox: Sandbox, name: str = 'legs', package: str = 'ant') -> str:
    return sandbox.commit(f'fix: {name}', {f'packages/{package}/{name}': 'six'})


def pick(sandbox: Sandbox, branch: str, commit: str) -> None:
    sandbox.git('switch', '--quiet', branch)
    sandbox.git('cherry-pick', '-x', commit, timestamp=next(sandbox.clock))


def merge_back(sandbox: Sandbox) -> None:
    """Merge the older line with what it changed, but for its versions."""
    sandbox.git('switch', '--quiet', 'main')
    sandbox.git(
        'merge',
        '--quiet',
        '--no-ff',
        '--strategy-option=ours',
        '--no-edit',
        'release/1.x',
        timestamp=next(sandbox.clock),
    )


def forced(sandbox: Sandbox, version: str) -> None:
    """A release of `ant` that somebody wanted, whatever the plan says."""
    assert not planned(sandbox).packages
    sandbox.commit('Publish', {'packages/ant/pyproject.toml': files({'ant': version})['packages/ant/pyproject.toml']})
    sandbox.tag(f'ant-v{version}')


def _main_first(sandbox: Sandbox) -> None:
    original = fix(sandbox)
    publish(sandbox)
    pick(sandbox, 'release/1.x', original)
    publish(sandbox)
    merge_back(sandbox)
    forced(sandbox, '2.1.0')


def _older_line_first(sandbox: Sandbox) -> None:
    sandbox.git('switch', '--quiet', 'release/1.x')
    original = fix(sandbox)
    publish(sandbox)
    pick(sandbox, 'main', original)
    publish(sandbox)
    merge_back(sandbox)
    forced(sandbox, '2.1.0')


def _all_released_since(sandbox: Sandbox) -> None:
    """The copy on main lies before the newest release of every package, so that no walk has it."""
    sandbox.git('switch', '--quiet', 'release/1.x')
    original = fix(sandbox)
    pick(sandbox, 'main', original)
    fix(sandbox, 'wings', 'bee')
    publish(sandbox)
    merge_back(sandbox)
    forced(sandbox, '2.1.0')


@pytest.mark.parametrize('work', [_main_first, _older_line_first, _all_released_since])
def test_a_copy_of_what_was_released_asks_for_nothing(tmp_path: Path, work: Callable[[Sandbox], None]) -> None:
    """As `plan` said then: the release was made for no reason that the rules know."""
    sandbox = begun(tmp_path / 'shop')
    work(sandbox)
    found = replayed(sandbox)
    assert outcomes(found) == [('py:ant', 'none', '2.1.0', None)]
    assert found.total.waiting == 0


def test_a_copy_whose_original_is_not_released_counts_once(tmp_path: Path) -> None:
    """Both come in by one merge, and what is released with them is released once."""
    sandbox = begun(tmp_path / 'shop')
    original = fix(sandbox)
    pick(sandbox, 'release/1.x', original)
    merge_back(sandbox)
    publish(sandbox)
    assert outcomes(replayed(sandbox)) == []
    sandbox.commit('feat: more', {'packages/ant/more': ''})
    sandbox.commit('Publish', files({'ant': '9.0.0'}))
    sandbox.tag('ant-v9.0.0')
    (wrong,) = replayed(sandbox).differences
    assert [reason.subject for reason in wrong.ours.reasons] == ['more']


def _subjects(sandbox: Sandbox) -> list[str | None]:
    return [reason.subject for package in planned(sandbox).packages for reason in package.reasons]


@pytest.mark.parametrize('again', [True, False])
def test_a_revert_by_subject_takes_back_what_its_plan_had_walked(tmp_path: Path, again: bool) -> None:
    """Of two commits of one subject the older was released long ago, and only the newer can be meant."""
    sandbox = begun(tmp_path / 'shop')
    fix(sandbox)
    sandbox.commit('fix: eyes', {'packages/bee/eyes': ''})
    publish(sandbox)
    if again:
        sandbox.commit('fix: legs', {'packages/ant/legs': 'eight'})
    sandbox.commit('revert: fix: legs', {'packages/ant/legs': 'none'})
    sandbox.commit('docs: bee', {'packages/bee/docs': ''})
    if again:
        assert _subjects(sandbox) == []
        forced(sandbox, '2.1.0')
        assert outcomes(replayed(sandbox)) == [('py:ant', 'none', '2.1.0', None)]
    else:
        told = _subjects(sandbox)
        sandbox.commit('Publish', files({'ant': '7.0.0'}))
        sandbox.tag('ant-v7.0.0')
        (difference,) = replayed(sandbox).differences
        assert [reason.subject for reason in difference.ours.reasons] == told


def _by_chance(sandbox: Sandbox, choose: random.Random, number: int) -> None:
    """A commit on one of the lines: a change, a copy of one from the other line, or a revert by subject."""
    name, package = f'part-{choose.randint(1, 4)}', choose.choice(NAMES)
    kind = choose.random()
    if kind < 0.3:
        other = {'main': 'release/1.x', 'release/1.x': 'main'}[sandbox.git('branch', '--show-current')]
        log = sandbox.git('log', '--no-merges', '--format=%H %s', '--grep=^feat: only', f'HEAD..{other}').splitlines()
        there = {path.name for path in sandbox.root.glob('packages/*/only-*')}
        known = [line.split()[0] for line in log if f'only-{line.split()[-1]}' not in there]
        if known:
            sandbox.git('cherry-pick', '-x', choose.choice(known), timestamp=next(sandbox.clock))
            return
    if kind < 0.5:
        sandbox.commit(f'revert: fix: {name}', {f'packages/{package}/revert-{number}': ''})
    elif kind < 0.75:
        sandbox.commit(f'feat: only {number}', {f'packages/{package}/only-{number}': ''})
    else:
        sandbox.commit(f'fix: {name}', {f'packages/{package}/{name}-{number}': ''})


@pytest.mark.parametrize('seed', [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 6))])
@pytest.mark.parametrize('more', [BRANCHES, ''])
def test_what_plan_decided_then_is_what_the_rules_decide_now(tmp_path: Path, seed: int, more: str) -> None:
    """Two lines that take from each other, and are merged now and then: every release of either agrees."""
    sandbox = begun(tmp_path / 'shop', more)
    choose = random.Random(seed)  # noqa: S311 - a story, no secret
    released = 3
    for number in range(30):
        if number % 5 == 4:
            sandbox.git('switch', '--quiet', 'main')
            if choose.random() < 0.5:
                merge_back(sandbox)
            released += len(publish(sandbox).packages)
        elif choose.random() < 0.4:
            sandbox.git('switch', '--quiet', 'release/1.x')
        else:
            sandbox.git('switch', '--quiet', 'main')
        _by_chance(sandbox, choose, number)
    sandbox.git('switch', '--quiet', 'main')
    merge_back(sandbox)
    released += len(publish(sandbox).packages)

    found = replayed(sandbox)
    assert released > 6
    assert (outcomes(found), found.total.same, found.total.waiting) == ([], released, 0)
