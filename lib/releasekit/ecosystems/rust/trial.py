# SPDX-License-Identifier: Apache-2.0
"""The files of a fresh project that depends on one crate: from a registry, or from the crates of a release."""

from __future__ import annotations

import re
from collections.abc import Mapping

from releasekit.ecosystems.base import SmokeJob
from releasekit.ecosystems.cargo import MANIFEST
from releasekit.ecosystems.rust import crate as crates
from releasekit.ecosystems.rust.upload import is_crates_io
from releasekit.ecosystems.toml.document import table

NAME = 'releasekit-smoke'
_FOLDER = 'crates'
_REGISTRY = 'releasekit'

_PROJECT = f"""\
[package]
name = "{NAME}"
version = "0.0.0"
edition = "2021"
publish = false

[workspace]
exclude = ["{_FOLDER}"]

[dependencies]
tried = {{ %s }}
"""
# cargo writes every dependency as a table of its own into the manifest that it packs.
_ENTRY = re.compile(
    r'^\[(?:target\..*\.)?(?P<kind>dev-|build-|)dependencies\."?(?P<key>[\w-]+)"?\]\n(?P<lines>(?:(?!\[).*\n?)*)',
    re.MULTILINE,
)
_RENAMED = re.compile(r'^package = "([^"\n]+)"$', re.MULTILINE)
_ELSEWHERE = re.compile(r'^(?:registry-index|path) = .*\n', re.MULTILINE)


def published(job: SmokeJob) -> Mapping[str, bytes]:
    """A project that has the crate from a registry, crates.io where none is named."""
    wanted = f'package = "{job.name}", version = "={job.version}"'
    if job.index is None or is_crates_io(job.index):
        return _project(wanted)
    config = f'[registries.{_REGISTRY}]\nindex = "sparse+{job.index.rstrip("/")}/"\n'
    return {**_project(f'{wanted}, registry = "{_REGISTRY}"'), '.cargo/config.toml': config.encode()}


def built(job: SmokeJob) -> tuple[Mapping[str, bytes], bool]:
    """A project beside the unpacked crates, which find each other by path; and whether nothing else is needed.

    Raises:
        ReleaseKitError: `RK-BUILD-WRONG` where a crate cannot be read.
    """
    paths = {name: paths[0] for name, paths in job.artifacts.items() if paths}
    unpacked = {name: crates.read(path.name, path.read_bytes()) for name, path in paths.items()}
    files: dict[str, bytes] = {}
    for name, crate in unpacked.items():
        manifest = _ENTRY.sub(lambda found: _beside(found, unpacked), crate.files[MANIFEST].decode())
        files |= {f'{_FOLDER}/{name}/{path}': content for path, content in crate.files.items()}
        files[f'{_FOLDER}/{name}/{MANIFEST}'] = manifest.encode()
    alone = all(_alone(crate, unpacked) for crate in unpacked.values())
    return {**files, **_project(f'package = "{job.name}", path = "{_FOLDER}/{job.name}"')}, alone


def _project(dependency: str) -> Mapping[str, bytes]:
    return {MANIFEST: (_PROJECT % dependency).encode(), 'src/lib.rs': b''}


def _beside(found: re.Match[str], unpacked: Mapping[str, crates.Crate]) -> str:
    """An entry of a manifest, with a path to its crate where that is of the same release."""
    renamed = _RENAMED.search(found['lines'])
    name = renamed[1] if renamed else found['key']
    if name not in unpacked:
        return found[0]
    header = found[0][: found.start('lines') - found.start()]
    return f'{header}path = "../{name}"\n{_ELSEWHERE.sub("", found["lines"])}'


def _alone(crate: crates.Crate, unpacked: Mapping[str, crates.Crate]) -> bool:
    tables = [crate.manifest, *map(table, table(crate.manifest, 'target').values())]
    entries = [
        (key, entry)
        for data in tables
        for name in ('dependencies', 'build-dependencies')
        for key, entry in table(data, name).items()
    ]
    return all(str(table(entry).get('package', key)) in unpacked for key, entry in entries)
