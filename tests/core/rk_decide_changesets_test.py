# SPDX-License-Identifier: Apache-2.0
"""Changesets decide as commits do: alone, or together with them, where the higher level wins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pytest

from releasekit.core.commits import RawCommit, parse
from releasekit.core.decide import Decision, decide
from releasekit.core.history import History, Released
from releasekit.core.levels import Ask, Level
from releasekit.core.package import Dependency, EdgeKind, Package, Workspace
from releasekit.core.plan import Inputs, Reason, ReasonKind
from releasekit.spec.model import Commits, Group, Spec, WorkspaceSpec

Told = Mapping[str, str]
LEVELS = {'M': Level.MAJOR, 'm': Level.MINOR, 'p': Level.PATCH, '-': Level.NONE}


def ask(level: str) -> Ask:
    return Ask(LEVELS[level], f'.changeset/{level}.md', f'What {level} is')


def asks(told: Told) -> dict[str, tuple[Ask, ...]]:
    """Changesets of each package, a letter for the level of each."""
    return {f'py:{name}': tuple(ask(level) for level in levels) for name, levels in told.items()}


def decided(
    told: Told,
    commits: Told | None = None,
    convention: Literal['conventional', 'changesets', 'both'] = 'changesets',
    inputs: Inputs | None = None,
    **more: Any,
) -> Decision:
    """What is decided of `a`, `b` that needs `a`, and `c`; `fresh` and `released` are as in History."""
    packages = tuple(
        Package(f'py:{name}', name, 'py', 'any', name, f'{name}/m', '1.0.0', dependencies=edges)
        for name, edges in {'a': (), 'b': (Dependency('py:a', EdgeKind.RUNTIME, ''),), 'c': ()}.items()
    )
    first = more.pop('first', ())
    released = {
        package.id: Released(more.get('released', '1.0.0'), 't', 'c', 'c')
        for package in packages
        if package.name not in first
    }
    stable = {id_: Released('1.0.0', 't', 'c', 'c') for id_ in released}
    parsed = {f'py:{name}': (parse(RawCommit('1', (), 'A', text, ()), {}),) for name, text in (commits or {}).items()}
    history = History(
        schemes={'py': 'pep440'},
        released=released,
        stable=stable,
        commits=parsed,
        recent=parsed,
        changesets=asks(told),
        fresh=asks(more.get('fresh', told)),
    )
    workspaces = {'py': WorkspaceSpec(ecosystem='python', groups=more.get('groups', {}))}
    spec = Spec(version=1, workspaces=workspaces, commits=Commits(convention=convention))
    return decide(spec, Workspace(packages), history, inputs or Inputs(), lambda *_: True)


def versions(decision: Decision) -> dict[str, str]:
    return {package.name: package.next for package in decision.packages}


@pytest.mark.parametrize(
    ('convention', 'told', 'commits', 'expected'),
    [
        ('changesets', {'c': 'pm'}, {'c': 'feat!: x'}, {'c': '1.1.0'}),
        ('changesets', {}, {'c': 'feat!: x'}, {}),
        ('changesets', {'c': '-'}, {}, {}),
        ('changesets', {'a': 'M'}, {}, {'a': '2.0.0', 'b': '1.0.1'}),
        ('changesets', {}, {'c': 'fix: x\n\nRelease-As: 3.0.0'}, {}),
        ('both', {'c': 'p'}, {'c': 'feat: x'}, {'c': '1.1.0'}),
        ('both', {'c': 'M'}, {'c': 'feat: x'}, {'c': '2.0.0'}),
        ('both', {'a': '-'}, {'c': 'fix: x'}, {'c': '1.0.1'}),
        ('both', {'c': 'p'}, {'c': 'fix: x\n\nRelease-As: 3.0.0'}, {'c': '3.0.0'}),
        ('conventional', {'c': 'M'}, {'c': 'feat: x'}, {'c': '1.1.0'}),
    ],
)
def test_the_convention_says_what_counts(
    convention: Literal['conventional', 'changesets', 'both'], told: Told, commits: Told, expected: dict[str, str]
) -> None:
    """Commits, changesets, or the higher of both; what needs a package follows it in any case."""
    assert versions(decided(told, commits, convention)) == expected


@pytest.mark.parametrize(
    ('versioning', 'expected'),
    [('fixed', {'a': '1.1.0', 'b': '1.0.1', 'c': '1.1.0'}), ('linked', {'a': '1.1.0', 'b': '1.0.1', 'c': '1.1.0'})],
)
def test_groups_share_what_changesets_ask_for(versioning: Literal['fixed', 'linked'], expected: dict[str, str]) -> None:
    """As they do with commits."""
    groups = {'pets': Group(packages=('a', 'c'), versioning=versioning)}
    assert versions(decided({'a': 'm', 'c': 'p'}, groups=groups)) == expected


def test_a_prerelease_counts_what_the_last_one_had_not() -> None:
    """Its level is that of all since the last stable version; the stable version has them all."""
    candidate = Inputs(prerelease='rc')
    again = decided({'c': 'mp'}, fresh={'c': 'p'}, released='1.1.0rc1', inputs=candidate)
    assert versions(again) == {'c': '1.1.0rc2'}
    assert [reason.level for reason in again.packages[0].reasons] == ['patch']
    assert versions(decided({'c': 'mp'}, fresh={'c': '-'}, released='1.1.0rc1', inputs=candidate)) == {}
    stable = decided({'c': 'mp'}, fresh={'c': ''}, released='1.1.0rc1')
    assert versions(stable) == {'c': '1.1.0'}
    assert [reason.level for reason in stable.packages[0].reasons] == ['minor', 'patch']


def test_the_reasons_name_the_changesets() -> None:
    """Their path, level and summary, the highest first, before commits; an override says what it overrides."""
    decision = decided({'c': 'pm-'}, {'c': 'fix: x'}, 'both', Inputs(bump={'py:c': 'major'}))
    assert decision.packages[0].reasons == (
        Reason(ReasonKind.OVERRIDE, detail='bump major, where commits and changesets ask for minor'),
        Reason(ReasonKind.CHANGESET, path='.changeset/m.md', level='minor', summary='What m is'),
        Reason(ReasonKind.CHANGESET, path='.changeset/p.md', level='patch', summary='What p is'),
        Reason(ReasonKind.COMMIT, commit='1', type='fix', subject='x'),
    )


def test_a_first_release_tells_its_changesets() -> None:
    """They were written for it; what commits said before is left out."""
    decision = decided({'c': 'm'}, {'c': 'feat: x'}, 'both', first=('c',))
    kinds = [reason.kind for reason in decision.packages[0].reasons]
    assert kinds == [ReasonKind.INITIAL, ReasonKind.CHANGESET]
