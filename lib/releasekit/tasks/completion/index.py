# SPDX-License-Identifier: Apache-2.0
"""Makes what completion offers: tasks and flags from their tables, names from the repository. Slow, so it is kept."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping

from releasekit.backends.cache import Cache
from releasekit.core import changesets
from releasekit.core.package import Workspace
from releasekit.migrations import TOOLS
from releasekit.spec import keys, overrides
from releasekit.spec.model import Spec
from releasekit.tasks import explain, flags, library, schemas, table
from releasekit.tasks.completion.scripts import SHELLS
from releasekit.tasks.flags import Flags
from releasekit.tasks.selection import LEVELS
from releasekit.tasks.table import Entry

FOLDER = 'completion-1'
# The kind of word that a flag takes, where the table of tasks does not say more.
_KINDS: Mapping[str, str] = {
    'bump': 'package=level',
    'bump changeset-add': 'package=change',
    'config': 'setting=',
    'format': 'format',
    'from_': 'tool',
    'group': 'group',
    'of': 'document',
    'only': 'package',
    'package': 'package',
    'set': 'package=',
    'skip': 'check',
    'spec': 'files',
    'target': 'target',
    'workspace': 'workspace',
}
_ONLY: Mapping[str, str] = {'check': 'check', 'config': 'setting'}
_ARGUMENTS: Mapping[str, str] = {'package': 'package', 'plan': 'files', 'shell': 'shell', 'word': 'word'}


def make(named: str) -> list[str]:
    """The lines of the index of the current folder; what cannot be read there is left out."""
    given = Flags(spec=named)
    _, spec = library.defined(given)
    names = _names(spec) if spec is not None else ()
    lines = [*_tasks(spec), *_fixed(spec), *names, *_packages(library.packages(given, spec))]
    return ['\t'.join(_plain(field) for field in line) for line in lines]


def keep(key: str, text: str, environment: Mapping[str, str]) -> None:
    """Keep an index, where it can be."""
    Cache(environment, FOLDER).put(key, text.encode(errors='replace'))


def _tasks(spec: Spec | None) -> Iterator[tuple[str, ...]]:
    entries = {entry.name: entry for entry in table.BUILTIN}
    for name, task in spec.tasks.items() if spec is not None else ():
        entries[name] = table.own(name, task.help)
    for entry in entries.values():
        yield ('task', entry.name, entry.text, *(_ARGUMENTS[argument] for argument in entry.arguments))
        for name, text in flags.helps(entry.flags, entry.formats).items():
            yield ('flag', entry.name, flags.option(name), _kind(entry, name), text)
        for name in entry.formats:
            yield ('word', f'format:{entry.name}', name, '')


def _kind(entry: Entry, name: str) -> str:
    """The kind of a flag's value; '' for a switch."""
    if flags.is_switch(name):
        return ''
    if name == 'format':
        return f'format:{entry.name}'
    if name == 'only':
        return _ONLY.get(entry.name, 'package')
    return _KINDS.get(f'{name} {entry.name}', _KINDS.get(name, 'text'))


def _fixed(spec: Spec | None) -> Iterator[tuple[str, ...]]:
    known = {page.name: page.title for page in explain.codes()}
    for word in explain.words(spec):
        yield ('word', 'word', word, known.get(word, ''))
    for shell in SHELLS:
        yield ('word', 'shell', shell, '')
    for level in LEVELS:
        yield ('word', 'level', level, '')
    for tool in TOOLS.values():
        if not tool.refused:
            yield ('word', 'tool', tool.name, '')
    for change in changesets.LEVELS:
        yield ('word', 'change', change, '')
    for document in schemas.names():
        yield ('word', 'document', document, '')


def _names(spec: Spec) -> Iterator[tuple[str, ...]]:
    for label, rules in spec.workspaces.items():
        yield ('word', 'workspace', label, rules.ecosystem)
        for group in rules.groups:
            yield ('word', 'group', group, '')
    for check in spec.checks:
        yield ('word', 'check', check.name, shlex.join(check.run))
    for name, target in spec.targets.items():
        yield ('word', 'target', name, target.type)
    labels = {'workspaces': dict.fromkeys(spec.workspaces), 'targets': dict.fromkeys(spec.targets)}
    known = keys.keys(schemas.load('release'))
    texts = {str(key): key.schema.get('description', '') for key in known}
    for path in overrides.variables(labels, known).values():
        yield ('word', 'setting', path, texts.get(path, ''))


def _packages(workspace: Workspace) -> Iterator[tuple[str, ...]]:
    names = [package.name for package in workspace.packages]
    for package in workspace.packages:
        if names.count(package.name) == 1:
            yield ('word', 'package', package.name, package.path)
        yield ('word', 'package', package.id, package.path)


def _plain(field: str) -> str:
    return ' '.join(field.split())
