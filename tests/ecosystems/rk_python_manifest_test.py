# SPDX-License-Identifier: Apache-2.0
"""Edits of pyproject.toml: only the intended lines change, whatever the layout."""

from __future__ import annotations

import copy
import difflib
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from releasekit.compat import tomllib
from releasekit.core.package import VersionPlace
from releasekit.ecosystems.base import Raise
from releasekit.ecosystems.python import PYTHON
from releasekit.ecosystems.toml.document import parse
from releasekit.errors import Code, ReleaseKitError
from releasekit.spec.model import Pin

PLACE = VersionPlace('pyproject.toml', 'pyproject')
RAISES = (Raise('acme-core', '1.4.0', 'minimum'), Raise('acme-util', '2.1.0', 'minimum'))

HEAD = '[project]\nname = "a"\n'
# Name, text, and the lines that an edit to version 2.0.0 with the two raises must leave, all others being kept.
SHAPES: dict[str, tuple[str, list[str]]] = {
    'plain': (HEAD + 'version = "1.0"\n', ['version = "2.0.0"']),
    'single quotes': (HEAD + "version = '1.0'\n", ["version = '2.0.0'"]),
    'no spaces': (HEAD + 'version="1.0"\n', ['version="2.0.0"']),
    'aligned with a comment': (HEAD + 'version     =  "1.0"   # ours\n', ['version     =  "2.0.0"   # ours']),
    'indented': ('[project]\n  name = "a"\n\tversion = "1.0"\n', ['\tversion = "2.0.0"']),
    'quoted key': (HEAD + '"version" = "1.0"\n', ['"version" = "2.0.0"']),
    'spaced header': ('[ project ]  # it\nname = "a"\nversion = "1.0"\n', ['version = "2.0.0"']),
    'quoted header': ('["project"]\nname = "a"\nversion = "1.0"\n', ['version = "2.0.0"']),
    'dotted keys': ('project.name = "a"\nproject.version = "1.0"\n', ['project.version = "2.0.0"']),
    'inline table': ('project = {name = "a", version = "1.0"}\n', ['project = {name = "a", version = "2.0.0"}']),
    'multi-line string': (HEAD + 'version = """1.0"""\n', ['version = "2.0.0"']),
    'other versions before': (
        '[tool.x]\nversion = "1.0"\n[project]\nname = "a"\nversion = "1.0"\n[tool.y]\nversion = "1.0"\n',
        ['version = "2.0.0"'],
    ),
    'version in a description': (
        '[project]\nname = "a"\ndescription = """\nversion = "1.0"\n[project]\n"""\nversion = "1.0"\n',
        ['version = "2.0.0"'],
    ),
    'version in a comment': ('[project]\n# version = "1.0"\nname = "a" # "\nversion = "1.0"\n', ['version = "2.0.0"']),
    'sub-table first': (
        '[project.urls]\nversion = "1.0"\n[project]\nname = "a"\nversion = "1.0"\n',
        ['version = "2.0.0"'],
    ),
    'array of tables': (
        '[[project.authors]]\nname = "x"\nversion = "1.0"\n[project]\nname = "a"\nversion = "1.0"\n',
        ['version = "2.0.0"'],
    ),
    'no newline at the end': (HEAD + 'version = "1.0"', ['version = "2.0.0"']),
    'windows lines': ((HEAD + 'version = "1.0" # x\n').replace('\n', '\r\n'), ['version = "2.0.0" # x\r']),
    'windows lines in arrays': (
        (HEAD + 'version = "1.0"\ndependencies = [\n  "acme-core",\n]\n').replace('\n', '\r\n'),
        ['version = "2.0.0"\r', '  "acme-core>=1.4.0",\r'],
    ),
    'umlauts': (HEAD + 'description = "Grüße 🎉"\nversion = "1.0"\n', ['version = "2.0.0"']),
    'dependencies on one line': (
        HEAD + 'version = "1.0"\ndependencies = ["acme-core>=1", "acme-util", "other>=1"]\n',
        ['version = "2.0.0"', 'dependencies = ["acme-core>=1.4.0", "acme-util>=2.1.0", "other>=1"]'],
    ),
    'dependencies with comments': (
        HEAD + 'version = "1.0"\ndependencies = [\n  # the "acme-core>=1" one\n  "acme-core>=1",  # "why" [x]\n'
        '  \'acme_util [x] >= 1.0, < 3 ; python_version < "4"\',\n  "zlib"\n]\n',
        [
            'version = "2.0.0"',
            '  "acme-core>=1.4.0",  # "why" [x]',
            '  \'acme_util [x] >= 2.1.0, < 3 ; python_version < "4"\',',
        ],
    ),
    'leading commas': (
        HEAD + 'version = "1.0"\ndependencies = [ "a"\n , "acme-core"\n , "b" ]\n',
        ['version = "2.0.0"', ' , "acme-core>=1.4.0"'],
    ),
    'escaped quotes': (
        HEAD + 'version = "1.0"\ndependencies = ["acme-core ; python_version < \\"4\\""]\n',
        ['version = "2.0.0"', 'dependencies = ["acme-core>=1.4.0 ; python_version < \\"4\\""]'],
    ),
    'optional dependencies': (
        HEAD + 'version = "1.0"\n[project.optional-dependencies]\ncli = ["acme-core"]\n"all.x" = ["Acme.Util==1.*"]\n',
        ['version = "2.0.0"', 'cli = ["acme-core>=1.4.0"]', '"all.x" = ["Acme.Util>=2.1.0"]'],
    ),
    'optional dependencies inline': (
        HEAD + 'version = "1.0"\noptional-dependencies = {cli = ["acme-core"], b = ["x"]}\n',
        ['version = "2.0.0"', 'optional-dependencies = {cli = ["acme-core>=1.4.0"], b = ["x"]}'],
    ),
    'optional dependencies dotted': (
        HEAD + 'version = "1.0"\noptional-dependencies.cli = ["acme-core"]\n',
        ['version = "2.0.0"', 'optional-dependencies.cli = ["acme-core>=1.4.0"]'],
    ),
    'an extra named as a package': (
        HEAD + 'version = "1.0"\noptional-dependencies = {"acme-core" = ["acme-core"]}\n',
        ['version = "2.0.0"', 'optional-dependencies = {"acme-core" = ["acme-core>=1.4.0"]}'],
    ),
    'build requires': (
        '[build-system]\nrequires = ["hatchling", "acme-core"]\n' + HEAD + 'version = "1.0"\n',
        ['requires = ["hatchling", "acme-core>=1.4.0"]', 'version = "2.0.0"'],
    ),
    'groups and tools are left alone': (
        HEAD + 'version = "1.0"\nkeywords = ["acme-core"]\n[dependency-groups]\ndev = ["acme-core"]\n'
        '[tool.uv]\ndev-dependencies = ["acme-core"]\n[tool.hatch.envs.x]\ndependencies = ["acme-core"]\n',
        ['version = "2.0.0"'],
    ),
    'direct references': (
        HEAD + 'version = "1.0"\ndependencies = ["acme-core @ https://example.invalid/c.whl"]\n',
        ['version = "2.0.0"'],
    ),
    'brackets in strings': (
        HEAD + 'version = "1.0"\nreadme = "a]b[.md"\ndependencies = ["x[y]", "acme-core[z]"]\n[tool.a]\nb = ["]"]\n',
        ['version = "2.0.0"', 'dependencies = ["x[y]", "acme-core[z]>=1.4.0"]'],
    ),
    'dates and numbers': (
        HEAD + 'version = "1.0"\n[tool.x]\nday = 2026-01-01\nn = [1, 2.5, {a = true}]\ne = {}\n',
        ['version = "2.0.0"'],
    ),
    'one requirement twice': (
        HEAD
        + 'version = "1.0"\ndependencies = [\n "acme-core>=1; a", \n "acme-core>=1.2; b",\n]\n'.replace(
            '; a', "; os_name == 'nt'"
        ).replace('; b', "; os_name != 'nt'"),
        [
            'version = "2.0.0"',
            ' "acme-core>=1.4.0; os_name == \'nt\'", ',
            ' "acme-core>=1.4.0; os_name != \'nt\'",',
        ],
    ),
    'another header with escapes': (
        '["a\\u0062"]\nproject.version = "1.0"\n' + HEAD + 'version = """1.0"""\n',
        ['version = "2.0.0"'],
    ),
    'its own header with escapes': (
        '["pro\\u006aect"]\nname = "a"\nproject.version = "1.0"\nversion = "1.0"\n',
        ['version = "2.0.0"'],
    ),
    'header after a value': (
        '[tool.x]\na = "["\n\n  [project]   \nname = "a"\nversion = "1.0"\n',
        ['version = "2.0.0"'],
    ),
}


def edited(text: str) -> str:
    return PYTHON.manifest.set_requirements(PYTHON.manifest.set_version(text, PLACE, '2.0.0'), RAISES, 'pyproject.toml')


@pytest.mark.parametrize('shape', SHAPES)
def test_only_the_intended_lines_change(shape: str) -> None:
    """The diff has the lines that were meant, all else is the same byte for byte, and it is TOML."""
    text, expected = SHAPES[shape]
    result = edited(text)
    added = [line[2:] for line in difflib.ndiff(text.split('\n'), result.split('\n')) if line.startswith('+ ')]

    assert added == expected
    assert len(result.split('\n')) == len(text.split('\n'))
    assert PYTHON.manifest.read_version(result, PLACE) == '2.0.0'
    assert tomllib.loads(result)


@pytest.mark.parametrize('shape', SHAPES)
def test_doing_it_again_changes_nothing(shape: str) -> None:
    """A manifest that already says so is the same text."""
    result = edited(SHAPES[shape][0])

    assert edited(result) == result


@pytest.mark.parametrize(
    ('text', 'form', 'pattern', 'expected'),
    [
        ('\n 1.0 \n\n', 'file', '', '\n 2.0.0 \n\n'),
        ('1.0\r\n', 'file', '', '2.0.0\r\n'),
        ('release = "1.0"\nversion = "1.0"\n', 'pattern', 'release = "(.*)"', 'release = "2.0.0"\nversion = "1.0"\n'),
        ('a\nv 1.0\n', 'pattern', '^v (.*)$', 'a\nv 2.0.0\n'),
        ('v=1.0 v=3.0', 'hatch', 'v=(?P<version>[0-9.]+)', 'v=2.0.0 v=3.0'),
    ],
)
def test_version_files_are_edited_in_place(text: str, form: str, pattern: str, expected: str) -> None:
    """Whatever holds a version, only the version changes."""
    assert PYTHON.manifest.set_version(text, VersionPlace('x', form, pattern), '2.0.0') == expected


@pytest.mark.parametrize(
    ('text', 'form', 'pattern'),
    [
        ('[project]\nname = "a"\n', 'pyproject', ''),
        ('', 'file', ''),
        ('1\n2\n', 'file', ''),
        ('v 1\nv 2\n', 'pattern', 'v (.)'),
        ('nothing', 'pattern', 'v (.)'),
        ('v 1', 'pattern', 'v .'),
        ('v 1', 'pattern', 'v .|(x)'),
        ('nothing', 'hatch', 'v(?P<version>.)'),
        ('v 1.0', 'pattern', 'v (1.0)'),
    ],
)
def test_a_place_that_is_not_there_is_an_error(text: str, form: str, pattern: str) -> None:
    """None or several versions, or one that cannot be read back, are refused."""
    with pytest.raises(ReleaseKitError) as caught:
        PYTHON.manifest.set_version(text, VersionPlace('x', form, pattern), '2.0.0')
    assert caught.value.code is Code.EDIT_FAILED


def test_a_pin_of_keep_changes_only_what_would_no_longer_fit() -> None:
    """`keep` leaves the text as it is, as long as it admits the version."""
    text = HEAD + 'dependencies = ["acme-core>=1"]\n'
    assert PYTHON.manifest.set_requirements(text, [Raise('acme-core', '9.0', 'keep')], 'pyproject.toml') == text
    narrow = text.replace('>=1', '<2')
    expected = text.replace('>=1', '>=9.0')
    assert PYTHON.manifest.set_requirements(narrow, [Raise('acme-core', '9.0', 'keep')], 'pyproject.toml') == expected


@pytest.mark.parametrize('pin', ['keep', 'minimum', 'compatible', 'exact'])
def test_development_groups_follow_only_where_they_must(pin: Pin) -> None:
    """Whatever the pin: nobody but this repository reads them, and it must still install."""
    text = HEAD + (
        '\n[dependency-groups]\ndev = ["acme-core>=1", {include-group = "test"}]\n'
        'test = ["pytest", "acme_core<2"] # why\n\n[tool.uv]\ndev-dependencies = ["acme-core==1.0"]\n'
    )
    expected = text.replace('acme_core<2', 'acme_core>=9.0').replace('core==1.0', 'core>=9.0')
    assert PYTHON.manifest.set_requirements(text, [Raise('acme-core', '9.0', pin)], 'pyproject.toml') == expected


# What a scanner that knows less than all of TOML could take for something else.
LINES = (
    '[project]', '["project"]', r'["pro\u006aect"]', '[[project]]', '[x.project]', '[build-system]', '[x]',
    r'["a\u0062"]', '[project.optional-dependencies]', '[[project.optional-dependencies]]', '[dependency-groups]', '',
    'version = "1.0"', "version = '1.0'", 'version = """1.0"""', r'version = "1\u002e0"', r'"\u0076ersion" = "1.0"',
    'project.version = "1.0"', 'project = {version = "1.0", dependencies = ["acme-core"]}', '# version = "1.0"',
    'dependencies = ["acme-core>=1", "zlib"]', 'dependencies = [\n  \'acme-core\', # "acme-util"\n  "acme-util",\n]',
    'dependencies = ["""acme-core""", "acme-util"]', 'dependencies = [{"acme-core" = "acme-util"}, "acme-core"]',
    'dependencies = [["acme-core"], "acme-util"]', r'dependencies = ["acme-core ; os_name == \"nt\"", "acme-util"]',
    'dependencies = "acme-core"', 'optional-dependencies.x = ["acme-core"]',
    'optional-dependencies = {x = ["acme-util"]}',
    'all = ["acme-core"]', r'"a\u006cl" = ["acme-core"]', 'requires = ["acme-core==1", "uv_build"]',
    'note = """\n[project]\nversion = "1.0"\ndependencies = ["acme-core"]\n"""', "quotes = '''\\'''''",
    'brackets = ["[", {a = "]"}]', 'empty = [[], {}, ""]',
)  # fmt: skip


def without_what_changes(data: dict[str, Any]) -> dict[str, Any]:
    left = copy.deepcopy(data)
    for table in (left.get('project'), left.get('build-system')):
        if isinstance(table, dict):
            for key in ('version', 'dependencies', 'optional-dependencies', 'requires'):
                table.pop(key, None)
    return left


@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=8, unique=True))
def test_an_edit_is_known_without_parsing_the_text_again(lines: list[str]) -> None:
    """What is kept as the data of an edited text is what a parser reads from it, and the rest is as it was."""
    text = '\n'.join(lines) + '\n'
    try:
        before = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        assume(False)
        return
    result = PYTHON.manifest.set_requirements(text, RAISES, 'pyproject.toml')
    if PYTHON.manifest.read_version(result, PLACE) is not None:
        result = PYTHON.manifest.set_version(result, PLACE, '2.0.0')
    after = tomllib.loads(result)

    assert parse(result) == after
    assert without_what_changes(after) == without_what_changes(before)
    assert PYTHON.manifest.read_version(result, PLACE) in {'2.0.0', None}
    assert PYTHON.manifest.set_requirements(result, RAISES, 'pyproject.toml') == result


@pytest.mark.parametrize('shape', SHAPES)
def test_the_data_of_every_layout_is_known(shape: str) -> None:
    """What is kept as the data of an edited text is what a parser reads from it, whatever the layout."""
    result = edited(SHAPES[shape][0])

    assert parse(result) == tomllib.loads(result)
