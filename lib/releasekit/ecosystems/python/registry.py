# SPDX-License-Identifier: Apache-2.0
"""Python indexes: uploads by the protocol of PyPI, reading by the simple repository API. One request a call."""

from __future__ import annotations

import dataclasses
import hashlib
import urllib.parse
from collections.abc import Mapping
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

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
    Upload,
)
from releasekit.spec.model import Target

if TYPE_CHECKING:
    from releasekit.ecosystems import answers
    from releasekit.ecosystems.python import advice, auth, outcomes, simple, upload
else:
    advice = lazy.module('releasekit.ecosystems.python.advice')
    answers = lazy.module('releasekit.ecosystems.answers')
    auth = lazy.module('releasekit.ecosystems.python.auth')
    outcomes = lazy.module('releasekit.ecosystems.python.outcomes')
    simple = lazy.module('releasekit.ecosystems.python.simple')
    upload = lazy.module('releasekit.ecosystems.python.upload')

# uv-publish/src/lib.rs: PyPI then sends structured errors, other indexes plain text rather than a page.
_ERRORS = 'application/json;q=0.9, text/plain;q=0.8, text/html;q=0.7'

# The largest pages of PyPI, of packages built every night for years, have some 30 MiB.
PAGE_LIMIT = 64 * 1024 * 1024


class Pypi:
    """The target type `pypi`."""

    at_once: int | None = None
    per_package = False

    @property
    def advice(self) -> AdvicePart:
        """What `doctor` can say of such a target."""
        return advice.PypiAdvice()

    def connect(self, target: Target, outside: Outside, credential: Credential | None) -> Registry:
        """The registry of a target; the credential is sent with uploads, and where an index asks for one."""
        return PypiRegistry(target, outside.http, credential)

    def ready(self, target: Target, environment: Mapping[str, str]) -> None:
        """Look whether a credential of the right kind can be had, without using it.

        Raises:
            ReleaseKitError: `RK-CREDENTIAL-MISSING`, naming what has to be set.
        """
        auth.ready(target, environment)

    async def authenticate(
        self,
        target: Target,
        http: Http,
        environment: Mapping[str, str],
        name: str,
    ) -> Credential | None:
        """Get the credential of a target: from the environment, or by exchanging an OIDC token.

        Raises:
            ReleaseKitError: `RK-CREDENTIAL-MISSING`.
        """
        return await auth.authenticate(target, http, environment)


@dataclasses.dataclass(frozen=True, slots=True)
class PypiRegistry:
    """One index."""

    target: Target
    http: Http
    credential: Credential | None = None

    async def files(self, name: str, version: str) -> Mapping[str, PublishedFile]:
        """The files of a version, by name; empty where there are none.

        Raises:
            ReleaseKitError: `RK-REGISTRY-DOWN` where it cannot be asked.
        """
        url = f'{self.target.index.rstrip("/")}/{canonicalize_name(name)}/'
        try:
            response = await self._get(url, {'Accept': simple.ACCEPT, 'Cache-Control': 'no-cache'}, PAGE_LIMIT)
        except HttpFailure as failure:
            raise _down(url, f'no answer came: {failure}') from failure
        # pypiserver sends whoever asks for what it lacks on to PyPI; what is there is not on this target.
        if response.status == 404 or _host(response.url or url) != _host(url):
            return {}
        _expect_success(response, url)
        try:
            return simple.page(dataclasses.replace(response, url=response.url or url), name, version)
        except simple.PageError as error:
            raise _down(url, str(error)) from error

    async def download(self, file: PublishedFile, limit: int | None = None) -> bytes:
        """The contents of a published file, of `limit` bytes at the most.

        Raises:
            ReleaseKitError: `RK-REGISTRY-DOWN` where it cannot be asked, `RK-DRIFT-BYTES` where it is larger.
        """
        try:
            response = await self._get(file.url, {'Cache-Control': 'no-cache'}, limit)
        except TooLarge as error:
            message = f'{file.url} is larger than {limit} bytes, which the file of that name is not.'
            raise fail(Code.DRIFT_BYTES, message, 'Do not release there until its owner has explained this.') from error
        except HttpFailure as failure:
            raise _down(file.url, f'no answer came: {failure}') from failure
        _expect_success(response, file.url)
        return response.body

    async def upload(self, artifact: Artifact) -> Answer:
        """Try once to upload a file, and say how the answer reads.

        Raises:
            ReleaseKitError: `RK-BUILD-WRONG` where the file's content has another digest, or no metadata.
        """
        if hashlib.sha256(artifact.content).hexdigest() != artifact.digest:
            message = f'{artifact.filename} is not the file that was built: its SHA-256 is not {artifact.digest}.'
            raise fail(Code.BUILD_WRONG, message, 'Build the package anew; do not touch its files in between.')
        request = Request(
            'POST',
            self.target.url,
            headers={'Accept': _ERRORS},
            form=upload.form(artifact),
            upload=Upload('content', artifact.filename, artifact.content),
            auth=self._login(),
        )
        try:
            return outcomes.read(await self.http.send(request))
        except HttpFailure as failure:
            outcome = Outcome.UNKNOWN if failure.sent else Outcome.TRANSIENT
            return Answer(outcome, f'no answer came: {failure}')

    async def yank(self, name: str, version: str, reason: str = '', *, undo: bool = False) -> Answer:
        """Indexes of PyPI's protocols have no call for it: https://docs.pypi.org/project-management/yanking/."""
        what = f'Take the yank of {name} {version} back' if undo else f'Yank {name} {version}'
        why = f' and say why: {reason}' if reason else ''
        return Answer(Outcome.REJECTED, f'{what} on its page{why}; indexes have no call for it.')

    async def _get(self, url: str, headers: Mapping[str, str], limit: int | None) -> Response:
        """Ask without a credential first: it is only for those who demand one, and only on the target's own hosts."""
        request = Request('GET', url, headers=headers, limit=limit)
        response = await self.http.send(request)
        if response.status in {401, 403} and self.credential is not None and self._is_ours(url):
            response = await self.http.send(dataclasses.replace(request, auth=self._login()))
        return response

    def _login(self) -> tuple[str, str] | None:
        return (self.credential.username, self.credential.password) if self.credential else None

    def _is_ours(self, url: str) -> bool:
        return _origin(url) in {_origin(self.target.url), _origin(self.target.index)}


def _expect_success(response: Response, url: str) -> None:
    if not 200 <= response.status < 300:
        raise _down(url, f'it answered {response.status}', answers.retry_after(response))


def _origin(url: str) -> tuple[str, str]:
    parts = urllib.parse.urlsplit(url)
    return parts.scheme, parts.netloc.rpartition('@')[2].lower()


def _host(url: str) -> str | None:
    return urllib.parse.urlsplit(url).hostname


def _down(url: str, why: str, retry_after: float | None = None) -> RegistryDownError:
    hint = 'Open the address in a browser; run the same command again when it is up.'
    return RegistryDownError(Problem(Code.REGISTRY_DOWN, f'{url} cannot be read: {why}.', hint), retry_after)
