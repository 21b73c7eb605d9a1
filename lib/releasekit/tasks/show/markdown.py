# SPDX-License-Identifier: Apache-2.0
"""Results in GitHub's Markdown (https://github.github.com/gfm/): for summaries of CI jobs and comments.

Text of others (commits, names, complaints) reads as it was written, and mentions nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from releasekit.compat import assert_never
from releasekit.core.documents import Findings
from releasekit.core.plan import Plan
from releasekit.errors import Problem, render
from releasekit.tasks.show import plans
from releasekit.tasks.terminal.layout import Block, Diff, Line, Table

_MARKUP = re.compile(r'[\\`*_{}\[\]<>|~&$#!]')
_MENTION = re.compile(r'(?<![\w`.])@(?=\w)[\w./-]*\w')
_BLOCK = re.compile(r'([-+=]|\d+[.)])')
_ADDRESS = re.compile(r'https?://[^\s<>|\\]+')
_BREAKS = re.compile(r'[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+\s*')
_CONTROL = re.compile(r'[\x00-\x08\x0e-\x1b\x7f]')


def document(title: str, blocks: Iterable[Block]) -> str:
    """A heading with what is shown to people below it."""
    return ''.join((f'## {text(title)}\n\n', *(_block(block) for block in blocks)))


def plan(made: Plan, title: str = 'Release plan') -> str:
    """The table of packages; all actions, folded, below it."""
    shown = document(title, plans.summary(made))
    if not made.actions:
        return shown
    count = len(made.actions)
    lines = ''.join(f'{number}. {text(str(action))}\n' for number, action in enumerate(made.actions, start=1))
    more = f'{count} {"action" if count == 1 else "actions"}, in this order'
    return f'{shown}<details>\n<summary>{more}</summary>\n\n{lines}\n</details>\n\n{_reasons(made)}'


def findings(found: Findings, title: str = 'Checks') -> str:
    """How many checks ended how, and a table of what they found."""
    counts = found.counts
    parts = (
        (counts.passed, 'passed'),
        (counts.failed, 'failed'),
        (counts.warned, 'warned'),
        (counts.waived, 'waived'),
        (counts.not_checked, 'not checked'),
    )
    told = ', '.join(f'{count} {word}' for count, word in parts if count) or 'No checks'
    rows = tuple(
        (
            entry.severity,
            entry.check,
            entry.package or '',
            f'{entry.message} {entry.hint}'.rstrip(),
            ':'.join(str(part) for part in (entry.path, entry.line) if part is not None),
        )
        for entry in found.findings
    )
    table = [Table(('severity', 'check', 'package', 'message', 'place'), rows)] if rows else []
    return document(title, [Line(f'{told}.'), *table])


def text(given: str) -> str:
    """A text of one line that reads as it was written."""
    line = _CONTROL.sub('�', _BREAKS.sub(' ', given)).strip()
    if _ADDRESS.fullmatch(line):
        return f'<{line}>'
    pieces: list[str] = []
    done = 0
    for mention in _MENTION.finditer(line):
        pieces += [_MARKUP.sub(r'\\\g<0>', line[done : mention.start()]), f'`{mention[0]}`']
        done = mention.end()
    escaped = ''.join([*pieces, _MARKUP.sub(r'\\\g<0>', line[done:])])
    block = _BLOCK.match(escaped)
    return escaped if block is None else f'{escaped[: block.end() - 1]}\\{escaped[block.end() - 1 :]}'


def _reasons(made: Plan) -> str:
    """All reasons of the packages that have more than the table says."""
    long = [package for package in made.packages if len(package.reasons) > 1]
    if not long:
        return ''
    rows = tuple((package.id, plans.reason(reason)) for package in long for reason in package.reasons)
    return f'<details>\n<summary>All reasons</summary>\n\n{_table(Table(("package", "why"), rows))}</details>\n\n'


def _block(block: Block) -> str:
    match block:
        case Line():
            written = f'{text(block.text)}\n\n' if block.text.strip() else ''
        case Table():
            written = _table(block.filled())
        case Diff():
            written = _fenced(block.text, 'diff')
        case Problem():
            written = _fenced(render(block), 'text')
        case _:
            assert_never(block)
    return written


def _table(table: Table) -> str:
    lines = (table.columns, ('---',) * len(table.columns))
    head = ''.join(f'| {" | ".join(line)} |\n' for line in lines)
    return f'{head}{"".join(_row(row) for row in table.rows)}\n'


def _row(cells: Sequence[str]) -> str:
    return f'| {" | ".join(text(cell) for cell in cells)} |\n'


def _fenced(content: str, language: str) -> str:
    """A block of code between fences that are longer than any within it."""
    longest = max((len(run) for run in re.findall(r'`{3,}', content)), default=2)
    fence = '`' * (longest + 1)
    return f'{fence}{language}\n{content.rstrip()}\n{fence}\n\n'
