# SPDX-License-Identifier: Apache-2.0
"""Tasks of a real repository, run in this process; all that a listener is told is kept."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Protocol

from releasekit.core.actions import Action
from releasekit.core.report import Report, Result, ResultKind
from releasekit.testing.workspace import Sandbox, make_repository

_HEAD = 'version: 1\nproject: {branch: main}\nworkspaces:\n  py: {ecosystem: python, changelog: false}\n'
_SOLO = '[project]\nname = "solo"\nversion = "0.1.0"\n'


@dataclasses.dataclass
class Told:
    """What a listener was told, in order: the beginning and end of each command by its id, and what it wrote."""

    events: list[str] = dataclasses.field(default_factory=list)
    texts: dict[str, str] = dataclasses.field(default_factory=dict)

    def started(self, action: Action) -> None:
        """A command begins."""
        self.events.append(f'begin {_id(action)}')

    def finished(self, action: Action, result: Result) -> None:
        """A command ended, or never began."""
        self.events.append(f'{result.kind} {_id(action)}')

    def said(self, action: Action, text: str) -> None:
        """A command has written this."""
        self.texts[_id(action)] = text


def _id(action: Action) -> str:
    return action.key.removeprefix('step:')


class Preview(Protocol):
    """What a run would do."""

    @property
    def lines(self) -> tuple[tuple[Action, ResultKind, str], ...]:
        """Each command, and whether it would run, and why."""
        ...


@dataclasses.dataclass(frozen=True)
class Library:
    """What opens a repository, what runs a task of it and what looks at one, and what is asked for where nothing is."""

    open: Callable[[Path, None, Mapping[str, str]], Awaitable[object]]
    run: Callable[..., Awaitable[Report]]
    look: Callable[..., Awaitable[Preview]]
    order: Callable[[], object]


@dataclasses.dataclass(frozen=True)
class Chores:
    """A repository with tasks."""

    library: Library
    sandbox: Sandbox
    environment: Mapping[str, str]

    def having(self, **variables: str) -> Chores:
        """The same repository where the environment has these variables."""
        return dataclasses.replace(self, environment={**self.environment, **variables})

    @property
    def root(self) -> Path:
        """The folder of the repository."""
        return self.sandbox.root

    async def run(self, name: str, order: object = None, told: Told | None = None) -> Report:
        """Run a task."""
        project = await self.library.open(self.root, None, self.environment)
        return await self.library.run(project, name, order or self.library.order(), listener=told or Told())

    async def look(self, name: str, order: object = None) -> list[str]:
        """What a task would do: `done`, `already` or `skipped`, the id of the command, and why."""
        project = await self.library.open(self.root, None, self.environment)
        found = await self.library.look(project, name, order or self.library.order())
        return [f'{kind} {_id(action)}' + (f': {why}' if why else '') for action, kind, why in found.lines]


@dataclasses.dataclass(frozen=True)
class Maker:
    """Makes repositories with tasks."""

    library: Library

    def __call__(self, folder: Path, tasks: str, files: Mapping[str, str] | None = None, head: str = _HEAD) -> Chores:
        """A repository in a new folder; `tasks` is the YAML below `tasks:`, indented."""
        written = {'release.yaml': f'{head}tasks:\n{tasks}', 'pyproject.toml': _SOLO, **(files or {})}
        kept = {name: value for name, value in os.environ.items() if name != 'CI'}
        sandbox = make_repository(folder / 'repository', written)
        return Chores(self.library, sandbox, {**kept, 'XDG_CACHE_HOME': str(folder / 'cache')})


def results(report: Report) -> dict[str, str]:
    """How each command ended, and why, by its id."""
    return {
        result.key.removeprefix('step:'): f'{result.kind}: {result.detail}' if result.detail else str(result.kind)
        for result in report.results
    }
