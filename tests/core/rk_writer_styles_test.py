# SPDX-License-Identifier: Apache-2.0
"""Notes as they are written: styles, links, who did it, what was updated, and several packages together."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from releasekit.core.changelog import Writer, section
from releasekit.core.entries import notes, part
from releasekit.core.forge import Forge
from releasekit.core.notes import Notes
from releasekit.core.plan import Base, BumpKind, Contributor, Inputs, Plan, PlannedPackage, Reason, ReasonKind, Span
from releasekit.spec.model import ChangelogRules

GITHUB = Forge('github', 'github.com', 'acme/mono')
GITLAB = Forge('gitlab', 'gitlab.com', 'acme/mono')
CLOUD = Forge('bitbucket', 'bitbucket.org', 'acme/mono')
WEB = 'https://github.com/acme/mono'
DAY = '2026-11-23'
FIRST, SECOND, THIRD = 'a' * 40, 'b' * 40, 'c' * 40
ANN = Contributor('Ann', 'ann-io', new=True, bot=False, commits=(FIRST, SECOND), requests=('#7',))
BEN = Contributor('Ben | @ben', None, new=False, bot=False, commits=(SECOND,), requests=())
BOT = Contributor('renovate[bot]', 'renovate[bot]', new=False, bot=True, commits=(THIRD,), requests=())


def commit(type_: str, subject: str, scope: str | None = None, **more: Any) -> Reason:
    made = Reason(ReasonKind.COMMIT, FIRST, type_, scope, subject)
    return dataclasses.replace(made, **more)


def released(*reasons: Reason, name: str = 'core', version: str = '1.4.0', **more: Any) -> PlannedPackage:
    package = PlannedPackage(
        id=f'py:{name}',
        name=name,
        workspace='py',
        ecosystem='any',
        path=name,
        released='1.3.0',
        current='1.3.0',
        next=version,
        bump=BumpKind.MINOR,
        tag=f'{name}-v{version}',
        targets=(),
        reasons=reasons,
        span=Span(3, 4, 2, '2026-11-03', f'{name}-v1.3.0'),
    )
    return dataclasses.replace(package, **more)


def together(*packages: PlannedPackage, forge: Forge | None = None, rules: ChangelogRules | None = None) -> Notes:
    plan = Plan('1', 'x', DAY, 0, Inputs(), Base('c', 'main'), packages, (), spans={'*': Span(5, 6, 3, '2026-11-01')})
    parts = [part(package, rules or ChangelogRules(), forge, DAY) for package in packages]
    return notes(parts, 'mono', plan, forge)


def test_on_a_forge_everything_has_its_page() -> None:
    """The version, the commit, and what it refers to; what its text says already is not said again."""
    reasons = (
        commit('feat', 'add retries (#7)', references=('request #7', 'closes #12')),
        commit('fix', 'mend GH-3, as in acme/lib#4', commit=SECOND, references=('refs GH-3',)),
    )
    assert section(released(*reasons), ChangelogRules(), DAY, GITHUB) == (
        f'## [1.4.0]({WEB}/compare/core-v1.3.0...core-v1.4.0) - {DAY}\n\n'
        f'### Added\n\n- add retries ([#7]({WEB}/pull/7)) ([aaaaaaa]({WEB}/commit/{FIRST}), '
        f'closes [#12]({WEB}/issues/12))\n\n'
        f'### Fixed\n\n- mend [GH-3]({WEB}/issues/3), as in [acme/lib#4](https://github.com/acme/lib/issues/4) '
        f'([bbbbbbb]({WEB}/commit/{SECOND}))\n'
    )


def test_without_a_forge_nothing_is_linked() -> None:
    """And everything is said."""
    text = section(released(commit('feat', 'x #1', references=('closes #12',))), ChangelogRules(), DAY)
    assert text == f'## [1.4.0] - {DAY}\n\n### Added\n\n- x #1 (aaaaaaa, closes #12)\n'


def test_the_first_release_has_the_page_of_its_tag() -> None:
    """There is nothing to compare it with."""
    package = released(Reason(ReasonKind.INITIAL), released=None, span=Span(1, 1, 1))
    text = section(package, ChangelogRules(), DAY, GITHUB)
    assert text == f'## [1.4.0]({WEB}/releases/tag/core-v1.4.0) - {DAY}\n\n- First release.\n'


def test_the_conventional_style_has_the_words_of_its_tools() -> None:
    """Stars, dates in parentheses, and their titles; what breaks is on top."""
    reasons = (commit('feat', 'drop x', 'api', breaking='Use y.'), commit('fix', 'mend'), commit('perf', 'run'))
    assert section(released(*reasons), ChangelogRules(style='conventional'), DAY) == (
        f'## 1.4.0 ({DAY})\n\n### ⚠ BREAKING CHANGES\n\n* **api:** Use y. (aaaaaaa)\n\n'
        '### Features\n\n* **api:** drop x (aaaaaaa)\n\n### Bug Fixes\n\n* mend (aaaaaaa)\n\n'
        '### Performance Improvements\n\n* run (aaaaaaa)\n'
    )


def test_contributors_have_a_table() -> None:
    """Newcomers are marked, nobody is mentioned, and bots are left out."""
    package = released(commit('feat', 'walk | run'), commit('fix', 'mend', commit=SECOND), contributors=(ANN, BEN, BOT))
    text = section(package, ChangelogRules(authors=True), DAY, GITHUB)
    assert text.partition('### Contributors\n\n')[2] == (
        '| Contributor | Requests | Commits | Changes |\n|---|---|---|---|\n'
        f'| [Ann](https://github.com/ann-io) (first contribution) | [#7]({WEB}/pull/7) | 2 | walk \\| run; mend |\n'
        '| Ben \\| `@ben` |  | 1 | mend |\n'
    )


def test_bots_are_named_where_they_are_wanted() -> None:
    """With brackets that are no link."""
    package = released(commit('feat', 'x'), contributors=(BOT,))
    text = section(package, ChangelogRules(authors=True, bots=True), DAY, GITHUB)
    assert '| [renovate\\[bot\\]](https://github.com/renovate%5Bbot%5D) |' in text


@pytest.mark.parametrize(
    ('span', 'expected'),
    [
        (Span(3, 4, 2, '2026-11-03', 'v1'), '3 commits by 2 contributors in 20 days, touching 4 files.\n'),
        (Span(1, 1, 1), '1 commit by 1 contributor, touching 1 file.\n'),
    ],
)
def test_a_line_tells_what_the_release_is_made_of(span: Span, expected: str) -> None:
    """In the numbers of its own range."""
    text = section(released(commit('feat', 'x'), span=span), ChangelogRules(statistics=True), DAY)
    assert text.endswith(f'\n\n{expected}')


UPDATES = (commit('chore', 'bump a', 'deps'), commit('build', 'bump b', 'deps-dev'), commit('fix', 'bump c', 'deps'))


@pytest.mark.parametrize(
    ('forge', 'updates', 'expected'),
    [
        (None, 'collapsed', '### Dependencies\n\n- 3 updates: bump a; bump b; bump c\n'),
        (CLOUD, 'collapsed', '### Dependencies\n\n- 3 updates: bump a; bump b; bump c\n'),
        (None, 'none', '- No notable changes.\n'),
        (
            None,
            'listed',
            (
                '### Fixed\n\n- **deps:** bump c (aaaaaaa)\n\n'
                '### Dependencies\n\n- **deps:** bump a (aaaaaaa)\n- **deps-dev:** bump b (aaaaaaa)\n'
            ),
        ),
    ],
)
def test_updates_of_dependencies_take_little_room(forge: Forge | None, updates: Any, expected: str) -> None:
    """Unless they are wanted one by one."""
    text = section(released(*UPDATES), ChangelogRules(updates=updates), DAY, forge)
    assert text.split('\n\n', maxsplit=1)[1] == expected


@pytest.mark.parametrize('forge', [GITHUB, GITLAB])
def test_updates_fold_where_the_forge_folds(forge: Forge) -> None:
    """Below the packages of the repository that are needed; one alone is an entry as others are."""
    needed = Reason(ReasonKind.DEPENDENCY, package='py:util', detail='2.0.0')
    text = section(released(needed, *UPDATES), ChangelogRules(), DAY, forge)
    assert '- util 2.0.0\n\n<details>\n<summary>3 dependency updates</summary>\n\n- **deps:** bump a' in text
    assert text.endswith('\n\n</details>\n')
    assert '<details>' not in section(released(UPDATES[0]), ChangelogRules(), DAY, forge)


def test_many_internal_dependencies_are_told_in_one_line() -> None:
    """A few have a line each."""
    needed = [Reason(ReasonKind.DEPENDENCY, package=f'py:p{number}', detail='2.0') for number in range(6)]
    text = section(released(*needed), ChangelogRules(), DAY)
    assert '- 6 packages of this repository: p0 2.0, p1 2.0,' in text


def test_several_packages_have_one_section_with_a_heading_each() -> None:
    """Their version is that of the section where they share it, else the day is; who did it stands once."""
    core = released(commit('feat', 'x'), contributors=(ANN,))
    util = released(commit('fix', 'y', commit=SECOND), name='util', version='2.0.0', contributors=(ANN, BEN))
    rules = ChangelogRules(per='repository', authors=True, statistics=True)
    text = Writer(rules, None).together(together(core, util, rules=rules))
    assert text == (
        f'## {DAY}\n\n### core 1.4.0\n\n#### Added\n\n- x (aaaaaaa)\n\n### util 2.0.0\n\n#### Fixed\n\n'
        '- y (bbbbbbb)\n\n### Contributors\n\n| Contributor | Requests | Commits | Changes |\n|---|---|---|---|\n'
        '| Ann (first contribution) | #7 | 2 | x; y |\n| Ben \\| `@ben` |  | 1 | y |\n\n'
        '5 commits by 3 contributors in 22 days, touching 6 files.\n'
    )
    same = dataclasses.replace(util, next='1.4.0')
    assert Writer(rules, None).together(together(core, same)).startswith(f'## [1.4.0] - {DAY}\n\n### core 1.4.0\n')


def test_notes_for_a_page_of_a_release_have_no_heading_of_their_own() -> None:
    """The forge shows the name of the release above them; a link leads to all changes."""
    told = together(released(commit('feat', 'x')), forge=GITHUB)
    assert Writer(ChangelogRules(), GITHUB).body(told) == (
        f'## Added\n\n- x ([aaaaaaa]({WEB}/commit/{FIRST}))\n\n[All changes]({WEB}/compare/core-v1.3.0...core-v1.4.0)\n'
    )
    two = together(released(commit('feat', 'x')), released(commit('fix', 'y'), name='util'))
    assert Writer(ChangelogRules(), None).body(two).startswith('### core 1.4.0\n\n#### Added\n')


@pytest.mark.parametrize(
    ('type_', 'scope', 'subject', 'category', 'critical'),
    [
        ('feat', None, 'x', 'added', False),
        ('fix', None, 'x', 'fixed', False),
        ('fix', None, 'stop the crash at start', 'fixed', True),
        ('fix', None, 'close CVE-2026-12345', 'security', True),
        ('security', None, 'x', 'security', True),
        ('feat', 'security', 'x', 'security', True),
        ('perf', None, 'x', 'performance', False),
        ('refactor', None, 'x', 'changed', False),
        ('deprecate', None, 'x', 'deprecated', False),
        ('removed', None, 'x', 'removed', False),
    ],
)
def test_an_entry_knows_what_kind_of_change_it_is(
    type_: str, scope: str | None, subject: str, category: str, critical: bool
) -> None:
    """By its type, its scope and its words."""
    entry = part(released(commit(type_, subject, scope)), ChangelogRules(), None, DAY).entries[0]
    assert (entry.category, entry.critical) == (category, critical)
