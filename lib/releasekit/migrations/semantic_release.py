# SPDX-License-Identifier: Apache-2.0
"""semantic-release: .releaserc in any form, release.config.js as far as it is data, or `release` in package.json.

https://semantic-release.org/usage/configuration/ and /usage/workflow-configuration/ say what keys and branches mean,
the page of each plugin what its options do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from releasekit.migrations import forms, json5
from releasekit.migrations.base import Rules, Space, Tool, Without, Work
from releasekit.migrations.read import read
from releasekit.migrations.tree import Node, Source

_PACKAGE = 'package.json'
_JOB = 'Whoever runs it decides that: `--dry-run`, and the job of the CI.'
_STEPS = (
    'verifyConditions', 'analyzeCommits', 'verifyRelease', 'generateNotes', 'prepare', 'publish', 'addChannel',
    'success', 'fail',
)  # fmt: skip
_KEYS: Rules = {
    **dict.fromkeys(('$schema', 'branches', 'branch', 'tagFormat', 'plugins', 'repositoryUrl'), None),
    **dict.fromkeys(
        _STEPS, Without('named the plugins of a step', 'List them in `plugins`, or write what they did as a task.')
    ),
    'extends': Without('took its settings from a package', 'Write out what it sets, then migrate again.'),
    'dryRun': Without('only showed what would be released', _JOB, (False,)),
    'ci': Without('let it run elsewhere than in CI', _JOB, (True,)),
    'debug': Without('logged more', 'Give `--debug`.', (False,)),
}
# https://github.com/semantic-release/commit-analyzer#releaserules: what holds beside the rules of a team.
_LEVELS = {'feat': 'minor', 'fix': 'patch', 'perf': 'patch', 'revert': 'patch'}
_PRESETS = frozenset({'', 'angular', 'conventionalcommits'})
_FORGE = 'Releases of the forge are not made by a key of release.yaml; make them in the job that runs the release.'
_WORDS = {'version': '{version}', 'nextRelease.version': '{version}'}
_RANGE = re.compile(r'[0-9]+(?P<minor>\.[0-9]+)?\.x|[0-9]+\.x\.x')
_MAINTENANCE = '+([0-9])?(.{+([0-9]),x}).x'
# The levels that a maintenance branch allows: a range of minor versions takes patches only.
_BELOW = {True: ['patch'], False: ['minor', 'patch']}


def _owns(source: Source) -> bool:
    return source.suffix != 'toml' and (source.name != _PACKAGE or '"release"' in source.text)


def _carry(work: Work, sources: Sequence[Source]) -> None:
    for source in sources:
        try:
            node = read(source)
        except json5.NotPlainError as error:
            where = Node(None, source.path, (), {(): error.line})
            work.lacks(
                where,
                f'computes its settings: {error.what}',
                'Write them as data, in .releaserc.json, and migrate again; until then, what `init` finds is taken.',
            )
            continue
        node = node.get('release') if source.name == _PACKAGE else node
        if not isinstance(node.value, dict):
            continue
        work.read(node, _KEYS)
        for space in work.ground.around(source.path):
            _space(work, space, node)
        _branches(work, node)
        _commits(work, node)
        for plugin in _plugins(node):
            _plugin(work, *plugin)


def _space(work: Work, space: Space, node: Node) -> None:
    given = node.get('tagFormat')
    tag = forms.translated(given.text or 'v${version}', _WORDS, forms.DOLLAR)
    names = {member.path: member.name for member in space.released}
    if tag is None or '{version}' not in tag:
        forms.no_tag(work, given)
    else:
        forms.tags(work, space, names, lambda _: tag, given if given.value else node)
    if any(member.version is None or member.version.startswith('0.') for member in space.released):
        work.set((*space.at, 'version', 'initial'), '1.0.0', 'the first release of semantic-release')
        work.set((*space.at, 'version', 'major_on_zero'), True, 'semantic-release knows no rules for 0.x')
    plugins = dict(_plugins(node))
    changelog = plugins.get('@semantic-release/changelog')
    if changelog is None:
        work.set((*space.at, 'changelog'), False, 'without @semantic-release/changelog there is none')
    else:
        path = changelog.get('changelogFile')
        if path.text:
            work.set((*space.at, 'changelog', 'path'), path.text, path)
        notes = plugins.get('@semantic-release/release-notes-generator')
        _sections(work, space, notes.get('presetConfig', 'types') if notes else Node(None, ''))
    npm = plugins.get('@semantic-release/npm')
    if _listed(node) and space.ecosystem == 'js' and (npm is None or npm.get('npmPublish').value is False):
        work.set((*space.at, 'targets'), [], npm.get('npmPublish') if npm else 'without @semantic-release/npm')


def _listed(node: Node) -> bool:
    return isinstance(node.get('plugins').value, list)


def _plugins(node: Node) -> list[tuple[str, Node]]:
    """The plugins with their options; without a list those that it has by itself."""
    found: list[tuple[str, Node]] = []
    for each in node.get('plugins').each():
        items = [*each.each()]
        name, options = (items[0].text, items[1] if len(items) > 1 else each) if items else (each.text, each)
        found.append((name, options))
    usual = ('commit-analyzer', 'release-notes-generator', 'npm', 'github')
    return found if _listed(node) else [(f'@semantic-release/{name}', node.get('plugins')) for name in usual]


def _sections(work: Work, space: Space, types: Node) -> None:
    sections: dict[str, list[str]] = {}
    for each in types.each():
        if each.get('hidden').value is not True and each.get('section').text:
            sections.setdefault(each.get('section').text, []).append(each.get('type').text)
    if sections:
        work.set((*space.at, 'changelog', 'sections'), sections, types)


def _branches(work: Work, node: Node) -> None:
    given = node.get('branches') if node.has('branches') else node.get('branch')
    items = [*given.each()] or ([given] if given.text else [])
    first = next((each for each in items if not _pre(each) and not _kept(each)), None)
    if first is not None:
        work.set(('project', 'branch'), _name(first), first)
    if len(items) <= 1:
        return
    found: dict[str, object] = {}
    for each in items:
        name = '[0-9]*.x' if _name(each) == _MAINTENANCE else _name(each)
        if re.search(r'[+@!]\(|\$\{', name):
            forms.no_branch(work, each, name)
            continue
        value: dict[str, object] = {'channel': _channel(each, name, first=each is first)}
        if _pre(each):
            word = forms.prerelease(work, each.get('prerelease').text.partition('$')[0] or name, each)
            if word is None:
                continue
            value['prerelease'] = word
        if _kept(each):
            fits = _RANGE.fullmatch(each.get('range').text or name)
            value['allow'] = _BELOW[bool(fits and fits['minor'])]
        found[name] = value
    work.set(('branches',), found, given)


def _name(branch: Node) -> str:
    return branch.text or branch.get('name').text


def _pre(branch: Node) -> bool:
    return branch.get('prerelease').value not in (None, False)


def _kept(branch: Node) -> bool:
    """Whether it is a maintenance branch."""
    name = _name(branch)
    return branch.get('range').value is not None or name == _MAINTENANCE or _RANGE.fullmatch(name) is not None


def _channel(branch: Node, name: str, *, first: bool) -> str:
    usual = 'latest' if first else 'maintenance' if _kept(branch) else name
    return forms.channel(branch.get('channel').text or usual, 'maintenance' if _kept(branch) else 'latest')


def _commits(work: Work, node: Node) -> None:
    options = dict(_plugins(node)).get('@semantic-release/commit-analyzer')
    if options is None:
        return
    preset = options.get('preset')
    if preset.text not in _PRESETS:
        work.lacks(
            preset,
            f'read commits by the preset {preset.text}',
            'Commits are read as https://www.conventionalcommits.org says.',
        )
    levels = dict(_LEVELS)
    for rule in options.get('releaseRules').each():
        word, level = rule.get('type').text, rule.get('release').value
        if (
            {key for key, _ in rule.items()} - {'type', 'release'}
            or not word
            or level not in ('major', 'minor', 'patch', False)
        ):
            work.lacks(
                rule,
                f'gave commits a level by {", ".join(key for key, _ in rule.items()) or "a file"}',
                'Levels go by type alone, in `commits: types`; a breaking mark is major.',
            )
        elif level is False:
            levels.pop(word, None)
        else:
            levels[word] = str(level)
    if levels != _LEVELS:
        forms.types(work, levels, options.get('releaseRules'))


def _plugin(work: Work, name: str, options: Node) -> None:
    short = name.removeprefix('@semantic-release/')
    if short == 'git':
        forms.message(work, options.get('message'), _WORDS, forms.DOLLAR)
        if options.get('assets').value:
            work.lacks(
                options.get('assets'),
                'committed these files',
                'What the steps of the release write is committed, and nothing else.',
            )
    elif short in {'github', 'gitlab', 'gitea'}:
        work.lacks(options, f'made a release on {short}', _FORGE, name)
    elif short == 'exec':
        for key, command in options.items():
            work.lacks(
                command,
                f'ran `{command.text}`',
                'Write it as a task, and name the task in `hooks`, such as `before-publish`.',
                f'{name}: {key}',
            )
    elif short == 'npm':
        for key in ('pkgRoot', 'tarballDir'):
            if options.get(key).value:
                work.lacks(
                    options.get(key),
                    'published or kept the package elsewhere',
                    'The package is built from its own folder.',
                )
    elif short not in {'commit-analyzer', 'release-notes-generator', 'changelog'}:
        work.lacks(
            options, f'is the plugin {name}', 'Nothing in release.yaml does what it did; write it as a task.', name
        )


SEMANTIC_RELEASE = Tool(
    'semantic-release',
    ('.releaserc', '.releaserc.*', 'release.config.*'),
    _carry,
    _owns,
    (_PACKAGE,),
    inner=True,
)
