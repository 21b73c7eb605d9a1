# SPDX-License-Identifier: Apache-2.0
"""Make the release visible: commit and tags in one atomic push."""

from __future__ import annotations

from collections.abc import Sequence

from releasekit.core.actions import Action, Build, CreateTag, FastForward, Probe, Push
from releasekit.steps.base import NoOptions, Run, Skip, step


@step()
def push(run: Run, _: NoOptions) -> Sequence[Action] | Skip:
    """Push commit and tags whole or not at all, then move the local branch."""
    if not run.plan.packages:
        return Skip('nothing to release')
    built = {action.package for action in run.plan.actions if isinstance(action, Build)}
    targets = sorted({target for package in run.plan.packages if package.id in built for target in package.targets})
    tags = tuple(action.tag for action in run.plan.actions if isinstance(action, CreateTag))
    branch = run.plan.base.branch
    return [
        *(Probe(what='bytes', subject=target) for target in targets),
        Push(remote=run.spec.project.remote, branch=branch, tags=tags),
        FastForward(branch=branch),
    ]
