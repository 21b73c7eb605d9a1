# SPDX-License-Identifier: Apache-2.0
"""Find the release that was begun and not ended: in this clone's journals, else in the release commit itself."""

from __future__ import annotations

import dataclasses
import functools

from releasekit.backends.http import HttpClient
from releasekit.core import manifest as manifests
from releasekit.core.actions import Push
from releasekit.core.journal import State
from releasekit.core.manifest import Manifest
from releasekit.core.package import Package
from releasekit.core.plan import Inputs, Plan
from releasekit.ecosystems import ECOSYSTEMS
from releasekit.errors import Code, fail
from releasekit.ports import Head
from releasekit.run import store
from releasekit.run.discover import discover_in
from releasekit.run.planning import make_plan, plan_at
from releasekit.run.project import Project, at_commit
from releasekit.run.status import finished
from releasekit.run.together import together
from releasekit.run.world import Targets


@dataclasses.dataclass(frozen=True)
class Pending:
    """A plan to perform. `resumed` says why it is not a new one; `commit` is its release commit where that is out."""

    plan: Plan
    resumed: str = ''
    commit: str | None = None


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
    for folder in store.runs(project.state):
        plan, state = folder.plan(), folder.state()
        if finished(plan, state):
            known.add(plan.id)
        elif (commit := await _begun(project, plan, state)) is not None:
            return Pending(plan, f'release {plan.id[:12]} was begun here and is not finished', commit)
    found = await _from_manifest(project, head, known)
    return found or Pending(await make_plan(project, inputs))


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
    """The newest release commit that a commit reaches, with its manifest."""
    path = project.spec.manifest
    commit = await project.history.last_change(tip, path)
    if commit is None:
        return None
    data = (await project.repository.files(commit).read([path])).get(path)
    return None if data is None else (commit, manifests.read(data.decode('utf-8', 'replace')))


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
    if found is None or found[1].plan in known or await complete(project, *found):
        return None
    commit, manifest = found
    there = await at_commit(project, manifest.base.commit)
    tags = frozenset(package.tag for package in manifest.packages) | frozenset(manifest.umbrella_tags.values())
    plan = (await plan_at(there, manifest.base, manifest.inputs, ignoring=tags)).plan
    if plan.id != manifest.plan:
        message = (
            f'Release {manifest.plan[:12]} in commit {commit[:12]} is not finished, '
            f'but planning it again gives {plan.id[:12]}.'
        )
        hint = f'Use releasekit {manifest.tool}, which planned it, and the same release.yaml.'
        raise fail(Code.DRIFT_PLAN, message, hint)
    return Pending(plan, f'release {plan.id[:12]} of commit {commit[:12]} is not finished', commit)


async def complete(project: Project, commit: str, manifest: Manifest) -> bool:
    """Whether tags and registries have all of a release, as far as names tell.

    Raises:
        ReleaseKitError: The remote or a registry cannot be asked.
    """
    there = await at_commit(project, manifest.base.commit)
    tags = [*(package.tag for package in manifest.packages), *manifest.umbrella_tags.values()]
    refs = [f'refs/tags/{tag}' for tag in tags]
    if len(await project.remote.refs(there.spec.project.remote, refs)) < len(refs):
        return False
    workspace = (await discover_in(there.spec, project.repository.files(commit))).workspace
    async with HttpClient(there.spec.engine.timeout, there.spec.plain_hosts) as http:
        targets = Targets(there.spec.targets, http, project.environment)

        async def whole(package: Package, version: str, target: str) -> bool:
            ecosystem = ECOSYSTEMS[package.ecosystem]
            registry = await targets.reader(ecosystem, target)
            return ecosystem.tool.complete(await registry.files(package.name, version))

        looks = [
            functools.partial(whole, member, package.version, target)
            for package in manifest.packages
            if (member := workspace.by_id.get(package.id)) is not None and member.publish
            for target in member.targets
        ]
        return all(await together(there.spec.engine.concurrency, looks))
