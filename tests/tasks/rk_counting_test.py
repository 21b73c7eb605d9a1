# SPDX-License-Identifier: Apache-2.0
"""`--since` counts from another commit than the last release, `--if-changed` leaves alone what has nothing new."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from releasekit.testing.stage import Member, members
from releasekit.testing.workspace import Sandbox, isolated, make_repository

RELEASEKIT = str(Path(sys.executable).parent / 'releasekit')
SPEC = 'version: 1\nproject: {branch: main}\nworkspaces: {py: {ecosystem: python}}\n'


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))


@pytest.fixture
def shop(tmp_path: Path) -> Sandbox:
    """Two packages: `core` has a feature before its last release, and a text since; `app` has nothing."""
    files = {**members({'core': Member('1.0.0'), 'app': Member('1.0.0')}), 'release.yaml': SPEC}
    sandbox = make_repository(tmp_path / 'shop', files, 'feat: begin')
    sandbox.git('tag', 'core-v1.0.0')
    sandbox.git('tag', 'app-v1.0.0')
    sandbox.commit('feat: sell', {'packages/core/1': ''})
    sandbox.git('tag', 'core-v1.0.1')
    sandbox.commit('docs: sell', {'packages/core/README.md': ''})
    return sandbox


def run(where: Sandbox, *argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [RELEASEKIT, *argv],
        cwd=where.root,
        env=isolated(os.environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding='utf-8',
        check=False,
    )


def plan(where: Sandbox, *argv: str) -> dict[str, Any]:
    done = run(where, 'plan', '--format', 'json', *argv)
    assert done.returncode == 0, done.stdout
    return json.loads(done.stdout)


def versions(found: dict[str, Any]) -> dict[str, str]:
    return {package['id']: package['next'] for package in found['packages']}


def test_a_plan_counts_from_another_commit(shop: Sandbox) -> None:
    """The version goes on from the last release, and the plan's inputs say what was counted from."""
    assert versions(plan(shop)) == {}
    found = plan(shop, '--since', 'core-v1.0.0')
    assert versions(found) == {'py:core': '1.1.0'}
    assert found['packages'][0]['released'] == '1.0.1'
    assert found['inputs']['since'] == shop.git('rev-parse', 'core-v1.0.0')
    assert 'feat: sell' in run(shop, 'why', 'core', '--since', 'core-v1.0.0').stdout
    assert '1.1.0' in run(shop, 'version', '--since', 'core-v1.0.0').stdout


def test_what_is_counted_from_is_in_this_history(shop: Sandbox) -> None:
    """Else it is a wrong command line."""
    done = run(shop, 'plan', '--since', 'nothing')
    assert (done.returncode, 'There is no commit `nothing` here.' in done.stderr) == (2, True)
    shop.git('switch', '--quiet', '--create', 'side')
    aside = shop.commit('feat: aside', {'packages/app/1': ''})
    shop.git('switch', '--quiet', 'main')
    done = run(shop, 'plan', '--since', 'side')
    assert (done.returncode, f'{aside[:12]} is not in the history' in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ('argv', 'expected'),
    [
        (('--bump', 'core=minor', '--bump', 'app=minor'), {'py:core': '1.1.0', 'py:app': '1.1.0'}),
        (('--bump', 'core=minor', '--bump', 'app=minor', '--if-changed'), {'py:core': '1.1.0'}),
        (('--set', 'core=3.0.0', '--set', 'app=3.0.0', '--if-changed'), {'py:core': '3.0.0'}),
        (('--if-changed',), {}),
    ],
)
def test_what_has_nothing_new_is_left_alone(shop: Sandbox, argv: tuple[str, ...], expected: dict[str, str]) -> None:
    """A commit of any type is something new."""
    found = plan(shop, *argv)
    assert versions(found) == expected
    assert found['inputs'].get('if_changed') == (True if '--if-changed' in argv else None)
