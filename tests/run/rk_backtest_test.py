# SPDX-License-Identifier: Apache-2.0
"""`backtest` finds in histories whose truth is known what was decided there, and nothing else."""

from __future__ import annotations

import dataclasses
import os
import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import anyio
import pytest

from releasekit.core import manifest
from releasekit.core.backtest import Backtest, Outcome
from releasekit.core.plan import Inputs, Plan
from releasekit.errors import Code, ReleaseKitError
from releasekit.run import planning
from releasekit.run.backtest import replay_releases
from releasekit.run.project import open_project
from releasekit.testing.stage import Member, members, module
from releasekit.testing.workspace import Sandbox, isolated, make_repository

T = TypeVar('T')
NAMES = ('core', 'util', 'app', 'lone')
NEEDS = {'util': ('core',), 'app': ('util',)}


def spec(rules: str = '', commits: str = '{}', tag: str = '"{name}-v{version}"') -> str:
    return (
        f'version: 1\nproject: {{branch: main}}\ncommits: {commits}\n'
        f'workspaces:\n  py: {{ecosystem: python, changelog: false, tag: {tag}{rules and ", " + rules}}}\n'
    )


FIXED = 'groups: {sdk: {packages: [core, lone], versioning: fixed}}'
LINKED = 'groups: {sdk: {packages: [core, lone], versioning: linked}}'


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))


def run(work: Callable[[], Awaitable[T]]) -> T:
    async def main() -> T:
        return await work()

    return anyio.run(main)


def planned(sandbox: Sandbox, inputs: Inputs | None = None) -> Plan:
    """What `plan` says of the commit that is checked out."""

    async def make() -> Plan:
        project = await open_project(sandbox.root, None, isolated(os.environ))
        return await planning.make_plan(project, inputs or Inputs())

    return run(make)


def replayed(sandbox: Sandbox, *only: str, last: int | None = None) -> Backtest:
    async def replay() -> Backtest:
        project = await open_project(sandbox.root, None, isolated(os.environ))
        return (await replay_releases(project, only, last)).result

    return run(replay)


def outcomes(found: Backtest) -> list[tuple[str, str, str | None, str | None]]:
    """The differences: package, outcome, what was released, what the rules say."""
    return [(each.package, each.outcome.value, each.theirs.version, each.ours.version) for each in found.differences]


@dataclasses.dataclass
class Story:
    """A repository whose user commits, merges and reverts by chance, and releases what `plan` says, in some style.

    `bump`: a commit raises the versions in the manifests; `own`: the same with a release manifest; `tag`: versions
    come from tags alone, and nothing is committed; `each`: a commit for each package.
    """

    sandbox: Sandbox
    choose: random.Random
    style: str
    versions: dict[str, str]
    made: int = 0
    releases: int = 0

    @classmethod
    def begin(cls, folder: Path, seed: int, style: str, rules: str) -> Story:
        story = cls(
            make_repository(folder, {'release.yaml': spec(rules)}, 'chore: an empty shop'),
            random.Random(seed),  # noqa: S311 - a story, no secret
            style,
            dict.fromkeys(NAMES, '0.1.0'),
        )
        story.sandbox.commit('feat: open', story.files())
        return story

    def files(self, names: tuple[str, ...] = NAMES) -> dict[str, str]:
        """The manifests, with the versions as they are now."""
        packages = {
            name: Member(self.versions[name], tuple(f'{need}>={self.versions[need]}' for need in NEEDS.get(name, ())))
            for name in NAMES
        }
        found = members(packages)
        kept = {path: text for path, text in found.items() if path.endswith('pyproject.toml')}
        if self.style == 'tag':
            kept = {path: _from_tags(text) for path, text in kept.items()}
        wanted = {f'packages/{name}/pyproject.toml' for name in names} | {'pyproject.toml'}
        sources = {} if self.releases else {module(name): '0\n' for name in NAMES}
        return {**{path: text for path, text in kept.items() if path in wanted}, **sources}

    def work(self) -> None:
        """Some commits, on the branch or beside it."""
        for _ in range(self.choose.randint(1, 5)):
            kind = self.choose.random()
            if kind < 0.15:
                self.sandbox.git('revert', '--no-edit', self._revertible(), timestamp=next(self.sandbox.clock))
            elif kind < 0.3:
                name = f'side-{self.made}'
                self.sandbox.git('switch', '--quiet', '--create', name)
                self._commit()
                self._commit()
                self.sandbox.git('switch', '--quiet', 'main')
                self._commit()
                self.sandbox.merge(name)
            else:
                self._commit()

    def _commit(self) -> None:
        self.made += 1
        type_ = self.choose.choice(['feat', 'fix', 'docs', 'chore', 'fix', 'feat!', 'Whatever', 'perf'])
        self.sandbox.commit(f'{type_}: change {self.made}', {f'packages/{self.choose.choice(NAMES)}/{self.made}': ''})

    def _revertible(self) -> str:
        """A commit whose revert has no conflict: the newest, if it is no release."""
        if self.made == 0 or 'release' in self.sandbox.git('log', '-1', '--format=%s%P'):
            self._commit()
        if ' ' in self.sandbox.git('log', '-1', '--format=%P'):
            self._commit()
        return 'HEAD'

    def release(self, channel: str | None = None) -> Plan:
        """Release what the plan says."""
        plan = planned(self.sandbox, Inputs(prerelease=channel))
        if not plan.packages:
            return plan
        self.releases += 1
        if self.style == 'tag':
            for package in plan.packages:
                self.sandbox.git('tag', package.tag)
            return plan
        steps = [plan.packages] if self.style != 'each' else [(package,) for package in plan.packages]
        for step in steps:
            self.versions.update({package.name: package.next for package in step})
            more = {'release-manifest.json': manifest.text(plan)} if self.style == 'own' else {}
            names = tuple(package.name for package in step)
            dependents = tuple(name for name in NAMES if set(NEEDS.get(name, ())) & set(names))
            written = self.files((*names, *dependents)) if self.style != 'each' else self.files(names)
            self.sandbox.commit('chore(release): publish', {**written, **more})
            for package in step:
                self.sandbox.tag(package.tag)
        return plan


def _from_tags(text: str) -> str:
    """A manifest whose version comes from tags alone."""
    lines = [line for line in text.splitlines() if not line.startswith('version = ')]
    dynamic = '\n'.join(lines).replace('[project]', '[project]\ndynamic = ["version"]')
    backend = dynamic.replace('"uv_build>=0.8,<1"', '"hatchling", "hatch-vcs"').replace(
        '"uv_build"', '"hatchling.build"'
    )
    more = '\n[tool.hatch.version]\nsource = "vcs"\n' if '[project]' in text else ''
    return f'{backend}\n{more}'


@pytest.mark.parametrize(
    ('seed', 'style', 'rules'),
    [
        (1, 'bump', ''),
        (2, 'own', ''),
        pytest.param(3, 'tag', '', marks=pytest.mark.slow),
        pytest.param(4, 'each', '', marks=pytest.mark.slow),
        pytest.param(5, 'bump', FIXED, marks=pytest.mark.slow),
        pytest.param(6, 'own', LINKED, marks=pytest.mark.slow),
        (7, 'bump', 'version: {propagate: range}'),
        pytest.param(8, 'bump', 'version: {propagate: none}', marks=pytest.mark.slow),
    ],
)
def test_what_plan_decided_then_is_what_the_rules_decide_now(tmp_path: Path, seed: int, style: str, rules: str) -> None:
    """Merges, reverts, prereleases, groups and dependents: every release agrees, however it was made."""
    story = Story.begin(tmp_path / 'shop', seed, style, rules)
    plans = [story.release()]
    for _ in range(5):
        story.work()
        plans.append(story.release('rc' if story.choose.random() < 0.3 else None))
    story.work()

    found = replayed(story.sandbox)
    released = sum(len(plan.packages) for plan in plans)
    assert released > 8
    assert (found.total.releases, found.total.same, outcomes(found)) == (released, released, [])
    assert found.total.waiting == 0
    assert found.releases == story.releases


def pair(folder: Path, rules: str = '', **more: str) -> Sandbox:
    """Two packages, of which `app` needs `core`, released as 1.0.0."""
    found = members({'core': Member('1.0.0'), 'app': Member('1.0.0', ('core>=1.0.0',))})
    sandbox = make_repository(folder, {**found, 'release.yaml': spec(rules, **more)}, 'feat: begin')
    sandbox.tag('core-v1.0.0')
    sandbox.tag('app-v1.0.0')
    return sandbox


def raised(name: str, version: str) -> dict[str, str]:
    """The manifest of a package of `pair` with another version."""
    needs = ('core>=1.0.0',) if name == 'app' else ()
    return {
        f'packages/{name}/pyproject.toml': members({name: Member(version, needs)})[f'packages/{name}/pyproject.toml']
    }


def publish(sandbox: Sandbox, message: str = 'Publish', **versions: str) -> None:
    """Release packages as some tool does: one commit with the new versions, and a tag for each."""
    files = [raised(name, version) for name, version in versions.items()]
    sandbox.commit(message, {path: text for each in files for path, text in each.items()})
    for name, version in versions.items():
        sandbox.tag(f'{name}-v{version}')


Work = Callable[[Sandbox], None]


def _too_low(sandbox: Sandbox) -> None:
    sandbox.commit('feat: one', {'packages/core/1': ''})
    publish(sandbox, core='1.0.1', app='1.0.1')


def _for_nothing(sandbox: Sandbox) -> None:
    sandbox.commit('docs: one', {'packages/app/1': ''})
    publish(sandbox, app='1.0.1')


def _alone(sandbox: Sandbox) -> None:
    sandbox.commit('fix: one', {'packages/core/1': ''})
    publish(sandbox, core='1.0.1')


def _one_waits(sandbox: Sandbox) -> None:
    sandbox.commit('fix: one', {'packages/core/1': ''})
    sandbox.commit('feat: two', {'packages/app/1': ''})
    publish(sandbox, core='1.0.1')
    publish(sandbox, 'fix: three, and publish', app='1.1.0')


def _raised_earlier(sandbox: Sandbox) -> None:
    sandbox.commit('fix: one', {'packages/app/1': ''})
    sandbox.commit('chore: two is next', raised('app', '2.0.0'))
    sandbox.commit('ci: run it', {'ci.yaml': ''})
    sandbox.tag('app-v2.0.0')


def _promoted(sandbox: Sandbox) -> None:
    sandbox.commit('feat: one', {'packages/app/1': ''})
    publish(sandbox, app='1.1.0rc1')
    sandbox.commit('feat: two', {'packages/app/2': ''})
    publish(sandbox, app='1.1.0rc2')
    sandbox.tag('app-v1.1.0')


def _maintained(sandbox: Sandbox) -> None:
    sandbox.git('branch', 'old')
    sandbox.commit('feat!: one', {'packages/app/1': ''})
    publish(sandbox, app='2.0.0')
    sandbox.git('switch', '--quiet', 'old')
    sandbox.commit('fix: two', {'packages/app/2': ''})
    publish(sandbox, app='1.0.1')
    sandbox.git('switch', '--quiet', 'main')
    sandbox.git('merge', '--quiet', '--strategy=ours', '-m', 'Merge old', 'old', timestamp=next(sandbox.clock))
    sandbox.commit('fix: three', {'packages/app/3': ''})
    publish(sandbox, app='2.0.1')


def _broken(sandbox: Sandbox) -> None:
    sandbox.commit('fix: one', {'packages/core/1': '', 'packages/app/pyproject.toml': '[project\n'})
    sandbox.tag('core-v1.0.1')
    sandbox.commit('fix: two', raised('app', '1.0.0'))


def _renamed(sandbox: Sandbox) -> None:
    sandbox.git('mv', 'packages/core', 'packages/heart')
    sandbox.commit('chore: move')
    sandbox.commit('fix: one', {'packages/heart/1': ''})
    sandbox.tag('core-v1.0.1')
    sandbox.tag('app-v1.0.1')


def _strange(sandbox: Sandbox) -> None:
    sandbox.commit('fix: one', {'packages/app/1': ''})
    sandbox.tag('app-v1.0.0.post1')


@pytest.mark.parametrize(
    ('work', 'expected', 'waiting'),
    [
        (_too_low, [('py:core', 'other', '1.0.1', '1.1.0')], 0),
        (_for_nothing, [('py:app', 'none', '1.0.1', None)], 0),
        (_alone, [('py:app', 'more', None, '1.0.1')], 0),
        (_one_waits, [], 1),
        (_raised_earlier, [('py:app', 'other', '2.0.0', '1.0.1')], 0),
        (_promoted, [], 0),
        (_maintained, [], 0),
        (_broken, [('py:core', 'undecided', '1.0.1', None)], 0),
        (_renamed, [], 0),
        (_strange, [('py:app', 'other', '1.0.0.post1', '1.0.1')], 0),
    ],
)
def test_what_was_decided_otherwise_is_found(
    tmp_path: Path, work: Work, expected: list[tuple[str, str, str | None, str | None]], waiting: int
) -> None:
    """A version that somebody raised by hand is their decision and never ours; one that could wait is none."""
    sandbox = pair(tmp_path / 'shop')
    work(sandbox)
    found = replayed(sandbox)
    assert outcomes(found) == expected
    assert found.total.waiting == waiting
    counted = {outcome: sum(each.outcome is outcome for each in found.differences) for outcome in Outcome}
    told = found.total
    assert (told.other, told.none, told.more, told.undecided) == (
        counted[Outcome.OTHER],
        counted[Outcome.NONE],
        counted[Outcome.MORE],
        counted[Outcome.UNDECIDED],
    )
    assert told.same == told.releases - told.other - told.none - told.undecided


def test_both_sides_say_why(tmp_path: Path) -> None:
    """Theirs the jump and the types of the commits, ours the levels and the commits."""
    sandbox = pair(tmp_path / 'shop')
    commit = sandbox.commit('feat!: one', {'packages/app/1': ''})
    sandbox.commit('fix: two', {'packages/app/2': ''})
    sandbox.commit('Three', {'packages/app/3': ''})
    publish(sandbox, app='1.0.1')

    (difference,) = replayed(sandbox).differences
    assert difference.before == '1.0.0'
    assert (difference.theirs.bump, dict(difference.theirs.commits)) == ('patch', {'': 2, 'feat!': 1, 'fix': 1})
    assert (difference.ours.bump, dict(difference.ours.levels)) == ('major', {'major': 1, 'patch': 1})
    assert (difference.ours.reasons[0].kind, difference.ours.reasons[0].commit) == ('commit', commit)


def test_what_a_release_of_ours_was_asked_for_is_said(tmp_path: Path) -> None:
    """The release manifest has it; its base is where the rules are asked, and a manifest set by hand there counts."""
    sandbox = pair(tmp_path / 'shop')
    sandbox.commit('fix: one', {'packages/app/1': ''})
    plan = planned(sandbox, Inputs(set={'py:app': '3.0.0'}))
    sandbox.commit('chore(release): app', {**raised('app', '3.0.0'), 'release-manifest.json': manifest.text(plan)})
    sandbox.tag('app-v3.0.0')
    sandbox.commit('chore: four is next', raised('app', '4.0.0'))
    by_hand = planned(sandbox)
    sandbox.commit('chore(release): app', {'release-manifest.json': manifest.text(by_hand)})
    sandbox.tag('app-v4.0.0')

    (difference,) = replayed(sandbox).differences
    assert (difference.theirs.version, difference.ours.version) == ('3.0.0', '1.0.1')
    assert difference.theirs.asked == ('set 3.0.0',)


def test_what_was_merged_while_a_release_was_open_is_none_of_it(tmp_path: Path) -> None:
    """The base in the release manifest counts, not what the tag reaches."""
    sandbox = pair(tmp_path / 'shop')
    sandbox.commit('fix: one', {'packages/app/1': ''})
    plan = planned(sandbox)
    sandbox.commit('feat: late', {'packages/app/2': ''})
    sandbox.commit('chore(release): app', {**raised('app', '1.0.1'), 'release-manifest.json': manifest.text(plan)})
    sandbox.tag('app-v1.0.1')
    publish(sandbox, app='1.1.0')

    found = replayed(sandbox)
    assert (found.total.same, outcomes(found)) == (4, [])


def test_some_packages_and_some_releases(tmp_path: Path) -> None:
    """`only` tells of some, `last` looks at the newest; a glob that fits nothing is an error."""
    sandbox = pair(tmp_path / 'shop')
    _too_low(sandbox)
    sandbox.commit('fix: one', {'packages/app/3': ''})
    publish(sandbox, app='1.0.2')

    assert [(each.package, each.releases) for each in replayed(sandbox, 'core').packages] == [('py:core', 2)]
    assert [(each.package, each.releases) for each in replayed(sandbox, last=1).packages] == [
        ('py:app', 1),
        ('py:core', 0),
    ]
    assert replayed(sandbox, 'core', last=1).total.other == 1
    with pytest.raises(ReleaseKitError) as caught:
        replayed(sandbox, 'nothing')
    assert caught.value.code is Code.PACKAGE_UNKNOWN


def test_only_history_that_counts_is_replayed(tmp_path: Path) -> None:
    """What `commits.since` leaves out is named, and so is a package without any tag."""
    sandbox = pair(tmp_path / 'shop')
    _too_low(sandbox)
    start = sandbox.commit('chore: adopt')
    sandbox.commit('fix: one', {'packages/app/2': ''})
    sandbox.commit('chore: begin', {'release.yaml': spec(commits=f'{{since: {start}}}'), **members({'new': Member()})})
    sandbox.write(members({'core': Member('1.0.1'), 'app': Member('1.0.1', ('core>=1.0.0',)), 'new': Member()}))
    sandbox.commit('chore: know all')
    publish(sandbox, app='1.0.2')

    found = replayed(sandbox)
    assert (found.total.releases, outcomes(found)) == (1, [])
    assert found.skipped == ('app-v1.0.0', 'app-v1.0.1', 'core-v1.0.0', 'core-v1.0.1')
    assert found.untagged == ('py:new',)


def test_the_line_of_first_parents_is_replayed(tmp_path: Path) -> None:
    """With `commits.first_parent` a merge counts for what it brought, and a tag off the line is none."""
    sandbox = pair(tmp_path / 'shop', commits='{first_parent: true}')
    sandbox.git('switch', '--quiet', '--create', 'side')
    sandbox.commit('feat: one', {'packages/app/1': ''})
    sandbox.git('tag', 'app-v1.0.1')
    sandbox.git('switch', '--quiet', 'main')
    sandbox.merge('side', 'fix: what the side brings')
    publish(sandbox, app='1.0.2')

    found = replayed(sandbox)
    assert outcomes(found) == [('py:app', 'other', '1.0.2', '1.0.1')]


def test_an_umbrella_tag_stands_for_all_packages(tmp_path: Path) -> None:
    """One tag, a release of each package."""
    rules = 'umbrella_tag: "v{version}", groups: {all: {packages: ["*"], versioning: fixed}}'
    found = members({'core': Member('1.0.0'), 'app': Member('1.0.0', ('core>=1.0.0',))})
    sandbox = make_repository(tmp_path / 'shop', {**found, 'release.yaml': spec(rules)}, 'feat: begin')
    sandbox.tag('v1.0.0')
    sandbox.commit('feat: one', {'packages/core/1': ''})
    sandbox.commit('Publish', {**raised('core', '1.1.0'), **raised('app', '1.1.0')})
    sandbox.tag('v1.1.0')

    result = replayed(sandbox)
    assert (result.releases, result.total.same, outcomes(result)) == (2, 4, [])


def test_a_shallow_clone_is_refused(tmp_path: Path) -> None:
    """What is not there cannot be replayed."""
    sandbox = pair(tmp_path / 'shop')
    _alone(sandbox)
    sandbox.git('clone', '--quiet', '--depth=2', f'file://{sandbox.root}', str(tmp_path / 'shallow'))
    sandbox.git('-C', str(tmp_path / 'shallow'), 'fetch', '--quiet', '--tags', '--depth=2')
    with pytest.raises(ReleaseKitError) as caught:
        replayed(Sandbox(tmp_path / 'shallow'))
    assert caught.value.code is Code.GIT_SHALLOW


def test_a_version_of_the_calendar_is_that_of_its_day(tmp_path: Path) -> None:
    """The day of the release's own commit, or of its release manifest, not of today."""
    rules = 'version: {scheme: calver, format: YYYY.MM.MICRO}'
    sandbox = make_repository(tmp_path / 'shop', {**members({'app': Member('2026.1.0')}), 'release.yaml': spec(rules)})
    sandbox.tag('app-v2026.1.0')
    for month, version in (('02', '2026.2.0'), ('02', '2026.2.1'), ('03', '2026.3.5')):
        sandbox.write({f'packages/app/{version}': ''})
        sandbox.git('add', '--all')
        when = 1_769_904_000 if month == '02' else 1_772_323_200
        sandbox.git('commit', '--quiet', '-m', f'fix: {version}', timestamp=when)
        sandbox.git('tag', f'app-v{version}')

    assert outcomes(replayed(sandbox)) == [('py:app', 'other', '2026.3.5', '2026.3.0')]
