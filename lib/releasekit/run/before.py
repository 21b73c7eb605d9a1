# SPDX-License-Identifier: Apache-2.0
"""The files before releases of the past: the packages that there were, and the changesets that waited."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence

from releasekit.core.changesets import Changeset, read, told
from releasekit.core.line import Line
from releasekit.core.package import Package, Workspace
from releasekit.core.replay import Moment, Seen
from releasekit.ecosystems import ECOSYSTEMS
from releasekit.errors import ReleaseKitError
from releasekit.ports import Files
from releasekit.run import changesets
from releasekit.run.discover import discover_in
from releasekit.run.project import Project


async def before(
    project: Project, line: Line, moments: Sequence[Moment], releases: Collection[str]
) -> AsyncIterator[Seen | ReleaseKitError]:
    """The packages and changesets before each release, or why they cannot be known.

    Where a release's own commit raises a version, those of its parent: what a release writes into requirements must
    not decide whether it was needed. Without such a commit, those that the tag stands for. `releases` are the commits
    of all tags.
    """
    asked_for = [(moment, commit) for moment in moments for commit in _around(moment, line, releases)]
    owners = [moment for moment, _ in asked_for]
    look: _Look | None = None
    number = 0
    async for files in project.repository.trees([commit for _, commit in asked_for]):
        moment = owners[number]
        look = _Look(project, moment) if look is None else look
        await look.take(files)
        number += 1
        if number == len(owners) or owners[number] is not moment:
            yield look.seen()
            look = None


def _around(moment: Moment, line: Line, releases: Collection[str]) -> tuple[str, ...]:
    """The commits whose files say what there was before a release: first those before it, if they may be it."""
    if moment.own:
        return (moment.tip,)
    first = moment.commits[0]
    consuming = line.consuming(first, releases)
    earlier = () if consuming is None else line.parents[consuming][:1]
    return tuple(dict.fromkeys((*earlier, *line.parents[first][:1], first)))


class _Look:
    """What is found before one release, tree by tree."""

    def __init__(self, project: Project, moment: Moment) -> None:
        self._project = project
        self._moment = moment
        self._found: Workspace | ReleaseKitError = Workspace(())
        self._texts: Mapping[str, bytes] = {}
        self._changesets: list[Mapping[str, bytes]] = []

    async def take(self, files: Files) -> None:
        """Look at the next tree."""
        found = self._found
        if not isinstance(found, Workspace) or not await _bumped(found, self._moment, self._texts, files):
            self._found = found = await _packages(self._project, files)
            places = _places(found, self._moment) if isinstance(found, Workspace) else []
            self._texts = await files.read(places)
            if places:
                # Whoever took changesets away before then, and raised no version, did not release them.
                self._changesets.clear()
        self._changesets.append(await files.read(await changesets.paths(self._project.spec, files)))

    def seen(self) -> Seen | ReleaseKitError:
        """What came of it."""
        if not isinstance(self._found, Workspace):
            return self._found
        try:
            return Seen(self._moment, self._found, self._waiting(self._found))
        except ReleaseKitError as error:
            return error

    def _waiting(self, workspace: Workspace) -> tuple[Changeset, ...]:
        """The changesets: those of the first tree that has some which the last one lacks, or says less of.

        Raises:
            ReleaseKitError: `RK-CHANGESET-INVALID`.
        """
        last = self._changesets[-1]
        taken = (texts for texts in self._changesets[:-1] if _has_more(texts, last, workspace))
        return read(next(taken, last), workspace)


def _has_more(texts: Mapping[str, bytes], later: Mapping[str, bytes], workspace: Workspace) -> bool:
    for path, data in texts.items():
        if path not in later:
            return True
        if data != later[path] and told(path, data, workspace).keys() - told(path, later[path], workspace).keys():
            return True
    return False


async def _packages(project: Project, files: Files) -> Workspace | ReleaseKitError:
    try:
        return (await discover_in(project.spec, files)).workspace
    except ReleaseKitError as error:
        return error


async def _bumped(workspace: Workspace, moment: Moment, before: Mapping[str, bytes], files: Files) -> bool:
    """Whether the version of a package that was released differs from the one in some files before."""
    after = await files.read(_places(workspace, moment))
    return any(_version(package, before) != _version(package, after) for package in workspace.select(moment.tagged))


def _places(workspace: Workspace, moment: Moment) -> list[str]:
    return sorted({place.path for package in workspace.select(moment.tagged) for place in package.places})


def _version(package: Package, files: Mapping[str, bytes]) -> list[str | None]:
    """What the places of a package's version hold; None where there is no version."""
    part = ECOSYSTEMS[package.ecosystem].manifest
    found: list[str | None] = []
    for place in package.places:
        text = files.get(place.path, b'').decode('utf-8', 'replace')
        try:
            found.append(part.read_version(text, place))
        except ReleaseKitError:
            found.append(None)
    return found
