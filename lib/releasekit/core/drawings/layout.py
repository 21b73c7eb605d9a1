# SPDX-License-Identifier: Apache-2.0
"""Where the boxes and lines of a drawn graph go: in columns, so that lines go from left to right and past every box.

The method of Sugiyama, Tagawa and Toda (https://doi.org/10.1109/TSMC.1981.4308636) in short: turn cycles, give each
package a column, let long lines have a place in each column that they pass, and order the columns by barycentres.
"""

from __future__ import annotations

import dataclasses
import itertools
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from releasekit.core.drawings.graph import Edge, Graph, Node

# Pixels; all but the places of ports are multiples of a half, so that what is written with one decimal is exact.
_SIGN = 7.5
_PADDING = 12.0
_HEIGHT = 40.0
# A line that passes a column takes less room than a box.
_LANE = 12.0
_GAP = 14.0
_COLUMN_GAP = 90.0
_MARGIN = 20.0
_SWEEPS = 8

# A box, by id, or a place where an edge passes a column: the number of the edge and of the column.
_Slot = str | tuple[int, int]


@dataclasses.dataclass(frozen=True, slots=True)
class Box:
    """The place of a package: its upper left corner and its size, in pixels."""

    x: float
    y: float
    width: float
    height: float


@dataclasses.dataclass(frozen=True, slots=True)
class Route:
    """The way of an edge: pairs of points, each pair a straight piece; between the pairs it is a curve."""

    edge: Edge
    points: tuple[tuple[float, float], ...]


@dataclasses.dataclass(frozen=True)
class Layout:
    """A drawn graph: boxes by id, and the ways of all edges in the order of the graph."""

    boxes: Mapping[str, Box]
    routes: tuple[Route, ...]
    width: float
    height: float


def lay_out(graph: Graph) -> Layout:
    """Find the place of everything; equal graphs get equal places."""
    columns = _columns(graph)
    count = 1 + max(columns.values(), default=0)
    ways = [_way(number, edge, columns) for number, edge in enumerate(graph.edges)]
    slots: list[list[_Slot]] = [[] for _ in range(count)]
    for node in graph.packages:
        slots[columns[node.id]].append(node.id)
    for way in ways:
        for slot in way[1:-1]:
            slots[_column(slot, columns)].append(slot)
    _untangle(slots, ways)
    return _placed(graph, slots, ways)


def text_width(text: str) -> float:
    """How wide a text is in the font that is used; signs of East Asia take twice the room."""
    return _SIGN * sum(2 if unicodedata.east_asian_width(sign) in {'F', 'W'} else 1 for sign in text)


def _columns(graph: Graph) -> dict[str, int]:
    """The column of each package: one to the right of all that need it, with edges that close a cycle left out."""
    order = _finished(graph)
    place = {id_: number for number, id_ in enumerate(order)}
    columns = dict.fromkeys(order, 0)
    for id_ in reversed(order):
        for edge in graph.needs[id_]:
            # What is finished later than what needs it closes a cycle.
            if place[edge.needs] < place[id_]:
                columns[edge.needs] = max(columns[edge.needs], columns[id_] + 1)
    return columns


def _finished(graph: Graph) -> list[str]:
    """All packages, each after what it needs, as a walk in depth finishes them."""
    order: list[str] = []
    seen: set[str] = set()
    for node in graph.packages:
        stack = [(node.id, iter(graph.needs[node.id]))] if node.id not in seen else []
        seen.add(node.id)
        while stack:
            id_, edges = stack[-1]
            below = next((edge.needs for edge in edges if edge.needs not in seen), None)
            if below is None:
                order.append(id_)
                stack.pop()
            else:
                seen.add(below)
                stack.append((below, iter(graph.needs[below])))
    return order


def _way(number: int, edge: Edge, columns: Mapping[str, int]) -> list[_Slot]:
    """The slots of an edge from left to right, whichever way it points."""
    left, right = sorted((edge.package, edge.needs), key=lambda id_: columns[id_])
    return [left, *((number, column) for column in range(columns[left] + 1, columns[right])), right]


def _column(slot: _Slot, columns: Mapping[str, int]) -> int:
    return columns[slot] if isinstance(slot, str) else slot[1]


def _untangle(slots: Sequence[list[_Slot]], ways: Iterable[Sequence[_Slot]]) -> None:
    """Order each column by the mean place of what its slots are joined to, forth and back."""
    before: dict[_Slot, list[_Slot]] = {}
    after: dict[_Slot, list[_Slot]] = {}
    for one, other in itertools.chain.from_iterable(itertools.pairwise(way) for way in ways):
        after.setdefault(one, []).append(other)
        before.setdefault(other, []).append(one)
    for sweep in range(_SWEEPS):
        joined, columns = (before, slots) if sweep % 2 == 0 else (after, slots[::-1])
        for fixed, column in itertools.pairwise(columns):
            place = {slot: number for number, slot in enumerate(fixed)}
            centre = {
                slot: _mean([place[other] for other in joined.get(slot, ()) if other in place], number)
                for number, slot in enumerate(column)
            }
            column.sort(key=centre.__getitem__)


def _mean(places: Sequence[int], otherwise: float) -> float:
    return sum(places) / len(places) if places else otherwise


def _placed(graph: Graph, slots: Sequence[Sequence[_Slot]], ways: Sequence[Sequence[_Slot]]) -> Layout:
    tall = max((sum(map(_room, column)) for column in slots), default=0.0)
    spots: dict[_Slot, Box] = {}
    x = _MARGIN
    for column in slots:
        width = max((_width(graph.by_id[slot]) for slot in column if isinstance(slot, str)), default=0.0)
        y = _MARGIN + (tall - sum(map(_room, column))) / 2
        for slot in column:
            height = _HEIGHT if isinstance(slot, str) else _LANE
            # All of a column are equally wide, so that no line begins behind a wider box.
            spots[slot] = Box(x, y, width, height)
            y += _room(slot)
        x += width + _COLUMN_GAP
    boxes = {node.id: spots[node.id] for node in graph.packages}
    return Layout(boxes, _routes(graph, spots, ways), x - _COLUMN_GAP + _MARGIN, tall - _GAP + 2 * _MARGIN)


def _room(slot: _Slot) -> float:
    return (_HEIGHT if isinstance(slot, str) else _LANE) + _GAP


def _width(node: Node) -> float:
    return max(text_width(node.id), text_width(second_line(node)), 40.0) + 2 * _PADDING


def second_line(node: Node) -> str:
    """What stands in a box below the id."""
    return ' · '.join(text for text in (node.version or '', node.mark) if text)


def _routes(graph: Graph, spots: Mapping[_Slot, Box], ways: Sequence[Sequence[_Slot]]) -> tuple[Route, ...]:
    outs, ins = _ports(spots, ways), _ports(spots, [way[::-1] for way in ways])
    routes = []
    for number, (edge, way) in enumerate(zip(graph.edges, ways, strict=True)):
        first, last = spots[way[0]], spots[way[-1]]
        points = [(first.x + first.width, outs[number])]
        for slot in way[1:-1]:
            lane = spots[slot]
            middle = lane.y + lane.height / 2
            points += [(lane.x, middle), (lane.x + lane.width, middle)]
        points.append((last.x, ins[number]))
        routes.append(Route(edge, tuple(points if way[0] == edge.package else points[::-1])))
    return tuple(routes)


def _ports(spots: Mapping[_Slot, Box], ways: Sequence[Sequence[_Slot]]) -> dict[int, float]:
    """The height at which each way leaves its first box: spread over its side, in the order of where they go."""
    leaving: dict[_Slot, list[int]] = {}
    for number, way in enumerate(ways):
        leaving.setdefault(way[0], []).append(number)
    found: dict[int, float] = {}
    for slot, numbers in leaving.items():
        box = spots[slot]
        numbers.sort(key=lambda number: spots[ways[number][1]].y)
        for place, number in enumerate(numbers, start=1):
            found[number] = box.y + box.height * place / (len(numbers) + 1)
    return found
