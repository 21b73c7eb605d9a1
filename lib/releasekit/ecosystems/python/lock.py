# SPDX-License-Identifier: Apache-2.0
"""uv.lock: a pure edit of the members' own version lines; uv itself only checks it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from packaging.utils import canonicalize_name
from packaging.version import Version

from releasekit.ecosystems.base import Tree

_PACKAGE = re.compile(
    r'(?P<before>^\[\[package\]\]\r?\nname = "(?P<name>[^"\n]+)"\r?\nversion = ")(?P<version>[^"\n]*)'
    r'(?="\r?\nsource = \{ (?:editable|virtual|directory) = )',
    re.MULTILINE,
)


class UvLock:
    """The lock file of uv; its form is known from https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile."""

    def reads(self, tree: Tree) -> Collection[str]:
        """The lock file, where there is one."""
        return () if tree.lock is None else (tree.lock,)

    def edits(self, tree: Tree) -> Mapping[str, str]:
        """The lock file with the new versions of members; a member whose version is dynamic has no line."""
        versions = {package.name: tree.versions[package.id] for package in tree.packages if package.id in tree.versions}
        return {path: update(tree.files[path].decode(), versions) for path in self.reads(tree)}

    def check(self, lock: str, *, offline: bool) -> tuple[str, ...]:
        """The command, run beside the lock file, that succeeds where it is right."""
        return ('uv', 'lock', '--check', *(['--offline'] if offline else []))


def update(text: str, versions: Mapping[str, str]) -> str:
    """The text of a lock file with the versions of the members of these names."""
    wanted: dict[str, str] = {canonicalize_name(name): str(Version(version)) for name, version in versions.items()}
    return _PACKAGE.sub(lambda found: found['before'] + wanted.get(found['name'], found['version']), text)
