# SPDX-License-Identifier: Apache-2.0
"""A stage for whole releases: a workspace of small packages, its bare remote, a real index, and the real program."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from releasekit.testing.indexes import IndexServer, start_pypiserver
from releasekit.testing.workspace import Sandbox, bare_refs, isolated, make_repository

# What a release.yaml has in place of the address of the index, which nobody knows before it runs.
ADDRESS = 'http://127.0.0.1:3141/'

SPEC = f"""\
version: 1
project: {{branch: main}}
workspaces:
  py: {{ecosystem: python, targets: [local]}}
targets:
  local:
    type: pypi
    url: {ADDRESS}
    index: {ADDRESS}simple/
    auth: {{username: {{env: INDEX_USERNAME}}, password: {{env: INDEX_PASSWORD}}}}
engine: {{concurrency: 1, retries: 1, backoff: 0.05, patience: 5}}
"""

# A release that tries no package out, which takes most of the time.
QUICK = f"""\
{SPEC}tasks:
  release:
    steps:
      [preflight, check, bump, changelog, changesets, lock, commit, tag, build, push, {{use: publish, smoke: false}}]
"""

# uv has this backend in itself: it builds in no time and without a network, equal bytes from equal files.
_MEMBER = """\
[project]
name = "{name}"
version = "{version}"
requires-python = ">=3.10"
dependencies = [{needs}]

[build-system]
requires = ["uv_build>=0.8,<1"]
build-backend = "uv_build"
"""
_ROOT = """\
[tool.uv.workspace]
members = ["packages/*"]

[tool.uv.sources]
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Member:
    """A package of a workspace: its version and what it requires."""

    version: str = '0.1.0'
    needs: tuple[str, ...] = ()


def members(packages: Mapping[str, Member]) -> dict[str, str]:
    """The files, by path, of a uv workspace of pure packages that need nothing but each other."""
    sources = ''.join(f'{name} = {{ workspace = true }}\n' for name in packages)
    files = {'pyproject.toml': _ROOT + sources}
    for name, member in packages.items():
        needs = ', '.join(f'"{need}"' for need in member.needs)
        files[f'packages/{name}/pyproject.toml'] = _MEMBER.format(name=name, version=member.version, needs=needs)
        files[module(name)] = f'"""The package {name}."""\n'
    return files


def module(name: str) -> str:
    """The path of the one module of a package."""
    return f'packages/{name}/src/{name.replace("-", "_")}/__init__.py'


@dataclasses.dataclass(frozen=True)
class Stage:
    """A repository whose branch is on its remote, and an index: all that a release needs. All is in `folder`."""

    folder: Path
    repository: Sandbox
    remote: Path
    index: IndexServer
    environment: Mapping[str, str] = dataclasses.field(repr=False)

    def run(self, *arguments: str, cwd: Path | str | None = None, **more: str) -> subprocess.CompletedProcess[str]:
        """Run `releasekit` to its end with nothing to read; `more` are environment variables."""
        return subprocess.run(
            [program(), *arguments],
            cwd=cwd or self.repository.root,
            env={**self.environment, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding='utf-8',
            check=False,
        )

    def published(self) -> dict[str, bytes]:
        """What the index has, by file name: read from its folder, so that it may be down."""
        return {path.name: path.read_bytes() for path in sorted((self.folder / 'index' / 'packages').iterdir())}

    def journal(self) -> list[dict[str, Any]]:
        """The events of all runs of this clone, as they stand in the journals."""
        paths = sorted((self.repository.root / '.releasekit' / 'runs').glob('*/journal.jsonl'))
        return [json.loads(line) for path in paths for line in path.read_text().splitlines()]

    def world(self) -> dict[str, str]:
        """What everybody can see: refs of the remote with their commits, files of the index with their SHA-256."""
        files = {name: hashlib.sha256(content).hexdigest() for name, content in self.published().items()}
        return {**bare_refs(self.remote), **files}

    def clone(self, name: str = 'clone') -> Sandbox:
        """A fresh clone of the remote, in a folder beside."""
        return self.repository.clone(self.folder / name)


def set_stage(folder: Path, files: Mapping[str, str | bytes | None], message: str = 'feat: begin') -> Stage:
    """Start an index, commit the files and push them; `ADDRESS` in release.yaml becomes that of the index.

    Raises:
        RuntimeError: The index does not start.
    """
    index = start_pypiserver(folder / 'index')
    spec = str(files.get('release.yaml', SPEC)).replace(ADDRESS, index.url)
    repository = make_repository(folder / 'work', {**files, 'release.yaml': spec}, message)
    return Stage(folder, repository, repository.add_remote(folder / 'remote.git'), index, environment(folder, index))


def snapshot(folder: Path, *left_out: str) -> dict[str, tuple[int, bytes]]:
    """All that is below a folder, by path: the mode of each file and its bytes; without the folders `left_out`."""
    found: dict[str, tuple[int, bytes]] = {}
    for at, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in left_out]
        for path in (Path(at) / name for name in files):
            content = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
            found[path.relative_to(folder).as_posix()] = (path.lstat().st_mode, content)
    return found


def environment(folder: Path, index: IndexServer) -> dict[str, str]:
    """The environment of a release: the caller's, the credential of the index, and a cache of our own in `folder`."""
    # uv keeps the cache that it has, which saves every build from fetching its backend.
    cache = os.environ.get('UV_CACHE_DIR') or str(Path.home() / '.cache' / 'uv')
    variables = {'INDEX_USERNAME': index.username, 'INDEX_PASSWORD': index.password}
    kept = {'UV_CACHE_DIR': cache, 'XDG_CACHE_HOME': str(folder / 'cache')}
    return {**isolated(os.environ), **variables, **kept}


def program() -> str:
    """The console script beside this Python, else the one on the path.

    Raises:
        RuntimeError: There is none.
    """
    beside = Path(sys.executable).parent / 'releasekit'
    found = str(beside) if beside.is_file() else shutil.which('releasekit')
    if found is None:
        raise RuntimeError('There is no console script `releasekit`: install the package.')
    return found
