# SPDX-License-Identifier: Apache-2.0
"""A registry in memory that behaves as told: answers get lost, servers fail, bytes change."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping

from releasekit.compat import StrEnum
from releasekit.errors import Code, fail
from releasekit.ports import Answer, Artifact, HttpFailure, Outcome, PublishedFile

Inspect = Callable[[str, bytes], 'tuple[str, str] | None']


class Fault(StrEnum):
    """What happens to one upload."""

    LOST_REQUEST = 'lost-request'
    LOST_ANSWER = 'lost-answer'
    FAILED = 'failed'
    FAILED_AFTER = 'failed-after'
    THROTTLED = 'throttled'
    DENIED = 'denied'
    REJECTED = 'rejected'
    OTHER_BYTES = 'other-bytes'


# Faults after which the file is there all the same.
_STORED = frozenset({Fault.LOST_ANSWER, Fault.FAILED_AFTER, Fault.OTHER_BYTES})
_ANSWERS = {
    Fault.LOST_REQUEST: Answer(Outcome.UNKNOWN, 'no answer came'),
    Fault.LOST_ANSWER: Answer(Outcome.UNKNOWN, 'no answer came'),
    Fault.FAILED: Answer(Outcome.TRANSIENT, '500'),
    Fault.FAILED_AFTER: Answer(Outcome.TRANSIENT, '500'),
    Fault.THROTTLED: Answer(Outcome.TRANSIENT, '429', retry_after=0.01),
    Fault.DENIED: Answer(Outcome.DENIED, '403'),
    Fault.REJECTED: Answer(Outcome.REJECTED, '400'),
    Fault.OTHER_BYTES: Answer(Outcome.ACCEPTED, '200'),
}


class MemoryRegistry:
    """The port `Registry` in memory. `attempts` are the names of the files that came to be uploaded, in order."""

    def __init__(self, inspect: Inspect, faults: Iterable[Fault | None] = (), lag: int = 0) -> None:
        """Take how name and version are read from a file, and what happens to the uploads, one after another.

        `None` stands for an upload without a fault. A new file shows after `lag` looks.
        """
        self.attempts: list[str] = []
        self.down = False
        self._inspect = inspect
        self._faults = iter(faults)
        self._lag = lag
        self._files: dict[str, tuple[tuple[str, str], bytes]] = {}
        self._hidden: dict[str, int] = {}
        self._yanked: set[tuple[str, str]] = set()

    async def files(self, name: str, version: str) -> Mapping[str, PublishedFile]:
        """The files of a version, by name; empty where there are none.

        Raises:
            ReleaseKitError: `RK-REGISTRY-DOWN` while `down` is set.
        """
        self._expect_up()
        found = {}
        for filename, (release, content) in self._files.items():
            if release != (name, version):
                continue
            self._hidden[filename] -= 1
            if self._hidden[filename] < 0:
                digest = hashlib.sha256(content).hexdigest()
                yanked = release in self._yanked
                found[filename] = PublishedFile(filename, digest, f'memory:{filename}', yanked)
        return found

    async def download(self, file: PublishedFile, limit: int | None = None) -> bytes:
        """The contents of a published file, of `limit` bytes at the most.

        Raises:
            ReleaseKitError: `RK-REGISTRY-DOWN` where it is not there, or while `down` is set; `RK-DRIFT-BYTES`.
        """
        self._expect_up()
        if file.filename not in self._files:
            raise fail(Code.REGISTRY_DOWN, f'{file.url} is not there.', 'Look at the address.')
        content = self._files[file.filename][1]
        if limit is not None and len(content) > limit:
            raise fail(Code.DRIFT_BYTES, f'{file.filename} is larger than {limit} bytes.', 'Raise the limit.')
        return content

    async def upload(self, artifact: Artifact) -> Answer:
        """Try once to upload a file, and say how the answer reads."""
        self.attempts.append(artifact.filename)
        if self.down:
            return Answer(Outcome.TRANSIENT, str(HttpFailure('no connection', sent=False)))
        fault = next(self._faults, None)
        there = self._files.get(artifact.filename)
        if there is not None and fault is None:
            return Answer(Outcome.ACCEPTED if there[1] == artifact.content else Outcome.DUPLICATE)
        if there is None and (fault is None or fault in _STORED):
            release = self._inspect(artifact.filename, artifact.content)
            if release is None:
                return Answer(Outcome.REJECTED, 'no file of this registry')
            changed = artifact.content + b'\0' if fault is Fault.OTHER_BYTES else artifact.content
            self._files[artifact.filename] = (release, changed)
            self._hidden[artifact.filename] = self._lag
        return _ANSWERS[fault] if fault else Answer(Outcome.ACCEPTED, '200')

    async def yank(self, name: str, version: str, reason: str = '', *, undo: bool = False) -> Answer:
        """Mark the files of a version, or take that back; refused where there are none."""
        del reason
        if not any(release == (name, version) for release, _ in self._files.values()):
            return Answer(Outcome.REJECTED, f'there is no {name} {version}')
        (self._yanked.discard if undo else self._yanked.add)((name, version))
        return Answer(Outcome.ACCEPTED)

    def _expect_up(self) -> None:
        if self.down:
            raise fail(Code.REGISTRY_DOWN, 'The registry does not answer.', 'Set `down` to False.')
