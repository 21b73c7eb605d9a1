# SPDX-License-Identifier: Apache-2.0
"""One member of a cargo workspace as a package: its version, whether it is published, and what it needs."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from releasekit.core.package import Dependency, EdgeKind, Package, VersionPlace
from releasekit.core.version import scheme
from releasekit.ecosystems import settings
from releasekit.ecosystems.cargo import OWN, SHARED
from releasekit.ecosystems.rust.document import invalid, resolve
from releasekit.ecosystems.rust.needs import Need, inherited, needs
from releasekit.ecosystems.toml.document import Table, strings, table
from releasekit.errors import Code, Place, ReleaseKitError, fail
from releasekit.spec.model import WorkspaceSpec

# An entry with what it inherits, and the folder of the repository that its path leads to.
_Reached = tuple[Need, 'str | None']


@dataclasses.dataclass(frozen=True)
class Member:
    """A manifest that was read."""

    folder: str
    path: str
    text: str
    data: Table

    @functools.cached_property
    def own(self) -> Table:
        """The [package] table, empty where there is none."""
        return table(self.data, 'package')

    @functools.cached_property
    def name(self) -> str:
        """The name of the package.

        Raises:
            ReleaseKitError: `RK-MANIFEST-INVALID` where it has none.
        """
        name = self.own.get('name')
        if not isinstance(name, str) or not name:
            raise invalid(self.text, self.path, f'{self.path} has no [package] table with a name.', '[package]')
        return name

    @functools.cached_property
    def needs(self) -> tuple[Need, ...]:
        """Every entry of the manifest's own tables."""
        return tuple(needs(self.data))


@dataclasses.dataclass(frozen=True)
class Shared:
    """What all packages of a workspace share.

    `offers` are the root's [workspace.dependencies] by key, `members` the names of the packages by folder.
    """

    label: str
    spec: WorkspaceSpec
    root: Member
    offers: Mapping[str, Need]
    members: Mapping[str, str]

    def inherited(self, member: Member, key: str) -> Any:  # noqa: ANN401 - TOML enters here
        """The value of a key of [package], or of [workspace.package] where the member inherits it."""
        value = member.own.get(key)
        return self.offered(key) if table(value).get('workspace') is True else value

    def offered(self, key: str) -> Any:  # noqa: ANN401 - TOML enters here
        """The value of a key of [workspace.package]."""
        return table(self.root.data, 'workspace', 'package').get(key)


def package(shared: Shared, member: Member) -> Package:
    """The package of a member.

    Raises:
        ReleaseKitError: `RK-MANIFEST-INVALID`, `RK-VERSION-INVALID`, or `RK-WORKSPACE-INVALID` where it is published
            though its users could not have what it needs.
    """
    place = _place(shared, member)
    needed = tuple(_needed(shared, member))
    found = Package(
        id=f'{shared.label}:{member.name}',
        name=member.name,
        workspace=shared.label,
        ecosystem='rust',
        path=member.folder,
        manifest=member.path,
        version=None if place is None else _version(shared, member, place),
        places=() if place is None else (place,),
        dependencies=tuple(dict.fromkeys(_edges(shared, member, needed))),
        targets=shared.spec.targets,
    )
    found = settings.overridden(found, shared.spec)
    publish = shared.inherited(member, 'publish')
    if publish is False or publish == [] or (place is None and publish is None):
        # https://doc.rust-lang.org/cargo/reference/manifest.html#the-version-field
        why = '`publish = false`' if place is not None or publish is not None else 'it has no `version`'
        return dataclasses.replace(found, publish=False, private=why)
    if (targets := _allowed(found.targets, publish)) != found.targets:
        found = dataclasses.replace(found, targets=targets)
    if found.publish and found.release and found.targets:
        _refuse_unserved(shared, member, needed)
    return found


def _allowed(targets: tuple[str, ...], publish: object) -> tuple[str, ...]:
    """The targets whose labels `publish` names, all where it names none of them: upload looks again."""
    named = tuple(label for label in targets if label in strings(publish))
    return named or targets


def _place(shared: Shared, member: Member) -> VersionPlace | None:
    version = member.own.get('version')
    if version is None:
        return None
    if table(version).get('workspace') is True:
        return VersionPlace(shared.root.path, SHARED)
    return VersionPlace(member.path, OWN)


def _version(shared: Shared, member: Member, place: VersionPlace) -> str:
    version = shared.inherited(member, 'version')
    if not isinstance(version, str):
        message = f'{member.path} has no version that is text, nor has [workspace.package] of {shared.root.path}.'
        raise invalid(member.text, member.path, message, '[package]')
    if not scheme('semver').valid(version):
        message = f'{version!r}, the version of {member.name}, is none by SemVer.'
        hint = f'Write a version such as 1.2.0 into {place.path}.'
        raise fail(Code.VERSION_INVALID, message, hint, Place(place.path))
    return version


def _needed(shared: Shared, member: Member) -> Iterator[_Reached]:
    """What a member needs, with the folder that its path leads to."""
    for need in member.needs:
        full = inherited(need, shared.offers)
        start = shared.root.folder if need.shared else member.folder
        yield full, None if full.path is None else resolve(start, full.path)


def _edges(shared: Shared, member: Member, needed: Iterable[_Reached]) -> Iterator[Dependency]:
    for need, folder in needed:
        name = shared.members.get(folder or '')
        if name is not None and name == need.name != member.name:
            yield Dependency(f'{shared.label}:{name}', need.kind, need.requirement or '', need.platform)


def _refuse_unserved(shared: Shared, member: Member, needed: Iterable[_Reached]) -> None:
    """Refuse a published package whose users would miss something: cargo wants a version beside each path.

    A bump writes the version into the package's own manifest; what all members inherit is for the user to say, for
    a version there would hold for development dependencies, too.
    """
    for need, folder in needed:
        bare = need.kind is not EdgeKind.GROUP and need.path is not None and need.requirement is None
        if bare and (need.shared or folder not in shared.members):
            raise _unserved(shared, member, need)


def _unserved(shared: Shared, member: Member, need: Need) -> ReleaseKitError:
    where = shared.root if need.shared else member
    message = f'{member.name} is published but requires {need.name} by its path alone, without a version.'
    hint = (
        f'Write `version` beside the `path` of {need.keys[-1]} in {where.path}, or set `publish = false` for '
        f'{member.name}.'
    )
    return fail(Code.WORKSPACE_INVALID, message, hint, Place(where.path))
