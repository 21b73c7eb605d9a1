# SPDX-License-Identifier: Apache-2.0
"""Formats of other tools as formats of ours: tags and messages, and patterns that find versions in files."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from releasekit.migrations.base import Member, Space, Work
from releasekit.migrations.tree import Node

# What a version looks like in any file: https://semver.org and https://peps.python.org/pep-0440/ have no other signs.
VERSION = r'[0-9]+\.[0-9][0-9A-Za-z.+!-]*'
WORD = r'\{(?P<word>[A-Za-z_][A-Za-z0-9_.]*)\}'
DOLLAR = r'\$\{\s*(?P<word>[A-Za-z_][A-Za-z0-9_.]*)\s*\}|\$(?P<bare>[A-Za-z_][A-Za-z0-9_]*)'
DOUBLE = r'\{\{-?\s*(?P<word>[A-Za-z_][A-Za-z0-9_.]*)\s*-?\}\}'


def translated(text: str, words: Mapping[str, str], pattern: str = WORD) -> str | None:
    """A template with the words of ours in place of those of another tool; None where it has a word without one."""
    parts: list[str] = []
    at = 0
    for match in re.finditer(pattern, text):
        word = next(each for each in match.groups() if each is not None)
        if word not in words:
            return None
        parts += [escaped(text[at : match.start()]), words[word]]
        at = match.end()
    return ''.join([*parts, escaped(text[at:])])


def escaped(text: str) -> str:
    """Text as it stands in a template of ours."""
    return text.replace('{', '{{').replace('}', '}}')


def tags(work: Work, space: Space, names: Mapping[str, str], form: Callable[[str], str], why: Node) -> None:
    """The format of the tags of a workspace.

    `names` are what the tool calls packages, by folder; `form` makes a format with what stands for the name in it.
    """
    members = [member for member in space.members if member.path in names]
    if not members:
        return
    if space.fixed:
        _fixed(work, members, {member.path: form(escaped(names[member.path])) for member in members}, why)
        return
    plain = form('{name}')
    if plain == form('{path}'):
        _nameless(work, space, members, plain, why)
        return
    ways: Mapping[str, Callable[[Member], str]] = {'{name}': lambda each: each.name, '{path}': lambda each: each.path}
    way = next((word for word, get in ways.items() if all(get(each) == names[each.path] for each in members)), None)
    if way is None and len(members) == 1:
        way = escaped(names[members[0].path])
    work.apart(space)
    work.set((*space.at, 'tag'), form(way or '{name}'), why)
    for member in members if way is None else ():
        if names[member.path] != member.name:
            again(work, member, form(escaped(names[member.path])), form(member.name), why)


def again(work: Work, member: Member, before: str, after: str, why: Node) -> None:
    """Report a package whose tags get another form, with the command that makes its last release be found."""
    old, new = (form.replace('{version}', member.version or '1.2.3') for form in (before, after))
    did = f'tagged {member.name} as {old}, which the one format of its workspace cannot say'
    instead = f'Tag its last release once more, so that it is found: `git tag {new} {old}^{{}}`.'
    work.lacks(why, did, instead, f'tags of {member.name}')


def _fixed(work: Work, members: Sequence[Member], forms: Mapping[str, str], why: Node) -> None:
    """Tags of an ecosystem that looks for one form: whatever else there was has to be tagged again."""
    for member in members:
        wanted = 'v{version}' if member.path == '.' else f'{member.path}/v{{version}}'
        if forms[member.path] != wanted:
            again(work, member, forms[member.path], wanted, why)


def own_tags(work: Work, space: Space, templates: Mapping[str, tuple[str, Node]]) -> None:
    """The format of the tags of a workspace whose packages each give one, by folder, with nothing for their name."""
    members = [member for member in space.members if member.path in templates]
    if not members:
        return
    why = templates[members[0].path][1]
    if space.fixed:
        _fixed(work, members, {path: template for path, (template, _) in templates.items()}, why)
        return
    if len(space.released) == 1:
        work.apart(space)
        work.set((*space.at, 'tag'), templates[members[0].path][0], why)
        return
    ways: Mapping[str, Callable[[Member], str]] = {'{name}': lambda each: each.name, '{path}': lambda each: each.path}
    for word, get in ways.items():
        found = {templates[each.path][0].replace(escaped(get(each)), word) for each in members}
        if len(found) == 1 and word in (form := found.pop()):
            work.apart(space)
            work.set((*space.at, 'tag'), form, why)
            return
    for member in members:
        template, node = templates[member.path]
        again(work, member, template, space.tag.replace('{name}', member.name).replace('{path}', member.path), node)


def branch_globs(expression: str) -> tuple[str, ...] | None:
    """The name globs that stand for a regular expression of branch names; None for one that has none."""
    body = expression.strip('^$')
    if body.startswith('(') and body.endswith(')') and body.count('(') == 1:
        body = body[1:-1].removeprefix('?:')
    globs = tuple(re.sub(r'\\(.)', r'\1', part.replace('.+', '*').replace('.*', '*')) for part in body.split('|'))
    return globs if all(re.fullmatch(r'[A-Za-z0-9_./*-]+', each) for each in globs) else None


def _nameless(work: Work, space: Space, members: Sequence[Member], tag: str, why: Node) -> None:
    """Tags that name no package: of the only one, or of all that have one version."""
    if len(members) == 1:
        work.apart(space)
        work.set((*space.at, 'tag'), tag, why)
    elif len({member.version for member in members}) == 1 and members[0].version is not None:
        work.lockstep(space, tag, why)
    else:
        work.lacks(
            why,
            f'gave tags as {tag.replace("{version}", "1.2.3")} to packages of several versions',
            f'Packages of {space.label} get tags that name them; tag the last release of each once more so.',
            f'tags of {space.label}',
        )


def message(work: Work, node: Node, words: Mapping[str, str], pattern: str = WORD) -> None:
    """The message of the release commit: its first line, below which stood what the changelog says."""
    text = translated(node.text.partition('\n')[0], words, pattern)
    if text:
        work.set(('git', 'commit_message'), text, node)
    elif node.text:
        did = f'is the message of the release commit, `{node.text.splitlines()[0]}`'
        work.lacks(
            node, did, 'Write `git: commit_message` with the words that it takes, such as {summary} and {version}.'
        )


def types(work: Work, levels: Mapping[str, str], why: Node | str) -> None:
    """The levels of commit types."""
    work.set(('commits', 'types'), dict(levels), why)


def assignment(name: str) -> tuple[str, ...]:
    """Patterns of a line that gives a name a version, such as `__version__ = "1.2.3"` or `version: 1.2.3`."""
    word = re.escape(name)
    return (
        f'^{word} = "(.+)"',
        f"^{word} = '(.+)'",
        f'^{word}: (.+)$',
        rf"""^\s*["']?{word}["']?(?:\s*:\s*\w+)?\s*[:=]+\s*["']?({VERSION})""",
    )


def key(form: str, path: str) -> tuple[str, ...]:
    """Patterns of the version at a path such as `$.a.version` in JSON, TOML or YAML; none for paths that say more."""
    words = re.fullmatch(r'\$?\.?((?:[A-Za-z_][\w-]*\.)*)([A-Za-z_][\w-]*)', path)
    if words is None:
        return ()
    name = re.escape(words[2])
    return {
        'json': (f'"{name}": "([^"]+)"', rf'"{name}"\s*:\s*"([^"]+)"'),
        'toml': (f'^{name} = "(.+)"', rf"""^\s*{name}\s*=\s*["']({VERSION})["']"""),
        'yaml': (f'^{name}: (.+)$', rf"""^\s*["']?{name}["']?\s*:\s*["']?({VERSION})"""),
    }.get(form, ())


def missing(work: Work, node: Node, where: str) -> None:
    """Report a place of the version that no pattern was found for."""
    instead = 'Name the file in `version: files`, with a pattern that finds its version.'
    work.lacks(node, f'wrote the version to {where}', instead)


def no_tag(work: Work, node: Node) -> None:
    """Report a format of tags that cannot be written with the words of ours."""
    instead = 'Write `tag` with the words that it takes: {name}, {path}, {version}, {major}, {minor}, {patch}.'
    work.lacks(node, f'is the format of tags, `{node.text}`', instead)


def no_branch(work: Work, node: Node, name: str) -> None:
    """Report branches that no glob stands for."""
    instead = 'Name them in `branches`, by a glob with `*`, `?` and `[…]`.'
    work.lacks(node, f'released from branches that fit `{name}`', instead)


# https://peps.python.org/pep-0440/#pre-releases and #normalization: what these are written as.
_PRERELEASES = {'alpha': 'a', 'beta': 'b', 'c': 'rc', 'pre': 'rc', 'preview': 'rc'}
_PEP440 = frozenset({'a', 'b', 'rc', 'dev'})


def prerelease(work: Work, word: str, why: Node) -> str | None:
    """The name of prereleases, as the versions of all workspaces can have it; None, and a report, where they cannot."""
    found = re.sub('[^a-z0-9-]+', '-', word.lower()).strip('-')
    if any(space.ecosystem == 'python' for space in work.ground.spaces):
        found = _PRERELEASES.get(found, found)
        if found not in _PEP440:
            work.lacks(
                why, f'made prereleases named {word}', 'Python has none but a, b, rc and dev; write one of them.'
            )
            return None
    return found if found[:1].isalpha() else f'pre-{found}'


def channel(word: str, other: str) -> str:
    """A channel, such as a dist-tag; another one where the word reads as a version."""
    found = re.sub('[^a-z0-9-]+', '-', word.lower()).strip('-')
    return found if re.fullmatch('(?!v[0-9]|x$)[a-z][a-z0-9-]*', found) else other
