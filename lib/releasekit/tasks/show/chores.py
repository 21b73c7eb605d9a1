# SPDX-License-Identifier: Apache-2.0
"""What a task of release.yaml would do, and what its commands said, as people read it."""

from __future__ import annotations

from releasekit.core.actions import Action, RunCommand
from releasekit.core.report import ResultKind
from releasekit.run.chores.carry import Preview
from releasekit.tasks.terminal.layout import Block, Line

_WORDS = {ResultKind.DONE: 'run', ResultKind.ALREADY: 'leave', ResultKind.SKIPPED: 'skip'}


def preview(preview_: Preview) -> list[Block]:
    """The commands in their order, each with why it would run or would not."""
    blocks: list[Block] = [_line(*line) for line in preview_.lines]
    count, all_ = len(preview_.plan.actions), len(preview_.lines)
    return [*blocks, Line(), Line(f'{count} of {all_} {"command" if all_ == 1 else "commands"} would run.', 'bold')]


def said(action: Action, text: str) -> str:
    """What a command wrote, under a line that says which one."""
    return f'── {action}\n{text}' + ('' if text.endswith('\n') else '\n')


def _line(action: RunCommand, kind: ResultKind, reason: str) -> Line:
    where = '' if action.cwd == '.' else f' (in {action.cwd})'
    why = f' — {reason}' if reason else ''
    what = f'{_WORDS[kind]} {action.purpose} {action.id}: {action.line}{where}{why}'
    return Line(what, 'dim' if kind is not ResultKind.DONE else '')
