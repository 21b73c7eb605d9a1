# SPDX-License-Identifier: Apache-2.0
"""The YAML files of pnpm and yarn: which members there are, and catalogs, which many manifests refer to.

https://pnpm.io/pnpm-workspace_yaml, https://pnpm.io/catalogs, https://yarnpkg.com/features/catalogs. Values are read
as text, and an edit replaces the text of one value only.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from releasekit import lazy
from releasekit.ecosystems.base import Raise
from releasekit.ecosystems.js import requirement
from releasekit.errors import Code, Place, fail

if TYPE_CHECKING:
    import ruamel.yaml as ruamel
else:
    ruamel = lazy.module('ruamel.yaml')

Path = tuple[str, ...]

DEFAULT = 'default'
# What YAML takes for a string without quotes, among what requirements look like.
_PLAIN = re.compile(r'[\^~]?\d+\.\d+\.\d+[0-9A-Za-z.+-]*|\^\d+(\.\d+)?|[a-z]+:[^#\s]*')
# The parser takes quadratic time for brackets in brackets.
_MOST_BRACKETS = 2000
_BROKEN = (ValueError, OverflowError, RecursionError, AttributeError, TypeError)


@dataclasses.dataclass(frozen=True, slots=True)
class Value:
    """A scalar: its text, where it stands in the file, quotes included, and the quote ('' for none)."""

    text: str
    start: int
    end: int
    quote: str


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """What is read: `packages` None where the key is not there; `catalogs` are requirements by catalog and name."""

    packages: tuple[str, ...] | None = None
    catalogs: Mapping[str, Mapping[str, str]] = dataclasses.field(default_factory=dict)
    values: Mapping[str, str] = dataclasses.field(default_factory=dict)


def read(text: str, path: str) -> Settings:
    """Read pnpm-workspace.yaml or .yarnrc.yml.

    Raises:
        ReleaseKitError: `RK-MANIFEST-INVALID` where it is no YAML.
    """
    packages: list[str] = []
    catalogs: dict[str, dict[str, str]] = {}
    values: dict[str, str] = {}
    there = False
    for keys, value in _values(text, path):
        there = there or keys[0] == 'packages'
        if keys[0] == 'packages' and len(keys) == 2:
            packages.append(value.text)
        elif (entry := _entry(keys)) is not None:
            catalogs.setdefault(entry[0], {})[entry[1]] = value.text
        elif len(keys) == 1:
            values[keys[0]] = value.text
    return Settings(tuple(packages) if there else None, catalogs, values)


def set_requirements(text: str, raises: Sequence[Raise], path: str) -> str:
    """The text with the entries of catalogs raised.

    Raises:
        ReleaseKitError: `RK-MANIFEST-INVALID` where it is no YAML.
    """
    wanted = {item.name: item for item in raises}
    changes: list[tuple[Value, str]] = []
    for keys, value in _values(text, path):
        entry = _entry(keys)
        item = wanted.get(requirement.read(value.text).name or entry[1]) if entry else None
        if item is not None and (new := requirement.follow(value.text, item.version, item.pin)) != value.text:
            changes.append((value, new))
    for value, new in sorted(changes, key=lambda change: change[0].start, reverse=True):
        text = text[: value.start] + _written(new, value.quote) + text[value.end :]
    return text


def _entry(keys: Path) -> tuple[str, str] | None:
    """Catalog and name of an entry of a catalog."""
    if keys[0] == 'catalog' and len(keys) == 2:
        return DEFAULT, keys[1]
    return (keys[1], keys[2]) if keys[0] == 'catalogs' and len(keys) == 3 else None


def _written(text: str, quote: str) -> str:
    quote = quote or ('' if _PLAIN.fullmatch(text) else "'")
    return f'{quote}{text}{quote}'


def _values(text: str, path: str) -> list[tuple[Path, Value]]:
    """The scalars of a YAML text below a mapping, with the keys that lead there."""
    if max(text.count('['), text.count('{')) > _MOST_BRACKETS:
        raise _invalid(path, 'it has too many brackets')
    try:
        node = ruamel.YAML(typ='safe', pure=True).compose(text)
        found = list(_walk(node, ()))
    except ruamel.YAMLError as error:
        mark = getattr(error, 'problem_mark', None)
        why = str(getattr(error, 'problem', None) or 'it cannot be read')
        raise _invalid(path, why, mark.line + 1 if mark else None) from error
    except _BROKEN as error:
        raise _invalid(path, 'it cannot be read') from error
    return [(keys, value) for keys, value in found if keys]


def _walk(node: Any, keys: Path) -> Iterator[tuple[Path, Value]]:  # noqa: ANN401 - nodes of ruamel.yaml
    if node is None:
        return
    if node.id == 'mapping':
        for key, value in node.value:
            yield from _walk(value, (*keys, str(key.value)))
    elif node.id == 'sequence':
        for number, item in enumerate(node.value):
            yield from _walk(item, (*keys, str(number)))
    else:
        quote = node.style if node.style in {'"', "'"} else ''
        yield keys, Value(str(node.value), node.start_mark.index, node.end_mark.index, quote)


def _invalid(path: str, why: str, line: int | None = None) -> Exception:
    hint = f'Correct {path}; the tool that it is for reads it the same.'
    return fail(Code.MANIFEST_INVALID, f'{path} is no valid YAML: {why}.', hint, Place(path, line))
