# SPDX-License-Identifier: Apache-2.0
"""The one place where tasks call the library: each function runs one event loop and returns a value."""

from __future__ import annotations

import contextlib
import dataclasses
import fnmatch
import json
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import anyio

from releasekit import lazy
from releasekit.core.actions import Action, Upload
from releasekit.core.package import Workspace
from releasekit.core.plan import Inputs, Plan
from releasekit.core.report import Observer, Report, Status
from releasekit.errors import Code, Problem, ReleaseKitError, fail
from releasekit.run import planning
from releasekit.run.discover import discover as find_packages
from releasekit.run.planning import Planned
from releasekit.run.project import Project, load_spec, open_project
from releasekit.spec.model import Spec
from releasekit.spec.names import nearest
from releasekit.spec.overrides import flagged
from releasekit.steps.base import steps
from releasekit.tasks import listing
from releasekit.tasks.flags import Flags

if TYPE_CHECKING:
    import datetime as dt

    from releasekit.run import due as dues
    from releasekit.run import noting, release, resume, tree
    from releasekit.run import status as statuses
    from releasekit.run.noting import Noted
    from releasekit.run.resume import Pending
    from releasekit.tasks import selection
else:
    # Who only plans waits for nothing that carries plans out.
    dues = lazy.module('releasekit.run.due')
    noting = lazy.module('releasekit.run.noting')
    release = lazy.module('releasekit.run.release')
    resume = lazy.module('releasekit.run.resume')
    statuses = lazy.module('releasekit.run.status')
    tree = lazy.module('releasekit.run.tree')
    selection = lazy.module('releasekit.tasks.selection')

T = TypeVar('T')
# Actions that belong into a checkout of their own, beside the user's tree.
_BESIDE = frozenset({'commit', 'build', 'push', 'upload'})

Confirm = Callable[[Plan, Action], bool]


def opened(flags: Flags) -> Project:
    """The project that the current folder lies in."""
    spec = Path(flags.spec) if flags.spec else None
    return run(open_project(Path.cwd(), spec, os.environ, flagged(flags.config)))


def with_checks(project: Project, flags: Flags) -> Project:
    """The project with the checks that `--only` and `--skip` leave.

    Raises:
        ReleaseKitError: `RK-USAGE` for a glob that fits no check.
    """
    if not (flags.only or flags.skip):
        return project
    names = [check.name for check in project.spec.checks]
    for glob in (*flags.only, *flags.skip):
        if not fnmatch.filter(names, glob):
            near = nearest(glob, names)
            hint = f'Choose one of {", ".join(names)}.' if names else 'release.yaml has no checks.'
            hint = f'Did you mean `{near}`?' if near else hint
            raise fail(Code.USAGE, f'There is no check `{glob}`.', hint)
    left = {name for glob in flags.only or ('*',) for name in fnmatch.filter(names, glob)}
    left -= {name for glob in flags.skip for name in fnmatch.filter(names, glob)}
    checks = tuple(check for check in project.spec.checks if check.name in left)
    return dataclasses.replace(project, spec=dataclasses.replace(project.spec, checks=checks))


def artifacts(project: Project, report: Report) -> str:
    """The folder of a run's built files, from the root of the repository."""
    return str((project.state / 'runs' / report.plan / 'artifacts').relative_to(project.root))


def defined(flags: Flags) -> tuple[frozenset[str], Spec | None]:
    """The names of the steps, and the spec that is named or lies around here; None where none is right."""
    path = listing.find(Path.cwd(), flags.spec or os.environ.get('RELEASEKIT_SPEC', ''))
    with contextlib.suppress(ReleaseKitError):
        return frozenset(steps()), load_spec(path) if path is not None else None
    return frozenset(steps()), None


def packages(flags: Flags, spec: Spec | None) -> Workspace:
    """All packages; none where they cannot be found."""
    with contextlib.suppress(ReleaseKitError):
        return discover(opened(flags)) if spec is not None else Workspace(())
    return Workspace(())


def discover(project: Project) -> Workspace:
    """All packages."""
    return run(find_packages(project))


def plan(project: Project, flags: Flags, task: str) -> Planned:
    """The plan of a task."""

    async def make() -> Planned:
        return await planning.plan_task(project, await _inputs(project, flags), task)

    return run(make())


def preview(project: Project, flags: Flags) -> Planned:
    """The plan of a release as it would be, counted from where `--since` says."""

    async def make() -> Planned:
        inputs = await _since(project, flags, await _inputs(project, flags))
        return await planning.plan_task(project, inputs, 'release')

    return run(make())


def due(project: Project, flags: Flags, now: dt.datetime | None) -> dues.Answer:
    """Whether a release is due."""

    async def ask() -> dues.Answer:
        return await dues.should_release(project, await _inputs(project, flags), now)

    return run(ask())


def notes(project: Project, flags: Flags) -> Noted:
    """The notes of what would be released."""

    async def make() -> Noted:
        return await noting.notes(project, await _inputs(project, flags))

    return run(make())


def why(project: Project, flags: Flags, package: str) -> tuple[str, ...]:
    """Why a package is released, or why not."""

    async def explain() -> tuple[str, ...]:
        workspace = await find_packages(project)
        inputs = await _since(project, flags, selection.inputs(flags, project.spec, workspace))
        return await planning.explain(project, inputs, selection.resolve(package, workspace))

    return run(explain())


def perform(project: Project, plan_: Plan | Pending, observer: Observer, confirm: Confirm) -> Report:
    """Carry a plan out."""
    return run(release.perform(project, plan_, observer=observer, confirm=confirm))


def rehearse(project: Project, plan_: Plan | Pending, observer: Observer) -> Report:
    """Look whether a plan could be carried out; nothing is written."""
    return run(release.rehearse(project, plan_, observer=observer))


def carry_out(project: Project, plan_: Plan, observer: Observer, confirm: Confirm) -> Report:
    """Carry a plan out; one that edits files and commits nothing is made in the user's own tree."""
    kinds = {action.kind for action in plan_.actions}
    if 'edit' in kinds and kinds.isdisjoint(_BESIDE):
        return run(tree.edit_tree(project, plan_, observer=observer))
    return perform(project, plan_, observer, confirm)


def narrowed(project: Project, pending: Pending, targets: tuple[str, ...]) -> tuple[Pending, Plan]:
    """What is pending, for some targets alone, and the plan with the actions that are performed then.

    Raises:
        ReleaseKitError: `RK-USAGE` where nothing of it goes to one of the targets.
    """
    there = sorted({action.target for action in pending.plan.actions if isinstance(action, Upload)})
    for target in targets:
        if target not in there:
            near = nearest(target, there)
            hint = f'Did you mean `{near}`?' if near else f'This release goes to {", ".join(there) or "no target"}.'
            raise fail(Code.USAGE, f'Nothing of this release goes to a target `{target}`.', hint)
    part = dataclasses.replace(pending, targets=targets)
    return part, release.planned_part(project, part)


def upcoming(project: Project, flags: Flags, *, promote: bool = False) -> Pending:
    """What `release` has to do, or `promote`: the rest of an unfinished release, else a new plan."""

    async def find() -> Pending:
        inputs = await _inputs(project, flags)
        asked = dataclasses.replace(inputs, promote=True) if promote else inputs
        return await resume.upcoming(project, asked, new=flags.new)

    return run(find())


def apply(project: Project, path: str, observer: Observer, confirm: Confirm) -> Report:
    """Carry out the plan that a file holds."""
    return run(release.apply(project, read_json(path), observer=observer, confirm=confirm))


def status(project: Project) -> tuple[Status | None, tuple[Problem, ...]]:
    """How far the last run got, and what could not be read of later ones."""
    return statuses.newest(project)


def read_json(path: str) -> dict[str, Any]:
    """The JSON object that a file holds.

    Raises:
        ReleaseKitError: `RK-USAGE`.
    """
    hint = 'Name a file that `releasekit plan --format json` wrote.'
    try:
        found = json.loads(Path(path).read_bytes())
    except OSError as error:
        raise fail(Code.USAGE, f'{path} cannot be read: {error.strerror}.', hint) from error
    except ValueError as error:
        raise fail(Code.USAGE, f'{path} is no JSON: {error}.', hint) from error
    if not isinstance(found, dict):
        raise fail(Code.USAGE, f'{path} holds no JSON object.', hint)
    return found


async def _since(project: Project, flags: Flags, inputs: Inputs) -> Inputs:
    """The inputs with the commit that `--since` names.

    Raises:
        ReleaseKitError: `RK-USAGE` where there is none.
    """
    if not flags.since:
        return inputs
    if (commit := await project.repository.resolve(flags.since)) is None:
        hint = 'Name a tag, a branch or a commit that is here; in CI, check out with full depth.'
        raise fail(Code.USAGE, f'There is no commit `{flags.since}` here.', hint)
    return dataclasses.replace(inputs, since=commit)


async def _inputs(project: Project, flags: Flags) -> Inputs:
    if not selection.names_packages(flags):
        return selection.plain_inputs(flags)
    return selection.inputs(flags, project.spec, await find_packages(project))


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run work to its end in an event loop of its own."""

    async def main() -> T:
        return await work

    return anyio.run(main)
