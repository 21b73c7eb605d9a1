# SPDX-License-Identifier: Apache-2.0
"""What to write in place of a value of the wrong type, or of a key that stands in the wrong place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from releasekit.spec.flow import flow

TYPES = {
    'string': 'text',
    'boolean': 'true or false',
    'integer': 'a whole number',
    'number': 'a number',
    'array': 'a list',
    'object': 'a mapping',
}
# Words that were truth values in YAML 1.1: https://yaml.org/type/bool.html
_OLD_TRUTH = {
    **dict.fromkeys(('y', 'yes', 'on'), 'true'),
    **dict.fromkeys(('n', 'no', 'off'), 'false'),
}
_MAX_SHOWN = 80
# What stands beside many things: nobody has left a key of it by mistake.
_LOCAL = frozenset({'Condition'})


def other_type(key: str | int, value: object, wanted: Sequence[str], declared: Iterable[Mapping[str, Any]]) -> str:
    """How to write what was meant."""
    text = value if isinstance(value, str) else ''
    example = proposal(key, declared)
    if 'boolean' in wanted and (truth := _OLD_TRUTH.get(text.casefold())):
        return f'Write `{truth}`; to YAML 1.2, `{text}` is text.'
    if ({'integer', 'number'} & {*wanted} and text.replace('.', '', 1).isdecimal()) or (
        'boolean' in wanted and text in {'true', 'false'}
    ):
        return f'Write it without quotes: {text}.'
    if value is None:
        return f'Write, for example, {example}, or remove it.' if example else 'Give it a value, or remove it.'
    if 'array' in wanted and isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return f'Write it as a list: {flow([value])}.'
    if example:
        return f'Write, for example, {example}.'
    return f'Write {" or ".join(TYPES[name] for name in wanted if name != "null")}, or remove it.'


def proposal(key: str | int, declared: Iterable[Mapping[str, Any]]) -> str:
    """`key: value` with the first example that a key is declared with, or '' where there is none that is short."""
    examples = (example for shown in declared for example in shown.get('examples', ()))
    value = next((text for example in examples if len(text := flow(example)) <= _MAX_SHOWN), None)
    return '' if value is None else f'`{value}`' if isinstance(key, int) else f'`{key}: {value}`'


def inner(declared: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """What the examples of a list or a mapping hold, as examples of its items."""
    for shown in declared:
        for example in shown.get('examples', ()):
            items = example.values() if isinstance(example, dict) else example if isinstance(example, list) else ()
            yield {'examples': [*items]}


def belongs(key: str, definitions: Mapping[str, Mapping[str, Any]], nouns: Mapping[str, str]) -> str:
    """The part of the format that a key belongs to, or '' where there is none, or more than two."""
    homes = [
        nouns[name]
        for name, form in definitions.items()
        if key in form.get('properties', {}) and name in nouns and name not in _LOCAL
    ]
    return ' and '.join(homes) if len(homes) <= 2 else ''


def keys(noun: str, known: Sequence[str]) -> str:
    """Which keys something takes."""
    if len(known) > 1:
        return f'the keys of {noun} are {", ".join(known)}'
    return f'the only key of {noun} is {known[0]}' if known else f'{noun} takes no options'
