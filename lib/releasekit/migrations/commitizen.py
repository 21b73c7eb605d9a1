# SPDX-License-Identifier: Apache-2.0
"""commitizen: `[tool.commitizen]` of pyproject.toml, or .cz and cz files in TOML, JSON and YAML.

https://commitizen-tools.github.io/commitizen/config/option/ and /config/bump/ say what the keys mean,
/customization/config_file/ what those of `customize` do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from releasekit.core.paths import join, parent
from releasekit.migrations import forms
from releasekit.migrations.base import Rules, Space, Tool, Without, Work
from releasekit.migrations.read import read
from releasekit.migrations.tree import Node, Source

_HOOKS = 'Write it as a task, and name the task in `hooks`, such as `{0}`.'
_READ = (
    'name', 'version', 'version_files', 'version_provider', 'version_scheme', 'tag_format',
    'update_changelog_on_bump', 'changelog_file', 'changelog_format', 'bump_message', 'gpg_sign', 'annotated_tag',
    'major_version_zero', 'customize', 'ignored_tag_formats', 'changelog_incremental',
)  # fmt: skip
_TOLD = (
    'style', 'use_shortcuts', 'allow_abort', 'allowed_prefixes', 'retry_after_failure', 'encoding',
    'message_length_limit', 'annotated_tag_message', 'always_signoff', 'breaking_change_exclamation_in_title',
    'commits_parser', 'extra',
)  # fmt: skip
_KEYS: Rules = {
    **dict.fromkeys(_READ, None),
    # What only concerns the writing and checking of messages.
    **dict.fromkeys(_TOLD, None),
    'pre_bump_hooks': Without('ran commands before a bump', _HOOKS.format('before-bump'), ([],)),
    'post_bump_hooks': Without('ran commands after a bump', _HOOKS.format('after-bump'), ([],)),
    'legacy_tag_formats': Without(
        'read tags of other forms too', 'Tags have one form; tag the last release once more in it.', ([],)
    ),
    'prerelease_offset': Without('began prereleases at another number', 'They begin at the first.', (0,)),
    'changelog_start_rev': Without(
        'began the changelog there', 'Write `commits: since`; what is written already stays.'
    ),
    'changelog_merge_prerelease': Without(
        'gathered prereleases in the changelog', 'The stable version has what its candidates had.', (False,)
    ),
    'template': Without('wrote changelogs with a template of your own', 'Write one for `changelog: template`.'),
    'extras': Without('gave words to the template', 'Write one for `changelog: template`.', ({},)),
}
# https://commitizen-tools.github.io/commitizen/commands/bump/: what its own rules say.
_LEVELS = {'feat': 'minor', 'fix': 'patch', 'perf': 'patch', 'refactor': 'patch'}
_NAMES = frozenset({'', 'cz_conventional_commits', 'cz_customize'})
_MANIFESTS = frozenset({'pyproject.toml', 'package.json', 'Cargo.toml', 'setup.py'})
# The parts of a version behind its numbers are in the version already.
_TAG_WORDS = {'version': '{version}', 'major': '{major}', 'minor': '{minor}', 'patch': '{patch}'}
_WHOLE = re.compile(r'\$\{?major\}?\.\$\{?minor\}?\.\$\{?patch\}?(?:\$\{?prerelease\}?)?(?:\$\{?devrelease\}?)?')
_MESSAGE = {'new_version': '{version}'}


def _owns(source: Source) -> bool:
    return source.name != 'pyproject.toml' or '[tool.commitizen' in source.text


def _carry(work: Work, sources: Sequence[Source]) -> None:
    for source in sources:
        node = read(source)
        node = node.get('tool', 'commitizen') if node.has('tool') else node.get('commitizen')
        work.read(node, _KEYS)
        for space in work.ground.around(source.path):
            _space(work, space, node, source)
        _commits(work, node)
        message = node.get('bump_message')
        forms.message(work, message, _MESSAGE, forms.DOLLAR)
        if node.get('gpg_sign').value is True:
            work.set(('git', 'sign'), 'tags', node.get('gpg_sign'))


def _space(work: Work, space: Space, node: Node, source: Source) -> None:
    given = node.get('tag_format')
    tag = forms.translated(_WHOLE.sub('$version', given.text or '$version'), _TAG_WORDS, forms.DOLLAR)
    if tag is None or '{' not in tag:
        forms.no_tag(work, given)
    else:
        folder = parent(source.path)
        members = [each for each in space.released if each.path == folder] if folder != '.' else space.released
        names = {member.path: member.name for member in members}
        forms.tags(work, space, names, lambda _: tag, given if given.text else node)
    zero = node.get('major_version_zero')
    below = any(member.version is None or member.version.partition('.')[0] == '0' for member in space.released)
    if below and zero.value is not True:
        work.set((*space.at, 'version', 'major_on_zero'), True, 'major_version_zero is off')
    update, path = node.get('update_changelog_on_bump'), node.get('changelog_file')
    form = node.get('changelog_format').text or ('' if path.text.endswith('.md') else path.text.rpartition('.')[2])
    if update.value is not True:
        work.set(
            (*space.at, 'changelog'), False, update if update.value is False else 'without update_changelog_on_bump'
        )
    elif form not in {'', 'markdown'}:
        work.set((*space.at, 'changelog'), False, path)
        work.lacks(
            path,
            f'was a changelog in {form}',
            'Changelogs are Markdown; name a file that ends with .md in `changelog: path`.',
        )
    else:
        work.set((*space.at, 'changelog', 'path'), path.text or 'CHANGELOG.md', path if path.text else update)
    if node.get('version_scheme').text in {'semver', 'semver2'} and space.ecosystem == 'python':
        work.lacks(
            node.get('version_scheme'),
            'wrote versions as SemVer does',
            'Versions of Python packages are those of PEP 440.',
        )
    for each in node.get('version_files').each():
        _file(work, space, each, parent(source.path))


def _file(work: Work, space: Space, node: Node, folder: str) -> None:
    """A file, or a glob of files, and behind a colon a regular expression of the lines that have the version."""
    path, _, expression = node.text.partition(':')
    if path in _MANIFESTS:
        return
    if '*' in path:
        forms.missing(work, node, path)
        return
    patterns = forms.assignment(expression) if re.fullmatch(r'\w+', expression) else ()
    if not expression:
        patterns = (*forms.assignment('__version__'), *forms.assignment('version'))
    line = f'^.*(?:{expression}).*?({forms.VERSION})' if expression and _compiles(expression) else f'({forms.VERSION})'
    work.file(space, join(folder, path), (*patterns, line), node)


def _compiles(expression: str) -> bool:
    try:
        return re.compile(expression).groups == 0
    except re.error:
        return False


def _commits(work: Work, node: Node) -> None:
    name = node.get('name')
    if name.text not in _NAMES:
        work.lacks(
            name,
            f'read commits by the rules {name.text}',
            'Commits are read as https://www.conventionalcommits.org says; give their types in `commits: types`.',
        )
        return
    custom = node.get('customize')
    given = custom.get('bump_map')
    levels: dict[str, str] = {}
    for expression, level in given.items():
        words = re.fullmatch(r'\^?\(?([a-z|]+)\)?(?:\\?:.*|\$)?', expression)
        if words is not None and level.text.lower() in {'major', 'minor', 'patch'}:
            levels |= dict.fromkeys(words[1].split('|'), level.text.lower())
        elif not re.search(r'!|BREAKING', expression):
            work.lacks(
                level, f'made commits that fit `{expression}` {level.text}', 'Levels go by type, in `commits: types`.'
            )
    if given.value is None:
        forms.types(work, _LEVELS, 'what commitizen counts')
    else:
        forms.types(work, levels, given)
    for key in ('change_type_map', 'changelog_pattern', 'change_type_order'):
        if custom.get(key).value is not None:
            work.lacks(
                custom.get(key), 'shaped the sections of changelogs', 'Give titles to types in `changelog: sections`.'
            )


COMMITIZEN = Tool(
    'commitizen',
    ('.cz.toml', 'cz.toml', '.cz.json', 'cz.json', '.cz.yaml', 'cz.yaml'),
    _carry,
    _owns,
    ('pyproject.toml',),
    inner=True,
)
