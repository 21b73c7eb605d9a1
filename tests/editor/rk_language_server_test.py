# SPDX-License-Identifier: Apache-2.0
"""What an editor shows of release.yaml, by the real yaml-language-server: every key of the schema, wherever it stands.

The keys are read from the schema that is shipped, so that a new one is tried without a word here.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from releasekit.testing.language_server import PROGRAMS, Diagnostic, LanguageServer, start_language_server
from releasekit.testing.workspace import make_repository

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / 'schema' / 'release.schema.json').read_bytes())
MODELINE = '# yaml-language-server: $schema=./schema/release.schema.json\n'
# What is the user's to name, by the key above it.
NAMES = {'hooks': 'before-build', 'overrides': 'a' * 40}
WRONG: tuple[Any, ...] = ('no such value', 12.5, {'zzz': [1]}, [[[1]]], None)
FILES = (
    'tests/spec/complete.yaml',
    'release.yaml',
    *(f'examples/{name}/release.yaml' for name in ('shop', 'polyglot')),
)


@dataclasses.dataclass(frozen=True)
class Key:
    """A key of the format: where it stands, its own schema, and that of the mapping it belongs to."""

    trail: tuple[str | int, ...]
    schema: Mapping[str, Any]
    owner: Mapping[str, Any]

    def __str__(self) -> str:
        return '.'.join('-' if part == 0 else str(part) for part in self.trail)

    @property
    def siblings(self) -> dict[str, Any]:
        """What the mapping must have beside it."""
        needed = self.owner.get('required', ())
        return {name: sample(self.owner['properties'][name]) for name in needed if name != self.trail[-1]}

    @property
    def values(self) -> tuple[object, ...]:
        """The values that it has a closed list of, in any of its forms."""
        forms = list(parts(self.schema))
        closed = [form.get('enum', [form['const']] if 'const' in form else []) for form in forms]
        return tuple(value for values in closed for value in values)


@dataclasses.dataclass(frozen=True)
class Page:
    """A text with one key in it, and where that stands, from 0."""

    text: str
    line: int
    column: int


def parts(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A schema and all that it is put together of."""
    if '$ref' in schema:
        yield from parts(SCHEMA['definitions'][schema['$ref'].rpartition('/')[2]])
        return
    yield schema
    for word in ('allOf', 'anyOf', 'oneOf'):
        for part in schema.get(word, ()):
            yield from parts(part)


def keys(schema: Mapping[str, Any], trail: tuple[str | int, ...] = ()) -> Iterator[Key]:
    """Every key below a schema; a part of the format that holds itself is not entered again."""
    for part in parts(schema):
        for name, inner in part.get('properties', {}).items():
            yield Key((*trail, name), inner, part)
            if len(trail) < 8:
                yield from keys(inner, (*trail, name))
        for inner, name in ((part.get('additionalProperties'), named(trail)), (part.get('items'), 0)):
            if isinstance(inner, dict) and len(trail) < 8:
                yield from keys(inner, (*trail, name))


def named(trail: tuple[str | int, ...]) -> str:
    return NAMES.get(str(trail[-1]), 'mine') if trail else 'x-mine'


def sample(schema: Mapping[str, Any]) -> object:
    """A value that a key may have."""
    for part in parts(schema):
        for word in ('const', 'examples', 'enum'):
            if word in part:
                return part[word] if word == 'const' else part[word][0]
    return {'string': 'text', 'integer': 1, 'number': 1.5, 'boolean': True, 'array': [], 'object': {}}[kind(schema)]


def kind(schema: Mapping[str, Any]) -> str:
    found = next(part['type'] for part in parts(schema) if 'type' in part)
    return found if isinstance(found, str) else found[0]


def page(trail: tuple[str | int, ...], value: str, siblings: Mapping[str, Any]) -> Page:
    """The text of a file in which a key stands, with what must stand beside it."""
    lines: list[str] = [MODELINE.rstrip()]
    column, dash = 0, ''
    for part in trail:
        if part == 0:
            column, dash = column + 2, '- '
        else:
            lines.append(f'{" " * (column - len(dash))}{dash}{part}:')
            column, dash = column + 2, ''
    line = len(lines) - 1
    lines[-1] = f'{lines[-1]} {value}'
    lines += [f'{" " * (column - 2)}{name}: {json.dumps(beside)}' for name, beside in siblings.items()]
    return Page('\n'.join(lines) + '\n', line, column - 2)


def wrong(schema: Mapping[str, Any]) -> object | None:
    """A value that a key may not have, or `...` where it may have any."""
    validator = jsonschema.Draft7Validator({**schema, 'definitions': SCHEMA['definitions']})
    return next((value for value in WRONG if not validator.is_valid(value)), ...)


def numbered(found: Iterator[Key]) -> dict[str, Key]:
    """The keys by where they stand; one that several forms have is there for each of them."""
    names: dict[str, Key] = {}
    for key in found:
        same = [name for name in names if name.partition('#')[0] == str(key)]
        names[f'{key}#{len(same) + 1}' if same else str(key)] = key
    return names


KEYS = numbered(keys(SCHEMA))
CLOSED = {
    str(Key(key.trail[:-1], {}, {})): name
    for name, key in KEYS.items()
    if key.owner.get('additionalProperties') is False
}
EACH = pytest.mark.parametrize('name', KEYS)


@pytest.fixture(scope='module')
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageServer]:
    """The server over a folder that has the schema where the modeline says."""
    if missing := [program for program in PROGRAMS if shutil.which(program) is None]:
        pytest.skip(f'there is no {" and no ".join(missing)} on this machine')
    folder = tmp_path_factory.mktemp('editor')
    (folder / 'schema').mkdir()
    (folder / 'schema' / 'release.schema.json').write_text(json.dumps(SCHEMA))
    with start_language_server(folder, {'schema/release.schema.json': 'settings/release.yaml'}) as started:
        yield started


@pytest.fixture(scope='module')
def underlined(server: LanguageServer) -> dict[str, tuple[Diagnostic, ...]]:
    """What the server says of all pages at once, since it waits a little before it looks at each."""
    pages: dict[str, Page] = {}
    for name, key in KEYS.items():
        pages[f'good-{name}'] = page(key.trail, json.dumps(sample(key.schema)), key.siblings)
        pages[f'wrong-{name}'] = page(key.trail, json.dumps(wrong(key.schema), default=str), key.siblings)
        pages[f'unknown-{name}'] = page((*key.trail[:-1], 'zzz'), '1', key.siblings)
    for name, each in pages.items():
        server.open(f'{name}.yaml', each.text)
    found = server.diagnostics([f'{name}.yaml' for name in pages])
    # Only what is said of the line of the key: what is missing elsewhere in so small a file is not asked.
    return {
        name: tuple(each for each in found[f'{name}.yaml'] if each.line == page.line) for name, page in pages.items()
    }


def test_the_keys_are_those_of_the_format() -> None:
    """All of the top, and some that lie deep."""
    assert set(SCHEMA['properties']) <= set(KEYS)
    assert {'workspaces.mine.version.scheme', 'targets.mine.auth.token.env', 'tasks.mine.steps.-.run'} <= set(KEYS)


@EACH
def test_hover_explains_a_key(server: LanguageServer, name: str) -> None:
    """The description of the schema, whatever forms the value has."""
    key = KEYS[name]
    shown = page(key.trail, json.dumps(sample(key.schema)), key.siblings)
    server.open(f'hover-{name}.yaml', shown.text)
    hover = server.hover(f'hover-{name}.yaml', shown.line, shown.column + 1)
    assert plain(key.schema['description']) in plain(hover)


def plain(text: str) -> str:
    """Without what Markdown needs so that a character stands for itself."""
    return ''.join(text.replace('\\', '').replace('&emsp;', ' ').replace('&nbsp;', ' ').split())


@EACH
def test_completion_proposes_a_key(server: LanguageServer, name: str) -> None:
    """With its description beside it."""
    key = KEYS[name]
    above = page((*key.trail[:-1], 'zzz'), '', {})
    text = above.text[: above.text.rindex('zzz')]
    server.open(f'complete-{name}.yaml', text)
    proposals = {each.label: each for each in server.complete(f'complete-{name}.yaml', above.line, above.column)}
    assert key.trail[-1] in proposals
    # Of a key that several forms have, the editor shows the text of one.
    same = [other.schema['description'] for other in KEYS.values() if str(other) == str(key)]
    about = plain(proposals[str(key.trail[-1])].about)
    assert any(plain(text) in about for text in same)


@pytest.mark.parametrize('name', [name for name, key in KEYS.items() if key.values])
def test_completion_proposes_the_values_of_a_closed_list(server: LanguageServer, name: str) -> None:
    """All of them, behind the colon."""
    key = KEYS[name]
    shown = page(key.trail, '', key.siblings)
    server.open(f'values-{name}.yaml', shown.text)
    column = shown.column + len(str(key.trail[-1])) + 2
    # What YAML 1.1 would not read as text is proposed in quotes.
    labels = {each.label.strip('"') for each in server.complete(f'values-{name}.yaml', shown.line, column)}
    assert {value if isinstance(value, str) else json.dumps(value) for value in key.values} <= labels


@EACH
def test_an_example_is_not_underlined(underlined: dict[str, tuple[Diagnostic, ...]], name: str) -> None:
    """What the schema shows as an example is right for the editor too."""
    assert underlined[f'good-{name}'] == ()


@pytest.mark.parametrize('name', [name for name, key in KEYS.items() if wrong(key.schema) is not ...])
def test_a_wrong_value_is_underlined(underlined: dict[str, tuple[Diagnostic, ...]], name: str) -> None:
    """On its own line."""
    assert underlined[f'wrong-{name}']


@pytest.mark.parametrize('name', CLOSED)
def test_an_unknown_key_is_underlined(underlined: dict[str, tuple[Diagnostic, ...]], name: str) -> None:
    """In every mapping whose keys the format fixes."""
    found = underlined[f'unknown-{CLOSED[name]}']
    assert found, name


@pytest.mark.parametrize('name', FILES)
def test_a_good_file_is_not_underlined(server: LanguageServer, name: str) -> None:
    """The complete example, our own spec and those of the examples."""
    lines = (ROOT / name).read_text(encoding='utf-8').splitlines()
    # Where the schema is differs between them, and a tag below `x-` is for the editor's own settings.
    text = '\n'.join(line.replace('!thing ', '') for line in lines if '$schema=' not in line)
    path = name.replace('/', '-')
    server.open(path, f'{MODELINE}{text}\n')
    assert server.diagnostics([path]) == {path: ()}


def test_a_setting_does_what_the_modeline_does(server: LanguageServer) -> None:
    """A file without a modeline that `yaml.schemas` names, by paths from the folder that is open in the editor."""
    server.open('settings/release.yaml', 'mood: direct\n')
    server.open('settings/other.yaml', 'mood: direct\n')
    found = server.diagnostics(['settings/release.yaml', 'settings/other.yaml'])
    assert 'Property mood is not allowed.' in {each.message for each in found['settings/release.yaml']}
    assert found['settings/other.yaml'] == ()


SPEC = """\
# yaml-language-server: $schema=./schema/release.schema.json
version: 1
workspaces:
  py:
    ecosystem: python
    groups: {sdk: {packages: ["*"]}}
    targets: [inside]
targets:
  inside: {type: pypi, auth: none, url: "http://127.0.0.1:9/", index: "http://127.0.0.1:9/simple/"}
checks:
  - {name: proofread, run: ["true"]}
tasks:
  polish: {steps: [tag]}
"""


@pytest.mark.parametrize(
    ('more', 'proposed'),
    [
        ('  web:\n    ecosystem: js\n    targets:\n      - ', {'inside'}),
        ('  web:\n    ecosystem: js\n    packages:\n      a:\n        targets:\n          - ', {'inside'}),
        ('tasks:\n  again:\n    steps:\n      - task: ', {'polish', 'release'}),
        ('tasks:\n  again:\n    steps:\n      - use: ', {'tag', 'publish'}),
        ('tasks:\n  again:\n    steps:\n      - ', {'tag', 'publish'}),
        ('hooks:\n  ', {'before-publish', 'after-release'}),
        ('hooks:\n  before-publish:\n    - ', {'polish'}),
    ],
)
def test_the_schema_of_a_repository_completes_its_own_names(
    tmp_path_factory: pytest.TempPathFactory, server: LanguageServer, more: str, proposed: set[str]
) -> None:
    """`releasekit schema` writes them in: targets, tasks, steps and hooks."""
    repository = make_repository(tmp_path_factory.mktemp('own') / 'repository', {'release.yaml': SPEC})
    program = str(Path(sys.executable).parent / 'releasekit')
    written = subprocess.run([program, 'schema'], cwd=repository.root, capture_output=True, text=True, check=True)
    folder = server.folder / 'own'
    (folder / 'schema').mkdir(parents=True, exist_ok=True)
    (folder / 'schema' / 'release.schema.json').write_text(written.stdout)
    head = f'{MODELINE}version: 1\n' + ('workspaces:\n' if more.startswith('  ') else '')
    text, path = f'{head}{more}', f'own/{abs(hash(more))}.yaml'
    server.open(path, text)
    *lines, last = text.split('\n')
    assert proposed <= {each.label for each in server.complete(path, len(lines), len(last))}
