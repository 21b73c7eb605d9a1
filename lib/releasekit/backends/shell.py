# SPDX-License-Identifier: Apache-2.0
"""Programs of this machine: argv only, an allow-listed environment, and no process left behind."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import shlex
import signal
from collections.abc import AsyncGenerator, Awaitable, Mapping
from pathlib import Path
from typing import TypeVar

import anyio

from releasekit import log, telling
from releasekit.backends.pump import forward, refuse_lost
from releasekit.errors import Code, ReleaseKitError, fail
from releasekit.ports import Command, Completed

T = TypeVar('T')

_LOG = log.get(__name__)

# What a child sees of our environment. A build, check or test command is other people's code: it gets what
# it needs to find programs, folders, certificates and package indexes, and nothing that lets it publish.
ALLOWED = frozenset({
    # who and where
    'HOME', 'LOGNAME', 'PATH', 'TEMP', 'TMP', 'TMPDIR', 'USER',
    # language, time and terminal; CI is what tools ask before they prompt
    'CI', 'LANG', 'LANGUAGE', 'NO_COLOR', 'TERM', 'TZ',
    # shared libraries of interpreters that are not installed system-wide
    'LD_LIBRARY_PATH',
    # certificates and proxies
    'CURL_CA_BUNDLE', 'REQUESTS_CA_BUNDLE', 'SSL_CERT_DIR', 'SSL_CERT_FILE',
    'ALL_PROXY', 'HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY', 'all_proxy', 'http_proxy', 'https_proxy', 'no_proxy',
    # where build tools read packages and keep their caches
    'PIP_CERT', 'PIP_INDEX_URL', 'UV_CACHE_DIR', 'UV_DEFAULT_INDEX', 'UV_INDEX_URL', 'UV_LINK_MODE',
    'UV_NATIVE_TLS', 'UV_OFFLINE', 'UV_PYTHON',
    'NODE_EXTRA_CA_CERTS', 'NPM_CONFIG_CACHE', 'NPM_CONFIG_OFFLINE', 'NPM_CONFIG_REGISTRY', 'YARN_CACHE_FOLDER',
    'npm_config_cache', 'npm_config_offline', 'npm_config_registry', 'npm_config_store_dir',
    'CARGO_HOME', 'CARGO_HTTP_CAINFO', 'CARGO_NET_OFFLINE', 'RUSTUP_HOME', 'RUSTUP_TOOLCHAIN',
    'GOCACHE', 'GOFLAGS', 'GOINSECURE', 'GOMODCACHE', 'GONOPROXY', 'GONOSUMDB', 'GOPATH', 'GOPRIVATE', 'GOPROXY',
    'GOROOT', 'GOSUMDB', 'GOTOOLCHAIN',
})  # fmt: skip
# The addresses of cargo's registries are in CARGO_REGISTRIES_…_INDEX; their tokens, by their names, stay here.
ALLOWED_PREFIXES = ('CARGO_REGISTRIES_', 'LC_', 'UV_PYTHON_', 'XDG_')

OUTPUT_LIMIT = 64 * 1024 * 1024
_COMPLAINT_LIMIT = 64 * 1024
_CHUNK = 64 * 1024
# Seconds between asking a process group to end and ending it.
_GRACE = 3.0
_POLL = 0.02
_SHOWN_LINES = 12


def child_environment(environment: Mapping[str, str], command: Command) -> dict[str, str]:
    """What a command sees: the allow-listed part of `environment`, what the command passes on, what it sets.

    A name that is or looks like a credential's, or a value with a URL that has a user name or password in it, is
    left out even where the list has it; only `passes` and `env` of the command bring it in. Inside a run a child is
    told which run it is part of.
    """
    inherited = {name: value for name, value in environment.items() if _harmless(name, value)}
    passed = {name: environment[name] for name in command.passes if name in environment}
    return {**inherited, **telling.told(), **passed, **command.env}


def _harmless(name: str, value: str) -> bool:
    listed = name in ALLOWED or name.startswith(ALLOWED_PREFIXES)
    return listed and not log.is_credential(name) and not log.has_userinfo(value)


class LocalShell:
    """Runs programs on this machine, each as the leader of a process group that ends with it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Take the environment that children inherit a part of."""
        self._environment = dict(environment)

    async def run(self, command: Command) -> Completed:
        """Run to the end; any exit status is an answer.

        Raises:
            ReleaseKitError: `RK-TOOL-MISSING`, `RK-COMMAND-TIMEOUT`, or `RK-COMMAND-FAILED` where the command
                writes more than `OUTPUT_LIMIT` bytes.
        """
        async with self._child(command) as process:
            try:
                with anyio.fail_after(command.timeout):
                    _, (stdout, stderr) = await asyncio.gather(_feed(process, command.stdin), _taken(process, command))
                    status = await process.wait()
            except TimeoutError as error:
                raise late(command) from error
        _LOG.debug('command.ended', argv=command.argv, status=status)
        if max(len(stdout), len(stderr)) > OUTPUT_LIMIT:
            message = f'`{shown(command)}` was ended: it wrote more than {OUTPUT_LIMIT // 1024**2} MiB.'
            raise fail(Code.COMMAND_FAILED, message, 'Make the command write less, or write to a file.')
        return Completed(status, stdout, stderr)

    async def stream(self, command: Command) -> AsyncGenerator[bytes, None]:
        """Run and yield standard output in chunks; the command waits while a chunk is being used.

        Raises:
            ReleaseKitError: As `run`, and `RK-COMMAND-FAILED` after the last chunk if the status is not 0.
        """
        async with self._child(command) as process:
            deadline = _Deadline.of(command)
            rest = asyncio.create_task(_feed_and_tail(process, command.stdin))
            try:
                while process.stdout is not None and (chunk := await deadline.keep(process.stdout.read(_CHUNK))):
                    yield chunk
                complaint = await deadline.keep(rest)
                status = await deadline.keep(process.wait())
            finally:
                rest.cancel()
                with anyio.CancelScope(shield=True):
                    await asyncio.wait([rest])
        _LOG.debug('command.ended', argv=command.argv, status=status)
        if status != 0:
            raise failed(command, Completed(status, b'', complaint))

    @contextlib.asynccontextmanager
    async def _child(self, command: Command) -> AsyncGenerator[asyncio.subprocess.Process, None]:
        process, transport = await self._start(command)
        finished = False
        try:
            yield process
            finished = True
        finally:
            if not finished:
                # Shielded: a cancellation must not leave the process behind.
                with anyio.CancelScope(shield=True):
                    await _end(process)
            transport.close()

    async def _start(self, command: Command) -> tuple[asyncio.subprocess.Process, asyncio.SubprocessTransport]:
        # What asyncio.create_subprocess_exec does, but with the transport at hand: only closing it lets go
        # of pipes that a stray grandchild holds open.
        loop = asyncio.get_running_loop()
        try:
            transport, protocol = await loop.subprocess_exec(
                lambda: asyncio.subprocess.SubprocessStreamProtocol(limit=_CHUNK, loop=loop),
                *command.argv,
                stdin=_input(command),
                stdout=None if command.inherit and os.isatty(1) else asyncio.subprocess.PIPE,
                stderr=None if command.inherit and os.isatty(2) else _errors(command),
                cwd=command.cwd,
                env=child_environment(self._environment, command),
                start_new_session=True,
            )
        except OSError as error:
            raise _not_started(command, error) from error
        return asyncio.subprocess.Process(transport, protocol, loop), transport


@dataclasses.dataclass(frozen=True, slots=True)
class _Deadline:
    """The time of a command, spread over several waits."""

    command: Command
    end: float | None

    @classmethod
    def of(cls, command: Command) -> _Deadline:
        return cls(command, None if command.timeout is None else anyio.current_time() + command.timeout)

    async def keep(self, awaitable: Awaitable[T]) -> T:
        """Wait for something, no longer than the time that is left."""
        if self.end is None:
            return await awaitable
        try:
            with anyio.fail_after(self.end - anyio.current_time()):
                return await awaitable
        except TimeoutError as error:
            raise late(self.command) from error


def shown(command: Command) -> str:
    """The command as a line for people, shortened, nothing secret in it."""
    line = log.mask(shlex.join(command.argv))
    return line if len(line) <= 200 else f'{line[:199]}…'


def failed(command: Command, completed: Completed) -> ReleaseKitError:
    """The error for a command that should have succeeded; it quotes the last lines of what was said."""
    lines = log.mask(completed.complaint).splitlines()[-_SHOWN_LINES:]
    how = f'exit status {completed.status}' if completed.status >= 0 else f'signal {-completed.status}'
    said = ':\n' + '\n'.join(f'  {line}' for line in lines) if lines else ', and it said nothing.'
    where = '' if command.cwd is None else f' in {command.cwd}'
    hint = f'Run the command by hand{where} to see what it needs.'
    return fail(Code.COMMAND_FAILED, f'`{shown(command)}` ended with {how}{said}', hint)


def late(command: Command) -> ReleaseKitError:
    """The error for a command whose time is over."""
    message = f'`{shown(command)}` did not end within {command.timeout:g} s and was stopped.'
    return fail(Code.COMMAND_TIMEOUT, message, 'Look why it takes so long, or give it a longer timeout.')


def missing(command: Command) -> ReleaseKitError:
    """The error for a program that is not installed."""
    program = command.argv[0]
    hint = f'Install {program}, or put the folder that holds it on PATH.'
    return fail(Code.TOOL_MISSING, f'There is no program `{program}`.', hint)


def _not_started(command: Command, error: OSError) -> ReleaseKitError:
    if isinstance(error, FileNotFoundError) and command.cwd is not None and Path(error.filename) == command.cwd:
        message = f'`{shown(command)}` was to run in {command.cwd}, which is no folder.'
        return fail(Code.COMMAND_FAILED, message, 'Look why the folder is not there, and run the same command again.')
    if isinstance(error, FileNotFoundError):
        return missing(command)
    if isinstance(error, PermissionError):
        hint = 'Make the file executable, or name the program that runs it first.'
        return fail(Code.TOOL_MISSING, f'`{command.argv[0]}` may not be run: {error.strerror}.', hint)
    message = f'`{shown(command)}` could not be started: {error.strerror}.'
    return fail(Code.COMMAND_FAILED, message, 'Free memory and processes, or shorten the command.')


def _errors(command: Command) -> int:
    return asyncio.subprocess.STDOUT if command.merged else asyncio.subprocess.PIPE


def _input(command: Command) -> int | None:
    """What is given to it; without that nothing, but the keyboard for one that has the terminal."""
    if command.stdin:
        return asyncio.subprocess.PIPE
    return None if command.inherit and os.isatty(0) else asyncio.subprocess.DEVNULL


async def _feed(process: asyncio.subprocess.Process, data: bytes) -> None:
    if process.stdin is None:
        return
    # A command may end without reading what it was given: its exit status says whether that is well.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(data)
        await process.stdin.drain()
    process.stdin.close()


async def _feed_and_tail(process: asyncio.subprocess.Process, data: bytes) -> bytes:
    _, complaint = await asyncio.gather(_feed(process, data), _tail(process.stderr))
    return complaint


async def _taken(process: asyncio.subprocess.Process, command: Command) -> tuple[bytes, bytes]:
    """What a child wrote; where it inherits, that is passed on, masked, but to a terminal it writes itself."""
    if not command.inherit:
        return await asyncio.gather(_collect(process, process.stdout), _collect(process, process.stderr))
    refuse_lost(await asyncio.gather(forward(process.stdout, 1), forward(process.stderr, 2)))
    return b'', b''


async def _collect(process: asyncio.subprocess.Process, stream: asyncio.StreamReader | None) -> bytes:
    data = bytearray()
    while stream is not None and (chunk := await stream.read(_CHUNK)):
        if len(data) > OUTPUT_LIMIT:
            _signal(process, signal.SIGKILL)
        else:
            data += chunk
    return bytes(data)


async def _tail(stream: asyncio.StreamReader | None) -> bytes:
    data = b''
    while stream is not None and (chunk := await stream.read(_CHUNK)):
        data = (data + chunk)[-_COMPLAINT_LIMIT:]
    return data


async def _end(process: asyncio.subprocess.Process) -> None:
    """End the whole group: ask, wait a moment, insist.

    Over is what has closed its output: a process that nobody reaps stays in its group for ever.
    """
    _signal(process, signal.SIGTERM)
    with anyio.move_on_after(_GRACE):
        await _over(process)
    _signal(process, signal.SIGKILL)
    with anyio.move_on_after(_GRACE):
        await _over(process)


async def _over(process: asyncio.subprocess.Process) -> None:
    await asyncio.gather(_tail(process.stdout), _tail(process.stderr))
    # Process.wait also waits for the pipes in some versions of Python; those may outlive the process.
    while process.returncode is None:  # noqa: ASYNC110 - only the child watcher sets it
        await anyio.sleep(_POLL)


def _signal(process: asyncio.subprocess.Process, number: int) -> None:
    # macOS says that it is not permitted where only zombies are left.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
