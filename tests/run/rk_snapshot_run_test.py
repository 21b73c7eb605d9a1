# SPDX-License-Identifier: Apache-2.0
"""Snapshots are really written, built and published, once, and leave nothing in any repository."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import httpx
import pytest

from releasekit.testing import sites_js
from releasekit.testing.scene import Scene, scene
from releasekit.testing.stage import QUICK, Member, Stage, members, module, set_stage

pytestmark = pytest.mark.slow

PAIR = {'ant': Member('1.0.0'), 'bee': Member('1.0.0', ('ant',))}
ANT, BEE = (re.compile(rf'{name}-1\.[01]\.[01]\.dev\d{{14}}(-py3-none-any\.whl|\.tar\.gz)') for name in PAIR)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Two released packages; one has a feature since, on a branch that is nowhere else."""
    found = set_stage(tmp_path, {**members(PAIR), 'release.yaml': QUICK})
    with found.index:
        for name in PAIR:
            found.repository.tag(f'{name}-v1.0.0')
        found.repository.git('push', '--quiet', '--tags', 'origin')
        found.repository.git('switch', '--quiet', '--create', 'feature')
        found.repository.commit('feat(ant): walk', {module('ant'): '"""Walks."""\n'})
        yield found


def state(stage: Stage) -> tuple[str, ...]:
    """All refs here and there, and the tree."""
    git = stage.repository.git
    refs = git('for-each-ref'), git('ls-remote', 'origin')
    return (*refs, git('rev-parse', 'HEAD'), git('status', '--porcelain'), git('worktree', 'list'))


def test_a_snapshot_is_published_once_and_nothing_else_changes(stage: Stage) -> None:
    """From any branch; the same commit again finds all done, also from a fresh clone."""
    before = state(stage)
    first = stage.run('snapshot', '--yes')
    assert first.returncode == 0, first.stdout + first.stderr
    published = stage.published()
    assert sum(bool(ANT.fullmatch(name)) for name in published) == 2
    assert sum(bool(BEE.fullmatch(name)) for name in published) == 2
    assert len(published) == 4
    assert state(stage) == before

    again = stage.run('snapshot', '--yes')
    assert (again.returncode, stage.published()) == (0, published), again.stdout + again.stderr

    stage.repository.git('push', '--quiet', 'origin', 'feature')
    clone = stage.clone()
    clone.git('switch', '--quiet', '--detach', 'origin/feature')
    other = stage.run('snapshot', '--yes', cwd=clone.root)
    assert (other.returncode, stage.published()) == (0, published), other.stdout + other.stderr


def test_a_snapshot_that_was_killed_goes_on(stage: Stage) -> None:
    """Each file is uploaded exactly once."""
    script = [
        sys.executable,
        '-m',
        'releasekit.testing.kill',
        'kill-after',
        'intended upload',
        '--',
        'snapshot',
        '--yes',
    ]
    killed = subprocess.run(
        script, cwd=stage.repository.root, env=stage.environment, capture_output=True, text=True, check=False
    )
    assert killed.returncode == -9, killed.stdout + killed.stderr
    ended = stage.run('snapshot', '--yes')
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert len(stage.published()) == 4
    events = [event['key'] for event in stage.journal() if event['event'] == 'done']
    uploads = [key for key in events if key.startswith('upload:') and '/' in key]
    assert len(uploads) == len(set(uploads)) == 4


@pytest.mark.parametrize(
    ('flags', 'form'),
    [
        (('--pr', '42'), r'1\.1\.0\.dev42\d{14}'),
        (('--by', 'commit'), r'1\.1\.0\.dev\d{1,9}'),
        (('--by', 'time', '--date', '2026-11-29'), r'1\.1\.0\.dev20261129000000'),
    ],
)
def test_what_a_version_is_made_from_is_chosen(stage: Stage, flags: tuple[str, ...], form: str) -> None:
    """A dry run says it, and a plan has its channel."""
    shown = stage.run('snapshot', '--dry-run', '--format', 'json', '--only', 'ant', *flags)
    assert shown.returncode == 0, shown.stderr
    plan = json.loads(shown.stdout)
    assert re.fullmatch(form, plan['packages'][0]['next'])
    assert (plan['channel'], plan['packages'][0]['tag']) == ('snapshot', '')
    assert not {'commit', 'tag', 'push', 'advance'} & {action['kind'] for action in plan['actions']}
    assert stage.published() == {}


@pytest.mark.parametrize(
    ('flags', 'complaint'),
    [
        (('--pr', 'x'), '`--pr x` is no number of a pull request.'),
        (('--pr', '007'), '`--pr 007` is no number of a pull request.'),
        (('--pr', '7', '--by', 'commit'), '--by commit and --pr contradict each other.'),
        (('--by', 'moon'), '`--by moon` is not known.'),
    ],
)
def test_what_names_no_snapshot_is_a_wrong_command_line(stage: Stage, flags: tuple[str, ...], complaint: str) -> None:
    """And nothing is planned."""
    done = stage.run('snapshot', '--dry-run', *flags)
    assert done.returncode == 2
    assert complaint in done.stderr


def test_a_saved_snapshot_is_applied_and_steps_that_last_are_left_out(stage: Stage) -> None:
    """Whatever the steps of the task are, nothing is committed, tagged or pushed."""
    text = (stage.repository.root / 'release.yaml').read_text()
    steps = 'snapshot: {steps: [preflight, bump, lock, commit, tag, build, push, advance, publish]}'
    changed = text.replace('tasks:\n', f'tasks:\n  {steps}\n')
    stage.repository.commit('chore: own steps', {'release.yaml': changed})
    before = state(stage)
    saved = stage.run('snapshot', '--dry-run', '--format', 'json')
    assert saved.returncode == 0, saved.stderr
    path = stage.folder / 'plan.json'
    path.write_text(saved.stdout)
    applied = stage.run('apply', str(path), '--yes')
    assert applied.returncode == 0, applied.stdout + applied.stderr
    assert len(stage.published()) == 4
    assert state(stage) == before


@pytest.fixture
def npm(tmp_path: Path) -> Generator[Scene, None, None]:
    """An npm workspace of two packages, on verdaccio."""
    if missing := [program for program in sites_js.SITE.programs if shutil.which(program) is None]:
        pytest.skip(f'not on this machine: {", ".join(missing)}')
    with scene(tmp_path, sites_js.SITE) as found:
        spec = json.loads((found.repository.root / 'release.yaml').read_text())
        spec['branches'] = {'main': {}, 'release/*': {'channel': 'maintenance', 'allow': ['patch']}, 'old/*': {}}
        spec['workspaces']['ws']['version'] = {'propagate': 'none'}
        found.repository.commit('chore: name the branches', {'release.yaml': json.dumps(spec, indent=2) + '\n'})
        found.repository.git('push', '--quiet', 'origin', 'main')
        yield found


def tags(scene: Scene, name: str = sites_js.SITE.base) -> dict[str, str]:
    """The dist-tags of a package."""
    url = f'{scene.served["ws"].target.url}-/package/{name.replace("/", "%2f")}/dist-tags'
    return httpx.get(url, timeout=30).raise_for_status().json()


def release(scene: Scene, *arguments: str) -> None:
    done = scene.run(*(arguments or ('release',)), '--yes')
    assert done.returncode == 0, done.stdout + done.stderr


def change(scene: Scene, message: str, branch: str) -> None:
    path = 'packages/ant/index.js'
    text = (scene.repository.root / path).read_text()
    scene.repository.commit(message, {path: f'{text}// {message}\n'})
    scene.repository.git('push', '--quiet', 'origin', branch)


def test_dist_tags_follow_channels(npm: Scene) -> None:
    """`latest` is the newest stable version: no prerelease, no snapshot and no older line ever takes it."""
    release(npm)
    first = tags(npm)['latest']
    major, minor, patch = (int(number) for number in first.split('.'))
    start = npm.repository.head
    change(npm, 'fix: walk', 'main')
    fixed = f'{major}.{minor}.{patch + 1}'
    release(npm, 'release', '--prerelease', 'rc')
    assert tags(npm) == {'latest': first, 'rc': f'{fixed}-rc.1'}

    release(npm, 'snapshot')
    change(npm, 'feat: run', 'main')
    release(npm, 'snapshot')
    found = tags(npm)
    assert re.fullmatch(rf'{major}\.{minor + 1}\.0-snapshot\.\d{{14}}\.g?[0-9a-f]{{7}}', found.pop('snapshot'))
    assert found == {'latest': first, 'rc': f'{fixed}-rc.1'}

    release(npm, 'release', '--prerelease', 'rc')
    release(npm, 'promote')
    latest = f'{major}.{minor + 1}.0'
    assert tags(npm)['latest'] == latest

    for branch, tag in (('release/a', 'maintenance'), ('old/b', f'release-{major}.{minor}.x')):
        npm.repository.git('switch', '--quiet', '--create', branch, start)
        npm.repository.git('push', '--quiet', 'origin', branch)
        change(npm, f'fix: {branch}', branch)
        if branch.startswith('old'):
            release(npm, 'release', '--set', f'{sites_js.SITE.base}={major}.{minor}.{patch + 9}')
        else:
            release(npm)
        assert tag in tags(npm)
        assert tags(npm)['latest'] == latest
