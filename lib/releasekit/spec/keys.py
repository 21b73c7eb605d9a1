# SPDX-License-Identifier: Apache-2.0
"""The keys of release.yaml, read off its JSON Schema: what each means, what it takes, and how one is named."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from releasekit.spec.names import LATER

ANY = '*'
_REFERENCE = '#/definitions/'
_WORDS: Mapping[str, str] = {
    'string': 'text',
    'boolean': 'true or false',
    'integer': 'a whole number',
    'number': 'a number',
    'array': 'a list',
    'object': 'a mapping',
    'null': 'null',
}
_SCALARS = frozenset({'string', 'boolean', 'integer', 'number', 'null'})
# Keys that this version refuses altogether.
_LATER = frozenset(path for path, values in LATER.items() if not values)
# What a plan is not changed by: how actions are carried out.
ENGINE = 'engine'


@dataclasses.dataclass(frozen=True)
class Key:
    """A key by its path, with `*` for a label, a glob or an item of a list. `labelled`: each `*` is a label."""

    path: tuple[str, ...]
    schema: Mapping[str, Any]
    labelled: bool

    def __str__(self) -> str:
        """The path with dots."""
        return '.'.join(self.path)

    @property
    def settable(self) -> bool:
        """Whether a flag or a variable can set it: a scalar of more than one value, found by labels alone."""
        types = _types(self.schema)
        return (
            self.labelled
            and self.path[0] not in {'version', 'tasks'}
            and not any('.'.join(self.path[:length]) in _LATER for length in range(1, len(self.path) + 1))
            and ('enum' in self.schema or (bool(types) and types <= _SCALARS))
        )

    @property
    def takes(self) -> str:
        """What the value may be, in words."""
        return _takes(self.schema)


def keys(schema: Mapping[str, Any]) -> tuple[Key, ...]:
    """Every key that a release.yaml can have, each above its own keys."""
    return tuple(_below(schema, schema['definitions'], Key((), schema, labelled=True)))


def variable(path: Sequence[str]) -> str:
    """The environment variable that sets a key."""
    return '_'.join(['RELEASEKIT', *(part.replace('-', '_').upper() for part in path)])


def fitting(path: Sequence[str], known: Iterable[Key]) -> tuple[Key, ...]:
    """The keys that a path names in full; what stands for `*` can be any word, or be left out."""
    return tuple({key.path: key for key in known if _fits(key.path, tuple(path))}.values())


def children(key: Key, known: Iterable[Key]) -> tuple[Key, ...]:
    """The keys right below one, those of the mappings or items in it included."""
    above = len(key.path)
    found = [each for each in known if each.path[:above] == key.path and len(each.path) > above]
    return tuple(each for each in found if each.path[-1] != ANY and set(each.path[above:-1]) <= {ANY})


def _fits(pattern: tuple[str, ...], path: tuple[str, ...]) -> bool:
    if not pattern or not path:
        return not pattern and not path
    if pattern[0] == ANY:
        return _fits(pattern[1:], path[1:]) or _fits(pattern[1:], path)
    return pattern[0] == path[0] and _fits(pattern[1:], path[1:])


def _below(node: Mapping[str, Any], definitions: Mapping[str, Any], above: Key) -> Iterator[Key]:
    node = _resolved(node, definitions)
    forms = [_resolved(form, definitions) for form in node.get('anyOf', [])]
    objects = [form for form in forms if 'properties' in form]
    for form in objects:
        # Of several forms none is the one that a path alone would mean.
        yield from _below(form, definitions, dataclasses.replace(above, labelled=above.labelled and len(objects) == 1))
    for name, child in node.get('properties', {}).items():
        key = Key((*above.path, name), _resolved(child, definitions), above.labelled)
        yield key
        yield from _below(child, definitions, key)
    for inner, labelled in _inner(node):
        resolved = _resolved(inner, definitions)
        yield from _below(resolved, definitions, Key((*above.path, ANY), resolved, above.labelled and labelled))


def _inner(node: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], bool]]:
    """The schemas of what a mapping or a list holds, and whether it is found by a label."""
    if isinstance(node.get('additionalProperties'), dict):
        yield node['additionalProperties'], 'pattern' in node.get('propertyNames', {})
    if isinstance(node.get('items'), dict):
        yield node['items'], False


def _resolved(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    """A node with what it refers to; its own words win."""
    reference = node.get('$ref') or next((part['$ref'] for part in node.get('allOf', []) if '$ref' in part), None)
    if reference is None:
        return node
    own = {word: value for word, value in node.items() if word not in {'$ref', 'allOf'}}
    return {**definitions[reference[len(_REFERENCE) :]], **own}


def _types(node: Mapping[str, Any]) -> frozenset[str]:
    found = node.get('type', [])
    return frozenset([found] if isinstance(found, str) else found)


def _takes(node: Mapping[str, Any]) -> str:
    if 'enum' in node or 'const' in node:
        return _either([written(value) for value in node.get('enum', [node.get('const')])])
    if 'anyOf' in node:
        forms = [_takes(form) if '$ref' not in form else 'a mapping' for form in node['anyOf']]
        return _either(list(dict.fromkeys(forms)))
    found = node.get('type', [])
    names = [_WORDS[name] for name in ([found] if isinstance(found, str) else found)]
    return node.get('patternErrorMessage') or _either(names) or 'anything'


def written(value: object) -> str:
    """A value as it is written in YAML, on one line."""
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)


def _either(words: Sequence[str]) -> str:
    return f'{", ".join(words[:-1])} or {words[-1]}' if len(words) > 1 else ''.join(words)
