# SPDX-License-Identifier: Apache-2.0
"""Which members a manifest requires, and why.

An edge is internal where the tool takes the member for it: `workspace:`, a catalog that says so, the member's folder,
or a range that admits the version that the member has.
"""

from __future__ import annotations

import dataclasses
import posixpath
from collections.abc import Iterator, Mapping

from releasekit.core.package import EdgeKind
from releasekit.ecosystems.js import requirement, settings
from releasekit.ecosystems.js.jsontext import Object, table

# The sections of a manifest; a peer that is optional is a peer:
# https://docs.npmjs.com/cli/v11/configuring-npm/package-json#peerdependenciesmeta
SECTIONS: Mapping[str, EdgeKind] = {
    'dependencies': EdgeKind.RUNTIME,
    'optionalDependencies': EdgeKind.OPTIONAL,
    'peerDependencies': EdgeKind.PEER,
    'devDependencies': EdgeKind.GROUP,
}


@dataclasses.dataclass(frozen=True, slots=True)
class Member:
    """What others need to know of a member: `version` is '' where it has none."""

    id: str
    folder: str
    version: str


@dataclasses.dataclass(frozen=True, slots=True)
class Rules:
    """How the tool resolves requirements: `members` by name, `links` whether plain ranges may mean a member.

    `aliases` says whether `npm:name@range` may mean one; npm asks the registry for those. `root` is the folder of the
    workspace.
    """

    root: str
    members: Mapping[str, Member]
    catalogs: Mapping[str, Mapping[str, str]]
    links: bool
    aliases: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Edge:
    """A requirement of a member: `text` is what it comes to, without catalogs; `member` None where it is missing."""

    name: str
    kind: EdgeKind
    text: str
    member: Member | None


def find(data: Object, folder: str, rules: Rules) -> Iterator[Edge]:
    """The edges of a manifest in a folder, and those `workspace:` requirements that no member serves."""
    optional = table(data, 'optionalDependencies')
    for section, kind in SECTIONS.items():
        for name, text in table(data, section).items():
            # npm: an entry of optionalDependencies replaces the one of the same name in dependencies.
            if not isinstance(text, str) or (section == 'dependencies' and name in optional):
                continue
            resolved = _resolved(name, text, rules.catalogs)
            parsed = requirement.read(resolved)
            target = parsed.name or name
            member = rules.members.get(target)
            if parsed.is_path:
                target, member = _at(_joined(folder, parsed.rest), rules, target)
            elif parsed.is_place:
                target, member = _at(_joined(rules.root, parsed.rest), rules, target)
            if member is None:
                if parsed.protocol == 'workspace':
                    yield Edge(target, kind, text, None)
            elif _internal(resolved, kind, member, rules):
                yield Edge(target, kind, resolved, member)


def _internal(text: str, kind: EdgeKind, member: Member, rules: Rules) -> bool:
    parsed = requirement.read(text)
    if parsed.is_path or parsed.protocol == 'workspace':
        return True
    linked = (rules.links and (rules.aliases or not parsed.name)) or kind is EdgeKind.PEER
    # npm, `dep-valid.js` of @npmcli/arborist: those without a bound mean a member whose version is a prerelease, too.
    return linked and bool(member.version) and (parsed.rest in {'', '*'} or requirement.admits(text, member.version))


def _at(folder: str, rules: Rules, otherwise: str) -> tuple[str, Member | None]:
    """The member in a folder, with its name."""
    found = (pair for pair in rules.members.items() if pair[1].folder == folder)
    return next(found, (otherwise, None))


def _joined(folder: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(folder, path))


def _resolved(name: str, text: str, catalogs: Mapping[str, Mapping[str, str]]) -> str:
    parsed = requirement.read(text)
    if parsed.protocol != 'catalog':
        return text
    return catalogs.get(parsed.rest.strip() or settings.DEFAULT, {}).get(name, text)
