# SPDX-License-Identifier: Apache-2.0
"""The registries of a run: connections with a credential and without, and how many may upload at a time."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Mapping

import anyio

from releasekit import log
from releasekit.ecosystems.base import Ecosystem, Outside, RegistryPart
from releasekit.errors import ReleaseKitError
from releasekit.ports import Registry
from releasekit.spec.model import PasswordAuth, Target, TokenAuth


class Targets:
    """The registries of a run: one connection each, with its own credential and nothing else."""

    def __init__(self, targets: Mapping[str, Target], outside: Outside, environment: Mapping[str, str]) -> None:
        """Connect when a target is first needed."""
        self._targets = targets
        self._outside = outside
        self._environment = environment
        self._writers: dict[tuple[str, str], Registry] = {}
        self._lock = anyio.Lock()
        self._limits: dict[str, anyio.Semaphore] = {}

    def rules(self, target: str) -> Target:
        """What release.yaml says of a target."""
        return self._targets[target]

    def ready(self, ecosystem: Ecosystem, target: str) -> None:
        """Look whether the target's credential can be had."""
        self._part(ecosystem, target).ready(self._targets[target], self._environment)

    async def reader(self, ecosystem: Ecosystem, target: str) -> Registry:
        """A connection to read with; it has a credential only where the spec names a token or a password."""
        rules = self._targets[target]
        part = self._part(ecosystem, target)
        if not isinstance(rules.auth, (TokenAuth, PasswordAuth)):
            return part.connect(rules, self._outside, None)
        try:
            part.ready(rules, self._environment)
        except ReleaseKitError:
            return part.connect(rules, self._outside, None)
        return await self.writer(ecosystem, target, '')

    async def writer(self, ecosystem: Ecosystem, target: str, name: str, *, renew: bool = False) -> Registry:
        """A connection to upload a package with; `renew` gets a new credential, since some expire."""
        rules = self._targets[target]
        part = self._part(ecosystem, target)
        key = (target, name if part.per_package and rules.auth == 'trusted' else '')
        async with self._lock:
            if renew or key not in self._writers:
                credential = await part.authenticate(rules, self._outside.http, self._environment, name)
                if credential is not None:
                    log.add_secrets([credential.password], [credential.username])
                self._writers[key] = part.connect(rules, self._outside, credential)
            return self._writers[key]

    @contextlib.asynccontextmanager
    async def turn(self, ecosystem: Ecosystem, target: str) -> AsyncGenerator[None, None]:
        """Hold one of the places that a registry has for uploads."""
        if (places := self._part(ecosystem, target).at_once) is None:
            yield
            return
        async with self._limits.setdefault(target, anyio.Semaphore(places)):
            yield

    def _part(self, ecosystem: Ecosystem, target: str) -> RegistryPart:
        return ecosystem.registries[self._targets[target].type]
