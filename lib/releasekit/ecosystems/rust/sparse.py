# SPDX-License-Identifier: Apache-2.0
"""Sparse indexes: where a crate's lines are, what they say, and where its files are.

https://doc.rust-lang.org/cargo/reference/registry-index.html
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from typing import Any

from releasekit.ports import PublishedFile

_SHA256 = re.compile(r'[0-9a-f]{64}')
_MARKERS = ('{crate}', '{version}', '{prefix}', '{lowerprefix}', '{sha256-checksum}')


class SparseError(ValueError):
    """What is no index."""


@dataclasses.dataclass(frozen=True, slots=True)
class Config:
    """What config.json of an index says: the template of downloads, and the web API, '' for none."""

    dl: str
    api: str


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """One version of a crate."""

    name: str
    version: str
    checksum: str
    yanked: bool


def place(name: str) -> str:
    """The path of a crate's lines in an index."""
    lower = name.lower()
    return f'{_prefix(lower)}/{lower}'


def _prefix(name: str) -> str:
    if len(name) <= 2:
        return str(len(name))
    return f'3/{name[0]}' if len(name) == 3 else f'{name[:2]}/{name[2:4]}'


def config(content: bytes) -> Config:
    """Read config.json.

    Raises:
        SparseError: It is none.
    """
    try:
        document: Any = json.loads(content)
        dl, api = document['dl'], document.get('api')
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise SparseError(f'its config.json is none: {error!r}') from error
    if not isinstance(dl, str):
        raise SparseError('its config.json names no `dl`')
    return Config(dl, api if isinstance(api, str) else '')


def file(line: Line, settings: Config) -> PublishedFile:
    """The file of a version; without a marker the template of downloads is the begin of an address."""
    values = (line.name, line.version, _prefix(line.name), _prefix(line.name.lower()), line.checksum)
    url = settings.dl
    if not any(marker in url for marker in _MARKERS):
        url = f'{url.rstrip("/")}/{{crate}}/{{version}}/download'
    for marker, value in zip(_MARKERS, values, strict=True):
        url = url.replace(marker, value)
    digest = line.checksum if _SHA256.fullmatch(line.checksum) else None
    return PublishedFile(f'{line.name}-{line.version}.crate', digest, url, line.yanked)


def by_version(content: bytes, version: str) -> Mapping[str, Line]:
    """The lines of one version, of which there is one at the most, by the crate's name.

    Raises:
        SparseError: A line cannot be read.
    """
    try:
        rows: list[Any] = [json.loads(text) for text in content.splitlines() if text.strip()]
        return {str(row['name']): _line(row) for row in rows if row['vers'] == version}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise SparseError(f'a line of it is none: {error!r}') from error


def _line(row: Mapping[str, Any]) -> Line:
    return Line(str(row['name']), str(row['vers']), str(row['cksum']).lower(), row.get('yanked') is True)
