# SPDX-License-Identifier: Apache-2.0
"""knope: knope.toml.

https://knope.tech/reference/config-file/packages/ says what packages are, /reference/config-file/workflows/ and
/reference/config-file/steps/ what workflows do, /reference/concepts/conventional-commits/ which levels types have.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from releasekit.core.paths import parent
from releasekit.migrations import forms
from releasekit.migrations.base import Member, Rules, Space, Tool, Without, Work
from releasekit.migrations.read import read
from releasekit.migrations.tree import Node, Source

_FORGE = 'Releases of the forge are not configured in release.yaml; make them in the job that runs the release.'
_READ = (
    'package', 'packages', 'workflows', 'changes', 'bot',
)  # fmt: skip
_TOLD = (
    'versioned_files', 'changelog', 'extra_changelog_sections', 'ignore_go_major_versioning', 'name',
)  # fmt: skip
_TOP: Rules = {
    **dict.fromkeys(_READ, None),
    'github': Without('made releases on GitHub', _FORGE),
    'gitea': Without('made releases on Gitea', _FORGE),
    'jira': Without('read issues from Jira', 'releasekit knows no issues.'),
    'release_notes': Without('shaped the notes', 'Write a template for `changelog: template`.'),
}
_PACKAGE: Rules = {
    **dict.fromkeys(_TOLD, None),
    'scopes': Without(
        'counted commits by their scope',
        'Commits count by the folders that they touch; name more in `also` of the package.',
    ),
    'assets': Without('put files into a release on the forge', _FORGE, ([],)),
}
_MANIFESTS = frozenset(
    {'pyproject.toml', 'package.json', 'Cargo.toml', 'go.mod', 'pubspec.yaml', 'pom.xml', 'deno.json'}
)
# What follows from a version by itself.
_LOCKS = frozenset({'Cargo.lock', 'package-lock.json', 'deno.lock', 'uv.lock', 'pnpm-lock.yaml'})
# Steps that a release does by itself, and those that only people need.
_STEPS = frozenset({'PrepareRelease', 'Release', 'BumpVersion', 'CreateChangeFile'})
_SECTIONS: Mapping[str, list[str]] = {'Features': ['feat'], 'Fixes': ['fix']}


def _carry(work: Work, sources: Sequence[Source]) -> None:
    top = read(sources[0])
    work.read(top, _TOP)
    packages = {str(node.keys[-1]): node for _, node in top.get('packages').items()}
    packages |= {'': top.get('package')} if top.has('package') else {}
    chosen: dict[str, dict[str, str]] = {}
    where: dict[str, Node] = {}
    for name, node in packages.items():
        work.read(node, _PACKAGE)
        pairs = [*_members(work, name, node)]
        if not pairs:
            work.lacks(
                node,
                f'released the package {name or "of the root"}',
                'No package of an ecosystem that release.yaml knows has these files.',
            )
        for space, member in pairs:
            chosen.setdefault(space.label, {})[member.path] = name
            where[member.path] = node
        for _, member in pairs[1:]:
            work.lacks(
                node.get('versioned_files'),
                f'gave {member.name} the same version as {pairs[0][1].name}',
                'Packages of different workspaces have versions of their own, each by its own commits.',
            )
    if chosen:
        key = top.get('packages') if top.has('packages') else top.get('package')
        work.only({label: frozenset(paths) for label, paths in chosen.items()}, key)
    for space in work.ground.spaces:
        if space.label in chosen:
            _space(work, space, chosen[space.label], where)
    _commits(work, top, packages)
    _workflows(work, top)


def _files(node: Node) -> Iterator[tuple[str, Node]]:
    for each in node.get('versioned_files').each():
        yield each.text or each.get('path').text, each


def _members(work: Work, name: str, node: Node) -> Iterator[tuple[Space, Member]]:
    """The packages whose manifests are among the versioned files, else the one of that name."""
    folders = [
        parent(path)
        for path, each in _files(node)
        if path.rpartition('/')[2] in _MANIFESTS and not each.has('dependency')
    ]
    found = [pair for folder in dict.fromkeys(folders) for pair in work.ground.members() if pair[1].path == folder]
    kinds = {path.rpartition('/')[2] for path, _ in _files(node)}
    ways = {'python': 'pyproject.toml', 'js': 'package.json', 'rust': 'Cargo.toml', 'go': 'go.mod'}
    fitting = [pair for pair in found if ways.get(pair[0].ecosystem) in kinds]
    if fitting or name == '':
        yield from fitting
    elif not folders and (pair := work.ground.named(name)) is not None:
        yield pair


def _space(work: Work, space: Space, names: Mapping[str, str], where: Mapping[str, Node]) -> None:
    members = [member for member in space.members if member.path in names]
    first = where[members[0].path]
    alone = all(name == '' for name in names.values())
    forms.tags(work, space, names, lambda name: 'v{version}' if alone else f'{name}/v{{version}}', first)
    logs = [(member, where[member.path].get('changelog')) for member in members]
    _changelog(work, space, logs)
    sections = {title: list(words) for title, words in _SECTIONS.items()}
    extra = [each for member in members for each in where[member.path].get('extra_changelog_sections').each()]
    for each in dict.fromkeys(str(section.value) for section in extra):
        section = next(one for one in extra if str(one.value) == each)
        title, types = section.get('name').text, section.get('types').texts
        if types:
            sections = {known: [word for word in words if word not in types] for known, words in sections.items()}
            sections[title] = [*sections.get(title, []), *types]
        if section.get('footers').value:
            work.lacks(section.get('footers'), 'gave a section to footers', 'Sections go by the types of commits.')
    work.set(
        (*space.at, 'changelog', 'sections'),
        {title: words for title, words in sections.items() if words},
        extra[0] if extra else 'what knope shows',
    )
    for member in members:
        for path, each in _files(where[member.path]):
            name = path.rpartition('/')[2]
            if each.has('regex'):
                pattern = each.get('regex').text.replace('(?<version>', '(').replace('(?P<version>', '(')
                work.file(space, path, (pattern,), each)
            elif name not in _MANIFESTS | _LOCKS:
                forms.missing(work, each, path)


def _changelog(work: Work, space: Space, logs: Sequence[tuple[Member, Node]]) -> None:
    found: dict[str, Node] = {}
    for member, node in logs:
        whole = '' if member.path == '.' else f'{member.path}/'
        if node.text.startswith(whole) and node.text:
            found.setdefault(node.text[len(whole) :], node)
        elif node.text:
            work.lacks(
                node,
                f'wrote the changelog of {member.name} to {node.text}',
                'Each package has its changelog in its own folder.',
            )
    path, why = next(iter(found.items()), ('', None))
    if why is None:
        work.set((*space.at, 'changelog'), False, 'without changelog there is none')
        return
    work.set((*space.at, 'changelog', 'path'), path, why)
    for other, node in [*found.items()][1:]:
        work.lacks(node, f'wrote a changelog to {other}', f'A workspace has one path for all packages: {path}.')


def _commits(work: Work, top: Node, packages: Mapping[str, Node]) -> None:
    """Commits and change files count, unless commits are ignored; types of extra sections are patches."""
    ignored = top.get('changes', 'ignore_conventional_commits')
    for _, step in _steps(top):
        if step.get('ignore_conventional_commits').value is True:
            ignored = step.get('ignore_conventional_commits')
    if ignored.value is True:
        work.set(('commits', 'convention'), 'changesets', ignored)
        return
    work.set(('commits', 'convention'), 'both', f'commits and change files count, by what is in {top.file}')
    levels = {'feat': 'minor', 'fix': 'patch'}
    for node in packages.values():
        for each in node.get('extra_changelog_sections').each():
            levels |= {word: 'patch' for word in each.get('types').texts if word not in levels}
    forms.types(work, levels, 'what knope counts')


def _steps(top: Node) -> Iterator[tuple[Node, Node]]:
    for workflow in top.get('workflows').each():
        for step in workflow.get('steps').each():
            yield workflow, step


def _workflows(work: Work, top: Node) -> None:
    for workflow, step in _steps(top):
        kind, name = step.get('type').text, workflow.get('name').text
        if kind == 'Command':
            command = step.get('command').text
            if not re.fullmatch(r'git (?:add|commit|push|tag|fetch|pull)\b.*', command):
                work.lacks(
                    step,
                    f'ran `{command}` in the workflow {name}',
                    'Write it as a task, and name the task in `hooks`, such as `before-publish`.',
                    f'workflows: {name}',
                )
        elif kind not in _STEPS:
            work.lacks(
                step,
                f'did {kind} in the workflow {name}',
                'Nothing in release.yaml does; write it as a task.',
                f'workflows: {name}',
            )
        label = step.get('prerelease_label')
        if label.text:
            work.lacks(
                label,
                f'made prereleases named {label.text} in the workflow {name}',
                f'Give `--prerelease {label.text}`.',
            )


KNOPE = Tool('knope', ('knope.toml',), _carry)
