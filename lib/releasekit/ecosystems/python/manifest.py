# SPDX-License-Identifier: Apache-2.0
"""Edits of pyproject.toml and of files that hold a version: text in, text out, the rest byte for byte.

As a rule the strings that change are found for certain, and only their insides are replaced. Where a layout is not
understood, tomlkit makes the edit, and the data before and after is compared: nothing else may have changed.
"""

from __future__ import annotations

import copy
import functools
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from releasekit import lazy
from releasekit.compat import tomllib
from releasekit.core.package import VersionPlace
from releasekit.ecosystems.base import Raise
from releasekit.ecosystems.python import scan
from releasekit.ecosystems.python.document import Table, keep, parse, table
from releasekit.ecosystems.python.edges import name_of
from releasekit.ecosystems.python.requirement import raised
from releasekit.errors import Code, Place, ReleaseKitError, fail

if TYPE_CHECKING:
    import tomlkit
    import tomlkit.exceptions
else:
    tomlkit = lazy.module('tomlkit')

_VERSION = ('project', 'version')
_REQUIREMENTS = (('project', 'dependencies'), ('build-system', 'requires'))
_EXTRAS = ('project', 'optional-dependencies')
# What a string on one line cannot hold as it is, or what means something else in it: https://toml.io/en/v1.0.0#string
_UNSAFE = re.compile(r'[\\\x00-\x08\x0a-\x1f\x7f]')


class Manifests:
    """Reads and edits manifests; keeps nothing."""

    def read_version(self, text: str, place: VersionPlace) -> str | None:
        """The version that a file holds at a place, None where it holds none or more than one."""
        return read_version(text, place)

    def set_version(self, text: str, place: VersionPlace, version: str) -> str:
        """The text with another version at a place.

        Raises:
            ReleaseKitError: `RK-EDIT-FAILED` where the place is not there.
        """
        if read_version(text, place) is None:
            raise _failed(place.path, 'holds no version where one is expected, or more than one')
        if place.form == 'pyproject':
            return _edit(text, {_VERSION: version}, place.path)
        span = _span(text, place)
        changed = text[: span[0]] + version + text[span[1] :] if span else text
        if read_version(changed, place) != version:
            raise _failed(place.path, f'does not give {version} back after it was written')
        return changed

    def set_requirements(self, text: str, raises: Sequence[Raise]) -> str:
        """The text with the requirements raised wherever the packages are required at run, optional or build time.

        Raises:
            ReleaseKitError: `RK-EDIT-FAILED` where the text cannot be edited without other changes.
        """
        wanted = {item.name: item for item in raises}

        def follow(requirement: object) -> object:
            item = wanted.get(name_of(requirement) or '') if isinstance(requirement, str) else None
            return raised(requirement, item.version, item.pin) if item and isinstance(requirement, str) else requirement

        lists = _requirements(parse(text))
        values = {keys: new for keys, old in lists if (new := [follow(item) for item in old]) != old}
        return _edit(text, values, 'pyproject.toml')


def read_version(text: str, place: VersionPlace) -> str | None:
    """The version that a file holds at a place, None where it holds none or more than one."""
    if place.form == 'pyproject':
        value = table(parse(text), 'project').get('version')
        return value if isinstance(value, str) else None
    span = _span(text, place)
    return text[slice(*span)] if span else None


def _span(text: str, place: VersionPlace) -> tuple[int, int] | None:
    """Where the version stands: `file` has one line, `hatch` is read as hatchling does, `pattern` fits only once."""
    if place.form == 'file':
        lines = text.strip()
        start = text.find(lines)
        return (start, start + len(lines)) if lines and len(lines.splitlines()) == 1 else None
    if place.form == 'hatch':
        found = re.search(place.pattern, text, re.MULTILINE)
        return found.span('version') if found else None
    matches = [match for match in re.finditer(place.pattern, text, re.MULTILINE) if match.re.groups]
    return matches[0].span(1) if len(matches) == 1 and matches[0].start(1) >= 0 else None


def _requirements(data: Table) -> Iterator[tuple[scan.Path, list[Any]]]:
    """The lists of requirements at run, optional and build time, with the keys to each."""
    extras = ((*_EXTRAS, extra) for extra in table(data, *_EXTRAS))
    for keys in (*_REQUIREMENTS, *extras):
        if isinstance(items := _at(data, keys), list):
            yield keys, items


def _at(data: Table, keys: scan.Path) -> Any:  # noqa: ANN401 - TOML data
    """The value at some keys, None where there is none."""
    return table(data, *keys[:-1]).get(keys[-1])


def _edit(text: str, values: Mapping[scan.Path, Any], path: str) -> str:
    """The text with other values at these keys."""
    before = parse(text)
    if all(_at(before, keys) == value for keys, value in values.items()):
        return text
    expected = functools.reduce(_with, values.items(), before)
    if (changed := _spliced(text, before, values)) is not None:
        return keep(changed, expected)
    if _data(changed := _rewritten(text, expected)) == expected:
        return changed
    raise _failed(path, 'is laid out in a way that it cannot be edited without other changes')


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
        if (changed := _changed(text, found[keys], _at(data, keys), value)) is None:
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


def _failed(path: str, why: str) -> ReleaseKitError:
    hint = f'Make the change in {path} by hand and commit it; a manifest that already says so is left alone.'
    return fail(Code.EDIT_FAILED, f'{path} {why}.', hint, Place(path))
