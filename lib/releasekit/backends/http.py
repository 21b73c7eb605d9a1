# SPDX-License-Identifier: Apache-2.0
"""HTTP over one pooled client: TLS always verified, plain http to this machine only, credentials to one host only."""

from __future__ import annotations

import dataclasses
import ipaddress
import types
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

import anyio

from releasekit import lazy, log
from releasekit.compat import Self
from releasekit.errors import Code, fail
from releasekit.ports import HttpFailure, Request, Response, TooLarge, Upload

if TYPE_CHECKING:
    import httpx
else:
    httpx = lazy.module('httpx')

_LOG = log.get(__name__)

BODY_LIMIT = 1024 * 1024 * 1024

_CONNECTIONS = 32
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HOPS = 10
# A request that makes progress may take this many times as long as one in which nothing moves.
_PROGRESS = 10
_PRIVATE_HEADERS = frozenset({'authorization', 'cookie', 'proxy-authorization'})
_LOCAL = ('127.0.0.1', '[::1]', 'localhost')
# A file's digest is of its bytes as stored; a server that compresses on the way would change them.
_HEADERS = {'accept-encoding': 'identity', 'user-agent': 'releasekit'}


class HttpClient:
    """Sends requests; open it with `async with`, once for each event loop."""

    def __init__(self, timeout: float, plain_hosts: Iterable[str] = (), body_limit: int = BODY_LIMIT) -> None:
        """Take the seconds in which something must move, and the hosts that plain http is allowed to.

        A host stands as in a URL, with its port if it has one: `index.example:8080`.
        """
        self._timeout = timeout
        self._plain = frozenset(host.lower() for host in plain_hosts)
        self._limit = body_limit
        self._client: httpx.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        self._client = httpx.AsyncClient(
            headers=_HEADERS,
            timeout=httpx.Timeout(self._timeout),
            limits=httpx.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS),
            # A proxy of the environment is no way to this machine.
            mounts={f'all://{host}': None for host in _LOCAL},
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        if self._client is not None:
            client, self._client = self._client, None
            await client.aclose()

    async def send(self, request: Request) -> Response:
        """Send one request; any status is an answer. Redirects of GET and HEAD are followed, nothing is retried.

        Raises:
            HttpFailure: No answer came, it was too large, or redirects did not end.
            ReleaseKitError: `RK-REGISTRY-INSECURE` for plain http to another host that was not allowed.
        """
        try:
            with anyio.fail_after(self._timeout * _PROGRESS):
                return await follow(request, self._plain, self._send_once)
        except TimeoutError as error:
            raise _failure(request, f'not done within {self._timeout * _PROGRESS:g} seconds') from error

    async def _send_once(self, request: Request) -> Response:
        if self._client is None:
            raise RuntimeError('open the client with `async with` first')
        try:
            return await self._exchange(self._client, request)
        # An address or a header that cannot be written down (lone surrogates of JSON) is none.
        except (httpx.RequestError, httpx.InvalidURL, UnicodeError) as error:
            raise _failure(request, f'{type(error).__name__} {error}'.strip(), sent=not _unsent(error)) from error

    async def _exchange(self, client: httpx.AsyncClient, request: Request) -> Response:
        built = client.build_request(
            request.method,
            request.url,
            headers=dict(request.headers),
            data=_form(request),
            files=_files(request.upload),
            json=request.json,
            content=request.content,
        )
        limit = self._limit if request.limit is None else min(self._limit, request.limit)
        answer = await client.send(built, stream=True, auth=request.auth)
        try:
            body = bytearray()
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > limit:
                    raise TooLarge(_said(request, f'the answer is larger than {limit} bytes'))
        finally:
            await answer.aclose()
        _LOG.debug('request.answered', method=request.method, url=str(answer.url), status=answer.status_code)
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Response(answer.status_code, headers, bytes(body), _without_userinfo(str(answer.url)))


async def follow(
    request: Request, plain_hosts: Collection[str], send_once: Callable[[Request], Awaitable[Response]]
) -> Response:
    """Send a request and go after redirects of GET and HEAD.

    Raises:
        HttpFailure: There are too many, or one leads to no address.
        ReleaseKitError: `RK-REGISTRY-INSECURE`, for the first request and for each that follows.
    """
    for _ in range(_HOPS):
        _refuse_plain(request.url, plain_hosts)
        response = await send_once(request)
        location = response.headers.get('location')
        if location is None or request.method not in {'GET', 'HEAD'} or response.status not in _REDIRECTS:
            return response
        request = _redirected(request, location)
    raise _failure(request, f'more than {_HOPS} redirects')


def _refuse_plain(url: str, plain_hosts: Collection[str]) -> None:
    parts = urlsplit(url)
    local = is_loopback(parts.hostname) or _host(parts) in plain_hosts
    if parts.scheme == 'https' or (parts.scheme == 'http' and local):
        return
    message = f'{_without_userinfo(url)} is neither https nor on this machine.'
    hint = 'Use an https URL; for a registry in a network that you trust, set `insecure: true` on its target.'
    raise fail(Code.REGISTRY_INSECURE, message, hint)


def is_loopback(host: str | None) -> bool:
    """Whether a host is this machine: `localhost` or a loopback address."""
    if host is None or host == 'localhost':
        return host is not None
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _form(request: Request) -> dict[str, list[str]] | None:
    form: dict[str, list[str]] = {}
    for name, value in request.form:
        form.setdefault(name, []).append(value)
    return form or None


def _files(upload: Upload | None) -> dict[str, tuple[str, bytes, str]] | None:
    if upload is None:
        return None
    return {upload.field: (upload.filename, upload.content, 'application/octet-stream')}


def _redirected(request: Request, location: str) -> Request:
    """The request that follows a redirect; what is private goes to the same origin only (RFC 9110, 15.4)."""
    try:
        url = urljoin(request.url, location)
        origin = _origin(url)
    except ValueError as error:
        raise _failure(request, f'it redirects to {location!r}, which is no address') from error
    if origin == _origin(request.url):
        return dataclasses.replace(request, url=url)
    headers = {name: value for name, value in request.headers.items() if name.lower() not in _PRIVATE_HEADERS}
    return dataclasses.replace(request, url=url, headers=headers, auth=None)


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, _host(parts)


def _host(parts: SplitResult) -> str:
    return parts.netloc.rpartition('@')[2].lower()


def _without_userinfo(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition('@')[2]))


def _unsent(error: Exception) -> bool:
    """Whether a failure came before anything went out: no connection was had, or the address is none."""
    unconnected = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
    return isinstance(error, (*unconnected, httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError))


def _failure(request: Request, why: str, *, sent: bool = True) -> HttpFailure:
    return HttpFailure(_said(request, why), sent=sent)


def _said(request: Request, why: str) -> str:
    return log.mask(f'{request.method} {_without_userinfo(request.url)}: {why}')
