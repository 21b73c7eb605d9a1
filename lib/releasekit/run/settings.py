# SPDX-License-Identifier: Apache-2.0
"""Every setting as it is in force, with where it comes from: a flag, a variable, release.yaml, or the default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from releasekit import codec
from releasekit.core.guide import Origin, Setting
from releasekit.ecosystems import KINDS
from releasekit.run.project import Project
from releasekit.spec import encoding, keys
from releasekit.spec.keys import ANY, Key
from releasekit.spec.load import Loaded, load, release_schema
from releasekit.spec.overrides import FLAG, Given, Override
from releasekit.steps.base import vocabulary

_Path = tuple['str | int', ...]


def settings(project: Project, overrides: tuple[Override, ...]) -> tuple[Setting, ...]:
    """The settings of a project, in the order of the format. `overrides` are those of flags.

    Raises:
        ReleaseKitError: The spec cannot be read any more.
    """
    shown = project.spec_file or str(project.spec_path)
    text = encoding.decode(Path(project.spec_path).read_bytes(), shown)
    given = Given(overrides, project.environment)
    loaded = load(text, shown, vocabulary(), given=given)
    known, data = keys.keys(release_schema(KINDS)), codec.encode(loaded.spec)
    # Of the forms that a step can have, more than one has a key of a name.
    found = dict(found for key in known for found in _of(key, known, data))
    return tuple(_setting(path, value, loaded, project.environment) for path, value in found.items())


def _of(key: Key, known: Sequence[Key], data: object) -> Iterator[tuple[_Path, Any]]:
    """The places of a key in a document, with their values; a part that has keys of its own is left to these."""
    inner = keys.children(key, known)
    for path, value in _found(key.path, data, ()):
        absent = value is None and not key.labelled
        if key.path[-1] != ANY and not absent and not (inner and value and isinstance(value, (Mapping, list))):
            yield path, value


def _found(pattern: Sequence[str], data: object, path: _Path) -> Iterator[tuple[_Path, Any]]:
    if not pattern:
        yield path, data
        return
    if pattern[0] != ANY:
        # What is no mapping has no such key; what is left out of one is null by default.
        if isinstance(data, Mapping):
            yield from _found(pattern[1:], data.get(pattern[0]), (*path, pattern[0]))
        return
    items = data.items() if isinstance(data, Mapping) else enumerate(data) if isinstance(data, list) else ()
    for name, item in items:
        yield from _found(pattern[1:], item, (*path, name))


def _setting(path: _Path, value: object, loaded: Loaded, environment: Mapping[str, str]) -> Setting:
    key = '.'.join(str(part) for part in path)
    text = keys.written(value)
    if path[-1] == 'env' and 'auth' in path:
        text = f'{value} ({"set" if environment.get(str(value)) else "not set"})'
    origin, place = _origin(key, path, loaded)
    return Setting(key, text, origin, place)


def _origin(key: str, path: _Path, loaded: Loaded) -> tuple[Origin, str | None]:
    last = next((override for override in reversed(loaded.overrides) if override.key == key), None)
    if last is not None:
        return 'flag' if last.origin.startswith(FLAG) else 'environment', last.origin
    places = loaded.places
    # A name in place of a mapping stands one level above the key that it is written out to.
    written = path if path in places.keys else path[:-1] if places.plain(path[:-1]) is not None else None
    return ('default', None) if written is None else ('file', str(places.key(written)))
