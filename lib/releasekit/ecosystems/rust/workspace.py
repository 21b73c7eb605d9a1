# SPDX-License-Identifier: Apache-2.0
"""The packages of a cargo workspace, as cargo itself sees them, or of a folder with one package.

The rules are cargo's: https://doc.rust-lang.org/cargo/reference/workspaces.html and
`src/cargo/core/workspace.rs` (`find_path_deps`, `is_excluded`, `members_paths`).
"""

from __future__ import annotations

import dataclasses
import posixpath
from collections.abc import Collection, Iterator, Mapping, Sequence

from releasekit.core import globs
from releasekit.core.paths import join
from releasekit.ecosystems import settings
from releasekit.ecosystems.base import Discovery
from releasekit.ecosystems.cargo import MANIFEST
from releasekit.ecosystems.rust.document import LOCK, invalid, load, resolve
from releasekit.ecosystems.rust.needs import Need, offered
from releasekit.ecosystems.rust.packages import Member, Shared, package
from releasekit.ecosystems.toml.document import decode, strings, table
from releasekit.errors import Code, Place, ReleaseKitError, fail
from releasekit.ports import Files
from releasekit.spec.model import WorkspaceSpec

_HINT = 'Change `members` or `exclude` in [workspace]; `cargo metadata --no-deps` reads the same rules.'
_WILD = '*?['


class CargoWorkspace:
    """Finds packages; keeps nothing."""

    async def discover(self, files: Files, label: str, spec: WorkspaceSpec) -> Discovery:
        """Find the packages of the workspace at `spec.root`, sorted by path, versions and edges included.

        Raises:
            ReleaseKitError: `RK-WORKSPACE-INVALID`, `RK-MANIFEST-INVALID` or `RK-VERSION-INVALID`, with the place.
        """
        folder = posixpath.normpath(spec.root)
        tree = _Tree(files, frozenset(await files.paths()))
        await tree.read([folder])
        root = tree.manifest(folder)
        if root is None:
            path = join(folder, MANIFEST)
            hint = f'Set `root` of the workspace {label} to the folder that holds its {MANIFEST}.'
            raise fail(Code.WORKSPACE_INVALID, f'There is no {path}.', hint, Place(path))
        await _expect_root(tree, root)
        members = await _members(tree, root)
        kept = [member for member in members if not settings.left_out(member.folder, folder, spec)]
        shared = Shared(
            label=label,
            spec=spec,
            root=root,
            offers={need.keys[-1]: need for need in offered(root.data)},
            members={member.folder: member.name for member in kept},
        )
        lock = join(folder, LOCK)
        return Discovery(
            packages=tuple(package(shared, member) for member in kept),
            lock=lock if lock in tree.paths else None,
            shared=(root.path,) if any(_leads(root, offer, shared) for offer in shared.offers.values()) else (),
        )


def _leads(root: Member, need: Need, shared: Shared) -> bool:
    return need.path is not None and resolve(root.folder, need.path) in shared.members


@dataclasses.dataclass(slots=True)
class _Tree:
    """The files of the repository, and the manifests of those folders that were read."""

    files: Files
    paths: frozenset[str]
    known: dict[str, Member] = dataclasses.field(default_factory=dict)

    async def read(self, folders: Collection[str]) -> None:
        """Read the manifests of those of the folders that have one."""
        wanted = {join(folder, MANIFEST): folder for folder in folders if folder not in self.known}
        found = await self.files.read([path for path in wanted if path in self.paths]) if wanted else {}
        for path, content in found.items():
            text = decode(content, path)
            self.known[wanted[path]] = Member(wanted[path], path, text, load(text, path))

    def manifest(self, folder: str) -> Member | None:
        """The manifest of a folder, None where there is none, or it was not read."""
        return self.known.get(folder)

    def folders(self) -> frozenset[str]:
        """Every folder that has a file somewhere below it, without the root of the repository."""
        found: set[str] = set()
        for path in self.paths:
            folder = path.rpartition('/')[0]
            while folder and folder not in found:
                found.add(folder)
                folder = folder.rpartition('/')[0]
        return frozenset(found)


async def _expect_root(tree: _Tree, root: Member) -> None:
    """Refuse a root that cargo takes for a member of a workspace elsewhere."""
    if 'workspace' in root.data:
        return
    pointer = table(root.data, 'package').get('workspace')
    if isinstance(pointer, str):
        raise _belongs(root, resolve(root.folder, pointer) or pointer)
    above = root.folder
    while above != '.':
        above = posixpath.dirname(above) or '.'
        await tree.read([above])
        other = tree.manifest(above)
        if other is not None and 'workspace' in other.data:
            if not _Rules(other).excluded(root.folder):
                raise _belongs(root, above)
            return


def _belongs(root: Member, above: str) -> ReleaseKitError:
    message = f'{root.folder} belongs to the workspace at {above}.'
    hint = f'Set `root` to {above} in release.yaml, or name {root.folder} in `exclude` of [workspace] there.'
    return fail(Code.WORKSPACE_INVALID, message, hint, Place(root.path))


class _Rules:
    """What the [workspace] table of a root says."""

    def __init__(self, root: Member) -> None:
        own = table(root.data, 'workspace')
        self.members = strings(own.get('members'))
        self._explicit = [resolve(root.folder, each) for each in self.members]
        self._excluded = [resolve(root.folder, each) for each in strings(own.get('exclude'))]

    def excluded(self, folder: str) -> bool:
        """Whether `exclude` names a folder or one that it is in; names in `members` go before, globs do not."""
        return _below(folder, self._excluded) and not _below(folder, self._explicit)


def _below(folder: str, others: Collection[str | None]) -> bool:
    return any(other in {'.', folder} or folder.startswith(f'{other}/') for other in others)


async def _members(tree: _Tree, root: Member) -> list[Member]:
    """The members: those that are named, and those that paths lead to; sorted by folder."""
    if 'workspace' not in root.data:
        if 'package' not in root.data:
            raise invalid(root.text, root.path, f'{root.path} has neither a [package] nor a [workspace] table.')
        return [root]
    rules = _Rules(root)
    named = _named(tree, root, rules)
    offers = {need.keys[-1]: need for need in offered(root.data)}
    found: dict[str, Member] = {}
    waiting = {folder: glob for folder, glob in {**named, root.folder: ''}.items() if not rules.excluded(folder)}
    while waiting:
        await tree.read(waiting)
        reached = {folder: _expected(tree, root, folder, why) for folder, why in waiting.items()}
        found |= reached
        paths = dict(_paths(root, offers, reached.values()))
        new = {folder: why for folder, why in paths.items() if folder not in found and not rules.excluded(folder)}
        await tree.read([folder for folder in new if not _below(folder, [root.folder])])
        waiting = {folder: why for folder, why in new.items() if _joins(tree, root, folder)}
    return _unique([member for member in found.values() if 'package' in member.data])


def _named(tree: _Tree, root: Member, rules: _Rules) -> dict[str, str]:
    """The folders that `members` names, each with the words that do."""
    folders = tree.folders()
    found: dict[str, str] = {}
    for glob in rules.members:
        if (resolved := resolve(root.folder, glob)) is None:
            message = f'The member `{glob}` leads out of the repository.'
            raise fail(Code.WORKSPACE_INVALID, message, _HINT, Place(root.path))
        expression = globs.pattern(resolved)
        wild = any(sign in resolved for sign in _WILD)
        matches = [folder for folder in folders if expression.fullmatch(folder)] if wild else [resolved]
        for folder in matches:
            found.setdefault(folder, f'`{glob}` in `members`')
    return found


def _paths(root: Member, offers: Mapping[str, Need], members: Collection[Member]) -> Iterator[tuple[str, str]]:
    """The folders that the paths of dependencies lead to, with who says so."""
    for member in members:
        for need in member.needs:
            offer = offers.get(need.keys[-1]) if need.shared else None
            start, path = (member.folder, need.path) if offer is None else (root.folder, offer.path)
            if path is not None and (folder := resolve(start, path)) is not None:
                yield folder, f'the path of {need.keys[-1]} in {member.path}'


def _joins(tree: _Tree, root: Member, folder: str) -> bool:
    """Whether a folder that a path leads to is a member: below the root, or where its manifest says so."""
    if _below(folder, [root.folder]):
        return True
    other = tree.manifest(folder)
    pointer = None if other is None else table(other.data, 'package').get('workspace')
    return isinstance(pointer, str) and resolve(folder, pointer) == root.folder


def _expected(tree: _Tree, root: Member, folder: str, why: str) -> Member:
    if (member := tree.manifest(folder)) is None:
        message = f'{folder} has no {MANIFEST}, but is a member of the workspace by {why}.'
        raise fail(Code.WORKSPACE_INVALID, message, _HINT, Place(root.path))
    if folder != root.folder and 'workspace' in member.data:
        message = f'The workspace member {folder} has a [workspace] table; cargo knows no nested workspaces.'
        raise fail(Code.WORKSPACE_INVALID, message, _HINT, Place(member.path))
    return member


def _unique(members: Sequence[Member]) -> list[Member]:
    seen: dict[str, Member] = {}
    for member in members:
        if (other := seen.setdefault(member.name, member)) is not member:
            message = f'Two workspace members are both named {member.name}: {other.folder} and {member.folder}.'
            raise fail(Code.WORKSPACE_INVALID, message, f'Rename one of them: {_HINT}', Place(member.path))
    return sorted(members, key=lambda member: member.folder)
