# SPDX-License-Identifier: Apache-2.0
"""The page about the JSON documents, from their schemas."""

from __future__ import annotations

from typing import Any

from schemas import schemas

from pages.tables import table

_HEAD = """\
# JSON documents

<!-- Written by scripts/reference.py from the schemas in schema/. -->

What `--format json` prints and what a run keeps. Each document names its schema in the key `schema`; what is not known
is `null` rather than left out. The schemas themselves are in `schema/` and in the installed package.
"""


def page() -> str:
    """The whole page."""
    return '\n'.join([_HEAD, *(_document(name, schema) for name, schema in schemas() if name != 'release.schema.json')])


def _document(name: str, schema: dict[str, Any]) -> str:
    identifier = schema['properties']['schema']['const']
    text = f'{schema["title"]}: `{identifier}`, described by `schema/{name}`.'
    parts = [_table(f'## {identifier.split("/")[1]}', text, schema)]
    for title, form in schema['definitions'].items():
        parts.append(_table(f'### {title} of {identifier.split("/")[1]}', form.get('description', ''), form))
    return '\n'.join(parts)


def _table(title: str, text: str, form: dict[str, Any]) -> str:
    rows = [(f'`{key}`', _kind(value)) for key, value in form['properties'].items() if key != 'schema']
    return table(title, text, ('key', 'type'), rows)


def _kind(value: dict[str, Any]) -> str:
    if '$ref' in value:
        return value['$ref'].rpartition('/')[2]
    if 'allOf' in value and '$ref' in value['allOf'][0]:
        return _kind(value['allOf'][0])
    if 'items' in value:
        return f'list of {_kind(value["items"])}'
    if 'enum' in value or 'const' in value:
        return ' or '.join(f'`{word}`' for word in value.get('enum', [value.get('const')]))
    if 'anyOf' in value:
        return ' or '.join(_kind(form) for form in value['anyOf'])
    kinds = value.get('type', 'object')
    return ' or '.join(kinds) if isinstance(kinds, list) else kinds
