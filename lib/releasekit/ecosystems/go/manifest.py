# SPDX-License-Identifier: Apache-2.0
"""Edits of go.mod, and of files that hold a version: words are replaced, everything else stays byte for byte.

A requirement of Go is the least version that will do, so that `minimum`, `compatible` and `exact` are one: the version
itself. It never goes down. `keep` leaves what admits the version; what a release must have then is raised with the
other files that follow it, in `sources`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from releasekit import lazy
from releasekit.core.package import VersionPlace
from releasekit.ecosystems.base import Raise
from releasekit.ecosystems.go.versions import GoVersions
from releasekit.errors import Code, Place, fail

if TYPE_CHECKING:
    from releasekit.ecosystems.go import gomod, modpath
else:
    gomod = lazy.module('releasekit.ecosystems.go.gomod')
    modpath = lazy.module('releasekit.ecosystems.go.modpath')


class GoMods:
    """Reads and edits go.mod; keeps nothing."""

    def read_version(self, text: str, place: VersionPlace) -> str | None:
        """The version that a file holds at a place, None where it holds none or more than one."""
        found = _span(text, place)
        return text[slice(*found)] if found else None

    def set_version(self, text: str, place: VersionPlace, version: str) -> str:
        """The text with another version at a place.

        Raises:
            ReleaseKitError: `RK-EDIT-FAILED` where the place is not there.
        """
        found = _span(text, place)
        changed = text[: found[0]] + version + text[found[1] :] if found else text
        if found is None or self.read_version(changed, place) != version:
            hint = f'Make the pattern in release.yaml fit {place.path} once.'
            message = f'{place.path} holds no version where one is expected, or more than one.'
            raise fail(Code.EDIT_FAILED, message, hint, Place(place.path))
        return changed

    def set_requirements(self, text: str, raises: Sequence[Raise], path: str) -> str:
        """The text with the requirements raised that are of the same major version; the others are `sources`' own.

        Raises:
            ReleaseKitError: `RK-MANIFEST-INVALID`.
        """
        wanted = {item.name: item.version for item in raises if item.pin != 'keep'}
        module = gomod.parse(text, path)
        versions = {
            each.path: wanted[name]
            for each in module.requires
            if (name := modpath.name_of(each.path)) in wanted and GoVersions().allows(each.version, wanted[name])
        }
        return with_versions(text, module, versions)


def with_versions(text: str, module: gomod.Module, versions: Mapping[str, str]) -> str:
    """The text of a module with these paths required at these versions (without the `v`), or higher ones."""
    changes = []
    for require in module.requires:
        version = 'v' + versions[require.path] if require.path in versions else require.version
        if modpath.version_key(version) > modpath.version_key(require.version):
            changes.append((require.line.words[1], version))
    return gomod.spliced(text, changes)


def _span(text: str, place: VersionPlace) -> tuple[int, int] | None:
    """Where the version stands: the first group of a pattern that fits exactly once."""
    matches = [match for match in re.finditer(place.pattern, text, re.MULTILINE) if match.re.groups]
    return matches[0].span(1) if len(matches) == 1 and matches[0].start(1) >= 0 else None
