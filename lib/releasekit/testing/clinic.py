# SPDX-License-Identifier: Apache-2.0
"""A healthy repository of two packages with its remote, for tests of `doctor`: who examines it is handed in."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from releasekit.testing.stage import Member, members, snapshot
from releasekit.testing.workspace import Sandbox, bare_refs, isolated, make_repository

SPEC = """\
version: 1
project: {branch: main}
workspaces:
  py: {ecosystem: python, changelog: false}
"""
# What tells that this is a job of a CI service.
_CI = ('CI', 'GITHUB_ACTIONS', 'GITLAB_CI', 'BITBUCKET_BUILD_NUMBER', 'BUILDKITE', 'CIRCLECI')


class Answer(Protocol):
    """A finding, as far as this module looks at it."""

    @property
    def state(self) -> str:
        """How the question was answered, in a word."""
        ...

    @property
    def hint(self) -> str:
        """What to do, '' for nothing."""
        ...


F = TypeVar('F', bound=Answer)


@dataclasses.dataclass(frozen=True)
class Visit:
    """What is to be examined: a folder, the globs of questions, the environment, and whether the network is used."""

    start: Path
    only: tuple[str, ...]
    environment: Mapping[str, str] = dataclasses.field(repr=False)
    offline: bool = False


@dataclasses.dataclass(frozen=True)
class Clinic(Generic[F]):
    """A repository whose branch is on its remote, and who examines it."""

    folder: Path
    repository: Sandbox
    remote: Path
    environment: Mapping[str, str] = dataclasses.field(repr=False)
    examine: Callable[[Visit], Sequence[F]]

    def ask(self, *only: str, at: Path | None = None, offline: bool = False, **env: str) -> Sequence[F]:
        """What is found, by globs of ids, here or in another folder, with more environment variables."""
        return self.examine(Visit(at or self.repository.root, only, {**self.environment, **env}, offline))

    def one(self, check: str, state: str, **env: str) -> F:
        """The one finding of a check, which has this state and, unless it has passed, a hint.

        Raises:
            AssertionError: It is not so.
        """
        found = self.examine(Visit(self.repository.root, (check,), {**self.environment, **env}))
        if [each.state for each in found] != [state] or bool(found[0].hint) != (state != 'passed'):
            raise AssertionError(found)
        return found[0]

    def world(self) -> tuple[object, ...]:
        """All that an examination could have changed: every file of the clone and every ref, here and there."""
        there = bare_refs(self.remote) if self.remote.exists() else None
        return snapshot(self.repository.root), self.repository.git('for-each-ref'), there


def open_clinic(
    folder: Path, examine: Callable[[Visit], Sequence[F]], files: Mapping[str, str | bytes | None] | None = None
) -> Clinic[F]:
    """Make the repository and its remote; `files` come on top of those of the two packages."""
    own = {**members({'ant': Member(), 'bee': Member('0.2.0')}), 'release.yaml': SPEC, **(files or {})}
    repository = make_repository(folder / 'work', own)
    remote = repository.add_remote(folder / 'remote.git')
    kept = {name: value for name, value in isolated(os.environ).items() if name not in _CI}
    return Clinic(folder, repository, remote, {**kept, 'XDG_CACHE_HOME': str(folder / 'cache')}, examine)
