# SPDX-License-Identifier: Apache-2.0
"""Settings of other tools with a value of the wrong type at any place: read, reported or refused, never a crash."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from releasekit.core.written import merged, nested, scalar, write
from releasekit.errors import Code, ReleaseKitError
from releasekit.migrations import TOOLS, json5
from releasekit.migrations.base import Ground, Member, Space, Tool, Work
from releasekit.migrations.read import read
from releasekit.migrations.tree import Source
from releasekit.run.survey import known

CASES = Path(__file__).parents[1] / 'migrate'
WRONG: tuple[object, ...] = (None, True, 7, '{y}', ['x'], {'x': 1}, [{'x': 'y'}])
SPACES = (
    Space(
        'js',
        'js',
        '.',
        (Member('@acme/a', 'packages/a', '0.2.0'), Member('@acme/b', 'packages/b', '1.0.0')),
        tag='{name}@{version}',
    ),
    Space('py', 'python', '.', (Member('probe', '.', None),), tag='v{version}'),
    Space('rs', 'rust', 'crates', (Member('gear', 'crates/gear', '0.3.0'), Member('core', 'crates/core', '1.1.0'))),
    Space(
        'go',
        'go',
        '.',
        (Member('m', '.', '1.0.0'), Member('m/c', 'client', '0.1.0')),
        fixed=True,
        tag='{path}/v{version}',
    ),
)


def written(value: object, suffix: str) -> str:
    """A value as the text of a file: JSON, which is YAML too, or TOML with all tables inline."""
    if suffix != 'toml':
        return json.dumps(value)
    table = value if isinstance(value, dict) else {'x': value}
    return ''.join(f'{json.dumps(key)} = {inline(item)}\n' for key, item in table.items() if item is not None)


def inline(value: object) -> str:
    """A value within a TOML text; what is nothing is left out of tables, and is text elsewhere."""
    if isinstance(value, dict):
        return (
            '{'
            + ', '.join(f'{json.dumps(key)} = {inline(item)}' for key, item in value.items() if item is not None)
            + '}'
        )
    if isinstance(value, list):
        return f'[{", ".join(inline(item) for item in value)}]'
    return json.dumps('' if value is None else value)


def spoiled(value: object) -> Iterator[object]:
    """The value with each of its parts, and itself, replaced by something of another type."""
    yield from WRONG
    if isinstance(value, dict):
        for key, item in value.items():
            yield from ({**value, key: other} for other in spoiled(item))
        yield {**value, 'unknown-key': 1}
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from ([*value[:at], other, *value[at + 1 :]] for other in spoiled(item))


def files(case: Path, tool: Tool) -> Iterator[Source]:
    """The settings of a case, in a form that can be written again."""
    for path in sorted(path for path in (case / 'in').rglob('*') if path.is_file()):
        name = path.relative_to(case / 'in').as_posix()
        source = Source(name, path.read_text())
        if any(known.fits(name, glob) for glob in (*tool.files, *tool.shared)) and tool.owns(source):
            try:
                value = read(source).value
            except json5.NotPlainError:
                continue
            again = name if source.suffix in {'json', 'yaml', 'toml'} else f'{name.partition(".")[0]}.json'
            yield Source(
                again if source.suffix not in {'mjs', 'js', 'cfg'} else '.releaserc.json', written(value, source.suffix)
            )


def refused(tool: Tool, work: Work, sources: Sequence[Source]) -> Code | None:
    """Read files; the code of the error where they could not be."""
    try:
        tool.read(work, sources)
    except ReleaseKitError as error:
        return error.code
    return None


@pytest.mark.parametrize('case', sorted(CASES.iterdir()), ids=lambda case: case.name)
def test_a_value_of_a_wrong_type_never_crashes(case: Path) -> None:
    """What comes of it can be written, and what is reported has a place and something to do."""
    tool = TOOLS[case.name.partition('.')[0]]
    sources = [*files(case, tool)]
    tried = 0
    for at, source in enumerate(sources):
        for value in spoiled(read(source).value):
            work = Work(Ground(SPACES, frozenset(), 'main'))
            text = written(value, source.suffix)
            others = [*sources[:at], Source(source.path, text), *sources[at + 1 :]]
            code = refused(tool, work, others)
            assert code in {None, Code.MIGRATE_INVALID}
            if code is not None:
                continue
            done = work.done()
            tried += 1
            assert write([], merged((), done.settings)).startswith('version: 1')
            assert all(scalar(nested(each)) for each in done.settings)
            assert all(gap.what and gap.path and gap.did and gap.instead for gap in done.gaps), done.gaps
    assert tried or not sources
