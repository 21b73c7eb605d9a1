# SPDX-License-Identifier: Apache-2.0
"""What a migration is made of: the ground it stands on, the files it reads, and what it finds in them. Pure.

A tool is one module with a table of the keys that it documents; a key that no table names is reported, never dropped.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from releasekit.core.paths import join, parent
from releasekit.core.written import ABSENT, Path, Setting
from releasekit.migrations.tree import Node, Source

GROUP = 'all'


@dataclasses.dataclass(frozen=True, slots=True)
class Member:
    """A package of a workspace, as it is found; `released` says whether it would be without this migration."""

    name: str
    path: str
    version: str | None
    released: bool = True


@dataclasses.dataclass(frozen=True, slots=True)
class Space:
    """A workspace that release.yaml will have.

    `fixed` says that its ecosystem looks for tags of one form only, `tag` what they are without this migration.
    """

    label: str
    ecosystem: str
    root: str
    members: tuple[Member, ...]
    fixed: bool = False
    tag: str = '{name}-v{version}'

    @property
    def at(self) -> Path:
        """The path of its settings."""
        return ('workspaces', self.label)

    @property
    def released(self) -> tuple[Member, ...]:
        """The packages that take part."""
        return tuple(member for member in self.members if member.released)


@dataclasses.dataclass(frozen=True, slots=True)
class Ground:
    """A repository as a migration sees it: workspaces, the texts of files by path (None where unread), its branch."""

    spaces: tuple[Space, ...]
    paths: frozenset[str]
    branch: str | None = None

    def members(self) -> Iterator[tuple[Space, Member]]:
        """All packages, with their workspaces."""
        return ((space, member) for space in self.spaces for member in space.members)

    def at(self, path: str) -> tuple[Space, Member] | None:
        """The package in a folder; of several in one folder, the first."""
        folder = path.strip('/') or '.'
        return next(((space, member) for space, member in self.members() if member.path == folder), None)

    def named(self, name: str) -> tuple[Space, Member] | None:
        """The package of a name, else the one whose folder or last part of a name is called so."""
        ways: tuple[Callable[[Member], str], ...] = (
            lambda member: member.name,
            lambda member: member.path.rpartition('/')[2],
            lambda member: member.name.rpartition('/')[2],
        )
        for way in ways:
            found = [pair for pair in self.members() if way(pair[1]) == name]
            if len(found) == 1:
                return found[0]
        return None

    def around(self, path: str) -> tuple[Space, ...]:
        """The workspaces that a file's settings are for: those of the packages in its folder, else all."""
        folder = parent(path)
        inside = [space for space in self.spaces if any(member.path == folder for member in space.members)]
        return tuple(inside) if folder != '.' and inside else self.spaces


@dataclasses.dataclass(frozen=True, slots=True)
class Gap:
    """A setting without an equivalent: what it is, where it stands, what it did, and what to do instead."""

    what: str
    path: str
    line: int | None
    did: str
    instead: str

    @property
    def at(self) -> str:
        """`path:line`, as far as known."""
        return self.path if self.line is None else f'{self.path}:{self.line}'


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """What came of the files of a tool."""

    settings: tuple[Setting, ...]
    gaps: tuple[Gap, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Without:
    """A documented key that has no equivalent; a value in `usual` asks for nothing, so that nothing is said."""

    did: str
    instead: str
    usual: tuple[object, ...] = ()


class Work:
    """Gathers what a tool's files say."""

    def __init__(self, ground: Ground) -> None:
        """Begin with nothing."""
        self.ground = ground
        self._settings: list[Setting] = []
        self._gaps: list[Gap] = []
        self._files: dict[str, list[_File]] = {}

    def done(self) -> Reading:
        """Everything that was gathered; what is said twice is said once."""
        for space in self.ground.spaces:
            self._place(space)
        self._tell_apart()
        return Reading(tuple(self._settings), tuple(dict.fromkeys(self._gaps)))

    def set(self, path: Path, value: object, why: Node | str = '') -> None:
        """Give a key of release.yaml a value; the comment behind it says which setting asked for it."""
        self._settings.append(Setting(path, value, why if isinstance(why, str) else why.said))

    def drop(self, path: Path) -> None:
        """Take a key away that would be there without this migration."""
        self._settings.append(Setting(path, ABSENT))

    def lacks(self, node: Node, did: str, instead: str, what: str = '') -> None:
        """Report a setting without an equivalent."""
        self._gaps.append(Gap(what or node.name, node.file, node.line, did, instead))

    def read(self, node: Node, rules: Rules) -> None:
        """Carry over the keys of a table by the rules; one that no rule names is reported."""
        for key, child in node.items():
            rule = rules.get(key, _UNKNOWN)
            if isinstance(rule, Without):
                if child.value not in rule.usual:
                    self.lacks(child, rule.did, rule.instead)
            elif rule is not None:
                rule(self, child)

    def file(self, space: Space, path: str, patterns: Sequence[str], why: Node) -> None:
        """One more file that holds the version, by its path from the root; the first pattern that finds it is taken."""
        pattern = tuple(patterns)
        self._files.setdefault(space.label, []).append(_File(path, pattern, why))

    def _place(self, space: Space) -> None:
        """Write down the version files of a workspace; of many packages each must have the file, or all one version."""
        root = '' if space.root == '.' else f'{space.root}/'
        together = len(space.released) == 1 or any(self._whole(space, each) for each in self._settings)
        given = {(each.path, each.pattern) for each in self._files.get(space.label, ())}
        found: dict[tuple[str, tuple[str, ...]], Node] = {}
        for each in self._files.get(space.label, ()):
            owner = max(
                (m for m in space.released if m.path != '.' and each.path.startswith(f'{m.path}/')),
                key=lambda member: len(member.path),
                default=None,
            )
            tail = each.path[len(owner.path) + 1 :] if owner else each.path
            if together and each.path.startswith(root):
                found.setdefault((each.path[len(root) :], each.pattern), each.why)
            elif owner and all((join(m.path, tail), each.pattern) in given for m in space.released):
                found.setdefault((f'{{path}}/{tail}', each.pattern), each.why)
            else:
                did = f'wrote the version into {each.path}'
                self.lacks(
                    each.why,
                    did,
                    f'Make its package a workspace of its own, or give all packages of {space.label} one version.',
                )
        for at, ((path, pattern), why) in enumerate(found.items()):
            self.set((*space.at, 'version', 'files', at), {'path': path, 'pattern': pattern}, why)

    def _tell_apart(self) -> None:
        """Give workspaces whose tags would have the same form other ones: no two may have the same."""
        given = {each.path: each for each in self._settings if each.path[-1] == 'tag'}
        forms = {space.label: given.get((*space.at, 'tag'), Setting((), space.tag)) for space in self.ground.spaces}
        taken: set[str] = set()
        # A workspace with many packages cannot name one of them, and some can have one form only: they go first.
        for space in sorted(self.ground.spaces, key=lambda space: (not space.fixed, len(space.released) == 1)):
            form = str(forms[space.label].value)
            where = form if '{path}' not in form else f'{space.root} {form}'
            if where not in taken:
                taken.add(where)
                continue
            named = form.replace('{name}', space.released[0].name) if len(space.released) == 1 else form
            other = named if named != form else f'{{label}}/{form if "{name}" in form else "{name}-v{version}"}'
            self.set((*space.at, 'tag'), other, 'told apart from the other workspaces')
            if named == form and (*space.at, 'tag') in given:
                old = form.replace('{version}', '1.2.3')
                did = f'gave packages of several workspaces tags such as {old}'
                why = forms[space.label].why
                instead = (
                    f'Tags of {space.label} are `{other}`; tag the last release of each package once more in that form.'
                )
                self._gaps.append(Gap(f'tags of {space.label}', *placed(why), did, instead))

    @staticmethod
    def _whole(space: Space, setting: Setting) -> bool:
        """Whether a setting is a group that gives all packages of a workspace one version."""
        if setting.path[:-1] != (*space.at, 'groups') or not isinstance(setting.value, Mapping):
            return False
        names = {str(name) for name in setting.value['packages']}
        fixed = setting.value['versioning'] == 'fixed'
        return fixed and ('*' in names or {glob(member.name) for member in space.released} <= names)

    def agreed(self, nodes: Sequence[Node]) -> Node | None:
        """The first of the values that packages of one workspace give a key of it; the others are reported."""
        given = [node for node in nodes if node.value is not None]
        for node in given[1:]:
            if node.value != given[0].value:
                self.lacks(
                    node,
                    f'is `{node.value}` for this package alone',
                    f'A workspace has one; that of {given[0].said} was taken. A workspace of its own can have another.',
                )
        return given[0] if given else None

    def lockstep(self, space: Space, umbrella: str | None, why: Node) -> None:
        """All packages of a workspace have one version, and one tag where `umbrella` is given."""
        if len(space.released) > 1:
            self.drop((*space.at, 'groups'))
            self.set((*space.at, 'groups', GROUP), {'packages': ['*'], 'versioning': 'fixed'}, why)
            if umbrella is not None:
                self.set((*space.at, 'umbrella_tag'), umbrella, why)
        elif umbrella is not None:
            self.set((*space.at, 'tag'), umbrella, why)

    def apart(self, space: Space) -> None:
        """The packages of a workspace have versions of their own, whatever their tags looked like."""
        self.drop((*space.at, 'groups'))
        self.drop((*space.at, 'umbrella_tag'))

    def only(self, chosen: Mapping[str, frozenset[str]], why: Node) -> None:
        """Of each workspace, by its label, only the packages in these folders are released."""
        for space in self.ground.spaces:
            wanted = chosen.get(space.label, frozenset())
            for member in space.members:
                at = (*space.at, 'packages', glob(member.name))
                if member.path in wanted:
                    self.drop((*at, 'release'))
                elif member.released and wanted:
                    self.drop(at)
                    self.set(at, {'release': False}, f'not in {why.said}')
        spaces = tuple(_narrowed(space, chosen.get(space.label, frozenset())) for space in self.ground.spaces)
        self.ground = dataclasses.replace(self.ground, spaces=spaces)


def _narrowed(space: Space, wanted: frozenset[str]) -> Space:
    """A workspace of which only the packages in these folders are released; none named leaves it as it is."""
    if not wanted:
        return space
    members = tuple(dataclasses.replace(each, released=each.path in wanted) for each in space.members)
    return dataclasses.replace(space, members=members)


@dataclasses.dataclass(frozen=True, slots=True)
class _File:
    path: str
    pattern: tuple[str, ...]
    why: Node


Rule = Callable[[Work, Node], None] | Without | None
Rules = Mapping[str, Rule]

_UNKNOWN = Without(
    'is none of the keys that the tool documents', 'Look up what it does; release.yaml says nothing of it.'
)


@dataclasses.dataclass(frozen=True, slots=True)
class Tool:
    """A release tool whose files can be read.

    `files` are globs of paths at the root, and with `inner` in the folders of packages too; `shared` are manifests of
    many tools, of which `owns` says whether they have settings of this one. `refused` is why it cannot be used.
    """

    name: str
    files: tuple[str, ...]
    read: Callable[[Work, Sequence[Source]], None]
    owns: Callable[[Source], bool] = lambda _: True
    shared: tuple[str, ...] = ()
    inner: bool = False
    refused: str = ''


def placed(why: str) -> tuple[str, int | None]:
    """The file and the line that a reason names, as far as it does."""
    found = re.search(r' in (?P<path>\S+?)(?::(?P<line>[0-9]+))?$', why)
    return (found['path'], int(found['line']) if found['line'] else None) if found else ('', None)


def glob(name: str) -> str:
    """A glob that fits this name alone."""
    return ''.join(f'[{sign}]' if sign in '*?[' else sign for sign in name)
