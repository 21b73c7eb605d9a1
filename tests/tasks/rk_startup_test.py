# SPDX-License-Identifier: Apache-2.0
"""What starts quickly imports little: lists, help, the version and completion, in real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from releasekit.testing.workspace import Sandbox, make_repository

BIN = Path(sys.executable).parent
SPEC = """\
version: 1
project: {branch: main}
workspaces: {py: {ecosystem: python, changelog: false}}
tasks: {hello: {help: Greet somebody, steps: [{run: [echo, hello]}]}}
"""
FILES = {
    'release.yaml': SPEC,
    'pyproject.toml': '[project]\nname = "solo"\nversion = "0.1.0"\n',
    'tasks.py': 'from releasekit.tasks import ns\n',
}
INVOKE = ('invoke', '--list')
LIST = ('releasekit', '--list')
HELP = ('releasekit', '--help')
TASK_HELP = ('releasekit', 'plan', '--help')
VERSION = ('releasekit', '--version')
COMPLETION = ('releasekit', '--complete', 'fish', '--', 'releasekit', 'why', '')
# Of ours, to list the tasks or to show the help of one. Whoever adds one looks first at what it costs.
TO_LIST = {
    'releasekit',
    'releasekit.backends',
    'releasekit.backends.cache',
    'releasekit.backends.regular',
    'releasekit.compat',
    'releasekit.errors',
    'releasekit.lazy',
    'releasekit.spec',
    'releasekit.spec.names',
    'releasekit.tasks',
    'releasekit.tasks.boundary',
    'releasekit.tasks.collection',
    'releasekit.tasks.command',
    'releasekit.tasks.custom',
    'releasekit.tasks.flags',
    'releasekit.tasks.listing',
    'releasekit.tasks.table',
}
# The console script has its own program, and writes through its own streams, which mask what is secret.
IN_PROGRAM = {
    'releasekit.codec',
    'releasekit.log',
    'releasekit.program',
    'releasekit.redact',
    'releasekit.shapes',
    'releasekit.tasks.commandline',
    'releasekit.tasks.terminal',
    'releasekit.tasks.terminal.console',
    'releasekit.tasks.terminal.layout',
    'releasekit.tasks.terminal.stream',
}
TO_COMPLETE = {
    'releasekit',
    'releasekit.lazy',
    'releasekit.program',
    'releasekit.tasks',
    'releasekit.tasks.completion',
    'releasekit.tasks.completion.answer',
}
HEAVY = {'anyio', 'asyncio', 'httpx', 'jsonschema', 'packaging', 'rich', 'ruamel', 'structlog', 'tomlkit', 'tomllib'}
# What takes a good part of the time of an empty Python by itself.
SLOW = {'dataclasses', 'inspect', 'invoke', 'json', 'pathlib', 're', 'typing'}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """A repository with one package."""
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    return make_repository(tmp_path / 'repository', FILES, 'feat: begin')


_TELL = """
import atexit, sys
atexit.register(lambda: sys.__stderr__.write('|' + ' '.join(sys.modules)))
sys.argv[:] = sys.argv[1:]
"""
_RUN = {
    'invoke': 'from invoke.main import program; program.run()',
    'releasekit': 'from releasekit.program import main; sys.exit(main())',
    'python': '',
}


def imported(where: Path, *argv: str) -> set[str]:
    """The modules that a program has imported at its end; the first run fills the caches."""
    command = [sys.executable, '-c', f'{_TELL}{_RUN[argv[0]]}', *argv]
    subprocess.run(command, cwd=where, env=os.environ, capture_output=True, check=False)
    done = subprocess.run(command, cwd=where, env=os.environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {*done.stderr.rpartition('|')[2].split()}


def ours(modules: set[str]) -> set[str]:
    """Those of releasekit; a lazy stand-in is none until it is used."""
    return {name for name in modules if name.partition('.')[0] == 'releasekit'}


@pytest.mark.parametrize('argv', [INVOKE, LIST, HELP, TASK_HELP, VERSION, COMPLETION], ids=' '.join)
def test_nothing_heavy_is_imported_before_it_is_needed(
    argv: tuple[str, ...], repository: Sandbox, tmp_path: Path
) -> None:
    """No YAML, no schemas, no network, no colours; and nothing that carries plans out."""
    found = imported(repository.root, *argv)
    (tmp_path / 'tasks.py').write_text('from invoke import task\n\n\n@task\ndef nothing(context):\n    pass\n')
    without = {name.partition('.')[0] for name in imported(tmp_path, 'invoke', '--list')}
    assert {name.partition('.')[0] for name in found} & HEAVY <= without
    parts = {'core', 'ecosystems', 'engines', 'ports', 'run', 'schema', 'steps', 'vcs'}
    assert {name.split('.')[1] for name in ours(found) if '.' in name} & parts == set()


def test_invoke_lists_the_tasks_with_exactly_these_modules(repository: Sandbox) -> None:
    """No more than the tables of tasks and flags, and the names that release.yaml had when it was last read."""
    assert ours(imported(repository.root, *INVOKE)) == TO_LIST


@pytest.mark.parametrize('argv', [LIST, HELP, TASK_HELP], ids=' '.join)
def test_releasekit_lists_and_helps_with_exactly_these_modules(argv: tuple[str, ...], repository: Sandbox) -> None:
    """The same, and the program."""
    assert ours(imported(repository.root, *argv)) == TO_LIST | IN_PROGRAM


def test_completion_imports_next_to_nothing(repository: Sandbox) -> None:
    """Not even Invoke, nor what the standard library is slow with."""
    found = imported(repository.root, *COMPLETION)
    assert ours(found) == TO_COMPLETE
    assert found & SLOW <= imported(repository.root, 'python')


def test_the_version_needs_no_task(repository: Sandbox) -> None:
    """Nor Invoke."""
    found = imported(repository.root, *VERSION)
    assert 'invoke' not in found
    assert 'releasekit.tasks.table' not in found


def _heeding() -> None:
    """Heed Ctrl-C as a terminal's programs do, even where the tests run behind a shell that ignores it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize(
    'module', ['invoke.exceptions', 'invoke.config', 'releasekit.errors', 'releasekit.tasks.command']
)
def test_an_interruption_while_modules_are_imported_is_no_traceback(module: str, repository: Sandbox) -> None:
    """Whoever is quick with Ctrl-C sees 130 and no complaint."""
    command = [sys.executable, '-X', 'importtime', str(BIN / 'releasekit'), 'discover']
    with subprocess.Popen(
        command,
        cwd=repository.root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_heeding,  # noqa: PLW1509 - sets one signal, and nothing else
    ) as child:
        assert child.stderr is not None
        next(line for line in child.stderr if line.rstrip().endswith(f' {module}'))
        child.send_signal(signal.SIGINT)
        said = child.stderr.read()
    assert child.returncode in {130, -signal.SIGINT}
    assert 'Traceback' not in said
