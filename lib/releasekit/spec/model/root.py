# SPDX-License-Identifier: Apache-2.0
"""The whole of release.yaml, and what in it is about the repository."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

from releasekit.spec.model.branches import Branch
from releasekit.spec.model.fields import HASH, LABEL, NO_OPTION, Bump, doc
from releasekit.spec.model.later import Announcement, Policy, UseCheck
from releasekit.spec.model.schedule import Schedule
from releasekit.spec.model.targets import Target
from releasekit.spec.model.tasks import Check, Task
from releasekit.spec.model.workspaces import WorkspaceSpec


@dataclasses.dataclass(frozen=True, slots=True)
class Project:
    """Where the repository lives."""

    vcs: Literal['git', 'mercurial'] = doc('Version control system.', 'git', examples=['git'])
    remote: str = doc('Name of the remote that releases are pushed to.', 'origin', examples=['upstream'], **NO_OPTION)
    branch: str | None = doc(
        'Branch that releases are made from; detected where left out.', None, examples=['main'], **NO_OPTION
    )
    forge: Literal['github', 'gitlab', 'bitbucket', 'none'] | None = doc(
        'Where the repository is hosted; detected from the remote where left out.', None, examples=['github']
    )
    repository: str | None = doc(
        'Name of the repository there; detected from the remote where left out.',
        None,
        examples=['acme/mono'],
        **NO_OPTION,
    )
    api_url: str | None = doc(
        'Address of the API there; the default is that of the public service, or of the host of the remote.',
        None,
        examples=['https://github.example.org/api/v3'],
        format='uri',
    )


DEFAULT_TYPES: Mapping[str, Bump] = {'feat': 'minor', 'fix': 'patch', 'perf': 'patch', 'revert': 'patch'}


@dataclasses.dataclass(frozen=True, slots=True)
class Commits:
    """How commits are read."""

    convention: Literal['conventional', 'angular', 'changesets', 'both'] = doc(
        'Where levels come from: the messages of commits by a convention, changesets, or both, where the higher wins.',
        'conventional',
        examples=['conventional'],
    )
    types: Mapping[str, Bump] = doc(
        'Level of each commit type; a type that is not named bumps nothing.',
        factory=lambda: dict(DEFAULT_TYPES),
        examples=[{'feat': 'minor', 'fix': 'patch', 'docs': 'patch'}],
    )
    changesets: str = doc('Folder of the changesets.', '.changeset', examples=['.changeset'], minLength=1)
    since: str | None = doc(
        'A commit to start from, for adoption in mid-stream.', None, examples=['1a2b3c4'], **NO_OPTION
    )
    first_parent: bool = doc('Whether only the first parent of a merge is followed.', False, examples=[True])
    overrides: Mapping[str, str] = doc(
        'Messages for commits that cannot be rewritten, by full hash.',
        factory=dict,
        examples=[{'8c1f4a7be2d90356a1b2c3d4e5f60718293a4b5c': 'feat: retry uploads'}],
        propertyNames=HASH,
    )


@dataclasses.dataclass(frozen=True, slots=True)
class GitRules:
    """What is written into history."""

    commit_message: str = doc(
        'Message of the release commit.',
        'chore(release): {summary}',
        examples=['chore: release {packages}'],
        minLength=1,
    )
    tag_message: str = doc(
        'Message of each tag.', '{name} {version}', examples=['Release {name} {version}'], minLength=1
    )
    author: str | None = doc(
        'Author of the commit, `Name <address>`; the default is the identity of git.',
        None,
        examples=['Release Bot <bot@example.org>'],
        pattern=r'^[^<>\r\n]+ <[^<>\s]+>$',
        patternErrorMessage='an author such as `Ann Smith <ann@example.org>`',
    )
    sign: Literal[False, 'commits', 'tags', 'both'] = doc(
        'What is signed, by the configuration of git.', False, examples=['tags']
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Engine:
    """How actions are carried out."""

    type: Literal['local'] = doc('Where they run.', 'local', examples=['local'])
    concurrency: int = doc('How many run at a time.', 8, examples=[4], minimum=1, maximum=256)
    retries: int = doc(
        'How often a passing failure of a registry is tried again.', 3, examples=[5], minimum=0, maximum=100
    )
    backoff: float = doc(
        'Seconds before the first of these, doubled each time.', 1.0, examples=[0.5], minimum=0, maximum=600
    )
    patience: float = doc(
        'Seconds to wait until a registry shows what was uploaded.', 60.0, examples=[300], minimum=0, maximum=3600
    )
    timeout: float = doc(
        'Seconds that one request to a registry may take.', 60.0, examples=[120], minimum=0.1, maximum=3600
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Spec:
    """The whole of release.yaml."""

    version: Literal[1] = doc('Version of this format.', examples=[1])
    workspaces: Mapping[str, WorkspaceSpec] = doc(
        'The workspaces, by a label of your choice.',
        examples=[{'py': {'ecosystem': 'python', 'targets': ['pypi']}}],
        minProperties=1,
        propertyNames=LABEL,
    )
    project: Project = doc('Where the repository lives.', factory=Project, examples=[{'branch': 'main'}])
    mode: Literal['direct', 'pull-request'] = doc(
        'direct: `release` does it all; pull-request: prepare, merge, release, publish.', 'direct', examples=['direct']
    )
    commits: Commits = doc('How commits are read.', factory=Commits, examples=[{'since': '1a2b3c4'}])
    targets: Mapping[str, Target] = doc(
        'The registries that packages go to, by a name of your choice.',
        factory=dict,
        examples=[{'pypi': {'type': 'pypi'}}],
        propertyNames=LABEL,
    )
    checks: tuple[Check, ...] = doc(
        'What must hold before anything is released.',
        (),
        examples=[[{'name': 'tests', 'run': ['uv', 'run', 'pytest'], 'per': 'workspace'}]],
        forms=(UseCheck,),
    )
    tasks: Mapping[str, Task] = doc(
        'Tasks by name; one of a built-in name replaces it.',
        factory=dict,
        examples=[{'test': {'help': 'Run the tests', 'steps': [{'run': ['uv', 'run', 'pytest']}]}}],
        propertyNames=LABEL,
    )
    hooks: Mapping[str, tuple[str, ...]] = doc(
        'Names of tasks, by `before-STEP` and `after-STEP`.', factory=dict, examples=[{'before-publish': ['test']}]
    )
    git: GitRules = doc('What is written into history.', factory=GitRules, examples=[{'sign': 'tags'}])
    manifest: str = doc(
        'Path of the release manifest in the release commit.',
        'release-manifest.json',
        examples=['.release/manifest.json'],
        minLength=1,
    )
    branches: Mapping[str, Branch] = doc(
        'What is released from which branch, by name glob; its own name outranks globs, of which the first counts.',
        factory=dict,
        examples=[{'main': {'channel': 'latest'}, 'next': {'channel': 'next', 'prerelease': 'rc'}}],
    )
    schedule: Schedule = doc(
        'When a release is due.',
        factory=Schedule,
        examples=[{'cadence': 'weekly', 'window': 'Mon-Thu 09:00-16:00 UTC'}],
    )
    announce: tuple[Announcement, ...] = doc(
        'Where releases are announced.', (), examples=[[{'type': 'slack', 'url': {'env': 'SLACK_WEBHOOK_URL'}}]]
    )
    policy: Policy | None = doc('Gates on the plan.', None, examples=[{'require': ['clean-tree'], 'max_bump': 'minor'}])
    engine: Engine = doc('How actions are carried out.', factory=Engine, examples=[{'concurrency': 4}])
    ai: Mapping[str, Any] | None = doc('Help from a language model.', None, examples=[{}])

    @property
    def plain_hosts(self) -> tuple[str, ...]:
        """The hosts that plain http is allowed to, because a target says so."""
        urls = [url for target in self.targets.values() if target.insecure for url in (target.url, target.index)]
        return tuple(sorted({host for url in urls if (host := urlsplit(url).hostname) is not None}))
