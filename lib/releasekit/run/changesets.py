# SPDX-License-Identifier: Apache-2.0
"""The changesets of a commit, those that came since the last release of each package, and those of the user's tree."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from releasekit.backends.files import FolderFiles, make_folder, write_atomic
from releasekit.core import changesets
from releasekit.core.added import Added, added
from releasekit.core.changesets import Changeset
from releasekit.core.documents import Findings
from releasekit.core.history import History, Released
from releasekit.core.levels import Ask, Level
from releasekit.core.package import Workspace
from releasekit.core.paths import join
from releasekit.core.uncovered import examine
from releasekit.errors import Code, fail
from releasekit.ports import Files
from releasekit.ports import History as Walker
from releasekit.run.changed import changed_paths
from releasekit.run.discover import discover
from releasekit.run.project import Project
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
    (known,) = await all_remembered([(past, found, workspace)], walker)
    return known


async def all_remembered(
    pasts: Sequence[tuple[History, tuple[Changeset, ...], Workspace]], walker: Walker
) -> list[History]:
    """The same of several commits, each with its past, its changesets and its packages, in one go."""
    asking = [changesets.asks(found) for _, found, _ in pasts]
    places = [_places(past, asks) for (past, _, _), asks in zip(pasts, asking, strict=True)]
    texts = await walker.versions({place for each in places for place in each})
    known: list[History] = []
    for (past, _, workspace), asks, wanted in zip(pasts, asking, places, strict=True):
        before = {place: changesets.told(place[0], texts[place], workspace) for place in wanted if place in texts}
        since = _since(asks, past.stable, before)
        known.append(dataclasses.replace(past, changesets=since, fresh=_since(asks, past.released, before)))
    return known


def _places(past: History, asks: Mapping[str, tuple[Ask, ...]]) -> set[tuple[str, str]]:
    """The changesets at the last releases of their packages, by path and commit."""
    releases = [(id_, release) for row in (past.released, past.stable) for id_, release in row.items() if id_ in asks]
    return {(ask.path, release.commit) for id_, release in releases for ask in asks[id_]}


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


def refuse_uncounted(spec: Spec) -> None:
    """Refuse to work on changesets that nobody would count.

    Raises:
        ReleaseKitError: `RK-SPEC-INVALID`.
    """
    if not changesets.counted(spec.commits.convention):
        message = f'Changesets do not count here: `commits.convention` is {spec.commits.convention}.'
        raise fail(Code.SPEC_INVALID, message, 'Set `commits.convention` in release.yaml to `changesets` or `both`.')


async def in_tree(project: Project) -> dict[str, str]:
    """The texts of the changesets in the user's tree, by path, committed or not."""
    folder = changesets.placed(project.spec.commits.changesets)
    here = project.root / folder
    names = sorted(path.name for path in here.iterdir()) if here.is_dir() else []
    paths = changesets.within(folder, [join(folder, name) for name in names])
    found = await FolderFiles(project.root).read(paths)
    return {path: data.decode('utf-8', 'replace') for path, data in found.items()}


async def add(project: Project, workspace: Workspace, levels: Mapping[str, Level], summary: str) -> Added:
    """The changeset that these levels make, as a file that is not written yet.

    Raises:
        ReleaseKitError: `RK-SPEC-INVALID` where changesets do not count.
    """
    refuse_uncounted(project.spec)
    return added(project.spec.commits.changesets, workspace, levels, summary, await in_tree(project))


def write(project: Project, made: Added) -> None:
    """Write a changeset into the user's tree.

    Raises:
        ReleaseKitError: `RK-PATH-OUTSIDE` where its folder lies outside of the repository, `RK-DISK-FAILED`.
    """
    path = project.root / made.path
    if not path.resolve().is_relative_to(project.root.resolve()):
        hint = 'Set `commits.changesets` to a folder of the repository.'
        raise fail(Code.PATH_OUTSIDE, f'{made.path} lies outside the repository.', hint)
    make_folder(path.parent)
    write_atomic(path, made.text.encode())


async def check(project: Project, since: str) -> Findings:
    """The packages that changed since a commit, in history or in the user's tree, without a new changeset.

    Where no commit is named, it is the branch that releases are made from, as the remote has it.

    Raises:
        ReleaseKitError: `RK-USAGE` where there is no such commit, `RK-CHANGESET-INVALID`.
    """
    refuse_uncounted(project.spec)
    since = since or await _usual(project)
    workspace = await discover(project)
    paths = await changed_paths(project, since)
    new = changesets.within(project.spec.commits.changesets, paths)
    found = changesets.read(await FolderFiles(project.root).read(new), workspace)
    return examine(project.spec, workspace, paths, found, since)


async def _usual(project: Project) -> str:
    rules = project.spec.project
    branch = rules.branch or await project.remote.default_branch(rules.remote)
    for name in (f'{rules.remote}/{branch}', branch) if branch is not None else ():
        if await project.repository.resolve(name) is not None:
            return name
    raise fail(Code.USAGE, 'No branch is known that this change goes to.', 'Give `--since REF`, such as origin/main.')
