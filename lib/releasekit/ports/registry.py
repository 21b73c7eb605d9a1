# SPDX-License-Identifier: Apache-2.0
"""Registries: what is there, and how more gets there."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Protocol

from releasekit.compat import StrEnum
from releasekit.errors import Problem, ReleaseKitError


class RegistryDownError(ReleaseKitError):
    """`RK-REGISTRY-DOWN`; `retry_after` in seconds where the registry named a time to wait."""

    def __init__(self, problem: Problem, retry_after: float | None = None) -> None:
        """Carry the problem and the time."""
        super().__init__(problem)
        self.retry_after = retry_after


class Outcome(StrEnum):
    """How a registry's answer to an upload reads; `waiting` is for what somebody has to approve there."""

    ACCEPTED = 'accepted'
    DUPLICATE = 'duplicate'
    DENIED = 'denied'
    REJECTED = 'rejected'
    TRANSIENT = 'transient'
    WAITING = 'waiting'
    UNKNOWN = 'unknown'


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """A registry's answer to an upload; `retry_after` in seconds where it named a time to wait."""

    outcome: Outcome
    detail: str = ''
    retry_after: float | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Artifact:
    """A built file. `channel` is the name under which users ask for the newest such version, '' for the usual one."""

    filename: str
    digest: str
    content: bytes = dataclasses.field(repr=False)
    channel: str = ''


@dataclasses.dataclass(frozen=True, slots=True)
class PublishedFile:
    """A file that a registry has: SHA-256 in hex, or None where the registry does not tell."""

    filename: str
    digest: str | None
    url: str
    yanked: bool = False


class Registry(Protocol):
    """One target: what is there, and how more gets there."""

    async def files(self, name: str, version: str) -> Mapping[str, PublishedFile]:
        """The files of a version, by name; empty where there are none.

        Raises:
            ReleaseKitError: `RK-REGISTRY-DOWN` where it cannot be asked.
        """
        ...

    async def download(self, file: PublishedFile, limit: int | None = None) -> bytes:
        """The contents of a published file, of `limit` bytes at the most.

        Raises:
            ReleaseKitError: `RK-REGISTRY-DOWN` where it cannot be asked, `RK-DRIFT-BYTES` where it is larger.
        """
        ...

    async def upload(self, artifact: Artifact) -> Answer:
        """Try once to upload a file, and say how the answer reads."""
        ...

    async def yank(self, name: str, version: str, reason: str = '', *, undo: bool = False) -> Answer:
        """Warn everybody off a version that is there, in the registry's own way, or take that back.

        `REJECTED` where the registry has no such thing; the detail says what to do instead.
        """
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class Credential:
    """What a target asks for; it never shows itself."""

    username: str = dataclasses.field(repr=False)
    password: str = dataclasses.field(repr=False)
