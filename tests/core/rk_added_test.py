# SPDX-License-Identifier: Apache-2.0
"""A changeset that is added has a name that follows from what it says; what is not said is found."""

from __future__ import annotations

import re

import pytest

from releasekit.core.added import added
from releasekit.core.changesets import Changeset, Entry, read
from releasekit.core.levels import Level
from releasekit.core.package import Package, Workspace
from releasekit.core.uncovered import examine
from releasekit.spec.model import Spec, WorkspaceSpec

IDS = ('js:core', 'py:bee', 'py:core', 'py:root')
PATHS = {'py:root': '.', 'py:bee': 'bee', 'py:core': 'py-core', 'js:core': 'js-core'}
WORKSPACE = Workspace(
    tuple(
        Package(id_, id_[3:], id_[:2], 'any', PATHS[id_], f'{id_}/m', '1.0.0', release=id_ != 'py:root') for id_ in IDS
    )
)
SPEC = Spec(version=1, workspaces={'py': WorkspaceSpec(ecosystem='python')})


def test_the_same_has_the_same_name() -> None:
    """So that adding it again adds nothing; other words have another name."""
    first = added('.changeset', WORKSPACE, {'py:bee': Level.MINOR}, 'Bees sing', {})
    assert re.fullmatch(r'\.changeset/[a-z]+-[a-z]+-[a-z]+\.md', first.path)
    assert first.written
    again = added('./.changeset/', WORKSPACE, {'py:bee': Level.MINOR}, ' Bees sing\n', {first.path: first.text})
    assert (again.path, again.written) == (first.path, False)
    assert added('.changeset', WORKSPACE, {'py:bee': Level.MINOR}, 'Bees hum', {}).path != first.path


def test_a_name_that_is_taken_is_left_alone() -> None:
    """Another text of that name is somebody else's change."""
    first = added('x', WORKSPACE, {}, 'Bees sing', {})
    second = added('x', WORKSPACE, {}, 'Bees sing', {first.path: 'another'})
    third = added('x', WORKSPACE, {}, 'Bees sing', {first.path: 'another', second.path: 'one more'})
    assert len({first.path, second.path, third.path}) == 3
    assert third.written


def test_packages_are_named_so_that_they_can_be_told_apart() -> None:
    """By name where only one has it, and sorted; it is read back as the same."""
    made = added('x', WORKSPACE, {'py:core': Level.MAJOR, 'py:bee': Level.NONE, 'js:core': Level.PATCH}, 'x', {})
    assert made.text == '---\n"js:core": patch\n"bee": none\n"py:core": major\n---\n\nx\n'
    assert [(each.package, each.level) for each in made.packages] == [
        ('js:core', 'patch'),
        ('py:bee', 'none'),
        ('py:core', 'major'),
    ]
    (found,) = read({made.path: made.text.encode()}, WORKSPACE)
    assert {entry.package for entry in found.entries} == {'js:core', 'py:bee', 'py:core'}


def changeset(*ids: str) -> Changeset:
    return Changeset('.changeset/a.md', tuple(Entry(id_, Level.NONE, 2) for id_ in ids), '')


@pytest.mark.parametrize(
    ('paths', 'new', 'missing', 'passed'),
    [
        (['bee/x.py'], [], ['py:bee'], 0),
        (['bee/x.py', 'js-core/y'], [changeset('py:bee')], ['js:core'], 1),
        (['bee/x.py', 'js-core/y'], [changeset('py:bee'), changeset('js:core')], [], 2),
        (['bee/x.py', 'js-core/y'], [changeset()], [], 2),
        # What takes no part in releases needs no changeset, and neither do the changesets themselves.
        (['README.md', '.changeset/a.md', '.changeset/config.json'], [], [], 0),
        # A release takes them away.
        (['bee/CHANGELOG.md', 'release-manifest.json'], [], [], 0),
    ],
)
def test_a_changed_package_needs_a_changeset(
    paths: list[str], new: list[Changeset], missing: list[str], passed: int
) -> None:
    """One that names it, or one of the whole change that names none."""
    found = examine(SPEC, WORKSPACE, paths, new, 'main')
    assert [finding.package for finding in found.findings] == missing
    assert (found.counts.passed, found.counts.failed) == (passed, len(missing))
    assert all(finding.path in paths and 'main' in finding.message for finding in found.findings)
