# SPDX-License-Identifier: Apache-2.0
"""The port `Shell`: real programs and scripted ones keep the same promises."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import anyio
import pytest

from releasekit.backends import shell as backend
from releasekit.backends.shell import LocalShell
from releasekit.errors import Code, ReleaseKitError
from releasekit.ports import Command, Completed, Shell
from releasekit.testing.shell import ScriptedShell

pytestmark = pytest.mark.anyio

BIG = 300_000

# The same programs, once as files on PATH and once as functions.
SOURCES = {
    'rk-echo': 'import sys; print("\\n".join(sys.argv[1:]))',
    'rk-cat': 'import shutil, sys; shutil.copyfileobj(sys.stdin.buffer, sys.stdout.buffer)',
    'rk-env': 'import os; print("\\n".join(f"{n}={v}" for n, v in sorted(os.environ.items()) if n != "LC_CTYPE"))',
    'rk-cwd': 'import os; print(os.getcwd())',
    'rk-fail': 'import sys; print("out"); print("went wrong", file=sys.stderr); sys.exit(3)',
    'rk-sleep': 'import time; time.sleep(60)',
    'rk-big': f'import sys; sys.stdout.buffer.write(b"x" * {BIG}); sys.stderr.buffer.write(b"y" * {BIG})',
}


async def _echo(command: Command, _: Mapping[str, str]) -> Completed:
    return Completed(0, '\n'.join([*command.argv[1:], '']).encode(), b'')


async def _cat(command: Command, _: Mapping[str, str]) -> Completed:
    return Completed(0, command.stdin, b'')


async def _env(_: Command, environment: Mapping[str, str]) -> Completed:
    return Completed(0, '\n'.join(f'{name}={value}' for name, value in sorted(environment.items())).encode(), b'')


async def _cwd(command: Command, _: Mapping[str, str]) -> Completed:
    return Completed(0, str(command.cwd).encode(), b'')


async def _fail(_: Command, __: Mapping[str, str]) -> Completed:
    return Completed(3, b'out\n', b'went wrong\n')


async def _sleep(_: Command, __: Mapping[str, str]) -> Completed:
    await anyio.sleep(60)
    return Completed(0, b'', b'')


async def _big(_: Command, __: Mapping[str, str]) -> Completed:
    return Completed(0, b'x' * BIG, b'y' * BIG)


FUNCTIONS = {
    'rk-echo': _echo,
    'rk-cat': _cat,
    'rk-env': _env,
    'rk-cwd': _cwd,
    'rk-fail': _fail,
    'rk-sleep': _sleep,
    'rk-big': _big,
}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    folder = tmp_path / 'bin'
    folder.mkdir()
    for name, source in SOURCES.items():
        program = folder / name
        program.write_text(f'#!{sys.executable} -S\n{source}\n')
        program.chmod(0o755)
    return {
        'PATH': str(folder),
        'HOME': str(tmp_path),
        'LC_ALL': 'C.UTF-8',
        'PYTHONPATH': '/elsewhere',
        'UV_PUBLISH_TOKEN': 'pypi-secret',
        'UV_DEFAULT_INDEX': 'https://user:word@index.example/simple',
        'UV_INDEX_URL': 'https://index.example/simple',
        'XDG_SECRET_KEY': 'hidden',
        'HTTPS_PROXY': 'http://proxy.example:3128',
        'OTHER': 'of no concern',
    }


@pytest.fixture(params=['local', 'scripted'])
def shell(request: pytest.FixtureRequest, environment: dict[str, str]) -> Shell:
    return LocalShell(environment) if request.param == 'local' else ScriptedShell(FUNCTIONS, environment)


async def _caught(shell: Shell, command: Command, *, streamed: bool) -> ReleaseKitError:
    with pytest.raises(ReleaseKitError) as caught:
        await (_drained(shell, command, []) if streamed else shell.run(command))
    return caught.value


async def _drained(shell: Shell, command: Command, chunks: list[bytes]) -> None:
    async for chunk in shell.stream(command):
        chunks.append(chunk)  # noqa: PERF401 - the chunks before an error matter


async def test_arguments_arrive_as_they_are(shell: Shell) -> None:
    """No shell reads the arguments."""
    completed = await shell.run(Command(('rk-echo', '$HOME; `true`', 'a b', '*', '')))
    assert completed.stdout == b'$HOME; `true`\na b\n*\n\n'


async def test_any_status_is_an_answer(shell: Shell) -> None:
    """A command that fails has run."""
    assert await shell.run(Command(('rk-fail',))) == Completed(3, b'out\n', b'went wrong\n')


async def test_both_streams_can_be_kept_as_one(shell: Shell) -> None:
    """Nothing of either is lost."""
    done = await shell.run(Command(('rk-fail',), merged=True))
    assert (sorted(done.text.splitlines()), done.stderr) == (['out', 'went wrong'], b'')


@pytest.mark.parametrize('data', [b'', b'text\n', b'\0\xff' * BIG], ids=['nothing', 'text', 'much'])
async def test_standard_input_is_what_the_command_says(shell: Shell, data: bytes) -> None:
    """A child reads what it is given, and never the terminal."""
    assert (await shell.run(Command(('rk-cat',), stdin=data))).stdout == data


async def test_a_command_runs_in_its_folder(shell: Shell, tmp_path: Path) -> None:
    """`cwd` is where a command runs."""
    assert (await shell.run(Command(('rk-cwd',), cwd=tmp_path))).text == str(tmp_path)


async def test_a_child_sees_the_allow_list_and_nothing_else(shell: Shell, environment: dict[str, str]) -> None:
    """Credentials, by name or inside a URL, and what nobody listed stay with us."""
    seen = dict(line.split('=', maxsplit=1) for line in (await shell.run(Command(('rk-env',)))).text.splitlines())
    listed = ('PATH', 'HOME', 'LC_ALL', 'UV_INDEX_URL', 'HTTPS_PROXY')
    assert seen == {name: environment[name] for name in listed}


async def test_a_command_can_ask_for_more(shell: Shell) -> None:
    """`passes` brings in names of ours, `env` sets values, and a name that is not there is none."""
    command = Command(('rk-env',), env={'HOME': '/nowhere', 'NEW_TOKEN': 'x'}, passes=('UV_PUBLISH_TOKEN', 'ABSENT'))
    seen = dict(line.split('=', maxsplit=1) for line in (await shell.run(command)).text.splitlines())
    assert (seen['HOME'], seen['NEW_TOKEN'], seen['UV_PUBLISH_TOKEN']) == ('/nowhere', 'x', 'pypi-secret')
    assert 'ABSENT' not in seen


@pytest.mark.parametrize('streamed', [False, True])
async def test_a_missing_program_is_named(shell: Shell, *, streamed: bool) -> None:
    """What is not installed is an error that says so."""
    error = await _caught(shell, Command(('rk-nothing', 'x')), streamed=streamed)
    assert (error.code, '`rk-nothing`' in str(error)) == (Code.TOOL_MISSING, True)


@pytest.mark.parametrize('streamed', [False, True])
async def test_a_timeout_ends_the_command(shell: Shell, *, streamed: bool) -> None:
    """A command that takes too long is stopped."""
    error = await _caught(shell, Command(('rk-sleep',), timeout=0.2), streamed=streamed)
    assert error.code is Code.COMMAND_TIMEOUT


async def test_a_stream_yields_everything(shell: Shell) -> None:
    """Chunks put together are the whole output, however much goes to standard error meanwhile."""
    chunks = [chunk async for chunk in shell.stream(Command(('rk-big',)))]
    assert b''.join(chunks) == b'x' * BIG
    assert len(chunks) > 1


async def test_a_stream_that_fails_says_so_after_the_last_chunk(shell: Shell) -> None:
    """The output arrives, then the error with the complaint."""
    chunks: list[bytes] = []
    with pytest.raises(ReleaseKitError, match=r'(?s)exit status 3.*went wrong') as caught:
        await _drained(shell, Command(('rk-fail',)), chunks)
    assert (b''.join(chunks), caught.value.code) == (b'out\n', Code.COMMAND_FAILED)


async def test_a_secret_in_the_arguments_is_not_shown(shell: Shell) -> None:
    """Errors mask what has the form of a token."""
    token = 'pypi-' + 'A' * 40
    error = await _caught(shell, Command(('rk-sleep', token), timeout=0.1), streamed=False)
    assert token not in str(error)


def _alive(pid: int) -> bool:
    try:
        # A zombie is dead; it only waits for somebody to ask.
        return Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[0] != 'Z'
    except FileNotFoundError:
        return False


_TREE = 'sleep 61 & echo $!; exec sleep 61'
_STUBBORN = f'trap "" TERM; {_TREE}'


@pytest.mark.skipif(not Path('/proc/self').exists(), reason='looks into /proc')
@pytest.mark.parametrize('how', ['timeout', 'cancelled', 'broken off'])
@pytest.mark.parametrize('script', [_TREE, _STUBBORN], ids=['willing', 'stubborn'])
async def test_nothing_of_the_tree_survives(how: str, script: str, tmp_path: Path) -> None:
    """A timeout, a cancellation and a reader that stops end grandchildren too, even those that ignore SIGTERM."""
    local = LocalShell({'PATH': os.environ['PATH']})
    pids = tmp_path / 'pids'
    if how == 'broken off':
        stream = local.stream(Command(('sh', '-c', script)))
        pids.write_bytes(await anext(aiter(stream)))
        await stream.aclose()
    else:
        command = Command(('sh', '-c', f'({script}) > {pids}'), timeout=0.4 if how == 'timeout' else None)
        with anyio.move_on_after(0.4 if how == 'cancelled' else 30):
            await _caught(local, command, streamed=False)
    with anyio.fail_after(30):
        while _alive(int(pids.read_text())):
            await anyio.sleep(0.02)


async def test_output_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that floods us is ended rather than filling the memory."""
    monkeypatch.setattr(backend, 'OUTPUT_LIMIT', 1024 * 1024)
    error = await _caught(LocalShell({'PATH': os.environ['PATH']}), Command(('yes',), timeout=60), streamed=False)
    assert (error.code, '1 MiB' in str(error)) == (Code.COMMAND_FAILED, True)


async def test_a_folder_that_is_not_there_is_no_missing_program(tmp_path: Path) -> None:
    """The error names the folder, not the program."""
    local = LocalShell({'PATH': os.environ['PATH']})
    error = await _caught(local, Command(('true',), cwd=tmp_path / 'gone'), streamed=False)
    assert (error.code, 'gone' in str(error)) == (Code.COMMAND_FAILED, True)


async def test_a_file_that_may_not_run_is_named(tmp_path: Path) -> None:
    """Without the permission to run it, a program is as good as missing."""
    program = tmp_path / 'tool'
    program.write_text('#!/bin/sh\n')
    error = await _caught(LocalShell({}), Command((str(program),)), streamed=False)
    assert error.code is Code.TOOL_MISSING


async def test_a_signal_is_a_negative_status() -> None:
    """A command that a signal ended has its number, negative."""
    local = LocalShell({'PATH': os.environ['PATH']})
    assert (await local.run(Command(('sh', '-c', 'kill -TERM $$')))).status == -signal.SIGTERM
