# SPDX-License-Identifier: Apache-2.0
"""`backtest` reads the changesets that waited before a release, whoever took them away, and decides as `plan` did."""

from __future__ import annotations

import dataclasses
import os
import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from releasekit.core.backtest import Backtest
from releasekit.core.plan import Inputs, Plan
from releasekit.run import planning
from releasekit.run.backtest import replay_releases
from releasekit.run.project import open_project
from releasekit.testing.stage import Member, members, program
from releasekit.testing.workspace import Sandbox, isolated, make_repository

NAMES = ('core', 'app', 'lone')
NEEDS = {'app': ('core',)}
TASK = 'tasks: {release: {steps: [bump, changesets, commit, tag, push]}}\n'


def spec(convention: str, more: str = '') -> str:
    return (
        f'version: 1\nproject: {{branch: main}}\ncommits: {{convention: {convention}{more}}}\n'
        'workspaces:\n  py: {ecosystem: python, changelog: false, tag: "{name}-v{version}"}\n' + TASK
    )


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))


def planned(sandbox: Sandbox, inputs: Inputs | None = None) -> Plan:
    """What `plan` says of the commit that is checked out."""

    async def make() -> Plan:
        project = await open_project(sandbox.root, None, isolated(os.environ))
        return await planning.make_plan(project, inputs or Inputs())

    return anyio.run(make)


def replayed(sandbox: Sandbox) -> Backtest:
    async def replay() -> Backtest:
        project = await open_project(sandbox.root, None, isolated(os.environ))
        return (await replay_releases(project)).result

    return anyio.run(replay)


def outcomes(found: Backtest) -> list[tuple[str, str, str | None, str | None]]:
    """The differences: package, outcome, what was released, what the rules say."""
    return [(each.package, each.outcome.value, each.theirs.version, each.ours.version) for each in found.differences]


@dataclasses.dataclass
class Shop:
    """A repository whose changes come with changesets, released as `plan` says."""

    sandbox: Sandbox
    versions: dict[str, str] = dataclasses.field(default_factory=lambda: dict.fromkeys(NAMES, '1.0.0'))
    made: int = 0
    told: int = 0

    @classmethod
    def open(cls, folder: Path, convention: str = 'changesets', more: str = '') -> Shop:
        shop = cls(make_repository(folder, {'release.yaml': spec(convention, more)}, 'chore: an empty shop'))
        readme = {'.changeset/README.md': 'What is this?\n', '.changeset/config.json': '{}\n'}
        shop.sandbox.commit('chore: open', {**shop.files(), **readme})
        for name in NAMES:
            shop.sandbox.tag(f'{name}-v1.0.0')
        return shop

    def files(self) -> dict[str, str]:
        """The manifests, with the versions as they are now."""
        found = members(
            {
                name: Member(
                    self.versions[name], tuple(f'{need}>={self.versions[need]}' for need in NEEDS.get(name, ()))
                )
                for name in NAMES
            }
        )
        return {path: text for path, text in found.items() if path.endswith('pyproject.toml')}

    def change(self, type_: str = 'feat', **levels: str) -> str:
        """A commit with a change, and a changeset where levels are given; its path."""
        self.made += 1
        path = f'.changeset/change-{self.made}.md'
        lines = ''.join(f'"{name}": {level}\n' for name, level in levels.items())
        files = {f'packages/{name}/{self.made}': '' for name in levels or ('core',)}
        more = {path: f'---\n{lines}---\n\nChange {self.made}\n'} if levels else {}
        self.sandbox.commit(f'{type_}: change {self.made}', {**files, **more})
        return path

    def waiting(self) -> list[str]:
        """The paths of the changesets in the tree."""
        found = (self.sandbox.root / '.changeset').glob('change-*.md')
        return sorted(path.relative_to(self.sandbox.root).as_posix() for path in found)

    def version(self, plan: Plan, message: str = 'Version Packages', *, keep: bool = False) -> None:
        """A commit as the tool changesets makes it: it raises versions and takes the changesets away."""
        self.versions.update({package.name: package.next for package in plan.packages})
        gone = {} if keep else dict.fromkeys(self.waiting())
        self.sandbox.commit(message, {**self.files(), **gone})

    def tag(self, plan: Plan) -> None:
        for package in plan.packages:
            self.told += 1
            self.sandbox.tag(package.tag)

    def release(self, *arguments: str) -> None:
        """A release of ours, by the program."""
        before = set(self.sandbox.tags())
        self.sandbox.git('push', '--quiet', 'origin', 'main')
        done = subprocess.run(
            [program(), 'release', '--yes', *arguments],
            cwd=self.sandbox.root,
            env=isolated(os.environ),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        new = set(self.sandbox.tags()) - before
        assert new
        self.told += len(new)
        self.versions.update({tag.partition('-v')[0]: tag.partition('-v')[2] for tag in new})


Way = Callable[[Shop, Plan], None]


def _in_a_row(shop: Shop, plan: Plan) -> None:
    shop.version(plan)
    shop.tag(plan)


def _by_a_merge(shop: Shop, plan: Plan) -> None:
    """The pull request of changesets/action, and what was merged while it was open."""
    git = shop.sandbox.git
    git('switch', '--quiet', '--create', 'changeset-release/main')
    shop.version(plan)
    git('switch', '--quiet', 'main')
    shop.sandbox.commit('docs: meanwhile', {'docs.md': str(shop.made)})
    shop.sandbox.merge('changeset-release/main', 'Merge pull request #7 from shop/changeset-release/main')
    git('branch', '--quiet', '--delete', 'changeset-release/main')
    shop.tag(plan)


def _later(shop: Shop, plan: Plan) -> None:
    shop.version(plan)
    shop.sandbox.commit('chore: lock', {'lock': str(shop.made)})
    shop.tag(plan)


def _left_alone(shop: Shop, plan: Plan) -> None:
    """A release whose task has no such step: the files stay where they are."""
    shop.version(plan, 'Publish', keep=True)
    shop.tag(plan)


@pytest.mark.parametrize(
    ('seed', 'convention', 'way'),
    [
        (1, 'changesets', _in_a_row),
        (2, 'both', _by_a_merge),
        pytest.param(3, 'both', _in_a_row, marks=pytest.mark.slow),
        pytest.param(4, 'changesets', _by_a_merge, marks=pytest.mark.slow),
        pytest.param(5, 'changesets', _later, marks=pytest.mark.slow),
        (6, 'both', _left_alone),
    ],
)
def test_what_plan_decided_by_changesets_is_what_the_rules_decide_now(
    tmp_path: Path, seed: int, convention: str, way: Way
) -> None:
    """Stable versions and prereleases, which keep changesets: every release agrees."""
    shop = Shop.open(tmp_path / 'shop', convention)
    choose = random.Random(seed)  # noqa: S311 - a story, no secret
    for number in range(5):
        for _ in range(choose.randint(1, 3)):
            names = choose.sample(NAMES, choose.randint(1, 2))
            levels = {name: choose.choice(['major', 'minor', 'patch', 'none']) for name in names}
            shop.change(choose.choice(['feat', 'fix', 'docs', 'feat!']), **levels)
        shop.change('fix')
        candidate = number in {1, 2}
        plan = planned(shop.sandbox, Inputs(prerelease='rc' if candidate else None))
        if candidate:
            shop.version(plan, 'Version Packages (rc)', keep=True)
            shop.tag(plan)
        else:
            way(shop, plan)

    found = replayed(shop.sandbox)
    assert shop.told > 5
    assert (outcomes(found), found.total.same, found.total.waiting) == ([], shop.told + len(NAMES), 0)


@pytest.mark.slow
def test_changesets_that_our_own_releases_took_away_count(tmp_path: Path) -> None:
    """Their base in the release manifest has them: with `--only` some wait on, and candidates keep all of them."""
    shop = Shop.open(tmp_path / 'shop')
    shop.sandbox.add_remote(tmp_path / 'remote.git')
    shop.change(core='minor', lone='patch')
    shop.release('--only', 'lone')
    assert '"core"' in (shop.sandbox.root / shop.waiting()[0]).read_text()
    shop.release('--prerelease', 'rc')
    shop.change(core='patch')
    shop.release('--prerelease', 'rc')
    shop.release()
    assert not shop.waiting()
    assert 'core-v1.1.0' in shop.sandbox.tags()

    found = replayed(shop.sandbox)
    assert (outcomes(found), found.total.same) == ([], shop.told + len(NAMES))


@pytest.mark.parametrize('way', [_in_a_row, _by_a_merge, _later, _left_alone])
def test_the_reason_is_the_changeset(tmp_path: Path, way: Way) -> None:
    """Where somebody released another version, it is named with its level; a commit asks for nothing."""
    shop = Shop.open(tmp_path / 'shop')
    path = shop.change('feat!', lone='minor')
    plan = planned(shop.sandbox)
    (package,) = plan.packages
    way(shop, dataclasses.replace(plan, packages=(dataclasses.replace(package, next='3.0.0', tag='lone-v3.0.0'),)))

    (difference,) = replayed(shop.sandbox).differences
    assert (difference.theirs.version, difference.ours.version) == ('3.0.0', '1.1.0')
    assert dict(difference.ours.levels) == {'minor': 1}
    (reason,) = difference.ours.reasons
    assert (reason.kind.value, reason.path, reason.level, reason.summary) == ('changeset', path, 'minor', 'Change 1')


def test_a_changeset_that_somebody_thought_better_of_counts_no_more(tmp_path: Path) -> None:
    """It was deleted before the release, and raised since one that has it: what lay there then counts."""
    shop = Shop.open(tmp_path / 'shop')
    gone = shop.change(core='major')
    kept = shop.change(lone='patch')
    shop.sandbox.commit('chore: no need', {gone: None})
    _left_alone(shop, planned(shop.sandbox))
    shop.sandbox.commit('feat: more', {kept: '---\n"lone": minor\n---\n'})
    _in_a_row(shop, planned(shop.sandbox))

    assert {'lone-v1.0.1', 'lone-v1.1.0'} < set(shop.sandbox.tags())
    assert (outcomes(replayed(shop.sandbox)), shop.told) == ([], 2)


def test_where_plan_would_have_refused_the_rules_cannot_be_asked(tmp_path: Path) -> None:
    """A changeset of the past that names no package of its time is said, and the other releases are replayed."""
    shop = Shop.open(tmp_path / 'shop')
    shop.change(core='minor')
    plan = planned(shop.sandbox)
    path = '.changeset/wrong.md'
    shop.sandbox.commit('feat: one', {path: '---\n"nobody": minor\n---\n'})
    _in_a_row(shop, plan)
    shop.sandbox.commit('chore: no need', {path: None})
    shop.change(core='patch')
    _in_a_row(shop, planned(shop.sandbox))

    found = replayed(shop.sandbox)
    assert {each.problem for each in found.differences} == {'No package is called `nobody`.'}
    assert (found.total.undecided, found.total.same) == (
        len(plan.packages),
        len(NAMES) + shop.told - len(plan.packages),
    )


@pytest.mark.parametrize(
    ('convention', 'expected'), [('conventional', None), ('changesets', '1.0.1'), ('both', '1.0.1')]
)
def test_changesets_count_only_where_the_convention_says_so(
    tmp_path: Path, convention: str, expected: str | None
) -> None:
    """Elsewhere the folder is any other."""
    shop = Shop.open(tmp_path / 'shop', 'changesets')
    shop.change('docs', lone='patch')
    _in_a_row(shop, planned(shop.sandbox))
    shop.sandbox.write({'release.yaml': spec(convention)})
    versions = {each.theirs.version: each.ours.version for each in replayed(shop.sandbox).differences}
    assert versions == ({'1.0.1': None} if expected is None else {})


def test_the_folder_is_that_of_release_yaml(tmp_path: Path) -> None:
    """However it is written."""
    shop = Shop.open(tmp_path / 'shop', 'changesets', ', changesets: ./.changeset/')
    shop.change(lone='minor')
    _later(shop, planned(shop.sandbox))
    assert outcomes(replayed(shop.sandbox)) == []
    assert 'lone-v1.1.0' in shop.sandbox.tags()
