# SPDX-License-Identifier: Apache-2.0
"""A proxy in front of a real index that makes things go wrong by rule, and remembers what it saw."""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import re
import threading
import time
from collections.abc import Generator, Sequence
from typing import Literal
from urllib.parse import urlsplit

from releasekit.testing.servers import QuietHandler, serving

_FILENAME = re.compile(rb'filename="([^"\r\n]+)"')
# Fields of a connection, not of a message (RFC 9110, 7.6.1), and the length, which is counted anew.
_HOP = frozenset(
    {'connection', 'content-length', 'keep-alive', 'proxy-connection', 'te', 'transfer-encoding', 'upgrade'}
)


@dataclasses.dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with requests that `match`, a regular expression, is found in.

    It is searched in `METHOD path filename`; filename is that of an upload. The first `times` such requests are
    hit, all of them where it is None. `drop` closes the connection: `answer` after the index has done its work,
    `request` before it hears of it. `status` answers in place of the index. `delay` is in seconds.
    """

    match: str
    times: int | None = 1
    drop: Literal['answer', 'request'] | None = None
    status: int | None = None
    retry_after: str | None = None
    delay: float = 0.0


@dataclasses.dataclass(frozen=True, slots=True)
class Exchange:
    """A request and what became of it: the status of the index's own answer, None where it was not asked."""

    method: str
    path: str
    filename: str | None
    status: int | None
    fault: Fault | None = None


class FaultyIndex:
    """An index with faults: `url` to be used in its place, and the exchanges so far."""

    def __init__(self, upstream: str, faults: Sequence[Fault]) -> None:
        """Take the address of the real index, and the faults; the first that matches is applied."""
        self.url = ''
        self._upstream = urlsplit(upstream)
        self._left = [(fault, re.compile(fault.match), [fault.times]) for fault in faults]
        self._exchanges: list[Exchange] = []
        self._lock = threading.Lock()

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """What happened so far, in the order in which answers were known."""
        with self._lock:
            return tuple(self._exchanges)

    def accepted(self) -> list[str]:
        """The names of the files that the index itself took, one for each time that it did."""
        return [
            exchange.filename
            for exchange in self.exchanges
            if exchange.filename is not None and exchange.status is not None and 200 <= exchange.status < 300
        ]

    def choose(self, method: str, path: str, filename: str | None) -> Fault | None:
        """The fault for a request; it counts as used."""
        line = f'{method} {path} {filename or ""}'
        with self._lock:
            for fault, pattern, left in self._left:
                if pattern.search(line) and left[0] != 0:
                    left[0] = None if left[0] is None else left[0] - 1
                    return fault
        return None

    def record(self, exchange: Exchange) -> None:
        """Remember an exchange."""
        with self._lock:
            self._exchanges.append(exchange)

    def forward(self, handler: QuietHandler, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        """Send a request on to the real index. The Host stays, so that links in its answer lead back here."""
        connection = http.client.HTTPConnection(self._upstream.netloc, timeout=60)
        try:
            headers = {name: value for name, value in handler.headers.items() if name.lower() not in _HOP}
            headers['Content-Length'] = str(len(body))
            connection.request(handler.command, self._upstream.path.rstrip('/') + handler.path, body, headers)
            answer = connection.getresponse()
            kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in _HOP]
            return answer.status, kept, answer.read()
        finally:
            connection.close()


@contextlib.contextmanager
def serve_faults(upstream: str, faults: Sequence[Fault] = ()) -> Generator[FaultyIndex, None, None]:
    """Stand in front of the index at `upstream` (a URL) on a free port of this machine."""
    index = FaultyIndex(upstream, faults)

    class Handler(QuietHandler):
        def do_GET(self) -> None:  # noqa: N802 - named by the base class
            body = self.read_body()
            found = _FILENAME.search(body) if self.command == 'POST' else None
            filename = found[1].decode(errors='replace') if found else None
            fault = index.choose(self.command, self.path, filename)
            _perform(index, self, body, Exchange(self.command, self.path, filename, None, fault))

        do_DELETE = do_HEAD = do_POST = do_PUT = do_GET  # noqa: N815 - named by the base class

    with serving(Handler) as url:
        index.url = url
        yield index


def _perform(index: FaultyIndex, handler: QuietHandler, body: bytes, exchange: Exchange) -> None:
    # What happened is remembered before the client hears of it.
    fault = exchange.fault or Fault('')
    time.sleep(fault.delay)
    if fault.status is not None:
        index.record(exchange)
        headers = [('Retry-After', fault.retry_after)] if fault.retry_after is not None else []
        handler.answer(fault.status, headers, b'the index is out of order')
    elif fault.drop == 'request':
        index.record(exchange)
        handler.close_connection = True
    else:
        status, headers, content = index.forward(handler, body)
        index.record(dataclasses.replace(exchange, status=status))
        if fault.drop == 'answer':
            handler.close_connection = True
        else:
            handler.answer(status, headers, content)
