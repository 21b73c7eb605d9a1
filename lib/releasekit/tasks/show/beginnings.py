# SPDX-License-Identifier: Apache-2.0
"""What `init` saw and decided, and what to run next, for people."""

from __future__ import annotations

from releasekit.run.survey.begin import Begun, Proven
from releasekit.run.survey.draft import Choice, Draft
from releasekit.run.survey.text import SCHEMA
from releasekit.tasks.terminal.layout import Block, Line, Table


def found(draft: Draft) -> list[Block]:
    """A row for everything that was decided; below it what may be decided otherwise."""
    table = Table(('what', 'value', 'why'), tuple((row.what, row.value, row.why) for row in draft.rows))
    asked = [Line(f'not asked: {_open(choice)}') for choice in draft.choices]
    return [table, *([Line(), *asked] if asked else [])]


def _open(choice: Choice) -> str:
    """A question that nobody was asked, with what was taken and what else could be."""
    taken, *others = choice.options
    return f'{choice.question} Taken: {taken}; else: {", ".join(others)}.'


def written(begun: Begun, proven: Proven) -> list[Block]:
    """That the file is there, and the commands that come next."""
    named = '' if begun.shown == 'release.yaml' else f' --spec {begun.shown}'
    return [
        Line(),
        Line(f'{begun.shown} is written. It plans: {proven.released} of {proven.packages} to release.', 'bold'),
        Line(),
        Line(f'  releasekit plan{named}'),
        Line(f'  releasekit schema{named} > {SCHEMA}'),
        Line(f'  git add {begun.shown}'),
    ]


def text(proven: Proven) -> list[Block]:
    """The file as it would be written."""
    return [Line(proven.text.rstrip('\n'))]
