# SPDX-License-Identifier: Apache-2.0
"""Edits of package.json and of catalogs: only the intended lines change, whatever the layout."""

from __future__ import annotations

import difflib
import json
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasekit.core.package import VersionPlace
from releasekit.ecosystems.base import Raise
from releasekit.ecosystems.js import JS, jsontext, settings
from releasekit.errors import Code, ReleaseKitError

PLACE = VersionPlace('package.json', 'package')
RAISES = (Raise('@acme/core', '2.0.0', 'keep'), Raise('util', '3.1.0', 'keep'))

# Name, text, and the lines that an edit to version 2.0.0 with the two raises must leave, all others being kept.
SHAPES: dict[str, tuple[str, list[str]]] = {
    'two spaces': ('{\n  "name": "a",\n  "version": "1.0.0"\n}\n', ['  "version": "2.0.0"']),
    'four spaces': ('{\n    "name": "a",\n    "version": "1.0.0"\n}\n', ['    "version": "2.0.0"']),
    'tabs': ('{\n\t"name": "a",\n\t"version": "1.0.0"\n}\n', ['\t"version": "2.0.0"']),
    'no indentation': ('{\n"name": "a",\n"version": "1.0.0"\n}\n', ['"version": "2.0.0"']),
    'mixed indentation': ('{\n  "name": "a",\n\t"version": "1.0.0",\n "x": 1\n}\n', ['\t"version": "2.0.0",']),
    'minified': ('{"name":"a","version":"1.0.0"}', ['{"name":"a","version":"2.0.0"}']),
    'one line with spaces': ('{ "name" : "a" , "version" : "1.0.0" }\n', ['{ "name" : "a" , "version" : "2.0.0" }']),
    'windows lines': ('{\r\n  "name": "a",\r\n  "version": "1.0.0"\r\n}\r\n', ['  "version": "2.0.0"\r']),
    'no newline at the end': ('{\n  "version": "1.0.0"\n}', ['  "version": "2.0.0"']),
    'two newlines at the end': ('{\n  "version": "1.0.0"\n}\n\n', ['  "version": "2.0.0"']),
    'byte order mark': ('\ufeff{\n  "version": "1.0.0"\n}\n', ['  "version": "2.0.0"']),
    'version first': ('{\n  "version": "1.0.0",\n  "name": "a"\n}\n', ['  "version": "2.0.0",']),
    'version last': ('{\n  "name": "a",\n  "main": "x.js",\n  "version": "1.0.0"\n}\n', ['  "version": "2.0.0"']),
    'comma first': ('{ "name": "a"\n, "version": "1.0.0"\n, "main": "x"\n}\n', [', "version": "2.0.0"']),
    'space before the colon': ('{\n  "version" :"1.0.0"\n}\n', ['  "version" :"2.0.0"']),
    'value on the next line': ('{\n  "version":\n    "1.0.0"\n}\n', ['    "2.0.0"']),
    'blank lines': ('{\n\n  "name": "a",\n\n  "version": "1.0.0"\n\n}\n', ['  "version": "2.0.0"']),
    'escapes in the version': ('{\n  "version": "1\\u002e0.0"\n}\n', ['  "version": "2.0.0"']),
    'escapes in the key': ('{\n  "ver\\u0073ion": "1.0.0"\n}\n', ['  "ver\\u0073ion": "2.0.0"']),
    'escapes elsewhere': (
        '{\n  "description": "\\"version\\": \\"1.0.0\\", \\u00fc \\\\",\n  "version": "1.0.0"\n}\n',
        ['  "version": "2.0.0"'],
    ),
    'other scripts': ('{\n  "description": "Größe 长度 🚀",\n  "version": "1.0.0"\n}\n', ['  "version": "2.0.0"']),
    'nested versions before': (
        '{\n  "engines": {\n    "version": "1.0.0"\n  },\n  "x": [{"version": "1.0.0"}],\n  "version": "1.0.0"\n}\n',
        ['  "version": "2.0.0"'],
    ),
    'nested versions after': (
        '{\n  "version": "1.0.0",\n  "config": {"version": "1.0.0"}\n}\n',
        ['  "version": "2.0.0",'],
    ),
    'version as a value': ('{\n  "name": "version",\n  "version": "1.0.0"\n}\n', ['  "version": "2.0.0"']),
    'version as a script': (
        '{\n  "scripts": {\n    "version": "git add -A"\n  },\n  "version": "1.0.0"\n}\n',
        ['  "version": "2.0.0"'],
    ),
    'braces in strings': ('{\n  "a": "}{][,:",\n  "version": "1.0.0"\n}\n', ['  "version": "2.0.0"']),
    'numbers and literals': (
        '{\n  "a": [1, -2.5e3, true, null, []],\n  "b": {},\n  "version": "1.0.0"\n}\n',
        ['  "version": "2.0.0"'],
    ),
    'a prerelease': ('{\n  "version": "1.0.0-rc.1+build.5"\n}\n', ['  "version": "2.0.0"']),
    'dependencies': (
        '{\n  "version": "1.0.0",\n  "dependencies": {\n    "@acme/core": "^1.0.0",\n    "pad": "^1.0.0"\n  }\n}\n',
        ['  "version": "2.0.0",', '    "@acme/core": "^2.0.0",'],
    ),
    'every section': (
        (
            '{\n  "version": "1.0.0",\n  "dependencies": {\n    "util": "~1.0.0"\n  },\n  "optionalDependencies": {\n'
            '    "util": "1.x"\n  },\n  "peerDependencies": {\n    "util": ">=1 <2"\n  },\n  "devDependencies": {\n'
            '    "util": "1.0.0"\n  }\n}\n'
        ),
        [
            '  "version": "2.0.0",',
            '    "util": "~3.1.0"',
            '    "util": "3.x"',
            '    "util": "^3.1.0"',
            '    "util": "3.1.0"',
        ],
    ),
    'dependencies on one line': (
        '{\n  "version": "1.0.0",\n  "dependencies": {"@acme/core": "^1.0.0", "util": "^1.0.0"}\n}\n',
        ['  "version": "2.0.0",', '  "dependencies": {"@acme/core": "^2.0.0", "util": "^3.1.0"}'],
    ),
    'requirements that admit it': (
        '{\n  "version": "1.0.0",\n  "dependencies": {\n    "@acme/core": ">=1.0.0",\n    "util": "*"\n  }\n}\n',
        ['  "version": "2.0.0",'],
    ),
    'the workspace protocol': (
        (
            '{\n  "version": "1.0.0",\n  "dependencies": {\n    "@acme/core": "workspace:^",\n'
            '    "util": "workspace:^1.0.0"\n  }\n}\n'
        ),
        ['  "version": "2.0.0",', '    "util": "workspace:^3.1.0"'],
    ),
    'an alias of a member': (
        '{\n  "version": "1.0.0",\n  "dependencies": {\n    "core": "npm:@acme/core@^1.0.0"\n  }\n}\n',
        ['  "version": "2.0.0",', '    "core": "npm:@acme/core@^2.0.0"'],
    ),
    'an alias that only has the name': (
        '{\n  "version": "1.0.0",\n  "dependencies": {\n    "util": "npm:lodash@^1.0.0"\n  }\n}\n',
        ['  "version": "2.0.0",'],
    ),
    'catalogs, paths, tags and addresses': (
        (
            '{\n  "version": "1.0.0",\n  "dependencies": {\n    "@acme/core": "catalog:"\n  },\n'
            '  "devDependencies": {\n    "util": "file:../util"\n  },\n'
            '  "peerDependencies": {\n    "util": "latest"\n  }\n}\n'
        ),
        ['  "version": "2.0.0",'],
    ),
    'overrides and resolutions': (
        (
            '{\n  "version": "1.0.0",\n  "overrides": {\n    "util": "^1.0.0"\n  },\n  "resolutions": {\n'
            '    "@acme/core": "1.0.0"\n  },\n  "pnpm": {\n    "overrides": {\n      "util": "1.0.0"\n    }\n  }\n}\n'
        ),
        ['  "version": "2.0.0",'],
    ),
    'optional peers': (
        (
            '{\n  "version": "1.0.0",\n  "peerDependencies": {\n    "util": "^1.0.0 || ^2.0.0"\n  },\n'
            '  "peerDependenciesMeta": {\n    "util": {\n      "optional": true\n    }\n  }\n}\n'
        ),
        ['  "version": "2.0.0",', '    "util": "^3.1.0"'],
    ),
    'escaped names of packages': (
        '{\n  "version": "1.0.0",\n  "dependencies": {\n    "@acme\\/core": "^1.0.0"\n  }\n}\n',
        ['  "version": "2.0.0",', '    "@acme\\/core": "^2.0.0"'],
    ),
    'dependencies of something else': (
        '{\n  "version": "1.0.0",\n  "x": {\n    "dependencies": {\n      "util": "^1.0.0"\n    }\n  }\n}\n',
        ['  "version": "2.0.0",'],
    ),
    'a section that is no object': ('{\n  "version": "1.0.0",\n  "dependencies": []\n}\n', ['  "version": "2.0.0",']),
}


def edit(text: str) -> str:
    return JS.manifest.set_requirements(JS.manifest.set_version(text, PLACE, '2.0.0'), RAISES, 'package.json')


def changed(before: str, after: str) -> tuple[list[str], list[str]]:
    lines = list(difflib.ndiff(before.split('\n'), after.split('\n')))
    return [line[2:] for line in lines if line[:2] == '- '], [line[2:] for line in lines if line[:2] == '+ ']


@pytest.mark.parametrize('name', SHAPES)
def test_only_the_intended_lines_change(name: str) -> None:
    """The diff has those lines and no other, and the version reads back."""
    before, expected = SHAPES[name]
    after = edit(before)
    removed, added = changed(before, after)

    assert added == expected
    assert len(removed) == len(added)
    assert JS.manifest.read_version(after, PLACE) == '2.0.0'
    assert edit(after) == after


@pytest.mark.slow
def test_node_reads_every_edited_manifest() -> None:
    """What was edited is JSON, with the new version and all other keys in their order."""
    if shutil.which('node') is None:
        pytest.skip('not on this machine: node')
    texts = {
        name: (before.removeprefix('\ufeff'), edit(before).removeprefix('\ufeff'))
        for name, (before, _) in SHAPES.items()
    }
    script = (
        'const read = ([before, after]) => [JSON.parse(after).version, JSON.stringify(Object.keys(JSON.parse(before))) '
        '=== JSON.stringify(Object.keys(JSON.parse(after)))];'
        'const all = JSON.parse(require("fs").readFileSync(0, "utf8"));'
        'console.log(JSON.stringify(Object.fromEntries(Object.entries(all).map(([name, pair]) => [name, read(pair)]))))'
    )
    done = subprocess.run(['node', '-e', script], input=json.dumps(texts), capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == {name: ['2.0.0', True] for name in SHAPES}


CATALOGS: dict[str, tuple[str, list[str]]] = {
    'default': ("catalog:\n  '@acme/core': ^1.0.0\n  react: ^1.0.0\n", ["  '@acme/core': ^2.0.0"]),
    'named': (
        'catalogs:\n  old:\n    util: ~1.0.0\n  new:\n    util: ">=1 <2"\n',
        ['    util: ~3.1.0', '    util: "^3.1.0"'],
    ),
    'flow': ("catalog: {'@acme/core': ^1.0.0, util: 1.0.0}\n", ["catalog: {'@acme/core': ^2.0.0, util: 3.1.0}"]),
    'comments': ('# ours\ncatalog: # the catalog\n  util: ^1.0.0 # keep\n', ['  util: ^3.1.0 # keep']),
    'admitted': ("catalog:\n  util: '>=1.0.0'\n", []),
    'windows lines': ('catalog:\r\n  util: ^1.0.0\r\n', ['  util: ^3.1.0\r']),
    'no newline at the end': ('catalog:\n  util: ^1.0.0', ['  util: ^3.1.0']),
    'a number': ('catalog:\n  util: 1\n', ["  util: '3'"]),
    'other keys': ('packages:\n  - util\noverrides:\n  util: ^1.0.0\ncatalog:\n  a: ^1.0.0\n', []),
    'aliases': ('catalog:\n  core: npm:@acme/core@^1.0.0\n', ['  core: npm:@acme/core@^2.0.0']),
    'other scripts': ('# Größe 🚀\ncatalog:\n  util: ^1.0.0\n', ['  util: ^3.1.0']),
    'byte order mark': ('\ufeffcatalog:\n  util: ^1.0.0\n', ['  util: ^3.1.0']),
}


@pytest.mark.parametrize('name', CATALOGS)
def test_only_the_intended_entries_of_catalogs_change(name: str) -> None:
    """Quotes and comments stay; what needs quotes gets them."""
    before, expected = CATALOGS[name]
    after = JS.manifest.set_requirements(before, RAISES, 'pnpm-workspace.yaml')
    removed, added = changed(before, after)

    assert added == expected
    assert len(removed) == len(added)
    assert JS.manifest.set_requirements(after, RAISES, 'pnpm-workspace.yaml') == after
    values = [entry for catalog in settings.read(after, 'x').catalogs.values() for entry in catalog.values()]
    assert all(isinstance(value, str) for value in values)


def test_peers_and_development_keep_what_admits_the_version() -> None:
    """Whatever the pin: users choose their peers themselves."""
    sections = ('dependencies', 'optionalDependencies', 'peerDependencies', 'devDependencies')
    text = json.dumps({'version': '1.0.0', **{section: {'util': '^1.0.0'} for section in sections}}, indent=2)
    raises = (Raise('util', '1.1.0', 'keep'), Raise('util', '1.1.0', 'minimum'))
    after = json.loads(JS.manifest.set_requirements(text, raises, 'package.json'))
    assert [after[section]['util'] for section in sections] == ['>=1.1.0', '>=1.1.0', '^1.0.0', '^1.0.0']


@pytest.mark.parametrize(
    ('text', 'place'),
    [
        ('{"name": "a"}', PLACE),
        ('{"version": 1}', PLACE),
        ('const x = 1', VersionPlace('x.js', 'pattern', 'version = "(.*)"')),
        ('v = "1" v = "2"', VersionPlace('x.js', 'pattern', 'v = "(.*?)"')),
        ('version = "1"', VersionPlace('x.js', 'pattern', r'version = "(\d)"')),
    ],
)
def test_a_place_that_is_not_there_is_said(text: str, place: VersionPlace) -> None:
    """None of it is guessed, and what does not read back is not written."""
    with pytest.raises(ReleaseKitError) as caught:
        JS.manifest.set_version(text, place, '2.0.0')
    assert caught.value.code is Code.EDIT_FAILED


def test_a_pattern_is_a_place() -> None:
    """A file of any kind, with the version in the first group."""
    place = VersionPlace('src/version.ts', 'pattern', "VERSION = '([^']*)'")
    assert (
        JS.manifest.set_version("export const VERSION = '1.0.0';\n", place, '2.0.0')
        == "export const VERSION = '2.0.0';\n"
    )


@pytest.mark.parametrize('text', ['{"a": 1,}', '{"a": 1 // x\n}', "{'a': 1}", '', '{"a": 1} x', '{"a": "x\n"}'])
def test_what_is_no_json_is_an_error_with_its_place(text: str) -> None:
    """Line, column and the line itself."""
    with pytest.raises(ReleaseKitError) as caught:
        jsontext.load(text, 'package.json')
    place = caught.value.problems[0].place
    assert caught.value.code is Code.MANIFEST_INVALID
    assert place is not None
    assert place.line is not None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), JSON, max_size=4), st.sampled_from([None, 1, '\t']), st.booleans())
def test_every_string_is_found_where_it_stands(
    data: dict[str, object], indent: int | str | None, escaped: bool
) -> None:
    """The scanner agrees with the parser on every string of any document."""
    text = json.dumps(data, indent=indent, ensure_ascii=escaped)
    found = list(jsontext.strings(text))

    def walk(value: object, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], str]]:
        if isinstance(value, str):
            return [(path, value)]
        pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        return [item for key, inner in pairs for item in walk(inner, (*path, str(key)))]

    assert [(each.path, json.loads(text[each.start : each.end])) for each in found] == walk(data, ())
