# SPDX-License-Identifier: Apache-2.0
"""A release.yaml as settings, each with its path, its value and the reason behind it, and the text of all of them."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

Path = tuple[str | int, ...]

_PLAIN = re.compile(r'(?!-$)[A-Za-z_/-][A-Za-z0-9_./+-]*')
# What YAML of one version or another reads as something else than text.
_WORDS = frozenset({'true', 'false', 'yes', 'no', 'on', 'off', 'null', 'y', 'n'})
# The order of keys, by how deep they stand; what is not named comes last, as it was set.
_ORDER: Mapping[int, Sequence[str]] = {
    0: (
        'version', 'project', 'mode', 'workspaces', 'commits', 'targets', 'checks', 'tasks', 'hooks', 'git', 'manifest',
        'branches', 'schedule', 'announce', 'policy', 'engine',
    ),
    2: (
        'ecosystem', 'tool', 'root', 'exclude', 'packages', 'groups', 'version', 'pin', 'build', 'tag', 'umbrella_tag',
        'changelog', 'targets',
    ),
}  # fmt: skip

# A table whose line would be longer has a line for each key.
_WIDE = 100

Tree = dict[str | int, Any]
# The value of a setting that is to be left out.
ABSENT: Final = object()


class Raw(str):
    """Text that is written as it is."""

    __slots__ = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Setting:
    """A key of release.yaml with its value, and why it has it; a number in the path is a place in a list."""

    path: Path
    value: object
    why: str = ''


def merged(settings: Iterable[Setting], more: Iterable[Setting]) -> tuple[Setting, ...]:
    """Settings with others put over them: one replaces what stands at its path and below, `ABSENT` takes it away."""
    found = list(settings)
    for each in more:
        found = [part for one in found for part in _beside(one, each.path)]
        if each.value is not ABSENT:
            found.append(each)
    return tuple(found)


def write(head: Iterable[str], settings: Iterable[Setting]) -> str:
    """The whole text: the lines of the head, the version of the format, and a block for each key."""
    tree: Tree = {}
    for each in settings:
        node = tree
        for key in each.path[:-1]:
            node = node.setdefault(key, {})
        node[each.path[-1]] = each
    parts = [[*head, 'version: 1'], *([*_lines({key: tree[key]}, 0)] for key in _ordered(tree, 0))]
    return '\n\n'.join('\n'.join(part) for part in parts) + '\n'


def nested(setting: Setting) -> Mapping[str, Any]:
    """The document that has this setting alone."""
    found: object = setting.value
    for key in reversed(setting.path[1:]):
        found = {key: found} if isinstance(key, str) else [found]
    return {str(setting.path[0]): found}


def scalar(value: object) -> str:
    """A value in flow style; text is quoted where YAML could take it for something else."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, bool) or value is None:
        return {True: 'true', False: 'false', None: 'null'}[value]
    if isinstance(value, str):
        return (
            value if _PLAIN.fullmatch(value) and value.lower() not in _WORDS else json.dumps(value, ensure_ascii=False)
        )
    if isinstance(value, Mapping):
        return '{' + ', '.join(f'{scalar(key)}: {scalar(item)}' for key, item in value.items()) + '}'
    return '[' + ', '.join(scalar(item) for item in value) + ']' if isinstance(value, Iterable) else str(value)


def line(text: str) -> str:
    """Text that stays on the line of its comment."""
    return ' '.join(''.join(sign if sign.isprintable() else ' ' for sign in text).split())


def _beside(one: Setting, path: Path) -> Iterator[Setting]:
    """What is left of a setting where another one goes to a path."""
    if one.path[: len(path)] == path:
        return
    if path[: len(one.path)] != one.path:
        yield one
    elif isinstance(one.value, Mapping):
        for key, value in one.value.items():
            yield from _beside(Setting((*one.path, key), value, one.why), path)


def _ordered(tree: Tree, depth: int) -> list[str | int]:
    """The keys in the order of the format; `depth` is how many keys stand above them."""
    rank = {key: at for at, key in enumerate(_ORDER.get(depth, ()))}
    return sorted(tree, key=lambda key: rank.get(str(key), len(rank)))


def _lines(tree: Tree, depth: int) -> Iterator[str]:
    for key in _ordered(tree, depth):
        child, start = tree[key], f'{"  " * depth}{scalar(key)}:'
        if isinstance(child, Setting):
            yield from _setting(start, child, depth)
        elif all(isinstance(at, int) for at in child):
            yield start
            for item in child.values():
                if isinstance(item, Setting):
                    yield _said(f'{"  " * (depth + 1)}- {scalar(item.value)}', item.why)
                    continue
                # The first key of an item stands behind its mark.
                first, *rest = _lines(item, depth + 2)
                yield f'{"  " * (depth + 1)}- {first.lstrip()}'
                yield from rest
        else:
            yield start
            yield from _lines(child, depth + 1)


def _setting(start: str, setting: Setting, depth: int) -> Iterator[str]:
    """A setting on one line, or a key a line where it is a table that would be too long."""
    flow = _said(f'{start} {scalar(setting.value)}', setting.why)
    if not isinstance(setting.value, Mapping) or len(setting.value) == 1 or len(flow) <= _WIDE:
        yield flow
        return
    yield _said(start, setting.why)
    yield from _lines({key: Setting((key,), value) for key, value in setting.value.items()}, depth + 1)


def _said(text: str, why: str) -> str:
    return f'{text}  # {line(why)}' if why else text
