# SPDX-License-Identifier: Apache-2.0
"""The page about release.yaml, from the dataclasses that it is read into."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, Union

from pages.tables import table
from releasekit import codec
from releasekit.ecosystems import ECOSYSTEMS, KINDS
from releasekit.spec.flow import flow
from releasekit.spec.kinds import target_kinds
from releasekit.spec.load import release_schema
from releasekit.spec.model import Spec, Step, Target, WorkspaceSpec

_PLAIN = {str: 'string', bool: 'true or false', int: 'whole number', float: 'number', Any: 'anything'}
# What may be named there depends on the ecosystems that there are.
_NAMED: Mapping[tuple[type, str], Sequence[str]] = {
    (WorkspaceSpec, 'ecosystem'): [kind.name for kind in KINDS],
    (WorkspaceSpec, 'tool'): [tool for kind in KINDS for tool in kind.tools],
    (Target, 'type'): [*target_kinds(KINDS)],
}
_SCHEMA = release_schema(KINDS)
_HEAD = """\
# release.yaml

<!-- Written by scripts/reference.py; edit the dataclasses in lib/releasekit/spec/model/ instead. -->

Every key of format 1: its type, its default and an example. Unknown keys are errors.
What is marked as not available yet is part of the format, and refused with `RK-SPEC-LATER` until it is.
`releasekit schema` prints the same as JSON Schema, for editors.
"""


def page() -> str:
    """The whole page."""
    parts = [_HEAD, *(_section(cls) for cls in _classes(Spec, [])), _ecosystems(), _targets()]
    return '\n'.join(parts)


def _classes(cls: Any, seen: list[Any]) -> list[Any]:  # noqa: ANN401 - dataclasses
    """A dataclass and all that its fields reach, each once, in reading order."""
    if cls not in seen:
        seen.append(cls)
        hints = typing.get_type_hints(cls)
        for field in dataclasses.fields(cls):
            for inner in (*_dataclasses(hints[field.name]), *_forms(field)):
                _classes(inner, seen)
    return seen


def _forms(field: dataclasses.Field[Any]) -> tuple[type, ...]:
    """What the items of a list can also be."""
    return field.metadata.get('schema', {}).get('forms', ())


def _dataclasses(hint: Any) -> Iterator[type]:  # noqa: ANN401 - any type hint
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        yield hint
    for argument in typing.get_args(hint):
        yield from _dataclasses(argument)


def _section(cls: Any) -> str:  # noqa: ANN401 - a dataclass
    hints = typing.get_type_hints(cls)
    title = cls.__name__ if cls is not Spec else 'The file'
    part = _SCHEMA if cls is Spec else _SCHEMA['definitions'][title]
    rows = [
        _row(field, _words(cls, field.name) or _type(hints[field.name]), part['properties'])
        for field in dataclasses.fields(cls)
    ]
    return table(f'## {title}', (cls.__doc__ or '').strip(), ('key', 'type', 'default', 'example', 'meaning'), rows)


def _words(cls: type, name: str) -> str:
    return ' or '.join(f'`{word}`' for word in _NAMED.get((cls, name), ()))


def _row(field: dataclasses.Field[Any], type_: str, properties: Mapping[str, Any]) -> tuple[str, ...]:
    words = field.metadata.get('schema', {})
    if words.get('rest'):
        return ('the other keys', type_, _default(field), '', field.metadata['doc'])
    key = codec.key_of(field.name)
    more = ' A plain string in place of the object is this key.' if words.get('shorthand') else ''
    type_ = ' or '.join([type_, *map(_link, _forms(field))])
    example = f'`{flow(properties[key]["examples"][0])}`'
    return (f'`{key}`', type_, _default(field), example, f'{properties[key]["description"]}{more}')


def _type(hint: Any) -> str:  # noqa: ANN401
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint == Step:
        return _linked(Step)
    if origin in {Union, types.UnionType}:
        return ' or '.join(_type(argument) for argument in arguments if argument is not types.NoneType)
    if origin is Literal:
        return ' or '.join(f'`{_json(value)}`' for value in arguments)
    if origin is tuple:
        return f'list of {_type(arguments[0])}'
    if origin is not None and issubclass(origin, Mapping):
        return f'map of names to {_type(arguments[1])}'
    return _PLAIN[hint] if hint in _PLAIN else _link(hint)


def _linked(union: Any) -> str:  # noqa: ANN401
    return ' or '.join(_link(member) for member in typing.get_args(union))


def _link(cls: type) -> str:
    return f'[{cls.__name__}](#{cls.__name__.lower()})'


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default is not dataclasses.MISSING:
        return '' if field.default is None else f'`{_json(codec.encode(field.default))}`'
    if field.default_factory is dataclasses.MISSING:
        return 'required'
    value = codec.encode(field.default_factory())
    return 'its own defaults' if dataclasses.is_dataclass(field.default_factory) else f'`{_json(value)}`'


def _json(value: object) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)


def _ecosystems() -> str:
    rows = [
        tuple(
            f'`{word}`'
            for word in (
                each.name,
                '` `'.join(each.markers),
                '` `'.join(each.kind.tools),
                each.scheme,
                each.pin,
                each.kind.tag,
                '` `'.join(target.type for target in each.kind.targets),
            )
        )
        for each in ECOSYSTEMS.values()
    ]
    columns = ('ecosystem', 'found by', 'tools', '`version.scheme`', '`pin`', '`tag`', 'target types')
    return table('## Ecosystems', 'What each has by default; [Ecosystems](ecosystems.md) has the rest.', columns, rows)


def _targets() -> str:
    rows = [
        (f'`{target.type}`', target.url, target.index, ', '.join(f'`{name}`' for name in target.options))
        for target in target_kinds(KINDS).values()
    ]
    columns = ('type', '`url`', '`index`', 'options of its own')
    return table('## Target types', 'The public registries, where a target names no other.', columns, rows)
