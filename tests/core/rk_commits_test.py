# SPDX-License-Identifier: Apache-2.0
"""Messages say what Conventional Commits 1.0 has them say, also where a squash or a revert writes them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from releasekit.core.commits import Change, ParsedCommit, RawCommit, Revert, parse
from releasekit.core.conventions import footers

HASH = 'a' * 40
OTHER = 'b' * 40


def read(message: str, overrides: Mapping[str, str] | None = None) -> ParsedCommit:
    return parse(RawCommit(HASH, (), 'A <a@example.org>', message, ('file',)), overrides or {})


# The examples of https://www.conventionalcommits.org/en/v1.0.0/#examples and what its rules make of them.
EXAMPLES = [
    (
        (
            'feat: allow provided config object to extend other configs\n\n'
            'BREAKING CHANGE: `extends` key in config file is now used for extending other config files'
        ),
        Change(
            'feat',
            None,
            'allow provided config object to extend other configs',
            '`extends` key in config file is now used for extending other config files',
        ),
    ),
    (
        'feat!: send an email to the customer when a product is shipped',
        Change(
            'feat',
            None,
            'send an email to the customer when a product is shipped',
            'send an email to the customer when a product is shipped',
        ),
    ),
    (
        'feat(api)!: send an email to the customer when a product is shipped',
        Change(
            'feat',
            'api',
            'send an email to the customer when a product is shipped',
            'send an email to the customer when a product is shipped',
        ),
    ),
    (
        'feat!: drop support for Node 6\n\nBREAKING CHANGE: use JavaScript features not available in Node 6.',
        Change('feat', None, 'drop support for Node 6', 'use JavaScript features not available in Node 6.'),
    ),
    ('docs: correct spelling of CHANGELOG', Change('docs', None, 'correct spelling of CHANGELOG')),
    ('feat(lang): add Polish language', Change('feat', 'lang', 'add Polish language')),
    (
        (
            'fix: prevent racing of requests\n\nIntroduce a request id and a reference to latest request. Dismiss\n'
            'incoming responses other than from latest request.\n\nRemove timeouts which were used to mitigate the '
            'racing issue but are\nobsolete now.\n\nReviewed-by: Z\nRefs: #123'
        ),
        Change('fix', None, 'prevent racing of requests'),
    ),
    (
        'revert: let us never again speak of the noodle incident\n\nRefs: 676104e, a215868',
        Change('revert', None, 'let us never again speak of the noodle incident'),
    ),
]
# Its rules, by number.
RULES = [
    ('feat:no space after the colon', None),  # 1
    ('just a line of prose', None),  # 1
    ('Merge branch "main": now', None),  # 1
    ('fix(a b)(c): two scopes', None),  # 4
    ('fix(): an empty scope', None),  # 4
    ('fix(parser): a scope', Change('fix', 'parser', 'a scope')),  # 4
    ('fix:   more than one space', Change('fix', None, 'more than one space')),  # 5
    ('fix: ', None),  # 5
    ('FEAT(Api): any case of the type', Change('feat', 'Api', 'any case of the type')),  # 15
    ('fix: x\n\nbreaking change: only in capitals', Change('fix', None, 'x')),  # 15
    ('fix: x\n\nBREAKING-CHANGE: gone', Change('fix', None, 'x', 'gone')),  # 16
    ('chore: x\n\nBREAKING CHANGE: a chore may break', Change('chore', None, 'x', 'a chore may break')),  # 8
    ('fix: x\n\nBREAKING CHANGE: one\ntwo\n\nthree\nRefs: #1', Change('fix', None, 'x', 'one\ntwo\n\nthree')),  # 10
    ('fix: x\n\nBREAKING CHANGE:\n\nbelow', Change('fix', None, 'x', 'below')),  # 12, as Angular writes it
    ('fix: x\n\nBREAKING CHANGE:\n', Change('fix', None, 'x', 'breaking change')),  # 12
    ('fix!: x\n\nBREAKING CHANGE: why', Change('fix', None, 'x', 'why')),  # 13
    ('fix: x\r\n\r\nBREAKING CHANGE: y\r\n', Change('fix', None, 'x', 'y')),  # line ends of another system
    ('\n\nfix: blank lines before', Change('fix', None, 'blank lines before')),
    ('build-deps(a/b): hyphens', Change('build-deps', 'a/b', 'hyphens')),
    ('fix: x\n\nNo BREAKING CHANGE: here', Change('fix', None, 'x')),
    ('fixup! feat: x', None),
    ('squash! feat: x\n\n* feat!: y', None),
    ('amend! feat!: x', None),
]


@pytest.mark.parametrize(('message', 'expected'), [*EXAMPLES, *RULES])
def test_a_message_is_read_by_the_rules(message: str, expected: Change | None) -> None:
    """One change, or none where the message follows no convention."""
    assert read(message).changes == (() if expected is None else (expected,))


def test_what_is_no_message_says_nothing() -> None:
    """An empty message has neither subject nor changes."""
    assert read('') == ParsedCommit(HASH, '', ('file',), author='A <a@example.org>')


def test_an_override_replaces_the_message_of_its_commit() -> None:
    """It is found by the full hash, and by nothing else."""
    assert read('oops', {HASH: 'feat: meant'}).changes == (Change('feat', None, 'meant'),)
    assert read('oops', {OTHER: 'feat: meant'}).changes == ()


@pytest.mark.parametrize(
    ('message', 'expected'),
    [
        # One line of the list repeats the title, as GitHub writes it when the pull request is named after a commit.
        (
            (
                'feat: add retries (#12)\n\n* feat: add retries\n\n* fix(http): mend the timeout\n\nIt was too short.\n'
                '\n* typo\n\n---------\n\nCo-authored-by: B <b@example.org>'
            ),
            (Change('feat', None, 'add retries (#12)'), Change('fix', 'http', 'mend the timeout')),
        ),
        # The title follows no convention: the list counts.
        (
            'Add retries (#12)\n\n* feat: add retries\n\n* docs: explain them',
            (Change('feat', None, 'add retries'), Change('docs', None, 'explain them')),
        ),
        # A breaking footer belongs to the line above it.
        (
            'Clean up (#3)\n\n* fix: one\n\n* feat: two\n\nBREAKING CHANGE: two is new\n\n---------\n\nBy: B',
            (Change('fix', None, 'one'), Change('feat', None, 'two', 'two is new')),
        ),
        # The same change, told a second time with what it breaks.
        (
            'feat: one (#3)\n\n* feat: one\n\nBREAKING CHANGE: all',
            (Change('feat', None, 'one (#3)', 'all'),),
        ),
        ('* feat: from the first line\n\n* fix: two', (Change('fix', None, 'two'),)),
        ('chore: x\n\n- feat: no list of commits', (Change('chore', None, 'x'),)),
    ],
)
def test_a_squash_message_has_a_change_for_each_line_of_its_list(message: str, expected: tuple[Change, ...]) -> None:
    """So that nothing is lost that was merged as one commit."""
    assert read(message).changes == expected


@pytest.mark.parametrize(
    ('message', 'expected'),
    [
        (f'Revert "feat: x"\n\nThis reverts commit {OTHER}.', (Revert(OTHER),)),
        (f'Reapply "feat: x"\n\nThis reverts commit {OTHER}.', (Revert(OTHER),)),
        (f'fix: back out x\n\nBecause. This reverts commit {OTHER[:8]}.', (Revert(OTHER[:8]),)),
        (
            f'Revert "Merge x"\n\nThis reverts commit {OTHER}, reversing\nchanges made to {HASH}.',
            (Revert(OTHER, HASH),),
        ),
        (f'Revert two\n\nThis reverts commit {OTHER}.\nThis reverts commit {HASH}.', (Revert(OTHER), Revert(HASH))),
        ('revert: x\n\nRefs: 676104e, a215868', (Revert('676104e'), Revert('a215868'))),
        ('revert: x\n\nWhy: because\nRefs: 676104e\n a215868', (Revert('676104e'), Revert('a215868'))),
        ('revert: x\n\nRefs: #12', (Revert('x', by='subject'),)),
        ('revert: x', (Revert('x', by='subject'),)),
        ('fix: x\n\nRefs: 676104e', ()),
        # A revert inside a squash took back what the squash had brought: nothing of history.
        (f'feat: y (#1)\n\n* feat: x\n\n* Revert "feat: x"\n\nThis reverts commit {OTHER}.', ()),
    ],
)
def test_a_revert_names_what_it_takes_back(message: str, expected: tuple[Revert, ...]) -> None:
    """In the sentence that git writes, or in the Refs footer of the convention."""
    assert read(message).reverts == expected


@pytest.mark.parametrize(
    ('message', 'expected'),
    [
        ('chore: release\n\nRelease-As: 2.0.0', '2.0.0'),
        ('chore: release\n\nrelease-as: 2.0.0\nRefs: #1', '2.0.0'),
        ('no convention\n\nRELEASE-AS: 2.0.0', '2.0.0'),
        ('chore: x\n\nRelease-As:', None),
        ('chore: Release-As: 2.0.0', None),
        ('chore: x\n\nRelease-As: 2.0.0 or so', None),
    ],
)
def test_release_as_asks_for_a_version(message: str, expected: str | None) -> None:
    """It is a footer with one word."""
    assert read(message).release_as == expected


def test_footers_begin_after_a_blank_line_and_go_on_to_the_next_token() -> None:
    """Rules 8 to 10; a token in running text begins nothing."""
    body = 'Text with Token: inside\nNot-A: footer\n\nReviewed-by: Z\nRefs #133\nNote: first\n  second\n'
    assert footers(body) == (('Reviewed-by', 'Z'), ('Refs', '133'), ('Note', 'first\n  second'))
