# SPDX-License-Identifier: Apache-2.0
"""Settings from flags and environment variables, put over those of release.yaml: a flag wins, then a variable."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from releasekit import log
from releasekit.errors import Code, Place, Problem, Severity, fail
from releasekit.spec import secrets
from releasekit.spec.keys import ANY, ENGINE, Key, variable
from releasekit.spec.names import FLAG_VARIABLES, nearest
from releasekit.spec.places import Path, Places
from releasekit.spec.reader import Document

PREFIX = 'RELEASEKIT_'
FLAG = '--config'


@dataclasses.dataclass(frozen=True, slots=True)
class Override:
    """A setting by its path with dots, its value as it was written, and the variable or flag that gives it."""

    key: str
    text: str
    origin: str

    @property
    def path(self) -> Path:
        """The parts of the key."""
        return tuple(self.key.split('.'))

    @property
    def place(self) -> Place:
        """Where it was given."""
        return Place(self.origin)


@dataclasses.dataclass(frozen=True)
class Given:
    """What is said beside the file: settings, and the environment, of which only `RELEASEKIT_…` is looked at."""

    overrides: tuple[Override, ...] = ()
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict, repr=False)

    @property
    def variables(self) -> dict[str, str]:
        """The variables that can name a setting."""
        return {name: text for name, text in sorted(self.environment.items()) if _may_set(name)}


def flagged(texts: Iterable[str]) -> tuple[Override, ...]:
    """The settings of `--config KEY=VALUE`.

    Raises:
        ReleaseKitError: `RK-USAGE` where there is no `=`.
    """
    found = []
    for text in texts:
        key, sign, given = text.partition('=')
        if not sign:
            hint = f'Write `{FLAG} KEY=VALUE`, such as `{FLAG} engine.concurrency=2`.'
            raise fail(Code.USAGE, f'`{FLAG} {text}` has no value.', hint)
        found.append(Override(key, given, f'{FLAG} {key}'))
    return tuple(found)


def for_plan(overrides: Iterable[Override]) -> dict[str, str] | None:
    """Those that a plan depends on, for its inputs: all but how actions are carried out. None where there are none."""
    return {each.key: each.text for each in overrides if each.path[0] != ENGINE} or None


def again(project: Iterable[Override], config: Mapping[str, str] | None) -> Given:
    """What was said for a plan that was made before, with how actions are carried out now."""
    engine = [each for each in project if each.path[0] == ENGINE]
    return Given((*engine, *(Override(key, text, 'the plan') for key, text in (config or {}).items())))


def resolve(data: Mapping[str, Any], known: Sequence[Key], given: Given) -> tuple[tuple[Override, ...], list[Problem]]:
    """The settings that are given, those of variables first, and what is wrong with them.

    A variable that nothing is called is a warning: it can be meant for another program.
    """
    problems: list[Problem] = []
    found = list(_from_variables(data, known, given.variables, problems))
    for override in given.overrides:
        if (problem := _refused(override, data, known)) is not None:
            problems.append(problem)
        else:
            found.append(override)
    for each in found:
        problems.extend(secrets.find(each.text, each.origin))
    return tuple(found), problems


def apply(document: Document, overrides: Iterable[Override], known: Sequence[Key]) -> Document:
    """The document with the settings in it; what is wrong with one is shown at its flag or variable."""
    data, origins = copy.deepcopy(document.data), dict[Path, Place]()
    for override in overrides:
        schema = next(key.schema for key in known if _is(key, override.path))
        _put(data, override.path, value(override.text, schema))
        origins[override.path] = override.place
    places = document.places
    return dataclasses.replace(
        document, data=data, places=_Given(places.file, places.lines, places.keys, places.values, origins)
    )


def variables(data: Mapping[str, Any], known: Iterable[Key]) -> dict[str, str]:
    """The variables that set the keys of a document, and those keys."""
    paths = (path for key in known if key.settable for path in _expanded(key.path, data))
    return {variable(path): '.'.join(path) for path in paths}


def value(text: str, schema: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any YAML scalar
    """A text as the kind of value that a key takes; as text where it is none, for the schema to say so."""
    types = schema.get('type', [])
    wanted = [types] if isinstance(types, str) else types
    choices = schema.get('enum', [])
    if text in {'', 'null'} and ('null' in wanted or None in choices):
        return None
    if 'boolean' in wanted or any(isinstance(choice, bool) for choice in choices):
        return {'true': True, 'false': False}.get(text, text)
    for name, kind in (('integer', int), ('number', float)):
        if name in wanted:
            with contextlib.suppress(ValueError):
                return kind(text)
    return text


@dataclasses.dataclass(frozen=True)
class _Given(Places):
    """Places of a file, and of what was put over it."""

    origins: Mapping[Path, Place] = dataclasses.field(default_factory=dict)

    def key(self, path: Path, label: str = '') -> Place:
        return self._labelled(path, label) or super().key(path, label)

    def value(self, path: Path, label: str = '') -> Place:
        return self._labelled(path, label) or super().value(path, label)

    def plain(self, path: Path) -> str | None:
        return None if path in self.origins else super().plain(path)

    def _labelled(self, path: Path, label: str) -> Place | None:
        place = self.origins.get(path)
        return None if place is None else dataclasses.replace(place, label=label)


def _may_set(name: str) -> bool:
    return name.startswith(PREFIX) and name not in FLAG_VARIABLES and not log.looks_secret(name)


def _from_variables(
    data: Mapping[str, Any], known: Sequence[Key], given: Mapping[str, str], problems: list[Problem]
) -> Iterator[Override]:
    names = variables(data, known) if given else {}
    for name, text in given.items():
        if name in names:
            yield Override(names[name], text, name)
            continue
        near = nearest(name, [*names, *FLAG_VARIABLES])
        hint = f'Did you mean {near}?' if near else '`releasekit config` lists the settings; unset what is not used.'
        message = f'The environment variable {name} sets nothing.'
        problems.append(Problem(Code.USAGE, message, hint, severity=Severity.WARNING))


def _refused(override: Override, data: Mapping[str, Any], known: Sequence[Key]) -> Problem | None:
    key = next((each for each in known if _is(each, override.path)), None)
    settable = list(variables(data, known).values())
    if key is not None and not key.settable:
        hint = (
            'Write it in release.yaml; flags and variables set single values that are no commands and no credentials.'
        )
        return Problem(Code.USAGE, f'`{override.key}` cannot be set by a flag.', hint, override.place)
    if override.key in settable:
        return None
    near = nearest(override.key, settable)
    hint = f'Did you mean `{near}`?' if near else 'Run `releasekit config` for all settings.'
    return Problem(Code.USAGE, f'There is no setting `{override.key}`.', hint, override.place)


def _is(key: Key, path: Path) -> bool:
    return len(key.path) == len(path) and all(want in {ANY, have} for want, have in zip(key.path, path, strict=True))


def _expanded(path: Sequence[str], data: object) -> Iterator[tuple[str, ...]]:
    """The path with each `*` replaced by every name that the document has there."""
    if not path:
        yield ()
        return
    below = data if isinstance(data, Mapping) else {}
    for name in below if path[0] == ANY else [path[0]]:
        for rest in _expanded(path[1:], below.get(name)):
            yield (str(name), *rest)


def _put(data: dict[str, Any], path: Path, given: object) -> None:
    for part in path[:-1]:
        if not isinstance(data.get(str(part)), dict):
            data[str(part)] = {}
        data = data[str(part)]
    data[str(path[-1])] = given
