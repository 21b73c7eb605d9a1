# SPDX-License-Identifier: Apache-2.0
"""Frozen dataclasses to JSON and back: what is read back equals what was written.

A field whose default is None and whose value is None is left out; every other field is always there.
Actions add `kind`, `key`, `package` and `summary`, which reading checks or ignores. A field whose key is a word of
Python has an underscore after it (`if_`), which the key has not.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import json
import types
import typing
from collections.abc import Mapping
from typing import Any, Literal, TypeVar, Union

from releasekit.errors import Code, ReleaseKitError, fail

T = TypeVar('T')

_HINT = 'Use a document that this version of releasekit wrote, and change nothing in it by hand.'
_PLAIN = frozenset({str, int, float, bool, type(None)})
_DERIVED = ('kind', 'key', 'package', 'summary')


def canonical(document: object) -> bytes:
    """The bytes that digests are made of: UTF-8, keys sorted, no spaces."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(',', ':')).encode()


def encode(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Turn a dataclass, enum, tuple or mapping into plain JSON values."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, (tuple, list)):
        return [item if type(item) in _PLAIN else encode(item) for item in value]
    if dataclasses.is_dataclass(value):
        return _encode_dataclass(value)
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): item if type(item) in _PLAIN else encode(item) for key, item in value.items()}
    raise TypeError(f'{type(value).__name__} has no JSON form')


def _encode_dataclass(value: Any) -> dict[str, Any]:  # noqa: ANN401
    action = is_action(type(value))
    derived = ('kind', 'key', 'package') if action else ()
    document = {name: getattr(value, name) for name in derived}
    for name, omitted in _defaults(type(value)):
        item = getattr(value, name)
        if item is not None or not omitted:
            document[key_of(name)] = item if type(item) in _PLAIN else encode(item)
    if action:
        document['summary'] = str(value)
    return document


def read_document(document: Mapping[str, Any], cls: type[T], schema: str) -> T:
    """Read a whole document of the given schema; an `id` in it must be the digest of the rest.

    Raises:
        ReleaseKitError: `RK-DOCUMENT-INVALID` with the path of the first thing that is wrong.
    """
    if not isinstance(document, Mapping) or document.get('schema') != schema:
        raise fail(Code.DOCUMENT_INVALID, f'This is no {schema} document.', _HINT)
    body = {key: item for key, item in document.items() if key not in {'schema', 'id'}}
    value = decode(body, cls, '$')
    if 'id' in document and (expected := getattr(value, 'id', None)) != document['id']:
        message = f'The document says that its id is {document["id"]}, its contents give {expected}.'
        raise fail(Code.DOCUMENT_INVALID, message, _HINT)
    return value


def decode(value: Any, cls: Any, where: str = '$') -> Any:  # noqa: ANN401 - typed by `cls`
    """Turn JSON values into what the type hint `cls` says.

    Raises:
        ReleaseKitError: `RK-DOCUMENT-INVALID` with the path of the first thing that is wrong.
    """
    origin = typing.get_origin(cls)
    if origin in {Union, types.UnionType}:
        return _decode_union(value, typing.get_args(cls), where)
    if origin is Literal:
        return _expect(value in typing.get_args(cls), value, where, f'one of {typing.get_args(cls)}')
    if origin is tuple:
        item_type = typing.get_args(cls)[0]
        _expect(isinstance(value, list), value, where, 'a list')
        return tuple(decode(item, item_type, f'{where}[{index}]') for index, item in enumerate(value))
    if origin is not None and issubclass(origin, Mapping):
        item_type = typing.get_args(cls)[1]
        _expect(isinstance(value, dict), value, where, 'an object')
        return {key: decode(item, item_type, f'{where}.{key}') for key, item in value.items()}
    if dataclasses.is_dataclass(cls):
        return _decode_dataclass(value, cls, where)
    if isinstance(cls, type) and issubclass(cls, enum.Enum):
        known = {member.value for member in cls}
        return cls(_expect(isinstance(value, str) and value in known, value, where, f'one of {sorted(known)}'))
    return _decode_plain(value, cls, where)


def _decode_plain(value: Any, cls: Any, where: str) -> Any:  # noqa: ANN401
    if cls is Any:
        return value
    if cls is types.NoneType or cls is None:
        return _expect(value is None, value, where, 'null')
    if cls is float:
        return _expect(isinstance(value, (int, float)) and not isinstance(value, bool), value, where, 'a number')
    fits = isinstance(value, cls) and not (cls is int and isinstance(value, bool))
    return _expect(fits, value, where, cls.__name__)


def _decode_union(value: Any, members: tuple[Any, ...], where: str) -> Any:  # noqa: ANN401
    if isinstance(value, dict) and 'kind' in value:
        kinds = {cls.kind: cls for cls in members if is_action(cls)}
        if kinds:
            _expect(value['kind'] in kinds, value['kind'], f'{where}.kind', f'one of {sorted(kinds)}')
            return _decode_dataclass(value, kinds[value['kind']], where)
    likely = [member for member in members if _has_form(value, member)]
    for member in likely:
        try:
            return decode(value, member, where)
        except ReleaseKitError:  # noqa: PERF203 - the next member may fit
            if member is likely[-1]:
                raise
    return _expect(False, value, where, f'one of {members}')


def _has_form(value: Any, cls: Any) -> bool:  # noqa: ANN401
    """Whether the JSON form of a type is the value's: an object, a list, or neither."""
    origin = typing.get_origin(cls)
    if isinstance(value, dict):
        return dataclasses.is_dataclass(cls) or (isinstance(origin, type) and issubclass(origin, Mapping))
    if isinstance(value, list):
        return origin is tuple
    return not dataclasses.is_dataclass(cls) and origin in {None, Literal}


def _decode_dataclass(value: Any, cls: Any, where: str) -> Any:  # noqa: ANN401
    _expect(isinstance(value, dict), value, where, 'an object')
    hints, required, names = _shape(cls)
    action = is_action(cls)
    unknown = sorted(key for key in value if key not in hints and not (action and key in _DERIVED))
    _expect(not unknown, unknown, where, f'only {sorted(hints)}')
    missing = sorted(required - value.keys())
    _expect(not missing, value, where, f'also {missing}')
    result = cls(
        **{names[key]: decode(value[key], hint, f'{where}.{key}') for key, hint in hints.items() if key in value}
    )
    if action:
        _expect(value.get('key', result.key) == result.key, value.get('key'), f'{where}.key', result.key)
    return result


def _expect(fits: bool, value: Any, where: str, wanted: str) -> Any:  # noqa: ANN401
    if not fits:
        shown = json.dumps(value, default=str)[:80]
        raise fail(Code.DOCUMENT_INVALID, f'{where} is {shown}; expected {wanted}.', _HINT)
    return value


@functools.cache
def is_action(cls: Any) -> bool:  # noqa: ANN401
    """Whether a class is an action: a dataclass whose `kind` is a constant of the class."""
    return (
        dataclasses.is_dataclass(cls) and isinstance(getattr(cls, 'kind', None), str) and 'kind' not in _shape(cls)[0]
    )


@functools.cache
def _defaults(cls: Any) -> tuple[tuple[str, bool], ...]:  # noqa: ANN401 - a dataclass
    return tuple((field.name, field.default is None) for field in dataclasses.fields(cls))


@functools.cache
def _shape(cls: Any) -> tuple[dict[str, Any], frozenset[str], dict[str, str]]:  # noqa: ANN401 - a dataclass
    """By key the types and the names of the fields, and the keys that must be there."""
    names = {key_of(field.name): field.name for field in dataclasses.fields(cls)}
    hints = typing.get_type_hints(cls)
    missing = dataclasses.MISSING
    required = {
        key_of(f.name) for f in dataclasses.fields(cls) if f.default is missing and f.default_factory is missing
    }
    return {key: hints[name] for key, name in names.items()}, frozenset(required), names


def key_of(field: str) -> str:
    """The key that a field has in JSON and YAML."""
    return field.removesuffix('_')
