# SPDX-License-Identifier: Apache-2.0
"""Where a Cargo.toml holds a version; packages of other ecosystems may take theirs from there.

https://doc.rust-lang.org/cargo/reference/workspaces.html#the-package-table
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from releasekit.core.package import VersionPlace
from releasekit.ecosystems.toml import scan
from releasekit.ecosystems.toml.document import parse, table
from releasekit.ecosystems.toml.edit import at, edit

MANIFEST = 'Cargo.toml'
# A package's own version, and the one that the members of a workspace inherit.
OWN, SHARED = 'cargo', 'cargo-workspace'
PLACES: Mapping[str, scan.Path] = {OWN: ('package', 'version'), SHARED: ('workspace', 'package', 'version')}


def read(text: str, place: VersionPlace) -> str | None:
    """The version at a place of one of these forms, None where there is none."""
    value = at(parse(text), PLACES[place.form])
    return value if isinstance(value, str) else None


def write(text: str, place: VersionPlace, version: str) -> str:
    """The text with another version at a place of one of these forms, where there is one.

    Raises:
        ReleaseKitError: `RK-EDIT-FAILED` where the text cannot be edited without other changes.
    """
    return edit(text, {PLACES[place.form]: version}, place.path)


def above(path: str) -> tuple[str, ...]:
    """The paths of a manifest and of all that may be the root of its workspace, nearest first."""
    folders = [posixpath.dirname(path)]
    while folders[-1]:
        folders.append(posixpath.dirname(folders[-1]))
    return tuple(posixpath.join(folder, MANIFEST) for folder in folders)


def place(path: str, texts: Mapping[str, str]) -> VersionPlace | None:
    """The place of the version of the package at a manifest, None where it has none.

    `texts` are those of the manifests `above` it that there are.

    Raises:
        tomllib.TOMLDecodeError: A text is no TOML.
    """
    own = table(parse(texts[path]), 'package')
    if table(own.get('version')).get('workspace') is not True:
        return VersionPlace(path, OWN) if isinstance(own.get('version'), str) else None
    roots = (each for each in above(path) if each in texts and 'workspace' in parse(texts[each]))
    root = next(roots, None)
    found = None if root is None else VersionPlace(root, SHARED)
    return found if found is not None and read(texts[found.path], found) is not None else None
