# SPDX-License-Identifier: Apache-2.0
"""The graph of packages in every format, read back by the program that it is for, or by a parser here."""

from __future__ import annotations

import csv
import dataclasses
import itertools
import random
import re
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from releasekit.core.drawings import levels, rows
from releasekit.core.drawings.d2 import d2
from releasekit.core.drawings.dot import dot
from releasekit.core.drawings.graph import Edge, Graph, draw, part, reached
from releasekit.core.drawings.layout import Box, lay_out
from releasekit.core.drawings.mermaid import mermaid
from releasekit.core.drawings.svg import svg
from releasekit.core.drawings.tree import tree
from releasekit.core.package import Dependency, EdgeKind, Package, Workspace
from releasekit.testing import drawers

Needs = Mapping[str, Iterable[tuple[str, str]]]

PROGRAMS = {'mermaid': mermaid, 'dot': dot, 'd2': d2}
RUNTIME = EdgeKind.RUNTIME


def package(id_: str, needs: Iterable[tuple[str, str]] = (), version: str | None = '1.0.0', **more: Any) -> Package:
    """A package that needs others, each with the kind of the edge."""
    label, _, name = id_.partition(':')
    dependencies = tuple(Dependency(target, EdgeKind(kind)) for target, kind in needs)
    return Package(
        id=id_,
        name=name,
        workspace=label,
        ecosystem='python',
        path=f'packages/{name}',
        manifest=f'packages/{name}/pyproject.toml',
        version=version,
        dependencies=dependencies,
        **more,
    )


def workspace(*packages: Package) -> Workspace:
    """Packages, sorted as discovery sorts them."""
    return Workspace(tuple(sorted(packages, key=lambda each: each.id)))


# Every kind of edge, a group, a cycle, packages that are not published, and one without a version.
MIXED = workspace(
    package('py:app', [('py:core', 'runtime'), ('py:util', 'build'), ('js:web', 'build'), ('py:core', 'group')]),
    package('py:core', [('py:util', 'runtime'), ('py:dev', 'group')]),
    package('py:util', version=None),
    package('py:dev', publish=False),
    package('py:samples', [('py:core', 'runtime')], release=False),
    package('js:web', [('js:base', 'peer')]),
    package('js:base', [('js:cyc', 'runtime'), ('py:util', 'optional')]),
    package('js:cyc', [('js:tri', 'build')]),
    package('js:tri', [('js:base', 'runtime')]),
)
GROUPS = {'py:core': 'sdk', 'py:util': 'sdk', 'js:web': 'sdk'}

# What means something to one format or another, names that are one without their punctuation, and other scripts.
NAMES = (
    '@scope/name', 'example.com/mod/v2', 'end', 'label', 'style', 'n0', 'a-b', 'a_b', 'a.b', 'A.B', 'subgraph',
    '"quoted"', "it's", 'back\\slash', 'tail\\', '<b>&amp;</b>', '${x} $y', '`code`', '#35;', 'a|b', 'x;y', '%% z',
    'naïve-名前', '{curly} [square] (round)', 'a -> b', 'fa:fa-car', '*', '| | md',
)  # fmt: skip
AWKWARD = workspace(
    *(package(f'py:{name}', [(f'py:{other}', 'runtime')]) for name, other in itertools.pairwise(NAMES)),
    package(f'py:{NAMES[-1]}'),
)
GRAPHS = {
    'mixed': draw(MIXED, GROUPS, {'py:util'}),
    'awkward': draw(AWKWARD, {f'py:{NAMES[0]}': 'a "group"'}),
    'empty': draw(workspace(), {}),
}


def labelled(graph: Graph) -> list[tuple[str, str, str]]:
    """The edges of a graph as a drawing labels them."""
    return sorted((graph.by_id[e.package].label, graph.by_id[e.needs].label, e.label) for e in graph.edges)


@pytest.fixture(scope='module')
def programs() -> None:
    """What reads drawings, from npm."""
    if missing := [name for name in drawers.PROGRAMS if shutil.which(name) is None]:
        pytest.skip(f'there is no {" and no ".join(missing)} on this machine')


@pytest.mark.slow
@pytest.mark.usefixtures('programs')
@pytest.mark.parametrize('name', GRAPHS)
@pytest.mark.parametrize('program', PROGRAMS)
def test_a_program_reads_the_packages_and_edges_that_were_drawn(program: str, name: str) -> None:
    """Mermaid, Graphviz and D2 themselves, with every kind of edge, a cycle and names that are hard to quote."""
    graph = GRAPHS[name]
    read = drawers.parse(program, PROGRAMS[program](graph))
    assert list(read.labels) == sorted(node.label for node in graph.packages)
    assert list(read.edges) == labelled(graph)
    workspaces = {node.workspace for node in graph.packages}
    groups = {(node.workspace, node.group) for node in graph.packages if node.group}
    assert sorted(read.clusters) == sorted([*workspaces, *(group for _, group in groups)])


_TREE = re.compile(
    r'(?P<indent>(?:\|   |    )*)(?P<branch>\|-- |`-- )?(?:\[(?P<edge>[a-z, ]+)\] )?(?P<label>.+?)'
    r'(?: \((?P<marks>(?:changed|not published|not released|, )+)\))?(?P<above> \(above\))?'
)


def read_tree(text: str) -> tuple[list[str], list[tuple[str, str, str]]]:
    """The roots of a tree, and its edges."""
    roots, edges, above = [], [], {}
    for line in text.splitlines():
        found = _TREE.fullmatch(line)
        assert found is not None, line
        depth = len(found['indent']) // 4 + bool(found['branch'])
        above[depth] = found['label']
        if depth:
            edges.append((above[depth - 1], found['label'], found['edge'] or ''))
        else:
            roots.append(found['label'])
    return roots, edges


@pytest.mark.parametrize('name', GRAPHS)
def test_a_tree_has_every_edge_once(name: str) -> None:
    """Each package is written out in one place, wherever else it is needed."""
    graph = GRAPHS[name]
    roots, edges = read_tree(tree(graph))
    assert sorted(edges) == labelled(graph)
    assert {*roots, *(end for _, end, _ in edges)} == {node.label for node in graph.packages}


def test_a_tree_looks_like_this() -> None:
    """Kinds in brackets, marks in parentheses, and a cycle that ends where it meets itself."""
    assert tree(GRAPHS['mixed']).splitlines() == [
        'py:app 1.0.0',
        '|-- [build] js:web 1.0.0',
        '|   `-- [peer] js:base 1.0.0',
        '|       |-- [cycle] js:cyc 1.0.0',
        '|       |   `-- [build, cycle] js:tri 1.0.0',
        '|       |       `-- [cycle] js:base 1.0.0 (above)',
        '|       `-- [optional] py:util (changed)',
        '|-- [group] py:core 1.0.0',
        '|   |-- [group] py:dev 1.0.0 (not published)',
        '|   `-- py:util (changed)',
        '|-- py:core 1.0.0 (above)',
        '`-- [build] py:util (changed)',
        'py:samples 1.0.0 (not released)',
        '`-- py:core 1.0.0 (above)',
    ]
    assert tree(draw(workspace(package('py:a', [('py:b', 'group')]), package('py:b', [('py:a', 'group')])), {}))


@pytest.mark.parametrize('name', GRAPHS)
def test_the_rows_of_csv_are_the_edges(name: str) -> None:
    """As the csv module reads them; what needs nothing has a row of its own."""
    graph = GRAPHS[name]
    read = list(csv.DictReader(rows.comma_separated(graph).splitlines()))
    edges = [
        Edge(row['package'], row['needs'], EdgeKind(row['kind']), row['cycle'] == 'cycle')
        for row in read
        if row['needs']
    ]
    assert edges == list(graph.edges)
    assert {row['package']: (row['version'] or None, row['changed'] == 'changed', row['note']) for row in read} == {
        node.id: (node.version, node.changed, node.mark) for node in graph.packages
    }


@pytest.mark.parametrize('name', GRAPHS)
def test_levels_hold_every_package_after_what_it_needs(name: str) -> None:
    """A line for each level, and what a cycle holds up apart from them."""
    graph = GRAPHS[name]
    held, found = [], {}
    for line in levels.levels(graph).splitlines():
        head, _, rest = line.partition(': ')
        ids = [re.sub(r' \((changed|not released|not published)\)$', '', each) for each in rest.split(', ')]
        if head.isdigit():
            found.update(dict.fromkeys(ids, int(head)))
        elif head == 'no level, because of a cycle':
            held += ids
    assert found == {node.id: node.level for node in graph.packages if node.level is not None}
    assert held == [node.id for node in graph.packages if node.level is None]
    for edge in graph.edges:
        if edge.kind in {EdgeKind.RUNTIME, EdgeKind.BUILD} and edge.package in found:
            assert found[edge.needs] < found[edge.package]


def test_a_cycle_is_told_edge_by_edge_and_holds_up_what_needs_it() -> None:
    """Only edges that keep a release from having an order are part of it."""
    graph = GRAPHS['mixed']
    marked = {(edge.package, edge.needs) for edge in graph.edges if edge.cycle}
    assert marked == {('js:base', 'js:cyc'), ('js:cyc', 'js:tri'), ('js:tri', 'js:base')}
    assert graph.cycles == ('js:base → js:cyc (runtime) → js:tri (build) → js:base (runtime)',)
    lines = levels.levels(graph).splitlines()
    assert f'cycle: {graph.cycles[0]}' in lines
    assert 'no level, because of a cycle: js:base, js:cyc, js:tri, js:web, py:app' in lines


def test_two_cycles_are_two() -> None:
    """What joins them is part of neither."""
    graph = draw(
        workspace(
            package('py:a', [('py:b', 'runtime')]),
            package('py:b', [('py:a', 'build'), ('py:c', 'runtime')]),
            package('py:c', [('py:d', 'runtime')]),
            package('py:d', [('py:c', 'runtime')]),
        ),
        {},
    )
    assert [(edge.package, edge.needs) for edge in graph.edges if not edge.cycle] == [('py:b', 'py:c')]
    assert len(graph.cycles) == 2


def test_what_is_reached_goes_all_the_way() -> None:
    """Through every kind of edge, in either direction, around cycles too."""
    assert reached(MIXED, ['js:web'], dependents=False) == {'js:web', 'js:base', 'js:cyc', 'js:tri', 'py:util'}
    assert reached(MIXED, ['py:dev'], dependents=True) == {'py:dev', 'py:core', 'py:app', 'py:samples'}
    some = draw(part(MIXED, {'py:core', 'py:util', 'py:app'}), GROUPS)
    assert [(edge.package, edge.needs) for edge in some.edges] == [
        ('py:app', 'py:core'), ('py:app', 'py:core'), ('py:app', 'py:util'), ('py:core', 'py:util'),
    ]  # fmt: skip
    assert [node.level for node in some.packages] == [2, 1, 0]


_NUMBER = re.compile(r'-?\d+\.\d+')
_SVG = '{http://www.w3.org/2000/svg}'


def read_svg(text: str) -> tuple[dict[str, Box], list[tuple[str, str, str, list[tuple[str, list[float]]]]]]:
    """The boxes of a picture, and its edges: both ends, the kind, and the pieces of the path."""
    root = ET.fromstring(text)  # noqa: S314 - what was just made here
    boxes, edges = {}, []
    for group in root.iter(f'{_SVG}g'):
        if (id_ := group.get('data-id')) is not None:
            rect = next(each for each in group.iter(f'{_SVG}rect') if each.get('class') == 'box')
            boxes[id_] = Box(*(float(rect.get(name, '')) for name in ('x', 'y', 'width', 'height')))
        elif (start := group.get('data-package')) is not None:
            path = next(group.iter(f'{_SVG}path')).get('d', '')
            pieces = [
                (part[0], [float(number) for number in _NUMBER.findall(part)])
                for part in re.findall('[MCL][^MCL]+', path)
            ]
            edges.append((start, group.get('data-needs', ''), group.get('data-kind', ''), pieces))
    return boxes, edges


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes share more than a border."""
    aside = one.x + one.width <= other.x or other.x + other.width <= one.x
    return not (aside or one.y + one.height <= other.y or other.y + other.height <= one.y)


def tangled(seed: int, count: int) -> Graph:
    """A graph by chance: any package may need any other."""
    chance = random.Random(seed)  # noqa: S311 - for examples
    ids = [f'{chance.choice(("py", "js"))}:p{number}-{"x" * chance.randrange(12)}' for number in range(count)]
    needs = {
        id_: [(chance.choice(ids), str(chance.choice(list(EdgeKind)))) for _ in range(chance.randrange(3))]
        for id_ in ids
    }
    return draw(workspace(*(package(id_, needs[id_]) for id_ in ids)), {})


SEEDS = [(seed, 14) for seed in range(12)]


@pytest.mark.parametrize('graph', [*GRAPHS.values(), *(tangled(*seed) for seed in SEEDS)])
def test_a_picture_has_boxes_apart_and_lines_from_box_to_box_past_all_others(graph: Graph) -> None:
    """Straight pieces pass columns beside the boxes, curves stay between the columns, and both ends are at a border."""
    boxes, edges = read_svg(svg(graph))
    assert boxes.keys() == graph.by_id.keys()
    assert [(start, end, kind) for start, end, kind, _ in edges] == [(e.package, e.needs, e.kind) for e in graph.edges]
    assert not [pair for pair in itertools.combinations(boxes.values(), 2) if overlap(*pair)]
    for start, end, _, pieces in edges:
        at = pieces[0][1]
        assert on_side(boxes[start], at)
        for kind, numbers in pieces[1:]:
            to = numbers[-2:]
            xs, ys = sorted((at[0], to[0])), sorted((at[1], to[1]))
            way = Box(xs[0], ys[0] if kind == 'L' else -1e9, xs[1] - xs[0], 1e-3 if kind == 'L' else 2e9)
            assert not [id_ for id_, box in boxes.items() if overlap(box, way)]
            at = to
        assert on_side(boxes[end], at)


def on_side(box: Box, point: list[float]) -> bool:
    """Whether a point is on the left or the right border of a box; numbers are written with one decimal."""
    x, y = point
    return min(abs(x - box.x), abs(x - box.x - box.width)) < 0.11 and box.y <= y <= box.y + box.height


def test_a_picture_is_well_formed_whatever_the_names() -> None:
    """With titles for those who do not see it, and a legend of the workspaces."""
    root = ET.fromstring(svg(draw(workspace(package('py:\x01<&"\ufffe>'), package('js:b')), {})))  # noqa: S314 - ours
    texts = [each.text for each in root.iter(f'{_SVG}text')]
    assert texts == ['js:b', '1.0.0', 'py:�<&"�>', '1.0.0', 'js', 'py']
    titles = [each.text for each in root.iter(f'{_SVG}title')]
    assert titles[0] == '2 packages and how they need each other'


@pytest.mark.parametrize('drawn', [tree, mermaid, dot, d2, svg, rows.comma_separated, levels.levels, levels.summary])
def test_equal_graphs_give_equal_bytes(drawn: object) -> None:
    """Whatever the order in which packages and their edges were found."""
    assert callable(drawn)
    mixed = [dataclasses.replace(each, dependencies=each.dependencies[::-1]) for each in MIXED.packages[::-1]]
    assert drawn(draw(Workspace(tuple(mixed)), GROUPS, {'py:util'})) == drawn(GRAPHS['mixed'])


def large(count: int) -> Graph:
    """Many packages, each of which needs some that came before."""
    chance = random.Random(7)  # noqa: S311 - for examples
    packages = [
        package(f'py:p{number:04}', [(f'py:p{chance.randrange(number):04}', 'runtime') for _ in range(min(number, 3))])
        for number in range(count)
    ]
    return draw(workspace(*packages), {})


def test_a_thousand_packages_are_drawn_and_told_in_short() -> None:
    """The picture still has its boxes apart; the summary has a line for each level, and none is long."""
    graph = large(1000)
    layout = lay_out(graph)
    columns: dict[float, list[Box]] = {}
    for box in layout.boxes.values():
        columns.setdefault(box.x, []).append(box)
    for column in columns.values():
        column.sort(key=lambda box: box.y)
        assert all(above.y + above.height < below.y for above, below in itertools.pairwise(column))
    told = levels.summary(graph).splitlines()
    assert told[0] == f'1000 packages, {len(graph.edges)} edges; released level by level:'
    assert len(told) == 2 + max(node.level or 0 for node in graph.packages)
    assert max(map(len, told)) < 100


def test_a_long_chain_is_no_matter() -> None:
    """No format recurses."""
    chain = [package(f'py:c{number:05}', [(f'py:c{number + 1:05}', 'runtime')]) for number in range(3000)]
    graph = draw(workspace(*chain, package('py:c03000')), {})
    assert len(tree(graph).splitlines()) == 3001
    assert graph.packages[0].level == 3000
