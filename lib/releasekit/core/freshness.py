# SPDX-License-Identifier: Apache-2.0
"""Whether a task has anything to do: what it was made from the last time, against what it would be made from now."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

from releasekit.core.globs import pattern

RECORD_SCHEMA = 'releasekit/task/1'


@dataclasses.dataclass(frozen=True, slots=True)
class Record:
    """SHA-256 digests, in hex, of all that a task was made from and of what it made, by path or name."""

    command: str
    tools: str
    env: Mapping[str, str]
    sources: Mapping[str, str]
    outputs: Mapping[str, str]


def why(before: Record | None, now: Record, outputs: Sequence[str]) -> str:
    """Why a task must run, '' where it is up to date; `outputs` are the globs of what must be there."""
    if before is None:
        return 'it has not run before'
    return next(_reasons(before, now, outputs), '')


def _reasons(before: Record, now: Record, outputs: Sequence[str]) -> Iterator[str]:
    for glob in outputs:
        if not any(fits(glob, path) for path in now.outputs):
            yield f'output {glob} is missing'
    if before.command != now.command:
        yield 'the command changed'
    if before.tools != now.tools:
        yield 'its environment changed'
    if names := _different(before.env, now.env):
        yield f'env changed: {_some(names)}'
    if paths := _different(before.sources, now.sources):
        yield f'sources changed: {_some(paths)}'
    if gone := [path for path in sorted(before.outputs) if path not in now.outputs]:
        yield f'output {_some(gone)} is missing'
    if paths := _different(before.outputs, now.outputs):
        yield f'output {_some(paths)} changed'


def fits(glob: str, path: str) -> bool:
    """Whether a glob fits a path, or a folder above it."""
    whole = glob.rstrip('/')
    return pattern(whole).fullmatch(path) is not None or pattern(f'{whole}/**').fullmatch(path) is not None


def _different(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    return sorted(key for key in {*before, *now} if before.get(key) != now.get(key))


def _some(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f'{names[0]} and {len(names) - 1} more'
