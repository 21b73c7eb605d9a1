# SPDX-License-Identifier: Apache-2.0
"""Parts of the format that come later: the schema has them, using one is refused, and the list can only shrink."""

from __future__ import annotations

import ast
import dataclasses
import functools
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import pytest

from releasekit.ecosystems import KINDS
from releasekit.errors import Code, ReleaseKitError
from releasekit.spec import model
from releasekit.spec.declared import declared
from releasekit.spec.flow import flow
from releasekit.spec.kinds import Known
from releasekit.spec.load import load, release_schema
from releasekit.spec.model import later
from releasekit.spec.names import LATER, STEPS
from releasekit.spec.reader import read

KNOWN = Known(KINDS)
SCHEMA = release_schema(KINDS)
SOURCE = Path(__file__).parents[2] / 'lib' / 'releasekit'
_STEPS = 'tasks.*.steps.*'
# A document for each row: a whole one, of which only that row's key is not available.
USES: Mapping[str, str] = {
    'ai': '{}',
    'announce': '[{type: slack, url: {env: HOOK}}]',
    'policy': '{max_bump: minor}',
    'workspaces.*.build.submodules': 'true',
    'workspaces.*.build.lfs': 'true',
    'workspaces.*.build.artifacts': 'dist',
    'targets.*.attestations': 'true',
    'checks.*.use': 'python.requires-python',
}


def document(pattern: str, written: str) -> str:
    """A spec in which a pattern has a value."""
    parts, text = pattern.split('.'), written
    for place, part in reversed(list(enumerate(parts))):
        above = parts[:place]
        if part == '*':
            text = f'[{text}]' if above in (['checks'], ['tasks', '*', 'steps']) else f'{{one: {text}}}'
        else:
            beside = 'ecosystem: python, ' if above == ['workspaces', '*'] and part != 'ecosystem' else ''
            beside += 'type: pypi, ' if above == ['targets', '*'] and part != 'type' else ''
            text = f'{part}: {text}' if not above else f'{{{beside}{part}: {text}}}'
    rest = '' if parts[0] == 'workspaces' else 'workspaces: {py: {ecosystem: python}}\n'
    return f'version: 1\n{rest}{text}\n'


def refused(text: str) -> list[tuple[Code, str]]:
    with pytest.raises(ReleaseKitError) as caught:
        load(text, 'release.yaml', KNOWN)
    return [
        (problem.code, problem.message) for problem in caught.value.problems if problem.code is not Code.SPEC_UNUSED
    ]


@pytest.mark.parametrize('pattern', [pattern for pattern, values in LATER.items() if not values])
def test_a_later_key_is_in_the_schema_and_refused(pattern: str) -> None:
    """Once, as not available yet; its default may be written out."""
    name = pattern.rpartition('.')[2]
    assert refused(document(pattern, USES[pattern])) == [
        (
            Code.SPEC_LATER,
            f'`{name}` is not available yet: it is part of format 1, but this version of releasekit cannot do it.',
        )
    ]
    shown = declared(SCHEMA, pattern.split('.'))
    assert shown
    assert all(each['description'].endswith(' Not available yet.') for each in shown)
    for each in shown:
        if 'default' in each:
            load(document(pattern, flow(each['default'])), 'release.yaml', KNOWN)


@pytest.mark.parametrize(
    ('pattern', 'value'), [(pattern, value) for pattern, values in LATER.items() for value in values]
)
def test_a_later_value_is_in_the_schema_and_refused(pattern: str, value: str) -> None:
    """Once, as not available yet, and with nothing that only follows from it."""
    found = refused(document(pattern, value))
    assert [code for code, _ in found] == [Code.SPEC_LATER]
    assert 'is not available yet' in found[0][1]
    if pattern != _STEPS:
        assert all(value in each['enum'] for each in declared(SCHEMA, pattern.split('.')))
        assert all(
            value in each['description'].rpartition('Not available yet: ')[2]
            for each in declared(SCHEMA, pattern.split('.'))
        )


def test_what_is_there_is_not_in_the_list() -> None:
    """A step that has come is no later one, nor an ecosystem or a type of target."""
    assert not STEPS & {*LATER[_STEPS]}
    assert not {kind.name for kind in KINDS} & {*LATER['workspaces.*.ecosystem']}
    assert not {target.type for kind in KINDS for target in kind.targets} & {*LATER['targets.*.type']}


def test_what_stands_beside_a_later_part_is_looked_at_too() -> None:
    """Everything is said at once."""
    text = (
        'version: 1\nworkspaces: {app: {ecosystem: jvm, targets: [central], tag: "a-{version}"}, '
        'py: {ecosystem: python, targets: [x]}}\n'
        'targets: {central: {type: maven}}\npolicy: {level: minor}\n'
    )
    assert [code for code, _ in refused(text)] == [Code.SPEC_LATER, Code.SPEC_NAME, Code.SPEC_LATER, Code.SPEC_LATER]


def keys(cls: Any, pattern: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str, Any]]:
    """Every key of the format that a spec can be read into: its pattern, the name of its field, its type."""
    for name, hint in typing.get_type_hints(cls).items():
        path = (*pattern, name.removesuffix('_'))
        yield path, name, hint
        for inner, stars in classes(hint):
            yield from keys(inner, (*path, *stars))


def classes(hint: Any, stars: tuple[str, ...] = ()) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """The dataclasses in a type, with a star for each list or mapping around them."""
    if dataclasses.is_dataclass(hint):
        yield hint, stars
    origin = typing.get_origin(hint)
    many = origin is tuple or (isinstance(origin, type) and issubclass(origin, Mapping))
    for argument in typing.get_args(hint):
        yield from classes(argument, (*stars, '*') if many else stars)


def test_the_complete_spec_holds_every_key() -> None:
    """One that the model has and the example lacks would be tested by nothing; what comes later cannot be in it."""
    text = (Path(__file__).parent / 'complete.yaml').read_text(encoding='utf-8')
    data = read(text, 'complete.yaml').data
    there = {path for path, _, _ in keys(model.Spec) if not is_later(path) and path[-1] != 'options'}
    # What it says is allowed would be a warning where it is not needed, and is one where it is.
    assert {'.'.join(path) for path in there if not has(data, path)} == {'targets.*.insecure'}


def has(data: Any, pattern: tuple[str, ...]) -> bool:
    """Whether a document has a key; a step that is a name is one that is used."""
    if not pattern:
        return True
    if pattern[0] == '*':
        items = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
        return any(has(item, pattern[1:]) for item in items)
    return isinstance(data, dict) and pattern[0] in data and has(data[pattern[0]], pattern[1:])


def is_later(path: tuple[str, ...]) -> bool:
    """Whether a key, or one around it, comes later as a whole."""
    return any(LATER.get('.'.join(path[:length])) == () for length in range(1, len(path) + 1))


@functools.cache
def read_names() -> frozenset[str]:
    """Every attribute that something outside spec/ looks at, and those that the spec itself works out from."""
    paths = [path for path in SOURCE.rglob('*.py') if 'spec' not in path.relative_to(SOURCE).parts]
    trees = [ast.parse(path.read_text(encoding='utf-8')) for path in [*paths, SOURCE / 'spec' / 'model' / 'root.py']]
    return frozenset(
        node.attr
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    )


@pytest.mark.parametrize('pattern', ['.'.join(path) for path, _, _ in keys(model.Spec)])
def test_every_key_is_read_or_comes_later(pattern: str) -> None:
    """An option that nothing reads would be a promise that nobody keeps. A constant needs no reader."""
    name, hint = next((name, hint) for path, name, hint in keys(model.Spec) if '.'.join(path) == pattern)
    constant = typing.get_origin(hint) is Literal and len(typing.get_args(hint)) == 1
    listed = is_later(tuple(pattern.split('.'))) or pattern in LATER
    assert constant or listed or name in read_names()


def test_nothing_reads_what_comes_later() -> None:
    """Who builds a part takes it out of the list: of what lies in model/later.py nothing is looked at anywhere."""
    later_classes = {cls.__name__ for cls in vars(later).values() if getattr(cls, '__module__', '') == later.__name__}
    used = {
        (path.name, node.id)
        for path in SOURCE.rglob('*.py')
        if path.parent.name != 'model'
        for node in ast.walk(ast.parse(path.read_text(encoding='utf-8')))
        if isinstance(node, ast.Name) and node.id in later_classes
    }
    assert used == set()
