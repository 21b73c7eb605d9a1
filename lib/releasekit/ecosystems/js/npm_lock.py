# SPDX-License-Identifier: Apache-2.0
"""package-lock.json, versions 2 and 3: https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from releasekit.ecosystems.js import jsontext
from releasekit.ecosystems.js.edges import SECTIONS
from releasekit.ecosystems.js.jsontext import Object, Path, table

_REQUIRED = ('dependencies', 'optionalDependencies')


def update(text: str, path: str, manifests: Mapping[str, Object], names: Collection[str]) -> str:
    """The text with the members' versions, and what they require of each other, as their manifests have it.

    `manifests` are by folder, relative to the lock file; `names` are those of all members.

    Raises:
        ReleaseKitError: `RK-MANIFEST-INVALID` where the text is no JSON.
    """
    data = jsontext.load(text, path)
    changes: dict[Path, str] = {}
    for folder, manifest in manifests.items():
        changes.update(_entry(data, folder, manifest, names))
        changes.update(_tree(data, folder, manifest, names))
    return jsontext.replace(text, {keys: new for keys, new in changes.items() if _at(data, keys) not in {None, new}})


def _entry(data: Object, folder: str, manifest: Object, names: Collection[str]) -> Iterator[tuple[Path, str]]:
    key = '' if folder == '.' else folder
    version = manifest.get('version')
    if isinstance(version, str):
        yield ('packages', key, 'version'), version
        if not key:
            yield ('version',), version
    for section in SECTIONS:
        for name, requirement in table(manifest, section).items():
            if name in names and isinstance(requirement, str):
                yield ('packages', key, section, name), requirement


def _tree(data: Object, folder: str, manifest: Object, names: Collection[str]) -> Iterator[tuple[Path, str]]:
    """What version 2 says a second time, for npm 6."""
    name = manifest.get('name')
    if not isinstance(name, str) or table(data, 'dependencies', name).get('version') != f'file:{folder}':
        return
    for section in _REQUIRED:
        for needed, requirement in table(manifest, section).items():
            if needed in names and isinstance(requirement, str):
                yield ('dependencies', name, 'requires', needed), requirement


def _at(data: Object, keys: Path) -> str | None:
    value = table(data, *keys[:-1]).get(keys[-1])
    return value if isinstance(value, str) else None
