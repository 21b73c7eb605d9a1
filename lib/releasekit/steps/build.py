# SPDX-License-Identifier: Apache-2.0
"""Build every package that is published, from the release commit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from releasekit.core.actions import Action, Build, EditFile, RunCommand
from releasekit.core.package import Package
from releasekit.ecosystems.base import Ecosystem
from releasekit.spec.model import WorkspaceSpec
from releasekit.steps.base import NoOptions, Run, Skip, step
from releasekit.steps.pin import exact


@step()
def build(run: Run, _: NoOptions) -> Sequence[Action] | Skip:
    """Build every released package that is published."""
    members = [member for member in run.members() if member[1].publish]
    if not members:
        return Skip('no released package is published')
    actions: list[Action] = list(_setup(run, sorted({package.workspace for package, *_ in members})))
    actions += (
        Build(
            package=planned.id,
            name=planned.name,
            version=planned.next,
            workspace=planned.workspace,
            path=planned.path,
            env=rules.build.env,
            edits=_exact(run, package, rules, ecosystem),
        )
        for planned, package, rules, ecosystem in members
    )
    return actions


def _setup(run: Run, labels: Sequence[str]) -> Iterator[Action]:
    for label in labels:
        rules = run.spec.workspaces[label]
        for number, argv in enumerate(rules.build.setup, start=1):
            yield RunCommand(purpose='setup', id=f'{label}-{number}', argv=argv, cwd=rules.root, env=rules.build.env)


def _exact(run: Run, package: Package, rules: WorkspaceSpec, ecosystem: Ecosystem) -> tuple[EditFile, ...]:
    if (rules.pin or ecosystem.pin) != 'exact':
        return ()
    edits = (
        run.edit(path, text, 'exact pins, in the built files only', package.id) for path, text in exact(run, package)
    )
    return tuple(edit for edit in edits if edit is not None)
