# SPDX-License-Identifier: Apache-2.0
"""Changelogs have the form of Keep a Changelog, and lose nothing that somebody wrote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasekit.core.changelog import section
from releasekit.core.page import insert as insert_below
from releasekit.core.plan import BumpKind, PlannedPackage, Reason, ReasonKind
from releasekit.core.prose import escape
from releasekit.core.styles import KEEP_A_CHANGELOG
from releasekit.spec.model import ChangelogRules


def insert(text: str | None, added: str, version: str) -> str:
    return insert_below(text, added, version, KEEP_A_CHANGELOG.header)


def released(*reasons: Reason, version: str = '1.4.0') -> PlannedPackage:
    return PlannedPackage(
        'py:core', 'core', 'py', 'any', 'core', '1.3.0', '1.3.0', version, BumpKind.MINOR, 'v', (), reasons
    )


def commit(type_: str, subject: str, scope: str | None = None, breaking: str | None = None) -> Reason:
    return Reason(ReasonKind.COMMIT, 'abcdef0123', type_, scope, subject, breaking)


def written(*reasons: Reason, rules: ChangelogRules | None = None) -> str:
    return section(released(*reasons), rules or ChangelogRules(), '2026-11-23')


def test_a_section_has_its_entries_by_title_in_the_order_of_the_rules() -> None:
    """Breaking changes stand on top, internal dependencies at the end."""
    text = written(
        Reason(ReasonKind.DEPENDENCY, package='py:util', detail='2.0.0'),
        commit('fix', 'mend it'),
        commit('refactor', 'turn it round', 'io'),
        commit('feat', 'add retries', 'http'),
        commit('feat', 'drop old API', breaking='The old API is gone.\n\nUse the new one.'),
        commit('docs', 'not listed'),
        Reason(ReasonKind.GROUP, group='sdk'),
    )
    assert text == (
        '## [1.4.0] - 2026-11-23\n\n'
        '### Breaking changes\n\n- The old API is gone.\n\n  Use the new one. (abcdef0)\n\n'
        '### Added\n\n- **http:** add retries (abcdef0)\n- drop old API (abcdef0)\n\n'
        '### Changed\n\n- **io:** turn it round (abcdef0)\n\n'
        '### Fixed\n\n- mend it (abcdef0)\n\n'
        '### Dependencies\n\n- util 2.0.0\n'
    )


def test_a_breaking_change_that_says_no_more_than_its_subject_stands_once() -> None:
    """Also where its type is not listed."""
    text = written(commit('feat', 'x', breaking='x'), commit('chore', 'y', breaking='y'))
    assert text == '## [1.4.0] - 2026-11-23\n\n### Breaking changes\n\n- x (abcdef0)\n- y (abcdef0)\n'


def test_the_rules_name_the_sections() -> None:
    """A type that they list is told, others are not."""
    rules = ChangelogRules(sections={'Documentation': ('docs',), 'New': ('feat',)})
    text = written(commit('feat', 'a'), commit('docs', 'b'), commit('fix', 'c'), rules=rules)
    assert text.split('\n\n')[1:] == ['### Documentation', '- b (abcdef0)', '### New', '- a (abcdef0)\n']


@pytest.mark.parametrize(
    ('reasons', 'expected'),
    [
        ((Reason(ReasonKind.INITIAL),), '- First release.'),
        ((Reason(ReasonKind.GROUP, group='sdk'),), '- No changes of its own: released with the group sdk.'),
        ((Reason(ReasonKind.OVERRIDE, detail='set 2.0'), commit('docs', 'x')), '- No notable changes.'),
    ],
)
def test_a_section_without_entries_says_why_it_is_there(reasons: tuple[Reason, ...], expected: str) -> None:
    """A heading alone would look like a mistake."""
    assert written(*reasons) == f'## [1.4.0] - 2026-11-23\n\n{expected}\n'


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('plain text, (with) [brackets] & more', 'plain text, (with) [brackets] & more'),
        ('a <b>tag</b>', r'a \<b>tag\</b>'),
        ('# heading', r'\# heading'),
        ('- list', r'\- list'),
        ('> quote', r'\> quote'),
        ('1. list', r'1\. list'),
        ('2) list', r'2\) list'),
        ('#12 is no heading', '#12 is no heading'),
        ('1.2 is no list', '1.2 is no list'),
        ('thanks @someone!', 'thanks `@someone`!'),
        ('use @acme/core-js.', 'use `@acme/core-js`.'),
        ('mail a@b.org', 'mail a@b.org'),
        ('at @ alone', 'at @ alone'),
        ('keep `@code <b> *x*`, not <b>', r'keep `@code <b> *x*`, not \<b>'),
        ('take *args and **kwargs', r'take \*args and \*\*kwargs'),
        ('mend __init__ of snake_case', r'mend \_\_init\_\_ of snake_case'),
        ('a \\< b', r'a \\\< b'),
        ('one\n# two', 'one\n\\# two'),
        ('an odd ` tick', 'an odd ` tick'),
        ('```\n# no block', '\\```\n\\# no block'),
        ('@a_b and _c_', r'`@a_b` and \_c\_'),
    ],
)
def test_text_reads_as_it_was_written(text: str, expected: str) -> None:
    """No markup comes from a commit but code, and nobody is mentioned."""
    assert escape(text) == expected


NEW = '## [1.4.0] - 2026-11-23\n\n### Added\n\n- new\n'
HEAD = '# Changelog\n\nWords.\n'
OLD = '## [1.3.0] - 2026-01-01\n\n### Fixed\n\n- old\n'
LINKS = '[1.3.0]: https://example.org/1.3.0\n[unreleased]: https://example.org\n'


@pytest.mark.parametrize(
    ('before', 'after'),
    [
        (f'{HEAD}\n{OLD}', f'{HEAD}\n{NEW}\n{OLD}'),
        (HEAD, f'{HEAD}\n{NEW}'),
        (f'{HEAD}\n\n\n', f'{HEAD}\n{NEW}'),
        (OLD, f'{NEW}\n{OLD}'),
        (f'{HEAD}\n{OLD}\n{LINKS}', f'{HEAD}\n{NEW}\n{OLD}\n{LINKS}'),
        (f'{HEAD}\n{LINKS}', f'{HEAD}\n{NEW}\n{LINKS}'),
        # Line ends, and the lack of the last one, stay.
        (f'{HEAD}\n{OLD}'.replace('\n', '\r\n'), f'{HEAD}\n{NEW}\n{OLD}'.replace('\n', '\r\n')),
        (f'{HEAD}\n{OLD}'.rstrip(), f'{HEAD}\n{NEW}\n{OLD}'.rstrip()),
        (HEAD.rstrip(), f'{HEAD}\n{NEW}'.rstrip()),
        # What is unreleased keeps its heading; its entries move.
        (f'{HEAD}\n## [Unreleased]\n\n{OLD}', f'{HEAD}\n## [Unreleased]\n\n{NEW}\n{OLD}'),
        (f'{HEAD}\n## Unreleased\n', f'{HEAD}\n## Unreleased\n\n{NEW}'),
        (
            f'{HEAD}\n## [Unreleased]\n\n### Added\n\n- by hand\n\n{OLD}',
            f'{HEAD}\n## [Unreleased]\n\n{NEW.replace("- new", "- by hand" + chr(10) + "- new")}\n{OLD}',
        ),
        (
            f'{HEAD}\n## [Unreleased]\nWords.\n\n### Removed\n- by hand\n  and more\n\n{OLD}',
            (
                f'{HEAD}\n## [Unreleased]\n\n## [1.4.0] - 2026-11-23\n\nWords.\n\n### Removed\n\n- by hand\n'
                f'  and more\n\n### Added\n\n- new\n\n{OLD}'
            ),
        ),
        (
            f'{HEAD}\n## [Unreleased]\n\n- by hand\n\n{LINKS}',
            f'{HEAD}\n## [Unreleased]\n\n## [1.4.0] - 2026-11-23\n\n- by hand\n\n### Added\n\n- new\n\n{LINKS}',
        ),
        # A heading in code is none.
        (
            f'{HEAD}\n```text\n## [1.4.0]\n~~~\n``` no end\n```\n\n{OLD}',
            f'{HEAD}\n```text\n## [1.4.0]\n~~~\n``` no end\n```\n\n{NEW}\n{OLD}',
        ),
    ],
)
def test_a_section_goes_below_the_header_and_what_is_unreleased(before: str, after: str) -> None:
    """Everything else stays to the byte, and doing it again changes nothing."""
    assert insert(before, NEW, '1.4.0') == after
    assert insert(after, NEW, '1.4.0') == after


@pytest.mark.parametrize('before', [None, '', ' \n'])
def test_a_new_changelog_begins_with_the_header(before: str | None) -> None:
    """That of Keep a Changelog."""
    text = insert(before, NEW, '1.4.0')
    assert text.startswith('# Changelog\n\nAll notable changes')
    assert text.endswith(f'\n\n{NEW}')
    assert insert(text, NEW, '1.4.0') == text


@pytest.mark.parametrize(
    'heading', ['## [1.4.0] - 2020-01-01', '## 1.4.0', '## v1.4.0 (2020)', '##  [v1.4.0](https://x)']
)
def test_a_version_that_has_its_section_gets_no_second_one(heading: str) -> None:
    """However its heading is written."""
    text = f'{HEAD}\n{heading}\n\n- by hand\n'
    assert insert(text, NEW, '1.4.0') == text


@pytest.mark.parametrize('heading', ['## [1.4.0rc1]', '## 1.4.0.post1', '## 11.4.0', '### 1.4.0', '## [1.4.0-rc.1]'])
def test_another_version_is_not_taken_for_it(heading: str) -> None:
    """However alike they are."""
    assert NEW in insert(f'{HEAD}\n{heading}\n', NEW, '1.4.0')


LINES = st.lists(
    st.sampled_from(
        [
            '# Changelog',
            '## [Unreleased]',
            '## [1.0.0]',
            '### Added',
            '### Fixed',
            '- x',
            '  y',
            '',
            '```',
            '[a]: b',
            'z',
        ]
    ),
    max_size=20,
)


@given(LINES, st.sampled_from(['\n', '\r\n']), st.booleans())
def test_no_line_is_ever_lost(lines: list[str], end: str, last: bool) -> None:
    """And a second time adds none."""
    before = end.join(lines) + (end if last else '')
    after = insert(before, NEW, '1.4.0')
    kept = after.replace('\r\n', '\n').split('\n')
    for line in set(lines) - {'', '### Added', '### Fixed'}:
        assert kept.count(line) >= lines.count(line)
    assert insert(after, NEW, '1.4.0') == after
