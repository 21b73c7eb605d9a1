# SPDX-License-Identifier: Apache-2.0
"""release-please: release-please-config.json and its manifest.

https://github.com/googleapis/release-please/blob/main/docs/manifest-releaser.md and schemas/config.json there say what
the keys mean, docs/customizing.md what the updaters and versioning strategies do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from releasekit.core.paths import join
from releasekit.migrations import forms
from releasekit.migrations.base import Member, Rules, Space, Tool, Without, Work, glob
from releasekit.migrations.read import read
from releasekit.migrations.tree import Node, Source

CONFIG, MANIFEST = 'release-please-config.json', '.release-please-manifest.json'
# The sections of its own changelogs, and the types that it shows there: only those make a release.
_SECTIONS: Mapping[str, str] = {
    'feat': 'Features',
    'feature': 'Features',
    'fix': 'Bug Fixes',
    'perf': 'Performance Improvements',
    'deps': 'Dependencies',
    'revert': 'Reverts',
}
_MINOR = frozenset({'feat', 'feature'})
_ANNOTATED = (rf'({forms.VERSION})[^\n]*x-release-please-version',)
_PULL = 'The release pull request is what releasekit makes of it; its title and labels are not configured.'
_FORGE = 'Releases of the forge are not configured in release.yaml; make them in the job that runs the release.'
_OPTIONS: Rules = {
    **dict.fromkeys(
        (
            'release-type',
            'component',
            'package-name',
            'include-component-in-tag',
            'include-v-in-tag',
            'tag-separator',
            'bump-minor-pre-major',
            'changelog-sections',
            'changelog-path',
            'skip-changelog',
            'extra-files',
            'initial-version',
            'include-commit-authors',
            'version-file',
            'additional-paths',
            'prerelease-type',
            'versioning',
        ),
        None,
    ),
    'bump-patch-for-minor-pre-major': Without(
        'made a feature of a 0.x version a patch',
        'Write `commits: types: {feat: patch}` until 1.0.0; it holds for all packages.',
        (False,),
    ),
    'release-as': Without(
        'set the next version', 'Write `Release-As: 1.2.3` in a commit, or give `--set PACKAGE=1.2.3` once.'
    ),
    'skip-github-release': Without('made no tags and no releases on the forge', 'releasekit always tags.', (False,)),
    'draft': Without('made a draft of the release on the forge', _FORGE, (False,)),
    'force-tag-creation': Without('tagged drafts as well', 'releasekit always tags.', (False,)),
    'prerelease': Without('marked the release on the forge as a prerelease', _FORGE, (False,)),
    'draft-pull-request': Without('opened the pull request as a draft', _PULL, (False,)),
    'label': Without('labelled the pull request', _PULL),
    'release-label': Without('labelled the pull request after the release', _PULL),
    'extra-label': Without('labelled the pull request', _PULL),
    'pull-request-title-pattern': Without('was the title of the pull request', _PULL),
    'pull-request-header': Without('stood above the text of the pull request', _PULL),
    'pull-request-footer': Without('stood below the text of the pull request', _PULL),
    'separate-pull-requests': Without('opened a pull request for each package', _PULL, (False,)),
    'changelog-type': Without('had the forge write the notes', 'The changelog is written from commits.', ('default',)),
    'changelog-host': Without('was the host of links in changelogs', 'Links go to the host of the remote.'),
    'exclude-paths': Without(
        'left commits out that touch only these paths', 'Every commit in the folder of a package counts for it.', ([],)
    ),
    'snapshot-label': Without('labelled pull requests of Java snapshots', 'There are none.'),
    'skip-snapshot': Without('made no Java snapshots', 'There are none.', (False,)),
}
_TOP: Rules = {
    **_OPTIONS,
    **dict.fromkeys(('$schema', 'packages', 'plugins', 'bootstrap-sha', 'last-release-sha'), None),
    **dict.fromkeys(
        ('always-link-local', 'release-search-depth', 'commit-search-depth', 'sequential-calls', 'always-update'), None
    ),
    'signoff': Without('signed the release commit off', 'Let `git: commit_message` end with the line itself.'),
    'group-pull-request-title-pattern': Without('was the title of a pull request for many packages', _PULL),
}
_Agreed = Callable[[str], Node]
_PLUGINS = frozenset({'node-workspace', 'cargo-workspace', 'maven-workspace'})


def _carry(work: Work, sources: Sequence[Source]) -> None:
    by_name = {source.name: read(source) for source in sources}
    top = by_name.get(CONFIG, Node({}, CONFIG))
    packages = top.get('packages')
    if not packages.value:
        # Without a configuration, the manifest says which packages there are.
        versions = by_name.get(MANIFEST.lstrip('.'), Node({}, MANIFEST))
        packages = Node({path: {} for path in versions.value or ()}, versions.file, (), versions.lines)
    work.read(top, _TOP)
    chosen: dict[str, dict[str, Node]] = {}
    for path, options in packages.items():
        work.read(options, _OPTIONS)
        if (pair := work.ground.at(path)) is None:
            kind = _option(top, options, 'release-type').text or 'node'
            work.lacks(
                options,
                f'released a package of the type {kind} in {path}',
                'No package of an ecosystem that release.yaml knows is there; a task can do what is left.',
            )
            continue
        chosen.setdefault(pair[0].label, {})[pair[1].path] = options
    work.only({label: frozenset(paths) for label, paths in chosen.items()}, packages)
    for space in work.ground.spaces:
        if space.label in chosen:
            _space(work, space, top, chosen[space.label])
    _commits(work, top)
    work.set(('mode',), 'pull-request', f'a pull request prepares what is released, by what is in {top.file}')


def _option(top: Node, package: Node, key: str) -> Node:
    """An option of a package, else that of all."""
    return package.get(key) if package.has(key) else top.get(key)


def _space(work: Work, space: Space, top: Node, packages: Mapping[str, Node]) -> None:
    members = [member for member in space.members if member.path in packages]

    def agreed(key: str) -> Node:
        found = work.agreed([_option(top, packages[member.path], key) for member in members])
        return found if found is not None else top.get(key)

    _tags(work, space, top, {member: packages[member.path] for member in members})
    if agreed('bump-minor-pre-major').value is not True and any(_below_one(member) for member in members):
        work.set((*space.at, 'version', 'major_on_zero'), True, 'bump-minor-pre-major is off')
    initial = agreed('initial-version')
    if initial.text:
        work.set((*space.at, 'version', 'initial'), initial.text, initial)
    plugins = {_kind(plugin) for plugin in top.get('plugins').each()}
    if len(members) > 1 and not plugins & _PLUGINS:
        work.set((*space.at, 'version', 'propagate'), 'none', 'no plugin bumps dependents')
    _changelog(work, space, agreed)
    for member in members:
        _files(work, space, member, packages[member.path])
        paths = packages[member.path].get('additional-paths')
        if paths.texts:
            globs = [path if '*' in path else f'{path.strip("/")}/**' for path in paths.texts]
            work.set((*space.at, 'packages', glob(member.name), 'also'), globs, paths)
    if 'linked-versions' in plugins:
        work.drop((*space.at, 'groups'))
    for plugin in top.get('plugins').each():
        _plugin(
            work, space, plugin, {member.path: _component(top, packages[member.path], member) for member in members}
        )
    _strategy(work, agreed)


def _tags(work: Work, space: Space, top: Node, packages: Mapping[Member, Node]) -> None:
    """Tags with the component before the version, or without it, which each package may say for itself."""
    bare = [
        member
        for member, options in packages.items()
        if _option(top, options, 'include-component-in-tag').value is False
    ]
    first = next(iter(packages.values()))
    sign = '' if _option(top, first, 'include-v-in-tag').value is False else 'v'
    between = _option(top, first, 'tag-separator').text or '-'
    keys = ('include-component-in-tag', 'tag-separator', 'include-v-in-tag')
    why = next((node for key in keys if (node := _option(top, first, key)).value is not None), top.get('packages'))
    named = {member.path: _component(top, options, member) for member, options in packages.items()}
    if len(bare) == len(packages) or space.fixed:
        plain = {member.path: member.name for member in bare}
        forms.tags(work, space, plain, lambda _: f'{sign}{{version}}', why)
    for member in bare if len(bare) < len(packages) and not space.fixed else ():
        forms.again(work, member, f'{sign}{{version}}', f'{member.name}{between}{sign}{{version}}', why)
    rest = {path: name for path, name in named.items() if path not in {member.path for member in bare}}
    if rest:
        forms.tags(work, space, rest, lambda name: f'{name}{between}{sign}{{version}}', why)


def _component(top: Node, package: Node, member: Member) -> str:
    """What tags call a package: its component, else its name without a scope."""
    given = package.get('component').text or package.get('package-name').text
    if given:
        return given
    node = (_option(top, package, 'release-type').text or 'node') == 'node'
    return member.name.rpartition('/')[2] if node else member.name


def _below_one(member: Member) -> bool:
    return member.version is None or member.version.partition('.')[0] == '0'


def _changelog(work: Work, space: Space, agreed: _Agreed) -> None:
    if (skip := agreed('skip-changelog')).value is True:
        work.set((*space.at, 'changelog'), False, skip)
        return
    path = agreed('changelog-path')
    if path.text:
        work.set((*space.at, 'changelog', 'path'), path.text, path)
    authors = agreed('include-commit-authors')
    if authors.value is True:
        work.set((*space.at, 'changelog', 'authors'), True, authors)
    given = agreed('changelog-sections')
    sections: dict[str, list[str]] = {}
    for word, title in _shown(given):
        if all(word not in words for words in sections.values()):
            sections.setdefault(title, []).append(word)
    work.set((*space.at, 'changelog', 'sections'), sections, given if given.value else 'what release-please shows')


def _shown(sections: Node) -> Iterator[tuple[str, str]]:
    """The types that changelogs show, with their sections."""
    if not sections.value:
        yield from _SECTIONS.items()
    for each in sections.each():
        if each.get('hidden').value is not True and each.get('type').text:
            yield each.get('type').text, each.get('section').text or each.get('type').text


def _commits(work: Work, top: Node) -> None:
    given = top.get('changelog-sections')
    levels = {word: 'minor' if word in _MINOR else 'patch' for word, _ in _shown(given)}
    forms.types(work, levels, given if given.value else 'what makes release-please release')
    for key in ('last-release-sha', 'bootstrap-sha'):
        if top.get(key).text:
            work.set(('commits', 'since'), top.get(key).text, top.get(key))
            return


def _files(work: Work, space: Space, member: Member, package: Node) -> None:
    if package.get('version-file').text:
        path = join(member.path, package.get('version-file').text)
        work.file(space, path, (rf'\A({forms.VERSION})\s*\Z', rf'v({forms.VERSION})'), package.get('version-file'))
    for each in package.get('extra-files').each():
        path = each.text or each.get('path').text
        # A path that begins with a slash counts from the root of the repository.
        path = path[1:] if path.startswith('/') else join(member.path, path)
        kind = each.get('type').text or 'generic'
        pattern = _ANNOTATED if kind == 'generic' else forms.key(kind, each.get('jsonpath').text)
        if each.get('glob').value is True or not pattern:
            forms.missing(work, each, f'{path} ({kind})')
        else:
            work.file(space, path, pattern, each)


def _kind(plugin: Node) -> str:
    return plugin.text or plugin.get('type').text


def _plugin(work: Work, space: Space, plugin: Node, names: Mapping[str, str]) -> None:
    kind = _kind(plugin)
    if kind == 'linked-versions':
        wanted = plugin.get('components').texts
        members = [member.name for member in space.members if names.get(member.path) in wanted]
        if members:
            name = ''.join(sign if sign.isalnum() else '-' for sign in plugin.get('groupName').text.lower()).strip('-')
            value = {'packages': members, 'versioning': 'fixed'}
            work.set((*space.at, 'groups', name if name[:1].isalpha() else f'group-{name}'), value, plugin)
    elif kind not in _PLUGINS:
        work.lacks(plugin, f'is the plugin {kind}', 'Nothing in release.yaml does what it did.', f'plugins: {kind}')
    if plugin.get('updateAllPackages').value is True:
        work.lacks(
            plugin.get('updateAllPackages'),
            'released all packages with every release',
            'Put them into a group with `versioning: fixed`.',
        )


def _strategy(work: Work, agreed: _Agreed) -> None:
    kind = agreed('versioning')
    if kind.text == 'prerelease':
        word = forms.prerelease(work, agreed('prerelease-type').text.partition('.')[0] or 'rc', kind)
        if word is not None:
            work.set(('branches', work.ground.branch or 'main'), {'prerelease': word}, kind)
    elif kind.text not in {'', 'default'}:
        work.lacks(
            kind,
            f'counted versions by the strategy {kind.text}',
            'Give levels to commit types in `commits: types`, or `--bump PACKAGE=LEVEL` for one release.',
        )


RELEASE_PLEASE = Tool('release-please', (CONFIG, MANIFEST), _carry)
