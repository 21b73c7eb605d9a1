# SPDX-License-Identifier: Apache-2.0
"""Install every built package into a fresh environment and load it, before anybody can see it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from releasekit.core.actions import Action, Build, SmokeTest
from releasekit.core.graph import order
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
    needed_by = closures(run.workspace)
    actions = []
    for build in builds.values():
        needed = [builds[id_].key for id_ in needed_by[build.package] if id_ in builds]
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


def closures(workspace: Workspace) -> Mapping[str, tuple[str, ...]]:
    """For each package, the internal packages that it needs when it runs, however far away, sorted."""
    found: dict[str, frozenset[str]] = {}
    for id_ in order(workspace):
        direct = [
            edge.id for edge in workspace.by_id[id_].dependencies if edge.kind is EdgeKind.RUNTIME and edge.id in found
        ]
        found[id_] = frozenset(direct).union(*(found[other] for other in direct))
    return {id_: tuple(sorted(needed)) for id_, needed in found.items()}
