# SPDX-License-Identifier: Apache-2.0
"""Tags: their names from a format, and versions read back from the tags that there are."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from releasekit.core.commits import TagRef
from releasekit.core.package import Package, Workspace
from releasekit.core.version import VersionScheme, scheme
from releasekit.errors import Code, fail
from releasekit.spec.interpolate import fill
from releasekit.spec.interpolate import words as named
from releasekit.spec.model import Spec

_NUMBERS = re.compile(r'(?:\d+!)?(\d+)(?:\.(\d+))?(?:\.(\d+))?')
_ROOT = re.compile(r'\{path\}[/_-]?')
_FORBIDDEN = re.compile(r'[\x00-\x20\x7f~^:?*\[\\]|\.\.|//|@\{')
# Stand for what a version fills in; no ref can hold a control character.
_MARKS = {'version': '\1', 'major': '\2', 'minor': '\3', 'patch': '\4'}
_HOLES = {
    '\1': '(?P<version>[^/]+)',
    '\2': r'(?P<major>\d+)',
    '\3': r'(?P<minor>\d+)',
    '\4': r'(?P<patch>\d+)',
}
_MARK = re.compile('([\1-\4])')


class _Released(Protocol):
    """What a planned package has: enough to fill in a template."""

    @property
    def name(self) -> str: ...
    @property
    def workspace(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def next(self) -> str: ...


def words(planned: _Released) -> dict[str, str]:
    """The values of the words of tag formats and tag messages, for a package that is released."""
    return {'name': planned.name, 'label': planned.workspace, 'path': planned.path, **numbers(planned.next)}


def numbers(version: str) -> dict[str, str]:
    """The words that a version fills in: version, major, minor and patch."""
    match = _NUMBERS.match(version)
    major, minor, patch = ('0', '0', '0') if match is None else match.groups('0')
    return {'version': version, 'major': major, 'minor': minor, 'patch': patch}


def tag_name(template: str, package: Package, version: str) -> str:
    """The name of a package's tag. `{path}` of the root is nothing: `{path}/v1` is `v1` there."""
    return fill(_of_root(template, package), {**_fixed(package), **numbers(version)})


def refused(tag: str) -> str | None:
    """Why git takes no tag of this name, None where it does.

    The rules are those of https://git-scm.com/docs/git-check-ref-format, and `git tag` takes no leading hyphen.
    """
    if (found := _FORBIDDEN.search(tag)) is not None:
        return f'it holds {found.group()!r}'
    if not tag or tag.startswith(('-', '/')) or tag.endswith(('.', '/')):
        return f'it begins or ends with {tag[:1] if tag.startswith(("-", "/")) else tag[-1:]!r}'
    wrong = next((part for part in tag.split('/') if part.startswith('.') or part.endswith('.lock')), None)
    return None if wrong is None else f'its part {wrong!r} begins with a dot or ends with .lock'


def umbrella_name(template: str, label: str, version: str) -> str:
    """The name of a workspace's own tag."""
    return fill(template, {'label': label, **numbers(version)})


def _fixed(package: Package) -> dict[str, str]:
    return {'name': package.name, 'label': package.workspace, 'path': package.path}


def _of_root(template: str, package: Package) -> str:
    return _ROOT.sub('', template) if package.path == '.' else template


@dataclasses.dataclass(frozen=True, slots=True)
class _Form:
    """A package's tags: a literal beginning and end, and the pattern of what stands between."""

    id: str
    before: str
    after: str
    pattern: re.Pattern[str] | None
    scheme: VersionScheme

    def version(self, middle: str) -> str | None:
        """The version that the middle of a tag stands for, in its normal form."""
        if self.pattern is not None:
            if (match := self.pattern.fullmatch(middle)) is None:
                return None
            found = match.groupdict()
            middle = found['version'] if 'version' in found else f'{found["major"]}.{found["minor"]}.{found["patch"]}'
        read = self.scheme.read(middle)
        return None if read is None else read.text


@dataclasses.dataclass(frozen=True, slots=True)
class Tagged:
    """A tag that stands for a version of a package."""

    version: str
    ref: TagRef


# What the tags of a package are sorted by, and the tag.
_Entry = tuple[Any, str, Tagged]


def match(
    spec: Spec, workspace: Workspace, tags: Iterable[TagRef], schemes: Mapping[str, str]
) -> dict[str, tuple[Tagged, ...]]:
    """The tags of each package, newest version first; `schemes` are the names of schemes by workspace label.

    A tag that fits two packages is that of the one with more literal text in its format. An umbrella tag stands for
    that version of every package of its workspace, where none of them has a tag of its own for it.

    Raises:
        ReleaseKitError: `RK-TAG-AMBIGUOUS` where two packages, or two versions, would have one tag.
    """
    forms = _forms(spec, workspace, schemes)
    table: dict[str, dict[str, _Form]] = {}
    for form in forms:
        table.setdefault(form.before, {})[form.after] = form
    lengths = sorted({len(form.before) for form in forms}, reverse=True)
    found: dict[str, list[_Entry]] = {form.id: [] for form in forms}
    rest: list[TagRef] = []
    for ref in tags:
        if (read := _read(ref, table, lengths)) is not None:
            form, version = read
            found[form.id].append((form.scheme.key(version), ref.name, Tagged(version, ref)))
        else:
            rest.append(ref)
    for form in _umbrellas(spec, schemes):
        _spread(
            form, rest, [found[each.id] for each in workspace.packages if each.release and each.workspace == form.id]
        )
    for entries in found.values():
        entries.sort(key=lambda entry: entry[:2], reverse=True)
    return {id_: tuple(entry[2] for entry in entries) for id_, entries in found.items()}


def _read(ref: TagRef, table: Mapping[str, Mapping[str, _Form]], lengths: Iterable[int]) -> tuple[_Form, str] | None:
    name = ref.name
    for length in lengths:
        if (ends := table.get(name[:length])) is None or length >= len(name):
            continue
        for after, form in ends.items():
            if name.endswith(after) and len(after) + length < len(name):
                middle = name[length : len(name) - len(after)]
                if (version := form.version(middle)) is not None:
                    return form, version
    return None


def _umbrellas(spec: Spec, schemes: Mapping[str, str]) -> Iterator[_Form]:
    """The forms of the workspaces' own tags; `id` is the label."""
    for label, rules in spec.workspaces.items():
        if rules.umbrella_tag is not None:
            marked = fill(rules.umbrella_tag, {'label': label, **_MARKS})
            yield _shaped(marked, label, scheme(schemes[label]))


def _spread(form: _Form, refs: Iterable[TagRef], entries: Sequence[list[_Entry]]) -> None:
    """Add the tags of a workspace to its packages, but for versions that one of them has a tag of its own for."""
    own = {entry[0] for each in entries for entry in each}
    for ref in refs:
        found = _read(ref, {form.before: {form.after: form}}, (len(form.before),))
        if found is not None and (key := form.scheme.key(found[1])) not in own:
            for each in entries:
                each.append((key, ref.name, Tagged(found[1], ref)))


def _forms(spec: Spec, workspace: Workspace, schemes: Mapping[str, str]) -> tuple[_Form, ...]:
    taken: dict[tuple[str, str], Package] = {}
    forms: list[_Form] = []
    for package in workspace.packages:
        if not package.release:
            continue
        template = spec.workspaces[package.workspace].tag
        form = _form(template, package, scheme(schemes[package.workspace]))
        other = taken.setdefault((form.before, form.after), package)
        if other is not package:
            raise _same(template, other, package)
        forms.append(form)
    # Longer ends first: of two that fit, the more literal one is meant.
    return tuple(sorted(forms, key=lambda form: (-len(form.after), form.id)))


def _form(template: str, package: Package, scheme_: VersionScheme) -> _Form:
    present = set(named(template))
    if 'version' not in present and not {'major', 'minor', 'patch'} <= present:
        message = f'No version can be read back from tags of the form `{template}`.'
        raise fail(Code.TAG_AMBIGUOUS, message, f'Add `{{version}}` to `workspaces.{package.workspace}.tag`.')
    return _shaped(fill(_of_root(template, package), {**_fixed(package), **_MARKS}), package.id, scheme_)


def _shaped(marked: str, id_: str, scheme_: VersionScheme) -> _Form:
    """The form of a template whose version words are marks."""
    before, *pieces = _MARK.split(marked)
    after = pieces[-1]
    pattern = None if pieces[:-1] == [_MARKS['version']] else _pattern(pieces[:-1])
    return _Form(id_, before, after, pattern, scheme_)


def _pattern(pieces: Iterable[str]) -> re.Pattern[str]:
    """The pattern of a middle; a word that comes again must have the same value again."""
    seen: set[str] = set()
    parts: list[str] = []
    for piece in pieces:
        if piece not in _HOLES:
            parts.append(re.escape(piece))
        elif piece in seen:
            word = next(word for word, mark in _MARKS.items() if mark == piece)
            parts.append(f'(?P={word})')
        else:
            seen.add(piece)
            parts.append(_HOLES[piece])
    return re.compile(''.join(parts))


def _same(template: str, one: Package, other: Package) -> Exception:
    word = '{name}' if one.workspace == other.workspace else '{label}'
    message = f'{one.id} and {other.id} would have the same tags, `{template}`.'
    return fail(Code.TAG_AMBIGUOUS, message, f'Add `{word}` to `workspaces.{other.workspace}.tag`.')
