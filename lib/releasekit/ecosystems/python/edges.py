# SPDX-License-Identifier: Apache-2.0
"""Which members a manifest requires, where, and why.

An edge is internal where the name is a member and its source says `workspace = true`, in the member or else in
the root: https://docs.astral.sh/uv/concepts/projects/workspaces/#workspace-sources
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from packaging.utils import canonicalize_name

from releasekit.core.package import Dependency, EdgeKind
from releasekit.ecosystems.toml.document import Table, strings, table

_NAME = re.compile(r'\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)')

Found = tuple[EdgeKind, str, str]


def requirements(data: Table) -> Iterator[Found]:
    """Every requirement of a manifest: kind, extra or group, and the requirement as it is written."""
    for text in strings(table(data, 'project').get('dependencies')):
        yield EdgeKind.RUNTIME, '', text
    for extra, texts in table(data, 'project', 'optional-dependencies').items():
        for text in strings(texts):
            yield EdgeKind.OPTIONAL, canonicalize_name(extra), text
    groups: dict[str, Any] = {
        canonicalize_name(name): entries for name, entries in table(data, 'dependency-groups').items()
    }
    for group in groups:
        for text in _group(groups, group, frozenset()):
            yield EdgeKind.GROUP, group, text
    for text in strings(table(data, 'tool', 'uv').get('dev-dependencies')):
        yield EdgeKind.GROUP, 'dev', text
    for text in strings(table(data, 'build-system').get('requires')):
        yield EdgeKind.BUILD, '', text


def _group(groups: dict[str, Any], name: str, seen: frozenset[str]) -> Iterator[str]:
    """The requirements of a dependency group, included groups resolved: PEP 735."""
    entries = groups.get(name)
    if name in seen or not isinstance(entries, list):
        return
    for entry in entries:
        if isinstance(entry, str):
            yield entry
        elif isinstance(included := table(entry).get('include-group'), str):
            yield from _group(groups, canonicalize_name(included), seen | {name})


def workspace_sources(data: Table) -> dict[str, bool]:
    """For each name with a source, whether that is the workspace: any entry of it, where there are several."""
    found: dict[str, bool] = {}
    for name, source in table(data, 'tool', 'uv', 'sources').items():
        entries = source if isinstance(source, list) else [source]
        found[canonicalize_name(name)] = any(table(entry).get('workspace') is True for entry in entries)
    return found


def name_of(requirement: str) -> str | None:
    """The normalised name (PEP 503) that a requirement begins with, None where it begins with none."""
    found = _NAME.match(requirement)
    return canonicalize_name(found[1]) if found else None


def unserved(
    found: Collection[Found], members: Collection[str], sources: Mapping[str, bool]
) -> Iterator[tuple[str, str]]:
    """What users of a package would ask a registry for though only the workspace had it: name and requirement."""
    for kind, _, text in found:
        name = name_of(text)
        if name is not None and kind is not EdgeKind.GROUP and sources.get(name, False) and name not in members:
            yield name, text


def internal(found: Collection[Found], members: Mapping[str, str], sources: Mapping[str, bool]) -> Iterator[Dependency]:
    """The edges to members, each once. `members` maps normalised names to ids."""
    edges: dict[tuple[str, ...], Dependency] = {}
    for kind, where, text in found:
        name = name_of(text)
        if name is not None and name in members and sources.get(name, False):
            edges.setdefault((name, kind, where, text), Dependency(members[name], kind, text, where))
    yield from edges.values()
