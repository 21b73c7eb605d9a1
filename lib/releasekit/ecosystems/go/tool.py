# SPDX-License-Identifier: Apache-2.0
"""The go command: compile a module as it will be fetched, and try it in a fresh one.

https://pkg.go.dev/cmd/go. What is built are the three files that a proxy serves of a version; nothing is sent.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from releasekit import lazy
from releasekit.ecosystems.base import BuildJob, SmokeJob, Trial
from releasekit.errors import Code, ReleaseKitError, fail
from releasekit.ports import Command

if TYPE_CHECKING:
    from releasekit.ecosystems.go import gomod, gosum, modpath, names, pack, zips
else:
    gomod = lazy.module('releasekit.ecosystems.go.gomod')
    gosum = lazy.module('releasekit.ecosystems.go.gosum')
    modpath = lazy.module('releasekit.ecosystems.go.modpath')
    names = lazy.module('releasekit.ecosystems.go.names')
    pack = lazy.module('releasekit.ecosystems.go.pack')
    zips = lazy.module('releasekit.ecosystems.go.zips')

# The hash of a tree without files, by the length of git's hashes.
_EMPTY_TREES = {
    40: '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
    64: '6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321',
}
_CACHE = 'modules'
_TRIAL = 'module releasekit.test/trial\n\ngo 1.21\n'


class Go:
    """The commands of go; it starts nothing itself."""

    def build(self, job: BuildJob) -> Sequence[Command]:
        """The commands that list the commit's files, pack the module's, and compile it beside its released siblings.

        What is compiled sees the siblings through a workspace file of its own: https://go.dev/ref/mod#workspaces.
        """
        commit = job.commit or 'HEAD'
        tracked = ['git', 'diff-tree', '-r', '-z', '--raw', '--no-renames', '--no-abbrev']
        tracked += [f'--output={job.out / pack.TRACKED}', _EMPTY_TREES.get(len(commit), _EMPTY_TREES[40]), commit]
        described = pack.Job(
            root=str(job.root),
            path=job.path,
            out=str(job.out),
            workspace=job.workspace,
            version=job.version,
            timestamp=job.timestamp,
            commit=job.commit,
            tag=job.tag,
            released=tuple(sorted(job.released)),
        )
        stdin = json.dumps(dataclasses.asdict(described)).encode()
        # -I: nothing of the checkout, in which it runs, is imported.
        packing = (sys.executable, '-I', '-c', f'from {pack.__name__} import main; main()')
        env = {**job.env, 'GOWORK': str(job.out / pack.WORK / gomod.WORK)}
        compiling = ('go', 'build', '-mod=readonly', '-o', os.devnull, './...')
        return [
            Command(tuple(tracked), cwd=job.root),
            Command(packing, cwd=job.root, stdin=stdin),
            Command(compiling, cwd=job.root / job.path, env=env),
        ]

    def inspect(self, filename: str, content: bytes) -> tuple[str, str] | None:
        """The module path without its major suffix, and the version without `v`; None for another file.

        Raises:
            ReleaseKitError: `RK-BUILD-WRONG` where the content is not what the name says.
        """
        if (said := names.read(filename)) is None:
            return None
        try:
            right = _fits(said, content)
        except (ValueError, zips.BadZip, ReleaseKitError) as error:
            raise _wrong(filename, str(error)) from error
        if not right:
            raise _wrong(filename, 'it is of another module or version')
        return modpath.name_of(said.path), said.version.removeprefix('v')

    def complete(self, filenames: Collection[str]) -> bool:
        """Whether these are all that a proxy serves of a version."""
        found = [said.kind for filename in filenames if (said := names.read(filename)) is not None]
        return set(names.KINDS) <= set(found)

    def same(self, filename: str, ours: bytes, theirs: bytes) -> bool:
        """Whether two files say the same: zips by their sum, .info by version, and by the origin's commit if named."""
        if filename.endswith('.info'):
            return _same_info(ours, theirs)
        if not filename.endswith('.zip'):
            return ours == theirs
        try:
            return zips.digest(zips.unpacked(ours)) == zips.digest(zips.unpacked(theirs))
        except zips.BadZip:
            return False

    def smoke(self, job: SmokeJob) -> Trial:
        """What requires the module from a fresh one and builds all of its packages there.

        Built files are put where downloads are kept, and their sums into go.sum, so that no proxy and no checksum
        database is asked for what is not out: https://go.dev/ref/mod#module-cache.
        """
        path, version = modpath.with_major(job.name, job.version), f'v{job.version}'
        # The cache can only be removed if it is not read-only.
        env = {'GOMODCACHE': str(job.folder / _CACHE), 'GOWORK': 'off', 'GOFLAGS': '-modcacherw'}
        if not job.artifacts and job.index:
            env['GOPROXY'] = job.index.rstrip('/')
        trial = job.folder / 'trial'
        commands = [
            Command(('go', 'get', f'{path}@{version}'), cwd=trial, env=env),
            Command(('go', 'build', '-mod=mod', '-o', os.devnull, f'{path}/...'), cwd=trial, env=env),
        ]
        files = dict(_seeded(job))
        sums = gosum.write(line for content in _zips(job).items() for line in _sums(*content))
        return Trial(commands, {'trial/go.mod': _TRIAL.encode(), 'trial/go.sum': sums.encode(), **files})


def _fits(said: names.Name, content: bytes) -> bool:
    if said.kind == 'zip':
        inside = zips.unpacked(content)
        return bool(inside) and all(each.startswith(f'{said.path}@{said.version}/') for each in inside)
    if said.kind == 'mod':
        return gomod.parse(content.decode(), str(said)).path == said.path
    return _object(content).get('Version') == said.version


def _object(content: bytes) -> Mapping[str, Any]:
    """A JSON object; empty for anything else.

    Raises:
        ValueError: It is no JSON.
    """
    document = json.loads(content)
    return document if isinstance(document, dict) else {}


def _same_info(ours: bytes, theirs: bytes) -> bool:
    try:
        here, there = _object(ours), _object(theirs)
    except (ValueError, RecursionError):
        return False
    hashes = [said['Origin'].get('Hash') for said in (here, there) if isinstance(said.get('Origin'), dict)]
    commits = {each for each in hashes if each}
    return here.get('Version') == there.get('Version') and len(commits) <= 1


def _seeded(job: SmokeJob) -> Iterator[tuple[str, bytes]]:
    """The built files where the go command keeps what it has downloaded, with the hash of each zip beside it."""
    for paths in job.artifacts.values():
        for path in paths:
            if (said := names.read(path.name)) is not None:
                yield f'{_CACHE}/cache/download/{said.place}', path.read_bytes()
    for said, content in _zips(job).items():
        yield f'{_CACHE}/cache/download/{said.place}hash', zips.digest(zips.unpacked(content)).encode()


def _zips(job: SmokeJob) -> Mapping[names.Name, bytes]:
    found = ((names.read(path.name), path) for paths in job.artifacts.values() for path in paths)
    return {said: path.read_bytes() for said, path in found if said is not None and said.kind == 'zip'}


def _sums(said: names.Name, content: bytes) -> list[gosum.Sum]:
    inside = zips.unpacked(content)
    mod = zips.digest({gomod.MANIFEST: inside[f'{said.path}@{said.version}/{gomod.MANIFEST}']})
    return [
        gosum.Sum(said.path, said.version, of_mod=False, hash=zips.digest(inside)),
        gosum.Sum(said.path, said.version, of_mod=True, hash=mod),
    ]


def _wrong(filename: str, why: str) -> ReleaseKitError:
    return fail(Code.BUILD_WRONG, f'{filename} is not what its name says: {why}.', 'Build the module anew.')
