# SPDX-License-Identifier: Apache-2.0
"""What a Cargo.toml requires: every entry of its tables of dependencies, with where it stands.

https://doc.rust-lang.org/cargo/reference/specifying-dependencies.html
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from releasekit.core.package import EdgeKind
from releasekit.ecosystems.toml.document import Table, table

# The spellings with an underscore are deprecated, and still read.
TABLES = {
    'dependencies': EdgeKind.RUNTIME,
    'build-dependencies': EdgeKind.BUILD,
    'build_dependencies': EdgeKind.BUILD,
    'dev-dependencies': EdgeKind.GROUP,
    'dev_dependencies': EdgeKind.GROUP,
}
SHARED = ('workspace', 'dependencies')


@dataclasses.dataclass(frozen=True, slots=True)
class Need:
    """An entry: `keys` lead to it, `name` is the crate's own; `shared` says that the workspace's table has the rest.

    `requirement` and `path` are None where the entry has none; `platform` is the target that it is for.
    """

    keys: tuple[str, ...]
    name: str
    kind: EdgeKind
    requirement: str | None = None
    path: str | None = None
    registry: str | None = None
    platform: str = ''
    shared: bool = False


def needs(data: Table) -> Iterator[Need]:
    """Every entry of a manifest's own tables; those of platforms after those for all."""
    yield from _tables(data, (), '')
    for platform, tables in table(data, 'target').items():
        yield from _tables(table(tables), ('target', platform), platform)


def offered(data: Table) -> Iterator[Need]:
    """Every entry of the workspace's table, which members inherit from; its kind is that of a member's own entry."""
    for key, value in table(data, *SHARED).items():
        yield _need((*SHARED, key), value, EdgeKind.RUNTIME, '')


def inherited(need: Need, offers: Mapping[str, Need]) -> Need:
    """The entry with what it inherits; `offers` are the workspace's, by key."""
    offer = offers.get(need.keys[-1]) if need.shared else None
    if offer is None:
        return need
    # Written out, for `dataclasses.replace` takes several times as long, and workspaces have thousands of these.
    given = (offer.name, need.kind, offer.requirement, offer.path, offer.registry)
    return Need(need.keys, *given, need.platform, shared=True)


def _tables(data: Table, above: tuple[str, ...], platform: str) -> Iterator[Need]:
    for name, kind in TABLES.items():
        for key, value in table(data, name).items():
            yield _need((*above, name, key), value, kind, platform)


def _need(keys: tuple[str, ...], value: Any, kind: EdgeKind, platform: str) -> Need:  # noqa: ANN401 - TOML enters here
    if isinstance(value, str):
        return Need(keys, keys[-1], kind, value, platform=platform)
    entry = table(value)
    optional = entry.get('optional') is True and kind is EdgeKind.RUNTIME
    return Need(
        keys=keys,
        name=_text(entry, 'package') or keys[-1],
        kind=EdgeKind.OPTIONAL if optional else kind,
        requirement=_text(entry, 'version'),
        path=_text(entry, 'path'),
        registry=_text(entry, 'registry'),
        platform=platform,
        shared=entry.get('workspace') is True,
    )


def _text(entry: Table, key: str) -> str | None:
    value = entry.get(key)
    return value if isinstance(value, str) else None
