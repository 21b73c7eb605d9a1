# SPDX-License-Identifier: Apache-2.0
"""Bring the lock files in line with the new versions, and have the ecosystem's tool check them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from releasekit.core.actions import Action, RunCommand
from releasekit.core.paths import parent
from releasekit.steps.base import NoOptions, Run, Skip, step


@step()
def lock(run: Run, _: NoOptions) -> Sequence[Action] | Skip:
    """Update the members' own lines of each lock file, and check it."""
    if not run.plan.packages:
        return Skip('nothing to release')
    return list(_actions(run)) or Skip('no workspace of a released package has a lock file')


def _actions(run: Run) -> Iterator[Action]:
    for label, ecosystem in run.labels():
        tree = run.tree(label)
        count = sum(package.id in tree.versions for package in tree.packages)
        for path, text in sorted(ecosystem.lock.edits(tree).items()):
            edit = run.edit(path, text, 'version of 1 package' if count == 1 else f'versions of {count} packages')
            if edit is not None:
                yield edit
        if tree.lock is None or not (argv := ecosystem.lock.check(tree.lock, offline=True)):
            continue
        yield RunCommand(
            purpose='lock',
            id=label,
            argv=argv,
            otherwise=ecosystem.lock.check(tree.lock, offline=False),
            cwd=parent(tree.lock),
        )
