# SPDX-License-Identifier: Apache-2.0
"""Where `init` calls the library, and asks what only a person can know."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING

from releasekit import lazy
from releasekit.core import beginnings
from releasekit.run.survey import begin, text
from releasekit.run.survey.begin import Begun, Proven
from releasekit.run.survey.draft import Choice, Draft
from releasekit.tasks import library
from releasekit.tasks.flags import Flags
from releasekit.tasks.terminal.console import Console

if TYPE_CHECKING:
    from releasekit.tasks.terminal import layout
else:
    layout = lazy.module('releasekit.tasks.terminal.layout')


def begun(flags: Flags) -> Begun:
    """What is seen around the current folder."""
    return library.run(begin.begin(Path.cwd(), Path(flags.spec) if flags.spec else None, os.environ))


def drafted(begun_: Begun, flags: Flags, console: Console) -> Draft:
    """The draft; where somebody is there to answer, with the answers, else with what is taken without one."""
    draft = begin.draft(begun_, {})
    if flags.yes or console.as_json or not console.can_ask:
        return draft
    answers = {choice.key: ask(console, choice) for choice in draft.choices}
    # What was answered is no open question any more.
    return dataclasses.replace(begin.draft(begun_, answers), choices=())


def ask(console: Console, choice: Choice) -> str:
    """The value of the option that a person chooses by its number; everything else is the first."""
    values = list(choice.options)
    lines = [f'  {number}. {text}' for number, text in enumerate(choice.options.values(), 1)]
    console.note([layout.Line(line) for line in (choice.question, *lines)])
    console.err.write('Number [1]: ')
    answer = console.stdin.readline().strip()
    return values[int(answer) - 1] if answer.isdecimal() and 0 < int(answer) <= len(values) else values[0]


def proven(begun_: Begun, draft: Draft) -> Proven:
    """The text of a draft, loaded and planned."""
    return library.run(begin.prove(begun_, text.write(draft)))


def document(begun_: Begun, draft: Draft, proven_: Proven, *, written: bool) -> beginnings.Beginning:
    """What came of it, for machines."""
    return beginnings.Beginning(
        path=begun_.shown,
        written=written,
        packages=proven_.packages,
        released=proven_.released,
        decisions=tuple(beginnings.Decision(row.what, row.value, row.why) for row in draft.rows),
        questions=tuple(beginnings.Question(each.question, tuple(each.options)) for each in draft.choices),
        text=proven_.text,
    )
