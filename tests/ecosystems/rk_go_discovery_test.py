# SPDX-License-Identifier: Apache-2.0
"""Discovery of Go modules, compared with what the go command itself lists."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import anyio
import pytest

from releasekit.ecosystems.base import Discovery
from releasekit.ecosystems.go import GO
from releasekit.errors import Code, ReleaseKitError, Severity
from releasekit.spec.model import PackageOverride, WorkspaceSpec
from releasekit.testing.files import MemoryFiles
from releasekit.testing.goproxy import GoRepository

needs_go = pytest.mark.skipif(shutil.which('go') is None, reason='go is not on this machine')


def mod(path: str, *lines: str) -> str:
    return '\n'.join([f'module {path}', '', 'go 1.21', *lines, ''])


# Repositories with a go.work: what is in it counts, and nothing else.
WORKS: dict[str, dict[str, str]] = {
    'one': {'go.work': 'go 1.21\n\nuse .\n', 'go.mod': mod('example.com/one')},
    'two': {
        'go.work': 'go 1.21\n\nuse (\n\t./a\n\t./b\n)\n',
        'a/go.mod': mod('example.com/m/a', 'require example.com/m/b v1.0.0'),
        'b/go.mod': mod('example.com/m/b'),
    },
    'not-all': {
        'go.work': 'go 1.21\nuse ./a\n',
        'a/go.mod': mod('example.com/m/a'),
        'b/go.mod': mod('example.com/m/b'),
    },
    'root-and-nested': {
        'go.work': 'go 1.21\nuse .\nuse ./sdk/go\nuse sdk\n',
        'go.mod': mod('example.com/m', 'require example.com/m/sdk v0.1.0 // indirect'),
        'sdk/go.mod': mod('example.com/m/sdk'),
        'sdk/go/go.mod': mod('example.com/m/sdk/go', 'require (', '\texample.com/m v0.0.0', ')'),
    },
    'hidden-but-used': {
        'go.work': 'go 1.21\n\nuse (\n\t./_tools // lint\n\t"./testdata/x"\n\t./.ci\n)\n',
        '_tools/go.mod': mod('example.com/m/_tools'),
        'testdata/x/go.mod': mod('example.com/m/testdata/x'),
        '.ci/go.mod': mod('example.com/m/.ci'),
    },
    'majors': {
        'go.work': 'go 1.21\nuse (\n\t./a\n\t./b\n\t./c\n)\nreplace example.com/m/a/v3 v3.0.0 => ./a\n',
        'a/go.mod': mod('example.com/m/a/v3'),
        'b/go.mod': mod('example.com/m/b/v2', 'require example.com/m/a/v3 v3.1.0'),
        'c/go.mod': mod('example.com/m/c', 'require example.com/m/b v1.4.0', 'replace example.com/m/b => ../b'),
    },
    'windows': {
        'go.work': 'go 1.21\r\n\r\nuse (\r\n\t./a\r\n\t./b\r\n)\r\n',
        'a/go.mod': mod('example.com/m/a').replace('\n', '\r\n'),
        'b/go.mod': mod('example.com/m/b', 'require example.com/m/a v1.2.3').replace('\n', '\r\n'),
    },
}
# Repositories without: every module below the root, but for folders that packages are not looked for in.
TREES: dict[str, dict[str, str]] = {
    'one': {'go.mod': mod('example.com/one')},
    'quoted': {'go.mod': 'module "example.com/quoted"\ngo 1.21\n'},
    'many': {
        'go.mod': mod('example.com/m', 'require example.com/m/b v0.1.0'),
        'a/go.mod': mod('example.com/m/a', 'require (', '\texample.com/m v1.0.0', '\texample.com/m/b v0.1.0', ')'),
        'b/go.mod': mod('example.com/m/b'),
    },
    'passed-over': {
        'a/go.mod': mod('example.com/m/a'),
        'a/testdata/go.mod': mod('example.com/testdata'),
        'a/vendor/x/go.mod': mod('example.com/x'),
        '_old/go.mod': mod('example.com/old'),
        '.hidden/go.mod': mod('example.com/hidden'),
        'b_c/d.e/go.mod': mod('example.com/m/b_c/d.e/v4'),
    },
    'bare': {'a/go.mod': 'module example.com/m/a // the first\n'},
    'rich': {
        'a/go.mod': mod(
            'example.com/m/a',
            'toolchain go1.21.5',
            'require example.com/m/b v1.2.3-0.20200101000000-abcdefabcdef',
            'exclude example.com/m/b v1.0.0',
            'replace (',
            '\texample.com/m/b v1.2.3 => ../b',
            '\texample.com/x => example.com/y v1.0.0',
            ')',
            'retract [v0.1.0, v0.2.0] // broken',
        ),
        'b/go.mod': mod('example.com/m/b', 'require example.com/m/a v0.0.0', 'replace example.com/m/a => ../a'),
    },
}


def discover(files: dict[str, str], **rules: Any) -> Discovery:
    return anyio.run(GO.workspace.discover, MemoryFiles(files), 'go', WorkspaceSpec('go', **rules))


def write(repository: GoRepository, files: dict[str, str]) -> None:
    repository.write(files)


def edges(found: Discovery) -> dict[str, dict[str, str]]:
    """What each module requires of the others, by names."""
    return {
        package.name: {edge.id.removeprefix('go:'): edge.requirement for edge in package.dependencies}
        for package in found.packages
    }


@needs_go
@pytest.mark.parametrize('name', WORKS)
def test_a_workspace_is_what_go_lists(name: str, tmp_path: Path) -> None:
    """The same modules, in the same folders, as `go list -m` has them in workspace mode."""
    repository = GoRepository(tmp_path / 'go').create()
    repository.write(WORKS[name])
    listed = repository.run('go', 'list', '-m', '-f', '{{.Path}}\t{{.Dir}}')
    theirs = {
        (path, Path(folder).relative_to(repository.root).as_posix())
        for path, folder in (line.split('\t') for line in listed.splitlines())
    }
    found = discover(WORKS[name])
    ours = {(_path(WORKS[name][package.manifest]), package.path) for package in found.packages}

    assert ours == theirs
    assert edges(found) == _edited(repository, found)


@needs_go
@pytest.mark.parametrize('name', TREES)
def test_modules_are_what_go_reads(name: str, tmp_path: Path) -> None:
    """Without a go.work, those whose go.mod is where packages are looked for, as `go mod edit` reads it."""
    repository = GoRepository(tmp_path / 'go').create()
    repository.write(TREES[name])
    found = discover(TREES[name])
    skipped = ('vendor/', 'testdata/', '_old/', '.hidden/')

    assert {package.manifest for package in found.packages} == {
        path for path in TREES[name] if not any(part in f'/{path}' for part in (f'/{each}' for each in skipped))
    }
    assert edges(found) == _edited(repository, found)


def _path(text: str) -> str:
    return text.split()[1]


def _edited(repository: GoRepository, found: Discovery) -> dict[str, dict[str, str]]:
    """The direct requirements of siblings as `go mod edit -json` has them."""
    documents = {
        package.name: json.loads(repository.run('go', 'mod', 'edit', '-json', package.manifest))
        for package in found.packages
    }
    names = {document['Module']['Path']: name for name, document in documents.items()}
    return {
        name: {
            names[each['Path']]: each['Version']
            for each in document.get('Require') or ()
            if each['Path'] in names and not each.get('Indirect')
        }
        for name, document in documents.items()
    }


def test_a_module_has_no_version_of_its_own() -> None:
    """Tags alone say it; the name has no major suffix, the path in the repository makes the tag."""
    package = next(each for each in discover(WORKS['majors']).packages if each.path == 'b')
    assert (package.id, package.name, package.version, package.places) == ('go:example.com/m/b', package.name, None, ())
    assert package.name == 'example.com/m/b'


def test_an_older_major_version_is_another_module() -> None:
    """Who still requires v1 of a sibling that is at v2 does not depend on what is in the tree."""
    assert edges(discover(WORKS['majors']))['example.com/m/c'] == {}


def test_a_circle_is_closed_by_one_edge() -> None:
    """All but one of its edges decide the order, and that one is still seen."""
    files = {
        f'{each}/go.mod': mod(f'example.com/m/{each}', f'require example.com/m/{after} v1.0.0')
        for each, after in ('ab', 'bc', 'ca')
    }
    found = discover(files)
    kinds = {package.path: str(package.dependencies[0].kind) for package in found.packages}
    assert kinds == {'a': 'runtime', 'b': 'runtime', 'c': 'optional'}


def test_what_nobody_can_fetch_is_private() -> None:
    """A path that begins with no host name is not published, whatever release.yaml says."""
    files = {'go.mod': mod('tools'), 'a/go.mod': mod('example.com/m/a')}
    found = {each.path: each for each in discover(files, packages={'*': PackageOverride(publish=True)}).packages}
    assert (found['.'].publish, found['a'].publish) == (False, True)
    assert 'tools' in found['.'].private


def test_folders_can_be_left_out() -> None:
    """By `exclude` of release.yaml, with what is below them."""
    files = {f'{folder}/go.mod': mod(f'example.com/m/{folder}') for folder in ('a', 'examples/b', 'examples/c/d')}
    assert [package.path for package in discover(files, exclude=('examples',)).packages] == ['a']


def test_a_root_below_that_of_the_repository() -> None:
    """Paths stay those of the repository, as tags need them."""
    files = {'go/a/go.mod': mod('example.com/m/go/a'), 'other/go.mod': mod('example.com/m/other')}
    assert [package.path for package in discover(files, root='go').packages] == ['go/a']


def test_a_path_that_is_not_the_folder_is_warned_of() -> None:
    """Nobody would find it by the tag; a module that is not published is none of anybody's concern."""
    files = {'a/go.mod': mod('example.com/other')}
    warnings = discover(files, targets=('proxy',), tag=GO.kind.tag).warnings
    assert [(each.code, each.severity) for each in warnings] == [(Code.WORKSPACE_INVALID, Severity.WARNING)]
    assert discover(files).warnings == ()


@pytest.mark.parametrize(
    ('path', 'tag', 'refused'),
    [
        ('a/', '{path}/v{version}', False),
        ('a/', 'a/v{version}', False),
        ('', '{path}/v{version}', False),
        ('', 'v{version}', False),
        ('a/', 'v{version}', True),
        ('a/', '{label}/{name}-v{version}', True),
        ('', '{name}-v{version}', True),
    ],
)
def test_a_tag_that_the_go_command_does_not_look_for(path: str, tag: str, refused: bool) -> None:
    """It is refused before anything is pushed; what is not published may have any tag."""
    files = {f'{path}go.mod': mod(f'example.com/m/{path}'.rstrip('/'))}
    assert discover(files, tag=tag).packages
    if not refused:
        assert discover(files, tag=tag, targets=('proxy',)).packages
        return
    with pytest.raises(ReleaseKitError) as caught:
        discover(files, tag=tag, targets=('proxy',))
    assert caught.value.code is Code.SPEC_INVALID
    assert f'looks for {path}v1.0.0' in caught.value.problems[0].message


@pytest.mark.parametrize(
    ('files', 'code', 'words'),
    [
        ({'README.md': ''}, Code.WORKSPACE_INVALID, 'no module'),
        ({'go.work': 'go 1.21\nuse ./a\n'}, Code.WORKSPACE_INVALID, 'no go.mod'),
        ({'go.work': 'go 1.21\nuse ../a\n'}, Code.WORKSPACE_INVALID, 'outside'),
        ({'go.work': 'go 1.21\nuse (\n'}, Code.MANIFEST_INVALID, 'does not end'),
        ({'go.mod': 'go 1.21\n'}, Code.MANIFEST_INVALID, 'no module line'),
        ({'go.mod': 'module a.b/c\nmodule a.b/d\n'}, Code.MANIFEST_INVALID, 'more than one'),
        ({'go.mod': 'module "a.b/c\n'}, Code.MANIFEST_INVALID, 'not understood'),
        ({'go.mod': 'module\n'}, Code.MANIFEST_INVALID, 'nothing but'),
        ({'v2/go.mod': mod('a.b/m/v2')}, Code.WORKSPACE_INVALID, 'major version'),
        ({'x/go.mod': mod('a.b/m'), 'y/go.mod': mod('a.b/m/v2')}, Code.WORKSPACE_INVALID, 'both'),
    ],
)
def test_what_go_or_a_release_would_refuse(files: dict[str, str], code: Code, words: str) -> None:
    """Is an error that names the file."""
    with pytest.raises(ReleaseKitError) as caught:
        discover(files)
    assert caught.value.code is code
    assert words in caught.value.problems[0].message


def test_a_file_that_is_no_text_is_refused() -> None:
    """go.mod is UTF-8."""
    with pytest.raises(ReleaseKitError) as caught:
        anyio.run(GO.workspace.discover, MemoryFiles({'go.mod': b'module \xff'}), 'go', WorkspaceSpec('go'))
    assert caught.value.code is Code.MANIFEST_INVALID


@needs_go
def test_the_version_of_the_tool_can_be_asked_for() -> None:
    """What `doctor` runs."""
    assert subprocess.run(GO.tools['go'], capture_output=True, check=True).stdout.startswith(b'go version')
    assert set(GO.needs(WorkspaceSpec('go'), None)) == set(GO.tools)
