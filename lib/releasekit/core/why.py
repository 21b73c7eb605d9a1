# SPDX-License-Identifier: Apache-2.0
"""Says why a package is released, or why not: the chain from commits over packages and edges to versions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from releasekit.core.asked import unknown
from releasekit.core.evidence import Evidence
from releasekit.core.package import EdgeKind, Workspace
from releasekit.core.plan import PlannedPackage, Reason, ReasonKind

_INDENT = '  '


class _Released(Protocol):
    """What a plan and a decision have in common."""

    @property
    def packages(self) -> tuple[PlannedPackage, ...]: ...


def why(plan: _Released, workspace: Workspace, package_id: str, evidence: Evidence | None = None) -> tuple[str, ...]:
    """The lines that explain a package, indented by how far a reason is away from it.

    With `evidence`, what the plan was decided on, files are named, and commits that ask for nothing.

    Raises:
        ReleaseKitError: `RK-PACKAGE-UNKNOWN`.
    """
    if package_id not in workspace.by_id:
        raise unknown(package_id, workspace.packages)
    planned = {package.id: package for package in plan.packages}
    if package_id in planned:
        return tuple(_Chain(planned, workspace, evidence).of(package_id, 0))
    return tuple(_why_not(planned, workspace, package_id, evidence))


def headline(package: PlannedPackage) -> str:
    """A package with its versions and the kind of the bump."""
    return f'{package.id} {package.released or "(new)"} → {package.next} ({package.bump})'


class _Chain:
    """Follows the reasons of a package to those of others; each is told once."""

    def __init__(self, planned: Mapping[str, PlannedPackage], workspace: Workspace, evidence: Evidence | None) -> None:
        self._planned = planned
        self._workspace = workspace
        self._evidence = evidence
        self._shown: set[str] = set()

    def of(self, id_: str, depth: int) -> Iterator[str]:
        package = self._planned[id_]
        margin = _INDENT * depth
        if id_ in self._shown:
            yield f'{margin}{headline(package)}, as above'
            return
        self._shown.add(id_)
        yield f'{margin}{headline(package)}'
        for reason in package.reasons:
            yield f'{margin}{_INDENT}{told(reason)}{_edge(self._workspace, id_, reason)}'
            if self._evidence is not None and (files := self._evidence.files(id_, reason.commit)) is not None:
                yield f'{margin}{_INDENT * 2}{files}'
            if reason.package is not None:
                yield from self.of(reason.package, depth + 2)
            if reason.kind is ReasonKind.GROUP:
                for other in sorted(_companions(self._planned, self._workspace, package, reason)):
                    yield from self.of(other, depth + 2)


def told(reason: Reason) -> str:
    """A reason in one line."""
    if reason.kind is ReasonKind.COMMIT:
        scope = f'({reason.scope})' if reason.scope else ''
        mark = '!' if reason.breaking is not None else ''
        return f'{(reason.commit or "")[:7]} {reason.type}{scope}{mark}: {reason.subject}'
    return {
        ReasonKind.DEPENDENCY: f'it needs {reason.package}, which is released as {reason.detail}',
        ReasonKind.GROUP: f'the group {reason.group} shares one version'
        if reason.group
        else f'{reason.detail} holds its version and that of others',
        ReasonKind.MANIFEST: f'its manifest was set to {reason.detail} by hand',
        ReasonKind.OVERRIDE: f'it was asked for: {reason.detail}',
        ReasonKind.RELEASE_AS: f'{(reason.commit or "")[:7]} says Release-As: {reason.detail}',
        ReasonKind.INITIAL: 'it was never released',
        ReasonKind.PRERELEASE: f'its last release is the prerelease {reason.detail}',
        ReasonKind.CHANGESET: f'{reason.path} asks for {reason.level}: {first_line(reason)}'.rstrip(': '),
    }[reason.kind]


def first_line(reason: Reason) -> str:
    """The first line of a changeset's summary, in short."""
    return (reason.summary or '').split('\n', maxsplit=1)[0]


def _edge(workspace: Workspace, id_: str, reason: Reason) -> str:
    """How a package needs the one that a reason names: the kinds of its edges, and where they stand."""
    edges = [edge for edge in workspace.by_id[id_].dependencies if edge.id == reason.package]
    kinds = {f'{edge.kind} {edge.where}'.rstrip() for edge in edges if edge.kind is not EdgeKind.GROUP}
    return f' ({", ".join(sorted(kinds))})' if kinds else ''


def _companions(
    planned: Mapping[str, PlannedPackage], workspace: Workspace, package: PlannedPackage, reason: Reason
) -> Iterator[str]:
    """The packages of the same version and workspace that were not released for the sake of the group alone.

    Where it is no group, those whose version stands at the same place; of a group across workspaces, the reason
    names them.
    """
    if reason.group is not None and reason.detail is not None:
        yield from (id_ for id_ in reason.detail.split() if id_ in planned and id_ != package.id)
        return
    places = frozenset(workspace.by_id[package.id].places)
    for other in planned.values():
        same = other.workspace == package.workspace and other.next == package.next
        if reason.group is None:
            same = not places.isdisjoint(workspace.by_id[other.id].places)
        if (
            same
            and other.id != package.id
            and not any(one.kind is ReasonKind.GROUP and one.group == reason.group for one in other.reasons)
        ):
            yield other.id


def _why_not(
    planned: Mapping[str, PlannedPackage], workspace: Workspace, id_: str, evidence: Evidence | None
) -> Iterator[str]:
    package = workspace.by_id[id_]
    yield f'{id_} is not released'
    if not package.release:
        yield f'{_INDENT}`release: false` leaves it out'
        return
    yield f'{_INDENT}no change of its own since its last release asks for one, and nothing else does'
    for line in evidence.not_asking(package) if evidence is not None else ():
        yield f'{_INDENT * 2}{line}'
    for edge in package.dependencies:
        if edge.id in planned and edge.id != id_:
            kind = f'{edge.kind} {edge.where}'.rstrip()
            yield f'{_INDENT}it needs {headline(planned[edge.id])} ({kind}), but {_unreached(edge.kind)}'


def _unreached(kind: EdgeKind) -> str:
    if kind is EdgeKind.GROUP:
        return 'a development group is no reason for a release'
    return '`propagate` does not ask for a release, or this package was not selected'
