# SPDX-License-Identifier: Apache-2.0
"""Find the release that was begun and not ended: in this clone's journals, else in the release commit itself."""

from __future__ import annotations

import dataclasses
import functools

from releasekit.backends.http import HttpClient
from releasekit.core import manifest as manifests
from releasekit.core.actions import Push, Upload
from releasekit.core.journal import State
from releasekit.core.manifest import Manifest
from releasekit.core.plan import Inputs, Plan
from releasekit.ecosystems import ECOSYSTEMS
from releasekit.ecosystems.base import Outside
from releasekit.errors import Code, Problem, fail
from releasekit.ports import Head
from releasekit.run import store
from releasekit.run.planning import make_plan, plan_at
from releasekit.run.project import Project, at_commit
from releasekit.run.status import finished
from releasekit.run.targets import Targets
from releasekit.run.together import together

# How many changes of the manifest are looked at to find the one that is a release commit.
_LOOKS = 50


@dataclasses.dataclass(frozen=True)
class Pending:
    """A plan to perform. `resumed` says why it is not a new one; `commit` is its release commit where that is out.

    `asks` is False where it was confirmed before: its push is done, by this clone's own journal. `targets` are the
    only ones to upload to now, () for all.
    """

    plan: Plan
    resumed: str = ''
    commit: str | None = None
    asks: bool = True
    warnings: tuple[Problem, ...] = ()
    targets: tuple[str, ...] = ()


async def upcoming(project: Project, inputs: Inputs, *, new: bool = False) -> Pending:
    """What `release` has to do next: the rest of an unfinished release whose push was begun, else a new plan.

    A run that was not pushed left nothing behind; planning again gives the same plan, and with it the same
    journal, as long as commit, spec and inputs are the same. `new` leaves an unfinished release as it is.

    Raises:
        ReleaseKitError: There is no plan, or the release commit cannot be finished from here.
    """
    if new:
        return Pending(await make_plan(project, inputs))
    head = await project.repository.head()
    known: set[str] = set()
    warnings: list[Problem] = []
    for run in store.runs(project.state, project.own_spec):
        if isinstance(run, Problem):
            warnings.append(run)
        elif finished(run.plan, run.state):
            known.add(run.plan.id)
        elif (commit := await _begun(project, run.plan, run.state)) is not None:
            why = f'release {run.plan.id[:12]} was begun here and is not finished'
            return Pending(run.plan, why, commit, not run.state.is_done(Push.key), tuple(warnings))
    found = await _from_manifest(project, head, known) or Pending(await make_plan(project, inputs))
    return dataclasses.replace(found, warnings=tuple(warnings))


async def _begun(project: Project, plan: Plan, state: State) -> str | None:
    """The release commit of a run, if it is the newest of the remote branch: what was left behind stays behind.

    What was pushed stays begun where the remote has lost it: performing the push again says so, or makes it good.
    """
    push = next((action for action in plan.actions if isinstance(action, Push)), None)
    commit = state.outputs('commit').get('commit')
    if push is None or commit is None:
        return None
    ref = f'refs/heads/{plan.base.branch}'
    if not await project.remote.refs(push.remote, [ref]):
        return commit if state.is_done(push.key) else None
    tip = await project.remote.fetch(push.remote, ref)
    newest = await release_commit(project, tip)
    lost = state.is_done(push.key) and not await project.repository.is_ancestor(commit, tip)
    return commit if lost or (newest is not None and newest[0] == commit) else None


async def release_commit(project: Project, tip: str) -> tuple[str, Manifest] | None:
    """The newest release commit of this spec that a commit reaches, with its manifest.

    Whatever else changed the manifest (a formatter, another spec, another tool) is passed over: a release commit comes
    right after its base. Where a shallow clone is cut off, that cannot be seen.
    """
    path = project.spec.manifest
    for _ in range(_LOOKS):
        commit = await project.history.last_change(tip, path)
        if commit is None:
            return None
        content = (await project.repository.files(commit).read([path])).get(path, b'').decode('utf-8', 'replace')
        parents = await project.repository.parents(commit)
        told = manifests.origin(content)
        if told is not None and (told[0] in parents[:1] or (not parents and await project.history.shallow())):
            manifest = manifests.read(content)
            if manifest.spec_file == project.own_spec:
                return commit, manifest
        if not parents:
            return None
        tip = parents[0]
    return None


async def own_tags(project: Project, plan: Plan) -> frozenset[str]:
    """The tags of a plan that its own release commit has already got."""
    wanted = {package.tag for package in plan.packages} | set(plan.umbrella_tags.values())
    found = set()
    for tag in await project.history.tags(plan.base.commit):
        if tag.name in wanted and not tag.merged:
            known = await release_commit(project, tag.commit)
            if known is not None and known[0] == tag.commit and known[1].plan == plan.id:
                found.add(tag.name)
    return frozenset(found)


async def _from_manifest(project: Project, head: Head, known: set[str]) -> Pending | None:
    found = await release_commit(project, head.commit)
    if found is None or found[1].plan in known:
        return None
    commit, manifest = found
    if await project.repository.resolve(manifest.base.commit) is None:
        message = f'This clone is shallow: it lacks {manifest.base.commit[:12]}, the base of the last release.'
        raise fail(Code.GIT_SHALLOW, message, 'Run `git fetch --unshallow --tags`; in CI, check out with full depth.')
    there = await at_commit(project, manifest.base.commit, manifest.inputs)
    tags = frozenset(package.tag for package in manifest.packages) | frozenset(manifest.umbrella_tags.values())
    plan = (await plan_at(there, manifest.base, manifest.inputs, ignoring=tags)).plan
    # Only what its steps leave in public counts: they may end at the push.
    if await _complete(there, plan):
        return None
    if plan.id != manifest.plan:
        message = (
            f'Release {manifest.plan[:12]} in commit {commit[:12]} is not finished, '
            f'but planning it again gives {plan.id[:12]}.'
        )
        hint = f'Use releasekit {manifest.tool}, which planned it, and the same release.yaml.'
        raise fail(Code.DRIFT_PLAN, message, hint)
    why = f'release {plan.id[:12]} of commit {commit[:12]} is not finished; `release --new` leaves it as it is'
    return Pending(plan, why, commit)


async def _complete(there: Project, plan: Plan) -> bool:
    """Whether the remote has all tags of a plan and the registries all of its files, as far as names tell.

    Raises:
        ReleaseKitError: The remote or a registry cannot be asked.
    """
    refs = [f'refs/tags/{tag}' for action in plan.actions if isinstance(action, Push) for tag in action.tags]
    if refs and len(await there.remote.refs(there.spec.project.remote, refs)) < len(refs):
        return False
    async with HttpClient(there.spec.engine.timeout, there.spec.plain_hosts) as http:
        targets = Targets(there.spec.targets, Outside(http, there.shell), there.environment)

        async def whole(upload: Upload) -> bool:
            ecosystem = ECOSYSTEMS[plan.by_id[upload.package].ecosystem]
            registry = await targets.reader(ecosystem, upload.target)
            return ecosystem.tool.complete(await registry.files(upload.name, upload.version))

        looks = [functools.partial(whole, action) for action in plan.actions if isinstance(action, Upload)]
        return all(await together(there.spec.engine.concurrency, looks))
