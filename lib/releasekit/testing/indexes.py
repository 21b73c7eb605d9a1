# SPDX-License-Identifier: Apache-2.0
"""Real package indexes on a free port of this machine: pypiserver and devpi, each in a folder of its own.

They come with the development dependencies: `pypiserver`, `passlib` and `devpi-server`.
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import socket
import subprocess
import sys
import time
import types
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

from releasekit.compat import Self
from releasekit.testing.servers import LOOPBACK

USERNAME = 'rel'
PASSWORD = 'rel-pass-word'  # noqa: S105 - of a server that lives as long as a test

_START = 60.0
_STOP = 10.0
_POLL = 0.05
# devpi asks for a gigabyte and a second for each login otherwise.
_LOW_COST = ('--argon2-memory-cost', '1024', '--argon2-time-cost', '1', '--argon2-parallelism', '1')


@dataclasses.dataclass(frozen=True)
class IndexServer:
    """A running index: `url` takes uploads, `index` is its simple API. Ends with `stop()` or a `with` block."""

    url: str
    index: str
    process: subprocess.Popen[bytes] = dataclasses.field(repr=False)
    username: str = USERNAME
    password: str = dataclasses.field(default=PASSWORD, repr=False)

    def stop(self) -> None:
        """End the server; once it has ended, nothing happens."""
        self.process.terminate()
        try:
            self.process.wait(_STOP)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        self.stop()


def start_pypiserver(folder: Path, port: int | None = None, protect: str = 'update') -> IndexServer:
    """Start pypiserver over `folder/packages`; what `protect` lists asks for the password.

    That is any of update, download and list, or `.` for nothing.

    A later start on the same folder, and the same port if that is given, serves the same files.

    Raises:
        RuntimeError: It does not start; the text is its log.
    """
    from passlib.apache import HtpasswdFile  # noqa: PLC0415 - a development dependency

    packages = folder / 'packages'
    packages.mkdir(parents=True, exist_ok=True)
    passwords = HtpasswdFile(str(folder / 'htpasswd'), new=True, default_scheme='apr_md5_crypt')
    passwords.set_password(USERNAME, PASSWORD)
    passwords.save()
    chosen = port or free_port()
    known = '.' if protect == '.' else str(folder / 'htpasswd')
    arguments = ['-m', 'pypiserver', 'run', '-i', LOOPBACK, '-p', str(chosen), '-P', known]
    arguments += ['-a', protect, '--hash-algo', 'sha256', '--disable-fallback', str(packages)]
    root = f'http://{LOOPBACK}:{chosen}/'
    return IndexServer(root, f'{root}simple/', _start(folder, arguments, root))


def start_devpi(folder: Path, port: int | None = None) -> IndexServer:
    """Start devpi with one index that is not volatile: no file of it can be replaced.

    A later start on the same folder, and the same port if that is given, serves the same files.

    Raises:
        RuntimeError: It does not start; the text is its log.
    """
    data = folder / 'data'
    fresh = not data.exists()
    folder.mkdir(parents=True, exist_ok=True)
    if fresh:
        _devpi('init', 'init', '--serverdir', str(data), '--root-passwd', PASSWORD, '--no-root-pypi')
        _devpi('config', 'gensecret', '--secretfile', str(folder / 'secret'))
    chosen = port or free_port()
    arguments = ['-m', 'devpi_server', '--serverdir', str(data), '--secretfile', str(folder / 'secret')]
    arguments += ['--host', LOOPBACK, '--port', str(chosen), '--offline-mode', *_LOW_COST]
    root = f'http://{LOOPBACK}:{chosen}'
    process = _start(folder, arguments, f'{root}/+api')
    server = IndexServer(f'{root}/{USERNAME}/prod/', f'{root}/{USERNAME}/prod/+simple/', process)
    if fresh:
        try:
            _create_index(root)
        except BaseException:
            server.stop()
            raise
    return server


def add_index(devpi: IndexServer, name: str, *, volatile: bool = False) -> IndexServer:
    """Make another index on a running devpi; files of a volatile one can be replaced. The server ends with the first.

    Raises:
        RuntimeError: devpi does not make it; the text is its answer.
    """
    root = devpi.url.removesuffix(f'{USERNAME}/prod/').rstrip('/')
    with _client(root) as client:
        _make(client, name, volatile=volatile)
    url = f'{root}/{USERNAME}/{name}/'
    return dataclasses.replace(devpi, url=url, index=f'{url}+simple/')


def free_port() -> int:
    """A port of this machine on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _devpi(module: str, function: str, *arguments: str) -> None:
    script = f'import sys; from devpi_server.{module} import {function} as run; sys.exit(run())'
    done = subprocess.run(
        [sys.executable, '-c', script, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode(errors='replace'))


def _create_index(root: str) -> None:
    with _client(root) as client:
        _sent(client, 'PUT', f'/{USERNAME}', {'password': PASSWORD})
        _make(client, 'prod')


def _client(root: str) -> httpx.Client:
    return httpx.Client(base_url=root, timeout=_START, headers={'Accept': 'application/json'}, trust_env=False)


def _make(client: httpx.Client, name: str, *, volatile: bool = False) -> None:
    token = _sent(client, 'POST', '/+login', {'user': USERNAME, 'password': PASSWORD})['password']
    client.headers['X-Devpi-Auth'] = base64.b64encode(f'{USERNAME}:{token}'.encode()).decode()
    _sent(client, 'PUT', f'/{USERNAME}/{name}', {'type': 'stage', 'bases': [], 'volatile': volatile})


def _sent(client: httpx.Client, method: str, path: str, json: Mapping[str, object]) -> Mapping[str, str]:
    answer = client.request(method, path, json=json)
    if answer.status_code >= 300:
        raise RuntimeError(f'{method} {path}: {answer.status_code} {answer.text}')
    return answer.json().get('result') or {}


def _start(folder: Path, arguments: Sequence[str], url: str) -> subprocess.Popen[bytes]:
    log = folder / 'server.log'
    with log.open('wb') as out:
        process = subprocess.Popen(
            [sys.executable, *arguments], stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
        )
    deadline = time.monotonic() + _START
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            httpx.get(url, timeout=_START, trust_env=False)
            return process
        time.sleep(_POLL)
    process.kill()
    process.wait()
    raise RuntimeError(log.read_text(errors='replace'))
