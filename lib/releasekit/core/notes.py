# SPDX-License-Identifier: Apache-2.0
"""The notes of a release as data: what changelogs are written from, what templates get and what `notes` prints."""

from __future__ import annotations

import dataclasses
from typing import Literal

from releasekit.core.references import Reference

SCHEMA = 'releasekit/notes/1'

Category = Literal[
    'added', 'changed', 'deprecated', 'removed', 'fixed', 'security', 'performance', 'dependencies', 'other'
]


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One change of a package, as it was written. `title` is that of its section, '' where no section lists it.

    `breaking` says what breaks and what to do about it. `critical` changes close a hole or break something, or their
    text says so. A text that is `markdown` comes from a changeset.
    """

    package: str
    title: str
    category: Category
    text: str
    type: str | None
    scope: str | None
    breaking: str | None
    critical: bool
    markdown: bool
    commit: str | None
    url: str | None
    references: tuple[Reference, ...]
    authors: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Section:
    """A title with the entries below it."""

    title: str
    entries: tuple[Entry, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Dependency:
    """A package of this repository that is needed, in its new version."""

    package: str
    name: str
    version: str


@dataclasses.dataclass(frozen=True, slots=True)
class Person:
    """Who made changes. `url` is their page on the forge, `new` says that no release had them before."""

    name: str
    handle: str | None
    url: str | None
    new: bool
    bot: bool
    commits: int
    requests: tuple[Reference, ...]
    changes: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Statistics:
    """What the release is made of; `days` passed since the one before, where there was one."""

    commits: int
    files: int
    contributors: int
    days: int | None


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """The notes of one package. `url` compares it with the release before, or is the page of its tag.

    `summary` says why there is a release without entries.
    """

    id: str
    name: str
    version: str
    previous: str | None
    bump: str
    tag: str
    url: str | None
    breaking: tuple[Entry, ...]
    sections: tuple[Section, ...]
    entries: tuple[Entry, ...]
    updates: tuple[Entry, ...]
    dependencies: tuple[Dependency, ...]
    contributors: tuple[Person, ...]
    statistics: Statistics | None
    summary: str


@dataclasses.dataclass(frozen=True, slots=True)
class Notes:
    """The notes of a release: of one package, a workspace or the repository. All but `packages` is of them together.

    `version` and `tag` are '' where the packages have several; `previous` and `url` are those of a single package.
    """

    name: str
    date: str
    version: str
    previous: str | None
    tag: str
    url: str | None
    repository: str | None
    breaking: tuple[Entry, ...]
    sections: tuple[Section, ...]
    entries: tuple[Entry, ...]
    updates: tuple[Entry, ...]
    dependencies: tuple[Dependency, ...]
    contributors: tuple[Person, ...]
    statistics: Statistics
    summary: str
    packages: tuple[Part, ...]
