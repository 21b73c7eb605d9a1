# SPDX-License-Identifier: Apache-2.0
"""docs/reference/events.md: every event of the log, its level and fields from the calls, its meaning from here."""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from pages.tables import table

SOURCE = Path(__file__).parents[2] / 'lib' / 'releasekit'
NAME = re.compile(r'[a-z]+\.[a-z]+')
LEVELS = ('debug', 'info', 'warning', 'error')

MEANINGS: Mapping[str, str] = {
    'action.ended': 'An action ended; `result` is done, already, warned, failed, unknown or cancelled.',
    'action.started': 'An action began. One that was done before has no start.',
    'command.ended': 'A program ended by itself; `status` is its exit status, negative for a signal.',
    'plan.made': 'The plan that is carried out, with the packages that it releases.',
    'request.answered': 'A server answered a request.',
    'run.ended': 'The last line of a run: how many actions ended in which way.',
    'run.started': 'The first line of a run; `traced` says whether spans are sent.',
    'run.stopped': 'Something that is no action ended the run.',
    'spans.lost': 'The endpoint of OpenTelemetry took not all spans. The run is as it was.',
    'spans.skipped': 'Spans were asked for and cannot be sent; `hint` says what to do.',
}
_HEAD = """\
# Events of the log

<!-- Written by scripts/reference.py; edit the calls, or the meanings in scripts/pages/events.py. -->

Logs go to standard error: text on a terminal, and one JSON object a line elsewhere.
`RELEASEKIT_LOG_FORMAT` (`human` or `json`) asks for one of them, `RELEASEKIT_LOG` (`debug`, `info`, `warning`, `error`)
for a level; `--debug`, `--verbose` and `--quiet` outrank it. Without either it is `warning` on a terminal and `info`
elsewhere.

Each line has `time` (UTC), `level`, `logger`, `event`, and `run`: the id of the run, the same from its first line to
its last. `RELEASEKIT_RUN_ID` sets it, such as to the id of a pipeline; every command that a run starts finds it there.
Secrets are masked, whatever field they stand in.
"""


@dataclasses.dataclass(frozen=True, order=True)
class Call:
    """A call that logs: the event is None where it is no literal."""

    event: str | None
    level: str
    fields: tuple[str, ...]
    place: str


def calls() -> list[Call]:
    """Every call that logs, in the whole source."""
    paths = sorted(SOURCE.rglob('*.py'))
    return [call for path in paths for call in _in(ast.parse(path.read_text('utf-8')), path)]


def page() -> str:
    """The whole page."""
    found = calls()
    rows = []
    for event in sorted({call.event for call in found if call.event is not None}):
        same = [call for call in found if call.event == event]
        levels = [level for level in LEVELS if any(call.level == level for call in same)]
        fields = sorted({name for call in same for name in call.fields})
        rows.append((f'`{event}`', ', '.join(levels), ', '.join(f'`{name}`' for name in fields), MEANINGS[event]))
    text = 'On a terminal, where the display says what went wrong, no end of an action is above `info`.'
    return f'{_HEAD}\n{table("## All events", text, ("event", "level", "fields", "meaning"), rows)}'


def _in(tree: ast.Module, path: Path) -> Iterator[Call]:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS):
            continue
        if ast.unparse(node.func.value) not in {'_LOG', 'log', 'logger', '_log'}:
            continue
        first = node.args[0] if node.args else None
        event = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None
        names = [word.arg for word in node.keywords if word.arg is not None]
        more = ['code', 'detail', 'message', 'package'] if any(word.arg is None for word in node.keywords) else []
        yield Call(event, node.func.attr, (*names, *more), f'{path.relative_to(SOURCE)}:{node.lineno}')
