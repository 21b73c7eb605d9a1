# SPDX-License-Identifier: Apache-2.0
"""Discovery of uv workspaces, compared with uv itself."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anyio
import pytest

from releasekit.core.package import EdgeKind
from releasekit.ecosystems.base import Discovery
from releasekit.ecosystems.python import PYTHON
from releasekit.errors import Code, ReleaseKitError, render
from releasekit.spec.model import PackageOverride, WorkspaceSpec
from releasekit.testing.files import MemoryFiles

Tree = Mapping[str, str]

UV = str(Path(sys.executable).with_name('uv'))

WORKSPACE = '[tool.uv.workspace]\nmembers = [{}]\nexclude = [{}]\n'


def project(name: str, rest: str = '') -> str:
    return f'[project]\nname = "{name}"\nversion = "1.0"\n{rest}'


def workspace(members: str, exclude: str = '') -> str:
    return WORKSPACE.format(members, exclude)


def members(*folders: str) -> dict[str, str]:
    return {f'{folder}/pyproject.toml': project(folder.replace('/', '-').replace('.', 'd')) for folder in folders}


def discover(tree: Mapping[str, str | bytes], **spec: Any) -> Discovery:
    wanted = WorkspaceSpec(ecosystem='python', **spec)
    return anyio.run(PYTHON.workspace.discover, MemoryFiles(tree), 'py', wanted)


def failure(tree: Mapping[str, str | bytes], **spec: Any) -> ReleaseKitError:
    with pytest.raises(ReleaseKitError) as caught:
        discover(tree, **spec)
    return caught.value


def uv_folders(tree: Tree, folder: Path) -> list[str] | None:
    """The folders of the members that uv lists, None where it refuses."""
    for path, text in tree.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    command = [UV, 'workspace', 'list', '--paths', '--offline', '--preview', '--no-python-downloads']
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return None
    return sorted(Path(line).relative_to(folder.resolve()).as_posix() for line in done.stdout.split())


SHAPES: dict[str, Tree] = {
    'single': {'pyproject.toml': project('one')},
    'not a package for uv': {'pyproject.toml': project('one', '[tool.uv]\npackage = false\n')},
    'virtual root': {'pyproject.toml': workspace('"a/*"'), **members('a/x', 'a/y')},
    'root package': {'pyproject.toml': project('r', workspace('"a/*"')), **members('a/x')},
    'no members': {'pyproject.toml': project('r', '[tool.uv.workspace]\n'), **members('a')},
    'hidden without a manifest': {
        'pyproject.toml': project('r', workspace('"a/*"')),
        'a/.x/file': '',
        **members('a/y'),
    },
    'hidden with a manifest': {'pyproject.toml': project('r', workspace('"a/*"')), **members('a/.x', 'a/y')},
    'literal hidden': {'pyproject.toml': project('r', workspace('".h"')), '.h/file': ''},
    'a file matches': {'pyproject.toml': project('r', workspace('"a/*"')), 'a/README.md': '', **members('a/y')},
    'nothing matches': {'pyproject.toml': project('r', workspace('"z/*", "z"'))},
    'excluded without a manifest': {'pyproject.toml': project('r', workspace('"a/*"', '"a/x"')), 'a/x/f': ''},
    'exclude crosses slashes': {
        'pyproject.toml': project('r', workspace('"a/*", "a/*/*"', '"a/x*"')),
        **members('a/x/z', 'a/y'),
    },
    'exclude does not reach below': {
        'pyproject.toml': project('r', workspace('"a/*/*"', '"a/x"')),
        **members('a/x/z', 'a/y/q'),
    },
    'exclude everything below': {
        'pyproject.toml': project('r', workspace('"*", "*/*"', '"c/**", "b/src"')),
        'b/src/f': '',
        **members('b', 'c', 'c/d'),
    },
    'exclude anywhere': {
        'pyproject.toml': project('r', workspace('"*", "*/d"', '"**/d"')),
        **members('b', 'c', 'c/d', 'd'),
    },
    'exclude with a star': {'pyproject.toml': project('r', workspace('"a/*"', '"*"')), **members('a/b')},
    'exclude with question marks': {
        'pyproject.toml': project('r', workspace('"a/*", "a?c", "b[!x]c", "b"', '"a?b", "b/?"')),
        **members('a/b', 'a/c', 'aac', 'b', 'bac'),
    },
    'exclude as a path': {'pyproject.toml': project('r', workspace('"*"', '"./c", "d/"')), **members('b', 'c', 'd')},
    'the root is not excluded': {'pyproject.toml': project('r', workspace('"*"', '"."')), **members('a')},
    'everything below': {'pyproject.toml': project('r', workspace('"a/**"')), **members('a', 'a/x', 'a/x/y')},
    'everything below with a slash': {
        'pyproject.toml': project('r', workspace('"a/**/"')),
        **members('a', 'a/x', 'a/x/y'),
    },
    'everywhere': {'pyproject.toml': project('r', workspace('"**"')), **members('a', 'a/x', '.h')},
    'a name anywhere': {'pyproject.toml': project('r', workspace('"**/b"')), **members('b', 'a/b', '.h/b', 'a/c/b')},
    'a name anywhere below': {
        'pyproject.toml': project('r', workspace('"a/**/b"')),
        **members('b', 'a/b', '.h/b', 'a/c/b'),
    },
    'a prefix anywhere': {'pyproject.toml': project('r', workspace('"**/p*"')), **members('p1', 'a/p2', 'a/c/p3')},
    'spelled paths': {
        'pyproject.toml': project('r', workspace('"a/", "./b", "c//d", "e/./f", ".", ""')),
        **members('a', 'b', 'c/d', 'e/f'),
    },
    'twice by two globs': {'pyproject.toml': project('r', workspace('"a", "./a", "a*"')), **members('a')},
    'classes': {
        'pyproject.toml': project('r', workspace('"p[0-9]", "q[!a]", "r?", "[a-c]d", "[^a]x"')),
        **members('p1', 'qa', 'qb', 'r1', 'bd', 'dd', 'ax', 'bx'),
    },
    'letters of regular expressions': {
        'pyproject.toml': project('r', workspace('"a.b", "c+"')),
        'a.b/pyproject.toml': project('ab'),
        'axb/pyproject.toml': project('axb'),
        'cc/pyproject.toml': project('cc'),
        'c+/pyproject.toml': project('cplus'),
    },
    'no braces': {'pyproject.toml': project('r', workspace('"{a,b}"')), **members('a')},
    'unmanaged member': {
        'pyproject.toml': project('r', workspace('"a/*"')),
        'a/x/pyproject.toml': project('x', '[tool.uv]\nmanaged = false\n'),
        **members('a/y'),
    },
    'unmanaged nested workspace': {
        'pyproject.toml': project('r', workspace('"a/*"')),
        'a/x/pyproject.toml': project('x', '[tool.uv]\nmanaged = false\n[tool.uv.workspace]\n'),
    },
    'nested workspace excluded': {
        'pyproject.toml': project('r', workspace('"a/*"', '"a/x"')),
        'a/x/pyproject.toml': project('x', workspace('"b"')),
        **members('a/y'),
    },
    'path dependency': {
        'pyproject.toml': project('r', 'dependencies = ["z"]\n[tool.uv.sources]\nz = {path = "z"}\n'),
        **members('z'),
    },
}

REFUSED: dict[str, Tree] = {
    'member without a manifest': {'pyproject.toml': project('r', workspace('"a/*"')), 'a/x/f': ''},
    'literal member without a manifest': {'pyproject.toml': project('r', workspace('"h"')), 'h/f': ''},
    'folder below without a manifest': {
        'pyproject.toml': project('r', workspace('"a/**"')),
        'a/x/src/f.py': '',
        **members('a', 'a/x'),
    },
    'nested workspace': {
        'pyproject.toml': project('r', workspace('"a/*"')),
        'a/x/pyproject.toml': project('x', workspace('"b"')),
        **members('a/x/b'),
    },
    'two of one name': {
        'pyproject.toml': project('r', workspace('"a/*"')),
        'a/x/pyproject.toml': project('a-b'),
        'a/y/pyproject.toml': project('A_b'),
    },
    'member named as the root': {
        'pyproject.toml': project('r', workspace('"a/*"')),
        'a/x/pyproject.toml': project('r'),
    },
    'member without a project': {
        'pyproject.toml': project('r', workspace('"a/*"')),
        'a/x/pyproject.toml': '[tool.x]\n',
    },
    'root without anything': {'pyproject.toml': '[tool.x]\n'},
    'unmanaged root': {'pyproject.toml': project('r', '[tool.uv]\nmanaged = false\n')},
    'stars inside a name': {'pyproject.toml': project('r', workspace('"a**"'))},
    'open bracket': {'pyproject.toml': project('r', workspace('"a[b"'))},
    'no version': {'pyproject.toml': '[project]\nname = "a"\n'},
    'wrong version': {'pyproject.toml': '[project]\nname = "a"\nversion = "one"\n'},
    'wrong name': {'pyproject.toml': project('a+b')},
    'broken member': {
        'pyproject.toml': project('r', workspace('"a"')),
        'a/pyproject.toml': '[project]\nname = "a\n',
    },
}


@pytest.mark.parametrize('shape', SHAPES)
def test_members_are_those_of_uv(shape: str, tmp_path: Path) -> None:
    """The folders of the packages are those that `uv workspace list` prints."""
    found = [package.path for package in discover(SHAPES[shape]).packages]

    assert uv_folders(SHAPES[shape], tmp_path) == sorted(found)


@pytest.mark.parametrize('shape', REFUSED)
def test_what_uv_refuses_is_refused(shape: str, tmp_path: Path) -> None:
    """A workspace that uv cannot read is an error with a place and a hint, never a shorter list."""
    error = failure(REFUSED[shape])

    assert uv_folders(REFUSED[shape], tmp_path) is None
    assert error.code in {Code.WORKSPACE_INVALID, Code.MANIFEST_INVALID, Code.VERSION_INVALID}
    assert error.problems[0].place is not None
    assert error.problems[0].hint


def test_a_member_without_manifest_names_the_glob() -> None:
    """The error says which glob of `members` is at fault."""
    error = failure(REFUSED['member without a manifest'])

    assert error.problems[0].message == 'The workspace member a/x has no pyproject.toml (it matches `a/*`).'


def test_broken_toml_is_shown() -> None:
    """A syntax error comes with path, line, column and the line itself."""
    text = render(failure(REFUSED['broken member']).problems[0])

    assert '--> a/pyproject.toml:2:' in text
    assert '2 | name = "a' in text


def test_a_manifest_that_is_not_utf8_is_refused() -> None:
    """Other encodings are an error, not a traceback."""

    error = failure({'pyproject.toml': b'[project]\nname = "caf\xe9"\n'})

    assert error.code is Code.MANIFEST_INVALID
    assert str(error.problems[0].place) == 'pyproject.toml:2'


def test_no_manifest_at_the_root_is_an_error() -> None:
    """A wrong `root` says so."""
    assert failure({'a/pyproject.toml': project('a')}, root='b').code is Code.WORKSPACE_INVALID


def test_a_workspace_may_lie_in_a_folder() -> None:
    """Paths are relative to the repository, globs to the workspace."""
    tree = {'py/pyproject.toml': workspace('"a", "../other"'), **members('py/a', 'other'), 'py/uv.lock': ''}
    found = discover(tree, root='py')

    assert [package.path for package in found.packages] == ['other', 'py/a']
    assert [package.manifest for package in found.packages] == ['other/pyproject.toml', 'py/a/pyproject.toml']
    assert found.lock == 'py/uv.lock'


def test_a_member_is_no_root_of_its_own() -> None:
    """uv would see the workspace above; a package that it does not include stands alone."""
    tree = {'pyproject.toml': workspace('"a/*"', '"a/y"'), **members('a/x', 'a/y', 'b')}

    assert failure(tree, root='a/x').code is Code.WORKSPACE_INVALID
    assert [package.path for package in discover(tree, root='a/y').packages] == ['a/y']
    assert [package.path for package in discover(tree, root='b').packages] == ['b']


def test_a_wrong_glob_of_the_spec_is_said_so() -> None:
    """`exclude` in release.yaml is checked, too."""
    assert failure({'pyproject.toml': project('a')}, exclude=('a**',)).code is Code.SPEC_INVALID


def test_a_glob_cannot_leave_the_repository() -> None:
    """A member outside of the repository is refused."""
    assert failure({'pyproject.toml': workspace('"../a"')}).code is Code.WORKSPACE_INVALID


def test_exclude_of_the_spec_leaves_packages_out() -> None:
    """`exclude` in release.yaml takes packages out, by their folder or one above it, and the edges to them."""
    tree = {
        'pyproject.toml': workspace('"*", "s/*"', '"s"') + '[tool.uv.sources]\ns-x = {workspace = true}\n',
        'b/pyproject.toml': project('b', 'dependencies = ["s-x"]\n'),
        **members('a', 's/x', 's/y'),
    }
    assert [package.name for package in discover(tree).packages] == ['a', 'b', 's-x', 's-y']
    for glob in ('s/**', 's', 's/*'):
        found = discover(tree, exclude=(glob,)).packages
        assert [(package.name, package.dependencies) for package in found] == [('a', ()), ('b', ())]


def test_a_published_package_cannot_need_one_that_is_left_out() -> None:
    """Nobody would serve what it requires; a development group, or a package that stays here, does no harm."""
    source = '[tool.uv.sources]\ns-x = {workspace = true}\n'

    def tree(rest: str) -> Mapping[str, str]:
        return {
            'pyproject.toml': workspace('"b", "s/*"') + source,
            'b/pyproject.toml': project('b', rest),
            **members('s/x'),
        }

    needs = tree('dependencies = ["s-x>=1"]\n')
    [problem] = failure(needs, exclude=('s',), targets=('pypi',)).problems
    assert problem.code is Code.WORKSPACE_INVALID
    assert 'b is published but requires `s-x>=1` from the workspace, where s-x is no package' in problem.message
    private = {'b': PackageOverride(publish=False)}
    for fine in (
        discover(needs, targets=('pypi',)),
        discover(needs, exclude=('s',), targets=('pypi',), packages=private),
        discover(tree('[dependency-groups]\ndev = ["s-x"]\n'), exclude=('s',), targets=('pypi',)),
    ):
        assert 'b' in [package.name for package in fine.packages]


EDGES = {
    'pyproject.toml': workspace('"packages/*"')
    + '[tool.uv.sources]\nAcme_Core = {workspace = true}\nacme-plugin = {workspace = true}\n'
    + 'acme-near = {path = "packages/near"}\n',
    'packages/core/pyproject.toml': project('Acme.Core'),
    'packages/plugin/pyproject.toml': project('acme_plugin'),
    'packages/near/pyproject.toml': project('acme-near'),
    'packages/far/pyproject.toml': project('acme-far'),
    'packages/app/pyproject.toml': """\
[project]
name = "acme-app"
version = "1.0"
dependencies = ["ACME.core[x] >= 1; python_version < '4'", "requests", "acme-far>=1", "acme-near", "acme-app[cli]"]

[project.optional-dependencies]
CLI = ["acme_plugin>=1,<2"]
all = ["acme-app[cli]"]

[dependency-groups]
lint = ["acme-plugin", {include-group = "Base"}]
base = ["acme-core"]

[build-system]
requires = ["hatchling", "acme-plugin"]
build-backend = "hatchling.build"

[tool.uv]
dev-dependencies = ["acme-near"]

[tool.uv.sources]
acme-near = [{index = "x", marker = "sys_platform == 'win32'"}, {workspace = true, marker = "sys_platform != 'win32'"}]
acme-far = {git = "https://example.invalid/far"}
""",
}


def test_edges_know_kind_and_place() -> None:
    """Edges come from all four kinds of requirement, with extra or group, as the manifest writes them."""
    app = next(package for package in discover(EDGES).packages if package.name == 'acme-app')

    assert [(edge.id, edge.kind, edge.where, edge.requirement) for edge in app.dependencies] == [
        ('py:acme-core', EdgeKind.RUNTIME, '', "ACME.core[x] >= 1; python_version < '4'"),
        ('py:acme-near', EdgeKind.RUNTIME, '', 'acme-near'),
        ('py:acme-plugin', EdgeKind.OPTIONAL, 'cli', 'acme_plugin>=1,<2'),
        ('py:acme-plugin', EdgeKind.GROUP, 'lint', 'acme-plugin'),
        ('py:acme-core', EdgeKind.GROUP, 'lint', 'acme-core'),
        ('py:acme-core', EdgeKind.GROUP, 'base', 'acme-core'),
        ('py:acme-near', EdgeKind.GROUP, 'dev', 'acme-near'),
        ('py:acme-plugin', EdgeKind.BUILD, '', 'acme-plugin'),
    ]


def test_a_member_without_a_workspace_source_is_no_edge() -> None:
    """A name that happens to be a member's is external without `workspace = true`."""
    tree = {
        'pyproject.toml': workspace('"*"'),
        'a/pyproject.toml': project('a', 'dependencies = ["b"]\n'),
        **members('b'),
    }
    assert [package.dependencies for package in discover(tree).packages] == [(), ()]


def test_groups_that_include_each_other_end() -> None:
    """A cycle of groups, which uv refuses, does not hang."""
    rest = '[dependency-groups]\na = [{include-group = "b"}, "x"]\nb = [{include-group = "a"}]\n'
    assert discover({'pyproject.toml': project('r', rest)}).packages[0].dependencies == ()


def test_names_are_normalised() -> None:
    """Ids and names have the form of PEP 503."""
    found = discover({'pyproject.toml': project('Acme._Core')}).packages[0]

    assert (found.id, found.name, found.path) == ('py:acme-core', 'acme-core', '.')


@pytest.mark.parametrize(
    ('rest', 'why'),
    [
        ('classifiers = ["Private :: Do Not Upload"]\n', 'classifier `Private :: Do Not Upload`'),
        ('[tool.uv]\npackage = false\n', '`package = false` in [tool.uv]'),
    ],
)
def test_private_packages_are_not_published(rest: str, why: str) -> None:
    """What an index would refuse is not published, whatever release.yaml says, and the package says why."""
    found = discover({'pyproject.toml': project('a', rest)}, packages={'a': PackageOverride(publish=True)}).packages[0]

    assert (found.publish, found.private) == (False, why)


def test_overrides_apply_in_order() -> None:
    """All globs that match apply; a later one wins, key by key."""
    overrides = {
        'a*': PackageOverride(publish=False, targets=('x',)),
        'ab': PackageOverride(publish=True, also=('proto/**',)),
        'b': PackageOverride(release=False),
    }
    tree = {'pyproject.toml': workspace('"*"'), **members('ab', 'ac', 'b')}
    found = discover(tree, packages=overrides, targets=('pypi',)).packages

    assert [(each.name, each.publish, each.release, each.targets, each.also) for each in found] == [
        ('ab', True, True, ('x',), ('proto/**',)),
        ('ac', False, True, ('x',), ()),
        ('b', True, False, ('pypi',), ()),
    ]


def test_the_lock_file_is_found_where_it_is() -> None:
    """The path of uv.lock is known only if the tree has it."""
    assert discover({'pyproject.toml': project('a')}).lock is None
    assert discover({'pyproject.toml': project('a'), 'uv.lock': ''}).lock == 'uv.lock'
