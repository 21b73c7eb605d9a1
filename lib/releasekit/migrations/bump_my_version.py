# SPDX-License-Identifier: Apache-2.0
"""bump-my-version, and bumpversion and bump2version before it: TOML or INI, in files of their own or in manifests.

https://callowayproject.github.io/bump-my-version/reference/configuration/ says where it looks and what the keys mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from releasekit.core.paths import join, parent
from releasekit.migrations import forms
from releasekit.migrations.base import Rules, Space, Tool, Without, Work
from releasekit.migrations.read import read
from releasekit.migrations.tree import Node, Source

_HOOKS = 'Write it as a task, and name the task in `hooks`, such as `{0}`.'
_NONE = ('', [], False, 'False', 'false')
_READ = (
    'current_version', 'files', 'message', 'tag_name', 'tag_message', 'sign_tags', 'tag', 'commit', 'search',
    'replace', 'regex', 'parse', 'serialize', 'allow_dirty', 'ignore_missing_files', 'ignore_missing_version',
    'no_configured_files', 'scm_info', 'new_version', 'no_regex',
)  # fmt: skip
_KEYS: Rules = {
    **dict.fromkeys(_READ, None),
    'parts': Without(
        'said which parts a version has',
        'Versions are those of the ecosystem: numbers, and prereleases by name.',
        ({},),
    ),
    'commit_args': Without(
        'gave these arguments to `git commit`',
        '`git: sign` and `git: author` say what can be said; hooks are off.',
        _NONE,
    ),
    'moveable_tags': Without(
        'moved tags such as v1 along', 'Move them in a task, named in `hooks: after-release`.', _NONE
    ),
    'setup_hooks': Without('ran commands before it began', _HOOKS.format('before-bump'), _NONE),
    'pre_commit_hooks': Without('ran commands before the commit', _HOOKS.format('before-commit'), _NONE),
    'post_commit_hooks': Without('ran commands after the commit', _HOOKS.format('after-commit'), _NONE),
}
_MANIFESTS = frozenset({'pyproject.toml', 'package.json', 'Cargo.toml', 'setup.py', 'setup.cfg'})
_TRUE = (True, 'True', 'true', '1', 'yes', 'on')
_USUAL = r'(?P<major>\d+)\.(?P<minor>\d+)\.(?P<patch>\d+)'
_WORDS: Mapping[str, str] = {
    'new_version': '{version}',
    'new_major': '{major}',
    'new_minor': '{minor}',
    'new_patch': '{patch}',
}
_SECTION = re.compile(r'bumpversion:(?P<kind>file|glob)(?:\s*\([^)]*\))?:(?P<path>.+)')


def _owns(source: Source) -> bool:
    words = {'pyproject.toml': '[tool.bumpversion', 'Cargo.toml': 'bumpversion]', 'setup.cfg': '[bumpversion'}
    return source.name not in words or words[source.name] in source.text


def _carry(work: Work, sources: Sequence[Source]) -> None:
    for source in sources:
        node = read(source)
        table = next(
            (each for each in (node.get('tool', 'bumpversion'), node.get('bumpversion')) if each.value is not None),
            node,
        )
        work.read(table, _KEYS)
        work.lacks(
            table,
            'was told the level of each release by hand',
            'Commits say it, as https://www.conventionalcommits.org has them; `--bump PACKAGE=LEVEL` says otherwise.',
            'levels',
        )
        for space in work.ground.around(source.path):
            _space(work, space, table, source)
            for file in _files(node, table):
                _file(work, space, file, parent(source.path))
        _texts(work, table)


def _files(node: Node, table: Node) -> Iterator[tuple[str, Node]]:
    """The files with their own settings: tables of TOML, or sections of INI."""
    for each in table.get('files').each():
        yield each.get('filename').text or each.get('glob').text, each
    for name, section in node.items():
        if (found := _SECTION.fullmatch(name)) is not None:
            yield found['path'], section
    for path in table.get('files').text.split():
        yield path, table


def _space(work: Work, space: Space, table: Node, source: Source) -> None:
    given = table.get('tag_name')
    tag = forms.translated(given.text or 'v{new_version}', _WORDS)
    if tag is None or '{' not in tag:
        forms.no_tag(work, given)
    else:
        folder = parent(source.path)
        members = [each for each in space.released if each.path == folder] if folder != '.' else space.released
        names = {member.path: member.name for member in members}
        forms.tags(work, space, names, lambda _: tag, given if given.text else table)
    if table.get('tag').value not in _TRUE:
        where = table.get('tag') if table.has('tag') else table
        work.lacks(where, 'made no tags', 'releasekit tags each release; tag the last one, so that it is found.', 'tag')
    parse = table.get('parse')
    if parse.text and parse.text != _USUAL and re.search(r'release|year|YYYY|month', parse.text):
        work.lacks(
            parse,
            f'read versions by `{parse.text}`',
            'Versions are read by their scheme; for dates write `version: {scheme: calver, format: …}`.',
        )


def _file(work: Work, space: Space, file: tuple[str, Node], folder: str) -> None:
    path, node = file
    search = node.get('search').text or '{current_version}'
    replace = node.get('replace').text
    if path.rpartition('/')[2] in _MANIFESTS and '{current_version}' in search and not node.has('key_path'):
        return
    changed = replace and replace.replace('{new_version}', '{current_version}') != search
    if '{current_version}' not in search or changed or '*' in path or node.get('regex').value in _TRUE:
        forms.missing(work, node, path)
        return
    before, _, after = search.partition('{current_version}')
    pattern = f'{_literal(before)}({forms.VERSION}){_literal(after)}'
    named = search != '{current_version}'
    usual = () if named else (*forms.assignment('__version__'), *forms.assignment('version'))
    work.file(space, join(folder, path), (*usual, pattern), node)


def _literal(text: str) -> str:
    """A pattern that fits this text, with nothing escaped that need not be."""
    return re.sub(r'[\\.^$*+?{}\[\]|()]', r'\\\g<0>', text).replace('\n', r'\n')


def _texts(work: Work, table: Node) -> None:
    forms.message(work, table.get('message'), _WORDS)
    tag = table.get('tag_message')
    if tag.text and (text := forms.translated(tag.text, _WORDS)) is not None:
        work.set(('git', 'tag_message'), text, tag)
    elif tag.text:
        work.lacks(tag, f'is the message of tags, `{tag.text}`', 'Write `git: tag_message` with {name} and {version}.')
    if table.get('sign_tags').value in _TRUE:
        work.set(('git', 'sign'), 'tags', table.get('sign_tags'))


BUMP_MY_VERSION = Tool(
    'bump-my-version',
    ('.bumpversion.toml', '.bumpversion.cfg'),
    _carry,
    _owns,
    ('pyproject.toml', 'setup.cfg', 'Cargo.toml'),
    inner=True,
)
