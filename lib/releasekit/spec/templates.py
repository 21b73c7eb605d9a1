# SPDX-License-Identifier: Apache-2.0
"""The rules of templates: each takes a closed list of words, and tags must tell versions and workspaces apart."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from releasekit.errors import Code, Place, Problem, ReleaseKitError
from releasekit.spec.interpolate import literals, words
from releasekit.spec.members import addressed
from releasekit.spec.model import Spec
from releasekit.spec.names import did_you_mean, nearest
from releasekit.spec.places import Path
from releasekit.spec.rules import Rule, Subject, commands

VERSION_WORDS = ('version', 'major', 'minor', 'patch')
TAG_WORDS = ('name', 'label', 'path', *VERSION_WORDS)
UMBRELLA_WORDS = ('label', *VERSION_WORDS)
COMMIT_WORDS = (*TAG_WORDS, 'summary', 'packages', 'date')
COMMAND_WORDS = ('python', 'posargs')
PACKAGE_WORDS = ('name', 'path', 'version')
# What no name of a ref may hold: https://git-scm.com/docs/git-check-ref-format
_NO_REF = re.compile(r'[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.')


@dataclasses.dataclass(frozen=True, slots=True)
class Template:
    """A template with its place and the words that it takes."""

    path: Path
    text: str
    takes: tuple[str, ...]


def templates(spec: Spec) -> Iterator[Template]:
    """Every template of a spec."""
    yield Template(('git', 'commit_message'), spec.git.commit_message, COMMIT_WORDS)
    yield Template(('git', 'tag_message'), spec.git.tag_message, TAG_WORDS)
    for label, workspace in spec.workspaces.items():
        yield Template(('workspaces', label, 'tag'), workspace.tag, TAG_WORDS)
        if workspace.umbrella_tag is not None:
            yield Template(('workspaces', label, 'umbrella_tag'), workspace.umbrella_tag, UMBRELLA_WORDS)
        for index, file in enumerate(workspace.version.files):
            yield Template(('workspaces', label, 'version', 'files', index, 'path'), file.path, ('path',))
    for name, task in spec.tasks.items():
        if task.python is not None:
            yield Template(('tasks', name, 'python'), task.python, tuple(task.matrix))
    for path, command, matrix in commands(spec):
        takes = (*matrix, *COMMAND_WORDS, *(PACKAGE_WORDS if command.per == 'package' else ()))
        lists = {'run': command.run, 'unless': getattr(command, 'unless', None) or ()}
        for key, argv in lists.items():
            for index, word in enumerate(argv):
                yield Template((*path, key, index), word, takes)


def interpolation(subject: Subject) -> Iterator[Problem]:
    """A template names no word but its own."""
    for template in templates(subject.spec):
        place = subject.places.value(template.path)
        try:
            unknown = [word for word in words(template.text) if word not in template.takes]
        except ReleaseKitError as error:
            yield dataclasses.replace(error.problems[0], place=place)
            continue
        for word in unknown:
            name = next(part for part in reversed(template.path) if isinstance(part, str))
            takes = ', '.join(f'`{{{known}}}`' for known in dict.fromkeys(template.takes))
            hint = f'It takes {takes}; write `{{{{{word}}}}}` for the text itself.'
            if word in PACKAGE_WORDS and template.path[0] in {'checks', 'tasks'}:
                hint = f'Add `per: package`, which gives it {", ".join(f"`{{{known}}}`" for known in PACKAGE_WORDS)}.'
            message = f'`{{{word}}}` is not a word of `{name}`.'
            yield Problem(Code.SPEC_NAME, message, hint, _at(place, word, did_you_mean(word, template.takes)))


def _at(place: Place, word: str, label: str) -> Place:
    """The place of a word within a value, where the value shows it."""
    found = (place.source or '').find(f'{{{word}}}', (place.column or 1) - 1)
    if found < 0:
        return dataclasses.replace(place, label=label)
    return dataclasses.replace(place, column=found + 1, length=len(word) + 2, label=label)


def tags(subject: Subject) -> Iterator[Problem]:
    """A tag holds the version and nothing that git refuses."""
    for path, text in _tags(subject.spec):
        try:
            named, parts = words(text), '\n'.join(literals(text)).split('\n')
        except ReleaseKitError:
            # `interpolation` has said so.
            continue
        meant = {nearest(word, TAG_WORDS) for word in named if word not in TAG_WORDS}
        # Of a misspelt one, `interpolation` has said so.
        if 'version' not in {*named, *meant}:
            example = '{name}' if path[-1] == 'tag' else '{label}'
            hint = f'Add `{{version}}`, such as "{example}-v{{version}}".'
            message = (
                f'`{path[-1]}` is `{text}`, which does not hold the version.' if text else f'`{path[-1]}` is empty.'
            )
            yield subject.invalid(path, message, hint)
        bad = next((match.group() for part in parts if (match := _NO_REF.search(part))), None)
        if bad is not None or text.startswith(('-', '/', '.')) or text.endswith(('/', '.', '.lock')):
            hint = 'Use letters, digits, `-`, `_`, `.`, `/`, `@` and `+`.'
            yield subject.invalid(path, f'`{path[-1]}` is `{text}`, which git does not take as a tag.', hint)


def _together(spec: Spec, one: str, other: str) -> bool:
    """Whether a fixed group has members in both workspaces; whether it has all of them, only discovery knows."""
    return any(
        {one, other} <= {addressed(glob, label, spec.workspaces)[0] for glob in group.packages}
        for label, workspace in spec.workspaces.items()
        for group in workspace.groups.values()
        if group.versioning == 'fixed'
    )


def ambiguous(subject: Subject) -> Iterator[Problem]:
    """No two workspaces can make the same tag, as far as their formats tell; the names of packages tell the rest."""
    first: dict[str, Path] = {}
    for path, text in _tags(subject.spec):
        label = str(path[1])
        root = str(PurePosixPath(subject.spec.workspaces[label].root))
        known = first.setdefault(_form(text, label, root), path)
        if known is path or (
            known[2:] == path[2:] == ('umbrella_tag',) and _together(subject.spec, str(known[1]), label)
        ):
            continue
        other = _text(subject.spec, known)
        place = subject.places.value(path)
        if known[1] == label:
            message = f'`tag` and `umbrella_tag` of workspace `{label}` make the same tags.'
            hint = 'Add `{name}` to `tag`, or write `umbrella_tag` in another form.'
        else:
            both = f'are both `{text}`' if text == other else f'make the same tags, `{other}` and `{text}`'
            message = f'`{known[2]}` of workspace `{known[1]}` and `{path[2]}` of `{label}` {both}.'
            hint = f'Add `{{label}}` to one of them, such as `{path[2]}: "{{label}}-{text}"`.'
            if '{label}' in text:
                hint = f'Write one of them in another form, such as `{path[2]}: "{{label}}/{text}"`.'
        yield Problem(Code.TAG_AMBIGUOUS, message, hint, place)


def _form(text: str, label: str, root: str) -> str:
    """A format as two of them can be compared: with the label filled in.

    With `{path}`, workspaces in different folders have different tags.
    """
    text = text.replace('{label}', label)
    return f'{root}\0{text}' if '{path}' in text else text


def _text(spec: Spec, path: Path) -> str:
    workspace = spec.workspaces[str(path[1])]
    return (workspace.umbrella_tag or '') if path[-1] == 'umbrella_tag' else workspace.tag


def _tags(spec: Spec) -> Iterator[tuple[Path, str]]:
    for label, workspace in spec.workspaces.items():
        yield ('workspaces', label, 'tag'), workspace.tag
        if workspace.umbrella_tag is not None:
            yield ('workspaces', label, 'umbrella_tag'), workspace.umbrella_tag


RULES: tuple[Rule, ...] = (interpolation, tags, ambiguous)
