# SPDX-License-Identifier: Apache-2.0
"""nx release: the key `release` of nx.json.

https://nx.dev/docs/reference/nx-json says what the keys mean, https://nx.dev/docs/guides/nx-release the rest; before
version 22 `releaseTag.pattern` was `releaseTagPattern`, and what `version` has stood in its `generatorOptions`.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Sequence

from releasekit.migrations import forms
from releasekit.migrations.base import Member, Rules, Space, Tool, Without, Work, glob
from releasekit.migrations.read import read
from releasekit.migrations.tree import Node, Source

_FORGE = 'Releases of the forge are not configured in release.yaml; make them in the job that runs the release.'
_READ = (
    'projects', 'projectsRelationship', 'groups', 'releaseTagPattern', 'releaseTag', 'version', 'changelog',
    'conventionalCommits', 'git', 'versionPlans',
)  # fmt: skip
_TOLD = (
    'conventionalCommits', 'generatorOptions', 'updateDependents', 'versionPrefix', 'git', 'specifierSource',
    'currentVersionResolver', 'fallbackCurrentVersionResolver', 'currentVersionResolverMetadata', 'generator',
    'useLegacyVersioning', 'versionActions', 'versionActionsOptions', 'preserveLocalDependencyProtocols',
    'preserveMatchingDependencyRanges', 'logUnchangedProjects', 'deleteVersionPlans', 'manifestRootsToUpdate',
    'packageRoot', 'skipLockFileUpdate', 'installArgs', 'installIgnoreScripts',
    'adjustSemverBumpsForZeroMajorVersion',
)  # fmt: skip
_MORE = (
    'workspaceChangelog', 'projectChangelogs', 'git', 'automaticFromRef',
)  # fmt: skip
_REST = (
    'commitMessage', 'tagMessage', 'commit', 'tag', 'push', 'stageChanges', 'pushRemote',
)  # fmt: skip
_TOP: Rules = {
    **dict.fromkeys(_READ, None),
    'releaseTagPatternCheckAllBranchesWhen': Without(
        'looked for tags on other branches', 'Every tag that HEAD reaches counts.', (False,)
    ),
    'releaseTagPatternRequireSemver': None,
    'docker': Without('released images', 'Images are no packages; a task named in `hooks` can push them.'),
}
_VERSION: Rules = {
    **dict.fromkeys(_TOLD, None),
    'preVersionCommand': Without(
        'ran a command before versions were written',
        'Write it as a task, and name the task in `hooks: before-bump`; what builds need is `build: setup`.',
    ),
    'groupPreVersionCommand': Without(
        'ran a command before the versions of a group were written',
        'Write it as a task, and name the task in `hooks: before-bump`.',
    ),
}
_CHANGELOG: Rules = {
    **dict.fromkeys(_MORE, None),
}
_FILE: Rules = {
    'file': None,
    'createRelease': Without('made a release on the forge', _FORGE, (False,)),
    'renderOptions': Without(
        'shaped the entries', 'Their form is fixed; sections are in `changelog: sections`.', ({},)
    ),
    'renderer': Without('wrote changelogs with code of your own', 'Write a template for `changelog: template`.'),
    'entryWhenNoChanges': Without(
        'wrote an entry for packages without changes', 'They get the reason for their release.'
    ),
    'replaceExistingContents': None,
}
_GIT: Rules = {
    **dict.fromkeys(_REST, None),
    'commitArgs': Without(
        'gave these arguments to `git commit`', '`git: sign` and `git: author` say what can be said.', ('',)
    ),
    'tagArgs': Without('gave these arguments to `git tag`', '`git: sign` says whether tags are signed.', ('',)),
    'pushArgs': Without(
        'gave these arguments to `git push`', 'Branch and tags are pushed at once, whole or not at all.', ('',)
    ),
}
# https://nx.dev/docs/guides/nx-release/customize-conventional-commit-types: what holds beside the types of a team.
_LEVELS = {'feat': 'minor', 'fix': 'patch'}


def _owns(source: Source) -> bool:
    return '"release"' in source.text


def _carry(work: Work, sources: Sequence[Source]) -> None:
    top = read(sources[0]).get('release')
    work.read(top, _TOP)
    groups = [node for _, node in top.get('groups').items()]
    for node in (top, *groups):
        if node is not top:
            work.read(node, _TOP)
        work.read(node.get('version'), _VERSION)
        work.read(node.get('version', 'generatorOptions'), _VERSION)
        work.read(node.get('changelog'), _CHANGELOG)
        for key in ('workspaceChangelog', 'projectChangelogs'):
            work.read(node.get('changelog', key), _FILE)
    _chosen(work, top, groups)
    for space in work.ground.spaces:
        _tags(work, space, top, groups)
        _space(work, space, top)
    _commits(work, top)
    _git(work, top)


def _chosen(work: Work, top: Node, groups: Sequence[Node]) -> None:
    """Only the projects that are named are released."""
    named = [node.get('projects') for node in (groups or [top]) if node.has('projects')]
    if not named:
        return
    chosen: dict[str, frozenset[str]] = {}
    for space, member in (pair for node in named for pair in _members(work, node)):
        chosen[space.label] = chosen.get(space.label, frozenset()) | {member.path}
    work.only(chosen, named[0])


def _members(work: Work, projects: Node) -> Iterator[tuple[Space, Member]]:
    """The packages that patterns of projects name: by name, folder or glob, and all but those behind a `!`."""
    texts = projects.texts
    for text in texts:
        if text.startswith('tag:'):
            work.lacks(
                projects,
                f'chose projects by the tag {text}',
                'Name the packages in `groups`, or leave others out in `packages`.',
            )
    wanted = [text for text in texts if not text.startswith(('!', 'tag:'))]
    without = [text[1:] for text in texts if text.startswith('!')]
    for space, member in work.ground.members():
        # What only has exceptions means all others.
        if (_fits(member, wanted) or (without and not wanted)) and not _fits(member, without):
            yield space, member


def _fits(member: Member, patterns: Sequence[str]) -> bool:
    words = (member.name, member.path, member.path.rpartition('/')[2], member.name.rpartition('/')[2])
    return any(fnmatch.fnmatchcase(word, pattern.rstrip('/')) for pattern in patterns for word in words)


def _pattern(node: Node) -> Node:
    found = node.get('releaseTag', 'pattern')
    return found if found.text else node.get('releaseTagPattern')


def _tags(work: Work, space: Space, top: Node, groups: Sequence[Node]) -> None:
    if not space.released:
        return
    given = _pattern(top)
    relation = top.get('projectsRelationship')
    why = next((node for node in (given, relation) if node.text), top)
    names = {member.path: member.name for member in space.released}
    if not groups:
        fixed = relation.text != 'independent'
        text = given.text or ('v{version}' if fixed else '{projectName}@{version}')
        form = forms.translated(text, {'version': '{version}', 'projectName': '{name}'})
        if form is None:
            forms.no_tag(work, given)
        elif fixed and '{name}' not in form:
            work.lockstep(space, form, why)
        else:
            work.apart(space)
            forms.tags(work, space, names, lambda name: form.replace('{name}', name), why)
            if fixed and len(space.released) > 1:
                work.lockstep(space, None, why)
        return
    for group in groups:
        _group_tags(work, space, top, group)
    work.drop((*space.at, 'groups'))
    for group in groups:
        _group(work, space, top, group)


def _inside(work: Work, space: Space, group: Node) -> list[Member]:
    return [member for each, member in _members(work, group.get('projects')) if each.label == space.label]


def _fixed(top: Node, group: Node) -> bool:
    relation = group.get('projectsRelationship')
    return (relation if relation.text else top.get('projectsRelationship')).text != 'independent'


def _group(work: Work, space: Space, top: Node, group: Node) -> None:
    members = _inside(work, space, group)
    name = re.sub('[^a-z0-9]+', '-', str(group.keys[-1]).lower()).strip('-')
    if members:
        versioning = 'fixed' if _fixed(top, group) else 'independent'
        value = {'packages': [glob(member.name) for member in members], 'versioning': versioning}
        work.set((*space.at, 'groups', name if name[:1].isalpha() else f'group-{name}'), value, group)


def _group_tags(work: Work, space: Space, top: Node, group: Node) -> None:
    """Tags name a package, so that one of a whole group has to be made again for each of its packages."""
    members = _inside(work, space, group)
    if not members:
        return
    given = _pattern(group) if _pattern(group).text else _pattern(top)
    text = given.text or ('{releaseGroupName}-v{version}' if _fixed(top, group) else '{projectName}@{version}')
    words = {'version': '{version}', 'projectName': '{name}', 'releaseGroupName': forms.escaped(str(group.keys[-1]))}
    form, why = forms.translated(text, words), given if given.text else group
    if form is not None and '{name}' in form:
        names = {member.path: member.name for member in members}
        forms.tags(work, space, names, lambda word: form.replace('{name}', word), why)
        return
    for member in members:
        after = space.tag.replace('{name}', member.name).replace('{path}', member.path)
        forms.again(work, member, form or text, after, why)


def _space(work: Work, space: Space, top: Node) -> None:
    for key in (('version', 'updateDependents'), ('version', 'generatorOptions', 'updateDependents')):
        if top.get(*key).text == 'never':
            work.set((*space.at, 'version', 'propagate'), 'none', top.get(*key))
    for key in (('version', 'versionPrefix'), ('version', 'generatorOptions', 'versionPrefix')):
        prefix = top.get(*key)
        if prefix.text == '^' and len(space.released) > 1:
            work.set((*space.at, 'pin'), 'compatible', prefix)
        elif prefix.value is not None and prefix.text not in {'auto', '^'}:
            work.lacks(
                prefix,
                f'wrote requirements with `{prefix.text}` before them',
                '`pin` says how released packages require each other.',
            )
    zero = top.get('version', 'adjustSemverBumpsForZeroMajorVersion')
    if zero.value is not True and any(
        member.version is None or member.version.startswith('0.') for member in space.released
    ):
        work.set((*space.at, 'version', 'major_on_zero'), True, 'nx knows no rules for 0.x unless it is told')
    projects, whole = top.get('changelog', 'projectChangelogs'), top.get('changelog', 'workspaceChangelog')
    path = projects.get('file').text.removeprefix('{projectRoot}/')
    if projects.value:
        work.set((*space.at, 'changelog', 'path'), path if path and '{' not in path else 'CHANGELOG.md', projects)
    else:
        work.set(
            (*space.at, 'changelog'), False, projects if projects.value is False else 'nx writes none for each package'
        )
    if whole.value is not False and not (top.get('projectsRelationship').text == 'independent' or top.has('groups')):
        work.lacks(
            whole,
            'wrote one changelog for all packages',
            'Each package has its own; `changelog: {path: CHANGELOG.md}` writes them.',
            'changelog.workspaceChangelog',
        )


def _commits(work: Work, top: Node) -> None:
    plans = next(
        (
            node
            for node in (
                top.get('versionPlans'),
                *(group.get('versionPlans') for _, group in top.get('groups').items()),
            )
            if node.value
        ),
        None,
    )
    if plans is not None:
        # Version plans have the form of changesets: packages and levels, and below them the text.
        work.set(('commits', 'convention'), 'changesets', plans)
        work.set(('commits', 'changesets'), '.nx/version-plans', plans)
    types = top.get('conventionalCommits', 'types')
    levels = dict(_LEVELS)
    sections: dict[str, list[str]] = {}
    for word, rule in types.items():
        levels.pop(word, None)
        if rule.value is False:
            continue
        bump = rule.get('semverBump').text or _LEVELS.get(word, 'patch')
        if bump in {'major', 'minor', 'patch'}:
            levels[word] = bump
        title = rule.get('changelog', 'title').text
        if title and rule.get('changelog', 'hidden').value is not True:
            sections.setdefault(title, []).append(word)
    forms.types(work, levels, types if types.value else 'what nx counts')
    for space in work.ground.spaces:
        if sections and top.get('changelog', 'projectChangelogs').value:
            work.set((*space.at, 'changelog', 'sections'), sections, types)


def _git(work: Work, top: Node) -> None:
    words = {'version': '{version}', 'projectName': '{name}'}
    tables = [top.get('git'), top.get('version', 'git'), top.get('changelog', 'git')]
    for table in tables:
        work.read(table, _GIT)
    message = next((table.get('commitMessage') for table in tables if table.get('commitMessage').text), None)
    if message is not None:
        forms.message(work, message, words)
    tag = next((table.get('tagMessage') for table in tables if table.get('tagMessage').text), None)
    if tag is not None and (text := forms.translated(tag.text, words)):
        work.set(('git', 'tag_message'), text, tag)


NX = Tool('nx', (), _carry, _owns, ('nx.json',))
