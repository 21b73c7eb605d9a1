# SPDX-License-Identifier: Apache-2.0
"""uv.lock: a pure edit of the members' own version lines; uv itself only checks it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from packaging.utils import canonicalize_name
from packaging.version import Version

_PACKAGE = re.compile(
    r'(?P<before>^\[\[package\]\]\r?\nname = "(?P<name>[^"\n]+)"\r?\nversion = ")(?P<version>[^"\n]*)'
    r'(?="\r?\nsource = \{ (?:editable|virtual|directory) = )',
    re.MULTILINE,
)


class UvLock:
    """The lock file of uv; its form is known from https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile."""

    def update(self, text: str, versions: Mapping[str, str]) -> str:
        """The text with the versions of the members of these names; a member whose version is dynamic has no line."""
        wanted: dict[str, str] = {canonicalize_name(name): str(Version(version)) for name, version in versions.items()}
        return _PACKAGE.sub(lambda found: found['before'] + wanted.get(found['name'], found['version']), text)

    def check(self, *, offline: bool) -> tuple[str, ...]:
        """The command, run beside the lock file, that succeeds where it is right."""
        return ('uv', 'lock', '--check', *(['--offline'] if offline else []))
