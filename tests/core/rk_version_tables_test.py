# SPDX-License-Identifier: Apache-2.0
"""Versions against the examples of their specifications, each table with its source."""

from __future__ import annotations

import itertools

import pytest

from releasekit.core.version import scheme, spelled
from releasekit.errors import Code, ReleaseKitError
from releasekit.spec.model import Bump

# The list beside the regular expression that https://semver.org suggests: https://regex101.com/r/vkijKf/1/.
SEMVER_VALID = [
    '0.0.4', '1.2.3', '10.20.30', '1.1.2-prerelease+meta', '1.1.2+meta', '1.1.2+meta-valid', '1.0.0-alpha',
    '1.0.0-beta', '1.0.0-alpha.beta', '1.0.0-alpha.beta.1', '1.0.0-alpha.1', '1.0.0-alpha0.valid',
    '1.0.0-alpha.0valid', '1.0.0-alpha-a.b-c-somethinglong+build.1-aef.1-its-okay', '1.0.0-rc.1+build.1',
    '2.0.0-rc.1+build.123', '1.2.3-beta', '10.2.3-DEV-SNAPSHOT', '1.2.3-SNAPSHOT-123', '1.0.0', '2.0.0', '1.1.7',
    '2.0.0+build.1848', '2.0.1-alpha.1227', '1.0.0-alpha+beta', '1.2.3----RC-SNAPSHOT.12.9.1--.12+788',
    '1.2.3----R-S.12.9.1--.12+meta', '1.2.3----RC-SNAPSHOT.12.9.1--.12', '1.0.0+0.build.1-rc.10000aaa-kk-0.1',
    '99999999999999999999999.999999999999999999.99999999999999999', '1.0.0-0A.is.legal',
]  # fmt: skip
SEMVER_INVALID = [
    '1', '1.2', '1.2.3-0123', '1.2.3-0123.0123', '1.1.2+.123', '+invalid', '-invalid', '-invalid+invalid',
    '-invalid.01', 'alpha', 'alpha.beta', 'alpha.beta.1', 'alpha.1', 'alpha+beta', 'alpha_beta', 'alpha.', 'alpha..',
    'beta', '1.0.0-alpha_beta', '-alpha.', '1.0.0-alpha..', '1.0.0-alpha..1', '1.0.0-alpha...1', '1.0.0-alpha....1',
    '01.1.1', '1.01.1', '1.1.01', '1.2.3.DEV', '1.2-SNAPSHOT', '1.2.31.2.3----RC-SNAPSHOT.12.09.1--..12+788',
    '1.2-RC-SNAPSHOT', '-1.0.3-gamma+b7718', '+justmeta', '9.8.7+meta+meta', '9.8.7-whatever+meta+meta',
    '99999999999999999999999.999999999999999999.99999999999999999----RC-SNAPSHOT.12.09.1----..12',
]  # fmt: skip


@pytest.mark.parametrize('text', SEMVER_VALID)
def test_what_semver_allows_is_read_as_it_stands(text: str) -> None:
    """Every character of it is kept."""
    assert scheme('semver').parse(text).text == text


@pytest.mark.parametrize('text', SEMVER_INVALID)
def test_what_semver_forbids_is_no_version(text: str) -> None:
    """Nothing is guessed."""
    assert scheme('semver').read(text) is None


# Each row is in ascending order, as its source lists it.
ORDERS = {
    'semver': {
        'https://semver.org/spec/v2.0.0.html#spec-item-2': ['1.9.0', '1.10.0', '1.11.0'],
        'https://semver.org/spec/v2.0.0.html#spec-item-9, by 11': [
            '1.0.0-0.3.7', '1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-x.7.z.92', '1.0.0-x-y-z.--',
        ],
        'https://semver.org/spec/v2.0.0.html#spec-item-11, 2': ['1.0.0', '2.0.0', '2.1.0', '2.1.1'],
        'https://semver.org/spec/v2.0.0.html#spec-item-11, 3': ['1.0.0-alpha', '1.0.0'],
        'https://semver.org/spec/v2.0.0.html#spec-item-11, 4': [
            '1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-alpha.beta', '1.0.0-beta', '1.0.0-beta.2', '1.0.0-beta.11',
            '1.0.0-rc.1', '1.0.0',
        ],
        # 4.1 numbers by value, 4.2 words by ASCII, 4.3 numbers below words, 4.4 fewer below more.
        'https://semver.org/spec/v2.0.0.html#spec-item-11, 4.1 to 4.4': [
            '1.0.0-2', '1.0.0-10', '1.0.0--1', '1.0.0-1-', '1.0.0-A', '1.0.0-Z', '1.0.0-a', '1.0.0-a.0', '1.0.0-a.0.0',
            '1.0.0-a.1', '1.0.0-a.a', '1.0.0-aa', '1.0.0-z',
        ],
    },
    'pep440': {
        # https://packaging.python.org/en/latest/specifications/version-specifiers/, by the sections of that page.
        'Final releases': ['0.9', '0.9.1', '0.9.2', '0.9.10', '0.9.11', '1.0', '1.0.1', '1.1', '2.0', '2.0.1'],
        'Final releases, date based': ['2012.4', '2012.7', '2012.10', '2013.1', '2013.6'],
        'Version epochs, without one': ['1.0', '1.1', '2.0', '2013.10', '2014.04'],
        'Version epochs, with one': ['2013.10', '2014.04', '1!1.0', '1!1.1', '1!2.0'],
        'Compliant version schemes, pre-releases': ['0.9', '1.0a1', '1.0a2', '1.0b1', '1.0rc1', '1.0', '1.1a1'],
        'Compliant version schemes, developmental releases': [
            '0.9', '1.0.dev1', '1.0.dev2', '1.0.dev3', '1.0.dev4', '1.0c1', '1.0c2', '1.0', '1.0.post1', '1.1.dev1',
        ],
        'Summary of permitted suffixes and relative ordering': [
            '1.dev0', '1.0.dev456', '1.0a1', '1.0a2.dev456', '1.0a12.dev456', '1.0a12', '1.0b1.dev456', '1.0b2',
            '1.0b2.post345.dev456', '1.0b2.post345', '1.0rc1.dev456', '1.0rc1', '1.0', '1.0+abc.5', '1.0+abc.7',
            '1.0+5', '1.0.post456.dev34', '1.0.post456', '1.0.15', '1.1.dev1',
        ],
        # Letters before numbers, numbers by value, fewer before more.
        'Local version identifiers': [
            '1.0', '1.0+a', '1.0+a.a', '1.0+a.2', '1.0+a.10', '1.0+b', '1.0+2', '1.0+10', '1.0.post1',
        ],
    },
}  # fmt: skip
PAIRS = [
    pytest.param(name, low, high, id=f'{source.rpartition("#")[2]}: {low} < {high}')
    for name, sources in ORDERS.items()
    for source, ordered in sources.items()
    for low, high in itertools.combinations(ordered, 2)
    if (name, low, high) != ('semver', '1.0.0--1', '1.0.0-1-')
]


@pytest.mark.parametrize(('name', 'low', 'high'), PAIRS)
def test_the_order_is_that_of_the_specification(name: str, low: str, high: str) -> None:
    """Of any two of a row, the first is the lower one."""
    key = scheme(name).key
    assert key(low) < key(high)
    assert not key(high) < key(low)


@pytest.mark.parametrize(
    ('name', 'one', 'other'),
    [
        # https://semver.org/spec/v2.0.0.html#spec-item-10.
        ('semver', '1.0.0-alpha+001', '1.0.0-alpha+20130313144700'),
        ('semver', '1.0.0+20130313144700', '1.0.0+21AF26D3----117B344092BD'),
        ('semver', '1.0.0-beta+exp.sha.5114f85', '1.0.0-beta'),
        # Final releases: zeros at the end say nothing.
        ('pep440', '1.1', '1.1.0'),
        ('pep440', '1', '1.0.0.0'),
        ('pep440', '1.0rc1', '1rc1'),
        ('pep440', '2026.08', '2026.8.0'),
    ],
)
def test_versions_of_one_rank_are_the_same_release(name: str, one: str, other: str) -> None:
    """Neither is above the other."""
    assert scheme(name).key(one) == scheme(name).key(other)


@pytest.mark.parametrize(
    ('written', 'normal'),
    [
        # https://packaging.python.org/en/latest/specifications/version-specifiers/#normalization, section by section.
        ('1.1RC1', '1.1rc1'),
        ('00', '0'),
        ('09000', '9000'),
        ('1.0+foo0100', '1.0+foo0100'),
        ('1.1.a1', '1.1a1'),
        ('1.1-a1', '1.1a1'),
        ('1.1_a1', '1.1a1'),
        ('1.0a.1', '1.0a1'),
        ('1.1alpha1', '1.1a1'),
        ('1.1beta2', '1.1b2'),
        ('1.1c3', '1.1rc3'),
        ('1.1pre3', '1.1rc3'),
        ('1.1preview3', '1.1rc3'),
        ('1.2a', '1.2a0'),
        ('1.2-post2', '1.2.post2'),
        ('1.2post2', '1.2.post2'),
        ('1.2.post-2', '1.2.post2'),
        ('1.0-r4', '1.0.post4'),
        ('1.0-rev4', '1.0.post4'),
        ('1.2.post', '1.2.post0'),
        ('1.0-1', '1.0.post1'),
        ('1.2-dev2', '1.2.dev2'),
        ('1.2dev2', '1.2.dev2'),
        ('1.2.dev', '1.2.dev0'),
        ('1.0+ubuntu-1', '1.0+ubuntu.1'),
        ('1.0+ubuntu_1', '1.0+ubuntu.1'),
        ('v1.0', '1.0'),
        ('1.0\n', '1.0'),
        ('1!01.2', '1!1.2'),
    ],
)
def test_python_versions_are_written_in_the_normal_form(written: str, normal: str) -> None:
    """Whatever the spelling, it is one version."""
    assert scheme('pep440').parse(written).text == normal


@pytest.mark.parametrize('name', ['semver', 'pep440'])
@pytest.mark.parametrize(
    ('version', 'level', 'expected'),
    [
        # https://semver.org/spec/v2.0.0.html#spec-item-6 to 8: what is smaller is reset to 0.
        ('1.9.0', 'minor', '1.10.0'),
        ('1.10.0', 'minor', '1.11.0'),
        ('1.0.9', 'patch', '1.0.10'),
        ('1.2.3', 'patch', '1.2.4'),
        ('1.2.3', 'minor', '1.3.0'),
        ('1.2.3', 'major', '2.0.0'),
        ('1.0.0', 'major', '2.0.0'),
        ('9.9.9', 'major', '10.0.0'),
        ('9.9.9', 'minor', '9.10.0'),
        ('9.9.9', 'patch', '9.9.10'),
        # #spec-item-4: below 1.0.0 anything may change; by cargo's and npm's rules the minor number says that it did.
        ('0.0.1', 'patch', '0.0.2'),
        ('0.0.1', 'minor', '0.1.0'),
        ('0.0.1', 'major', '0.1.0'),
        ('0.9.3', 'major', '0.10.0'),
        ('0.9.3', 'minor', '0.10.0'),
        ('0.9.3', 'patch', '0.9.4'),
    ],
)
def test_a_bump_resets_what_is_smaller(name: str, version: str, level: Bump, expected: str) -> None:
    """In both grammars, and it is the next one that there can be."""
    assert scheme(name).bump(version, level) == expected


@pytest.mark.parametrize(
    ('pep440', 'semver'),
    [
        # What a crate and the wheel that maturin makes of it are called: https://www.maturin.rs/metadata.html.
        ('0.1.0', '0.1.0'),
        ('1.0.0a1', '1.0.0-alpha.1'),
        ('1.0.0a12', '1.0.0-alpha.12'),
        ('1.0.0b1', '1.0.0-beta.1'),
        ('1.0.0b20', '1.0.0-beta.20'),
        ('1.0.0rc1', '1.0.0-rc.1'),
        ('10.20.30rc40', '10.20.30-rc.40'),
        ('1.0.0.dev0', '1.0.0-dev.0'),
        ('2026.8.0', '2026.8.0'),
    ],
)
def test_two_worlds_have_one_version(pep440: str, semver: str) -> None:
    """There and back again, and in the same order."""
    assert spelled(pep440, scheme('pep440'), scheme('semver')) == semver
    assert spelled(semver, scheme('semver'), scheme('pep440')) == pep440


def test_candidates_keep_their_order_in_both_worlds() -> None:
    """Each step of the way to a release is above the one before, whoever reads it."""
    way = ['1.0.0a1', '1.0.0a2', '1.0.0b1', '1.0.0rc1', '1.0.0rc10', '1.0.0', '1.0.1']
    crates = [spelled(version, scheme('pep440'), scheme('semver')) for version in way]
    assert sorted(crates, key=scheme('semver').key) == crates


@pytest.mark.parametrize(
    ('version', 'source', 'target'),
    [
        *((version, 'pep440', 'semver') for version in ('1!1.0.0', '1.0.0.1', '1.0.0.post1')),
        *((version, 'pep440', 'semver') for version in ('1.0.0+local', '1.0rc1+local', '1.0a1.dev2')),
        *((version, 'semver', 'pep440') for version in ('1.0.0-rc', '1.0.0-rc.1.2', '1.0.0-canary.1', '1.0.0-1')),
        *((version, 'semver', 'pep440') for version in ('1.0.0+build.5', '1.0.0-rc.1+build.5')),
    ],
)
def test_what_only_one_world_has_is_refused_by_the_other(version: str, source: str, target: str) -> None:
    """It is never rounded to a version that it is not."""
    with pytest.raises(ReleaseKitError) as caught:
        spelled(version, scheme(source), scheme(target))
    assert caught.value.code is Code.VERSION_INVALID
