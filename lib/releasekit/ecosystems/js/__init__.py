# SPDX-License-Identifier: Apache-2.0
"""JavaScript and TypeScript: workspaces of npm, pnpm and yarn, package.json, and registries of npm's protocol."""

from __future__ import annotations

from releasekit.ecosystems.base import Ecosystem
from releasekit.ecosystems.js import layout
from releasekit.ecosystems.js.lock import Locks
from releasekit.ecosystems.js.manifest import Manifests
from releasekit.ecosystems.js.registry import Npm
from releasekit.ecosystems.js.survey import JS_SURVEY
from releasekit.ecosystems.js.tool import Node
from releasekit.ecosystems.js.versions import Semver
from releasekit.ecosystems.js.workspace import NodeWorkspace
from releasekit.spec.kinds import Kind, TargetKind
from releasekit.spec.model import WorkspaceSpec

_REGISTRY = 'https://registry.npmjs.org/'


def _needs(rules: WorkspaceSpec, lock: str | None) -> frozenset[str]:
    """The workspace's tool, and npm with Node, which try what was packed."""
    named = rules.tool or (layout.of_lock(lock).value if lock else 'npm')
    return frozenset({'node', 'npm', named})


JS = Ecosystem(
    kind=Kind(
        'js',
        ('npm', 'pnpm', 'yarn'),
        (
            TargetKind(
                'npm',
                _REGISTRY,
                _REGISTRY,
                'https://www.npmjs.com/package/{name}/v/{version}',
                '{index}/{name}',
                options=('provenance', 'staged'),
            ),
        ),
    ),
    markers=(layout.MANIFEST, layout.PNPM_WORKSPACE),
    survey=JS_SURVEY,
    tools={name: (name, '--version') for name in ('node', 'npm', 'pnpm', 'yarn')},
    scheme='semver',
    pin='keep',
    workspace=NodeWorkspace(),
    manifest=Manifests(),
    versions=Semver(),
    lock=Locks(),
    tool=Node(),
    registries={'npm': Npm()},
    needs=_needs,
)

__all__ = ['JS']
