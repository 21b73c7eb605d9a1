# SPDX-License-Identifier: Apache-2.0
"""Edits of Cargo.toml and of files that hold a version: text in, text out, the rest byte for byte."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from releasekit.core.package import EdgeKind, VersionPlace
from releasekit.ecosystems import cargo
from releasekit.ecosystems.base import Raise
from releasekit.ecosystems.rust.needs import Need, needs, offered
from releasekit.ecosystems.rust.requirement import raised
from releasekit.ecosystems.toml import scan
from releasekit.ecosystems.toml.document import Table, parse, table
from releasekit.ecosystems.toml.edit import at, confirmed, edit, failed

_PATH_KEY = re.compile(r'(?:path|"path"|\'path\')(?=\s*$)')


class Manifests:
    """Reads and edits manifests; keeps nothing."""

    def read_version(self, text: str, place: VersionPlace) -> str | None:
        """The version that a file holds at a place, None where it holds none or more than one."""
        if place.form in cargo.PLACES:
            return cargo.read(text, place)
        span = _span(text, place)
        return text[slice(*span)] if span else None

    def set_version(self, text: str, place: VersionPlace, version: str) -> str:
        """The text with another version at a place.

        Raises:
            ReleaseKitError: `RK-EDIT-FAILED` where the place is not there.
        """
        if self.read_version(text, place) is None:
            raise failed(place.path, 'holds no version where one is expected, or more than one')
        if place.form in cargo.PLACES:
            return cargo.write(text, place, version)
        span = _span(text, place)
        changed = text[: span[0]] + version + text[span[1] :] if span else text
        if self.read_version(changed, place) != version:
            raise failed(place.path, f'does not give {version} back after it was written')
        return changed

    def set_requirements(self, text: str, raises: Sequence[Raise], path: str) -> str:
        """The text with the requirements of entries with a path raised; those for development only where they must.

        An entry with a path alone gets a version beside it where users of a published crate would need one:
        https://doc.rust-lang.org/cargo/reference/specifying-dependencies.html#multiple-locations

        Raises:
            ReleaseKitError: `RK-EDIT-FAILED` where the text cannot be edited without other changes.
        """
        # One name may come twice, as the members of a workspace need it: the pin of those that pin counts.
        wanted = {item.name: item for item in sorted(raises, key=lambda item: item.pin != 'keep')}
        data = parse(text)
        entries = [need for need in (*needs(data), *offered(data)) if need.path is not None and need.name in wanted]
        changed = edit(text, dict(_changes(data, entries, wanted)), path)
        for need in entries:
            if need.requirement is None and need.keys[0] != 'workspace' and _must_have(data, need):
                changed = _inserted(changed, need, wanted[need.name].version, path)
        return changed


def _span(text: str, place: VersionPlace) -> tuple[int, int] | None:
    """Where the version stands in a file with a pattern, which must fit exactly once."""
    matches = [match for match in re.finditer(place.pattern, text, re.MULTILINE) if match.re.groups]
    return matches[0].span(1) if len(matches) == 1 and matches[0].start(1) >= 0 else None


def _changes(data: Table, entries: Iterable[Need], wanted: Mapping[str, Raise]) -> Iterable[tuple[scan.Path, str]]:
    for need in entries:
        if need.requirement is not None:
            item = wanted[need.name]
            pin = 'keep' if need.kind is EdgeKind.GROUP else item.pin
            if (new := raised(need.requirement, item.version, pin)) != need.requirement:
                yield (*need.keys, 'version') if at(data, need.keys) != need.requirement else need.keys, new


def _must_have(data: Table, need: Need) -> bool:
    """Whether cargo would not package the manifest without a version of this entry."""
    package = table(data, 'package')
    return need.kind is not EdgeKind.GROUP and 'version' in package and package.get('publish') not in (False, [])


def _inserted(text: str, need: Need, version: str, path: str) -> str:
    """The text with a version beside the path of an entry: in the same braces, else on a line of its own."""
    before = parse(text)
    place = next((each for each in scan.strings(text) if each.path == (*need.keys, 'path')), None)
    if place is None:
        raise failed(path, f'needs a `version` beside the `path` of {need.keys[-1]}')
    if place.inline:
        changed = f'{text[: place.end + 1]}, version = "{version}"{text[place.end + 1 :]}'
    else:
        begin = text.rfind('\n', 0, place.start) + 1
        end = text.find('\n', place.end)
        line = text[begin:] if end < 0 else text[begin : end + 1]
        key = _PATH_KEY.sub('version', line[: line.index('=')])
        ending = '\r\n' if '\r\n' in text else '\n'
        joint = '' if line.endswith('\n') else ending
        after = begin + len(line)
        changed = f'{text[:after]}{joint}{key}= "{version}"{ending}{text[after:]}'
    return confirmed(changed, _with(before, (*need.keys, 'version'), version), path)


def _with(data: Table, keys: scan.Path, value: Any) -> Table:  # noqa: ANN401 - TOML data
    """The data with one more value."""
    key, *rest = keys
    return {**data, key: _with(data[key], tuple(rest), value) if rest else value}
