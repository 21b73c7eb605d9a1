# SPDX-License-Identifier: Apache-2.0
"""Cargo.lock: a pure edit of the members' own versions, wherever they stand; cargo itself only checks it.

cargo compares the whole text with what it would write, so the order of packages and the spelling of dependencies
follow it: `src/cargo/core/resolver/encode.rs`.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from releasekit.core.version import scheme
from releasekit.ecosystems.base import Tree

_BLOCK = re.compile(r'^\[\[package\]\]\r?\n(?:(?!\r?\n|\[).*\r?\n?)*', re.MULTILINE)
_FIELD = re.compile(r'^(name|version|source) = "([^"\r\n]*)"', re.MULTILINE)
_VERSION = re.compile(r'(?<=^version = ")[^"\r\n]*', re.MULTILINE)
_LIST = re.compile(r'(?<=^dependencies = \[)(\r?\n)((?: "[^"\r\n]*",\r?\n)*)', re.MULTILINE)
_ENTRY = re.compile(r'"([^" ]*)(?: ([^" (]*))?(?: \(([^")]*)\))?"')
# The first form of the file names version and source of every dependency, and has its checksums at the end.
_FIRST_FORM = re.compile(r'^\[metadata\]\r?\n"checksum ', re.MULTILINE)


class _Id(NamedTuple):
    """A package of the lock file; `source` is '' for one that lies in a folder."""

    name: str
    version: str
    source: str


@dataclasses.dataclass(frozen=True)
class _Block:
    """A [[package]] table as text."""

    id: _Id
    text: str


class CargoLock:
    """The lock file of cargo: https://doc.rust-lang.org/cargo/guide/cargo-toml-vs-cargo-lock.html."""

    def reads(self, tree: Tree) -> Collection[str]:
        """The lock file, where there is one."""
        return () if tree.lock is None else (tree.lock,)

    def edits(self, tree: Tree) -> Mapping[str, str]:
        """The lock file with the new versions of members; one without a version in a manifest keeps its 0.0.0.

        What a path leads to in another workspace stands there as members do.
        """
        own = {package.name for package in tree.packages}
        versions = {
            (package.name, package.version or ''): tree.versions[package.id]
            for package in (*tree.packages, *(other for other in tree.others if other.name not in own))
            if package.places and package.id in tree.versions
        }
        return {path: update(tree.files[path].decode(), versions) for path in self.reads(tree)}

    def check(self, lock: str, *, offline: bool) -> tuple[str, ...]:
        """The command, run beside the lock file, that succeeds where it is right; it downloads no crate.

        https://doc.rust-lang.org/cargo/commands/cargo-update.html
        """
        del lock
        return ('cargo', 'update', '--workspace', '--locked', '--quiet', *(['--offline'] if offline else []))


def update(text: str, versions: Mapping[tuple[str, str], str]) -> str:
    """The text of a lock file with other versions of members; `versions` are the new ones by name and old version."""
    blocks = [_Block(_id(found[0]), found[0]) for found in _BLOCK.finditer(text)]
    renamed = {each.id: _renamed(each.id, versions) for each in blocks}
    if all(old == new for old, new in renamed.items()):
        return text
    first = _FIRST_FORM.search(text) is not None
    before, after = _Names(list(renamed), first), _Names(list(renamed.values()), first)

    def entries(found: re.Match[str]) -> str:
        olds = (before.decoded(entry) for entry in _ENTRY.finditer(found[2]))
        words = sorted(after.encoded(renamed.get(old, old)) for old in olds)
        return found[1] + ''.join(f' "{" ".join(word)}",{found[1]}' for word in words)

    def written(block: _Block) -> str:
        changed = _VERSION.sub(renamed[block.id].version, block.text, count=1)
        return _LIST.sub(entries, changed)

    ordered = sorted(blocks, key=lambda block: _order(renamed[block.id]))
    texts: Iterator[str] = iter(written(block) for block in ordered)
    return _BLOCK.sub(lambda _: next(texts), text)


def _id(block: str) -> _Id:
    fields = {found[1]: found[2] for found in _FIELD.finditer(block)}
    return _Id(fields.get('name', ''), fields.get('version', ''), fields.get('source', ''))


def _renamed(old: _Id, versions: Mapping[tuple[str, str], str]) -> _Id:
    new = versions.get((old.name, old.version))
    return old if old.source or new is None else old._replace(version=new)


def _order(each: _Id) -> tuple[object, ...]:
    return each.name, scheme('semver').key(each.version), each.source


class _Names:
    """How dependencies are written: no more words than are needed to tell one package from others of its name."""

    def __init__(self, ids: Sequence[_Id], first_form: bool) -> None:
        self._first_form = first_form
        self._by_name: dict[str, list[_Id]] = {}
        for each in ids:
            self._by_name.setdefault(each.name, []).append(each)

    def decoded(self, entry: re.Match[str]) -> _Id:
        """The package that an entry of a list means."""
        name, version, source = entry.groups()
        fits = [each for each in self._by_name.get(name, ()) if version in {None, each.version}]
        # Without a source, where one version comes from several places, the one in a folder is meant.
        exact = next((each for each in fits if each.source == (source or '')), None)
        return exact or (fits[0] if fits else _Id(name, version or '', source or ''))

    def encoded(self, each: _Id) -> tuple[str, ...]:
        """The words of a package: its name, then version and source as far as needed."""
        source = (f'({each.source})',) if each.source else ()
        if self._first_form:
            return (each.name, each.version, *source)
        others = self._by_name.get(each.name, [each])
        if sum(other.version == each.version for other in others) > 1:
            return (each.name, each.version, *source)
        return (each.name,) if len({other.version for other in others}) <= 1 else (each.name, each.version)
