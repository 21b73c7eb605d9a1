# SPDX-License-Identifier: Apache-2.0
"""pnpm-lock.yaml, versions 6 and 9: https://github.com/pnpm/spec/blob/master/lockfile/9.0.md.

pnpm writes it in one form: two spaces a level, one key a line. Only lines of that form are looked at.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from releasekit.ecosystems.js import requirement
from releasekit.ecosystems.js.jsontext import Object, table

_LINE = re.compile(
    r"""^(?P<indent>(?:  )*)(?P<key>'[^'\n]*'|"[^"\n]*"|[^\s'"#:][^:\n]*):(?:[ ](?P<value>[^\r\n]*))?\r?$""",
    re.MULTILINE,
)
_SECTIONS = frozenset({'dependencies', 'optionalDependencies', 'devDependencies'})
_TOP = frozenset({'importers', 'catalogs'})
# What js-yaml writes without quotes, among what requirements look like.
_PLAIN = re.compile(r"""[^\s\-?:,\[\]{}#&*!|=>'"%@`][^\s#,\[\]{}]*""")
_NUMBER = re.compile(r'[\d.]+')

Catalogs = Mapping[str, Mapping[str, str]]


class _Line(NamedTuple):
    """A value and the keys that lead to it; `start` and `end` are where it stands."""

    keys: tuple[str, ...]
    value: str
    start: int
    end: int


def update(text: str, manifests: Mapping[str, Object], names: Collection[str], catalogs: Catalogs) -> str:
    """The text with what members require of each other as their manifests and the catalogs have it.

    `manifests` are by folder, relative to the lock file; `names` are those of all members.
    """
    lines = list(_lines(text))
    linked = {line.keys[-2] for line in lines if line.keys[-1] == 'version' and line.value.startswith('link:')}
    versions = {data.get('name'): data.get('version') for data in manifests.values()}
    for line in reversed(lines):
        if line.keys[0] == 'importers':
            new = _specifier(line, manifests, names)
        elif line.keys[-2] in linked & {*names}:
            new = _of_catalog(line, catalogs, versions.get(line.keys[-2]))
        else:
            new = None
        if new is not None and new != line.value:
            text = text[: line.start] + _written(new) + text[line.end :]
    return text


def _lines(text: str) -> Iterator[_Line]:
    """The `specifier` and `version` lines of importers and catalogs."""
    keys: list[str] = []
    for match in _LINE.finditer(text):
        depth = len(match['indent']) // 2
        keys[depth:] = [match['key'].strip('\'"')]
        if keys[0] in _TOP and keys[-1] in {'specifier', 'version'} and match['value'] and len(keys) == depth + 1 >= 4:
            start, end = match.span('value')
            yield _Line(tuple(keys), match['value'].strip('\'"'), start, end)


def _specifier(line: _Line, manifests: Mapping[str, Object], names: Collection[str]) -> str | None:
    """What a manifest has at a line `importers: folder: section: name: specifier`."""
    if line.keys[-1] != 'specifier' or len(line.keys) != 5 or line.keys[2] not in _SECTIONS:
        return None
    _, folder, section, name, _ = line.keys
    data = manifests.get(folder, {})
    if (requirement.read(line.value).name or name) not in names:
        return None
    # Peers that nobody brings are installed as if they were dependencies: https://pnpm.io/settings#autoinstallpeers
    new = table(data, section).get(name) or table(data, 'peerDependencies').get(name)
    return new if isinstance(new, str) else None


def _of_catalog(line: _Line, catalogs: Catalogs, version: object) -> str | None:
    """What belongs at a line `catalogs: catalog: name: specifier`, or `version`, which is the member's own."""
    if len(line.keys) != 4:
        return None
    if line.keys[-1] == 'version':
        return version if isinstance(version, str) else None
    return catalogs.get(line.keys[1], {}).get(line.keys[2])


def _written(text: str) -> str:
    plain = _PLAIN.fullmatch(text) and not text.endswith(':') and (not _NUMBER.fullmatch(text) or text.count('.') > 1)
    return text if plain else f"'{text}'"
