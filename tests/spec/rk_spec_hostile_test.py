# SPDX-License-Identifier: Apache-2.0
"""What a hostile or damaged release.yaml says: one table, each row with its code, its place and its words."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from releasekit.ecosystems import KINDS
from releasekit.errors import Code, Problem, ReleaseKitError, render
from releasekit.spec import confusables
from releasekit.spec.encoding import MAX_BYTES, decode
from releasekit.spec.kinds import Known
from releasekit.spec.load import Loaded, load
from releasekit.spec.model import Spec
from releasekit.spec.places import MAX_SHOWN
from releasekit.testing.mutants import deadline
from releasekit.testing.workspace import Sandbox, make_repository

KNOWN = Known(KINDS)
TOP = 'version: 1\nworkspaces: {py: {ecosystem: python}}\n'
SYNTAX, INVALID, NAME = Code.SPEC_SYNTAX, Code.SPEC_INVALID, Code.SPEC_NAME


def read(text: str | bytes) -> Loaded:
    """What a text or its bytes are read as.

    Those at the limit of size take a second or two; what grows faster than its length takes minutes, and is ended.
    """
    with deadline(20.0):
        return load(text if isinstance(text, str) else decode(text, 'release.yaml'), 'release.yaml', KNOWN)


def problems(text: str | bytes) -> tuple[Problem, ...]:
    """What is wrong with it."""
    with pytest.raises(ReleaseKitError) as caught:
        read(text)
    return caught.value.problems


@pytest.mark.parametrize(
    ('text', 'code', 'where', 'message'),
    [
        ('%YAML 1.1\n---\n', SYNTAX, '1:1', 'Directives are not allowed.'),
        ('# first\n%TAG ! tag:example.org,2000:\n---\n', SYNTAX, '2:1', 'Directives are not allowed.'),
        ('%UNHEARD of\n---\n', SYNTAX, '1:1', 'Directives are not allowed.'),
    ],
)
def test_directives_are_refused(text: str, code: Code, where: str, message: str) -> None:
    """Also those that the parser does not know, and would pass over."""
    (problem,) = problems(f'{text}{TOP}')
    assert (problem.code, str(problem.place), problem.message) == (code, f'release.yaml:{where}', message)


@pytest.mark.parametrize(
    ('line', 'code', 'column', 'message'),
    [
        ('manifest: !!python/object:os.system ls', SYNTAX, 11, 'Tags are not allowed.'),
        ('manifest: !!binary aGk=', SYNTAX, 11, 'Tags are not allowed.'),
        ('manifest: !custom {a: 1}', SYNTAX, 11, 'Tags are not allowed.'),
        ('manifest: !unheard!of x', SYNTAX, 11, "This is not YAML: found undefined tag handle '!unheard!'."),
        ('manifest: &a b', SYNTAX, 11, 'Anchors are not allowed.'),
        ('manifest: *a', SYNTAX, 11, 'Aliases are not allowed.'),
        ('git: {<<: {sign: tags}}', SYNTAX, 7, 'Merge keys are not allowed.'),
        ('git: {<<: *a}', SYNTAX, 7, 'Merge keys are not allowed.'),
        ('1: x', SYNTAX, 1, 'YAML does not read the key `1` as text.'),
        ('0x1f: x', SYNTAX, 1, 'YAML does not read the key `0x1f` as text.'),
        ('null: x', SYNTAX, 1, 'YAML does not read the key `null` as text.'),
        ('true: x', SYNTAX, 1, 'YAML does not read the key `true` as text.'),
        ('2026-11-23: x', SYNTAX, 1, 'YAML does not read the key `2026-11-23` as text.'),
        ('[a, b]: x', SYNTAX, 1, 'A key must be text.'),
        ('{a: b}: x', SYNTAX, 1, 'A key must be text.'),
        ('? [a]', SYNTAX, 3, 'A key must be text.'),
        ('*a : x', SYNTAX, 1, 'A key must be text.'),
        ('!!str mode: direct', SYNTAX, 1, 'A key takes no anchor or tag.'),
        ('manifest: "x', SYNTAX, 11, 'The quote that begins here has no end.'),
        ("manifest: 'x", SYNTAX, 11, 'The quote that begins here has no end.'),
        ('checks: [a, b', SYNTAX, 9, 'The list that begins here has no end.'),
        ('git: {sign: tags', SYNTAX, 6, 'The mapping that begins here has no end.'),
        ('manifest', SYNTAX, 1, "This is not YAML: could not find expected ':'."),
        ('manifest: |x', SYNTAX, 12, "This is not YAML: expected chomping or indentation indicators, but found 'x'."),
        ('\tmode: direct', SYNTAX, 1, "This is not YAML: found character '\\t' that cannot start any token."),
        ('manifest: "\\0"', SYNTAX, 11, 'The character U+0000 is not allowed in a value.'),
        ('manifest: "\\e[31m"', SYNTAX, 11, 'The character U+001B is not allowed in a value.'),
        ('manifest: "\\ud800"', SYNTAX, 11, 'The character U+D800 is not allowed in a value.'),
        ('manifest: "\\u202e"', SYNTAX, 11, 'The character U+202E RIGHT-TO-LEFT OVERRIDE is not allowed in a value.'),
        ('"a\\u2028": x', SYNTAX, 1, 'The character U+2028 LINE SEPARATOR is not allowed in a value.'),
        ('manifest: a\x1b[31mb', SYNTAX, 12, 'The character U+001B is not allowed here.'),
        ('manifest: a\ufeffb', SYNTAX, 12, 'The character U+FEFF ZERO WIDTH NO-BREAK SPACE is not allowed here.'),
        ('manifest: a\u2028b', SYNTAX, 12, 'The character U+2028 LINE SEPARATOR is not allowed here.'),
        ('manifest: a\x85b', SYNTAX, 12, 'The character U+0085 is not allowed here.'),
        ('manifest: a\u202eb', SYNTAX, 12, 'The character U+202E RIGHT-TO-LEFT OVERRIDE is not allowed here.'),
        ('mode: direct # \u2066x', SYNTAX, 16, 'The character U+2066 LEFT-TO-RIGHT ISOLATE is not allowed here.'),
        ('engine: {retries: 1_000}', INVALID, 19, '`retries` is `1_000`; it must be a whole number.'),
        ('engine: {retries: .inf}', INVALID, 19, '`retries` is `.inf`; it must be a whole number.'),
        ('engine: {retries: 1e400}', INVALID, 19, '`retries` is the number `1e400`; it must be a whole number.'),
        ('engine: {backoff: 1e400}', INVALID, 19, '`backoff` is the number `1e400`; it must be at most 600.'),
        ('engine: {backoff: 1:30}', INVALID, 19, '`backoff` is `1:30`; it must be a number.'),
        ('manifest: 0x1f', INVALID, 11, '`manifest` is the number `0x1f`; it must be text.'),
        ('manifest: 010', INVALID, 11, '`manifest` is the number `010`; it must be text.'),
        ('manifest: 2026-11-23', INVALID, 11, '`manifest` is the date `2026-11-23`; it must be text.'),
        ('commits: {first_parent: yes}', INVALID, 25, '`first_parent` is `yes`; it must be true or false.'),
        ('commits: {first_parent: Off}', INVALID, 25, '`first_parent` is `Off`; it must be true or false.'),
        ('...\nmode: direct', SYNTAX, 1, 'A second document begins here.'),
        ('---', SYNTAX, 1, 'A second document begins here.'),
    ],
)
def test_a_hostile_line_is_one_error(line: str, code: Code, column: int, message: str) -> None:
    """Below a good beginning, where nothing else can be wrong; the last row but one is found a line later."""
    (problem,) = problems(f'{TOP}{line}\n')
    row = 4 if line.startswith('...') else 3
    assert (problem.code, problem.message) == (code, message)
    assert str(problem.place) == f'release.yaml:{row}:{column}'
    assert problem.hint


@pytest.mark.parametrize(
    ('line', 'where', 'sentence'),
    [
        ('m\u043ede: direct', '3:1', 'It has U+043E CYRILLIC SMALL LETTER O, which looks like `o`.'),
        ('\u0441\u043emmits: {}', '3:1', 'It has U+0441 CYRILLIC SMALL LETTER ES, which looks like `c`. It has U+043E'),
        ('project: {vcs: \uff47it}', '3:16', 'It has U+FF47 FULLWIDTH LATIN SMALL LETTER G, which looks like `g`.'),
        ('targets: {\u0440ypi: {type: pypi}}', '3:11', 'It has U+0440 CYRILLIC SMALL LETTER ER, which looks like `p`.'),
        ('git: {tag_message: "{n\u0430me}"}', '3:20', 'It has U+0430 CYRILLIC SMALL LETTER A, which looks like `a`.'),
        ('hooks: {before-ta\u0261: [tag]}', '3:9', 'It has U+0261 LATIN SMALL LETTER SCRIPT G, which looks like `g`.'),
        ('engine: {retries: \uff13}', '3:19', 'It has U+FF13 FULLWIDTH DIGIT THREE, which looks like `3`.'),
        ('mo\u200bde: direct', '3:1', 'It has U+200B ZERO WIDTH SPACE, which looks like nothing.'),
        ('mode\u200d: direct', '3:1', 'It has U+200D ZERO WIDTH JOINER, which looks like nothing.'),
        ('mo\ufe0fde: direct', '3:1', 'It has U+FE0F VARIATION SELECTOR-16, which looks like nothing.'),
        ('\u00a0mode: direct', '3:1', 'It has U+00A0 NO-BREAK SPACE, which looks like a space.'),
        ('mode\uff1a direct', '3:5', 'It has U+FF1A FULLWIDTH COLON, which looks like `:`.'),
        ('git: {sign\uff1a tags}', '3:7', 'It has U+FF1A FULLWIDTH COLON, which looks like `:`.'),
        ('git:\n  author: a\n\u3000 sign: both', '5:1', 'It has U+3000 IDEOGRAPHIC SPACE, which looks like a space.'),
        ('git: {sign: \u201ctags\u201d}', '3:13', 'It has U+201C LEFT DOUBLE QUOTATION MARK, which looks like `"`.'),
    ],
)
def test_a_character_that_looks_like_another_is_named(line: str, where: str, sentence: str) -> None:
    """Two words that look the same say nothing: the message has the number and the name of what differs."""
    found = {str(problem.place): problem.message for problem in problems(f'{TOP}{line}\n')}
    assert sentence in found[f'release.yaml:{where}']


def test_other_scripts_are_no_imitation() -> None:
    """Text that could not pass for ASCII is left alone, and a misspelt word in it is one."""
    assert confusables.named('привет') == ''
    assert confusables.named('naïve') == ''
    assert confusables.named('…') != ''
    assert read(f'{TOP}tasks: {{t: {{help: "Ошибка, 版 😀", steps: [tag]}}}}\n').spec.tasks['t'].help == 'Ошибка, 版 😀'
    (problem,) = problems(f'{TOP}модель: direct\n')
    assert problem.message == '`модель` is not a key of release.yaml.'


@pytest.mark.parametrize(
    ('data', 'where', 'message'),
    [
        (b'a' * (MAX_BYTES + 1), '1:1', f'The file is larger than {MAX_BYTES} bytes.'),
        (TOP.encode('utf-16'), '1:1', 'The file is UTF-16; only UTF-8 is read.'),
        (TOP.encode('utf-16-le'), '1:1', 'The file is UTF-16; only UTF-8 is read.'),
        (TOP.encode('utf-16-be'), '1:1', 'The file is UTF-16; only UTF-8 is read.'),
        (TOP.encode('utf-32'), '1:1', 'The file is UTF-32; only UTF-8 is read.'),
        (TOP.encode('utf-32-le'), '1:1', 'The file is UTF-32; only UTF-8 is read.'),
        (TOP.encode('utf-32-be'), '1:1', 'The file is UTF-32; only UTF-8 is read.'),
        (b'a: 1\nb: \0', '2:4', 'A NUL byte stands here.'),
        (f'{TOP}git: {{author: "Jos\u00e9 <a@b>"}}\n'.encode('latin-1'), '3:19', 'The byte 0xe9 that stands here is'),
        (b'a: 1\r\rb: \xff', '3:4', 'The byte 0xff that stands here is not UTF-8.'),
        (b'a: 1\nb: \xed\xa0\x80', '2:4', 'The byte 0xed that stands here is not UTF-8.'),
        (b'\x1b[31m\xff', '1:6', 'The byte 0xff that stands here is not UTF-8.'),
        (b'', '1:1', 'The file is empty.'),
        (b'\xef\xbb\xbf', '1:1', 'The file is empty.'),
        (b'# only\n# comments\n', '1:1', 'The file is empty.'),
        (b'...\n', '1:1', "This is not YAML: expected the node content, but found '<document end>'."),
        (b'- a list\n', '1:1', 'The file is no mapping of keys to values.'),
        (b'a word\n', '1:1', 'The file is no mapping of keys to values.'),
        (b'\xef\xbb\xbf\xef\xbb\xbfversion: 1\n', '1:1', 'The character U+FEFF ZERO WIDTH NO-BREAK SPACE is not'),
    ],
)
def test_bytes_that_are_no_spec_have_a_place(data: bytes, where: str, message: str) -> None:
    """Encodings, zeroes, nothing at all; what is shown of the line steers no terminal."""
    (problem,) = problems(data)
    assert (problem.code, str(problem.place)) == (SYNTAX, f'release.yaml:{where}')
    assert problem.message.startswith(message)
    assert '\x1b' not in render(problem)


def test_secrets_of_a_line_that_is_no_text_are_not_shown() -> None:
    """The line of a wrong byte is shown, with its secrets written over."""
    (problem,) = problems(b'a: ghp_' + b'0123456789' * 4 + b' \xff\n')
    assert 'ghp_0123' not in render(problem)


def test_a_byte_order_mark_is_passed_over() -> None:
    """Some editors write one; the columns of the first line count without it."""
    assert read(b'\xef\xbb\xbf' + TOP.encode()).spec == read(TOP).spec
    (problem,) = problems(b'\xef\xbb\xbfwrong: 1\n' + TOP.encode())
    assert str(problem.place) == 'release.yaml:1:1'


@pytest.mark.parametrize('newline', ['\r\n', '\r', '\n'])
@pytest.mark.parametrize(
    ('text', 'where'),
    [
        ('# a\n\nwrong: 1\n', '5:1'),
        ('manifest: >\n  a\n\n  b\nwrong: 1\n', '7:1'),
        ('manifest: "a\n  b"\nwrong: 1\n', '5:1'),
        ('manifest: "a\n', '3:11'),
    ],
)
def test_places_count_every_kind_of_line_end(text: str, where: str, newline: str) -> None:
    """Windows and old Macs have others, in scalars of several lines too."""
    (problem,) = problems(f'{TOP}{text}'.replace('\n', newline))
    assert str(problem.place) == f'release.yaml:{where}'


@pytest.mark.parametrize('written', ['3', '3.', '3.0', '03', '0x3', '0o3', '3e0', '+3'])
def test_a_whole_number_has_many_forms(written: str) -> None:
    """Those of YAML 1.2, for which a zero in front means nothing."""
    assert repr(read(f'{TOP}engine: {{retries: {written}}}\n').spec.engine.retries) == '3'


def test_what_ends_a_document_may_be_written() -> None:
    """The marks of YAML for one document."""
    assert read(f'---\n{TOP}...\n').spec == read(TOP).spec


BOMB = ''.join(f'x-{n}: &a{n} [{", ".join([f"*a{n - 1}"] * 9)}]\n' for n in range(1, 12))


@pytest.mark.parametrize(
    ('text', 'where', 'message'),
    [
        (f'x-0: &a0 [1]\n{BOMB}{TOP}manifest: *a11\n', '15:11', 'Aliases are not allowed.'),
        (f'{TOP}manifest: {"[" * 3000}', '3:34', 'This is nested deeper than 24 levels.'),
        (f'{TOP}manifest: {"{a: " * 3000}', '3:103', 'This is nested deeper than 24 levels.'),
        (f'{TOP}x-a: {"[" * 3000}', '3:30', 'This is nested deeper than 24 levels.'),
        (f'{TOP}x-a:\n{"- " * 3000}', '4:49', 'This is nested deeper than 24 levels.'),
        (f'{TOP}x-a: {"[{a: " * 3000}', '3:66', 'This is nested deeper than 24 levels.'),
        (f'{TOP}x-a: ' + '[\n' * 3000, '27:1', 'This is nested deeper than 24 levels.'),
        (f'{TOP}x-a:\n' + ''.join(f'{" " * n}a:\n' for n in range(1, 300)), '28:26', 'This is nested deeper than 24'),
        (f'{TOP}manifest: "{"a" * 100_000}', '3:11', 'The quote that begins here has no end.'),
        (f'{TOP}manifest: "' + '\\"' * 60_000, '3:11', 'The quote that begins here has no end.'),
        (f'{TOP}{"k" * 100_000}: 1\n', '3:1', "This is not YAML: could not find expected ':'."),
        (f'{TOP}? {"k" * 100_000}\n: 1\n', '3:3', f'`{"k" * 60}…` is not a key of release.yaml.'),
        (f'{TOP}manifest: {"9" * 100_000}\n', '3:11', '`manifest` is the number `99999'),
        (f'{TOP}git: {{author: {"a " * 50_000}}}\n', '3:15', '`author` is `a a a a a'),
        (f'{TOP}git: {{author: {"a" * 100_000}: b}}\n', '3:100015', 'This is not YAML: '),
        ('{' + TOP.replace('\n', ', ') + 'a: 1, ' * 15_000 + '}', '1:53', '`a` is not a key of release.yaml.'),
        (TOP + ''.join(f'k{n}: 1\n' for n in range(12_000)), '3:1', '`k0` is not a key of release.yaml.'),
        (
            f'{TOP}checks: [{"2026-01-01, " * 9000}]\n',
            '3:10',
            'Item 1 of `checks` is the date `2026-01-01`',
        ),
        (f'{TOP}git: {{commit_message: "{"{nam}" * 20_000}"}}\n', '3:24', '`{nam}` is not a word of `commit_message`.'),
        (f'{TOP}# {("ghp_" + "a" * 30 + " ") * 3000}\n', '3:3', 'This is a GitHub token; the file is no place for'),
    ],
)
def test_what_is_huge_is_refused_in_few_words(text: str, where: str, message: str) -> None:
    """Bombs, depth, length and number: the first error stands where it begins, and nobody has to scroll."""
    found = problems(text)
    assert str(found[0].place) == f'release.yaml:{where}'
    assert found[0].message.startswith(message)
    assert len(found) <= 101
    for problem in found:
        assert max(map(len, render(problem).splitlines())) < 900
        assert problem.place is not None
        assert len(problem.place.source or '') <= MAX_SHOWN


def test_the_caret_of_a_long_line_stands_under_the_mistake() -> None:
    """What is shown of it is a window."""
    text = '{' + TOP.replace('\n', ', ') + ', '.join(f'x-{n}: 1' for n in range(900)) + ', wrong: 1, ' + 'x-a: 1, ' * 90
    (problem,) = problems(f'{text}}}\n')
    *_, source, caret, _, _ = render(problem).splitlines()
    start = caret.index('^')
    assert source[start : start + 5] == 'wrong'
    assert caret.count('^') == 5
    assert source.count('…') == 2
    assert problem.place is not None
    assert (problem.place.line, problem.place.column) == (1, text.index('wrong') + 1)


def test_a_large_spec_is_read() -> None:
    """The limit is far above what anybody writes, and near it reading comes to an end soon."""
    text = f'{TOP}tasks:\n' + ''.join(f'  t{n}: {{steps: [{{run: [make, a{n}]}}]}}\n' for n in range(3000))
    assert MAX_BYTES * 0.8 < len(text) < MAX_BYTES
    spec: Spec = read(text).spec
    assert len(spec.tasks) == 3000


@pytest.mark.parametrize('word', ['steps: [{task: NEXT}]', 'steps: [tag], needs: [NEXT]'])
def test_a_chain_of_thousands_of_tasks_is_followed_once(word: str) -> None:
    """Whether it ends or closes to a circle; and a circle is one error, however many are in it."""
    size = 2000
    links = ''.join(f'  t{n}: {{{word.replace("NEXT", f"t{n + 1}")}}}\n' for n in range(size))
    text = f'{TOP}tasks:\n{links}'
    assert len(text) < MAX_BYTES
    assert len(read(f'{text}  t{size}: {{steps: [tag]}}\n').spec.tasks) == size + 1
    (problem,) = problems(f'{text}  t{size}: {{{word.replace("NEXT", "t0")}}}\n')
    assert problem.code is INVALID
    assert problem.message.startswith('Task `t0` ')
    assert str(problem.place).startswith('release.yaml:4:')


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """A repository whose spec each test writes."""
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    return make_repository(tmp_path / 'repository', {'pyproject.toml': '[project]\nname = "a"\nversion = "0.1.0"\n'})


def run(repository: Sandbox, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the console script to its end; what hangs is ended, and fails the test."""
    argv = [str(Path(sys.executable).parent / 'releasekit'), *arguments]
    return subprocess.run(
        argv,
        cwd=repository.root,
        env=dict(os.environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding='utf-8',
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize(
    ('data', 'code', 'line', 'column'),
    [
        (f'{TOP}m\u043ede: direct\n'.encode(), 'RK-SPEC-INVALID', 3, 1),
        (f'x-0: &a0 [1]\n{BOMB}{TOP}manifest: *a11\n'.encode(), 'RK-SPEC-SYNTAX', 15, 11),
        (f'{TOP}manifest: {"[" * 3000}'.encode(), 'RK-SPEC-SYNTAX', 3, 34),
        (f'{TOP}manifest: !!python/object/apply:os.system [ls]\n'.encode(), 'RK-SPEC-SYNTAX', 3, 11),
        (TOP.encode('utf-16'), 'RK-SPEC-SYNTAX', 1, 1),
        (b'a: 1\nb: \0', 'RK-SPEC-SYNTAX', 2, 4),
        (b'', 'RK-SPEC-SYNTAX', 1, 1),
        (b'#' * (MAX_BYTES + 1), 'RK-SPEC-SYNTAX', 1, 1),
    ],
)
def test_the_program_ends_with_the_place(repository: Sandbox, data: bytes, code: str, line: int, column: int) -> None:
    """Exit 2, no traceback, nothing on stdout but the document that was asked for."""
    (repository.root / 'release.yaml').write_bytes(data)
    plain = run(repository, 'plan')
    assert (plain.returncode, plain.stdout) == (2, '')
    assert f'error[{code}]' in plain.stderr
    assert f'release.yaml:{line}:{column}' in plain.stderr
    assert 'Traceback' not in plain.stderr
    asked = run(repository, 'plan', '--format', 'json')
    document = json.loads(asked.stdout)
    assert asked.returncode == 2
    assert document['schema'] == 'releasekit/error/1'
    first = document['errors'][0]
    assert (first['code'], first['path'], first['line'], first['column']) == (code, 'release.yaml', line, column)


@pytest.mark.parametrize('kind', ['folder', 'unreadable', 'loop', 'pipe', 'device'])
def test_what_is_no_file_is_said(repository: Sandbox, kind: str) -> None:
    """Nothing of it is waited for: a pipe that nobody writes to, or a device that never ends."""
    path = repository.root / 'release.yaml'
    match kind:
        case 'folder':
            path.mkdir()
        case 'unreadable':
            if os.geteuid() == 0:
                pytest.skip('root can read everything')
            path.write_text(TOP)
            path.chmod(0)
        case 'loop':
            path.symlink_to('release.yaml')
        case 'pipe':
            os.mkfifo(path)
        case _:
            path.symlink_to('/dev/zero')
    done = run(repository, 'plan', '--spec', 'release.yaml', '--format', 'json')
    assert done.returncode == 2
    (error,) = json.loads(done.stdout)['errors']
    assert error['code'] == 'RK-SPEC-MISSING'
    assert error['path'].endswith(('release.yaml', '/dev/zero'))
    assert error['hint']
    listed = run(repository, '--list')
    assert listed.returncode == 0
    assert 'Traceback' not in listed.stderr
