# SPDX-License-Identifier: Apache-2.0
"""Packed packages in memory: what they say they are, what a registry is told of them, whether two hold the same.

The form is that of `npm pack`: a gzipped tar whose files are in one folder,
https://docs.npmjs.com/cli/v11/using-npm/developers.
"""

from __future__ import annotations

import dataclasses
import functools
import gzip
import hashlib
import io
import tarfile
import zlib
from collections.abc import Mapping

from releasekit.ecosystems.js import jsontext, requirement
from releasekit.ecosystems.js.edges import SECTIONS
from releasekit.ecosystems.js.jsontext import Object, table
from releasekit.errors import Code, Place, ReleaseKitError, fail

END = '.tgz'

# What is unpacked of a file that somebody else serves: more, or more members, are other contents than ours.
UNPACKED_LIMIT = 512 * 1024 * 1024
MEMBER_LIMIT = 100_000
# What the registry keeps of it.
README_LIMIT = 64 * 1024

_BROKEN = (tarfile.TarError, zlib.error, EOFError, OSError, ValueError)
# What only means something in the workspace, and would break every installation from a registry.
_INNER = frozenset({'workspace', 'catalog', 'link', 'portal'})
_USED = tuple(section for section in SECTIONS if section != 'devDependencies')


@dataclasses.dataclass(frozen=True, slots=True)
class Packed:
    """What a packed package holds that a registry is told: its manifest, README and the names of its files."""

    manifest: Object
    readme: str
    names: frozenset[str]


def filename(name: str, version: str) -> str:
    """The name of the file of a package, as `npm pack` gives it: unique among the files of one package."""
    return f'{name.lstrip("@").replace("/", "-")}-{version}{END}'


@functools.lru_cache(maxsize=4)
def read(name: str, content: bytes) -> Packed:
    """Read a packed package.

    Raises:
        ReleaseKitError: `RK-BUILD-WRONG` where it is broken or has no manifest.
    """
    try:
        files = _files(content)
    except _BROKEN as error:
        raise _wrong(name, f'is broken: {error}') from error
    inside = {path.partition('/')[2]: text for path, (_, text) in files.items()}
    if 'package.json' not in inside:
        raise _wrong(name, 'has no package.json')
    try:
        manifest = jsontext.load(jsontext.decode(inside['package.json'], name), name)
    except ReleaseKitError as error:
        raise _wrong(name, 'has a package.json that cannot be read') from error
    readme = next((path for path in sorted(inside) if path.lower() in {'readme.md', 'readme', 'readme.markdown'}), '')
    text = inside.get(readme, b'')[:README_LIMIT].decode('utf-8', 'replace')
    return Packed(manifest, text, frozenset(inside))


def inspect(name: str, content: bytes) -> tuple[str, str] | None:
    """The name and version that a file says it holds, None for another file.

    Raises:
        ReleaseKitError: `RK-BUILD-WRONG` where it is broken, or requires what no registry has.
    """
    if not name.endswith(END):
        return None
    manifest = read(name, content).manifest
    said = manifest.get('name'), manifest.get('version')
    if not (isinstance(said[0], str) and isinstance(said[1], str)):
        raise _wrong(name, 'does not say its name and version')
    for section in _USED:
        for needed, text in table(manifest, section).items():
            if isinstance(text, str) and _is_inner(text):
                raise _wrong(name, f'requires {needed} by `{text}`, which no registry knows')
    return said[0], said[1]


def same(ours: bytes, theirs: bytes) -> bool:
    """Whether two packages have files of the same names, kinds and bytes; times, owners and order do not count.

    One that is broken, or unpacks to more than the limits of this module, is the same as no other.
    """
    if ours == theirs:
        return True
    try:
        return _digests(ours) == _digests(theirs)
    except _BROKEN:
        return False


def _is_inner(text: str) -> bool:
    parsed = requirement.read(text)
    return parsed.protocol in _INNER or (parsed.protocol == 'file' and parsed.rest.startswith('..'))


def _digests(content: bytes) -> Mapping[str, tuple[str, str]]:
    return {path: (kind, hashlib.sha256(text).hexdigest()) for path, (kind, text) in _files(content).items()}


def _files(content: bytes) -> dict[str, tuple[str, bytes]]:
    """Kind and bytes of the members that are no folders, by path."""
    # Headers have no size in advance, so that the whole is unpacked first, up to the limit.
    unpacked = gzip.GzipFile(fileobj=io.BytesIO(content)).read(UNPACKED_LIMIT + 1)
    if len(unpacked) > UNPACKED_LIMIT:
        raise tarfile.TarError(f'it unpacks to more than {UNPACKED_LIMIT} bytes')
    found: dict[str, tuple[str, bytes]] = {}
    with tarfile.open(fileobj=io.BytesIO(unpacked), mode='r:') as archive:
        for number, member in enumerate(archive):
            if number >= MEMBER_LIMIT:
                raise tarfile.TarError(f'it has more than {MEMBER_LIMIT} members')
            if not member.isdir():
                # Other permission bits follow the umask; whether a file can be run is part of what it is.
                kind = f'{member.type!r} {member.linkname} {"program" if member.mode & 0o111 else "file"}'
                opened = archive.extractfile(member) if member.isfile() else None
                found[member.name] = (kind, opened.read() if opened else b'')
    return found


def _wrong(name: str, why: str) -> ReleaseKitError:
    hint = 'Look at the manifest of the package and at what packs it, and build it anew.'
    return fail(Code.BUILD_WRONG, f'{name} {why}.', hint, Place(name))
