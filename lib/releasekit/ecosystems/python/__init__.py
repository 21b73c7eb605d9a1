# SPDX-License-Identifier: Apache-2.0
"""Python: uv workspaces, pyproject.toml, uv.lock, and indexes that speak PyPI's protocols."""

from __future__ import annotations

from releasekit.ecosystems.base import Ecosystem
from releasekit.ecosystems.python.environments import UvEnvironments
from releasekit.ecosystems.python.lock import UvLock
from releasekit.ecosystems.python.manifest import Manifests
from releasekit.ecosystems.python.registry import Pypi
from releasekit.ecosystems.python.survey import PYTHON_SURVEY
from releasekit.ecosystems.python.tool import Uv, normalise
from releasekit.ecosystems.python.versions import Pep440
from releasekit.ecosystems.python.workspace import UvWorkspace
from releasekit.spec.kinds import Kind, TargetKind

PYTHON = Ecosystem(
    kind=Kind(
        'python',
        ('uv',),
        (
            TargetKind(
                'pypi',
                'https://upload.pypi.org/legacy/',
                'https://pypi.org/simple/',
                'https://pypi.org/project/{name}/{version}/',
                '{index}/{name}/',
            ),
        ),
    ),
    markers=('pyproject.toml',),
    survey=PYTHON_SURVEY,
    tools={'uv': ('uv', '--version')},
    scheme='pep440',
    pin='minimum',
    workspace=UvWorkspace(),
    manifest=Manifests(),
    versions=Pep440(),
    lock=UvLock(),
    tool=Uv(),
    registries={'pypi': Pypi()},
    needs=lambda _rules, _lock: ('uv',),
    normalise=normalise,
    environments=UvEnvironments(),
)

__all__ = ['PYTHON']
