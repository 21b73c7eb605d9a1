# SPDX-License-Identifier: Apache-2.0
"""Tag formats from the tags that are there: pure. The newest tags decide; what is mixed is said, and can be asked.

Only words that release.yaml knows can stand in a format, so that a tag which names a package in another way than by
name or folder can be read for a single package only.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence

from releasekit.core.package import Package
from releasekit.core.version import VersionScheme, scheme
from releasekit.run.survey.draft import Choice, Row, TagChoice
from releasekit.run.survey.seen import Found, Seen
from releasekit.spec.model import WorkspaceSpec

DEFAULT = WorkspaceSpec(ecosystem='').tag
ALONE = 'v{version}'
_START = re.compile(r'(?<![0-9.])[0-9]')
# What may stand before a version that is of the whole repository.
_GENERAL = re.compile(r'(?:(?:release|rel|version|ver|r)[-_/.]?)?v?', re.IGNORECASE)
_EDGE = re.compile(r'[-_/@=.+]|$')
_MOST_SHOWN = 3
# So many of the newest tags tell whether two formats are in use at the same time.
_RECENT = 12


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """A tag as one of a workspace: the format, the version, and the package that it names ('' for none)."""

    tag: str
    template: str
    version: str
    package: str


@dataclasses.dataclass(frozen=True, slots=True)
class Formats:
    """The decision for each workspace by label, with the packages that its tags name, and what is said and asked.

    `written` are the versions of its newest tags as they stand there, the newest first.
    """

    choices: Mapping[str, TagChoice]
    named: Mapping[str, frozenset[str]]
    rows: tuple[Row, ...]
    questions: tuple[Choice, ...]
    written: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)


def split(tag: str, rules: VersionScheme) -> tuple[str, str] | None:
    """What stands before the version of a tag, and the version; None where there is none with a dot at its end."""
    for match in _START.finditer(tag):
        version = tag[match.start() :]
        if '.' in version and '/' not in version and (read := rules.read(version)) is not None:
            return tag[: match.start()], read.text
    return None


def read(tag: str, found: Found, others: Sequence[Package]) -> Iterator[Reading]:
    """How a tag reads for a workspace; `others` are packages of the other workspaces, which may be named instead."""
    parts = split(tag, scheme(found.ecosystem.scheme))
    if parts is None:
        return
    before, version = parts
    named = [(length, package) for package in (*found.released, *others) if (length := _fit(before, package))]
    if named:
        longest = max(length for length, _ in named)
        for package in (package for length, package in named if length == longest):
            if package in found.released:
                yield Reading(tag, _template(before, package), version, package.name)
    elif _GENERAL.fullmatch(before):
        yield Reading(tag, f'{_literal(before)}{{version}}', version, '')
    elif len(found.released) == 1 and _alias(before, found.released[0]):
        yield Reading(tag, f'{_literal(before)}{{version}}', version, found.released[0].name)


def decide(seen: Seen, spaces: Sequence[Found], answers: Mapping[str, str]) -> Formats:
    """The format of each workspace; one that the ecosystem fixes stays, and no two workspaces get the same."""
    rows: list[Row] = []
    questions: list[Choice] = []
    choices: dict[str, TagChoice] = {}
    readings = {each.label: _readings(seen, each, spaces) for each in spaces}
    owner = _owner(spaces, readings)
    for each in spaces:
        mine = [reading for reading in readings[each.label] if reading.package or each.label == owner]
        choices[each.label], question = _choose(each, mine, alone=len(spaces) == 1, answers=answers)
        questions += [question] if question is not None else []
    choices = _told_apart(spaces, choices)
    for label, choice in choices.items():
        rows.append(Row(f'tags of {label}', choice.umbrella or choice.tag, choice.why))
    named = {
        label: frozenset(one.package for one in each if one.package and one.template == choices[label].tag)
        for label, each in readings.items()
    }
    written = {each.label: tuple(_written(each, readings[each.label], choices[each.label])) for each in spaces}
    return Formats(choices, named, tuple(rows), tuple(questions), written)


def _written(found: Found, readings: Sequence[Reading], choice: TagChoice) -> Iterator[str]:
    """The versions of the newest tags of the format that was chosen, with the zeros that reading takes away."""
    mine = [reading for reading in readings if reading.template == (choice.umbrella or choice.tag)]
    for reading in mine[:_RECENT] if choice.used else ():
        if (parts := split(reading.tag, scheme(found.ecosystem.scheme))) is not None:
            yield reading.tag[len(parts[0]) :]


def _told_apart(spaces: Sequence[Found], choices: Mapping[str, TagChoice]) -> dict[str, TagChoice]:
    """The formats, with labels where several workspaces would have the same; one that is in use stays as it is."""
    # With folders in them, the tags of workspaces in different folders differ.
    roots = {each.label: each.sighting.root for each in spaces}
    keys = {label: (each.tag, roots[label] if '{path}' in each.tag else '') for label, each in choices.items()}
    found: dict[str, TagChoice] = {}
    single = {each.label: each.released[0].name for each in spaces if len(each.released) == 1}
    for label, choice in choices.items():
        same = [other for other in choices if keys[other] == keys[label]]
        first = next((other for other in same if choices[other].used), None)
        if len(same) > 1 and choice.used and label in single and '{name}' in choice.tag:
            # The only package of a workspace can be named as it is.
            found[label] = dataclasses.replace(choice, tag=choice.tag.replace('{name}', _literal(single[label])))
        elif len(same) == 1 or label == first:
            found[label] = choice
        else:
            why = 'several workspaces, told apart by their labels'
            why = f'{choice.tag} is that of {first}' if first is not None else why
            found[label] = TagChoice(f'{{label}}/{DEFAULT}', why)
    return found


def _readings(seen: Seen, found: Found, spaces: Sequence[Found]) -> list[Reading]:
    others = [package for each in spaces if each is not found for package in each.released]
    return [reading for tag in seen.tags for reading in read(tag, found, others)]


def _owner(spaces: Sequence[Found], readings: Mapping[str, Sequence[Reading]]) -> str | None:
    """The one workspace that tags without a name are of: where they must be, else whose manifests have the version."""
    fixed = [each for each in spaces if _fixed(each)]
    root = next((each for each in fixed if any(package.path == '.' for package in each.released)), None)
    if root is not None:
        return root.label
    rest = [each for each in spaces if each not in fixed and not any(one.package for one in readings[each.label])]
    for each in rest:
        newest = next((reading.version for reading in readings[each.label] if not reading.package), None)
        if newest is not None and newest in {package.version for package in each.released}:
            return each.label
    return rest[0].label if rest else None


def _fixed(found: Found) -> bool:
    return found.ecosystem.kind.tag != DEFAULT


def _choose(
    found: Found, readings: Sequence[Reading], *, alone: bool, answers: Mapping[str, str]
) -> tuple[TagChoice, Choice | None]:
    if _fixed(found):
        return TagChoice(found.ecosystem.kind.tag, f'what {found.sighting.tool} looks for', used=True), None
    if not readings:
        single = alone and len(found.released) == 1
        return TagChoice(ALONE if single else DEFAULT, 'no tags yet'), None
    counts: dict[str, list[Reading]] = {}
    for reading in readings[:_RECENT]:
        counts.setdefault(reading.template, []).append(reading)
    key = f'tag:{found.label}'
    template = answers.get(key, readings[0].template)
    mine = [reading for reading in readings if reading.template == template]
    rest = sorted({reading.template for reading in readings} - {template})
    why = ', '.join(reading.tag for reading in mine[:_MOST_SHOWN])
    why += f'; mixed with {" and ".join(rest)}, which are not read' if rest else ''
    question = None
    if len(counts) > 1:
        options = {each: f'{each}, as in {some[0].tag}' for each, some in counts.items()}
        question = Choice(key, f'Which tags are the releases of {found.label}?', options)
    if len(found.released) > 1 and not mine[0].package:
        return _together(found, template, why), question
    lockstep = len(found.released) > 1 and _lockstep(found, mine)
    return TagChoice(template, why, used=True, lockstep=lockstep), question


def _together(found: Found, template: str, why: str) -> TagChoice:
    """One tag for many packages: where they have one version they go on together."""
    versions = {package.version for package in found.uploaded}
    if len(versions) == 1 and None not in versions:
        return TagChoice(DEFAULT, f'{why}; one version for all packages', used=True, umbrella=template, lockstep=True)
    return TagChoice(DEFAULT, f'{why} name no package, and the packages have several versions')


def _lockstep(found: Found, readings: Sequence[Reading]) -> bool:
    """Whether all packages always had the same versions, at two releases at least."""
    versions = {
        package.name: {one.version for one in readings if one.package == package.name} for package in found.uploaded
    }
    first = next(iter(versions.values()), set[str]())
    return len(versions) > 1 and len(first) > 1 and all(each == first for each in versions.values())


def _fit(before: str, package: Package) -> int:
    """How many characters of what stands before a version are the folder or the name of a package."""
    words = [package.name] if package.path == '.' else [package.path, package.name]
    return max((len(word) for word in words if _at(before, word) >= 0), default=0)


def _at(before: str, word: str) -> int:
    """Where a word stands whole: nothing of a name before it, and a mark between it and the version."""
    at = before.rfind(word)
    if at < 0 or (at > 0 and (before[at - 1].isalnum() or before[at - 1] in '-_.@')):
        return -1
    return at if _EDGE.match(before, at + len(word)) else -1


def _template(before: str, package: Package) -> str:
    path = package.path != '.' and '/' in package.path and _at(before, package.path) >= 0
    word, stand = (package.path, '{path}') if path else (package.name, '{name}')
    if not path and _at(before, word) < 0:
        word, stand = package.path, '{path}'
    at = _at(before, word)
    return f'{_literal(before[:at])}{stand}{_literal(before[at + len(word) :])}{{version}}'


def _literal(text: str) -> str:
    return text.replace('{', '{{').replace('}', '}}')


def _alias(before: str, package: Package) -> bool:
    """Whether a tag names the only package in another way: without its scope, with other hyphens or capitals."""
    words = re.sub('[^a-z0-9]+', '-', before.lower()).strip('-').removesuffix('-v')
    name = re.sub('[^a-z0-9]+', '-', package.name.lower()).strip('-')
    last = re.sub('[^a-z0-9]+', '-', package.name.rpartition('/')[2].lower()).strip('-')
    return words in {name, last}
