# SPDX-License-Identifier: Apache-2.0
"""What follows a release in the tree: requirements of siblings, and module paths where the major version changes.

A released module requires the new versions of its released siblings whatever `pin` says, as its users get what it
requires and nothing newer (https://go.dev/ref/mod#minimal-version-selection). Others are left alone unless a path
changes: then every import, requirement and replacement of it in the workspace follows
(https://go.dev/ref/mod#major-version-suffixes).
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from releasekit import lazy
from releasekit.core.package import Package
from releasekit.core.paths import join
from releasekit.ecosystems.base import Tree
from releasekit.ecosystems.go.manifest import with_versions
from releasekit.ecosystems.go.workspace import decode, unresolvable
from releasekit.errors import Code, Place, ReleaseKitError, fail

if TYPE_CHECKING:
    from releasekit.ecosystems.go import circles, gomod, imports, modpath
else:
    circles = lazy.module('releasekit.ecosystems.go.circles')
    gomod = lazy.module('releasekit.ecosystems.go.gomod')
    imports = lazy.module('releasekit.ecosystems.go.imports')
    modpath = lazy.module('releasekit.ecosystems.go.modpath')

# Only such a version can be the first of a major one, which has a path of its own from 2 on.
_NEW_MAJOR = re.compile(r'(?:[2-9]|[1-9][0-9]+)\.0\.0(?:-.*)?')
_EMPTY_BLOCK = re.compile(r'^retract[ \t]*\(\s*\)[ \t]*\r?\n?', re.MULTILINE)
# What a requirement says that only a replacement or a workspace makes good.
PLACEHOLDER = 'v0.0.0'


@dataclasses.dataclass(frozen=True)
class Siblings:
    """The modules of a workspace, by their paths before and after the release.

    `modules` are what go.mod files said, `after` the paths that follow from the versions in `tree.versions`.
    """

    tree: Tree
    modules: Mapping[str, gomod.Module]
    packages: Mapping[str, Package]

    @functools.cached_property
    def after(self) -> dict[str, str]:
        """The new path of each module whose major version changes, by the old one."""
        found = {}
        for path, package in self.packages.items():
            if (version := self.tree.versions.get(package.id)) is not None:
                new = modpath.with_major(path, version)
                if new != path:
                    found[path] = new
        return found

    @functools.cached_property
    def required(self) -> frozenset[str]:
        """The ids of what siblings require directly: only for these are there sums."""
        return frozenset(edge.id for package in self.tree.packages for edge in package.dependencies)

    @functools.cached_property
    def places(self) -> dict[str, int]:
        """When the sum of each module can be written, by id."""
        return {package.id: place for place, package in enumerate(circles.sequence(self.tree.packages))}

    def closes(self, package: Package, sibling: Package) -> bool:
        """Whether a sibling's sum comes after what requires it, so that the requirement would close a circle."""
        return self.places[sibling.id] > self.places[package.id]

    @functools.cached_property
    def paths(self) -> dict[str, str]:
        """Every path by itself, so that the longest of them can be found."""
        return {path: path for path in self.packages}

    def versions(self, paths: Collection[str]) -> Mapping[str, str]:
        """The new versions of those of the paths that are released."""
        return {path: version for path in paths if (version := self.version(path)) is not None}

    def version(self, path: str) -> str | None:
        """The new version of the module of a path, None where it is not released."""
        package = self.packages.get(path)
        return None if package is None else self.tree.versions.get(package.id)


def siblings(tree: Tree) -> Siblings:
    """The modules of a tree whose go.mod files are read.

    Raises:
        ReleaseKitError: `RK-MANIFEST-INVALID`.
    """
    modules, packages = {}, {}
    for package in tree.packages:
        if package.manifest in tree.files:
            text = decode(tree.files[package.manifest], package.manifest)
            modules[package.id] = gomod.parse(text, package.manifest)
            packages[modules[package.id].path] = package
    return Siblings(tree, modules, packages)


class GoSources:
    """Edits go.mod, go.work and Go files; keeps nothing."""

    def reads(self, tree: Tree) -> Collection[str]:
        """The go.mod files; every Go file too where a new major version is among the next ones."""
        found = {package.manifest for package in tree.packages}
        if any(_NEW_MAJOR.fullmatch(tree.versions.get(package.id, '')) for package in tree.packages):
            found |= {path for path in tree.paths if path.endswith('.go') and _in_root(path, tree.root)}
            found |= {join(tree.root, gomod.WORK)} & set(tree.paths)
        return found

    def edits(self, tree: Tree) -> Mapping[str, str]:
        """The new texts of go.mod files, and where a major version changes also of go.work and of Go files.

        Raises:
            ReleaseKitError: `RK-WORKSPACE-INVALID` where a requirement cannot be right after this release,
                `RK-VERSION-INVALID` where a version does not fit the path of its module.
        """
        known = siblings(tree)
        changed = dict(_mods(known))
        if after := known.after:
            _refuse_odd(known, after)
            for path in sorted(self.reads(tree)):
                if path.endswith('.go') or path == join(tree.root, gomod.WORK):
                    changed.update(_followed(known, path, after))
        return changed


def _in_root(path: str, root: str) -> bool:
    below = path if root == '.' else path.removeprefix(root + '/')
    return (root == '.' or below != path) and 'vendor' not in below.split('/')[:-1]


def _refuse_odd(known: Siblings, after: dict[str, str]) -> None:
    for path, new in after.items():
        package = known.packages[path]
        version = known.tree.versions[package.id]
        backwards = len(path) > len(package.name) and modpath.major(path) > modpath.major(new)
        if backwards or not _NEW_MAJOR.fullmatch(version):
            message = f'{package.name} is to be {version}, but its go.mod names {path}: that version needs {new}.'
            hint = (
                f'Change the module line of {package.manifest} by hand, or choose the version: `--set {package.id}=…`.'
            )
            raise fail(Code.VERSION_INVALID, message, hint, Place(package.manifest))


def _mods(known: Siblings) -> Iterator[tuple[str, str]]:
    """The go.mod files that change."""
    tree, after = known.tree, known.after
    for package in known.packages.values():
        module = known.modules[package.id]
        before = decode(tree.files[package.manifest], package.manifest)
        text = before
        if package.id in tree.versions:
            text = with_versions(text, module, dict(_raised(known, package, module)))
        if after:
            text = renamed(text, known.paths | after, known.versions(after))
        if module.path in after:
            text = unretracted(text)
        if text != before:
            yield package.manifest, text


def _raised(known: Siblings, package: Package, module: gomod.Module) -> Iterator[tuple[str, str]]:
    """The paths that a released module requires, with the versions that it needs now.

    Raises:
        ReleaseKitError: `RK-WORKSPACE-INVALID`.
    """
    for require in module.requires:
        sibling = known.packages.get(require.path)
        if sibling is None or sibling.id == package.id or sibling.id not in known.required:
            continue
        version, replaced = known.version(require.path), module.locally_replaced(require)
        if version is None:
            if require.version == PLACEHOLDER and package.publish:
                raise unresolvable(package, require.path, require.version)
        elif known.closes(package, sibling) and not replaced:
            if require.version == PLACEHOLDER or require.path in known.after:
                raise circular(package, require.path)
        elif require.path not in known.after:
            yield require.path, version


def circular(package: Package, path: str) -> ReleaseKitError:
    """The error for modules that would need each other's sums, each of which hashes the other."""
    message = f'{package.name} and {path} need each other, and neither go.sum can be written before the other.'
    hint = (
        f'Add a replacement by its folder, `replace {path} => …`, to {package.manifest}: then no sum of it is needed '
        'here, and users of the module do not see it; or require a version that is released, with `pin: keep`.'
    )
    return fail(Code.WORKSPACE_INVALID, message, hint, Place(package.manifest))


def renamed(text: str, after: Mapping[str, str], versions: Mapping[str, str]) -> str:
    """A go.mod or go.work with new module paths; those in `versions` with that version where one stands beside."""
    changes = []
    for line in gomod.scan(text):
        first = line.words[0]
        if line.verb == 'tool':
            changes.append((first, follow(first.text, after)))
        elif line.verb == 'module':
            changes.append((first, after.get(first.text, first.text)))
        elif line.verb in {'require', 'replace'}:
            for word, beside in zip(line.words, (*line.words[1:], None), strict=True):
                if word.text in versions and (line.verb == 'replace' or word is first):
                    changes.append((word, after[word.text]))
                    if beside is not None and beside.text != '=>':
                        changes.append((beside, 'v' + versions[word.text]))
    return gomod.spliced(text, [(word, new) for word, new in changes if word.text != new])


def unretracted(text: str) -> str:
    """A go.mod without retractions: the go command refuses those of another major version than the path's."""
    for line in reversed([line for line in gomod.scan(text) if line.verb == 'retract']):
        text = text[: line.start] + text[line.end :]
    return _EMPTY_BLOCK.sub('', text)


def follow(package: str, after: Mapping[str, str]) -> str:
    """A package path with the new path of the module that it is in, the longest that fits."""
    found = modpath.module_of(package, after)
    return package if found is None else after[found] + package[len(found) :]


def _followed(known: Siblings, path: str, after: dict[str, str]) -> Iterator[tuple[str, str]]:
    """A file with the new paths, if that changes it."""
    content = known.tree.files.get(path, b'')
    if not any(old.encode() in content for old in after):
        return
    try:
        text = content.decode()
    except UnicodeDecodeError:
        # What is not UTF-8 is no Go: https://go.dev/ref/spec#Source_code_representation.
        return
    if path.endswith('.go'):
        new = imports.rewritten(text, lambda package: follow(package, known.paths | after))
    else:
        new = renamed(text, known.paths | after, known.versions(after))
    if new != text:
        yield path, new
