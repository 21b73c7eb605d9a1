# SPDX-License-Identifier: Apache-2.0
"""Module proxies: nothing is sent to them, they fetch what was tagged when they are asked for it.

https://go.dev/ref/mod#goproxy-protocol. A proxy that is asked too early remembers for a while that there is nothing,
so that only an upload makes it fetch: looks say `Disable-Module-Fetch`, which Google's and others understand
(https://proxy.golang.org has the same as `/cached-only`).
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from releasekit import lazy
from releasekit.ecosystems import credentials
from releasekit.ecosystems.advice import AdvicePart
from releasekit.ecosystems.base import Outside
from releasekit.errors import Code, Problem
from releasekit.ports import (
    Answer,
    Artifact,
    Credential,
    Http,
    HttpFailure,
    Outcome,
    PublishedFile,
    Registry,
    RegistryDownError,
    Request,
    Response,
    TooLarge,
)
from releasekit.spec.model import Target

if TYPE_CHECKING:
    from releasekit.ecosystems.go import advice, direct, names, outcomes, published
else:
    advice = lazy.module('releasekit.ecosystems.go.advice')
    direct = lazy.module('releasekit.ecosystems.go.direct')
    names = lazy.module('releasekit.ecosystems.go.names')
    outcomes = lazy.module('releasekit.ecosystems.go.outcomes')
    published = lazy.module('releasekit.ecosystems.go.published')

# The address that is none: the repositories themselves.
_DIRECT = 'direct'
_LOOK = {'Disable-Module-Fetch': 'true', 'Cache-Control': 'no-cache'}
_ABSENT = frozenset({404, 410})


class GoProxies:
    """The target type `go`: a proxy, or `direct` for the repository itself."""

    at_once: int | None = None
    per_package = False

    @property
    def advice(self) -> AdvicePart:
        """What `doctor` can say of such a target."""
        return advice.GoAdvice()

    def connect(self, target: Target, outside: Outside, credential: Credential | None) -> Registry:
        """The proxy of a target; a credential is only sent to one that asks for it."""
        if target.index == _DIRECT:
            return direct.DirectRegistry(outside.shell)
        return ProxyRegistry(target, outside.http, credential)

    def ready(self, target: Target, environment: Mapping[str, str]) -> None:
        """Look whether the credential of a private proxy can be had; `trusted` needs none, as nothing is uploaded.

        Raises:
            ReleaseKitError: `RK-CREDENTIAL-MISSING`, naming what has to be set.
        """
        credentials.from_environment(target, environment, '')

    async def authenticate(
        self, target: Target, http: Http, environment: Mapping[str, str], name: str
    ) -> Credential | None:
        """Get the credential of a private proxy; `trusted` needs none, as nothing is uploaded.

        Raises:
            ReleaseKitError: `RK-CREDENTIAL-MISSING`.
        """
        return credentials.from_environment(target, environment, '')


@dataclasses.dataclass(frozen=True, slots=True)
class ProxyRegistry:
    """One proxy."""

    target: Target
    http: Http
    credential: Credential | None = None

    async def files(self, name: str, version: str) -> Mapping[str, PublishedFile]:
        """The files of a version that the proxy has already, by name.

        Raises:
            ReleaseKitError: `RK-REGISTRY-DOWN` where it cannot be asked.
        """
        found = {}
        for each in names.of_release(name, version):
            url = f'{self.target.index.rstrip("/")}/{each.place}'
            response = await self._read(url, None)
            if response.status not in _ABSENT:
                _expect_success(response, url)
                digest = hashlib.sha256(response.body).hexdigest()
                found[str(each)] = PublishedFile(str(each), digest, url)
        return found

    async def download(self, file: PublishedFile, limit: int | None = None) -> bytes:
        """The contents of a published file, of `limit` bytes at the most.

        Raises:
            ReleaseKitError: `RK-REGISTRY-DOWN` where it cannot be asked, `RK-DRIFT-BYTES` where it is larger.
        """
        try:
            response = await self._read(file.url, limit)
        except RegistryDownError as error:
            if isinstance(error.__cause__, TooLarge):
                raise published.too_large(file.url, limit) from error
            raise
        _expect_success(response, file.url)
        return response.body

    async def upload(self, artifact: Artifact) -> Answer:
        """Ask for a file, so that the proxy fetches the version from where its tag was pushed to.

        Raises:
            ReleaseKitError: `RK-BUILD-WRONG` where it is none of a proxy's files, or not as it was built.
        """
        url = f'{self.target.url.rstrip("/")}/{published.asked_for(artifact).place}'
        try:
            response = await self._send(Request('GET', url))
        except HttpFailure as failure:
            return Answer(Outcome.TRANSIENT, f'no answer came: {failure}')
        return outcomes.read(response)

    async def yank(self, name: str, version: str, reason: str = '', *, undo: bool = False) -> Answer:
        """Proxies keep what they have: https://go.dev/ref/mod#go-mod-file-retract."""
        return published.yanked(name, version, reason, undo=undo)

    async def _read(self, url: str, limit: int | None) -> Response:
        try:
            return await self._send(Request('GET', url, headers=_LOOK, limit=limit))
        except HttpFailure as failure:
            raise _down(url, f'no answer came: {failure}') from failure

    async def _send(self, request: Request) -> Response:
        """Ask without a credential first: it is only for those who demand one."""
        response = await self.http.send(request)
        if response.status in {401, 403} and self.credential is not None:
            login = (self.credential.username, self.credential.password)
            response = await self.http.send(dataclasses.replace(request, auth=login))
        return response


def _expect_success(response: Response, url: str) -> None:
    if not 200 <= response.status < 300:
        raise _down(url, f'it answered {response.status}', outcomes.retry_after(response))


def _down(url: str, why: str, retry_after: float | None = None) -> RegistryDownError:
    hint = 'Open the address in a browser; run the same command again when it is up.'
    return RegistryDownError(Problem(Code.REGISTRY_DOWN, f'{url} cannot be read: {why}.', hint), retry_after)
