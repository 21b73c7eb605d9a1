# SPDX-License-Identifier: Apache-2.0
"""Decides what is released, with which versions and why: a pure function of spec, packages, history and inputs."""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from releasekit.core import asked
from releasekit.core.changesets import counted
from releasekit.core.commits import Change, ParsedCommit, TagRef
from releasekit.core.entries import is_update
from releasekit.core.graph import order
from releasekit.core.groups import Membership
from releasekit.core.history import History
from releasekit.core.levels import Ask, Level, Verdict, judge
from releasekit.core.package import Dependency, EdgeKind, Package, Workspace
from releasekit.core.plan import Inputs, PlannedPackage, Reason, ReasonKind
from releasekit.core.styles import style
from releasekit.core.tags import tag_name
from releasekit.core.umbrellas import umbrella_tags
from releasekit.core.units import Past, Unit, Wanted, past, units
from releasekit.core.version import scheme, spelled
from releasekit.errors import Code, Problem, ReleaseKitError
from releasekit.spec.model import Spec

# Whether a requirement admits a version: ecosystem, requirement, version.
Allows = Callable[[str, str, str], bool]


@dataclasses.dataclass(frozen=True)
class Decision:
    """What is released. `packages` stand in an order in which they may be released, `unchanged` are ids, sorted.

    `umbrella_tags` maps a workspace's label to its one more tag. `taken` are planned tags that exist already.
    """

    packages: tuple[PlannedPackage, ...]
    unchanged: tuple[str, ...]
    umbrella_tags: Mapping[str, str] = dataclasses.field(default_factory=dict)
    taken: tuple[TagRef, ...] = ()


def decide(spec: Spec, workspace: Workspace, history: History, inputs: Inputs, allows: Allows) -> Decision:
    """Decide by the rules of release.yaml; `allows` answers where `propagate` is range.

    Raises:
        ReleaseKitError: The inputs name unknown packages or contradict history, a version would not grow, packages
            need each other in a circle, or a released package needs one that is left out.
    """
    asked.check(inputs, workspace, history.schemes)
    sequence = order(workspace)
    selected = asked.selected(inputs, workspace)
    everything = frozenset(package.id for package in workspace.packages if package.release)
    if inputs.promote:
        selected &= _candidates(spec, workspace, history, everything)
    facts = _Facts(spec, workspace, history, inputs, allows)
    released = _Solver(facts, selected).solve()
    if selected != everything:
        wide = dataclasses.replace(facts, inputs=dataclasses.replace(inputs, only=(), promote=None))
        _refuse_partial(facts, released.keys(), _Solver(wide, everything).solve().keys())
    tags = umbrella_tags(spec, workspace, history, released)
    names = {*(package.tag for package in released.values()), *tags.values(), *_goals(facts, released)}
    return Decision(
        packages=tuple(released[id_] for id_ in sequence if id_ in released),
        unchanged=tuple(sorted(everything - released.keys())),
        umbrella_tags=tags,
        taken=tuple(history.tags[name] for name in sorted(names) if name in history.tags),
    )


def _candidates(spec: Spec, workspace: Workspace, history: History, allowed: frozenset[str]) -> frozenset[str]:
    """The ids of the packages whose newest release is a prerelease, with those that share its version."""
    found = (unit for unit in units(spec, workspace, allowed) if past(unit, spec, history).is_candidate)
    return frozenset(member.id for unit in found for member in unit.members)


def _goals(facts: _Facts, released: Mapping[str, PlannedPackage]) -> Iterator[str]:
    """The tags of what prereleases lead to: a candidate for a version that is out somewhere comes too late."""
    for planned in released.values():
        rules = scheme(facts.history.schemes[planned.workspace])
        if rules.is_prerelease(planned.next):
            template, package = facts.spec.workspaces[planned.workspace].tag, facts.workspace.by_id[planned.id]
            yield tag_name(template, package, rules.stable_part(planned.next))


@dataclasses.dataclass(frozen=True)
class _Facts:
    spec: Spec
    workspace: Workspace
    history: History
    inputs: Inputs
    allows: Allows


@dataclasses.dataclass(frozen=True, slots=True)
class _Wish:
    """What a package asks for by itself: with no `asks` it is only released for the sake of others."""

    asks: bool
    wanted: Wanted
    reasons: tuple[Reason, ...] = ()


class _Solver:
    """Spreads releases over groups and dependents until nothing changes.

    What is released only ever grows, and the versions of a unit too, so that this ends and no order matters.
    """

    def __init__(self, facts: _Facts, selected: frozenset[str]) -> None:
        self._facts = facts
        self._units = units(facts.spec, facts.workspace, selected)
        self._unit_of = {member.id: unit for unit in self._units for member in unit.members}
        self._past = {unit.key: past(unit, facts.spec, facts.history) for unit in self._units}
        self._wishes = {
            member.id: _wish(facts, member, self._past[unit.key]) for unit in self._units for member in unit.members
        }
        self._together = {unit.key: self._wanted(unit) for unit in self._units}
        self._links: dict[Membership | None, list[Unit]] = {}
        for unit in self._units:
            self._links.setdefault(unit.link, []).append(unit)
        self._versions: dict[str, str] = {}
        self._pulled: dict[str, dict[str, Level]] = {}
        self._raised: set[str] = set()

    def solve(self) -> dict[str, PlannedPackage]:
        """The released packages by id."""
        queue = deque(unit for unit in self._units if any(self._wishes[member.id].asks for member in unit.members))
        for unit in queue:
            self._versions[unit.key] = self._past[unit.key].version(self._together[unit.key])
        while queue:
            unit = queue.popleft()
            queue.extend(self._level_link(unit))
            for member in unit.members:
                queue.extend(self._pull_dependents(member))
        return {
            member.id: self._planned(unit, member)
            for unit in self._units
            if unit.key in self._versions
            for member in unit.members
        }

    def _wanted(self, unit: Unit) -> Wanted:
        """The members' wishes together: what was forced outranks what commits say; else the highest counts."""
        wishes = [self._wishes[member.id].wanted for member in unit.members]
        forced = [wish for wish in wishes if wish.forced]
        return Wanted(
            level=max((wish.level for wish in forced or wishes), default=Level.NONE),
            forced=bool(forced),
            set=tuple(version for wish in wishes for version in wish.set),
            release_as=tuple(version for wish in wishes for version in wish.release_as),
            channel=self._facts.inputs.prerelease,
            promoted=bool(self._facts.inputs.promote),
        )

    def _level_link(self, unit: Unit) -> Iterator[Unit]:
        """Give the released members of a linked group the highest of their versions; yield those that changed."""
        if unit.link is None:
            return
        common = scheme(self._facts.history.schemes[unit.link.label])
        linked = {
            other.key: (other, spelled(self._versions[other.key], self._past[other.key].scheme, common))
            for other in self._links[unit.link]
            if other.key in self._versions
        }
        highest = max((version for _, version in linked.values()), key=common.key)
        for other, version in linked.values():
            if common.key(version) < common.key(highest):
                self._versions[other.key] = spelled(highest, common, self._past[other.key].scheme)
                self._raised.add(other.key)
                yield other

    def _pull_dependents(self, package: Package) -> Iterator[Unit]:
        """Release what needs a released package, as `propagate` says; yield the units whose version changed."""
        for dependent, edge in self._facts.workspace.dependents[package.id]:
            unit = self._unit_of.get(dependent.id)
            if unit is None or dependent.id == package.id:
                continue
            level = self._pull(dependent, edge, package)
            if level is Level.NONE or dependent.id not in self._facts.history.released:
                continue
            self._pulled.setdefault(dependent.id, {}).setdefault(package.id, level)
            if self._raise(unit, level):
                yield unit

    def _raise(self, unit: Unit, level: Level) -> bool:
        """Release a unit by a level at least; whether its version changed."""
        wanted = self._together[unit.key]
        known = unit.key in self._versions
        if known and (wanted.forced or level <= max(wanted.level, Level.PATCH)):
            return False
        self._together[unit.key] = wanted = dataclasses.replace(wanted, level=max(level, wanted.level))
        version = self._past[unit.key].version(wanted)
        grown = not known or self._past[unit.key].scheme.key(version) > self._past[unit.key].scheme.key(
            self._versions[unit.key]
        )
        if grown:
            self._versions[unit.key] = version
        return grown

    def _pull(self, dependent: Package, edge: Dependency, package: Package) -> Level:
        """The level by which a package follows a new version of what it needs.

        A peer is brought along by the users of the dependent: as long as the range admits it nothing happens, and
        then they have to move too, which is a breaking change; a prerelease counts as what it will become. What
        another workspace has becomes part of it.
        """
        rule = self._facts.spec.workspaces[dependent.workspace].version.propagate
        if edge.kind is EdgeKind.GROUP or rule == 'none':
            return Level.NONE
        always = edge.kind is not EdgeKind.PEER and (rule == 'patch' or not edge.requirement)
        if not always and self._admits(dependent, edge, package):
            # Its last release was a candidate for what it needs: with that, it becomes stable too.
            return Level.PATCH if self._is_candidate(dependent) else Level.NONE
        return Level.MAJOR if edge.kind is EdgeKind.PEER else Level.PATCH

    def _admits(self, dependent: Package, edge: Dependency, package: Package) -> bool:
        """Whether a requirement admits the version that a package gets, as the scheme of its dependent writes it."""
        own = scheme(self._facts.history.schemes[dependent.workspace])
        unit = self._unit_of[package.id]
        version = spelled(self._versions[unit.key], self._past[unit.key].scheme, own)
        if edge.kind is EdgeKind.PEER:
            version = own.stable_part(version)
        return self._facts.allows(dependent.ecosystem, edge.requirement, version)

    def _is_candidate(self, package: Package) -> bool:
        """Whether stable versions are released, and the last release of a package was a prerelease."""
        known = self._facts.history.released.get(package.id)
        if known is None or self._facts.inputs.prerelease is not None:
            return False
        return scheme(self._facts.history.schemes[package.workspace]).is_prerelease(known.version)

    def _next(self, package: Package) -> str:
        """The version that a released package gets, as its own scheme writes it."""
        unit = self._unit_of[package.id]
        schemes = self._facts.history.schemes
        source, target = (scheme(schemes[label]) for label in (unit.workspace, package.workspace))
        return spelled(self._versions[unit.key], source, target)

    def _planned(self, unit: Unit, package: Package) -> PlannedPackage:
        version = self._next(package)
        released = self._facts.history.released.get(package.id)
        before = None if released is None else released.version
        return PlannedPackage(
            id=package.id,
            name=package.name,
            workspace=package.workspace,
            ecosystem=package.ecosystem,
            path=package.path,
            released=before,
            current=package.version,
            next=version,
            bump=scheme(self._facts.history.schemes[package.workspace]).bump_kind(before, version),
            tag=tag_name(self._facts.spec.workspaces[package.workspace].tag, package, version),
            targets=package.targets if package.publish else (),
            reasons=tuple(self._reasons(unit, package)),
        )

    def _reasons(self, unit: Unit, package: Package) -> Iterator[Reason]:
        wish, wanted, past_ = self._wishes[package.id], self._together[unit.key], self._past[unit.key]
        pulled = self._pulled.get(package.id, {})
        if past_.won_by_hand(wanted, package):
            yield Reason(ReasonKind.MANIFEST, detail=package.version)
        yield from wish.reasons
        for id_ in sorted(pulled):
            needed = self._facts.workspace.by_id[id_]
            yield Reason(ReasonKind.DEPENDENCY, package=id_, detail=self._next(needed))
        own = max([wish.wanted.level, *pulled.values()])
        raised = unit.key in self._raised
        if raised or (len(unit.members) > 1 and (not (wish.asks or pulled) or own < wanted.level)):
            group = unit.group or (unit.link if raised else None)
            if group is None:
                yield Reason(ReasonKind.GROUP, detail=package.places[0].path)
            else:
                yield Reason(ReasonKind.GROUP, group=group.name, detail=self._leaders(unit))

    def _leaders(self, unit: Unit) -> str | None:
        """The ids of those that the rest of a group across workspaces follows; None of a group within one."""
        if unit.group is not None:
            leading = [each for each in unit.members if self._wishes[each.id].asks or each.id in self._pulled]
            together = unit.members
        else:
            linked = [other for other in self._links[unit.link] if other.key in self._versions]
            leading = [each for other in linked if other.key not in self._raised for each in other.members]
            together = tuple(each for other in linked for each in other.members)
        return ' '.join(each.id for each in leading) if len({each.workspace for each in together}) > 1 else None


def _wish(facts: _Facts, package: Package, past_: Past) -> _Wish:
    """What a package asks for: by the inputs, by never having been released, by its manifest, by its changes."""
    history, inputs = facts.history, facts.inputs
    first = package.id not in (history.released if inputs.prerelease is not None else history.stable)
    follows = bool(inputs.promote) or past_.follows(inputs.prerelease)
    verdict = _verdict(facts, package, follows=follows)
    reasons = list(_override(facts, package, verdict.level))
    if verdict.release_as is not None:
        version, commit = verdict.release_as
        reasons.append(Reason(ReasonKind.RELEASE_AS, commit=commit, detail=version))
    if first:
        reasons += [Reason(ReasonKind.INITIAL), *verdict.told()]
    if follows:
        reasons.append(Reason(ReasonKind.PRERELEASE, detail=past_.newest))
    asks = bool(reasons) or bool(verdict.level) or past_.set_by_hand(package)
    if not first:
        reasons += verdict.reasons(_listed(facts.spec, package.workspace))
    wanted = Wanted(
        # What a new member of a group brings is new to nobody: it asks for a release, not for a level.
        level=Level[inputs.bump.get(package.id, 'patch' if first else verdict.level.name).upper()],
        forced=package.id in inputs.bump,
        set=(inputs.set[package.id],) if package.id in inputs.set else (),
        release_as=() if verdict.release_as is None else (verdict.release_as[0],),
    )
    return _Wish(asks, wanted, tuple(reasons))


def _verdict(facts: _Facts, package: Package, *, follows: bool) -> Verdict:
    """The verdict on the commits and changesets since the last release that counts.

    A prerelease needs some since the last one, and its level is that of all since the last stable release:
    a second feature does not raise the minor version again. One that follows another kind of prerelease, as a beta
    does an alpha, needs nothing new.
    """
    history, id_ = facts.history, package.id
    since_stable = _judged(facts, history.commits.get(id_, ()), history.changesets.get(id_, ()))
    if facts.inputs.prerelease is None:
        return since_stable
    recent = _judged(facts, history.recent.get(id_, ()), history.fresh.get(id_, ()))
    if recent.level or follows:
        return dataclasses.replace(recent, level=max(recent.level, since_stable.level))
    return recent


def _judged(facts: _Facts, commits: Sequence[ParsedCommit], asks: tuple[Ask, ...]) -> Verdict:
    """The verdict on commits and changesets, as far as `commits.convention` lets each of them count."""
    rules = facts.spec.commits
    verdict = judge(() if rules.convention == 'changesets' else commits, rules.types)
    return verdict.joined(asks) if counted(rules.convention) else verdict


def _override(facts: _Facts, package: Package, natural: Level) -> Iterator[Reason]:
    inputs, convention = facts.inputs, facts.spec.commits.convention
    who = {'changesets': 'changesets', 'both': 'commits and changesets'}.get(convention, 'commits')
    asked_for = [f'bump {inputs.bump[package.id]}'] if package.id in inputs.bump else []
    asked_for += [f'set {inputs.set[package.id]}'] if package.id in inputs.set else []
    for words in asked_for:
        instead = f', where {who} ask for {natural.bump}' if natural and words != f'bump {natural.bump}' else ''
        yield Reason(ReasonKind.OVERRIDE, detail=words + instead)


def _listed(spec: Spec, label: str) -> Callable[[Change], bool]:
    """Whether the changelog of a workspace tells a change."""
    rules = spec.workspaces[label].changelog
    if rules is False:
        return lambda _: False
    types = frozenset().union(*style(rules).sections.values())
    return lambda change: change.type in types or (rules.updates != 'none' and is_update(change.type, change.scope))


def _refuse_partial(facts: _Facts, released: Collection[str], whole: Collection[str]) -> None:
    """A package is not released without those that it needs in this release, nor without the rest of its group."""
    missing: dict[str, str] = {}
    for id_ in sorted(released):
        edges = facts.workspace.by_id[id_].dependencies
        needed = {edge.id for edge in edges if edge.kind is not EdgeKind.GROUP and edge.id in whole}
        for other in needed.difference(released):
            missing.setdefault(other, f'{id_} needs {other}, which is to be released too, but is not selected.')
    everything = frozenset(package.id for package in facts.workspace.packages if package.release)
    for unit in units(facts.spec, facts.workspace, everything):
        inside = [member.id for member in unit.members if member.id in released]
        for other in unit.members if inside else ():
            if other.id not in released:
                missing.setdefault(other.id, f'{other.id} shares its version with {inside[0]}, but is not selected.')
    hints = {id_: f'Release {id_} first, or another prerelease of both.' for id_ in missing if facts.inputs.promote}
    problems = [Problem(Code.USAGE, missing[id_], hints.get(id_, f'Add `--only {id_}`.')) for id_ in sorted(missing)]
    if problems:
        raise ReleaseKitError(problems[0], *problems[1:])
