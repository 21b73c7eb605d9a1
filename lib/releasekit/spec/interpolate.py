# SPDX-License-Identifier: Apache-2.0
"""`{word}` in templates, and nothing else: no attributes, no formats, no expressions. `{{` and `}}` are braces."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from releasekit.errors import Code, fail

_PIECE = re.compile(r'\{\{|\}\}|\{(?P<word>[a-z][a-z0-9_]*)\}|[{}]|[^{}]+')


def words(template: str) -> tuple[str, ...]:
    """The words that a template names, in order, each once.

    Raises:
        ReleaseKitError: `RK-SPEC-INVALID` for a brace that is neither part of a `{word}` nor doubled.
    """
    return tuple(dict.fromkeys(word for _, word in _pieces(template) if word is not None))


def fill(template: str, values: Mapping[str, str]) -> str:
    """The template with its words replaced. Values are taken as they are: a `{word}` in one stays.

    Raises:
        ReleaseKitError: A word has no value (`RK-SPEC-NAME`), or a brace stands alone (`RK-SPEC-INVALID`).
    """
    filled: list[str] = []
    for text, word in _pieces(template):
        if word is not None and word not in values:
            known = ', '.join(f'`{{{name}}}`' for name in sorted(values)) or 'no words'
            raise fail(Code.SPEC_NAME, f'`{{{word}}}` has no value in `{template}`.', f'What can stand here: {known}.')
        filled.append(text if word is None else values[word])
    return ''.join(filled)


def literals(template: str) -> Iterator[str]:
    """The parts of a template that are not words."""
    return (text for text, word in _pieces(template) if word is None)


def _pieces(template: str) -> Iterator[tuple[str, str | None]]:
    for match in _PIECE.finditer(template):
        text = match.group()
        if text in {'{', '}'}:
            hint = f'Write `{text * 2}` for the character itself, or a word in braces, such as `{{name}}`.'
            raise fail(Code.SPEC_INVALID, f'A single `{text}` stands in `{template}`.', hint)
        yield (text[0] if text in {'{{', '}}'} else text), match.group('word')
