# SPDX-License-Identifier: Apache-2.0
"""The documents of npm registries: what is asked for, and what a publication sends.

https://github.com/npm/registry/blob/main/docs/REGISTRY-API.md and /docs/responses/package-metadata.md; the document
of a publication is that of `libnpmpublish`.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from releasekit.core.version import Version
from releasekit.ecosystems.js import semver, tarball
from releasekit.ecosystems.js.jsontext import Object, table
from releasekit.ports import PublishedFile

# The short form has what an installation needs.
SHORT = 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8'
LATEST = 'latest'
_INTEGRITY = 'sha512-'


def escaped(name: str) -> str:
    """A name as it stands in an address: the slash of a scope is escaped."""
    return quote(name, safe='@').replace('%2F', '%2f')


def parse(body: bytes) -> Object | None:
    """A document, None where the answer is none."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def files(document: Object, name: str, version: str, index: str) -> Mapping[str, PublishedFile]:
    """The file of a version, if it is there; its integrity follows the address after a `#`."""
    found = table(document, 'versions', version)
    dist = table(found, 'dist')
    url, integrity = dist.get('tarball'), dist.get('integrity')
    if not isinstance(url, str):
        return {}
    # As npm does: an https registry that says http, behind a proxy, means itself.
    if url.startswith('http://') and index.startswith('https://') and _host(url) == _host(index):
        url = 'https://' + url.removeprefix('http://')
    end = f'#{integrity}' if isinstance(integrity, str) else ''
    filename = tarball.filename(name, version)
    return {filename: PublishedFile(filename, None, url.partition('#')[0] + end, bool(found.get('deprecated')))}


def admits(integrity: str, content: bytes) -> bool:
    """Whether bytes have an integrity as of https://www.w3.org/TR/sri/; other digests than SHA-512 say nothing here."""
    wanted = {word.partition('?')[0] for word in integrity.split() if word.startswith(_INTEGRITY)}
    return not wanted or _sha512(content) in wanted


def tag(version: str, packed: tarball.Packed, channel: str, latest: str | None) -> str:
    """The dist-tag under which a version is published.

    That is the channel, else `publishConfig.tag`, where these say other than `latest`; else `latest`. But no prerelease
    becomes `latest`, and a version below it becomes `release-1.x`, or `release-1.2.x` within its major version.
    """
    said = table(packed.manifest, 'publishConfig').get('tag')
    found = semver.read(version)
    wanted = (word for word in (channel, said) if isinstance(word, str) and word not in {'', LATEST})
    if (chosen := next(wanted, None)) is not None or found is None:
        return chosen or LATEST
    if semver.is_prerelease(found):
        name = found.channel or ''
        return 'next' if name in {'', LATEST} else name
    newest = semver.read(latest) if latest else None
    return LATEST if newest is None or newest.key <= found.key else _maintenance(found, newest)


def _maintenance(version: Version, newest: Version) -> str:
    major, minor, _ = version.parts
    return f'release-{major}.x' if major != newest.parts[0] else f'release-{major}.{minor}.x'


def publication(packed: tarball.Packed, content: bytes, registry: str, dist_tag: str) -> dict[str, Any]:
    """The document that publishes a packed package."""
    name, version = str(packed.manifest.get('name')), str(packed.manifest.get('version'))
    attached = f'{name}-{version}{tarball.END}'
    dist = {
        'integrity': _sha512(content),
        'shasum': hashlib.sha1(content, usedforsecurity=False).hexdigest(),
        # As npm does; a registry that is asked by https serves it by https.
        'tarball': f'{registry.rstrip("/")}/{name}/-/{attached}'.replace('https://', 'http://', 1),
    }
    return {
        '_id': name,
        'name': name,
        'description': packed.manifest.get('description'),
        'dist-tags': {dist_tag: version},
        'versions': {version: {**_manifest(packed), '_id': f'{name}@{version}', 'dist': dist}},
        'access': table(packed.manifest, 'publishConfig').get('access'),
        '_attachments': {
            attached: {
                'content_type': 'application/octet-stream',
                'data': base64.b64encode(content).decode(),
                'length': len(content),
            }
        },
    }


def _manifest(packed: tarball.Packed) -> dict[str, Any]:
    """The manifest as installers want it: what npm fills in when it reads a package, `@npmcli/package-json`."""
    manifest = dict(packed.manifest)
    name, program = str(manifest.get('name')), manifest.get('bin')
    if isinstance(program, str):
        manifest['bin'] = {name.rpartition('/')[2]: program}
    scripts = table(manifest, 'scripts')
    if 'binding.gyp' in packed.names and not {'install', 'preinstall'} & scripts.keys():
        manifest |= {'scripts': {**scripts, 'install': 'node-gyp rebuild'}, 'gypfile': True}
    if 'npm-shrinkwrap.json' in packed.names:
        manifest['_hasShrinkwrap'] = True
    if packed.readme and 'readme' not in manifest:
        manifest['readme'] = packed.readme
    return manifest


def deprecated(document: Object, version: str, reason: str) -> dict[str, Any] | None:
    """The document with a version deprecated, or not where the reason is empty; None where it has no such version."""
    versions = table(document, 'versions')
    if version not in versions:
        return None
    return {**document, 'versions': {**versions, version: {**versions[version], 'deprecated': reason}}}


def _sha512(content: bytes) -> str:
    return _INTEGRITY + base64.b64encode(hashlib.sha512(content).digest()).decode()


def _host(url: str) -> str | None:
    return urlsplit(url).hostname
