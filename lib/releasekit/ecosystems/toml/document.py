# SPDX-License-Identifier: Apache-2.0
"""TOML files as data, and errors that point into their text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from releasekit.compat import tomllib
from releasekit.errors import Code, Place, ReleaseKitError, fail

Table = Mapping[str, Any]

_AT = re.compile(r' \(at (?:line (\d+), column (\d+)|end of document)\)$')


# The data of texts, so that each is parsed once: discovery reads what bumping edits.
_KNOWN: dict[str, Table] = {}
_MOST = 8192


def parse(text: str) -> Table:
    """The data of a TOML text; it is shared, so it must not be changed.

    Raises:
        tomllib.TOMLDecodeError: The text is no TOML.
    """
    if (data := _KNOWN.get(text)) is None:
        data = tomllib.loads(text)
        keep(text, data)
    return data


def keep(text: str, data: Table) -> str:
    """The text, whose data is known without parsing: that of another text with an edit made in both."""
    if len(_KNOWN) >= _MOST:
        _KNOWN.clear()
    _KNOWN[text] = data
    return text


def decode(content: bytes, path: str) -> str:
    """The text of a manifest.

    Raises:
        ReleaseKitError: `RK-MANIFEST-INVALID` where it is not UTF-8.
    """
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b'\n', 0, error.start) + 1
        hint = 'Save the file as UTF-8, the only encoding that TOML allows.'
        raise fail(Code.MANIFEST_INVALID, f'{path} is not UTF-8.', hint, Place(path, line)) from error


def load(text: str, path: str, check: str) -> Table:
    """The data of a manifest; `check` is a command that reads the same file.

    Raises:
        ReleaseKitError: `RK-MANIFEST-INVALID` with line, column and source line where it is no TOML.
    """
    try:
        return parse(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        found = _AT.search(message)
        lines = text.splitlines() or ['']
        line = int(found[1]) if found and found[1] else len(lines)
        source = lines[line - 1] if line <= len(lines) else ''
        column = int(found[2]) if found and found[2] else len(source) + 1
        hint = f'Correct the TOML at this place; `{check}` reads the same file.'
        wrong = _AT.sub('', message)
        raise fail(
            Code.MANIFEST_INVALID, f'{path} is no valid TOML: {wrong}.', hint, Place(path, line, column, source)
        ) from error


def place(text: str, path: str, at: str) -> Place:
    """Where a piece of text stands, as far as it is there."""
    offset = text.find(at) if at else -1
    if offset < 0:
        return Place(path)
    start = text.rfind('\n', 0, offset) + 1
    source = text[start:].splitlines()[0]
    return Place(path, text.count('\n', 0, offset) + 1, offset - start + 1, source, len(at.splitlines()[0]))


def invalid(where: Place, message: str, check: str) -> ReleaseKitError:
    """The error of a manifest that is TOML but says something wrong; `check` is a command that says so, too."""
    return fail(Code.MANIFEST_INVALID, message, f'Correct {where.path} so that `{check}` accepts it.', where)


def table(data: Any, *keys: str) -> Table:  # noqa: ANN401 - TOML enters here
    """The table below these keys, empty where there is none."""
    # What TOML is read into are plain dictionaries, and asking for an abstract Mapping takes ten times as long.
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}


def strings(value: Any) -> tuple[str, ...]:  # noqa: ANN401 - TOML enters here
    """The strings of a list, nothing where it is none."""
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()
