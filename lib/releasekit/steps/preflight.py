# SPDX-License-Identifier: Apache-2.0
"""Look at the world before anything is touched: all of it read-only, all of it in a dry run too."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from releasekit.core.actions import Action, Probe
from releasekit.ecosystems.base import Ecosystem
from releasekit.steps.base import NoOptions, Run, Skip, step


@step()
def preflight(run: Run, _: NoOptions) -> Sequence[Action] | Skip:
    """Look whether branch, remote, tools, credentials and registries are ready."""
    if not run.plan.packages:
        return Skip('nothing to release')
    tools = sorted({tool for label, ecosystem in run.labels() for tool in _tools(run, label, ecosystem)})
    targets = sorted({target for package in run.plan.packages for target in package.targets})
    history = (
        Probe(what='branch', subject=run.plan.base.branch),
        Probe(what='remote', subject=run.spec.project.remote),
        Probe(what='identity'),
    )
    return [
        Probe(what='spec'),
        # A snapshot writes none, and can be made of any commit.
        *(history if run.plan.inputs.snapshot is None else ()),
        *(Probe(what='tool', subject=tool) for tool in tools),
        *(Probe(what='credential', subject=target) for target in targets),
        *(Probe(what='registry', subject=target) for target in targets),
    ]


def _tools(run: Run, label: str, ecosystem: Ecosystem) -> Collection[str]:
    return ecosystem.needs(run.spec.workspaces[label], run.workspace.locks.get(label))
