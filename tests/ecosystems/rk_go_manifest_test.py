# SPDX-License-Identifier: Apache-2.0
"""Edits of go.mod: one word changes, and the go command reads what was meant."""

from __future__ import annotations

import copy
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from releasekit.core.package import VersionPlace
from releasekit.ecosystems.base import Raise
from releasekit.ecosystems.go import GO, gomod, requirements
from releasekit.errors import Code, ReleaseKitError
from releasekit.spec.model import Pin
from releasekit.testing.goproxy import GoRepository

needs_go = pytest.mark.skipif(shutil.which('go') is None, reason='go is not on this machine')

B, V2 = 'example.com/m/b', 'example.com/m/b/v2'
HEAD = 'module example.com/m/a\n\ngo 1.21\n'
BEFORE, AFTER = 'v1.2.0', 'v1.5.0'

# `@` is the version of the sibling.
SHAPES: dict[str, str] = {
    'line': f'{HEAD}\nrequire {B} @\n',
    'last-line-without-end': f'{HEAD}\nrequire {B} @',
    'block': f'{HEAD}\nrequire (\n\t{B} @\n)\n',
    'block-of-many': f'{HEAD}\nrequire (\n\texample.com/a v1.2.0\n\t{B} @\n\texample.com/z v1.2.0\n)\n',
    'two-blocks': f'{HEAD}\nrequire (\n\t{B} @\n)\n\nrequire (\n\tgolang.org/x/sys v0.1.0 // indirect\n)\n',
    'indirect': f'{HEAD}\nrequire {B} @ // indirect\n',
    'indirect-in-block': f'{HEAD}\nrequire (\n\t{B} @ // indirect\n\texample.com/z v1.2.0 // indirect\n)\n',
    'indirect-with-reason': f'{HEAD}\nrequire {B} @ // indirect; for tests\n',
    'comment-behind': f'{HEAD}\nrequire {B} @ // the core\n',
    'comment-above': f'{HEAD}\n// {B} v1.2.0 is old\nrequire {B} @\n',
    'comment-in-block': f'{HEAD}require (\n\t// {B} v1.2.0\n\t{B} @ // not v1.1.0\n\n\t// others\n\ta.b/c v1.0.0\n)\n',
    'comment-without-space': f'{HEAD}\nrequire {B} @//indirect\n',
    'comment-at-block': f'{HEAD}\nrequire ( // ours\n\t{B} @\n) // end\n',
    'comments-only-around': f'// Copyright\n\n{HEAD}\n\n\nrequire {B} @\n\n// end\n',
    'quoted-path': f'{HEAD}\nrequire "{B}" @\n',
    'quoted-both': f'{HEAD}\nrequire "{B}" "@"\n',
    'spaces': f'{HEAD}\nrequire    {B}     @   \n',
    'tabs-and-no-indent': f'{HEAD}\nrequire\t(\n{B}\t@\n)\n',
    'windows': f'{HEAD}\nrequire (\n\t{B} @ // indirect\n)\n'.replace('\n', '\r\n'),
    'windows-line': f'{HEAD}\nrequire {B} @\n'.replace('\n', '\r\n'),
    'replaced-by-folder': f'{HEAD}\nrequire {B} @\n\nreplace {B} => ../b\n',
    'replaced-at-version': f'{HEAD}\nrequire {B} @\n\nreplace {B} v1.2.0 => ../b\n',
    'replaced-by-module': f'{HEAD}\nrequire {B} @\n\nreplace {B} => example.com/fork v1.2.0\n',
    'replaced-in-block': f'{HEAD}\nrequire {B} @\n\nreplace (\n\t{B} => ../b\n\ta.b/c v1.2.0 => ../c\n)\n',
    'replaces-others-with-it': f'{HEAD}\nrequire {B} @\n\nreplace a.b/c => {B} v1.2.0\n',
    'excluded': f'{HEAD}\nrequire {B} @\n\nexclude {B} v1.2.0-beta\n',
    'excluded-in-block': f'{HEAD}\nrequire {B} @\n\nexclude (\n\t{B} v1.1.0\n\t{B} v1.0.0\n)\n',
    'retracted': f'{HEAD}\nrequire {B} @\n\nretract v1.2.0 // broken\nretract [v1.0.0, v1.1.9]\n',
    'retracted-in-block': f'{HEAD}\nrequire {B} @\n\nretract (\n\tv1.2.0\n\t[ v1.0.0 , v1.1.9 ]\n)\n',
    'toolchain': f'{HEAD}\ntoolchain go1.21.5\n\nrequire {B} @\n',
    'tool': f'module example.com/m/a\n\ngo 1.24\n\ntool {B}/cmd/x\n\nrequire {B} @ // indirect\n',
    'tools': f'module example.com/m/a\n\ngo 1.24\n\ntool (\n\t{B}/cmd/x\n\t{B}/cmd/y\n)\n\nrequire {B} @\n',
    'godebug': f'{HEAD}\ngodebug default=go1.21\ngodebug (\n\tpanicnil=1\n)\n\nrequire {B} @\n',
    'ignore': f'module example.com/m/a\n\ngo 1.25\n\nignore ./node_modules\n\nrequire {B} @\n',
    'deprecated': f'// Deprecated: use {V2} instead.\nmodule example.com/m/a\n\nrequire {B} @\n',
    'no-go-line': f'module example.com/m/a\nrequire {B} @\n',
    'require-first': f'require {B} @\nmodule example.com/m/a\ngo 1.21\n',
    'names-that-begin-alike': f'{HEAD}\nrequire (\n\t{B}b v1.2.0\n\t{B}/c v1.2.0\n\t{B} @\n)\n',
    'older-major-beside': f'{HEAD}\nrequire (\n\t{B} @\n\t{V2} v2.2.0\n)\n',
    'twice': f'{HEAD}\nrequire {B} @\nrequire {B} @ // indirect\n',
    'empty-blocks': f'{HEAD}\nrequire (\n)\n\nreplace ()\n\nrequire {B} @\n',
}


def raised(text: str, version: str = '1.5.0', pin: Pin = 'minimum', name: str = B) -> str:
    return GO.manifest.set_requirements(text, [Raise(name, version, pin)], 'a/go.mod')


@needs_go
@pytest.mark.parametrize('shape', SHAPES)
def test_one_word_changes(shape: str, tmp_path: Path) -> None:
    """Nothing else of the text does, and the go command sees that requirement raised and nothing else."""
    before, after = (SHAPES[shape].replace('@', version) for version in (BEFORE, AFTER))
    assert raised(before) == after

    repository = GoRepository(tmp_path / 'go').create()
    expected = copy.deepcopy(_read(repository, before))
    for each in expected['Require']:
        each['Version'] = AFTER if each['Path'] == B else each['Version']
    assert _read(repository, after) == expected


def _read(repository: GoRepository, text: str) -> Any:
    repository.write({'go.mod': text})
    return json.loads(repository.run('go', 'mod', 'edit', '-json'))


@pytest.mark.parametrize('shape', SHAPES)
def test_the_quick_look_sees_what_the_whole_one_does(shape: str) -> None:
    """The module's path and its direct requirements, for whatever paths one asks."""
    text = SHAPES[shape].replace('@', BEFORE)
    path, requires = gomod.outline(text, 'go.mod')
    module = gomod.parse(text, 'go.mod')
    assert path == module.path == 'example.com/m/a'
    assert requires.items() >= {(each.path, each.version) for each in module.requires if not each.indirect}
    assert not {name for name in requires if '.' in name.split('/')[0]} - {each.path for each in module.requires}


@pytest.mark.parametrize('pin', ['minimum', 'compatible', 'exact'])
def test_a_requirement_is_the_version_itself(pin: Pin) -> None:
    """Go knows no other: the least version that will do is the one that builds get."""
    assert raised(f'{HEAD}require {B} v1.2.0\n', pin=pin) == f'{HEAD}require {B} v1.5.0\n'


@pytest.mark.parametrize('shape', SHAPES)
def test_keep_leaves_what_admits_the_version(shape: str) -> None:
    """Who is not released is built with what it asked for."""
    text = SHAPES[shape].replace('@', BEFORE)
    assert raised(text, pin='keep') == text


@pytest.mark.parametrize(
    ('before', 'version', 'after'),
    [
        ('v0.0.0', '0.1.0', 'v0.1.0'),
        ('v0.9.1', '1.0.0', 'v1.0.0'),
        ('v0.0.0-20200101000000-abcdefabcdef', '0.1.0', 'v0.1.0'),
        ('v1.5.1-0.20200101000000-abcdefabcdef', '1.5.0', 'v1.5.1-0.20200101000000-abcdefabcdef'),
        ('v1.5.1-0.20200101000000-abcdefabcdef', '1.5.1', 'v1.5.1'),
        ('v1.5.0-rc.1', '1.5.0', 'v1.5.0'),
        ('v1.5.0', '1.5.0', 'v1.5.0'),
        ('v1.6.0', '1.5.0', 'v1.6.0'),
        ('v1.5.0-rc.9', '1.5.0-rc.10', 'v1.5.0-rc.10'),
    ],
)
def test_a_requirement_never_goes_down(before: str, version: str, after: str) -> None:
    """A version that is higher already is what a build would select anyway."""
    assert raised(f'{HEAD}require {B} {before}\n', version) == f'{HEAD}require {B} {after}\n'


def test_another_major_version_is_another_module() -> None:
    """Its path would have to change too, which is more than an edit of this file."""
    text = f'{HEAD}require {B} v1.2.0\n'
    assert raised(text, '2.0.0') == text
    assert raised(f'{HEAD}require {V2} v2.2.0\n', '2.5.0') == f'{HEAD}require {V2} v2.5.0\n'


def test_what_is_no_manifest_is_refused() -> None:
    """With the place."""
    with pytest.raises(ReleaseKitError) as caught:
        raised('module x\nrequire (\n')
    assert caught.value.code is Code.MANIFEST_INVALID
    assert caught.value.problems[0].place is not None


def test_versions_in_other_files_are_written() -> None:
    """Such as a constant that `version.files` names; a pattern must fit once."""
    place = VersionPlace('version.go', 'pattern', 'Version = "(.*)"')
    text = 'package a\n\nconst Version = "1.2.0"\n'
    assert GO.manifest.read_version(text, place) == '1.2.0'
    assert GO.manifest.set_version(text, place, '1.5.0') == text.replace('1.2.0', '1.5.0')
    assert GO.manifest.read_version(text + text, place) is None
    with pytest.raises(ReleaseKitError) as caught:
        GO.manifest.set_version('package a\n', place, '1.5.0')
    assert caught.value.code is Code.EDIT_FAILED


@pytest.mark.parametrize(
    ('before', 'after'),
    [
        ('', 'require a.b/n v1.0.0 // indirect\n'),
        ('require a.b/c v1.0.0\n', 'require a.b/c v1.0.0\n\nrequire a.b/n v1.0.0 // indirect\n'),
        (
            'require a.b/z v1.0.0 // indirect\n\nretract v0.1.0\n',
            'require (\n\ta.b/n v1.0.0 // indirect\n\ta.b/z v1.0.0 // indirect\n)\n\nretract v0.1.0\n',
        ),
        (
            'require (\n\ta.b/m v1.0.0 // indirect\n\ta.b/z v1.0.0 // indirect\n)\n',
            'require (\n\ta.b/m v1.0.0 // indirect\n\ta.b/n v1.0.0 // indirect\n\ta.b/z v1.0.0 // indirect\n)\n',
        ),
        (
            'require (\n\ta.b/m v1.0.0 // indirect\n)\n',
            'require (\n\ta.b/m v1.0.0 // indirect\n\ta.b/n v1.0.0 // indirect\n)\n',
        ),
    ],
)
@pytest.mark.parametrize('newline', ['\n', '\r\n'])
def test_a_requirement_is_added_where_go_does(before: str, after: str, newline: str) -> None:
    """Among the indirect ones, in their order, or behind all."""
    texts = [f'{HEAD}\n{text}'.replace('\n', newline) for text in (before, after)]
    added = requirements.added(texts[0], gomod.parse(texts[0], 'go.mod'), {'a.b/n': 'v1.0.0'})
    assert added == texts[1]


@pytest.mark.parametrize(
    ('own', 'others', 'expected'),
    [
        ('go 1.21\n', ['1.22.1', '1.20'], 'go 1.22.1\n'),
        ('go 1.23\n', ['1.22'], 'go 1.23\n'),
        ('go 1.16\n', ['1.20'], 'go 1.16\n'),
        ('go 1.16\n', ['1.21'], 'go 1.21\n'),
        ('', ['1.22'], ''),
        ('go 1.21\n', [], 'go 1.21\n'),
    ],
)
def test_a_toolchain_is_asked_for_as_siblings_do(own: str, others: list[str], expected: str) -> None:
    """Toolchains from 1.21 on refuse a module that needs a newer language than the main one."""
    text = f'module example.com/m/a\n{own}'
    assert requirements.with_go(text, gomod.parse(text, 'go.mod'), others) == f'module example.com/m/a\n{expected}'
