# SPDX-License-Identifier: Apache-2.0
"""How `init` reads tags, addresses and CI files: tables of pure decisions."""

from __future__ import annotations

import pytest

from releasekit.core import written
from releasekit.core.package import Package
from releasekit.ecosystems import ECOSYSTEMS
from releasekit.ecosystems.survey import Details, Sighting
from releasekit.run.survey import calendars, formats, known
from releasekit.run.survey.seen import Found
from releasekit.spec.names import LATER


def found(ecosystem: str, *names: str, label: str = 'x') -> Found:
    """A workspace with packages in folders below `packages`."""
    packages = tuple(
        Package(f'{label}:{name}', name, label, ecosystem, f'packages/{name.rpartition("/")[2]}', 'm', '1.2.3')
        for name in names
    )
    return Found(label, ECOSYSTEMS[ecosystem], Sighting('.', 'm', ''), packages, Details())


def read(tag: str, where: Found) -> list[tuple[str, str, str]]:
    return [(each.template, each.version, each.package) for each in formats.read(tag, where, ())]


@pytest.mark.parametrize(
    ('tag', 'template', 'version'),
    [
        ('v1.2.3', 'v{version}', '1.2.3'),
        ('1.2.3', '{version}', '1.2.3'),
        ('V1.2.3', 'V{version}', '1.2.3'),
        ('release-1.2.3', 'release-{version}', '1.2.3'),
        ('release/v1.2.3', 'release/v{version}', '1.2.3'),
        ('rel_1.2', 'rel_{version}', '1.2'),
        ('version-1.2.3', 'version-{version}', '1.2.3'),
        ('v1.2.3rc1', 'v{version}', '1.2.3rc1'),
        ('v1.2.3-beta.2', 'v{version}', '1.2.3b2'),
        ('my-core-v1.2.3', '{name}-v{version}', '1.2.3'),
        ('my_core-1.2.3', 'my_core-{version}', '1.2.3'),
        ('My-Core/1.2.3', 'My-Core/{version}', '1.2.3'),
        ('packages/my-core/v1.2.3', '{path}/v{version}', '1.2.3'),
        ('py/my-core@1.2.3', 'py/{name}@{version}', '1.2.3'),
        ('2026.11.23', '{version}', '2026.11.23'),
    ],
)
def test_a_tag_of_a_single_package_gives_its_format(tag: str, template: str, version: str) -> None:
    """Whatever names the package, or the whole repository."""
    assert read(tag, found('python', 'my-core'))[0][:2] == (template, version)


@pytest.mark.parametrize(
    ('versions', 'grammar', 'expected'),
    [
        (['2026.8.1', '2026.8.0', '2025.12.4'], 'pep440', 'YYYY.MM.MICRO'),
        (['2026.8.1', '2026.8.0', '2025.12.4'], 'semver', 'YYYY.MM.MICRO'),
        (['2026.08.1', '2026.08.0'], 'pep440', 'YYYY.0M.MICRO'),
        (['2026.08.1rc1', '2026.08.0'], 'pep440', 'YYYY.0M.MICRO'),
        (['2026.11.1', '2026.10.0'], 'pep440', 'YYYY.MM.MICRO'),
        # As certifi, pip, PyCharm, pytz, Ubuntu and tzdata count.
        (['2024.08.30', '2024.07.04'], 'pep440', 'YYYY.0M.0D'),
        (['2024.8.30', '2024.7.14'], 'pep440', 'YYYY.MM.DD'),
        (['2024.8.30.1', '2024.7.4.0'], 'pep440', 'YYYY.MM.DD.MICRO'),
        (['24.2', '24.1.2'], 'pep440', None),
        (['2017.1.2', '2017.0.2', '2016.3.1'], 'semver', 'YYYY.MINOR.MICRO'),
        (['2024.1', '2023.4'], 'pep440', 'YYYY.MM'),
        (['20.04', '19.10'], 'pep440', 'YY.0M'),
        (['20.04.1', '19.10.0'], 'pep440', 'YY.0M.MICRO'),
        (['20260823.1', '20260701.0'], 'pep440', 'YYYY0M0D.MICRO'),
        (['202608', '202607'], 'pep440', 'YYYY0M'),
        # No dates: SemVer, one that was none among them, two numbers of a scheme of three, and nothing at all.
        (['1.4.2', '1.4.1'], 'semver', None),
        (['26.8.1', '26.7.0'], 'semver', None),
        (['2026.8.0', '1.4.2'], 'semver', None),
        (['2026.8'], 'semver', None),
        (['3.11', '3.10'], 'pep440', None),
        (['nightly'], 'pep440', None),
        ([], 'pep440', None),
    ],
)
def test_versions_that_can_only_be_dates_give_their_format(
    versions: list[str], grammar: str, expected: str | None
) -> None:
    """With the zeros that they have; what may as well be anything else is left to the default."""
    assert calendars.guess(versions, grammar) == expected


@pytest.mark.parametrize(
    ('tag', 'template', 'package'),
    [
        ('core-v1.2.3', '{name}-v{version}', 'core'),
        ('core-utils-v1.2.3', '{name}-v{version}', 'core-utils'),
        ('core-utils@1.2.3', '{name}@{version}', 'core-utils'),
        ('core/v1.2.3', '{name}/v{version}', 'core'),
        ('release-core-1.2.3', 'release-core-{version}', ''),
        ('release/core-1.2.3', 'release/{name}-{version}', 'core'),
        ('packages/core-utils/1.2.3', '{path}/{version}', 'core-utils'),
        ('v1.2.3', 'v{version}', ''),
    ],
)
def test_a_tag_of_many_packages_names_the_one_with_the_longest_name(tag: str, template: str, package: str) -> None:
    """One that names none is of all of them, or of nobody."""
    readings = read(tag, found('python', 'core', 'core-utils'))
    expected = [(template, '1.2.3', package)] if package or template == 'v{version}' else []
    assert readings == expected


@pytest.mark.parametrize(
    ('tag', 'template'), [('@acme/a@1.2.3', '{name}@{version}'), ('@acme/a-v1.2.3', '{name}-v{version}')]
)
def test_a_name_with_a_scope_is_read_whole(tag: str, template: str) -> None:
    """As changesets and lerna write it."""
    assert read(tag, found('js', '@acme/a', '@acme/b')) == [(template, '1.2.3', '@acme/a')]


@pytest.mark.parametrize('tag', ['v1', 'latest', 'docs-2024.1.5', 'nightly', 'sha-4f2a', 'v1.2.3/x', 'other-v1.2.3'])
def test_what_is_no_release_is_passed_over(tag: str) -> None:
    """Moving tags, those of other things, and those without a version."""
    assert read(tag, found('python', 'core')) == []


def test_a_tag_that_names_a_package_elsewhere_is_none_of_this_workspace() -> None:
    """`core-utils` of one ecosystem is not `core` of another."""
    here, there = found('python', 'core'), found('js', 'core-utils', label='y')
    assert list(formats.read('core-utils-v1.2.3', here, there.released)) == []


def test_what_is_not_available_yet_is_what_the_format_calls_later() -> None:
    """The two tables shrink together, and never name what is there."""
    assert set(known.COMING.values()) <= set(LATER['workspaces.*.ecosystem'])
    assert set(known.COMING.values()).isdisjoint(ECOSYSTEMS)


@pytest.mark.parametrize(
    ('value', 'expected'),
    [
        ('main', 'main'),
        ('release/1.x', 'release/1.x'),
        ('1.2', '"1.2"'),
        ('yes', '"yes"'),
        ('Null', '"Null"'),
        ('-', '"-"'),
        ('-c', '-c'),
        ('a b', '"a b"'),
        ('{name}', '"{name}"'),
        ('@acme/a', '"@acme/a"'),
        ('', '""'),
        ('ü', '"ü"'),
        (False, 'false'),
        (['a', '*'], '[a, "*"]'),
        ({'a': {'b': ['1']}}, '{a: {b: ["1"]}}'),
    ],
)
def test_text_is_quoted_where_yaml_would_read_something_else(value: object, expected: str) -> None:
    """And only there."""
    assert written.scalar(value) == expected
