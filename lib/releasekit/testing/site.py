# SPDX-License-Identifier: Apache-2.0
"""What the contract suite of ecosystems needs of one: a small workspace, and a real registry on this machine."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Mapping
from pathlib import Path

from releasekit.compat import Self
from releasekit.ecosystems.base import Ecosystem
from releasekit.ports import Credential
from releasekit.spec.model import Target

# What the packages of every site need of each other, and their version where a file holds it.
VERSION = '1.0.0'


@dataclasses.dataclass(frozen=True)
class Served:
    """A running registry: the target that it is, who may upload, and what the ecosystem's tools need to see of it.

    `environment` has no credential; `secrets` is what a release's environment has besides, such as the token that the
    target's `auth` names. It ends with `stop`, or a `with` block.
    """

    target: Target
    credential: Credential | None
    stop: Callable[[], None]
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)
    secrets: Mapping[str, str] = dataclasses.field(default_factory=dict, repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        self.stop()


@dataclasses.dataclass(frozen=True)
class Site:
    """An ecosystem with a workspace of two packages, `top` needing `base` at run time, both at `VERSION`.

    `files` are those of the workspace by path, lock file included where the ecosystem has one; `members` lists the
    names of the packages in a folder as the ecosystem's own tool does. `other` is a file of `base` with another
    text: what makes other bytes under the same name and version. `start` starts the registry in an empty folder and
    may take long when something has to be installed first; `programs` must be on the machine. `yanks` says whether
    the registry can warn users off.
    """

    ecosystem: Ecosystem
    base: str
    top: str
    files: Mapping[str, str]
    other: tuple[str, str]
    members: Callable[[Path, Mapping[str, str]], frozenset[str]]
    start: Callable[[Path], Served]
    programs: tuple[str, ...]
    yanks: bool
