# SPDX-License-Identifier: Apache-2.0
"""What the questions are asked of: the repository, its spec and packages, as far as each can be had.

Whoever touches what is not there gets `UnableError`, so that the question counts as not checked.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Generic, TypeVar

import anyio

from releasekit.core.commits import TagRef
from releasekit.core.package import Workspace
from releasekit.ecosystems import schemes
from releasekit.ecosystems.base import Outside
from releasekit.errors import Problem, ReleaseKitError
from releasekit.ports import Head, RemoteRef, Shell
from releasekit.ports.inspection import Inspector, RemoteInspector
from releasekit.run.discover import Discovered
from releasekit.run.doctor.findings import GONE, PACKAGES, SPEC, UnableError
from releasekit.run.project import Project
from releasekit.vcs import open_inspector

T = TypeVar('T')

# Seconds in which something must move on a connection, and that all of one question may take.
MOVES, TAKES = 5.0, 8.0
# Variables that a CI service sets for every job, with its name:
# https://docs.github.com/en/actions/reference/workflows-and-actions/variables, https://docs.gitlab.com/ci/variables/predefined_variables/.
_SERVICES = {
    'GITHUB_ACTIONS': 'GitHub Actions',
    'GITLAB_CI': 'GitLab CI',
    'BITBUCKET_BUILD_NUMBER': 'Bitbucket Pipelines',
    'BUILDKITE': 'Buildkite',
    'CIRCLECI': 'CircleCI',
    'CI': 'a CI service',
}


class Once(Generic[T]):
    """An answer that several questions need and that is asked for once; its error is kept as well."""

    def __init__(self, ask: Callable[[], Awaitable[T]]) -> None:
        """Ask when somebody first wants to know."""
        self._ask = ask
        self._lock = anyio.Lock()
        self._answer: list[T] = []
        self._error: ReleaseKitError | None = None

    async def get(self) -> T:
        """The answer.

        Raises:
            ReleaseKitError: What the asking raised.
        """
        async with self._lock:
            if self._error is not None:
                raise self._error
            if not self._answer:
                try:
                    self._answer.append(await self._ask())
                except ReleaseKitError as caught:
                    self._error = caught
                    raise
            return self._answer[0]


@dataclasses.dataclass(frozen=True, slots=True)
class Missing:
    """What could not be opened: the problems, and what then nobody can ask."""

    repository: ReleaseKitError | None = None
    commit: ReleaseKitError | None = None
    spec: ReleaseKitError | None = None
    packages: ReleaseKitError | None = None


@dataclasses.dataclass(frozen=True)
class Opened:
    """What could be opened."""

    root: Path | None = None
    head: Head | None = None
    project: Project | None = None
    found: Discovered | None = None
    tags: Sequence[TagRef] = ()


@dataclasses.dataclass(frozen=True)
class Examination:
    """The things that questions look at."""

    start: Path
    environment: Mapping[str, str] = dataclasses.field(repr=False)
    shell: Shell = dataclasses.field(repr=False)
    opened: Opened
    missing: Missing
    outside: Outside | None
    remote: Once[Mapping[str, RemoteRef]]

    @property
    def git(self) -> Inspector:
        """Looks at the repository and the user's settings."""
        return open_inspector(self.shell, self.root)

    @property
    def remotes(self) -> RemoteInspector:
        """Looks at the remotes."""
        return open_inspector(self.shell, self.root)

    @property
    def root(self) -> Path:
        """The top folder of the repository."""
        return _there(self.opened.root, 'There is no repository to look at', self.missing.repository)

    @property
    def head(self) -> Head:
        """What is checked out."""
        return _there(self.opened.head, 'There is no commit to look at', self.missing.commit)

    @property
    def project(self) -> Project:
        """The repository with its spec."""
        return _there(self.opened.project, 'release.yaml cannot be read', self.missing.spec, SPEC)

    @property
    def packages(self) -> Workspace:
        """The packages of what is checked out."""
        return self.found.workspace

    @property
    def found(self) -> Discovered:
        """The packages, and what was odd about them."""
        self.project  # noqa: B018 - without a spec that is what is missing
        return _there(self.opened.found, 'The packages are not known', self.missing.packages, PACKAGES)

    async def refs(self) -> Mapping[str, RemoteRef]:
        """The branches and tags of the remote; why it does not answer is said once, by the question for that."""
        try:
            return await self.remote.get()
        except ReleaseKitError as caught:
            name = self.project.spec.project.remote
            raise UnableError(
                f'{name} does not answer.', f'Run `git ls-remote {name}` to see what it needs.'
            ) from caught

    @property
    def net(self) -> Outside:
        """The way to registries; there is none under `--offline`."""
        if self.outside is None:
            raise UnableError('It needs the network.', 'Run it without `--offline`.')
        return self.outside

    @property
    def ci(self) -> str:
        """The CI service that this runs in, '' for none."""
        return next((name for variable, name in _SERVICES.items() if self._is_on(variable)), '')

    def _is_on(self, variable: str) -> bool:
        return self.environment.get(variable, '').lower() not in {'', '0', 'false', 'no'}

    @property
    def schemes(self) -> dict[str, str]:
        """The version scheme of each workspace."""
        return schemes(self.project.spec)


def _there(value: T | None, what: str, why: ReleaseKitError | None, told: str = '') -> T:
    """What is there; `told` is the question that says what is wrong with it, where a question is for that."""
    if value is None:
        problem: Problem | None = why.problems[0] if why else None
        hint = problem.hint if problem else 'Look at the errors.'
        if told and problem and problem.code not in GONE:
            hint = f'Mend what `releasekit doctor --only {told}` says.'
        raise UnableError(f'{what}.', hint)
    return value
