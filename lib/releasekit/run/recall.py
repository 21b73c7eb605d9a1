# SPDX-License-Identifier: Apache-2.0
"""Recalls the past: the last release of every package and all commits since, in one walk of history."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

import releasekit.core.history as past
from releasekit.core import manifest, tags
from releasekit.core.commits import TagRef
from releasekit.core.decide import Decision
from releasekit.core.history import Released, Walk
from releasekit.core.package import Workspace
from releasekit.core.picks import Picks, origins
from releasekit.core.tags import Tagged
from releasekit.core.version import scheme
from releasekit.ecosystems import schemes
from releasekit.errors import Code, Problem, ReleaseKitError, fail
from releasekit.ports import History
from releasekit.spec.model import Spec


@dataclasses.dataclass(frozen=True, slots=True)
class Since:
    """The commit that is read, and the one that is counted from in place of the last releases."""

    tip: str
    base: str


async def recall(
    spec: Spec, workspace: Workspace, history: History, at: str | Since, known: Sequence[TagRef]
) -> past.History:
    """Read what a commit reaches; `known` are the tags that count.

    Raises:
        ReleaseKitError: `RK-TAG-AMBIGUOUS`, `RK-GIT-SHALLOW` where the clone lacks commits that count, or
            `RK-SPEC-INVALID` where `commits.since` is no commit of this history.
    """
    tip, since = (at.tip, at.base) if isinstance(at, Since) else (at, None)
    names = schemes(spec)
    tagged = tags.match(spec, workspace, known, names)
    releases = await _releases(spec, history, tip, _Candidates(tagged, workspace, names))
    releases = releases if since is None else await _counted(history, tip, releases, since)
    walk = Walk(spec, workspace)
    shared = await _shared(workspace, history, releases)
    exclude = [*shared, *await start(spec, history, tip)]
    async for commit in history.log(tip, exclude, first_parent=spec.commits.first_parent):
        walk.add(commit)
    await refuse_shallow(history, walk.parents)
    ranges = await _ranges(spec, history, tip, walk, releases) if spec.commits.first_parent else {}
    picks = await _picks(spec, history, tip, walk, shared)
    return past.History(
        schemes=names,
        released=releases.newest,
        stable=releases.stable,
        commits=picks.once(walk.since(_based(releases.stable), ranges), walk.by_package),
        recent=picks.once(walk.since(_based(releases.newest), ranges), walk.by_package),
        tags={ref.name: ref for ref in known},
    )


async def refuse_shallow(history: History, parents: Mapping[str, Sequence[str]]) -> None:
    """Refuse a walk that came to the end of a clone that is not whole.

    Raises:
        ReleaseKitError: `RK-GIT-SHALLOW`.
    """
    if any(not above for above in parents.values()) and await history.shallow():
        message = 'This clone is shallow: commits that count for the next versions are not in it.'
        raise fail(Code.GIT_SHALLOW, message, 'Run `git fetch --unshallow --tags`; in CI, check out with full depth.')


async def _counted(history: History, tip: str, releases: _Releases, since: str) -> _Releases:
    """The releases with another commit to count from.

    Raises:
        ReleaseKitError: `RK-USAGE` where the tip does not reach it.
    """
    if not await history.reached(tip, [since]):
        message = f'{since[:12]} is not in the history of {tip[:12]}, so that nothing can be counted from it.'
        raise fail(Code.USAGE, message, 'Give a tag or a commit that is an ancestor of what is checked out.')
    rows = (releases.newest, releases.stable)
    return _Releases(*({id_: dataclasses.replace(release, base=since) for id_, release in row.items()} for row in rows))


def _based(released: Mapping[str, Released]) -> dict[str, str]:
    return {id_: release.base for id_, release in released.items()}


async def confirm(decision: Decision, history: History) -> Decision:
    """Return a decision whose tags are free.

    Raises:
        ReleaseKitError: `RK-TAG-ELSEWHERE`, with the branches that have each tag that is there already.
    """
    problems = []
    for ref in decision.taken:
        branches = ', '.join(await history.branches(ref.commit)) or 'no branch'
        message = f'The tag {ref.name} is there already, at {ref.commit[:12]} on {branches}.'
        hint = (
            f'Merge that release into this branch, delete the tag, or choose another version than that of {ref.name}.'
        )
        problems.append(Problem(Code.TAG_ELSEWHERE, message, hint))
    if problems:
        raise ReleaseKitError(problems[0], *problems[1:])
    return decision


@dataclasses.dataclass(frozen=True)
class _Releases:
    """The newest release of each package, and the newest that is no prerelease, by id."""

    newest: Mapping[str, Released]
    stable: Mapping[str, Released]

    @property
    def all(self) -> tuple[Released, ...]:
        return (*self.newest.values(), *self.stable.values())


class _Candidates:
    """The tags of each package, newest version first, in two rows: all, and those of stable versions."""

    def __init__(
        self, tagged: Mapping[str, tuple[Tagged, ...]], workspace: Workspace, schemes: Mapping[str, str]
    ) -> None:
        read = {id_: scheme(schemes[workspace.by_id[id_].workspace]) for id_ in tagged}
        self.all = tagged
        self.stable = {
            id_: tuple(entry for entry in entries if not read[id_].is_prerelease(entry.version))
            for id_, entries in tagged.items()
        }

    def firsts(self) -> set[str]:
        """The commits of the first tag of each row: as a rule all of them are merged."""
        rows = (*self.all.values(), *self.stable.values())
        return {entries[0].ref.commit for entries in rows if entries}

    def rest(self, merged: frozenset[str]) -> set[str]:
        """The commits of the other tags of those rows whose first is not merged."""
        rows = (*self.all.values(), *self.stable.values())
        late = [entries for entries in rows if entries and entries[0].ref.commit not in merged]
        return {entry.ref.commit for entries in late for entry in entries}


async def _releases(spec: Spec, history: History, tip: str, candidates: _Candidates) -> _Releases:
    merged = await history.reached(tip, candidates.firsts())
    if rest := candidates.rest(merged):
        merged |= await history.reached(tip, rest)
    newest, stable = _first(candidates.all, merged), _first(candidates.stable, merged)
    told = await bases(spec, history, tip, {(id_, entry.ref) for row in (newest, stable) for id_, entry in row.items()})
    return _Releases(_with_bases(newest, told), _with_bases(stable, told))


def _first(row: Mapping[str, tuple[Tagged, ...]], merged: frozenset[str]) -> dict[str, Tagged]:
    found = {
        id_: next((entry for entry in entries if entry.ref.commit in merged), None) for id_, entries in row.items()
    }
    return {id_: entry for id_, entry in found.items() if entry is not None}


def _with_bases(row: Mapping[str, Tagged], bases: Mapping[str, str]) -> dict[str, Released]:
    return {
        id_: Released(entry.version, entry.ref.name, entry.ref.commit, bases.get(entry.ref.name, entry.ref.commit))
        for id_, entry in row.items()
    }


async def bases(spec: Spec, history: History, tip: str, released: Iterable[tuple[str, TagRef]]) -> dict[str, str]:
    """The base of each tag's release, by tag: the manifest at the tag has it, if it names that tag.

    History may have been rewritten since; a base that `tip` does not reach says nothing.
    """
    pairs = sorted(released, key=lambda pair: pair[0])
    contents = await history.contents(spec.manifest, sorted({ref.commit for _, ref in pairs}))
    origins = {commit: manifest.origin(data.decode('utf-8', 'replace')) for commit, data in contents.items()}
    found: dict[str, str] = {}
    for id_, ref in pairs:
        if (told := origins.get(ref.commit)) is not None and told[1].get(id_) == ref.name:
            found[ref.name] = told[0]
    reached = await history.reached(tip, set(found.values()))
    return {tag: base for tag, base in found.items() if base in reached}


async def _shared(workspace: Workspace, history: History, releases: _Releases) -> list[str]:
    """What every package's base reaches, so that the walk may leave it out."""
    if any(package.id not in releases.stable for package in workspace.packages if package.release):
        return []
    shared = await history.common_ancestor(sorted({release.base for release in releases.all}))
    return [] if shared is None else [shared]


async def start(spec: Spec, history: History, tip: str) -> list[str]:
    """The commit that `commits.since` names: nothing before it counts."""
    if spec.commits.since is None:
        return []
    if not (since := await history.reached(tip, [spec.commits.since])):
        message = f'`commits.since` is {spec.commits.since}, which is no commit of this history.'
        raise fail(Code.SPEC_INVALID, message, 'Give the hash of a commit on this branch, or fetch the whole history.')
    return list(since)


async def _picks(spec: Spec, history: History, tip: str, walk: Walk, shared: Sequence[str]) -> Picks:
    """What was cherry-picked between lines of development, as far as both sides are in this history.

    Where releases are made from several branches, a copy may also be what every package has released already, while
    its original comes in by a merge: it is looked for since that line and this one parted.
    """
    if spec.commits.first_parent:
        return Picks({})
    picked, walked = dict(walk.picked), walk.parents.keys()
    old = set(await history.reached(tip, {source for sources in picked.values() for source in sources} - walked))
    several = len(spec.branches) > 1 and bool(shared)
    parted = {parent for parents in walk.parents.values() for parent in parents} - walked if several else set()
    if parted := parted.difference(shared):
        async for commit in history.log(shared[0], sorted(parted)):
            if sources := walked & set(origins(commit.message)):
                picked[commit.hash] = tuple(sorted(sources))
                old.add(commit.hash)
    return Picks(picked, frozenset(old))


async def _ranges(spec: Spec, history: History, tip: str, walk: Walk, releases: _Releases) -> dict[str, frozenset[str]]:
    """The commits since each base that is off the line of first parents: there git must be asked what it reaches."""
    found: dict[str, frozenset[str]] = {}
    for base in sorted({release.base for release in releases.all} - walk.parents.keys()):
        commits = history.log(tip, [base], first_parent=spec.commits.first_parent)
        found[base] = frozenset([commit.hash async for commit in commits])
    return found
