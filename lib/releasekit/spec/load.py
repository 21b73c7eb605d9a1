# SPDX-License-Identifier: Apache-2.0
"""The text of release.yaml to a `Spec`: read, compared with the schema, checked by rules; all that is wrong is said."""

from __future__ import annotations

import codecs
import dataclasses
import functools
import hashlib
import itertools
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from releasekit import codec, lazy
from releasekit.errors import Code, Place, Problem, ReleaseKitError, Severity, fail
from releasekit.schema import json_schema
from releasekit.spec import addresses, reader, rules, secrets, templates
from releasekit.spec.diagnose import Diagnosis, Finding
from releasekit.spec.kinds import Kind, Known, target_kinds
from releasekit.spec.model import Spec
from releasekit.spec.places import Path, Places
from releasekit.spec.shorthand import Expander

if TYPE_CHECKING:
    import jsonschema
else:
    jsonschema = lazy.module('jsonschema')

MAX_BYTES = 1 << 20
MAX_PROBLEMS = 100
_RULES = (*rules.RULES, *templates.RULES, *addresses.RULES)
_ENCODING_HINT = 'Save the file as UTF-8, without a byte order mark.'
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclasses.dataclass(frozen=True, slots=True)
class Loaded:
    """A spec, the SHA-256 of its text in hex, and what is odd about it. `places` finds lines for later problems."""

    spec: Spec
    digest: str
    warnings: tuple[Problem, ...]
    places: Places = dataclasses.field(repr=False, compare=False)


@functools.cache
def release_schema(kinds: tuple[Kind, ...]) -> dict[str, Any]:
    """The JSON Schema of release.yaml with these ecosystems; keys that begin with `x-` are the user's own."""
    schema = json_schema(Spec, title='release.yaml', identifier='urn:releasekit:release:1')
    workspace, target = (schema['definitions'][name]['properties'] for name in ('WorkspaceSpec', 'Target'))
    workspace['ecosystem']['enum'] = [kind.name for kind in kinds]
    workspace['tool']['enum'] = [*(tool for kind in kinds for tool in kind.tools), None]
    target['type']['enum'] = [*target_kinds(kinds)]
    return {**schema, 'patternProperties': {f'^{reader.EXTENSION}': {}}}


def decode(data: bytes, path: str) -> str:
    """The text of a file.

    Raises:
        ReleaseKitError: `RK-SPEC-SYNTAX`: it is larger than `MAX_BYTES`, or not UTF-8 without a byte order mark.
    """
    place = Place(path)
    if len(data) > MAX_BYTES:
        hint = 'Describe many packages by one workspace and name globs.'
        message = f'The file has {len(data)} bytes; the limit is {MAX_BYTES}.'
        raise fail(Code.SPEC_SYNTAX, message, hint, place)
    if data.startswith(_MARKS):
        raise fail(Code.SPEC_SYNTAX, 'The file begins with a byte order mark.', _ENCODING_HINT, place)
    if 0 in data:
        message = f'The file has a NUL byte at offset {data.index(0)}; it is binary, or UTF-16.'
        raise fail(Code.SPEC_SYNTAX, message, _ENCODING_HINT, place)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b'\n', 0, error.start) + 1
        message = f'The file is not UTF-8: byte {data[error.start]:#04x} on line {line}.'
        raise fail(Code.SPEC_SYNTAX, message, _ENCODING_HINT, Place(path, line)) from error


def load(text: str, path: str, known: Known, *, strict: bool = False) -> Loaded:
    """Read a release.yaml; `path` is only shown.

    Raises:
        ReleaseKitError: Everything that is wrong with it, with its place; under `strict` warnings too.
    """
    found = list(secrets.find(text, path))
    # No message about what follows can repeat a secret: it is not there any more.
    document = _read(secrets.blot(text) if found else text, path, found)
    findings = list(itertools.islice(_violations(document, known.kinds), MAX_PROBLEMS + 1))
    found += document.problems
    found += dict.fromkeys(finding.problem for finding in findings)
    data = _without(document.data, frozenset(finding.droppable for finding in findings if finding.droppable))
    # With unknown keys left out, the rest may stand, and then the rules have something to say too.
    if document.problems or (findings and not _validator(known.kinds).is_valid(data)):
        raise _error(found)
    spec = _build(data, Expander(document.places, known.kinds), found)
    subject = rules.Subject(spec, document.places, known.steps, known.kinds)
    found += [problem for rule in _RULES for problem in rule(subject)]
    if strict:
        found = [dataclasses.replace(problem, severity=Severity.ERROR) for problem in found]
    if any(problem.severity is Severity.ERROR for problem in found):
        raise _error(found)
    return Loaded(spec, hashlib.sha256(text.encode()).hexdigest(), tuple(found), document.places)


def _read(text: str, path: str, found: list[Problem]) -> reader.Document:
    try:
        return reader.read(text, path)
    except ReleaseKitError as error:
        raise _error([*found, *error.problems]) from error


def _violations(document: reader.Document, kinds: tuple[Kind, ...]) -> Iterator[Finding]:
    diagnosis = Diagnosis(document, release_schema(kinds)['definitions'])
    return diagnosis.findings(_validator(kinds).iter_errors(document.data))


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


def _build(data: dict[str, Any], expander: Expander, found: list[Problem]) -> Spec:
    written = expander.spec(data)
    found += expander.problems
    return codec.decode(written, Spec)


def _error(found: Iterable[Problem]) -> ReleaseKitError:
    problems = sorted(found, key=_position)
    if len(problems) > MAX_PROBLEMS:
        message = f'More than {MAX_PROBLEMS} things are wrong; the rest is not shown.'
        rest = Problem(Code.SPEC_INVALID, message, 'Correct these first.', problems[-1].place)
        problems = [*problems[:MAX_PROBLEMS], rest]
    return ReleaseKitError(*problems)


def _position(problem: Problem) -> tuple[int, int]:
    place = problem.place
    return (place.line or 0, place.column or 0) if place is not None else (0, 0)
