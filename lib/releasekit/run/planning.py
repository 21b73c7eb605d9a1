# SPDX-License-Identifier: Apache-2.0
"""Make the plan: a pure function of a commit, the spec and the inputs. No network, no clock."""

from __future__ import annotations

import dataclasses
import datetime as dt
from importlib import metadata

from releasekit.backends.cache import Cache
from releasekit.core import asked, channels, snapshots, why
from releasekit.core.decide import decide
from releasekit.core.evidence import Evidence
from releasekit.core.forge import Forge, detect
from releasekit.core.history import History
from releasekit.core.package import Package, Workspace
from releasekit.core.paths import join
from releasekit.core.plan import Base, Inputs, Plan
from releasekit.ecosystems import ECOSYSTEMS
from releasekit.errors import Code, Problem, fail
from releasekit.ports import Files
from releasekit.run import changesets
from releasekit.run.branches import branch_of
from releasekit.run.builtin import builtin_tasks
from releasekit.run.credits import credited
from releasekit.run.discover import discover_in
from releasekit.run.expand import Expansion, Skipped, expand, releases
from releasekit.run.overridden import unknown_overrides
from releasekit.run.project import Project
from releasekit.run.recall import Since, confirm, recall
from releasekit.run.together import both
from releasekit.spec.model import Spec, Task
from releasekit.spec.overrides import for_plan
from releasekit.steps.base import Run
from releasekit.steps.noted import path_of, template_path

# The ecosystems whose packages are published by their tags.
_BY_TAG = frozenset(name for name, ecosystem in ECOSYSTEMS.items() if ecosystem.by_tag)


@dataclasses.dataclass(frozen=True)
class Planned:
    """A plan with what it was made from."""

    plan: Plan
    workspace: Workspace
    skipped: tuple[Skipped, ...]
    warnings: tuple[Problem, ...]
    history: History


async def make_plan(project: Project, inputs: Inputs | None = None, task: str = 'release') -> Plan:
    """Plan a task for the commit that is checked out.

    Raises:
        ReleaseKitError: The workspace, the history or the inputs do not allow a plan.
    """
    return (await plan_task(project, inputs or Inputs(), task)).plan


async def plan_task(project: Project, inputs: Inputs, task: str = 'release') -> Planned:
    """Plan a task for the commit that is checked out, and keep what the plan was made from."""
    head = await project.repository.head()
    if task == snapshots.TASK and inputs.snapshot is None:
        inputs = dataclasses.replace(inputs, snapshot=snapshots.TIME)
    # A snapshot moves no branch, and can be made of any.
    branch = await branch_of(project, head) if inputs.snapshot is None else head.branch or 'HEAD'
    return await plan_at(project, Base(head.commit, branch), complete(project, inputs), task)


async def plan_at(
    project: Project, base: Base, inputs: Inputs, task: str = 'release', ignoring: frozenset[str] = frozenset()
) -> Planned:
    """Plan a task for any commit; tags in `ignoring` are taken as not there (they are this plan's own)."""
    tasks = all_tasks(project)
    if task not in tasks:
        raise fail(Code.SPEC_NAME, f'There is no task {task}.', f'Choose one of {", ".join(sorted(tasks))}.')
    files = project.repository.files(base.commit)
    found, tags = await both(lambda: discover_in(project.spec, files, project.places), project.history.tags)
    workspace = found.workspace
    known = [ref for ref in tags if ref.name not in ignoring]
    when = timestamp(await project.repository.timestamp(base.commit), inputs)
    day = _moment(when).date().isoformat()
    at = base.commit if inputs.since is None else Since(base.commit, inputs.since)
    past = await recall(project.spec, workspace, project.history, at, known)
    pending = await changesets.pending(project.spec, workspace, files)
    past = await changesets.remembered(past, pending, workspace, project.history)
    past = dataclasses.replace(past, day=day)
    wanted = asked.of_changed(channels.effective(project.spec, base.branch, inputs), past)
    decided = decide(project.spec, workspace, past, wanted, allows)
    if inputs.snapshot is not None:
        stamp = snapshots.stamp(inputs.snapshot, base.commit, _moment(when).strftime('%Y%m%d%H%M%S'))
        decided = snapshots.apply(decided, workspace, past.schemes, stamp, _BY_TAG)
    elif releases(task, tasks):
        channels.refuse(project.spec, base.branch, decided, past)
    decision = await confirm(decided, project.history)
    plan = Plan(
        tool=version(),
        spec=project.digest,
        date=day,
        timestamp=when,
        inputs=inputs,
        base=base,
        packages=decision.packages,
        unchanged=decision.unchanged,
        umbrella_tags=decision.umbrella_tags,
        spec_file=project.own_spec,
        channel=channels.channel(project.spec, base.branch, inputs),
    )
    candidate = wanted.prerelease is not None
    plan = await credited(plan, project, past, files, candidate=candidate)
    run = Run(project.spec, workspace, plan, {}, frozenset(await files.paths()), await forge_of(project))
    run = dataclasses.replace(run, files=await _contents(run, files))
    expansion: Expansion = expand(run, task, tasks)
    warnings = (*found.warnings, *await unknown_overrides(project.spec, project.history, project.places))
    return Planned(expansion.plan, workspace, expansion.skipped, warnings, past)


def _moment(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.timezone.utc)


async def forge_of(project: Project) -> Forge | None:
    """Where the repository is hosted, by release.yaml or by the address of its remote."""
    rules = project.spec.project
    return detect(rules, await project.remote.address(rules.remote))


async def explain(project: Project, inputs: Inputs, package: str) -> tuple[str, ...]:
    """Say why a package is released, or why not, line by line."""
    planned = await plan_task(project, inputs)
    evidence = Evidence(project.spec, planned.workspace, planned.history)
    return why.why(planned.plan, planned.workspace, package, evidence)


def all_tasks(project: Project) -> dict[str, Task]:
    """The built-in tasks that are lists of steps, and those of release.yaml, which replace them."""
    return {**builtin_tasks(Cache(project.environment, 'builtin-1')), **project.spec.tasks}


def version() -> str:
    """The version of this program."""
    return metadata.version('releasekit')


def timestamp(committed: int, inputs: Inputs) -> int:
    """The plan's only time, in seconds, UTC: the date that was asked for, else the committer's of the base.

    Raises:
        ReleaseKitError: `RK-USAGE` for what is neither a date nor `@` and seconds, or of no year from 1 to 9999.
    """
    asked = f'@{committed}' if inputs.date is None else inputs.date
    try:
        if asked.startswith('@'):
            when = dt.datetime.fromtimestamp(int(asked[1:]), dt.timezone.utc)
        else:
            when = dt.datetime.fromisoformat(asked)
        seconds = int(when.replace(tzinfo=when.tzinfo or dt.timezone.utc).timestamp())
        dt.datetime.fromtimestamp(seconds, dt.timezone.utc)
    except (ValueError, OverflowError, OSError) as error:
        hint = 'Write --date as 2026-11-23 or 2026-11-23T09:00.'
        raise fail(Code.USAGE, f'{asked} is no date.', hint) from error
    return seconds


def complete(project: Project, inputs: Inputs) -> Inputs:
    """The inputs with the date of SOURCE_DATE_EPOCH where none was asked for, and the settings of flags and variables.

    See https://reproducible-builds.org/specs/source-date-epoch/.
    """
    epoch = project.environment.get('SOURCE_DATE_EPOCH')
    date = inputs.date or (f'@{epoch}' if epoch else None)
    return dataclasses.replace(inputs, date=date, config=for_plan(project.overrides))


def allows(ecosystem: str, requirement: str, version_: str) -> bool:
    """Whether a requirement of an ecosystem's package admits a version."""
    return ECOSYSTEMS[ecosystem].versions.allows(requirement, version_)


async def _contents(run: Run, files: Files) -> dict[str, bytes]:
    """The contents that the steps may look at."""
    wanted = {run.spec.manifest, *await changesets.paths(run.spec, files)}
    for planned in run.plan.packages:
        wanted |= _paths(run.spec, run.workspace.by_id[planned.id])
    for label, ecosystem in run.labels():
        wanted |= {*run.workspace.shared.get(label, ()), *ecosystem.lock.reads(run.tree(label))}
        wanted |= set(ecosystem.sources.reads(run.tree(label)) if ecosystem.sources else ())
        wanted |= {package.manifest for package in run.workspace.packages if _follows(run, package, label)}
    return dict(await files.read(sorted(wanted)))


def _follows(run: Run, package: Package, label: str) -> bool:
    """Whether a package of a workspace requires one that gets another version."""
    return package.workspace == label and any(edge.id in run.versions for edge in package.dependencies)


def _paths(spec: Spec, package: Package) -> set[str]:
    rules = spec.workspaces[package.workspace]
    found = {package.manifest, *(place.path for place in package.places)}
    if rules.changelog is not False:
        found.add(path_of(rules.changelog, package.path, rules.root))
        found |= {path for path in [template_path(rules.changelog)] if path}
    for file in rules.version.files:
        own = file.path.startswith('{path}/')
        found.add(join(package.path, file.path.removeprefix('{path}/')) if own else join(rules.root, file.path))
    return found
