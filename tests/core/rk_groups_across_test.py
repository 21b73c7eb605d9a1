# SPDX-License-Identifier: Apache-2.0
"""Groups whose members are in several workspaces: one version, which each spells in its own way."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from releasekit.core.commits import RawCommit, parse
from releasekit.core.decide import Decision, decide
from releasekit.core.groups import Membership, fitting, memberships
from releasekit.core.history import History, Released
from releasekit.core.package import Dependency, EdgeKind, Package, Workspace
from releasekit.core.plan import Inputs, Reason, ReasonKind
from releasekit.core.units import units
from releasekit.core.version import named
from releasekit.core.why import why
from releasekit.errors import Code, ReleaseKitError
from releasekit.spec.model import Group, Scheme, Spec, Versioning, VersionRules, WorkspaceSpec

SCHEMES: Mapping[str, Scheme] = {'js': 'semver', 'py': 'pep440', 'rs': 'semver'}
FEAT, FIX, BREAK, DOCS = 'feat: x', 'fix: x', 'feat!: x', 'docs: x'


def package(id_: str, version: str = '1.0.0', *needs: Dependency) -> Package:
    label, _, name = id_.partition(':')
    path = f'{label}/{name}'
    return Package(id_, name, label, 'any', path, f'{path}/m', version, dependencies=needs, targets=('x',))


def spec(
    groups: Mapping[str, Mapping[str, Group]],
    counted: Mapping[str, VersionRules] | None = None,
    tags: Mapping[str, str] | None = None,
) -> Spec:
    """Three workspaces; by label their groups, how their versions are counted, and their umbrella tags."""
    spaces = {
        label: WorkspaceSpec(
            'any',
            groups=groups.get(label, {}),
            version=(counted or {}).get(label, VersionRules()),
            umbrella_tag=(tags or {}).get(label),
            tag=f'{label}-{{name}}-{{version}}',
        )
        for label in SCHEMES
    }
    return Spec(version=1, workspaces=spaces)


def run(
    rules: Spec, packages: tuple[Package, ...], commits: Mapping[str, str], inputs: Inputs | None = None, day: str = ''
) -> Decision:
    """Decide, where each package was released as its manifest says, and some have had a commit since."""
    known = {each.id: Released(each.version or '', f'{each.id}-1', 'c', 'c') for each in packages}
    stable = {id_: each for id_, each in known.items() if 'rc' not in each.version}
    found = {id_: (parse(RawCommit('0000001', (), 'A', text, ()), {}),) for id_, text in commits.items()}
    schemes = {label: named(space.version, SCHEMES[label]) for label, space in rules.workspaces.items()}
    history = History(schemes, known, stable, found, found, {}, day)
    workspace = Workspace(tuple(sorted(packages, key=lambda each: each.id)))
    return decide(rules, workspace, history, inputs or Inputs(), lambda *_: True)


def versions(decision: Decision) -> dict[str, str]:
    return {each.id: each.next for each in decision.packages}


CORE, SDK, UI = package('rs:core'), package('py:sdk'), package('js:ui')
ALL = (CORE, SDK, UI)


def group(versioning: Versioning, *globs: str, label: str = 'py') -> dict[str, dict[str, Group]]:
    return {label: {'g': Group(globs, versioning)}}


@pytest.mark.parametrize(
    ('glob', 'expected'),
    [
        ('sdk', ['py:sdk']),
        ('*', ['py:sdk']),
        ('rs:core', ['rs:core']),
        ('js:*', ['js:ui']),
        ('py:sdk', ['py:sdk']),
        # Only a label stands before a colon: elsewhere names have one.
        ('go:core', []),
        ('core', []),
    ],
)
def test_a_glob_of_a_group_may_name_another_workspace(glob: str, expected: list[str]) -> None:
    """By its label; without one it means packages of its own."""
    rules = spec(group('fixed', glob))
    assert [each.id for each in ALL if list(fitting(rules, each))] == sorted(expected, key=[e.id for e in ALL].index)


def test_a_name_with_a_colon_is_a_name() -> None:
    """As Maven writes it."""
    artifact = package('js:com.acme:core')
    rules = spec(group('fixed', 'com.acme:*', label='js'))
    assert memberships(rules, (artifact,)) == {artifact.id: Membership('js', 'g', 'fixed')}


@pytest.mark.parametrize(
    ('commits', 'inputs', 'expected'),
    [
        ({'rs:core': FEAT}, Inputs(), {'js:ui': '1.1.0', 'py:sdk': '1.1.0', 'rs:core': '1.1.0'}),
        ({'py:sdk': FIX, 'js:ui': BREAK}, Inputs(), {'js:ui': '2.0.0', 'py:sdk': '2.0.0', 'rs:core': '2.0.0'}),
        (
            {'js:ui': FEAT},
            Inputs(prerelease='rc'),
            {'js:ui': '1.1.0-rc.1', 'py:sdk': '1.1.0rc1', 'rs:core': '1.1.0-rc.1'},
        ),
        ({}, Inputs(bump={'rs:core': 'major'}), {'js:ui': '2.0.0', 'py:sdk': '2.0.0', 'rs:core': '2.0.0'}),
        ({}, Inputs(set={'js:ui': '3.0.0'}), {'js:ui': '3.0.0', 'py:sdk': '3.0.0', 'rs:core': '3.0.0'}),
        ({'rs:core': DOCS}, Inputs(), {}),
    ],
)
def test_a_fixed_group_across_ecosystems_has_one_version(
    commits: dict[str, str], inputs: Inputs, expected: dict[str, str]
) -> None:
    """Whatever is asked of one holds for all, in the spelling of each."""
    decision = run(spec(group('fixed', 'sdk', 'rs:*', 'js:ui')), ALL, commits, inputs)
    assert versions(decision) == expected


def test_one_that_lags_behind_joins_the_others() -> None:
    """The highest release of all counts, also a candidate that another scheme spells."""
    packages = (package('rs:core', '1.4.0-rc.2'), package('py:sdk', '1.1.0'))
    decision = run(spec(group('fixed', 'sdk', 'rs:*')), packages, {'py:sdk': FIX}, Inputs(prerelease='rc'))
    assert versions(decision) == {'py:sdk': '1.4.0rc3', 'rs:core': '1.4.0-rc.3'}


def test_the_workspace_that_has_the_group_decides_how_versions_are_counted() -> None:
    """0.x and breaking changes, and calendars too."""
    young, counted = tuple(package(each.id, '0.3.0') for each in ALL), {'py': VersionRules(major_on_zero=True)}
    for label, expected in (('rs', '0.4.0'), ('py', '1.0.0')):
        rules = spec(group('fixed', 'py:sdk', 'rs:core', label=label), counted)
        assert versions(run(rules, young, {'rs:core': BREAK})) == {'py:sdk': expected, 'rs:core': expected}
    dates = {'py': VersionRules(scheme='calver', format='YYYY.0M.MICRO')}
    decision = run(spec(group('fixed', 'sdk', 'rs:core'), dates), ALL, {'rs:core': FIX}, day='2026-08-24')
    assert versions(decision) == {'py:sdk': '2026.08.0', 'rs:core': '2026.8.0'}


@pytest.mark.parametrize(
    ('commits', 'inputs', 'expected'),
    [
        ({'rs:core': FEAT, 'py:sdk': FIX}, Inputs(), {'py:sdk': '1.1.0', 'rs:core': '1.1.0'}),
        ({'rs:core': FEAT}, Inputs(), {'rs:core': '1.1.0'}),
        (
            {'rs:core': FEAT, 'py:sdk': FIX, 'js:ui': BREAK},
            Inputs(prerelease='rc'),
            {'js:ui': '2.0.0-rc.1', 'py:sdk': '2.0.0rc1', 'rs:core': '2.0.0-rc.1'},
        ),
    ],
)
def test_released_members_of_a_linked_group_share_the_highest(
    commits: dict[str, str], inputs: Inputs, expected: dict[str, str]
) -> None:
    """Those that are not released stay."""
    assert versions(run(spec(group('linked', 'sdk', 'rs:*', 'js:*')), ALL, commits, inputs)) == expected


def test_an_independent_group_shares_nothing() -> None:
    """It only has a name."""
    decision = run(spec(group('independent', 'sdk', 'rs:*')), ALL, {'rs:core': FEAT, 'py:sdk': FIX})
    assert versions(decision) == {'py:sdk': '1.0.1', 'rs:core': '1.1.0'}


def test_what_needs_a_member_follows_the_version_that_the_group_gets() -> None:
    """A peer stays as long as its range admits that version; who needs it at run time follows."""
    app = package('js:app', '1.0.0', Dependency('js:ui', EdgeKind.PEER, '^1.0.0'))
    rules = spec(group('fixed', 'sdk', 'js:ui'))
    assert versions(run(rules, (SDK, UI, app), {'py:sdk': FIX})) == {'js:ui': '1.0.1', 'py:sdk': '1.0.1'}
    pulled = package('js:app', '1.0.0', Dependency('js:ui', EdgeKind.RUNTIME, '^1.0.0'))
    assert versions(run(rules, (SDK, UI, pulled), {'py:sdk': FIX}))['js:app'] == '1.0.1'


@pytest.mark.parametrize('versioning', ['fixed', 'linked'])
def test_why_names_the_members_that_the_others_follow(versioning: Versioning) -> None:
    """In whatever workspace they are."""
    rules = spec(group(versioning, 'sdk', 'rs:*'))
    decision = run(rules, ALL, {'rs:core': FEAT, 'py:sdk': FIX} if versioning == 'linked' else {'rs:core': FEAT})
    planned = {each.id: each for each in decision.packages}
    assert planned['py:sdk'].reasons[-1] == Reason(ReasonKind.GROUP, group='g', detail='rs:core')
    assert [each.kind for each in planned['rs:core'].reasons] == [ReasonKind.COMMIT]
    assert why(decision, Workspace(ALL), 'py:sdk')[-3:] == (
        '  the group g shares one version',
        '    rs:core 1.0.0 → 1.1.0 (minor)',
        '      0000001 feat: x',
    )


def test_a_package_is_in_one_group_of_all_workspaces() -> None:
    """Two would ask for two versions."""
    rules = spec({'py': {'g': Group(('rs:*',), 'fixed')}, 'rs': {'h': Group(('core',), 'fixed')}})
    with pytest.raises(ReleaseKitError) as caught:
        units(rules, Workspace(ALL), frozenset({'rs:core'}))
    assert caught.value.code is Code.SPEC_INVALID
    assert caught.value.problems[0].message == 'rs:core is in the groups g and h of the workspace py and rs.'


@pytest.mark.parametrize(
    ('tags', 'expected'),
    [
        ({'py': 'v{version}'}, {'py': 'v1.1.0'}),
        ({'py': 'v{version}', 'rs': 'v{version}'}, {'py': 'v1.1.0', 'rs': 'v1.1.0'}),
        ({'py': 'v{version}', 'rs': 'crates-{version}'}, {'py': 'v1.1.0', 'rs': 'crates-1.1.0'}),
    ],
)
def test_one_tag_may_name_several_workspaces_of_one_version(tags: dict[str, str], expected: dict[str, str]) -> None:
    """The release of any member makes it."""
    decision = run(spec(group('fixed', 'sdk', 'rs:*'), tags=tags), (CORE, SDK), {'rs:core': FEAT})
    assert decision.umbrella_tags == expected
