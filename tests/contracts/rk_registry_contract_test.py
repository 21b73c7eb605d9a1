# SPDX-License-Identifier: Apache-2.0
"""The port `Registry`: the same truths for pypiserver, devpi and the fake."""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import AsyncGenerator, Callable, Generator

import pytest

from releasekit.backends.http import HttpClient
from releasekit.backends.shell import LocalShell
from releasekit.ecosystems.base import Outside
from releasekit.ecosystems.python import PYTHON
from releasekit.errors import Code, ReleaseKitError
from releasekit.ports import Artifact, Credential, Http, Outcome, PublishedFile, Registry
from releasekit.spec.model import Target
from releasekit.testing.archives import make_sdist, make_wheel
from releasekit.testing.indexes import IndexServer, start_devpi, start_pypiserver
from releasekit.testing.registry import Fault, MemoryRegistry

pytestmark = pytest.mark.anyio

KINDS = ('memory', 'pypiserver', 'devpi')
STARTS = {'pypiserver': start_pypiserver, 'devpi': start_devpi}
NAMES = (f'acme_{number}' for number in itertools.count())


@pytest.fixture(scope='module')
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[Callable[[str], IndexServer], None, None]:
    """A server of a kind, started when it is first asked for."""
    started: list[IndexServer] = []

    @functools.cache
    def start(kind: str) -> IndexServer:
        started.append(STARTS[kind](tmp_path_factory.mktemp(kind)))
        return started[-1]

    yield start
    for each in started:
        each.stop()


@pytest.fixture
async def http() -> AsyncGenerator[Http, None]:
    async with HttpClient(timeout=30) as client:
        yield client


def connect(server: IndexServer, http: Http, password: str | None = None) -> Registry:
    target = Target('pypi', server.url, server.index, 'none')
    credential = Credential(server.username, server.password if password is None else password)
    return PYTHON.registries['pypi'].connect(target, Outside(http, LocalShell({})), credential)


@pytest.fixture(params=KINDS)
def registry(request: pytest.FixtureRequest, server: Callable[[str], IndexServer], http: Http) -> Registry:
    if request.param == 'memory':
        return MemoryRegistry(PYTHON.tool.inspect)
    return connect(server(request.param), http)


@pytest.fixture(params=KINDS[1:])
def real(request: pytest.FixtureRequest, server: Callable[[str], IndexServer]) -> IndexServer:
    return server(request.param)


@pytest.fixture
def name() -> str:
    """A name that no other test uses, so that tests can share a server."""
    return next(NAMES)


def normalised(name: str) -> str:
    return PYTHON.normalise(name)


async def test_nothing_is_there_before(registry: Registry, name: str) -> None:
    """A name that was never uploaded has no files, and that is no error."""
    assert await registry.files(normalised(name), '1.0') == {}


async def test_what_was_uploaded_is_there_with_its_digest(registry: Registry, name: str) -> None:
    """Wheel and sdist are accepted one by one, listed by digest, and served as they were."""
    built = [make_sdist(name, '1.0'), make_wheel(name, '1.0')]
    answers = [await registry.upload(artifact) for artifact in built]
    there = await registry.files(normalised(name), '1.0')

    assert [answer.outcome for answer in answers] == [Outcome.ACCEPTED, Outcome.ACCEPTED], answers
    assert {file.filename: file.digest for file in there.values()} == {each.filename: each.digest for each in built}
    assert not any(file.yanked for file in there.values())
    for artifact in built:
        assert await registry.download(there[artifact.filename]) == artifact.content


async def test_versions_do_not_mix(registry: Registry, name: str) -> None:
    """Only the files of the version that is asked for are given, prereleases too."""
    for version in ('1.0', '1.0.1', '1.0rc1'):
        await registry.upload(make_wheel(name, version))

    for version in ('1.0', '1.0.1', '1.0rc1'):
        assert list(await registry.files(normalised(name), version)) == [make_wheel(name, version).filename]
    assert await registry.files(normalised(name), '2.0') == {}


async def test_the_same_again_changes_nothing(registry: Registry, name: str) -> None:
    """A repeated upload is accepted or a duplicate; what is there stays."""
    artifact = make_wheel(name, '1.0')
    await registry.upload(artifact)
    again = await registry.upload(artifact)
    there = await registry.files(normalised(name), '1.0')

    assert again.outcome in {Outcome.ACCEPTED, Outcome.DUPLICATE}
    assert there[artifact.filename].digest == artifact.digest


async def test_users_are_warned_off_or_it_is_said_how(registry: Registry, name: str) -> None:
    """A yank is shown with the files, and so is its end; a registry without a call for it changes nothing."""
    await registry.upload(make_wheel(name, '1.0'))
    answer = await registry.yank(normalised(name), '1.0', 'broken')
    yanked = [file.yanked for file in (await registry.files(normalised(name), '1.0')).values()]
    undone = await registry.yank(normalised(name), '1.0', undo=True)
    after = [file.yanked for file in (await registry.files(normalised(name), '1.0')).values()]

    assert yanked == [answer.outcome is Outcome.ACCEPTED]
    assert answer.outcome is undone.outcome
    assert answer.outcome is Outcome.ACCEPTED or answer.detail
    assert after == [False]


async def test_other_bytes_are_a_duplicate(registry: Registry, name: str) -> None:
    """A file that is there is never replaced."""
    first, second = make_wheel(name, '1.0', 'a = 1'), make_wheel(name, '1.0', 'a = 2')
    await registry.upload(first)
    answer = await registry.upload(second)
    there = await registry.files(normalised(name), '1.0')

    assert answer.outcome is Outcome.DUPLICATE
    assert there[first.filename].digest == first.digest
    assert await registry.download(there[first.filename]) == first.content


async def test_a_missing_file_cannot_be_downloaded(registry: Registry, name: str) -> None:
    """What was listed but is not served is an error, not empty content."""
    artifact = make_wheel(name, '1.0')
    await registry.upload(artifact)
    file = (await registry.files(normalised(name), '1.0'))[artifact.filename]
    gone = dataclasses.replace(file, filename='gone.whl', url=file.url.replace(artifact.filename, 'gone.whl'))
    with pytest.raises(ReleaseKitError) as caught:
        await registry.download(gone)
    assert caught.value.code is Code.REGISTRY_DOWN


async def test_a_file_is_as_large_as_is_allowed(registry: Registry, name: str) -> None:
    """More bytes than may be are other contents."""
    artifact = make_wheel(name, '1.0')
    await registry.upload(artifact)
    file = (await registry.files(normalised(name), '1.0'))[artifact.filename]
    assert await registry.download(file, len(artifact.content)) == artifact.content
    with pytest.raises(ReleaseKitError) as caught:
        await registry.download(file, len(artifact.content) - 1)
    assert caught.value.code is Code.DRIFT_BYTES


async def test_a_wrong_password_is_denied(real: IndexServer, http: Http, name: str) -> None:
    """A bad credential is told from every other refusal, and nothing gets in."""
    denied = connect(real, http, password='wrong')

    assert (await denied.upload(make_wheel(name, '1.0'))).outcome is Outcome.DENIED
    assert await denied.files(normalised(name), '1.0') == {}


async def test_a_server_that_is_gone_gives_no_answer(http: Http, name: str, tmp_path: object) -> None:
    """Without a connection an upload surely did not arrive; reading says that the registry is down."""
    target = Target('pypi', 'http://127.0.0.1:9/', 'http://127.0.0.1:9/simple/', 'none')
    registry = PYTHON.registries['pypi'].connect(target, Outside(http, LocalShell({})), None)

    assert (await registry.upload(make_wheel(name, '1.0'))).outcome in {Outcome.TRANSIENT, Outcome.UNKNOWN}
    with pytest.raises(ReleaseKitError) as caught:
        await registry.files(normalised(name), '1.0')
    assert caught.value.code is Code.REGISTRY_DOWN


async def test_bytes_that_were_not_built_are_not_sent(real: IndexServer, http: Http, name: str) -> None:
    """A file whose digest is not that of the build is stopped here."""
    built = make_wheel(name, '1.0')
    changed = Artifact(built.filename, built.digest, make_wheel(name, '1.0', 'x = 1').content)
    with pytest.raises(ReleaseKitError) as caught:
        await connect(real, http).upload(changed)
    assert caught.value.code is Code.BUILD_WRONG


@pytest.mark.parametrize(
    ('fault', 'outcome', 'there'),
    [
        (Fault.LOST_REQUEST, Outcome.UNKNOWN, False),
        (Fault.LOST_ANSWER, Outcome.UNKNOWN, True),
        (Fault.FAILED, Outcome.TRANSIENT, False),
        (Fault.FAILED_AFTER, Outcome.TRANSIENT, True),
        (Fault.THROTTLED, Outcome.TRANSIENT, False),
        (Fault.DENIED, Outcome.DENIED, False),
        (Fault.REJECTED, Outcome.REJECTED, False),
    ],
)
async def test_the_fake_fails_as_told(fault: Fault, outcome: Outcome, there: bool, name: str) -> None:
    """A fault hits one upload; the next goes through."""
    registry = MemoryRegistry(PYTHON.tool.inspect, [fault])
    artifact = make_wheel(name, '1.0')

    assert (await registry.upload(artifact)).outcome is outcome
    assert (artifact.filename in await registry.files(normalised(name), '1.0')) is there
    assert (await registry.upload(artifact)).outcome is Outcome.ACCEPTED
    assert (await registry.files(normalised(name), '1.0'))[artifact.filename].digest == artifact.digest
    assert registry.attempts == [artifact.filename] * 2


async def test_the_fake_can_store_other_bytes(name: str) -> None:
    """A registry that changes what it is given is found out by its digest."""
    registry = MemoryRegistry(PYTHON.tool.inspect, [Fault.OTHER_BYTES])
    artifact = make_wheel(name, '1.0')
    await registry.upload(artifact)

    assert (await registry.files(normalised(name), '1.0'))[artifact.filename].digest != artifact.digest


async def test_the_fake_can_lag_and_be_down(name: str) -> None:
    """New files show late, and while it is down nothing can be asked."""
    registry = MemoryRegistry(PYTHON.tool.inspect, lag=2)
    artifact = make_wheel(name, '1.0')
    await registry.upload(artifact)
    looks = [bool(await registry.files(normalised(name), '1.0')) for _ in range(3)]
    registry.down = True

    assert looks == [False, False, True]
    assert (await registry.upload(artifact)).outcome is Outcome.TRANSIENT
    with pytest.raises(ReleaseKitError):
        await registry.download(PublishedFile(artifact.filename, None, ''))
