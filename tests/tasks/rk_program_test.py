# SPDX-License-Identifier: Apache-2.0
"""Both programs as people run them: real processes, through pipes and on a terminal, and their exit statuses."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from releasekit.tasks.table import BUILTIN, REPORT
from releasekit.testing.workspace import Sandbox, make_repository

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
RELEASEKIT = str(BIN / 'releasekit')
INVOKE = str(BIN / 'invoke')
MODULE = (sys.executable, '-m', 'releasekit.program')

TASKS_PY = '"""Our tasks."""\nfrom releasekit.tasks import ns\n'
SPEC = """\
version: 1
project: {branch: main}
workspaces:
  py: {ecosystem: python, changelog: false, targets: [pypi]}
targets:
  pypi: {type: pypi, auth: none, url: "http://127.0.0.1:9/", index: "http://127.0.0.1:9/simple/"}
checks:
  - {name: good, run: ["true"]}
tasks:
  hello:
    help: Greet somebody
    steps: [{run: [printf, "<%s>", "{posargs}"]}]
  sad:
    steps: [{run: ["false"]}]
"""
PYPROJECT = '[project]\nname = "solo"\nversion = "0.1.0"\n'


@pytest.fixture
def repository(tmp_path: Path) -> Sandbox:
    """A repository with one package and its spec."""
    files = {'release.yaml': SPEC, 'pyproject.toml': PYPROJECT, 'tasks.py': TASKS_PY}
    return make_repository(tmp_path / 'repository', files)


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))


def run(where: Sandbox | Path, *argv: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a program with pipes, and nothing to read."""
    folder = where.root if isinstance(where, Sandbox) else where
    environment = {**os.environ, **more}
    return subprocess.run(
        argv, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


def on_terminal(where: Sandbox, *argv: str) -> tuple[str, int]:
    """Run a program on a terminal of its own: what it wrote, and its exit status."""
    pid, descriptor = pty.fork()
    if pid == 0:
        os.chdir(where.root)
        os.execve(argv[0], argv, {**os.environ, 'TERM': 'xterm-256color'})  # noqa: S606 - a child of this test
    shown = b''
    with contextlib.suppress(OSError):
        while block := os.read(descriptor, 65536):
            shown += block
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(descriptor)
    return shown.decode(), status


def listed(*argv: str, where: Sandbox) -> dict[str, str]:
    """Names and help of the tasks that a program lists."""
    done = run(where, *argv, '--list')
    assert done.returncode == 0
    # A long text goes on below, further in.
    lines = [line.strip().partition(' ') for line in done.stdout.splitlines() if re.match(r'  \S', line)]
    return {name: text.strip() for name, _, text in lines}


def test_both_programs_have_one_and_the_same_collection(repository: Sandbox) -> None:
    """`invoke` through a two-line tasks.py, and `releasekit`; with the tasks of release.yaml and their help."""
    ours = listed(RELEASEKIT, where=repository)
    assert listed(INVOKE, where=repository) == ours
    assert listed(*MODULE, where=repository) == ours
    assert ours['hello'] == 'Greet somebody'
    assert {entry.name for entry in BUILTIN} | {'hello', 'sad'} == set(ours)
    assert all(ours.values())


@pytest.mark.parametrize('program', [RELEASEKIT, INVOKE])
def test_a_broken_spec_leaves_the_built_in_tasks_and_says_so_in_a_line(repository: Sandbox, program: str) -> None:
    """A list is no place for a long error, and none for silence."""
    repository.write({'release.yaml': SPEC.replace('ecosystem', 'ecosytem')})
    done = run(repository, program, '--list')
    assert done.returncode == 0
    assert 'discover' in done.stdout
    assert 'hello' not in done.stdout
    assert done.stderr.splitlines() == [
        'RK-SPEC-INVALID: `ecosytem` is not a key of a workspace. Only the built-in tasks are there.'
    ]


def test_a_task_says_in_full_what_is_wrong_with_the_spec_and_says_it_once(repository: Sandbox) -> None:
    """With file, line, column and caret."""
    repository.write({'release.yaml': SPEC.replace('ecosystem', 'ecosytem')})
    done = run(repository, RELEASEKIT, 'discover')
    assert done.returncode == 2
    assert done.stdout == ''
    assert '--> release.yaml:4:8' in done.stderr
    assert done.stderr.count('`ecosytem` is not a key') == 1


def test_a_task_of_a_built_in_name_replaces_it(repository: Sandbox) -> None:
    """Its help and its steps are those of release.yaml."""
    repository.write({'release.yaml': SPEC.replace('hello:', 'bump:')})
    assert listed(RELEASEKIT, where=repository)['bump'] == 'Greet somebody'
    assert '<me>' in run(repository, RELEASEKIT, 'bump', '--', 'me').stdout


def test_another_spec_brings_other_tasks(repository: Sandbox) -> None:
    """By flag or by variable, already in the list."""
    repository.write({'other.yaml': SPEC.replace('hello:', 'greet:')})
    assert 'greet' in run(repository, RELEASEKIT, '--list', RELEASEKIT_SPEC='other.yaml').stdout
    assert '<me>' in run(repository, RELEASEKIT, 'greet', '--spec', 'other.yaml', '--', 'me').stdout


@pytest.mark.parametrize(
    ('argv', 'message', 'hint'),
    [
        (['plam'], 'There is no task `plam`.', 'Did you mean `plan`?'),
        (['qqqqqq'], 'There is no task `qqqqqq`.', 'Run `releasekit --list` for all tasks.'),
        (['plan', '--onlys', 'x'], '`--onlys` is no flag of plan.', 'Did you mean `--only`?'),
        (['plan', '--zzzzzz'], '`--zzzzzz` is no flag of plan.', 'Run `releasekit --help plan`'),
        (['--only', 'x', 'plan'], '`--only` stands before any task.', 'Write flags after the task'),
        (['why'], '`why` needs PACKAGE.', 'Run `releasekit --help why`.'),
        (['plan', '--prerelease'], '`--prerelease` needs a value.', 'Run `releasekit --help plan`.'),
        (['release', '--only', '--yes'], '`--only` needs a value.', 'Run `releasekit --help release`.'),
        (['plan', '--only', 'solo', '--bump', '--set', 'solo=2.0'], '`--bump` needs a value.', 'Run `releasekit'),
        (['plan', '-f', 'x'], '`-f` is no flag of plan.', 'Run `releasekit --help plan`'),
        (['-e', 'plan'], 'There is no flag `-e`.', 'Run `releasekit --help`.'),
        (['--list', 'plam'], 'There is no task `plam`.', 'Did you mean `plan`?'),
        (['--list', '--list-format', 'xml'], '`--list-format` takes flat, nested, json.', 'Run `releasekit --help`.'),
        (['--list-depth', 'deep'], '`--list-depth` takes a number.', 'Run `releasekit --help`.'),
        (['plan', '--set', 'solo=two'], "'two' is no version of the scheme pep440.", 'Write it as'),
        (['plan', '--prerelease', 'soon'], "no prerelease 'soon'", 'Choose a, b, rc or dev.'),
        (['bump', '--major', '--minor'], '--major and --minor contradict each other.', 'Give one of them.'),
        (['check', '--only', 'goof'], 'There is no check `goof`.', 'Did you mean `good`?'),
        (['plan', '--format', 'xml'], '`xml` is no format of this task.', f'Choose one of {", ".join(REPORT)}.'),
        (['why', 'sola'], 'No package is called `sola`.', 'Did you mean solo?'),
        (['publish', '--target', 'nowhere'], 'There is no target `nowhere`.', 'Choose one of pypi.'),
        (['apply', 'missing.json'], 'missing.json cannot be read: No such file', 'Name a file that'),
        (['apply', 'release.yaml'], 'release.yaml is no JSON: ', 'Name a file that'),
    ],
)
def test_a_wrong_command_line_ends_with_status_2(repository: Sandbox, argv: list[str], message: str, hint: str) -> None:
    """In the form of all errors, with something to do."""
    done = run(repository, RELEASEKIT, *argv)
    assert done.returncode == 2
    assert done.stdout == ''
    assert message in done.stderr
    assert f'= hint: {hint}' in done.stderr
    assert 'Traceback' not in done.stderr


@pytest.mark.parametrize(
    ('program', 'argv', 'status'),
    [
        (RELEASEKIT, ['--version'], 0),
        (RELEASEKIT, ['plan'], 0),
        (INVOKE, ['plan'], 0),
        (INVOKE, ['why', 'nobody'], 2),
        (RELEASEKIT, ['sad'], 1),
        (INVOKE, ['sad'], 1),
        (INVOKE, ['plan', '--nonsense'], 1),
        (RELEASEKIT, ['plan', '--nonsense'], 2),
        (RELEASEKIT, ['release'], 2),
        (INVOKE, ['release'], 2),
    ],
)
def test_exit_statuses_through_a_pipe(repository: Sandbox, program: str, argv: list[str], status: int) -> None:
    """One set for both programs, but for Invoke's own usage errors."""
    repository.git('remote', 'add', 'origin', str(repository.root))
    done = run(repository, program, *argv)
    assert done.returncode == status
    assert 'Traceback' not in done.stderr


@pytest.mark.parametrize(('argv', 'status'), [(['plan'], 0), (['plam'], 2), (['sad'], 1)])
def test_exit_statuses_on_a_terminal(repository: Sandbox, argv: list[str], status: int) -> None:
    """The same as through a pipe, with colours."""
    shown, found = on_terminal(repository, RELEASEKIT, *argv)
    assert found == status
    assert '\x1b[' in shown


def test_a_question_without_a_terminal_is_asked_of_nobody(repository: Sandbox) -> None:
    """It is refused before anything is done."""
    remote = repository.root.parent / 'remote.git'
    repository.git('init', '--quiet', '--bare', str(remote))
    repository.git('remote', 'add', 'origin', str(remote))
    done = run(repository, RELEASEKIT, 'release', '--format', 'json')
    assert done.returncode == 2
    assert [error['code'] for error in json.loads(done.stdout)['errors']] == ['RK-CONFIRM']
    assert not (repository.root / '.releasekit').exists()


@pytest.mark.parametrize(
    ('argv', 'schema', 'status'),
    [
        (['discover'], 'packages', 0),
        (['plan'], 'plan', 0),
        (['version'], 'versions', 0),
        (['why', 'solo'], 'why', 0),
        (['status'], 'status', 0),
        (['check'], 'findings', 0),
        (['bump'], 'report', 0),
        (['hello', '--', 'x'], 'report', 0),
        (['sad'], 'report', 1),
        (['plan', '--dry-run'], 'error', 2),
        (['plan', '--bump', 'nobody=minor'], 'error', 2),
    ],
)
def test_json_is_one_document_of_its_schema(repository: Sandbox, argv: list[str], schema: str, status: int) -> None:
    """Nothing else is on standard output, neither progress nor what commands print."""
    task, *rest = argv
    done = run(repository, RELEASEKIT, task, '--format', 'json', *rest)
    assert done.returncode == status
    document = json.loads(done.stdout)
    assert document['schema'] == f'releasekit/{schema}/1'
    jsonschema.validate(document, json.loads((ROOT / 'schema' / f'{schema}.schema.json').read_text()))


def test_the_schema_knows_the_names_that_the_spec_defines(repository: Sandbox) -> None:
    """Editors complete the steps, and the targets and tasks of this very file; all else is as it is shipped."""
    schema = json.loads(run(repository, RELEASEKIT, 'schema').stdout)
    definitions, shipped = schema['definitions'], json.loads((ROOT / 'schema' / 'release.schema.json').read_text())
    assert definitions['WorkspaceSpec']['properties']['targets']['items'] == {'enum': ['pypi']}
    assert {'hello', 'sad', 'build'} <= {*definitions['TaskStep']['properties']['task']['enum']}
    assert 'after-push' in schema['properties']['hooks']['propertyNames']['enum']
    jsonschema.validate(YAML(typ='safe', pure=True).load(SPEC), schema)
    assert definitions['Engine'] == shipped['definitions']['Engine']


@pytest.mark.parametrize(
    ('before', 'after'),
    [('targets: [pypi]', 'targets: [pipy]'), ('{run: ["false"]}', 'bulid'), ('{run: ["false"]}', '{task: helo}')],
)
def test_the_schema_refuses_names_that_nothing_has(repository: Sandbox, before: str, after: str) -> None:
    """As the program itself does."""
    schema = json.loads(run(repository, RELEASEKIT, 'schema').stdout)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(YAML(typ='safe', pure=True).load(SPEC.replace(before, after)), schema)


@pytest.mark.parametrize('spec', [None, 'version: 1\n'])
def test_there_is_a_schema_where_there_is_no_spec_that_is_right(repository: Sandbox, spec: str | None) -> None:
    """An editor needs it most while the file is wrong."""
    repository.write({'release.yaml': spec})
    schema = json.loads(run(repository, RELEASEKIT, 'schema', '--format', 'json').stdout)
    assert schema['definitions']['WorkspaceSpec']['properties']['targets']['items'] == {'type': 'string'}
    assert 'publish' in schema['definitions']['UseStep']['properties']['use']['enum']


GOOD = '  - {name: good, run: ["true"]}\n'
CHECKS = f"""\
{GOOD}  - {{name: bad, run: ["false"]}}
  - {{name: absent, run: [no-such-program]}}
  - {{name: slow, run: [sleep, "60"], timeout: 0.1}}
"""


@pytest.mark.parametrize(
    ('argv', 'counts', 'status'),
    [
        (['--only', 'good'], (1, 0, 0), 0),
        (['--only', 'g*', '--skip', 'good'], (0, 0, 0), 0),
        (['--skip', 'bad', '--skip', 'slow', '--skip', 'absent'], (1, 0, 0), 0),
        (['--only', 'bad'], (0, 1, 0), 3),
        (['--only', 'slow'], (0, 1, 0), 3),
        (['--only', 'absent'], (0, 0, 1), 3),
    ],
)
def test_checks_can_be_chosen(repository: Sandbox, argv: list[str], counts: tuple[int, int, int], status: int) -> None:
    """One that fails, takes too long or cannot run ends with status 3; what cannot run was not checked."""
    repository.commit('ci: more checks', {'release.yaml': SPEC.replace(GOOD, CHECKS)})
    done = run(repository, RELEASEKIT, 'check', '--format', 'json', *argv)
    found = json.loads(done.stdout)['counts']
    assert (found['passed'], found['failed'], found['not_checked']) == counts
    assert done.returncode == status


def test_the_help_shows_no_flag_that_does_nothing_here(repository: Sandbox) -> None:
    """Those of Invoke are for commands that are written in Python; without arguments the help is what is shown."""
    told = run(repository, RELEASEKIT, '--help').stdout
    assert '--dry' in told
    assert not any(flag in told for flag in ('--pty', '--echo', '--hide', '--command-timeout', 'sudo', '--write-pyc'))
    assert run(repository, RELEASEKIT).stdout == told


@pytest.mark.parametrize('argv', [['--version'], ['-V', 'plan'], ['plan', '--version']], ids=' '.join)
def test_the_version_is_told_wherever_it_is_asked_for(repository: Sandbox, argv: list[str]) -> None:
    """And no task runs."""
    done = run(repository, RELEASEKIT, *argv)
    assert (done.returncode, done.stdout, done.stderr) == (0, f'releasekit {metadata.version("releasekit")}\n', '')


def test_a_completion_script_is_printed(repository: Sandbox) -> None:
    """For the name of this program."""
    done = run(repository, RELEASEKIT, 'completion', 'bash')
    assert done.returncode == 0
    assert 'complete -F _releasekit releasekit' in done.stdout


def test_a_build_says_where_its_files_are(repository: Sandbox) -> None:
    """And that they are built, not released."""
    build = '\n[build-system]\nrequires = ["uv_build"]\nbuild-backend = "uv_build"\n'
    repository.commit('build: make it', {'pyproject.toml': PYPROJECT + build, 'src/solo/__init__.py': ''})
    done = run(repository, RELEASEKIT, 'build')
    assert re.search(r'py:solo +0\.1\.0 +built', done.stdout)
    folder = re.search(r'^files +(\S+)$', done.stdout, re.MULTILINE)
    assert folder is not None
    assert [path.name for path in (repository.root / folder[1]).rglob('*.whl')] == ['solo-0.1.0-py3-none-any.whl']


def test_what_follows_two_hyphens_stays_as_it_was_given(repository: Sandbox) -> None:
    """An argument with a space is one argument, in both programs."""
    for program in (RELEASEKIT, INVOKE):
        assert '<a b><c>' in run(repository, program, 'hello', '--', 'a b', 'c').stdout


@pytest.mark.parametrize('program', [RELEASEKIT, INVOKE])
def test_a_dry_run_runs_nothing(repository: Sandbox, program: str) -> None:
    """Invoke's own `--dry` means the same as `--dry-run`."""
    argv = ['--dry', 'hello'] if program == INVOKE else ['hello', '--dry-run']
    done = run(repository, program, *argv)
    assert done.returncode == 0
    assert '<' not in done.stdout.replace('<%s>', '')
    assert 'run step' in done.stdout


def test_a_dry_run_of_an_edit_shows_the_diff_and_changes_nothing(repository: Sandbox) -> None:
    """The tree is as it was."""
    done = run(repository, RELEASEKIT, 'bump', '--dry-run', '--set', 'solo=2.0.0')
    assert '+version = "2.0.0"' in done.stdout
    assert repository.git('status', '--porcelain') == ''
    assert not (repository.root / '.releasekit').exists()


def test_bump_edits_the_tree(repository: Sandbox) -> None:
    """And says what it did."""
    done = run(repository, RELEASEKIT, 'bump', '--to', '2.0.0')
    assert done.returncode == 0
    assert 'edited pyproject.toml' in done.stdout
    assert 'version = "2.0.0"' in (repository.root / 'pyproject.toml').read_text()


def test_a_check_that_fails_ends_with_status_3(repository: Sandbox) -> None:
    """The table names it, standard error says why."""
    repository.commit('chore: check', {'release.yaml': SPEC.replace('["true"]', '["false"]')})
    done = run(repository, RELEASEKIT, 'check')
    assert done.returncode == 3
    assert done.stdout.splitlines()[-1].split() == ['good', 'failed']
    assert 'RK-CHECK-FAILED' in done.stderr


def test_strict_makes_a_check_that_warns_fail(repository: Sandbox) -> None:
    """A warning is a warning without it."""
    text = SPEC.replace('{name: good, run: ["true"]}', '{name: good, run: ["false"], severity: warning}')
    repository.commit('chore: check', {'release.yaml': text})
    assert run(repository, RELEASEKIT, 'check').returncode == 0
    assert run(repository, RELEASEKIT, 'check', '--strict').returncode == 3


def test_no_repository_is_an_error_and_not_a_traceback(tmp_path: Path) -> None:
    """As everything else that is not there."""
    done = run(tmp_path, RELEASEKIT, 'plan', GIT_CEILING_DIRECTORIES=str(tmp_path.parent))
    assert done.returncode != 0
    assert 'error[RK-GIT-NONE]' in done.stderr


def test_no_spec_is_a_usage_error(repository: Sandbox) -> None:
    """The built-in tasks are still listed, without a word."""
    repository.write({'release.yaml': None})
    done = run(repository, RELEASEKIT, 'plan')
    assert done.returncode == 2
    assert 'Run `releasekit init`' in done.stderr
    assert run(repository, RELEASEKIT, '--list').stderr == ''


@pytest.mark.parametrize('argv', [['--list'], ['plan'], ['schema']])
def test_a_reader_that_goes_away_does_no_harm(repository: Sandbox, argv: list[str]) -> None:
    """`| head -1` gets its line, and nobody complains."""
    with subprocess.Popen(
        [RELEASEKIT, *argv], cwd=repository.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        assert child.stderr.read() == b''
    assert child.returncode == 0


def test_the_list_of_tasks_is_read_from_the_cache_while_the_spec_is_the_same(
    repository: Sandbox, tmp_path: Path
) -> None:
    """By its content, so that another content is read anew; a cache that is broken is no cache."""
    assert 'hello' in run(repository, RELEASEKIT, '--list').stdout
    (kept,) = (tmp_path / 'cache' / 'releasekit' / 'tasks-1').iterdir()
    kept.write_text('{"cached": "From the cache"}')
    assert 'From the cache' in run(repository, RELEASEKIT, '--list').stdout
    kept.write_text('{')
    assert 'Greet somebody' in run(repository, RELEASEKIT, '--list').stdout
    repository.write({'release.yaml': SPEC.replace('Greet', 'Salute')})
    assert 'Salute somebody' in run(repository, RELEASEKIT, '--list').stdout


BUG_PY = """\
from invoke import Collection
from releasekit.tasks import flags
from releasekit.tasks.command import make
from releasekit.tasks.table import Entry

def boom(session):
    return {}['nothing']

ns = Collection(make(Entry('boom', '', flags.LOOK, 'Fail as nobody expected.', 'boom'), boom))
"""


def test_a_bug_is_reported_without_a_traceback_unless_it_is_asked_for(repository: Sandbox) -> None:
    """Whatever nobody expected ends in the form of all errors, with status 70."""
    repository.write({'tasks.py': BUG_PY})
    done = run(repository, INVOKE, 'boom')
    assert done.returncode == 70
    assert "error[RK-BUG]: This is a bug of releasekit. KeyError: 'nothing'" in done.stderr
    assert 'Traceback' not in done.stderr
    done = run(repository, INVOKE, 'boom', '--debug', '--format', 'json')
    assert done.returncode == 70
    assert 'Traceback' in done.stderr
    assert [error['code'] for error in json.loads(done.stdout)['errors']] == ['RK-BUG']


def test_this_repository_plans_and_lists_its_own_tasks() -> None:
    """The living example: what CI runs is a task of it."""
    tasks = listed(INVOKE, where=Sandbox(ROOT))
    assert {'lint', 'format', 'types', 'test', 'bench'} <= set(tasks)
    done = run(ROOT, RELEASEKIT, 'discover', '--format', 'json')
    assert [package['id'] for package in json.loads(done.stdout)['packages']] == ['py:releasekit']
