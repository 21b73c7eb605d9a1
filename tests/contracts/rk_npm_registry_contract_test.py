# SPDX-License-Identifier: Apache-2.0
"""The port `Registry` for npm: truths that verdaccio shows, and those of lost and wrong answers."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import io
import itertools
import json
import os
import shutil
import tarfile
from collections.abc import AsyncGenerator, Callable, Generator
from pathlib import Path

import pytest

from releasekit.backends.http import HttpClient
from releasekit.backends.shell import LocalShell
from releasekit.ecosystems.base import Outside
from releasekit.ecosystems.js import JS
from releasekit.errors import Code, ReleaseKitError
from releasekit.ports import Artifact, Credential, Http, HttpFailure, Outcome, Registry, Request, Response
from releasekit.spec.model import Target
from releasekit.testing.http import ScriptedHttp, no_network
from releasekit.testing.verdaccio import PASSWORD, PROGRAMS, USERNAME, VerdaccioServer, start_verdaccio

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

NUMBERS = itertools.count()


@pytest.fixture(scope='module')
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[VerdaccioServer, None, None]:
    """A running verdaccio."""
    if missing := [program for program in PROGRAMS if shutil.which(program) is None]:
        pytest.skip(f'not on this machine: {", ".join(missing)}')
    with start_verdaccio(tmp_path_factory.mktemp('verdaccio')) as started:
        yield started


@pytest.fixture
async def http() -> AsyncGenerator[Http, None]:
    async with HttpClient(timeout=30) as client:
        yield client


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A name that no other test uses, so that tests can share a server."""
    return f'@acme/ant-{next(NUMBERS)}'


def connect(
    url: str, http: Http, credential: Credential | None, *, provenance: bool = False, staged: bool = False
) -> Registry:
    target = Target('npm', url, url, 'none', provenance=provenance, staged=staged)
    return JS.registries['npm'].connect(target, Outside(http, LocalShell(os.environ)), credential)


@pytest.fixture
def registry(server: VerdaccioServer, http: Http) -> Registry:
    return connect(server.url, http, Credential('', server.token))


def artifact(name: str, version: str, text: str = '', channel: str = '', **more: object) -> Artifact:
    manifest = json.dumps({'name': name, 'version': version, 'main': 'index.js', **more})
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode='w') as opened:
        for path, content in (('package.json', manifest), ('index.js', text)):
            member = tarfile.TarInfo(f'package/{path}')
            member.size = len(content)
            opened.addfile(member, io.BytesIO(content.encode()))
    content = gzip.compress(buffer.getvalue(), mtime=0)
    filename = f'{name.lstrip("@").replace("/", "-")}-{version}.tgz'
    return Artifact(filename, hashlib.sha256(content).hexdigest(), content, channel)


async def tags(server: VerdaccioServer, http: Http, name: str) -> dict[str, str]:
    response = await http.send(Request('GET', f'{server.url}-/package/{name.replace("/", "%2f")}/dist-tags'))
    return json.loads(response.body)


async def test_nothing_is_there_before(registry: Registry, name: str) -> None:
    """A name that was never published has no files, and that is no error."""
    assert await registry.files(name, '1.0.0') == {}


@pytest.mark.parametrize('scope', ['@acme/', ''])
async def test_what_was_published_is_there_with_its_bytes(registry: Registry, name: str, scope: str) -> None:
    """One file, under the name that it was built with, served as it was; other versions have none."""
    name = scope + name.removeprefix('@acme/')
    built = artifact(name, '1.0.0', readme='# Ant', bin='index.js')
    answer = await registry.upload(built)
    there = await registry.files(name, '1.0.0')

    assert answer.outcome is Outcome.ACCEPTED, answer
    assert list(there) == [built.filename]
    assert not there[built.filename].yanked
    assert await registry.download(there[built.filename]) == built.content
    assert await registry.files(name, '1.0.1') == {}


async def test_versions_do_not_mix(registry: Registry, name: str) -> None:
    """Only the file of the version that is asked for is given, prereleases too."""
    built = {version: artifact(name, version) for version in ('1.0.0', '1.0.1', '2.0.0-rc.1')}
    for each in built.values():
        assert (await registry.upload(each)).outcome is Outcome.ACCEPTED
    for version, each in built.items():
        assert list(await registry.files(name, version)) == [each.filename]


@pytest.mark.parametrize('text', ['', 'exports.a = 1;'])
async def test_what_is_there_is_never_replaced(registry: Registry, name: str, text: str) -> None:
    """The same again is a duplicate, and so are other bytes."""
    first = artifact(name, '1.0.0')
    await registry.upload(first)
    answer = await registry.upload(artifact(name, '1.0.0', text))
    there = await registry.files(name, '1.0.0')

    assert answer.outcome is Outcome.DUPLICATE
    assert await registry.download(there[first.filename]) == first.content


async def test_dist_tags_follow_channels_and_never_go_back(
    registry: Registry, server: VerdaccioServer, http: Http, name: str
) -> None:
    """`latest` is the newest stable version; prereleases have their channel, older lines a tag of their own."""
    for version, channel in (('1.0.0', ''), ('2.0.0', ''), ('2.1.0-rc.1', 'rc'), ('1.0.1', ''), ('2.1.0-rc.2', '')):
        assert (await registry.upload(artifact(name, version, channel=channel))).outcome is Outcome.ACCEPTED
    found = await tags(server, http, name)
    await registry.upload(artifact(name, '2.0.5', publishConfig={'tag': 'stable'}))
    await registry.upload(artifact(name, '2.2.0'))
    await registry.upload(artifact(name, '2.0.6'))

    assert found == {'latest': '2.0.0', 'rc': '2.1.0-rc.2', 'release-1.x': '1.0.1'}
    assert await tags(server, http, name) == {
        **found,
        'latest': '2.2.0',
        'stable': '2.0.5',
        'release-2.0.x': '2.0.6',
    }


async def test_a_version_is_deprecated_and_restored(registry: Registry, name: str) -> None:
    """Only that version; what is not there cannot be."""
    for version in ('1.0.0', '1.0.1'):
        await registry.upload(artifact(name, version))
    answers = [await registry.yank(name, '1.0.0', 'broken')]
    warned = [[file.yanked for file in (await registry.files(name, each)).values()] for each in ('1.0.0', '1.0.1')]
    answers.append(await registry.yank(name, '1.0.0', undo=True))
    restored = [file.yanked for file in (await registry.files(name, '1.0.0')).values()]

    assert [answer.outcome for answer in answers] == [Outcome.ACCEPTED, Outcome.ACCEPTED]
    assert warned == [[True], [False]]
    assert restored == [False]
    assert (await registry.yank(name, '3.0.0')).outcome is Outcome.REJECTED
    assert (await registry.yank(f'{name}-other', '1.0.0')).outcome is Outcome.REJECTED


@pytest.mark.parametrize('credential', [None, Credential('', 'wrong-token'), Credential(USERNAME, 'wrong')])
async def test_a_wrong_credential_is_denied(
    server: VerdaccioServer, http: Http, name: str, credential: Credential | None
) -> None:
    """It is told from every other refusal, and nothing gets in."""
    denied = connect(server.url, http, credential)
    assert (await denied.upload(artifact(name, '1.0.0'))).outcome is Outcome.DENIED
    assert await denied.files(name, '1.0.0') == {}


async def test_a_name_and_a_password_are_a_credential(server: VerdaccioServer, http: Http, name: str) -> None:
    """For registries that know no tokens."""
    registry = connect(server.url, http, Credential(USERNAME, PASSWORD))
    assert (await registry.upload(artifact(name, '1.0.0'))).outcome is Outcome.ACCEPTED


async def test_a_missing_file_cannot_be_downloaded(registry: Registry, name: str) -> None:
    """What was listed but is not served is an error, not empty content."""
    await registry.upload(artifact(name, '1.0.0'))
    file = next(iter((await registry.files(name, '1.0.0')).values()))
    with pytest.raises(ReleaseKitError) as caught:
        await registry.download(dataclasses.replace(file, url=file.url.replace('1.0.0', '9.9.9')))
    assert caught.value.code is Code.REGISTRY_DOWN


async def test_a_file_is_what_its_integrity_says(registry: Registry, name: str) -> None:
    """More bytes than may be are other contents, and so are those with another digest than the registry tells."""
    built = artifact(name, '1.0.0')
    await registry.upload(built)
    file = (await registry.files(name, '1.0.0'))[built.filename]
    lied = dataclasses.replace(file, url=file.url.partition('#')[0] + '#sha512-AAAA')
    assert await registry.download(file, len(built.content)) == built.content
    for wrong, limit in ((file, len(built.content) - 1), (lied, None)):
        with pytest.raises(ReleaseKitError) as caught:
            await registry.download(wrong, limit)
        assert caught.value.code is Code.DRIFT_BYTES


async def test_bytes_that_were_not_built_are_not_sent(registry: Registry, name: str) -> None:
    """A file whose digest is not that of the build is stopped here."""
    built = artifact(name, '1.0.0')
    with pytest.raises(ReleaseKitError) as caught:
        await registry.upload(dataclasses.replace(built, content=artifact(name, '1.0.0', 'x').content))
    assert caught.value.code is Code.BUILD_WRONG
    assert await registry.files(name, '1.0.0') == {}


async def test_the_npm_cli_publishes_and_says_what_it_cannot(server: VerdaccioServer, http: Http, name: str) -> None:
    """Provenance needs the identity of a CI job, staging a registry that knows it: both say so."""
    credential = Credential('', server.token)
    built = artifact(name, '1.0.0')
    signed = await connect(server.url, http, credential, provenance=True).upload(built)
    staged = await connect(server.url, http, credential, staged=True).upload(built)

    assert signed.outcome is Outcome.REJECTED
    assert 'provenance' in signed.detail
    assert staged.outcome is Outcome.DENIED
    assert await connect(server.url, http, credential).files(name, '1.0.0') == {}


class Losing:
    """The port `Http` in front of another: the answer to every publication is lost, before or after it arrived."""

    def __init__(self, http: Http, *, arrives: bool) -> None:
        self._http = http
        self._arrives = arrives

    async def send(self, request: Request) -> Response:
        if request.method == 'PUT':
            if self._arrives:
                await self._http.send(request)
            raise HttpFailure('connection reset', sent=True)
        return await self._http.send(request)


@pytest.mark.parametrize('arrives', [True, False])
async def test_a_lost_answer_is_unknown(server: VerdaccioServer, http: Http, name: str, arrives: bool) -> None:
    """Whether it arrived, the registry says when it is asked again."""
    built = artifact(name, '1.0.0')
    losing = connect(server.url, Losing(http, arrives=arrives), Credential('', server.token))
    assert (await losing.upload(built)).outcome is Outcome.UNKNOWN
    assert (built.filename in await losing.files(name, '1.0.0')) is arrives


def scripted(answer: Callable[[Request], Response]) -> tuple[Registry, ScriptedHttp]:
    http = ScriptedHttp(answer)
    return connect('https://registry.example.invalid/npm/', http, Credential('', 'secret')), http


async def test_a_registry_that_is_down_is_said(name: str) -> None:
    """Reading is an error; an upload that was not sent can be tried again, as can a deprecation."""
    registry, _ = scripted(no_network)
    with pytest.raises(ReleaseKitError) as caught:
        await registry.files(name, '1.0.0')
    assert caught.value.code is Code.REGISTRY_DOWN
    assert (await registry.upload(artifact(name, '1.0.0'))).outcome is Outcome.TRANSIENT
    assert (await registry.yank(name, '1.0.0')).outcome is Outcome.TRANSIENT


@pytest.mark.parametrize('body', [b'<html>', b'[]', b'[' * 100_000])
async def test_what_is_no_document_is_an_answer_of_no_registry(body: bytes, name: str) -> None:
    """A captive portal, say."""
    registry, _ = scripted(lambda _: Response(200, {}, body))
    with pytest.raises(ReleaseKitError) as caught:
        await registry.files(name, '1.0.0')
    assert caught.value.code is Code.REGISTRY_DOWN


async def test_a_busy_registry_says_how_long_to_wait(name: str) -> None:
    """The time goes with the answer."""
    registry, _ = scripted(lambda _: Response(429, {'retry-after': '9'}, b''))
    answer = await registry.upload(artifact(name, '1.0.0'))
    assert (answer.outcome, answer.retry_after) == (Outcome.TRANSIENT, 9.0)


async def test_who_may_not_see_a_package_is_told_that_it_is_not_there() -> None:
    """The credential is sent when reading without it found nothing, and to the registry's own host only."""
    dist = {'tarball': 'http://registry.example.invalid/npm/a/-/a-1.0.0.tgz'}
    document = json.dumps({'versions': {'1.0.0': {'dist': dist, 'deprecated': 'old'}, '1.0.1': {}}}).encode()

    def answer(request: Request) -> Response:
        known = request.headers.get('Authorization') == 'Bearer secret'
        return Response(200, {}, document) if known else Response(404, {}, b'{}')

    registry, http = scripted(answer)
    files = await registry.files('a', '1.0.0')
    assert [(file.url, file.yanked) for file in files.values()] == [
        ('https://registry.example.invalid/npm/a/-/a-1.0.0.tgz', True)
    ]
    assert await registry.files('a', '1.0.1') == {}
    assert [request.url for request in http.requests[:2]] == ['https://registry.example.invalid/npm/a'] * 2
    with pytest.raises(ReleaseKitError):
        await registry.download(dataclasses.replace(files['a-1.0.0.tgz'], url='https://elsewhere.invalid/a.tgz'))
    assert http.requests[-1].url == 'https://elsewhere.invalid/a.tgz'
    assert 'Authorization' not in http.requests[-1].headers


async def test_a_later_start_serves_the_same_packages(http: Http, name: str, tmp_path: Path) -> None:
    """A registry that was down has lost nothing, and its user logs in again."""
    if missing := [program for program in PROGRAMS if shutil.which(program) is None]:
        pytest.skip(f'not on this machine: {", ".join(missing)}')
    built = artifact(name, '1.0.0')
    with start_verdaccio(tmp_path) as first:
        assert (await connect(first.url, http, Credential('', first.token)).upload(built)).outcome is Outcome.ACCEPTED
    with start_verdaccio(tmp_path) as second:
        registry = connect(second.url, http, Credential('', second.token))
        assert list(await registry.files(name, '1.0.0')) == [built.filename]
        assert (await registry.upload(artifact(name, '1.0.1'))).outcome is Outcome.ACCEPTED
