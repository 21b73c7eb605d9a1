# SPDX-License-Identifier: Apache-2.0
"""What has to be packed along with a package: what it needs of the same release, which no registry has yet."""

from __future__ import annotations

import dataclasses
import posixpath
from collections.abc import Iterator, Mapping
from pathlib import Path

from releasekit.core.package import EdgeKind
from releasekit.ecosystems.base import BuildJob
from releasekit.ecosystems.cargo import MANIFEST
from releasekit.ecosystems.rust.document import load, resolve
from releasekit.ecosystems.rust.needs import Need, inherited, needs, offered
from releasekit.ecosystems.toml.document import Table, decode, strings, table


@dataclasses.dataclass(frozen=True, slots=True)
class Chain:
    """The names to pack, that of the package itself among them, sorted.

    `alone` says that nothing else is needed, so no network. `registry` is the one that the needs among them name,
    where no `publish` does: cargo looks there for what is packed along.
    """

    names: tuple[str, ...]
    alone: bool
    registry: str | None


def chain(job: BuildJob) -> Chain:
    """Follow the paths of dependencies from a package through the checkout.

    Raises:
        ReleaseKitError: `RK-MANIFEST-INVALID`.
    """
    shared = _data(job.root, job.workspace)
    offers = {need.keys[-1]: need for need in offered(shared)}
    found: dict[str, str] = {job.name: posixpath.normpath(job.path)}
    waiting = [job.name]
    outside, registries = False, set[str]()
    named = False
    while waiting:
        data = _data(job.root, found[waiting[0]])
        named = named or bool(strings(table(data, 'package').get('publish')))
        for need, folder in _needs(data, found[waiting[0]], offers, posixpath.normpath(job.workspace)):
            if folder is None or need.name not in job.released:
                outside = True
            else:
                registries |= {need.registry} if need.registry else set()
                waiting += () if need.name in found else (need.name,)
                found.setdefault(need.name, folder)
        del waiting[0]
    registry = next(iter(registries)) if len(registries) == 1 and not named else None
    return Chain(tuple(sorted(found)), not outside, registry)


def _needs(data: Table, folder: str, offers: Mapping[str, Need], root: str) -> Iterator[tuple[Need, str | None]]:
    """What cargo packs of a manifest's needs, with the folder that the path leads to.

    A path alone is left out for development, and in all other places an error of cargo's own.
    """
    for need in needs(data):
        full = inherited(need, offers)
        if full.kind is EdgeKind.GROUP and full.requirement is None:
            continue
        start = root if need.shared else folder
        yield full, None if full.path is None else resolve(start, full.path)


def _data(root: Path, folder: str) -> Table:
    path = root / folder / MANIFEST
    return load(decode(path.read_bytes(), str(path)), str(path)) if path.is_file() else {}
