# SPDX-License-Identifier: Apache-2.0
"""Frozen dataclasses to JSON Schema (draft-07, which editors read): the one source of every schema that we ship."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import types
import typing
from collections.abc import Mapping
from typing import Any, Literal, Union

from releasekit import codec

DRAFT = 'http://json-schema.org/draft-07/schema#'
_PLAIN: Mapping[Any, Mapping[str, Any]] = {
    str: {'type': 'string'},
    bool: {'type': 'boolean'},
    int: {'type': 'integer'},
    float: {'type': 'number'},
    types.NoneType: {'type': 'null'},
    Any: {},
}
# Words of a field's schema metadata that say how it is written rather than what it may be.
_SHORTHAND, _REST, _FORMS = 'shorthand', 'rest', 'forms'


def json_schema(cls: type, *, title: str, identifier: str, document: str | None = None) -> dict[str, Any]:
    """The JSON Schema of a dataclass; every nested dataclass is one of its `definitions`.

    A field's metadata may hold `doc` (its description) and `schema` (words that are added to its schema). Three
    words there are not JSON Schema: a `shorthand` field is what a plain string in place of the object means;
    a `rest` field takes all keys that are not named; `forms` are dataclasses that items of a list may be beside what
    the field's type says, as long as nothing reads them.

    Args:
        cls: The frozen dataclass.
        title: What the document is, for people.
        identifier: The `$id`, a URI.
        document: The id of a document that we print (`releasekit/plan/1`): it has a key `schema` that says so,
            an `id` where the class has one that is no field, and all fields but those that are None by default.
            None stands for a document that people write, where what has a default may be left out.
    """
    builder = _Builder(written=document is None)
    body = builder.object(cls)
    if document is not None:
        head: dict[str, Any] = {'schema': {'const': document}}
        if hasattr(cls, 'id') and 'id' not in body['properties']:
            head['id'] = {'type': 'string', 'pattern': '^[0-9a-f]{64}$'}
        body |= {'required': [*head, *body['required']], 'properties': {**head, **body['properties']}}
    definitions = {name: builder.definitions[name] for name in sorted(builder.definitions)}
    return {'$schema': DRAFT, '$id': identifier, **body, 'title': title, 'definitions': definitions}


@dataclasses.dataclass(frozen=True)
class _Builder:
    """Collects definitions; `written` documents may leave out what has a default."""

    written: bool
    definitions: dict[str, dict[str, Any]] = dataclasses.field(default_factory=dict)

    def object(self, cls: Any) -> dict[str, Any]:  # noqa: ANN401 - a dataclass
        hints = typing.get_type_hints(cls)
        fields = dataclasses.fields(cls)
        kinds: set[str] = set()
        properties: dict[str, Any] = dict(self._derived(cls)) if codec.is_action(cls) else {}
        required, rest = list(properties), False
        for field in fields:
            words = dict(field.metadata.get('schema', {}))
            kinds |= {word for word in (_SHORTHAND, _REST) if words.pop(word, False)}
            if _REST in field.metadata.get('schema', {}):
                rest = True
                continue
            key = codec.key_of(field.name)
            properties[key] = self._property(field, hints[field.name], words)
            if self._is_required(field) and key not in required:
                required.append(key)
        return {
            'title': cls.__name__,
            **_description(cls),
            'type': ['object', 'string'] if _SHORTHAND in kinds else 'object',
            'required': required,
            'properties': properties,
            'additionalProperties': rest,
        }

    def _is_required(self, field: dataclasses.Field[Any]) -> bool:
        if self.written:
            return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        return field.default is not None

    def _derived(self, cls: Any) -> dict[str, Any]:  # noqa: ANN401
        """What an action's JSON has beyond its fields: see `codec.encode`."""
        derived: dict[str, Any] = {'kind': {'const': cls.kind}}
        for name in ('key', 'package'):
            known = inspect.getattr_static(cls, name)
            constant = known is None or isinstance(known, str)
            derived[name] = {'const': known} if constant else {'type': 'string'}
        return {**derived, 'summary': {'type': 'string'}}

    def _property(self, field: dataclasses.Field[Any], hint: Any, words: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401
        found = self.type(hint)
        for form in words.pop(_FORMS, ()):
            found = {**found, 'items': {'anyOf': [found['items'], self.type(form)]}}
        beside = {'title': _title(field.name)} if self.written else {}
        beside |= {'description': field.metadata['doc']} if 'doc' in field.metadata else {}
        if self.written and field.default is not dataclasses.MISSING:
            beside['default'] = codec.encode(field.default)
        elif self.written and field.default_factory is not dataclasses.MISSING:
            beside['default'] = codec.encode(field.default_factory())
        if '$ref' in found and (beside or words):
            # draft-07 ignores what stands beside a $ref.
            found = {'allOf': [found]}
        return {**beside, **_said(found, beside), **words}

    def type(self, hint: Any) -> dict[str, Any]:  # noqa: ANN401 - any type hint
        """The schema of a type hint.

        Raises:
            TypeError: The hint is none that a JSON document can have.
        """
        origin, arguments = typing.get_origin(hint), typing.get_args(hint)
        if origin in {Union, types.UnionType}:
            return self._union(arguments)
        if origin is Literal:
            return {'const': arguments[0]} if len(arguments) == 1 else {'enum': list(arguments)}
        if origin is tuple:
            return {'type': 'array', 'items': self.type(arguments[0])}
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return {'type': 'object', 'additionalProperties': self.type(arguments[1])}
        if dataclasses.is_dataclass(hint):
            return self._reference(hint)
        if isinstance(hint, type) and issubclass(hint, enum.Enum):
            return {'enum': [member.value for member in hint]}
        if hint in _PLAIN:
            return dict(_PLAIN[hint])
        raise TypeError(f'{hint} has no JSON Schema')

    def _reference(self, cls: Any) -> dict[str, Any]:  # noqa: ANN401
        if cls.__name__ not in self.definitions:
            self.definitions[cls.__name__] = {}
            self.definitions[cls.__name__] = self.object(cls)
        return {'$ref': f'#/definitions/{cls.__name__}'}

    def _union(self, members: tuple[Any, ...]) -> dict[str, Any]:
        if all(codec.is_action(member) for member in members):
            return self._by_kind(members)
        nullable = types.NoneType in members
        rest = [self.type(member) for member in members if member is not types.NoneType]
        if not nullable or len(rest) > 1:
            return {'anyOf': [*rest, {'type': 'null'}] if nullable else rest}
        if 'enum' in rest[0]:
            return {'enum': [*rest[0]['enum'], None]}
        if 'type' in rest[0]:
            return {**rest[0], 'type': [rest[0]['type'], 'null']}
        return {'anyOf': [rest[0], {'type': 'null'}]}

    def _by_kind(self, members: tuple[Any, ...]) -> dict[str, Any]:
        """One of several actions; if/then gives better messages than oneOf."""
        return {
            'type': 'object',
            'required': ['kind'],
            'properties': {'kind': {'enum': [member.kind for member in members]}},
            'allOf': [
                {'if': {'properties': {'kind': {'const': member.kind}}}, 'then': self._reference(member)}
                for member in members
            ],
        }


def _title(name: str) -> str:
    """A field's name as people write it."""
    return codec.key_of(name).replace('_', ' ').capitalize()


def _description(cls: type) -> dict[str, str]:
    """The docstring; the signature that `dataclass` writes in place of one is none."""
    text = ' '.join((cls.__doc__ or '').split())
    return {} if not text or text.startswith(f'{cls.__name__}(') else {'description': text}


def _said(found: dict[str, Any], beside: Mapping[str, Any]) -> dict[str, Any]:
    """The schema whose forms say what the key says: editors explain a key by the form that its value has."""
    if 'description' not in beside:
        return found
    said = {'description': beside['description']}
    forms: dict[str, list[dict[str, Any]]] = {word: found[word] for word in ('allOf', 'anyOf') if word in found}
    return {**found, **{word: [{**form, **said} if '$ref' in form else form for form in forms[word]] for word in forms}}
