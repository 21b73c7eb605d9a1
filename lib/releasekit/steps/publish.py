# SPDX-License-Identifier: Apache-2.0
"""Upload every built package, read it back, and install it from where its users will."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from releasekit.core.actions import Action, Build, SmokeTest, Upload, Verify
from releasekit.core.graph import release_needs
from releasekit.core.plan import PlannedPackage
from releasekit.steps.base import Run, Skip, step


@dataclasses.dataclass(frozen=True, slots=True)
class Options:
    """`smoke`: whether each package is installed from the registry and loaded."""

    smoke: bool = True


@step(Options)
def publish(run: Run, options: Options) -> Sequence[Action] | Skip:
    """Upload, verify and try each package, dependencies first."""
    builds = {action.package: action for action in run.plan.actions if isinstance(action, Build)}
    waits = release_needs(run.workspace)
    actions: list[Action] = []
    for planned in run.plan.packages:
        if (build := builds.get(planned.id)) is None:
            continue
        for target in planned.targets:
            actions += _publish(run, planned, build, _Place(target, waits.get(planned.id, ()), options.smoke))
    return actions or Skip('no released package has a target')


@dataclasses.dataclass(frozen=True, slots=True)
class _Place:
    target: str
    waits: tuple[str, ...]
    smoke: bool


def _publish(run: Run, planned: PlannedPackage, build: Build, place: _Place) -> Iterator[Action]:
    facts = {'package': planned.id, 'name': planned.name, 'version': planned.next}
    first = tuple(
        f'verify:{place.target}:{other.id}@{other.next}'
        for id_ in place.waits
        if (other := run.plan.by_id.get(id_)) is not None and place.target in other.targets
    )
    upload = Upload(**facts, target=place.target, build=build.key, needs=(*run.barrier, build.key, *first))
    verify = Verify(**facts, target=place.target, build=build.key, needs=(upload.key,))
    yield upload
    yield verify
    if place.smoke:
        yield SmokeTest(**facts, workspace=planned.workspace, target=place.target, needs=(verify.key,))
