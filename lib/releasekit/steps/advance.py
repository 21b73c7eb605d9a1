# SPDX-License-Identifier: Apache-2.0
"""Bring the tags, and the release commit where there is one, into the user's own repository."""

from __future__ import annotations

from collections.abc import Sequence

from releasekit.core.actions import Action, FastForward
from releasekit.steps.base import NoOptions, Run, Skip, step


@step()
def advance(run: Run, _: NoOptions) -> Sequence[Action] | Skip:
    """Add the new tags to this clone and move its branch forward."""
    if not run.plan.packages:
        return Skip('nothing to release')
    return [FastForward(branch=run.plan.base.branch)]
