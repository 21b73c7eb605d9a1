# SPDX-License-Identifier: Apache-2.0
"""Snapshots have versions of their own, valid for every registry, below what they are snapshots of."""

from __future__ import annotations

import pytest

from releasekit.core import channels, snapshots
from releasekit.core.commits import TagRef
from releasekit.core.decide import Decision
from releasekit.core.package import Package, VersionPlace, Workspace
from releasekit.core.plan import BumpKind, Inputs, PlannedPackage, Reason, ReasonKind
from releasekit.core.version import scheme
from releasekit.spec.model import Branch, Spec

SCHEMES = {
    'py': 'pep440',
    'js': 'semver',
    'rs': 'semver',
    'cp': 'calver:pep440:YYYY.MM.MICRO',
    'cs': 'calver:semver:YYYY.MM.MICRO',
}
MOMENT = '20261129143000'
SHA = 'abc1234' + '0' * 33


@pytest.mark.parametrize(
    ('kind', 'commit', 'words', 'number'),
    [
        ('time', SHA, '20261129143000.abc1234', 20261129143000),
        ('commit', SHA, 'abc1234', 0xABC1234),
        ('pr-42', SHA, 'pr42.20261129143000.abc1234', 4220261129143000),
        # An identifier of digits alone would be a number, and may not begin with 0.
        ('time', '0123456' + 'a' * 33, '20261129143000.g0123456', 20261129143000),
        ('commit', '1234567' + 'a' * 33, 'g1234567', 0x1234567),
    ],
)
def test_a_stamp_tells_the_snapshots_of_two_commits_apart(kind: str, commit: str, words: str, number: int) -> None:
    """By the time of the plan, the commit, or the pull request with both."""
    assert snapshots.stamp(kind, commit, MOMENT) == snapshots.Stamp(words, number)


def planned(id_: str, version: str, *reasons: Reason, released: str | None = '1.3.0') -> PlannedPackage:
    label, _, name = id_.partition(':')
    return PlannedPackage(
        id_, name, label, label, name, released, released, version, BumpKind.MINOR, f'{name}-v{version}', (), reasons
    )


def apply(*packages: PlannedPackage, places: str = '', kind: str = 'time', tagged: tuple[str, ...] = ()) -> Decision:
    workspace = Workspace(
        tuple(
            Package(
                each.id,
                each.name,
                each.workspace,
                each.ecosystem,
                each.path,
                'm',
                each.current,
                places=(VersionPlace(places or each.path, 'version'),),
            )
            for each in packages
        )
    )
    before = Decision(packages, ('py:idle',), {'py': 'all-v1.4.0'}, (TagRef('core-v1.4.0', 'c', merged=False),))
    return snapshots.apply(before, workspace, SCHEMES, snapshots.stamp(kind, SHA, MOMENT), tagged)


@pytest.mark.parametrize(
    ('id_', 'version', 'kind', 'expected'),
    [
        ('py:core', '1.4.0', 'time', '1.4.0.dev20261129143000'),
        ('py:core', '1.4.0rc1', 'time', '1.4.0.dev20261129143000'),
        ('py:core', '1.4.0', 'pr-42', '1.4.0.dev4220261129143000'),
        ('py:core', '1.4.0', 'commit', '1.4.0.dev180097588'),
        ('js:core', '1.4.0', 'time', '1.4.0-snapshot.20261129143000.abc1234'),
        ('js:core', '1.4.0-rc.1', 'time', '1.4.0-snapshot.20261129143000.abc1234'),
        ('js:core', '1.4.0', 'pr-42', '1.4.0-snapshot.pr42.20261129143000.abc1234'),
        ('rs:core', '1.4.0', 'commit', '1.4.0-snapshot.abc1234'),
        ('cp:core', '2026.11.0', 'time', '2026.11.0.dev20261129143000'),
        ('cs:core', '2026.11.0', 'time', '2026.11.0-snapshot.20261129143000.abc1234'),
    ],
)
def test_a_snapshot_is_a_version_of_its_scheme_below_the_stable_one(
    id_: str, version: str, kind: str, expected: str
) -> None:
    """None of PEP 440 is local, since registries refuse those; and none has a tag."""
    found = apply(planned(id_, version), kind=kind).packages[0]
    rules = scheme(SCHEMES[found.workspace])
    assert (found.next, found.tag, found.bump) == (expected, '', BumpKind.PRERELEASE)
    assert rules.parse(expected).text == expected
    assert rules.key('1.3.0') < rules.key(expected) < rules.key(rules.stable_part(version))
    assert '+' not in expected


def test_later_snapshots_come_later_and_are_a_manifest_on_the_way() -> None:
    """Also within a day; who commits one by mistake has not set the version by hand."""
    for label, first, second in (
        ('pep440', '1.4.0.dev20261129143000', '1.4.0.dev20261129143001'),
        ('semver', '1.4.0-snapshot.20261129143000.fff0000', '1.4.0-snapshot.20261129143001.0000fff'),
    ):
        assert scheme(label).key(first) < scheme(label).key(second)
        assert scheme(label).parse(first).lasting == '1.4.0'


def test_nothing_of_a_snapshot_is_tagged_and_reasons_name_its_versions() -> None:
    """No umbrella, no tag that could be taken; what is published by its tag alone is left out."""
    needs = Reason(ReasonKind.DEPENDENCY, package='py:core', detail='1.4.0')
    found = apply(
        planned('py:core', '1.4.0'), planned('py:app', '2.0.1', needs), planned('rs:x', '1.0.1'), tagged=('rs',)
    )
    assert [package.next for package in found.packages] == ['1.4.0.dev20261129143000', '2.0.1.dev20261129143000']
    assert found.packages[1].reasons[0].detail == '1.4.0.dev20261129143000'
    assert (found.unchanged, dict(found.umbrella_tags), found.taken) == (('py:idle', 'rs:x'), {}, ())


def test_a_package_of_two_worlds_has_one_snapshot() -> None:
    """Where one file holds the version for both, each reads what the other wrote."""
    found = apply(planned('rs:core', '1.4.0'), planned('py:core', '1.4.0'), places='Cargo.toml')
    assert [package.next for package in found.packages] == ['1.4.0-dev.20261129143000', '1.4.0.dev20261129143000']


def test_a_snapshot_has_its_own_channel_and_is_no_prerelease_of_the_branch() -> None:
    """Whatever the branch makes."""
    spec = Spec(version=1, workspaces={}, branches={'next': Branch(channel='next', prerelease='rc')})
    for branch in ('next', 'feature', 'HEAD'):
        assert channels.channel(spec, branch, Inputs(snapshot='time')) == 'snapshot'
        assert channels.effective(spec, branch, Inputs(snapshot='time', prerelease='rc')).prerelease is None
