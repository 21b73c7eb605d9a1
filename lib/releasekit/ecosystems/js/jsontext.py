# SPDX-License-Identifier: Apache-2.0
"""JSON as text: its data, where its strings stand, and edits of those that leave every other byte alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from releasekit.errors import Code, Place, ReleaseKitError, fail

Path = tuple[str, ...]
Object = Mapping[str, Any]

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')
_BOM = '\ufeff'
# Deeper than any manifest, and far less than what Python's own parser bears.
_DEPTH = 200


class String(NamedTuple):
    """A string that is a value: the keys that lead to it, positions in lists included, and its place with quotes."""

    path: Path
    start: int
    end: int


class _DuplicateError(ValueError):
    """A key that is there twice."""


def load(text: str, path: str) -> Object:
    """The data of a manifest, which is an object without doubled keys; a byte order mark is passed over.

    Raises:
        ReleaseKitError: `RK-MANIFEST-INVALID`, with line, column and source line where it is no JSON.
    """
    try:
        data = json.loads(text.removeprefix(_BOM), object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise _invalid(text, path, error) from error
    except _DuplicateError as error:
        message = f'{path} has the key {error} twice in one object.'
        raise fail(Code.MANIFEST_INVALID, message, 'Take one of them out: tools read the last.', Place(path)) from error
    except RecursionError as error:
        message = f'{path} is nested too deeply.'
        raise fail(Code.MANIFEST_INVALID, message, 'Write it with fewer levels.', Place(path)) from error
    if not isinstance(data, dict):
        message = f'{path} is no JSON object.'
        raise fail(Code.MANIFEST_INVALID, message, 'Put its contents between { and }.', Place(path))
    return data


def decode(content: bytes, path: str) -> str:
    """The text of a manifest.

    Raises:
        ReleaseKitError: `RK-MANIFEST-INVALID` where it is not UTF-8.
    """
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b'\n', 0, error.start) + 1
        hint = 'Save the file as UTF-8, the only encoding that is read.'
        raise fail(Code.MANIFEST_INVALID, f'{path} is not UTF-8.', hint, Place(path, line)) from error


def table(data: Any, *keys: str) -> Object:  # noqa: ANN401 - JSON enters here
    """The object below these keys, empty where there is none."""
    for key in keys:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data if isinstance(data, Mapping) else {}


def strings(text: str) -> Iterator[String]:
    """The strings of a JSON text that are values, in their order; the text must be valid."""
    path: list[str] = []
    counts: list[int] = []
    key: str | None = None
    for token in _TOKEN.finditer(text.removeprefix(_BOM) if text.startswith(_BOM) else text):
        word, shift = token[0], int(text.startswith(_BOM))
        if word in '{[':
            counts.append(-1 if word == '{' else 0)
            path.append('' if word == '{' else '0')
            key = None
        elif word in '}]':
            counts.pop()
            path.pop()
        elif word == ',':
            key = None
            if counts[-1] >= 0:
                counts[-1] += 1
                path[-1] = str(counts[-1])
        elif word == ':':
            path[-1] = json.loads(key or '""')
        elif word[0] == '"':
            if counts and counts[-1] == -1 and key is None:
                key = word
            else:
                yield String(tuple(path), token.start() + shift, token.end() + shift)


def replace(text: str, values: Mapping[Path, str]) -> str:
    """The text with other strings at these paths; a path where no string stands changes nothing."""
    if not values:
        return text
    found = [string for string in strings(text) if string.path in values]
    for string in reversed(found):
        text = text[: string.start] + json.dumps(values[string.path], ensure_ascii=False) + text[string.end :]
    return text


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        raise _DuplicateError(repr(next(key for number, key in enumerate(keys) if key in keys[:number])))
    return found


def _invalid(text: str, path: str, error: json.JSONDecodeError) -> ReleaseKitError:
    lines = text.removeprefix(_BOM).split('\n')
    source = lines[error.lineno - 1].rstrip('\r') if error.lineno <= len(lines) else ''
    place = Place(path, error.lineno, error.colno, source)
    hint = 'Correct the JSON at this place; it allows neither comments nor a comma after the last entry.'
    return fail(Code.MANIFEST_INVALID, f'{path} is no valid JSON: {error.msg}.', hint, place)
