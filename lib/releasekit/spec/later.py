# SPDX-License-Identifier: Apache-2.0
"""What release.yaml uses of parts that come later: refused by the one list `names.LATER`, and marked in the schema."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from releasekit.errors import Code, Place, Problem
from releasekit.spec.declared import declared
from releasekit.spec.names import LATER
from releasekit.spec.places import Path, Places

_MARK = 'Not available yet'
_STEP = ('tasks', '*', 'steps', '*')
# Keys without which what holds them means nothing; the rules look at it all the same.
_NEEDED = frozenset({'ecosystem', 'type'})


@dataclasses.dataclass(frozen=True, slots=True)
class Later:
    """A use of a later part. Nothing more is said of what is below `hidden`; `droppable` can be left out."""

    problem: Problem
    hidden: Path
    droppable: Path | None


@dataclasses.dataclass(frozen=True, slots=True)
class _Row:
    """A row of the list with the schemas of its key. `values` are the later ones, none for the key itself."""

    pattern: tuple[str, ...]
    values: tuple[str, ...]
    schemas: tuple[Mapping[str, Any], ...]


Rows = tuple[_Row, ...]


def rows(schema: Mapping[str, Any]) -> Rows:
    """The list, each row with what the schema of release.yaml says of it."""
    split = [(tuple(pattern.split('.')), values) for pattern, values in LATER.items()]
    return tuple(_Row(pattern, values, declared(schema, pattern)) for pattern, values in split)


def mark(schema: dict[str, Any]) -> None:
    """Say in the descriptions of a schema what is not available yet."""
    for row in rows(schema):
        words = f': {", ".join(row.values)}' if row.values else ''
        for shown in row.schemas:
            if isinstance(shown, dict) and 'description' in shown:
                shown['description'] = said = f'{shown["description"]} {_MARK}{words}.'
                # The forms of a value repeat what is said of its key.
                for form in (*shown.get('allOf', ()), *shown.get('anyOf', ())):
                    form.update({'description': said} if 'description' in form else {})


def unmarked(description: str) -> str:
    """A description without what `mark` has added."""
    return description.partition(f' {_MARK}')[0]


def find(data: Mapping[str, Any], places: Places, known: Rows) -> Iterator[Later]:
    """Every use of a later part. A key whose value is its default asks for nothing, and is none."""
    for row in known:
        for path, value in _reached(data, row.pattern):
            if row.pattern == _STEP:
                found = _step(row, path, value, places)
            elif row.values:
                found = _value(row, path, value, places)
            else:
                found = _key(row, path, value, places)
            if found is not None:
                yield found


def _step(row: _Row, path: Path, value: object, places: Places) -> Later | None:
    where, name = ((*path, 'use'), value.get('use')) if isinstance(value, dict) else (path, value)
    if not isinstance(name, str) or name not in row.values:
        return None
    return Later(_problem(f'Step `{name}`', 'Remove it for now.', places.value(where)), path, None)


def _value(row: _Row, path: Path, value: object, places: Places) -> Later | None:
    if not isinstance(value, str) or value not in row.values:
        return None
    problem = _problem(f'`{path[-1]}: {value}`', _instead(row), places.value(path))
    return Later(problem, path, None if path[-1] in _NEEDED else path)


def _key(row: _Row, path: Path, value: object, places: Places) -> Later | None:
    if any('default' in shown and shown['default'] == value for shown in row.schemas):
        return None
    problem = _problem(f'`{path[-1]}`', 'Remove it for now.', places.key(path))
    # A check is none without what it uses; a list that lacks an item has other places, so that all of it is left out.
    return Later(problem, path[:-1], path[:1]) if path[0] == 'checks' else Later(problem, path, path)


def values(path: Path) -> frozenset[str]:
    """The later values of a key."""
    fitting = (
        values
        for pattern, values in LATER.items()
        if len(parts := pattern.split('.')) == len(path)
        and all(want in {'*', have} for want, have in zip(parts, path, strict=True))
    )
    return frozenset(value for values in fitting for value in values)


def used(document: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    """The later parts that a document uses, with their paths; the list alone says so, without a schema."""
    for pattern, later in LATER.items():
        for path, value in _reached(document, tuple(pattern.split('.'))):
            name = value.get('use') if isinstance(value, dict) and 'use' in value else value
            if not later or name in later:
                yield path, value


def unavailable(what: str) -> str:
    """The sentence that says so."""
    return f'{what} is not available yet: it is part of format 1, but this version of releasekit cannot do it.'


def _problem(what: str, hint: str, place: Place) -> Problem:
    return Problem(Code.SPEC_LATER, unavailable(what), hint, place)


def _instead(row: _Row) -> str:
    taken = [value for shown in row.schemas for value in shown.get('enum', ())]
    known = [f'`{value}`' for value in taken if value is not None and value not in row.values]
    return f'Write {" or ".join(known)} for now.' if known else 'Remove it for now.'


def _reached(data: Any, pattern: tuple[str, ...], path: Path = ()) -> Iterator[tuple[Path, Any]]:  # noqa: ANN401 - YAML
    """The values of a document that a pattern reaches, with their paths."""
    if not pattern:
        yield path, data
    elif pattern[0] != '*':
        if isinstance(data, dict) and pattern[0] in data:
            yield from _reached(data[pattern[0]], pattern[1:], (*path, pattern[0]))
    else:
        items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
        for key, value in items:
            yield from _reached(value, pattern[1:], (*path, key))
