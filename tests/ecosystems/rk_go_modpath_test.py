# SPDX-License-Identifier: Apache-2.0
"""Module paths, versions and file names of Go."""

from __future__ import annotations

import itertools

import pytest

from releasekit.ecosystems.go import GO, modpath, names


@pytest.mark.parametrize(
    ('path', 'name'),
    [
        ('example.com/a', 'example.com/a'),
        ('example.com/a/v2', 'example.com/a'),
        ('example.com/a/v10', 'example.com/a'),
        ('example.com/a/v1', 'example.com/a/v1'),
        ('example.com/a/v0', 'example.com/a/v0'),
        ('example.com/a/v02', 'example.com/a/v02'),
        ('example.com/a/v2/b', 'example.com/a/v2/b'),
        ('example.com/v2', 'example.com'),
        ('example.com/av2', 'example.com/av2'),
        ('gopkg.in/yaml.v3', 'gopkg.in/yaml'),
        ('gopkg.in/acme/yaml.v1', 'gopkg.in/acme/yaml'),
    ],
)
def test_a_name_outlives_a_major_version(path: str, name: str) -> None:
    """The name of a module is its path without the suffix that a major version gives it."""
    assert modpath.name_of(path) == name


@pytest.mark.parametrize(
    ('path', 'version', 'expected'),
    [
        ('example.com/a', '0.3.0', 'example.com/a'),
        ('example.com/a', '1.0.0', 'example.com/a'),
        ('example.com/a', '2.0.0', 'example.com/a/v2'),
        ('example.com/a', '2.0.0-rc.1', 'example.com/a/v2'),
        ('example.com/a/v2', '2.7.1', 'example.com/a/v2'),
        ('example.com/a/v2', '3.0.0', 'example.com/a/v3'),
        ('gopkg.in/yaml.v2', '3.0.0', 'gopkg.in/yaml.v3'),
        ('gopkg.in/yaml.v0', '1.0.0', 'gopkg.in/yaml.v1'),
    ],
)
def test_a_major_version_has_its_path(path: str, version: str, expected: str) -> None:
    """From 2 on the major version is in the path; on gopkg.in always."""
    assert modpath.with_major(path, version) == expected


@pytest.mark.parametrize(
    ('plain', 'escaped'),
    [
        ('github.com/Azure/azure-sdk-for-go', 'github.com/!azure/azure-sdk-for-go'),
        ('github.com/BurntSushi/toml', 'github.com/!burnt!sushi/toml'),
        ('v1.0.0-RC.1', 'v1.0.0-!r!c.1'),
        ('example.com/a_b~c-d.e', 'example.com/a_b~c-d.e'),
    ],
)
def test_capitals_are_escaped(plain: str, escaped: str) -> None:
    """As proxies and caches on file systems without case want it, and back."""
    assert (modpath.escape(plain), modpath.unescape(escaped)) == (escaped, plain)


def test_versions_have_an_order() -> None:
    """That of SemVer, pseudo-versions among them."""
    ordered = [
        'main',
        'v0.0.0-20200101000000-abcdefabcdef',
        'v0.0.0',
        'v0.9.0',
        'v0.10.0-rc.2',
        'v0.10.0-rc.10',
        'v0.10.0-rc.beta',
        'v0.10.0',
        'v1.0.0',
        'v1.0.1-0.20200101000000-abcdefabcdef',
        'v1.0.1',
        'v2.0.0+incompatible',
    ]
    keys = [modpath.version_key(version) for version in ordered]
    assert all(before < after for before, after in itertools.pairwise(keys))


def test_versions_of_go_have_an_order() -> None:
    """A language version comes before its release candidates from 1.21 on, and was the first release before."""
    ordered = ['', '1.16', '1.17', '1.18', '1.18.1', '1.20', '1.21', '1.21rc2', '1.21.0', '1.21.5', '1.22']
    keys = [modpath.go_key(version) for version in ordered]
    assert all(before < after for before, after in itertools.pairwise(keys))


@pytest.mark.parametrize(
    ('requirement', 'version', 'admitted'),
    [
        ('v1.2.0', '1.9.0', True),
        ('v1.2.0', '1.0.0', True),
        ('v0.4.0', '1.0.0', True),
        ('v1.2.0', '2.0.0', False),
        ('v2.0.0', '2.0.1-rc.1', True),
        ('v2.0.0', '3.0.0', False),
        ('v12.0.0', '1.0.0', False),
        ('v0.0.0-20200101000000-abcdefabcdef', '0.1.0', True),
        ('latest', '1.0.0', False),
    ],
)
def test_a_requirement_admits_its_major_version(requirement: str, version: str, admitted: bool) -> None:
    """A build takes what is required or a higher version under the same path; 0 and 1 share one."""
    assert GO.versions.allows(requirement, version) is admitted


@pytest.mark.parametrize('kind', names.KINDS)
def test_a_file_name_can_be_read_back(kind: str) -> None:
    """It is flat, has no capitals, and says module and version."""
    name = names.Name('example.com/Acme/Lib/v2', 'v2.0.0-RC.1', kind)
    assert str(name) == f'example.com+!acme+!lib+v2@v2.0.0-!r!c.1.{kind}'
    assert names.read(str(name)) == name
    assert name.place == f'example.com/!acme/!lib/v2/@v/v2.0.0-!r!c.1.{kind}'


@pytest.mark.parametrize('filename', ['tracked', 'lib.zip', 'lib@v1.0.0.txt', 'lib@1.0.0.zip', '@v1.0.0.zip'])
def test_other_names_are_none(filename: str) -> None:
    """What a build leaves besides is not uploaded."""
    assert names.read(filename) is None
    assert GO.tool.inspect(filename, b'') is None
