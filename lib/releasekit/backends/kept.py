# SPDX-License-Identifier: Apache-2.0
"""Pieces kept in files with a checksum: a torn or damaged one is none, and their number and size have limits."""

from __future__ import annotations

import contextlib
import os
import tempfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from releasekit.backends.cache import folder

# A piece of more bytes is not kept: it would be a history of some hundred thousand commits.
MAX_BYTES = 64 << 20
# How many pieces are kept, each of a repository; the oldest give way.
MAX_PIECES = 32
# The first line: what it is, the checksum of the rest and its length.
_HEADER = b'releasekit kept 1 %08x %016x\n'
_LENGTH = len(_HEADER % (0, 0))


class KeptFile:
    """The port `Kept` over one file in the folder of all caches."""

    def __init__(self, environment: Mapping[str, str], kind: str, name: str) -> None:
        """Keep the piece `name` among others of its kind; where there is no home, keep nothing."""
        base = folder(environment)
        self._path = None if base is None else base / kind / name

    def read(self) -> bytes | None:
        """What is kept, if its checksum is right."""
        if self._path is None:
            return None
        with contextlib.suppress(OSError):
            data = self._path.read_bytes()
            body = data[_LENGTH:]
            return body if data[:_LENGTH] == _HEADER % (zlib.crc32(body), len(body)) else None
        return None

    def draft(self) -> FileDraft:
        """Begin a file beside."""
        return FileDraft(self._path)


class FileDraft:
    """The port `Draft` over a temporary file, which is renamed when it is whole."""

    def __init__(self, target: Path | None) -> None:
        """Begin; nothing is written before there is something."""
        self._target = target
        self._file: BinaryIO | None = None
        self._name = ''
        self._sum = self._length = 0

    def add(self, data: bytes) -> None:
        """Write more; a full disk, a folder that cannot be written or too many bytes end the draft."""
        if self._target is None:
            return
        try:
            file = self._file or self._open(self._target.parent)
            file.write(data)
        except OSError:
            self.drop()
            return
        self._sum, self._length = zlib.crc32(data, self._sum), self._length + len(data)
        if self._length > MAX_BYTES:
            self.drop()

    def keep(self) -> None:
        """Finish and rename the file, and make room."""
        if self._target is not None and self._file is not None:
            with contextlib.suppress(OSError):
                self._file.seek(0)
                self._file.write(_HEADER % (self._sum, self._length))
                self._file.close()
                Path(self._name).replace(self._target)
                _make_room(self._target.parent)
        self.drop()

    def drop(self) -> None:
        """Remove the file, if it is still a draft."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            with contextlib.suppress(OSError):
                Path(self._name).unlink(missing_ok=True)
        self._file = self._target = None

    def _open(self, place: Path) -> BinaryIO:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, self._name = tempfile.mkstemp(dir=place, prefix='.')
        self._file = os.fdopen(handle, 'wb')
        self._file.write(b' ' * _LENGTH)
        return self._file


def _make_room(place: Path) -> None:
    """Remove the oldest files beyond so many, drafts that a kill has left included."""
    times = {path: path.stat().st_mtime_ns for path in place.iterdir()}
    for path in sorted(times, key=lambda path: -times[path])[MAX_PIECES:]:
        path.unlink(missing_ok=True)
