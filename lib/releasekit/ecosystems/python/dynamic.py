# SPDX-License-Identifier: Apache-2.0
"""Where a package's version stands when `dynamic = ["version"]`: a file that a build backend reads, or a tag.

What cannot be known without running code is refused, never guessed. Sources:
https://hatch.pypa.io/latest/version/ and /plugins/version-source/regex/,
https://setuptools.pypa.io/en/latest/userguide/pyproject_config.html#dynamic-metadata,
https://setuptools-scm.readthedocs.io, https://maturin.rs/metadata.html, https://flit.pypa.io/en/stable/pyproject_toml.html
"""

from __future__ import annotations

import dataclasses
import posixpath
import re
from collections.abc import Collection, Mapping
from typing import Any

from packaging.utils import canonicalize_name

from releasekit.core.package import VersionPlace
from releasekit.ecosystems import cargo
from releasekit.ecosystems.python.edges import name_of
from releasekit.ecosystems.python.globs import GlobError, resolve
from releasekit.ecosystems.toml.document import Table, load, strings, table
from releasekit.errors import Code, Place, ReleaseKitError, fail

HATCH_PATTERN = r"""(?i)^(__version__|VERSION)(?: ?\: ?str)? *= *(['"])v?(?P<version>.+?)\2"""

_SCM = frozenset({'setuptools-scm', 'vcs-versioning'})
_MODULE = re.compile(r'[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*')


@dataclasses.dataclass(frozen=True, slots=True)
class Project:
    """A manifest with a dynamic version: `folder` and `path` in the repository, `tree` all of its files.

    `crates` are the texts of the Cargo.toml that maturin reads and of those above it, by path.
    """

    folder: str
    path: str
    name: str
    data: Table
    hatch: Table
    tree: Collection[str]
    crates: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def refuse(self, why: str) -> ReleaseKitError:
        """The error of a version that cannot be known."""
        hint = (
            f'Write the version into [project] of {self.path} and take "version" out of `dynamic`, or read it '
            'from a file: `path` in [tool.hatch.version], or `version = {file = "VERSION"}` in '
            '[tool.setuptools.dynamic].'
        )
        return fail(Code.VERSION_DYNAMIC, f'The version of {self.name} is dynamic, and {why}.', hint, Place(self.path))

    def inside(self, relative: str) -> str:
        """The path in the repository of a file of this package that must be there."""
        try:
            path = resolve(self.folder, relative)
        except GlobError as error:
            raise self.refuse(f'its file {relative} is outside of the repository') from error
        if path not in self.tree:
            raise self.refuse(f'its file {relative} is not in the repository')
        return path


def uses_hatch(data: Table) -> bool:
    """Whether hatchling builds the package, so that a hatch.toml beside the manifest counts."""
    return str(table(data, 'build-system').get('build-backend', '')).startswith('hatchling')


def uses_maturin(data: Table) -> bool:
    """Whether maturin builds the package, of which a crate becomes a part then."""
    return table(data, 'build-system').get('build-backend') == 'maturin'


def crate(data: Table, folder: str) -> str | None:
    """The path of the Cargo.toml that maturin builds, None where it leads out of the repository."""
    named = table(data, 'tool', 'maturin').get('manifest-path')
    try:
        return resolve(folder, named if isinstance(named, str) else cargo.MANIFEST)
    except GlobError:
        return None


def comes_from_tag(data: Table, hatch: Table) -> bool:
    """Whether setuptools-scm or hatch-vcs makes the version from the tag."""
    if uses_hatch(data):
        return table(hatch, 'version').get('source') == 'vcs'
    required = {name_of(text) for text in strings(table(data, 'build-system').get('requires'))}
    return 'setuptools_scm' in table(data, 'tool') or not _SCM.isdisjoint(required)


def place(project: Project) -> VersionPlace | None:
    """The place of a dynamic version, None where it comes from a tag.

    Raises:
        ReleaseKitError: `RK-VERSION-DYNAMIC` where it cannot be known without running code.
    """
    backend = str(table(project.data, 'build-system').get('build-backend', 'setuptools.build_meta'))
    if comes_from_tag(project.data, project.hatch):
        return None
    if uses_hatch(project.data):
        return _hatch(project)
    if backend.startswith('setuptools'):
        return _setuptools(project)
    if backend.startswith('flit'):
        return _flit(project)
    if uses_maturin(project.data):
        return _maturin(project)
    raise project.refuse(f'only the build backend {backend} can tell it')


def _hatch(project: Project) -> VersionPlace:
    version = table(project.hatch, 'version')
    source, path = version.get('source', 'regex'), version.get('path')
    if source != 'regex':
        raise project.refuse(f'its hatch version source `{source}` runs code')
    if not isinstance(path, str):
        raise project.refuse('[tool.hatch.version] names no `path`')
    pattern = version.get('pattern')
    expression = pattern if isinstance(pattern, str) and pattern else HATCH_PATTERN
    try:
        named = re.compile(expression).groupindex
    except re.error as error:
        raise project.refuse(f'the pattern of [tool.hatch.version] is wrong: {error}') from error
    if 'version' not in named:
        raise project.refuse('the pattern of [tool.hatch.version] has no group `version`')
    return VersionPlace(project.inside(path), 'hatch', expression)


def _setuptools(project: Project) -> VersionPlace:
    version = table(project.data, 'tool', 'setuptools', 'dynamic', 'version')
    file, attribute = version.get('file'), version.get('attr')
    if isinstance(file, list) and len(file) == 1:
        file = file[0]
    if isinstance(file, str):
        return VersionPlace(project.inside(file), 'file')
    if isinstance(attribute, str) and '.' in attribute:
        module, name = attribute.rsplit('.', maxsplit=1)
        return VersionPlace(_module(project, module, _setuptools_roots(project)), 'pattern', assignment(name))
    raise project.refuse('[tool.setuptools.dynamic] names neither one file nor one attribute for it')


def _setuptools_roots(project: Project) -> tuple[str, ...]:
    setuptools = table(project.data, 'tool', 'setuptools')
    mapped: Any = table(setuptools, 'package-dir').get('')
    where = strings(table(setuptools, 'packages', 'find').get('where'))
    return tuple(dict.fromkeys([*([mapped] if isinstance(mapped, str) else []), *where, '.', 'src']))


def _flit(project: Project) -> VersionPlace:
    name = table(project.data, 'tool', 'flit', 'module').get('name')
    module = name if isinstance(name, str) else canonicalize_name(project.name).replace('-', '_')
    return VersionPlace(_module(project, module, ('.', 'src')), 'pattern', assignment('__version__'))


def _maturin(project: Project) -> VersionPlace:
    path = crate(project.data, project.folder)
    if path is None or path not in project.crates:
        raise project.refuse(f'its {path or cargo.MANIFEST} is not in the repository')
    for each, text in project.crates.items():
        load(text, each, 'cargo metadata --no-deps')
    if (found := cargo.place(path, project.crates)) is None:
        raise project.refuse(f'{path} has none, nor does it inherit one')
    return found


def _module(project: Project, module: str, roots: Collection[str]) -> str:
    """The one file of the tree that a module's name stands for."""
    if not _MODULE.fullmatch(module):
        raise project.refuse(f'{module!r} is no name of a module')
    stem = module.replace('.', '/')
    candidates = {
        posixpath.normpath(posixpath.join(project.folder, root, end))
        for root in roots
        for end in (f'{stem}.py', f'{stem}/__init__.py')
    }
    found = sorted(candidates.intersection(project.tree))
    if len(found) != 1:
        raise project.refuse(f'the module {module} is {" and ".join(found) or "not in the repository"}')
    return found[0]


def assignment(name: str) -> str:
    """The pattern of a literal assignment at the left margin of a module."""
    return rf"""^{re.escape(name)}(?: *: *\w+)? *= *["']([^"'\n]+)["'] *(?:#.*)?\r?$"""
