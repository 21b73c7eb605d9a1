# SPDX-License-Identifier: Apache-2.0
"""How an ecosystem shows itself to `init`: pure looks at the files of a repository, beside what discovery finds."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Mapping, Sequence

from releasekit.core.package import Package
from releasekit.ports import Files
from releasekit.spec.model import Per


@dataclasses.dataclass(frozen=True, slots=True)
class Sighting:
    """A folder with a marker, as `init` meets it; `why` is the file that tells what it is.

    `joined` says that the folder names its members, so that what else lies below it is none of the workspace.
    `refused` is why it cannot be one, '' where it can.
    """

    root: str
    why: str
    tool: str
    joined: bool = False
    refused: str = ''


@dataclasses.dataclass(frozen=True, slots=True)
class Outlet:
    """A registry that the files of a workspace name, and which file does.

    `packages` are the names of those that go there, none for all; `token` is the environment variable that holds its
    credential, where the files say so.
    """

    label: str
    url: str
    index: str
    why: str
    packages: tuple[str, ...] = ()
    token: str = ''


@dataclasses.dataclass(frozen=True, slots=True)
class Trait:
    """A command that a workspace's own files ask for, and which file does."""

    name: str
    run: tuple[str, ...]
    why: str
    per: Per = 'workspace'


@dataclasses.dataclass(frozen=True, slots=True)
class Details:
    """What the files of a workspace say beside its packages.

    `unbuilt` are names of packages that are not made to be uploaded, with the reason. `checks` are commands that test
    it, `setup` those that must run before a build. `rivals` are other release tools, by the file that configures them.
    """

    outlets: tuple[Outlet, ...] = ()
    unbuilt: Mapping[str, str] = dataclasses.field(default_factory=dict)
    checks: tuple[Trait, ...] = ()
    setup: tuple[Trait, ...] = ()
    rivals: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Survey:
    """How an ecosystem shows itself to `init`.

    `label` is what its first workspace is called. `publishing` is the regular expression of what a CI file says to
    upload packages, `tokens` that of the variables that hold a credential then, `token` the one to take where none is
    named ('' where uploads need none). `look` judges a folder with a marker; `detail` reads what else there is.
    """

    label: str
    publishing: str
    tokens: str
    token: str
    look: Callable[[Files, str], Awaitable[Sighting]]
    detail: Callable[[Files, Sighting, Sequence[Package]], Awaitable[Details]]
