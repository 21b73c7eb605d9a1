# SPDX-License-Identifier: Apache-2.0
"""Run the checks of release.yaml."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Sequence

from releasekit.core.actions import Action, RunCommand
from releasekit.core.commands import spread
from releasekit.spec.model import Check
from releasekit.steps.base import NoOptions, Run, Skip, step


@step()
def check(run: Run, _: NoOptions) -> Sequence[Action] | Skip:
    """Run every check that is not off; one that fails stops the release."""
    wanted = [check_ for check_ in run.spec.checks if check_.severity != 'off']
    return [action for check_ in wanted for action in _actions(run, check_)] or Skip('release.yaml has no checks')


def _actions(run: Run, check_: Check) -> Iterator[Action]:
    for place in spread(check_.per, run.spec, run.workspace, run.plan):
        if place.package is not None and not any(fnmatch.fnmatchcase(place.name, glob) for glob in check_.packages):
            continue
        yield RunCommand(
            purpose='check',
            id=check_.name if place.label is None else f'{check_.name}-{place.label}',
            argv=place.fill(check_.run),
            package=place.package,
            cwd=place.folder,
            env=check_.env,
            timeout=check_.timeout,
            severity='warning' if check_.severity == 'warning' and not run.plan.inputs.strict else 'error',
        )
