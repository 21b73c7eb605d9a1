# SPDX-License-Identifier: Apache-2.0
"""Install every built package into a fresh environment and load it, before anybody can see it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from releasekit.core.actions import Action, Build, SmokeTest
from releasekit.core.package import EdgeKind, Workspace
from releasekit.steps.base import Run, Skip, step


@dataclasses.dataclass(frozen=True, slots=True)
class Options:
    """`from`: where the packages are installed from; `artifacts` are the built files."""

    from_: str = dataclasses.field(default='artifacts', metadata={'schema': {'enum': ['artifacts']}})


@step(Options)
def smoke(run: Run, _: Options) -> Sequence[Action] | Skip:
    """Install each built package from the built files and load it."""
    builds = {action.package: action for action in run.plan.actions if isinstance(action, Build)}
    if not builds:
        return Skip('nothing was built')
    actions = []
    for build in builds.values():
        needed = [builds[id_].key for id_ in needs(run.workspace, build.package) if id_ in builds]
        actions.append(
            SmokeTest(
                package=build.package,
                name=build.name,
                version=build.version,
                workspace=build.workspace,
                with_builds=(build.key, *needed),
                needs=(build.key, *needed),
            )
        )
    return actions


def needs(workspace: Workspace, package: str) -> tuple[str, ...]:
    """The internal packages that a package needs when it runs, however far away, sorted."""
    found: set[str] = set()
    waiting = [package]
    while waiting:
        for edge in workspace.by_id[waiting.pop()].dependencies:
            if edge.kind is EdgeKind.RUNTIME and edge.id not in found and edge.id != package:
                found.add(edge.id)
                waiting.append(edge.id)
    return tuple(sorted(found))
