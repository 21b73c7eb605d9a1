# SPDX-License-Identifier: Apache-2.0
"""Git over http, as forges serve it: git's own backend behind a token."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import hmac
import os
import subprocess
from collections.abc import Generator
from pathlib import Path
from urllib.parse import urlsplit

from releasekit.testing.servers import QuietHandler, serving

USERNAME = 'x-access-token'


@dataclasses.dataclass(frozen=True, slots=True)
class GitServer:
    """Where the repositories of a folder are served."""

    url: str
    token: str = dataclasses.field(repr=False)

    def address(self, repository: str, *, with_token: bool = True) -> str:
        """The address of a repository in the folder, with the token in it as CI systems write it, or without."""
        parts = urlsplit(self.url)
        userinfo = f'{USERNAME}:{self.token}@' if with_token else ''
        return f'{parts.scheme}://{userinfo}{parts.netloc}/{repository}'


@contextlib.contextmanager
def serve_git(folder: Path, token: str) -> Generator[GitServer, None, None]:
    """Serve the bare repositories of a folder, for reading and pushing, to who has the token."""
    expected = 'Basic ' + base64.b64encode(f'{USERNAME}:{token}'.encode()).decode()
    backend = Path(_output(['git', '--exec-path']).decode().strip()) / 'git-http-backend'

    class Handler(QuietHandler):
        def do_GET(self) -> None:  # noqa: N802 - named by the base class
            body = self.read_body()
            if not hmac.compare_digest(self.headers.get('Authorization', ''), expected):
                self.answer(401, [('WWW-Authenticate', 'Basic realm="git"')], b'')
                return
            self.answer(*_parse(_output([str(backend)], body, self._variables(len(body)))))

        do_POST = do_GET  # noqa: N815 - named by the base class

        def _variables(self, length: int) -> dict[str, str]:
            # The variables of RFC 3875 that git-http-backend(1) reads.
            path, _, query = self.path.partition('?')
            return {
                'PATH': os.environ.get('PATH', os.defpath),
                'GIT_PROJECT_ROOT': str(folder),
                'GIT_HTTP_EXPORT_ALL': '1',
                'GIT_CONFIG_GLOBAL': os.devnull,
                'GIT_PROTOCOL': self.headers.get('Git-Protocol', ''),
                'HTTP_CONTENT_ENCODING': self.headers.get('Content-Encoding', ''),
                'CONTENT_LENGTH': str(length),
                'CONTENT_TYPE': self.headers.get('Content-Type', ''),
                'PATH_INFO': path,
                'QUERY_STRING': query,
                'REMOTE_USER': USERNAME,
                'REQUEST_METHOD': self.command,
            }

    with serving(Handler) as url:
        yield GitServer(url, token)


def _output(argv: list[str], stdin: bytes = b'', environment: dict[str, str] | None = None) -> bytes:
    return subprocess.run(argv, input=stdin, env=environment, stdout=subprocess.PIPE, check=False).stdout


def _parse(output: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
    head, _, body = output.partition(b'\r\n\r\n')
    fields = [line.split(': ', maxsplit=1) for line in head.decode('latin-1').split('\r\n') if line]
    status = next((int(field[1].split()[0]) for field in fields if field[0] == 'Status'), 200)
    return status, [(field[0], field[1]) for field in fields if field[0] != 'Status'], body
