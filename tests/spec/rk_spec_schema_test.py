# SPDX-License-Identifier: Apache-2.0
"""The schemas of schema/ and the dataclasses say the same."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import typing
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import jsonschema
import pytest

from releasekit import codec
from releasekit.core import actions, journal, manifest, report
from releasekit.core.documents import ERROR_SCHEMA, errors
from releasekit.core.plan import Base, BumpKind, Inputs, Plan, PlannedPackage, Reason, ReasonKind, read
from releasekit.errors import Code, Place, Problem
from releasekit.schema import json_schema
from releasekit.spec import model
from releasekit.spec.diagnose import NOUNS, Diagnosis
from releasekit.spec.reader import read as read_yaml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / 'schema'


def generated() -> dict[str, str]:
    found = importlib.util.spec_from_file_location('rk_schemas_script', ROOT / 'scripts' / 'schemas.py')
    assert found is not None
    assert found.loader is not None
    script = importlib.util.module_from_spec(found)
    found.loader.exec_module(script)
    return {name: script.text(schema) for name, schema in script.schemas()}


def committed(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / f'{name}.schema.json').read_text(encoding='utf-8'))


def valid(name: str, document: Any) -> bool:
    return jsonschema.Draft7Validator(committed(name)).is_valid(document)


def test_what_is_committed_is_what_is_generated() -> None:
    """After a change of a dataclass, `python scripts/schemas.py` writes the schemas anew."""
    assert {path.name: path.read_text(encoding='utf-8') for path in FOLDER.glob('*.json')} == generated()


@pytest.mark.parametrize('path', sorted(FOLDER.glob('*.json')), ids=lambda path: path.name)
def test_every_schema_is_one(path: Path) -> None:
    """By the meta-schema of draft-07, with no reference that leads nowhere."""
    schema = json.loads(path.read_text(encoding='utf-8'))
    jsonschema.Draft7Validator.check_schema(schema)
    referred = {value.rpartition('/')[2] for value in references(schema)}
    assert referred == set(schema['definitions'])


def references(value: object) -> Iterator[str]:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if isinstance(value, dict) and isinstance(reference := value.get('$ref'), str):
        yield reference
    for item in items:
        yield from references(item)


def classes() -> list[Any]:
    return [cls for cls in vars(model).values() if isinstance(cls, type) and dataclasses.is_dataclass(cls)]


def definition(cls: Any) -> dict[str, Any]:
    schema = committed('release')
    return schema if cls is model.Spec else schema['definitions'][cls.__name__]


@pytest.mark.parametrize('cls', classes(), ids=lambda cls: cls.__name__)
def test_schema_and_dataclass_agree(cls: Any) -> None:
    """On the names, on what is required, on the defaults and their types; and every field is described."""
    part = definition(cls)
    fields = {
        codec.key_of(field.name): field for field in dataclasses.fields(cls) if not field.metadata['schema'].get('rest')
    }
    missing = dataclasses.MISSING
    required = {name for name, field in fields.items() if field.default is field.default_factory is missing}
    assert set(part['properties']) == set(fields)
    assert set(part['required']) == required
    assert all(shown['title'] and shown['description'] for shown in part['properties'].values())
    defaults = {name: shown['default'] for name, shown in part['properties'].items() if 'default' in shown}
    expected = {
        name: codec.encode(
            field.default if field.default is not missing else typing.cast('Any', field.default_factory)()
        )
        for name, field in fields.items()
        if name not in required
    }
    assert defaults == expected
    whole = committed('release')
    for name, default in defaults.items():
        shown = {**part['properties'][name], 'definitions': whole['definitions']}
        assert jsonschema.Draft7Validator(shown).is_valid(default), name


@pytest.mark.parametrize('cls', classes(), ids=lambda cls: cls.__name__)
def test_every_key_has_an_example_that_is_one(cls: Any) -> None:
    """By the schema of the key itself."""
    whole = committed('release')
    for name, shown in definition(cls)['properties'].items():
        assert shown.get('examples'), f'{cls.__name__}.{name} needs examples=[…] in its doc(…)'
        described = {**shown, 'definitions': whole['definitions']}
        for example in shown['examples']:
            jsonschema.Draft7Validator(described).validate(example)


JSON_TYPES: Mapping[Any, tuple[set[str], list[Any]]] = {
    str: ({'string'}, ['text', 'a/b']),
    bool: ({'boolean'}, [True, False]),
    int: ({'integer'}, [3]),
    float: ({'number'}, [3.5]),
}


@pytest.mark.parametrize(
    ('cls', 'name', 'hint'),
    [(cls, name, hint) for cls in classes() for name, hint in typing.get_type_hints(cls).items() if hint in JSON_TYPES],
)
def test_schema_and_dataclass_agree_on_plain_types(cls: Any, name: str, hint: Any) -> None:
    """Text, truth values and numbers."""
    assert {definition(cls)['properties'][name]['type']} == JSON_TYPES[hint][0]


@pytest.mark.parametrize(
    ('cls', 'name', 'hint'),
    [
        (cls, name, hint)
        for cls in classes()
        for name, hint in typing.get_type_hints(cls).items()
        if typing.get_origin(hint) is Literal
    ],
)
def test_schema_and_dataclass_agree_on_choices(cls: Any, name: str, hint: Any) -> None:
    """The values that a key takes."""
    shown = definition(cls)['properties'][name]
    assert shown.get('enum', [shown.get('const')]) == list(typing.get_args(hint))


STRUCTURE = {'properties', 'items', 'allOf', '$ref', 'format', 'propertyNames', 'patternProperties'}
WORDS = {'title', 'description', 'default', 'examples', 'definitions', 'patternErrorMessage', '$schema', '$id'}


def test_every_keyword_of_the_schema_can_be_explained() -> None:
    """Diagnostics know each keyword that can be violated."""
    schema = committed('release')
    known = set(Diagnosis(read_yaml('a: 1', 'a'), schema).explainers())
    assert set(keywords(schema)) - STRUCTURE - WORDS == known


def keywords(schema: dict[str, Any]) -> Iterator[str]:
    for word, value in schema.items():
        yield word
        inner = value.values() if word in {'properties', 'definitions', 'patternProperties'} else value
        if word in {'items', 'propertyNames', 'additionalProperties'}:
            inner = [value]
        for part in (
            inner
            if word not in {'default', 'enum', 'required', 'type', 'examples'} and isinstance(inner, Iterable)
            else ()
        ):
            yield from keywords(part) if isinstance(part, dict) else ()


def test_every_part_of_the_format_has_a_name_for_people() -> None:
    """Diagnostics speak of `a workspace`, never of a class."""
    assert set(NOUNS) == {cls.__name__ for cls in classes()} - {'Spec'}


def plan() -> Plan:
    edit = actions.EditFile(path='a', before='', after='1', diff='d', why='w')
    package: Any = {'package': 'py:a', 'name': 'a', 'version': '1.0.0'}
    every = (
        actions.Probe(what='tool', subject='git'),
        actions.RunCommand(purpose='check', id='t', argv=('ls',), unless=('a', 'b'), otherwise=('c',), timeout=1.5),
        edit,
        actions.WriteManifest(path='m.json', needs=('edit:a',)),
        actions.Commit(message='m', paths=('a',)),
        actions.CreateTag(tag='a-v1', message='m', package='py:a'),
        actions.Build(**package, workspace='py', path='a', edits=(edit,), env={'A': 'b'}),
        actions.SmokeTest(**package, workspace='py', with_builds=('build:py:a@1.0.0',)),
        actions.Push(remote='origin', branch='main', tags=('a-v1',)),
        actions.FastForward(branch='main'),
        actions.Upload(**package, target='pypi', build='b'),
        actions.Verify(**package, target='pypi', build='b'),
    )
    planned = PlannedPackage(
        'py:a',
        'a',
        'py',
        'python',
        'a',
        None,
        None,
        '1.0.0',
        BumpKind.INITIAL,
        'a-v1',
        ('pypi',),
        (Reason(ReasonKind.INITIAL),),
    )
    base = Base('0' * 40, 'main')
    return Plan('1.0', 'd', '2026-01-01', 0, Inputs(), base, (planned,), ('py:b',), {'py': 'v1'}, every)


def test_a_plan_with_every_action_is_valid_and_reads_back() -> None:
    """The test's plan holds each kind of action once, so that none lacks a schema."""
    document = json.loads(json.dumps(plan().document()))
    assert {action.kind for action in plan().actions} == {cls.kind for cls in typing.get_args(actions.Action)}
    jsonschema.Draft7Validator(committed('plan')).validate(document)
    assert read(document) == plan()


@pytest.mark.parametrize(
    ('path', 'value'),
    [
        (('id',), 'short'),
        (('schema',), 'releasekit/plan/2'),
        (('more',), 1),
        (('packages', 0, 'bump'), 'huge'),
        (('actions', 0, 'kind'), 'dance'),
        (('actions', 0, 'what'), 'weather'),
        (('actions', 4, 'key'), 'other'),
        (('actions', 4, 'package'), 'py:a'),
        (('actions', 10, 'tag'), 'x'),
        (('actions', 6, 'edits', 0, 'kind'), 'probe'),
    ],
)
def test_the_schema_of_a_plan_refuses_what_is_none(path: tuple[Any, ...], value: object) -> None:
    """Each action is held to the keys of its own kind."""
    document: Any = json.loads(json.dumps(plan().document()))
    assert valid('plan', document)
    at = document
    for part in path[:-1]:
        at = at[part]
    at[path[-1]] = value
    assert not valid('plan', document)


def test_what_is_printed_is_valid() -> None:
    """Reports, states and errors as they are encoded."""
    problem = Problem(Code.BUILD_FAILED, 'Wrong.', 'Do it.', Place('a', 1, 2))
    states = (report.PackageStatus('py:a', '1.0.0', report.PackageState.WAITING, ('pypi',), 'a person'),)
    ended = report.Report('p', None, (report.Result('build', report.ResultKind.FAILED, problem=problem),), states)
    assert valid('report', {'schema': report.REPORT_SCHEMA, **codec.encode({**codec.encode(ended)})})
    status = report.Status('p', 'b', finished=False, packages=states)
    assert valid('status', {'schema': report.STATUS_SCHEMA, **codec.encode(status)})
    assert valid('error', {'schema': ERROR_SCHEMA, **codec.encode(errors([problem, Problem(Code.BUG, 'm', 'h')]))})
    assert valid('manifest', json.loads(manifest.text(plan())))
    event = {'schema': journal.SCHEMA, **codec.encode(journal.Event('k', journal.EventKind.DONE, 1, 'w', 1))}
    assert not valid('journal', event)
    assert valid('journal', {**event, 'checksum': '0' * 64})


def test_a_type_without_a_json_form_is_refused() -> None:
    """Rather than a schema that allows everything."""
    made = dataclasses.make_dataclass('Made', [('where', Path)])
    with pytest.raises(TypeError, match='has no JSON Schema'):
        json_schema(made, title='t', identifier='urn:t')


@pytest.mark.parametrize(
    ('value', 'hint'),
    [
        (['a', 'b'], tuple[str, ...] | None),
        (None, tuple[str, ...] | None),
        ('trusted', model.Auth),
        ({'token': {'env': 'A'}}, model.Auth),
        (False, model.ChangelogRules | Literal[False]),
        ({'a': {'x': 1}}, Mapping[str, Any] | None),
    ],
)
def test_a_union_is_read_by_the_form_of_its_value(value: object, hint: Any) -> None:
    """Lists, objects and plain values each find the members that they can be."""
    assert codec.encode(codec.decode(value, hint)) == value
