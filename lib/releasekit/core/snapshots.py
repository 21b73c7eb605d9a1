# SPDX-License-Identifier: Apache-2.0
"""Snapshots: what a commit would release, under versions and on a channel of their own; never tagged, never pushed.

A snapshot of a version comes before it: `1.4.0-snapshot.20261129143000.abc1234`, or `1.4.0.dev20261129143000` where the
scheme is PEP 440, of which registries take no local version
(https://packaging.python.org/en/latest/specifications/version-specifiers/).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping

from releasekit.core.decide import Decision
from releasekit.core.package import Workspace
from releasekit.core.plan import PlannedPackage, Reason
from releasekit.core.version import scheme

TASK = 'snapshot'
CHANNEL = 'snapshot'
TIME, COMMIT = 'time', 'commit'
_PULL_REQUEST = 'pr-'
_SHORT = 7


@dataclasses.dataclass(frozen=True, slots=True)
class Stamp:
    """What tells a snapshot from others: identifiers as of SemVer, and a number where a scheme takes only that."""

    words: str
    number: int


def of_pull_request(number: str) -> str:
    """What `Inputs.snapshot` is for a pull request."""
    return _PULL_REQUEST + number


def stamp(kind: str, commit: str, moment: str) -> Stamp:
    """The stamp of a commit; `kind` is that of `Inputs.snapshot`, `moment` the plan's time as 14 digits, UTC."""
    short = commit[:_SHORT]
    # Rule 9 of SemVer: what is all digits is a number, and one does not begin with 0.
    word = f'g{short}' if short.isdigit() else short
    if kind == COMMIT:
        return Stamp(word, int(short, 16))
    if kind.startswith(_PULL_REQUEST):
        number = kind.removeprefix(_PULL_REQUEST)
        return Stamp(f'pr{number}.{moment}.{word}', int(number + moment))
    return Stamp(f'{moment}.{word}', int(moment))


def apply(
    decision: Decision, workspace: Workspace, schemes: Mapping[str, str], mark: Stamp, tagged: Collection[str]
) -> Decision:
    """The decision with the versions of snapshots, and no tags.

    Packages of the ecosystems in `tagged` are published by their tags alone: of them there are no snapshots.
    """
    kept = [package for package in decision.packages if package.ecosystem not in tagged]
    versions = {package.id: _version(package, workspace, schemes, mark) for package in kept}
    left_out = {package.id for package in decision.packages} - versions.keys()
    return Decision(
        packages=tuple(_snapshot(package, versions, schemes) for package in kept),
        unchanged=tuple(sorted({*decision.unchanged, *left_out})),
    )


def _snapshot(package: PlannedPackage, versions: Mapping[str, str], schemes: Mapping[str, str]) -> PlannedPackage:
    version = versions[package.id]
    bump = scheme(schemes[package.workspace]).bump_kind(package.released, version)
    reasons = tuple(_renamed(reason, versions) for reason in package.reasons)
    return dataclasses.replace(package, next=version, bump=bump, tag='', reasons=reasons)


def _renamed(reason: Reason, versions: Mapping[str, str]) -> Reason:
    needed = versions.get(reason.package or '')
    return reason if needed is None else dataclasses.replace(reason, detail=needed)


def _version(package: PlannedPackage, workspace: Workspace, schemes: Mapping[str, str], mark: Stamp) -> str:
    own = scheme(schemes[package.workspace])
    stable = own.stable_part(package.next)
    if own.grammar == 'semver' and not _in_two_worlds(package.id, workspace, schemes):
        return f'{stable}-{CHANNEL}.{mark.words}'
    return own.suffixed(stable, 'dev', mark.number)


def _in_two_worlds(id_: str, workspace: Workspace, schemes: Mapping[str, str]) -> bool:
    """Whether a package has its version at a place that one of another scheme reads, too."""
    package = workspace.by_id[id_]
    return any(
        scheme(schemes[other.workspace]).grammar != scheme(schemes[package.workspace]).grammar
        and not set(package.places).isdisjoint(other.places)
        for other in workspace.packages
    )
