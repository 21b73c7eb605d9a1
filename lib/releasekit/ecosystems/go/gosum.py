# SPDX-License-Identifier: Apache-2.0
"""go.sum as lines: a module path, a version (with `/go.mod` for the hash of that file alone) and a hash.

https://go.dev/ref/mod#go-sum-files; the order is the go command's, `module.Sort` of golang.org/x/mod.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Iterator

from releasekit.ecosystems.go import modpath

OF_MOD = '/go.mod'


@dataclasses.dataclass(frozen=True, slots=True)
class Sum:
    """A line of a go.sum; `of_mod` where it is the hash of the go.mod and not of the whole module."""

    path: str
    version: str
    of_mod: bool
    hash: str

    def __str__(self) -> str:
        return f'{self.path} {self.version}{OF_MOD if self.of_mod else ""} {self.hash}\n'


def parse(text: str) -> Iterator[Sum]:
    """The lines of a go.sum; what is none is passed over, as the go command refuses it anyway."""
    for line in text.splitlines():
        words = line.split()
        if len(words) == 3:
            path, version, hash_ = words
            yield Sum(path, version.removesuffix(OF_MOD), version.endswith(OF_MOD), hash_)


def write(sums: Iterable[Sum]) -> str:
    """The text of a go.sum."""
    return ''.join(str(each) for each in sorted(set(sums), key=_key))


def _key(each: Sum) -> tuple[str, modpath.Key, bool, str]:
    return each.path, modpath.version_key(each.version), each.of_mod, each.hash


def without(sums: Iterable[Sum], stale: Callable[[Sum], bool], *, lone: bool) -> list[Sum]:
    """The lines but for stale ones of versions that were built with; `lone` takes also those that were only read.

    Of the latter, a version whose go.mod alone is hashed, others than we know of may ask.
    """
    lines = list(sums)
    built = {(each.path, each.version) for each in lines if not each.of_mod}
    return [each for each in lines if not (stale(each) and (lone or (each.path, each.version) in built))]


def of(sums: Iterable[Sum], path: str, version: str) -> Collection[Sum]:
    """The lines of one version of a module."""
    return [each for each in sums if each.path == path and each.version == version]
