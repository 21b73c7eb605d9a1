# SPDX-License-Identifier: Apache-2.0
"""The text of release.yaml to a `Spec`: read, compared with the schema, checked by rules; all that is wrong is said."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from releasekit import codec, lazy
from releasekit.errors import Code, Place, Problem, ReleaseKitError, Severity
from releasekit.schema import json_schema
from releasekit.spec import addresses, chores, contradictions, keys, later, overrides, reader, rules, secrets, templates
from releasekit.spec.diagnose import Diagnosis, Finding
from releasekit.spec.kinds import Kind, Known, target_kinds
from releasekit.spec.model import Spec, UseStep
from releasekit.spec.names import LATER
from releasekit.spec.overrides import Given, Override
from releasekit.spec.places import Path, Places
from releasekit.spec.readable import readable
from releasekit.spec.scalars import Date
from releasekit.spec.shorthand import Expander

if TYPE_CHECKING:
    import jsonschema
else:
    jsonschema = lazy.module('jsonschema')

MAX_PROBLEMS = 100
_RULES = (*rules.RULES, *templates.RULES, *addresses.RULES, *chores.RULES, *contradictions.RULES)


@dataclasses.dataclass(frozen=True, slots=True)
class Loaded:
    """A spec, the SHA-256 of its text in hex, and what is odd about it. `places` finds lines for later problems.

    `overrides` are the settings that were put over those of the text.
    """

    spec: Spec
    digest: str
    warnings: tuple[Problem, ...]
    places: Places = dataclasses.field(repr=False, compare=False)
    overrides: tuple[Override, ...] = ()


@functools.cache
def release_schema(kinds: tuple[Kind, ...]) -> dict[str, Any]:
    """The JSON Schema of release.yaml with these ecosystems; keys that begin with `x-` are the user's own."""
    schema = json_schema(Spec, title='release.yaml', identifier='urn:releasekit:release:1')
    workspace, target = (schema['definitions'][name]['properties'] for name in ('WorkspaceSpec', 'Target'))
    workspace['ecosystem']['enum'] = [*(kind.name for kind in kinds), *LATER['workspaces.*.ecosystem']]
    workspace['tool']['enum'] = [*(tool for kind in kinds for tool in kind.tools), None]
    target['type']['enum'] = [*target_kinds(kinds), *LATER['targets.*.type']]
    later.mark(schema)
    return {**schema, 'patternProperties': {f'^{reader.EXTENSION}': {}}}


def load(text: str, path: str, known: Known, *, strict: bool = False, given: Given | None = None) -> Loaded:
    """Read a release.yaml; `path` is only shown, `given` is what is said beside it.

    Raises:
        ReleaseKitError: Everything that is wrong with it, with its place; under `strict` warnings too.
    """
    found = list(secrets.find(text, path))
    # No message about what follows can repeat a secret: it is not there any more.
    document = _read(secrets.blot(text) if found else text, path, found)
    document, chosen = _overridden(document, known.kinds, given or Given(), found)
    uses = list(later.find(document.data, document.places, _later(known.kinds)))
    hiding = dataclasses.replace(document, broken=document.broken | {use.hidden for use in uses})
    findings = list(itertools.islice(_violations(hiding, known.kinds), MAX_PROBLEMS + 1))
    found += document.problems
    found += dict.fromkeys(each.problem for each in (*uses, *findings) if not _is_secret(each.problem, found))
    data = _without(document.data, frozenset(each.droppable for each in (*uses, *findings) if each.droppable))
    data = _mended(data, tuple(each.instead for each in findings if each.instead and each.droppable != each.instead[0]))
    # With what is wrong left out or mended, the rest may stand, and then the rules have something to say too.
    if document.problems or ((uses or findings) and not _validator(known.kinds).is_valid(data)):
        raise _error(found)
    spec = _build(data, Expander(document.places, known.kinds), found)
    subject = rules.Subject(spec, document.places, known.steps, known.kinds)
    found += [problem for rule in _RULES for problem in rule(subject)]
    found += _step_options(spec, document, known)
    if any(each.problem.code is Code.SPEC_INVALID for each in findings):
        # What seems to be unused may be used by what was left out.
        found = [problem for problem in found if problem.code is not Code.SPEC_UNUSED]
    if strict:
        found = [dataclasses.replace(problem, severity=Severity.ERROR) for problem in found]
    if any(problem.severity is Severity.ERROR for problem in found):
        raise _error(found)
    return Loaded(spec, hashlib.sha256(text.encode()).hexdigest(), tuple(map(readable, found)), document.places, chosen)


def _read(text: str, path: str, found: list[Problem]) -> reader.Document:
    try:
        return reader.read(text, path)
    except ReleaseKitError as error:
        raise _error([*found, *error.problems]) from error


def _overridden(
    document: reader.Document, kinds: tuple[Kind, ...], given: Given, found: list[Problem]
) -> tuple[reader.Document, tuple[Override, ...]]:
    if not (given.overrides or given.variables):
        return document, ()
    known = keys.keys(release_schema(kinds))
    chosen, problems = overrides.resolve(document.data, known, given)
    found += problems
    return overrides.apply(document, chosen, known), chosen


def _violations(document: reader.Document, kinds: tuple[Kind, ...]) -> Iterator[Finding]:
    diagnosis = Diagnosis(document, release_schema(kinds))
    return diagnosis.findings(_validator(kinds).iter_errors(document.data))


def _step_options(spec: Spec, document: reader.Document, known: Known) -> Iterator[Problem]:
    """A built-in step takes only the options that it has."""
    for name, task in spec.tasks.items():
        for index, step in enumerate(task.steps):
            if isinstance(step, UseStep) and step.use in known.options:
                title = f'step `{step.use}`'
                schema = json_schema(known.options[step.use], title=title, identifier=f'urn:releasekit:step:{step.use}')
                diagnosis = Diagnosis(document, schema, ('tasks', name, 'steps', index))
                violations: Any = jsonschema.Draft7Validator(schema).iter_errors(dict(step.options))
                # Of dates, the expander has said so.
                kept = (each for each in violations if not isinstance(each.instance, Date))
                yield from (finding.problem for finding in diagnosis.findings(kept))


@functools.cache
def _later(kinds: tuple[Kind, ...]) -> later.Rows:
    return later.rows(release_schema(kinds))


def _validator(kinds: tuple[Kind, ...]) -> Any:  # noqa: ANN401 - jsonschema makes its classes when it is imported
    return jsonschema.Draft7Validator(release_schema(kinds))


def _without(data: dict[str, Any], dropped: frozenset[Path], path: Path = ()) -> dict[str, Any]:
    """The data without some keys; everything else of it as it is."""
    if not dropped:
        return data
    return {key: _kept(value, dropped, (*path, key)) for key, value in data.items() if (*path, key) not in dropped}


def _kept(value: Any, dropped: frozenset[Path], path: Path) -> Any:  # noqa: ANN401 - any YAML value
    if isinstance(value, list):
        return [_kept(item, dropped, (*path, index)) for index, item in enumerate(value)]
    return _without(value, dropped, path) if isinstance(value, dict) else value


def _is_secret(problem: Problem, found: Sequence[Problem]) -> bool:
    """Whether what a problem is about is a secret, of which that is said; in quotes it begins a column later."""
    place = problem.place
    secret = (each.place for each in found if each.code is Code.SPEC_SECRET)
    return any(
        place is not None and each is not None and each.line == place.line and 0 <= _column(each) - _column(place) <= 1
        for each in secret
    )


def _column(place: Place) -> int:
    return place.column or 0


def _mended(data: dict[str, Any], values: Iterable[tuple[Path, Any]]) -> dict[str, Any]:
    """The data with some values set, as far as what they stand in is there."""
    for path, value in values:
        data = _put(data, path, value)
    return data


def _put(value: Any, path: Path, new: Any) -> Any:  # noqa: ANN401 - any YAML value
    if not path:
        return new
    first, *rest = path
    if isinstance(value, list) and isinstance(first, int) and first < len(value):
        return [_put(item, tuple(rest), new) if index == first else item for index, item in enumerate(value)]
    if isinstance(value, dict) and (first in value or not rest):
        return {**value, first: _put(value.get(first), tuple(rest), new)}
    return value


def _build(data: dict[str, Any], expander: Expander, found: list[Problem]) -> Spec:
    written = expander.spec(data)
    found += expander.problems
    return codec.decode(written, Spec)


def _error(found: Iterable[Problem]) -> ReleaseKitError:
    problems = sorted(map(readable, found), key=_position)
    if len(problems) > MAX_PROBLEMS:
        message = f'More than {MAX_PROBLEMS} things are wrong; the rest is not shown.'
        rest = Problem(Code.SPEC_INVALID, message, 'Correct these first.', problems[-1].place)
        problems = [*problems[:MAX_PROBLEMS], rest]
    return ReleaseKitError(*problems)


def _position(problem: Problem) -> tuple[int, int]:
    place = problem.place
    return (place.line or 0, place.column or 0) if place is not None else (0, 0)
