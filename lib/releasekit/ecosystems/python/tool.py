# SPDX-License-Identifier: Apache-2.0
"""uv as commands: build a package, and try it in a fresh environment.

https://docs.astral.sh/uv/reference/cli/
"""

from __future__ import annotations

import importlib.resources
import re
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import Version

from releasekit import lazy
from releasekit.ecosystems.base import BuildJob, SmokeJob, Trial
from releasekit.ecosystems.python import dynamic
from releasekit.ecosystems.python.document import load
from releasekit.ecosystems.toml.document import Table, decode, table
from releasekit.ports import Command

if TYPE_CHECKING:
    from releasekit.ecosystems.python import archive
else:
    archive = lazy.module('releasekit.ecosystems.python.archive')

_INDEX = 'releasekit'


class Uv:
    """The commands of uv; it starts nothing itself."""

    def build(self, job: BuildJob) -> Sequence[Command]:
        """The command that builds sdist and wheel into `job.out`.

        `SOURCE_DATE_EPOCH` makes the builds of backends that heed it reproducible:
        https://reproducible-builds.org/specs/source-date-epoch/
        """
        env = {**job.env, 'SOURCE_DATE_EPOCH': str(job.timestamp), **_pretended(job)}
        argv = ('uv', 'build', '--no-progress', '--out-dir', str(job.out), '--', job.path)
        return [Command(argv, cwd=job.root, env=env)]

    def inspect(self, filename: str, content: bytes) -> tuple[str, str] | None:
        """The normalised name and the version that a built file says it holds, None for another file.

        Raises:
            ReleaseKitError: `RK-BUILD-WRONG` where the archive is broken or has no metadata.
        """
        return archive.inspect(filename, content)

    def complete(self, filenames: Collection[str]) -> bool:
        """Whether there is an sdist and a wheel, as one build makes them."""
        return all(any(filename.endswith(end) for filename in filenames) for end in (archive.WHEEL, archive.SDIST))

    def same(self, filename: str, ours: bytes, theirs: bytes) -> bool:
        """Whether two archives hold the same files; times, owners and order do not count."""
        return archive.same(filename, ours, theirs)

    def smoke(self, job: SmokeJob) -> Trial:
        """What makes an environment, installs the package and imports its top-level modules.

        uv picks the Python as ever: `UV_PYTHON` sets it.
        """
        environment = job.folder / 'venv'
        python = environment / ('Scripts/python.exe' if sys.platform == 'win32' else 'bin/python')
        install = ['uv', 'pip', 'install', '--no-progress', '--python', str(python)]
        if Version(job.version).is_prerelease:
            # Members of one prerelease require each other; only what is asked for by name may be one otherwise.
            install += ['--prerelease', 'allow']
        commands = [
            Command(('uv', 'venv', '--no-project', '--clear', str(environment)), cwd=job.folder),
            Command((*install, *_source(job)), cwd=job.folder, stdin=_constraints(job)),
            # What is installed says its version in the normal form, as uv writes it: 2026.8.1 for 2026.08.1.
            Command((str(python), '-I', '-', job.name, str(Version(job.version))), cwd=job.folder, stdin=_loader()),
        ]
        return Trial(commands)


def _source(job: SmokeJob) -> Sequence[str]:
    """The end of the installation's arguments: from the registry, or from the built files."""
    requirement = f'{job.name}=={job.version}'
    index = ['--index', f'{_INDEX}={job.index}'] if job.index else []
    if not job.artifacts:
        # Without --refresh a page or file from the cache could stand for what the registry serves now.
        return ['--refresh', *index, '--', requirement]
    folders = sorted({str(path.parent) for paths in job.artifacts.values() for path in paths})
    links = [word for folder in folders for word in ('--find-links', folder)]
    built = _built(job.artifacts.get(job.name, ()))
    return [*links, *index, '--constraints', '-', '--', requirement if built is None else str(built)]


def _constraints(job: SmokeJob) -> bytes:
    """A line for each file of this release, so that nothing of the same name elsewhere is taken for it.

    https://docs.astral.sh/uv/pip/compile/#adding-constraints
    """
    files = ((name, _built(paths)) for name, paths in sorted(job.artifacts.items()) if name != job.name)
    return ''.join(f'{name} @ {path.as_uri()}\n' for name, path in files if path is not None).encode()


def _built(files: Sequence[Path]) -> Path | None:
    """The wheel of a package, else its sdist; None where uv has to choose."""
    found = sorted(files, key=lambda path: (not path.name.endswith(archive.WHEEL), path.name))
    usable = [path for path in found if path.name.endswith((archive.WHEEL, archive.SDIST))]
    # Of several wheels uv knows which one fits the machine.
    several = sum(path.name.endswith(archive.WHEEL) for path in usable) > 1
    return usable[0] if usable and not several else None


def _pretended(job: BuildJob) -> Mapping[str, str]:
    """What tells setuptools-scm the version, since in a checkout it would count commits.

    hatch-vcs gives it no name, so there it is the variable that holds for all:
    https://setuptools-scm.readthedocs.io/en/latest/overrides/
    """
    data = _data(job.root / job.path / 'pyproject.toml')
    if not dynamic.comes_from_tag(data, _hatch(job, data)) or 'version' in table(data, 'project'):
        return {}
    named = 'SETUPTOOLS_SCM_PRETEND_VERSION_FOR_' + re.sub(r'[-_.]+', '_', job.name).upper()
    every = {'SETUPTOOLS_SCM_PRETEND_VERSION': job.version} if dynamic.uses_hatch(data) else {}
    return {named: job.version, **every}


def _hatch(job: BuildJob, data: Table) -> Table:
    return {**table(data, 'tool', 'hatch'), **_data(job.root / job.path / 'hatch.toml')}


def _data(path: Path) -> Table:
    return load(decode(path.read_bytes(), str(path)), str(path)) if path.is_file() else {}


def _loader() -> bytes:
    return importlib.resources.files(__package__ or '').joinpath('load.py').read_bytes()


def normalise(name: str) -> str:
    """The form of a name that all its spellings share: PEP 503."""
    return canonicalize_name(name)
