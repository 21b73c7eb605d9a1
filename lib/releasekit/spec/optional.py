# SPDX-License-Identifier: Apache-2.0
"""What can be left out of a release.yaml, where its value is wrong, so that rules can look at the rest.

Nothing is in here whose default would make something else look wrong, such as the root of a workspace.
"""

from __future__ import annotations

from collections.abc import Mapping

from releasekit.spec.places import Path

_TOP = frozenset({'project', 'mode', 'commits', 'checks', 'hooks', 'git', 'manifest', 'engine'})
_INSIDE: Mapping[str, frozenset[str]] = {
    'workspaces': frozenset(
        {'tool', 'exclude', 'packages', 'groups', 'version', 'pin', 'build', 'umbrella_tag', 'changelog', 'targets'}
    ),
    'targets': frozenset({'auth', 'attestations', 'provenance', 'staged'}),
}


def optional(path: Path) -> Path | None:
    """The key around a path that can be left out, or None. It is never an item of a list: others would move up."""
    if path and path[0] in _TOP:
        return _cut(path, 2)
    return _cut(path, 4) if len(path) >= 3 and path[2] in _INSIDE.get(str(path[0]), ()) else None


def _cut(path: Path, length: int) -> Path:
    kept = path[:length]
    return kept[:-1] if isinstance(kept[-1], int) else kept
