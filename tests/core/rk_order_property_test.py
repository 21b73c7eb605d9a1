# SPDX-License-Identifier: Apache-2.0
"""The plan is the same in whatever order git tells the commits of branches that were worked on at the same time."""

from __future__ import annotations

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from releasekit.core.commits import RawCommit
from releasekit.core.decide import Decision, decide
from releasekit.core.history import History, Released, Walk
from releasekit.core.lineage import placed
from releasekit.core.package import Dependency, EdgeKind, Package, Workspace
from releasekit.core.plan import Inputs
from releasekit.spec.model import Spec, WorkspaceSpec

FOLDERS = ['a', 'b']
MESSAGES = ['feat: x', 'fix: x', 'feat!: x', 'docs: x', 'words', 'chore: x\n\nRelease-As: 3.{}.0', 'REVERT']


@dataclasses.dataclass(frozen=True)
class Past:
    """A history, oldest first: for each commit its parents, what it touches and its message. The last is the tip."""

    commits: tuple[RawCommit, ...]

    def told(self, choose: list[int]) -> list[RawCommit]:
        """The commits in one of the orders that are possible, children before parents; `choose` makes the choices."""
        waiting = {each.hash: sum(each.hash in other.parents for other in self.commits) for each in self.commits}
        known = {each.hash: each for each in self.commits}
        ready = [hash_ for hash_, children in waiting.items() if not children]
        found: list[RawCommit] = []
        for number in choose:
            found.append(known[ready.pop(number % len(ready))])
            for parent in found[-1].parents:
                waiting[parent] -= 1
                if not waiting[parent]:
                    ready.append(parent)
        return found


@st.composite
def pasts(draw: st.DrawFn) -> Past:
    """Histories with branches, merges of two and more, and criss-cross; all of them end in one tip."""
    count = draw(st.integers(2, 9))
    commits: list[RawCommit] = []
    for number in range(count):
        parents = draw(st.sets(st.integers(0, number - 1), min_size=1, max_size=3)) if number else set[int]()
        order = draw(st.permutations(sorted(parents)))
        message = draw(st.sampled_from(MESSAGES)).format(number)
        if message == 'REVERT':
            message = f'Revert "x"\n\nThis reverts commit {_hash(draw(st.integers(0, max(number - 1, 0))))}.'
        paths = tuple(f'{folder}/x' for folder in sorted(draw(st.sets(st.sampled_from(FOLDERS), min_size=1))))
        commits.append(RawCommit(_hash(number), tuple(map(_hash, order)), 'A', message, paths))
    # What no other commit has as its parent is merged by the tip.
    heads = [each.hash for each in commits if not any(each.hash in other.parents for other in commits)]
    return Past((*commits, RawCommit(_hash(count), tuple(heads), 'A', 'Merge', ())))


def _hash(number: int) -> str:
    # No order of hashes is that of history.
    return f'{number * 7919 % 997:03x}'.rjust(40, '0')


SPEC = Spec(version=1, workspaces={'py': WorkspaceSpec(ecosystem='python')})
PACKAGES = (
    Package('py:a', 'a', 'py', 'any', 'a', 'a/m', '1.0.0'),
    Package('py:b', 'b', 'py', 'any', 'b', 'b/m', '1.0.0', dependencies=(Dependency('py:a', EdgeKind.RUNTIME),)),
)


def decided(commits: list[RawCommit], base: str) -> Decision:
    """The decision where the commits are told in this order; the last release had `base`."""
    workspace = Workspace(PACKAGES)
    walk = Walk(SPEC, workspace)
    for commit in commits:
        walk.add(commit)
    released = {package.id: Released('1.0.0', f'{package.id}-1', base, base) for package in PACKAGES}
    found = walk.since({id_: each.base for id_, each in released.items()}, {})
    return decide(
        SPEC, workspace, History({'py': 'pep440'}, released, released, found, found), Inputs(), lambda *_: True
    )


ORDERS = st.lists(st.integers(0, 8), min_size=10, max_size=10)


@given(pasts(), ORDERS, ORDERS, st.integers(0, 8))
def test_the_order_that_git_chooses_decides_nothing(past: Past, one: list[int], other: list[int], base: int) -> None:
    """Neither versions nor reasons, nor the order of the reasons: parallel commits have none of their own."""
    start = past.commits[base % len(past.commits)].hash
    size = len(past.commits)
    assert decided(past.told(one[:size]), start) == decided(past.told(other[:size]), start)


@given(pasts(), ORDERS, ORDERS)
def test_children_stay_before_their_parents(past: Past, one: list[int], other: list[int]) -> None:
    """So that what is newer in every order is newer in this one."""
    size = len(past.commits)
    places = [placed({each.hash: each.parents for each in past.told(choose[:size])}) for choose in (one, other)]
    assert places[0] == places[1]
    assert len(set(places[0].values())) == size
    for commit in past.commits:
        assert all(places[0][commit.hash] < places[0][parent] for parent in commit.parents)


def test_a_history_without_branches_stays_as_it_is_told() -> None:
    """And one whose parents lie outside of the walk."""
    parents = {'c': ('b',), 'b': ('a',), 'a': ('z',)}
    assert sorted(parents, key=lambda hash_: placed(parents)[hash_]) == ['c', 'b', 'a']
