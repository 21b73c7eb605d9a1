# SPDX-License-Identifier: Apache-2.0
"""Violations of the schema to problems: the place, what was expected, the nearest name, what to do."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

from releasekit.errors import Code, Place, Problem
from releasekit.spec.names import did_you_mean, is_later, nearest
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
}
_TYPES = {
    'string': 'text',
    'boolean': 'true or false',
    'integer': 'a whole number',
    'number': 'a number',
    'array': 'a list',
    'object': 'a mapping',
}
_WORD_IN_BRACES = re.compile(r'\{[a-z_]+\}[^\s,#\]}]*')
_REFERENCE = '#/definitions/'


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
    """A problem; `droppable` is the path of a key that can be left out to look at the rest."""

    problem: Problem
    droppable: Path | None = None


_Explain = Callable[[Violation, Path], Iterator[Finding]]


@dataclasses.dataclass(frozen=True)
class Diagnosis:
    """Explains the violations of one document."""

    document: Document
    definitions: Mapping[str, Any]

    def findings(self, violations: Iterable[Violation]) -> Iterator[Finding]:
        """The findings of violations, without those that only follow from others."""
        explainers = self.explainers()
        for violation in violations:
            path: Path = tuple(violation.absolute_path)
            if any(path[:length] in self.document.broken for length in range(1, len(path) + 1)):
                continue
            yield from explainers[violation.validator](violation, path)

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
        noun = _noun(violation.schema)
        for key in violation.instance:
            if key in known:
                continue
            where = (*path, key)
            if is_later(where):
                yield Finding(_later(f'`{key}`', self._key(where)), where)
                continue
            place = self._key(where, did_you_mean(key, known))
            message = f'`{key}` is not a key of {noun}.'
            hint = f'Rename the key, or remove it; the keys of {noun} are {", ".join(known)}.'
            yield Finding(Problem(Code.SPEC_INVALID, message, hint, place), where)

    def _required(self, violation: Violation, path: Path) -> Iterator[Finding]:
        known = violation.schema['properties']
        for key in violation.validator_value:
            # Where other keys are allowed, a misspelt one is no violation that says so itself.
            closed = violation.schema['additionalProperties'] is False
            if key in violation.instance or (closed and self._explained(key, path, violation.instance, known)):
                continue
            noun = _noun(violation.schema)
            about = known[key].get('description', '')
            message = f'The key `{key}` of {noun} is missing.'
            yield Finding(Problem(Code.SPEC_INVALID, message, f'Add `{key}`: {about}', self._key(path)))

    def _explained(self, key: str, path: Path, instance: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
        unknown = [name for name in instance if name not in known]
        return any(is_later((*path, name)) or nearest(name, known) == key for name in unknown)

    def _type(self, violation: Violation, path: Path) -> Iterator[Finding]:
        wanted = (
            violation.validator_value if isinstance(violation.validator_value, list) else [violation.validator_value]
        )
        names = [_TYPES[name] for name in wanted if name != 'null']
        message = f'{_subject(path)} is {self._shown(path, violation.instance)}; it must be {" or ".join(names)}.'
        hint = f'Give it {" or ".join(names)}, or remove the key.'
        if 'string' in wanted and (text := self._unquoted(path, violation.instance)):
            hint = f'Quote it: "{text}".'
        yield Finding(Problem(Code.SPEC_INVALID, message, hint, self._value(path)))

    def _choice(self, violation: Violation, path: Path) -> Iterator[Finding]:
        values = violation.validator_value if violation.validator == 'enum' else [violation.validator_value]
        if is_later(path, violation.instance):
            yield Finding(_later(f'`{path[-1]}: {violation.instance}`', self._value(path)))
            return
        known = [json.dumps(value) if isinstance(value, bool) else str(value) for value in values if value is not None]
        label = did_you_mean(violation.instance, known) if isinstance(violation.instance, str) else ''
        message = f'{_subject(path)} is {self._shown(path, violation.instance)}; it takes {" or ".join(known)}.'
        hint = f'Write {" or ".join(f"`{name}`" for name in known)}.'
        yield Finding(Problem(Code.SPEC_INVALID, message, hint, self._value(path, label)))

    def _pattern(self, violation: Violation, path: Path) -> Iterator[Finding]:
        wanted = violation.schema.get('patternErrorMessage', f'text that matches {violation.schema.get("pattern")}')
        if 'propertyNames' in violation.relative_schema_path:
            message = f'`{violation.instance}` cannot be a key here; it must be {wanted}.'
            place = self._key((*path, violation.instance))
        else:
            message = f'{_subject(path)} is `{violation.instance}`; it must be {wanted}.'
            place = self._value(path)
        yield Finding(Problem(Code.SPEC_INVALID, message, f'Write {wanted}.', place))

    def _limit(self, violation: Violation, path: Path) -> Iterator[Finding]:
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
        twice = next(item for index, item in enumerate(violation.instance) if item in violation.instance[:index])
        message = f'{_subject(path)} names {self._shown((), twice)} twice.'
        yield Finding(Problem(Code.SPEC_INVALID, message, 'Name it once.', self._value(path)))

    def _any_of(self, violation: Violation, path: Path) -> Iterator[Finding]:
        """Explain the form that was most likely meant."""
        forms = [self._resolved(form) for form in violation.validator_value]
        likely = [index for index, form in enumerate(forms) if _has_type(violation.instance, form)]
        keys = set(violation.instance) if isinstance(violation.instance, dict) else set()
        if keys:
            likely = sorted(likely, key=lambda index: -_likeness(keys, forms[index]))
        if likely and (len(likely) == 1 or not keys or _likeness(keys, forms[likely[0]])):
            inner = [error for error in violation.context if error.relative_schema_path[0] == likely[0]]
            yield from self.findings(inner)
            return
        takes = ', '.join(_form(form) for form in forms)
        message = f'{_subject(path)} is {self._shown(path, violation.instance)}, which is none of its forms.'
        yield Finding(Problem(Code.SPEC_INVALID, message, f'Write one of: {takes}.', self._value(path)))

    def _resolved(self, form: Mapping[str, Any]) -> Mapping[str, Any]:
        reference = form.get('$ref', '')
        return self.definitions[reference[len(_REFERENCE) :]] if reference else form

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


def _later(what: str, place: Place) -> Problem:
    message = f'{what} is part of format 1, but this version of releasekit cannot do it yet.'
    return Problem(Code.SPEC_LATER, message, 'Remove it, or use a version of releasekit that can.', place)


def _subject(path: Path) -> str:
    *above, last = path
    if isinstance(last, str):
        return f'`{last}`'
    name = next((part for part in reversed(above) if isinstance(part, str)), 'the file')
    return f'Item {last + 1} of `{name}`'


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
        return ' or '.join(json.dumps(value).strip('"') for value in form.get('enum', [form.get('const')]))
    return (
        f'a mapping with {" and ".join(f"`{key}`" for key in form["required"])}'
        if form.get('required')
        else 'a mapping'
    )
