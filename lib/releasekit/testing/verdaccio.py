# SPDX-License-Identifier: Apache-2.0
"""A real npm registry on a free port of this machine, and the tools of its users: verdaccio, pnpm and yarn.

They are installed once, with npm, into a cache folder; npm and Node must be there.
"""

from __future__ import annotations

import contextlib
import dataclasses
import subprocess
import time
import types
from collections.abc import Mapping
from pathlib import Path

import httpx

from releasekit.compat import Self
from releasekit.testing import node
from releasekit.testing.indexes import free_port
from releasekit.testing.servers import LOOPBACK

PROGRAMS = node.PROGRAMS
USERNAME = 'rel'
PASSWORD = 'rel-pass-word'  # noqa: S105 - of a server that lives as long as a test

# Versions that Node 20 runs. Mirrors that keep no dist-tag but `latest` lack `node-fetch@cjs`, which verdaccio wants.
_MANIFEST: Mapping[str, object] = {
    'private': True,
    'dependencies': {'verdaccio': '6.8.0', 'pnpm': '10.34.9', '@yarnpkg/cli-dist': '4.18.1'},
    'overrides': {'node-fetch': '2.7.0'},
}
_START = 60.0
_STOP = 10.0
_POLL = 0.05
# No uplinks: what is not published here is not there.
_CONFIG = """\
storage: ./storage
auth: {htpasswd: {file: ./htpasswd, max_users: 100}}
uplinks: {}
packages:
  '@*/*': {access: $all, publish: $authenticated, unpublish: $authenticated}
  '**': {access: $all, publish: $authenticated, unpublish: $authenticated}
web: {enable: false}
middlewares: {}
log: {type: stdout, format: json, level: http}
"""


def install(cache: Path | None = None) -> Path:
    """Install the programs unless they are there; returns the folder that holds pnpm, yarn and verdaccio.

    Raises:
        RuntimeError: npm cannot install them; the text is what it said.
    """
    return node.install(_MANIFEST, cache)


@dataclasses.dataclass(frozen=True)
class VerdaccioServer:
    """A running registry: `token` may publish, as may the user with the password. Ends with `stop()` or `with`."""

    url: str
    token: str = dataclasses.field(repr=False)
    process: subprocess.Popen[bytes] = dataclasses.field(repr=False)

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


def start_verdaccio(folder: Path, port: int | None = None, cache: Path | None = None) -> VerdaccioServer:
    """Start verdaccio over a folder, installed first where it must be; a later start serves the same packages.

    Raises:
        RuntimeError: It cannot be installed, or does not start; the text is what was said.
    """
    program = install(cache) / 'verdaccio'
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / 'config.yaml'
    config.write_text(_CONFIG)
    url = f'http://{LOOPBACK}:{port or free_port()}/'
    log = folder / 'server.log'
    with log.open('wb') as out:
        process = subprocess.Popen(
            [str(program), '-c', str(config), '-l', url.removeprefix('http://').rstrip('/')],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=folder,
        )
    try:
        _wait(process, url)
        return VerdaccioServer(url, _log_in(url), process)
    except (RuntimeError, httpx.HTTPError) as error:
        process.kill()
        process.wait()
        raise RuntimeError(f'{error}\n{log.read_text(errors="replace")}') from error


def _wait(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + _START
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            httpx.get(f'{url}-/ping', timeout=_START, trust_env=False)
            return
        time.sleep(_POLL)
    raise RuntimeError('verdaccio does not answer')


def _log_in(url: str) -> str:
    """The token of the user, who is made where there is none: what `npm adduser` and `npm login` send."""
    answer = httpx.put(
        f'{url}-/user/org.couchdb.user:{USERNAME}',
        json={'name': USERNAME, 'password': PASSWORD},
        auth=None,
        timeout=_START,
        trust_env=False,
    )
    if answer.status_code == 409:
        auth = httpx.BasicAuth(USERNAME, PASSWORD)
        body = {'name': USERNAME, 'password': PASSWORD}
        address = f'{url}-/user/org.couchdb.user:{USERNAME}'
        answer = httpx.put(address, json=body, auth=auth, timeout=_START, trust_env=False)
    if answer.status_code >= 300:
        raise RuntimeError(f'verdaccio does not log in: {answer.status_code} {answer.text}')
    return str(answer.json()['token'])
