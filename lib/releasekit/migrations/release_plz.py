# SPDX-License-Identifier: Apache-2.0
"""release-plz: release-plz.toml, with or without a dot before it, or in .config.

https://release-plz.dev/docs/config says what the keys mean.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from releasekit.core.paths import join
from releasekit.migrations import forms
from releasekit.migrations.base import Member, Rules, Space, Tool, Without, Work, glob
from releasekit.migrations.read import read
from releasekit.migrations.tree import Node, Source

_FORGE = 'Releases of the forge are not configured in release.yaml; make them in the job that runs the release.'
_PULL = 'The release pull request is what releasekit makes of it; its name, text and labels are not configured.'
_CARGO = 'Crates are packed and uploaded as they are; what a build needs is `build: setup` and `build: env`.'
_READ = (
    'changelog_update', 'changelog_path', 'git_tag_name', 'publish', 'release', 'features_always_increment_minor',
    'git_tag_enable', 'git_only', 'name', 'version_group', 'changelog_include',
)  # fmt: skip
_TOLD = (
    'allow_dirty', 'release_always', 'max_analyze_commits', 'repo_url',
)  # fmt: skip
_MORE = (
    'commit_parsers', 'protect_breaking_commits', 'sort_commits', 'trim',
)  # fmt: skip
_OPTIONS: Rules = {
    **dict.fromkeys(_READ, None),
    'changelog_config': Without(
        'shaped changelogs by a file of git-cliff', 'Give titles to types in `changelog: sections`.'
    ),
    'custom_major_increment_regex': Without(
        'made commits major that fit it', 'Give levels to types in `commits: types`.'
    ),
    'custom_minor_increment_regex': Without(
        'made commits minor that fit it', 'Give levels to types in `commits: types`.'
    ),
    'git_release_enable': Without('made a release on the forge', _FORGE, (False,)),
    'git_release_name': Without('named the release on the forge', _FORGE),
    'git_release_body': Without('wrote the release on the forge', _FORGE),
    'git_release_type': Without('marked the release on the forge', _FORGE, ('prod',)),
    'git_release_draft': Without('made a draft of the release on the forge', _FORGE, (False,)),
    'git_release_latest': Without('marked the release on the forge as the latest', _FORGE, (True,)),
    'git_release_generate_notes': Without('had the forge write the notes', _FORGE, (False,)),
    'publish_allow_dirty': None,
    'publish_no_verify': Without('uploaded without building first', _CARGO, (False,)),
    'publish_features': Without('built with these features', _CARGO, ([],)),
    'publish_all_features': Without('built with all features', _CARGO, (False,)),
    'publish_timeout': Without('waited so long for the registry', 'Write `engine: patience`.'),
    'semver_check': Without(
        'raised the level where the API breaks, by cargo-semver-checks',
        'Write a check that runs `cargo semver-checks`; a break that no commit names stops the release then.',
        (False,),
    ),
}
_WORKSPACE: Rules = {
    **_OPTIONS,
    **dict.fromkeys(_TOLD, None),
    'dependencies_update': Without(
        'updated all dependencies with each release', 'Let a bot do it in commits of its own.', (False,)
    ),
    'pr_branch_prefix': Without('named the branch of the pull request', _PULL),
    'pr_draft': Without('opened the pull request as a draft', _PULL, (False,)),
    'pr_name': Without('named the pull request', _PULL),
    'pr_body': Without('wrote the pull request', _PULL),
    'pr_labels': Without('labelled the pull request', _PULL, ([],)),
    'release_commits': Without(
        'only released where a commit fits it', 'Only types in `commits: types` make a release.'
    ),
}
_CHANGELOG: Rules = {
    **dict.fromkeys(_MORE, None),
    'header': Without('stood at the top of changelogs', 'What stands at the top of a changelog stays there.'),
    'body': Without('wrote changelogs with a template of your own', 'Write one for `changelog: template`.'),
    'tag_pattern': Without('chose the tags that changelogs show', '`tag` says which tags are releases.'),
    'commit_preprocessors': Without(
        'changed messages before they were read', 'Write `commits: overrides` for single ones.'
    ),
    'link_parsers': Without('made links of words in messages', 'Nothing in release.yaml does.'),
    'postprocessors': Without('changed changelogs after they were written', 'Nothing in release.yaml does.'),
}
_TAG = {'package': '{name}', 'version': '{version}'}


def _carry(work: Work, sources: Sequence[Source]) -> None:
    top = read(sources[0])
    rules: Rules = {'workspace': None, 'package': None, 'changelog': None}
    work.read(top, rules)
    work.read(top.get('workspace'), _WORKSPACE)
    work.read(top.get('changelog'), _CHANGELOG)
    tables = {each.get('name').text: each for each in top.get('package').each()}
    for each in tables.values():
        work.read(each, _OPTIONS)
    for space in work.ground.spaces:
        if space.ecosystem == 'rust':
            _space(work, space, top, tables)
    work.lacks(
        top,
        'made any other commit in a package a patch',
        'Name the types that are to be patches in `commits: types`.',
        'levels',
    )
    work.set(('mode',), 'pull-request', f'a pull request prepares what is released, by what is in {top.file}')


def _option(top: Node, tables: Mapping[str, Node], member: Member, key: str) -> Node:
    """An option of a package, else that of all."""
    own = tables.get(member.name)
    return own.get(key) if own is not None and own.has(key) else top.get('workspace', key)


def _space(work: Work, space: Space, top: Node, tables: Mapping[str, Node]) -> None:
    for member in space.members:
        release = _option(top, tables, member, 'release')
        if release.value is False:
            work.drop((*space.at, 'packages', glob(member.name)))
            work.set((*space.at, 'packages', glob(member.name), 'release'), False, release)
    members = [each for each in space.released if _option(top, tables, each, 'release').value is not False]
    _tags(work, space, members, top, tables)
    _publish(work, space, members, top, tables)
    _groups(work, space, members, tables)
    logs = [_option(top, tables, member, 'changelog_update') for member in members]
    off = work.agreed(logs)
    if off is not None and off.value is False:
        work.set((*space.at, 'changelog'), False, off)
    else:
        _path(work, space, members, tables)
        _sections(work, space, top.get('changelog', 'commit_parsers'))
    features = [_option(top, tables, member, 'features_always_increment_minor') for member in members]
    below = any(member.version is None or member.version.startswith('0.') for member in members)
    if below and all(each.value is not True for each in features):
        work.lacks(
            top.get('workspace'),
            'made features of 0.x versions patches',
            'Write `commits: types: {feat: patch}` until 1.0.0; it holds for all packages.',
            'features_always_increment_minor',
        )
    for member in members:
        include = tables.get(member.name, Node({}, top.file)).get('changelog_include')
        paths = [f'{found[1].path}/**' for name in include.texts if (found := work.ground.named(name))]
        if paths:
            work.set((*space.at, 'packages', glob(member.name), 'also'), paths, include)


def _tags(work: Work, space: Space, members: Sequence[Member], top: Node, tables: Mapping[str, Node]) -> None:
    usual = '{{ package }}-v{{ version }}' if len(members) > 1 else 'v{{ version }}'
    nodes = {member.path: _option(top, tables, member, 'git_tag_name') for member in members}
    found: dict[str, tuple[str, Node]] = {}
    for member in members:
        node = nodes[member.path]
        form = forms.translated(node.text or usual, {**_TAG, 'package': forms.escaped(member.name)}, forms.DOUBLE)
        if form is None or '{version}' not in form:
            forms.no_tag(work, node)
            return
        found[member.path] = (form, node if node.text else top)
    if len({form for form, _ in found.values()}) == 1 and len(members) > 1:
        first = next(iter(found.values()))
        forms.tags(work, space, {member.path: member.name for member in members}, lambda _: first[0], first[1])
    else:
        forms.own_tags(work, space, found)


def _publish(work: Work, space: Space, members: Sequence[Member], top: Node, tables: Mapping[str, Node]) -> None:
    nodes = {member: _option(top, tables, member, 'publish') for member in members}
    off = [member for member, node in nodes.items() if node.value is False]
    if members and len(off) == len(members):
        work.set((*space.at, 'targets'), [], nodes[off[0]])
        return
    for member in off:
        work.set((*space.at, 'packages', glob(member.name), 'publish'), False, nodes[member])


def _groups(work: Work, space: Space, members: Sequence[Member], tables: Mapping[str, Node]) -> None:
    groups: dict[str, list[Node]] = {}
    for member in members:
        node = tables.get(member.name, Node({}, '')).get('version_group')
        if node.text:
            groups.setdefault(node.text, []).append(node)
    if groups:
        work.drop((*space.at, 'groups'))
    for name, nodes in groups.items():
        names = [each.name for each in members if tables.get(each.name, Node({}, '')).get('version_group').text == name]
        label = re.sub('[^a-z0-9]+', '-', name.lower()).strip('-')
        value = {'packages': [glob(each) for each in names], 'versioning': 'fixed'}
        work.set((*space.at, 'groups', label if label[:1].isalpha() else f'group-{label}'), value, nodes[0])


def _path(work: Work, space: Space, members: Sequence[Member], tables: Mapping[str, Node]) -> None:
    """The changelogs, each below its package; one for many packages has no equivalent."""
    found: dict[str, Node] = {}
    for member in members:
        node = tables.get(member.name, Node({}, '')).get('changelog_path')
        path = node.text.removeprefix('./')
        whole = '' if member.path == '.' else f'{member.path}/'
        if path and join(space.root, path).startswith(whole):
            found[join(space.root, path)[len(whole) :]] = node
        elif path:
            work.lacks(
                node,
                f'wrote the changelog of {member.name} to {path}',
                'Each package has its changelog in its own folder.',
            )
    path, why = next(iter(found.items()), ('CHANGELOG.md', None))
    work.set((*space.at, 'changelog', 'path'), path, why or 'where release-plz writes')
    for other, node in [*found.items()][1:]:
        work.lacks(node, f'wrote a changelog to {other}', f'A workspace has one path for all packages: {path}.')


def _sections(work: Work, space: Space, parsers: Node) -> None:
    sections: dict[str, list[str]] = {}
    for each in parsers.each():
        words = re.fullmatch(r'\^?\(?([a-z|]+)\)?(?:\\?\(.*\))?:?', each.get('message').text)
        if words is None and each.get('skip').value is not True:
            by = ', '.join(f'{key} `{value.text}`' for key, value in each.items() if key != 'group')
            work.lacks(each, f'gave a section to commits by {by}', 'Sections go by type, in `changelog: sections`.')
        elif words is not None and each.get('group').text and each.get('skip').value is not True:
            title = re.sub(r'<!--.*?-->', '', each.get('group').text).strip()
            taken = {word for listed in sections.values() for word in listed}
            sections.setdefault(title, []).extend(word for word in words[1].split('|') if word not in taken)
    if sections:
        work.set((*space.at, 'changelog', 'sections'), sections, parsers)


RELEASE_PLZ = Tool('release-plz', ('release-plz.toml', '.release-plz.toml', '.config/release-plz.toml'), _carry)
