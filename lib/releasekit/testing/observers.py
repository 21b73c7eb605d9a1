# SPDX-License-Identifier: Apache-2.0
"""An observer of a run that remembers what it saw, and can make something happen in the middle of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from releasekit.core.actions import Action
from releasekit.core.report import Result


class Recorder:
    """Remembers how each action ended, by key; `after` has what is done when the action of a key has ended."""

    def __init__(self, after: Mapping[str, Callable[[], object]] | None = None) -> None:
        """Begin with nothing seen."""
        self.begun: list[str] = []
        self.ended: dict[str, Result] = {}
        self._after = after or {}

    def started(self, action: Action) -> None:
        """An action begins."""
        self.begun.append(action.key)

    def finished(self, action: Action, result: Result) -> None:
        """An action ended."""
        self.ended[action.key] = result
        if action.key in self._after:
            self._after[action.key]()
