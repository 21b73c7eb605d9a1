# SPDX-License-Identifier: Apache-2.0
"""npm, pnpm and yarn as commands: pack a package, and try it in a fresh project.

https://docs.npmjs.com/cli/v11/commands/npm-pack, https://pnpm.io/cli/pack, https://yarnpkg.com/cli/pack.
"""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from releasekit import lazy
from releasekit.ecosystems.base import BuildJob, SmokeJob, Trial
from releasekit.ecosystems.js import layout
from releasekit.ecosystems.js.layout import MANIFEST, Tool
from releasekit.ports import Command

if TYPE_CHECKING:
    from releasekit.ecosystems.js import edges, jsontext, requirement, tarball
    from releasekit.ecosystems.js.jsontext import Object
else:
    edges = lazy.module('releasekit.ecosystems.js.edges')
    jsontext = lazy.module('releasekit.ecosystems.js.jsontext')
    requirement = lazy.module('releasekit.ecosystems.js.requirement')
    tarball = lazy.module('releasekit.ecosystems.js.tarball')

_LOADER = 'load.mjs'
_QUIET = ('--no-audit', '--no-fund', '--loglevel=error')


class Node:
    """The commands of npm, pnpm and yarn; it starts nothing itself."""

    def build(self, job: BuildJob) -> Sequence[Command]:
        """The commands that pack a package into `job.out`, by the tool whose files are in the workspace's folder.

        That tool replaces `workspace:` and `catalog:`. npm packs for yarn 1, which knows neither. The package's own
        scripts run, as they do when it is published by hand.
        """
        env = {**job.env, 'SOURCE_DATE_EPOCH': str(job.timestamp)}
        folder, workspace = job.root / job.path, job.root / job.workspace
        out = job.out / tarball.filename(job.name, job.version)
        tool = _tool(workspace)
        if tool is Tool.YARN:
            return [Command(('yarn', 'pack', '--out', str(out)), cwd=folder, env=env)]
        if tool is Tool.PNPM:
            pack = Command(('pnpm', 'pack', '--pack-destination', str(job.out)), cwd=folder, env=env)
            linked = not _unlinked(folder)
            return [pack] if linked else [Command(_link(folder, workspace), cwd=workspace, env=env), pack]
        return [Command(('npm', 'pack', '--pack-destination', str(job.out), *_QUIET), cwd=folder, env=env)]

    def inspect(self, filename: str, content: bytes) -> tuple[str, str] | None:
        """The name and version that a packed package says it holds, None for another file.

        Raises:
            ReleaseKitError: `RK-BUILD-WRONG` where it is broken, or requires what no registry has.
        """
        return tarball.inspect(filename, content)

    def complete(self, filenames: Collection[str]) -> bool:
        """Whether there is one packed package."""
        return [filename.endswith(tarball.END) for filename in filenames] == [True]

    def same(self, filename: str, ours: bytes, theirs: bytes) -> bool:
        """Whether two packed packages hold the same files; times, owners and order do not count."""
        return filename.endswith(tarball.END) and tarball.same(ours, theirs)

    def smoke(self, job: SmokeJob) -> Trial:
        """What installs a package into an empty project, with npm, and loads it.

        Its scripts run, for they do at its users'. Files of this release are installed beside it, so that npm takes
        them for what the package needs. All of them are optional: npm passes over what is for other platforms, and the
        loader sees to it that the package itself is only passed over for that.
        """
        wanted = {name: f'file:{path}' for name, path in _packed(job)} or {job.name: job.version}
        manifest = {'name': 'releasekit-smoke', 'private': True, 'optionalDependencies': wanted}
        registry = ('--registry', job.index) if job.index else ()
        # What the cache says of packages that were released a moment ago is old.
        install = ('npm', 'install', *_QUIET, '--prefer-online', *registry)
        commands = [
            Command(install, cwd=job.folder),
            Command(('node', _LOADER, job.name, job.version, *install), cwd=job.folder),
        ]
        files = {MANIFEST: json.dumps(manifest, indent=2).encode(), _LOADER: _loader()}
        return Trial(commands, files)


def _packed(job: SmokeJob) -> Iterator[tuple[str, Path]]:
    if job.name not in job.artifacts:
        return
    for name, paths in sorted(job.artifacts.items()):
        yield from ((name, path) for path in paths if path.name.endswith(tarball.END))


def _tool(workspace: Path) -> Tool:
    names = frozenset(path.name for path in workspace.iterdir())
    lock = workspace / layout.YARN_LOCK
    text = lock.read_text('utf-8', 'replace') if lock.is_file() else ''
    return layout.detect(None, names, _manifest(workspace).get('packageManager'), text)


def _unlinked(folder: Path) -> bool:
    """Whether a member that is required by `workspace:` is not linked, from where pnpm reads its version."""
    data = _manifest(folder)
    named = (
        name
        for section in edges.SECTIONS
        for name, text in jsontext.table(data, section).items()
        if isinstance(text, str) and requirement.read(text).protocol == 'workspace'
    )
    return any(not (folder / 'node_modules' / name / MANIFEST).is_file() for name in named)


def _link(folder: Path, workspace: Path) -> tuple[str, ...]:
    """The command that installs what one package needs, members included."""
    locked = '--frozen-lockfile' if (workspace / layout.PNPM_LOCK).is_file() else '--no-lockfile'
    selected = f'./{folder.relative_to(workspace).as_posix()}'
    return ('pnpm', 'install', locked, '--prefer-offline', '--ignore-scripts', '--filter', selected)


def _manifest(folder: Path) -> Object:
    path = folder / MANIFEST
    return jsontext.load(jsontext.decode(path.read_bytes(), str(path)), str(path)) if path.is_file() else {}


def _loader() -> bytes:
    return importlib.resources.files(__package__ or '').joinpath(_LOADER).read_bytes()
