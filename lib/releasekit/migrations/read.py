# SPDX-License-Identifier: Apache-2.0
"""Reads configuration files: JSON with comments, YAML without tags, TOML, INI, and what of JavaScript is plain data."""

from __future__ import annotations

import configparser
import re
from typing import TYPE_CHECKING, Any

from releasekit import lazy
from releasekit.compat import tomllib
from releasekit.errors import Code, Place, ReleaseKitError, fail
from releasekit.migrations import json5
from releasekit.migrations.tree import Keys, Node, Source

if TYPE_CHECKING:
    import ruamel.yaml as ruamel
else:
    ruamel = lazy.module('ruamel.yaml')

# More than any configuration that people write has.
_MOST_SIGNS = 1 << 20
_MOST_NODES = 50_000
_DEEPEST = 64
_SCRIPTS = frozenset({'js', 'cjs', 'mjs', 'ts', 'cts', 'mts'})
_TOML_AT = re.compile(r' \(at (?:line (\d+), column \d+|end of document)\)$')
_KEY = re.compile(r'\s*(?:"(?P<double>[^"\\]*)"|\'(?P<single>[^\']*)\'|(?P<bare>[A-Za-z0-9_-]+))\s*(?P<then>[.=\]]|$)')


def read(source: Source) -> Node:
    """The values of a file, by what its name ends with; a file without an ending is JSON, else YAML.

    Raises:
        ReleaseKitError: `RK-MIGRATE-INVALID` where it cannot be read.
        json5.NotPlainError: A script computes what it exports.
    """
    if len(source.text) > _MOST_SIGNS:
        raise invalid(source, f'it is longer than {_MOST_SIGNS} characters', None)
    if source.suffix == 'toml':
        return _toml(source)
    if source.suffix in {'yaml', 'yml'}:
        return _yaml(source)
    if source.suffix in {'cfg', 'ini'}:
        return _ini(source)
    if source.suffix in _SCRIPTS:
        value, lines = json5.exported(source.text)
        return Node(value, source.path, (), lines)
    if not source.suffix.startswith('json') and not source.text.lstrip().startswith(('{', '//', '/*')):
        return _yaml(source)
    try:
        value, lines = json5.parse(source.text)
    except json5.NotPlainError as error:
        raise invalid(source, error.what, error.line) from error
    return Node(value, source.path, (), lines)


def invalid(source: Source, what: str, line: int | None) -> ReleaseKitError:
    """The error of a file that cannot be read."""
    message = f'{source.path} cannot be read: {what}.'
    hint = 'Correct the file, and see that its own tool reads it; then run `releasekit migrate` again.'
    return fail(Code.MIGRATE_INVALID, message, hint, Place(source.path, line))


def _toml(source: Source) -> Node:
    try:
        value = tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        found = _TOML_AT.search(str(error))
        line = int(found[1]) if found and found[1] else None
        raise invalid(source, _TOML_AT.sub('', str(error)).lower(), line) from error
    return Node(value, source.path, (), _toml_lines(source.text))


def _toml_lines(text: str) -> dict[Keys, int]:
    """The lines of headers and of keys that begin one; see https://toml.io/en/v1.0.0."""
    lines: dict[Keys, int] = {(): 1}
    counts: dict[Keys, int] = {}
    above: Keys = ()
    open_quote = ''
    for number, line in enumerate(text.splitlines(), 1):
        if open_quote:
            open_quote = '' if open_quote in line else open_quote
            continue
        if line.lstrip().startswith('['):
            many = line.lstrip().startswith('[[')
            above = _within(_split(line.lstrip().lstrip('[')), counts, many=many)
            for end in range(1, len(above) + 1):
                lines.setdefault(above[:end], number)
        elif keys := _split(line, '='):
            for end in range(1, len(keys) + 1):
                lines.setdefault((*above, *keys[:end]), number)
        open_quote = next((quote for quote in ('"""', "'''") if line.count(quote) % 2), '')
    return lines


def _split(text: str, until: str = ']') -> Keys:
    """The parts of a dotted key that a sign ends; nothing where there is no such key."""
    keys: list[str] = []
    at = 0
    while (found := _KEY.match(text, at)) is not None:
        keys.append(found['double'] or found['single'] or found['bare'] or '')
        at = found.end()
        if found['then'] != '.':
            return tuple(keys) if found['then'] == until else ()
    return ()


def _within(keys: Keys, counts: dict[Keys, int], *, many: bool) -> Keys:
    """The path of a header, with the numbers of the items of the lists of tables that it goes through."""
    path: Keys = ()
    for at, key in enumerate(keys, 1):
        path = (*path, key)
        if at == len(keys) and many:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _yaml(source: Source) -> Node:
    try:
        root = ruamel.YAML(typ='safe', pure=True).compose(source.text)
    except (ruamel.YAMLError, ValueError) as error:
        mark = getattr(error, 'problem_mark', None)
        what = ' '.join(str(getattr(error, 'problem', None) or 'it is no YAML').split())
        raise invalid(source, what, mark.line + 1 if mark else None) from error
    lines: dict[Keys, int] = {}
    budget = [_MOST_NODES]
    value = None if root is None else _yaml_value(root, (), lines, budget)
    if budget[0] <= 0:
        raise invalid(source, f'it has more than {_MOST_NODES} values', None)
    return Node(value, source.path, (), lines)


def _yaml_value(node: Any, keys: Keys, lines: dict[Keys, int], budget: list[int]) -> Any:  # noqa: ANN401 - YAML
    """The value of a node of ruamel's, whose aliases are the nodes that they stand for."""
    lines.setdefault(keys, node.start_mark.line + 1)
    budget[0] -= 1
    if budget[0] <= 0 or len(keys) > _DEEPEST:
        budget[0] = 0
        return None
    if node.id == 'sequence':
        return [_yaml_value(item, (*keys, at), lines, budget) for at, item in enumerate(node.value)]
    if node.id == 'mapping':
        found: dict[str, Any] = {}
        for key, value in node.value:
            lines.setdefault((*keys, str(key.value)), key.start_mark.line + 1)
            inner = _yaml_value(value, keys if key.value == '<<' else (*keys, str(key.value)), lines, budget)
            merged = inner if key.value == '<<' and isinstance(inner, dict) else {str(key.value): inner}
            found = {**merged, **found} if key.value == '<<' else {**found, **merged}
        return found
    return _yaml_scalar(node)


def _yaml_scalar(node: Any) -> Any:  # noqa: ANN401 - YAML
    if node.style:
        return node.value
    words = {'true': True, 'false': False, 'null': None, '~': None, '': None}
    if node.value.lower() in words:
        return words[node.value.lower()]
    return int(node.value) if re.fullmatch(r'-?[0-9]+', node.value) else node.value


def _ini(source: Source) -> Node:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(source.text)
    except configparser.Error as error:
        raise invalid(source, ' '.join(str(error).split()), getattr(error, 'lineno', None)) from error
    value = {name: {key: text or '' for key, text in parser[name].items()} for name in parser.sections()}
    lines: dict[Keys, int] = {(): 1}
    section = ''
    for number, line in enumerate(source.text.splitlines(), 1):
        if (header := re.match(r'\[(.+)\]', line)) is not None:
            section = header[1]
            lines.setdefault((section,), number)
        elif (key := re.match(r'([^\s=:#;][^=:]*?)\s*[=:]', line)) is not None:
            lines.setdefault((section, key[1].lower()), number)
    return Node(value, source.path, (), lines)
