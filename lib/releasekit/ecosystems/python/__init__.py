# SPDX-License-Identifier: Apache-2.0
"""Python: uv workspaces, pyproject.toml, uv.lock, and indexes that speak PyPI's protocols."""

from __future__ import annotations

from releasekit.ecosystems.base import Ecosystem
from releasekit.ecosystems.python.lock import UvLock
from releasekit.ecosystems.python.manifest import Manifests
from releasekit.ecosystems.python.registry import Pypi
from releasekit.ecosystems.python.tool import Uv, normalise
from releasekit.ecosystems.python.versions import Pep440
from releasekit.ecosystems.python.workspace import UvWorkspace

PYTHON = Ecosystem(
    name='python',
    markers=('pyproject.toml',),
    tools=('uv',),
    scheme='pep440',
    pin='minimum',
    workspace=UvWorkspace(),
    manifest=Manifests(),
    versions=Pep440(),
    lock=UvLock(),
    tool=Uv(),
    registries={'pypi': Pypi()},
    normalise=normalise,
)

__all__ = ['PYTHON']
