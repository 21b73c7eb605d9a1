# SPDX-License-Identifier: Apache-2.0
"""What is released follows from packages, history and inputs by the rules of release.yaml, told as stories."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest

from releasekit.core.commits import RawCommit, TagRef, parse
from releasekit.core.decide import Decision, decide
from releasekit.core.history import History, Released
from releasekit.core.package import Dependency, EdgeKind, Package, Workspace
from releasekit.core.plan import BumpKind, Inputs, Reason, ReasonKind
from releasekit.errors import Code, ReleaseKitError
from releasekit.spec.model import ChangelogRules, Group, Spec, VersionRules, WorkspaceSpec

KINDS = {'': EdgeKind.RUNTIME, 'b': EdgeKind.BUILD, 'o': EdgeKind.OPTIONAL, 'g': EdgeKind.GROUP}


@dataclasses.dataclass(frozen=True)
class P:
    """A package of a story: what it needs (`b` or `c:o`), its last release, its manifest, its commits, newest first.

    `stable` and `recent` are the last stable release and the number of commits since the last release, where these
    differ from the rest.
    """

    needs: str = ''
    released: str | None = '1.0.0'
    commits: tuple[str, ...] = ()
    version: str | None = ''
    stable: str | None = ''
    recent: int | None = None
    release: bool = True
    publish: bool = True


def package(name: str, told: P) -> Package:
    edges = [word.partition(':') for word in told.needs.split()]
    return Package(
        f'py:{name}',
        name,
        'py',
        'any',
        name,
        f'{name}/m',
        (told.released or '0.1.0') if told.version == '' else told.version,
        dependencies=tuple(Dependency(f'py:{to}', KINDS[kind], f'{to}>=1') for to, _, kind in edges),
        release=told.release,
        publish=told.publish,
        targets=('index',),
    )


def history(packages: Mapping[str, P], scheme: str, tags: tuple[TagRef, ...] = ()) -> History:
    released = {f'py:{name}': told.released for name, told in packages.items() if told.released is not None}
    stable = {
        f'py:{name}': told.released if told.stable == '' else told.stable
        for name, told in packages.items()
        if told.released is not None
    }
    # The hash of a commit of a story is its number from the end, so that a revert can name it.
    commits = {
        f'py:{name}': tuple(
            parse(RawCommit(f'{len(told.commits) - index:07}', (), 'A', text, ()), {})
            for index, text in enumerate(told.commits)
        )
        for name, told in packages.items()
    }
    return History(
        schemes={'py': scheme},
        released={id_: Released(version, f'{id_}-{version}', 'c', 'c') for id_, version in released.items()},
        stable={id_: Released(version, 't', 'c', 'c') for id_, version in stable.items() if version is not None},
        commits=commits,
        recent={f'py:{name}': commits[f'py:{name}'][: told.recent] for name, told in packages.items()},
        tags={ref.name: ref for ref in tags},
    )


def allows(ecosystem: str, requirement: str, version: str) -> bool:
    """Everything below 2."""
    return ecosystem == 'any' and requirement.endswith('>=1') and int(version.split('.', maxsplit=1)[0]) < 2


def run(
    packages: Mapping[str, P],
    inputs: Inputs | None = None,
    tags: tuple[TagRef, ...] = (),
    **more: Any,
) -> Decision:
    scheme = more.pop('scheme', 'pep440')
    rules = {name: more.pop(name) for name in ('initial', 'major_on_zero', 'propagate') if name in more}
    spec = Spec(
        version=1,
        workspaces={'py': WorkspaceSpec(ecosystem='python', version=VersionRules(**rules), **more)},
    )
    workspace = Workspace(tuple(package(name, told) for name, told in sorted(packages.items())))
    return decide(spec, workspace, history(packages, scheme, tags), inputs or Inputs(), allows)


def versions(decision: Decision) -> dict[str, str]:
    return {package.name: package.next for package in decision.packages}


def kinds(decision: Decision) -> dict[str, str]:
    return {package.name: ' '.join(reason.kind for reason in package.reasons) for package in decision.packages}


FEAT, FIX, DOCS, BREAK = 'feat: x', 'fix: x', 'docs: x', 'feat!: x'
REVERT = 'Revert "x"\n\nThis reverts commit {:07}.'


@pytest.mark.parametrize(
    ('told', 'expected'),
    [
        # What commits ask for.
        (P(commits=(DOCS, FIX)), '1.0.1'),
        (P(commits=(FIX, FEAT, FIX)), '1.1.0'),
        (P(commits=(BREAK, FEAT)), '2.0.0'),
        (P(commits=('chore: x\n\nBREAKING CHANGE: y',)), '2.0.0'),
        (P(commits=(DOCS, 'words')), None),
        (P(), None),
        (P(released='0.3.1', commits=(BREAK,)), '0.4.0'),
        (P(released='0.3.1', commits=(FEAT,)), '0.4.0'),
        # Reverts: of what is in range, of what is released, of a revert.
        (P(commits=(REVERT.format(1), FEAT)), None),
        (P(commits=(REVERT.format(1), FIX, FEAT)), '1.0.1'),
        (P(commits=(REVERT.format(2), REVERT.format(1), FEAT)), '1.1.0'),
        (P(commits=(REVERT.format(9),)), '1.0.1'),
        (P(commits=('revert: x\n\nRefs: 0000001', FEAT)), None),
        (P(commits=('revert: x\n\nRefs: 0000001, 0000009', FEAT)), '1.0.1'),
        (P(commits=('revert: x',)), '1.0.1'),
        # The first release: the manifest as it stands, else `initial`.
        (P(released=None, version='0.7.0'), '0.7.0'),
        (P(released=None, version='2.0.0rc1', commits=(BREAK,)), '2.0.0rc1'),
        (P(released=None, version='0.0.0'), '0.1.0'),
        (P(released=None, version=None), '0.1.0'),
        (P(released=None, version='0.3.0.dev0'), '0.3.0'),
        # A manifest that was set by hand; a half-finished bump changes nothing.
        (P(version='3.0.0'), '3.0.0'),
        (P(version='3.0.0', commits=(FEAT,)), '3.0.0'),
        (P(version='1.1.0', commits=(FEAT,)), '1.1.0'),
        (P(version='1.0.1', commits=(FEAT,)), '1.1.0'),
        (P(version='0.9.0', commits=(FEAT,)), '1.1.0'),
        (P(version=None, commits=(FEAT,)), '1.1.0'),
        (P(version='2.0.0.dev0', commits=(FIX,)), '2.0.0'),
        (P(version='2.0.0.dev0'), None),
        # Release-As outranks the level.
        (P(commits=(FIX, 'chore: x\n\nRelease-As: 4.0', 'chore: y\n\nRelease-As: 5.0')), '4.0'),
        (P(released=None, commits=('chore: x\n\nRelease-As: 1.0.0',)), '1.0.0'),
        (P(commits=(REVERT.format(1), 'chore: x\n\nRelease-As: 4.0')), None),
        # After prereleases: commits count from the last stable release.
        (P(released='1.1.0rc2', stable='1.0.0', commits=(FEAT,), recent=0), '1.1.0'),
        (P(released='1.1.0rc2', stable='1.0.0', commits=(BREAK, FEAT), recent=1), '2.0.0'),
        (P(released='2.0.0rc1', stable='1.0.0', commits=(FIX,), recent=1), '2.0.0'),
        (P(released='0.1.0rc1', stable=None, commits=(DOCS,), recent=0), '0.1.0'),
    ],
)
def test_one_package_gets_the_version_that_its_past_calls_for(told: P, expected: str | None) -> None:
    """Or none, where nothing that counts has happened."""
    decision = run({'a': told})
    assert versions(decision) == ({} if expected is None else {'a': expected})
    assert decision.unchanged == (('py:a',) if expected is None else ())


@pytest.mark.parametrize(
    ('told', 'expected'),
    [
        (P(commits=(FEAT,)), '1.1.0rc1'),
        (P(released='1.1.0rc1', stable='1.0.0', commits=(FEAT, FEAT), recent=1), '1.1.0rc2'),
        (P(released='1.1.0rc1', stable='1.0.0', commits=(FIX, FEAT), recent=1), '1.1.0rc2'),
        (P(released='1.1.0rc1', stable='1.0.0', commits=(BREAK, FEAT), recent=1), '2.0.0rc1'),
        (P(released='1.1.0rc1', stable='1.0.0', commits=(FEAT,), recent=0), None),
        (P(released='1.1.0rc1', stable='1.0.0', commits=(DOCS, FEAT), recent=1), None),
        # The feature is taken back: still a fix of what the last prerelease brought.
        (P(released='1.1.0rc1', stable='1.0.0', commits=(REVERT.format(1), FEAT), recent=1), '1.1.0rc2'),
        (P(released='1.1.0b3', stable='1.0.0', commits=(FIX, FEAT), recent=1), '1.1.0rc1'),
        (P(released=None, version='0.4.0'), '0.4.0rc1'),
        (P(released=None, version=None), '0.1.0rc1'),
        (P(released='0.1.0rc1', stable=None, commits=(FEAT,)), '0.1.0rc2'),
        (P(commits=('chore: x\n\nRelease-As: 3.0.0',)), '3.0.0rc1'),
    ],
)
def test_a_prerelease_counts_up_towards_the_next_stable_version(told: P, expected: str | None) -> None:
    """Its base is that of all commits since the last stable release."""
    decision = run({'a': told}, Inputs(prerelease='rc'))
    assert versions(decision) == ({} if expected is None else {'a': expected})
    if expected is not None and told.released is not None:
        assert decision.packages[0].bump is BumpKind.PRERELEASE


@pytest.mark.parametrize(
    ('released', 'channel', 'scheme', 'expected'),
    [
        ('1.1.0-alpha.2', 'beta', 'semver', '1.1.0-beta.1'),
        ('1.1.0-alpha.2', 'rc', 'semver', '1.1.0-rc.1'),
        ('1.1.0-alpha.2', 'alpha', 'semver', None),
        ('1.1.0a2', 'beta', 'pep440', '1.1.0b1'),
        ('1.1.0a2', 'a', 'pep440', None),
        ('1.1.0.dev3', 'a', 'pep440', '1.1.0a1'),
        ('1.1.0-rc.1', 'beta', 'semver', 'refused'),
        ('1.1.0rc1', 'dev', 'pep440', 'refused'),
    ],
)
def test_a_prerelease_goes_on_as_one_of_a_higher_kind_without_new_commits(
    released: str, channel: str, scheme: str, expected: str | None
) -> None:
    """Never as one of a lower kind, and never as another of the same."""
    told, inputs = P(released=released, stable='1.0.0', commits=(FEAT,), recent=0), Inputs(prerelease=channel)
    if expected == 'refused':
        with pytest.raises(ReleaseKitError) as caught:
            run({'a': told}, inputs, scheme=scheme)
        assert caught.value.code is Code.VERSION_INVALID
        assert caught.value.problems[0].hint == 'Go on with the prerelease rc, or release the stable version.'
        return
    decision = run({'a': told}, inputs, scheme=scheme)
    assert versions(decision) == ({} if expected is None else {'a': expected})
    assert [package.reasons for package in decision.packages] in (
        [],
        [(Reason(ReasonKind.PRERELEASE, detail=released),)],
    )


RC = P(released='1.1.0rc2', stable='1.0.0', commits=(FEAT,), recent=0)


@pytest.mark.parametrize(
    ('packages', 'more', 'expected'),
    [
        ({'a': RC}, {}, {'a': '1.1.0'}),
        # What is no candidate stays, whatever its commits ask for.
        ({'a': RC, 'b': P(commits=(FEAT,)), 'c': P(released=None), 'd': P('a')}, {}, {'a': '1.1.0'}),
        ({'a': P(commits=(FEAT,))}, {}, {}),
        # What came since the last candidate is in it, as long as the version can hold it.
        ({'a': P(released='1.1.0rc2', stable='1.0.0', commits=(FIX, FEAT), recent=1)}, {}, {'a': '1.1.0'}),
        ({'a': P(released='1.1.0rc2', stable='1.0.0', commits=(DOCS,), recent=0)}, {}, {'a': '1.1.0'}),
        ({'a': P(released='1.1.0rc2', stable='1.0.0')}, {}, {'a': '1.1.0'}),
        ({'a': P(released='0.1.0b1', stable=None)}, {}, {'a': '0.1.0'}),
        ({'a': P(released='1.1.0.dev4', stable='1.0.0', commits=(FEAT,), recent=0)}, {}, {'a': '1.1.0'}),
        # A group is promoted as a whole, dependents that are candidates with what they need.
        (
            {'a': RC, 'b': P(released='1.1.0rc2', stable='1.0.0')},
            {'groups': {'all': Group(packages=('*',), versioning='fixed')}},
            {'a': '1.1.0', 'b': '1.1.0'},
        ),
        ({'a': RC, 'd': P('a', released='1.0.1rc1', stable='1.0.0')}, {}, {'a': '1.1.0', 'd': '1.0.1'}),
    ],
)
def test_only_candidates_are_promoted_and_only_their_suffix_goes(
    packages: Mapping[str, P], more: Mapping[str, Any], expected: Mapping[str, str]
) -> None:
    """Each to the stable version that it was a candidate for, and the reasons name it."""
    decision = run(packages, Inputs(promote=True), **more)
    assert versions(decision) == expected
    for found in decision.packages:
        assert Reason(ReasonKind.PRERELEASE, detail=packages[found.name].released) in found.reasons


def test_a_stable_version_tells_all_that_its_candidates_had() -> None:
    """Its reasons, and so its changelog, begin at the last stable release."""
    told = P(released='1.1.0rc2', stable='1.0.0', commits=('feat: b', 'fix: a'), recent=0)
    for inputs in (Inputs(), Inputs(promote=True)):
        reasons = run({'a': told}, inputs).packages[0].reasons
        assert [reason.subject for reason in reasons if reason.kind is ReasonKind.COMMIT] == ['b', 'a']


@pytest.mark.parametrize(
    ('packages', 'code', 'message', 'hint'),
    [
        (
            {'a': P(released='1.1.0rc2', stable='1.0.0', commits=(BREAK, FEAT), recent=1)},
            Code.VERSION_INVALID,
            '1.1.0rc2 of py:a cannot become 1.1.0: what came since asks for 2.0.0.',
            'Release another prerelease, and promote that; or release the stable version with `release`.',
        ),
        (
            {'a': dataclasses.replace(RC, needs='b'), 'b': P(commits=(FIX,))},
            Code.USAGE,
            'py:a needs py:b, which is to be released too, but is not selected.',
            'Release py:b first, or another prerelease of both.',
        ),
    ],
)
def test_a_candidate_that_would_be_another_version_or_lacks_something_is_not_promoted(
    packages: Mapping[str, P], code: Code, message: str, hint: str
) -> None:
    """Nobody has tried that."""
    with pytest.raises(ReleaseKitError) as caught:
        run(packages, Inputs(promote=True))
    assert (caught.value.code, str(caught.value), caught.value.problems[0].hint) == (code, message, hint)


@pytest.mark.parametrize(
    ('told', 'inputs', 'expected'),
    [
        (P(commits=(BREAK,)), Inputs(bump={'py:a': 'patch'}), '1.0.1'),
        (P(), Inputs(bump={'py:a': 'major'}), '2.0.0'),
        (P(released=None, version='0.4.0'), Inputs(bump={'py:a': 'minor'}), '0.5.0'),
        (P(released='1.0.0rc1', stable=None), Inputs(bump={'py:a': 'major'}), '1.0.0'),
        (P(), Inputs(set={'py:a': '7.0'}), '7.0'),
        (P(version='9.0.0', commits=(FEAT,)), Inputs(set={'py:a': '1.0.5'}), '1.0.5'),
        (P(released=None), Inputs(set={'py:a': '7.0.0RC1'}), '7.0.0rc1'),
        (P(), Inputs(bump={'py:a': 'minor'}, prerelease='b'), '1.1.0b1'),
        (P(), Inputs(set={'py:a': '2.0.0'}, prerelease='b'), '2.0.0'),
        (P(commits=('fix: x\n\nRelease-As: 3.0.0',)), Inputs(set={'py:a': '2.0.0'}), '2.0.0'),
        (P(commits=('fix: x\n\nRelease-As: 3.0.0',)), Inputs(bump={'py:a': 'minor'}), '1.1.0'),
    ],
)
def test_what_is_asked_for_outranks_commits(told: P, inputs: Inputs, expected: str) -> None:
    """And the reasons say so first."""
    decision = run({'a': told}, inputs)
    assert versions(decision) == {'a': expected}
    assert decision.packages[0].reasons[0].kind is ReasonKind.OVERRIDE


def test_a_breaking_change_of_zero_may_give_one() -> None:
    """Where the rules say so."""
    assert versions(run({'a': P(released='0.2.0', commits=(BREAK,))}, major_on_zero=True)) == {'a': '1.0.0'}


def test_the_scheme_writes_the_suffix() -> None:
    """SemVer and PEP 440 differ in it."""
    decision = run({'a': P(commits=(FEAT,))}, Inputs(prerelease='rc'), scheme='semver')
    assert versions(decision) == {'a': '1.1.0-rc.1'}


DIAMOND = {'app': P('left right'), 'left': P('core'), 'right': P('core'), 'core': P(commits=(FEAT,)), 'tool': P()}


@pytest.mark.parametrize(
    ('packages', 'rules', 'expected', 'reasons'),
    [
        (
            DIAMOND,
            {},
            {'core': '1.1.0', 'left': '1.0.1', 'right': '1.0.1', 'app': '1.0.1'},
            {'core': 'commit', 'left': 'dependency', 'right': 'dependency', 'app': 'dependency dependency'},
        ),
        (DIAMOND, {'propagate': 'none'}, {'core': '1.1.0'}, {'core': 'commit'}),
        (DIAMOND, {'propagate': 'range'}, {'core': '1.1.0'}, {'core': 'commit'}),
        (
            {**DIAMOND, 'core': P(commits=(BREAK,))},
            {'propagate': 'range'},
            {'core': '2.0.0', 'left': '1.0.1', 'right': '1.0.1'},
            {'core': 'commit', 'left': 'dependency', 'right': 'dependency'},
        ),
        # Whoever has a reason of his own keeps his level.
        (
            {'app': P('core', commits=(FEAT,)), 'core': P(commits=(FIX,))},
            {},
            {'core': '1.0.1', 'app': '1.1.0'},
            {'core': 'commit', 'app': 'commit dependency'},
        ),
        # Extras and build requirements count, development groups and packages themselves do not.
        (
            {'a': P('core:o'), 'b': P('core:b'), 'c': P('core:g'), 'core': P('core:o', commits=(FIX,))},
            {},
            {'core': '1.0.1', 'a': '1.0.1', 'b': '1.0.1'},
            {'core': 'commit', 'a': 'dependency', 'b': 'dependency'},
        ),
        # A circle through an extra ends.
        (
            {'core': P('plug:o', commits=(FEAT,)), 'plug': P('core')},
            {},
            {'core': '1.1.0', 'plug': '1.0.1'},
            {'core': 'commit dependency', 'plug': 'dependency'},
        ),
        # What was never released is released as it stands, whatever it needs.
        (
            {'app': P('core', released=None), 'core': P(commits=(FEAT,))},
            {},
            {'core': '1.1.0', 'app': '0.1.0'},
            {'core': 'commit', 'app': 'initial'},
        ),
        # What takes no part is neither released nor a way for others.
        (
            {'app': P('core'), 'core': P(commits=(FIX,), release=False)},
            {},
            {},
            {},
        ),
    ],
)
def test_dependents_follow_as_the_rules_say(
    packages: dict[str, P], rules: dict[str, Any], expected: dict[str, str], reasons: dict[str, str]
) -> None:
    """Through every number of packages, dependencies first."""
    decision = run(packages, **rules)
    assert versions(decision) == expected
    assert list(versions(decision)) == list(expected)
    assert kinds(decision) == reasons


FIXED, LINKED = {'g': Group(('a', 'b', 'c'), 'fixed')}, {'g': Group(('a', 'b', 'c'), 'linked')}


@pytest.mark.parametrize(
    ('packages', 'groups', 'expected', 'reasons'),
    [
        (
            {'a': P(commits=(FEAT,)), 'b': P(), 'c': P(commits=(FIX,)), 'd': P()},
            FIXED,
            {'a': '1.1.0', 'b': '1.1.0', 'c': '1.1.0'},
            {'a': 'commit', 'b': 'group', 'c': 'commit group'},
        ),
        # One that lags behind joins the others.
        (
            {'a': P(released='1.4.0'), 'b': P(released='0.3.0', commits=(FIX,))},
            FIXED,
            {'a': '1.4.1', 'b': '1.4.1'},
            {'a': 'group', 'b': 'commit'},
        ),
        # A new member gets the version of the group, however much it brings.
        (
            {'a': P(), 'b': P(released=None, version='0.1.0', commits=(BREAK,))},
            FIXED,
            {'a': '1.0.1', 'b': '1.0.1'},
            {'a': 'group', 'b': 'initial'},
        ),
        ({'a': P(released=None), 'b': P(released=None, version='0.2.0')}, FIXED, {'a': '0.2.0', 'b': '0.2.0'}, None),
        ({'a': P(version='3.0.0'), 'b': P()}, FIXED, {'a': '3.0.0', 'b': '3.0.0'}, {'a': 'manifest', 'b': 'group'}),
        ({'a': P(), 'b': P()}, FIXED, {}, {}),
        # A dependency outside pulls the whole group, and the group pulls what needs it.
        (
            {'a': P('x'), 'b': P(), 'x': P(commits=(FIX,)), 'y': P('b')},
            FIXED,
            {'b': '1.0.1', 'x': '1.0.1', 'a': '1.0.1', 'y': '1.0.1'},
            {'b': 'group', 'x': 'commit', 'a': 'dependency', 'y': 'dependency'},
        ),
        (
            {'a': P(commits=(FEAT,)), 'b': P(commits=(FIX,)), 'c': P()},
            LINKED,
            {'a': '1.1.0', 'b': '1.1.0'},
            {'a': 'commit', 'b': 'commit group'},
        ),
        # One that is pulled in gets the highest too, also where it comes late.
        (
            {'a': P(commits=(FEAT,)), 'b': P('x'), 'x': P(commits=(FIX,))},
            LINKED,
            {'a': '1.1.0', 'x': '1.0.1', 'b': '1.1.0'},
            {'a': 'commit', 'x': 'commit', 'b': 'dependency group'},
        ),
        # And one that comes late may be the highest.
        (
            {'a': P(commits=(FIX,)), 'b': P('x', released='4.0.0'), 'x': P(commits=(FIX,))},
            LINKED,
            {'a': '4.0.1', 'x': '1.0.1', 'b': '4.0.1'},
            {'a': 'commit group', 'x': 'commit', 'b': 'dependency'},
        ),
        (
            {'a': P(commits=(FEAT,)), 'b': P(commits=(FIX,))},
            {'g': Group(('*',), 'independent')},
            {'a': '1.1.0', 'b': '1.0.1'},
            {'a': 'commit', 'b': 'commit'},
        ),
    ],
)
def test_groups_share_versions(
    packages: dict[str, P], groups: dict[str, Group], expected: dict[str, str], reasons: dict[str, str] | None
) -> None:
    """Fixed ones always and all of them, linked ones where they are released."""
    decision = run(packages, groups=groups)
    assert versions(decision) == expected
    assert reasons is None or kinds(decision) == reasons


def test_a_late_raise_of_a_linked_group_reaches_dependents() -> None:
    """`range` asks about the version that is released in the end."""
    packages = {'a': P(commits=(FIX,)), 'b': P(commits=(BREAK,)), 'user': P('a')}
    decision = run(packages, groups=LINKED, propagate='range')
    assert versions(decision) == {'a': '2.0.0', 'b': '2.0.0', 'user': '1.0.1'}


@pytest.mark.parametrize(
    ('bump', 'expected'), [({'py:a': 'major'}, '2.0.0'), ({'py:a': 'patch'}, '1.0.1')], ids=['above', 'below']
)
def test_what_is_asked_of_one_holds_for_its_fixed_group(bump: dict[str, str], expected: str) -> None:
    """Whatever the commits of the others say."""
    decision = run({'a': P(), 'b': P(commits=(FEAT,))}, Inputs(bump=bump), groups=FIXED)
    assert versions(decision) == {'a': expected, 'b': expected}


def test_reasons_tell_what_happened() -> None:
    """The strongest commit first; types that the changelog lists are told too, others are not."""
    commits = ('docs: no', 'refactor(io): yes', 'fix: a', 'feat(api): b\n\nBREAKING CHANGE: gone', 'words')
    decision = run({'a': P('b', commits=commits), 'b': P(commits=(FIX,))}, Inputs(bump={'py:a': 'minor'}))
    assert decision.packages[1].reasons == (
        Reason(ReasonKind.OVERRIDE, detail='bump minor, where commits ask for major'),
        Reason(ReasonKind.COMMIT, commit='0000002', type='feat', scope='api', subject='b', breaking='gone'),
        Reason(ReasonKind.COMMIT, commit='0000003', type='fix', subject='a'),
        Reason(ReasonKind.COMMIT, commit='0000004', type='refactor', scope='io', subject='yes'),
        Reason(ReasonKind.DEPENDENCY, package='py:b', detail='1.0.1'),
    )


@pytest.mark.parametrize(
    ('told', 'inputs', 'expected'),
    [
        (P(released=None), Inputs(), Reason(ReasonKind.INITIAL)),
        (P(version='3.0.0'), Inputs(), Reason(ReasonKind.MANIFEST, detail='3.0.0')),
        (P(version='2.0.0.dev0', commits=(FIX,)), Inputs(), Reason(ReasonKind.MANIFEST, detail='2.0.0.dev0')),
        (P(), Inputs(set={'py:a': '2.0'}), Reason(ReasonKind.OVERRIDE, detail='set 2.0')),
        (
            P(commits=(FIX,)),
            Inputs(set={'py:a': '2.0'}),
            Reason(ReasonKind.OVERRIDE, detail='set 2.0, where commits ask for patch'),
        ),
        (P(commits=(FIX,)), Inputs(bump={'py:a': 'patch'}), Reason(ReasonKind.OVERRIDE, detail='bump patch')),
        (
            P(commits=('chore: x\n\nRelease-As: 2.0',)),
            Inputs(),
            Reason(ReasonKind.RELEASE_AS, commit='0000001', detail='2.0'),
        ),
        (
            P(commits=(REVERT.format(9),)),
            Inputs(),
            Reason(ReasonKind.COMMIT, commit='0000001', type='fix', subject='Revert "x"'),
        ),
        (
            P(commits=('revert(io)!: x\n\nRefs: 1234567',)),
            Inputs(),
            Reason(ReasonKind.COMMIT, '0000001', 'fix', 'io', 'revert x', 'x'),
        ),
    ],
)
def test_the_first_reason_is_the_one_that_decides(told: P, inputs: Inputs, expected: Reason) -> None:
    """With what was overridden."""
    assert run({'a': told}, inputs).packages[0].reasons[0] == expected


def test_without_a_changelog_only_what_bumps_is_told() -> None:
    """No other type is of interest then."""
    commits = ('refactor: x', FIX)
    assert kinds(run({'a': P(commits=commits)}, changelog=False)) == {'a': 'commit'}
    assert kinds(run({'a': P(commits=commits)}, changelog=ChangelogRules())) == {'a': 'commit commit'}


def test_a_planned_package_carries_what_the_rest_needs() -> None:
    """A package that is not published is versioned and tagged, and goes to no target."""
    decision = run(
        {'a': P(commits=(FIX,), publish=False, version='0.9'), 'b': P(commits=(FEAT,))}, tag='v/{name}/{version}'
    )
    first, second = decision.packages
    assert (first.released, first.current, first.next, first.tag, first.targets) == (
        '1.0.0',
        '0.9',
        '1.0.1',
        'v/a/1.0.1',
        (),
    )
    assert (second.bump, second.targets) == (BumpKind.MINOR, ('index',))


def test_a_planned_tag_that_is_there_already_is_told() -> None:
    """Wherever it is; nothing else is."""
    tags = (TagRef('a-v1.0.1', 'c', merged=False), TagRef('a-v1.0.2', 'c', merged=False))
    assert run({'a': P(commits=(FIX,))}, tags=tags).taken == tags[:1]


def test_one_tag_may_name_a_workspace_whose_packages_share_one_version() -> None:
    """It is made where they are released."""
    groups = {'all': Group(('*',), 'fixed')}
    packages = {'a': P(commits=(FIX,)), 'b': P()}
    assert run(packages, groups=groups, umbrella_tag='{label}-{version}').umbrella_tags == {'py': 'py-1.0.1'}
    assert run({'a': P()}, umbrella_tag='v{version}').umbrella_tags == {}
    assert run({'a': P(release=False)}, umbrella_tag='v{version}').umbrella_tags == {}
    taken = (TagRef('v1.0.1', 'c', merged=True),)
    assert run(packages, groups=groups, umbrella_tag='v{version}', tags=taken).taken == taken


@pytest.mark.parametrize(
    ('only', 'expected'),
    [
        (('app',), {'app': '1.0.1'}),
        (('py:a*',), {'app': '1.0.1'}),
        (('core', 'user'), {'core': '1.1.0', 'user': '1.0.1'}),
        (('core',), {'core': '1.1.0'}),
        (('quiet',), {}),
    ],
)
def test_only_what_is_selected_is_released(only: tuple[str, ...], expected: dict[str, str]) -> None:
    """Dependents of a selected package may wait; what is not selected is unchanged."""
    packages = {'app': P(commits=(FIX,)), 'core': P(commits=(FEAT,)), 'user': P('core'), 'quiet': P()}
    decision = run(packages, Inputs(only=only))
    assert versions(decision) == expected
    assert len(decision.unchanged) == 4 - len(expected)


NEEDY = {'app': P('core', commits=(FIX,)), 'core': P(commits=(FEAT,)), 'off': P(release=False)}


@pytest.mark.parametrize(
    ('packages', 'inputs', 'rules', 'code', 'hint'),
    [
        (NEEDY, Inputs(bump={'py:cor': 'minor'}), {}, Code.PACKAGE_UNKNOWN, 'Did you mean `py:core`?'),
        (NEEDY, Inputs(set={'zzz': '1.0'}), {}, Code.PACKAGE_UNKNOWN, 'Run `releasekit discover`'),
        (NEEDY, Inputs(only=('ap', 'core')), {}, Code.PACKAGE_UNKNOWN, 'Did you mean `py:app`?'),
        (NEEDY, Inputs(bump={'py:off': 'minor'}), {}, Code.USAGE, 'Take `release: false` away from `off`'),
        (NEEDY, Inputs(bump={'py:app': 'huge'}), {}, Code.USAGE, 'Choose one of major, minor, patch.'),
        (NEEDY, Inputs(bump={'py:app': 'minor'}, set={'py:app': '2.0'}), {}, Code.USAGE, 'Leave one of the two away'),
        (NEEDY, Inputs(set={'py:app': 'two'}), {}, Code.VERSION_INVALID, 'Write it as'),
        (NEEDY, Inputs(set={'py:app': '1.0.0'}), {}, Code.VERSION_INVALID, 'Ask for a version above 1.0.0.'),
        (NEEDY, Inputs(set={'py:app': '0.9'}), {}, Code.VERSION_INVALID, 'Ask for a version above 1.0.0.'),
        (NEEDY, Inputs(bump={'py:app': 'major'}, only=('core',)), {}, Code.USAGE, 'Add `--only py:app`.'),
        (NEEDY, Inputs(only=('app',)), {}, Code.USAGE, 'Add `--only py:core`.'),
        (NEEDY, Inputs(prerelease='soon'), {}, Code.VERSION_INVALID, 'Choose a, b, rc or dev.'),
        (NEEDY, Inputs(only=('core',)), {'groups': {'g': Group(('*',), 'fixed')}}, Code.USAGE, 'Add `--only py:app`.'),
        (NEEDY, Inputs(), {'umbrella_tag': 'v{version}'}, Code.SPEC_INVALID, 'Put all of them into one fixed group'),
        (
            NEEDY,
            Inputs(),
            {'groups': {'g': Group(('a*',)), 'h': Group(('*p',))}},
            Code.SPEC_INVALID,
            'Let the globs of one group only fit it.',
        ),
        (
            {'a': P(commits=(FIX,))},
            Inputs(),
            {'umbrella_tag': '{label}-v{version}', 'tag': '{label}-v{version}'},
            Code.TAG_AMBIGUOUS,
            'Change `workspaces.py.umbrella_tag`',
        ),
        ({'a': P('b'), 'b': P('a')}, Inputs(), {}, Code.GRAPH_CYCLE, 'Take one of these edges away'),
        ({'a': P(version='one', commits=(FIX,))}, Inputs(), {}, Code.VERSION_INVALID, 'Write it as'),
        ({'a': P(commits=('fix: x\n\nRelease-As: 0.5.0',))}, Inputs(), {}, Code.VERSION_INVALID, 'Ask for a version'),
    ],
)
def test_what_cannot_be_is_refused_with_advice(
    packages: dict[str, P], inputs: Inputs, rules: dict[str, Any], code: Code, hint: str
) -> None:
    """Before anything is planned."""
    with pytest.raises(ReleaseKitError) as caught:
        run(packages, inputs, **rules)
    assert caught.value.code is code
    assert hint in caught.value.problems[0].hint
