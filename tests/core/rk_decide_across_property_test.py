# SPDX-License-Identifier: Apache-2.0
"""What holds for groups and edges across workspaces of different schemes, whatever the history."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from releasekit.core.commits import ParsedCommit, RawCommit, parse
from releasekit.core.decide import Decision, decide
from releasekit.core.history import History, Released
from releasekit.core.package import Dependency, EdgeKind, Package, Workspace
from releasekit.core.plan import Inputs
from releasekit.core.version import named, scheme, spelled
from releasekit.spec.model import Group, Propagate, Scheme, Spec, Versioning, VersionRules, WorkspaceSpec

IDS = ['py:p0', 'py:p1', 'py:p2', 'rs:p3', 'rs:p4', 'rs:p5']
TOGETHER = ['py:p0', 'py:p1', 'rs:p3', 'rs:p4']
OWN: Mapping[str, Scheme] = {'py': 'pep440', 'rs': 'semver'}
DAY = '2026-11-23'
MESSAGES = ['feat: x', 'fix: x', 'feat!: x', 'docs: x', 'words', 'chore: x\n\nBREAKING CHANGE: y']
Versions = Mapping[str, str]


@dataclasses.dataclass(frozen=True)
class Story:
    """Two workspaces, with a group that has members of both; `declared` is the one that has it."""

    edges: frozenset[tuple[int, int, EdgeKind]]
    released: tuple[str, ...]
    messages: tuple[tuple[str, ...], ...]
    versioning: Versioning
    propagate: Propagate
    declared: str
    calendar: str | None

    @property
    def rules(self) -> Mapping[str, VersionRules]:
        plain = VersionRules(propagate=self.propagate)
        dated = VersionRules(scheme='calver', format=self.calendar, propagate=self.propagate)
        return {label: dated if self.calendar and label == self.declared else plain for label in OWN}

    @property
    def schemes(self) -> Mapping[str, str]:
        return {label: named(rules, OWN[label]) for label, rules in self.rules.items()}

    @property
    def before(self) -> Versions:
        """The versions that are released, in the spelling of each."""
        return dict(zip(IDS, self.released, strict=True))

    @property
    def commits(self) -> dict[str, tuple[ParsedCommit, ...]]:
        return {
            id_: tuple(parse(RawCommit(f'{number}{at:06}', (), 'A', text, ()), {}) for at, text in enumerate(messages))
            for number, (id_, messages) in enumerate(zip(IDS, self.messages, strict=True))
        }

    def decide(
        self, stable: Versions, newest: Versions, *, channel: str | None = None, fresh: bool = True, more: bool = True
    ) -> Decision:
        """Decide by what is released; `fresh` says whether commits came since the newest release, `more` since any."""
        globs = tuple(TOGETHER)
        spaces = {
            label: WorkspaceSpec(
                'any',
                version=rules,
                tag=f'{label}-{{name}}-{{version}}',
                groups={'g': Group(globs, self.versioning)} if label == self.declared else {},
            )
            for label, rules in self.rules.items()
        }
        workspace = Workspace(tuple(self._package(number, newest) for number in range(len(IDS))))
        history = History(
            self.schemes,
            {id_: Released(version, f'{id_}-{version}', 'c', 'c') for id_, version in newest.items()},
            {id_: Released(version, f'{id_}-{version}', 'c', 'c') for id_, version in stable.items()},
            self.commits if more else {},
            self.commits if fresh else {},
            day=DAY,
        )
        return decide(
            Spec(version=1, workspaces=spaces), workspace, history, Inputs(prerelease=channel), lambda *_: True
        )

    def _package(self, number: int, versions: Versions) -> Package:
        id_ = IDS[number]
        label, _, name = id_.partition(':')
        needs = sorted((to, kind) for at, to, kind in self.edges if at == number)
        edges = tuple(Dependency(IDS[to], kind) for to, kind in needs)
        return Package(id_, name, label, 'any', name, f'{name}/m', versions[id_], dependencies=edges)


def after(decision: Decision, before: Versions) -> dict[str, str]:
    return {**before, **{package.id: package.next for package in decision.packages}}


INDEX = st.integers(0, len(IDS) - 1)
VERSIONS = st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(1, 3)).map(
    lambda parts: '.'.join(map(str, parts))
)
EDGES = st.lists(st.tuples(INDEX, INDEX, st.sampled_from(EdgeKind)), max_size=8)
STORIES = st.builds(
    Story,
    edges=EDGES.map(lambda drawn: frozenset(edge for edge in drawn if edge[1] < edge[0])),
    released=st.tuples(*[VERSIONS] * len(IDS)),
    messages=st.tuples(*[st.lists(st.sampled_from(MESSAGES), max_size=2).map(tuple)] * len(IDS)),
    versioning=st.sampled_from(['fixed', 'linked', 'independent']),
    propagate=st.sampled_from(['patch', 'range', 'none']),
    declared=st.sampled_from(['py', 'rs']),
    calendar=st.none() | st.sampled_from(['YYYY.MM.MICRO', 'YY.MINOR.MICRO', 'MAJOR.YYYY0M.MICRO']),
)
CHANNELS = st.sampled_from([None, 'rc'])


@given(STORIES, CHANNELS)
def test_versions_only_grow_in_every_scheme(story: Story, channel: str | None) -> None:
    """Whoever is released has a reason, and a version above the last one."""
    for package in story.decide(story.before, story.before, channel=channel).packages:
        key = scheme(story.schemes[package.workspace]).key
        assert package.reasons
        assert package.released is not None
        assert key(package.next) > key(package.released)


@given(STORIES, CHANNELS)
def test_a_fixed_group_never_splits_and_linked_members_share(story: Story, channel: str | None) -> None:
    """Read in one scheme, the released members have one version; of a fixed group all are released, or none."""
    released = {each.id: each for each in story.decide(story.before, story.before, channel=channel).packages}
    inside = [released[id_] for id_ in TOGETHER if id_ in released]
    common = scheme('semver')
    versions = {spelled(each.next, scheme(story.schemes[each.workspace]), common) for each in inside}
    if story.versioning != 'independent':
        assert len(versions) <= 1
    if story.versioning == 'fixed':
        assert len(inside) in {0, len(TOGETHER)}


@given(STORIES, CHANNELS)
def test_a_release_leaves_nothing_to_release(story: Story, channel: str | None) -> None:
    """Propagation has reached its fixed point: with the new versions and no new commit, nothing else is due."""
    first = story.decide(story.before, story.before, channel=channel)
    newest = after(first, story.before)
    stable = story.before if channel else newest
    again = story.decide(stable, newest, channel=channel, fresh=False, more=channel is not None)
    assert again.packages == ()


@given(STORIES)
def test_who_follows_is_closed_under_the_edges(story: Story) -> None:
    """By `patch` nobody stays behind what it needs, through any number of edges and groups."""
    released = {each.id for each in story.decide(story.before, story.before).packages}
    for at, to, kind in story.edges:
        if story.propagate == 'patch' and kind not in {EdgeKind.GROUP, EdgeKind.PEER} and IDS[to] in released:
            assert IDS[at] in released


@given(STORIES, CHANNELS)
def test_development_groups_decide_nothing(story: Story, channel: str | None) -> None:
    """Without these edges everything is the same."""
    bare = dataclasses.replace(story, edges=frozenset(edge for edge in story.edges if edge[2] is not EdgeKind.GROUP))
    decisions = [each.decide(each.before, each.before, channel=channel) for each in (story, bare)]
    assert decisions[0].packages == decisions[1].packages


@given(STORIES)
def test_candidates_end_in_the_version_that_would_have_come_without_them(story: Story) -> None:
    """The base of a prerelease is counted from the last stable release, and so is what follows it."""
    straight = after(story.decide(story.before, story.before), story.before)
    newest = after(story.decide(story.before, story.before, channel='rc'), story.before)
    assert after(story.decide(story.before, newest, fresh=False), story.before) == straight
