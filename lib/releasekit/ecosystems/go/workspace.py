# SPDX-License-Identifier: Apache-2.0
"""The modules of a repository: those that go.work uses, or without one every go.mod below the root.

What is left out then are the folders that packages are never looked for in: `vendor`, `testdata`, and those that
begin with `_` or a dot (https://pkg.go.dev/cmd/go#hdr-Package_lists_and_patterns). go.work:
https://go.dev/ref/mod#workspaces.
"""

from __future__ import annotations

import dataclasses
import posixpath
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from releasekit import lazy
from releasekit.core.package import Dependency, EdgeKind, Package
from releasekit.core.paths import join, parent
from releasekit.core.tags import tag_name
from releasekit.ecosystems import settings
from releasekit.ecosystems.base import Discovery
from releasekit.errors import Code, Place, Problem, ReleaseKitError, Severity, fail
from releasekit.ports import Files
from releasekit.spec.model import WorkspaceSpec

if TYPE_CHECKING:
    from releasekit.ecosystems.go import circles, gomod, modpath
else:
    circles = lazy.module('releasekit.ecosystems.go.circles')
    gomod = lazy.module('releasekit.ecosystems.go.gomod')
    modpath = lazy.module('releasekit.ecosystems.go.modpath')

_TAG = '{path}/v{version}'
_MAJOR_FOLDER = re.compile(r'v[1-9][0-9]*')


@dataclasses.dataclass(frozen=True, slots=True)
class _Member:
    """A module and its folder: `path` is the module's own, `name` without a major suffix."""

    folder: str
    manifest: str
    path: str
    name: str
    requires: Mapping[str, str]


class GoWorkspace:
    """Finds modules; keeps nothing."""

    async def discover(self, files: Files, label: str, spec: WorkspaceSpec) -> Discovery:
        """Find the modules of the workspace at `spec.root`, sorted by folder, with their requirements of each other.

        Raises:
            ReleaseKitError: `RK-WORKSPACE-INVALID` or `RK-MANIFEST-INVALID`, with the place; `RK-SPEC-INVALID` for a
                format of tags that the go command does not look for.
        """
        root = posixpath.normpath(spec.root)
        paths = frozenset(await files.paths())
        folders = await _folders(files, paths, root)
        kept = [folder for folder in folders if not settings.left_out(folder, root, spec)]
        texts = await files.read(join(folder, gomod.MANIFEST) for folder in kept)
        members = [_member(folder, texts) for folder in kept]
        if not members:
            hint = f'Set `root` of the workspace {label} to the folder that holds its go.work or go.mod.'
            raise fail(Code.WORKSPACE_INVALID, f'There is no module at or below {root}.', hint, Place(root))
        _refuse(members)
        packages = list(_packages(members, label, spec))
        _refuse_tags(packages, spec)
        return Discovery(tuple(packages), warnings=tuple(_unfindable(packages)))


async def _folders(files: Files, paths: Collection[str], root: str) -> list[str]:
    """The folders of the modules, sorted."""
    work = join(root, gomod.WORK)
    if work not in paths:
        return sorted(parent(path) for path in paths if _is_module(path, root))
    used = set()
    for folder in uses(decode((await files.read([work]))[work], work), work):
        where = posixpath.normpath(posixpath.join(root, folder))
        if posixpath.isabs(folder) or where == '..' or where.startswith('../'):
            message = f'{work} uses {folder}, which is outside of the repository.'
            raise fail(Code.WORKSPACE_INVALID, message, 'Take it out of `use`.', Place(work))
        if join(where, gomod.MANIFEST) not in paths:
            message = f'{work} uses {folder}, where there is no go.mod.'
            raise fail(Code.WORKSPACE_INVALID, message, f'Run `go work edit -dropuse={folder}`.', Place(work))
        used.add(where)
    return sorted(used)


def uses(text: str, path: str) -> list[str]:
    """The folders that a go.work names, as it names them.

    Raises:
        ReleaseKitError: `RK-MANIFEST-INVALID`.
    """
    try:
        return [line.texts[0] for line in gomod.scan(text) if line.verb == 'use']
    except ValueError as error:
        raise gomod.invalid(path, str(error)) from error


def _is_module(path: str, root: str) -> bool:
    if path != gomod.MANIFEST and not path.endswith('/' + gomod.MANIFEST):
        return False
    if root != '.' and not path.startswith(root + '/'):
        return False
    return not in_hidden(path if root == '.' else path[len(root) + 1 :])


def in_hidden(path: str) -> bool:
    """Whether a file is in a folder that `./...` does not name."""
    return any(part in {'vendor', 'testdata'} or part[0] in '._' for part in path.split('/')[:-1])


def _member(folder: str, texts: Mapping[str, bytes]) -> _Member:
    manifest = join(folder, gomod.MANIFEST)
    path, requires = gomod.outline(decode(texts[manifest], manifest), manifest)
    return _Member(folder, manifest, path, modpath.name_of(path), requires)


def decode(content: bytes, path: str) -> str:
    """A file as text.

    Raises:
        ReleaseKitError: `RK-MANIFEST-INVALID` where it is not UTF-8.
    """
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise gomod.invalid(path, 'it is not UTF-8') from error


def _refuse(members: Sequence[_Member]) -> None:
    seen: dict[str, _Member] = {}
    for member in members:
        name, last = member.name, posixpath.basename(member.folder)
        if _MAJOR_FOLDER.fullmatch(last) and member.path == f'{name}/{last}':
            message = f'{member.folder} is a folder for a major version of {name}, whose tag would not have `{last}`.'
            hint = f'Keep {name} in the folder above and older major versions on branches, or exclude {member.folder}.'
            raise fail(Code.WORKSPACE_INVALID, message, hint, Place(member.manifest))
        if (other := seen.setdefault(name, member)) is not member:
            message = f'{other.folder} and {member.folder} are both {name}: a major version does not tell them apart.'
            hint = 'Exclude one of them in release.yaml, or give it another module path.'
            raise fail(Code.WORKSPACE_INVALID, message, hint, Place(member.manifest))


def _packages(members: Sequence[_Member], label: str, spec: WorkspaceSpec) -> Iterator[Package]:
    ids = {member.path: f'{label}:{member.name}' for member in members}
    needs = {
        ids[member.path]: {
            ids[path]: version for path, version in member.requires.items() if path in ids and path != member.path
        }
        for member in members
    }
    back = circles.closing(needs)
    for member in members:
        id_ = ids[member.path]
        edges = (
            Dependency(other, EdgeKind.OPTIONAL if (id_, other) in back else EdgeKind.RUNTIME, version)
            for other, version in needs[id_].items()
        )
        # A module whose path begins with no host name can be fetched by nobody.
        private = '' if modpath.has_address(member.path) else f'module path `{member.path}` is no address'
        package = Package(
            id=id_,
            name=member.name,
            workspace=label,
            ecosystem='go',
            path=member.folder,
            manifest=member.manifest,
            version=None,
            dependencies=tuple(edges),
            targets=spec.targets,
        )
        package = settings.overridden(package, spec)
        yield dataclasses.replace(package, publish=False, private=private) if private else package


def _refuse_tags(packages: Sequence[Package], spec: WorkspaceSpec) -> None:
    """Tags that nobody looks for: https://go.dev/ref/mod#vcs-version."""
    for package in packages if spec.tag != _TAG else ():
        found, wanted = (tag_name(tag, package, '1.0.0') for tag in (spec.tag, _TAG))
        if found != wanted and package.publish and package.release and package.targets:
            message = f'1.0.0 of {package.name} would have the tag {found}, but the go command looks for {wanted}.'
            hint = f'Take `tag` out of `workspaces.{package.workspace}` in release.yaml: the default is right.'
            raise fail(Code.SPEC_INVALID, message, hint)


def _unfindable(packages: Sequence[Package]) -> Iterator[Problem]:
    """Modules that are looked for in another folder than theirs: https://go.dev/ref/mod#vcs-find."""
    for package in packages:
        published = package.publish and package.release and package.targets
        if published and package.path != '.' and not f'/{package.name}'.endswith(f'/{package.path}'):
            message = f'The module {package.name} is in {package.path}, where nobody looks for it by that path.'
            hint = (
                f'End the path in /{package.path}, or serve a `go-import` meta tag for it that names the folder '
                '(Go 1.25 and later); `publish: false` in release.yaml leaves it out.'
            )
            yield Problem(Code.WORKSPACE_INVALID, message, hint, Place(package.manifest), Severity.WARNING)


def unresolvable(package: Package, path: str, version: str) -> ReleaseKitError:
    """The error for a released module that requires a version of a sibling which there is not."""
    message = f'{package.name} is released but requires {path} {version}, which is no version of it.'
    hint = f'Release {path} as well, or require a version that is tagged: `go mod edit -require={path}@v1.2.3`.'
    return fail(Code.WORKSPACE_INVALID, message, hint, Place(package.manifest))
