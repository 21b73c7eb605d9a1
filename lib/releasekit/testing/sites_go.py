# SPDX-License-Identifier: Apache-2.0
"""The site of Go: two modules with a go.work, and a proxy that fetches them from the remote of their repository.

The remote is the `remote.git` beside the folder that the site is started in.
"""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Mapping
from pathlib import Path

from releasekit.ecosystems.go import GO
from releasekit.spec.model import Target
from releasekit.testing.goproxy import HOST, GoRepository, go_proxy
from releasekit.testing.site import Served, Site

_BASE, _TOP = f'{HOST}/ant', f'{HOST}/bee'
# What children of a release may see of it: the rest is the same for every child of this machine.
_SHOWN = ('GOCACHE', 'GOFLAGS', 'GOMODCACHE', 'GOPATH', 'GOPROXY', 'GOSUMDB', 'GOTOOLCHAIN')


def _start(folder: Path) -> Served:
    repository = GoRepository(folder, folder.parent / 'remote.git').create()
    kept = folder / 'proxy'
    kept.mkdir()
    stack = contextlib.ExitStack()
    url = stack.enter_context(go_proxy(repository, kept))
    seen = {name: repository.environment[name] for name in _SHOWN}
    # Nothing but the proxy of the target serves the modules.
    return Served(Target('go', url, url, 'none'), None, stack.close, {**seen, 'GOPROXY': 'off'})


def _members(root: Path, environment: Mapping[str, str]) -> frozenset[str]:
    found = subprocess.run(['go', 'list', '-m'], cwd=root, env=environment, capture_output=True, text=True, check=True)
    return frozenset(found.stdout.split())


SITE = Site(
    ecosystem=GO,
    base=_BASE,
    top=_TOP,
    files={
        'go.work': 'go 1.21\n\nuse (\n\t./ant\n\t./bee\n)\n',
        'ant/go.mod': f'module {_BASE}\n\ngo 1.21\n',
        'ant/ant.go': '// Package ant counts.\npackage ant\n\nfunc Legs() int { return 6 }\n',
        'bee/go.mod': f'module {_TOP}\n\ngo 1.21\n\nrequire {_BASE} v0.0.0\n',
        'bee/bee.go': f'package bee\n\nimport "{_BASE}"\n\n// Legs counts.\nfunc Legs() int {{ return ant.Legs() }}\n',
        'bee/cmd/bee/main.go': f'package main\n\nimport "{_TOP}"\n\nfunc main() {{ println(bee.Legs()) }}\n',
    },
    other=('ant/ant.go', '// Package ant counts.\npackage ant\n\nfunc Legs() int { return 3 + 3 }\n'),
    members=_members,
    start=_start,
    programs=('go', 'git'),
    yanks=False,
)
