# SPDX-License-Identifier: Apache-2.0
"""Units: the packages that get one version together, and which version that is."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Iterable, Mapping, Sequence

from releasekit.core.groups import Membership, memberships
from releasekit.core.history import History
from releasekit.core.levels import Level
from releasekit.core.package import Package, Workspace
from releasekit.core.version import VersionScheme, scheme, spelled
from releasekit.errors import Code, ReleaseKitError, fail
from releasekit.spec.model import Spec, VersionRules


@dataclasses.dataclass(frozen=True, slots=True)
class Unit:
    """Packages with one version: the members of the fixed group `group`, those of one place, or a single package.

    `link` is the linked group that the package is in.
    """

    members: tuple[Package, ...]
    group: Membership | None = None
    link: Membership | None = None

    @property
    def key(self) -> str:
        """What tells units apart: the id of the first member."""
        return self.members[0].id

    @property
    def workspace(self) -> str:
        """The label of the workspace whose rules decide: the one that declares the group, where it has members in it.

        Else that of the first member whose own manifest holds the version.
        """
        if self.group is not None and any(member.workspace == self.group.label for member in self.members):
            return self.group.label
        owners = (member for member in self.members if any(place.path == member.manifest for place in member.places))
        return next(owners, self.members[0]).workspace


def units(spec: Spec, workspace: Workspace, allowed: frozenset[str]) -> tuple[Unit, ...]:
    """Divide the packages of the allowed ids, sorted by key; packages whose version is at one place are one unit.

    Raises:
        ReleaseKitError: `RK-SPEC-INVALID` for a package, or packages of one version, in two groups.
    """
    packages = workspace.select(allowed)
    groups = memberships(spec, packages)
    tied: dict[Hashable, str] = {}
    joined = {package.id: package.id for package in packages}
    for package in packages:
        ties: list[Hashable] = list(package.places)
        if (group := groups.get(package.id)) is not None and group.versioning == 'fixed':
            ties.append(group)
        for tie in ties:
            _join(joined, tied.setdefault(tie, package.id), package.id)
    members: dict[str, list[Package]] = {}
    for package in packages:
        members.setdefault(_first(joined, package.id), []).append(package)
    return tuple(_unit(together, groups) for _, together in sorted(members.items()))


def _unit(members: Sequence[Package], groups: Mapping[str, Membership]) -> Unit:
    found = [groups[member.id] for member in members if member.id in groups]
    linked = {group for group in found if group.versioning == 'linked'}
    if len(linked) > 1:
        names = ', '.join(member.id for member in members)
        message = f'{names} have one version, but are in the linked groups {" and ".join(sorted(map(_name, linked)))}.'
        raise fail(Code.SPEC_INVALID, message, 'Join these groups, or let the globs of one only fit them.')
    fixed = next((group for group in found if group.versioning == 'fixed'), None)
    return Unit(tuple(members), fixed, next(iter(linked), None))


def _name(group: Membership) -> str:
    return group.name


def _first(joined: Mapping[str, str], id_: str) -> str:
    while joined[id_] != id_:
        id_ = joined[id_]
    return id_


def _join(joined: dict[str, str], one: str, other: str) -> None:
    """Put two packages into one unit, which is named after the smaller id."""
    first, second = sorted((_first(joined, one), _first(joined, other)))
    joined[second] = first


@dataclasses.dataclass(frozen=True, slots=True)
class Wanted:
    """What decides a unit's version beside its past: a level, and what outranks it."""

    level: Level
    forced: bool = False
    set: tuple[str, ...] = ()
    release_as: tuple[str, ...] = ()
    channel: str | None = None
    promoted: bool = False


@dataclasses.dataclass(frozen=True)
class Past:
    """The past of a unit: its newest release, its newest stable one, and what its manifests say; `day` is today."""

    scheme: VersionScheme
    rules: VersionRules
    members: tuple[Package, ...]
    newest: str | None
    stable: str | None
    day: str = ''

    def version(self, wanted: Wanted) -> str:
        """The next version of the unit.

        Raises:
            ReleaseKitError: `RK-VERSION-INVALID` where it would not be above what is released.
        """
        if wanted.set:
            return self._grown(self._highest(wanted.set))
        # Another date is no reason against a candidate: it becomes the version that it is a candidate for.
        dated = wanted.promoted and self.scheme.calendar is not None
        base = self.scheme.stable_part(self.newest) if dated and self.newest else self._base(wanted)
        if (by_hand := self._by_hand) is not None:
            base = self._highest([base, by_hand])
        if self.newest is not None and self.scheme.is_prerelease(self.newest):
            candidate = self.scheme.stable_part(self.newest)
            base = self._highest([base, candidate])
            if wanted.promoted and base != candidate:
                raise self._outgrown(base, candidate)
        if wanted.channel is not None:
            return self.scheme.prerelease(self.scheme.stable_part(base), wanted.channel, self.newest)
        return self._grown(base)

    def won_by_hand(self, wanted: Wanted, package: Package) -> bool:
        """Whether a package's manifest outranks what else decides the version."""
        by_hand, version = self._by_hand, self._manifest(package)
        if wanted.set or by_hand is None or version is None:
            return False
        won = self.scheme.key(by_hand) > self.scheme.key(self._base(wanted))
        return won and self.scheme.parse(version).lasting == by_hand

    def _manifest(self, package: Package) -> str | None:
        """The version in the manifest of a member, in the scheme of the unit."""
        return next(member.version for member in self.members if member.id == package.id)

    @property
    def _by_hand(self) -> str | None:
        """The highest manifest, without the mark of a development build, if it is above the newest release."""
        if self.newest is None:
            return None
        above = self.scheme.key(self.newest)
        found = [self.scheme.parse(member.version).lasting for member in self.members if member.version is not None]
        found = [version for version in found if self.scheme.key(version) > above]
        return self._highest(found) if found else None

    @property
    def is_candidate(self) -> bool:
        """Whether the newest release is a prerelease."""
        return self.newest is not None and self.scheme.is_prerelease(self.newest)

    def follows(self, channel: str | None) -> bool:
        """Whether a prerelease of a name would come after one of another name: 1.3.0-beta.1 after 1.3.0-alpha.2."""
        before = None if self.newest is None else self.scheme.parse(self.newest)
        if channel is None or before is None or not before.channel:
            return False
        return (
            self.scheme.parse(self.scheme.prerelease(self.scheme.stable_part(before.text), channel, None)).channel
            != before.channel
        )

    def set_by_hand(self, package: Package) -> bool:
        """Whether a package's manifest alone asks for a release: above what is released, and no development build."""
        if (version := self._manifest(package)) is None or self.newest is None:
            return False
        read = self.scheme.parse(version)
        return read.lasting == read.text and read.key > self.scheme.key(self.newest)

    def _base(self, wanted: Wanted) -> str:
        if wanted.release_as and not wanted.forced:
            return self._highest(wanted.release_as)
        if self.newest is None:
            first = self._highest(
                self.scheme.first(member.version, self.rules.initial, self.day) for member in self.members
            )
            # The version of a day is what every level leads to.
            return self._bump(first, wanted.level) if wanted.forced and self.scheme.calendar is None else first
        if self.stable is None:
            moves = wanted.forced or self.scheme.calendar is not None
            return self._bump(self.newest, wanted.level) if moves else self.scheme.stable_part(self.newest)
        return self._bump(self.stable, wanted.level)

    def _bump(self, version: str, level: Level) -> str:
        if level is Level.NONE:
            return version
        return self.scheme.bump(version, level.bump, major_on_zero=self.rules.major_on_zero, day=self.day)

    def _highest(self, versions: Iterable[str]) -> str:
        return max((self.scheme.parse(version).text for version in versions), key=self.scheme.key)

    def _outgrown(self, version: str, candidate: str) -> ReleaseKitError:
        names = ', '.join(member.id for member in self.members)
        message = f'{self.newest} of {names} cannot become {candidate}: what came since asks for {version}.'
        hint = 'Release another prerelease, and promote that; or release the stable version with `release`.'
        return fail(Code.VERSION_INVALID, message, hint)

    def _grown(self, version: str) -> str:
        if self.newest is not None and self.scheme.key(version) <= self.scheme.key(self.newest):
            names = ', '.join(member.id for member in self.members)
            message = f'{version} of {names} would not be above {self.newest}, which is released.'
            raise fail(Code.VERSION_INVALID, message, f'Ask for a version above {self.newest}.')
        return version


def past(unit: Unit, spec: Spec, history: History) -> Past:
    """Gather the past of a unit, in the scheme of its own workspace."""
    rules = spec.workspaces[unit.workspace].version
    scheme_ = scheme(history.schemes[unit.workspace])
    schemes = {member.id: scheme(history.schemes[member.workspace]) for member in unit.members}
    members = tuple(
        member
        if member.version is None
        else dataclasses.replace(member, version=spelled(member.version, schemes[member.id], scheme_))
        for member in unit.members
    )
    released, stable = (
        [spelled(known[member.id].version, schemes[member.id], scheme_) for member in members if member.id in known]
        for known in (history.released, history.stable)
    )
    return Past(scheme_, rules, members, _newest(scheme_, released), _newest(scheme_, stable), history.day)


def _newest(scheme_: VersionScheme, versions: Iterable[str]) -> str | None:
    return max(versions, key=scheme_.key, default=None)
