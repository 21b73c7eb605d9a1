# SPDX-License-Identifier: Apache-2.0
"""Violations of the schema to problems: the place, what was expected, the nearest name, what to do."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

from releasekit.errors import Code, Place, Problem
from releasekit.spec import hints, later
from releasekit.spec.declared import declared
from releasekit.spec.flow import either
from releasekit.spec.names import bare, nearest
from releasekit.spec.optional import optional
from releasekit.spec.places import Path
from releasekit.spec.reader import Document
from releasekit.spec.scalars import Date

# What each part of the format is called in a sentence.
NOUNS: Mapping[str, str] = {
    'Project': '`project`',
    'PackageOverride': 'an override in `packages`',
    'Group': 'a group',
    'VersionFile': 'an item of `version.files`',
    'VersionRules': '`version`',
    'BuildRules': '`build`',
    'ChangelogRules': '`changelog`',
    'WorkspaceSpec': 'a workspace',
    'Commits': '`commits`',
    'EnvValue': 'a value from the environment',
    'TokenAuth': '`auth` with a token',
    'PasswordAuth': '`auth` with a password',
    'Target': 'a target',
    'Check': 'a check',
    'UseStep': 'a step',
    'RunStep': 'a `run` step',
    'TaskStep': 'a `task` step',
    'Task': 'a task',
    'GitRules': '`git`',
    'Engine': '`engine`',
    'Condition': '`if`',
    'UseCheck': 'a built-in check',
    'Branch': 'a branch',
    'Schedule': '`schedule`',
    'Announcement': 'an announcement',
    'Policy': '`policy`',
}
# What can stand for a required key that is missing, so that the rest can be looked at: it breaks no rule.
_FILLERS: Mapping[tuple[str, str], Any] = {
    ('release.yaml', 'version'): 1,
    ('Task', 'steps'): [{'run': ['true']}],
    ('Check', 'run'): ['true'],
}
_WORD_IN_BRACES = re.compile(r'\{[a-z_]+\}[^\s,#\]}]*')
_REFERENCE = '#/definitions/'
_EMPTY = '""'


class Violation(Protocol):
    """The part of `jsonschema.ValidationError` that is read here."""

    validator: Any
    validator_value: Any
    instance: Any
    schema: Any
    context: Any
    absolute_path: Any
    relative_schema_path: Any


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """A problem; `droppable` is the path of a key that can be left out to look at the rest.

    `instead` is a path with the value that was most likely meant there, or that does no harm: what has to be there.
    """

    problem: Problem
    droppable: Path | None = None
    instead: tuple[Path, Any] | None = None


_Explain = Callable[[Violation, Path], Iterator[Finding]]


@dataclasses.dataclass(frozen=True)
class Diagnosis:
    """Explains the violations of one document, or of what stands at `base` in it, by the schema of that."""

    document: Document
    schema: Mapping[str, Any]
    base: Path = ()

    def findings(self, violations: Iterable[Violation]) -> Iterator[Finding]:
        """The findings of violations, without those that only follow from others."""
        explainers = self.explainers()
        for violation in violations:
            path: Path = (*self.base, *violation.absolute_path)
            if any(path[:length] in self.document.broken for length in range(1, len(path) + 1)):
                continue
            for finding in explainers[violation.validator](violation, path):
                yield finding if finding.droppable else dataclasses.replace(finding, droppable=optional(path))

    def explainers(self) -> Mapping[str, _Explain]:
        """What explains a violation of each keyword."""
        return {
            'additionalProperties': self._unknown,
            'required': self._required,
            'type': self._type,
            'enum': self._choice,
            'const': self._choice,
            'pattern': self._pattern,
            'minimum': self._limit,
            'maximum': self._limit,
            'exclusiveMinimum': self._limit,
            'minItems': self._empty,
            'minLength': self._empty,
            'minProperties': self._empty,
            'uniqueItems': self._twice,
            'anyOf': self._any_of,
        }

    def _unknown(self, violation: Violation, path: Path) -> Iterator[Finding]:
        known = list(violation.schema.get('properties', {}))
        needed = {*violation.schema.get('required', ())} - {*violation.instance}
        noun = _noun(violation.schema)
        for key in violation.instance:
            if key in known:
                continue
            near, home = nearest(key, known), self._home(key)
            # A key that belongs elsewhere is no misspelt one, unless the one that it is like is missing.
            if home and near is not None and near not in needed and bare(near) != bare(key):
                near = None
            message = f'`{key}` is not a key of {noun}.'
            hint = 'Rename the key, or remove it.' if near else f'Remove it; {hints.keys(noun, known)}.'
            if home and not near:
                message = f'`{key}` is not a key of {noun}, but of {home}.'
                hint = 'Move it there, or remove it.'
            place = self._key((*path, key), f'did you mean `{near}`?' if near else '')
            instead = ((*path, near), violation.instance[key]) if near is not None and near in needed else None
            yield Finding(Problem(Code.SPEC_INVALID, message, hint, place), (*path, key), instead)

    def _required(self, violation: Violation, path: Path) -> Iterator[Finding]:
        known = violation.schema['properties']
        for key in violation.validator_value:
            # Where other keys are allowed, a misspelt one is no violation that says so itself.
            unknown = [name for name in violation.instance if name not in known]
            closed = violation.schema['additionalProperties'] is False
            meant = next((name for name in unknown if nearest(name, known) == key), None)
            if key in violation.instance or (closed and meant is not None):
                continue
            message = f'The key `{key}` of {_noun(violation.schema)} is missing.'
            proposal = hints.proposal(key, [known[key]]) or f'`{key}`'
            about = later.unmarked(known[key].get('description', ''))
            hint = f'Add it, for example {proposal}. {about}'.rstrip()
            place = self._key(path) if meant is None else self._key((*path, meant), f'did you mean `{key}`?')
            filler = _FILLERS.get((violation.schema['title'], key))
            instead = None if filler is None else ((*path, key), filler)
            yield Finding(Problem(Code.SPEC_INVALID, message, hint, place), instead=instead)

    def _home(self, key: str) -> str:
        """The part of the format that a key belongs to."""
        if key in self.schema['properties']:
            return 'the top of the file'
        return hints.belongs(key, self.schema['definitions'], NOUNS)

    def _type(self, violation: Violation, path: Path) -> Iterator[Finding]:
        types = violation.validator_value
        # A number or a text is a duration; a text alone is first of all text.
        several = isinstance(types, list) and 'number' in types
        said = violation.schema.get('patternErrorMessage') if several else None
        yield from self._other_type(path, violation.instance, types if isinstance(types, list) else [types], said)

    def _other_type(self, path: Path, value: object, wanted: list[str], said: str | None = None) -> Iterator[Finding]:
        names = said or ' or '.join(hints.TYPES[name] for name in wanted if name != 'null')
        message = f'{_subject(path)} is {self._shown(path, value)}; it must be {names}.'
        shown = declared(self.schema, path[len(self.base) :])
        if not any('examples' in each for each in shown):
            shown = tuple(hints.inner(declared(self.schema, path[len(self.base) : -1])))
        plain = self.document.places.plain(path)
        meant = plain if isinstance(value, (int, float)) and not isinstance(value, bool) else value
        hint = hints.other_type(path[-1] if path else '', meant, wanted, shown)
        if 'string' in wanted and not (said and isinstance(value, bool)) and (text := self._unquoted(path, value)):
            hint = f'Quote it: "{text}".'
        yield Finding(Problem(Code.SPEC_INVALID, message, hint, self._value(path)))

    def _choice(self, violation: Violation, path: Path) -> Iterator[Finding]:
        values = violation.validator_value if violation.validator == 'enum' else [violation.validator_value]
        values = [value for value in values if value is not None and value not in later.values(path)]
        near = nearest(violation.instance, map(str, values)) if isinstance(violation.instance, str) else None
        message = f'{_subject(path)} is {self._shown(path, violation.instance)}; it takes {either(values)}.'
        hint = f'Write {either([near] if near else values)}.'
        place = self._value(path, f'did you mean `{near}`?' if near else '')
        yield Finding(Problem(Code.SPEC_INVALID, message, hint, place), instead=(path, near) if near else None)

    def _pattern(self, violation: Violation, path: Path) -> Iterator[Finding]:
        wanted = violation.schema.get('patternErrorMessage', f'text that matches {violation.schema.get("pattern")}')
        if 'propertyNames' in violation.relative_schema_path:
            where = (*path, violation.instance)
            like = re.sub(r'[ _]', '-', violation.instance).lower()
            fits = like != violation.instance and re.search(violation.schema['pattern'], like)
            message = f'`{violation.instance or _EMPTY}` cannot be a key here; it must be {wanted}.'
            place = self._key(where, f'did you mean `{like}`?' if fits else '')
            yield Finding(Problem(Code.SPEC_INVALID, message, f'Write {wanted}.', place), optional(where))
            return
        message = f'{_subject(path)} is `{violation.instance}`; it must be {wanted}.'
        yield Finding(Problem(Code.SPEC_INVALID, message, f'Write {wanted}.', self._value(path)))

    def _limit(self, violation: Violation, path: Path) -> Iterator[Finding]:
        if violation.schema.get('type') == 'integer' and violation.instance % 1:
            # That it is no whole number is said already.
            return
        wanted = {
            'minimum': f'at least {violation.validator_value}',
            'maximum': f'at most {violation.validator_value}',
            'exclusiveMinimum': f'more than {violation.validator_value}',
        }[violation.validator]
        message = f'{_subject(path)} is {self._shown(path, violation.instance)}; it must be {wanted}.'
        yield Finding(Problem(Code.SPEC_INVALID, message, f'Give it a number that is {wanted}.', self._value(path)))

    def _empty(self, _: Violation, path: Path) -> Iterator[Finding]:
        yield Finding(
            Problem(Code.SPEC_INVALID, f'{_subject(path)} is empty.', 'Fill it, or remove it.', self._value(path))
        )

    def _twice(self, violation: Violation, path: Path) -> Iterator[Finding]:
        items = violation.instance
        index, twice = next((index, item) for index, item in enumerate(items) if item in items[:index])
        message = f'{_subject(path)} names {self._shown((), twice)} twice.'
        yield Finding(Problem(Code.SPEC_INVALID, message, 'Name it once.', self._value((*path, index))))

    def _any_of(self, violation: Violation, path: Path) -> Iterator[Finding]:
        """Explain the form that was most likely meant."""
        forms = [self._resolved(form) for form in violation.validator_value]
        likely = [index for index, form in enumerate(forms) if _has_type(violation.instance, form)]
        keys = set(violation.instance) if isinstance(violation.instance, dict) else set()
        if keys:
            likely = sorted(likely, key=lambda index: -_likeness(keys, forms[index]))
        if likely and 'type' not in forms[likely[0]]:
            yield self._none_of(path, violation.instance, forms)
            return
        if likely and (len(likely) == 1 or not keys or _likeness(keys, forms[likely[0]])):
            inner = [error for error in violation.context if error.relative_schema_path[0] == likely[0]]
            yield from self.findings(inner)
            return
        if not likely and all(form.get('type') == 'object' for form in forms):
            yield from self._other_type(path, violation.instance, ['object'])
            return
        yield self._none_of(path, violation.instance, forms)

    def _none_of(self, path: Path, value: object, forms: list[Mapping[str, Any]]) -> Finding:
        *first, last = [_form(form) for form in forms]
        message = f'{_subject(path)} is {self._shown(path, value)}; it takes {", ".join(first)} or {last}.'
        words = [str(word) for form in forms for word in form.get('enum', ())]
        near = nearest(value, words) if isinstance(value, str) else None
        hint = f'Write `{near}`.' if near else 'Write one of them.'
        return Finding(
            Problem(Code.SPEC_INVALID, message, hint, self._value(path, f'did you mean `{near}`?' if near else ''))
        )

    def _resolved(self, form: Mapping[str, Any]) -> Mapping[str, Any]:
        reference = form.get('$ref', '')
        return self.schema['definitions'][reference[len(_REFERENCE) :]] if reference else form

    def _unquoted(self, path: Path, value: object) -> str | None:
        """What YAML read as something else than the text that was meant, to be quoted."""
        if isinstance(value, dict):
            place = self._value(path)
            found = _WORD_IN_BRACES.match((place.source or '')[(place.column or 1) - 1 :])
            return found.group() if found and all(item is None for item in value.values()) else None
        return None if value is None or isinstance(value, list) else self.document.places.plain(path)

    def _shown(self, path: Path, value: object) -> str:
        if value is None:
            return 'empty'
        if isinstance(value, (dict, list)):
            return 'a mapping' if isinstance(value, dict) else 'a list'
        plain = self.document.places.plain(path) if path else None
        text = plain if plain is not None and not isinstance(value, str) else str(value)
        kind = 'the date ' if isinstance(value, Date) else '' if isinstance(value, (str, bool)) else 'the number '
        return f'{kind}`{text if len(text) <= 60 else text[:57] + "..."}`'

    def _key(self, path: Path, label: str = '') -> Place:
        return self.document.places.key(path, label)

    def _value(self, path: Path, label: str = '') -> Place:
        return self.document.places.value(path, label)


def _noun(form: Mapping[str, Any]) -> str:
    return NOUNS.get(form['title'], form['title'])


def _subject(path: Path) -> str:
    *above, last = path
    if isinstance(last, str):
        return f'`{last}`'
    name = next((f'`{part}`' for part in reversed(above) if isinstance(part, str)), 'the file')
    inner = f'item {above[-1] + 1} of ' if above and isinstance(above[-1], int) else ''
    return f'Item {last + 1} of {inner}{name}'


def _has_type(value: object, form: Mapping[str, Any]) -> bool:
    if 'type' not in form:
        return not isinstance(value, (dict, list))
    names = {'object': dict, 'array': list, 'string': str}
    wanted = form['type'] if isinstance(form['type'], list) else [form['type']]
    return any(isinstance(value, names[name]) for name in wanted if name in names)


def _likeness(keys: Iterable[str], form: Mapping[str, Any]) -> float:
    """How many keys a form knows, or nearly knows; one that it needs counts for more."""
    known, needed = form.get('properties', {}), form.get('required', [])
    return sum(3 if key in needed else 1 if key in known else 2 if nearest(key, needed) else 0 for key in keys)


def _form(form: Mapping[str, Any]) -> str:
    if 'const' in form or 'enum' in form:
        return either(form.get('enum', [form.get('const')])).replace(' or ', ', ')
    needed = ' and '.join(f'`{key}`' for key in form.get('required', ()))
    return f'a mapping with {needed}' if needed else 'a mapping'
