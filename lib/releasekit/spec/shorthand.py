# SPDX-License-Identifier: Apache-2.0
"""The short forms of release.yaml written out: a step that is a name, a command that is a string, a duration.

What an ecosystem or a type of target has another default for than the dataclass is written out too.
"""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Iterator
from typing import Any

from releasekit.errors import Code, Problem
from releasekit.spec.kinds import Kind, target_kinds
from releasekit.spec.places import Path, Places
from releasekit.spec.scalars import Date

_SECONDS = {'s': 1, 'm': 60, 'h': 3600}


def seconds(duration: str) -> float:
    """`600`, `600s`, `10m` or `1h` in seconds; the schema has checked the form."""
    unit = _SECONDS.get(duration[-1])
    return float(duration) if unit is None else float(duration[:-1]) * unit


@dataclasses.dataclass(frozen=True)
class Expander:
    """Writes out a document that is valid by the schema; commands that cannot be split are collected."""

    places: Places
    kinds: tuple[Kind, ...]
    problems: list[Problem] = dataclasses.field(default_factory=list)

    def spec(self, data: dict[str, Any]) -> dict[str, Any]:
        """The same document in the form that `codec.decode` reads."""
        written = dict(data)
        if 'checks' in data:
            written['checks'] = [self._command(item, ('checks', index)) for index, item in enumerate(data['checks'])]
        for section, expand in (('tasks', self._task), ('workspaces', self._workspace), ('targets', self._target)):
            if section in data:
                written[section] = {name: expand(item, (section, name)) for name, item in data[section].items()}
        if isinstance(data.get('schedule', {}).get('cooldown'), str):
            written['schedule'] = {**data['schedule'], 'cooldown': seconds(data['schedule']['cooldown'])}
        return written

    def _task(self, task: dict[str, Any], path: Path) -> dict[str, Any]:
        """A task; its commands have what it says for all of them."""
        written = self._command(task, path)
        common = {key: written[key] for key in ('per', 'timeout') if key in written}
        steps = [self._step(step, (*path, 'steps', index)) for index, step in enumerate(task['steps'])]
        for step in steps:
            if 'run' in step:
                step.update({**common, **step, 'env': {**task.get('env', {}), **step.get('env', {})}})
        return {**written, 'steps': steps}

    def _target(self, target: dict[str, Any], _path: Path) -> dict[str, Any]:
        kind = target_kinds(self.kinds).get(target['type'])
        return {'url': kind.url, 'index': kind.index, **target} if kind else target

    def _workspace(self, workspace: dict[str, Any], path: Path) -> dict[str, Any]:
        kind = next((kind for kind in self.kinds if kind.name == workspace['ecosystem']), None)
        workspace = {'tag': kind.tag, **workspace} if kind else workspace
        if 'setup' not in workspace.get('build', {}):
            return workspace
        path = (*path, 'build', 'setup')
        setup = [self._argv(item, (*path, index)) for index, item in enumerate(workspace['build']['setup'])]
        return {**workspace, 'build': {**workspace['build'], 'setup': setup}}

    def _step(self, step: str | dict[str, Any], path: Path) -> dict[str, Any]:
        if isinstance(step, str):
            return {'use': step}
        if 'use' not in step:
            return self._command(step, path)
        options = {key: value for key, value in step.items() if key not in {'use', 'if'}}
        self.problems.extend(self._dates(options, path))
        return {'use': step['use'], 'options': options, **({'if': step['if']} if 'if' in step else {})}

    def _command(self, item: dict[str, Any], path: Path) -> dict[str, Any]:
        """A check, a task or a step with its commands as lists and its timeout in seconds."""
        written = dict(item)
        for key in ('run', 'unless'):
            if key in item:
                written[key] = self._argv(item[key], (*path, key))
        if isinstance(item.get('timeout'), str):
            written['timeout'] = seconds(item['timeout'])
        return written

    def _argv(self, command: str | list[str] | None, path: Path) -> list[str] | None:
        if not isinstance(command, str):
            return command
        hint = 'Close every quote, or write the command as a list: [uv, run, pytest].'
        try:
            words = shlex.split(command)
        except ValueError as error:
            message = f'The command cannot be split into words: {str(error).lower()}.'
            self.problems.append(Problem(Code.SPEC_INVALID, message, hint, self.places.value(path)))
            return [command]
        if not words:
            self.problems.append(Problem(Code.SPEC_INVALID, 'The command is empty.', hint, self.places.value(path)))
        return words

    def _dates(self, value: object, path: Path) -> Iterator[Problem]:
        """The options of a step have no schema here: what none of them can be is refused."""
        if isinstance(value, Date):
            message = f'This is the date `{value.text}`; no option of a step takes one.'
            yield Problem(Code.SPEC_INVALID, message, f'Quote it: "{value.text}".', self.places.value(path))
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, item in items:
            yield from self._dates(item, (*path, key))
