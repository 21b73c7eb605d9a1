# SPDX-License-Identifier: Apache-2.0
"""The packages of a workspace of npm, pnpm or yarn, as the tool itself sees them, or of a single-package repository.

https://docs.npmjs.com/cli/v11/using-npm/workspaces, https://pnpm.io/pnpm-workspace_yaml,
https://yarnpkg.com/features/workspaces.
"""

from __future__ import annotations

import dataclasses
import posixpath
import re
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from releasekit import lazy
from releasekit.core.package import Dependency, EdgeKind, Package, VersionPlace
from releasekit.ecosystems.base import Discovery
from releasekit.ecosystems.js import layout
from releasekit.ecosystems.js.layout import MANIFEST, Tool
from releasekit.ecosystems.settings import left_out, overridden
from releasekit.errors import Code, Place, fail
from releasekit.ports import Files
from releasekit.spec.model import WorkspaceSpec

if TYPE_CHECKING:
    from releasekit.ecosystems.js import edges, globs, jsontext, requirement, semver, settings
    from releasekit.ecosystems.js.jsontext import Object
else:
    edges = lazy.module('releasekit.ecosystems.js.edges')
    globs = lazy.module('releasekit.ecosystems.js.globs')
    jsontext = lazy.module('releasekit.ecosystems.js.jsontext')
    requirement = lazy.module('releasekit.ecosystems.js.requirement')
    semver = lazy.module('releasekit.ecosystems.js.semver')
    settings = lazy.module('releasekit.ecosystems.js.settings')

# https://pnpm.io/settings#linkworkspacepackages: off by default since pnpm 9.
_PNPM_LINKED_UNTIL = 8
_LINKED = re.compile(r'^\s*link-workspace-packages\s*=\s*"?(true|deep|false)', re.MULTILINE)
_BESIDE = (layout.PNPM_WORKSPACE, layout.NPMRC, layout.YARN_LOCK, layout.YARNRC)


@dataclasses.dataclass(frozen=True, slots=True)
class _Member:
    """A manifest; `version` is '' where it has none."""

    name: str
    folder: str
    data: Object
    version: str

    @property
    def path(self) -> str:
        return _join(self.folder, MANIFEST)


@dataclasses.dataclass(frozen=True, slots=True)
class _Root:
    """The root of a workspace: its manifest, the files beside it that matter, and what they say."""

    label: str
    spec: WorkspaceSpec
    folder: str
    data: Object
    names: frozenset[str]
    beside: Mapping[str, str]
    tool: Tool
    settings: settings.Settings

    @property
    def settings_path(self) -> str:
        return _join(self.folder, layout.PNPM_WORKSPACE if self.tool is Tool.PNPM else layout.YARNRC)


class NodeWorkspace:
    """Finds packages; keeps nothing."""

    async def discover(self, files: Files, label: str, spec: WorkspaceSpec) -> Discovery:
        """Find the packages of the workspace at `spec.root`, sorted by path.

        A root that is private, and a member without a version, take no part in releases. A root without a name is no
        package; its requirements are raised all the same.

        Raises:
            ReleaseKitError: `RK-WORKSPACE-INVALID`, `RK-MANIFEST-INVALID` or `RK-VERSION-INVALID`, with the place.
        """
        paths = await files.paths()
        root = await _root(files, paths, label, spec)
        folders = _folders(paths, root.folder)
        found = await _members(files, root, folders)
        members = [member for member in found if not left_out(member.folder, root.folder, spec)]
        rules = _rules(root, members)
        alone = len(members) == 1
        packages = tuple(_package(root, member, rules, alone=alone) for member in members)
        lock = layout.lock_name(root.tool, root.names)
        shared = [] if root.data.get('name') else [_join(root.folder, MANIFEST)]
        shared += [root.settings_path] if root.settings.catalogs else []
        return Discovery(packages, None if lock is None else _join(root.folder, lock), shared=tuple(shared))


async def _root(files: Files, paths: Sequence[str], label: str, spec: WorkspaceSpec) -> _Root:
    folder = posixpath.normpath(spec.root)
    start = '' if folder == '.' else f'{folder}/'
    names = frozenset(path[len(start) :] for path in paths if path.startswith(start) and '/' not in path[len(start) :])
    path = _join(folder, MANIFEST)
    if MANIFEST not in names:
        hint = f'Set `root` of the workspace {label} to the folder that holds its {MANIFEST}.'
        raise fail(Code.WORKSPACE_INVALID, f'There is no {path}.', hint, Place(path))
    found = await files.read([path, *(_join(folder, name) for name in _BESIDE if name in names)])
    beside = {each[len(start) :]: jsontext.decode(content, each) for each, content in found.items()}
    data = jsontext.load(beside[MANIFEST], path)
    lock = beside.get(layout.YARN_LOCK, '')
    tool = layout.detect(spec.tool, names, data.get('packageManager'), lock)
    name = {Tool.PNPM: layout.PNPM_WORKSPACE, Tool.YARN: layout.YARNRC}.get(tool, '')
    read = settings.read(beside[name], _join(folder, name)) if name in beside else settings.Settings()
    return _Root(label, spec, folder, data, names, beside, tool, read)


def _folders(paths: Sequence[str], root: str) -> frozenset[str]:
    """The folders below the root that hold a manifest, relative to the root."""
    start, end = '' if root == '.' else f'{root}/', f'/{MANIFEST}'
    inside = (path[len(start) :] for path in paths if path.startswith(start) and path.endswith(end))
    return frozenset(path[: -len(end)] for path in inside if path != MANIFEST)


async def _members(files: Files, root: _Root, folders: frozenset[str]) -> list[_Member]:
    """The members, the root among them where it has a name, sorted by folder."""
    found = {'.': root.data}
    # yarn knows workspaces in workspaces: each that is found may name more, relative to itself.
    waiting = ['.']
    while waiting:
        chosen: set[str] = set()
        for folder in waiting:
            chosen.update(_chosen(root, folder, found[folder], folders))
        new = sorted(chosen - found.keys())
        paths = {each: _join(posixpath.normpath(posixpath.join(root.folder, each)), MANIFEST) for each in new}
        contents = await files.read(paths.values()) if paths else {}
        found |= {each: jsontext.load(jsontext.decode(contents[path], path), path) for each, path in paths.items()}
        waiting = new if root.tool is Tool.YARN else []
    named = {folder: data for folder, data in found.items() if folder != '.' or data.get('name')}
    members = [_member(root.folder, folder, data) for folder, data in named.items()]
    return _unique(sorted(members, key=lambda member: member.folder))


def _chosen(root: _Root, folder: str, data: Object, folders: Collection[str]) -> Collection[str]:
    """The folders that the patterns of a manifest name, relative to the root."""
    if root.tool is Tool.PNPM:
        return globs.select(root.settings.packages or (), folders, itself=True)
    declared = data.get('workspaces')
    patterns = declared.get('packages') if isinstance(declared, Mapping) else declared
    if not isinstance(patterns, list):
        return ()
    texts = [pattern for pattern in patterns if isinstance(pattern, str)]
    if root.tool is Tool.NPM:
        return globs.select_npm(texts, folders)
    start = '' if folder == '.' else f'{folder}/'
    inside = {each[len(start) :] for each in folders if each.startswith(start)}
    return {start + each for each in globs.select(texts, inside, itself=False)}


def _member(root: str, folder: str, data: Object) -> _Member:
    place = posixpath.normpath(posixpath.join(root, folder))
    name, version = data.get('name'), data.get('version')
    # npm calls a package without a name as its folder is called.
    return _Member(
        name if isinstance(name, str) and name else posixpath.basename(place),
        place,
        data,
        version if isinstance(version, str) else '',
    )


def _unique(members: list[_Member]) -> list[_Member]:
    seen: dict[str, _Member] = {}
    for member in members:
        if (other := seen.setdefault(member.name, member)) is not member:
            message = f'Two workspace members are both named {member.name}: {other.folder} and {member.folder}.'
            hint = 'Rename one of them, or exclude it in the patterns of the workspace.'
            raise fail(Code.WORKSPACE_INVALID, message, hint, Place(member.path))
    return members


def _rules(root: _Root, members: Sequence[_Member]) -> edges.Rules:
    known = {
        member.name: edges.Member(f'{root.label}:{member.name}', member.folder, member.version) for member in members
    }
    return edges.Rules(root.folder, known, root.settings.catalogs, _links(root), root.tool in {Tool.PNPM, Tool.YARN})


def _links(root: _Root) -> bool:
    """Whether a plain range may mean a member."""
    if root.tool is Tool.YARN:
        return root.settings.values.get('enableTransparentWorkspaces', 'true') != 'false'
    if root.tool is not Tool.PNPM:
        return True
    said = root.settings.values.get('linkWorkspacePackages')
    if said is None and (found := _LINKED.search(root.beside.get(layout.NPMRC, ''))):
        said = found[1]
    if said is not None:
        return said in {'true', 'deep'}
    major = layout.major(root.data.get('packageManager'))
    return major is not None and major <= _PNPM_LINKED_UNTIL


def _package(root: _Root, member: _Member, rules: edges.Rules, *, alone: bool) -> Package:
    found = [edge for edge in edges.find(member.data, member.folder, rules) if edge.name != member.name]
    private = '`private` in package.json' if member.data.get('private') is True else ''
    package = Package(
        id=f'{root.label}:{member.name}',
        name=member.name,
        workspace=root.label,
        ecosystem='js',
        path=member.folder,
        manifest=member.path,
        version=member.version or None,
        places=(VersionPlace(member.path, 'package'),) if member.version else (),
        dependencies=_dependencies(found),
        # A private root only holds the others together.
        release=not (private and member.folder == root.folder and not alone),
        targets=root.spec.targets,
    )
    package = overridden(package, root.spec)
    if private:
        package = dataclasses.replace(package, publish=False, private=private)
    if not member.version:
        package = dataclasses.replace(package, publish=False, release=False, private=private or 'no version')
    if package.release:
        _check(root, member, package, found)
    return package


def _dependencies(found: Sequence[edges.Edge]) -> tuple[Dependency, ...]:
    """The requirements as users have them: `workspace:^` follows a release, what it was published as does not."""
    known = ((each, each.member) for each in found if each.member is not None)
    return tuple(
        dict.fromkeys(
            Dependency(member.id, each.kind, requirement.published(each.text, member.version)) for each, member in known
        )
    )


def _check(root: _Root, member: _Member, package: Package, found: Sequence[edges.Edge]) -> None:
    if semver.read(member.version) is None or member.version[:1] in 'v=':
        message = f'{member.version!r}, the version of {member.name}, is none by SemVer.'
        hint = f'Write a version such as 1.2.0 into {member.path}.'
        raise fail(Code.VERSION_INVALID, message, hint, Place(member.path))
    missing = next((each for each in found if each.member is None and each.kind is not EdgeKind.GROUP), None)
    if package.publish and package.targets and missing is not None:
        message = (
            f'{member.name} is published but requires {missing.name} by `{missing.text}`, where {missing.name} is no '
            'package.'
        )
        hint = f'Take {missing.name} out of `exclude` in release.yaml, or set `publish: false` for {member.name}.'
        raise fail(Code.WORKSPACE_INVALID, message, hint, Place(member.path))


def _join(folder: str, name: str) -> str:
    return name if folder == '.' else f'{folder}/{name}'
