# SPDX-License-Identifier: Apache-2.0
"""Upload every built package, read it back, and install it from where its users will."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from releasekit.core.actions import Action, Build, RunCommand, SmokeTest, Upload, Verify
from releasekit.core.graph import release_needs
from releasekit.core.package import EdgeKind, Package
from releasekit.core.plan import PlannedPackage
from releasekit.ecosystems import ECOSYSTEMS
from releasekit.errors import Code, Problem, ReleaseKitError, fail
from releasekit.spec.model.fields import doc
from releasekit.steps.base import Run, Skip, step


@dataclasses.dataclass(frozen=True, slots=True)
class Options:
    """What can be said of publishing."""

    smoke: bool = doc('Whether each package is installed from its registry and loaded.', True)


@step(Options)
def publish(run: Run, options: Options) -> Sequence[Action] | Skip:
    """Upload, verify and try each package, dependencies first."""
    _refuse_unreachable(run)
    _refuse_namesakes(run)
    builds = {action.package: action for action in run.plan.actions if isinstance(action, Build)}
    waits = release_needs(run.workspace)
    actions: list[Action] = []
    for planned in run.plan.packages:
        if (build := builds.get(planned.id)) is None:
            continue
        for target in planned.targets:
            needed = (run.plan.by_id[id_] for id_ in waits.get(planned.id, ()) if id_ in builds)
            verified = tuple(key for other in needed for key in _verified(other, target))
            needs = (*_before(run, planned.id), build.key, *verified)
            place = _Place(target, needs, options.smoke, run.plan.channel or '')
            actions += _publish(planned, build, place)
    return actions or Skip('no released package has a target')


def _refuse_unreachable(run: Run) -> None:
    """Refuse a package whose users could not install what it needs, because that is published nowhere."""
    problems = []
    for planned in run.plan.packages:
        package = run.workspace.by_id[planned.id]
        for edge in package.dependencies if package.publish and planned.targets else ():
            needed = run.workspace.by_id[edge.id]
            # What another workspace has becomes part of the package: its users need not find it anywhere.
            inside = needed.workspace != package.workspace
            if not inside and edge.kind is not EdgeKind.GROUP and (why := _unpublished(needed)):
                message = f'{planned.id} is published but needs {edge.id} ({edge.kind}), which is not: {why}.'
                hint = f'Publish {edge.id} too, drop the requirement, or set `publish: false` for {planned.name}.'
                problems.append(Problem(Code.WORKSPACE_INVALID, message, hint))
    if problems:
        raise ReleaseKitError(problems[0], *problems[1:])


def _unpublished(package: Package) -> str:
    """Why a package is not published, empty where it is."""
    if not package.publish:
        return package.private or 'publish is false'
    if not package.release:
        return 'release is false'
    return '' if package.targets else 'it has no targets'


def _refuse_namesakes(run: Run) -> None:
    """Refuse two packages whose names a registry takes for one: the second upload would find the first's files."""
    taken: dict[tuple[str, str, str], Package] = {}
    for package in run.workspace.packages:
        for target in () if _unpublished(package) else package.targets:
            name = ECOSYSTEMS[package.ecosystem].normalise(package.name)
            other = taken.setdefault((package.ecosystem, name, run.spec.targets[target].url), package)
            if other is not package and not run.plan.by_id.keys().isdisjoint({other.id, package.id}):
                message = f'{other.id} and {package.id} would both be {name} on {target}.'
                hint = 'Rename one of them, give it other targets, or set `publish: false` for it.'
                raise fail(Code.WORKSPACE_INVALID, message, hint)


def _verified(needed: PlannedPackage, target: str) -> tuple[str, ...]:
    """What shows that a package can be installed: on the same target, or on all of its own where it is not there."""
    targets = (target,) if target in needed.targets else needed.targets
    return tuple(f'verify:{each}:{needed.id}@{needed.next}' for each in targets)


@dataclasses.dataclass(frozen=True, slots=True)
class _Place:
    target: str
    needs: tuple[str, ...]
    smoke: bool
    channel: str


def _before(run: Run, package: str) -> tuple[str, ...]:
    """The keys of what comes first, without the commands that are another package's own."""
    others = (action for action in run.barrier if action.package not in {None, package})
    left_out = {action.key for action in others if isinstance(action, RunCommand)}
    return tuple(action.key for action in run.barrier if action.key not in left_out)


def _publish(planned: PlannedPackage, build: Build, place: _Place) -> Iterator[Action]:
    id_, name, version, target = planned.id, planned.name, planned.next, place.target
    upload = Upload(
        package=id_,
        name=name,
        version=version,
        target=target,
        build=build.key,
        channel=place.channel,
        needs=place.needs,
    )
    verify = Verify(package=id_, name=name, version=version, target=target, build=build.key, needs=(upload.key,))
    yield upload
    yield verify
    if place.smoke:
        yield SmokeTest(
            package=id_,
            name=name,
            version=version,
            workspace=planned.workspace,
            target=target,
            needs=(verify.key,),
        )
