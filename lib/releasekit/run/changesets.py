# SPDX-License-Identifier: Apache-2.0
"""The changesets of a commit, and which of them came since the last release of each package."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from releasekit.core import changesets
from releasekit.core.changesets import Changeset
from releasekit.core.history import History, Released
from releasekit.core.levels import Ask, Level
from releasekit.core.package import Workspace
from releasekit.ports import Files
from releasekit.ports import History as Walker
from releasekit.spec.model import Spec

# What a changeset said at a commit, by its path and the commit.
_Before = Mapping[tuple[str, str], Mapping[str, Level]]


async def paths(spec: Spec, files: Files) -> tuple[str, ...]:
    """The paths of the changesets in a tree; none where they do not count."""
    return (
        changesets.within(spec.commits.changesets, await files.paths())
        if changesets.counted(spec.commits.convention)
        else ()
    )


async def pending(spec: Spec, workspace: Workspace, files: Files) -> tuple[Changeset, ...]:
    """The changesets in a tree.

    Raises:
        ReleaseKitError: `RK-CHANGESET-INVALID`.
    """
    return changesets.read(await files.read(await paths(spec, files)), workspace)


async def remembered(past: History, found: tuple[Changeset, ...], workspace: Workspace, walker: Walker) -> History:
    """The past with the changesets that each package's last release did not have yet.

    A prerelease leaves them where they are, and so does a release whose task has no such step: what was there at a tag,
    with the same level or a higher one, is in it.
    """
    asks = changesets.asks(found)
    releases = [(id_, release) for row in (past.released, past.stable) for id_, release in row.items() if id_ in asks]
    wanted = {(ask.path, release.commit) for id_, release in releases for ask in asks[id_]}
    before = {
        place: changesets.told(place[0], data, workspace) for place, data in (await walker.versions(wanted)).items()
    }
    return dataclasses.replace(
        past, changesets=_since(asks, past.stable, before), fresh=_since(asks, past.released, before)
    )


def _since(
    asks: Mapping[str, tuple[Ask, ...]], releases: Mapping[str, Released], before: _Before
) -> dict[str, tuple[Ask, ...]]:
    return {
        id_: tuple(ask for ask in each if not _is_in(ask, id_, releases.get(id_), before)) for id_, each in asks.items()
    }


def _is_in(ask: Ask, id_: str, release: Released | None, before: _Before) -> bool:
    if release is None:
        return False
    return before.get((ask.path, release.commit), {}).get(id_, -1) >= ask.level
