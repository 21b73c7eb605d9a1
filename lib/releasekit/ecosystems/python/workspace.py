# SPDX-License-Identifier: Apache-2.0
"""The packages of a uv workspace, as uv itself sees them, or of a single-package repository.

The rules are uv's: https://docs.astral.sh/uv/concepts/projects/workspaces/ and `uv-workspace/src/workspace.rs`.
"""

from __future__ import annotations

import dataclasses
import posixpath
from collections.abc import Collection, Mapping, Sequence

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from releasekit.core.package import Package, VersionPlace
from releasekit.ecosystems import cargo, settings
from releasekit.ecosystems.base import Discovery
from releasekit.ecosystems.python import bundles, dynamic, edges, globs, manifest
from releasekit.ecosystems.python.document import invalid, load
from releasekit.ecosystems.toml.document import Table, decode, strings, table
from releasekit.errors import Code, Place, fail
from releasekit.ports import Files
from releasekit.spec.model import WorkspaceSpec

MANIFEST = 'pyproject.toml'
LOCK = 'uv.lock'
PRIVATE = 'Private :: Do Not Upload'

_HINT = 'Change `members` or `exclude` in [tool.uv.workspace]; `uv workspace list` reads the same rules.'


@dataclasses.dataclass(frozen=True, slots=True)
class _Member:
    """A manifest with a [project] table; `name` is normalised by PEP 503."""

    name: str
    folder: str
    path: str
    text: str
    data: Table


@dataclasses.dataclass(frozen=True, slots=True)
class _Context:
    """What all packages of a workspace share: `sources` are the root's, `ids` those of the members by name.

    `bundles` are the manifests of other ecosystems that become part of each member, by name.
    """

    label: str
    spec: WorkspaceSpec
    sources: Mapping[str, bool]
    ids: Mapping[str, str]
    bundles: Mapping[str, tuple[str, ...]]


@dataclasses.dataclass(frozen=True, slots=True)
class _Tree:
    """The files of the repository."""

    files: Files
    paths: frozenset[str]

    async def read(self, paths: Collection[str]) -> Mapping[str, str]:
        """The texts of those files that exist."""
        wanted = [path for path in paths if path in self.paths]
        found = await self.files.read(wanted) if wanted else {}
        return {path: decode(content, path) for path, content in found.items()}

    def folders(self) -> frozenset[str]:
        """Every folder that has a file somewhere below it, without the root of the repository."""
        found: set[str] = set()
        for path in self.paths:
            folder = path.rpartition('/')[0]
            while folder and folder not in found:
                found.add(folder)
                folder = folder.rpartition('/')[0]
        return frozenset(found)


class UvWorkspace:
    """Finds packages; keeps nothing."""

    async def discover(self, files: Files, label: str, spec: WorkspaceSpec) -> Discovery:
        """Find the packages of the workspace at `spec.root`, sorted by path, versions and edges included.

        Raises:
            ReleaseKitError: `RK-WORKSPACE-INVALID`, `RK-MANIFEST-INVALID`, `RK-VERSION-DYNAMIC` or
                `RK-VERSION-INVALID`, with the place.
        """
        tree = _Tree(files, frozenset(await files.paths()))
        folder = posixpath.normpath(spec.root)
        path = _join(folder, MANIFEST)
        text = (await tree.read([path])).get(path)
        if text is None:
            hint = f'Set `root` of the workspace {label} to the folder that holds its {MANIFEST}.'
            raise fail(Code.WORKSPACE_INVALID, f'There is no {path}.', hint, Place(path))
        root = load(text, path)
        members = [
            member
            for member in await _members(tree, folder, root, text)
            if not settings.left_out(member.folder, folder, spec)
        ]
        ids = {member.name: f'{label}:{member.name}' for member in members}
        hatch = await _hatch(tree, members)
        versions = await _versions(tree, members, hatch)
        bundled = {each.name: bundles.found(each.folder, each.data, hatch[each.name], tree.paths) for each in members}
        context = _Context(label, spec, edges.workspace_sources(root), ids, bundled)
        packages = [_package(context, member, *versions[member.name]) for member in members]
        lock = _join(folder, LOCK)
        return Discovery(tuple(packages), lock if lock in tree.paths else None)


async def _members(tree: _Tree, folder: str, root: Table, text: str) -> list[_Member]:
    path = _join(folder, MANIFEST)
    own = table(root, 'tool', 'uv')
    if own.get('managed') is False:
        raise fail(
            Code.WORKSPACE_INVALID,
            f'{path} says `managed = false`, so uv does not treat it as a project.',
            f'Take `managed = false` out of [tool.uv] of {path}.',
            Place(path),
        )
    found = [_member(folder, path, text, root)] if 'project' in root else []
    if 'workspace' not in own:
        if not found:
            raise invalid(text, path, f'{path} has neither a [project] nor a [tool.uv.workspace] table.')
        await _expect_alone(tree, folder)
        return found
    folders = _matching(tree, folder, table(own, 'workspace'), path)
    texts = await tree.read([_join(each, MANIFEST) for each in folders])
    for each, glob in folders.items():
        manifest_path = _join(each, MANIFEST)
        if (member_text := texts.get(manifest_path)) is None:
            if posixpath.basename(each).startswith('.'):
                continue
            message = f'The workspace member {each} has no {MANIFEST} (it matches `{glob}`).'
            raise fail(Code.WORKSPACE_INVALID, message, _HINT, Place(path))
        data = load(member_text, manifest_path)
        if table(data, 'tool', 'uv').get('managed') is False:
            continue
        if 'workspace' in table(data, 'tool', 'uv'):
            message = f'The workspace member {each} has a [tool.uv.workspace] table; uv knows no nested workspaces.'
            raise fail(Code.WORKSPACE_INVALID, message, _HINT, Place(manifest_path))
        found.append(_member(each, manifest_path, member_text, data))
    return _unique(found)


async def _expect_alone(tree: _Tree, folder: str) -> None:
    """Refuse a root that is a member of a workspace above it: uv takes that one for the root."""
    above = folder
    while above != '.':
        above = posixpath.dirname(above) or '.'
        path = _join(above, MANIFEST)
        if path in tree.paths:
            own = table(load((await tree.read([path]))[path], path), 'tool', 'uv')
            if folder in _matching(tree, above, table(own, 'workspace'), path):
                message = f'{folder} is a member of the workspace at {above}.'
                hint = f'Set `root` to {above} in release.yaml; `exclude` leaves other packages out.'
                raise fail(Code.WORKSPACE_INVALID, message, hint, Place(path))
            return


def _matching(tree: _Tree, folder: str, workspace: Table, path: str) -> dict[str, str]:
    """The folders that `members` names and `exclude` does not, sorted, each with the glob that found it."""
    folders = tree.folders()
    found: dict[str, str] = {}
    glob = ''
    try:
        excluded = [globs.whole(globs.resolve(folder, glob)) for glob in strings(workspace.get('exclude'))]
        for glob in strings(workspace.get('members')):
            resolved = globs.resolve(folder, glob)
            if not any(character in resolved for character in '*?['):
                matches: Collection[str] = [resolved] if resolved in folders else []
            else:
                expression = globs.walking(resolved)
                matches = [each for each in folders if expression.fullmatch(each)]
            for each in matches:
                if each != folder and not any(one.fullmatch(each) for one in excluded):
                    found.setdefault(each, glob)
    except globs.GlobError as error:
        raise fail(Code.WORKSPACE_INVALID, f'The glob `{glob}` is wrong: {error}.', _HINT, Place(path)) from error
    return dict(sorted(found.items()))


def _member(folder: str, path: str, text: str, data: Table) -> _Member:
    project = table(data, 'project')
    name = project.get('name')
    if not isinstance(name, str) or edges.name_of(name) != canonicalize_name(name):
        wrong = 'has no [project] table with a name' if name is None else f'has the wrong name {name!r}'
        raise invalid(text, path, f'{path} {wrong}.', '[project]')
    return _Member(canonicalize_name(name), folder, path, text, data)


def _unique(members: list[_Member]) -> list[_Member]:
    seen: dict[str, _Member] = {}
    for member in members:
        if (other := seen.setdefault(member.name, member)) is not member:
            message = f'Two workspace members are both named {member.name}: {other.folder} and {member.folder}.'
            hint = f'Rename one of them, or exclude it: {_HINT}'
            raise fail(Code.WORKSPACE_INVALID, message, hint, Place(member.path))
    return sorted(members, key=lambda member: member.folder)


async def _hatch(tree: _Tree, members: Sequence[_Member]) -> dict[str, Table]:
    """The settings of hatchling of each member, by name.

    hatchling lets the keys of hatch.toml replace those of [tool.hatch], one by one.
    """
    beside = {member.name: _join(member.folder, 'hatch.toml') for member in members if dynamic.uses_hatch(member.data)}
    texts = await tree.read(beside.values())
    found = {member.name: table(member.data, 'tool', 'hatch') for member in members}
    return found | {name: {**found[name], **load(texts[path], path)} for name, path in beside.items() if path in texts}


async def _versions(
    tree: _Tree, members: Sequence[_Member], hatch: Mapping[str, Table]
) -> dict[str, tuple[str | None, tuple[VersionPlace, ...]]]:
    """The version of each member and where it stands: (None, ()) where it comes from a tag."""
    projects = await _dynamic(tree, [member for member in members if _is_dynamic(member)], hatch)
    places = {name: dynamic.place(project) for name, project in projects.items()}
    texts = await tree.read({place.path for place in places.values() if place is not None})
    found: dict[str, tuple[str | None, tuple[VersionPlace, ...]]] = {}
    for member in members:
        if member.name not in places:
            place: VersionPlace | None = VersionPlace(member.path, 'pyproject')
        else:
            place = places[member.name]
        if place is None:
            found[member.name] = (None, ())
            continue
        version = manifest.read_version(texts.get(place.path, member.text), place)
        if version is None and member.name in projects:
            raise projects[member.name].refuse(f'{place.path} does not hold it exactly once')
        found[member.name] = (_checked(member, version, place), (place,))
    return found


async def _dynamic(tree: _Tree, members: Sequence[_Member], hatch: Mapping[str, Table]) -> dict[str, dynamic.Project]:
    crates = {member.name: cargo.above(path) for member in members for path in _crates(member)}
    texts = await tree.read([path for paths in crates.values() for path in paths])
    return {
        member.name: dynamic.Project(
            member.folder,
            member.path,
            member.name,
            member.data,
            hatch[member.name],
            tree.paths,
            {each: texts[each] for each in crates.get(member.name, ()) if each in texts},
        )
        for member in members
    }


def _crates(member: _Member) -> tuple[str, ...]:
    """The manifest of the crate that becomes a part of a package: https://maturin.rs/config.html."""
    path = dynamic.crate(member.data, member.folder) if dynamic.uses_maturin(member.data) else None
    return () if path is None else (path,)


def _is_dynamic(member: _Member) -> bool:
    return 'version' in strings(table(member.data, 'project').get('dynamic'))


def _checked(member: _Member, version: str | None, place: VersionPlace) -> str:
    if version is None:
        message = f'{member.path} has no version, neither in [project] nor in its `dynamic`.'
        raise invalid(member.text, member.path, message, '[project]')
    try:
        Version(version)
    except InvalidVersion as error:
        message = f'{version!r}, the version of {member.name}, is none by PEP 440.'
        hint = f'Write a version such as 1.2.0 into {place.path}.'
        raise fail(Code.VERSION_INVALID, message, hint, Place(place.path)) from error
    return version


def _package(context: _Context, member: _Member, version: str | None, places: tuple[VersionPlace, ...]) -> Package:
    sources = {**context.sources, **edges.workspace_sources(member.data)}
    id_ = context.ids[member.name]
    needed = edges.internal(tuple(edges.requirements(member.data)), context.ids, sources)
    package = Package(
        id=id_,
        name=member.name,
        workspace=context.label,
        ecosystem='python',
        path=member.folder,
        manifest=member.path,
        version=version,
        places=places,
        dependencies=tuple(edge for edge in needed if edge.id != id_),
        targets=context.spec.targets,
        bundles=context.bundles[member.name],
    )
    package = settings.overridden(package, context.spec)
    if private := _private(member.data):
        return dataclasses.replace(package, publish=False, private=private)
    if package.publish and package.release and package.targets:
        _refuse_unserved(context, member, sources)
    return package


def _refuse_unserved(context: _Context, member: _Member, sources: Mapping[str, bool]) -> None:
    """Refuse a published package that needs one of the workspace that is none of the packages here."""
    found = edges.unserved(tuple(edges.requirements(member.data)), context.ids, sources)
    if (first := next(found, None)) is not None:
        name, requirement = first
        message = (
            f'{member.name} is published but requires `{requirement}` from the workspace, where {name} is no package.'
        )
        hint = (
            f'Take {name} out of `exclude` in release.yaml, or set `publish: false` for {member.name}. If it comes '
            f'from elsewhere, drop `workspace = true` from its source.'
        )
        raise fail(Code.WORKSPACE_INVALID, message, hint, Place(member.path))


def _private(data: Table) -> str:
    """Why uv or PyPI would not take the package, empty where they would."""
    if PRIVATE in strings(table(data, 'project').get('classifiers')):
        return f'classifier `{PRIVATE}`'
    if table(data, 'tool', 'uv').get('package') is False:
        return '`package = false` in [tool.uv]'
    return ''


def _join(folder: str, name: str) -> str:
    return name if folder == '.' else f'{folder}/{name}'
