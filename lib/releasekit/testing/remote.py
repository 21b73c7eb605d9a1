# SPDX-License-Identifier: Apache-2.0
"""Remotes in memory that behave as told: answers get lost, servers die in the middle, somebody else is faster."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from releasekit.errors import Code, ReleaseKitError, fail
from releasekit.ports import RemoteRef
from releasekit.testing.objects import Objects
from releasekit.testing.repository import HEADS, REMOTES, TAGS, MemoryRepository
from releasekit.testing.writer import MemoryWriter
from releasekit.vcs.base import Opened

ORIGIN = 'origin'


class BareRepository:
    """What a server has: objects, the object of each full ref name, and the branch that it calls its own.

    While `protected` is not empty every push is refused, and told so.
    """

    def __init__(self, branch: str = 'main') -> None:
        """Begin with nothing."""
        self.objects = Objects()
        self.refs: dict[str, str] = {}
        self.branch = branch
        self.protected = ''

    def served(self) -> dict[str, str]:
        """The refs and the commits behind them."""
        return {ref: self.objects.peel(object_) or object_ for ref, object_ in sorted(self.refs.items())}

    def clone(self, clock: Iterator[int], depth: int | None = None) -> MemoryRepository:
        """A clone as a fresh machine makes it; `depth` is how many commits of the branch it has, None for all."""
        made = MemoryRepository(branch=self.branch, clock=clock)
        own = f'{HEADS}{self.branch}'
        tips = self.refs.values() if depth is None else [self.refs[own]]
        made.objects.take(self.objects, tips, depth)
        here = {ref: object_ for ref, object_ in self.refs.items() if self.objects.peel(object_) in made.objects}
        # The objects of tags, whose commits are there.
        made.objects.take(self.objects, here.values(), 0)
        made.refs |= {ref: object_ for ref, object_ in here.items() if ref.startswith(TAGS)} | _tracked(ORIGIN, here)
        made.defaults[ORIGIN] = self.branch
        made.move(self.refs[own])
        return made


def add_remote(local: MemoryRepository) -> BareRepository:
    """A server that was pushed the branches and tags of a repository, by the name `origin`."""
    server = BareRepository(local.branch or 'main')
    server.refs |= {ref: object_ for ref, object_ in local.refs.items() if ref.startswith((HEADS, TAGS))}
    server.objects.take(local.objects, server.refs.values())
    local.refs |= _tracked(ORIGIN, server.refs)
    return server


def _tracked(remote: str, refs: Mapping[str, str]) -> dict[str, str]:
    """The branches of a remote as a repository remembers them."""
    branches = {ref: object_ for ref, object_ in refs.items() if ref.startswith(HEADS)}
    return {ref.replace(HEADS, f'{REMOTES}{remote}/', 1): object_ for ref, object_ in branches.items()}


@dataclasses.dataclass(frozen=True, slots=True)
class Delivery:
    """A push on its way to a server."""

    remote: MemoryRemote
    server: BareRepository
    name: str
    refs: Mapping[str, str]
    expect: Mapping[str, str]

    def arrive(self, only: Iterable[str] | None = None) -> None:
        """Compare and swap all refs; of those that may move, `only` some do, or all.

        Raises:
            ReleaseKitError: `RK-GIT-REFUSED`; no ref was moved.
        """
        have = self.server.refs
        moved = {ref: object_ for ref, object_ in self.refs.items() if have.get(ref) != object_}
        stale = [ref for ref in moved if have.get(ref) != self.expect.get(ref)]
        unknown = [ref for ref, object_ in self.refs.items() if object_ not in self.remote.local.objects]
        reason = 'stale info' if stale else 'unknown object' if unknown else self.server.protected
        if reason and moved:
            refs = ', '.join(stale or unknown or moved)
            message = f'{self.name} refused the push: {refs}: {reason}.'
            raise fail(Code.GIT_REFUSED, message, 'Look at what the remote says.')
        self.server.objects.take(self.remote.local.objects, moved.values())
        kept = set(moved) if only is None else {*only}
        have.update({ref: object_ for ref, object_ in moved.items() if ref in kept})

    def unanswered(self) -> ReleaseKitError:
        """What the client sees where no answer came."""
        message = f'The push to {self.name} failed: the connection was lost.'
        return fail(Code.GIT_FAILED, message, 'Run it again to go on.')


# What happens to one push: it may arrive, once or not at all, and raises what the client is to see.
Fault = Callable[[Delivery], None]


def dropped(delivery: Delivery) -> None:
    """The connection breaks before anything arrived."""
    raise delivery.unanswered()


def lost_answer(delivery: Delivery) -> None:
    """The push arrives, and its answer, whatever it is, gets lost."""
    with contextlib.suppress(ReleaseKitError):
        delivery.arrive()
    raise delivery.unanswered()


def torn(*kept: str) -> Fault:
    """The server is killed when it has moved some refs, by their full names."""

    def fault(delivery: Delivery) -> None:
        delivery.arrive(kept)
        raise delivery.unanswered()

    return fault


def late(calls: int) -> Fault:
    """The client is cut off; the push arrives after so many more calls to the server."""

    def fault(delivery: Delivery) -> None:
        delivery.remote.underway.append((delivery.remote.calls + calls, delivery))
        raise delivery.unanswered()

    return fault


def overtaken(refs: Mapping[str, str], by: Objects) -> Fault:
    """Somebody else moves refs a moment before, to objects of a store of theirs."""

    def fault(delivery: Delivery) -> None:
        delivery.server.objects.take(by, refs.values())
        delivery.server.refs.update(refs)
        delivery.arrive()

    return fault


def then_silent(fault: Fault, calls: int, after: int = 0) -> Fault:
    """After a fault, and after so many more calls, so many get no answer."""

    def both(delivery: Delivery) -> None:
        delivery.remote.silence(calls, after)
        fault(delivery)

    return both


class MemoryRemote:
    """The port `Remote` over servers in memory.

    `calls` counts what was asked of servers, `pushes` has the refs of each push that came through, in order.
    `silent` are the numbers of the calls that get no answer; `underway` are pushes that arrive after a call.
    """

    def __init__(
        self, local: MemoryRepository, servers: Mapping[str, BareRepository], faults: Iterable[Fault | None] = ()
    ) -> None:
        """Talk to servers by their names; the faults are as `fail_next` takes them."""
        self.local = local
        self.calls = 0
        self.silent: set[int] = set()
        self.pushes: list[Mapping[str, str]] = []
        self.underway: list[tuple[int, Delivery]] = []
        self._servers = servers
        self._faults = list(faults)

    def fail_next(self, *faults: Fault | None) -> None:
        """Let more faults hit the next pushes that none is due for yet, one after another; None stands for none."""
        self._faults += faults

    def silence(self, calls: int, after: int = 0) -> None:
        """Give so many calls no answer, after so many more that get one."""
        first = self.calls + after + 1
        self.silent |= {*range(first, first + calls)}

    async def default_branch(self, remote: str) -> str | None:
        """The branch that a clone remembers."""
        return self.local.defaults.get(remote)

    async def address(self, remote: str) -> str | None:
        """A name for each server that there is."""
        return f'memory:{remote}' if remote in self._servers else None

    async def refs(self, remote: str, refs: Sequence[str]) -> Mapping[str, RemoteRef]:
        """Those of the given full ref names that the server has."""
        server = self._reach(remote)
        commits = server.served()
        return {ref: RemoteRef(server.refs[ref], commits[ref]) for ref in refs if ref in server.refs}

    async def push(self, remote: str, refs: Mapping[str, str], expect: Mapping[str, str]) -> None:
        """Push all or none, unless a fault is due."""
        delivery = Delivery(self, self._reach(remote), remote, dict(refs), dict(expect))
        self.pushes.append(delivery.refs)
        fault = self._faults.pop(0) if self._faults else None
        (fault or Delivery.arrive)(delivery)
        self.local.refs |= _tracked(remote, refs)

    async def fetch(self, remote: str, ref: str) -> str:
        """Copy the commits of a remote ref and return its commit."""
        server = self._reach(remote)
        if ref not in server.refs:
            raise fail(Code.GIT_FAILED, f'{remote} has no {ref}.', f'Push {ref} to {remote} first.')
        commit = server.served()[ref]
        self.local.objects.take(server.objects, [commit])
        return commit

    def _reach(self, remote: str) -> BareRepository:
        """The server, once what was under way to it has arrived.

        Raises:
            ReleaseKitError: `RK-GIT-FAILED` where there is none, or none that answers.
        """
        self.calls += 1
        due = [delivery for call, delivery in self.underway if call < self.calls]
        self.underway = [(call, delivery) for call, delivery in self.underway if call >= self.calls]
        for delivery in due:
            with contextlib.suppress(ReleaseKitError):
                delivery.arrive()
        if self.calls in self.silent or remote not in self._servers:
            raise fail(Code.GIT_FAILED, f'{remote} does not answer.', 'Look at its address, and try again.')
        return self._servers[remote]


def open_memory(remote: MemoryRemote) -> Opened:
    """All ports of a repository in memory, as `open_repository` gives those of a real one."""
    return Opened(remote.local, remote.local, MemoryWriter(remote.local), remote)
