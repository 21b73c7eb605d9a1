# SPDX-License-Identifier: Apache-2.0
"""Which packages changed since a commit: by the paths that differ, in history and in the user's tree."""

from __future__ import annotations

from collections.abc import Sequence

from releasekit.core.history import Owners
from releasekit.core.package import Workspace
from releasekit.errors import Code, fail
from releasekit.run.project import Project


async def changed(project: Project, workspace: Workspace, since: str) -> frozenset[str]:
    """The ids of the packages with a change since the last commit that HEAD and `since` share.

    Raises:
        ReleaseKitError: `RK-USAGE` where there is no such commit.
    """
    return frozenset(Owners(workspace.packages).of(await changed_paths(project, since)))


async def changed_paths(project: Project, since: str) -> Sequence[str]:
    """The paths that differ from the last commit that HEAD and `since` share.

    So `--since origin/main` says what a branch changed, whatever came to main since.

    Raises:
        ReleaseKitError: `RK-USAGE` where there is no such commit.
    """
    commit = await project.repository.resolve(since)
    if commit is None:
        hint = 'Name a branch, a tag or a commit that is here; in CI, check out with full depth.'
        raise fail(Code.USAGE, f'There is no commit `{since}` here.', hint)
    head = await project.repository.head()
    base = await project.history.common_ancestor([commit, head.commit]) or commit
    return await project.repository.differences(base)
