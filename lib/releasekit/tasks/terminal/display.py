# SPDX-License-Identifier: Apache-2.0
"""The live display of a run on a terminal: a bar, and the actions that are running. Imports rich late."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Group, RenderableType
from rich.live import Live as Screen
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from releasekit.core.actions import Action
from releasekit.core.plan import Plan
from releasekit.core.report import Result, ResultKind
from releasekit.tasks.terminal.drawing import terminal
from releasekit.tasks.terminal.stream import Stream

# Lines of a terminal that are left for what stands around the running actions.
_MARGIN = 4
_STYLES = {ResultKind.FAILED: 'bold red', ResultKind.UNKNOWN: 'bold red', ResultKind.WARNED: 'yellow'}


class Live:
    """A bar over all actions and a line for each that is running, as many as fit."""

    def __init__(self, stream: Stream, environment: Mapping[str, str]) -> None:
        """Draw on a terminal; nothing is drawn before the first action."""
        self._console = terminal(stream, None, environment)
        bar = BarColumn(bar_width=None)
        texts = TextColumn('{task.description}', markup=False)
        self._progress = Progress(
            texts, bar, MofNCompleteColumn(), TimeElapsedColumn(), console=self._console, expand=True
        )
        self._task = self._progress.add_task('actions', total=None)
        self._running: dict[str, str] = {}
        self._screen: Screen | None = None

    def planned(self, plan: Plan) -> None:
        """Learn how much there is to do."""
        self._progress.update(self._task, total=len(plan.actions))

    def started(self, action: Action) -> None:
        """Show an action."""
        # A new dictionary, because another thread draws the old one.
        self._running = {**self._running, action.key: str(action)}
        if self._screen is None:
            self._screen = Screen(
                get_renderable=self._drawn,
                console=self._console,
                transient=True,
                refresh_per_second=8,
                redirect_stdout=False,
                redirect_stderr=False,
                vertical_overflow='crop',
            )
            self._screen.start(refresh=True)

    def finished(self, action: Action, result: Result) -> None:
        """Take an action off; what went wrong stays on the terminal."""
        self._running = {key: text for key, text in self._running.items() if key != action.key}
        self._progress.advance(self._task)
        if result.kind in _STYLES:
            detail = f': {result.detail}' if result.detail else ''
            self._console.print(Text(f'{result.kind}: {action}{detail}', style=_STYLES[result.kind]))

    def note(self, text: str) -> None:
        """Print a line above the display."""
        self._console.print(Text.from_ansi(text), end='', soft_wrap=True)

    def stop(self) -> None:
        """Take the display off the terminal."""
        if self._screen is not None:
            self._screen.stop()
            self._screen = None

    def _drawn(self) -> RenderableType:
        running = list(self._running.values())
        room = max(1, self._console.height - _MARGIN)
        lines = [Text(f'  {text}', style='cyan', overflow='ellipsis', no_wrap=True) for text in running[:room]]
        if len(running) > room:
            lines.append(Text(f'  and {len(running) - room} more', style='dim'))
        return Group(self._progress, *lines)
