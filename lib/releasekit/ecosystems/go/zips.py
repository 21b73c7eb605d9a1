# SPDX-License-Identifier: Apache-2.0
"""Which files of a repository a module's zip holds, and the hash of them that go.sum has.

The rules are those of https://go.dev/ref/mod#zip-files and golang.org/x/mod/zip (`zip.go`: nested modules, vendored
packages), of cmd/go/internal/modfetch/coderepo.go (`Zip`: the LICENSE of the repository's root), and of
golang.org/x/mod/sumdb/dirhash (`Hash1`).
"""

from __future__ import annotations

import base64
import bisect
import hashlib
import io
import zipfile
from collections.abc import Collection, Mapping, Sequence

from releasekit.core.paths import join
from releasekit.ecosystems.go import gomod, modpath

_LICENSE = 'LICENSE'
# golang.org/x/mod/zip: from go 1.24 on, vendor/modules.txt is left out and nested vendor folders are seen rightly.
_VENDOR_FIXED = '1.24'
# What a file that is no zip is reported by.
BadZip = zipfile.BadZipFile
_EPOCH = (1980, 1, 1, 0, 0, 0)


def members(paths: Sequence[str], folder: str, go: str) -> Mapping[str, str]:
    """The paths in the repository of a module's files, by their names in the module; `go` is what its go.mod says.

    `paths` are all regular files of the repository, sorted.
    """
    start = '' if folder == '.' else folder + '/'
    # What begins with a folder and a slash stands together, before what has the next character in its place.
    end = bisect.bisect_left(paths, folder + chr(ord('/') + 1)) if start else len(paths)
    inside = [path[len(start) :] for path in paths[bisect.bisect_left(paths, start) : end]]
    nested = {
        name.rpartition('/')[0] + '/' for name in inside if '/' in name and name.lower().endswith('/' + gomod.MANIFEST)
    }
    found = {name: start + name for name in inside if not _vendored(name, go) and not _nested(name, nested)}
    found.pop('.hg_archival.txt', None)
    place = bisect.bisect_left(paths, _LICENSE)
    if start and _LICENSE not in found and paths[place : place + 1] == [_LICENSE]:
        found[_LICENSE] = _LICENSE
    return found


def _nested(name: str, nested: Collection[str]) -> bool:
    end = name.find('/')
    while end >= 0:
        if name[: end + 1] in nested:
            return True
        end = name.find('/', end + 1)
    return False


def _vendored(name: str, go: str) -> bool:
    fixed = modpath.go_key(go) >= modpath.go_key(_VENDOR_FIXED)
    if fixed and name == 'vendor/modules.txt':
        return True
    if name.startswith('vendor/'):
        start = len('vendor/')
    elif (place := name.find('/vendor/')) >= 0:
        # Before 1.24 the name was looked at from the wrong place: https://go.dev/issue/37397.
        start = len('/vendor/') + (place if fixed else 0)
    else:
        return False
    return '/' in name[start:]


def digest(files: Mapping[str, bytes]) -> str:
    """The hash `h1:…` of files by name: SHA-256 of a list such as sha256sum writes, in base64."""
    lines = (f'{hashlib.sha256(files[name]).hexdigest()}  {name}\n' for name in sorted(files, key=str.encode))
    return 'h1:' + base64.b64encode(hashlib.sha256(''.join(lines).encode()).digest()).decode()


def sum_of(path: str, version: str, files: Mapping[str, bytes]) -> str:
    """The hash of a module's zip; `version` has its `v`, `files` are by their names in the module."""
    return digest({f'{path}@{version}/{name}': content for name, content in files.items()})


def packed(path: str, version: str, files: Mapping[str, bytes]) -> bytes:
    """The zip of a module: the same bytes for the same files."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, 'w', zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(f'{path}@{version}/{name}', _EPOCH), files[name], zipfile.ZIP_DEFLATED)
    return target.getvalue()


def unpacked(content: bytes) -> Mapping[str, bytes]:
    """The files of a zip by their whole names.

    Raises:
        zipfile.BadZipFile: It is none.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()}


def sums_path(folder: str) -> str:
    """The path of a module's go.sum."""
    return join(folder, 'go.sum')
