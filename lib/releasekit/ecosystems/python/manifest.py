# SPDX-License-Identifier: Apache-2.0
"""Edits of pyproject.toml and of files that hold a version: text in, text out, the rest byte for byte.

An edit is made in the text, then the data before and after is compared: nothing else may have changed.
Where a layout is not understood, tomlkit makes the edit, and the same comparison is made.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from releasekit import lazy
from releasekit.compat import tomllib
from releasekit.core.package import VersionPlace
from releasekit.ecosystems.base import Raise
from releasekit.ecosystems.python import scan
from releasekit.ecosystems.python.document import Table, parse, table
from releasekit.ecosystems.python.edges import name_of
from releasekit.ecosystems.python.requirement import raised
from releasekit.errors import Code, Place, ReleaseKitError, fail

if TYPE_CHECKING:
    import tomlkit
    import tomlkit.exceptions
else:
    tomlkit = lazy.module('tomlkit')

_VERSION = ('project', 'version')
_VERSION_LINE = re.compile(r'^[ \t]*version[ \t]*=[ \t]*(?:"([^"\\\n]*)"|\'([^\'\n]*)\')', re.MULTILINE)

# An edit of strings: the keys to a value and one string in it give the string that stands there afterwards.
_Edit = Callable[[scan.Path, str], str]


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
            return _edit(text, lambda path, value: version if path == _VERSION else value, place.path, _VERSION_LINE)
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

        def follow(path: scan.Path, value: str) -> str:
            item = wanted.get(name_of(value) or '') if _holds_requirements(path) else None
            return raised(value, item.version, item.pin) if item else value

        return _edit(text, follow, 'pyproject.toml')


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


def _holds_requirements(path: scan.Path) -> bool:
    return path in {('project', 'dependencies'), ('build-system', 'requires')} or (
        path[:2] == ('project', 'optional-dependencies')
    )


def _edit(text: str, edit: _Edit, path: str, usual: re.Pattern[str] | None = None) -> str:
    """The text with the edit made in it; `usual` finds the one string that changes, where the layout is as usual."""
    before = parse(text)
    expected = _mapped(before, edit, ())
    if expected == before:
        return text
    ways: list[Callable[[], str]] = [lambda: _spliced(text, edit), lambda: _rewritten(text, expected)]
    if usual is not None and len(lines := list(usual.finditer(text))) == 1:
        start, end = lines[0].span(lines[0].lastindex or 0)
        ways.insert(0, lambda: text[:start] + edit(_VERSION, text[start:end]) + text[end:])
    for way in ways:
        if _data(changed := way()) == expected:
            return changed
    raise _failed(path, 'is laid out in a way that it cannot be edited without other changes')


def _spliced(text: str, edit: _Edit) -> str:
    """The text with every string replaced that the edit changes."""
    parts: list[str] = []
    done = 0
    for string in scan.strings(text):
        old = text[string.start : string.end]
        new = edit(string.path, old)
        if new != old:
            parts += [text[done : string.start], new]
            done = string.end
    return ''.join([*parts, text[done:]])


def _mapped(value: Any, edit: _Edit, path: scan.Path) -> Any:  # noqa: ANN401 - TOML data
    """The data with the edit made in it; what it does not change is the same object."""
    if isinstance(value, str):
        return edit(path, value)
    if isinstance(value, list):
        return [_mapped(item, edit, path) for item in value]
    if not isinstance(value, Mapping) or not _may_change(path):
        return value
    return {key: _mapped(item, edit, (*path, key)) for key, item in value.items()}


def _may_change(path: scan.Path) -> bool:
    return not path or path[0] in {'project', 'build-system'}


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
