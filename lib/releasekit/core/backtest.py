# SPDX-License-Identifier: Apache-2.0
"""Holds what was released in the past against what the rules of release.yaml would have decided, with both reasons."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from releasekit.compat import StrEnum
from releasekit.core.commits import ParsedCommit
from releasekit.core.decide import Allows, decide
from releasekit.core.history import History
from releasekit.core.levels import Ask, Level, judge
from releasekit.core.plan import BumpKind, Inputs, PlannedPackage, Reason, ReasonKind
from releasekit.core.replay import Seen
from releasekit.core.version import scheme
from releasekit.errors import ReleaseKitError
from releasekit.spec.model import Spec

SCHEMA = 'releasekit/backtest/1'


class Outcome(StrEnum):
    """How what was released and what the rules decide go together.

    `same`: the same version; `other`: another version; `none`: the rules would not have released the package;
    `more`: for the sake of others they would have released one that was not; `waiting`: it was not released, and its
    own commits would have let the rules release it then; `undecided`: the rules could not be asked.
    """

    SAME = 'same'
    OTHER = 'other'
    NONE = 'none'
    MORE = 'more'
    WAITING = 'waiting'
    UNDECIDED = 'undecided'


# What is told with both sides' reasons.
_TOLD = frozenset({Outcome.OTHER, Outcome.NONE, Outcome.MORE, Outcome.UNDECIDED})


@dataclasses.dataclass(frozen=True, slots=True)
class Theirs:
    """What was released: with the jump from the version before, and the commits of the package in it by type.

    A type ends with `!` where it breaks something; commits without one are counted under ''. `asked` is what was asked
    for beyond the rules, where a release manifest says so.
    """

    version: str | None
    tag: str | None
    bump: BumpKind | None
    commits: Mapping[str, int]
    asked: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Ours:
    """What the rules decide: `levels` are how many changes, in commits and changesets, ask for which level."""

    version: str | None
    bump: BumpKind | None
    levels: Mapping[str, int]
    reasons: tuple[Reason, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """A package of a release where the two differ. `before` is its version until then, `problem` why none decides.

    `date` is the day of the release.
    """

    package: str
    outcome: Outcome
    commit: str
    date: str
    before: str | None
    theirs: Theirs
    ours: Ours
    problem: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Tally:
    """How often which outcome came of the releases of a package, or of all; `releases` are those that were made."""

    package: str | None
    releases: int
    same: int
    other: int
    none: int
    more: int
    waiting: int
    undecided: int

    @property
    def differences(self) -> int:
        """How often the rules would have decided otherwise."""
        return self.other + self.none + self.more


@dataclasses.dataclass(frozen=True, slots=True)
class Backtest:
    """The releases that HEAD reaches, newest first, against the rules.

    `packages` are those that have a tag, `untagged` the ids of the others. `skipped` are tags that were not replayed,
    because the walk of history does not have their commits.
    """

    commit: str
    releases: int
    total: Tally
    packages: tuple[Tally, ...]
    differences: tuple[Difference, ...]
    untagged: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """A package of a release, whatever came of it; `difference` where that is to be told."""

    package: str
    outcome: Outcome
    difference: Difference | None


@dataclasses.dataclass(frozen=True)
class Judge:
    """What decides: the rules, and whether a requirement admits a version. `asked` has the inputs of our own releases.

    Its keys are the commits of the release's tags.
    """

    spec: Spec
    allows: Allows
    asked: Mapping[str, Inputs]

    def rows(self, seen: Seen, history: History) -> Iterator[Row]:
        """What comes of each package of a release; one that nobody released or would have released is none."""
        asked = self.asked.get(seen.moment.commits[0]) if seen.moment.own else None
        # What nobody asked to release then was not decided on.
        inputs = Inputs(prerelease=seen.moment.channel, only=() if asked is None else asked.only)
        try:
            decided = decide(self.spec, seen.workspace, history, inputs, self.allows)
        except ReleaseKitError as error:
            yield from undecided(seen, str(error))
            return
        planned = {package.id: package for package in decided.packages}
        for package in seen.workspace.packages:
            if package.id in seen.moment.tagged or package.id in planned:
                yield self._row(seen, history, package.id, planned.get(package.id))
        missing = seen.moment.tagged.keys() - seen.workspace.by_id.keys()
        yield from _missing(seen, missing)

    def _row(self, seen: Seen, history: History, id_: str, planned: PlannedPackage | None) -> Row:
        tagged = seen.moment.tagged.get(id_)
        read = scheme(history.schemes[seen.workspace.by_id[id_].workspace])
        same = planned is not None and tagged is not None and read.key(planned.next) == read.key(tagged.version)
        outcome = Outcome.SAME if same else _outcome(tagged is not None, planned)
        return Row(id_, outcome, self._difference(seen, history, id_, planned) if outcome in _TOLD else None)

    def _difference(self, seen: Seen, history: History, id_: str, planned: PlannedPackage | None) -> Difference:
        tagged, released = seen.moment.tagged.get(id_), history.released.get(id_)
        read = scheme(history.schemes[seen.workspace.by_id[id_].workspace])
        before = None if released is None else released.version
        commits = history.commits[id_] if seen.moment.channel is None else history.recent[id_]
        asks = history.changesets if seen.moment.channel is None else history.fresh
        theirs = Theirs(
            version=None if tagged is None else tagged.version,
            tag=None if tagged is None else tagged.ref.name,
            bump=None if tagged is None else read.bump_kind(before, tagged.version),
            commits=_types(commits),
            asked=() if tagged is None else tuple(_asked(self.asked.get(tagged.ref.commit), id_)),
        )
        ours = Ours(
            version=None if planned is None else planned.next,
            bump=None if planned is None else planned.bump,
            levels=self._levels(commits, asks.get(id_, ())),
            reasons=() if planned is None else planned.reasons,
        )
        outcome = _outcome(tagged is not None, planned)
        return Difference(id_, outcome, seen.moment.commits[-1], seen.moment.day, before, theirs, ours)

    def _levels(self, commits: Sequence[ParsedCommit], asks: Iterable[Ask]) -> dict[str, int]:
        """How many changes ask for which level, in commits and changesets, as far as these count."""
        rules = self.spec.commits
        changes = () if rules.convention == 'changesets' else judge(commits, rules.types).changes
        levels = [*(level for level, _, _ in changes), *(ask.level for ask in asks)]
        return dict(sorted(Counter(level.bump for level in levels if level is not Level.NONE).items()))


def _types(commits: Iterable[ParsedCommit]) -> dict[str, int]:
    """How many changes there are of which type."""
    found = Counter[str]()
    for commit in commits:
        found.update(f'{change.type}{"" if change.breaking is None else "!"}' for change in commit.changes)
        found[''] += not commit.changes
    return dict(sorted((+found).items()))


def undecided(seen: Seen, problem: str, ids: Collection[str] | None = None) -> Iterator[Row]:
    """The rows of packages of a release, by default all that it released, that the rules cannot be asked about."""
    for id_, tagged in sorted(seen.moment.tagged.items()):
        if ids is None or id_ in ids:
            theirs = Theirs(tagged.version, tagged.ref.name, None, {})
            none = Ours(None, None, {})
            commit, day = seen.moment.commits[-1], seen.moment.day
            difference = Difference(id_, Outcome.UNDECIDED, commit, day, None, theirs, none, problem)
            yield Row(id_, Outcome.UNDECIDED, difference)


def _missing(seen: Seen, ids: Collection[str]) -> Iterator[Row]:
    return undecided(seen, 'no package of that name was there then', ids)


def _outcome(released: bool, planned: PlannedPackage | None) -> Outcome:
    if planned is None:
        return Outcome.NONE
    if released:
        return Outcome.OTHER
    pulled = all(reason.kind in {ReasonKind.DEPENDENCY, ReasonKind.GROUP} for reason in planned.reasons)
    return Outcome.MORE if pulled else Outcome.WAITING


def _asked(inputs: Inputs | None, id_: str) -> Iterator[str]:
    if inputs is not None:
        yield from (f'bump {level}' for name, level in inputs.bump.items() if name == id_)
        yield from (f'set {version}' for name, version in inputs.set.items() if name == id_)


def summed(rows: Iterable[Row], package: str | None = None) -> Tally:
    """How often which outcome came up in some rows."""
    counts = Counter(row.outcome for row in rows)
    made = sum(count for outcome, count in counts.items() if outcome not in {Outcome.MORE, Outcome.WAITING})
    return Tally(package, made, **{outcome.value: counts[outcome] for outcome in Outcome})


def tallies(rows: Sequence[Row], ids: Iterable[str]) -> tuple[Tally, ...]:
    """A tally for each package, sorted by id."""
    by_package: dict[str, list[Row]] = {id_: [] for id_ in sorted(ids)}
    for row in rows:
        by_package[row.package].append(row)
    return tuple(summed(own, id_) for id_, own in by_package.items())


def differences(rows: Iterable[Row]) -> tuple[Difference, ...]:
    """The rows where the two differ, or that could not be replayed."""
    return tuple(row.difference for row in rows if row.difference is not None)
