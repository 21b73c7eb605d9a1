# SPDX-License-Identifier: Apache-2.0
"""A commit counts for the packages whose files it changes, since the last release of each."""

from __future__ import annotations

import pytest

from releasekit.core.commits import RawCommit, Revert
from releasekit.core.globs import pattern
from releasekit.core.history import Walk
from releasekit.core.package import Package, Workspace
from releasekit.spec.model import Commits, Spec


def package(name: str, path: str, *also: str) -> Package:
    return Package(f'py:{name}', name, 'py', 'any', path, f'{path}/m', '1.0.0', also=also)


PACKAGES = (
    package('root', '.'),
    package('a', 'packages/a'),
    package('inner', 'packages/a/plugins/inner'),
    package('b', 'packages/b', 'proto/**/*.proto', 'shared/*.txt', 'data/[!x]?.bin'),
)


def walk(*commits: RawCommit, first_parent: bool = False, packages: tuple[Package, ...] = PACKAGES) -> Walk:
    found = Walk(Spec(version=1, workspaces={}, commits=Commits(first_parent=first_parent)), Workspace(packages))
    for commit in commits:
        found.add(commit)
    return found


def commit(hash_: str, *paths: str, parents: str = '', message: str = 'fix: x') -> RawCommit:
    return RawCommit(hash_, tuple(parents.split()), 'A <a@example.org>', message, paths)


def owners(found: Walk) -> dict[str, str]:
    """Packages without their label, with the hashes that count for them."""
    return {id_[3:]: ''.join(one.hash for one in commits) for id_, commits in found.by_package.items() if commits}


@pytest.mark.parametrize(
    ('path', 'expected'),
    [
        ('packages/a/x.py', 'a'),
        ('packages/a/deep/er/x.py', 'a'),
        ('packages/a/plugins/x.py', 'a'),
        ('packages/a/plugins/inner/x.py', 'inner'),
        ('packages/ab/x.py', 'root'),
        ('packages/a', 'root'),
        ('x.py', 'root'),
        ('proto/x.proto', 'b root'),
        ('proto/v1/deep/x.proto', 'b root'),
        ('proto/x.txt', 'root'),
        ('shared/x.txt', 'b root'),
        ('shared/deep/x.txt', 'root'),
        ('data/ab.bin', 'b root'),
        ('data/xb.bin', 'root'),
        ('packages/ä b/\n.py', 'root'),
    ],
)
def test_the_deepest_folder_has_a_path_and_also_adds_more(path: str, expected: str) -> None:
    """A package nested in another one keeps its own changes."""
    assert sorted(owners(walk(commit('1', path)))) == expected.split()


def test_one_commit_counts_for_every_package_that_it_touches() -> None:
    """Once each."""
    found = walk(commit('1', 'packages/a/x', 'packages/a/y', 'packages/b/x'))
    assert owners(found) == {'a': '1', 'b': '1'}


@pytest.mark.parametrize(
    ('message', 'packages', 'expected'),
    [
        ('feat(a): x', PACKAGES, {'a': '1'}),
        ('feat(py:b): x', PACKAGES, {'b': '1'}),
        ('feat(c): x', PACKAGES, {}),
        ('feat: x', PACKAGES, {}),
        ('anything\n\nRelease-As: 2.0.0', PACKAGES[:1], {'root': '1'}),
        ('Two (#1)\n\n* feat(a): x\n\n* fix(b): y', PACKAGES, {'a': '1', 'b': '1'}),
    ],
)
def test_a_commit_without_changes_counts_by_its_scope(
    message: str, packages: tuple[Package, ...], expected: dict[str, str]
) -> None:
    """Or for the only package that there is."""
    assert owners(walk(commit('1', message=message), packages=packages)) == expected


def test_release_commits_count_for_nobody() -> None:
    """They are known by the release manifest."""
    assert owners(walk(commit('1', 'packages/a/CHANGELOG.md', 'release-manifest.json'))) == {}


def test_a_merge_counts_through_its_parents_unless_only_first_parents_are_followed() -> None:
    """Then its own change is that of the branch."""
    merge = commit('1', 'packages/a/x', parents='2 3')
    assert owners(walk(merge)) == {}
    assert owners(walk(merge, first_parent=True)) == {'a': '1'}


# 1 merges 2 and 3, both of which come from 4, which comes from 5.
DIAMOND = [
    commit('1', 'packages/a/x', parents='2 3', message='Merge'),
    commit('2', 'packages/a/x', parents='4'),
    commit('3', 'packages/a/x', parents='4'),
    commit('4', 'packages/a/x', parents='5'),
    commit('5', 'packages/a/x'),
]


@pytest.mark.parametrize(
    ('base', 'expected'),
    [('5', '234'), ('4', '23'), ('3', '2'), ('2', '3'), ('1', ''), ('elsewhere', '2345')],
)
def test_what_a_base_reaches_is_released(base: str, expected: str) -> None:
    """Whatever way leads there; a base outside the walk reaches nothing of it."""
    found = walk(*DIAMOND).since({'py:a': base, 'py:b': '1'}, {})
    assert ''.join(one.hash for one in found['py:a']) == expected


def test_ranges_outrank_the_walk() -> None:
    """Where the walk does not tell what a base reaches."""
    found = walk(*DIAMOND).since({'py:a': 'off'}, {'off': {'2', '3'}})
    assert [one.hash for one in found['py:a']] == ['2', '3']


def revert(hash_: str, text: str, parents: str) -> RawCommit:
    return commit(hash_, 'packages/a/x', parents=parents, message=f'Revert "x"\n\nThis reverts commit {text}.')


FULL = ['1111111' + '0' * 33, '2222222' + '0' * 33, '2222222' + '1' * 33, '3333333' + '0' * 33]


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        (FULL[0], [Revert(FULL[0])]),
        ('1111111', [Revert(FULL[0])]),
        # Two commits begin like this, so that none is meant.
        ('2222222', [Revert('2222222')]),
        ('4444444', [Revert('4444444')]),
    ],
)
def test_shortened_hashes_are_spelt_out(text: str, expected: list[Revert]) -> None:
    """Where they name one commit of the walk."""
    others = [commit(hash_, 'packages/a/x') for hash_ in FULL]
    found = walk(revert('9', text, FULL[0]), *others).by_package['py:a'][0]
    assert list(found.reverts) == expected


def test_the_revert_of_a_merge_takes_back_all_that_it_brought_in() -> None:
    """What is beside it stays: the line that was merged into."""
    merge, kept, brought, older, base = (str(number) * 40 for number in range(1, 6))
    found = walk(
        revert('9', f'{merge}, reversing\nchanges made to {kept}', merge),
        commit(merge, parents=f'{kept} {brought}', message='Merge'),
        commit(brought, 'packages/a/x', parents=older),
        commit(older, 'packages/a/x', parents=base),
        commit(kept, 'packages/a/x', parents=base),
        commit(base, 'packages/a/x'),
    )
    assert {one.commit for one in found.by_package['py:a'][0].reverts} == {merge, brought, older}


@pytest.mark.parametrize(
    ('glob', 'path', 'fits'),
    [
        ('*.md', 'a.md', True),
        ('*.md', 'a/b.md', False),
        ('**/*.md', 'a.md', True),
        ('**/*.md', 'a/b/c.md', True),
        ('a/**', 'a/b/c', True),
        ('a/**', 'ab', False),
        ('a?c', 'abc', True),
        ('a?c', 'a/c', False),
        ('[ab]c', 'bc', True),
        ('[!ab]c', 'bc', False),
        ('[!ab]c', '/c', False),
        ('[a-c^\\[]x', '^x', True),
        ('a.c', 'abc', False),
        ('a[', 'a[', True),
    ],
)
def test_globs_stay_inside_a_folder_unless_they_go_through_all(glob: str, path: str, fits: bool) -> None:
    """As shells and CI systems read them."""
    assert (pattern(glob).fullmatch(path) is not None) is fits
