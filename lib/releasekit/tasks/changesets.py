# SPDX-License-Identifier: Apache-2.0
"""From flags, or from what somebody answers, to a changeset."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from releasekit.core.added import Added
from releasekit.core.changesets import LEVELS
from releasekit.core.levels import Level
from releasekit.core.package import Package, Workspace
from releasekit.errors import Code, fail
from releasekit.run import changesets
from releasekit.run.changed import changed
from releasekit.run.project import Project
from releasekit.tasks import library, selection
from releasekit.tasks.flags import Flags
from releasekit.tasks.terminal.console import Console
from releasekit.tasks.terminal.layout import Line

# The first is what is taken where nothing is answered.
_OFFERED = ('patch', 'minor', 'major', 'none')
_BY_FLAGS = 'Give `--bump PKG=LEVEL` and `--message TEXT`, or `--empty`.'


def made(project: Project, flags: Flags, console: Console) -> Added:
    """The changeset that is asked for; what flags leave open is asked.

    Raises:
        ReleaseKitError: `RK-CONFIRM` where nobody is there to answer, `RK-USAGE`, `RK-PACKAGE-UNKNOWN`.
    """
    changesets.refuse_uncounted(project.spec)
    workspace = library.discover(project)
    levels = _by_flags(project, workspace, flags)
    if flags.empty:
        if levels:
            raise fail(Code.USAGE, 'An empty changeset names no package.', 'Leave `--empty` or the levels away.')
        return library.run(changesets.add(project, workspace, {}, flags.message))
    if not levels:
        candidates = _candidates(project, workspace, flags)
        _refuse_silence('Which packages does this change raise?', flags, console)
        chosen = _packages(console, candidates)
        levels = {package.id: _level(console, package) for package in chosen}
    message = flags.message.strip()
    if not message:
        _refuse_silence('What is this change, to those who use it?', flags, console)
        message = _answer(console, ['What is this change, to those who use it?'], 'In a line: ')
    if not message:
        raise fail(Code.USAGE, 'A changeset says what the change is.', 'Give `--message TEXT`.')
    return library.run(changesets.add(project, workspace, levels, message))


def document(made_: Added, *, dry: bool) -> Added:
    """What came of it, for machines."""
    return dataclasses.replace(made_, written=made_.written and not dry)


def _by_flags(project: Project, workspace: Workspace, flags: Flags) -> dict[str, Level]:
    """The levels that flags give: one for all that are selected and have changed, and those of single packages."""
    whole = next((level for level in selection.LEVELS if getattr(flags, level)), None)
    if whole is not None and sum(getattr(flags, level) for level in selection.LEVELS) > 1:
        raise fail(Code.USAGE, '`--major`, `--minor` and `--patch` contradict each other.', 'Give one of them.')
    everyone = _candidates(project, workspace, flags) if whole is not None else ()
    found = {package.id: LEVELS[whole] for package in everyone} if whole is not None else {}
    for given in flags.bump:
        name, _, word = given.partition('=')
        id_ = selection.resolve(name, workspace)
        if word not in LEVELS:
            raise fail(Code.USAGE, f'`{given}` has no level.', f'Write `--bump {name}=` and {_either()}.')
        if not workspace.by_id[id_].release:
            raise fail(Code.USAGE, f'{id_} takes no part in releases.', f'Leave `--bump {given}` away.')
        found[id_] = LEVELS[word]
    return found


def _candidates(project: Project, workspace: Workspace, flags: Flags) -> tuple[Package, ...]:
    """The packages that flags select, and with `--since` those of them that have changed."""
    only = selection.chosen(flags, project.spec, workspace)
    since = library.run(changed(project, workspace, flags.since)) if flags.since else None
    found = tuple(
        package
        for package in workspace.packages
        if package.release and (not only or package.id in only) and (since is None or package.id in since)
    )
    if not found:
        raise fail(Code.USAGE, 'No package is left that has changed.', 'Select others, or give `--empty`.')
    return found


def _refuse_silence(question: str, flags: Flags, console: Console) -> None:
    if flags.yes or console.as_json or not console.can_ask:
        raise fail(Code.CONFIRM, f'Nobody is there to answer: {question}', _BY_FLAGS)


def _packages(console: Console, candidates: Sequence[Package]) -> tuple[Package, ...]:
    """The packages that are chosen by their numbers; the only one there is needs no question."""
    if len(candidates) == 1:
        return tuple(candidates)
    lines = [f'  {number}. {package.id}' for number, package in enumerate(candidates, 1)]
    answer = _answer(console, ['Which packages does this change raise?', *lines], 'Numbers: ')
    words = answer.replace(',', ' ').split()
    numbers = [int(word) if word.isdecimal() and len(word) < 7 else 0 for word in words]
    if not numbers or not all(0 < number <= len(candidates) for number in numbers):
        hint = f'Answer with numbers from 1 to {len(candidates)}, such as `1 2`.'
        raise fail(Code.USAGE, f'`{answer}` names no packages.', hint)
    return tuple(candidates[number - 1] for number in dict.fromkeys(numbers))


def _level(console: Console, package: Package) -> Level:
    """The level that is chosen by its number or its name; where nothing is answered, patch."""
    lines = [f'  {number}. {level}' for number, level in enumerate(_OFFERED, 1)]
    answer = _answer(console, [f'By how much does it raise {package.id}?', *lines], 'Number [1]: ').lower() or '1'
    options: Mapping[str, str] = {str(number): level for number, level in enumerate(_OFFERED, 1)}
    word = options.get(answer, answer)
    if word not in LEVELS:
        raise fail(Code.USAGE, f'`{answer}` is no level.', f'Answer with {_either()}.')
    return LEVELS[word]


def _answer(console: Console, lines: Sequence[str], prompt: str) -> str:
    console.note([Line(line) for line in lines])
    console.err.write(prompt)
    return console.stdin.readline().strip()


def _either() -> str:
    *words, last = LEVELS
    return f'{", ".join(words)} or {last}'
