# SPDX-License-Identifier: Apache-2.0
"""What performers work with: the plan, the journal, the checkouts and the registries of one run."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import re
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from pathlib import Path

import anyio
import anyio.to_thread

from releasekit.backends.files import make_folder, remove, write_atomic
from releasekit.core import diff
from releasekit.core import manifest as manifests
from releasekit.core.actions import Action, Build, Commit, EditFile, WriteManifest
from releasekit.core.journal import State
from releasekit.core.package import Workspace
from releasekit.core.plan import Plan
from releasekit.ecosystems import ECOSYSTEMS
from releasekit.ecosystems.base import Ecosystem
from releasekit.errors import Code, ReleaseKitError, fail
from releasekit.ports import Checkout, Command, Completed
from releasekit.run.journal import Journal
from releasekit.run.project import Project
from releasekit.run.store import RunFolder
from releasekit.run.targets import Targets
from releasekit.steps.base import digest

Confirm = Callable[[Plan, Action], bool]

# Seconds; how long anybody may have us wait for the next attempt.
LONGEST_WAIT = 3600.0

# What is unfit for the name of a folder.
_UNFIT = re.compile(r'[^A-Za-z0-9._-]+')


@dataclasses.dataclass(frozen=True)
class World:
    """All that a performer may touch. `interrupted` holds back what can be begun anew."""

    project: Project
    plan: Plan
    workspace: Workspace
    journal: Journal
    folder: RunFolder
    checkouts: Checkouts
    targets: Targets
    gate: Gate
    scratch: Path
    interrupts: Interrupts

    @property
    def state(self) -> State:
        """What the journal says now."""
        return self.journal.state

    def ecosystem(self, package: str) -> Ecosystem:
        """The ecosystem of a package, by the package's id."""
        return ECOSYSTEMS[self.workspace.by_id[package].ecosystem]

    @property
    def commit(self) -> str | None:
        """The release commit, once it is made."""
        found = next((action.key for action in self.plan.actions if isinstance(action, Commit)), None)
        return self.state.outputs(found).get('commit') if found else None

    async def run(self, command: Command) -> Completed:
        """Run a command that a signal may end, since it can be begun anew."""
        return await self.interrupts.run(self.project, command)


class Interrupts:
    """Ends commands when a signal came."""

    def __init__(self) -> None:
        """Begin with nothing running."""
        self.stop = anyio.Event()
        self.signal: int | None = None
        self._scopes: set[anyio.CancelScope] = set()

    def interrupt(self, signal: int) -> None:
        """Stop between actions, and end what can be begun anew."""
        self.signal = signal
        self.stop.set()
        for scope in self._scopes:
            scope.cancel()

    @contextlib.contextmanager
    def _until_stopped(self) -> Generator[None]:
        """Leave the block when a signal comes; one that has come before is looked for first."""
        with anyio.CancelScope() as scope:
            self._scopes.add(scope)
            try:
                yield
            finally:
                self._scopes.discard(scope)

    async def pause(self, seconds: float) -> None:
        """Wait, for an hour at the most, unless a signal comes."""
        with anyio.move_on_after(min(seconds, LONGEST_WAIT)):
            await self.stop.wait()

    async def ask(self, question: Callable[[], bool]) -> bool:
        """Ask somebody who may take long; a signal is a no, and whoever still waits for an answer is left alone."""
        if self.stop.is_set():
            return False
        with self._until_stopped():
            answer = await anyio.to_thread.run_sync(question, abandon_on_cancel=True)
            return answer and not self.stop.is_set()
        return False

    async def run(self, project: Project, command: Command) -> Completed:
        """Run a command until it ends or a signal comes.

        Raises:
            ReleaseKitError: `RK-COMMAND-FAILED` where it was interrupted, and what the shell raises.
        """
        if self.stop.is_set():
            raise self.error(command.argv[0])
        with self._until_stopped():
            return await project.shell.run(command)
        raise self.error(command.argv[0])

    def error(self, what: str) -> ReleaseKitError:
        """What ends an action that can be begun anew, because a signal came."""
        return fail(Code.COMMAND_FAILED, f'{what} was interrupted.', 'Run it again to go on.')


class Gate:
    """Asks once, before the first step that cannot be taken back."""

    def __init__(self, plan: Plan, confirm: Confirm, *, confirmed: bool) -> None:
        """Ask with `confirm`, unless an earlier run of this plan was confirmed."""
        self._plan = plan
        self._confirm = confirm
        self._answer = True if confirmed else None
        self._lock = anyio.Lock()

    async def enter(self, action: Action, interrupts: Interrupts) -> bool:
        """Whether it may go on; never once a signal came."""
        async with self._lock:
            if self._answer is None:
                self._answer = await interrupts.ask(functools.partial(self._confirm, self._plan, action))
            return self._answer and not interrupts.stop.is_set()


class Checkouts:
    """The detached checkouts of a run: one at the base, where files are edited; one at the release commit.

    A build gets one of its own, so that it takes nothing in that another build has left behind.
    """

    def __init__(self, project: Project, plan: Plan, scratch: Path) -> None:
        """Make none yet; each is made when it is first needed."""
        self._project = project
        self._plan = plan
        self._scratch = scratch
        self._open: dict[str, Checkout] = {}
        self._lock = anyio.Lock()

    async def edited(self, state: State) -> Checkout:
        """The checkout at the base, with every edit that the journal calls done."""
        async with self._lock:
            if 'edited' not in self._open:
                done = [action for action in self._plan.actions if state.is_done(action.key)]
                edits = [action for action in done if isinstance(action, (EditFile, WriteManifest))]
                self._open['edited'] = await self._make('edited', self._plan.base.commit, edits)
            return self._open['edited']

    async def released(self, commit: str) -> Checkout:
        """A fresh checkout of the release commit, with the edits that are only for what is built."""
        async with self._lock:
            if 'released' not in self._open:
                builds = [action for action in self._plan.actions if isinstance(action, Build)]
                edits = [edit for build in builds for edit in build.edits]
                self._open['released'] = await self._make('released', commit, edits)
            return self._open['released']

    @contextlib.asynccontextmanager
    async def fresh(self, build: Build, commit: str | None) -> AsyncGenerator[Checkout, None]:
        """A checkout for one build, for the time of the block: the release commit, else the base with its edits."""
        name = f'build-{_UNFIT.sub("-", build.package)}'
        actions = self._plan.actions
        before = actions[: actions.index(build)] if commit is None else ()
        edits = [action for action in before if isinstance(action, (EditFile, WriteManifest))]
        edits += [edit for action in actions if isinstance(action, Build) for edit in action.edits]
        async with self._lock:
            made = self._open[name] = await self._make(name, commit or self._plan.base.commit, edits)
        try:
            yield made
        finally:
            with anyio.CancelScope(shield=True):
                await self._open.pop(name).close()

    async def _make(self, name: str, commit: str, edits: Sequence[EditFile | WriteManifest]) -> Checkout:
        """A checkout with all the edits; one that lacks some, since the disk was full, is not kept."""
        made = await self._project.writer.checkout(commit, self._scratch / name)
        try:
            for edit in edits:
                change(made.root, self._plan, edit)
        except ReleaseKitError:
            await made.close()
            raise
        return made

    async def close(self) -> None:
        """Remove them all."""
        for checkout in self._open.values():
            await checkout.close()
        self._open.clear()


def _edited(before: str | None, action: EditFile) -> str | None:
    """The text after an edit; one that .gitattributes checks out with CRLF keeps it, though git stores LF.

    None stands for no file, before the edit and after it.
    """
    if before is None and not action.after:
        return None
    known = {action.before, action.after}
    plain = None if before is None else before.replace('\r\n', '\n')
    translated = before is not None and plain is not None and digest(before) not in known and digest(plain) in known
    text = plain if translated else before
    if text is not None and digest(text) == action.after:
        after = text
    elif ('' if text is None else digest(text)) != action.before:
        message = f'{action.path} is not as the plan knows it.'
        raise fail(Code.EDIT_FAILED, message, 'Commit or undo the changes in that file, then plan again.')
    else:
        after = diff.apply(text or '', action.diff) if action.after else None
    return after.replace('\n', '\r\n') if translated and after is not None else after


def change(root: Path, plan: Plan, action: EditFile | WriteManifest) -> bool:
    """Make an edit in a folder; False where it is made already.

    Raises:
        ReleaseKitError: `RK-EDIT-FAILED` where the file is not the one that the plan was made for.
    """
    path = root / action.path
    if not path.resolve().is_relative_to(root.resolve()):
        raise fail(Code.EDIT_FAILED, f'{action.path} lies outside the repository.', 'Look for a link in its way.')
    before = path.read_bytes().decode() if path.exists() else None
    after = manifests.text(plan) if isinstance(action, WriteManifest) else _edited(before, action)
    if after == before:
        return False
    if after is None:
        remove(path)
        return True
    make_folder(path.parent)
    write_atomic(path, after.encode())
    return True
