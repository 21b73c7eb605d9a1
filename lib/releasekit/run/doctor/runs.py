# SPDX-License-Identifier: Apache-2.0
"""What earlier runs have left: releases that are not finished, journals, the lock, folders."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Iterator

import anyio.to_thread

from releasekit.core.actions import Push
from releasekit.errors import ReleaseKitError
from releasekit.run import journal, scratch
from releasekit.run.doctor.examination import Examination
from releasekit.run.doctor.findings import Finding, error, of_error, passed, warning
from releasekit.run.lock import holder
from releasekit.run.resume import release_commit
from releasekit.run.status import finished
from releasekit.run.store import RunFolder

_SHORT = 12
_ON = 'Run `releasekit release` to go on with it, or `releasekit release --new` to leave it behind.'


def _folders(examination: Examination) -> list[RunFolder]:
    """The folders of runs, the newest first; what was set aside has a dot in its name."""
    state = examination.project.state
    paths = [path.parent for path in (state / 'runs').glob('*/plan.json') if '.' not in path.parent.name]
    return [RunFolder(path) for path in sorted(paths, key=lambda path: -path.stat().st_mtime_ns)]


async def unfinished(examination: Examination) -> AsyncIterator[Finding]:
    """No release of this clone is begun and not ended."""
    folders = _folders(examination)
    for finding in await anyio.to_thread.run_sync(lambda: list(_unfinished(examination, folders))):
        yield finding
    if not folders:
        yield passed('no run was started here')


def _unfinished(examination: Examination, folders: list[RunFolder]) -> Iterator[Finding]:
    newest = True
    for folder in folders:
        try:
            plan, state = folder.plan(), folder.state()
        except ReleaseKitError:
            # `journals` says what is wrong with it.
            continue
        push = next((action for action in plan.actions if isinstance(action, Push)), None)
        if push is None or plan.spec_file != examination.project.own_spec:
            continue
        name = f'Release {plan.id[:_SHORT]} of {plan.base.commit[:_SHORT]}'
        if not finished(plan, state):
            if push.key in state.events:
                yield error(f'{name} was pushed, or begun to be, and is not finished.', _ON)
            elif newest and state.events:
                message = f'{name} was begun and not pushed: nothing of it is out.'
                yield warning(
                    message, 'Run `releasekit release` to go on, or to plan anew where something has changed.'
                )
        newest = False


async def journals(examination: Examination) -> AsyncIterator[Finding]:
    """The plans and journals of all runs can be read."""
    for finding in await anyio.to_thread.run_sync(lambda: list(_damaged(examination))):
        yield finding


def _damaged(examination: Examination) -> Iterator[Finding]:
    for folder in _folders(examination):
        shown = f'.releasekit/runs/{folder.path.name}'
        try:
            folder.state()
            folder.plan()
        except ReleaseKitError as caught:
            for finding in of_error(caught):
                hint = f'Finish it with the releasekit that began it, or move {shown} away: what is out stays out.'
                yield error(f'{shown} cannot be read: {finding.message}', hint)
            continue
        if size := journal.torn(folder.journal):
            message = f'The last line of the journal in {shown} is torn ({size} bytes).'
            yield warning(message, 'Nothing to do: the next run cuts it off and asks the world again.')


async def tags(examination: Examination) -> AsyncIterator[Finding]:
    """The newest release commit of this history has all its tags on the remote."""
    project = examination.project
    found = await release_commit(project, examination.head.commit)
    if found is None:
        yield passed('no release commit is in this history')
        return
    commit, manifest = found
    wanted = [*(package.tag for package in manifest.packages), *manifest.umbrella_tags.values()]
    there = await examination.refs()
    lacking = sorted(tag for tag in wanted if f'refs/tags/{tag}' not in there)
    if lacking:
        name = project.spec.project.remote
        message = (
            f'{name} lacks {", ".join(lacking)} of release commit {commit[:_SHORT]}: that release is not finished.'
        )
        yield error(message, _ON)
    else:
        yield passed(f'release commit {commit[:_SHORT]} has its {len(wanted)} tags')


async def lock(examination: Examination) -> AsyncIterator[Finding]:
    """Nobody holds the lock."""
    held = holder(examination.project.lock)
    if held is None:
        return
    since = dt.datetime.fromtimestamp(held.since, dt.timezone.utc).strftime('%Y-%m-%d %H:%M UTC')
    if held.alive is False:
        message = f'A lock was left behind at {since} by {held.name}, which is gone.'
        yield warning(message, 'Nothing to do: the next run takes it over by itself.')
        return
    hint = 'Wait until it ends; `releasekit status` says how far it is. Should it be gone, the next run takes over.'
    yield warning(f'The lock is held since {since} by {held.name}.', hint)


async def folders(examination: Examination) -> AsyncIterator[Finding]:
    """No killed run has left checkouts and builds behind."""
    known = [*scratch.leftovers(examination.project.shared), *await examination.git.worktrees()]
    found = sorted({ours for path in known if (ours := scratch.of_run(path)) is not None})
    held = holder(examination.project.lock)
    if found and (held is None or held.alive is False):
        message = f'A killed run has left {", ".join(map(str, found))} behind.'
        yield warning(message, 'Nothing to do: the next run removes it.')
