# SPDX-License-Identifier: Apache-2.0
"""pyproject.toml as data: errors name the command of uv that reads it, too."""

from __future__ import annotations

from releasekit.ecosystems.toml import document
from releasekit.ecosystems.toml.document import Table
from releasekit.errors import ReleaseKitError

_CHECK = 'uv lock --check'


def load(text: str, path: str) -> Table:
    """The data of a manifest.

    Raises:
        ReleaseKitError: `RK-MANIFEST-INVALID` with line, column and source line where it is no TOML.
    """
    return document.load(text, path, _CHECK)


def invalid(text: str, path: str, message: str, at: str = '') -> ReleaseKitError:
    """The error of a manifest that is TOML but says something wrong; `at` is text that stands at the place."""
    return document.invalid(document.place(text, path, at), message, _CHECK)
