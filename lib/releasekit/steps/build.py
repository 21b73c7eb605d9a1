# SPDX-License-Identifier: Apache-2.0
"""Build every package that is published, from the release commit."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from releasekit.core.actions import Action, Build, EditFile, RunCommand
from releasekit.core.package import Package
from releasekit.ecosystems.base import Ecosystem
from releasekit.spec.model import WorkspaceSpec
from releasekit.steps.base import NoOptions, Run, Skip, step
from releasekit.steps.pin import exact, requiring
from releasekit.steps.texts import Texts


@step()
def build(run: Run, _: NoOptions) -> Sequence[Action] | Skip:
    """Build every released package that is published."""
    members = [member for member in run.members() if member[1].publish]
    if not members:
        return Skip('no released package is published')
    pinned = exact(run, [package for _, package, rules, ecosystem in members if _is_exact(rules, ecosystem)])
    _lock(run, pinned)
    actions: list[Action] = list(_setup(run, sorted({package.workspace for package, *_ in members})))
    actions += (
        Build(
            package=planned.id,
            name=planned.name,
            version=planned.next,
            workspace=planned.workspace,
            path=planned.path,
            env=rules.build.env,
            edits=_edits(run, package, pinned) if _is_exact(rules, ecosystem) else (),
        )
        for planned, package, rules, ecosystem in members
    )
    return actions


def _setup(run: Run, labels: Sequence[str]) -> Iterator[Action]:
    for label in labels:
        rules = run.spec.workspaces[label]
        for number, argv in enumerate(rules.build.setup, start=1):
            yield RunCommand(purpose='setup', id=f'{label}-{number}', argv=argv, cwd=rules.root, env=rules.build.env)


def _lock(run: Run, pinned: Texts) -> None:
    """Bring the lock files in line with exact pins: tools install from a frozen one before they build."""
    changed = pinned.changed
    for label, ecosystem in run.labels() if changed else ():
        tree = run.tree(label)
        if _is_exact(run.spec.workspaces[label], ecosystem):
            tree = dataclasses.replace(tree, files={**tree.files, **changed})
            for path, text in ecosystem.lock.edits(tree).items():
                pinned.write(path, text, f'pins of {label}')


def _is_exact(rules: WorkspaceSpec, ecosystem: Ecosystem) -> bool:
    return (rules.pin or ecosystem.pin) == 'exact'


def _edits(run: Run, package: Package, pinned: Texts) -> tuple[EditFile, ...]:
    lock = run.workspace.locks.get(package.workspace)
    paths = (*requiring(run, package), *((lock,) if lock is not None and lock in pinned.changed else ()))
    edits = (run.edit(path, pinned.read(path), 'exact pins, in the built files only', package.id) for path in paths)
    return tuple(edit for edit in edits if edit is not None)
