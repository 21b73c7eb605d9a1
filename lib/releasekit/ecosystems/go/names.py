# SPDX-License-Identifier: Apache-2.0
"""File names of what a proxy serves of a version, flat: `example.com+mono+lib@v1.2.3.zip`.

A `+` is allowed in no module path, so that the name can be read back; capitals are escaped as in proxies.
"""

from __future__ import annotations

import dataclasses

from releasekit.ecosystems.go import modpath

KINDS = ('info', 'mod', 'zip')


@dataclasses.dataclass(frozen=True, slots=True)
class Name:
    """One of the files of a version: `path` is the module's, `version` has its `v`, `kind` is of `KINDS`."""

    path: str
    version: str
    kind: str

    def __str__(self) -> str:
        return f'{modpath.escape(self.path).replace("/", "+")}@{modpath.escape(self.version)}.{self.kind}'

    @property
    def place(self) -> str:
        """Where a proxy has it: https://go.dev/ref/mod#goproxy-protocol."""
        return f'{modpath.escape(self.path)}/@v/{modpath.escape(self.version)}.{self.kind}'


def read(filename: str) -> Name | None:
    """What a file name stands for, None where it is none of these."""
    module, at, rest = filename.rpartition('@')
    version, _, kind = rest.rpartition('.')
    if not at or not module or kind not in KINDS or not version.startswith('v'):
        return None
    return Name(modpath.unescape(module.replace('+', '/')), modpath.unescape(version), kind)


def of_release(name: str, version: str) -> tuple[Name, ...]:
    """The files of a version of a package, whose name has no major version suffix and whose version no `v`."""
    path = modpath.with_major(name, version)
    return tuple(Name(path, f'v{version}', kind) for kind in KINDS)
