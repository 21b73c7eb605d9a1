# SPDX-License-Identifier: Apache-2.0
"""What `init` sees of JavaScript: packages and workspaces, their registries, and how they are built and tested.

https://docs.npmjs.com/cli/v11/configuring-npm/npmrc and package-json#publishconfig say where npm publishes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from releasekit import lazy
from releasekit.core.package import Package
from releasekit.core.paths import join
from releasekit.ecosystems.js import layout
from releasekit.ecosystems.js.layout import MANIFEST, Tool
from releasekit.ecosystems.survey import Details, Outlet, Sighting, Survey, Trait
from releasekit.ports import Files

if TYPE_CHECKING:
    from releasekit.ecosystems.js import jsontext
    from releasekit.ecosystems.js.jsontext import Object
else:
    jsontext = lazy.module('releasekit.ecosystems.js.jsontext')

_REGISTRY = re.compile(r'^\s*(?:(?P<scope>@[^:\s]+):)?registry\s*=\s*"?(?P<url>https?://[^\s"]+)"?', re.MULTILINE)
_TOKEN = re.compile(
    r'^\s*//(?P<host>[^\s=]+?)/?:_authToken\s*=\s*\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)[^}]*\}', re.MULTILINE
)
# Scripts that npm runs when it packs: https://docs.npmjs.com/cli/v11/using-npm/scripts
_PACKING = frozenset({'prepack', 'prepare', 'prepublishOnly'})
_NO_TEST = 'no test specified'
_PUBLIC = 'registry.npmjs.org'


async def look(files: Files, folder: str) -> Sighting:
    """Whether the package.json of a folder is that of a package or of a workspace, and whose.

    Raises:
        ReleaseKitError: `RK-MANIFEST-INVALID`.
    """
    path, names = join(folder, MANIFEST), await _names(files, folder)
    if MANIFEST not in names:
        return Sighting(folder, path, 'npm', refused='there is no package.json beside it')
    texts = await _texts(files, [path, join(folder, layout.YARN_LOCK)])
    data = jsontext.load(texts[path], path)
    lock = texts.get(join(folder, layout.YARN_LOCK), '')
    tool = layout.detect(None, names, data.get('packageManager'), lock)
    joined = 'workspaces' in data or layout.PNPM_WORKSPACE in names
    refused = '' if joined or data.get('name') else 'it has no name, so it is no package'
    return Sighting(folder, path, _command(tool), joined, refused)


async def detail(files: Files, sighting: Sighting, packages: Sequence[Package]) -> Details:
    """Registries of publishConfig and .npmrc, the test script, and what must be there before packing."""
    names = await _names(files, sighting.root)
    beside = join(sighting.root, layout.NPMRC)
    texts = await _texts(files, [sighting.why, beside, *(package.manifest for package in packages)])
    root = jsontext.load(texts[sighting.why], sighting.why)
    data = {package.name: jsontext.load(texts[package.manifest], package.manifest) for package in packages}
    settings = texts.get(beside, '')
    outlets = [*_configured(packages, data, settings), *_outlets(settings, beside, list(data))]
    lock = _lock(names)
    scripts = jsontext.table(root, 'scripts')
    every = [jsontext.table(each, 'scripts') for each in (root, *data.values())]
    setup = []
    if lock and any(_PACKING & each.keys() or 'build' in each for each in every):
        setup.append(Trait('install', _install(sighting.tool), f'{lock}, and scripts in {MANIFEST}'))
        setup += (
            [Trait('build', (sighting.tool, 'run', 'build'), f'`build` in {sighting.why}')]
            if 'build' in scripts
            else []
        )
    rivals = {'semantic-release': sighting.why} if 'release' in root else {}
    rivals |= {'release-it': sighting.why} if 'release-it' in root else {}
    return Details(_joined(outlets), {}, tuple(_checks(scripts, sighting, lock)), tuple(setup), rivals)


async def _names(files: Files, folder: str) -> frozenset[str]:
    start = '' if folder == '.' else f'{folder}/'
    inside = (path[len(start) :] for path in await files.paths() if path.startswith(start))
    return frozenset(name for name in inside if '/' not in name)


async def _texts(files: Files, paths: Sequence[str]) -> Mapping[str, str]:
    return {path: jsontext.decode(content, path) for path, content in (await files.read(paths)).items()}


def _command(tool: Tool) -> str:
    return 'yarn' if tool is Tool.CLASSIC else tool.value


def _configured(packages: Sequence[Package], data: Mapping[str, Object], settings: str) -> Iterator[Outlet]:
    for package in packages:
        url = jsontext.table(data[package.name], 'publishConfig').get('registry')
        if isinstance(url, str) and package.publish:
            yield _outlet(url, f'publishConfig of {package.manifest}', (package.name,), settings)


def _outlets(settings: str, path: str, names: Sequence[str]) -> Iterator[Outlet]:
    for match in _REGISTRY.finditer(settings):
        inside = tuple(name for name in names if name.startswith(f'{match["scope"]}/')) if match['scope'] else ()
        if inside or not match['scope']:
            yield _outlet(match['url'], path, inside if len(inside) < len(names) else (), settings)


def _outlet(url: str, why: str, names: tuple[str, ...], settings: str) -> Outlet:
    url = url.rstrip('/') + '/'
    host = url.partition('//')[2].rstrip('/')
    token = next((found['name'] for found in _TOKEN.finditer(settings) if found['host'] == host), '')
    public = host == _PUBLIC
    return Outlet('npm' if public else _label(host), url, url, why, names, '' if public else token)


def _label(host: str) -> str:
    """A word for a registry: the part of the host before its domain."""
    words = re.split('[/:]', host, maxsplit=1)[0].split('.')
    parts = [word for word in words if word not in {'www', 'npm', 'pkg', 'registry'}]
    return parts[0] if parts and not parts[0].isdigit() else 'registry'


def _joined(outlets: Sequence[Outlet]) -> tuple[Outlet, ...]:
    """One entry a registry; a package's own setting goes before that of the workspace."""
    found: dict[str, Outlet] = {}
    for each in outlets:
        other = found.get(each.url)
        names = (
            ()
            if other and not (other.packages and each.packages)
            else (*(other.packages if other else ()), *each.packages)
        )
        found[each.url] = Outlet(each.label, each.url, each.index, other.why if other else each.why, names, each.token)
    return tuple(found.values())


def _lock(names: Collection[str]) -> str:
    return next((name for name in (*layout.NPM_LOCKS, layout.PNPM_LOCK, layout.YARN_LOCK) if name in names), '')


def _install(tool: str) -> tuple[str, ...]:
    return {'npm': ('npm', 'ci'), 'pnpm': ('pnpm', 'install', '--frozen-lockfile')}.get(tool, ('yarn', 'install'))


def _checks(scripts: Object, sighting: Sighting, lock: str) -> Iterator[Trait]:
    """The scripts of the root; a check runs in a fresh checkout, where nothing is installed yet."""
    for name, script in (('tests', 'test'), ('lint', 'lint')):
        text = scripts.get(script)
        if isinstance(text, str) and text and _NO_TEST not in text and lock:
            line = f'{" ".join(_install(sighting.tool))} && {sighting.tool} run {script}'
            yield Trait(name, ('sh', '-c', line), f'`{script}` in {sighting.why}')


JS_SURVEY = Survey(
    label='js',
    publishing=r'\b(npm|pnpm|yarn|lerna|changeset)( npm)? publish\b|\bpnpm -r publish\b',
    tokens=r'NODE_AUTH_TOKEN|NPM_TOKEN|NPM_CONFIG_TOKEN|YARN_NPM_AUTH_TOKEN|[A-Z0-9_]*NPM[A-Z0-9_]*TOKEN[A-Z0-9_]*',
    token='NPM_TOKEN',  # noqa: S106 - the name of a variable
    look=look,
    detail=detail,
)
