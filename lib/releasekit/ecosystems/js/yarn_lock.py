# SPDX-License-Identifier: Apache-2.0
"""yarn.lock of yarn 2 and later: entries of members list every requirement that a member answers.

The form is that of `parsers/sources/syml.ts` and `core/sources/Project.ts` of https://github.com/yarnpkg/berry.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from releasekit.ecosystems.js import requirement, semver
from releasekit.ecosystems.js.jsontext import Object, table
from releasekit.ecosystems.js.settings import DEFAULT

_BLOCK = re.compile(r'^(?:"(?P<key>[^"\n]*)"|\? "(?P<long>[^"\n]*)"\n):?\n(?P<body>(?:[ ]{2}.*\n?)+)', re.MULTILINE)
_PLACE = re.compile(r'^  resolution: "(?P<name>[^"\n]+)@workspace:(?P<folder>[^"\n]+)"$', re.MULTILINE)
_SECTION = re.compile(r'^  (?P<name>dependencies|peerDependencies):\n(?P<lines>(?:[ ]{4}.*\n)+)', re.MULTILINE)
_ENTRY = re.compile(r'^    (?P<key>"[^"\n]+"|[^\s":]+): (?P<value>"[^"\n]*"|[^"\n]*)$', re.MULTILINE)
# `simpleStringPattern` of syml.ts: what needs no quotes.
_SIMPLE = re.compile(r"""(?![-?:,\][{}#&*!|>'"%@` \t\r\n]).([ \t]*(?![,\][{}:# \t\r\n]).)*""")
# A longer key is written with a question mark.
_LONGEST = 1024
# In the lock file, development dependencies of members are dependencies, and win.
_SOURCES: Mapping[str, tuple[str, ...]] = {
    'dependencies': ('devDependencies', 'dependencies', 'optionalDependencies'),
    'peerDependencies': ('peerDependencies',),
}


class _Block(NamedTuple):
    """An entry: the requirements that it answers, and its lines."""

    keys: tuple[str, ...]
    body: str

    @property
    def text(self) -> str:
        key = ', '.join(self.keys)
        return (f'? "{key}"\n:\n' if len(key) > _LONGEST else f'"{key}":\n') + self.body


def update(text: str, manifests: Mapping[str, Object], catalogs: Mapping[str, Mapping[str, str]]) -> str:
    """The text with what members require as their manifests, by folder, and the catalogs have it."""
    windows = '\r\n' in text
    text = text.replace('\r\n', '\n')
    matches = list(_BLOCK.finditer(text))
    blocks = [_Block(tuple((each['key'] or each['long']).split(', ')), each['body']) for each in matches]
    changes: dict[str, str] = {}
    edited = [_required(block, manifests, changes) for block in blocks]
    shared = frozenset(_shared(manifests, catalogs))
    new = shared - {key for block in blocks for key in block.keys}
    used = shared.union(*(_descriptors(block) for block in edited))
    named = [_renamed(_followed(block, new, used), changes, used) for block in edited]
    # Entries are sorted by their keys, without a locale.
    ordered = sorted(named, key=lambda block: ', '.join(block.keys)) if named != edited else named
    for match, old, block in reversed(list(zip(matches, blocks, ordered, strict=True))):
        if block != old:
            text = text[: match.start()] + block.text.rstrip('\n') + '\n' + text[match.end() :]
    return text.replace('\n', '\r\n') if windows else text


def _shared(manifests: Mapping[str, Object], catalogs: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """The descriptors that requirements come to which refer to a catalog."""
    for data in manifests.values():
        for section in _SOURCES['dependencies']:
            for name, text in table(data, section).items():
                parsed = requirement.read(text) if isinstance(text, str) else None
                if parsed is not None and parsed.protocol == 'catalog':
                    value = catalogs.get(parsed.rest.strip() or DEFAULT, {}).get(name)
                    yield from () if value is None else (f'{name}@{_full(value)}',)


def _followed(block: _Block, new: Collection[str], used: Collection[str]) -> _Block:
    """The entry of a member with what catalogs newly come to, and without what they came to before."""
    place = _PLACE.search(block.body)
    own = f'{place["name"]}@' if place else ''
    wanted = {each for each in new if own and each.startswith(own)}
    if not wanted:
        return block
    kept = {key for key in block.keys if key in used or '@workspace:' in key or not key.startswith(own)}
    return block._replace(keys=tuple(sorted(kept | wanted)))


def _required(block: _Block, manifests: Mapping[str, Object], changes: dict[str, str]) -> _Block:
    """The entry of a member with its requirements; `changes` takes up old and new descriptors."""
    place = _PLACE.search(block.body)
    data = manifests.get(place['folder']) if place else None
    if data is None:
        return block

    def lines(section: re.Match[str]) -> str:
        def line(entry: re.Match[str]) -> str:
            name, old = entry['key'].strip('"'), entry['value'].strip('"')
            wanted = next((found for each in _SOURCES[section['name']] if (found := table(data, each).get(name))), None)
            if not isinstance(wanted, str) or (new := _bound(wanted, old)) == old:
                return entry[0]
            if section['name'] == 'dependencies':
                changes[f'{name}@{_full(old)}'] = f'{name}@{_full(new)}'
            return f'    {entry["key"]}: {new if _SIMPLE.fullmatch(new) else chr(34) + new + chr(34)}'

        return f'  {section["name"]}:\n' + _ENTRY.sub(line, section['lines'])

    return block._replace(body=_SECTION.sub(lines, block.body))


def _renamed(block: _Block, changes: Mapping[str, str], used: Collection[str]) -> _Block:
    """The entry with the new descriptors beside the old ones, of which those that nobody uses go."""
    if not any(key in changes for key in block.keys):
        return block
    kept = [key for key in block.keys if key not in changes or key in used]
    return block._replace(keys=tuple(sorted({*kept, *(changes[key] for key in block.keys if key in changes)})))


def _descriptors(block: _Block) -> Iterator[str]:
    for section in _SECTION.finditer(block.body):
        if section['name'] == 'dependencies':
            for entry in _ENTRY.finditer(section['lines']):
                yield f'{entry["key"].strip(chr(34))}@{_full(entry["value"].strip(chr(34)))}'


def _bound(wanted: str, old: str) -> str:
    """A requirement as the lock file writes it: since yarn 4 ranges have their protocol, before they had not."""
    return f'npm:{wanted}' if old.startswith('npm:') and _is_range(wanted) else wanted


def _full(text: str) -> str:
    """As in a descriptor, where ranges have their protocol in every version of yarn."""
    return f'npm:{text}' if _is_range(text) else text


def _is_range(text: str) -> bool:
    parsed = requirement.read(text)
    return not parsed.protocol and semver.parse(text) is not None
