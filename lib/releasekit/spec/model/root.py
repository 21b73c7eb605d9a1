# SPDX-License-Identifier: Apache-2.0
"""The whole of release.yaml, and what in it is about the repository."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlsplit

from releasekit.spec.model.fields import HASH, LABEL, NO_OPTION, Bump, doc
from releasekit.spec.model.targets import Target
from releasekit.spec.model.tasks import Check, Task
from releasekit.spec.model.workspaces import WorkspaceSpec


@dataclasses.dataclass(frozen=True, slots=True)
class Project:
    """Where the repository lives."""

    vcs: Literal['git'] = doc('Version control system.', 'git')
    remote: str = doc('Name of the remote that releases are pushed to.', 'origin', **NO_OPTION)
    branch: str | None = doc('Branch that releases are made from; detected where left out.', None, **NO_OPTION)


DEFAULT_TYPES: Mapping[str, Bump] = {'feat': 'minor', 'fix': 'patch', 'perf': 'patch', 'revert': 'patch'}


@dataclasses.dataclass(frozen=True, slots=True)
class Commits:
    """How commits are read."""

    convention: Literal['conventional'] = doc('Convention of the messages.', 'conventional')
    types: Mapping[str, Bump] = doc(
        'Level of each commit type; a type that is not named bumps nothing.', factory=lambda: dict(DEFAULT_TYPES)
    )
    since: str | None = doc('A commit to start from, for adoption in mid-stream.', None, **NO_OPTION)
    first_parent: bool = doc('Whether only the first parent of a merge is followed.', False)
    overrides: Mapping[str, str] = doc(
        'Messages for commits that cannot be rewritten, by full hash.', factory=dict, propertyNames=HASH
    )


@dataclasses.dataclass(frozen=True, slots=True)
class GitRules:
    """What is written into history."""

    commit_message: str = doc('Message of the release commit.', 'chore(release): {summary}')
    tag_message: str = doc('Message of each tag.', '{name} {version}')
    author: str | None = doc(
        'Author of the commit, `Name <address>`; the default is the identity of git.',
        None,
        pattern=r'^[^<>\r\n]+ <[^<>\s]+>$',
        patternErrorMessage='an author such as `Ann Smith <ann@example.org>`',
    )
    sign: Literal[False, 'commits', 'tags', 'both'] = doc('What is signed, by the configuration of git.', False)


@dataclasses.dataclass(frozen=True, slots=True)
class Engine:
    """How actions are carried out."""

    type: Literal['local'] = doc('Where they run.', 'local')
    concurrency: int = doc('How many run at a time.', 8, minimum=1, maximum=256)
    retries: int = doc('How often a passing failure of a registry is tried again.', 3, minimum=0, maximum=100)
    backoff: float = doc('Seconds before the first of these, doubled each time.', 1.0, minimum=0, maximum=600)
    patience: float = doc('Seconds to wait until a registry shows what was uploaded.', 60.0, minimum=0, maximum=3600)
    timeout: float = doc('Seconds that one request to a registry may take.', 60.0, minimum=0.1, maximum=3600)


@dataclasses.dataclass(frozen=True, slots=True)
class Spec:
    """The whole of release.yaml."""

    version: Literal[1] = doc('Version of this format.')
    workspaces: Mapping[str, WorkspaceSpec] = doc(
        'The workspaces, by a label of your choice.', minProperties=1, propertyNames=LABEL
    )
    project: Project = doc('Where the repository lives.', factory=Project)
    mode: Literal['direct'] = doc('direct: `release` does it all.', 'direct')
    commits: Commits = doc('How commits are read.', factory=Commits)
    targets: Mapping[str, Target] = doc('The registries that packages go to.', factory=dict, propertyNames=LABEL)
    checks: tuple[Check, ...] = doc('What must hold before anything is released.', ())
    tasks: Mapping[str, Task] = doc(
        'Tasks by name; one of a built-in name replaces it.', factory=dict, propertyNames=LABEL
    )
    hooks: Mapping[str, tuple[str, ...]] = doc('Names of tasks, by `before-STEP` and `after-STEP`.', factory=dict)
    git: GitRules = doc('What is written into history.', factory=GitRules)
    manifest: str = doc('Path of the release manifest in the release commit.', 'release-manifest.json', minLength=1)
    engine: Engine = doc('How actions are carried out.', factory=Engine)

    @property
    def plain_hosts(self) -> tuple[str, ...]:
        """The hosts that plain http is allowed to, because a target says so."""
        urls = [url for target in self.targets.values() if target.insecure for url in (target.url, target.index)]
        return tuple(sorted({host for url in urls if (host := urlsplit(url).hostname) is not None}))
