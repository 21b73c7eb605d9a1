# SPDX-License-Identifier: Apache-2.0
"""Who made a release: everybody once, as the mailmap has them, newcomers marked."""

from __future__ import annotations

import pytest

from releasekit.core.commits import ParsedCommit
from releasekit.core.people import Mailmap, People, authors

ANN = 'Ann <ann@example.org>'
BEN = 'Ben <12345+ben-io@users.noreply.github.com>'
BOT = 'renovate[bot] <29139614+renovate[bot]@users.noreply.github.com>'


def commit(hash_: str, *people: str, references: tuple[str, ...] = ()) -> ParsedCommit:
    helped = tuple(('Co-authored-by', person) for person in people[1:])
    return ParsedCommit(hash_, 'feat: x', (), author=people[0], footers=helped, references=references)


def told(*commits: ParsedCommit, mailmap: str = '', before: tuple[str, ...] = ()) -> list[tuple[str, str | None, int]]:
    found = People(Mailmap.read(mailmap), before).of(commits)
    return [(each.name, each.handle, len(each.commits)) for each in found]


@pytest.mark.parametrize(
    ('message', 'expected'),
    [
        ('feat: x', (ANN,)),
        (f'feat: x\n\nCo-authored-by: {BEN}', (ANN, BEN)),
        (f'feat: x\n\nco-authored-by: {BEN}\nCo-Authored-By: {ANN}\nSigned-off-by: C <c@d>', (ANN, BEN)),
        ('feat: x\n\nCo-authored-by: nobody', (ANN,)),
    ],
)
def test_who_helped_is_an_author_too(message: str, expected: tuple[str, ...]) -> None:
    """Once, however often they are named."""
    assert authors(ANN, message) == expected


def test_people_stand_by_what_they_did() -> None:
    """The busiest first, then by name; a handle comes from the address that GitHub gives."""
    assert told(commit('1', ANN), commit('2', BEN), commit('3', BEN, ANN), commit('4', BEN)) == [
        ('Ben', 'ben-io', 3),
        ('Ann', None, 2),
    ]


@pytest.mark.parametrize(
    ('mailmap', 'expected'),
    [
        ('', [('Anni', None, 1), ('Ann', None, 1)]),
        ('Ann Smith <ann@example.org>\nAnn Smith <anni@home.example>', [('Ann Smith', None, 2)]),
        ('<ann@example.org> <anni@home.example>', [('Anni', None, 2)]),
        ('Ann Smith <ann@example.org> <ANNI@home.example> # moved', [('Ann Smith', None, 2)]),
        ('Ann Smith <ann@example.org> anni <anni@home.example>', [('Ann Smith', None, 2)]),
        ('Ann Smith <ann@example.org> Other <anni@home.example>\nnonsense', [('Anni', None, 1), ('Ann', None, 1)]),
    ],
)
def test_a_mailmap_makes_one_of_two(mailmap: str, expected: list[tuple[str, str | None, int]]) -> None:
    """In the forms that git knows."""
    found = told(commit('1', 'Anni <anni@home.example>'), commit('2', ANN), mailmap=mailmap)
    assert sorted(found) == sorted(expected)


def test_the_same_name_or_address_is_the_same_person() -> None:
    """Without any mailmap."""
    assert told(commit('1', ANN), commit('2', 'Ann <other@example.org>'), commit('3', 'A. <ann@example.org>')) == [
        ('Ann', None, 3)
    ]


def test_whom_no_release_had_is_new() -> None:
    """Known by name or address; no bot is, and nobody in the first release of all."""
    commits = [commit('1', ANN), commit('2', BEN), commit('3', BOT), commit('4', 'Cy <cy@example.org>')]
    found = People(Mailmap.read(''), [ANN, 'Cyrus <cy@example.org>']).of(commits)
    assert {each.name for each in found if each.new} == {'Ben'}
    assert not any(each.new for each in People(Mailmap.read(''), ()).of(commits))


def test_bots_are_told_apart() -> None:
    """By the ends of their names."""
    found = People(Mailmap.read(''), ()).of([commit('1', BOT, 'release-bot <r@b>', 'Abbot <a@b>')])
    assert {each.name: each.bot for each in found} == {'renovate[bot]': True, 'release-bot': True, 'Abbot': False}


def test_requests_are_those_of_the_commits() -> None:
    """Sorted by their numbers."""
    commits = [commit('1', ANN, references=('request #12', 'closes #1')), commit('2', ANN, references=('request #7',))]
    assert People(Mailmap.read(''), ()).of(commits)[0].requests == ('#7', '#12')


def test_the_order_of_commits_does_not_matter() -> None:
    """Git may tell them in another one."""
    commits = [commit('1', ANN), commit('2', 'A. <ann@example.org>'), commit('3', BEN)]
    people = People(Mailmap.read(''), [ANN])
    assert people.of(commits) == people.of(commits[::-1])
