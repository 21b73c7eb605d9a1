# SPDX-License-Identifier: Apache-2.0
"""What is released across workspaces, through peers, and where several packages have one place for their version."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from releasekit.core.changelog import section
from releasekit.core.commits import RawCommit, parse
from releasekit.core.decide import Decision, decide
from releasekit.core.graph import release_needs
from releasekit.core.history import History, Released
from releasekit.core.package import Dependency, EdgeKind, Package, VersionPlace, Workspace
from releasekit.core.plan import Inputs, Reason, ReasonKind
from releasekit.core.version import scheme, spelled
from releasekit.core.why import why
from releasekit.errors import Code, ReleaseKitError
from releasekit.spec.model import ChangelogRules, Propagate, Spec, VersionRules, WorkspaceSpec

SCHEMES = {'py': 'pep440', 'rs': 'semver', 'js': 'semver'}
ROOT = VersionPlace('Cargo.toml', 'shared')


def package(id_: str, *needs: Dependency, place: VersionPlace | None = None, version: str = '1.0.0') -> Package:
    label, _, name = id_.partition(':')
    manifest = f'{label}/{name}/m'
    places = (place or VersionPlace(manifest, 'own'),)
    return Package(id_, name, label, 'any', f'{label}/{name}', manifest, version, places, needs, targets=('x',))


def run(
    packages: tuple[Package, ...],
    commits: Mapping[str, str],
    propagate: Propagate = 'patch',
    inputs: Inputs | None = None,
) -> Decision:
    """Decide, where each package was released as its manifest says, and some have had a commit since.

    What was released as a candidate was 1.0.0 before.
    """
    released = {each.id: Released(each.version or '', f'{each.id}-1', 'c', 'c') for each in packages}
    stable = {
        each.id: Released((each.version or '').replace('2.0.0-rc.1', '1.0.0'), f'{each.id}-0', 'c', 'c')
        for each in packages
    }
    found = {id_: (parse(RawCommit('0000001', (), 'A', text, ()), {}),) for id_, text in commits.items()}
    rules = VersionRules(propagate=propagate)
    spec = Spec(version=1, workspaces={label: WorkspaceSpec('any', version=rules) for label in SCHEMES})
    history = History(SCHEMES, released, stable, found, found, {})
    workspace = Workspace(tuple(sorted(packages, key=lambda each: each.id)))
    return decide(spec, workspace, history, inputs or Inputs(), admits)


def admits(_: str, requirement: str, version: str) -> bool:
    """A requirement is the first number of the versions that it admits."""
    return version.startswith(f'{requirement}.')


def versions(decision: Decision) -> dict[str, str]:
    return {each.id: each.next for each in decision.packages}


@pytest.mark.parametrize('propagate', ['patch', 'range'])
@pytest.mark.parametrize(
    ('commit', 'expected'),
    [
        ('feat: x', {'js:core': '1.1.0'}),
        ('fix: x', {'js:core': '1.0.1'}),
        ('feat!: x', {'js:core': '2.0.0', 'js:plugin': '2.0.0'}),
    ],
)
def test_a_peer_is_followed_only_out_of_its_range(propagate: Propagate, commit: str, expected: dict[str, str]) -> None:
    """Users who bring the peer along have nothing to do until the range is left; then it is a breaking change."""
    plugin = package('js:plugin', Dependency('js:core', EdgeKind.PEER, '1'))
    assert versions(run((package('js:core'), plugin), {'js:core': commit}, propagate)) == expected


def test_a_breaking_peer_outranks_a_patch_that_was_decided_before() -> None:
    """The dependent had a fix of its own, and what needs it follows the major version that it gets in the end."""
    plugin = package('js:plugin', Dependency('js:core', EdgeKind.PEER, '1'))
    app = package('js:app', Dependency('js:plugin', EdgeKind.PEER, '1'))
    decision = run((package('js:core'), plugin, app), {'js:core': 'feat!: x', 'js:plugin': 'fix: y'})
    assert versions(decision) == {'js:core': '2.0.0', 'js:plugin': '2.0.0', 'js:app': '2.0.0'}


@pytest.mark.parametrize('kind', [EdgeKind.PEER, EdgeKind.RUNTIME])
def test_a_candidate_becomes_stable_with_what_it_waits_for(kind: EdgeKind) -> None:
    """Its range admits the stable version already; it would stay a candidate for ever."""
    core = package('js:core', version='2.0.0-rc.1')
    plugin = package('js:plugin', Dependency('js:core', kind, '2'), version='2.0.0-rc.1')
    assert versions(run((core, plugin), {'js:core': 'feat!: x'}, 'range')) == {
        'js:core': '2.0.0',
        'js:plugin': '2.0.0',
    }


def test_peers_do_not_propagate_where_nothing_does() -> None:
    """`propagate: none` holds for them too."""
    plugin = package('js:plugin', Dependency('js:core', EdgeKind.PEER, '1'))
    assert versions(run((package('js:core'), plugin), {'js:core': 'feat!: x'}, 'none')) == {'js:core': '2.0.0'}


@pytest.mark.parametrize(
    ('propagate', 'expected'),
    [
        ('patch', {'rs:core': '1.1.0', 'py:sdk': '1.0.1'}),
        ('range', {'rs:core': '1.1.0', 'py:sdk': '1.0.1'}),
        ('none', {'rs:core': '1.1.0'}),
    ],
)
def test_what_another_workspace_has_becomes_part_of_it(propagate: Propagate, expected: dict[str, str]) -> None:
    """There is no requirement that could still fit: the code itself is in the package."""
    sdk = package('py:sdk', Dependency('rs:core', EdgeKind.BUILD, where='needs'))
    decision = run((package('rs:core'), sdk), {'rs:core': 'feat: x'}, propagate)

    assert versions(decision) == expected
    assert [each.id for each in decision.packages] == list(expected)


def test_one_place_is_one_version() -> None:
    """A feature of one member raises all whose version is in the same line; others stay."""
    packages = (package('rs:a', place=ROOT), package('rs:b', place=ROOT), package('rs:c'))
    assert versions(run(packages, {'rs:a': 'feat: x'})) == {'rs:a': '1.1.0', 'rs:b': '1.1.0'}


def test_one_place_is_the_reason_of_those_without_another() -> None:
    """Whoever only has its version at the same place says so, in `why` and in its changelog; the others do not."""
    packages = (package('rs:a', place=ROOT), package('rs:b', place=ROOT), package('rs:c'))
    decision = run(packages, {'rs:a': 'feat: x', 'rs:c': 'feat: y'})
    assert [reason.kind for reason in decision.packages[0].reasons] == [ReasonKind.COMMIT]
    assert decision.packages[1].reasons == (Reason(ReasonKind.GROUP, detail=ROOT.path),)

    assert why(decision, Workspace(packages), 'rs:b') == (
        'rs:b 1.0.0 → 1.1.0 (minor)',
        '  Cargo.toml holds its version and that of others',
        '    rs:a 1.0.0 → 1.1.0 (minor)',
        '      0000001 feat: x',
    )
    assert 'released with others of the same version' in section(decision.packages[1], ChangelogRules(), '2026-11-23')


@pytest.mark.parametrize(
    ('inputs', 'expected'),
    [
        (Inputs(), {'rs:core': '1.1.0', 'py:core': '1.1.0'}),
        (Inputs(prerelease='rc'), {'rs:core': '1.1.0-rc.1', 'py:core': '1.1.0rc1'}),
    ],
)
def test_a_package_of_two_worlds_has_one_version_in_two_spellings(inputs: Inputs, expected: dict[str, str]) -> None:
    """A crate and the wheel that is made of it share the line in Cargo.toml, and each tag says it its own way."""
    crate = package('rs:core', place=VersionPlace('rs/core/m', 'cargo'))
    wheel = package('py:core', Dependency('rs:core', EdgeKind.BUILD), place=VersionPlace('rs/core/m', 'cargo'))
    decision = run((crate, wheel), {'rs:core': 'feat: x'}, inputs=inputs)

    assert versions(decision) == expected
    assert [each.tag for each in decision.packages] == [f'core-v{version}' for version in expected.values()]


def test_peers_are_published_first_where_that_is_no_circle() -> None:
    """A plugin and its host may name each other."""
    host = package('js:host', Dependency('js:plugin', EdgeKind.PEER, '1'))
    plugin = package('js:plugin', Dependency('js:host', EdgeKind.RUNTIME, '1'))
    assert release_needs(Workspace((host, plugin))) == {'js:host': (), 'js:plugin': ('js:host',)}


@pytest.mark.parametrize(
    ('pep440', 'semver'),
    [
        ('1.2.3', '1.2.3'),
        ('1.0.0rc1', '1.0.0-rc.1'),
        ('1.0.0a2', '1.0.0-alpha.2'),
        ('1.0.0b3', '1.0.0-beta.3'),
        ('1.0.0.dev4', '1.0.0-dev.4'),
    ],
)
def test_versions_are_spelled_both_ways(pep440: str, semver: str) -> None:
    """Every prerelease that both schemes have."""
    assert spelled(pep440, scheme('pep440'), scheme('semver')) == semver
    assert spelled(semver, scheme('semver'), scheme('pep440')) == pep440


@pytest.mark.parametrize(
    ('version', 'source', 'target'),
    [
        ('1!1.0', 'pep440', 'semver'),
        ('1.2.3.4', 'pep440', 'semver'),
        ('1.0.0.post1', 'pep440', 'semver'),
        ('1.0.0rc1.dev2', 'pep440', 'semver'),
        ('1.0.0-nightly.1', 'semver', 'pep440'),
        ('1.0.0-rc', 'semver', 'pep440'),
    ],
)
def test_a_version_that_the_other_scheme_lacks_is_refused(version: str, source: str, target: str) -> None:
    """It is never rounded to another one."""
    with pytest.raises(ReleaseKitError) as caught:
        spelled(version, scheme(source), scheme(target))
    assert caught.value.code is Code.VERSION_INVALID
