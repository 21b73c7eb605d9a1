# SPDX-License-Identifier: Apache-2.0
"""A yard to break releases in: two packages with a remote, and a real index behind a proxy that makes things go wrong.

What it asserts is judged from outside: by the index, by what the proxy saw, and by git.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from releasekit.testing.faults import Fault, FaultyIndex, serve_faults
from releasekit.testing.indexes import IndexServer, start_pypiserver
from releasekit.testing.stage import environment, program
from releasekit.testing.workspace import Sandbox, bare_refs, make_repository

KILLED = -9
ANT = 'packages/ant/src/ant/__init__.py'
FILES = tuple(f'{name}-0.1.0{end}' for name in ('ant', 'bee') for end in ('-py3-none-any.whl', '.tar.gz'))
REFS = ('refs/heads/main', 'refs/tags/ant-v0.1.0', 'refs/tags/bee-v0.1.0')

UV_BUILD = '[build-system]\nrequires = ["uv_build>=0.8,<1"]\nbuild-backend = "uv_build"\n'
SETUPTOOLS = '[build-system]\nrequires = ["setuptools>=61"]\nbuild-backend = "setuptools.build_meta"\n'
_MEMBER = '[project]\nname = "{}"\nversion = "0.1.0"\nrequires-python = ">=3.10"\ndependencies = [{}]\n\n'
_SPEC = """\
version: 1
project: {{branch: main}}
workspaces:
  py: {{ecosystem: python, targets: [local]}}
targets:
  local:
    type: pypi
    url: {upload}
    index: {index}
    auth: {{username: {{env: INDEX_USERNAME}}, password: {{env: INDEX_PASSWORD}}}}
engine: {{retries: 2, backoff: 0.05, patience: 2}}
tasks:
  release:
    steps:
      [preflight, check, bump, changelog, changesets, lock, commit, tag, build, push, {{use: publish, smoke: false}}]
"""


def workspace(backend: str = UV_BUILD) -> dict[str, str | bytes | None]:
    """Two packages, of which bee needs ant; `backend` builds ant."""
    return {
        'pyproject.toml': '[tool.uv.workspace]\nmembers = ["packages/*"]\n\n[tool.uv.sources]\nant.workspace = true\n',
        'packages/ant/pyproject.toml': _MEMBER.format('ant', '') + backend,
        ANT: '"""The package ant."""\n',
        'packages/bee/pyproject.toml': _MEMBER.format('bee', '"ant"') + UV_BUILD,
        'packages/bee/src/bee/__init__.py': '"""The package bee."""\n',
    }


@dataclasses.dataclass(frozen=True)
class Yard:
    """A repository with its remote, and an index behind a proxy that makes things go wrong."""

    folder: Path
    repository: Sandbox
    remote: Path
    server: IndexServer
    proxy: FaultyIndex

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a run; its temporary folders are under `tmp`."""
        (self.folder / 'tmp').mkdir(exist_ok=True)
        return {**environment(self.folder, self.server), 'TMPDIR': str(self.folder / 'tmp')}

    def start(
        self, *arguments: str, cwd: Path | None = None, first: Callable[[], None] | None = None
    ) -> subprocess.Popen[str]:
        """Start `releasekit`, or a program by its absolute path; the child calls `first` before it becomes that."""
        argv = arguments if Path(arguments[0]).is_absolute() else (program(), *arguments)
        return subprocess.Popen(
            argv,
            cwd=cwd or self.repository.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=first,  # noqa: PLW1509 - limits are set there, and nothing else
        )

    def run(self, *arguments: str, cwd: Path | None = None, first: Callable[[], None] | None = None) -> Ended:
        """Run it to its end; without arguments it is a release."""
        process = self.start(*(arguments or ('release', '--yes')), cwd=cwd, first=first)
        stdout, stderr = process.communicate()
        return Ended(process.returncode, stdout, stderr)

    def signalled(self, mode: str, point: str, cwd: Path | None = None) -> Ended:
        """Release, and signal it at a point of its journal."""
        return self.run(sys.executable, '-m', 'releasekit.testing.kill', mode, point, '--', 'release', '--yes', cwd=cwd)

    def events(self) -> list[dict[str, Any]]:
        """The lines of the journal."""
        (journal,) = self.repository.root.glob('.releasekit/runs/*/journal.jsonl')
        return [json.loads(line) for line in journal.read_text().splitlines()]

    @property
    def packages(self) -> Path:
        """Where the index keeps its files."""
        return self.folder / 'index' / 'packages'

    @property
    def lock(self) -> Path:
        """The lock that a run holds."""
        return self.repository.root / '.git' / 'releasekit' / 'lock'

    def assert_published(self) -> None:
        """All is there, once: refs at one commit, files as they were built, the user's branch moved, nothing left."""
        refs = bare_refs(self.remote)
        assert sorted(refs) == sorted(REFS)
        assert set(refs.values()) == {refs['refs/heads/main']}
        assert sorted(self.proxy.accepted()) == sorted(FILES)
        assert sorted(path.name for path in self.packages.iterdir()) == sorted(FILES)
        self.assert_tidy()
        assert self.repository.head == refs['refs/heads/main']

    def assert_untouched(self, refs: tuple[str, ...] = REFS[:1]) -> None:
        """The remote has these refs only, the index nothing of ours, and the user's clone is as it was."""
        assert sorted(bare_refs(self.remote)) == sorted(refs)
        assert self.proxy.accepted() == []
        assert self.repository.tags() == []
        self.assert_tidy()

    def assert_tidy(self) -> None:
        """The user's tree is clean and no worktree, lock or temporary folder is left."""
        assert self.repository.git('status', '--porcelain') == ''
        assert len(self.repository.git('worktree', 'list').splitlines()) == 1
        assert not self.lock.exists()
        assert sorted(path.name for path in (self.folder / 'tmp').glob('releasekit-*')) == []

    def assert_finishes(self) -> None:
        """The same command again ends well, and once more does nothing."""
        ended = self.run()
        assert ended.status == 0, ended
        self.assert_published()
        exchanges, refs = len(self.proxy.accepted()), bare_refs(self.remote)
        assert self.run().status == 0
        assert (len(self.proxy.accepted()), bare_refs(self.remote)) == (exchanges, refs)


@dataclasses.dataclass(frozen=True)
class Ended:
    """How a run ended."""

    status: int
    stdout: str
    stderr: str

    @property
    def codes(self) -> set[str]:
        """The codes of its errors."""
        return set(re.findall(r'^error\[(RK-[A-Z-]+)\]', self.stderr, re.MULTILINE))


@contextlib.contextmanager
def open_yard(
    folder: Path, *faults: Fault, files: dict[str, str | bytes | None] | None = None, upload: str | None = None
) -> Generator[Yard, None, None]:
    """Lay it all out; `upload` is another address to upload to than that of the proxy."""
    with start_pypiserver(folder / 'index') as server, serve_faults(server.url, faults) as proxy:
        spec = _SPEC.format(upload=upload or f'{proxy.url}/', index=f'{proxy.url}/simple/')
        root = folder / 'work'
        repository = make_repository(root, {**workspace(), **(files or {}), 'release.yaml': spec}, 'feat: begin')
        yield Yard(folder, repository, repository.add_remote(folder / 'remote.git'), server, proxy)
