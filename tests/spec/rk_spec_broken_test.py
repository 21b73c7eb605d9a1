# SPDX-License-Identifier: Apache-2.0
"""What a broken release.yaml says, to the letter: broken/*.yaml and the text beside each."""

from __future__ import annotations

from pathlib import Path

import pytest

from releasekit.errors import Code, ReleaseKitError, render
from releasekit.spec.load import load
from releasekit.spec.places import MAX_SHOWN
from releasekit.steps.base import vocabulary

KNOWN = vocabulary()
BROKEN = sorted((Path(__file__).parent / 'broken').glob('*.yaml'))


@pytest.mark.parametrize('path', BROKEN, ids=lambda path: path.stem)
def test_a_broken_spec_says_everything_that_is_wrong(path: Path) -> None:
    """Every violation has its place, and what follows from another one is not said."""
    with pytest.raises(ReleaseKitError) as caught:
        load(path.read_text(encoding='utf-8'), 'release.yaml', KNOWN)
    written = '\n\n'.join(render(problem) for problem in caught.value.problems) + '\n'
    assert written == path.with_suffix('.txt').read_text(encoding='utf-8')


TOP = 'version: 1\nworkspaces: {py: {ecosystem: python}}\n'


@pytest.mark.parametrize(
    ('text', 'code', 'where', 'message'),
    [
        ('', Code.SPEC_SYNTAX, '1:1', 'The file is empty.'),
        ('# only a comment\n', Code.SPEC_SYNTAX, '1:1', 'The file is empty.'),
        ('- 1\n', Code.SPEC_SYNTAX, '1:1', 'The file is no mapping of keys to values.'),
        (f'{TOP}---\na: 1\n', Code.SPEC_SYNTAX, '3:1', 'A second document begins here.'),
        ('a: b: c\n', Code.SPEC_SYNTAX, '1:5', 'This is not YAML: mapping values are not allowed here.'),
        ('a: [*]\n', Code.SPEC_SYNTAX, '1:6', 'This is not YAML: expected alphabetic or numeric character, but found'),
        ('a: @x\n', Code.SPEC_SYNTAX, '1:4', "This is not YAML: found character '@' that cannot start any token."),
        ('a: "\\U0011FFFF"\n', Code.SPEC_SYNTAX, '1:1', 'After this comes what cannot be read as YAML'),
        ('a: "\\UFFFFFFFF"\n', Code.SPEC_SYNTAX, '1:1', 'After this comes what cannot be read as YAML'),
        (f'{TOP}commits: {{~: 1}}\n', Code.SPEC_SYNTAX, '3:11', 'YAML does not read the key `~` as text.'),
        (f'{TOP}: 1\n', Code.SPEC_SYNTAX, '3:1', 'A key is missing.'),
        (f'{TOP}&a mode: direct\n', Code.SPEC_SYNTAX, '3:1', 'A key takes no anchor or tag.'),
        (f'{TOP}manifest: !!str 5\n', Code.SPEC_SYNTAX, '3:11', 'Tags are not allowed.'),
        (f'{TOP}manifest: 0x10\n', Code.SPEC_INVALID, '3:11', '`manifest` is the number `0x10`; it must be text.'),
        (f'{TOP}manifest: 0o17\n', Code.SPEC_INVALID, '3:11', '`manifest` is the number `0o17`; it must be text.'),
        (f'{TOP}manifest: 1e3\n', Code.SPEC_INVALID, '3:11', '`manifest` is the number `1e3`; it must be text.'),
        (f'{TOP}manifest: null\n', Code.SPEC_INVALID, '3:11', '`manifest` is empty; it must be text.'),
        (f'{TOP}engine: {{retries: {"9" * 5000}}}\n', Code.SPEC_INVALID, '3:19', '`retries` is the number `99999'),
        (f'{TOP}engine: {{retries: 0x{"f" * 99}}}\n', Code.SPEC_INVALID, '3:19', '`retries` is the number `0xfff'),
        (f'{TOP}engine: {{backoff: .nan}}\n', Code.SPEC_INVALID, '3:19', '`backoff` is `.nan`; it must be a number.'),
        (f'{TOP}{"k" * 70}: 1\n', Code.SPEC_INVALID, '3:1', f'`{"k" * 70}` is not a key of release.yaml.'),
        (
            f'{TOP}git: {{tag_message: "a\\\n  {{nam}}"}}\n',
            Code.SPEC_NAME,
            '3:20',
            '`{nam}` is not a word of `tag_message`.',
        ),
        (
            f'{TOP}tasks: {{t: {{steps: [{{uses: a, b: c}}]}}}}\n',
            Code.SPEC_INVALID,
            '3:22',
            'The key `use` of a step is missing.',
        ),
        (f'{TOP}git: {{sign: {{a: 1}}}}\n', Code.SPEC_INVALID, '3:13', '`sign` is a mapping; it takes'),
    ],
)
def test_one_mistake_is_one_error(text: str, code: Code, where: str, message: str) -> None:
    """Code, place and message of small mistakes; the hint says what to do."""
    with pytest.raises(ReleaseKitError) as caught:
        load(text, 'release.yaml', KNOWN)
    if text.startswith(TOP):
        assert len(caught.value.problems) == 1
    problem = caught.value.problems[0]
    assert (problem.code, str(problem.place)) == (code, f'release.yaml:{where}')
    assert problem.message.startswith(message)
    assert problem.hint


@pytest.mark.parametrize(
    ('line', 'hint'),
    [
        ('tag: {name}-v{version}', 'Quote what begins with a brace: "{name}-v{version}".'),
        ('exclude: [*]', 'Quote a value that begins with a sign'),
        ('help: one: two', 'Quote a value that holds `: `.'),
        ('\thelp: x', 'Indent with spaces'),
        ('run: [a', 'Close it.'),
        ('help x', 'Correct the line'),
    ],
)
def test_the_hint_knows_the_usual_slips(line: str, hint: str) -> None:
    """What people forget to quote is named in the hint."""
    with pytest.raises(ReleaseKitError) as caught:
        load(f'a:\n  b: 1\n  {line}\n' if not line.startswith('\t') else f'a:\n{line}\n', 'release.yaml', KNOWN)
    assert caught.value.problems[0].hint.startswith(hint)


@pytest.mark.parametrize(
    'text', ['a: ' + '[' * 3000, 'a: ' + '{a: ' * 3000, '- ' * 3000, '[\n' * 3000, 'x-a: ' + '[\n' * 99]
)
def test_deep_nesting_is_refused(text: str) -> None:
    """However it is written, and under `x-` too."""
    with pytest.raises(ReleaseKitError) as caught:
        load(text, 'release.yaml', KNOWN)
    assert 'nested deeper than 24 levels' in caught.value.problems[0].message


def test_brackets_in_text_are_no_nesting() -> None:
    """A regular expression or a comment may hold any number of them."""
    text = f'{TOP}manifest: "{"[" * 99}"  # {"[" * 99}\n'
    assert load(text, 'release.yaml', KNOWN).spec.manifest == '[' * 99


def test_a_hundred_errors_are_enough() -> None:
    """What is wrong in every line of a large file is not said a thousand times."""
    text = TOP + ''.join(f'key{number}: 1\n' for number in range(1000))
    with pytest.raises(ReleaseKitError) as caught:
        load(text, 'release.yaml', KNOWN)
    assert len(caught.value.problems) == 101
    assert caught.value.problems[-1].message == 'More than 100 things are wrong; the rest is not shown.'


def test_a_long_line_is_not_shown_whole() -> None:
    """Minified YAML gives readable errors: the line is cut around the mistake."""
    near, far = ', '.join(f'a{n}: 1' for n in range(200)), 'b' * 300
    with pytest.raises(ReleaseKitError) as caught:
        load(
            f'{{version: 1, wrong: 1, {near}, {far}: 1, workspaces: {{py: {{ecosystem: python}}}}}}',
            'release.yaml',
            KNOWN,
        )
    first, last = caught.value.problems[0].place, caught.value.problems[100].place
    assert first is not None
    assert first.source is not None
    assert len(first.source) == MAX_SHOWN
    assert last is not None
    assert last.source is not None
    assert last.source[(last.column or 0) - last.begins :].startswith('a')


@pytest.mark.parametrize(
    ('text', 'hint'),
    [
        ('{ecosystem: python, tag: {name}-v{version}}', 'Quote what begins with a brace: "{name}-v{version}".'),
        (
            '{ecosystem: python, tag: {name}-v{version}, root: a}',
            'Quote what begins with a brace: "{name}-v{version}".',
        ),
        ('{ecosystem: python, tag: fixed}', 'Add `{version}`, such as "{name}-v{version}".'),
        ('{ecosystem: python, umbrella_tag: fixed}', 'Add `{version}`, such as "{label}-v{version}".'),
        ('{ecosystem: python, tool: poetry}', 'Write `uv`, `npm`, `pnpm`, `yarn`, `cargo` or `go`.'),
        ('{ecosystem: python, version: {initial: first}}', 'Write a version such as 0.1.0.'),
    ],
)
def test_a_hint_is_something_that_can_be_written(text: str, hint: str) -> None:
    """What it proposes for a workspace is right there."""
    with pytest.raises(ReleaseKitError) as caught:
        load(f'version: 1\nworkspaces: {{py: {text}}}\n', 'release.yaml', KNOWN)
    assert caught.value.problems[0].hint == hint


@pytest.mark.parametrize('initial', ['0.1.0', '1!2.0', '2026.1', '1.0.0rc1', '0.0.1.dev0', '1.0.0-rc.1', '1'])
def test_every_version_can_be_the_first(initial: str) -> None:
    """Whatever scheme it is of."""
    written = f'version: 1\nworkspaces: {{py: {{ecosystem: python, version: {{initial: "{initial}"}}}}}}\n'
    assert load(written, 'release.yaml', KNOWN).spec.workspaces['py'].version.initial == initial
