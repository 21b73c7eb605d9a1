# SPDX-License-Identifier: Apache-2.0
"""Edits of package.json and of the files that hold catalogs: text in, text out, the rest byte for byte."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from releasekit import lazy
from releasekit.core.package import EdgeKind, VersionPlace
from releasekit.ecosystems.base import Raise
from releasekit.errors import Code, Place, ReleaseKitError, fail
from releasekit.spec.model import Pin

if TYPE_CHECKING:
    from releasekit.ecosystems.js import edges, jsontext, requirement, settings
else:
    edges = lazy.module('releasekit.ecosystems.js.edges')
    jsontext = lazy.module('releasekit.ecosystems.js.jsontext')
    requirement = lazy.module('releasekit.ecosystems.js.requirement')
    settings = lazy.module('releasekit.ecosystems.js.settings')

_VERSION = ('version',)
_KEPT = frozenset({EdgeKind.PEER, EdgeKind.GROUP})


class Manifests:
    """Reads and edits manifests; keeps nothing."""

    def read_version(self, text: str, place: VersionPlace) -> str | None:
        """The version that a file holds at a place, None where it holds none or more than one."""
        if place.form == 'package':
            value = jsontext.load(text, place.path).get('version')
            return value if isinstance(value, str) else None
        span = _span(text, place)
        return text[slice(*span)] if span else None

    def set_version(self, text: str, place: VersionPlace, version: str) -> str:
        """The text with another version at a place.

        Raises:
            ReleaseKitError: `RK-EDIT-FAILED` where the place is not there.
        """
        before = self.read_version(text, place)
        if before is None:
            raise _failed(place.path, 'holds no version where one is expected, or more than one')
        if before == version:
            return text
        if place.form == 'package':
            changed = jsontext.replace(text, {_VERSION: version})
        else:
            span = _span(text, place)
            changed = text[: span[0]] + version + text[span[1] :] if span else text
        if self.read_version(changed, place) != version:
            raise _failed(place.path, f'does not give {version} back after it was written')
        return changed

    def set_requirements(self, text: str, raises: Sequence[Raise], path: str) -> str:
        """The text with the requirements raised, in every section of a manifest or in the catalogs of another file.

        Peers and development dependencies only change where they no longer admit the version, whatever the pin.

        Raises:
            ReleaseKitError: `RK-MANIFEST-INVALID`.
        """
        if not raises:
            return text
        if not path.endswith('.json'):
            return settings.set_requirements(text, raises, path)
        data = jsontext.load(text, path)
        wanted = _by_name(raises)
        values: dict[jsontext.Path, str] = {}
        for section, kind in edges.SECTIONS.items():
            for name, old in jsontext.table(data, section).items():
                item = wanted.get(requirement.read(old).name or name) if isinstance(old, str) else None
                if item is not None:
                    pin: Pin = 'keep' if kind in _KEPT else item.pin
                    values[section, name] = requirement.follow(old, item.version, pin)
        changes = {keys: new for keys, new in values.items() if data[keys[0]][keys[1]] != new}
        return jsontext.replace(text, changes)


def _by_name(raises: Sequence[Raise]) -> Mapping[str, Raise]:
    """One for each name: where a package is needed in several ways, the one that says more than `keep`."""
    return {item.name: item for item in sorted(raises, key=lambda item: item.pin != 'keep')}


def _span(text: str, place: VersionPlace) -> tuple[int, int] | None:
    """Where the first group of a pattern stands, which must fit exactly once."""
    matches = [match for match in re.finditer(place.pattern, text, re.MULTILINE) if match.re.groups]
    return matches[0].span(1) if len(matches) == 1 and matches[0].start(1) >= 0 else None


def _failed(path: str, why: str) -> ReleaseKitError:
    hint = f'Make the change in {path} by hand and commit it; a manifest that already says so is left alone.'
    return fail(Code.EDIT_FAILED, f'{path} {why}.', hint, Place(path))
