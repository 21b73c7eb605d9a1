# SPDX-License-Identifier: Apache-2.0
"""Wheels and sdists in memory: what they say they are, and whether two hold the same.

Formats: https://packaging.python.org/en/latest/specifications/binary-distribution-format/ and
/source-distribution-format/.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

from packaging.utils import canonicalize_name

from releasekit import lazy
from releasekit.errors import Code, Place, fail

if TYPE_CHECKING:
    import packaging.metadata as core_metadata
else:
    core_metadata = lazy.module('packaging.metadata')

T = TypeVar('T')

WHEEL = '.whl'
SDIST = '.tar.gz'

# What is unpacked of a file that somebody else serves: more, or more members, are other contents than ours.
UNPACKED_LIMIT = 512 * 1024 * 1024
MEMBER_LIMIT = 100_000

# A member: its name, what it is beside its bytes, and the SHA-256 of its bytes.
_Member = tuple[str, str, str]

# Beside the formats' own errors: bad numbers and text, encryption, other compressions, headers without an end.
_BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    struct.error,
    csv.Error,
    EOFError,
    OSError,
    LookupError,
    ValueError,
    RuntimeError,
)


def metadata(filename: str, content: bytes) -> tuple[core_metadata.RawMetadata, bytes]:
    """The core metadata of a wheel or sdist, parsed and as it stands there.

    Raises:
        ReleaseKitError: `RK-BUILD-WRONG` where the archive is broken or has none, or more than one.
    """
    try:
        found = _wheel_metadata(content) if filename.endswith(WHEEL) else _sdist_metadata(content)
    except _BROKEN as error:
        raise _wrong(filename, f'is broken: {error}') from error
    if len(found) != 1:
        raise _wrong(filename, f'has {len(found)} files of metadata instead of one')
    parsed, _ = core_metadata.parse_email(found[0])
    return parsed, found[0]


def inspect(filename: str, content: bytes) -> tuple[str, str] | None:
    """The normalised name and the version that a built file says it holds, None for another file.

    Raises:
        ReleaseKitError: `RK-BUILD-WRONG` where the archive is broken or has no metadata.
    """
    if not filename.endswith((WHEEL, SDIST)):
        return None
    raw, _ = metadata(filename, content)
    if not raw.get('name') or not raw.get('version'):
        raise _wrong(filename, 'does not say its name and version')
    return canonicalize_name(raw.get('name', '')), raw.get('version', '')


def same(filename: str, ours: bytes, theirs: bytes) -> bool:
    """Whether two archives have members of the same names, kinds and bytes; times, owners and order do not count.

    One that is broken, or unpacks to more than the limits of this module, is the same as no other.
    """
    if ours == theirs:
        return True
    read = {WHEEL: _wheel, SDIST: _sdist}.get(next((end for end in (WHEEL, SDIST) if filename.endswith(end)), ''))
    if read is None:
        return False
    try:
        return read(ours) == read(theirs)
    except _BROKEN:
        return False


def _wheel_metadata(content: bytes) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = [name for name in archive.namelist() if name.count('/') == 1 and name.endswith('.dist-info/METADATA')]
        return [archive.read(name) for name in names]


def _sdist_metadata(content: bytes) -> list[bytes]:
    with tarfile.open(fileobj=io.BytesIO(content), mode='r:gz') as archive:
        members = [each for each in archive if each.name.count('/') == 1 and each.name.endswith('/PKG-INFO')]
        return [_bytes(archive, each) for each in members]


def _wheel(content: bytes) -> list[_Member]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return sorted(
            (each.filename, _kind(each.external_attr >> 16), _sha256(_meaning(each.filename, _unzipped(archive, each))))
            for each in _counted(archive.infolist(), lambda each: each.file_size)
            if not each.is_dir()
        )


def _sdist(content: bytes) -> list[_Member]:
    # Headers have no size in advance, so that the whole is unpacked first, up to the limit.
    unpacked = gzip.GzipFile(fileobj=io.BytesIO(content)).read(UNPACKED_LIMIT + 1)
    if len(unpacked) > UNPACKED_LIMIT:
        raise tarfile.TarError(f'it unpacks to more than {UNPACKED_LIMIT} bytes')
    with tarfile.open(fileobj=io.BytesIO(unpacked), mode='r:') as archive:
        return sorted(
            (each.name, f'{each.type!r} {each.linkname} {_kind(each.mode)}', _sha256(_bytes(archive, each)))
            for each in _counted(archive, lambda each: each.size)
            if not each.isdir()
        )


def _counted(members: Iterable[T], size: Callable[[T], int]) -> Iterator[T]:
    """The members, as long as they say to be few and small enough."""
    total = 0
    for number, member in enumerate(members):
        total += max(0, size(member))
        if number >= MEMBER_LIMIT or total > UNPACKED_LIMIT:
            raise ValueError(f'it unpacks to more than {UNPACKED_LIMIT} bytes or {MEMBER_LIMIT} members')
        yield member


def _unzipped(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """The bytes of a member; no more are unpacked than it says to have, for other sizes than that are broken."""
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise zipfile.BadZipFile('its compression has no limit')
    with archive.open(member) as opened:
        return opened.read(member.file_size + 1)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _kind(mode: int) -> str:
    # Other permission bits follow the umask of the machine; whether a file can be run is part of what it is.
    return 'program' if mode & 0o111 else 'file'


def _meaning(name: str, content: bytes) -> bytes:
    """The rows of a RECORD in one order; other files as they are."""
    if not name.endswith('.dist-info/RECORD'):
        return content
    return repr(sorted(csv.reader(content.decode().splitlines()))).encode()


def _bytes(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    opened = archive.extractfile(member) if member.isfile() else None
    return opened.read() if opened else b''


def _wrong(filename: str, why: str) -> Exception:
    hint = 'Look at the build backend of the package, and build it anew.'
    return fail(Code.BUILD_WRONG, f'{filename} {why}.', hint, Place(filename))
