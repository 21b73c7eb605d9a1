# SPDX-License-Identifier: Apache-2.0
"""Versions are read, ordered, bumped and written as their schemes have it."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasekit.core.plan import BumpKind
from releasekit.core.version import scheme
from releasekit.errors import Code, ReleaseKitError
from releasekit.spec.model import Bump

PEP440, SEMVER = scheme('pep440'), scheme('semver')

# https://semver.org/spec/v2.0.0.html, rule 11, and beside it the edges of rule 11.4.
SEMVER_ORDER = [
    '0.9.9',
    '1.0.0-0.3.7',
    '1.0.0-2',
    '1.0.0-11',
    '1.0.0--',
    '1.0.0-1a',
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0-rc.1',
    '1.0.0',
    '2.0.0',
    '2.1.0',
    '2.1.1',
    '2.1.10',
]
# https://packaging.python.org/en/latest/specifications/version-specifiers/#summary-of-permitted-suffixes-and-relative-ordering
PEP440_ORDER = [
    '1.dev0',
    '1.0.dev456',
    '1.0a1',
    '1.0a2.dev456',
    '1.0a12.dev456',
    '1.0a12',
    '1.0b1.dev456',
    '1.0b2',
    '1.0b2.post345.dev456',
    '1.0b2.post345',
    '1.0rc1.dev456',
    '1.0rc1',
    '1.0',
    '1.0+abc.5',
    '1.0+abc.7',
    '1.0+5',
    '1.0.post456.dev34',
    '1.0.post456',
    '1.0.15',
    '1.1.dev1',
    '1!0.1',
]


@pytest.mark.parametrize(('name', 'ordered'), [('semver', SEMVER_ORDER), ('pep440', PEP440_ORDER)])
def test_versions_sort_as_the_standard_lists_them(name: str, ordered: list[str]) -> None:
    """The examples of semver.org and of the packaging guide come out in their own order."""
    shuffled = random.Random(1).sample(ordered, len(ordered))  # noqa: S311 - a shuffle, no secret
    assert sorted(shuffled, key=scheme(name).key) == ordered


def test_build_metadata_of_semver_has_no_rank() -> None:
    """Rule 10: versions that differ in it only are equal."""
    assert SEMVER.key('1.0.0+a') == SEMVER.key('1.0.0+b') == SEMVER.key('1.0.0')


@pytest.mark.parametrize(
    ('name', 'text'),
    [
        *(('semver', text) for text in ('1', '1.2', '1.2.3.4', 'v1.2.3', '01.2.3', '1.2.3-01', '1.2.3-', '1.2.3-a..b')),
        *(('semver', text) for text in ('1.2.3+', '1.2.3rc1', '', ' 1.2.3', '1.2.٣')),
        *(('pep440', text) for text in ('', 'one', '1.2.3-alpha.beta', '1..2', '1.2.x')),
    ],
)
def test_what_is_no_version_is_refused(name: str, text: str) -> None:
    """It is invalid, and reading it says how versions are written."""
    assert not scheme(name).valid(text)
    with pytest.raises(ReleaseKitError) as caught:
        scheme(name).parse(text)
    assert caught.value.code is Code.VERSION_INVALID
    assert 'Write it as 1.3.0 or' in caught.value.problems[0].hint


@pytest.mark.parametrize(
    ('name', 'version', 'level', 'on_zero', 'expected'),
    [
        ('pep440', '1.2.3', 'major', False, '2.0.0'),
        ('pep440', '1.2.3', 'minor', False, '1.3.0'),
        ('pep440', '1.2.3', 'patch', False, '1.2.4'),
        ('pep440', '0.2.3', 'major', False, '0.3.0'),
        ('pep440', '0.2.3', 'major', True, '1.0.0'),
        ('pep440', '0.2.3', 'minor', False, '0.3.0'),
        ('pep440', '0.2.3', 'patch', False, '0.2.4'),
        ('pep440', '1.2', 'minor', False, '1.3'),
        ('pep440', '1.2', 'patch', False, '1.2.1'),
        ('pep440', '1', 'major', False, '2'),
        ('pep440', '1.2.3.4', 'patch', False, '1.2.4'),
        ('pep440', '1!2.3.4', 'minor', False, '1!2.4.0'),
        ('pep440', '1!0.3.4', 'major', False, '1!1.0.0'),
        ('pep440', '1.2.3.post1', 'patch', False, '1.2.4'),
        ('pep440', '1.3.0rc1', 'patch', False, '1.3.0'),
        ('pep440', '1.3.0rc1', 'minor', False, '1.3.0'),
        ('pep440', '1.3.0rc1', 'major', False, '2.0.0'),
        ('pep440', '1.3.1rc1', 'minor', False, '1.4.0'),
        ('semver', '1.2.3', 'minor', False, '1.3.0'),
        ('semver', '0.1.0', 'major', False, '0.2.0'),
        ('semver', '0.1.0', 'major', True, '1.0.0'),
        ('semver', '2.0.0-rc.1', 'major', False, '2.0.0'),
        ('semver', '1.2.3-beta.4', 'minor', False, '1.3.0'),
        ('semver', '1.2.3+build', 'patch', False, '1.2.4'),
    ],
)
def test_a_bump_gives_the_next_stable_version(
    name: str,
    version: str,
    level: Bump,
    on_zero: bool,
    expected: str,
) -> None:
    """A breaking change of 0.x gives the next minor version, unless the rules say otherwise."""
    assert scheme(name).bump(version, level, major_on_zero=on_zero) == expected


@pytest.mark.parametrize(
    ('name', 'base', 'channel', 'previous', 'expected'),
    [
        ('pep440', '1.3.0', 'rc', None, '1.3.0rc1'),
        ('pep440', '1.3.0', 'rc', '1.2.0', '1.3.0rc1'),
        ('pep440', '1.3.0', 'rc', '1.3.0rc1', '1.3.0rc2'),
        ('pep440', '1.3.0', 'rc', '1.3rc9', '1.3.0rc10'),
        ('pep440', '1.3.0', 'rc', '1.3.0b4', '1.3.0rc1'),
        ('pep440', '1.3.0', 'alpha', None, '1.3.0a1'),
        ('pep440', '1.3.0', 'dev', '1.3.0.dev1', '1.3.0.dev2'),
        ('pep440', '1.4.0', 'rc', '1.3.0rc7', '1.4.0rc1'),
        ('semver', '1.3.0', 'rc', None, '1.3.0-rc.1'),
        ('semver', '1.3.0', 'rc', '1.3.0-rc.1', '1.3.0-rc.2'),
        ('semver', '1.3.0', 'next', '1.2.9', '1.3.0-next.1'),
        ('semver', '1.3.0', 'rc', '1.3.0-beta.3', '1.3.0-rc.1'),
    ],
)
def test_prereleases_are_counted_on_each_channel(
    name: str, base: str, channel: str, previous: str | None, expected: str
) -> None:
    """The number goes on where the base and the channel are the same, and starts at 1 elsewhere."""
    assert scheme(name).prerelease(base, channel, previous) == expected


@pytest.mark.parametrize(
    ('name', 'channel', 'previous'),
    [
        ('pep440', 'next', None),
        ('pep440', 'post', None),
        ('pep440', '', None),
        ('pep440', 'rc1', None),
        ('pep440', 'b', '1.3.0rc1'),
        ('pep440', 'rc', '1.3.0'),
        ('semver', '', None),
        ('semver', '1', None),
        ('semver', 'r c', None),
        ('semver', 'rc.1', None),
        ('semver', 'beta', '1.3.0-rc.1'),
        ('semver', 'rc', '1.3.0-rc1'),
    ],
)
def test_a_prerelease_that_cannot_be_is_refused(name: str, channel: str, previous: str | None) -> None:
    """A channel that the scheme lacks, or a version below the one that is released."""
    with pytest.raises(ReleaseKitError) as caught:
        scheme(name).prerelease('1.3.0', channel, previous)
    assert caught.value.code is Code.VERSION_INVALID


@pytest.mark.parametrize(
    ('name', 'old', 'new', 'expected'),
    [
        ('pep440', None, '1.0.0', BumpKind.INITIAL),
        ('pep440', '1.0.0', '1.0', BumpKind.NONE),
        ('pep440', '1.0.0', '1.0.1', BumpKind.PATCH),
        ('pep440', '1.0.0', '1.1.0', BumpKind.MINOR),
        ('pep440', '1.9.0', '2.0.0', BumpKind.MAJOR),
        ('pep440', '2.0.0', '1!0.1', BumpKind.MAJOR),
        ('pep440', '1.0.0', '1.0.0.post1', BumpKind.PATCH),
        ('pep440', '1.0.0', '1.1.0rc1', BumpKind.PRERELEASE),
        ('pep440', '1.1.0rc1', '1.1.0rc2', BumpKind.PRERELEASE),
        ('pep440', '1.1.0rc1', '1.1.0', BumpKind.MINOR),
        ('pep440', '1.1.2rc1', '1.1.2', BumpKind.PATCH),
        ('semver', '2.0.0-rc.1', '2.0.0', BumpKind.MAJOR),
        ('semver', '1.0.0', '1.1.0-rc.1', BumpKind.PRERELEASE),
    ],
)
def test_the_kind_of_a_bump_is_read_from_both_versions(
    name: str, old: str | None, new: str, expected: BumpKind
) -> None:
    """It is what a user of the package has to expect."""
    assert scheme(name).bump_kind(old, new) is expected


@pytest.mark.parametrize(
    ('name', 'version', 'prerelease', 'stable', 'parts', 'lasting'),
    [
        ('pep440', '1.3.0rc1', True, '1.3.0', (1, 3, 0), '1.3.0rc1'),
        ('pep440', '1.3.dev4', True, '1.3', (1, 3, 0), '1.3'),
        ('pep440', '1.3rc2.dev4+local', True, '1.3', (1, 3, 0), '1.3rc2'),
        ('pep440', '1.3.post1', False, '1.3', (1, 3, 0), '1.3.post1'),
        ('pep440', '1.3.0-RC1', True, '1.3.0', (1, 3, 0), '1.3.0rc1'),
        ('semver', '1.3.0-rc.1+b', True, '1.3.0', (1, 3, 0), '1.3.0-rc.1+b'),
        ('semver', '1.3.0-SNAPSHOT', True, '1.3.0', (1, 3, 0), '1.3.0'),
        ('semver', '1.3.4', False, '1.3.4', (1, 3, 4), '1.3.4'),
    ],
)
def test_a_version_has_its_parts(
    name: str,
    version: str,
    prerelease: bool,
    stable: str,
    parts: tuple[int, int, int],
    lasting: str,
) -> None:
    """The stable part has no suffix; what lasts has no mark of a development build."""
    read = scheme(name)
    found = (read.is_prerelease(version), read.stable_part(version), read.parts(version), read.parse(version).lasting)
    assert found == (prerelease, stable, parts, lasting)


LEVELS = st.sampled_from(['major', 'minor', 'patch'])
NUMBERS = st.integers(0, 30)


@given(st.sampled_from(['pep440', 'semver']), NUMBERS, NUMBERS, NUMBERS, LEVELS, st.booleans())
def test_a_bump_always_grows_and_so_does_every_prerelease_of_it(
    name: str,
    major: int,
    minor: int,
    patch: int,
    level: Bump,
    on_zero: bool,
) -> None:
    """The old version < its prereleases, in their order < the new version."""
    read = scheme(name)
    old = f'{major}.{minor}.{patch}'
    new = read.bump(old, level, major_on_zero=on_zero)
    first = read.prerelease(new, 'rc', old)
    second = read.prerelease(new, 'rc', first)
    assert read.key(old) < read.key(first) < read.key(second) < read.key(new)
    assert read.bump(second, level, major_on_zero=on_zero) in {new, read.bump(new, level, major_on_zero=on_zero)}
