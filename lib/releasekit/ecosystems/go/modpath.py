# SPDX-License-Identifier: Apache-2.0
"""Module paths and versions of Go: https://go.dev/ref/mod#module-path, #versions, #goproxy-protocol (escaping).

The name of a package here is its module path without the major version suffix, so that it outlives a major release.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Container

_SUFFIX = re.compile(r'(?P<name>.+)/v(?P<major>[2-9]|[1-9][0-9]+)')
# https://go.dev/ref/mod#major-version-suffixes: there the suffix is always written, and with a dot.
_GOPKG = re.compile(r'(?P<name>gopkg\.in/.+)\.v(?P<major>0|[1-9][0-9]*)(?P<rest>-unstable)?')
_VERSION = re.compile(
    r'v(0|[1-9][0-9]*)(?:\.(0|[1-9][0-9]*))?(?:\.(0|[1-9][0-9]*))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?'
)
_GO_VERSION = re.compile(r'(\d+)(?:\.(\d+))?(?:\.(\d+)|(beta|rc)(\d+))?')

Key = tuple[tuple[int, ...], tuple[tuple[int, int, str], ...]]


def name_of(path: str) -> str:
    """The module path without its major version suffix."""
    found = _GOPKG.fullmatch(path) or _SUFFIX.fullmatch(path)
    return found['name'] if found else path


def with_major(path: str, version: str) -> str:
    """The path that a module must have to be released at a version such as `2.0.0`; an older suffix is replaced."""
    major, name = int(version.split('.', maxsplit=1)[0]), name_of(path)
    if name.startswith('gopkg.in/'):
        return f'{name}.v{major}'
    return name if major < 2 else f'{name}/v{major}'


def major(path: str) -> int:
    """The major version that a path's suffix names, 0 for none."""
    found = _GOPKG.fullmatch(path) or _SUFFIX.fullmatch(path)
    return int(found['major']) if found else 0


def escape(path: str) -> str:
    """A module path or version as proxies and caches write it: capitals as `!` and the small letter."""
    return re.sub('[A-Z]', lambda found: '!' + found[0].lower(), path)


def unescape(path: str) -> str:
    """What `escape` was given."""
    return re.sub('!([a-z])', lambda found: found[1].upper(), path)


def has_address(path: str) -> bool:
    """Whether a module can be fetched at all: the first element of such a path is a host name, with a dot."""
    return '.' in path.split('/', maxsplit=1)[0]


def module_of(package: str, modules: Container[str]) -> str | None:
    """The module that a package is in: the longest of the paths that it begins with."""
    while package and package not in modules:
        package = package.rpartition('/')[0]
    return package or None


@functools.lru_cache(maxsize=65536)
def version_key(version: str) -> Key:
    """What versions with a leading `v` are ordered by, SemVer 2 with pseudo-versions; what is none comes first."""
    if (found := _VERSION.fullmatch(version)) is None:
        return (), ()
    numbers = tuple(int(part or 0) for part in found.group(1, 2, 3))
    if found[4] is None:
        return numbers, ((2, 0, ''),)
    words = ((0, int(word), '') if word.isdecimal() else (1, 0, word) for word in found[4].split('.'))
    return numbers, tuple(words)


@functools.lru_cache(maxsize=1024)
def go_key(version: str) -> tuple[int, ...]:
    """What the versions of `go` lines are ordered by: `1.21` < `1.21rc1` < `1.21.0` (https://go.dev/doc/toolchain)."""
    if (found := _GO_VERSION.fullmatch(version)) is None:
        return ()
    major, minor, patch, kind, number = found.groups()
    if int(major) == 1 and int(minor or 0) < 21 and kind is None:
        # Before 1.21 the first release of a language version had no third number.
        return 1, int(minor or 0), 3, int(patch or 0)
    stage = 3 if patch is not None else {'beta': 1, 'rc': 2}.get(kind or '', 0)
    return int(major), int(minor or 0), stage, int(patch or number or 0)
