# SPDX-License-Identifier: Apache-2.0
"""Paths inside a repository: POSIX, relative to its root, which is `.`."""

from __future__ import annotations


def join(folder: str, path: str) -> str:
    """A path below a folder, both relative to the repository's root."""
    return path if folder in {'.', ''} else f'{folder}/{path}'


def parent(path: str) -> str:
    """The folder that holds a path."""
    return path.rpartition('/')[0] or '.'
