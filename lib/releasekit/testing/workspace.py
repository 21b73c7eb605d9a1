# SPDX-License-Identifier: Apache-2.0
"""Real git repositories in temporary folders, equal to the byte whenever they are built."""

from __future__ import annotations

import dataclasses
import itertools
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

# 2026-01-01T00:00:00Z; every commit and tag is a minute later than the one before.
START = 1_767_225_600
_STEP = 60

NAME = 'Tess Ter'
ADDRESS = 'tess@example.invalid'

_REFUSAL = '#!/bin/sh\necho "{reason}" >&2\nexit 1\n'


def isolated(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment in which git reads no configuration but the repository's own."""
    kept = {name: value for name, value in environment.items() if not name.startswith('GIT_')}
    return {
        **kept,
        'GIT_CONFIG_GLOBAL': os.devnull,
        'GIT_CONFIG_NOSYSTEM': '1',
        'GIT_TERMINAL_PROMPT': '0',
        'LC_ALL': 'C',
    }


@dataclasses.dataclass(frozen=True)
class Sandbox:
    """A working tree with its repository. Clones share the clock, so that no two commits have one date."""

    root: Path
    clock: Iterator[int] = dataclasses.field(default_factory=lambda: itertools.count(START, _STEP), repr=False)

    def git(self, *arguments: str, timestamp: int | None = None) -> str:
        """Run git in the folder and return what it wrote, without the last line end.

        Raises:
            AssertionError: git failed; its complaint is the message.
        """
        return _git(self.root, arguments, timestamp)

    def write(self, files: Mapping[str, str | bytes | None]) -> None:
        """Write files by POSIX path; None removes one."""
        for path, data in files.items():
            target = self.root / path
            if data is None:
                target.unlink()
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data.encode() if isinstance(data, str) else data)

    def commit(self, message: str, files: Mapping[str, str | bytes | None] | None = None) -> str:
        """Write files, commit the whole tree and return the hash; without a change the commit is empty."""
        self.write(files or {})
        self.git('add', '--all')
        self.git('commit', '--quiet', '--allow-empty', '--cleanup=verbatim', '-m', message, timestamp=next(self.clock))
        return self.head

    def merge(self, branch: str, message: str | None = None) -> str:
        """Merge a branch with a merge commit and return its hash."""
        text = message or f"Merge branch '{branch}'"
        self.git('merge', '--quiet', '--no-ff', '-m', text, branch, timestamp=next(self.clock))
        return self.head

    def tag(self, name: str, commit: str = 'HEAD') -> None:
        """Make an annotated tag."""
        self.git('tag', '--annotate', '-m', name, name, commit, timestamp=next(self.clock))

    @property
    def head(self) -> str:
        """The hash of the commit that is checked out."""
        return self.git('rev-parse', 'HEAD')

    def tags(self) -> list[str]:
        """The names of the tags, sorted."""
        return self.git('tag', '--list').split()

    def add_remote(self, folder: Path, name: str = 'origin') -> Path:
        """Make a bare repository in a folder, push everything there, follow it, and return the folder."""
        folder.mkdir(parents=True)
        _git(folder, ('init', '--quiet', '--bare', '--initial-branch=main', '.'))
        self.git('remote', 'add', name, str(folder))
        self.git('push', '--quiet', '--set-upstream', name, self.git('branch', '--show-current'))
        self.git('push', '--quiet', '--tags', name)
        return folder

    def clone(self, folder: Path, url: str | None = None) -> Sandbox:
        """Clone the remote, or another address, as a fresh machine would."""
        source = url or self.git('remote', 'get-url', 'origin')
        _git(self.root, ('clone', '--quiet', source, str(folder)))
        return _identified(Sandbox(folder, self.clock))


def make_repository(
    folder: Path, files: Mapping[str, str | bytes | None], message: str = 'chore: begin', branch: str = 'main'
) -> Sandbox:
    """Make a repository in a folder, new or not, and commit the files and what is there already."""
    folder.mkdir(parents=True, exist_ok=True)
    sandbox = Sandbox(folder)
    sandbox.git('init', '--quiet', f'--initial-branch={branch}', '.')
    _identified(sandbox).commit(message, files)
    return sandbox


def bare_refs(remote: Path) -> dict[str, str]:
    """The refs of a bare repository and the commits behind them."""
    form = '%(refname) %(if)%(*objectname)%(then)%(*objectname)%(else)%(objectname)%(end)'
    lines = _git(remote, ('for-each-ref', f'--format={form}')).splitlines()
    return dict(line.split(' ', maxsplit=1) for line in lines)


def refuse_pushes(remote: Path, reason: str = 'this branch is protected') -> Path:
    """Make a bare repository refuse every push, and return the hook: removing it makes the remote accept again."""
    hook = remote / 'hooks' / 'pre-receive'
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(_REFUSAL.format(reason=reason))
    hook.chmod(0o755)
    return hook


def _identified(sandbox: Sandbox) -> Sandbox:
    for key, value in {'user.name': NAME, 'user.email': ADDRESS, 'commit.gpgsign': 'false'}.items():
        sandbox.git('config', key, value)
    return sandbox


def _git(folder: Path, arguments: tuple[str, ...], timestamp: int | None = None) -> str:
    environment = isolated(os.environ)
    if timestamp is not None:
        environment |= dict.fromkeys(('GIT_AUTHOR_DATE', 'GIT_COMMITTER_DATE'), f'@{timestamp} +0000')
    done = subprocess.run(
        ['git', *arguments], cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    if done.returncode != 0:
        raise AssertionError(f'git {" ".join(arguments)}: {done.stderr.decode(errors="replace")}')
    return done.stdout.decode('utf-8', 'surrogateescape').rstrip('\n')
