# SPDX-License-Identifier: Apache-2.0
"""A revert finds what it takes back in the walk: by hash, by request or by subject, and never by guessing."""

from __future__ import annotations

import pytest

from releasekit.core.commits import RawCommit, Revert
from releasekit.core.history import Walk
from releasekit.core.levels import Level, judge
from releasekit.core.package import Package, Workspace
from releasekit.spec.model import Commits, Spec

PACKAGE = Package('py:a', 'a', 'py', 'any', '.', 'm', '1.0.0')
TYPES = Commits().types
# Messages from the newest to the oldest, and the commits (by number, the newest is 0) that the newest takes back.
LINES = [
    ('GitHub, squashed',
     ['Revert "feat: x (#12)" (#13)\n\nReverts acme/mono#12', 'fix: y (#11)', 'feat: x (#12)'], [2]),
    ('GitHub, no text', ['Revert "feat: x (#12)" (#13)', 'feat: x (#12)'], [1]),
    ('the title was edited', ['Revert "feat: x (#12)" (#13)', 'feat: other (#12)'], [1]),
    ('only the number tells',
     ['Revert "feat: x" (#13)\n\nReverts acme/mono#12', 'feat: x (#11)', 'feat: y (#12)'], [2]),
    ('reapplied',
     ['Reapply "feat: x (#12)" (#14)\n\nReverts a/b#13', 'Revert "feat: x (#12)" (#13)', 'feat: x (#12)'], [1]),
    ('AngularJS', ['revert: feat(a): x', 'fix: y', 'feat(a): x'], [2]),
    ('squashed by its subject', ['revert: feat: x (#13)', 'feat: x (#12)'], [1]),
    ('git without its sentence', ['Revert "feat: x"', 'feat: x'], [1]),
    ('the number is part of the subject', ['Revert "feat: x" (#13)', 'feat: x (#12)'], [1]),
    ('words', ['Revert "Add x" (#2)', 'Add x'], [1]),
]  # fmt: skip
# Where there is no target, or more than one.
NOWHERE = [
    ('released before', ['Revert "feat: x (#12)" (#13)', 'fix: y'], Level.PATCH),
    ('two of one subject', ['Revert "feat: x"', 'feat: x', 'feat: x'], Level.MINOR),
    ('a longer number', ['Revert "feat: x (#1)" (#13)', 'feat: x (#12)'], Level.MINOR),
    ('by its own type', ['revert: feat: x', 'docs: y'], Level.PATCH),
    ('itself', ['revert: feat: x (#12)', 'docs: y'], Level.PATCH),
]


def walk(messages: list[str], *, first_parent: bool = False) -> Walk:
    found = Walk(Spec(version=1, workspaces={}, commits=Commits(first_parent=first_parent)), Workspace((PACKAGE,)))
    for number, message in enumerate(messages):
        found.add(RawCommit(hash_(number), (hash_(number + 1),), 'A <a@b>', message, ('file',)))
    return found


def hash_(number: int) -> str:
    return f'{number:040x}'


@pytest.mark.parametrize(('how', 'messages', 'expected'), LINES, ids=[row[0] for row in LINES])
def test_a_revert_is_linked_to_its_target(how: str, messages: list[str], expected: list[int]) -> None:
    """And then neither of the two counts."""
    commits = walk(messages).by_package['py:a']
    assert commits[0].reverts == tuple(Revert(hash_(number)) for number in expected), how
    standing = {commit.hash for _, commit, _ in judge(commits, TYPES).changes}
    assert standing.isdisjoint({commits[0].hash, *(hash_(number) for number in expected)})


@pytest.mark.parametrize(('how', 'messages', 'expected'), NOWHERE, ids=[row[0] for row in NOWHERE])
def test_a_revert_without_a_certain_target_takes_nothing_back(how: str, messages: list[str], expected: Level) -> None:
    """It is a fix of what was released, or what its own type says."""
    commits = walk(messages).by_package['py:a']
    verdict = judge(commits, TYPES)
    assert verdict.level is expected, how
    assert commits[0].hash in {commit.hash for _, commit, _ in verdict.changes}


def test_a_later_commit_is_not_what_was_taken_back() -> None:
    """The same thing may be done again."""
    commits = walk(['feat: x', 'Revert "feat: x"', 'feat: x']).by_package['py:a']
    assert commits[1].reverts == (Revert(hash_(2)),)
    assert [commit.hash for _, commit, _ in judge(commits, TYPES).changes] == [hash_(0)]


@pytest.mark.parametrize(
    ('revert', 'merge'),
    [
        ('Revert "x" (#13)\n\nReverts acme/mono#12', 'Merge pull request #12 from acme/x\n\nfeat: x'),
        ("Revert \"Merge branch 'x' into 'main'\"\n\nThis reverts merge request !12",
         "Merge branch 'x' into 'main'\n\nfeat: x\n\nSee merge request acme/mono!12"),
        ('Revert "x" (#13)\n\nReverts #12', 'Merged in x (pull request #12)\n\nfeat: x'),
    ],
    ids=['GitHub', 'GitLab', 'Bitbucket'],
)  # fmt: skip
def test_a_request_that_was_merged_is_taken_back_whole(revert: str, merge: str) -> None:
    """All commits that its merge brought in, none of the line that it was merged into."""
    found = Walk(Spec(version=1, workspaces={}), Workspace((PACKAGE,)))
    for raw in (
        RawCommit('5', ('4',), 'A', revert, ('file',)),
        RawCommit('4', ('1', '3'), 'A', merge, ()),
        RawCommit('3', ('2',), 'A', 'feat: two', ('file',)),
        RawCommit('2', ('0',), 'A', 'feat: one', ('file',)),
        RawCommit('1', ('0',), 'A', 'fix: line', ('file',)),
        RawCommit('0', (), 'A', 'chore: begin', ('file',)),
    ):
        found.add(raw)
    commits = found.by_package['py:a']
    assert {one.commit for one in commits[0].reverts} == {'4', '3', '2'}
    assert [change.subject for _, _, change in judge(commits, TYPES).changes] == ['line', 'begin']
