# SPDX-License-Identifier: Apache-2.0
"""The site of JavaScript: an npm workspace with its lock file, and verdaccio."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from releasekit.ecosystems.js import JS
from releasekit.ports import Credential
from releasekit.spec.model import EnvValue, Target, TokenAuth
from releasekit.testing.site import VERSION, Served, Site
from releasekit.testing.verdaccio import PROGRAMS, start_verdaccio

_BASE, _TOP = '@acme/ant', 'acme-bee'
_TOKEN = 'NPM_TOKEN'  # noqa: S105 - the name of a variable
_BASE_MANIFEST = {'name': _BASE, 'version': VERSION, 'main': 'index.js'}
_TOP_MANIFEST = {
    'name': _TOP,
    'version': VERSION,
    'type': 'module',
    'exports': './index.js',
    'dependencies': {_BASE: f'^{VERSION}'},
}


def _start(folder: Path) -> Served:
    registry = start_verdaccio(folder / 'registry')
    # Nothing of the user's own configuration, and nothing that an earlier registry of this address served.
    config, cache = folder / 'npmrc', folder / 'cache'
    config.touch()
    environment = {'npm_config_userconfig': str(config), 'npm_config_cache': str(cache)}
    return Served(
        Target('npm', registry.url, registry.url, TokenAuth(EnvValue(_TOKEN))),
        Credential('', registry.token),
        registry.stop,
        {**environment, 'npm_config_registry': registry.url},
        {_TOKEN: registry.token},
    )


def _members(root: Path, environment: Mapping[str, str]) -> frozenset[str]:
    argv = ['npm', 'query', '.workspace', '--package-lock-only']
    seen = {**os.environ, **environment}
    found = subprocess.run(argv, cwd=root, env=seen, capture_output=True, text=True, check=True)
    return frozenset(member['name'] for member in json.loads(found.stdout))


def _text(document: object) -> str:
    return json.dumps(document, indent=2) + '\n'


def _lock() -> str:
    """What `npm install --package-lock-only` writes."""
    packages = {
        '': {'workspaces': ['packages/*']},
        f'node_modules/{_BASE}': {'resolved': 'packages/ant', 'link': True},
        f'node_modules/{_TOP}': {'resolved': 'packages/bee', 'link': True},
        'packages/ant': {'name': _BASE, 'version': VERSION},
        'packages/bee': {'name': _TOP, 'version': VERSION, 'dependencies': _TOP_MANIFEST['dependencies']},
    }
    return _text({'lockfileVersion': 3, 'requires': True, 'packages': packages})


SITE = Site(
    ecosystem=JS,
    base=_BASE,
    top=_TOP,
    files={
        'package.json': _text({'private': True, 'workspaces': ['packages/*']}),
        'package-lock.json': _lock(),
        'packages/ant/package.json': _text(_BASE_MANIFEST),
        'packages/ant/index.js': "'use strict';\nexports.legs = () => 6;\n",
        'packages/bee/package.json': _text(_TOP_MANIFEST),
        'packages/bee/index.js': "import ant from '@acme/ant';\nexport const legs = ant.legs;\n",
    },
    other=('packages/ant/index.js', "'use strict';\nexports.legs = () => 3 + 3;\n"),
    members=_members,
    start=_start,
    programs=PROGRAMS,
    yanks=True,
)
