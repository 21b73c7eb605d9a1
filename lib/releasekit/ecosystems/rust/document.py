# SPDX-License-Identifier: Apache-2.0
"""Cargo.toml as data: errors name the command of cargo that reads it, too."""

from __future__ import annotations

import functools
import posixpath

from releasekit.ecosystems.toml import document
from releasekit.ecosystems.toml.document import Table
from releasekit.errors import ReleaseKitError

LOCK = 'Cargo.lock'

_CHECK = 'cargo metadata --no-deps'


def load(text: str, path: str) -> Table:
    """The data of a manifest.

    Raises:
        ReleaseKitError: `RK-MANIFEST-INVALID` with line, column and source line where it is no TOML.
    """
    return document.load(text, path, _CHECK)


def invalid(text: str, path: str, message: str, at: str = '') -> ReleaseKitError:
    """The error of a manifest that is TOML but says something wrong; `at` is text that stands at the place."""
    return document.invalid(document.place(text, path, at), message, _CHECK)


@functools.lru_cache(maxsize=65536)
def resolve(folder: str, path: str) -> str | None:
    """The folder that a relative path leads to, None where that is outside of the repository."""
    found = posixpath.normpath(f'{folder}/{path}')
    return None if path.startswith('/') or found.startswith('../') or found == '..' else found
