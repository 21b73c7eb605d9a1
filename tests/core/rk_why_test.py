# SPDX-License-Identifier: Apache-2.0
"""`why` tells the chain from a commit to a version, and what is missing where nothing is released."""

from __future__ import annotations

import pytest

from releasekit.core.decide import Decision
from releasekit.core.package import Dependency, EdgeKind, Package, Workspace
from releasekit.core.plan import BumpKind, PlannedPackage, Reason, ReasonKind
from releasekit.core.why import why
from releasekit.errors import Code, ReleaseKitError


def package(name: str, *needs: Dependency, release: bool = True) -> Package:
    return Package(f'py:{name}', name, 'py', 'any', name, 'm', '1.0.0', dependencies=needs, release=release)


def planned(name: str, *reasons: Reason, released: str | None = '1.0.0', version: str = '1.0.1') -> PlannedPackage:
    bump = BumpKind.PATCH if released else BumpKind.INITIAL
    return PlannedPackage(f'py:{name}', name, 'py', 'any', name, released, '1.0.0', version, bump, 't', (), reasons)


CORE = Dependency('py:core', EdgeKind.RUNTIME)
WORKSPACE = Workspace(
    (
        package(
            'app', Dependency('py:left', EdgeKind.RUNTIME), Dependency('py:right', EdgeKind.OPTIONAL, where='fast')
        ),
        package('core'),
        package('docs', Dependency('py:core', EdgeKind.GROUP, where='dev'), Dependency('py:docs', EdgeKind.RUNTIME)),
        package('left', CORE),
        package('off', release=False),
        package('right', CORE, Dependency('py:core', EdgeKind.BUILD)),
        package('twin'),
        package('user', CORE),
    )
)
FEAT = Reason(ReasonKind.COMMIT, 'abcdef0123', 'feat', 'http', 'add retries', 'gone')


def needs(name: str) -> Reason:
    return Reason(ReasonKind.DEPENDENCY, package=f'py:{name}', detail='1.0.1')


PLAN = Decision(
    packages=(
        planned('core', FEAT, Reason(ReasonKind.COMMIT, '0123456789', 'fix', None, 'mend')),
        planned('left', needs('core')),
        planned('right', needs('core')),
        planned('app', needs('left'), needs('right')),
        planned('twin', Reason(ReasonKind.GROUP, group='all')),
    ),
    unchanged=('py:docs',),
)


def test_the_chain_goes_back_to_the_commits() -> None:
    """Each package is told once; how it is needed stands beside."""
    assert why(PLAN, WORKSPACE, 'py:app') == (
        'py:app 1.0.0 → 1.0.1 (patch)',
        '  it needs py:left, which is released as 1.0.1 (runtime)',
        '    py:left 1.0.0 → 1.0.1 (patch)',
        '      it needs py:core, which is released as 1.0.1 (runtime)',
        '        py:core 1.0.0 → 1.0.1 (patch)',
        '          abcdef0 feat(http)!: add retries',
        '          0123456 fix: mend',
        '  it needs py:right, which is released as 1.0.1 (optional fast)',
        '    py:right 1.0.0 → 1.0.1 (patch)',
        '      it needs py:core, which is released as 1.0.1 (build, runtime)',
        '        py:core 1.0.0 → 1.0.1 (patch), as above',
    )


def test_a_group_leads_to_the_members_that_have_reasons_of_their_own() -> None:
    """Of the same version."""
    plan = Decision((planned('core', FEAT), planned('twin', Reason(ReasonKind.GROUP, group='all'))), ())
    assert why(plan, WORKSPACE, 'py:twin') == (
        'py:twin 1.0.0 → 1.0.1 (patch)',
        '  the group all shares one version',
        '    py:core 1.0.0 → 1.0.1 (patch)',
        '      abcdef0 feat(http)!: add retries',
    )


@pytest.mark.parametrize(
    ('reason', 'expected'),
    [
        (Reason(ReasonKind.INITIAL), 'it was never released'),
        (Reason(ReasonKind.MANIFEST, detail='2.0'), 'its manifest was set to 2.0 by hand'),
        (Reason(ReasonKind.OVERRIDE, detail='bump minor'), 'it was asked for: bump minor'),
        (Reason(ReasonKind.RELEASE_AS, commit='abcdef0123', detail='2.0'), 'abcdef0 says Release-As: 2.0'),
    ],
)
def test_every_reason_has_its_line(reason: Reason, expected: str) -> None:
    """Also where there was no release before."""
    lines = why(Decision((planned('core', reason, released=None),), ()), WORKSPACE, 'py:core')
    assert lines == ('py:core (new) → 1.0.1 (initial)', f'  {expected}')


BUMPED = 'py:core 1.0.0 → 1.0.1 (patch)'
NOTHING = '  no change of its own since its last release asks for one, and nothing else does'


@pytest.mark.parametrize(
    ('id_', 'expected'),
    [
        ('py:off', ('py:off is not released', '  `release: false` leaves it out')),
        (
            'py:docs',
            (
                'py:docs is not released',
                NOTHING,
                f'  it needs {BUMPED} (group dev), but a development group is no reason for a release',
            ),
        ),
        (
            'py:user',
            (
                'py:user is not released',
                NOTHING,
                (
                    f'  it needs {BUMPED} (runtime), but `propagate` does not ask for a release, or this '
                    'package was not selected'
                ),
            ),
        ),
    ],
)
def test_what_is_not_released_is_told_why_not(id_: str, expected: tuple[str, ...]) -> None:
    """With what it needs that is."""
    assert why(PLAN, WORKSPACE, id_) == expected


def test_an_unknown_package_is_told_its_nearest_name() -> None:
    """As everywhere."""
    with pytest.raises(ReleaseKitError) as caught:
        why(PLAN, WORKSPACE, 'py:cor')
    assert caught.value.code is Code.PACKAGE_UNKNOWN
    assert caught.value.problems[0].hint == 'Did you mean `py:core`?'
