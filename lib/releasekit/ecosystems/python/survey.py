# SPDX-License-Identifier: Apache-2.0
"""What `init` sees of Python: projects and uv workspaces, their indexes, and how they are tested.

https://docs.astral.sh/uv/concepts/projects/config/ says which projects uv builds, and how it knows where to publish.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from releasekit.core.package import Package
from releasekit.core.paths import join
from releasekit.ecosystems.python.document import load
from releasekit.ecosystems.survey import Details, Outlet, Sighting, Survey, Trait
from releasekit.ecosystems.toml.document import Table, decode, strings, table
from releasekit.ports import Files

MANIFEST = 'pyproject.toml'
_RIVALS = {'semantic_release': 'python-semantic-release', 'commitizen': 'commitizen', 'bumpversion': 'bump-my-version'}


async def look(files: Files, folder: str) -> Sighting:
    """Whether the pyproject.toml of a folder is that of a project or of a workspace.

    Raises:
        ReleaseKitError: `RK-MANIFEST-INVALID`.
    """
    path = join(folder, MANIFEST)
    data = await _read(files, path)
    own = table(data, 'tool', 'uv')
    joined, refused = 'workspace' in own, ''
    if 'project' not in data and not joined:
        foreign = 'only [tool.poetry]' if table(data, 'tool', 'poetry') else 'settings of tools'
        refused = f'it has no [project] table, {foreign}'
    elif own.get('managed') is False:
        refused = 'it says `managed = false`, so uv leaves it alone'
    return Sighting(folder, path, 'uv', joined, refused)


async def detail(files: Files, sighting: Sighting, packages: Sequence[Package]) -> Details:
    """The indexes that the root names, the members that uv does not build, and the tests."""
    root = await _read(files, sighting.why)
    unbuilt = {}
    for package in packages:
        data = await _read(files, package.manifest)
        packed = table(data, 'tool', 'uv').get('package')
        if packed is False or (packed is None and 'build-system' not in data):
            unbuilt[package.name] = f'{package.manifest} has no [build-system]'
    texts = await files.paths()
    rivals = {tool: sighting.why for key, tool in _RIVALS.items() if table(root, 'tool', key)}
    return Details(tuple(_outlets(root, sighting.why)), unbuilt, tuple(_checks(root, sighting, texts)), rivals=rivals)


async def _read(files: Files, path: str) -> Table:
    return load(decode((await files.read([path]))[path], path), path)


def _outlets(root: Table, path: str) -> Iterator[Outlet]:
    indexes = table(root, 'tool', 'uv').get('index')
    for each in indexes if isinstance(indexes, list) else ():
        url, index, name = (each.get(key) for key in ('publish-url', 'url', 'name'))
        if isinstance(url, str) and isinstance(index, str):
            yield Outlet(name if isinstance(name, str) else 'index', url, index, f'[[tool.uv.index]] of {path}')


def _checks(root: Table, sighting: Sighting, paths: Sequence[str]) -> Iterator[Trait]:
    configured = 'pytest' in table(root, 'tool') or join(sighting.root, 'pytest.ini') in paths
    where = _where(root, 'pytest')
    if where is not None:
        yield Trait('tests', ('uv', 'run', *where, 'pytest'), f'pytest in {sighting.why}')
    elif configured:
        yield Trait('tests', ('uv', 'run', '--with', 'pytest', 'pytest'), f'the settings of pytest beside {MANIFEST}')
    if (where := _where(root, 'ruff')) is not None:
        yield Trait('lint', ('uv', 'run', *where, 'ruff', 'check'), f'ruff in {sighting.why}')


def _where(root: Table, tool: str) -> tuple[str, ...] | None:
    """The flags with which uv installs a tool that the project asks for, None where it does not."""
    groups = table(root, 'dependency-groups')
    dev = [*_named(groups.get('dev')), *_named(table(root, 'tool', 'uv').get('dev-dependencies'))]
    if tool in dev:
        return ()
    extras: Mapping[str, Any] = table(root, 'project', 'optional-dependencies')
    named = (('--group', name) for name, entries in groups.items() if tool in _named(entries))
    return next(named, next((('--extra', name) for name, each in extras.items() if tool in _named(each)), None))


def _named(entries: Any) -> list[str]:  # noqa: ANN401 - TOML enters here
    """The names in a list of requirements, without versions and extras."""
    return [entry.split(';')[0].strip().partition('[')[0].rstrip('=<>~!.*0123456789, ') for entry in strings(entries)]


PYTHON_SURVEY = Survey(
    label='py',
    publishing=r'\b(twine|maturin) upload\b|\b(uv|poetry|hatch|flit|pdm|maturin) publish\b|gh-action-pypi-publish',
    tokens=r'UV_PUBLISH_TOKEN|TWINE_PASSWORD|HATCH_INDEX_AUTH|FLIT_PASSWORD|MATURIN_PYPI_TOKEN|[A-Z0-9_]*PYPI[A-Z0-9_]*',
    token='UV_PUBLISH_TOKEN',  # noqa: S106 - the name of a variable
    look=look,
    detail=detail,
)
