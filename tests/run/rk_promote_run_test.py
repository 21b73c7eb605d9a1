# SPDX-License-Identifier: Apache-2.0
"""A promotion is a release like any other: it can be saved, applied, interrupted and finished from elsewhere."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from releasekit.testing.stage import QUICK, Member, Stage, members, module, set_stage
from releasekit.testing.workspace import bare_refs

pytestmark = pytest.mark.slow

BRANCHES = 'branches: {main: {channel: latest, prerelease: rc}}\n'


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A candidate of one of two packages; the other has changes that are in no release."""
    packages = members({'ant': Member('1.0.0'), 'bee': Member('1.0.0')})
    found = set_stage(tmp_path, {**packages, 'release.yaml': QUICK + BRANCHES})
    with found.index:
        for name in ('ant', 'bee'):
            found.repository.tag(f'{name}-v1.0.0')
        found.repository.commit('feat(ant): walk', {module('ant'): '"""Walks."""\n'})
        found.repository.git('push', '--quiet', '--follow-tags', 'origin', 'main')
        done = found.run('release', '--yes')
        assert done.returncode == 0, done.stdout + done.stderr
        found.repository.commit('fix(bee): buzz', {module('bee'): '"""Buzzes."""\n'})
        found.repository.git('push', '--quiet', 'origin', 'main')
        yield found


def tags(stage: Stage) -> list[str]:
    return sorted(ref.removeprefix('refs/tags/') for ref in bare_refs(stage.remote) if ref.startswith('refs/tags/ant'))


def test_a_promotion_that_was_killed_is_finished_from_a_fresh_clone(stage: Stage) -> None:
    """By the manifest in its release commit, and without making another candidate."""
    script = [sys.executable, '-m', 'releasekit.testing.kill', 'kill-after', 'done push', '--', 'promote', '--yes']
    killed = subprocess.run(
        script, cwd=stage.repository.root, env=stage.environment, capture_output=True, text=True, check=False
    )
    assert killed.returncode == -9, killed.stdout + killed.stderr
    assert 'ant-1.1.0.tar.gz' not in stage.published()
    ended = stage.run('release', '--yes', cwd=stage.clone().root)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert tags(stage) == ['ant-v1.0.0', 'ant-v1.1.0', 'ant-v1.1.0rc1']
    assert {'ant-1.1.0.tar.gz', 'ant-1.1.0-py3-none-any.whl'} < stage.published().keys()
    assert not any(name.startswith('bee') for name in stage.published())


def test_a_saved_promotion_is_applied(stage: Stage) -> None:
    """Planning it again gives the same bytes; a dry run changes nothing."""
    before = stage.world()
    saved = stage.run('promote', '--dry-run', '--format', 'json')
    assert saved.returncode == 0, saved.stderr
    assert stage.world() == before
    path = stage.folder / 'plan.json'
    path.write_text(saved.stdout)
    applied = stage.run('apply', str(path), '--yes')
    assert applied.returncode == 0, applied.stdout + applied.stderr
    assert tags(stage) == ['ant-v1.0.0', 'ant-v1.1.0', 'ant-v1.1.0rc1']
    again = stage.run('promote', '--yes')
    assert again.returncode == 0
    assert 'the newest release of no package is a prerelease' in again.stdout + again.stderr
