# SPDX-License-Identifier: Apache-2.0
"""What holds for every workspace and every history."""

from __future__ import annotations

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from releasekit.core.commits import RawCommit, parse
from releasekit.core.decide import Decision, decide
from releasekit.core.history import History, Released
from releasekit.core.package import Dependency, EdgeKind, Package, Workspace
from releasekit.core.plan import Inputs
from releasekit.core.version import scheme
from releasekit.spec.model import Group, Propagate, Scheme, Spec, Versioning, VersionRules, WorkspaceSpec

COUNT = 6
IDS = [f'py:p{number}' for number in range(COUNT)]
MESSAGES = ['feat: x', 'fix: x', 'feat!: x', 'docs: x', 'words', 'chore: x\n\nBREAKING CHANGE: y']


@dataclasses.dataclass(frozen=True)
class Story:
    """A workspace with its past. `revert` are messages of the newest commits, by package."""

    edges: frozenset[tuple[int, int, EdgeKind]]
    released: tuple[str | None, ...]
    messages: tuple[tuple[str, ...], ...]
    versioning: Versioning
    propagate: Propagate
    scheme: Scheme
    channel: str | None = None

    def decide(self, *, more: tuple[tuple[str, ...], ...] = ((),) * COUNT, backwards: bool = False) -> Decision:
        """Decide, with more commits on top, or with the packages handed over backwards."""
        rules = VersionRules(scheme=self.scheme, propagate=self.propagate)
        groups = {'g': Group(('p0', 'p1', 'p2'), self.versioning)}
        spec = Spec(version=1, workspaces={'py': WorkspaceSpec(ecosystem='python', version=rules, groups=groups)})
        packages = tuple(_package(number, self.edges) for number in range(COUNT))
        workspace = Workspace(packages[::-1] if backwards else packages)
        past = {id_: version for id_, version in zip(IDS, self.released, strict=True) if version is not None}
        released = {id_: Released(version, id_ + version, 'c', 'c') for id_, version in past.items()}
        commits = {
            id_: tuple(
                parse(RawCommit(f'{number}{len(one) - at:06}', (), 'A', text, ()), {}) for at, text in enumerate(one)
            )
            for number, id_ in enumerate(IDS)
            for one in [more[number] + self.messages[number]]
        }
        history = History({'py': self.scheme}, released, released, commits, commits)
        return decide(spec, workspace, history, Inputs(prerelease=self.channel), lambda *_: False)


def _package(number: int, edges: frozenset[tuple[int, int, EdgeKind]]) -> Package:
    needs = sorted((to, kind) for at, to, kind in edges if at == number)
    dependencies = tuple(Dependency(IDS[to], kind) for to, kind in needs)
    path = f'p{number}'
    return Package(IDS[number], path, 'py', 'any', path, 'm', None, dependencies=dependencies)


def _edges(drawn: list[tuple[int, int, EdgeKind]]) -> frozenset[tuple[int, int, EdgeKind]]:
    # Only extras may point to a later package, so that there is no circle to refuse.
    return frozenset(edge for edge in drawn if edge[1] < edge[0] or edge[2] is EdgeKind.OPTIONAL)


INDEX = st.integers(0, COUNT - 1)
NUMBERS = st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3))
VERSIONS = NUMBERS.filter(any).map(lambda parts: '.'.join(map(str, parts)))


def stories(released: st.SearchStrategy[str | None] = VERSIONS) -> st.SearchStrategy[Story]:
    messages = st.lists(st.sampled_from(MESSAGES), max_size=3).map(tuple)
    return st.builds(
        Story,
        edges=st.lists(st.tuples(INDEX, INDEX, st.sampled_from(EdgeKind)), max_size=10).map(_edges),
        released=st.lists(released, min_size=COUNT, max_size=COUNT).map(tuple),
        messages=st.lists(messages, min_size=COUNT, max_size=COUNT).map(tuple),
        versioning=st.sampled_from(['fixed', 'linked', 'independent']),
        propagate=st.sampled_from(['patch', 'range', 'none']),
        scheme=st.sampled_from(['pep440', 'semver']),
        channel=st.sampled_from([None, 'rc']),
    )


@given(stories(st.none() | VERSIONS))
def test_versions_only_grow_and_everything_is_accounted_for(story: Story) -> None:
    """Each package is either released, with a reason and a higher version, or unchanged."""
    decision = story.decide()
    key = scheme(story.scheme).key
    for package in decision.packages:
        assert package.reasons
        assert package.released is None or key(package.next) > key(package.released)
    assert sorted([*(package.id for package in decision.packages), *decision.unchanged]) == IDS


@given(stories(st.none() | VERSIONS), INDEX)
def test_a_commit_of_documentation_changes_no_version(story: Story, at: int) -> None:
    """Nor who is released."""
    more = tuple(('docs: x',) if number == at else () for number in range(COUNT))
    assert story.decide(more=more) == story.decide()


@given(stories())
def test_nothing_is_released_once_everything_is_reverted(story: Story) -> None:
    """What was taken back before the release never was."""
    more = tuple(
        tuple(f'Revert\n\nThis reverts commit {number}{at:06}.' for at in range(1, len(one) + 1))
        for number, one in enumerate(story.messages)
    )
    assert story.decide(more=more).packages == ()


@given(stories(st.none() | VERSIONS))
def test_groups_never_split(story: Story) -> None:
    """A fixed group is released whole, with one version; released members of a linked one share the highest."""
    released = {package.id: package.next for package in story.decide().packages}
    inside = [released[id_] for id_ in IDS[:3] if id_ in released]
    if story.versioning != 'independent':
        assert len(set(inside)) <= 1
    if story.versioning == 'fixed':
        assert len(inside) in {0, 3}


@given(stories(st.none() | VERSIONS))
def test_dependents_never_come_first_and_never_stay_behind(story: Story) -> None:
    """By `patch` whatever was released before follows what it needs; the order is that of the edges."""
    decision = story.decide()
    order = {package.id: index for index, package in enumerate(decision.packages)}
    for at, to, kind in story.edges:
        if IDS[to] not in order or at == to:
            continue
        if kind in {EdgeKind.RUNTIME, EdgeKind.BUILD} and IDS[at] in order:
            assert order[IDS[to]] < order[IDS[at]]
        if kind is not EdgeKind.GROUP and story.propagate != 'none':
            assert IDS[at] in order


@given(stories(st.none() | VERSIONS))
def test_the_order_in_which_packages_are_told_does_not_matter(story: Story) -> None:
    """The same facts give the same decision."""
    assert story.decide(backwards=True) == story.decide()
