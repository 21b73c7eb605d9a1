# SPDX-License-Identifier: Apache-2.0
"""A sparse crate registry of our own, in a folder, that real cargo is content with.

It speaks https://doc.rust-lang.org/cargo/reference/registry-web-api.html and /registry-index.html, and refuses and
delays as crates.io does where a test asks for that.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import email.utils
import hashlib
import json
import re
import struct
import threading
import time
import types
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from releasekit.compat import Self
from releasekit.testing.servers import LOOPBACK, QuietHandler, QuietServer

TOKEN = 'cio-token-of-a-test'  # noqa: S105 - of a server that lives as long as a test

_INDEX = '/index/'
_NEW = '/api/v1/crates/new'
_YANK = re.compile(r'/api/v1/crates/([A-Za-z0-9_-]+)/([0-9A-Za-z.+-]+)/(yank|unyank)')
_CRATE = re.compile(r'/dl/([A-Za-z0-9_-]+)/([0-9A-Za-z.+-]+)/download')
_TOKENS = '/api/v1/trusted_publishing/tokens'

Answer = tuple[int, object]


@dataclasses.dataclass
class Manners:
    """How the registry behaves; a test may change it while the server runs.

    `lag` are the seconds before a version shows; `limited` is how many uploads more are answered 429, which names a
    time `wait` seconds from now, in the Retry-After header as well if `header`. `failing` uploads are answered 500,
    before they are stored or, with `lost`, after. `private` demands the token for reading. `old` answers as crates.io
    did once: 200 for errors, too.
    """

    lag: float = 0.0
    limited: int = 0
    wait: float = 1.0
    header: bool = True
    failing: int = 0
    lost: bool = False
    private: bool = False
    old: bool = False


@dataclasses.dataclass(frozen=True)
class CrateServer:
    """A running registry: `url` is its web API, `index` its sparse index. Ends with `stop()` or a `with` block.

    `uploads` are the metadata of what was published, as they came.
    """

    url: str
    index: str
    folder: Path
    manners: Manners
    uploads: list[dict[str, Any]] = dataclasses.field(repr=False)
    stop: Callable[[], None] = dataclasses.field(repr=False)
    token: str = dataclasses.field(default=TOKEN, repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        self.stop()


def start_crates(folder: Path, port: int = 0, manners: Manners | None = None) -> CrateServer:
    """Start a registry over a folder, on a free port or a given one; a later start there serves the same crates."""
    shelf = _Shelf(folder, manners or Manners())

    class Handler(_Handler):
        store = shelf

    server = QuietServer((LOOPBACK, port), Handler)
    shelf.base = f'http://{LOOPBACK}:{server.server_address[1]}'
    thread = threading.Thread(target=server.serve_forever, kwargs={'poll_interval': 0.02}, daemon=True)
    thread.start()

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return CrateServer(f'{shelf.base}/', f'{shelf.base}{_INDEX}', folder, shelf.manners, shelf.uploads, stop)


class _Shelf:
    """What is stored: an index file for each crate, and the crates themselves."""

    def __init__(self, folder: Path, manners: Manners) -> None:
        self.folder, self.manners, self.base = folder, manners, ''
        self.uploads: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, str], float] = {}

    def config(self) -> bytes:
        """What cargo asks for first."""
        found: dict[str, object] = {'dl': f'{self.base}/dl/{{crate}}/{{version}}/download', 'api': self.base}
        if self.manners.private:
            found['auth-required'] = True
        return json.dumps(found).encode()

    def listed(self, name: str) -> bytes:
        """The lines of a crate that can be seen by now, b'' for none."""
        return b''.join(_line(row) for row in self._rows(name) if self._visible(name, row['vers']))

    def crate(self, name: str, version: str) -> bytes | None:
        """The bytes of a crate, None where it is not there."""
        path = self._crate(name, version)
        return path.read_bytes() if path.is_file() else None

    def publish(self, body: bytes) -> Answer:
        """Store an upload."""
        with self._lock:
            if (refused := self._refused()) is not None:
                return refused
            meta, crate = _parts(body)
            name, version = meta['name'], meta['vers']
            rows = self._rows(name)
            if any(row['vers'] == version for row in rows):
                return self._error(400, f'crate version `{version}` is already uploaded')
            path = self._crate(name, version)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(crate)
            self.uploads.append(meta)
            self._seen[name, version] = time.monotonic() + self.manners.lag
            self._write(name, [*rows, _row(meta, crate)])
            if self.manners.lost and self.manners.failing:
                self.manners.failing -= 1
                return 500, {'errors': [{'detail': 'Internal Server Error'}]}
            return 200, {'warnings': {'invalid_categories': [], 'invalid_badges': [], 'other': []}}

    def yank(self, name: str, version: str, *, yanked: bool) -> Answer:
        """Mark a version, or take the mark away."""
        with self._lock:
            rows = self._rows(name)
            if not any(row['vers'] == version for row in rows):
                return self._error(404, f'crate `{name}` does not have a version `{version}`')
            self._write(name, [{**row, 'yanked': yanked} if row['vers'] == version else row for row in rows])
            return 200, {'ok': True}

    def _refused(self) -> Answer | None:
        if self.manners.limited > 0:
            self.manners.limited -= 1
            return 429, self.manners.wait
        if self.manners.failing > 0 and not self.manners.lost:
            self.manners.failing -= 1
            return 500, {'errors': [{'detail': 'Internal Server Error'}]}
        return None

    def _error(self, status: int, detail: str) -> Answer:
        return (200 if self.manners.old else status), {'errors': [{'detail': detail}]}

    def _visible(self, name: str, version: str) -> bool:
        return time.monotonic() >= self._seen.get((name, version), 0.0)

    def _rows(self, name: str) -> list[dict[str, Any]]:
        path = self._index(name)
        return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []

    def _write(self, name: str, rows: list[dict[str, Any]]) -> None:
        path = self._index(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b''.join(_line(row) for row in rows))

    def _index(self, name: str) -> Path:
        return self.folder / 'index' / f'{name.lower()}.json'

    def _crate(self, name: str, version: str) -> Path:
        return self.folder / 'crates' / f'{name}-{version}.crate'


def _parts(body: bytes) -> tuple[dict[str, Any], bytes]:
    """Metadata and crate of an upload, each behind its length in 32 bits, the lowest first."""
    (length,) = struct.unpack_from('<I', body)
    (size,) = struct.unpack_from('<I', body, 4 + length)
    return json.loads(body[4 : 4 + length]), body[8 + length : 8 + length + size]


def _row(meta: Mapping[str, Any], crate: bytes) -> dict[str, Any]:
    """The line of the index for an upload; a dependency stands there under the name that its user gives it."""
    return {
        'name': meta['name'],
        'vers': meta['vers'],
        'deps': list(_dependencies(meta)),
        'cksum': hashlib.sha256(crate).hexdigest(),
        'features': {},
        'features2': meta['features'],
        'yanked': False,
        'links': meta.get('links'),
        'rust_version': meta.get('rust_version'),
        'v': 2,
    }


def _dependencies(meta: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for each in meta['deps']:
        kept = {key: each.get(key) for key in ('optional', 'default_features', 'features', 'target', 'kind')}
        renamed = each.get('explicit_name_in_toml')
        row = {**kept, 'name': renamed or each['name'], 'req': each['version_req'], 'registry': each.get('registry')}
        yield {**row, 'package': each['name']} if renamed else row


def _line(row: Mapping[str, Any]) -> bytes:
    return json.dumps(row, separators=(',', ':')).encode() + b'\n'


def _place(name: str) -> str:
    """Where the index has a crate: https://doc.rust-lang.org/cargo/reference/registry-index.html#index-files."""
    lower = name.lower()
    folders = {1: '1', 2: '2', 3: f'3/{lower[:1]}'}
    return f'{folders.get(len(lower), f"{lower[:2]}/{lower[2:4]}")}/{lower}'


class _Handler(QuietHandler):
    store: _Shelf

    def do_GET(self) -> None:  # noqa: N802 - named by the base class
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        if self.store.manners.private and not self._known():
            self._json(401, {'errors': [{'detail': 'authentication required'}]}, ('WWW-Authenticate', 'Cargo'))
        elif path == f'{_INDEX}config.json':
            self.answer(200, [('Content-Type', 'application/json')], self.store.config())
        elif path.startswith(_INDEX):
            self._listed(path)
        elif found := _CRATE.fullmatch(path):
            content = self.store.crate(found[1], found[2])
            self.answer(200 if content is not None else 404, [('Content-Type', 'application/gzip')], content or b'')
        else:
            self.answer(404, [], b'')

    def do_PUT(self) -> None:  # noqa: N802 - named by the base class
        body = self.read_body()
        if not self._known():
            self._json(403, {'errors': [{'detail': 'authentication failed'}]})
        elif self.path == _NEW:
            self._said(self.store.publish(body))
        else:
            self._yank(yanked=False)

    def do_DELETE(self) -> None:  # noqa: N802 - named by the base class
        self.read_body()
        if self._known():
            self._yank(yanked=True)
        else:
            self._json(403, {'errors': [{'detail': 'authentication failed'}]})

    def do_POST(self) -> None:  # noqa: N802 - named by the base class
        jwt = json.loads(self.read_body() or b'{}').get('jwt', '')
        if self.path != _TOKENS or not jwt:
            self._json(400, {'errors': [{'detail': 'Invalid JWT'}]})
        else:
            self._json(200, {'token': TOKEN})

    def _listed(self, path: str) -> None:
        name = path.rpartition('/')[2]
        lines = self.store.listed(name) if path == _INDEX + _place(name) else b''
        tag = f'"{hashlib.sha256(lines).hexdigest()[:32]}"'
        if not lines:
            self.answer(404, [], b'')
        elif self.headers.get('If-None-Match') == tag:
            self.answer(304, [('ETag', tag)], b'')
        else:
            self.answer(200, [('Content-Type', 'text/plain'), ('ETag', tag)], lines)

    def _yank(self, *, yanked: bool) -> None:
        found = _YANK.fullmatch(self.path)
        if found is None or (found[3] == 'yank') is not yanked:
            self._json(404, {'errors': [{'detail': 'Not Found'}]})
        else:
            self._said(self.store.yank(found[1], found[2], yanked=yanked))

    def _said(self, answer: Answer) -> None:
        status, said = answer
        if status != 429 or not isinstance(said, (int, float)):
            self._json(status, said)
            return
        when = dt.datetime.now(dt.timezone.utc) + dt.timedelta(seconds=said)
        date = email.utils.format_datetime(when, usegmt=True)
        detail = (
            f'You have published too many new crates in a short period of time. Please try again after {date} '
            'or email help@crates.io to have your limit increased.'
        )
        headers = [('Retry-After', date)] if self.store.manners.header else []
        self._json(429, {'errors': [{'detail': detail}]}, *headers)

    def _known(self) -> bool:
        return self.headers.get('Authorization') == TOKEN

    def _json(self, status: int, document: object, *headers: tuple[str, str]) -> None:
        self.answer(status, [('Content-Type', 'application/json'), *headers], json.dumps(document).encode())
