# SPDX-License-Identifier: Apache-2.0
"""Whole releases of Go modules: a circle that begins, and a major version within it."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest

from releasekit.testing.goproxy import HOST, GoRepository
from releasekit.testing.scene import Scene, scene
from releasekit.testing.sites_go import SITE

pytestmark = [
    pytest.mark.skipif(shutil.which('go') is None, reason='go is not on this machine'),
    pytest.mark.slow,
]

ANT, BEE = f'{HOST}/ant', f'{HOST}/bee'
# Each uses the other; `bee` has a replacement, so that it needs no sum of `ant`, whose sum needs its own.
CIRCLE = {
    'go.work': SITE.files['go.work'],
    'ant/go.mod': f'module {ANT}\n\ngo 1.21\n\nrequire {BEE} v0.0.0\n',
    'ant/ant.go': 'package ant\n\nfunc F() {}\n',
    'ant/use/use.go': f'package use\n\nimport _ "{BEE}"\n',
    'bee/go.mod': f'module {BEE}\n\ngo 1.21\n\nrequire {ANT} v0.0.0\n\nreplace {ANT} => ../ant\n',
    'bee/bee.go': 'package bee\n\nfunc F() {}\n',
    'bee/use/use.go': f'package use\n\nimport _ "{ANT}"\n',
}


def released(stage: Scene, *arguments: str) -> None:
    done = stage.run('release', '--yes', *arguments)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_circle_and_its_major_version(tmp_path: Path) -> None:
    """Every version of it can be fetched, each was built and tried, and each commit has all its tags."""
    with scene(tmp_path, dataclasses.replace(SITE, files=CIRCLE)) as stage:
        released(stage)
        stage.repository.git('pull', '--quiet', '--ff-only', 'origin', 'main')
        stage.repository.commit('feat!: more of it', {'ant/ant.go': 'package ant\n\nfunc G() {}\n'})
        stage.repository.git('push', '--quiet', 'origin', 'main')
        released(stage, '--set', f'{ANT}=2.0.0')
        changed = stage.repository.git('diff', '--name-only', 'HEAD~1', 'HEAD').split()
        tags = {ref for ref in stage.refs() if ref.startswith('refs/tags/')}

    assert tags == {f'refs/tags/{each}' for each in ('ant/v0.1.0', 'bee/v0.1.0', 'ant/v2.0.0', 'bee/v0.1.1')}
    assert {path for path in changed if not path.endswith(('.md', '.json'))} == {
        'ant/go.mod',
        'ant/go.sum',
        'bee/go.mod',
        'bee/use/use.go',
    }
    users = GoRepository(tmp_path / 'users', stage.remote).create()
    for module in (f'{ANT}@v0.1.0', f'{BEE}@v0.1.0', f'{ANT}/v2@v2.0.0', f'{BEE}@v0.1.1'):
        place = users.folder / 'consumer'
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        users.run('go', 'mod', 'init', 'consumer', folder=place)
        users.run('go', 'get', module, folder=place)
        users.run('go', 'build', '-mod=mod', f'{module.partition("@")[0]}/...', folder=place)
        users.run('go', 'mod', 'verify', folder=place)
