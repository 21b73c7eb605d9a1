# SPDX-License-Identifier: Apache-2.0
"""Writes a draft as release.yaml: keys in the order of the format, each choice with its reason behind it. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping

from releasekit.ecosystems.survey import Trait
from releasekit.run.survey.draft import Draft, SpaceDraft, TargetDraft

SCHEMA = 'release.schema.json'
GROUP = 'all'
_PLAIN = re.compile(r'(?!-$)[A-Za-z_/-][A-Za-z0-9_./+-]*')
# What YAML of one version or another reads as something else than text.
_WORDS = frozenset({'true', 'false', 'yes', 'no', 'on', 'off', 'null', 'y', 'n'})


def write(draft: Draft) -> str:
    """The whole text."""
    parts = [
        list(_head(draft)),
        list(_project(draft)),
        ['workspaces:', *(line for space in draft.spaces for line in _space(space))],
        ['targets:', *(line for target in draft.targets for line in _target(target))] if draft.targets else [],
        ['checks:', *(line for check in draft.checks for line in _check(check))] if draft.checks else [],
    ]
    return '\n\n'.join('\n'.join(part) for part in parts if part) + '\n'


def scalar(value: object) -> str:
    """A value in flow style; text is quoted where YAML could take it for something else."""
    if isinstance(value, bool) or value is None:
        return {True: 'true', False: 'false', None: 'null'}[value]
    if isinstance(value, str):
        return (
            value if _PLAIN.fullmatch(value) and value.lower() not in _WORDS else json.dumps(value, ensure_ascii=False)
        )
    if isinstance(value, Mapping):
        return '{' + ', '.join(f'{scalar(key)}: {scalar(item)}' for key, item in value.items()) + '}'
    return '[' + ', '.join(scalar(item) for item in value) + ']' if isinstance(value, Iterable) else str(value)


def _head(draft: Draft) -> Iterator[str]:
    yield f'# yaml-language-server: $schema={SCHEMA}'
    yield f'# Written by `releasekit init`. `releasekit schema > {SCHEMA}` lets editors complete it.'
    yield from (f'# {_line(note)}' for note in draft.notes)
    yield 'version: 1'


def _project(draft: Draft) -> Iterator[str]:
    if draft.remote is None and draft.branch is None:
        return
    yield 'project:'
    if draft.remote is not None:
        yield f'  remote: {scalar(draft.remote)}'
    if draft.branch is not None:
        yield _said(f'  branch: {scalar(draft.branch)}', draft.branch_why)


def _space(space: SpaceDraft) -> Iterator[str]:
    yield f'  {space.label}:'
    yield _said(f'    ecosystem: {space.ecosystem}', space.why)
    if space.tool is not None:
        yield f'    tool: {space.tool}'
    if space.root != '.':
        yield f'    root: {scalar(space.root)}'
    if space.exclude:
        yield _said(f'    exclude: {scalar(space.exclude)}', 'examples, tests and the like')
    yield from _overrides(space)
    if space.tags.lockstep:
        yield '    groups:'
        yield _said(f'      {GROUP}: {{packages: ["*"], versioning: fixed}}', 'released together so far')
    if space.versions.format is not None:
        settings = {'scheme': space.versions.scheme, 'format': space.versions.format}
        yield _said(f'    version: {scalar(settings)}', space.versions.why)
    if space.setup:
        yield _said(f'    build: {{setup: {scalar([each.run for each in space.setup])}}}', space.setup[0].why)
    yield from _tags(space)
    if space.changelog is not None:
        yield f'    changelog: {scalar(space.changelog if space.changelog is False else {"path": space.changelog})}'
    yield f'    targets: {scalar(space.targets)}'


def _overrides(space: SpaceDraft) -> Iterator[str]:
    if space.overrides:
        yield '    packages:'
    for name, settings in space.overrides.items():
        yield _said(f'      {scalar(_glob(name))}: {scalar(settings)}', space.reasons.get(name, ''))


def _tags(space: SpaceDraft) -> Iterator[str]:
    yield _said(f'    tag: {scalar(space.tags.tag)}', '' if space.tags.umbrella else space.tags.why)
    if space.tags.umbrella is not None:
        yield _said(f'    umbrella_tag: {scalar(space.tags.umbrella)}', space.tags.why)


def _glob(name: str) -> str:
    """A glob that fits this name alone."""
    return re.sub(r'[*?\[]', lambda match: f'[{match.group()}]', name)


def _target(target: TargetDraft) -> Iterator[str]:
    yield f'  {target.name}:'
    yield f'    type: {target.type}'
    if target.url:
        yield f'    url: {scalar(target.url)}'
    if target.index:
        yield f'    index: {scalar(target.index)}'
    yield _said(f'    auth: {target.auth}', target.why)
    if target.insecure:
        yield '    insecure: true'


def _check(check: Trait) -> Iterator[str]:
    yield f'  - name: {check.name}'
    yield _said(f'    run: {scalar(check.run)}', check.why)
    if check.per == 'package':
        yield '    per: package'


def _said(line: str, why: str) -> str:
    return f'{line}  # {_line(why)}' if why else line


def _line(text: str) -> str:
    """Text that stays on the line of its comment."""
    return ' '.join(''.join(sign if sign.isprintable() else ' ' for sign in text).split())
