# SPDX-License-Identifier: Apache-2.0
"""A .crate in memory: what it says it is, what it holds, and whether two hold the same.

It is a tar archive with gzip, with one folder in it: https://doc.rust-lang.org/cargo/commands/cargo-package.html.
"""

from __future__ import annotations

import dataclasses
import gzip
import io
import tarfile
import zlib
from collections.abc import Mapping

from releasekit.compat import tomllib
from releasekit.ecosystems.cargo import MANIFEST
from releasekit.ecosystems.toml.document import Table, table
from releasekit.errors import Code, Place, ReleaseKitError, fail

SUFFIX = '.crate'
# Which commit a crate was packed from; everything else is what its users get.
_ORIGIN = '.cargo_vcs_info.json'
# What is unpacked of a file that somebody else serves: more, or more members, are other contents than ours.
UNPACKED_LIMIT = 512 * 1024 * 1024
MEMBER_LIMIT = 100_000
_BROKEN = (tarfile.TarError, zlib.error, EOFError, OSError, ValueError)


@dataclasses.dataclass(frozen=True)
class Crate:
    """What is packed: files by their paths below the crate's own folder, and the manifest as cargo wrote it."""

    files: Mapping[str, bytes] = dataclasses.field(repr=False)
    manifest: Table = dataclasses.field(repr=False)

    @property
    def package(self) -> Table:
        """The [package] table."""
        return table(self.manifest, 'package')


def read(filename: str, content: bytes) -> Crate:
    """Unpack a crate.

    Raises:
        ReleaseKitError: `RK-BUILD-WRONG` where the archive is broken or has no manifest.
    """
    try:
        files = {name: data for name, (_, data) in _members(content).items()}
        return Crate(files, tomllib.loads(files[MANIFEST].decode()))
    except KeyError as error:
        raise _wrong(filename, f'has no {MANIFEST}') from error
    except _BROKEN as error:
        raise _wrong(filename, f'is broken: {error}') from error


def inspect(filename: str, content: bytes) -> tuple[str, str] | None:
    """The name and the version that a built file says it holds, None for another file.

    Raises:
        ReleaseKitError: `RK-BUILD-WRONG` where the archive is broken or has no manifest.
    """
    if not filename.endswith(SUFFIX):
        return None
    found = read(filename, content).package
    return str(found.get('name', '')), str(found.get('version', ''))


def same(filename: str, ours: bytes, theirs: bytes) -> bool:
    """Whether two crates have files of the same names, kinds and bytes; times, order and commit do not count.

    One that is broken, or unpacks to more than the limits of this module, is the same as no other.
    """
    if ours == theirs:
        return True
    if not filename.endswith(SUFFIX):
        return False
    try:
        return _kept(ours) == _kept(theirs)
    except _BROKEN:
        return False


def _kept(content: bytes) -> Mapping[str, tuple[bool, bytes]]:
    return {name: member for name, member in _members(content).items() if name != _ORIGIN}


def _members(content: bytes) -> dict[str, tuple[bool, bytes]]:
    """The files below the one folder, each with whether it can be run, and its bytes."""
    unpacked = gzip.GzipFile(fileobj=io.BytesIO(content)).read(UNPACKED_LIMIT + 1)
    if len(unpacked) > UNPACKED_LIMIT:
        raise ValueError(f'it unpacks to more than {UNPACKED_LIMIT} bytes')
    found: dict[str, tuple[bool, bytes]] = {}
    with tarfile.open(fileobj=io.BytesIO(unpacked), mode='r:') as archive:
        for number, member in enumerate(archive):
            name = member.name.partition('/')[2]
            if number >= MEMBER_LIMIT or not member.isfile() or name in found or '..' in name.split('/'):
                raise ValueError(f'{member.name} is no file of its own, or there are more than {MEMBER_LIMIT}')
            opened = archive.extractfile(member)
            found[name] = (bool(member.mode & 0o111), opened.read() if opened else b'')
    return found


def _wrong(filename: str, why: str) -> ReleaseKitError:
    hint = 'Build the package anew with `cargo package`; do not touch its files in between.'
    return fail(Code.BUILD_WRONG, f'{filename} {why}.', hint, Place(filename))
