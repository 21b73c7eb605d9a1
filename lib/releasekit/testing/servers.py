# SPDX-License-Identifier: Apache-2.0
"""HTTP servers on a free port of this machine, each for as long as a `with` block lasts."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LOOPBACK = '127.0.0.1'


class QuietHandler(BaseHTTPRequestHandler):
    """A request handler that writes no log and reads whole bodies."""

    protocol_version = 'HTTP/1.1'

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by the base class
        """Write nothing."""

    def read_body(self) -> bytes:
        """The body of the request, of a known length or chunked."""
        if 'chunked' not in self.headers.get('Transfer-Encoding', ''):
            return self.rfile.read(int(self.headers.get('Content-Length') or 0))
        body = b''
        while size := int(self.rfile.readline().split(b';', maxsplit=1)[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """Send a whole answer."""
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(body)


class QuietServer(ThreadingHTTPServer):
    """A server whose threads end with it and that does not mind clients that go away."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: faults are the point, and the client reports them."""


@contextlib.contextmanager
def serving(handler: type[QuietHandler]) -> Generator[str, None, None]:
    """Serve on a free port and yield the URL, without a slash at its end."""
    with QuietServer((LOOPBACK, 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={'poll_interval': 0.02}, daemon=True)
        thread.start()
        try:
            yield f'http://{LOOPBACK}:{server.server_address[1]}'
        finally:
            server.shutdown()
            thread.join()
