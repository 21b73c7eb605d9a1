# SPDX-License-Identifier: Apache-2.0
"""Which branch a release from here moves."""

from __future__ import annotations

from releasekit.core.channels import rule
from releasekit.errors import Code, fail
from releasekit.ports import Head
from releasekit.run.project import Project


async def branch_of(project: Project, head: Head) -> str:
    """The branch that a release from here would move.

    That is the branch that is checked out, where `branches` names it; of a detached HEAD, the only one of those that
    has it. Else the spec's, the remote's own, or what is checked out.

    Raises:
        ReleaseKitError: `RK-BRANCH-OTHER` where none of them is known.
    """
    branches = project.spec.branches
    if head.branch is not None and rule(branches, head.branch) is not None:
        return head.branch
    if head.branch is None and branches and (found := await _having(project, head.commit)) is not None:
        return found
    rules = project.spec.project
    branch = rules.branch or await project.remote.default_branch(rules.remote) or head.branch
    if branch is None:
        hint = 'Set `project.branch` in release.yaml, or check a branch out.'
        raise fail(Code.BRANCH_OTHER, 'HEAD is detached and no branch is known to release from.', hint)
    return branch


async def _having(project: Project, commit: str) -> str | None:
    """The only branch of `branches`, here or on the remote, that reaches a commit."""
    prefix = f'{project.spec.project.remote}/'
    found = {name.removeprefix(prefix) for name in await project.history.branches(commit)}
    named = [name for name in found if rule(project.spec.branches, name) is not None]
    return named[0] if len(named) == 1 else None
