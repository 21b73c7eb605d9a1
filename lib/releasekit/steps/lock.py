# SPDX-License-Identifier: Apache-2.0
"""Bring the lock files in line with the new versions, and have the ecosystem's tool check them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from releasekit.core.actions import Action, RunCommand
from releasekit.core.paths import parent
from releasekit.ecosystems import ECOSYSTEMS
from releasekit.steps.base import NoOptions, Run, Skip, step


@step()
def lock(run: Run, _: NoOptions) -> Sequence[Action] | Skip:
    """Update the members' own lines of each lock file, and check it."""
    if not run.plan.packages:
        return Skip('nothing to release')
    return list(_actions(run)) or Skip('no workspace of a released package has a lock file')


def _actions(run: Run) -> Iterator[Action]:
    for label in sorted({package.workspace for package in run.plan.packages}):
        if (path := run.workspace.locks.get(label)) is None or (text := run.text(path)) is None:
            continue
        part = ECOSYSTEMS[run.spec.workspaces[label].ecosystem].lock
        versions = {package.name: package.next for package in run.plan.packages if package.workspace == label}
        edit = run.edit(path, part.update(text, versions), f'versions of {len(versions)} packages')
        if edit is not None:
            yield edit
        yield RunCommand(
            purpose='lock',
            id=label,
            argv=part.check(offline=True),
            otherwise=part.check(offline=False),
            cwd=parent(path),
        )
