# SPDX-License-Identifier: Apache-2.0
"""What is odd about the tags of a repository: against the manifests, against each other, against the remote."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence

from releasekit.core.commits import TagRef
from releasekit.core.package import Package, Workspace
from releasekit.core.tags import Tagged, numbers
from releasekit.core.version import VersionScheme, scheme
from releasekit.spec.interpolate import fill
from releasekit.spec.interpolate import words as named
from releasekit.spec.model import Spec

_HOLES = {'version': '(?P<version>[^/]+)', 'name': '(?P<name>.+)', 'path': '(?P<path>.+)'}
_NUMBERS = ('major', 'minor', 'patch')
# Marks for what a format fills in; no ref can hold a control character.
_MARKS = {word: chr(number) for number, word in enumerate((*_HOLES, *_NUMBERS), start=1)}
# What a tag of any habit looks like: a word or nothing, perhaps a v, and a version.
_HABIT = re.compile(r'(?P<word>(?:.*?[^0-9A-Za-z])??)[vV]?(?P<version>\d+(?:\.\d+)+\S*)')


@dataclasses.dataclass(frozen=True, slots=True)
class Behind:
    """A package whose manifest has a version below that of its newest tag in this history."""

    package: Package
    tagged: Tagged


@dataclasses.dataclass(frozen=True, slots=True)
class Twice:
    """Tags for one version of a package, which stand at `commits`."""

    package: str
    version: str
    tags: tuple[str, ...]
    commits: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Orphans:
    """Tags that the format of a workspace could have made for a package that is not there; the newest comes last."""

    name: str
    label: str
    tags: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Elsewhere:
    """Tags of packages that are only here, only on the remote, or at other commits there (name, here, there)."""

    here: tuple[str, ...]
    there: tuple[str, ...]
    differing: tuple[tuple[str, str, str], ...]


def behind(workspace: Workspace, tagged: Mapping[str, Sequence[Tagged]], schemes: Mapping[str, str]) -> list[Behind]:
    """The packages whose manifest is below their newest tag that HEAD reaches; above it is a version by hand."""
    found: list[Behind] = []
    for package in workspace.packages:
        newest = next((entry for entry in tagged.get(package.id, ()) if entry.ref.merged), None)
        rules = scheme(schemes[package.workspace])
        version = rules.read(package.version) if package.version else None
        if newest is not None and version is not None and version.key < rules.key(newest.version):
            found.append(Behind(package, newest))
    return found


def twice(
    workspace: Workspace,
    tagged: Mapping[str, Sequence[Tagged]],
    schemes: Mapping[str, str],
    others: Iterable[TagRef] = (),
) -> list[Twice]:
    """The versions of packages that have more than one tag; `others` are tags that no format of today has made."""
    foreign = [(match['word'], match['version'], ref) for ref in others if (match := _HABIT.fullmatch(ref.name))]
    found: list[Twice] = []
    for package in workspace.packages:
        rules = scheme(schemes[package.workspace])
        entries = tagged.get(package.id, ())
        for _, same in itertools.groupby(entries, key=lambda entry: rules.key(entry.version)):
            first, *more = same
            refs = [first.ref, *(entry.ref for entry in more)]
            refs += [ref for word, text, ref in foreign if _means(package, first, rules, (word, text, ref))]
            if len(refs) > 1:
                refs.sort(key=lambda ref: ref.name)
                commits = tuple(sorted({ref.commit for ref in refs}))
                found.append(Twice(package.id, first.version, tuple(ref.name for ref in refs), commits))
    return found


def _means(package: Package, tag: Tagged, rules: VersionScheme, foreign: tuple[str, str, TagRef]) -> bool:
    """Whether a tag of another habit stands for the same: by the package's name, or nameless at the same commit."""
    word, text, ref = foreign
    version = rules.read(text)
    if version is None or version.key != rules.key(tag.version):
        return False
    own = word.rstrip('-_/@ .').rstrip('vV').rstrip('-_/@ .')
    return own in {package.name, package.path} or (own == '' and ref.commit == tag.ref.commit)


def orphans(spec: Spec, workspace: Workspace, tags: Iterable[TagRef], schemes: Mapping[str, str]) -> list[Orphans]:
    """The tags of packages that are gone, by package."""
    known = {label: _known(workspace, label) for label in spec.workspaces}
    found: dict[tuple[str, str], list[tuple[object, str]]] = {}
    patterns = [(label, pattern) for label, rules in spec.workspaces.items() if (pattern := _pattern(rules.tag, label))]
    for ref in tags:
        for label, pattern in patterns:
            if (match := pattern.fullmatch(ref.name)) is None:
                continue
            words = match.groupdict()
            version = scheme(schemes[label]).read(words['version'])
            name = words.get('name') or words.get('path') or ''
            if version is not None and name not in known[label]:
                found.setdefault((name, label), []).append((version.key, ref.name))
            break
    return [Orphans(name, label, tuple(tag for _, tag in sorted(rows))) for (name, label), rows in found.items()]


def _known(workspace: Workspace, label: str) -> frozenset[str]:
    own = [package for package in workspace.packages if package.workspace == label]
    return frozenset(word for package in own for word in (package.name, package.path))


def _pattern(template: str, label: str) -> re.Pattern[str] | None:
    """The pattern of what a format makes for any package, None where it names none or no version."""
    words = set(named(template))
    if not words & {'name', 'path'} or 'version' not in words:
        return None
    marked = re.escape(fill(template, {**_MARKS, 'label': label}))
    holes = {**_HOLES, **{word: rf'(?P<{word}>\d+)' for word in _NUMBERS}}
    for word, mark in _MARKS.items():
        escaped = re.escape(mark)
        marked = marked.replace(escaped, holes[word], 1).replace(escaped, f'(?P={word})')
    return re.compile(marked)


def umbrellas(spec: Spec, versions: Iterable[str]) -> frozenset[str]:
    """The names that the umbrella tags of workspaces would have for these versions."""
    formats = [(rules.umbrella_tag, label) for label, rules in spec.workspaces.items() if rules.umbrella_tag]
    return frozenset(
        fill(template, {'label': label, **numbers(version)}) for version in versions for template, label in formats
    )


def elsewhere(own: Iterable[str], here: Mapping[str, str], there: Mapping[str, str]) -> Elsewhere:
    """How tags differ from those of the remote, which are names with their commits; `own` are those of packages."""
    names = sorted(own)
    return Elsewhere(
        tuple(name for name in names if name in here and name not in there),
        tuple(name for name in names if name in there and name not in here),
        tuple(
            (name, here[name], there[name])
            for name in names
            if name in here and name in there and here[name] != there[name]
        ),
    )
