# SPDX-License-Identifier: Apache-2.0
"""Crate registries: uploads by the web API that crates.io made known, reading by the sparse index."""

from __future__ import annotations

import dataclasses
import hashlib
import urllib.parse
from collections.abc import Mapping
from typing import TYPE_CHECKING

from releasekit import lazy
from releasekit.ecosystems.advice import AdvicePart
from releasekit.ecosystems.base import Outside
from releasekit.errors import Code, Problem, fail
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
    from releasekit.ecosystems import answers
    from releasekit.ecosystems.rust import advice, auth, outcomes, sparse, upload
else:
    advice = lazy.module('releasekit.ecosystems.rust.advice')
    answers = lazy.module('releasekit.ecosystems.answers')
    auth = lazy.module('releasekit.ecosystems.rust.auth')
    outcomes = lazy.module('releasekit.ecosystems.rust.outcomes')
    sparse = lazy.module('releasekit.ecosystems.rust.sparse')
    upload = lazy.module('releasekit.ecosystems.rust.upload')

# The longest index files of crates.io, of crates with thousands of versions, have some 5 MiB.
PAGE_LIMIT = 64 * 1024 * 1024
# What cargo takes for "not there": `src/cargo/sources/registry/http_remote.rs`.
_ABSENT = frozenset({404, 410, 451})


class Crates:
    """The target type `crates`."""

    # One upload at a time, so that the buckets of new crates and versions run empty in the order of the plan.
    at_once: int | None = 1
    per_package = False

    @property
    def advice(self) -> AdvicePart:
        """What `doctor` can say of such a target."""
        return advice.CratesAdvice()

    def connect(self, target: Target, outside: Outside, credential: Credential | None) -> Registry:
        """The registry of a target; the credential is sent with uploads, and where an index asks for one."""
        return CrateRegistry(target, outside.http, credential)

    def ready(self, target: Target, environment: Mapping[str, str]) -> None:
        """Look whether a credential of the right kind can be had, without using it.

        Raises:
            ReleaseKitError: `RK-CREDENTIAL-MISSING`, naming what has to be set.
        """
        auth.ready(target, environment)

    async def authenticate(
        self, target: Target, http: Http, environment: Mapping[str, str], name: str
    ) -> Credential | None:
        """Get the credential of a target: from the environment, or by exchanging an OIDC token.

        Raises:
            ReleaseKitError: `RK-CREDENTIAL-MISSING`.
        """
        del name  # One token is good for all crates of a publisher.
        return await auth.authenticate(target, http, environment)


@dataclasses.dataclass(frozen=True, slots=True)
class CrateRegistry:
    """One registry."""

    target: Target
    http: Http
    credential: Credential | None = None

    async def files(self, name: str, version: str) -> Mapping[str, PublishedFile]:
        """The file of a version, by name; empty where there is none.

        Raises:
            ReleaseKitError: `RK-REGISTRY-DOWN` where it cannot be asked.
        """
        url = self._index(sparse.place(name))
        response = await self._read(url, PAGE_LIMIT)
        if response.status in _ABSENT:
            return {}
        _expect_success(response, url)
        try:
            found = sparse.by_version(response.body, version)
        except sparse.SparseError as error:
            raise _down(url, str(error)) from error
        if (line := found.get(name)) is None:
            return {}
        file = sparse.file(line, await self._config())
        return {file.filename: file}

    async def download(self, file: PublishedFile, limit: int | None = None) -> bytes:
        """The contents of a published file, of `limit` bytes at the most.

        Raises:
            ReleaseKitError: `RK-REGISTRY-DOWN` where it cannot be asked, `RK-DRIFT-BYTES` where it is larger.
        """
        response = await self._read(file.url, limit)
        _expect_success(response, file.url)
        return response.body

    async def upload(self, artifact: Artifact) -> Answer:
        """Try once to upload a crate, and say how the answer reads.

        Raises:
            ReleaseKitError: `RK-BUILD-WRONG` where the file's content has another digest, or is no crate.
        """
        if hashlib.sha256(artifact.content).hexdigest() != artifact.digest:
            message = f'{artifact.filename} is not the file that was built: its SHA-256 is not {artifact.digest}.'
            raise fail(Code.BUILD_WRONG, message, 'Build the package anew; do not touch its files in between.')
        if why := upload.refusal(artifact, self.target.index):
            return Answer(Outcome.REJECTED, f'{artifact.filename} must not go to {self.target.index}: {why}')
        body = upload.body(artifact, self.target.index)
        return await self._call('PUT', 'api/v1/crates/new', body)

    async def yank(self, name: str, version: str, reason: str = '', *, undo: bool = False) -> Answer:
        """Keep new lock files from a version, or let them have it again; the registry has no place for a reason.

        https://doc.rust-lang.org/cargo/reference/registry-web-api.html#yank
        """
        del reason
        path = f'api/v1/crates/{urllib.parse.quote(name, safe="")}/{urllib.parse.quote(version, safe="")}'
        return await self._call('PUT' if undo else 'DELETE', f'{path}/{"unyank" if undo else "yank"}')

    async def _call(self, method: str, path: str, content: bytes | None = None) -> Answer:
        """Ask the web API, with the token as it is: https://doc.rust-lang.org/cargo/reference/registry-web-api.html."""
        try:
            api = (await self._config()).api or self.target.url
        except RegistryDownError as error:
            return Answer(Outcome.TRANSIENT, str(error), error.retry_after)
        if _origin(api) != _origin(self.target.url):
            # Who writes the index must not be able to ask for the token.
            detail = f'the index says that its API is at {api}, the target that it is at {self.target.url}'
            return Answer(Outcome.REJECTED, detail)
        headers = {'Accept': 'application/json', **self._login()}
        if content is not None:
            headers['Content-Type'] = 'application/octet-stream'
        request = Request(method, f'{api.rstrip("/")}/{path}', headers=headers, content=content)
        try:
            return outcomes.read(await self.http.send(request))
        except HttpFailure as failure:
            outcome = Outcome.UNKNOWN if failure.sent else Outcome.TRANSIENT
            return Answer(outcome, f'no answer came: {failure}')

    async def _config(self) -> sparse.Config:
        url = self._index('config.json')
        response = await self._read(url, PAGE_LIMIT)
        _expect_success(response, url)
        try:
            return sparse.config(response.body)
        except sparse.SparseError as error:
            raise _down(url, str(error)) from error

    async def _read(self, url: str, limit: int | None) -> Response:
        """Ask without a credential first: it is only for those who demand one, and only on the target's own hosts."""
        request = Request('GET', url, headers={'Cache-Control': 'no-cache'}, limit=limit)
        try:
            response = await self.http.send(request)
            if response.status in {401, 403} and self.credential is not None and self._is_ours(url):
                headers = {**request.headers, **self._login()}
                response = await self.http.send(dataclasses.replace(request, headers=headers))
        except TooLarge as error:
            message = f'{url} is larger than {limit} bytes, which what belongs there is not.'
            raise fail(Code.DRIFT_BYTES, message, 'Do not release there until its owner has explained this.') from error
        except HttpFailure as failure:
            raise _down(url, f'no answer came: {failure}') from failure
        return response

    def _index(self, path: str) -> str:
        return f'{self.target.index.rstrip("/")}/{path}'

    def _login(self) -> Mapping[str, str]:
        return {'Authorization': self.credential.password} if self.credential else {}

    def _is_ours(self, url: str) -> bool:
        return _origin(url) in {_origin(self.target.url), _origin(self.target.index)}


def _expect_success(response: Response, url: str) -> None:
    if not 200 <= response.status < 300:
        raise _down(url, f'it answered {response.status}', answers.retry_after(response))


def _origin(url: str) -> tuple[str, str]:
    parts = urllib.parse.urlsplit(url)
    return parts.scheme, parts.netloc.rpartition('@')[2].lower()


def _down(url: str, why: str, retry_after: float | None = None) -> RegistryDownError:
    hint = 'Open the address in a browser; run the same command again when it is up.'
    return RegistryDownError(Problem(Code.REGISTRY_DOWN, f'{url} cannot be read: {why}.', hint), retry_after)
