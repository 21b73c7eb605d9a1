# SPDX-License-Identifier: Apache-2.0
"""cargo as commands: pack a package, and try it in a fresh project.

https://doc.rust-lang.org/cargo/commands/
"""

from __future__ import annotations

import importlib.resources
import sys
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from releasekit import lazy
from releasekit.ecosystems.base import BuildJob, SmokeJob, Trial
from releasekit.ecosystems.rust.document import LOCK
from releasekit.ports import Command

if TYPE_CHECKING:
    from releasekit.ecosystems.rust import chain, crate, trial
else:
    chain = lazy.module('releasekit.ecosystems.rust.chain')
    crate = lazy.module('releasekit.ecosystems.rust.crate')
    trial = lazy.module('releasekit.ecosystems.rust.trial')


class Cargo:
    """The commands of cargo; it starts nothing itself."""

    def build(self, job: BuildJob) -> Sequence[Command]:
        """The commands that pack a crate, compile what was packed, and leave the .crate in `job.out`.

        What the package needs of the same release is packed along, for then cargo takes it for published: 1.90 and
        later. cargo marks a tree that differs from its commit as dirty in the crate. The checkout is our own: what
        differs there are exact pins, or what `build.setup` made, and is meant. Without a lock file in the repository
        there is none in the crate either: cargo would make one of what is newest that day.

        Raises:
            ReleaseKitError: `RK-MANIFEST-INVALID`.
        """
        needed = chain.chain(job)
        target = job.out / 'target'
        pack = ['cargo', 'package', '--quiet', '--allow-dirty', '--target-dir', str(target)]
        pack += ['--manifest-path', str(job.root / job.path / 'Cargo.toml')]
        pack += [word for name in needed.names for word in ('--package', name)]
        pack += ['--offline'] if needed.alone else []
        pack += [] if (job.root / job.workspace / LOCK).is_file() else ['--exclude-lockfile']
        pack += ['--registry', needed.registry] if needed.registry else []
        filename = f'{job.name}-{job.version}{crate.SUFFIX}'
        keep = (sys.executable, '-I', '-', str(target), filename, str(job.out))
        return [
            Command(tuple(pack), cwd=job.root / job.workspace, env=job.env),
            Command(keep, cwd=job.out, stdin=_script('keep.py')),
        ]

    def inspect(self, filename: str, content: bytes) -> tuple[str, str] | None:
        """The name and the version that a built file says it holds, None for another file.

        Raises:
            ReleaseKitError: `RK-BUILD-WRONG` where the archive is broken or has no manifest.
        """
        return crate.inspect(filename, content)

    def complete(self, filenames: Collection[str]) -> bool:
        """Whether there is one crate, as one build makes it."""
        return len(filenames) == 1 and all(filename.endswith(crate.SUFFIX) for filename in filenames)

    def same(self, filename: str, ours: bytes, theirs: bytes) -> bool:
        """Whether two crates hold the same files; times, order and the commit do not count."""
        return crate.same(filename, ours, theirs)

    def smoke(self, job: SmokeJob) -> Trial:
        """What makes a project that depends on the crate, and compiles both, programs of the crate too.

        cargo takes a version that it has once unpacked for what the registry serves now, without a look at its
        checksum; so what comes from a registry comes into a home of its own.

        Raises:
            ReleaseKitError: `RK-BUILD-WRONG` where a crate of this release cannot be read.
        """
        check = ['cargo', 'check', '--quiet', '--target-dir', str(job.folder / 'target')]
        check += ['--package', trial.NAME, '--package', f'{job.name}@{job.version}']
        if job.artifacts:
            files, alone = trial.built(job)
            return Trial([Command((*check, *(['--offline'] if alone else [])), cwd=job.folder)], files)
        home = str(job.folder / 'home')
        make = Command((sys.executable, '-I', '-', home), cwd=job.folder, stdin=_script('home.py'))
        return Trial([make, Command(tuple(check), cwd=job.folder, env={'CARGO_HOME': home})], trial.published(job))


def _script(name: str) -> bytes:
    return importlib.resources.files(__package__ or '').joinpath(name).read_bytes()
