# SPDX-License-Identifier: Apache-2.0
"""Upload every built package, read it back, and install it from where its users will."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from releasekit.core.actions import Action, Build, RunCommand, SmokeTest, Upload, Verify
from releasekit.core.graph import release_needs
from releasekit.core.package import EdgeKind
from releasekit.core.plan import PlannedPackage
from releasekit.errors import Code, Problem, ReleaseKitError
from releasekit.steps.base import Run, Skip, step


@dataclasses.dataclass(frozen=True, slots=True)
class Options:
    """`smoke`: whether each package is installed from the registry and loaded."""

    smoke: bool = True


@step(Options)
def publish(run: Run, options: Options) -> Sequence[Action] | Skip:
    """Upload, verify and try each package, dependencies first."""
    _refuse_unreachable(run)
    builds = {action.package: action for action in run.plan.actions if isinstance(action, Build)}
    waits = release_needs(run.workspace)
    actions: list[Action] = []
    for planned in run.plan.packages:
        if (build := builds.get(planned.id)) is None:
            continue
        for target in planned.targets:
            place = _Place(target, _before(run, planned.id), waits.get(planned.id, ()), options.smoke)
            actions += _publish(run, planned, build, place)
    return actions or Skip('no released package has a target')


def _refuse_unreachable(run: Run) -> None:
    """Refuse a package whose users could not install what it needs, because that is published nowhere."""
    problems = []
    for planned in run.plan.packages:
        package = run.workspace.by_id[planned.id]
        for edge in package.dependencies if package.publish and planned.targets else ():
            needed = run.workspace.by_id[edge.id]
            if edge.kind is not EdgeKind.GROUP and not (needed.publish and needed.targets):
                why = needed.private or ('publish is false' if not needed.publish else 'it has no targets')
                message = f'{planned.id} is published but needs {edge.id} ({edge.kind}), which is not: {why}.'
                hint = f'Publish {edge.id} too, drop the requirement, or set `publish: false` for {planned.name}.'
                problems.append(Problem(Code.WORKSPACE_INVALID, message, hint))
    if problems:
        raise ReleaseKitError(problems[0], *problems[1:])


@dataclasses.dataclass(frozen=True, slots=True)
class _Place:
    target: str
    before: tuple[str, ...]
    waits: tuple[str, ...]
    smoke: bool


def _before(run: Run, package: str) -> tuple[str, ...]:
    """The keys of what comes first, without the commands that are another package's own."""
    others = (action for action in run.barrier if action.package not in {None, package})
    left_out = {action.key for action in others if isinstance(action, RunCommand)}
    return tuple(action.key for action in run.barrier if action.key not in left_out)


def _publish(run: Run, planned: PlannedPackage, build: Build, place: _Place) -> Iterator[Action]:
    id_, name, version, target = planned.id, planned.name, planned.next, place.target
    first = tuple(
        f'verify:{target}:{other.id}@{other.next}'
        for need in place.waits
        if (other := run.plan.by_id.get(need)) is not None and target in other.targets
    )
    needs = (*place.before, build.key, *first)
    upload = Upload(package=id_, name=name, version=version, target=target, build=build.key, needs=needs)
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
