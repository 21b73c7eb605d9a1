# SPDX-License-Identifier: Apache-2.0
"""What can be found out anew at any time, kept by key: a cache that is gone or wrong costs time and nothing else."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path


def folder(environment: Mapping[str, str]) -> Path | None:
    """Where all caches are: `$XDG_CACHE_HOME/releasekit`, or `~/.cache/releasekit`; None without a home.

    See https://specifications.freedesktop.org/basedir-spec/latest/.
    """
    home = environment.get('HOME')
    base = environment.get('XDG_CACHE_HOME') or (f'{home}/.cache' if home else None)
    return None if base is None else Path(base) / 'releasekit'


class Cache:
    """A folder below the one of all caches."""

    def __init__(self, environment: Mapping[str, str], name: str) -> None:
        """Take the folder of this name; it is made when something is kept."""
        base = folder(environment)
        self._folder = None if base is None else base / name

    def get(self, key: str) -> bytes | None:
        """What is kept under a key."""
        if self._folder is None:
            return None
        with contextlib.suppress(OSError):
            return (self._folder / key).read_bytes()
        return None

    def put(self, key: str, data: bytes) -> None:
        """Keep data under a key, if the folder can be written."""
        if self._folder is not None:
            with contextlib.suppress(OSError):
                _write(self._folder / key, data)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, 'wb') as file:
            file.write(data)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)
