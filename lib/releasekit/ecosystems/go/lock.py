# SPDX-License-Identifier: Apache-2.0
"""go.sum files for the final tree, computed without the go command, as no version of it can be fetched yet.

A sum hashes all files of a module, its own go.mod and go.sum among them, so that modules are finished in the order
in which they need each other. What a module takes over from a sibling's go.mod is written here too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from releasekit import lazy
from releasekit.core.package import Package
from releasekit.core.paths import join
from releasekit.ecosystems.base import Tree
from releasekit.ecosystems.go.sources import Siblings, circular, siblings
from releasekit.ecosystems.go.workspace import decode, in_hidden
from releasekit.errors import Code, Place, ReleaseKitError, fail

if TYPE_CHECKING:
    from releasekit.ecosystems.go import circles, gomod, gosum, modpath, requirements, zips
else:
    circles = lazy.module('releasekit.ecosystems.go.circles')
    gomod = lazy.module('releasekit.ecosystems.go.gomod')
    gosum = lazy.module('releasekit.ecosystems.go.gosum')
    modpath = lazy.module('releasekit.ecosystems.go.modpath')
    requirements = lazy.module('releasekit.ecosystems.go.requirements')
    zips = lazy.module('releasekit.ecosystems.go.zips')

_VENDOR = 'vendor/modules.txt'
# The rules of what a module's zip holds differ by the `go` line, which is not known before go.mod is read.
_EITHER = ('', '1.24')


class GoSums:
    """Edits go.sum files, and go.mod files where a sibling's requirements are taken over; keeps nothing."""

    def reads(self, tree: Tree) -> Collection[str]:
        """The go.mod and go.sum files, and all files of modules that are required or require in this release."""
        found = {package.manifest for package in tree.packages}
        found |= {join(package.path, name) for package in tree.packages for name in ('go.sum', _VENDOR)}
        required = {edge.id for package in tree.packages for edge in package.dependencies} & tree.versions.keys()
        paths = sorted(tree.paths)
        for package in tree.packages:
            requires = any(edge.id in tree.versions for edge in package.dependencies)
            if package.id in required or requires:
                files = {path for go in _EITHER for path in zips.members(paths, package.path, go).values()}
                found |= files if package.id in required else {path for path in files if path.endswith('.go')}
        return (found & set(tree.paths)).difference(tree.late)

    def edits(self, tree: Tree) -> Mapping[str, str]:
        """The new texts of go.sum files, and of go.mod files.

        Raises:
            ReleaseKitError: `RK-WORKSPACE-INVALID` where modules need each other's sums, `RK-EDIT-FAILED` where
                a sum hashes a file that is written later, or a vendored copy would have to follow.
        """
        work = _Work(siblings(tree))
        for package in circles.sequence(tree.packages):
            work.finish(package)
        return work.changed

    def check(self, lock: str, *, offline: bool) -> tuple[str, ...]:
        """None: the go command would ask for versions that are not there before the push."""
        return ()


class _Work:
    """What is finished so far: `changed` are new texts by path."""

    def __init__(self, known: Siblings) -> None:
        self._known = known
        self._tree = known.tree
        # What is written later may be there for the first time.
        self._paths = sorted({*known.tree.paths, *known.tree.late})
        self._modules = dict(known.modules)
        self._sums: dict[str, list[gosum.Sum]] = {}
        self._released = {each.name for each in known.packages.values() if each.id in known.tree.versions}
        self._begun: set[str] = set()
        self._done: set[str] = set()
        self._reach = requirements.Reach({path: each.path for path, each in known.packages.items()}, known.tree.files)
        self.changed: dict[str, str] = {}

    def finish(self, package: Package) -> None:
        """Write the go.mod and go.sum of a module, after those of the siblings whose sums it needs."""
        if package.id in self._done or package.id not in self._modules:
            return
        self._begun.add(package.id)
        for require in self._new(package):
            sibling = self._known.packages[require.path]
            if sibling.id in self._begun and sibling.id not in self._done:
                raise circular(package, require.path)
            self.finish(sibling)
        if wanted := [self._known.packages[each.path] for each in self._new(package)]:
            self._refuse_vendored(package)
            taken = self._take_over(package, wanted)
            self._write_sums(package, taken)
        self._done.add(package.id)

    def _new(self, package: Package) -> list[gomod.Require]:
        """The requirements that this release fulfils, but for those that a folder stands for."""
        module = self._modules[package.id]
        return [each for each in module.requires if self._is_new(each) and not module.locally_replaced(each)]

    def _is_new(self, require: gomod.Require) -> bool:
        return (version := self._known.version(require.path)) is not None and require.version == f'v{version}'

    def _take_over(self, package: Package, wanted: list[Package]) -> dict[str, str]:
        """Write what siblings require into a go.mod; the paths that are new or higher there, with their versions."""
        before = self._text(package.manifest)
        gos = [self._modules[each.id].go for each in wanted]
        # A higher `go` line may ask for more requirements.
        text = requirements.with_go(before, self._modules[package.id], gos)
        module, needs = self._read(package, text), dict[str, str]()
        for sibling in wanted:
            for each in self._modules[sibling.id].requires:
                if each.path != module.path:
                    needs[each.path] = max(needs.get(each.path, ''), each.version, key=modpath.version_key)
        present = {each.path: each.version for each in module.requires}
        higher = {
            path: version
            for path, version in needs.items()
            if modpath.version_key(version) > modpath.version_key(present.get(path, version))
        }
        lacking = {path: version for path, version in needs.items() if path not in present}
        if lacking and module.pruned:
            reached = self._reached(package, wanted, needs)
            lacking = {path: version for path, version in lacking.items() if path in reached}
        text = requirements.raised(text, module, higher)
        if module.pruned:
            text = requirements.added(text, self._read(package, text), lacking)
        if text != before:
            self.changed[package.manifest] = text
            self._modules[package.id] = gomod.parse(text, package.manifest)
        return higher | lacking

    def _read(self, package: Package, text: str) -> gomod.Module:
        """A go.mod as it stands, or as it is going to."""
        return (
            self._modules[package.id] if text == self._text(package.manifest) else gomod.parse(text, package.manifest)
        )

    def _reached(self, package: Package, wanted: list[Package], needs: Mapping[str, str]) -> Collection[str]:
        """Those of the needs whose packages a module builds with.

        What a module outside needs in its turn is not known here; it counts as soon as a package outside is reached.
        """
        module = self._modules[package.id]
        members = zips.members(self._paths, package.path, module.go)
        own = [path for name, path in members.items() if not in_hidden(name)]
        modules = {*needs, *self._known.packages, *(each.path for each in module.requires)}
        packages = self._reach.packages(module.path, own)
        found = {each for package_ in packages if (each := modpath.module_of(package_, modules)) is not None}
        if any(each not in self._known.packages for each in found if each in needs):
            through = (each for sibling in wanted for each in self._modules[sibling.id].requires)
            found |= {each.path for each in through if each.indirect and each.path not in self._known.packages}
        return found

    def _write_sums(self, package: Package, taken: Mapping[str, str]) -> None:
        module, path = self._modules[package.id], zips.sums_path(package.path)
        needed = set(self._needed(module))
        for sibling in (self._known.packages[each.path] for each in self._new(package)):
            theirs = list(gosum.parse(self._text(zips.sums_path(sibling.path))))
            needed |= {each for each in theirs if taken.get(each.path) == each.version}
            if taken:
                needed |= {each for each in theirs if each.of_mod and each.path not in self._known.packages}
        before = self._text(path)
        required = {each.path: each.version for each in module.requires}
        keep = {(each.path, each.version) for each in needed} | required.items()

        def stale(each: gosum.Sum) -> bool:
            known = each.path in taken or modpath.name_of(each.path) in self._released
            return known and (each.path, each.version) not in keep

        lone = all(each in self._known.packages for each in required)
        text = gosum.write([*gosum.without(gosum.parse(before), stale, lone=lone), *needed])
        if text != before:
            self.changed[path] = text

    def _needed(self, module: gomod.Module) -> Iterator[gosum.Sum]:
        """The sums of released siblings: of what is required, and of what is read to find what that requires.

        https://go.dev/ref/mod#graph-pruning: a module of go 1.17 or later is not looked behind.
        """
        waiting = [(each, module.pruned, True) for each in module.requires if not module.locally_replaced(each)]
        seen: set[str] = set()
        while waiting:
            require, pruned, root = waiting.pop(0)
            if not self._is_new(require) or require.path in seen:
                continue
            seen.add(require.path)
            sibling = self._known.packages[require.path]
            self.finish(sibling)
            behind = self._modules[sibling.id]
            yield from (each for each in self._sum(sibling) if root or not module.pruned or each.of_mod)
            if not (pruned and behind.pruned):
                waiting += [(each, pruned and behind.pruned, False) for each in behind.requires]

    def _sum(self, package: Package) -> list[gosum.Sum]:
        """The two lines of a released module.

        Raises:
            ReleaseKitError: `RK-EDIT-FAILED`.
        """
        if package.id not in self._sums:
            module, version = self._modules[package.id], 'v' + self._tree.versions[package.id]
            paths = zips.members(self._paths, package.path, module.go)
            if zips.sums_path(package.path) in self.changed:
                paths = {**paths, 'go.sum': zips.sums_path(package.path)}
            self._refuse_late(package, paths.values())
            files = {name: self._content(path) for name, path in paths.items()}
            whole, mod = zips.sum_of(module.path, version, files), zips.digest({'go.mod': files['go.mod']})
            lines = [gosum.Sum(module.path, version, False, whole), gosum.Sum(module.path, version, True, mod)]
            self._sums[package.id] = lines
        return self._sums[package.id]

    def _content(self, path: str) -> bytes:
        return self.changed[path].encode() if path in self.changed else self._tree.files[path]

    def _text(self, path: str) -> str:
        known = path in self.changed or path in self._tree.files
        return decode(self._content(path), path) if known else ''

    def _refuse_late(self, package: Package, paths: Collection[str]) -> None:
        if late := sorted(set(paths).intersection(self._tree.late)):
            message = f'{late[0]} is one of the files of {package.name}, whose sum is needed before it is written.'
            hint = (
                'Set `manifest` in release.yaml to a file that is in no module which others require, such as '
                '`.release/release-manifest.json` beside an empty `.release/go.mod`, which keeps that folder out.'
            )
            raise fail(Code.EDIT_FAILED, message, hint, Place(late[0]))

    def _refuse_vendored(self, package: Package) -> None:
        if (path := join(package.path, _VENDOR)) in self._tree.paths:
            raise _vendored(package, path)


def _vendored(package: Package, path: str) -> ReleaseKitError:
    message = f'{package.name} has vendored copies, which would have to follow the new versions of its siblings.'
    hint = f'Take {path} and what it lists out of the repository, or require siblings from a release that is out.'
    return fail(Code.EDIT_FAILED, message, hint, Place(path))
