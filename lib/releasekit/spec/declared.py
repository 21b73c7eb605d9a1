# SPDX-License-Identifier: Apache-2.0
"""Where the schema declares what a path of release.yaml reaches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_REFERENCE = '#/definitions/'


def declared(schema: Mapping[str, Any], path: Sequence[str | int]) -> tuple[Mapping[str, Any], ...]:
    """The schemas of a path, as they stand where the key is declared; `*` is any name or position."""
    shown: tuple[Mapping[str, Any], ...] = (schema,)
    for part in path:
        shown = tuple(inner for node in shown for form in _forms(schema, node) for inner in _inside(form, part))
    return shown


def _forms(schema: Mapping[str, Any], node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A schema itself, or those that it refers to."""
    if '$ref' in node:
        yield from _forms(schema, schema['definitions'][node['$ref'][len(_REFERENCE) :]])
    elif 'properties' in node or not ('allOf' in node or 'anyOf' in node):
        yield node
    else:
        for inner in (*node.get('allOf', ()), *node.get('anyOf', ())):
            yield from _forms(schema, inner)


def _inside(form: Mapping[str, Any], part: str | int) -> Iterator[Mapping[str, Any]]:
    known = form.get('properties', {})
    inner = known[part] if part in known else form.get('additionalProperties', form.get('items'))
    if isinstance(inner, dict):
        yield inner
