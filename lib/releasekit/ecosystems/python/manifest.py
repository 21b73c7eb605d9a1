# SPDX-License-Identifier: Apache-2.0
"""Edits of pyproject.toml and of files that hold a version: text in, text out, the rest byte for byte."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from releasekit.core.package import VersionPlace
from releasekit.core.version import scheme, spelled
from releasekit.ecosystems import cargo
from releasekit.ecosystems.base import Raise
from releasekit.ecosystems.python.edges import name_of
from releasekit.ecosystems.python.requirement import raised
from releasekit.ecosystems.toml import scan
from releasekit.ecosystems.toml.document import Table, parse, table
from releasekit.ecosystems.toml.edit import at, edit, failed

_VERSION = ('project', 'version')
_REQUIREMENTS = (('project', 'dependencies'), ('build-system', 'requires'))
_EXTRAS = ('project', 'optional-dependencies')
_GROUPS = 'dependency-groups'
_DEV = ('tool', 'uv', 'dev-dependencies')


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
            raise failed(place.path, 'holds no version where one is expected, or more than one')
        if place.form == 'pyproject':
            return edit(text, {_VERSION: version}, place.path)
        if place.form in cargo.PLACES:
            # The crate has the same version, as cargo spells it.
            return cargo.write(text, place, spelled(version, scheme('pep440'), scheme('semver')))
        span = _span(text, place)
        changed = text[: span[0]] + version + text[span[1] :] if span else text
        if read_version(changed, place) != version:
            raise failed(place.path, f'does not give {version} back after it was written')
        return changed

    def set_requirements(self, text: str, raises: Sequence[Raise], path: str) -> str:
        """The text with the requirements raised wherever the packages are required at run, optional or build time.

        Those of development groups only change where they would no longer fit.

        Raises:
            ReleaseKitError: `RK-EDIT-FAILED` where the text cannot be edited without other changes.
        """
        wanted = {item.name: item for item in raises}
        kept = {name: dataclasses.replace(item, pin='keep') for name, item in wanted.items()}

        def follow(requirement: object, known: Mapping[str, Raise]) -> object:
            item = known.get(name_of(requirement) or '') if isinstance(requirement, str) else None
            return raised(requirement, item.version, item.pin) if item and isinstance(requirement, str) else requirement

        data = parse(text)
        lists = [(keys, old, wanted) for keys, old in _requirements(data)]
        lists += [(keys, old, kept) for keys, old in _development(data)]
        values = {keys: new for keys, old, known in lists if (new := [follow(item, known) for item in old]) != old}
        return edit(text, values, path)


def read_version(text: str, place: VersionPlace) -> str | None:
    """The version that a file holds at a place, None where it holds none or more than one."""
    if place.form == 'pyproject':
        value = table(parse(text), 'project').get('version')
        return value if isinstance(value, str) else None
    if place.form in cargo.PLACES:
        version = cargo.read(text, place)
        return None if version is None else spelled(version, scheme('semver'), scheme('pep440'))
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
        if isinstance(items := at(data, keys), list):
            yield keys, items


def _development(data: Table) -> Iterator[tuple[scan.Path, list[Any]]]:
    """The lists of development requirements: PEP 735, and the older ones of uv."""
    groups = ((_GROUPS, group) for group in table(data, _GROUPS))
    for keys in (*groups, _DEV):
        if isinstance(items := at(data, keys), list):
            yield keys, items
