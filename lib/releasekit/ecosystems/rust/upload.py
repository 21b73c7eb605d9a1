# SPDX-License-Identifier: Apache-2.0
"""The body of an upload: metadata made from the manifest in the crate as cargo makes it, and the crate's own bytes.

https://doc.rust-lang.org/cargo/reference/registry-web-api.html#publish and `transmit` in
`src/cargo/ops/registry/publish.rs`.
"""

from __future__ import annotations

import json
import re
import struct
import urllib.parse
from collections.abc import Iterator, Mapping
from typing import Any

from releasekit.ecosystems.rust import crate as crates
from releasekit.ecosystems.rust.requirement import canonical
from releasekit.ecosystems.toml.document import Table, strings, table
from releasekit.errors import Code, Place, fail
from releasekit.ports import Artifact

# What an index of another registry calls crates.io.
CRATES_IO = 'https://github.com/rust-lang/crates.io-index'
_CRATES_IO_HOST = 'index.crates.io'

_KINDS = {'dependencies': 'normal', 'dev-dependencies': 'dev', 'build-dependencies': 'build'}
# The signs of a platform's expression with the space around them; a comma before a bracket says nothing.
_SIGN = re.compile(r'(?P<string>"[^"]*")|\s*(?:,\s*)?(?P<bracket>\))|\s*(?P<between>[=,])\s*|\s+')
_TEXTS = ('description', 'documentation', 'homepage', 'license', 'repository', 'links')


def body(artifact: Artifact, index: str) -> bytes:
    """What is sent: the metadata and the crate, each behind its length in 32 bits, the lowest first.

    Raises:
        ReleaseKitError: `RK-BUILD-WRONG` where the archive is broken or its manifest is none.
    """
    said = json.dumps(metadata(crates.read(artifact.filename, artifact.content), artifact.filename, index)).encode()
    return struct.pack('<I', len(said)) + said + struct.pack('<I', len(artifact.content)) + artifact.content


def refusal(artifact: Artifact, index: str) -> str:
    """Why a crate must not go to a registry by its own `publish`, '' where it may.

    Names of registries other than crates.io are known only to cargo's configuration.
    """
    publish = crates.read(artifact.filename, artifact.content).package.get('publish')
    names = strings(publish)
    if publish is False or publish == []:
        return '`publish = false` in its manifest'
    allowed = 'crates-io' in names if is_crates_io(index) else names != ('crates-io',)
    return '' if allowed or not names else f'`publish` in its manifest names only {", ".join(names)}'


def is_crates_io(index: str) -> bool:
    """Whether an index is that of crates.io."""
    return urllib.parse.urlsplit(index).hostname == _CRATES_IO_HOST


def metadata(crate: crates.Crate, filename: str, index: str) -> Mapping[str, Any]:
    """The metadata of a crate for the registry with this index.

    Raises:
        ReleaseKitError: `RK-BUILD-WRONG` where a requirement is none.
    """
    package = crate.package
    try:
        dependencies = list(_dependencies(crate.manifest, index))
    except ValueError as error:
        message = f'The manifest in {filename} is wrong: {error}.'
        raise fail(Code.BUILD_WRONG, message, 'Build the package anew with cargo.', Place(filename)) from error
    return {
        'name': package.get('name'),
        'vers': package.get('version'),
        'deps': dependencies,
        'features': {name: list(strings(needs)) for name, needs in table(crate.manifest, 'features').items()},
        'authors': list(strings(package.get('authors'))),
        **{key: _text(package, key) for key in _TEXTS},
        **_readme(crate),
        'keywords': list(strings(package.get('keywords'))),
        'categories': list(strings(package.get('categories'))),
        'license_file': _text(package, 'license-file'),
        'badges': {name: dict(badge) for name, badge in table(crate.manifest, 'badges').items()},
        'rust_version': _text(package, 'rust-version'),
    }


def _readme(crate: crates.Crate) -> Mapping[str, str | None]:
    path = _text(crate.package, 'readme')
    content = crate.files.get(path or '')
    return {'readme': None if content is None else content.decode('utf-8', 'replace'), 'readme_file': path}


def _dependencies(manifest: Table, index: str) -> Iterator[Mapping[str, Any]]:
    yield from _tables(manifest, index, None)
    for platform, tables in table(manifest, 'target').items():
        yield from _tables(table(tables), index, _platform(platform))


def _platform(text: str) -> str:
    """A platform as cargo writes it: the name of a target, or `cfg(…)` with its own spaces."""
    return _SIGN.sub(_spaced, text) if text.startswith('cfg(') else text


def _spaced(found: re.Match[str]) -> str:
    if found['string']:
        return found['string']
    return {'=': ' = ', ',': ', '}.get(found['between'] or '', found['bracket'] or '')


def _tables(data: Table, index: str, platform: str | None) -> Iterator[Mapping[str, Any]]:
    for name, kind in _KINDS.items():
        for key, value in table(data, name).items():
            yield _dependency(key, {'version': value} if isinstance(value, str) else value, index) | {
                'kind': kind,
                'target': platform,
            }


def _dependency(key: str, entry: Table, index: str) -> dict[str, Any]:
    # cargo leaves these two out rather than empty.
    more = {
        'registry': _registry(_text(entry, 'registry-index'), index),
        'explicit_name_in_toml': key if 'package' in entry else None,
    }
    return {
        'optional': entry.get('optional') is True,
        'default_features': entry.get('default-features', True) is not False,
        'name': _text(entry, 'package') or key,
        'features': list(strings(entry.get('features'))),
        'version_req': canonical(_text(entry, 'version') or '*'),
        **{name: value for name, value in more.items() if value is not None},
    }


def _registry(theirs: str | None, ours: str) -> str | None:
    """The index of a dependency's registry; None means the same one that it is uploaded to."""
    if theirs is None:
        return None if is_crates_io(ours) else CRATES_IO
    if _plain(theirs) == _plain(ours) or (is_crates_io(ours) and (theirs == CRATES_IO or is_crates_io(theirs))):
        return None
    return theirs


def _plain(index: str) -> str:
    return index.removeprefix('sparse+').rstrip('/')


def _text(data: Table, key: str) -> str | None:
    value = data.get(key)
    return value if isinstance(value, str) else None
