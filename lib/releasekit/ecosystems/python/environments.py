# SPDX-License-Identifier: Apache-2.0
"""Environments for the commands of tasks, made by uv: from uv.lock where there is one, else from pyproject.toml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from releasekit.compat import tomllib
from releasekit.ecosystems.base import EnvironmentJob
from releasekit.errors import Code, fail
from releasekit.ports import Command

_PROJECT, _LOCK = 'pyproject.toml', 'uv.lock'


class UvEnvironments:
    """Virtual environments.

    With a lock it is `uv sync` of exactly that, without groups that were not asked for:
    https://docs.astral.sh/uv/concepts/projects/sync/. Without one uv would write a lock into the tree, so that a plain
    environment gets the project, editable, and its groups: https://docs.astral.sh/uv/pip/packages/.
    """

    reads: tuple[str, ...] = (_PROJECT, _LOCK, '.python-version')

    def make(self, job: EnvironmentJob, files: Mapping[str, bytes]) -> Sequence[Command]:
        """One command with a lock, two without.

        Raises:
            ReleaseKitError: `RK-MANIFEST-INVALID` where pyproject.toml is no TOML.
        """
        python = ('--python', job.version) if job.version else ()
        groups = tuple(word for group in job.groups for word in ('--group', group))
        if _LOCK in files:
            argv = ('uv', 'sync', '--quiet', '--frozen', '--all-packages', '--no-default-groups', *python, *groups)
            return (Command(argv, cwd=job.root, env={'UV_PROJECT_ENVIRONMENT': str(job.folder)}),)
        made = Command(('uv', 'venv', '--quiet', '--no-project', *python, str(job.folder)), cwd=job.root)
        own = ('--editable', '.') if _has_project(files.get(_PROJECT, b'')) else ()
        if not (own or groups):
            return (made,)
        into = ('uv', 'pip', 'install', '--quiet', '--python', str(job.folder / 'bin' / 'python'))
        return (made, Command((*into, *groups, *own), cwd=job.root))

    def variables(self, folder: Path, path: str) -> Mapping[str, str]:
        """What `activate` sets: https://docs.python.org/3/library/venv.html#how-venvs-work."""
        return {'PATH': f'{folder / "bin"}:{path}', 'VIRTUAL_ENV': str(folder)}


def _has_project(content: bytes) -> bool:
    try:
        return 'project' in tomllib.loads(content.decode())
    except ValueError as error:
        message = f'{_PROJECT} is no TOML: {error}.'
        raise fail(Code.MANIFEST_INVALID, message, f'Correct {_PROJECT}.') from error
