# SPDX-License-Identifier: Apache-2.0
"""What `init` sees of Rust: crates and cargo workspaces, and the registries that `publish` names.

https://doc.rust-lang.org/cargo/reference/registries.html
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from releasekit.core.package import Package
from releasekit.core.paths import join
from releasekit.ecosystems.cargo import MANIFEST, above
from releasekit.ecosystems.rust.document import load
from releasekit.ecosystems.survey import Details, Outlet, Sighting, Survey, Trait
from releasekit.ecosystems.toml.document import Table, decode, strings, table
from releasekit.ports import Files

_CRATES_IO = 'crates-io'
_CONFIGS = ('.cargo/config.toml', '.cargo/config')
_RIVALS = {'release-plz.toml': 'release-plz', '.release-plz.toml': 'release-plz', 'release.toml': 'cargo-release'}


async def look(files: Files, folder: str) -> Sighting:
    """Whether the Cargo.toml of a folder is that of a crate or of a workspace.

    Raises:
        ReleaseKitError: `RK-MANIFEST-INVALID`.
    """
    path = join(folder, MANIFEST)
    data = await _read(files, path)
    joined = 'workspace' in data
    refused = '' if joined or 'package' in data else 'it has neither [package] nor [workspace]'
    return Sighting(folder, path, 'cargo', joined, refused)


async def detail(files: Files, sighting: Sighting, packages: Sequence[Package]) -> Details:
    """The registries that crates are published to, and whether there are tests."""
    paths = await files.paths()
    folders = [sighting.root, *(['.'] if sighting.root != '.' else [])]
    texts = await files.read([join(folder, name) for folder in folders for name in _CONFIGS])
    known: dict[str, tuple[str, str]] = {}
    for path, content in texts.items():
        for name, entry in table(load(decode(content, path), path), 'registries').items():
            if isinstance(index := table(entry).get('index'), str):
                known.setdefault(name, (index.removeprefix('sparse+'), path))
    named: dict[str, list[str]] = {}
    for package in packages:
        for name in await _publish(files, package):
            named.setdefault(name, []).append(package.name)
    outlets = _outlets(named, known, sum(package.publish for package in packages))
    tests = _tests(paths, packages)
    checks = (Trait('tests', ('cargo', 'test'), f'tests in {tests}'),) if tests else ()
    rivals = {tool: join(sighting.root, name) for name, tool in _RIVALS.items() if join(sighting.root, name) in paths}
    return Details(tuple(outlets), checks=checks, rivals=rivals)


async def _read(files: Files, path: str) -> Table:
    return load(decode((await files.read([path]))[path], path), path)


async def _publish(files: Files, package: Package) -> tuple[str, ...]:
    """The registries that `publish` of a crate names, its own or that of the workspace."""
    own = table(await _read(files, package.manifest), 'package').get('publish')
    if table(own).get('workspace') is not True:
        return strings(own)
    for path in above(package.manifest)[1:]:
        if (content := (await files.read([path])).get(path)) is not None:
            shared = table(load(decode(content, path), path), 'workspace', 'package')
            if 'publish' in shared:
                return strings(shared['publish'])
    return ()


def _outlets(named: Mapping[str, Sequence[str]], known: Mapping[str, tuple[str, str]], count: int) -> Iterator[Outlet]:
    for name, packages in named.items():
        inside = () if len(packages) == count else tuple(packages)
        variable = f'CARGO_REGISTRIES_{name.upper().replace("-", "_")}_TOKEN'
        if name == _CRATES_IO:
            yield Outlet('crates', '', '', '`publish` in Cargo.toml', inside)
        elif name in known:
            index, path = known[name]
            parts = urlsplit(index)
            # Where its `api` is, only the registry itself can say; as a rule on the same host.
            yield Outlet(name, f'{parts.scheme}://{parts.netloc}/', index, path, inside, variable)
        else:
            why = f'`publish` in Cargo.toml; no .cargo/config.toml has the address of {name}'
            yield Outlet(name, '', '', why, inside, variable)


def _tests(paths: Sequence[str], packages: Sequence[Package]) -> str:
    """A folder of integration tests: https://doc.rust-lang.org/cargo/guide/tests.html."""
    folders = {join(package.path, 'tests') for package in packages}
    return next(
        (posixpath.dirname(path) for path in paths if path.endswith('.rs') and posixpath.dirname(path) in folders), ''
    )


RUST_SURVEY = Survey(
    label='rs',
    publishing=r'\bcargo (\+\S+ )?(publish|release)\b|\brelease-plz\b',
    tokens=r'CARGO_REGISTRY_TOKEN|CARGO_REGISTRIES_[A-Z0-9_]+_TOKEN|CRATES_IO_TOKEN|[A-Z0-9_]*CRATES[A-Z0-9_]*TOKEN[A-Z0-9_]*',
    token='CARGO_REGISTRY_TOKEN',  # noqa: S106 - the name of a variable
    look=look,
    detail=detail,
)
