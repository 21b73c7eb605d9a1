# SPDX-License-Identifier: Apache-2.0
"""The site of Python: a uv workspace, and pypiserver."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from releasekit.ecosystems.python import PYTHON
from releasekit.ports import Credential
from releasekit.spec.model import EnvValue, PasswordAuth, Target
from releasekit.testing.indexes import start_pypiserver
from releasekit.testing.site import VERSION, Served, Site
from releasekit.testing.stage import Member, members, module


def _start(folder: Path) -> Served:
    index = start_pypiserver(folder / 'index')
    auth = PasswordAuth(EnvValue('INDEX_USERNAME'), EnvValue('INDEX_PASSWORD'))
    # uv keeps the cache that it has, which saves every build from fetching its backend.
    cache = os.environ.get('UV_CACHE_DIR') or str(Path.home() / '.cache' / 'uv')
    return Served(
        Target('pypi', index.url, index.index, auth),
        Credential(index.username, index.password),
        index.stop,
        {'UV_CACHE_DIR': cache},
        {'INDEX_USERNAME': index.username, 'INDEX_PASSWORD': index.password},
    )


def _members(root: Path, environment: Mapping[str, str]) -> frozenset[str]:
    argv = ['uv', 'workspace', 'list', '--preview']
    found = subprocess.run(argv, cwd=root, env=environment, capture_output=True, text=True, check=True)
    return frozenset(found.stdout.split())


SITE = Site(
    ecosystem=PYTHON,
    base='ant',
    top='bee',
    files=members({'ant': Member(VERSION), 'bee': Member(VERSION, ('ant',))}),
    other=(module('ant'), '"""Another package ant."""\n'),
    members=_members,
    start=_start,
    programs=('uv',),
    yanks=False,
)
