# SPDX-License-Identifier: Apache-2.0
"""The repository, the branch and the remote: whether a release could begin here, and be pushed."""

from __future__ import annotations

from collections.abc import AsyncIterator

from releasekit.errors import ReleaseKitError
from releasekit.run.branches import branch_of
from releasekit.run.doctor.examination import Examination
from releasekit.run.doctor.findings import Finding, UnableError, error, of_error, passed, warning

_SHOWN = 3
_SHORT = 12
# From so many commits on a commit-graph saves more than it takes to keep it.
_LARGE = 20_000


async def repository(examination: Examination) -> AsyncIterator[Finding]:
    """There is a repository with a commit."""
    caught = examination.missing.repository or examination.missing.commit
    if caught is not None:
        for finding in of_error(caught):
            yield finding
        return
    yield passed(f'{examination.root} at {examination.head.commit[:_SHORT]}')


async def shallow(examination: Examination) -> AsyncIterator[Finding]:
    """All of history is here."""
    if await examination.project.history.shallow():
        hint = 'Run `git fetch --unshallow --tags`; in CI, check out with full depth (`fetch-depth: 0`).'
        yield error('This clone is shallow: history, and with it versions and tags, is cut off.', hint)


async def graph(examination: Examination) -> AsyncIterator[Finding]:
    """A large history has a commit-graph: with it git finds the commits of a range some times faster."""
    commits = await examination.git.unindexed()
    if commits is not None and commits >= _LARGE:
        hint = 'Run `git commit-graph write --reachable`, and `git config fetch.writeCommitGraph true` to keep it.'
        yield warning(
            f'History has {commits} commits and no commit-graph: walking it takes longer than it has to.', hint
        )


async def head(examination: Examination) -> AsyncIterator[Finding]:
    """A branch is checked out, or this is a CI job, where none is."""
    branch = examination.head.branch
    if branch is None and not examination.ci:
        message = 'HEAD is detached: a release would not move a branch of yours.'
        yield warning(message, f'Run `git switch {await _wanted(examination)}`.')
    else:
        yield passed(f'{branch} is checked out' if branch else f'detached, as in every job of {examination.ci}')


async def branch(examination: Examination) -> AsyncIterator[Finding]:
    """What is checked out is the branch that releases are made from."""
    current = examination.head.branch
    wanted = await _wanted(examination)
    if current is not None and current != wanted:
        message = f'{current} is checked out, but releases are made from {wanted}.'
        yield error(message, f'Run `git switch {wanted}`, or set `project.branch` in release.yaml.')
    else:
        yield passed(f'releases are made from {wanted}')


async def tree(examination: Examination) -> AsyncIterator[Finding]:
    """Nothing in the tree is uncommitted."""
    changes = await examination.project.repository.changes()
    if changes:
        shown = ', '.join(changes[:_SHOWN]) + (f' and {len(changes) - _SHOWN} more' if len(changes) > _SHOWN else '')
        message = f'{shown} {"differs" if len(changes) == 1 else "differ"} from HEAD: none of it will be in a release.'
        yield warning(message, 'Look at `git status`; commit what is to be released.')


async def remote(examination: Examination) -> AsyncIterator[Finding]:
    """The remote of release.yaml is set."""
    name = examination.project.spec.project.remote
    known = await examination.remotes.names()
    if name not in known:
        message = f'There is no remote {name}, which releases are pushed to.'
        other = f', or set `project.remote` to {known[0]} in release.yaml' if known else ''
        yield error(message, f'Run `git remote add {name} URL`{other}.')


async def reachable(examination: Examination) -> AsyncIterator[Finding]:
    """The remote answers."""
    name = examination.project.spec.project.remote
    try:
        refs = await examination.remote.get()
    except ReleaseKitError as caught:
        for finding in of_error(caught):
            asked = finding.message.startswith('git ')
            yield error(finding.message, f'Run `git ls-remote {name}` to see what it needs.' if asked else finding.hint)
        return
    yield passed(f'{name} answers; branches and tags there: {len(refs)}')


async def upstream(examination: Examination) -> AsyncIterator[Finding]:
    """The branch is where the remote has it."""
    name, wanted = examination.project.spec.project.remote, await _wanted(examination)
    if examination.head.branch not in {None, wanted}:
        raise UnableError(f'{wanted} is not checked out.', f'Run `git switch {wanted}`.')
    tip = (await examination.refs()).get(f'refs/heads/{wanted}')
    if tip is None:
        yield passed(f'{name} has no {wanted} yet; the first release brings it there')
        return
    apart = await examination.git.distance(examination.head.commit, tip.commit)
    if apart is None:
        message = f'{wanted} on {name} is at {tip.commit[:_SHORT]}, which is not here.'
        yield error(message, f'Run `git pull --rebase {name} {wanted}`.')
    elif apart[0] and apart[1]:
        message = f'{wanted} and {name} have diverged: {apart[0]} commits are only here, {apart[1]} only there.'
        yield error(message, f'Run `git pull --rebase {name} {wanted}`, then `git push {name} {wanted}`.')
    elif apart[0]:
        message = f'{apart[0]} {_commits(apart[0])} of {wanted} not on {name} yet.'
        yield error(message, f'Run `git push {name} HEAD:{wanted}`.')
    elif apart[1]:
        message = f'{apart[1]} {_commits(apart[1])} of {wanted} on {name} and not here.'
        yield error(message, f'Run `git pull --rebase {name} {wanted}`.')
    else:
        yield passed(f'{wanted} is at the tip of {name}')


async def push(examination: Examination) -> AsyncIterator[Finding]:
    """A push would be let in; whether a rule of the branch refuses it shows only when it is made."""
    name = examination.project.spec.project.remote
    await examination.refs()
    if (why := await examination.remotes.refuses(name, examination.head.commit)) is not None:
        hint = f'Look at the credentials for {name} with `git push --dry-run {name} HEAD:refs/heads/try`.'
        yield error(f'{name} lets no push in: {why}', hint)
    else:
        yield passed(f'{name} lets a push in, as `git push --dry-run` tells')


async def identity(examination: Examination) -> AsyncIterator[Finding]:
    """Git knows who commits."""
    if (missing := await examination.project.writer.identity()) is not None:
        hint = 'Run `git config user.name "YOUR NAME"` and `git config user.email ADDRESS`.'
        yield error(f'git does not know who commits: {missing}', hint)


async def hooks(examination: Examination) -> AsyncIterator[Finding]:
    """Hooks of the repository stand in nobody's way: releases run none of them."""
    names = await examination.git.hooks()
    yield passed(f'{", ".join(names)}: releases do not run them' if names else 'there are none')


async def translation(examination: Examination) -> AsyncIterator[Finding]:
    """Files have the same line ends in the tree as in a commit."""
    if (setting := await examination.git.translation()) is not None:
        message = f'`{setting}`: files of your tree have other line ends than those that are built and released.'
        yield warning(message, 'Run `git config core.autocrlf false`, and say what files need in .gitattributes.')


async def _wanted(examination: Examination) -> str:
    return await branch_of(examination.project, examination.head)


def _commits(count: int) -> str:
    return 'commit is' if count == 1 else 'commits are'
