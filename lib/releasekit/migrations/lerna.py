# SPDX-License-Identifier: Apache-2.0
"""lerna: lerna.json.

https://github.com/lerna/lerna/blob/main/libs/commands/version/README.md and publish/README.md say what the options do,
packages/lerna/schemas/lerna-schema.json which there are.
"""

from __future__ import annotations

from collections.abc import Sequence

from releasekit.migrations import forms
from releasekit.migrations.base import Rules, Space, Tool, Without, Work
from releasekit.migrations.read import read
from releasekit.migrations.tree import Node, Source

_FORGE = 'Releases of the forge are not configured in release.yaml; make them in the job that runs the release.'
_ALWAYS = 'A release always commits, tags and pushes; `--dry-run` shows it, `releasekit bump` only writes versions.'
_READ = (
    'tagVersionPrefix', 'tagVersionSeparator', 'conventionalCommits', 'message', 'signGitTag', 'signGitCommit',
    'gitRemote', 'allowBranch', 'exact', 'changelog', 'distTag', 'yes', 'loglevel', 'concurrency',
    'granularPathspec', 'gitHead', 'verifyAccess', 'verifyRegistry', 'commitHooks', 'npmClient', 'ignoreScripts',
    'requireScripts', 'syncWorkspaceLock', 'tempTag', 'graphType', 'sort', 'rejectCycles', 'maxBuffer', 'private',
)  # fmt: skip
_TOP: Rules = dict.fromkeys(
    (
        '$schema', 'version', 'packages', 'npmClient', 'npmClientArgs', 'useNx', 'useWorkspaces', 'command', 'lerna',
        'ignoreChanges', 'granularPathspec', 'loglevel', 'concurrency', 'nxConfig', 'includePrivate',
    ),
    None,
)  # fmt: skip
_COMMAND: Rules = {
    **dict.fromkeys(_READ, None),
    'ignoreChanges': Without(
        'left changes of these files out',
        'Every change in the folder of a package counts; give it a type that bumps nothing.',
        ([],),
    ),
    'createRelease': Without('made a release on the forge', _FORGE),
    'amend': Without('changed the last commit instead of adding one', _ALWAYS, (False,)),
    'push': Without('pushed, or did not', _ALWAYS, (True,)),
    'gitTagVersion': Without('tagged, or did not', _ALWAYS, (True,)),
    'signoffGitCommit': Without('signed commits off', 'Let `git: commit_message` end with the line itself.', (False,)),
    'forcePublish': Without(
        'released packages without changes too', 'Put them into a group with `versioning: fixed`.', (False, [])
    ),
    'preid': Without('named prereleases', 'Give `--prerelease NAME`, or write it into `branches`.', ('alpha',)),
    'conventionalPrerelease': Without('made prereleases of these packages', 'Give `--prerelease NAME`.', (False,)),
    'conventionalGraduate': Without('made stable versions of prereleases', 'Use `releasekit promote`.', (False,)),
    'conventionalBumpPrerelease': Without(
        'counted levels of prereleases', 'They count against the last stable version.', (False,)
    ),
    'changelogPreset': Without(
        'read commits and wrote changelogs by a preset',
        'Name types in `commits: types`, and sections in `changelog: sections`.',
        ('angular', 'conventionalcommits'),
    ),
    'changelogEntryAdditionalMarkdown': Without(
        'added a text to each changelog', 'Write it into the changelog by hand.'
    ),
    'includeMergedTags': Without('looked for tags on merged branches', 'Every tag that HEAD reaches counts.', (False,)),
    'buildMetadata': Without('added build metadata to versions', 'Versions have none.'),
    'registry': Without('was the registry', 'Write it as `url` of the target.'),
    'canary': Without('published from every commit', 'Use `releasekit snapshot`.', (False,)),
    'contents': Without('published a folder within each package', 'Packages are published from their own folder.'),
}


def _carry(work: Work, sources: Sequence[Source]) -> None:
    top = read(sources[0])
    work.read(top, _TOP)
    for command in ('version', 'publish'):
        work.read(top.get('command', command), _COMMAND)
    for space in work.ground.spaces:
        if space.ecosystem == 'js':
            _space(work, space, top)
    _git(work, top)
    _commits(work, top)


def _option(top: Node, key: str) -> Node:
    """An option of `lerna version`, which `lerna publish` runs with its own."""
    found = [top.get('command', command, key) for command in ('version', 'publish')]
    return next((node for node in found if node.value is not None), found[0])


def _space(work: Work, space: Space, top: Node) -> None:
    version = top.get('version')
    prefix = _option(top, 'tagVersionPrefix')
    sign = forms.escaped(prefix.text) if prefix.value is not None else 'v'
    if version.text == 'independent':
        between = _option(top, 'tagVersionSeparator')
        names = {member.path: member.name for member in space.released}
        work.apart(space)
        forms.tags(work, space, names, lambda name: f'{name}{between.text or "@"}{{version}}', version)
    else:
        work.lockstep(space, f'{sign}{{version}}', prefix if prefix.value is not None else version)
    commits, log = _option(top, 'conventionalCommits'), _option(top, 'changelog')
    if commits.value is not True or log.value is False:
        work.set((*space.at, 'changelog'), False, log if log.value is False else 'without conventionalCommits')
    else:
        work.set((*space.at, 'changelog', 'path'), 'CHANGELOG.md', commits)
    exact = _option(top, 'exact')
    if len(space.released) > 1 and exact.value is True and version.text != 'independent':
        work.set((*space.at, 'pin'), 'exact', exact)
    elif len(space.released) > 1:
        work.set((*space.at, 'pin'), 'compatible', 'what lerna writes')
        if exact.value is True:
            work.lacks(exact, 'required the exact version', '`pin: exact` is for packages that are released together.')


def _git(work: Work, top: Node) -> None:
    fixed = top.get('version').text != 'independent'
    prefix = _option(top, 'tagVersionPrefix')
    sign = prefix.text if prefix.value is not None else 'v'
    words = {'s': f'{sign}{{version}}', 'v': '{version}'} if fixed else {}
    forms.message(work, _option(top, 'message'), words, r'%(?P<word>[sv])')
    tags, commit = _option(top, 'signGitTag'), _option(top, 'signGitCommit')
    if tags.value is True or commit.value is True:
        both = tags.value is True and commit.value is True
        what = 'both' if both else 'tags' if tags.value is True else 'commits'
        work.set(('git', 'sign'), what, tags if tags.value is True else commit)
    remote = _option(top, 'gitRemote')
    if remote.text not in {'', 'origin'}:
        work.set(('project', 'remote'), remote.text, remote)
    _branches(work, top)


def _branches(work: Work, top: Node) -> None:
    allowed, channel = _option(top, 'allowBranch'), _option(top, 'distTag')
    plain = [name for name in allowed.texts if not set(name) & set('*?[{(!+@')]
    if plain and work.ground.branch not in plain:
        work.set(('project', 'branch'), plain[0], allowed)
    main = plain[0] if plain else work.ground.branch
    first = forms.channel(channel.text or 'latest', 'latest')
    globs = [name for name in allowed.texts if name == main or name not in plain or len(plain) > 1]
    if len(globs) > 1 or (globs and channel.text):
        found = {name: {'channel': first if name in plain else 'maintenance'} for name in globs}
        work.set(('branches',), found, allowed)
    elif channel.text and main is not None:
        work.set(('branches',), {main: {'channel': first}}, channel)


def _commits(work: Work, top: Node) -> None:
    commits = _option(top, 'conventionalCommits')
    if commits.value is True:
        work.lacks(
            commits,
            'made any other commit in a package a patch',
            'Name the types that are to be patches in `commits: types`.',
        )
    else:
        where = top.get('command') if top.has('command') else top.get('version')
        work.lacks(
            where,
            'asked for the level of each release',
            'Commits say it, as https://www.conventionalcommits.org has them; `--bump PACKAGE=LEVEL` says otherwise.',
            'conventionalCommits',
        )


LERNA = Tool('lerna', ('lerna.json',), _carry)
