# SPDX-License-Identifier: Apache-2.0
"""Versions that are dates: what a format of https://calver.org reads, writes and counts."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasekit.core.calver import FormatError, calendar
from releasekit.core.commits import RawCommit, parse
from releasekit.core.decide import decide
from releasekit.core.history import History, Released
from releasekit.core.package import Package, Workspace
from releasekit.core.plan import BumpKind, Inputs
from releasekit.core.version import VersionScheme, named, scheme, spelled
from releasekit.errors import Code, ReleaseKitError
from releasekit.spec.model import Bump, Spec, VersionRules, WorkspaceSpec

LEVELS = ('major', 'minor', 'patch')


def dated(text: str, grammar: str = 'pep440') -> VersionScheme:
    return scheme(f'calver:{grammar}:{text}')


@pytest.mark.parametrize(
    ('text', 'day', 'expected'),
    [
        # Each token of https://calver.org/#scheme on its own date.
        ('YYYY.MINOR.MICRO', '2016-01-09', '2016.0.0'),
        ('YYYY.MINOR.MICRO', '2106-01-09', '2106.0.0'),
        ('YY.MINOR.MICRO', '2006-01-09', '6.0.0'),
        ('YY.MINOR.MICRO', '2016-01-09', '16.0.0'),
        ('YY.MINOR.MICRO', '2106-01-09', '106.0.0'),
        ('0Y.MINOR.MICRO', '2006-01-09', '06.0.0'),
        ('0Y.MINOR.MICRO', '2016-01-09', '16.0.0'),
        ('0Y.MINOR.MICRO', '2106-01-09', '106.0.0'),
        ('YYYY.MM.MICRO', '2026-01-09', '2026.1.0'),
        ('YYYY.MM.MICRO', '2026-12-09', '2026.12.0'),
        ('YYYY.0M.MICRO', '2026-01-09', '2026.01.0'),
        ('YYYY.0M.MICRO', '2026-12-09', '2026.12.0'),
        ('YYYY.MM.DD', '2026-01-09', '2026.1.9'),
        ('YYYY.0M.0D', '2026-01-09', '2026.01.09'),
        ('YYYY.0M.0D', '2026-01-31', '2026.01.31'),
        ('YYYY.WW.MICRO', '2026-01-09', '2026.2.0'),
        ('YYYY.0W.MICRO', '2026-01-09', '2026.02.0'),
        ('YYYY.0W.MICRO', '2026-08-17', '2026.34.0'),
        # Weeks of ISO 8601 belong to the year that has most of their days.
        ('YYYY.WW.MICRO', '2027-01-01', '2026.53.0'),
        ('YYYY.WW.MICRO', '2024-12-30', '2025.1.0'),
        ('YYYY.MM.MICRO', '2027-01-01', '2027.1.0'),
        # The formats of projects that https://calver.org/users.html lists.
        ('YY.0M', '2004-10-20', '4.10'),
        ('YY.0M', '2020-04-23', '20.04'),
        ('YY.0M.MICRO', '2019-08-01', '19.08.0'),
        ('YY.MM.MINOR.MICRO', '2015-10-01', '15.10.0.0'),
        ('YYYY', '2015-10-01', '2015'),
        ('YYYY0M0D', '2026-01-09', '20260109'),
        ('YYYY0M.MICRO', '2026-01-09', '202601.0'),
        ('0Y0M.MINOR.MICRO', '2006-01-09', '0601.0.0'),
        ('MAJOR.YYYY.MICRO', '2026-01-09', '0.2026.0'),
        ('YYYY.0M.MICRO-MODIFIER', '2026-01-09', '2026.01.0'),
        ('YYYY.0M.MICRO.MODIFIER', '2026-01-09', '2026.01.0'),
        ('YYYY.0M.MICROMODIFIER', '2026-01-09', '2026.01.0'),
    ],
)
def test_the_first_version_is_that_of_the_day(text: str, day: str, expected: str) -> None:
    """Every token as calver.org shows it; counters begin at 0, and what is written is read back as it is."""
    read = dated(text)
    assert read.first(None, '0.1.0', day) == expected
    assert read.parse(expected).text == expected


@pytest.mark.parametrize(
    ('text', 'released', 'level', 'day', 'expected'),
    [
        # The same period counts up, whatever the level is; a new one begins anew.
        ('YYYY.MM.MICRO', '2026.11.0', 'patch', '2026-11-30', '2026.11.1'),
        ('YYYY.MM.MICRO', '2026.11.9', 'minor', '2026-11-30', '2026.11.10'),
        ('YYYY.MM.MICRO', '2026.11.9', 'major', '2026-11-30', '2026.11.10'),
        ('YYYY.MM.MICRO', '2026.11.9', 'patch', '2026-12-01', '2026.12.0'),
        ('YYYY.MM.MICRO', '2026.12.4', 'major', '2027-01-01', '2027.1.0'),
        ('YYYY.0M.MICRO', '2026.08.9', 'patch', '2026-08-02', '2026.08.10'),
        ('YYYY.0M.MICRO', '2026.8.9', 'patch', '2026-08-02', '2026.08.10'),
        ('YYYY.0M.MICRO', '2026.08.9', 'patch', '2026-09-02', '2026.09.0'),
        ('YYYY.WW.MICRO', '2026.53.2', 'patch', '2027-01-03', '2026.53.3'),
        ('YYYY.WW.MICRO', '2026.53.2', 'patch', '2027-01-04', '2027.1.0'),
        ('YYYY.0M.0D', '2026.01.09', 'patch', '2026-01-10', '2026.01.10'),
        ('YYYY.0M.0D.MICRO', '2026.01.09.0', 'patch', '2026-01-09', '2026.01.09.1'),
        ('YYYY0M0D.MICRO', '20260109.3', 'patch', '2026-01-09', '20260109.4'),
        ('YYYY0M0D.MICRO', '20260109.3', 'patch', '2026-02-01', '20260201.0'),
        # Counters by level: a finer one stands in for one that is not there, then a coarser one.
        ('YY.MINOR.MICRO', '26.0.3', 'patch', '2026-05-01', '26.0.4'),
        ('YY.MINOR.MICRO', '26.0.3', 'minor', '2026-05-01', '26.1.0'),
        ('YY.MINOR.MICRO', '26.0.3', 'major', '2026-05-01', '26.1.0'),
        ('YY.MINOR.MICRO', '26.4.3', 'minor', '2027-05-01', '27.0.0'),
        ('YYYY.MINOR', '2026.3', 'patch', '2026-05-01', '2026.4'),
        ('MAJOR.YYYY.MICRO', '3.2026.7', 'patch', '2026-05-01', '3.2026.8'),
        ('MAJOR.YYYY.MICRO', '3.2026.7', 'patch', '2027-05-01', '3.2027.0'),
        ('MAJOR.YYYY.MICRO', '3.2026.7', 'major', '2026-05-01', '4.2026.0'),
        ('MAJOR.YYYY.MICRO', '3.2026.7', 'major', '2027-05-01', '4.2027.0'),
        ('MAJOR.MINOR.YYYY0M', '3.1.202601', 'minor', '2026-01-20', '3.2.202601'),
        ('MAJOR.MINOR.YYYY0M', '3.1.202601', 'patch', '2026-02-20', '3.1.202602'),
        ('MAJOR.MINOR.YYYY0M', '3.1.202601', 'patch', '2026-01-20', '3.2.202601'),
        ('MAJOR.YYYY0M', '3.202601', 'minor', '2026-01-20', '4.202601'),
        # A day before the last release: clocks differ, versions still grow.
        ('YYYY.MM.MICRO', '2026.11.0', 'patch', '2026-10-31', '2026.11.1'),
        ('YYYY.MM.MICRO', '2027.1.0', 'minor', '2026-12-31', '2027.1.1'),
        ('MAJOR.YYYY.MICRO', '3.2027.0', 'major', '2026-12-31', '4.2027.0'),
        # What was no date before, and what only looks like one.
        ('YYYY.MM.MICRO', '1.4.2', 'patch', '2026-11-30', '2026.11.0'),
        ('YYYY.MM.MICRO', '2026.13.0', 'patch', '2027-01-30', '2027.1.0'),
        ('MAJOR.YYYY0M.MICRO', '1.4.2', 'patch', '2026-11-30', '1.202611.0'),
        ('YYYY.MM.MICRO', '2026.11', 'patch', '2026-11-30', '2026.11.1'),
        # A prerelease of this period becomes it; one of an earlier period has had its time.
        ('YYYY.MM.MICRO', '2026.11.0rc2', 'minor', '2026-11-30', '2026.11.0'),
        ('YYYY.MM.MICRO', '2026.11.3rc2', 'minor', '2026-11-30', '2026.11.3'),
        ('YYYY.MM.MICRO', '2026.11.3rc2', 'minor', '2026-12-01', '2026.12.0'),
        ('YYYY.0M.MICRO', '2026.08.3rc2', 'minor', '2026-08-01', '2026.08.3'),
    ],
)
def test_the_next_version_is_counted_by_the_day(text: str, released: str, level: Bump, day: str, expected: str) -> None:
    """It is above what is released, and every number has its place in the format."""
    read = dated(text)
    assert read.bump(released, level, day=day) == expected
    assert read.key(expected) > read.key(released)


def test_a_format_without_a_counter_has_one_version_in_a_period() -> None:
    """A second one on the same day is refused, with what to add."""
    with pytest.raises(ReleaseKitError) as caught:
        dated('YYYY.0M.0D').bump('2026.01.09', 'patch', day='2026-01-09')
    assert caught.value.code is Code.VERSION_INVALID
    assert caught.value.problems[0].message.startswith('2026.01.09 is released')
    assert 'Add `.MICRO`' in caught.value.problems[0].hint


def test_what_is_no_version_is_refused_with_the_format() -> None:
    """It says how versions are written here."""
    with pytest.raises(ReleaseKitError) as caught:
        dated('YY.0M').parse('soon')
    assert caught.value.problems[0].message == "'soon' is no version of the scheme calver."
    assert caught.value.problems[0].hint.startswith('Write it as its format YY.0M has it')


@pytest.mark.parametrize(
    ('version', 'expected'),
    [
        # By the manifest where it is a date above that of the day; else by the day.
        ('0.1.0', '2026.08.0'),
        ('2026.07.3', '2026.08.0'),
        ('2026.8.0.dev0', '2026.08.0'),
        ('2026.8.2', '2026.08.2'),
        ('2026.9.0.dev4', '2026.09.0'),
        ('3000.1.1', '3000.01.1'),
        ('20261.1.1', '2026.08.0'),
    ],
)
def test_a_manifest_of_a_later_date_is_the_first_version(version: str, expected: str) -> None:
    """What is in it by hand stands, as with every scheme."""
    assert dated('YYYY.0M.MICRO').first(version, '0.1.0', '2026-08-24') == expected


@pytest.mark.parametrize(
    ('grammar', 'text', 'base', 'previous', 'expected'),
    [
        ('pep440', 'YYYY.0M.MICRO', '2026.08.0', None, '2026.08.0rc1'),
        ('pep440', 'YYYY.0M.MICRO', '2026.08.0', '2026.08.0rc1', '2026.08.0rc2'),
        ('pep440', 'YYYY.0M.MICRO', '2026.09.0', '2026.08.0rc4', '2026.09.0rc1'),
        ('semver', 'YYYY.MM.MICRO', '2026.8.0', '2026.8.0-rc.1', '2026.8.0-rc.2'),
    ],
)
def test_prereleases_have_the_suffix_of_the_ecosystem(
    grammar: str, text: str, base: str, previous: str | None, expected: str
) -> None:
    """Zeros and all; a new period begins at 1."""
    assert dated(text, grammar).prerelease(base, 'rc', previous) == expected


@pytest.mark.parametrize(
    ('text', 'old', 'new', 'expected'),
    [
        ('YYYY.MM.MICRO', '2026.11.0', '2026.11.1', BumpKind.PATCH),
        ('YYYY.MM.MICRO', '2026.11.0', '2027.1.0', BumpKind.PATCH),
        ('YY.MINOR.MICRO', '26.1.3', '26.2.0', BumpKind.MINOR),
        ('MAJOR.YYYY.MICRO', '1.2026.3', '2.2026.0', BumpKind.MAJOR),
        ('YYYY.MM.MICRO', '2026.11.0', '2026.12.0rc1', BumpKind.PRERELEASE),
        ('YYYY.MM.MICRO', '1.4.2', '2026.12.0', BumpKind.MAJOR),
        ('YYYY.MM.MICRO', None, '2026.12.0', BumpKind.INITIAL),
    ],
)
def test_only_counters_tell_how_far_a_version_is(text: str, old: str | None, new: str, expected: BumpKind) -> None:
    """A new year is no breaking change."""
    assert dated(text).bump_kind(old, new) is expected


@pytest.mark.parametrize(
    ('text', 'problem'),
    [
        ('MAJOR.MINOR.MICRO', 'has no year'),
        ('MM.MICRO', 'would not grow with time'),
        ('MM.YYYY', 'would not grow with time'),
        ('YYYY.DD.MM', 'would not grow with time'),
        ('YYYY.MM.WW', 'would not grow with time'),
        ('YYYY.DD', 'would not grow with time'),
        ('YYYY.YY', 'would not grow with time'),
        ('YYYY.MICRO.MINOR', 'counts in disorder'),
        ('YYYY.MICRO.MICRO', 'counts in disorder'),
        ('YYYYMM', 'could not be read back'),
        ('YYYYMICRO', 'could not be read back'),
        ('MICRO0M', 'could not be read back'),
        ('YYYY.', '`` of `YYYY.` is none of'),
        ('YYYY.%m', '`%m` of'),
        ('YYYY-0M', '`YYYY-0M` of'),
        ('', '`` of `` is none of'),
    ],
)
def test_a_format_that_cannot_be_counted_by_is_refused(text: str, problem: str) -> None:
    """Before any version is made of it."""
    with pytest.raises(FormatError, match='`') as caught:
        calendar(text)
    assert problem in str(caught.value)


def test_the_scheme_of_a_workspace_has_its_format_and_the_grammar_of_its_ecosystem() -> None:
    """Others have none."""
    assert named(VersionRules(), 'semver') == 'semver'
    assert named(VersionRules(scheme='semver'), 'pep440') == 'semver'
    assert named(VersionRules(scheme='calver'), 'semver') == 'calver:semver:YYYY.MM.MICRO'
    assert named(VersionRules(scheme='calver', format='YY.0M'), 'pep440') == 'calver:pep440:YY.0M'


@pytest.mark.parametrize(
    ('version', 'source', 'target', 'expected'),
    [
        ('2026.08.0', 'calver:pep440:YYYY.0M.MICRO', 'semver', '2026.8.0'),
        ('2026.08.1rc2', 'calver:pep440:YYYY.0M.MICRO', 'semver', '2026.8.1-rc.2'),
        ('2026.08', 'calver:pep440:YYYY.0M', 'semver', '2026.8.0'),
        ('2026.8.1-beta.2', 'calver:semver:YYYY.MM.MICRO', 'calver:pep440:YYYY.0M.MICRO', '2026.08.1b2'),
        ('2026.8.1', 'calver:semver:YYYY.MM.MICRO', 'semver', '2026.8.1'),
        ('2026.8.1', 'pep440', 'calver:pep440:YYYY.0M.MICRO', '2026.08.1'),
    ],
)
def test_dates_are_spelled_as_the_other_world_writes_them(
    version: str, source: str, target: str, expected: str
) -> None:
    """Without zeros where a version has none."""
    assert spelled(version, scheme(source), scheme(target)) == expected


FORMATS = [
    'YYYY.MM.MICRO',
    'YYYY.0M.0D.MICRO',
    'YY.MINOR.MICRO',
    'MAJOR.YYYY0M.MICRO',
    'YYYY.WW.MICRO',
    'YYYY0M0D.MICRO',
]
DAYS = st.dates(dt.date(2001, 1, 1), dt.date(2999, 12, 31))


@given(st.sampled_from(FORMATS), st.lists(st.tuples(DAYS, st.sampled_from(LEVELS)), min_size=2, max_size=6))
def test_dates_only_grow_whatever_the_clocks_say(text: str, releases: list[tuple[dt.date, Bump]]) -> None:
    """Each release is above the one before, fits the format and is read back as it was written."""
    read, dates = dated(text), calendar(text)
    version = read.first(None, '0.1.0', releases[0][0].isoformat())
    for day, level in releases[1:]:
        after = read.bump(version, level, day=day.isoformat())
        candidate = read.prerelease(after, 'rc', version)
        assert read.key(version) < read.key(candidate) < read.key(after)
        assert dates.fits(read.parse(after).release)
        assert read.parse(after).text == after
        version = after


DAY = '2026-11-23'


def planned(package: Package, day: str = DAY, channel: str | None = None, *commits: str) -> dict[str, str]:
    """What is released on a day: of a package that has had these commits, newest first, since its last release."""
    rules = VersionRules(scheme='calver', format='YYYY.0M.MICRO')
    spec = Spec(version=1, workspaces={'py': WorkspaceSpec('python', version=rules)})
    known = {} if package.version is None else {package.id: Released(package.version, 't', 'c', 'c')}
    stable = {id_: each for id_, each in known.items() if 'rc' not in each.version}
    parsed = tuple(parse(RawCommit(f'{at:07}', (), 'A', text, ()), {}) for at, text in enumerate(commits))
    history = History(
        {'py': named(rules, 'pep440')}, known, stable, {package.id: parsed}, {package.id: parsed}, {}, day
    )
    decision = decide(spec, Workspace((package,)), history, Inputs(prerelease=channel), lambda *_: True)
    return {each.tag: each.next for each in decision.packages}


@pytest.mark.parametrize(
    ('version', 'channel', 'commits', 'expected'),
    [
        (None, None, (), '2026.11.0'),
        ('2026.11.0', None, ('fix: x',), '2026.11.1'),
        ('2026.11.0', None, ('feat!: x',), '2026.11.1'),
        ('2026.10.7', None, ('feat: x',), '2026.11.0'),
        ('2026.12.1', None, ('feat: x',), '2026.12.2'),
        ('1.4.2', None, ('feat: x',), '2026.11.0'),
        ('2026.10.7', 'rc', ('feat: x',), '2026.11.0rc1'),
        ('2026.11.0rc1', 'rc', ('feat: x',), '2026.11.0rc2'),
        ('2026.11.0rc1', None, ('feat: x',), '2026.11.0'),
        ('2026.10.0rc1', None, ('feat: x',), '2026.11.0'),
        ('2026.11.0', None, ('docs: x',), None),
        ('2026.10.0', None, (), None),
    ],
)
def test_commits_say_whether_and_the_day_says_which(
    version: str | None, channel: str | None, commits: tuple[str, ...], expected: str | None
) -> None:
    """A new month alone is no reason for a release."""
    package = Package('py:a', 'a', 'py', 'python', 'a', 'm', version)
    assert planned(package, DAY, channel, *commits) == ({} if expected is None else {f'a-v{expected}': expected})
