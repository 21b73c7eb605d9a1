# SPDX-License-Identifier: Apache-2.0
"""The port `Registry` for Go: the same truths for a proxy, a proxy with a password, and the repository itself."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest

from releasekit.backends.http import HttpClient
from releasekit.backends.shell import LocalShell
from releasekit.ecosystems.base import Outside
from releasekit.ecosystems.go import GO, names
from releasekit.errors import Code, ReleaseKitError
from releasekit.ports import Answer, Artifact, Credential, Http, Outcome, PublishedFile, Registry, RegistryDownError
from releasekit.spec.model import EnvValue, PasswordAuth, Target
from releasekit.testing.goproxy import HOST, GoRepository, Manners, go_proxy

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(shutil.which('go') is None, reason='go is not on this machine'),
]

LIB, CAPITALS = f'{HOST}/lib', f'{HOST}/Acme'


@pytest.fixture(scope='module')
def repository(tmp_path_factory: pytest.TempPathFactory) -> GoRepository:
    """Modules that are tagged, one with capitals in its path and one of a second major version."""
    found = GoRepository(tmp_path_factory.mktemp('origin') / 'go').create()
    found.write(
        {
            'lib/go.mod': f'module {LIB}\n\ngo 1.21\n',
            'lib/lib.go': 'package lib\n',
            'Acme/go.mod': f'module {CAPITALS}/v2\n\ngo 1.21\n',
            'Acme/acme.go': 'package acme\n',
        }
    )
    found.commit(['lib/v1.0.0', 'lib/v1.0.1-RC.1', 'Acme/v2.0.0'])
    return found


@pytest.fixture
def manners() -> Manners:
    return Manners()


@pytest.fixture
def proxy(repository: GoRepository, manners: Manners, tmp_path: Path) -> Generator[str, None, None]:
    """A proxy that has nothing yet."""
    with go_proxy(repository, tmp_path, manners) as url:
        yield url


@pytest.fixture
async def http() -> AsyncGenerator[Http, None]:
    async with HttpClient(timeout=30) as client:
        yield client


def connect(repository: GoRepository, http: Http, url: str, credential: Credential | None = None) -> Registry:
    target = Target('go', url, url, 'none')
    outside = Outside(http, LocalShell({**repository.environment, 'GOPROXY': 'off'}))
    return GO.registries['go'].connect(target, outside, credential)


@pytest.fixture(params=['proxy', 'password', 'direct'])
def registry(
    request: pytest.FixtureRequest, repository: GoRepository, http: Http, proxy: str, manners: Manners
) -> Registry:
    if request.param == 'direct':
        return connect(repository, http, 'direct')
    if request.param == 'proxy':
        return connect(repository, http, proxy)
    manners.password = 'open-sesame'
    return connect(repository, http, proxy, Credential('ann', 'open-sesame'))


def artifact(filename: str, content: bytes = b'ours') -> Artifact:
    return Artifact(filename, hashlib.sha256(content).hexdigest(), content)


async def uploaded(registry: Registry, name: str, version: str) -> list[Answer]:
    return [await registry.upload(artifact(str(each))) for each in names.of_release(name, version)]


@pytest.mark.parametrize(
    ('name', 'version'), [(LIB, '1.0.0'), (LIB, '1.0.1-RC.1'), (CAPITALS, '2.0.0')], ids=['plain', 'pre', 'capitals']
)
async def test_what_is_tagged_is_there_once_it_was_asked_for(registry: Registry, name: str, version: str) -> None:
    """All three files, with their digests, and served as they are; capitals are escaped."""
    answers = await uploaded(registry, name, version)
    there = await registry.files(name, version)

    assert [answer.outcome for answer in answers] == [Outcome.ACCEPTED] * 3, answers
    assert GO.tool.complete(there)
    for filename, file in there.items():
        content = await registry.download(file)
        assert GO.tool.inspect(filename, content) == (name, version)
        assert hashlib.sha256(content).hexdigest() == file.digest
        assert not file.yanked


async def test_what_is_not_tagged_is_not_there(registry: Registry) -> None:
    """That is no error; asking for it may help later."""
    answers = await uploaded(registry, LIB, '1.9.9')
    assert {answer.outcome for answer in answers} == {Outcome.TRANSIENT}
    assert all(answer.detail for answer in answers)
    assert await registry.files(LIB, '1.9.9') == {}


async def test_a_file_is_as_large_as_is_allowed(registry: Registry) -> None:
    """More bytes than may be are other contents."""
    await uploaded(registry, LIB, '1.0.0')
    file = (await registry.files(LIB, '1.0.0'))[str(names.of_release(LIB, '1.0.0')[1])]
    size = len(await registry.download(file))
    assert len(await registry.download(file, size)) == size
    with pytest.raises(ReleaseKitError) as caught:
        await registry.download(file, size - 1)
    assert caught.value.code is Code.DRIFT_BYTES


async def test_a_file_that_is_not_there_cannot_be_downloaded(registry: Registry) -> None:
    """What was listed but is not served is an error, not empty content."""
    await uploaded(registry, LIB, '1.0.0')
    file = next(iter((await registry.files(LIB, '1.0.0')).values()))
    gone = PublishedFile(file.filename, None, file.url.replace('1.0.0', '1.9.9'))
    with pytest.raises(ReleaseKitError) as caught:
        await registry.download(gone)
    assert caught.value.code is Code.REGISTRY_DOWN


async def test_bytes_that_were_not_built_are_not_asked_for(registry: Registry) -> None:
    """A file whose digest is not that of the build is stopped here, and so is one that no proxy serves."""
    filename = str(names.of_release(LIB, '1.0.0')[0])
    for wrong in (Artifact(filename, '0' * 64, b'x'), artifact('lib.txt')):
        with pytest.raises(ReleaseKitError) as caught:
            await registry.upload(wrong)
        assert caught.value.code is Code.BUILD_WRONG


@pytest.mark.parametrize('undo', [False, True])
async def test_retracting_is_a_release(registry: Registry, undo: bool) -> None:
    """The answer says what to write where."""
    answer = await registry.yank(LIB, '1.0.0', 'it is broken', undo=undo)
    assert answer.outcome is Outcome.REJECTED
    assert 'retract v1.0.0' in answer.detail


async def test_a_look_makes_nobody_fetch(repository: GoRepository, http: Http, proxy: str, manners: Manners) -> None:
    """Else a proxy would remember for a while that there is nothing, before the tag is pushed."""
    registry = connect(repository, http, proxy)
    manners.lag = 1
    assert await registry.files(LIB, '1.0.0') == {}
    assert manners.lag == 1
    assert [each.outcome for each in await uploaded(registry, LIB, '1.0.0')] == [
        Outcome.TRANSIENT,
        Outcome.ACCEPTED,
        Outcome.ACCEPTED,
    ]
    assert GO.tool.complete(await registry.files(LIB, '1.0.0'))


async def test_a_proxy_that_is_down(repository: GoRepository, http: Http, proxy: str, manners: Manners) -> None:
    """Looks say so, with the time that it wants; asking for a version is tried again."""
    registry = connect(repository, http, proxy)
    manners.down = True
    assert {(each.outcome, each.retry_after) for each in await uploaded(registry, LIB, '1.0.0')} == {
        (Outcome.TRANSIENT, 0.0)
    }
    with pytest.raises(RegistryDownError) as caught:
        await registry.files(LIB, '1.0.0')
    assert (caught.value.code, caught.value.retry_after) == (Code.REGISTRY_DOWN, 0.0)


async def test_a_wrong_password_is_denied(repository: GoRepository, http: Http, proxy: str, manners: Manners) -> None:
    """A bad credential is told from every other refusal."""
    manners.password = 'open-sesame'
    registry = connect(repository, http, proxy, Credential('ann', 'wrong'))
    assert {each.outcome for each in await uploaded(registry, LIB, '1.0.0')} == {Outcome.DENIED}
    with pytest.raises(ReleaseKitError) as caught:
        await registry.files(LIB, '1.0.0')
    assert caught.value.code is Code.REGISTRY_DOWN


async def test_a_password_goes_only_to_who_asks(
    repository: GoRepository, http: Http, proxy: str, manners: Manners
) -> None:
    """A proxy that is open sees no credential, and an answer that is slow is still one."""
    seen = connect(repository, http, proxy, Credential('ann', 'x'))
    manners.slow = 0.01
    await uploaded(seen, LIB, '1.0.0')
    assert len(manners.asked) == 3


async def test_a_server_that_is_gone_gives_no_answer(repository: GoRepository, http: Http) -> None:
    """Nothing was changed by a question, so that it can be put again."""
    registry = connect(repository, http, 'http://127.0.0.1:9')
    assert {each.outcome for each in await uploaded(registry, LIB, '1.0.0')} == {Outcome.TRANSIENT}
    with pytest.raises(ReleaseKitError) as caught:
        await registry.files(LIB, '1.0.0')
    assert caught.value.code is Code.REGISTRY_DOWN


async def test_a_repository_that_is_gone_gives_no_answer(http: Http, tmp_path: Path) -> None:
    """That is told from a version that is not there."""
    gone = GoRepository(tmp_path / 'go', tmp_path / 'nowhere').create()
    with pytest.raises(ReleaseKitError) as caught:
        await connect(gone, http, 'direct').files(LIB, '1.0.0')
    assert caught.value.code is Code.REGISTRY_DOWN


LOGIN = PasswordAuth(EnvValue('U'), EnvValue('P'))


@pytest.mark.parametrize('auth', ['trusted', 'none'])
async def test_a_push_needs_no_credential_of_a_proxy(http: Http, auth: str) -> None:
    """Nothing is uploaded, so that `trusted`, the default, asks for no identity."""
    target = Target('go', 'https://proxy.test', 'https://proxy.test', 'trusted' if auth == 'trusted' else 'none')
    part = GO.registries['go']
    part.ready(target, {})
    assert await part.authenticate(target, http, {}, LIB) is None
    assert (part.at_once, part.per_package) == (None, False)


async def test_a_private_proxy_has_a_login(http: Http) -> None:
    """From the environment, where it must be."""
    target, part = Target('go', 'https://proxy.test', 'https://proxy.test', LOGIN), GO.registries['go']
    found = await part.authenticate(target, http, {'U': 'ann', 'P': 'x'}, LIB)
    assert found == Credential('ann', 'x')
    with pytest.raises(ReleaseKitError) as caught:
        part.ready(target, {'U': 'ann'})
    assert caught.value.code is Code.CREDENTIAL_MISSING


def test_the_proxy_of_tests_is_one(repository: GoRepository, proxy: str, tmp_path: Path) -> None:
    """The real go command is content with it."""
    env = {'GOPROXY': proxy, 'GOMODCACHE': str(tmp_path / 'consumer')}
    assert repository.run('go', 'list', '-m', f'{LIB}@v1.0.0', env=env, folder=tmp_path).strip() == f'{LIB} v1.0.0'
    assert repository.run('go', 'list', '-m', '-versions', LIB, env=env, folder=tmp_path).split()[1:] == ['v1.0.0']
