# SPDX-License-Identifier: Apache-2.0
"""python-semantic-release: `[tool.semantic_release]` of pyproject.toml, or releaserc.toml and releaserc.json.

https://python-semantic-release.readthedocs.io/en/latest/configuration/configuration.html says what the keys mean.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from releasekit.core.paths import join, parent
from releasekit.migrations import forms
from releasekit.migrations.base import Member, Rules, Space, Tool, Without, Work
from releasekit.migrations.read import read
from releasekit.migrations.tree import Node, Source

_FORGE = 'Releases of the forge are not configured in release.yaml; make them in the job that runs the release.'
_LOG = 'The section of each type is in `changelog: sections`.'
_KEYS: Rules = {
    **dict.fromkeys(
        (
            'version_toml', 'version_variables', 'version_variable', 'tag_format', 'commit_parser',
            'commit_parser_options', 'branches', 'branch', 'changelog', 'commit_message', 'commit_subject',
            'commit_author', 'major_on_zero', 'allow_zero_version', 'remote', 'build_command', 'publish',
            'logging_use_named_masks', 'repo_dir', 'upload_to_pypi', 'upload_to_repository', 'changelog_file',
        ),
        None,
    ),
    'assets': Without(
        'committed these files too', 'What the steps of the release write is committed, and nothing else.', ([],)
    ),
    'build_command_env': Without(
        'gave the build these variables', 'Write them into `build: env` of the workspace.', ([],)
    ),
    # A release happens in a worktree whose hooks are off.
    'no_git_verify': None,
    'add_partial_tags': Without(
        'moved tags such as v1 along', 'Move them in a task, named in `hooks: after-release`.', (False,)
    ),
    'upload_to_vcs_release': Without('put files into a release on the forge', _FORGE, (False,)),
    'upload_to_release': Without('put files into a release on the forge', _FORGE, (False,)),
    'hvcs': Without('was the forge', 'It is read from the address of the remote.'),
}  # fmt: skip
_CHANGELOG: Rules = {
    **dict.fromkeys(('changelog_file', 'default_templates', 'mode', 'insertion_flag'), None),
    'template_dir': Without(
        'wrote changelogs with templates of your own',
        'The words in them are others; write one anew when `changelog: template` can take it.',
        ('templates',),
    ),
    'exclude_commit_patterns': Without('left commits out of the changelog', _LOG, ([],)),
    'environment': Without('configured the templates', 'There is nothing to configure.'),
}
_OPTIONS: Rules = {
    **dict.fromkeys(
        (
            'minor_tags', 'patch_tags', 'allowed_tags', 'other_allowed_tags', 'parse_squash_commits',
            'ignore_merge_commits', 'path_filters', 'default_bump_level',
        ),
        None,
    ),
    'major_tags': Without('made types major', 'Only a breaking mark is major, unless `commits: types` says so.'),
    'scope_prefix': Without(
        'counted commits by a prefix of their scope', 'Commits count by the folders that they touch.', ('',)
    ),
}  # fmt: skip
_PARSERS = frozenset({'', 'conventional', 'conventional-monorepo', 'angular'})
# Builds that are what releasekit does by itself.
_BUILDS = re.compile(r'(?:(?:uv|poetry|hatch|pdm|flit) build|python3? -m build)(?: -\S+)*')
_MINOR, _PATCH = ('feat',), ('fix', 'perf')


def _owns(source: Source) -> bool:
    return source.name != 'pyproject.toml' or '[tool.semantic_release' in source.text


def _carry(work: Work, sources: Sequence[Source]) -> None:
    found = [(source, _table(read(source))) for source in sources]
    for source, node in found:
        work.read(node, _KEYS)
        _commits(work, node)
        _branches(work, node)
        _texts(work, node)
        for space in work.ground.around(source.path):
            inner = [member for member in space.released if member.path == parent(source.path)]
            _space(work, space, node, parent(source.path), inner or space.released)
    for space in work.ground.spaces:
        own = {
            member.path: (tag, node.get('tag_format'))
            for source, node in found
            for member in space.released
            if member.path == parent(source.path) and (tag := _tag(work, node))
        }
        if len(own) > 1:
            forms.own_tags(work, space, own)
        for _, node in found if len(own) <= 1 else ():
            names = {member.path: member.name for member in space.released}
            if (tag := _tag(work, node)) is not None:
                given = node.get('tag_format') if node.has('tag_format') else node
                forms.tags(work, space, names, lambda _, tag=tag: tag, given)


def _table(node: Node) -> Node:
    inner = node.get('tool', 'semantic_release')
    return inner if inner.value is not None else node.get('semantic_release')


def _tag(work: Work, node: Node) -> str | None:
    given = node.get('tag_format')
    tag = forms.translated(given.text or 'v{version}', {'version': '{version}'})
    if tag is None or '{version}' not in tag:
        forms.no_tag(work, given)
        return None
    return tag


def _space(work: Work, space: Space, node: Node, folder: str, members: Sequence[Member]) -> None:
    below = any(member.version is None or member.version.partition('.')[0] == '0' for member in members)
    zero = node.get('allow_zero_version')
    if zero.value is False:
        work.set((*space.at, 'version', 'initial'), '1.0.0', zero)
    if below and node.get('major_on_zero').value is not False:
        work.set((*space.at, 'version', 'major_on_zero'), True, 'what python-semantic-release does by itself')
    for key, place in (('version_toml', _toml), ('version_variables', _variable), ('version_variable', _variable)):
        for each in [*node.get(key).each()] or [node.get(key)]:
            if each.text:
                place(work, space, each, folder)
    log = node.get('changelog')
    work.read(log, _CHANGELOG)
    path = log.get('default_templates', 'changelog_file')
    path = next((each for each in (path, log.get('changelog_file'), node.get('changelog_file')) if each.text), path)
    if path.text.endswith('.rst'):
        work.set((*space.at, 'changelog'), False, path)
        work.lacks(
            path,
            'was a changelog in reStructuredText',
            'Changelogs are Markdown; name a file that ends with .md in `changelog: path`.',
        )
    else:
        why = path if path.text else 'where python-semantic-release writes it by itself'
        work.set((*space.at, 'changelog', 'path'), path.text or 'CHANGELOG.md', why)


def _toml(work: Work, space: Space, node: Node, folder: str) -> None:
    path, _, key = node.text.partition(':')
    key, _, form = key.partition(':')
    if path.endswith('pyproject.toml') and key in {'project.version', 'tool.poetry.version'}:
        return
    pattern = forms.key('toml', key)
    if not pattern or form == 'tf':
        forms.missing(work, node, node.text)
    else:
        work.file(space, join(folder, path), pattern, node)


def _variable(work: Work, space: Space, node: Node, folder: str) -> None:
    for text in node.text.split(','):
        path, _, name = text.strip().partition(':')
        name, _, form = name.partition(':')
        if not name or form == 'tf':
            forms.missing(work, node, text.strip())
        else:
            work.file(space, join(folder, path), forms.assignment(name), node)


def _commits(work: Work, node: Node) -> None:
    parser, options = node.get('commit_parser'), node.get('commit_parser_options')
    if parser.text not in _PARSERS:
        work.lacks(
            parser,
            f'read commits by the parser {parser.text}',
            'Commits are read as https://www.conventionalcommits.org says; give their types in `commits: types`.',
        )
        return
    work.read(options, _OPTIONS)
    minor, patch = options.get('minor_tags'), options.get('patch_tags')
    if minor.value is not None or patch.value is not None:
        levels = dict.fromkeys(patch.texts if patch.value is not None else _PATCH, 'patch')
        levels = {**dict.fromkeys(minor.texts if minor.value is not None else _MINOR, 'minor'), **levels}
        forms.types(work, levels, minor if minor.value is not None else patch)
    else:
        forms.types(work, {'feat': 'minor', 'fix': 'patch', 'perf': 'patch'}, 'what python-semantic-release counts')
    for path in options.get('path_filters').each():
        if path.text not in {'.', './'}:
            work.lacks(
                path,
                f'counted commits that touch {path.text}',
                'Commits in the folder of a package count for it; name more in `also` of the package.',
            )
    if options.get('default_bump_level').value:
        work.lacks(
            options.get('default_bump_level'), 'gave all other commits a level', 'Name their types in `commits: types`.'
        )


def _branches(work: Work, node: Node) -> None:
    if node.get('branch').text:
        work.set(('project', 'branch'), node.get('branch').text, node.get('branch'))
    groups = [group for _, group in node.get('branches').items()]
    found: dict[str, object] = {}
    for group in groups:
        match = group.get('match')
        globs = forms.branch_globs(match.text)
        pre = group.get('prerelease').value is True
        if globs is None:
            forms.no_branch(work, match, match.text)
            continue
        plain = [glob for glob in globs if '*' not in glob]
        if not pre and plain and work.ground.branch not in plain:
            work.set(('project', 'branch'), plain[0], match)
        if len(groups) == 1 and not pre:
            continue
        token = forms.prerelease(work, group.get('prerelease_token').text or 'rc', group) if pre else None
        if pre and token is None:
            continue
        for glob in globs if pre else [next((each for each in plain if each == work.ground.branch), globs[0])]:
            value = {'channel': token, 'prerelease': token} if token else {'channel': 'latest'}
            found[glob] = value
    if found:
        work.set(('branches',), found, node.get('branches'))


def _texts(work: Work, node: Node) -> None:
    given = node.get('commit_message') if node.has('commit_message') else node.get('commit_subject')
    forms.message(work, given, {'version': '{version}'})
    author = node.get('commit_author')
    if re.fullmatch(r'[^<>\r\n]+ <[^<>\s]+>', author.text):
        work.set(('git', 'author'), author.text, author)
    remote = node.get('remote')
    if remote.get('name').text not in {'', 'origin'}:
        work.set(('project', 'remote'), remote.get('name').text, remote.get('name'))
    for key, each in remote.items():
        if key not in {'name', 'type', 'token'}:
            work.lacks(each, 'configured the forge', 'The address of the remote says where it is.')
    build = node.get('build_command')
    if build.text and not _BUILDS.fullmatch(build.text.strip()):
        work.lacks(
            build,
            f'built with `{build.text.strip().splitlines()[0]}`',
            'Packages are built by the tool of the workspace; what must run before is `build: setup`.',
        )
    for key, each in node.get('publish').items():
        work.lacks(each, 'put files into a release on the forge', _FORGE, f'publish.{key}')


PYTHON_SEMANTIC_RELEASE = Tool(
    'python-semantic-release',
    ('releaserc.toml', 'releaserc.json', '.releaserc.toml'),
    _carry,
    _owns,
    ('pyproject.toml',),
    inner=True,
)
