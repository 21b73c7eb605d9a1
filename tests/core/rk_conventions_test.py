# SPDX-License-Identifier: Apache-2.0
"""Messages by the rules of the specifications, each row with the rule or the page that it is taken from.

CC: https://www.conventionalcommits.org/en/v1.0.0/, by rule or example. AJS: the Git Commit Guidelines of
https://github.com/angular/angular.js/blob/master/DEVELOPERS.md. ANG: the guidelines of
https://github.com/angular/angular/blob/main/contributing-docs/commit-message-guidelines.md. git: the manual pages.
GH, GL, BB, AZ: what the buttons of GitHub, GitLab, Bitbucket and Azure write.
"""

from __future__ import annotations

import pytest

from releasekit.core.commits import Change, ParsedCommit, RawCommit, Revert, parse
from releasekit.core.conventions import convention, footers

HASH, FIRST, SECOND = 'a' * 40, 'b' * 40, 'c' * 40
WORDS = 'feat fix docs style refactor perf test chore build ci revert'.split()  # noqa: SIM905 - as the pages list them


def read(message: str, name: str = 'conventional', parents: tuple[str, ...] = (FIRST,)) -> ParsedCommit:
    return parse(RawCommit(HASH, parents, 'A <a@example.org>', message, ('file',)), {}, convention(name))


def told(commit: ParsedCommit) -> list[str]:
    """The changes as headers; what breaks is behind two bars."""
    return [_told(change) for change in commit.changes]


def _told(change: Change) -> str:
    scope = '' if change.scope is None else f'({change.scope})'
    return f'{change.type}{scope}: {change.subject}' + ('' if change.breaking is None else f' || {change.breaking}')


CONVENTIONAL = [
    *((f'CC 1, the type {word}', f'{word}: x', [f'{word}: x']) for word in WORDS),
    *((f'CC 4, a scope after {word}', f'{word}(a): x', [f'{word}(a): x']) for word in WORDS),
    *((f'CC 13, {word} may break', f'{word}!: x', [f'{word}: x || x']) for word in WORDS),
    *((f'CC 13, {word} with a scope may break', f'{word}(a)!: x', [f'{word}(a): x || x']) for word in WORDS),
    *((f'CC 15, {word} in capitals', f'{word.upper()}: x', [f'{word}: x']) for word in WORDS),
    *((f'CC 12, {word} with a footer', f'{word}: x\n\nBREAKING CHANGE: y', [f'{word}: x || y']) for word in WORDS),
    *((f'CC 16, {word} with a hyphen', f'{word}: x\n\nBREAKING-CHANGE: y', [f'{word}: x || y']) for word in WORDS),
    ('CC 1, no colon', 'feat x', []),
    ('CC 1, no space', 'feat:x', []),
    ('CC 1, a space before the colon', 'feat : x', []),
    ('CC 1, a space before the scope', 'feat (a): x', []),
    ('CC 1, the mark after the colon', 'feat:! x', []),
    ('CC 1, the mark before the scope', 'feat!(a): x', []),
    ('CC 1, two marks', 'feat!!: x', []),
    ('CC 1, no type', ': x', []),
    ('CC 1, two words', 'new feat: x', []),
    ('CC 1, a number is no noun', '1: x', []),
    ('CC 1, another colon', 'feat: x: y', ['feat: x: y']),
    ('CC 1, an address', 'see: https://example.org', ['see: https://example.org']),
    ('CC 1, an address is no type', 'https://example.org', []),
    ('CC 1, a type of its own', 'deps: x', ['deps: x']),
    ('CC 1, hyphens', 'build-deps: x', ['build-deps: x']),
    ('CC 1, underscores', 'build_deps: x', ['build_deps: x']),
    ('CC 4, hyphens in a scope', 'fix(a-b): x', ['fix(a-b): x']),
    ('CC 4, a path as a scope', 'fix(a/b): x', ['fix(a/b): x']),
    ('CC 4, a scope of npm', 'fix(@acme/core): x', ['fix(@acme/core): x']),
    ('CC 4, two scopes', 'fix(a,b): x', ['fix(a,b): x']),
    ('CC 4, spaces around a scope', 'fix( a ): x', ['fix(a): x']),
    ('CC 4, a scope in other letters', 'fix(ü): x', ['fix(ü): x']),
    ('CC 4, an empty scope', 'fix(): x', []),
    ('CC 4, a scope is not closed', 'fix(a: x', []),
    ('CC 4, a scope is not opened', 'fix a): x', []),
    ('CC 4, brackets of another kind', 'fix[a]: x', []),
    ('CC 5, brackets in the description', 'fix: x (y)', ['fix: x (y)']),
    ('CC 5, a description in other letters', 'fix: ärger 🚀', ['fix: ärger 🚀']),
    ('CC 5, a description that is blank', 'fix:  ', []),
    ('CC 5, a description in capitals', 'fix: X', ['fix: X']),
    ('CC 5, blanks behind it', 'fix: x  \n\ny', ['fix: x']),
    ('CC 6, a body', 'fix: x\n\nWhy it was wrong.', ['fix: x']),
    ('CC 6, no blank line before the body', 'fix: x\nWhy it was wrong.', ['fix: x']),
    ('CC 7, paragraphs', 'fix: x\n\na\n\nb\n\nc', ['fix: x']),
    ('CC 7, a header in the body', 'fix: x\n\nfeat: y', ['fix: x']),
    ('CC 8, a breaking footer among others', 'fix: x\n\nA: b\nBREAKING CHANGE: y\nC: d', ['fix: x || y']),
    ('CC 8, after a body', 'fix: x\n\nbody\n\nBREAKING CHANGE: y', ['fix: x || y']),
    ('CC 9, the next token ends it', 'fix: x\n\nBREAKING CHANGE: y\nA-b: c', ['fix: x || y']),
    ('CC 9, the next number ends it', 'fix: x\n\nBREAKING CHANGE: y\nFixes #1', ['fix: x || y']),
    ('CC 10, lines', 'fix: x\n\nBREAKING CHANGE: y\nz', ['fix: x || y\nz']),
    ('CC 10, paragraphs', 'fix: x\n\nBREAKING CHANGE: y\n\nz', ['fix: x || y\n\nz']),
    ('CC 10, a token has no blank', 'fix: x\n\nBREAKING CHANGE: y\nNo token: z', ['fix: x || y\nNo token: z']),
    ('CC 10, a colon at the end', 'fix: x\n\nBREAKING CHANGE: y\nBefore:\n  z', ['fix: x || y\nBefore:\n  z']),
    ('CC 11, a mark and no footer', 'fix(a)!: x\n\nbody', ['fix(a): x || x']),
    ('CC 12, no space', 'fix: x\n\nBREAKING CHANGE:y', ['fix: x']),
    ('CC 12, no colon', 'fix: x\n\nBREAKING CHANGE y', ['fix: x']),
    ('CC 12, a number sign is no colon', 'fix: x\n\nBREAKING CHANGE #1', ['fix: x']),
    ('CC 12, the plural', 'fix: x\n\nBREAKING CHANGES: y', ['fix: x']),
    ('CC 12, an underscore', 'fix: x\n\nBREAKING_CHANGE: y', ['fix: x']),
    ('CC 12, in the first line', 'BREAKING CHANGE: y', []),
    ('CC 12, a hyphen in the first line', 'BREAKING-CHANGE: y', ['breaking-change: y']),
    ('CC 12, within a line', 'fix: x\n\nno BREAKING CHANGE: y', ['fix: x']),
    ('CC 12, quoted', 'fix: x\n\n> BREAKING CHANGE: y', ['fix: x']),
    ('CC 15, small letters', 'fix: x\n\nbreaking change: y', ['fix: x']),
    ('CC 15, mixed letters', 'fix: x\n\nBreaking Change: y', ['fix: x']),
    ('CC 13, both: the footer tells', 'fix!: x\n\nBREAKING CHANGE: y', ['fix: x || y']),
    ('CC example 1', 'feat: allow x\n\nBREAKING CHANGE: `extends` is y', ['feat: allow x || `extends` is y']),
    ('git interpret-trailers', 'fix: x\n\nSigned-off-by: A <a@example.org>', ['fix: x']),
    ('git commit --fixup', 'fixup! feat: x', []),
    ('git commit --squash', 'squash! feat: x\n\nfeat: y', []),
    ('git commit --fixup=amend', 'amend! feat: x\n\nfeat!: x', []),
    ('git commit --fixup of a fixup', 'fixup! fixup! feat: x', []),
    ('git merge', "Merge branch 'a'", []),
    ('git merge of many', "Merge branches 'a', 'b' and 'c'", []),
    ('git merge of a remote', "Merge remote-tracking branch 'origin/a' into b", []),
    ('git merge of a tag', "Merge tag 'v1.0.0' into a", []),
    ('git cherry-pick -x', f'fix: x\n\n(cherry picked from commit {FIRST})', ['fix: x']),
    ('GH squash of one commit', 'fix: x (#1)\n\nbody', ['fix: x (#1)']),
    ('GH squash of several', 'x (#1)\n\n* feat: a\n\n* fix(b): c', ['feat: a', 'fix(b): c']),
    ('GH squash that breaks', 'x (#1)\n\n* feat!: a\n\n* fix: b', ['feat: a || a', 'fix: b']),
    ('GH squash with a rule', 'x (#1)\n\n* feat: a\n\n---------\n\nCo-authored-by: B <b@c>', ['feat: a']),
    ('GH squash, a footer of one', 'x (#1)\n\n* feat: a\n\nBREAKING CHANGE: y\n\n* fix: b', ['feat: a || y', 'fix: b']),
    ('GH squash, the title again', 'feat: a (#1)\n\n* feat: a\n\n* feat: a', ['feat: a (#1)']),
    ('GH squash, other scopes', 'feat(a): x (#1)\n\n* feat(b): x', ['feat(a): x (#1)', 'feat(b): x']),
    ('GH squash, a fixup in it', 'feat: x (#1)\n\n* feat: x\n\n* fixup! feat: x', ['feat: x (#1)']),
    ('GH squash, words', 'x (#1)\n\n* a\n\n* b', []),
    ('AZ squash', 'Merged PR 12: feat(a): x\n\nRelated work items: #1', ['feat(a): x']),
    ('AZ squash in words', 'Merged PR 12: x', []),
]
ANGULAR = [
    *((f'AJS type {word}', f'{word}: x', [f'{word}: x']) for word in WORDS),
    *((f'AJS scope of {word}', f'{word}($location): x', [f'{word}($location): x']) for word in WORDS),
    *((f'AJS knows no mark on {word}', f'{word}!: x', []) for word in WORDS),
    *((f'AJS knows no mark on {word} with a scope', f'{word}(a)!: x', []) for word in WORDS),
    ('AJS scope, a directive', 'fix(ng:href): x', ['fix(ng:href): x']),
    ('AJS scope, all', 'docs(*): x', ['docs(*): x']),
    ('AJS scope, brackets', 'fix(a(b)): x', ['fix(a(b)): x']),
    ('AJS scope, none in brackets', 'fix(): x', ['fix: x']),
    ('AJS with a space', 'fix: x\n\nBREAKING CHANGE: y', ['fix: x || y']),
    ('AJS with two newlines', 'fix: x\n\nBREAKING CHANGE:\n\ny', ['fix: x || y']),
    ('AJS the rest of the message', 'fix: x\n\nBREAKING CHANGE: y\n\nNote: z\n\nBefore:\n\n  a\n\nAfter:\n\n  b',
     ['fix: x || y\n\nNote: z\n\nBefore:\n\n  a\n\nAfter:\n\n  b']),
    ('AJS after a body', 'fix: x\n\nbody\n\nBREAKING CHANGE: y', ['fix: x || y']),
    ('AJS after what it closes', 'fix: x\n\nCloses #1\nBREAKING CHANGE: y', ['fix: x || y']),
    ('AJS before what it closes', 'fix: x\n\nBREAKING CHANGE: y\n\nCloses #1, #2', ['fix: x || y']),
    ('AJS anywhere', 'fix: x\n\nbody\nBREAKING CHANGE: y', ['fix: x || y']),
    ('AJS the plural', 'fix: x\n\nBREAKING CHANGES: y', ['fix: x || y']),
    ('AJS a hyphen is none', 'fix: x\n\nBREAKING-CHANGE: y', ['fix: x']),
    ('AJS small letters are none', 'fix: x\n\nbreaking change: y', ['fix: x']),
    ('ANG deprecated', 'fix: x\n\nBREAKING CHANGE: y\n\nDEPRECATED: z', ['fix: x || y']),
    ('ANG fixes', 'fix: x\n\nBREAKING CHANGE: y\n\nmore\n\n\nFixes #1', ['fix: x || y\n\nmore']),
    ('ANG closes a request', 'fix: x\n\nBREAKING CHANGE: y\n\nPR Close #1', ['fix: x || y']),
    ('ANG a trailer', 'fix: x\n\nBREAKING CHANGE: y\n\nCo-authored-by: A <a@b>', ['fix: x || y']),
    ('ANG deprecated alone', 'feat: x\n\nDEPRECATED: z', ['feat: x']),
    ('GH squash', 'x (#1)\n\n* feat: a\n\n* fix: b\n\nBREAKING CHANGE: y', ['feat: a', 'fix: b || y']),
    ('git commit --fixup', 'fixup! feat: x', []),
]  # fmt: skip


@pytest.mark.parametrize(('source', 'message', 'expected'), CONVENTIONAL, ids=[row[0] for row in CONVENTIONAL])
def test_conventional_commits_are_read_by_the_rules(source: str, message: str, expected: list[str]) -> None:
    """Each row names the rule."""
    assert told(read(message)) == expected, source


@pytest.mark.parametrize(('source', 'message', 'expected'), ANGULAR, ids=[row[0] for row in ANGULAR])
def test_the_older_form_is_read_by_its_own_rules(source: str, message: str, expected: list[str]) -> None:
    """It has no mark, and its breaking change goes on to the end."""
    assert told(read(message, 'angular')) == expected, source


@pytest.mark.parametrize('name', ['conventional', 'angular'])
@pytest.mark.parametrize(
    ('source', 'message', 'expected'),
    [
        ('GH', 'Merge pull request #1 from a/b\n\nfeat: x', ['feat: x']),
        ('GH with a body', 'Merge pull request #1 from a/b\n\nfeat: x\n\nBREAKING CHANGE: y', ['feat: x || y']),
        ('GH in words', 'Merge pull request #1 from a/b\n\nx', []),
        ('GH with no title', 'Merge pull request #1 from a/b', []),
        ('GH with the title first', 'feat: x (#1)\n\nbody', ['feat: x (#1)']),
        ('GL', "Merge branch 'a' into 'main'\n\nfix: x\n\nSee merge request a/b!1", ['fix: x']),
        ('BB', 'Merged in a (pull request #1)\n\nfix(a): x\n\nApproved-by: B', ['fix(a): x']),
        ('AZ', 'Merged PR 1: fix: x', ['fix: x']),
        ('git', "Merge branch 'a'\n\n# Conflicts:\n#\tfile", []),
    ],
)
def test_a_merge_has_the_title_of_what_it_merges(name: str, source: str, message: str, expected: list[str]) -> None:
    """For those who follow first parents: there it stands for all that it brings in."""
    assert told(read(message, name, (FIRST, SECOND))) == expected, source


def test_the_title_of_another_merge_is_text() -> None:
    """A commit with one parent merges nothing, whatever its words are."""
    assert told(read('Merge pull request #1 from a/b\n\nfeat: x')) == []


REVERTS = [
    ('git revert', f'Revert "x"\n\nThis reverts commit {FIRST}.', [Revert(FIRST)]),
    ('git revert --reference', f'Why\n\nThis reverts commit {FIRST[:8]} (x, 2026-01-01).', [Revert(FIRST[:8])]),
    ('git revert -m 1', f'Revert "x"\n\nThis reverts commit {FIRST}, reversing\nchanges made to {SECOND}.',
     [Revert(FIRST, SECOND)]),
    ('git revert of a revert', f'Reapply "x"\n\nThis reverts commit {FIRST}.', [Revert(FIRST)]),
    ('git revert of a revert, before 2.43', f'Revert "Revert "x""\n\nThis reverts commit {FIRST}.', [Revert(FIRST)]),
    ('several by hand', f'Revert x\n\nThis reverts commits {FIRST}, {SECOND[:9]} and {HASH[:7]}.',
     [Revert(FIRST), Revert(SECOND[:9]), Revert(HASH[:7])]),
    ('a sentence for each', f'Revert x\n\nThis reverts commit {FIRST}.\nThis reverts commit {SECOND}.',
     [Revert(FIRST), Revert(SECOND)]),
    ('AJS revert', f'revert: feat(a): x\n\nThis reverts commit {FIRST}.', [Revert(FIRST)]),
    ('AJS revert with no hash', 'revert: feat(a): x', [Revert('feat(a): x', by='subject')]),
    ('CC example 8', 'revert: let us\n\nRefs: 676104e, a215868', [Revert('676104e'), Revert('a215868')]),
    ('CC with a scope', 'revert(a): x\n\nRefs: 676104e', [Revert('676104e')]),
    ('CC in capitals', 'Revert: x\n\nrefs: 676104e', [Revert('676104e')]),
    ('CC with a mark', 'revert!: x\n\nRefs: 676104e', [Revert('676104e')]),
    ('CC with the number of an issue', 'revert: x\n\nRefs: #1', [Revert('x', by='subject')]),
    ('GH squash', 'Revert "feat: x (#12)" (#13)\n\nReverts acme/mono#12', [Revert('#12', by='request')]),
    ('GH squash with no text', 'Revert "feat: x (#12)" (#13)', [Revert('#12', by='request')]),
    ('GH squash with no number', 'Revert "feat: x" (#13)', [Revert('feat: x', by='subject')]),
    ('GH the same repository', 'Revert "feat: x" (#13)\n\nReverts #12', [Revert('#12', by='request')]),
    ('GH squash of a revert', 'Revert "Revert "feat: x (#1)" (#2)" (#3)', [Revert('#2', by='request')]),
    ('GH reapplied', 'Reapply "feat: x (#1)" (#3)\n\nReverts acme/mono#2', [Revert('#2', by='request')]),
    ('GH the hash counts', f'Revert "x (#1)" (#2)\n\nThis reverts commit {FIRST}.', [Revert(FIRST)]),
    ('GH of two', 'Revert "x"\n\nReverts a/b#1\nReverts a/b#2',
     [Revert('#1', by='request'), Revert('#2', by='request')]),
    ('GL', "Revert \"Merge branch 'a' into 'main'\"\n\nThis reverts merge request !12", [Revert('!12', by='request')]),
    ('words', 'Reverting to the old way', []),
    ('words in a body', 'fix: x\n\nReverts acme/mono#12', []),
    ('a type of another name', 'reverts: x', []),
    ('a footer of another commit', 'fix: x\n\nRefs: 676104e', []),
    ('a hash that is too short', 'Revert x\n\nThis reverts commit 676104.', []),
    ('within a squash', f'x (#1)\n\n* feat: y\n\n* Revert "feat: y"\n\nThis reverts commit {FIRST}.', []),
]  # fmt: skip


@pytest.mark.parametrize(('source', 'message', 'expected'), REVERTS, ids=[row[0] for row in REVERTS])
def test_a_revert_says_what_it_takes_back(source: str, message: str, expected: list[Revert]) -> None:
    """By hash where the message has one, else by the number of the request, else by the subject."""
    assert list(read(message).reverts) == expected, source


FOOTERS = [
    ('CC 8, a colon', 'Reviewed-by: Z', [('Reviewed-by', 'Z')]),
    ('CC 8, a number sign', 'Closes #12', [('Closes', '12')]),
    ('CC 8, no space', 'Reviewed-by:Z', []),
    ('CC 8, two', 'A: b\nC: d', [('A', 'b'), ('C', 'd')]),
    ('CC 8, after a body', 'body\n\nA: b', [('A', 'b')]),
    ('CC 8, no blank line before', 'body\nA: b', []),
    ('CC 9, blanks in a token', 'Acked by: Z', []),
    ('CC 9, breaking is the exception', 'BREAKING CHANGE: y', [('BREAKING CHANGE', 'y')]),
    ('CC 10, lines', 'A: b\n c\nD: e', [('A', 'b\n c'), ('D', 'e')]),
    ('CC 10, paragraphs', 'A: b\n\nc\n\nD: e', [('A', 'b\n\nc'), ('D', 'e')]),
    ('CC 16', 'BREAKING-CHANGE: y\nA: b', [('BREAKING-CHANGE', 'y'), ('A', 'b')]),
    ('git, the same token twice', 'A: b\nA: c', [('A', 'b'), ('A', 'c')]),
    ('git, Signed-off-by', 'Signed-off-by: A <a@b>', [('Signed-off-by', 'A <a@b>')]),
    ('GH, below the rule', '* feat: a\n\n---------\n\nCo-authored-by: B <b@c>', [('Co-authored-by', 'B <b@c>')]),
    ('GH, the rule ends one', 'A: b\n\n---------\n\nC: d', [('A', 'b'), ('C', 'd')]),
    ('GH, the next of the list ends one', '* x\n\nA: b\n* fix: y\n\nC: d', [('A', 'b'), ('C', 'd')]),
    ('nothing', '', []),
    ('words', 'just\n\nwords', []),
]


@pytest.mark.parametrize(('source', 'body', 'expected'), FOOTERS, ids=[row[0] for row in FOOTERS])
def test_footers_are_kept_whole(source: str, body: str, expected: list[tuple[str, str]]) -> None:
    """Tokens as they are written, in their order, values with all their lines."""
    assert list(footers(body)) == expected, source
    assert read(f'fix: x\n\n{body}').footers == footers(body)


def test_who_wrote_a_commit_with_whom_is_known() -> None:
    """Each once; the case of the token does not matter."""
    commit = read('fix: x\n\nCo-authored-by: B <b@c>\nCo-Authored-By: C <c@d>\nco-authored-by: B <b@c>')
    assert commit.author == 'A <a@example.org>'
    assert commit.coauthors == ('B <b@c>', 'C <c@d>')
    assert commit.trailer('Refs') == ()
