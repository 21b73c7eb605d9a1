# SPDX-License-Identifier: Apache-2.0
"""What doctor says of registries: real devpi and pypiserver, one that is down, one that never answers."""

from __future__ import annotations

import socket
from collections.abc import Generator
from pathlib import Path

import anyio
import pytest

from releasekit.backends.http import HttpClient
from releasekit.ecosystems import ECOSYSTEMS
from releasekit.ecosystems.advice import Replacing
from releasekit.ports import HttpFailure
from releasekit.run.doctor.findings import Finding, State
from releasekit.spec.model import Target
from releasekit.testing.clinic import SPEC, Clinic
from releasekit.testing.indexes import IndexServer, add_index, free_port, start_devpi, start_pypiserver
from releasekit.testing.servers import LOOPBACK, QuietHandler, serving

ERROR, WARNING, PASSED, UNCHECKED = State.ERROR, State.WARNING, State.PASSED, State.UNCHECKED


def goes_to(clinic: Clinic[Finding], url: str, index: str, more: str = 'auth: none') -> None:
    text = SPEC.replace('changelog: false', 'changelog: false, targets: [shop]')
    target = f'{{type: pypi, url: "{url}", index: "{index}", {more}}}'
    clinic.repository.commit('chore: a target', {'release.yaml': f'{text}targets: {{shop: {target}}}\n'})
    clinic.repository.git('push', '--quiet')


@pytest.fixture(scope='module')
def devpi(tmp_path_factory: pytest.TempPathFactory) -> Generator[IndexServer, None, None]:
    with start_devpi(tmp_path_factory.mktemp('devpi')) as server:
        yield server


@pytest.fixture
def pypiserver(tmp_path: Path) -> Generator[IndexServer, None, None]:
    with start_pypiserver(tmp_path / 'index') as server:
        yield server


@pytest.mark.slow
def test_an_index_that_replaces_files_is_an_error(clinic: Clinic[Finding], devpi: IndexServer) -> None:
    """devpi says of its indexes whether they are volatile."""
    volatile = add_index(devpi, 'volatile', volatile=True)
    goes_to(clinic, volatile.url, volatile.index)
    found = clinic.one('registries.shop.final', ERROR)
    assert 'is volatile' in found.message
    assert '`devpi index rel/volatile volatile=False`' in found.hint


@pytest.mark.slow
def test_an_index_that_keeps_files_has_passed(clinic: Clinic[Finding], devpi: IndexServer) -> None:
    """As far as it says so itself; nothing is uploaded to find out."""
    goes_to(clinic, devpi.url, devpi.index)
    found = clinic.ask('registries.*')
    assert {each.check.rpartition('.')[2]: each.state for each in found} == dict.fromkeys(
        ('answers', 'secure', 'final', 'names'), PASSED
    )


def test_what_pypiserver_does_not_say_is_not_claimed(clinic: Clinic[Finding], pypiserver: IndexServer) -> None:
    """It answers, new names are free there, and whether it replaces files is not checked."""
    goes_to(clinic, pypiserver.url, pypiserver.index)
    found = {each.check.rpartition('.')[2]: each for each in clinic.ask('registries.*')}
    states = {name: each.state for name, each in found.items()}
    assert states == {'answers': PASSED, 'secure': PASSED, 'final': UNCHECKED, 'names': PASSED}
    assert '`--overwrite`' in found['final'].hint
    assert found['names'].message == 'ant, bee: new to shop'


def test_a_name_that_is_there_though_it_was_never_released_is_a_warning(
    clinic: Clinic[Finding], pypiserver: IndexServer, tmp_path: Path
) -> None:
    """Somebody else may have it; a tag says that it is ours."""
    (tmp_path / 'index' / 'packages' / 'bee-0.0.1-py3-none-any.whl').write_bytes(b'')
    goes_to(clinic, pypiserver.url, pypiserver.index)
    found = clinic.one('registries.shop.names', WARNING)
    assert (found.package, 'shop has bee already' in found.message) == ('py:bee', True)
    assert f'{pypiserver.index}bee/' in found.hint
    clinic.repository.tag('bee-v0.0.1')
    assert clinic.one('registries.shop.names', PASSED).message == 'ant: new to shop'


def test_trusted_publishing_of_a_new_name_has_to_be_prepared(clinic: Clinic[Finding], pypiserver: IndexServer) -> None:
    """The registry does not know yet who may make it."""
    goes_to(clinic, pypiserver.url, pypiserver.index, 'auth: trusted')
    found = clinic.ask('registries.shop.names')
    assert [(each.state, each.package) for each in found] == [(WARNING, 'py:ant'), (WARNING, 'py:bee')]
    assert 'trusted publishing' in found[0].hint


def test_a_registry_that_is_down_is_an_error_and_holds_nobody_up(clinic: Clinic[Finding]) -> None:
    """What cannot be asked of it is not checked."""
    root = f'http://{LOOPBACK}:{free_port()}/'
    goes_to(clinic, root, f'{root}simple/')
    found = {each.check.rpartition('.')[2]: each for each in clinic.ask('registries.*')}
    states = {name: each.state for name, each in found.items()}
    assert states == {'answers': ERROR, 'secure': PASSED, 'final': UNCHECKED, 'names': UNCHECKED}
    assert f'{root}simple/ant/ cannot be read' in found['answers'].message
    assert found['answers'].hint


@pytest.mark.slow
def test_a_registry_that_never_answers_ends_no_examination(clinic: Clinic[Finding]) -> None:
    """All else is answered: each question has its own time."""
    with socket.create_server((LOOPBACK, 0)) as silent:
        root = f'http://{LOOPBACK}:{silent.getsockname()[1]}/'
        goes_to(clinic, root, f'{root}simple/')
        found = {each.check: each.state for each in clinic.ask()}
    assert found['registries.shop.answers'] in {ERROR, UNCHECKED}
    assert {found[check] for check in ('git.push', 'tags.remote', 'spec.valid')} == {PASSED}


class Broken(QuietHandler):
    """Answers every question with an error of its own."""

    def do_GET(self) -> None:  # noqa: N802 - named by the base class
        """A server error."""
        self.answer(500, [], b'{"result": {"volatile": "perhaps"}}')


def test_a_registry_that_fails_is_an_error(clinic: Clinic[Finding]) -> None:
    """And what it says with it counts for nothing."""
    with serving(Broken) as root:
        goes_to(clinic, f'{root}/', f'{root}/simple/')
        found = {each.check.rpartition('.')[2]: each.state for each in clinic.ask('registries.*')}
    assert found == {'answers': ERROR, 'secure': PASSED, 'final': UNCHECKED, 'names': UNCHECKED}


def test_plain_http_is_a_warning(clinic: Clinic[Finding]) -> None:
    """Though release.yaml allows it."""
    root = 'http://index.example.invalid/'
    goes_to(clinic, root, f'{root}simple/', 'auth: none, insecure: true')
    found = clinic.one('registries.shop.secure', WARNING)
    assert 'plain http' in found.message
    assert '`targets.shop`' in found.hint


def test_offline_registries_are_not_asked(clinic: Clinic[Finding], pypiserver: IndexServer) -> None:
    """Nor claimed to be well."""
    goes_to(clinic, pypiserver.url, pypiserver.index)
    found = {each.check.rpartition('.')[2]: each.state for each in clinic.ask('registries.*', offline=True)}
    assert found == {'answers': UNCHECKED, 'secure': PASSED, 'final': UNCHECKED, 'names': UNCHECKED}


@pytest.mark.parametrize(
    ('ecosystem', 'kind', 'url', 'replacing', 'first'),
    [
        ('python', 'pypi', 'https://upload.pypi.org/legacy/', Replacing.NEVER, 'pending publisher'),
        ('js', 'npm', 'https://registry.npmjs.org/', Replacing.NEVER, 'once with a token'),
        ('js', 'npm', 'https://npm.example.org/', Replacing.UNKNOWN, 'once with a token'),
        ('rust', 'crates', 'https://crates.io/', Replacing.NEVER, 'once with a token'),
        ('rust', 'crates', 'https://crates.example.org/', Replacing.UNKNOWN, 'once with a token'),
        ('go', 'go', 'https://proxy.golang.org/', Replacing.NEVER, ''),
    ],
)
def test_what_is_known_of_a_registry_needs_no_question(
    ecosystem: str, kind: str, url: str, replacing: Replacing, first: str
) -> None:
    """The public ones keep what they have; of others nobody knows without asking who runs them."""
    target = Target(kind, url, url)
    advice = ECOSYSTEMS[ecosystem].registries[kind].advice

    async def ask() -> Replacing:
        # Nobody is there to answer.
        async with HttpClient(0.1) as http:
            return (await advice.rule(target, http)).replacing

    assert anyio.run(ask) is replacing
    assert first in advice.first(target, 'solo')


class Shelves(QuietHandler):
    """Has one project of each kind of registry, hides another, sends a third away, and fails for a fourth."""

    def do_GET(self) -> None:  # noqa: N802 - named by the base class
        """Tell by the address alone."""
        name = self.path.rstrip('/').rpartition('/')[2]
        if self.path in {'/simple/my-solo/', '/@acme%2fsolo', '/so/lo/solo'}:
            self.answer(200, [], b'{}')
        elif name == 'away':
            port = self.headers['Host'].partition(':')[2]
            self.answer(302, [('Location', f'http://localhost:{port}/so/lo/solo')], b'')
        else:
            self.answer({'hidden': 401, 'broken': 500}.get(name, 404), [], b'')


@pytest.mark.parametrize(
    ('ecosystem', 'kind', 'index', 'name', 'known'),
    [
        ('python', 'pypi', '/simple/', 'My_Solo', True),
        ('python', 'pypi', '/simple/', 'other', False),
        ('python', 'pypi', '/simple/', 'hidden', None),
        ('python', 'pypi', '/simple/', 'away', False),
        ('js', 'npm', '/', '@acme/solo', True),
        ('js', 'npm', '/', '@acme/other', False),
        ('js', 'npm', '/', 'hidden', None),
        ('rust', 'crates', '/', 'Solo', True),
        ('rust', 'crates', '/', 'other', False),
        ('rust', 'crates', '/', 'hidden', None),
        ('go', 'go', '/', 'example.org/solo', False),
    ],
)
def test_a_name_is_asked_for_where_each_kind_of_registry_has_it(
    ecosystem: str, kind: str, index: str, name: str, known: bool | None
) -> None:
    """There, not there, or for others only; who is sent to another host has found nothing here."""
    with serving(Shelves) as root:
        target = Target(kind, f'{root}{index}', f'{root}{index}', 'none')
        assert anyio.run(_knows, ecosystem, target, name) is known


def test_a_registry_that_fails_says_nothing_of_a_name() -> None:
    """Neither that it is there nor that it is not."""
    with serving(Shelves) as root, pytest.raises(HttpFailure, match='answered 500'):
        anyio.run(_knows, 'rust', Target('crates', f'{root}/', f'{root}/', 'none'), 'broken')


async def _knows(ecosystem: str, target: Target, name: str) -> bool | None:
    async with HttpClient(10) as http:
        return await ECOSYSTEMS[ecosystem].registries[target.type].advice.knows(target, http, name)
