# SPDX-License-Identifier: Apache-2.0
r"""Exact unified diffs of texts, and their application: `apply(before, unified(before, after)) == after`, always.

Lines end at `\n` only, so that what stands before it (a carriage return, say) is kept. A last line without an
end is marked as git marks it. The form is that of GNU diff's unified format:
https://www.gnu.org/software/diffutils/manual/html_node/Detailed-Unified.html
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence

from releasekit.errors import Code, ReleaseKitError, fail

_CONTEXT = 3
_NO_END = '\\ No newline at end of file\n'
_HUNK = re.compile(r'@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@')

_Change = tuple[int, int, int, int]


def unified(before: str | None, after: str | None, path: str) -> str:
    """The diff that turns one text into the other; '' where they are equal. None stands for no file."""
    if (before or '') == (after or ''):
        return ''
    old, new = _lines(before or ''), _lines(after or '')
    hunks = (_hunk(group, old, new) for group in _groups(_changes(old, new)))
    # As git and GNU patch name what is not there.
    source = '/dev/null' if before is None else f'a/{path}'
    target = '/dev/null' if after is None else f'b/{path}'
    return f'--- {source}\n+++ {target}\n' + ''.join(hunks)


def apply(before: str, diff: str) -> str:
    """The text that a diff of `before` leads to.

    Raises:
        ReleaseKitError: `RK-EDIT-FAILED` where the diff is not one of this text.
    """
    old, done, made = _lines(before), 0, []
    for start, removed, added in _parse(diff):
        if old[start : start + len(removed)] != removed or start < done:
            raise _misfit(start)
        made += old[done:start]
        made += added
        done = start + len(removed)
    return ''.join(made + old[done:])


def _lines(text: str) -> list[str]:
    lines = text.split('\n')
    last = lines.pop()
    return [f'{line}\n' for line in lines] + ([last] if last else [])


def _changes(old: Sequence[str], new: Sequence[str]) -> list[_Change]:
    """Changed ranges (old from, to, new from, to). Most edits keep the number of lines, or insert one block."""
    if len(old) == len(new):
        return _same_length(old, new)
    shorter = min(len(old), len(new))
    head = next((number for number in range(shorter) if old[number] != new[number]), shorter)
    tail = next((number for number in range(shorter - head) if old[-1 - number] != new[-1 - number]), shorter - head)
    middle_old, middle_new = old[head : len(old) - tail], new[head : len(new) - tail]
    if not middle_old or not middle_new:
        return [(head, len(old) - tail, head, len(new) - tail)]
    # Lines that come often (blank ones, brackets) are no anchors: with them, long files take seconds.
    matcher = difflib.SequenceMatcher(None, middle_old, middle_new, autojunk=True)
    return [
        (head + old_from, head + old_to, head + new_from, head + new_to)
        for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes()
        if tag != 'equal'
    ]


def _same_length(old: Sequence[str], new: Sequence[str]) -> list[_Change]:
    changes: list[_Change] = []
    for number, (one, other) in enumerate(zip(old, new, strict=True)):
        if one == other:
            continue
        if changes and changes[-1][1] == number:
            start = changes.pop()[0]
            changes.append((start, number + 1, start, number + 1))
        else:
            changes.append((number, number + 1, number, number + 1))
    return changes


def _groups(changes: Sequence[_Change]) -> Iterator[list[_Change]]:
    group: list[_Change] = []
    for change in changes:
        if group and change[0] - group[-1][1] > 2 * _CONTEXT:
            yield group
            group = []
        group.append(change)
    yield group


def _hunk(group: Sequence[_Change], old: Sequence[str], new: Sequence[str]) -> str:
    before = min(_CONTEXT, group[0][0])
    after = min(_CONTEXT, len(old) - group[-1][1])
    old_from, old_to = group[0][0] - before, group[-1][1] + after
    new_from, new_to = group[0][2] - before, group[-1][3] + after
    lines = [f'@@ -{_range(old_from, old_to)} +{_range(new_from, new_to)} @@\n']
    done = old_from
    for change_from, change_to, added_from, added_to in group:
        lines += (_marked(' ', line) for line in old[done:change_from])
        lines += (_marked('-', line) for line in old[change_from:change_to])
        lines += (_marked('+', line) for line in new[added_from:added_to])
        done = change_to
    lines += (_marked(' ', line) for line in old[done:old_to])
    return ''.join(lines)


def _range(start: int, end: int) -> str:
    return f'{start + 1 if end > start else start},{end - start}'


def _marked(mark: str, line: str) -> str:
    return f'{mark}{line}' if line.endswith('\n') else f'{mark}{line}\n{_NO_END}'


def _parse(diff: str) -> Iterator[tuple[int, list[str], list[str]]]:
    """Hunks: the index of the first old line, the old lines, the new lines."""
    lines = _lines(diff)
    number = 2
    while number < len(lines):
        match = _HUNK.match(lines[number])
        if match is None:
            raise _misfit(number)
        old_count = int(match.group(2) or 1)
        start = int(match.group(1)) - (1 if old_count else 0)
        removed: list[str] = []
        added: list[str] = []
        number += 1
        while number < len(lines) and not lines[number].startswith('@@'):
            _take(lines[number], removed, added, lines[number - 1][:1])
            number += 1
        yield start, removed, added


def _take(line: str, removed: list[str], added: list[str], previous: str) -> None:
    mark, text = line[:1], line[1:]
    if mark == '\\':
        for side, marks in ((removed, ' -'), (added, ' +')):
            if previous in marks:
                side[-1] = side[-1].removesuffix('\n')
        return
    if mark not in {' ', '-', '+'}:
        raise _misfit(len(removed))
    if mark != '+':
        removed.append(text)
    if mark != '-':
        added.append(text)


def _misfit(line: int) -> ReleaseKitError:
    message = f'A diff does not fit at line {line + 1}.'
    return fail(Code.EDIT_FAILED, message, 'The file or the plan was changed: plan again.')
