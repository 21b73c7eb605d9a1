# SPDX-License-Identifier: Apache-2.0
"""changesets: .changeset/config.json, and pre.json while prereleases are made.

https://github.com/changesets/changesets/blob/main/docs/config-file-options.md says what the keys mean, prereleases.md
and modifying-changelog-format.md there the rest.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence

from releasekit.migrations import forms
from releasekit.migrations.base import Rules, Space, Tool, Without, Work
from releasekit.migrations.read import read
from releasekit.migrations.tree import Node, Source

_CONFIG, _PRE = '.changeset/config.json', '.changeset/pre.json'
_UNSAFE = '___experimentalUnsafeOptions_WILL_CHANGE_IN_PATCH'
_CHANGELOGS = frozenset({'@changesets/cli/changelog', '@changesets/changelog-git', '@changesets/changelog-github'})
_READ = (
    '$schema', 'fixed', 'linked', 'ignore', 'baseBranch', 'changelog', 'updateInternalDependencies', _UNSAFE,
)  # fmt: skip
_KEYS: Rules = {
    **dict.fromkeys(_READ, None),
    # Who writes a changeset commits it.
    'commit': None,
    'prettier': None,
    'access': Without(
        'published scoped packages to everybody, or to members only',
        'Write `publishConfig: {access: …}` into the package.json of each package with a scope.',
    ),
    'snapshot': Without('named snapshots', '`releasekit snapshot` names them by time, commit or pull request.', ({},)),
    'privatePackages': Without(
        'said whether private packages get versions and tags',
        'They get both; leave one out with `packages: {NAME: {release: false}}`.',
        ({'version': True, 'tag': True},),
    ),
    'bumpVersionsWithWorkspaceProtocolOnly': Without(
        'only followed requirements with `workspace:`', 'Every requirement of an own package is followed.', (False,)
    ),
    'changedFilePatterns': Without(
        'asked for changesets only where these files change', 'Every change in a package counts.', (['**'],)
    ),
}


def _carry(work: Work, sources: Sequence[Source]) -> None:
    config = next((read(source) for source in sources if source.path == _CONFIG), Node({}, _CONFIG))
    pre = next((read(source) for source in sources if source.path == _PRE), None)
    work.read(config, _KEYS)
    work.set(('commits', 'convention'), 'changesets', config)
    branch = config.get('baseBranch')
    if branch.text:
        work.set(('project', 'branch'), branch.text.rpartition('/')[2], branch)
    for space in work.ground.spaces:
        if space.ecosystem == 'js':
            _space(work, space, config)
    if pre is not None and pre.get('mode').text == 'pre':
        word = pre.get('tag').text
        work.lacks(pre.get('tag'), f'made prereleases named {word}', f'Give `--prerelease {word}` while they are made.')


def _space(work: Work, space: Space, config: Node) -> None:
    alone = len(space.released) == 1 and space.released[0].path == space.root
    names = {member.path: member.name for member in space.released}
    forms.tags(work, space, names, lambda name: 'v{version}' if alone else f'{name}@{{version}}', config)
    work.drop((*space.at, 'groups'))
    for kind in ('fixed', 'linked'):
        lists = [*config.get(kind).each()]
        for number, members in enumerate(lists, 1):
            globs = [glob for glob in members.texts if any(fnmatch.fnmatchcase(name, glob) for name in names.values())]
            name = kind if len(lists) == 1 else f'{kind}-{number}'
            if globs:
                work.set((*space.at, 'groups', name), {'packages': globs, 'versioning': kind}, members)
    for each in config.get('ignore').each():
        if any(fnmatch.fnmatchcase(member.name, each.text) for member in space.members):
            work.drop((*space.at, 'packages', each.text))
            work.set((*space.at, 'packages', each.text), {'release': False}, each)
    _dependents(work, space, config)
    log = config.get('changelog')
    if log.value is False:
        work.set((*space.at, 'changelog'), False, log)
    else:
        work.set((*space.at, 'changelog', 'path'), 'CHANGELOG.md', log if log.value else 'where changesets writes')
        if log.texts and log.texts[0] not in _CHANGELOGS:
            instead = 'Write a template of your own for `changelog: template`.'
            work.lacks(log, f'wrote changelogs with {log.texts[0]}', instead)


def _dependents(work: Work, space: Space, config: Node) -> None:
    """Dependents are released where their range has the new version no more, unless it is asked for more."""
    if len(space.released) < 2:
        return
    always = config.get(_UNSAFE, 'updateInternalDependents')
    if always.text == 'always':
        work.set((*space.at, 'version', 'propagate'), 'patch', always)
    else:
        work.set((*space.at, 'version', 'propagate'), 'range', 'what changesets does')
    update = config.get('updateInternalDependencies')
    if update.text == 'minor':
        instead = 'Requirements stay as they are while they fit; `pin: compatible` writes each new version.'
        work.lacks(update, 'wrote new requirements for minor versions only', instead)
    elif update.text == 'patch':
        work.set((*space.at, 'pin'), 'compatible', update)


CHANGESETS = Tool('changesets', (_CONFIG, _PRE), _carry)
