# SPDX-License-Identifier: Apache-2.0
"""What goes where: one document on standard output, and no harm where output cannot go anywhere."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from releasekit.tasks.table import BUILTIN
from releasekit.testing.stage import program
from releasekit.testing.workspace import Sandbox, isolated, make_repository
from releasekit.testing.yard import open_yard

SPEC = """\
version: 1
project: {branch: main}
workspaces:
  py: {ecosystem: python, targets: [pypi]}
targets:
  pypi: {type: pypi, auth: none, url: "http://127.0.0.1:9/", index: "http://127.0.0.1:9/simple/"}
checks:
  - {name: good, run: ["true"]}
tasks:
  hello: {steps: [{run: [printf, "hi\\n"]}]}
  slow: {steps: [{run: [sh, -c, "echo begun >&2; sleep 60"]}]}
"""
MANIFEST = '[project]\nname = "söló"\nversion = "0.1.0"\n'.replace('ö', 'o').replace('ó', 'o')
GIVEN = {'package': 'solo', 'plan': 'missing.json', 'word': 'RK-USAGE'}
JSON = [entry for entry in BUILTIN if 'json' in entry.formats and 'format' in entry.flags]


@pytest.fixture
def repository(tmp_path: Path) -> Sandbox:
    """A repository with a package, that has no remote."""
    return make_repository(tmp_path / 'work', {'release.yaml': SPEC, 'pyproject.toml': MANIFEST}, 'feat: begin → …')


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    """The environment, with a cache of our own."""
    return {**isolated(os.environ), 'XDG_CACHE_HOME': str(tmp_path / 'cache')}


def shell(where: Sandbox, line: str, variables: dict[str, str], **more: str) -> subprocess.CompletedProcess[bytes]:
    """A command line in a real shell, `releasekit` being ours, with nothing to read."""
    return subprocess.run(
        ['bash', '-o', 'pipefail', '-c', line.replace('releasekit', program())],
        cwd=where.root,
        env={**variables, **more},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )


def only_document(text: bytes) -> Any:
    """The JSON document that is all of an output."""
    document, end = json.JSONDecoder().raw_decode(text.decode())
    assert text.decode()[end:] == '\n'
    return document


@pytest.mark.parametrize('how', ['right', 'wrong flag', 'broken spec', 'no repository'])
@pytest.mark.parametrize('name', [entry.name for entry in JSON])
def test_json_is_one_document_and_nothing_else(
    repository: Sandbox, variables: dict[str, str], name: str, how: str
) -> None:
    """Whatever comes of it; errors are a document too."""
    entry = next(entry for entry in JSON if entry.name == name)
    words = [name, *(GIVEN[argument] for argument in entry.arguments), '--format', 'json']
    words += ['--dry-run'] if 'dry_run' in entry.flags else ['--yes'] if 'yes' in entry.flags else []
    words += ['--nonsense'] if how == 'wrong flag' else []
    if how == 'broken spec':
        repository.write({'release.yaml': SPEC.replace('ecosystem', 'ecosytem')})
    elif how == 'no repository':
        (repository.root / '.git').rename(repository.root / 'git')
    done = shell(repository, f'releasekit {" ".join(words)}', variables)
    document = only_document(done.stdout)
    assert b'Traceback' not in done.stderr
    if how == 'wrong flag':
        assert (done.returncode, document['schema']) == (2, 'releasekit/error/1')


def test_json_of_an_interrupted_task_is_one_document(repository: Sandbox, variables: dict[str, str]) -> None:
    """The report of what was done until then, and the signal's own status."""
    process = subprocess.Popen(
        [program(), 'slow', '--format', 'json'],
        cwd=repository.root,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    while b'begun' not in process.stderr.readline():
        pass
    process.send_signal(signal.SIGINT)
    stdout, _ = process.communicate()
    assert process.returncode in {-signal.SIGINT, 130}
    only_document(stdout)


@pytest.mark.parametrize('how', ['table', 'json'])
def test_a_log_never_stands_on_standard_output(repository: Sandbox, variables: dict[str, str], how: str) -> None:
    """Even the most talkative one."""
    done = shell(repository, f'releasekit check --format {how}', variables, RELEASEKIT_LOG='debug')
    events = [json.loads(line)['event'] for line in done.stderr.decode().splitlines()]
    assert {'run.started', 'action.started', 'command.ended', 'action.ended', 'run.ended'} <= set(events)
    assert b'"event"' not in done.stdout


@pytest.mark.parametrize(
    ('line', 'status', 'error'),
    [
        ('releasekit plan >&-', 0, b''),
        ('releasekit plan <&-', 0, b''),
        ('releasekit plan 2>&-', 0, b''),
        ('releasekit plan <&- >&- 2>&-', 0, b''),
        ('releasekit plam >&- 2>&-', 2, b''),
        ('releasekit hello >&-', 0, b''),
        ('releasekit --help >&-', 0, b''),
        ('releasekit plan | true', 0, b''),
        ('releasekit plan --format json | true', 0, b''),
        ('releasekit --list | true', 0, b''),
        ('releasekit plan | head -n 1', 0, b''),
        ('releasekit plam 2>&1 | true', 2, b''),
        ('releasekit plan > /dev/full', 1, b'RK-DISK-FAILED]: Standard output could not be written: No space left'),
        ('releasekit plan --format json > /dev/full', 1, b'RK-DISK-FAILED'),
        ('releasekit --list > /dev/full', 1, b'RK-DISK-FAILED'),
        ('releasekit --version > /dev/full', 1, b'could not be written'),
        ('releasekit --version >&-', 0, b''),
        ('releasekit --complete fish -- releasekit pl > /dev/full', 1, b''),
        ('releasekit hello > /dev/full', 1, b'RK-DISK-FAILED'),
        ('releasekit plan 2> /dev/full', 0, b''),
        ('releasekit plam 2> /dev/full', 2, b''),
    ],
)
def test_output_that_goes_nowhere_is_no_bug(
    repository: Sandbox, variables: dict[str, str], line: str, status: int, error: bytes
) -> None:
    """A closed stream is none that anybody wants; a reader may go away; what cannot be written is said."""
    if '/dev/full' in line and not Path('/dev/full').exists():
        pytest.skip('this system has no /dev/full')
    done = shell(repository, line, variables, RELEASEKIT_LOG='error')
    assert done.returncode == status, done.stderr
    assert error in done.stderr
    assert error or not done.stderr
    assert b'Traceback' not in done.stderr


@pytest.mark.parametrize('encoding', ['ascii', 'latin-1', 'cp1252', 'utf-8'])
@pytest.mark.parametrize('line', ['plan', 'release --dry-run', 'why solo', '--list', 'discover'])
def test_every_encoding_will_do(repository: Sandbox, variables: dict[str, str], line: str, encoding: str) -> None:
    """Signs that it lacks become others."""
    done = shell(repository, f'releasekit {line}', variables, PYTHONIOENCODING=encoding)
    assert b'Traceback' not in done.stderr
    done.stdout.decode(encoding)
    if line == 'plan':
        assert (b'released -> next' in done.stdout) is (encoding != 'utf-8')


def test_json_is_utf8_whatever_the_locale(repository: Sandbox, variables: dict[str, str]) -> None:
    """RFC 8259, section 8.1."""
    done = shell(repository, 'releasekit plan --format json', variables, PYTHONIOENCODING='ascii', LC_ALL='C')
    (package,) = only_document(done.stdout)['packages']
    assert package['reasons']


@pytest.mark.parametrize(
    ('more', 'colours'),
    [
        ({}, False),
        ({'FORCE_COLOR': '1'}, True),
        ({'CLICOLOR_FORCE': '1'}, True),
        ({'CLICOLOR_FORCE': '0'}, False),
        ({'FORCE_COLOR': '0'}, False),
        ({'FORCE_COLOR': '1', 'NO_COLOR': '1'}, False),
    ],
    ids=str,
)
def test_a_pipe_has_colours_only_where_they_are_forced(
    repository: Sandbox, variables: dict[str, str], more: dict[str, str], *, colours: bool
) -> None:
    """And then nothing is folded, for nobody knows how wide it will be shown."""
    kept = {name: value for name, value in variables.items() if name not in {'NO_COLOR', 'FORCE_COLOR'}}
    done = shell(repository, 'releasekit plan', kept, **more)
    assert (b'\x1b[' in done.stdout) is colours
    json_ = shell(repository, 'releasekit plan --format json', kept, **more)
    assert b'\x1b[' not in json_.stdout


@pytest.mark.parametrize(
    ('more', 'wrong'),
    [({'RELEASEKIT_LOG_FORMAT': 'xml'}, 'RELEASEKIT_LOG_FORMAT is `xml`'), ({'RELEASEKIT_LOG': 'loud'}, '`loud`')],
    ids=str,
)
def test_a_log_that_there_is_not_is_a_usage_error(
    repository: Sandbox, variables: dict[str, str], more: dict[str, str], wrong: str
) -> None:
    """With the words that there are."""
    done = shell(repository, 'releasekit check', variables, **more)
    assert done.returncode == 2
    assert wrong in done.stderr.decode()


def test_a_log_for_people_can_be_asked_for(repository: Sandbox, variables: dict[str, str]) -> None:
    """In a pipe too."""
    done = shell(repository, 'releasekit check', variables, RELEASEKIT_LOG_FORMAT='human')
    assert 'run.started' in done.stderr.decode()
    assert '{"' not in done.stderr.decode()


@pytest.mark.slow
def test_a_release_goes_on_without_a_reader(tmp_path: Path) -> None:
    """Everything is published, once; the status says what was done."""
    with open_yard(tmp_path) as yard:
        read, write = os.pipe()
        os.close(read)
        process = subprocess.Popen(
            [program(), 'release', '--yes'],
            cwd=yard.repository.root,
            env=yard.environment,
            stdin=subprocess.DEVNULL,
            stdout=write,
            stderr=write,
        )
        os.close(write)
        assert process.wait() == 0
        yard.assert_published()
