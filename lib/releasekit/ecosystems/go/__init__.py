# SPDX-License-Identifier: Apache-2.0
"""Go: modules of one repository, go.work, tags as versions, and module proxies."""

from __future__ import annotations

from releasekit.ecosystems.base import Ecosystem
from releasekit.ecosystems.go.lock import GoSums
from releasekit.ecosystems.go.manifest import GoMods
from releasekit.ecosystems.go.registry import GoProxies
from releasekit.ecosystems.go.sources import GoSources
from releasekit.ecosystems.go.survey import GO_SURVEY
from releasekit.ecosystems.go.tool import Go
from releasekit.ecosystems.go.versions import GoVersions
from releasekit.ecosystems.go.workspace import GoWorkspace
from releasekit.spec.kinds import Kind, TargetKind

_PROXY = 'https://proxy.golang.org/'

GO = Ecosystem(
    kind=Kind(
        'go',
        ('go',),
        (
            TargetKind(
                'go',
                _PROXY,
                _PROXY,
                'https://pkg.go.dev/{name}?tab=versions',
                '{index}/{name}/@v/list',
                beginnings=('direct',),
            ),
        ),
        '{path}/v{version}',
    ),
    markers=('go.work', 'go.mod'),
    survey=GO_SURVEY,
    tools={'go': ('go', 'version')},
    scheme='semver',
    pin='keep',
    workspace=GoWorkspace(),
    manifest=GoMods(),
    versions=GoVersions(),
    lock=GoSums(),
    tool=Go(),
    registries={'go': GoProxies()},
    needs=lambda _rules, _lock: ('go',),
    sources=GoSources(),
    by_tag=True,
)

__all__ = ['GO']
