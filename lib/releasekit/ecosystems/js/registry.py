# SPDX-License-Identifier: Apache-2.0
"""npm registries: one document publishes a package, another tells what is there. One publication a call."""

from __future__ import annotations

import dataclasses
import hashlib
import urllib.parse
from collections.abc import Mapping
from typing import TYPE_CHECKING

from releasekit import lazy
from releasekit.ecosystems.advice import AdvicePart
from releasekit.ecosystems.base import Outside
from releasekit.errors import Code, Problem, ReleaseKitError, fail
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
    from releasekit.ecosystems.js import advice, auth, cli, outcomes, packument, tarball
    from releasekit.ecosystems.js.jsontext import Object
else:
    advice = lazy.module('releasekit.ecosystems.js.advice')
    answers = lazy.module('releasekit.ecosystems.answers')
    auth = lazy.module('releasekit.ecosystems.js.auth')
    cli = lazy.module('releasekit.ecosystems.js.cli')
    outcomes = lazy.module('releasekit.ecosystems.js.outcomes')
    packument = lazy.module('releasekit.ecosystems.js.packument')
    tarball = lazy.module('releasekit.ecosystems.js.tarball')

# The largest documents, of packages released every night for years, have some 60 MiB.
DOCUMENT_LIMIT = 128 * 1024 * 1024
_WITHDRAWN = 'This version was withdrawn.'


class Npm:
    """The target type `npm`."""

    at_once: int | None = None
    per_package = True

    @property
    def advice(self) -> AdvicePart:
        """What `doctor` can say of such a target."""
        return advice.NpmAdvice()

    def connect(self, target: Target, outside: Outside, credential: Credential | None) -> Registry:
        """The registry of a target; the credential is sent with publications, and where reading asks for one."""
        return NpmRegistry(target, outside, credential)

    def ready(self, target: Target, environment: Mapping[str, str]) -> None:
        """Look whether a credential of the right kind can be had, without using it.

        Raises:
            ReleaseKitError: `RK-CREDENTIAL-MISSING`, naming what has to be set.
        """
        auth.ready(target, environment)

    async def authenticate(
        self, target: Target, http: Http, environment: Mapping[str, str], name: str
    ) -> Credential | None:
        """Get the credential of a target for a package: from the environment, or by exchanging an OIDC token.

        Raises:
            ReleaseKitError: `RK-CREDENTIAL-MISSING`.
        """
        return await auth.authenticate(target, http, environment, name)


@dataclasses.dataclass(frozen=True, slots=True)
class NpmRegistry:
    """One registry."""

    target: Target
    outside: Outside
    credential: Credential | None = None

    async def files(self, name: str, version: str) -> Mapping[str, PublishedFile]:
        """The file of a version, by name; empty where there is none. Registries tell no SHA-256.

        Raises:
            ReleaseKitError: `RK-REGISTRY-DOWN` where it cannot be asked.
        """
        document = await self._document(self.target.index, name, packument.SHORT)
        return {} if document is None else packument.files(document, name, version, self.target.index)

    async def download(self, file: PublishedFile, limit: int | None = None) -> bytes:
        """The contents of a published file, of `limit` bytes at the most.

        Raises:
            ReleaseKitError: `RK-REGISTRY-DOWN` where it cannot be asked, `RK-DRIFT-BYTES` where it is larger, or is
                not what the registry's own document says.
        """
        url, _, integrity = file.url.partition('#')
        try:
            response = await self._get(url, {'Cache-Control': 'no-cache'}, limit)
        except TooLarge as error:
            raise _drift(f'{url} is larger than {limit} bytes, which the file of that name is not.') from error
        except HttpFailure as failure:
            raise _down(url, f'no answer came: {failure}') from failure
        _expect_success(response, url)
        if not packument.admits(integrity, response.body):
            raise _drift(f'{url} does not have the integrity that the registry tells: {integrity}.')
        return response.body

    async def upload(self, artifact: Artifact) -> Answer:
        """Try once to publish a packed package, and say how the answer reads.

        Of its `publishConfig`, `access` and `tag` count; the target says which registry, as a flag of npm would.

        Raises:
            ReleaseKitError: `RK-BUILD-WRONG` where the file's content has another digest, or no manifest.
        """
        if hashlib.sha256(artifact.content).hexdigest() != artifact.digest:
            message = f'{artifact.filename} is not the file that was built: its SHA-256 is not {artifact.digest}.'
            raise fail(Code.BUILD_WRONG, message, 'Build the package anew; do not touch its files in between.')
        packed = tarball.read(artifact.filename, artifact.content)
        name, version = str(packed.manifest.get('name')), str(packed.manifest.get('version'))
        try:
            latest = await self._latest(name)
        except ReleaseKitError as error:
            if error.code is not Code.REGISTRY_DOWN:
                raise
            wait = error.retry_after if isinstance(error, RegistryDownError) else None
            return Answer(Outcome.TRANSIENT, error.problems[0].message, wait)
        dist_tag = packument.tag(version, packed, artifact.channel, latest)
        if self.target.provenance or self.target.staged:
            return await cli.publish(self.target, self.outside.shell, self.credential, artifact, dist_tag)
        document = packument.publication(packed, artifact.content, self.target.url, dist_tag)
        return await self._put(name, document)

    async def yank(self, name: str, version: str, reason: str = '', *, undo: bool = False) -> Answer:
        """Deprecate a version, or take that back: https://docs.npmjs.com/cli/v11/commands/npm-deprecate."""
        try:
            document = await self._document(self.target.url, name, 'application/json', '?write=true')
        except ReleaseKitError as error:
            if error.code is not Code.REGISTRY_DOWN:
                raise
            return Answer(Outcome.TRANSIENT, error.problems[0].message)
        changed = document and packument.deprecated(document, version, '' if undo else reason or _WITHDRAWN)
        if not changed:
            return Answer(Outcome.REJECTED, f'{name} {version} is not there')
        return await self._put(name, changed)

    async def _latest(self, name: str) -> str | None:
        document = await self._document(self.target.url, name, packument.SHORT)
        tags = document.get('dist-tags') if document else None
        latest = tags.get(packument.LATEST) if isinstance(tags, Mapping) else None
        return latest if isinstance(latest, str) else None

    async def _put(self, name: str, document: Mapping[str, object]) -> Answer:
        url = _address(self.target.url, name)
        request = Request('PUT', url, headers=auth.header(self.credential), json=document)
        try:
            return outcomes.read(await self.outside.http.send(request))
        except HttpFailure as failure:
            outcome = Outcome.UNKNOWN if failure.sent else Outcome.TRANSIENT
            return Answer(outcome, f'no answer came: {failure}')

    async def _document(self, base: str, name: str, accept: str, query: str = '') -> Object | None:
        """What a registry tells of a package, None where it has no such package."""
        url = _address(base, name) + query
        try:
            response = await self._get(url, {'Accept': accept, 'Cache-Control': 'no-cache'}, DOCUMENT_LIMIT)
        except HttpFailure as failure:
            raise _down(url, f'no answer came: {failure}') from failure
        if response.status == 404:
            return None
        _expect_success(response, url)
        if (document := packument.parse(response.body)) is None:
            raise _down(url, 'its answer is no JSON object')
        return document

    async def _get(self, url: str, headers: Mapping[str, str], limit: int | None) -> Response:
        """Ask without a credential first; to those who may not see a package, npm says that it is not there."""
        request = Request('GET', url, headers=headers, limit=limit)
        response = await self.outside.http.send(request)
        if response.status in {401, 403, 404} and self.credential is not None and self._is_ours(url):
            known = dataclasses.replace(request, headers={**headers, **auth.header(self.credential)})
            response = await self.outside.http.send(known)
        return response

    def _is_ours(self, url: str) -> bool:
        return _origin(url) in {_origin(self.target.url), _origin(self.target.index)}


def _address(base: str, name: str) -> str:
    return f'{base.rstrip("/")}/{packument.escaped(name)}'


def _expect_success(response: Response, url: str) -> None:
    if not 200 <= response.status < 300:
        raise _down(url, f'it answered {response.status}', answers.retry_after(response))


def _origin(url: str) -> tuple[str, str]:
    parts = urllib.parse.urlsplit(url)
    return parts.scheme, parts.netloc.rpartition('@')[2].lower()


def _drift(message: str) -> ReleaseKitError:
    return fail(Code.DRIFT_BYTES, message, 'Do not release there until its owner has explained this.')


def _down(url: str, why: str, retry_after: float | None = None) -> RegistryDownError:
    hint = 'Open the address in a browser; run the same command again when it is up.'
    return RegistryDownError(Problem(Code.REGISTRY_DOWN, f'{url} cannot be read: {why}.', hint), retry_after)
