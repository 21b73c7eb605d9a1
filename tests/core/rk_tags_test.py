# SPDX-License-Identifier: Apache-2.0
"""Tags are named by their format, and versions are read back from them."""

from __future__ import annotations

import subprocess

import pytest

from releasekit.core import tags
from releasekit.core.commits import TagRef
from releasekit.core.package import Package, Workspace
from releasekit.core.plan import BumpKind, PlannedPackage
from releasekit.errors import Code, ReleaseKitError
from releasekit.spec.model import Scheme, Spec, VersionRules, WorkspaceSpec

SCHEMES = {'py': 'pep440', 'web': 'semver'}


def package(id_: str, path: str = '', *, release: bool = True) -> Package:
    label, _, name = id_.partition(':')
    return Package(id_, name, label, 'any', path or f'packages/{name}', 'm', '1.0.0', release=release)


def spec(py: str, web: str = 'w/{name}/{version}', scheme: Scheme = 'pep440') -> Spec:
    rules = VersionRules(scheme=scheme)
    return Spec(
        version=1,
        workspaces={
            'py': WorkspaceSpec(ecosystem='python', tag=py, version=rules),
            'web': WorkspaceSpec(ecosystem='python', tag=web),
        },
    )


def found(template: str, packages: list[Package], names: list[str]) -> dict[str, list[tuple[str, str]]]:
    refs = [TagRef(name, 'c', merged=True) for name in names]
    matched = tags.match(spec(template), Workspace(tuple(packages)), refs, SCHEMES)
    return {id_: [(entry.ref.name, entry.version) for entry in entries] for id_, entries in matched.items() if entries}


@pytest.mark.parametrize(
    ('template', 'path', 'version', 'expected'),
    [
        ('{name}-v{version}', 'packages/core', '1.2.3', 'core-v1.2.3'),
        ('{label}/{name}/{version}', 'packages/core', '1.2.3rc1', 'py/core/1.2.3rc1'),
        ('{path}/v{version}', 'packages/core', '1.2.3', 'packages/core/v1.2.3'),
        ('{path}/v{version}', '.', '1.2.3', 'v1.2.3'),
        ('{path}-{version}', '.', '1.2.3', '1.2.3'),
        ('r/{path}/v{version}', '.', '1.2.3', 'r/v1.2.3'),
        ('{name}-{major}.{minor}.{patch}', 'packages/core', '1!1.2', 'core-1.2.0'),
        ('{name}-{major}', 'packages/core', 'what', 'core-0'),
    ],
)
def test_a_tag_is_named_by_its_format(template: str, path: str, version: str, expected: str) -> None:
    """The path of the root package is nothing, and what joins it goes with it."""
    assert tags.tag_name(template, package('py:core', path), version) == expected


def test_a_released_package_fills_in_every_word() -> None:
    """Those of tag formats and of tag messages."""
    planned = PlannedPackage('py:a', 'a', 'py', 'any', 'p/a', None, None, '1.2.3rc1', BumpKind.INITIAL, 't', (), ())
    expected = {
        'name': 'a',
        'label': 'py',
        'path': 'p/a',
        'version': '1.2.3rc1',
        'major': '1',
        'minor': '2',
        'patch': '3',
    }
    assert tags.words(planned) == expected


def test_an_umbrella_tag_knows_the_label_and_the_version() -> None:
    """It is for a whole workspace."""
    assert tags.umbrella_name('{label}-{major}.{minor}-{version}', 'py', '1.2.3') == 'py-1.2-1.2.3'


CORE, UTIL = package('py:core'), package('py:core-util')


@pytest.mark.parametrize(
    ('template', 'packages', 'names', 'expected'),
    [
        # Newest first by the order of versions, not of text.
        (
            '{name}-v{version}',
            [CORE],
            ['core-v1.10.0', 'core-v1.9.0', 'core-v1.9.0rc1', 'core-vX', 'other-v1.0', 'core-v'],
            {'py:core': [('core-v1.10.0', '1.10.0'), ('core-v1.9.0', '1.9.0'), ('core-v1.9.0rc1', '1.9.0rc1')]},
        ),
        # A name that begins with another's.
        (
            '{name}-v{version}',
            [CORE, UTIL],
            ['core-util-v1.0', 'core-v2.0'],
            {'py:core': [('core-v2.0', '2.0')], 'py:core-util': [('core-util-v1.0', '1.0')]},
        ),
        # What could be read as either is that of the longer name.
        ('{name}-{version}', [CORE, package('py:core-1')], ['core-1-2'], {'py:core-1': [('core-1-2', '2')]}),
        # What comes after the version counts as much.
        (
            'v{version}/{name}',
            [CORE, UTIL],
            ['v1.0/core', 'v1.0/core-util', 'v1.0/util', 'v/core'],
            {'py:core': [('v1.0/core', '1.0')], 'py:core-util': [('v1.0/core-util', '1.0')]},
        ),
        ('{path}/v{version}', [package('py:core', '.')], ['v1.0', 'core/v1.0'], {'py:core': [('v1.0', '1.0')]}),
        (
            '{name}-{major}.{minor}.{patch}',
            [CORE],
            ['core-1.2.3', 'core-1.2', 'core-1.2.3rc1'],
            {'py:core': [('core-1.2.3', '1.2.3')]},
        ),
        # A word that comes twice has one value.
        (
            '{major}/{name}-{version}-of-{major}',
            [CORE],
            ['1/core-1.2-of-1', '1/core-1.2-of-2'],
            {'py:core': [('1/core-1.2-of-1', '1.2')]},
        ),
        # Versions are told in their normal form, tags as they are.
        ('{name}-v{version}', [CORE], ['core-v1.0-RC1'], {'py:core': [('core-v1.0-RC1', '1.0rc1')]}),
        # What takes no part in releases has no tags and is in nobody's way.
        ('v{version}', [CORE, package('py:b', release=False)], ['v1.0'], {'py:core': [('v1.0', '1.0')]}),
        # Another workspace has another scheme.
        (
            '{name}-v{version}',
            [package('web:app')],
            ['w/app/1.0.0', 'w/app/1.0'],
            {'web:app': [('w/app/1.0.0', '1.0.0')]},
        ),
    ],
)
def test_versions_are_read_back_from_tags(
    template: str, packages: list[Package], names: list[str], expected: dict[str, list[tuple[str, str]]]
) -> None:
    """Each tag counts for one package, whose format it has and whose scheme knows the version."""
    assert found(template, packages, names) == expected


@pytest.mark.parametrize(
    ('py', 'web', 'packages', 'advice'),
    [
        ('v{version}', 'w/{name}/{version}', [CORE, UTIL], 'Add `{name}` to `workspaces.py.tag`.'),
        ('{label}-v{version}', 'w{version}', [CORE, UTIL], 'Add `{name}` to `workspaces.py.tag`.'),
        (
            '{name}-v{version}',
            '{name}-v{version}',
            [CORE, package('web:core')],
            'Add `{label}` to `workspaces.web.tag`.',
        ),
        ('v{version}', 'v{major}.{minor}.{patch}', [CORE, package('web:a')], 'Add `{label}` to `workspaces.web.tag`.'),
        ('{name}-{major}', '{name}', [CORE], 'Add `{version}` to `workspaces.py.tag`.'),
    ],
)
def test_formats_that_cannot_be_told_apart_are_refused(py: str, web: str, packages: list[Package], advice: str) -> None:
    """The advice names the word that is missing."""
    with pytest.raises(ReleaseKitError) as caught:
        tags.match(spec(py, web), Workspace(tuple(packages)), [], SCHEMES)
    assert caught.value.code is Code.TAG_AMBIGUOUS
    assert caught.value.problems[0].hint == advice


@pytest.mark.parametrize(
    ('names', 'expected'),
    [
        (['v1.1.0', 'v1.2.0'], {'py:core': ['v1.2.0', 'v1.1.0'], 'py:cli': ['v1.2.0', 'v1.1.0']}),
        (['v1.2.0', 'core-v1.2.0'], {'py:core': ['core-v1.2.0']}),
        (['v1.1.0', 'v1.2', 'core-v1.2.0'], {'py:core': ['core-v1.2.0', 'v1.1.0'], 'py:cli': ['v1.1.0']}),
        (['v1', 'w1.2.0'], {'py:core': ['v1'], 'py:cli': ['v1']}),
    ],
)
def test_an_umbrella_tag_is_of_all_packages_where_none_has_its_own(
    names: list[str], expected: dict[str, list[str]]
) -> None:
    """Releases of a tool that made one tag for all are known; other workspaces have no part in them."""
    workspaces = {
        'py': WorkspaceSpec(ecosystem='python', umbrella_tag='v{version}'),
        'web': WorkspaceSpec(ecosystem='python', tag='w/{name}/{version}'),
    }
    packages = (CORE, package('py:cli'), package('py:held', release=False), package('web:a'))
    refs = [TagRef(name, 'c', merged=True) for name in names]
    matched = tags.match(Spec(version=1, workspaces=workspaces), Workspace(packages), refs, SCHEMES)
    found = {id_: [entry.ref.name for entry in entries] for id_, entries in matched.items() if entries}
    assert found == expected


@pytest.mark.parametrize(
    'name',
    [
        'a-v1.0', 'a/v1!2.0', '{a}', 'a@b', 'a.lock-v1', 'ä-1', '.a', 'a/.b', 'a.lock', 'a.lock/b', 'a..b', 'a b',
        'a~b', 'a^b', 'a:b', 'a?b', 'a*b', 'a[b', 'a\\b', 'a@{b', '@', 'a/', '/a', 'a//b', 'a.', 'a\tb', 'a\x7fb', '-a',
    ],
)  # fmt: skip
def test_what_git_refuses_as_a_tag_is_known(name: str) -> None:
    """`git check-ref-format` is asked; `git tag` itself refuses the leading hyphen."""
    done = subprocess.run(['git', 'check-ref-format', f'refs/tags/{name}'], check=False)
    taken = done.returncode == 0 and not name.startswith('-')
    assert (tags.refused(name) is None) == taken
