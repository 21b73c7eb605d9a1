# SPDX-License-Identifier: Apache-2.0
"""Uploads and what guards them: the bytes that a registry serves, its credential and patience, the last question."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import os
import pty
import select
import signal
import time
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import anyio
import anyio.from_thread
import anyio.to_thread
import pytest

from releasekit import log
from releasekit.backends.shell import LocalShell
from releasekit.core.actions import Upload, Verify
from releasekit.core.journal import Event, EventKind
from releasekit.core.plan import Inputs
from releasekit.ecosystems.base import Ecosystem, Outside
from releasekit.errors import Code, Exit, Problem, ReleaseKitError
from releasekit.ports import (
    Answer,
    Artifact,
    Command,
    Credential,
    Outcome,
    PublishedFile,
    RegistryDownError,
    Request,
    Response,
)
from releasekit.run.planning import timestamp
from releasekit.run.project import Project, at_commit, open_project
from releasekit.run.targets import Targets
from releasekit.run.upload import upload, verify
from releasekit.run.world import LONGEST_WAIT, Interrupts, World
from releasekit.spec.model import Engine, Target
from releasekit.testing.archives import make_wheel
from releasekit.testing.http import ScriptedHttp
from releasekit.testing.stage import QUICK, Member, Stage, members, program, set_stage
from releasekit.testing.workspace import bare_refs, make_repository

WHEEL = make_wheel('core', '0.1.0')
BUILD = 'build:py:core@0.1.0'


class Shelf:
    """A registry that holds one file, if any, and answers uploads as told; it notes how it was asked."""

    def __init__(
        self, answers: Sequence[Answer] = (), says: str | None = WHEEL.digest, down: Sequence[float] = ()
    ) -> None:
        self.answers = list(answers)
        self.says = says
        self.down = list(down)
        self.serves = WHEEL.content
        self.there = not answers
        self.downloads = 0

    async def files(self, name: str, version: str) -> Mapping[str, PublishedFile]:
        del name, version
        if self.down:
            raise _down(self.down.pop())
        return {WHEEL.filename: PublishedFile(WHEEL.filename, self.says, 'x')} if self.there else {}

    async def download(self, file: PublishedFile, limit: int | None = None) -> bytes:
        del file, limit
        self.downloads += 1
        if self.downloads == 1 and self.says is None:
            raise _down(None)
        return self.serves

    async def upload(self, artifact: Artifact) -> Answer:
        del artifact
        answer = self.answers.pop(0)
        self.there = self.there or answer.outcome is Outcome.ACCEPTED
        return answer


def _down(seconds: float | None) -> RegistryDownError:
    return RegistryDownError(Problem(Code.REGISTRY_DOWN, 'It is down.', 'Wait.'), seconds)


class Pauses(Interrupts):
    """Interrupts whose pauses are noted, not made."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses: list[float] = []

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await anyio.sleep(0)


@dataclasses.dataclass
class Scene:
    """As much of a world as an upload looks at."""

    shelf: Shelf
    root: Path
    auth: str = 'none'
    renewals: list[bool] = dataclasses.field(default_factory=list)
    events: dict[str, Event] = dataclasses.field(default_factory=dict)
    interrupts: Pauses = dataclasses.field(default_factory=Pauses)

    @property
    def world(self) -> World:
        (self.root / WHEEL.filename).write_bytes(WHEEL.content)
        return cast('World', self)

    def __getattr__(self, name: str) -> Any:
        parts = {
            'targets': self,
            'project': self,
            'spec': self,
            'state': self,
            'journal': self,
            'folder': self,
            'tool': self,
            'engine': Engine(retries=2, backoff=0.5, patience=0),
        }
        return parts[name]

    def ecosystem(self, package: str) -> Ecosystem:
        del package
        return cast('Ecosystem', self)

    def rules(self, target: str) -> Target:
        del target
        return Target('pypi', 'https://x.invalid/', 'https://x.invalid/', cast('Any', self.auth))

    async def reader(self, *_: object) -> Shelf:
        return self.shelf

    async def writer(self, *_: object, renew: bool = False) -> Shelf:
        self.renewals.append(renew)
        return self.shelf

    @contextlib.asynccontextmanager
    async def turn(self, *_: object) -> AsyncGenerator[None, None]:
        yield

    def outputs(self, key: str) -> Mapping[str, str]:
        return {WHEEL.filename: WHEEL.digest} if key == BUILD else {}

    def artifacts(self, package: str) -> Path:
        del package
        return self.root

    async def write(self, key: str, event: EventKind, *_: object, detail: str = '') -> None:
        self.events[key] = Event(key, event, 1, 'test', len(self.events), detail=detail)

    def same(self, filename: str, ours: bytes, theirs: bytes) -> bool:
        del filename
        return ours == theirs


UPLOAD = Upload(package='py:core', name='core', version='0.1.0', target='local', build=BUILD)
VERIFY = Verify(package='py:core', name='core', version='0.1.0', target='local', build=BUILD)


@pytest.mark.parametrize('says', [WHEEL.digest, 'f' * 64])
def test_only_bytes_verify(tmp_path: Path, says: str) -> None:
    """An index that names our digest and serves other bytes is found out, as is one that names another."""
    scene = Scene(Shelf(says=says), tmp_path)
    scene.shelf.serves = b'evil bytes' if says == WHEEL.digest else WHEEL.content
    with pytest.raises(ReleaseKitError) as caught:
        anyio.run(verify, scene.world, VERIFY)
    assert caught.value.code is Code.DRIFT_BYTES


def test_bytes_are_read_until_they_are_served(tmp_path: Path) -> None:
    """A file that is shown before it can be had is asked for again; what the index trusts is not downloaded before."""
    scene = Scene(Shelf(says=None), tmp_path)
    with pytest.raises(ReleaseKitError) as caught:
        anyio.run(verify, scene.world, VERIFY)
    assert caught.value.code is Code.REGISTRY_DOWN
    assert anyio.run(verify, scene.world, VERIFY) == {WHEEL.filename: WHEEL.digest}
    trusted = Scene(Shelf(), tmp_path)
    assert anyio.run(upload, trusted.world, UPLOAD) == {WHEEL.filename: WHEEL.digest}
    assert trusted.shelf.downloads == 0


DENIED, ACCEPTED, LATER = (
    Answer(Outcome.DENIED, '403'),
    Answer(Outcome.ACCEPTED, '200'),
    Answer(Outcome.TRANSIENT, '503'),
)


@pytest.mark.parametrize(
    ('auth', 'answers', 'renewals', 'fails'),
    [
        ('trusted', [DENIED, ACCEPTED], [False, True], False),
        ('trusted', [DENIED, DENIED, ACCEPTED], [False, True], True),
        ('trusted', [DENIED, LATER, LATER, ACCEPTED], [False, True, True, True], False),
        ('none', [DENIED, ACCEPTED], [False], True),
    ],
)
def test_a_minted_token_is_renewed_once(
    tmp_path: Path, auth: str, answers: Sequence[Answer], renewals: Sequence[bool], *, fails: bool
) -> None:
    """It lives for a quarter of an hour only; any other credential that is denied stays denied."""
    scene = Scene(Shelf(answers), tmp_path, auth)
    with pytest.raises(ReleaseKitError) if fails else contextlib.nullcontext() as caught:
        anyio.run(upload, scene.world, UPLOAD)
    assert scene.renewals == renewals
    assert caught is None or caught.value.code is Code.REGISTRY_REFUSED


def test_what_waits_for_somebody_is_not_sent_again(tmp_path: Path) -> None:
    """Until it is approved every run says so, with the status of what is partly done; then it is there."""
    scene = Scene(Shelf([Answer(Outcome.WAITING, 'approve it')]), tmp_path)
    for _ in range(2):
        with pytest.raises(ReleaseKitError) as caught:
            anyio.run(upload, scene.world, UPLOAD)
        assert (caught.value.code, caught.value.exit) == (Code.REGISTRY_WAITING, Exit.PARTIAL)
    assert len(scene.renewals) == 1
    scene.shelf.there = True
    assert anyio.run(upload, scene.world, UPLOAD) == {WHEEL.filename: WHEEL.digest}


def test_the_pace_of_a_registry_is_no_failure(tmp_path: Path) -> None:
    """A limit of one upload a minute is waited for as often as it takes; an answer without a time is a failed try."""
    paced = Scene(Shelf([Answer(Outcome.TRANSIENT, '429', 60.0)] * 9 + [ACCEPTED]), tmp_path)
    assert anyio.run(upload, paced.world, UPLOAD) == {WHEEL.filename: WHEEL.digest}
    assert paced.interrupts.pauses == [60.0] * 9
    failing = Scene(Shelf([LATER] * 9), tmp_path)
    with pytest.raises(ReleaseKitError):
        anyio.run(upload, failing.world, UPLOAD)
    assert failing.interrupts.pauses == [0.5, 1.0]


def test_no_registry_has_us_wait_for_ever(tmp_path: Path) -> None:
    """A day for one file, in waits of an hour at the most."""
    scene = Scene(Shelf([Answer(Outcome.TRANSIENT, '429', 99999.0)] * 99), tmp_path)
    with pytest.raises(ReleaseKitError) as caught:
        anyio.run(upload, scene.world, UPLOAD)
    assert caught.value.code is Code.REGISTRY_DOWN
    assert scene.interrupts.pauses == [LONGEST_WAIT] * 26


@pytest.mark.parametrize(('asked', 'waits'), [([7.0, 9.0], [9.0, 7.0]), ([99999.0], [LONGEST_WAIT])])
def test_a_reader_waits_as_long_as_it_is_asked_to(
    tmp_path: Path, asked: Sequence[float], waits: Sequence[float]
) -> None:
    """The index may say when to look again, an hour ahead at the most."""
    scene = Scene(Shelf(down=asked), tmp_path)
    anyio.run(upload, scene.world, UPLOAD)
    assert scene.interrupts.pauses == waits


SPEC = """\
version: 1
workspaces: {py: {ecosystem: python, targets: [local]}}
targets:
  local: {type: pypi, url: "http://127.0.0.1:9/", index: "http://127.0.0.1:9/", auth: AUTH}
"""


def test_what_the_spec_calls_a_credential_is_secret(tmp_path: Path) -> None:
    """Whatever the variable is called, in the spec that is opened and in that of a commit; a user name is none."""
    named = {
        '{token: {env: UPLOADS}}': {'UPLOADS': 'hunter-of-work'},
        '{username: {env: WHO}, password: {env: HOW}}': {'WHO': 'publisher', 'HOW': 'hunter-of-tree'},
    }
    committed, written = (SPEC.replace('AUTH', auth) for auth in named)
    environment = {**os.environ, **{name: value for auth in named.values() for name, value in auth.items()}}
    repository = make_repository(tmp_path / 'r', {'release.yaml': committed})
    repository.write({'release.yaml': written})

    async def opened() -> Project:
        project = await open_project(repository.root, None, environment)
        return await at_commit(project, (await project.repository.head()).commit)

    anyio.run(opened)
    pair = base64.b64encode(b'publisher:hunter-of-tree').decode()
    assert log.mask(f'hunter-of-work hunter-of-tree {pair} publisher') == '*** *** *** publisher'
    assert [log.is_credential(name) for name in ('UPLOADS', 'WHO', 'HOW')] == [True] * 3


class Minting:
    """A part of an ecosystem whose credential is new each time."""

    per_package = True

    def __init__(self) -> None:
        self.registries = {'pypi': self}

    async def authenticate(self, *_: object) -> Credential:
        return Credential('__token__', 'minted-just-now')

    def connect(self, *_: object) -> None:
        return None


def test_a_minted_token_is_secret() -> None:
    """No variable ever held it."""
    targets = Targets(
        {'local': Target('pypi', 'https://x.invalid/')}, Outside(ScriptedHttp(_nothing), LocalShell({})), {}
    )
    anyio.run(targets.writer, cast('Ecosystem', Minting()), 'local', 'core')
    assert log.mask('<minted-just-now>') == '<***>'


def _nothing(_: Request) -> Response:
    return Response(404, {}, b'')


@pytest.mark.parametrize(
    'date', ['@99999999999999999', f'@{"9" * 400}', '@-99999999999999', '0001-01-01T00:00+14:00', 'x']
)
def test_a_date_beyond_the_calendar_is_a_wrong_command_line(date: str) -> None:
    """It is no bug of ours."""
    with pytest.raises(ReleaseKitError) as caught:
        timestamp(0, Inputs(date=date))
    assert (caught.value.code, caught.value.exit) == (Code.USAGE, Exit.USAGE)


def test_nothing_begins_after_a_signal() -> None:
    """Neither a command nor a question."""
    asked: list[str] = []

    async def late() -> None:
        interrupts = Interrupts()
        interrupts.interrupt(signal.SIGINT)
        assert not await interrupts.ask(lambda: bool(asked.append('asked')) or True)
        await interrupts.run(cast('Project', None), Command(('true',)))

    with pytest.raises(ReleaseKitError) as caught:
        anyio.run(late)
    assert (caught.value.code, asked) == (Code.COMMAND_FAILED, [])


def test_a_signal_ends_a_command() -> None:
    """One that came while it ran."""

    class Slow:
        async def run(self, _: Command) -> None:
            await anyio.sleep_forever()

    class Here:
        shell = Slow()

    async def during() -> None:
        interrupts = Interrupts()
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.to_thread.run_sync, lambda: anyio.from_thread.run_sync(interrupts.interrupt, 2))
            with pytest.raises(ReleaseKitError, match='interrupted'):
                await interrupts.run(cast('Project', Here()), Command(('sleep',)))

    anyio.run(during)


@pytest.fixture
def stage(tmp_path: Path) -> Generator[Stage, None, None]:
    made = set_stage(tmp_path, members({'core': Member()}) | {'release.yaml': QUICK})
    yield made
    made.index.stop()


@pytest.mark.slow
def test_a_signal_at_the_question_ends_the_program(stage: Stage) -> None:
    """Nobody has to answer first, and nothing was pushed."""
    before = bare_refs(stage.remote)
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(stage.repository.root)
        os.execve(program(), [program(), 'release'], {**stage.environment, 'TERM': 'xterm'})  # noqa: S606 - a child
    shown, asked, end = b'', False, time.monotonic() + 90
    # A terminal whose other side is closed cannot be read.
    with contextlib.suppress(OSError):
        while time.monotonic() < end:
            if select.select([terminal], [], [], 1)[0]:
                shown += os.read(terminal, 65536)
            if not asked and b'[y/N]' in shown:
                asked = os.write(terminal, b'\x03') == 1
    over, status = os.waitpid(pid, os.WNOHANG if time.monotonic() >= end else 0)
    if over == 0:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    os.close(terminal)
    assert (asked, over, os.waitstatus_to_exitcode(status)) == (True, pid, -signal.SIGINT), shown.decode()
    assert bare_refs(stage.remote) == before
    assert stage.published() == {}
