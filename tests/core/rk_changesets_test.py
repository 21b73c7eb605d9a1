# SPDX-License-Identifier: Apache-2.0
"""Changesets are read as the tool of that name reads them, and written so that it can; what is wrong has its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasekit.core import changesets, summaries
from releasekit.core.changelog import section
from releasekit.core.changesets import Entry, read, text, within, without
from releasekit.core.levels import Level
from releasekit.core.package import Package, Workspace
from releasekit.core.plan import BumpKind, PlannedPackage, Reason, ReasonKind
from releasekit.errors import Code, ReleaseKitError, render
from releasekit.spec.model import ChangelogRules


def package(id_: str, *, release: bool = True) -> Package:
    label, _, name = id_.partition(':')
    return Package(id_, name, label, 'any', name, f'{name}/m', '1.0.0', release=release)


IDS = ('js:@acme/ui', 'js:core', 'py:bee', 'py:cat', 'py:core')
WORKSPACE = Workspace((*(package(id_) for id_ in IDS), package('py:samples', release=False)))
MAJOR, MINOR, PATCH, NONE = Level.MAJOR, Level.MINOR, Level.PATCH, Level.NONE


@pytest.mark.parametrize(
    ('content', 'entries', 'summary'),
    [
        ('---\n"bee": minor\n---\n\nSings\n', (('py:bee', MINOR, 2),), 'Sings'),
        ("---\n'@acme/ui': patch\n---\nA button\n", (('js:@acme/ui', PATCH, 2),), 'A button'),
        ('---\nbee: major\npy:core: none\n---\n', (('py:bee', MAJOR, 2), ('py:core', NONE, 3)), ''),
        ('---\n"bee": "minor"\ncat: \'patch\'\n---\n', (('py:bee', MINOR, 2), ('py:cat', PATCH, 3)), ''),
        ('---\n# all\n\n  bee :  minor\n---\nx', (), None),
        ('---\n# all\n\n  bee:  minor # loud\n---\nx', (('py:bee', MINOR, 4),), 'x'),
        ('---\n---\n', (), ''),
        ('---\n\n---\n\nno release\n', (), 'no release'),
        (
            '\ufeff\n--- \r\nbee: minor\r\n---\r\n\r\none\r\n\r\n---\r\ntwo\r\n',
            (('py:bee', MINOR, 3),),
            'one\n\n---\ntwo',
        ),
    ],
)
def test_a_changeset_is_read(content: str, entries: tuple[tuple[str, Level, int], ...], summary: str | None) -> None:
    """Whatever quotes, comments and line ends it has; a name may be one, or an id."""
    if summary is None:
        with pytest.raises(ReleaseKitError):
            read({'a.md': content.encode()}, WORKSPACE)
        return
    (found,) = read({'a.md': content.encode()}, WORKSPACE)
    assert found.entries == tuple(Entry(*entry) for entry in entries)
    assert found.summary == summary


@pytest.mark.parametrize(
    ('content', 'where', 'message', 'hint'),
    [
        (b'', '.changeset/a.md:1:1', 'A changeset begins with a line of `---`.', 'Write a line such as'),
        (b'bee: minor\n', '.changeset/a.md:1:1', 'A changeset begins with a line of `---`.', 'Write a line such as'),
        (b'---\nbee: minor\n', '.changeset/a.md:1:1', 'The packages of this changeset do not end', 'Write a line'),
        (b'---\nbea: minor\n---\n', '.changeset/a.md:2:1', 'No package is called `bea`.', 'Did you mean `bee`?'),
        (b'---\n"zzz": minor\n---\n', '.changeset/a.md:2:1', 'No package is called `zzz`.', 'Run `releasekit disc'),
        (
            b'---\ncore: minor\n---\n',
            '.changeset/a.md:2:1',
            '`core` is more than one pack',
            'Write js:core or py:core.',
        ),
        (b'---\nbee: minr\n---\n', '.changeset/a.md:2:6', '`minr` is no level.', 'Did you mean `minor`?'),
        (
            b'---\nbee: feature\n---\n',
            '.changeset/a.md:2:6',
            '`feature` is no level.',
            'Choose one of major, minor, pa',
        ),
        (b'---\nbee:\n---\n', '.changeset/a.md:2:4', 'This package has no level.', 'Choose one of major'),
        (b'---\nbee: 1\n---\n', '.changeset/a.md:2:6', '`1` is no level.', 'Choose one of'),
        (b'---\nbee minor\n---\n', '.changeset/a.md:2:1', 'This is no package with a level.', 'Write a line such as'),
        (b'---\n- bee: minor\n---\n', '.changeset/a.md:2:1', 'This is no package with a level.', 'Write a line such'),
        (b'---\n{bee: minor}\n---\n', '.changeset/a.md:2:1', 'This is no package with a level.', 'Write a line such'),
        (b'---\n"bee: minor\n---\n', '.changeset/a.md:2:1', 'This is no package with a level.', 'Write a line such as'),
        (b'---\nbee: &a minor\n---\n', '.changeset/a.md:2:1', 'This is no package with a level.', 'Write a line such'),
        (
            b'---\n@acme/ui: minor\n---\n',
            '.changeset/a.md:2:1',
            'YAML takes no such word',
            'Write it in quotes: `"@acm',
        ),
        (
            b'---\nbee: minor\npy:bee: patch\n---\n',
            '.changeset/a.md:3:1',
            '`py:bee` is named twice, first on line 2',
            'K',
        ),
        (
            b'---\nsamples: patch\n---\n',
            '.changeset/a.md:2:1',
            'py:samples takes no part in releases.',
            'Take its line',
        ),
        (b'---\nbee: minor\n---\n\xff\n', '.changeset/a.md:4', 'A changeset is UTF-8.', 'Convert .changeset/a.md'),
        (b'---\nbee: minor\n---\na\x00b\n', '.changeset/a.md:4:2', 'There is a control character, U+0000,', 'Take it'),
        (b'---\n---\n' + b'x' * 2**17, '.changeset/a.md', 'A changeset takes at most 128 KiB.', 'Shorten its summary.'),
        (b'---\n"' + b'\\"' * 60000, '.changeset/a.md:1:1', 'The packages of this changeset do not end', 'Write a'),
        (b'---\n' + b'a' * 60000 + b'\n---\n', '.changeset/a.md:2:1', 'This is no package with a level.', 'Write a'),
    ],
)
def test_what_is_wrong_has_its_place(content: bytes, where: str, message: str, hint: str) -> None:
    """The file, the line, and what to do."""
    with pytest.raises(ReleaseKitError) as caught:
        read({'.changeset/a.md': content}, WORKSPACE)
    (problem,) = caught.value.problems
    assert problem.code is Code.CHANGESET_INVALID
    assert str(problem.place) == where
    assert problem.message.startswith(message)
    assert problem.hint.startswith(hint)
    assert render(problem)


def test_all_that_is_wrong_is_said_at_once() -> None:
    """In every file and on every line."""
    with pytest.raises(ReleaseKitError) as caught:
        read({'b.md': b'---\nx: y\nbee: z\n---\n', 'a.md': b'no\n', 'c.md': b'---\nbee: minor\n---\n'}, WORKSPACE)
    places = [str(problem.place) for problem in caught.value.problems]
    assert places == ['a.md:1:1', 'b.md:2:4', 'b.md:2:1', 'b.md:3:6']


@given(st.binary(max_size=200) | st.text('-\n:"\' beminor#@\\', max_size=80).map(str.encode))
def test_hostile_bytes_are_read_or_refused(data: bytes) -> None:
    """Nothing else comes of any file."""
    try:
        read({'a.md': b'---\n' + data}, WORKSPACE)
    except ReleaseKitError as error:
        codes = {problem.code for problem in error.problems}
    else:
        codes = {Code.CHANGESET_INVALID}
    assert codes == {Code.CHANGESET_INVALID}


def test_only_some_files_of_the_folder_are_changesets() -> None:
    """Its README, its configuration and what lies deeper are none; a folder may be named in several ways."""
    names = ('README.md', 'ReadMe.md', 'config.json', 'pre.json', '.draft.md', 'x.txt', 'b.md', 'a b.md', 'x/c.md')
    paths = [f'.changeset/{name}' for name in names] + ['a.md', 'sub/.changeset/d.md']
    for folder in ('.changeset', './.changeset', '.changeset/'):
        assert within(folder, paths) == ('.changeset/a b.md', '.changeset/b.md')
    assert within('.', paths) == ('a.md',)


@given(
    st.dictionaries(st.sampled_from(['bee', 'cat', 'py:core', 'js:core', '@acme/ui']), st.sampled_from(Level)),
    st.text('ab -#*`@\n', max_size=60),
)
def test_what_is_written_is_read_back(levels: dict[str, Level], summary: str) -> None:
    """The same levels and the same words."""
    (found,) = read({'a.md': text(levels, summary).encode()}, WORKSPACE)
    ids = {name: name if ':' in name else next(id_ for id_ in IDS if id_.endswith(f':{name}')) for name in levels}
    assert {entry.package: entry.level for entry in found.entries} == {ids[name]: levels[name] for name in levels}
    assert found.summary == summary.strip()


@pytest.mark.parametrize(
    ('levels', 'summary', 'expected'),
    [
        ({}, '', '---\n---\n'),
        ({}, 'Nothing to release', '---\n---\n\nNothing to release\n'),
        (
            {'@acme/ui': MINOR, 'py:core': NONE},
            ' A\n\nb \n',
            '---\n"@acme/ui": minor\n"py:core": none\n---\n\nA\n\nb\n',
        ),
    ],
)
def test_a_changeset_is_written_in_one_way(levels: dict[str, Level], summary: str, expected: str) -> None:
    """As its own tool writes it."""
    assert text(levels, summary) == expected


def test_an_entry_is_taken_out_to_the_byte() -> None:
    """Comments, quotes and line ends of the others stay."""
    assert without("---\r\n# who\r\n'bee': minor\r\ncat: patch\r\n---\r\n\r\nx", {3}) == (
        '---\r\n# who\r\ncat: patch\r\n---\r\n\r\nx'
    )


def test_what_was_said_before_is_read_as_far_as_it_can_be() -> None:
    """A package that is no more does not matter."""
    assert changesets.told('a.md', b'---\ngone: major\nbee: minor\n---\n', WORKSPACE) == {'py:bee': MINOR}


@pytest.mark.parametrize(
    ('level', 'titles', 'expected'),
    [
        ('major', {'feat': 'Added'}, 'Breaking'),
        ('minor', {'feat': 'Added'}, 'Added'),
        ('patch', {'fix': 'Fixed'}, 'Fixed'),
        ('patch', {'feat': 'Added'}, 'Changed'),
        ('minor', {'feat': 'Added', 'minor': 'Minor changes'}, 'Minor changes'),
        ('major', {'major': 'Major changes'}, 'Major changes'),
    ],
)
def test_a_changeset_stands_in_the_section_of_its_level(level: str, titles: dict[str, str], expected: str) -> None:
    """In the one that lists the level, else where commits of that level stand; it is never left out."""
    assert summaries.title(level, titles, 'Breaking') == expected


@pytest.mark.parametrize(
    ('summary', 'expected'),
    [
        ('One', '- One'),
        ('**One**\n\n- a\n  - b', '- **One**\n\n  - a\n    - b'),
        ('Thanks @bo and @acme/team!', '- Thanks `@bo` and `@acme/team`!'),
        ('`@bo` and bo@acme.org and [x](https://a.b/@bo)', '- `@bo` and bo@acme.org and [x](https://a.b/@bo)'),
        ('Use\n\n```py\n@fast\n```\n@bo', '- Use\n\n  ```py\n  @fast\n  ```\n  `@bo`'),
    ],
)
def test_a_summary_stays_markdown(summary: str, expected: str) -> None:
    """All of its lines belong to one entry, and nobody is mentioned."""
    reason = Reason(ReasonKind.CHANGESET, level='minor', summary=summary)
    planned = PlannedPackage('py:bee', 'bee', 'py', 'any', 'bee', '1', '1', '2', BumpKind.MINOR, 'v2', (), (reason,))
    assert section(planned, ChangelogRules(), '2026-11-23').split('### Added\n\n')[1] == f'{expected}\n'
