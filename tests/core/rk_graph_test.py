# SPDX-License-Identifier: Apache-2.0
"""Packages are released after what they need, in one order only, and circles are named."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasekit.core.graph import cycles, order, release_needs
from releasekit.core.package import Dependency, EdgeKind, Package, Workspace
from releasekit.errors import Code, ReleaseKitError

KINDS = {'r': EdgeKind.RUNTIME, 'b': EdgeKind.BUILD, 'o': EdgeKind.OPTIONAL, 'g': EdgeKind.GROUP}


def workspace(**needs: str) -> Workspace:
    """Packages by name, with what they need: `a='b c:o'` needs b, and c through an extra."""
    packages = []
    for name, text in sorted(needs.items()):
        edges = [word.partition(':') for word in text.split()]
        dependencies = tuple(Dependency(f'py:{target}', KINDS[kind or 'r']) for target, _, kind in edges)
        packages.append(Package(f'py:{name}', name, 'py', 'any', name, f'{name}/m', '1.0.0', dependencies=dependencies))
    return Workspace(tuple(packages))


def names(ids: tuple[str, ...]) -> str:
    return ''.join(id_.removeprefix('py:') for id_ in ids)


@pytest.mark.parametrize(
    ('needs', 'expected'),
    [
        ({'c': '', 'b': '', 'a': ''}, 'abc'),
        ({'a': 'c', 'b': '', 'c': ''}, 'bca'),
        ({'a': 'b c', 'b': 'd', 'c': 'd', 'd': ''}, 'dbca'),
        ({'a': 'b:b', 'b': ''}, 'ba'),
        ({'a': 'b:o', 'b': ''}, 'ba'),
        ({'a': 'b:g', 'b': ''}, 'ab'),
        ({'a': 'a', 'b': 'b:b'}, 'ab'),
        ({'a': 'b:o', 'b': 'a'}, 'ab'),
        ({'a': 'b:g', 'b': 'a'}, 'ab'),
        ({'a': 'b:o', 'b': 'c:o', 'c': 'a:o'}, 'cba'),
        ({'a': 'elsewhere', 'b': ''}, 'ab'),
        ({'a': 'b:g b:b', 'b': ''}, 'ba'),
    ],
)
def test_dependencies_come_first_and_ties_go_by_id(needs: dict[str, str], expected: str) -> None:
    """Extras count where they make no circle; development groups and a package's own name never do."""
    assert names(order(workspace(**needs))) == expected


@pytest.mark.parametrize(
    ('needs', 'expected'),
    [
        ({'a': 'b', 'b': 'a:b'}, ('py:a → py:b (runtime) → py:a (build)',)),
        ({'a': 'b', 'b': 'c:b', 'c': 'a', 'd': 'a'}, ('py:a → py:b (runtime) → py:c (build) → py:a (runtime)',)),
        (
            {'a': 'b', 'b': 'a', 'c': 'd', 'd': 'c'},
            ('py:a → py:b (runtime) → py:a (runtime)', 'py:c → py:d (runtime) → py:c (runtime)'),
        ),
        ({'a': 'b', 'b': 'c', 'c': 'b'}, ('py:b → py:c (runtime) → py:b (runtime)',)),
        # The shortest way round is told.
        ({'a': 'b c', 'b': 'd', 'd': 'a', 'c': 'a'}, ('py:a → py:c (runtime) → py:a (runtime)',)),
        ({'a': 'b', 'b': 'a:o'}, ()),
        ({'a': 'b', 'b': 'a:g'}, ()),
        ({'a': 'a'}, ()),
    ],
)
def test_a_circle_is_named_edge_by_edge(needs: dict[str, str], expected: tuple[str, ...]) -> None:
    """One for each tangle of packages; one that goes through an extra only is none."""
    assert cycles(workspace(**needs)) == expected
    if not expected:
        order(workspace(**needs))
        return
    with pytest.raises(ReleaseKitError) as caught:
        order(workspace(**needs))
    assert caught.value.code is Code.GRAPH_CYCLE
    assert [problem.message for problem in caught.value.problems] == [
        f'Packages need each other: {cycle}.' for cycle in expected
    ]


def test_a_package_waits_for_what_it_needs_sorted() -> None:
    """An extra that closes a circle is no reason to wait; one that does not is."""
    found = release_needs(workspace(a='c b', b='d:o', c='a:o', d=''))
    assert found == {'py:a': ('py:b', 'py:c'), 'py:b': ('py:d',), 'py:c': (), 'py:d': ()}


EDGES = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.sampled_from('rbog')), max_size=25)


@given(EDGES)
def test_the_order_keeps_every_edge_that_counts(edges: list[tuple[int, int, str]]) -> None:
    """Or there is a circle of runtime and build edges, and only then."""
    found = workspace(**{f'p{i}': ' '.join(f'p{to}:{kind}' for at, to, kind in edges if at == i) for i in range(8)})
    strict = {(at, to) for at, to, kind in edges if kind in 'rb' and at != to}
    if cycles(found):
        assert any(_circular(strict, at) for at in range(8))
        return
    position = {id_: index for index, id_ in enumerate(order(found))}
    assert all(position[f'py:p{to}'] < position[f'py:p{at}'] for at, to in strict)
    assert len(position) == 8


def _circular(edges: set[tuple[int, int]], start: int) -> bool:
    reached = {start}
    for _ in itertools.repeat(None, 8):
        reached = {to for at, to in edges if at in reached} | (reached - {start})
        if start in reached:
            return True
    return False
