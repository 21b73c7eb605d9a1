# SPDX-License-Identifier: Apache-2.0
"""Other values at some keys of a TOML text, the rest byte for byte.

As a rule the strings that change are found for certain, and only their insides are replaced. Where a layout is not
understood, tomlkit makes the edit, and the data before and after is compared: nothing else may have changed.
"""

from __future__ import annotations

import copy
import functools
import itertools
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from releasekit import lazy
from releasekit.compat import tomllib
from releasekit.ecosystems.toml import scan
from releasekit.ecosystems.toml.document import Table, keep, parse, table
from releasekit.errors import Code, Place, ReleaseKitError, fail

if TYPE_CHECKING:
    import tomlkit
    import tomlkit.exceptions
else:
    tomlkit = lazy.module('tomlkit')

# What a string on one line cannot hold as it is, or what means something else in it: https://toml.io/en/v1.0.0#string
_UNSAFE = re.compile(r'[\\\x00-\x08\x0a-\x1f\x7f]')


def at(data: Table, keys: scan.Path) -> Any:  # noqa: ANN401 - TOML data
    """The value at some keys, None where there is none."""
    return table(data, *keys[:-1]).get(keys[-1])


def edit(text: str, values: Mapping[scan.Path, Any], path: str) -> str:
    """The text with other values at these keys, each of which is there: a string, or a list of them.

    Raises:
        ReleaseKitError: `RK-EDIT-FAILED` where the text cannot be edited without other changes.
    """
    before = parse(text)
    if all(at(before, keys) == value for keys, value in values.items()):
        return text
    expected = functools.reduce(_with, values.items(), before)
    if (changed := _spliced(text, before, values)) is not None:
        return keep(changed, expected)
    return confirmed(_rewritten(text, expected), expected, path)


def confirmed(text: str, expected: Table, path: str) -> str:
    """The text, as long as its data is what was expected.

    Raises:
        ReleaseKitError: `RK-EDIT-FAILED` where it is not.
    """
    if _data(text) != expected:
        raise failed(path, 'is laid out in a way that it cannot be edited without other changes')
    return text


def failed(path: str, why: str) -> ReleaseKitError:
    """The error of a file that cannot be edited."""
    hint = f'Make the change in {path} by hand and commit it; a manifest that already says so is left alone.'
    return fail(Code.EDIT_FAILED, f'{path} {why}.', hint, Place(path))


def _with(data: Table, change: tuple[scan.Path, Any]) -> Table:
    """The data with another value at some keys."""
    (key, *rest), value = change
    return {**data, key: _with(data[key], (tuple(rest), value)) if rest else value}


def _spliced(text: str, data: Table, values: Mapping[scan.Path, Any]) -> str | None:
    """The text with the strings replaced that differ, None where it is not certain which they are."""
    found: dict[scan.Path, list[scan.String]] = {keys: [] for keys in values}
    count = sum(1 if isinstance(value, str) else len(value) for value in values.values())
    for string in itertools.islice((each for each in scan.strings(text) if each.path in values), count):
        found[string.path].append(string)
    changes: list[tuple[int, int, str]] = []
    for keys, value in values.items():
        if (changed := _changed(text, found[keys], at(data, keys), value)) is None:
            return None
        changes += changed
    for start, end, after in sorted(changes, reverse=True):
        text = text[:start] + after + text[end:]
    return text


def _changed(text: str, found: Sequence[scan.String], old: Any, new: Any) -> list[tuple[int, int, str]] | None:  # noqa: ANN401 - TOML data
    """Where strings of a value change, and what to; `found` are those that the scanner has at its keys.

    The text is TOML, so that each of these is a string. If the value holds nothing but strings, and as many, they
    are the same in the same order; and without a quote or what a string must escape, the new one ends where it should.
    """
    olds, news = ([old], [new]) if isinstance(old, str) else (old, new)
    if len(found) != len(olds) or not all(isinstance(item, str) for item in olds):
        return None
    changed = [each for each in zip(found, olds, news, strict=True) if each[1] != each[2]]
    for string, before, after in changed:
        quote = text[string.start - 1]
        if text[string.start : string.end] != before or quote in after or _UNSAFE.search(after):
            return None
    return [(string.start, string.end, after) for string, _, after in changed]


def _data(text: str) -> Table | None:
    try:
        return parse(text)
    except tomllib.TOMLDecodeError:
        return None


def _rewritten(text: str, expected: Table) -> str:
    """The text as tomlkit writes it with the expected data, or unchanged where tomlkit cannot."""
    document = tomlkit.parse(text)
    try:
        _assign(document, copy.deepcopy(expected))
    except (tomlkit.exceptions.TOMLKitError, KeyError, TypeError):
        return text
    return tomlkit.dumps(document)


def _assign(target: Any, wanted: Any) -> None:  # noqa: ANN401 - tomlkit's containers
    pairs = wanted.items() if isinstance(wanted, Mapping) else enumerate(wanted)
    for key, value in pairs:
        if isinstance(value, (Mapping, list)):
            _assign(target[key], value)
        elif target[key] != value:
            target[key] = value
