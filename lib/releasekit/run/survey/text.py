# SPDX-License-Identifier: Apache-2.0
"""A draft as the settings of a release.yaml, each choice with its reason, and the lines above them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from releasekit.core import written
from releasekit.core.written import Raw, Setting
from releasekit.ecosystems.survey import Trait
from releasekit.run.survey.draft import Draft, SpaceDraft, TargetDraft

SCHEMA = 'release.schema.json'
GROUP = 'all'


def write(draft: Draft) -> str:
    """The whole text."""
    return written.write(head(draft, 'releasekit init'), settings(draft))


def head(draft: Draft, command: str) -> Iterator[str]:
    """The lines at the top, which name the command that wrote the file."""
    yield f'# yaml-language-server: $schema={SCHEMA}'
    yield f'# Written by `{command}`. `releasekit schema > {SCHEMA}` lets editors complete it.'
    yield from (f'# {written.line(note)}' for note in draft.notes)


def settings(draft: Draft) -> tuple[Setting, ...]:
    """Everything that the draft has decided."""
    return (
        *_project(draft),
        *(each for space in draft.spaces for each in _space(space)),
        *_commits(draft),
        *(each for target in draft.targets for each in _target(target)),
        *(each for at, check in enumerate(draft.checks) for each in _check(at, check)),
    )


def glob(name: str) -> str:
    """A glob that fits this name alone."""
    return re.sub(r'[*?\[]', lambda match: f'[{match.group()}]', name)


def _project(draft: Draft) -> Iterator[Setting]:
    if draft.remote is not None:
        yield Setting(('project', 'remote'), draft.remote)
    if draft.branch is not None:
        yield Setting(('project', 'branch'), draft.branch, draft.branch_why)


def _space(space: SpaceDraft) -> Iterator[Setting]:
    at = ('workspaces', space.label)
    yield Setting((*at, 'ecosystem'), Raw(space.ecosystem), space.why)
    if space.tool is not None:
        yield Setting((*at, 'tool'), Raw(space.tool))
    if space.root != '.':
        yield Setting((*at, 'root'), space.root)
    if space.exclude:
        yield Setting((*at, 'exclude'), space.exclude, 'examples, tests and the like')
    for name, overrides in space.overrides.items():
        yield Setting((*at, 'packages', glob(name)), overrides, space.reasons.get(name, ''))
    if space.tags.lockstep:
        value = {'packages': ['*'], 'versioning': 'fixed'}
        yield Setting((*at, 'groups', GROUP), value, 'released together so far')
    if space.versions.format is not None:
        value = {'scheme': space.versions.scheme, 'format': space.versions.format}
        yield Setting((*at, 'version'), value, space.versions.why)
    if space.setup:
        yield Setting((*at, 'build'), {'setup': [each.run for each in space.setup]}, space.setup[0].why)
    yield Setting((*at, 'tag'), space.tags.tag, '' if space.tags.umbrella else space.tags.why)
    if space.tags.umbrella is not None:
        yield Setting((*at, 'umbrella_tag'), space.tags.umbrella, space.tags.why)
    if space.changelog is not None:
        value = space.changelog if isinstance(space.changelog, bool) else {'path': space.changelog}
        yield Setting((*at, 'changelog'), value)
    yield Setting((*at, 'targets'), space.targets)


def _commits(draft: Draft) -> Iterator[Setting]:
    if draft.changesets:
        yield Setting(('commits', 'convention'), Raw('changesets'), draft.changesets)


def _target(target: TargetDraft) -> Iterator[Setting]:
    at = ('targets', target.name)
    yield Setting((*at, 'type'), Raw(target.type))
    if target.url:
        yield Setting((*at, 'url'), target.url)
    if target.index:
        yield Setting((*at, 'index'), target.index)
    yield Setting((*at, 'auth'), Raw(target.auth), target.why)
    if target.insecure:
        yield Setting((*at, 'insecure'), True)


def _check(at: int, check: Trait) -> Iterator[Setting]:
    yield Setting(('checks', at, 'name'), Raw(check.name))
    yield Setting(('checks', at, 'run'), check.run, check.why)
    if check.per == 'package':
        yield Setting(('checks', at, 'per'), Raw(check.per))
