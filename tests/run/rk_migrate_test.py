# SPDX-License-Identifier: Apache-2.0
"""`migrate` reads what it can, says what it cannot, and overwrites nothing."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from releasekit.core.written import ABSENT, Setting, merged, nested, write
from releasekit.errors import Code, ReleaseKitError
from releasekit.migrations import TOOLS, forms, json5
from releasekit.migrations.base import Ground, Member, Rules, Space, Tool, Without, Work
from releasekit.migrations.read import read
from releasekit.migrations.tree import Node, Source
from releasekit.run.survey import begin, carry, known
from releasekit.spec import later
from releasekit.spec.names import LATER
from releasekit.testing.workspace import Sandbox, make_repository

ROOT = Path(__file__).parents[2]
RELEASEKIT = str(Path(sys.executable).parent / 'releasekit')
FILES = {
    'package.json': '{"name": "gadget", "version": "1.2.3"}\n',
    '.releaserc.json': '{"branches": ["main"], "plugins": ["@semantic-release/commit-analyzer", "acme-plugin"]}\n',
}


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    monkeypatch.setenv('GIT_CEILING_DIRECTORIES', str(tmp_path))


@pytest.fixture
def repository(tmp_path: Path) -> Sandbox:
    """A package that semantic-release releases."""
    return make_repository(tmp_path / 'repository', FILES, 'feat: begin')


def run(folder: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    """Run the console script in a folder, with nobody there to answer."""
    return subprocess.run(
        [RELEASEKIT, *argv],
        cwd=folder,
        env=os.environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_dry_run_prints_the_file_and_a_run_writes_it_once(repository: Sandbox) -> None:
    """Standard output is the file; the report goes beside it. What is there then is of the newest format."""
    dry = run(repository.root, 'migrate', '--dry-run')
    assert dry.returncode == 0, dry.stderr
    assert 'acme-plugin' in dry.stderr
    assert repository.git('status', '--porcelain') == ''
    done = run(repository.root, 'migrate', '--yes')
    assert done.returncode == 0, done.stderr
    assert (repository.root / 'release.yaml').read_text() == dry.stdout
    assert 'It is the plugin acme-plugin.' in done.stdout
    again = run(repository.root, 'migrate')
    assert (again.returncode, again.stdout) == (
        0,
        'release.yaml is of format 1, the newest: there is nothing to migrate.\n',
    )
    named = run(repository.root, 'migrate', '--from', 'semantic-release')
    assert named.returncode == 2
    assert 'error[RK-SPEC-EXISTS]' in named.stderr
    assert (repository.root / 'release.yaml').read_text() == dry.stdout


def test_json_is_one_document(repository: Sandbox) -> None:
    """Of its schema: what was taken over, and what was left with its place."""
    schema = json.loads((ROOT / 'schema' / 'migration.schema.json').read_text())
    for written in (True, False):
        document = json.loads(run(repository.root, 'migrate', '--format', 'json', '--backtest').stdout)
        jsonschema.validate(document, schema)
        assert document['written'] is written
        if written:
            assert (document['tool'], document['files']) == ('semantic-release', ['.releaserc.json'])
            assert [(each['path'], each['line']) for each in document['left']] == [('.releaserc.json', 1)]
            assert {'key': 'project.branch', 'value': 'main', 'why': 'branches in .releaserc.json:1'} in document[
                'taken'
            ]
            assert document['backtest']['releases'] == 0
            assert document['text'] == (repository.root / 'release.yaml').read_text()


def test_a_file_of_a_later_format_says_so(repository: Sandbox) -> None:
    """As every other task."""
    repository.write({'release.yaml': 'version: 2\nworkspaces: {js: {ecosystem: js}}\n'})
    done = run(repository.root, 'migrate')
    assert done.returncode == 2
    assert 'error[RK-SPEC-INVALID]' in done.stderr


@pytest.mark.parametrize(
    ('files', 'asked', 'code', 'message'),
    [
        ({'.releaserc.json': None}, '', Code.MIGRATE_NONE, 'no settings of release-please'),
        ({}, 'release-please', Code.MIGRATE_NONE, 'no settings of release-please: release-please-config.json'),
        ({}, 'release-pleas', Code.USAGE, 'release-pleas'),
        ({'releasekit.toml': '[release]\n'}, '', Code.MIGRATE_SEVERAL, 'releasekit.toml (releasekit.toml)'),
        ({'releasekit.toml': '[release]\n'}, 'releasekit.toml', Code.MIGRATE_UNKNOWN, 'described nowhere'),
        ({'.releaserc.json': '{"branches": [}\n'}, '', Code.MIGRATE_INVALID, '.releaserc.json cannot be read'),
    ],
)
@pytest.mark.anyio
async def test_what_cannot_be_migrated_is_said(
    repository: Sandbox, files: dict[str, str | None], asked: str, code: Code, message: str
) -> None:
    """With what to do."""
    repository.commit('chore: more', files)
    begun = await begin.begin(repository.root, None, dict(os.environ))
    found = await carry.find(begun)

    async def migrated() -> carry.Carried:
        return await carry.carry(begun, found, carry.choose(found, asked))

    with pytest.raises(ReleaseKitError) as caught:
        await migrated()
    assert caught.value.code is code
    assert message in caught.value.problems[0].message


@pytest.mark.parametrize(
    ('path', 'text', 'line'),
    [
        ('a.json', '{\n  "a": [1,\n  x\n}', 3),
        ('a.json', '{} {}', 1),
        ('a.json', '{"a" 1}', 1),
        ('a.json', '{"a": 1 "b": 2}', 1),
        ('a.json', '{1.5: {[]: 1}}', 1),
        ('a.json', '[' * 80, 1),
        ('a.toml', 'a = 1\nb = \n', 2),
        ('a.yaml', 'a: 1\nb: [\n', 3),
        ('a.cfg', 'a = 1\n', 1),
        ('a.yaml', '&a [' + ', '.join(['1'] * 60_000) + ']', None),
        ('a.json', ' ' * (1 << 21), None),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_its_line(path: str, text: str, line: int | None) -> None:
    """Whatever it is written in."""
    with pytest.raises(ReleaseKitError) as caught:
        read(Source(path, text))
    assert caught.value.code is Code.MIGRATE_INVALID
    assert caught.value.problems[0].place is not None
    assert caught.value.problems[0].place.line == line


@pytest.mark.parametrize(
    ('path', 'text', 'keys', 'value', 'line'),
    [
        ('a.json', '// first\n{"a": {\n  b: \'x\\u0041\\n\', /* c */ }, }', ('a', 'b'), 'xA\n', 3),
        ('a.json', '[1, -2.5, true, null,\n"\\ud800"]', (4,), '\ufffd', 2),
        ('.rc', '{"a": "\\u{1F600}\\x41"}', ('a',), '\U0001f600A', 1),
        ('.rc', 'a:\n  - b: no\n    c: 2\n', ('a', 0, 'c'), 2, 3),
        ('a.yml', 'x: &x {k: 1}\ny:\n  <<: *x\n  z: "2"\n', ('y', 'k'), 1, 1),
        ('a.yml', '', (), None, None),
        ('a.toml', '[tool.a]\nb.c = """\n[x]\n"""\n[[tool.d]]\n[[tool.d]]\n"e f" = 1\n', ('tool', 'd', 1, 'e f'), 1, 7),
        ('a.toml', '[tool.a]\nb.c = """\n[x]\n"""\n', ('tool', 'a', 'b'), {'c': '[x]\n'}, 2),
        ('a.cfg', '[a:b]\nKey = one\n  two\n', ('a:b', 'key'), 'one\ntwo', 2),
        ('a.mjs', 'const c = {a: 1};\nexport default c;\n', ('a',), 1, 1),
        ('a.js', 'module.exports = {\n  a: `x`,\n}\nfunction f() {}\n', ('a',), 'x', 2),
        ('a.ts', 'export default {a: 1} satisfies Config;', ('a',), 1, 1),
        ('a.ts', 'export default {a: 1} as const', ('a',), 1, 1),
    ],
)
def test_values_are_read_with_their_lines(
    path: str, text: str, keys: tuple[str | int, ...], value: object, line: int | None
) -> None:
    """JSON as people write it, YAML, TOML, INI and what scripts export as data."""
    node = read(Source(path, text))
    for key in keys:
        node = next(each for name, each in (*node.items(), *enumerate(node.each())) if name == key)
    assert (node.value, node.line) == (value, line)


@pytest.mark.parametrize(
    ('text', 'line'),
    [
        ('console.log(1)', 1),
        ('module.exports = require("./base");', 1),
        ('module.exports = {a: f(1)};', 1),
        ('\nmodule.exports = {...base};', 2),
        ('module.exports = {a: `x${b}`};', 1),
        ('module.exports = {a: 1}.b;', 1),
        ('const c = f();\nexport default c;', 1),
        ('export default c;', 1),
    ],
)
def test_a_script_that_computes_is_no_data(text: str, line: int) -> None:
    """It would have to be run."""
    with pytest.raises(json5.NotPlainError) as caught:
        read(Source('a.js', text))
    assert caught.value.line == line


@pytest.mark.parametrize(
    ('template', 'pattern', 'expected'),
    [
        ('v${version}', forms.DOLLAR, 'v{version}'),
        ('v$version', forms.DOLLAR, 'v{version}'),
        ('{{ package }}-v{{ version }}', forms.DOUBLE, '{name}-v{version}'),
        ('{package}@{version}', forms.WORD, '{name}@{version}'),
        ('a}{version}', forms.WORD, 'a}}{version}'),
        ('${other}', forms.DOLLAR, None),
    ],
)
def test_words_of_templates_are_translated(template: str, pattern: str, expected: str | None) -> None:
    """A word that has no equivalent makes the whole template have none."""
    assert forms.translated(template, {'version': '{version}', 'package': '{name}'}, pattern) == expected


@pytest.mark.parametrize(
    ('expression', 'expected'),
    [
        ('(main|master)', ('main', 'master')),
        ('^main$', ('main',)),
        ('feat/.+', ('feat/*',)),
        (r'release/\d+', None),
        ('(?!x).*', None),
        (r'v1\.x', ('v1.x',)),
    ],
)
def test_expressions_of_branches_become_globs(expression: str, expected: tuple[str, ...] | None) -> None:
    """Those that globs can say."""
    assert forms.branch_globs(expression) == expected


def test_a_setting_replaces_what_stands_at_its_path_and_below() -> None:
    """And stands beside what stands in the same table."""
    before = (Setting(('a', 'b'), {'c': 1, 'd': 2}, 'why'), Setting(('a', 'e'), False), Setting(('f', 0, 'g'), [1]))
    after = merged(before, [Setting(('a', 'b', 'c'), 3), Setting(('a', 'e', 'x'), 4), Setting(('f',), ABSENT)])
    assert after == (Setting(('a', 'b', 'd'), 2, 'why'), Setting(('a', 'b', 'c'), 3), Setting(('a', 'e', 'x'), 4))
    assert write(['# top'], after) == '# top\nversion: 1\n\na:\n  b:\n    d: 2  # why\n    c: 3\n  e:\n    x: 4\n'
    assert nested(before[2]) == {'f': [{'g': [1]}]}


SPACES = (
    Space('js', 'js', '.', (Member('@a/x', 'p/x', '1.0.0'), Member('@a/y', 'p/y', '2.0.0'))),
    Space('py', 'python', 'py', (Member('x', 'py', '1.0.0'),)),
)


def test_workspaces_never_have_the_same_tags() -> None:
    """The only package of one is named as it is; else the label is put before, and what that changes is reported."""
    work = Work(Ground(SPACES, frozenset()))
    for space in SPACES:
        work.set((*space.at, 'tag'), 'v{version}', 'tag in a.json:1')
    done = work.done()
    assert done.settings[-1].value == '{label}/{name}-v{version}'
    assert [(gap.what, gap.at) for gap in done.gaps] == [('tags of py', 'a.json:1')]
    assert Work(Ground(SPACES, frozenset())).done().settings[-1].value == 'x-v{version}'


def test_a_key_that_no_table_names_is_reported() -> None:
    """What is known to mean nothing here is not, nor a value that asks for nothing."""
    rules: Rules = {
        'a': None,
        'b': Without('did', 'instead', (False,)),
        'c': lambda work, node: work.set(('x',), 1, node),
    }
    work = Work(Ground((), frozenset()))
    work.read(Node({'a': 1, 'b': False, 'c': 2, 'd': 3}, 'f.json', (), {('d',): 7}), rules)
    done = work.done()
    assert [gap.at for gap in done.gaps] == ['f.json:7']
    assert done.settings == (Setting(('x',), 1, 'c in f.json'),)


@pytest.mark.parametrize(
    ('options', 'path', 'value'),
    [
        ({'include-commit-authors': True}, ('changelog', 'authors'), True),
        ({'skip-changelog': True}, ('changelog',), False),
        ({'initial-version': '2.0.0'}, ('version', 'initial'), '2.0.0'),
        ({'include-v-in-tag': False, 'tag-separator': '@'}, ('tag',), '{name}@{version}'),
        ({'include-v-in-tag': False, 'include-component-in-tag': False}, ('tag',), '{version}'),
        ({'component': 'other'}, ('tag',), 'other-v{version}'),
    ],
)
def test_options_of_release_please_are_taken_over(
    options: dict[str, object], path: tuple[str, ...], value: object
) -> None:
    """Those of a single package."""
    space = Space('js', 'js', '.', (Member('gadget', '.', '1.0.0'),))
    work = Work(Ground((space,), frozenset(), 'main'))
    text = json.dumps({'packages': {'.': options}})
    TOOLS['release-please'].read(work, [Source('release-please-config.json', text)])
    found = {each.path: each.value for each in work.done().settings}
    assert found[(*space.at, *path)] == value


def test_every_part_that_comes_later_is_known_as_such() -> None:
    """By the one list, whatever is on it."""
    for pattern, values in LATER.items():
        document: object = values[0] if values else 'x'
        for key in reversed(pattern.split('.')):
            document = {'x' if key == '*' else key: document}
        assert isinstance(document, dict)
        assert [*later.used(document)], pattern
    assert not [*later.used({'version': 1, 'workspaces': {'x': {'ecosystem': 'js', 'tag': 'v{version}'}}})]


def test_a_tool_is_asked_for_on_a_terminal(repository: Sandbox) -> None:
    """Where there are settings of several; without a terminal that is an error."""
    repository.commit('chore: more', {'lerna.json': '{"version": "1.2.3"}\n'})
    done = run(repository.root, 'migrate')
    assert done.returncode == 2
    assert 'error[RK-MIGRATE-SEVERAL]' in done.stderr
    pid, descriptor = pty.fork()
    if pid == 0:
        os.chdir(repository.root)
        os.execve(RELEASEKIT, [RELEASEKIT, 'migrate'], {**os.environ, 'TERM': 'dumb'})  # noqa: S606 - a child
    os.write(descriptor, b'2\n')
    shown = b''
    with contextlib.suppress(OSError):
        while block := os.read(descriptor, 65536):
            shown += block
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, shown
    os.close(descriptor)
    assert b'Which tool makes the releases?' in shown
    assert 'releasekit migrate --from lerna' in (repository.root / 'release.yaml').read_text()


@pytest.mark.parametrize('tool', [tool for tool in TOOLS.values() if tool.files], ids=lambda tool: tool.name)
def test_init_knows_the_files_of_every_tool(tool: Tool) -> None:
    """Those that are of one tool alone; what is in manifests is told by their ecosystems."""
    assert dict(known.rivals(name.replace('*', 'json') for name in tool.files)).keys() == {tool.name}


def test_the_how_to_is_carried_out(tmp_path: Path) -> None:
    """Every command of it succeeds, one after the other, and prints what stands below it."""
    case = ROOT / 'tests' / 'migrate' / 'python-semantic-release.pyproject' / 'in'
    files = {path.relative_to(case).as_posix(): path.read_text() for path in case.rglob('*.*')}
    before = {path: text.replace('0.7.0', '0.6.0') for path, text in files.items()}
    repository = make_repository(tmp_path / 'probe', before, 'feat: begin')
    repository.tag('v0.6.0')
    repository.commit('feat: retry', files)
    repository.tag('v0.7.0')
    page = (ROOT / 'docs' / 'how-to' / 'migrate.md').read_text()
    blocks = re.findall(r'^ *```console\n(.*?)^ *```$', page, re.MULTILINE | re.DOTALL)
    shown = ''
    commands = 0
    for line in (line.strip() for block in blocks for line in block.splitlines()):
        if line.startswith('$ releasekit '):
            done = run(repository.root, *line.removeprefix('$ releasekit ').split())
            assert done.returncode == 0, done.stderr
            shown, commands = done.stdout + done.stderr, commands + 1
        else:
            assert line in shown
    assert commands == 6


def test_the_how_to_names_every_tool_and_its_files() -> None:
    """In a row of its table each."""
    page = (ROOT / 'docs' / 'how-to' / 'migrate.md').read_text()
    rows = dict(re.findall(r'^\| `([^`-][^`]*)` \| (.+) \|$', page, re.MULTILINE))
    assert set(rows) == {name for name, tool in TOOLS.items() if not tool.refused}
