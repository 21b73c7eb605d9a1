# SPDX-License-Identifier: Apache-2.0
"""One walk of history finds for every package what asking git for each of them would find."""

from __future__ import annotations

import dataclasses
import json
import os
import random
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TypeVar

import anyio
import pytest

from releasekit.backends.shell import LocalShell
from releasekit.core.commits import TagRef
from releasekit.core.decide import Decision
from releasekit.core.history import History, Released
from releasekit.core.package import Package, Workspace
from releasekit.errors import Code, ReleaseKitError
from releasekit.run.recall import confirm, recall
from releasekit.spec.model import Commits, Spec, WorkspaceSpec
from releasekit.testing.workspace import Sandbox, isolated, make_repository
from releasekit.vcs.git.command import Git
from releasekit.vcs.git.read import GitReader

T = TypeVar('T')
NAMES = ['a', 'b', 'c', 'd']
WORKSPACE = Workspace(tuple(Package(f'py:{name}', name, 'py', 'python', name, f'{name}/m', None) for name in NAMES))


def run(work: Callable[[], Awaitable[T]]) -> T:
    async def main() -> T:
        return await work()

    return anyio.run(main)


def reader(root: Path) -> GitReader:
    return GitReader(Git(LocalShell(isolated(os.environ)), root))


def remember(
    sandbox: Sandbox, *, names: str = 'a', tip: str = 'HEAD', commits: Commits | None = None, ignoring: str = ''
) -> History:
    """Recall the past of some of the packages."""
    spec = Spec(version=1, workspaces={'py': WorkspaceSpec(ecosystem='python')}, commits=commits or Commits())
    workspace = Workspace(WORKSPACE.select(f'py:{name}' for name in names))
    history = reader(sandbox.root)

    async def recalled() -> History:
        known = [ref for ref in await history.tags() if ref.name not in ignoring.split()]
        return await recall(spec, workspace, history, tip, known)

    return run(recalled)


def hashes(found: Mapping[str, tuple[object, ...]], name: str = 'a') -> list[str]:
    return [getattr(commit, 'hash', '') for commit in found[f'py:{name}']]


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return make_repository(tmp_path / 'user', {'a/x': '0'})


@dataclasses.dataclass
class Maze:
    """A history drawn by chance: branches that come and go, merges of two and more, criss-cross, tags anywhere."""

    sandbox: Sandbox
    choose: random.Random
    tips: dict[str, str]
    count: int = 0

    @classmethod
    def draw(cls, sandbox: Sandbox, seed: int, steps: int = 60) -> Maze:
        maze = cls(sandbox, random.Random(seed), {'main': sandbox.head})  # noqa: S311 - a story, no secret
        for _ in range(steps):
            maze.choose.choice([maze.commit, maze.commit, maze.commit, maze.branch, maze.merge, maze.cross])()
        maze.join(list(maze.tips)[1:])
        return maze

    def commit(self) -> None:
        self.count += 1
        touched = self.choose.sample(NAMES, self.choose.choice([0, 1, 1, 1, 2]))
        self.switch(self.choose.choice(list(self.tips)))
        self.sandbox.commit(f'fix: {self.count}', {f'{name}/{self.count}': 'x' for name in touched})
        self.tips[self.current] = self.sandbox.head
        if self.choose.random() < 0.15:
            self.sandbox.tag(f'{self.choose.choice(NAMES)}-v1.{self.count}')

    def branch(self) -> None:
        if len(self.tips) < 5:
            name = f'b{len(self.tips)}'
            self.switch(self.choose.choice(list(self.tips)))
            self.sandbox.git('checkout', '--quiet', '-b', name)
            self.tips[name] = self.sandbox.head

    def merge(self) -> None:
        into, *others = self.choose.sample(list(self.tips), min(len(self.tips), self.choose.choice([2, 2, 3])))
        self.switch(into)
        self.join(others)

    def cross(self) -> None:
        if len(self.tips) > 1:
            one, other = self.choose.sample(list(self.tips), 2)
            before = self.tips[one]
            self.switch(one)
            self.join([other])
            self.switch(other)
            self.join([before])

    def switch(self, name: str) -> None:
        self.sandbox.git('checkout', '--quiet', name)

    @property
    def current(self) -> str:
        return self.sandbox.git('branch', '--show-current')

    def join(self, others: list[str]) -> None:
        if others:
            self.sandbox.git('merge', '--quiet', '--no-ff', '-m', 'Merge', *others, timestamp=next(self.sandbox.clock))
            self.tips[self.current] = self.sandbox.head


@pytest.mark.parametrize('seed', range(8))
@pytest.mark.parametrize('first_parent', [False, True])
def test_every_package_has_the_commits_that_git_would_tell_for_it_alone(
    sandbox: Sandbox,
    seed: int,
    first_parent: bool,
) -> None:
    """Since its own last tag, wherever that is, on histories with merges, octopuses and crossing lines."""
    Maze.draw(sandbox, seed)
    merged = sandbox.git('tag', '--merged', 'HEAD').split()
    found = remember(sandbox, names='abcd', commits=Commits(first_parent=first_parent))
    how = ['--first-parent', '-m'] if first_parent else ['--no-merges']
    for name in NAMES:
        mine = [tag for tag in merged if tag.startswith(f'{name}-v')]
        last = max(mine, key=lambda tag: int(tag.rpartition('.')[2]), default=None)
        told = found.released.get(f'py:{name}')
        assert (told.tag if told else None) == last
        revisions = f'{last}..HEAD' if last else 'HEAD'
        expected = sandbox.git('log', '--format=%H', '--full-history', *how, revisions, '--', name).split()
        assert sorted(hashes(found.commits, name)) == sorted(expected)
        assert found.recent[f'py:{name}'] == found.commits[f'py:{name}']


def test_the_newest_merged_version_is_the_released_one(sandbox: Sandbox) -> None:
    """Not the newest tag, and none that only another branch has; those are known all the same."""
    for version in ('1.0', '0.9', '1.1rc1'):
        sandbox.tag(f'a-v{version}')
    last = sandbox.commit('feat: x', {'a/x': '1'})
    sandbox.git('checkout', '--quiet', '-b', 'side')
    for version in ('1.5', '1.6', '1.7rc1'):
        sandbox.commit('feat: y', {'a/y': version})
        sandbox.tag(f'a-v{version}')
    sandbox.git('checkout', '--quiet', 'main')
    found = remember(sandbox)
    assert (found.released['py:a'].version, found.stable['py:a'].version) == ('1.1rc1', '1.0')
    assert hashes(found.commits) == hashes(found.recent) == [last]
    assert sorted(found.tags) == ['a-v0.9', 'a-v1.0', 'a-v1.1rc1', 'a-v1.5', 'a-v1.6', 'a-v1.7rc1']
    assert found.schemes == {'py': 'pep440'}


def test_a_prerelease_does_not_end_what_counts_for_the_next_stable_version(sandbox: Sandbox) -> None:
    """`recent` is what came after it."""
    sandbox.tag('a-v1.0.0')
    first = sandbox.commit('feat: x', {'a/x': '1'})
    sandbox.tag('a-v1.1.0rc1')
    second = sandbox.commit('fix: y', {'a/x': '2'})
    found = remember(sandbox)
    assert (hashes(found.commits), hashes(found.recent)) == ([second, first], [second])


def test_tags_that_are_ignored_are_not_there(sandbox: Sandbox) -> None:
    """A release that is half done is planned as it was."""
    sandbox.tag('a-v1.0.0')
    commit = sandbox.commit('feat: x', {'a/x': '1'})
    sandbox.tag('a-v1.1.0')
    found = remember(sandbox, ignoring='a-v1.1.0')
    assert (found.released['py:a'].version, hashes(found.commits)) == ('1.0.0', [commit])
    assert 'a-v1.1.0' not in found.tags


def manifest(base: str, tag: str = 'a-v1.0.0') -> str:
    packages = [{'id': 'py:a', 'tag': tag}]
    return json.dumps({'schema': 'releasekit/manifest/1', 'base': {'commit': base}, 'packages': packages})


@pytest.mark.parametrize(
    ('told', 'expected'),
    [
        (manifest, ['late']),
        (lambda base: manifest(base, 'a-v0.9'), []),
        (lambda _: manifest('f' * 40), []),
        (lambda _: '{"schema": "another/1"}', []),
        (lambda _: '[]', []),
        (lambda _: 'no JSON', []),
    ],
    ids=['its own', 'of another tag', 'of another history', 'of another tool', 'a list', 'text'],
)
def test_what_was_merged_while_a_release_was_prepared_counts_for_the_next(
    sandbox: Sandbox, told: Callable[[str], str], expected: list[str]
) -> None:
    """The base in the release manifest decides, if the manifest is that of the tag; else the tag does."""
    base = sandbox.head
    late = sandbox.commit('fix: late', {'a/x': 'late'})
    sandbox.commit('chore(release): a 1.0.0', {'release-manifest.json': told(base), 'a/CHANGELOG.md': 'x'})
    sandbox.tag('a-v1.0.0')
    assert hashes(remember(sandbox).commits) == [late for _ in expected]
    sandbox.commit('fix: b', {'b/x': '1'})
    assert hashes(remember(sandbox, names='ab').commits) == [late for _ in expected]


def test_a_start_in_mid_stream_cuts_off_what_came_before(sandbox: Sandbox) -> None:
    """For packages with and without a release."""
    sandbox.tag('a-v1.0.0')
    before = sandbox.commit('feat: before', {'a/x': '1', 'b/x': '1'})
    after = sandbox.commit('fix: after', {'a/x': '2', 'b/x': '2'})
    sandbox.git('tag', 'start', before)
    for since in (before, before[:10], 'start'):
        found = remember(sandbox, names='ab', commits=Commits(since=since))
        assert hashes(found.commits, 'a') == hashes(found.commits, 'b') == [after]
    with pytest.raises(ReleaseKitError) as caught:
        remember(sandbox, commits=Commits(since='f' * 40))
    assert caught.value.code is Code.SPEC_INVALID


def test_messages_can_be_overridden(sandbox: Sandbox) -> None:
    """By the full hash of what cannot be rewritten."""
    found = remember(sandbox, commits=Commits(overrides={sandbox.head: 'feat: what was meant'}))
    assert [change.type for change in found.commits['py:a'][0].changes] == ['feat']


def test_a_shallow_clone_is_refused_where_commits_are_missing(sandbox: Sandbox, tmp_path: Path) -> None:
    """And is good enough where all that counts is in it."""
    sandbox.commit('fix: x', {'a/x': '1'})
    sandbox.tag('a-v1.0.0')
    last = sandbox.commit('fix: y', {'a/x': '2'})
    sandbox.git('clone', '--quiet', '--depth=1', f'file://{sandbox.root}', str(tmp_path / 'cut'))
    sandbox.git('clone', '--quiet', '--depth=2', f'file://{sandbox.root}', str(tmp_path / 'enough'))
    with pytest.raises(ReleaseKitError) as caught:
        remember(Sandbox(tmp_path / 'cut'))
    assert caught.value.code is Code.GIT_SHALLOW
    assert 'git fetch --unshallow --tags' in caught.value.problems[0].hint
    assert hashes(remember(Sandbox(tmp_path / 'enough')).commits) == [last]


def test_the_past_is_that_of_the_tip(sandbox: Sandbox) -> None:
    """Whatever is checked out."""
    tip = sandbox.commit('fix: x', {'a/x': '1'})
    sandbox.commit('fix: y', {'a/x': '2'})
    sandbox.tag('a-v1.0.0')
    found = remember(sandbox, tip=tip)
    assert 'py:a' not in found.released
    assert hashes(found.commits)[0] == tip


def test_a_decision_is_confirmed_where_its_tags_are_free(sandbox: Sandbox) -> None:
    """Else the error names the branches that have them."""
    free = Decision((), ())
    assert run(lambda: confirm(free, reader(sandbox.root))) is free
    sandbox.git('branch', 'side')
    taken = (TagRef('a-v1', sandbox.head, merged=False), TagRef('b-v1', 'f' * 40, merged=False))
    with pytest.raises(ReleaseKitError) as caught:
        run(lambda: confirm(dataclasses.replace(free, taken=taken[:1]), reader(sandbox.root)))
    assert caught.value.code is Code.TAG_ELSEWHERE
    assert str(caught.value) == f'The tag a-v1 is there already, at {sandbox.head[:12]} on main, side.'


def test_a_tag_that_no_branch_has_is_told_so(sandbox: Sandbox) -> None:
    """Its branch may have been deleted."""
    sandbox.git('checkout', '--quiet', '--detach')
    lost = sandbox.commit('lost')
    with pytest.raises(ReleaseKitError) as caught:
        run(lambda: confirm(Decision((), (), taken=(TagRef('a', lost, merged=False),)), reader(sandbox.root)))
    assert str(caught.value).endswith('on no branch.')


def test_a_released_package_knows_its_tag(sandbox: Sandbox) -> None:
    """And the commit behind it, which is the base where no manifest says otherwise."""
    sandbox.tag('a-v1.0.0')
    expected = Released('1.0.0', 'a-v1.0.0', sandbox.head, sandbox.head)
    found = remember(sandbox)
    assert found.released == found.stable == {'py:a': expected}
