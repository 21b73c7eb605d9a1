# SPDX-License-Identifier: Apache-2.0
"""The promises of the architecture, each by its key, held against real git, real indexes and the real program."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from releasekit import Inputs, Report, open_project, perform, upcoming
from releasekit.errors import Code, Exit
from releasekit.run.planning import plan_task
from releasekit.testing.archives import make_wheel
from releasekit.testing.faults import Fault, serve_faults
from releasekit.testing.observers import Recorder
from releasekit.testing.stage import QUICK, Member, Stage, members, module, set_stage, snapshot
from releasekit.testing.workspace import bare_refs

pytestmark = pytest.mark.slow

PAIR = {'ant': Member('1.0.0'), 'bee': Member('0.4.0', ('ant>=0.9',))}
DIAMOND = {
    'foot': Member('1.0.0'),
    'left': Member('1.0.0', ('foot',)),
    'right': Member('1.0.0', ('foot',)),
    'top': Member('1.0.0', ('left', 'right')),
}
# Ends the process at once when an action begins or has ended; nothing of ours can run after it.
KILLED = """\
import os, signal, sys
from pathlib import Path
import anyio
from releasekit import Inputs, open_project, perform, upcoming

class Killer:
    def started(self, action):
        self.at('started', action)

    def finished(self, action, result):
        self.at('finished', action)

    def at(self, moment, action):
        if sys.argv[1:] == [moment, action.key]:
            os.kill(os.getpid(), signal.SIGKILL)

async def main():
    project = await open_project(Path.cwd(), None, os.environ)
    pending = await upcoming(project, Inputs())
    await perform(project, pending, observer=Killer(), confirm=lambda plan, action: True)

anyio.run(main)
"""


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Stage]:
    """Two packages, one of which needs the other."""
    stage = set_stage(tmp_path, {**members(PAIR), 'release.yaml': QUICK})
    with stage.index:
        yield stage


@pytest.fixture(scope='module')
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What everybody sees after an undisturbed release of the pair: refs and files, without what has a port in it."""
    stage = set_stage(tmp_path_factory.mktemp('undisturbed'), {**members(PAIR), 'release.yaml': QUICK})
    with stage.index:
        assert stage.run('release', '--yes').returncode == 0
    return world_of(stage)


def world_of(stage: Stage) -> dict[str, str]:
    """What everybody sees, with the message of each commit in place of its hash, which depends on the index's port."""
    commits = {commit: _message(stage, commit) for commit in bare_refs(stage.remote).values()}
    return {name: commits.get(value, value) for name, value in stage.world().items()}


def _message(stage: Stage, commit: str) -> str:
    argv = ['git', 'log', '-1', '--format=%B%n%ct', commit]
    return subprocess.run(argv, cwd=stage.remote, capture_output=True, text=True, check=True).stdout


def released(stage: Stage, seen: Recorder) -> Report:
    """Release by the library, in this process."""

    async def main() -> Report:
        project = await open_project(stage.repository.root, None, stage.environment)
        pending = await upcoming(project, Inputs())
        return await perform(project, pending, observer=seen, confirm=lambda _plan, _action: True)

    return anyio.run(main)


def actions_of(stage: Stage) -> dict[str, dict[str, Any]]:
    """The actions of the next release, by key."""
    document = json.loads(stage.run('plan', '--format', 'json').stdout)
    return {action['key']: action for action in document['actions']}


def test_inv_idempotency_a_release_that_is_done_is_done(pair: Stage) -> None:
    """Again in place, and from a fresh clone: nothing changes, not even a file of the clone, and that is success."""
    assert pair.run('release', '--yes').returncode == 0
    world, tree = pair.world(), snapshot(pair.repository.root)
    assert pair.run('release', '--yes').returncode == 0
    assert pair.run('publish', '--yes').returncode == 0
    assert pair.run('release', '--yes', cwd=pair.clone().root).returncode == 0
    assert (world, tree) == (pair.world(), snapshot(pair.repository.root))


@pytest.mark.parametrize('task', ['bump', 'changelog'])
def test_inv_idempotency_an_edit_that_is_made_is_made(pair: Stage, task: str) -> None:
    """A second run of `bump` or `changelog` finds version and section there."""
    assert pair.run(task).returncode == 0
    tree = snapshot(pair.repository.root, '.git', '.releasekit')
    assert pair.run(task).returncode == 0
    assert tree == snapshot(pair.repository.root, '.git', '.releasekit')


def test_inv_idempotency_a_file_that_is_published_is_not_uploaded_again(pair: Stage) -> None:
    """The same bytes on the index are success, whoever put them there."""
    with serve_faults(pair.index.url) as index:
        spec = (pair.repository.root / 'release.yaml').read_text().replace(pair.index.url, f'{index.url}/')
        pair.repository.commit('chore: another address', {'release.yaml': spec})
        pair.repository.git('push', '--quiet')
        assert pair.run('release', '--yes').returncode == 0
        uploads = sorted(index.accepted())
        assert uploads == sorted(pair.published())
        # The journal and the clone are lost, and somebody took the tags and the commit from the remote.
        again = pair.repository.clone(pair.folder / 'again')
        again.git('reset', '--quiet', '--hard', 'HEAD~1')
        for ref in [ref for ref in bare_refs(pair.remote) if ref.startswith('refs/tags/')]:
            again.git('push', '--quiet', 'origin', f':{ref}')
            again.git('tag', '--delete', ref.removeprefix('refs/tags/'))
        again.git('push', '--quiet', '--force', 'origin', 'main')
        assert pair.run('release', '--yes', cwd=again.root).returncode == 0
        assert uploads == sorted(index.accepted())


@pytest.mark.parametrize(
    ('moment', 'key'),
    [
        ('finished', 'probe:registry:local'),
        ('finished', 'edit:packages/bee/pyproject.toml'),
        ('finished', 'commit'),
        ('started', 'build:py:bee@0.4.0'),
        ('finished', 'build:py:bee@0.4.0'),
        ('started', 'push'),
        ('finished', 'push'),
        ('finished', 'upload:local:py:ant@1.0.0'),
        ('finished', 'verify:local:py:bee@0.4.0'),
    ],
)
def test_inv_crash_safety_a_killed_release_ends_where_an_undisturbed_one_does(
    pair: Stage, undisturbed: dict[str, str], moment: str, key: str
) -> None:
    """SIGKILL at any action; the same command again finishes it, and each file is published once."""
    argv = [sys.executable, '-c', KILLED, moment, key]
    killed = subprocess.run(argv, cwd=pair.repository.root, env=pair.environment, capture_output=True, check=False)
    assert killed.returncode == -9, killed.stderr.decode()
    done = pair.run('release', '--yes')
    assert done.returncode == 0, done.stdout + done.stderr
    assert undisturbed == world_of(pair)
    assert pair.repository.head == bare_refs(pair.remote)['refs/heads/main']
    assert pair.repository.git('status', '--porcelain') == ''
    assert pair.repository.git('worktree', 'list').count('\n') == 0
    uploads = [event for event in pair.journal() if event['key'].endswith(('.whl', '.tar.gz'))]
    assert len({event['key'] for event in uploads if event['event'] == 'done'}) == len(pair.published())


def test_inv_atomicity_a_push_is_whole_or_not_at_all(pair: Stage) -> None:
    """The remote refuses one of two tags: it gets neither, nor the branch, and nothing is published."""
    hook = pair.remote / 'hooks' / 'update'
    hook.write_text('#!/bin/sh\ncase "$1" in refs/tags/bee-*) echo "no bees" >&2; exit 1;; esac\n')
    hook.chmod(0o755)
    before = pair.world()
    done = pair.run('release', '--yes')
    assert done.returncode == 1
    assert 'error[RK-GIT-REFUSED]' in done.stderr
    assert 'no bees' in done.stderr
    assert before == pair.world()
    assert pair.repository.tags() == []
    hook.unlink()
    assert pair.run('release', '--yes').returncode == 0


def test_inv_atomicity_an_edit_of_many_files_is_made_in_all_or_in_none(pair: Stage) -> None:
    """One of the files has changes of its own: no other is touched either."""
    pair.repository.write({'packages/bee/pyproject.toml': 'mine = true\n'})
    before = snapshot(pair.repository.root, '.git', '.releasekit')
    assert pair.run('bump', '--to', '3.0.0').returncode == Exit.POLICY
    assert before == snapshot(pair.repository.root, '.git', '.releasekit')


def test_inv_determinism_a_plan_is_the_same_in_every_clone(pair: Stage) -> None:
    """And has the same id; rk_determinism_test.py has the locales, the time zones and the rest."""
    plan = pair.run('plan', '--format', 'json').stdout
    assert plan == pair.run('plan', '--format', 'json', cwd=pair.clone().root, TZ='Asia/Tokyo').stdout
    assert pair.run('release', '--yes').returncode == 0
    manifest = json.loads((pair.repository.root / 'release-manifest.json').read_text())
    assert manifest['plan'] == json.loads(plan)['id']


def test_inv_observability_every_action_logs_its_start_and_its_end(pair: Stage) -> None:
    """As JSON with key, kind and package; a failure has its code and what the tool said."""
    expected = actions_of(pair)
    done = pair.run('release', '--yes')
    log = [json.loads(line) for line in done.stderr.splitlines() if line.startswith('{')]
    for event in ('action.started', 'action.ended'):
        logged = {entry['key']: (entry['kind'], entry.get('package')) for entry in log if entry['event'] == event}
        assert logged == {key: (action['kind'], action.get('package')) for key, action in expected.items()}
    assert {'run', 'level', 'time'} <= set.intersection(*(set(entry) for entry in log))


def test_inv_observability_a_failure_can_be_diagnosed_from_the_log_alone(pair: Stage) -> None:
    """Which action, which package, which code, and the words of the tool that failed."""
    pair.repository.commit('fix(bee): no code', {module('bee'): None})
    pair.repository.git('push', '--quiet')
    done = pair.run('release', '--yes', '--quiet')
    assert done.returncode == 1
    errors = [json.loads(line) for line in done.stderr.splitlines() if line.startswith('{"')]
    (failure,) = [entry for entry in errors if entry['event'] == 'action.ended']
    assert (failure['key'], failure['package'], failure['level']) == ('build:py:bee@0.4.0', 'py:bee', 'error')
    assert failure['code'] == Code.BUILD_FAILED
    assert 'Expected a Python module at' in failure['message']


def test_inv_dry_run_what_is_printed_is_what_is_journalled(pair: Stage) -> None:
    """And the dry run itself writes nothing; rk_dry_run_test.py has every kind of action."""
    before = snapshot(pair.folder, 'cache')
    dry = json.loads(pair.run('release', '--yes', '--dry-run', '--format', 'json').stdout)
    assert before == snapshot(pair.folder, 'cache')
    assert pair.run('release', '--yes').returncode == 0
    journalled = {event['key'] for event in pair.journal() if not event['key'].endswith(('.whl', '.tar.gz'))}
    assert {action['key'] for action in dry['actions']} == journalled


def test_inv_graceful_degradation_what_is_absent_is_skipped_with_a_reason(pair: Stage) -> None:
    """No checks, no lock file, no target: the release is made without them, and says so."""
    spec = (pair.repository.root / 'release.yaml').read_text().replace('targets: [local]', 'targets: []')
    pair.repository.commit('chore: no target', {'release.yaml': spec})
    pair.repository.git('push', '--quiet')

    async def skipped() -> dict[str, str]:
        project = await open_project(pair.repository.root, None, pair.environment)
        return {skip.step: skip.reason for skip in (await plan_task(project, Inputs())).skipped}

    assert anyio.run(skipped) == {
        'check': 'release.yaml has no checks',
        'changesets': 'levels come from commits alone',
        'lock': 'no workspace of a released package has a lock file',
        'publish': 'no released package has a target',
    }
    done = pair.run('release', '--yes', '--format', 'json', TERM='dumb', INDEX_PASSWORD='')
    assert done.returncode == 0
    assert pair.published() == {}
    assert set(bare_refs(pair.remote)) == {'refs/heads/main', 'refs/tags/ant-v1.0.0', 'refs/tags/bee-v0.4.0'}
    assert {tuple(package['targets']) for package in json.loads(done.stdout)['packages']} == {()}


def test_inv_topo_order_nothing_is_uploaded_before_what_it_needs_is_verified(tmp_path: Path) -> None:
    """A diamond with all that may run at once, and an index that is slow with those that come first."""
    spec = QUICK.replace('concurrency: 1', 'concurrency: 8')
    stage = set_stage(tmp_path, {**members(DIAMOND), 'release.yaml': spec})
    with stage.index, serve_faults(stage.index.url, [Fault('POST .*(foot|left)', times=None, delay=0.3)]) as index:
        _move(stage, f'{index.url}/')
        assert stage.run('release', '--yes').returncode == 0
        done = [event['key'] for event in stage.journal() if event['event'] == 'done']
        begun = [event['key'] for event in stage.journal() if event['event'] == 'intended']
        events = [(event['key'], event['event']) for event in stage.journal()]
        for name, needs in {'left': ['foot'], 'right': ['foot'], 'top': ['left', 'right']}.items():
            upload = events.index((f'upload:local:py:{name}@1.0.0', 'intended'))
            assert all(events.index((f'verify:local:py:{need}@1.0.0', 'done')) < upload for need in needs)
        order = [filename.split('-')[0] for filename in index.accepted()]
    assert len(done) == len(begun)
    assert order[:2] == ['foot', 'foot']
    assert order[-2:] == ['top', 'top']


def test_inv_topo_order_what_needs_a_package_that_failed_is_not_uploaded(tmp_path: Path) -> None:
    """The index refuses one side of a diamond: the other goes out, the top does not, until the index mends."""
    stage = set_stage(tmp_path, {**members(DIAMOND), 'release.yaml': QUICK})
    with stage.index, serve_faults(stage.index.url, [Fault('POST .*left', times=2, status=503)]) as index:
        _move(stage, f'{index.url}/')
        done = stage.run('release', '--yes')
        assert done.returncode == Exit.PARTIAL
        assert {filename.split('-')[0] for filename in index.accepted()} == {'foot', 'right'}
        assert stage.run('release', '--yes').returncode == 0
        assert sorted(index.accepted()) == sorted(stage.published())
    assert len(stage.published()) == 8


def _move(stage: Stage, url: str) -> None:
    """Let release.yaml name another address of the index."""
    spec = (stage.repository.root / 'release.yaml').read_text().replace(stage.index.url, url)
    stage.repository.commit('chore: another address', {'release.yaml': spec})
    stage.repository.git('push', '--quiet')


def test_inv_supply_chain_other_bytes_under_our_name_stop_the_release_before_the_push(pair: Stage) -> None:
    """Somebody has published this version already: nothing is pushed and nothing uploaded."""
    theirs = make_wheel('ant', '1.0.0', 'theirs = True')
    (pair.folder / 'index' / 'packages' / theirs.filename).write_bytes(theirs.content)
    before = pair.world()
    done = pair.run('release', '--yes')
    assert done.returncode == Exit.DRIFT
    assert 'error[RK-DRIFT-BYTES]' in done.stderr
    assert theirs.digest in done.stderr
    assert before == pair.world()


def test_inv_supply_chain_what_the_index_serves_is_compared_with_what_was_built(pair: Stage) -> None:
    """The index changes a file after it took it: that is noticed, and what needs the package is held back."""
    theirs = make_wheel('ant', '1.0.0', 'theirs = True')
    served = pair.folder / 'index' / 'packages' / theirs.filename

    def exchange() -> None:
        served.unlink()
        served.write_bytes(theirs.content)

    seen = Recorder({'upload:local:py:ant@1.0.0': exchange})
    report = released(pair, seen)
    assert report.exit is Exit.DRIFT
    problem = seen.ended['verify:local:py:ant@1.0.0'].problem
    assert problem is not None
    assert problem.code is Code.DRIFT_BYTES
    assert theirs.digest in problem.message
    assert [name for name in pair.published() if name.startswith('bee')] == []


def test_every_invariant_has_a_test() -> None:
    """Each key of the table has one that carries its name."""
    keys = (
        'idempotency crash_safety atomicity determinism observability dry_run graceful_degradation topo_order '
        'supply_chain'
    )
    names = [name for name in globals() if name.startswith('test_inv_')]
    assert [key for key in keys.split() if not any(name.startswith(f'test_inv_{key}') for name in names)] == []
