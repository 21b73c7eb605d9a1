# SPDX-License-Identifier: Apache-2.0
"""Install every built package into a fresh environment and load it, before anybody can see it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from releasekit.core.actions import Action, Build, SmokeTest
from releasekit.core.graph import order
from releasekit.core.package import EdgeKind, Workspace
from releasekit.spec.model.fields import doc
from releasekit.steps.base import Run, Skip, step

_AT_RUN = frozenset({EdgeKind.RUNTIME, EdgeKind.OPTIONAL, EdgeKind.PEER})


@dataclasses.dataclass(frozen=True, slots=True)
class Options:
    """What can be said of the first installation."""

    from_: str = doc('Where packages are installed from: the built files.', 'artifacts', enum=['artifacts'])


@step(Options)
def smoke(run: Run, _: Options) -> Sequence[Action] | Skip:
    """Install each built package from the built files and load it."""
    builds = {action.package: action for action in run.plan.actions if isinstance(action, Build)}
    if not builds:
        return Skip('nothing was built')
    keys = {id_: build.key for id_, build in builds.items()}
    needed_by = closures(run.workspace)
    actions = []
    for build in builds.values():
        with_builds = (build.key, *(keys[id_] for id_ in needed_by[build.package] if id_ in keys))
        actions.append(
            SmokeTest(
                package=build.package,
                name=build.name,
                version=build.version,
                workspace=build.workspace,
                with_builds=with_builds,
                needs=with_builds,
            )
        )
    return actions


def closures(workspace: Workspace) -> Mapping[str, tuple[str, ...]]:
    """For each package, the internal packages that it may need when it runs, however far away, sorted.

    Those of extras are among them: a requirement such as `b[fast]` asks for them.
    """
    direct = {
        package.id: [edge.id for edge in package.dependencies if edge.kind in _AT_RUN and edge.id in workspace.by_id]
        for package in workspace.packages
    }
    known: dict[str, set[str]] = {}
    for id_ in order(workspace):
        known[id_] = _reached(direct, known, id_)
    return {id_: tuple(sorted(known[id_])) for id_ in direct}


def _reached(direct: Mapping[str, Sequence[str]], known: Mapping[str, set[str]], start: str) -> set[str]:
    """What a package reaches; what a package reaches whose answer is known need not be looked for again."""
    found: set[str] = set()
    waiting = [*direct[start]]
    while waiting:
        if (id_ := waiting.pop()) not in found:
            found.add(id_)
            found |= known.get(id_, frozenset())
            waiting += () if id_ in known else direct[id_]
    return found - {start}
