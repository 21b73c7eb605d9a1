# SPDX-License-Identifier: Apache-2.0
"""The target `direct`: versions are read from the repository itself, as GOPROXY=direct has the go command do.

https://go.dev/ref/mod#vcs. Each look is a fetch of its own, since a cache would not show that a tag was moved.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anyio.to_thread

from releasekit.ecosystems.go import names
from releasekit.ecosystems.go.published import asked_for, too_large, yanked
from releasekit.errors import Code, Problem
from releasekit.ports import Answer, Artifact, Command, Outcome, PublishedFile, RegistryDownError, Shell

DIRECT = 'direct'

_KEYS = {'info': 'Info', 'mod': 'GoMod', 'zip': 'Zip'}
# What the go command says of a version that is not there: cmd/go/internal/modfetch/codehost.
_ABSENT = ('unknown revision', 'no matching versions', 'not found', "couldn't find remote ref")


@dataclasses.dataclass(frozen=True, slots=True)
class DirectRegistry:
    """The repositories behind module paths."""

    shell: Shell

    async def files(self, name: str, version: str) -> Mapping[str, PublishedFile]:
        """The files of a version that is tagged, by name; empty where it is not.

        Raises:
            ReleaseKitError: `RK-REGISTRY-DOWN` where it cannot be asked.
        """
        wanted = names.of_release(name, version)
        contents = await self._fetch(wanted[0])
        return {
            str(each): PublishedFile(str(each), hashlib.sha256(contents[each.kind]).hexdigest(), f'{DIRECT}:{each}')
            for each in wanted
            if each.kind in contents
        }

    async def download(self, file: PublishedFile, limit: int | None = None) -> bytes:
        """The contents of a file of a version, of `limit` bytes at the most.

        Raises:
            ReleaseKitError: `RK-REGISTRY-DOWN` where it cannot be asked, `RK-DRIFT-BYTES` where it is larger.
        """
        said = names.read(file.url.removeprefix(f'{DIRECT}:'))
        content = (await self._fetch(said)).get(said.kind) if said is not None else None
        if content is None:
            raise _down(file.url, 'it is not there')
        if limit is not None and len(content) > limit:
            raise too_large(file.url, limit)
        return content

    async def upload(self, artifact: Artifact) -> Answer:
        """Look whether the tag that was pushed is the version; nothing is sent.

        Raises:
            ReleaseKitError: `RK-BUILD-WRONG`, or `RK-REGISTRY-DOWN` where the repository cannot be asked.
        """
        said = asked_for(artifact)
        if await self._fetch(said):
            return Answer(Outcome.ACCEPTED)
        return Answer(Outcome.TRANSIENT, f'{said.path} has no version {said.version} yet')

    async def yank(self, name: str, version: str, reason: str = '', *, undo: bool = False) -> Answer:
        """What is tagged stays: https://go.dev/ref/mod#go-mod-file-retract."""
        return yanked(name, version, reason, undo=undo)

    async def _fetch(self, wanted: names.Name) -> Mapping[str, bytes]:
        """The files of a version by kind, none where it is not there."""
        with tempfile.TemporaryDirectory(prefix='releasekit-go-') as folder:
            env = {'GOPROXY': 'direct', 'GONOSUMDB': '*', 'GOWORK': 'off', 'GOMODCACHE': str(Path(folder, 'modules'))}
            argv = ('go', 'mod', 'download', '-json', '-modcacherw', f'{wanted.path}@{wanted.version}')
            done = await self.shell.run(Command(argv, cwd=Path(folder), env=env))
            said = _object(done.stdout)
            why = str(said.get('Error') or done.complaint)
            if done.status == 0 and 'Error' not in said:
                return await anyio.to_thread.run_sync(_contents, said)
        if any(words in why for words in _ABSENT):
            return {}
        raise _down(f'{wanted.path}@{wanted.version}', ' '.join(why.split()))


def _contents(said: Mapping[str, Any]) -> Mapping[str, bytes]:
    return {kind: Path(said[key]).read_bytes() for kind, key in _KEYS.items()}


def _object(stdout: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(stdout)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _down(what: str, why: str) -> RegistryDownError:
    hint = 'Look whether the repository answers: `git ls-remote`; run the same command again when it does.'
    return RegistryDownError(Problem(Code.REGISTRY_DOWN, f'{what} cannot be read: {why}.', hint))
