# SPDX-License-Identifier: Apache-2.0
"""Write a section for every released package into its changelog."""

from __future__ import annotations

from collections.abc import Sequence

from releasekit.core.actions import Action
from releasekit.core.changelog import insert, section
from releasekit.core.paths import join
from releasekit.steps.base import NoOptions, Run, Skip, step


@step()
def changelog(run: Run, _: NoOptions) -> Sequence[Action] | Skip:
    """Add a section to the changelog of every released package."""
    edits = []
    for planned, package, rules, _ecosystem in run.members():
        if rules.changelog is False:
            continue
        path = join(package.path, rules.changelog.path)
        text = insert(run.text(path), section(planned, rules.changelog, run.plan.date), planned.next)
        edits.append(run.edit(path, text, f'{planned.name} {planned.next}', planned.id))
    return [edit for edit in edits if edit is not None] or Skip('every changelog has its section already')
