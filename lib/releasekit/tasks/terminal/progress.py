# SPDX-License-Identifier: Apache-2.0
"""What is seen while a plan is carried out: a log always, and a display or plain lines for people; and the question.

On a terminal standard error shows a live display and logs from `warning` on. Elsewhere standard error carries JSON
logs from `info` on, and people find plain lines on standard output.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Generator
from typing import TYPE_CHECKING, Protocol

from releasekit import lazy
from releasekit.core.actions import Action, EditFile, Push, Upload
from releasekit.core.plan import Plan
from releasekit.core.report import Result, ResultKind
from releasekit.tasks.flags import Flags
from releasekit.tasks.show import plans
from releasekit.tasks.terminal.console import Console, no_answer
from releasekit.tasks.terminal.layout import Line
from releasekit.tasks.terminal.record import Record, recording

if TYPE_CHECKING:
    from releasekit.tasks.terminal import display
else:
    display = lazy.module('releasekit.tasks.terminal.display')

_PAST = {
    'probe': ('look', 'looked'),
    'run': ('run', 'ran'),
    'edit': ('edit', 'edited'),
    'manifest': ('write', 'wrote'),
    'commit': ('commit', 'committed'),
    'tag': ('tag', 'tagged'),
    'build': ('build', 'built'),
    'smoke': ('install and load', 'installed and loaded'),
    'push': ('push', 'pushed'),
    'advance': ('move', 'moved'),
    'upload': ('upload', 'uploaded'),
    'verify': ('verify', 'verified'),
}
# The words of an edit that leaves no file behind.
_DELETED = ('delete', 'deleted')


class Display(Protocol):
    """Shows the progress of a run."""

    def planned(self, plan: Plan) -> None:
        """A plan is about to be carried out."""
        ...

    def started(self, action: Action) -> None:
        """An action begins."""
        ...

    def finished(self, action: Action, result: Result) -> None:
        """An action ended."""
        ...

    def note(self, text: str) -> None:
        """Print a line of the log without harm to what is shown."""
        ...

    def stop(self) -> None:
        """Give the terminal back; it may start again."""
        ...


def line(action: Action, result: Result) -> str:
    """An action that ended, in a line."""
    now, past = _DELETED if isinstance(action, EditFile) and not action.after else _PAST[action.kind]
    detail = f': {result.detail}' if result.detail else ''
    match result.kind:
        case ResultKind.DONE:
            return f'{str(action).replace(now, past, 1)}{detail}'
        case ResultKind.ALREADY:
            return f'{str(action).replace(now, past, 1)} before{detail}'
        case _:
            return f'{result.kind}: {action}{detail}'


@dataclasses.dataclass(frozen=True, slots=True)
class Lines:
    """Plain lines, one for each action that ended."""

    console: Console

    def planned(self, plan: Plan) -> None:
        """The plan is printed by others."""

    def started(self, action: Action) -> None:
        """Only ends are printed."""

    def finished(self, action: Action, result: Result) -> None:
        """Print how it ended."""
        self.console.line(line(action, result))

    def note(self, text: str) -> None:
        """Print a line of the log."""
        self.console.err.write(text)

    def stop(self) -> None:
        """Nothing is held."""


class Watch:
    """Told of every action while a plan is carried out, and asked before the first that cannot be taken back."""

    def __init__(self, console: Console, shown: Display, *, yes: bool, record: Record | None = None) -> None:
        """Show on a console, and record; `yes` answers the question."""
        self._console = console
        self._record = record or Record(console)
        self._display = shown
        self._yes = yes
        # Nothing but the result goes to standard output; whoever is asked finds the plan beside the question.
        self._silent = console.quiet or console.alone
        self._seen: str | None = None

    def planned(self, plan: Plan, *, asks: bool = True) -> None:
        """Show the plan that is about to be carried out, once; `asks` is False where it goes on after its push.

        Raises:
            ReleaseKitError: `RK-CONFIRM` where a question will come up that nobody is there to answer.
        """
        if self._seen == plan.id:
            return
        self._seen = plan.id
        self._record.planned(plan)
        final = next((action for action in plan.actions if isinstance(action, (Push, Upload))), None)
        if final is not None and asks and not self._yes and not self._console.can_ask:
            raise no_answer(plans.irreversible(plan, final))
        if not self._silent and plans.makes_something(plan):
            self._console.show([*plans.summary(plan), Line()])
        self._display.planned(plan)

    def started(self, action: Action) -> None:
        """An action begins."""
        self._record.started(action)
        self._display.started(action)

    def finished(self, action: Action, result: Result) -> None:
        """An action ended."""
        self._record.finished(action, result)
        self._display.finished(action, result)

    def confirm(self, plan: Plan, action: Action) -> bool:
        """Ask whether to go on with the first step that cannot be taken back."""
        self.planned(plan)
        if self._yes:
            return True
        self._display.stop()
        if self._silent:
            self._console.note(plans.summary(plan))
        return self._console.ask(plans.irreversible(plan, action))


@contextlib.contextmanager
def watching(console: Console, flags: Flags, *, live: bool = True) -> Generator[Watch]:
    """Log and show what is done inside; `live` draws on a terminal."""
    shown = _display(console, flags) if live else Lines(console)
    with recording(console, flags, shown.note) as record:
        try:
            yield Watch(console, shown, yes=flags.yes, record=record)
        finally:
            shown.stop()


def _display(console: Console, flags: Flags) -> Display:
    if console.draws(console.err) and not (flags.quiet or flags.verbose or flags.debug):
        return display.Live(console.err, console.environment)
    return Lines(dataclasses.replace(console, quiet=console.quiet or (console.err.isatty() and flags.verbose)))
