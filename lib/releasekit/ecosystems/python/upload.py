# SPDX-License-Identifier: Apache-2.0
"""The form of an upload: https://docs.pypi.org/api/upload/. Fields are core metadata, named as in warehouse."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from packaging.utils import parse_wheel_filename

from releasekit.ecosystems.python.archive import WHEEL, metadata
from releasekit.ports import Artifact

# `warehouse/forklift/metadata.py`: two names differ between core metadata and the form.
_RENAMED = {'platforms': 'platform', 'supported_platforms': 'supported_platform'}


def form(artifact: Artifact) -> list[tuple[str, str]]:
    """The fields of an upload, but for the file itself; a field of several values is there several times.

    Raises:
        ReleaseKitError: `RK-BUILD-WRONG` where the archive has no metadata.
    """
    raw, _ = metadata(artifact.filename, artifact.content)
    fields = [(':action', 'file_upload'), ('protocol_version', '1'), *_kind(artifact.filename)]
    fields += _digests(artifact.content)
    for key, value in raw.items():
        fields += [(_RENAMED.get(key, key), text) for text in _texts(key, value)]
    if 'requires_python' not in raw:
        # GitLab's index demands the field: uv-publish/src/lib.rs.
        fields.append(('requires_python', ''))
    return fields


def _kind(filename: str) -> list[tuple[str, str]]:
    if not filename.endswith(WHEEL):
        return [('filetype', 'sdist'), ('pyversion', 'source')]
    tags = parse_wheel_filename(filename)[3]
    return [('filetype', 'bdist_wheel'), ('pyversion', '.'.join(sorted({tag.interpreter for tag in tags})))]


def _digests(content: bytes) -> list[tuple[str, str]]:
    return [
        ('sha256_digest', hashlib.sha256(content).hexdigest()),
        ('md5_digest', hashlib.md5(content, usedforsecurity=False).hexdigest()),
        ('blake2_256_digest', hashlib.blake2b(content, digest_size=32).hexdigest()),
    ]


def _texts(key: str, value: object) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (f'{label}, {url}' for label, url in value.items())
    elif isinstance(value, list) and key == 'keywords':
        yield ','.join(value)
    elif isinstance(value, list):
        yield from (str(item) for item in value)
    else:
        yield str(value)
