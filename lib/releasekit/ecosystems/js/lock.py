# SPDX-License-Identifier: Apache-2.0
"""The lock files of npm, pnpm and yarn: pure edits of the members' own lines; the tools only check them."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from releasekit import lazy
from releasekit.ecosystems.base import Tree
from releasekit.ecosystems.js import layout
from releasekit.ecosystems.js.layout import MANIFEST, Tool

if TYPE_CHECKING:
    from releasekit.ecosystems.js import jsontext, npm_lock, pnpm_lock, settings, yarn_lock
else:
    jsontext = lazy.module('releasekit.ecosystems.js.jsontext')
    npm_lock = lazy.module('releasekit.ecosystems.js.npm_lock')
    pnpm_lock = lazy.module('releasekit.ecosystems.js.pnpm_lock')
    settings = lazy.module('releasekit.ecosystems.js.settings')
    yarn_lock = lazy.module('releasekit.ecosystems.js.yarn_lock')

# npm 11 passes over versions and ranges of members that differ from the lock file, and refuses what else does. yarn
# has no check that writes nothing: what it writes beside the lock file is not tracked, or not changed.
_CHECKS: Mapping[Tool, tuple[str, ...]] = {
    Tool.NPM: ('npm', 'ci', '--dry-run', '--ignore-scripts', '--no-audit', '--no-fund'),
    Tool.PNPM: ('pnpm', 'install', '--frozen-lockfile', '--lockfile-only', '--ignore-scripts'),
    Tool.YARN: ('yarn', 'install', '--immutable', '--mode=skip-build'),
}
_CATALOGS: Mapping[Tool, str] = {Tool.PNPM: layout.PNPM_WORKSPACE, Tool.YARN: layout.YARNRC}


class Locks:
    """The lock files; keeps nothing."""

    def reads(self, tree: Tree) -> Collection[str]:
        """The lock file, and the manifests and catalogs that it repeats; nothing where there is no lock file."""
        if tree.lock is None:
            return ()
        beside = {_join(tree.root, name) for name in (MANIFEST, *_CATALOGS.values())} & frozenset(tree.paths)
        return sorted({tree.lock, *beside, *(package.manifest for package in tree.packages)})

    def edits(self, tree: Tree) -> Mapping[str, str]:
        """The lock file with the versions and requirements of members as the manifests now have them."""
        if tree.lock is None:
            return {}
        texts = {path: jsontext.decode(content, path) for path, content in tree.files.items()}
        manifests = {
            posixpath.relpath(posixpath.dirname(path) or '.', tree.root): jsontext.load(text, path)
            for path, text in texts.items()
            if posixpath.basename(path) == MANIFEST
        }
        names = frozenset(package.name for package in tree.packages)
        text, tool = texts[tree.lock], layout.of_lock(tree.lock)
        if tool is Tool.NPM:
            return {tree.lock: npm_lock.update(text, tree.lock, manifests, names)}
        beside = _join(tree.root, _CATALOGS[tool])
        catalogs = settings.read(texts[beside], beside).catalogs if beside in texts else {}
        if tool is Tool.YARN:
            return {tree.lock: yarn_lock.update(text, manifests, catalogs)}
        return {tree.lock: pnpm_lock.update(text, manifests, names, catalogs)}

    def check(self, lock: str, *, offline: bool) -> tuple[str, ...]:
        """The command, run beside the lock file, that succeeds where it is right.

        yarn has no flag that keeps it from the network; what it needs for members alone it has.
        """
        tool = layout.of_lock(lock)
        return (*_CHECKS[tool], *(('--offline',) if offline and tool is not Tool.YARN else ()))


def _join(folder: str, name: str) -> str:
    return name if folder == '.' else f'{folder}/{name}'
