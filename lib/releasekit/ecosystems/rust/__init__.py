# SPDX-License-Identifier: Apache-2.0
"""Rust: cargo workspaces, Cargo.toml, Cargo.lock, and registries that speak crates.io's protocols."""

from __future__ import annotations

from releasekit.ecosystems.base import Ecosystem
from releasekit.ecosystems.rust.lock import CargoLock
from releasekit.ecosystems.rust.manifest import Manifests
from releasekit.ecosystems.rust.registry import Crates
from releasekit.ecosystems.rust.survey import RUST_SURVEY
from releasekit.ecosystems.rust.tool import Cargo
from releasekit.ecosystems.rust.versions import CargoVersions
from releasekit.ecosystems.rust.workspace import CargoWorkspace
from releasekit.spec.kinds import Kind, TargetKind

RUST = Ecosystem(
    kind=Kind(
        'rust',
        ('cargo',),
        (
            TargetKind(
                'crates',
                'https://crates.io/',
                'https://index.crates.io/',
                'https://crates.io/crates/{name}/{version}',
                '{index}/config.json',
            ),
        ),
    ),
    markers=('Cargo.toml',),
    survey=RUST_SURVEY,
    tools={'cargo': ('cargo', '--version')},
    scheme='semver',
    pin='keep',
    workspace=CargoWorkspace(),
    manifest=Manifests(),
    versions=CargoVersions(),
    lock=CargoLock(),
    tool=Cargo(),
    registries={'crates': Crates()},
    needs=lambda _rules, _lock: ('cargo',),
)

__all__ = ['RUST']
