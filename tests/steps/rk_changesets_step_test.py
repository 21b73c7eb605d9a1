# SPDX-License-Identifier: Apache-2.0
"""A release takes its changesets with it: all of one that is done, and no more than that."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import pytest

from releasekit.core import diff
from releasekit.core.actions import EditFile
from releasekit.core.package import Package, Workspace
from releasekit.core.plan import Base, BumpKind, Inputs, Plan, PlannedPackage
from releasekit.run.expand import expand
from releasekit.spec.model import Commits, Spec, Task, UseStep, VersionRules, WorkspaceSpec
from releasekit.steps.base import NoOptions, Run, Skip
from releasekit.steps.changesets import changesets

WORKSPACE = Workspace(
    tuple(Package(f'py:{name}', name, 'py', 'python', name, f'{name}/m', '1.0.0') for name in ('a', 'b', 'c'))
)
BOTH = "---\n'a': minor\nb: patch # why\n---\n\nAll\n"


def run_of(
    files: Mapping[str, str], released: Mapping[str, str], only: tuple[str, ...] = (), convention: str = 'both'
) -> Run:
    """A run that releases these versions, in a tree with these changesets."""
    rules = {'conventional': Commits(), 'both': Commits(convention='both')}[convention]
    spec = Spec(version=1, workspaces={'py': WorkspaceSpec(ecosystem='python')}, commits=rules)
    planned = tuple(
        PlannedPackage(
            f'py:{name}', name, 'py', 'python', name, '1.0.0', '1.0.0', next_, BumpKind.MINOR, f'{name}-v', (), ()
        )
        for name, next_ in released.items()
    )
    inputs = Inputs(only=only)
    plan = Plan('1', 'digest', '2026-01-01', 0, inputs, Base('b' * 40, 'main'), planned, ())
    contents = {f'.changeset/{name}': text.encode() for name, text in files.items()}
    return Run(spec, WORKSPACE, plan, contents, frozenset(contents))


@pytest.mark.parametrize(
    ('files', 'released', 'only', 'left'),
    [
        # Everything that asks for something is released.
        ({'x.md': BOTH}, {'a': '1.1.0', 'b': '1.0.1'}, (), {'x.md': None}),
        # What asks for nothing, and what is of nobody, goes with the next release of all.
        ({'x.md': '---\nc: none\n---\n', 'y.md': '---\n---\n'}, {'a': '1.1.0'}, (), {'x.md': None, 'y.md': None}),
        # Of some packages only, the changesets of the others stay.
        ({'x.md': BOTH}, {'a': '1.1.0'}, ('py:a',), {'x.md': '---\nb: patch # why\n---\n\nAll\n'}),
        ({'x.md': '---\nb: patch\n---\n', 'y.md': '---\n---\n'}, {'a': '1.1.0'}, ('py:a',), {}),
        ({'x.md': '---\na: none\n---\n'}, {'b': '1.1.0'}, ('py:a', 'py:b'), {'x.md': None}),
        # A prerelease keeps them all, and of a mixed release those of the prereleases.
        ({'x.md': BOTH, 'y.md': '---\nc: none\n---\n'}, {'a': '1.1.0rc1', 'b': '1.0.1rc1'}, (), {}),
        ({'x.md': BOTH}, {'a': '1.1.0rc1', 'b': '1.0.1'}, (), {'x.md': "---\n'a': minor\n---\n\nAll\n"}),
    ],
)
def test_what_is_released_goes(
    files: Mapping[str, str], released: Mapping[str, str], only: tuple[str, ...], left: Mapping[str, str | None]
) -> None:
    """And what waits for another release stays, to the byte."""
    run = run_of(files, released, only)
    expansion = expand(run, 'release', {'release': Task(steps=(UseStep('changesets'),))})
    edits = [action for action in expansion.plan.actions if isinstance(action, EditFile)]
    after = {
        edit.path.rpartition('/')[2]: diff.apply(run.text(edit.path) or '', edit.diff) if edit.after else None
        for edit in edits
    }
    assert after == left
    assert [str(edit).split(' ', maxsplit=1)[0] for edit in edits] == [
        'delete' if left[name] is None else 'edit' for name in after
    ]


def test_a_promotion_keeps_what_it_does_not_release() -> None:
    """Packages without a candidate have their turn later, and so has what is of nobody."""
    run = run_of({'x.md': BOTH, 'y.md': '---\n---\n', 'z.md': '---\na: minor\n---\n'}, {'a': '1.1.0'})
    run = dataclasses.replace(run, plan=dataclasses.replace(run.plan, inputs=Inputs(promote=True)))
    edits = changesets(run, NoOptions())
    assert not isinstance(edits, Skip)
    assert {str(edit).partition(':')[0] for edit in edits} == {'edit .changeset/x.md', 'delete .changeset/z.md'}


def test_calendar_versions_have_prereleases_too() -> None:
    """Their changesets stay as well."""
    run = run_of({'x.md': BOTH}, {'a': '2026.11.1rc1', 'b': '2026.11.1'})
    rules = WorkspaceSpec(ecosystem='python', version=VersionRules(scheme='calver'))
    run = dataclasses.replace(run, spec=dataclasses.replace(run.spec, workspaces={'py': rules}))
    edits = changesets(run, NoOptions())
    assert not isinstance(edits, Skip)
    assert [str(edit).partition(':')[0] for edit in edits] == ['edit .changeset/x.md']


@pytest.mark.parametrize(
    ('run', 'reason'),
    [
        (run_of({'x.md': BOTH}, {'a': '1.1.0'}, (), 'conventional'), 'levels come from commits alone'),
        (run_of({'x.md': BOTH}, {}), 'nothing to release'),
        (run_of({'README.md': 'x'}, {'a': '1.1.0'}), 'no changeset is released'),
    ],
)
def test_there_may_be_nothing_to_take_away(run: Run, reason: str) -> None:
    """And the step says why."""
    assert changesets(run, NoOptions()) == Skip(reason)
