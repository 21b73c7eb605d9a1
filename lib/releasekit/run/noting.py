# SPDX-License-Identifier: Apache-2.0
"""The notes of what would be released, as data and as Markdown for the page of a release."""

from __future__ import annotations

import dataclasses

from releasekit.core.changelog import Writer
from releasekit.core.notes import Notes
from releasekit.core.plan import Inputs
from releasekit.core.trimming import LIMITS, trimmed
from releasekit.errors import Problem
from releasekit.run.planning import forge_of, plan_task
from releasekit.run.project import Project
from releasekit.spec.model import ChangelogRules
from releasekit.steps.base import Run
from releasekit.steps.noted import Page, noted, path_of, section, template_path


@dataclasses.dataclass(frozen=True)
class Noted:
    """The notes as data and as Markdown, which is '' where nothing is to be released."""

    notes: Notes
    text: str
    warnings: tuple[Problem, ...]


async def notes(project: Project, inputs: Inputs) -> Noted:
    """The notes of a release of what is checked out, no longer than the forge takes them.

    They have the style, or are made by the template, of the first package's changelog.

    Raises:
        ReleaseKitError: The workspace, the history or the inputs do not allow a plan, or a template cannot be used.
    """
    planned = await plan_task(project, inputs)
    plan = planned.plan
    forge = await forge_of(project)
    run = Run(project.spec, planned.workspace, plan, {}, forge=forge)
    labels = {package.workspace for package in plan.packages}
    label = labels.pop() if len(labels) == 1 else None
    told = noted(run, plan.packages, label)
    if not plan.packages:
        return Noted(told, '', planned.warnings)
    workspace = project.spec.workspaces[plan.packages[0].workspace]
    rules = workspace.changelog or ChangelogRules()
    text = Writer(rules, forge).body(told)
    if (path := template_path(rules)) is not None or rules.template is not None:
        files = await project.repository.files(plan.base.commit).read([path] if path else [])
        shown = rules if len(plan.packages) == 1 else dataclasses.replace(rules, per='repository')
        page = Page('', shown, plan.packages, label)
        text = _below_heading(section(dataclasses.replace(run, files=files), page))
    where = path_of(rules, planned.workspace.by_id[plan.packages[0].id].path, workspace.root)
    limit = LIMITS.get(forge.kind, len(text)) if forge is not None else len(text)
    return Noted(told, trimmed(text, limit, f'The rest is in {where}.'), planned.warnings)


def _below_heading(text: str) -> str:
    """The section of a changelog without its heading."""
    _, _, rest = text.partition('\n')
    return rest.lstrip('\n')
