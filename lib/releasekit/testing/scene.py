# SPDX-License-Identifier: Apache-2.0
"""Whole releases of sites: their workspaces in one repository with a remote, their registries, the real program."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

from releasekit import codec
from releasekit.testing.site import Served, Site
from releasekit.testing.stage import program
from releasekit.testing.workspace import Sandbox, bare_refs, isolated, make_repository


@dataclasses.dataclass(frozen=True)
class Scene:
    """A repository whose branch is on its remote, and the registries of its workspaces by label."""

    folder: Path
    repository: Sandbox
    remote: Path
    served: Mapping[str, Served]

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a run, credentials included; caches of our own are in the folder."""
        found = {**isolated(os.environ), 'XDG_CACHE_HOME': str(self.folder / 'cache')}
        for each in self.served.values():
            found |= {**each.environment, **each.secrets}
        return found

    @property
    def tools(self) -> dict[str, str]:
        """The environment in which an ecosystem's own tools see the registries; no credentials."""
        secret = {name for each in self.served.values() for name in each.secrets}
        return {name: value for name, value in self.environment.items() if name not in secret}

    def run(self, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run `releasekit` to its end with nothing to read."""
        return self._run([program(), *arguments], cwd)

    def killed(self, point: str, mode: str = 'kill-after') -> subprocess.CompletedProcess[str]:
        """Release, and end that at the first event of its journal that a pattern is found in."""
        script = [sys.executable, '-m', 'releasekit.testing.kill', mode, point, '--', 'release', '--yes']
        return self._run(script, None)

    def json(self, *arguments: str) -> Any:  # noqa: ANN401 - one of several documents
        """What the program prints as JSON.

        Raises:
            AssertionError: It failed; its complaint is the message.
        """
        done = self.run(*arguments, '--format', 'json')
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)
        return json.loads(done.stdout)

    def refs(self) -> dict[str, str]:
        """The refs of the remote with their commits."""
        return bare_refs(self.remote)

    def artifacts(self) -> list[Path]:
        """The files that runs of this clone have built."""
        return sorted(path for path in self.repository.root.glob('.releasekit/runs/*/artifacts/**/*') if path.is_file())

    def clone(self, name: str) -> Scene:
        """The same scene as seen from a fresh clone."""
        return dataclasses.replace(self, repository=self.repository.clone(self.folder / name))

    def _run(self, argv: Sequence[str], cwd: Path | None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            argv,
            cwd=cwd or self.repository.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding='utf-8',
            check=False,
        )


@contextlib.contextmanager
def scene(folder: Path, site: Site) -> Generator[Scene, None, None]:
    """One site as the workspace `ws` of a repository, its registry as the target `local`, all of it pushed."""
    with contextlib.ExitStack() as stack:
        served = stack.enter_context(site.start(folder / 'registry'))
        document = {
            'version': 1,
            'project': {'branch': 'main'},
            'workspaces': {'ws': {'ecosystem': site.ecosystem.name, 'targets': ['local']}},
            'targets': {'local': codec.encode(served.target)},
            'engine': {'retries': 1, 'backoff': 0.05, 'patience': 5},
        }
        # JSON is YAML.
        files = {**site.files, 'release.yaml': json.dumps(document, indent=2) + '\n'}
        repository = make_repository(folder / 'work', files, 'feat: begin')
        yield Scene(folder, repository, repository.add_remote(folder / 'remote.git'), {'ws': served})
