# SPDX-License-Identifier: Apache-2.0
"""release.yaml and the manifests: what is wrong or odd about them, with its place."""

from __future__ import annotations

from collections.abc import AsyncIterator

from releasekit.errors import ReleaseKitError
from releasekit.run.doctor.examination import Examination
from releasekit.run.doctor.findings import GONE, Finding, error, of_error, of_problem, passed
from releasekit.run.project import at_commit


async def valid(examination: Examination) -> AsyncIterator[Finding]:
    """release.yaml can be read."""
    caught = examination.missing.spec
    if caught is not None and caught.code not in GONE:
        for finding in of_error(caught):
            yield finding
        return
    project = examination.project
    for problem in project.warnings:
        yield of_problem(problem)
    if not project.warnings:
        count = len(project.spec.workspaces)
        yield passed(f'{project.spec_path.name} is right, with {count} {"workspace" if count == 1 else "workspaces"}')


async def committed(examination: Examination) -> AsyncIterator[Finding]:
    """release.yaml is committed as it is: a release reads the committed one."""
    project = examination.project
    if project.spec_file is None:
        yield passed(f'{project.spec_path} lies outside the repository')
        return
    try:
        there = await at_commit(project, examination.head.commit)
    except ReleaseKitError as caught:
        for finding in of_error(caught):
            yield finding
        return
    if there.digest != project.digest:
        message = f'{project.spec_file} is not as it is in commit {examination.head.commit[:12]}.'
        yield error(message, f'Look at `git diff HEAD -- {project.spec_file}`, and commit it.')


async def packages(examination: Examination) -> AsyncIterator[Finding]:
    """The packages of every workspace can be found."""
    caught = examination.missing.packages
    if caught is not None and caught.code not in GONE:
        for finding in of_error(caught):
            yield finding
        return
    found = examination.found
    for problem in found.warnings:
        yield of_problem(problem)
    if not found.workspace.packages:
        hint = 'Look at `root` and `exclude` of the workspaces in release.yaml.'
        yield error('There are no packages.', hint)
    elif not found.warnings:
        count = len(found.workspace.packages)
        yield passed(f'{count} {"package" if count == 1 else "packages"} can be read')
