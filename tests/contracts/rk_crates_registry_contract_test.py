# SPDX-License-Identifier: Apache-2.0
"""The port `Registry` over a crate registry: what cargo publishes is what we upload, and cargo can use it."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
import os
import shutil
import subprocess
from collections.abc import AsyncGenerator, Generator, Mapping
from pathlib import Path

import pytest

from releasekit.backends.http import HttpClient
from releasekit.backends.shell import LocalShell
from releasekit.ecosystems.base import BuildJob, Outside, SmokeJob
from releasekit.ecosystems.rust import RUST
from releasekit.ecosystems.rust.crate import read
from releasekit.ecosystems.rust.upload import CRATES_IO, metadata
from releasekit.errors import Code, ReleaseKitError
from releasekit.ports import Artifact, Credential, Http, Outcome, PublishedFile, Registry
from releasekit.spec.model import Target
from releasekit.testing.crates import CrateServer, Manners, start_crates
from releasekit.testing.site import VERSION
from releasekit.testing.sites_rust import SITE

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(shutil.which('cargo') is None, reason='there is no cargo on this machine'),
]

NAMES = (f'acme-{number}' for number in itertools.count())


@pytest.fixture(scope='module')
def running(tmp_path_factory: pytest.TempPathFactory) -> Generator[CrateServer, None, None]:
    with start_crates(tmp_path_factory.mktemp('registry')) as server:
        yield server


@pytest.fixture
def server(running: CrateServer) -> Generator[CrateServer, None, None]:
    """The registry, well-mannered again after each test."""
    yield running
    for field in dataclasses.fields(Manners):
        setattr(running.manners, field.name, field.default)


@pytest.fixture
async def http() -> AsyncGenerator[Http, None]:
    async with HttpClient(timeout=30) as client:
        yield client


@pytest.fixture
def name() -> str:
    """A name that no other test uses, so that tests can share a server."""
    return next(NAMES)


def connect(server: CrateServer, http: Http, token: str | None = None) -> Registry:
    target = Target('crates', server.url, server.index, 'none')
    credential = Credential('', server.token if token is None else token)
    return RUST.registries['crates'].connect(target, Outside(http, LocalShell({})), credential)


@pytest.fixture
def registry(server: CrateServer, http: Http) -> Registry:
    return connect(server, http)


def cargo(folder: Path, server: CrateServer, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        'CARGO_REGISTRIES_LOCAL_INDEX': f'sparse+{server.index}',
        'CARGO_REGISTRIES_LOCAL_TOKEN': server.token,
        'CARGO_HOME': str(server.folder / 'home'),
    }
    return subprocess.run(['cargo', *words], cwd=folder, env=environment, capture_output=True, text=True, check=False)


def write(folder: Path, tree: Mapping[str, str]) -> Path:
    for path, text in tree.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def package(name: str, version: str = '1.0.0', rest: str = '', source: str = '') -> dict[str, str]:
    text = f'[package]\nname = "{name}"\nversion = "{version}"\nedition = "2021"\ndescription = "d"\nlicense = "MIT"\n'
    return {'Cargo.toml': text + rest, 'src/lib.rs': source}


def packed(folder: Path, server: CrateServer, tree: Mapping[str, str]) -> Artifact:
    """The crate that cargo packs of a tree."""
    write(folder, tree)
    done = cargo(folder, server, 'package', '--quiet', '--no-verify', '--allow-dirty')
    assert done.returncode == 0, done.stderr
    (path,) = (folder / 'target/package').glob('*.crate')
    content = path.read_bytes()
    return Artifact(path.name, hashlib.sha256(content).hexdigest(), content)


def consumer(name: str, requirement: str) -> dict[str, str]:
    need = f'[dependencies]\ntried = {{ package = "{name}", version = "{requirement}", registry = "local" }}\n'
    return package('consumer', rest=f'publish = false\n{need}', source='pub fn one() -> u8 { tried::one() }\n')


async def test_nothing_is_there_before(registry: Registry, name: str) -> None:
    """A name that was never uploaded has no files, and that is no error."""
    assert await registry.files(name, '1.0.0') == {}


async def test_what_was_uploaded_is_there_with_its_digest(
    registry: Registry, server: CrateServer, name: str, tmp_path: Path
) -> None:
    """A crate is accepted, listed by digest, and served as it was; other versions are others."""
    artifact = packed(tmp_path, server, package(name))
    answer = await registry.upload(artifact)
    there = await registry.files(name, '1.0.0')

    assert answer.outcome is Outcome.ACCEPTED, answer
    assert {file.filename: file.digest for file in there.values()} == {artifact.filename: artifact.digest}
    assert await registry.download(there[artifact.filename], len(artifact.content)) == artifact.content
    assert await registry.files(name, '1.0.1') == {}
    assert await registry.files(name, '1.0') == {}


async def test_the_same_and_others_are_duplicates(
    registry: Registry, server: CrateServer, name: str, tmp_path: Path
) -> None:
    """A version that is there is never replaced, with the same bytes or with others; cargo says so, too."""
    first = packed(tmp_path / 'one', server, package(name))
    second = packed(tmp_path / 'two', server, package(name, source='//! More.\n'))
    await registry.upload(first)
    for artifact in (first, second):
        assert (await registry.upload(artifact)).outcome is Outcome.DUPLICATE
    server.manners.old = True
    assert (await registry.upload(second)).outcome is Outcome.DUPLICATE

    assert (await registry.files(name, '1.0.0'))[first.filename].digest == first.digest
    done = cargo(tmp_path / 'two', server, 'publish', '--no-verify', '--allow-dirty', '--registry', 'local')
    assert (done.returncode, 'already exists' in done.stderr) == (101, True)


@pytest.mark.slow
async def test_cargo_builds_with_what_we_uploaded(
    registry: Registry, server: CrateServer, name: str, tmp_path: Path
) -> None:
    """A consumer resolves and compiles what was uploaded; a yanked version is not resolved any more, until undone."""
    for version, number in (('1.0.0', 1), ('1.1.0', 2)):
        source = f'pub fn one() -> u8 {{ {number} }}\n'
        artifact = packed(tmp_path / version, server, package(name, version, source=source))
        assert (await registry.upload(artifact)).outcome is Outcome.ACCEPTED
    folder = write(tmp_path / 'consumer', consumer(name, '1'))
    done = cargo(folder, server, 'check', '--quiet')
    assert done.returncode == 0, done.stderr

    locked = []
    for undo in (False, True):
        answer = await registry.yank(name, '1.1.0', 'it is broken', undo=undo)
        assert answer.outcome is Outcome.ACCEPTED, answer
        (file,) = (await registry.files(name, '1.1.0')).values()
        assert file.yanked is not undo
        (folder / 'Cargo.lock').unlink()
        assert cargo(folder, server, 'generate-lockfile').returncode == 0
        locked.append((folder / 'Cargo.lock').read_text())
    assert ['version = "1.1.0"' in text for text in locked] == [False, True]


async def test_what_is_not_there_cannot_be_yanked(registry: Registry, name: str) -> None:
    """The registry refuses, and says why."""
    answer = await registry.yank(name, '1.0.0')
    assert (answer.outcome, 'does not have a version' in answer.detail) == (Outcome.REJECTED, True)


async def test_a_wrong_token_is_denied(server: CrateServer, http: Http, name: str, tmp_path: Path) -> None:
    """Neither uploads nor yanks; and no answer shows the token."""
    registry = connect(server, http, 'wrong-token')
    answers = [await registry.upload(packed(tmp_path, server, package(name))), await registry.yank(name, '1.0.0')]
    assert [answer.outcome for answer in answers] == [Outcome.DENIED, Outcome.DENIED]
    assert 'wrong-token' not in repr([answers, registry])
    assert await registry.files(name, '1.0.0') == {}


@pytest.mark.parametrize('header', [True, False], ids=['in the header', 'in the sentence'])
async def test_limits_name_the_time_to_wait(
    registry: Registry, server: CrateServer, name: str, tmp_path: Path, header: bool
) -> None:
    """Too many new crates: the answer passes, the time is the one that the registry names, and then it is accepted."""
    artifact = packed(tmp_path, server, package(name))
    server.manners.limited, server.manners.wait, server.manners.header = 1, 600, header
    answer = await registry.upload(artifact)

    assert answer.outcome is Outcome.TRANSIENT
    assert answer.retry_after is not None
    assert 590 <= answer.retry_after <= 600
    assert 'too many new crates' in answer.detail
    assert (await registry.upload(artifact)).outcome is Outcome.ACCEPTED


async def test_a_lost_answer_is_found_by_asking(
    registry: Registry, server: CrateServer, name: str, tmp_path: Path
) -> None:
    """The registry failed after it had stored the crate: the answer passes, the index knows better."""
    artifact = packed(tmp_path, server, package(name))
    server.manners.failing, server.manners.lost = 1, True
    assert (await registry.upload(artifact)).outcome is Outcome.TRANSIENT
    assert (await registry.files(name, '1.0.0'))[artifact.filename].digest == artifact.digest


async def test_a_version_may_show_later(registry: Registry, server: CrateServer, name: str, tmp_path: Path) -> None:
    """Accepted is not visible: until then there is nothing, and no error."""
    server.manners.lag = 3600
    assert (await registry.upload(packed(tmp_path, server, package(name)))).outcome is Outcome.ACCEPTED
    assert await registry.files(name, '1.0.0') == {}


async def test_private_indexes_get_the_token(server: CrateServer, http: Http, name: str, tmp_path: Path) -> None:
    """One that demands a token for reading gets it; without one it cannot be read."""
    artifact = packed(tmp_path, server, package(name))
    server.manners.private = True
    registry = connect(server, http)
    assert (await registry.upload(artifact)).outcome is Outcome.ACCEPTED
    (file,) = (await registry.files(name, '1.0.0')).values()
    assert await registry.download(file) == artifact.content

    target = Target('crates', server.url, server.index, 'none')
    nobody = RUST.registries['crates'].connect(target, Outside(http, LocalShell({})), None)
    with pytest.raises(ReleaseKitError) as caught:
        await nobody.files(name, '1.0.0')
    assert caught.value.code is Code.REGISTRY_DOWN


async def test_a_missing_or_large_file_is_an_error(
    registry: Registry, server: CrateServer, name: str, tmp_path: Path
) -> None:
    """What was listed but is not served is an error, and so are more bytes than may be."""
    artifact = packed(tmp_path, server, package(name))
    await registry.upload(artifact)
    (file,) = (await registry.files(name, '1.0.0')).values()
    gone = PublishedFile(file.filename, file.digest, file.url.replace('1.0.0', '9.9.9'))
    for each, limit, code in (
        (gone, None, Code.REGISTRY_DOWN),
        (file, len(artifact.content) - 1, Code.DRIFT_BYTES),
    ):
        with pytest.raises(ReleaseKitError) as caught:
            await registry.download(each, limit)
        assert caught.value.code is code


async def test_another_registry_than_publish_names_is_refused(
    registry: Registry, server: CrateServer, name: str, http: Http, tmp_path: Path
) -> None:
    """A crate for crates.io alone goes nowhere else, and one for another registry not to crates.io; nothing is sent."""
    tree = package(name, rest='publish = ["crates-io"]\n')
    answer = await registry.upload(packed(tmp_path / 'one', server, tree))
    assert (answer.outcome, 'names only crates-io' in answer.detail) == (Outcome.REJECTED, True)

    tree = package(name, rest='publish = ["local"]\n')
    artifact = packed(tmp_path / 'two', server, tree)
    public = Target('crates', 'https://crates.io/', 'https://index.crates.io/', 'none')
    answer = await RUST.registries['crates'].connect(public, Outside(http, LocalShell({})), None).upload(artifact)
    assert (answer.outcome, 'names only local' in answer.detail) == (Outcome.REJECTED, True)
    assert (await registry.upload(artifact)).outcome is Outcome.ACCEPTED


async def test_other_bytes_than_were_built_are_not_sent(
    registry: Registry, server: CrateServer, name: str, tmp_path: Path
) -> None:
    """The digest is compared before anything goes out."""
    artifact = dataclasses.replace(packed(tmp_path, server, package(name)), digest='0' * 64)
    with pytest.raises(ReleaseKitError) as caught:
        await registry.upload(artifact)
    assert caught.value.code is Code.BUILD_WRONG
    assert await registry.files(name, '1.0.0') == {}


async def test_an_api_elsewhere_gets_no_token(http: Http, name: str, server: CrateServer, tmp_path: Path) -> None:
    """An index that names an API on another host than the target is refused."""
    target = Target('crates', 'https://crates.example.org/', server.index, 'none')
    registry = RUST.registries['crates'].connect(target, Outside(http, LocalShell({})), Credential('', server.token))
    answer = await registry.upload(packed(tmp_path, server, package(name)))
    assert (answer.outcome, 'API' in answer.detail) == (Outcome.REJECTED, True)


FULL = """\
readme = "docs/READ.md"
authors = ["A <a@example.org>", "B"]
documentation = "https://docs.example.org"
homepage = "https://example.org"
repository = "https://git.example.org/a"
keywords = ["one", "two"]
categories = ["no-std"]
rust-version = "1.70"
links = "{name}-lib"
build = "build.rs"
[badges]
maintenance = {{ status = "experimental" }}
[features]
default = ["std"]
std = ["dep:opt", "ren?/x"]
more = []
[dependencies]
{needed} = {{ version = ">=1.0,<2", registry = "local", features = ["x"], default-features = false }}
opt = {{ package = "{needed}", version = "1.0", registry = "local", optional = true }}
ren = {{ package = "{needed}", version = "~1.0.0", registry = "local", optional = true }}
[dev-dependencies]
dev = {{ package = "{needed}", version = "=1.0.0", registry = "local" }}
[build-dependencies]
bld = {{ package = "{needed}", version = "1.*", registry = "local" }}
[target.'cfg(target_os="linux")'.dependencies]
lin = {{ package = "{needed}", version = "1", registry = "local" }}
[target.'cfg( all(not(unix) ,target_arch="a b, c"  , any( windows, miri, ), ) )'.build-dependencies]
cfg = {{ package = "{needed}", version = "1", registry = "local" }}
[target.x86_64-pc-windows-msvc.dev-dependencies]
win = {{ package = "{needed}", version = "*", registry = "local" }}
"""


@pytest.mark.slow
async def test_metadata_is_what_cargo_sends(registry: Registry, server: CrateServer, name: str, tmp_path: Path) -> None:
    """For one crate, what we make of its manifest equals what `cargo publish` sent, and so are the bytes."""
    needed = f'{name}-needed'
    base = package(needed, rest='[features]\nx = []\n')
    assert (await registry.upload(packed(tmp_path / 'needed', server, base))).outcome is Outcome.ACCEPTED
    tree = {
        **package(name, '1.2.0-rc.1', FULL.format(name=name, needed=needed)),
        'docs/READ.md': '# Read me\n\nÜ\n',
        'build.rs': 'fn main() {}\n',
    }
    tree['Cargo.toml'] = tree['Cargo.toml'].replace('license = "MIT"', 'license-file = "LICENCE"')
    tree['LICENCE'] = 'Do.\n'
    artifact = packed(tmp_path / 'full', server, tree)
    done = cargo(tmp_path / 'full', server, 'publish', '--quiet', '--no-verify', '--allow-dirty', '--registry', 'local')
    assert done.returncode == 0, done.stderr
    sent = server.uploads[-1]
    ours = json.loads(json.dumps(metadata(read(artifact.filename, artifact.content), artifact.filename, server.index)))

    assert sent['name'] == name
    assert ours == sent
    assert (await registry.files(name, '1.2.0-rc.1'))[artifact.filename].digest == artifact.digest


@pytest.mark.slow
async def test_a_build_is_the_same_once_its_needs_are_published(
    registry: Registry, server: CrateServer, tmp_path: Path
) -> None:
    """Packed before and after what it needs went out, a crate has the same bytes: a resumed run can compare them."""
    root = write(tmp_path / 'ws', SITE.files)
    index, home = f'sparse+{server.index}', str(server.folder / 'home')
    environment = {**os.environ, 'CARGO_REGISTRIES_LOCAL_INDEX': index, 'CARGO_HOME': home}
    released = {SITE.base: VERSION, SITE.top: VERSION}

    async def build(name: str, path: str, out: Path) -> Artifact:
        out.mkdir()
        job = BuildJob(name, VERSION, path, root, out, 1_767_225_600, {}, released=released)
        for command in RUST.tool.build(job):
            done = await LocalShell(environment).run(command)
            assert done.status == 0, done.complaint
        (file,) = out.iterdir()
        content = file.read_bytes()
        return Artifact(file.name, hashlib.sha256(content).hexdigest(), content)

    before = await build(SITE.top, 'crates/top', tmp_path / 'before')
    assert (await registry.upload(await build(SITE.base, 'crates/base', tmp_path / 'base'))).outcome is Outcome.ACCEPTED
    assert await build(SITE.top, 'crates/top', tmp_path / 'after') == before
    assert (await registry.upload(before)).outcome is Outcome.ACCEPTED
    assert await build(SITE.top, 'crates/top', tmp_path / 'again') == before


def test_needs_of_crates_io_are_named_elsewhere(tmp_path: Path, server: CrateServer, name: str) -> None:
    """Without a registry a need is of crates.io: None there, its index elsewhere."""
    artifact = packed(tmp_path, server, package(name))
    crate = read(artifact.filename, artifact.content)
    crate = dataclasses.replace(crate, manifest={**crate.manifest, 'dependencies': {'serde': '1'}})
    indexes = {'https://index.crates.io/': None, server.index: CRATES_IO}
    for index, expected in indexes.items():
        assert [need.get('registry') for need in metadata(crate, artifact.filename, index)['deps']] == [expected]


@pytest.mark.slow
async def test_what_the_registry_serves_is_tried(
    registry: Registry, server: CrateServer, name: str, tmp_path: Path
) -> None:
    """A fresh project has the crate from the registry as it is now: not there, there, yanked, and with other bytes."""
    job = SmokeJob(name, '1.0.0', tmp_path / 'smoke', {}, server.index)

    async def works() -> bool:
        shutil.rmtree(job.folder, ignore_errors=True)
        made = RUST.tool.smoke(job)
        for path, content in made.files.items():
            (job.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (job.folder / path).write_bytes(content)
        return all([(await LocalShell(os.environ).run(command)).status == 0 for command in made.commands])

    found = [await works()]
    await registry.upload(packed(tmp_path / 'one', server, package(name)))
    found.append(await works())
    await registry.yank(name, '1.0.0')
    found.append(await works())
    (server.folder / f'index/{name}.json').unlink()
    await registry.upload(packed(tmp_path / 'two', server, package(name, source='compile_error!("other bytes");\n')))
    found.append(await works())
    assert found == [False, True, False, False]
