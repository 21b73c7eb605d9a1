# SPDX-License-Identifier: Apache-2.0
"""A backtest as people read it: how far the rules agree with the past, then both sides of each difference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from releasekit.core.backtest import Backtest, Difference, Outcome, Tally
from releasekit.core.why import told
from releasekit.tasks.terminal.layout import Block, Line, Table

_SHORT = 9
# More than this nobody reads in a terminal; JSON has them all.
_REASONS = 5
_COLUMNS = (
    'package',
    'releases',
    'same',
    'other version',
    'not by the rules',
    'only by the rules',
    'waiting',
    'unknown',
)
_NOTHING = 'No release to hold against the rules: HEAD reaches no tag of {names}.'
_HINT = 'Tags are read by `workspaces.*.tag` of release.yaml; fetch them with `git fetch --tags`.'
_SIDES = {
    Outcome.OTHER: 'another version',
    Outcome.NONE: 'the rules would not have released it',
    Outcome.MORE: 'only the rules would have released it',
    Outcome.UNDECIDED: 'the rules cannot be asked',
}


def blocks(found: Backtest) -> list[Block]:
    """All of it."""
    if not found.releases:
        names = ', '.join(found.untagged) or 'these packages'
        return [Line(_NOTHING.format(names=names)), Line(_HINT, 'dim'), *_notes(found)]
    rows = tuple(_row(tally) for tally in found.packages)
    total = (_row(found.total),) if len(found.packages) > 1 else ()
    shown: list[Block] = [_summary(found), Line(), Table(_COLUMNS, (*rows, *total))]
    for difference in found.differences:
        shown += [Line(), *_difference(difference)]
    return [*shown, *_notes(found)]


def _summary(found: Backtest) -> Line:
    total = found.total
    count = f'{total.same} of {_count(total.releases, "release")} as the rules of release.yaml would have it'
    percent = f' ({total.same * 100 // total.releases} %)' if total.releases else ''
    alike = not total.differences and not total.undecided
    return Line(f'{count}{percent}.', 'bold green' if alike else 'bold yellow')


def _row(tally: Tally) -> tuple[str, ...]:
    counts = (tally.other, tally.none, tally.more, tally.waiting, tally.undecided)
    return (tally.package or 'all', str(tally.releases), str(tally.same), *(str(count or '') for count in counts))


def _difference(found: Difference) -> Iterator[Block]:
    where = found.theirs.tag or found.commit[:_SHORT]
    yield Line(f'{found.package} at {where}, {found.date}: {_SIDES[found.outcome]}', 'bold')
    yield Line(f'  theirs  {_jump(found.before, found.theirs.version, found.theirs.bump)}{_theirs(found)}')
    if found.problem is not None:
        yield Line(f'  ours    {found.problem}')
        return
    yield Line(f'  ours    {_jump(found.before, found.ours.version, found.ours.bump)}{_levels(found.ours.levels)}')
    reasons = [told(reason) for reason in found.ours.reasons]
    for text in reasons[:_REASONS]:
        yield Line(f'          {text}')
    if len(reasons) > _REASONS:
        yield Line(f'          +{len(reasons) - _REASONS} more')


def _jump(before: str | None, version: str | None, bump: object) -> str:
    if version is None:
        return f'{before or "(new)"}, not released'
    return f'{before or "(new)"} → {version}' + (f' ({bump})' if bump else '')


def _theirs(found: Difference) -> str:
    asked = f', asked for: {", ".join(found.theirs.asked)}' if found.theirs.asked else ''
    if found.outcome is Outcome.UNDECIDED:
        return asked
    parts = [f'{count} {type_ or "of no type"}' for type_, count in _most(found.theirs.commits)]
    return f'{asked}; in its commits: {", ".join(parts) or "nothing"}'


def _levels(levels: Mapping[str, int]) -> str:
    parts = [f'{levels[level]} {level}' for level in ('major', 'minor', 'patch') if level in levels]
    return f'; its changes ask for {", ".join(parts)}' if parts else '; none of its changes asks for a release'


def _most(counts: Mapping[str, int]) -> Sequence[tuple[str, int]]:
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _notes(found: Backtest) -> Iterable[Block]:
    notes: list[Block] = []
    if found.untagged and found.releases:
        notes.append(Line(f'Never tagged, so not looked at: {_listed(found.untagged)}.', 'dim'))
    if found.skipped:
        notes.append(Line(f'Outside the history that counts: {_listed(found.skipped)}.', 'dim'))
    return [Line(), *notes] if notes else []


def _listed(names: Sequence[str]) -> str:
    more = f' +{len(names) - _REASONS} more' if len(names) > _REASONS else ''
    return f'{", ".join(names[:_REASONS])}{more}'


def _count(number: int, word: str) -> str:
    return f'{number} {word}' if number == 1 else f'{number} {word}s'
