# SPDX-License-Identifier: Apache-2.0
"""A release stops where the world is not the one of its plan: another run, another remote, another commit, another
plan."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from releasekit.core.plan import read
from releasekit.testing.faults import Fault
from releasekit.testing.workspace import bare_refs, refuse_pushes
from releasekit.testing.yard import ANT, KILLED, REFS, Yard, open_yard

pytestmark = pytest.mark.slow


@pytest.fixture
def yard(tmp_path: Path) -> Iterator[Yard]:
    """A yard without faults."""
    with open_yard(tmp_path) as opened:
        yield opened


# Two at once


def test_of_two_runs_one_works_and_the_other_names_it(tmp_path: Path) -> None:
    """Status 6 for the one that came later; the first is not disturbed."""
    with open_yard(tmp_path, Fault('^GET ', delay=1.0)) as yard:
        first = yard.start('release', '--yes')
        while not (yard.lock.exists() and yard.lock.read_text()):
            assert first.poll() is None
            time.sleep(0.01)
        # It holds still, so that it cannot end before the second has looked.
        first.send_signal(signal.SIGSTOP)
        second = yard.run()
        first.send_signal(signal.SIGCONT)
        assert (second.status, second.codes) == (6, {'RK-LOCKED'})
        assert f'process {first.pid} ' in second.stderr
        first.communicate()
        assert first.returncode == 0
        yard.assert_published()


# The remote


def test_a_refused_push_leaves_nothing_behind(yard: Yard) -> None:
    """No tag, no moved branch, no change in the tree; when the remote takes it, the same command finishes."""
    hook, before = refuse_pushes(yard.remote), yard.repository.head
    ended = yard.run()
    assert (ended.status, ended.codes) == (1, {'RK-GIT-REFUSED'})
    yard.assert_untouched()
    assert yard.repository.head == before
    hook.unlink()
    yard.assert_finishes()


def _lose(remote: Path, ref: str) -> None:
    subprocess.run(['git', 'update-ref', '-d', ref], cwd=remote, check=True)


@pytest.mark.parametrize('point', ['^done push', '^intended verify:local:py:bee'])
def test_refs_that_the_remote_has_lost_are_pushed_again(yard: Yard, point: str) -> None:
    """Even where the journal says that they are pushed: what counts is what the remote has."""
    assert yard.signalled('kill-after', point).status == KILLED
    _lose(yard.remote, REFS[1])
    yard.assert_finishes()


def test_a_remote_that_was_set_back_gets_the_release_again(yard: Yard) -> None:
    """Files are on the index and no commit is on the remote: the run that began it goes on with that very commit."""
    before = yard.repository.head
    assert yard.signalled('kill-after', '^intended verify:local:py:bee').status == KILLED
    subprocess.run(['git', 'update-ref', 'refs/heads/main', before], cwd=yard.remote, check=True)
    for tag in REFS[1:]:
        _lose(yard.remote, tag)
    yard.assert_finishes()


def test_a_fresh_clone_brings_back_lost_tags(yard: Yard) -> None:
    """Of a release that is finished but for them."""
    assert yard.run().status == 0
    _lose(yard.remote, REFS[2])
    clone = yard.repository.clone(yard.folder / 'clone')
    assert yard.run(cwd=clone.root).status == 0
    yard.assert_published()


def test_a_release_that_the_remote_has_left_is_drift(yard: Yard) -> None:
    """Other commits stand where the release commit was: nobody is to upload any more of it."""
    before = yard.repository.head
    assert yard.signalled('kill-after', '^done push').status == KILLED
    other = yard.repository.clone(yard.folder / 'other')
    other.git('reset', '--quiet', '--hard', before)
    other.commit('fix: another way', {ANT: '"""Another."""\n'})
    other.git('push', '--quiet', '--force', 'origin', 'main')
    ended = yard.run()
    assert (ended.status, ended.codes) == (5, {'RK-DRIFT-REMOTE'}), ended
    assert yard.proxy.accepted() == []


# Not the world that a plan is made for


def _ahead(yard: Yard) -> None:
    other = yard.repository.clone(yard.folder / 'other')
    other.commit('fix: elsewhere', {ANT: '"""Elsewhere."""\n'})
    other.git('push', '--quiet', 'origin', 'main')


def _unpushed(yard: Yard) -> None:
    yard.repository.commit('fix: not pushed', {ANT: '"""Not pushed."""\n'})


def _other_spec(yard: Yard) -> None:
    spec = yard.repository.root / 'release.yaml'
    spec.write_text(spec.read_text().replace('retries: 2', 'retries: 1'))


@pytest.mark.parametrize(
    ('change', 'status', 'code'),
    [
        (_other_spec, 3, 'RK-TREE-DIRTY'),
        (_unpushed, 5, 'RK-DRIFT-REMOTE'),
        (_ahead, 5, 'RK-DRIFT-REMOTE'),
    ],
)
def test_what_is_not_in_step_is_refused_at_the_start(
    yard: Yard, change: Callable[[Yard], None], status: int, code: str
) -> None:
    """Nothing is made, pushed or uploaded."""
    change(yard)
    head, refs = yard.repository.head, bare_refs(yard.remote)
    ended = yard.run()
    assert (ended.status, ended.codes) == (status, {code})
    assert (yard.repository.head, bare_refs(yard.remote), yard.repository.tags()) == (head, refs, [])
    assert not [event for event in yard.events() if event['key'].startswith(('edit:', 'build:'))]
    assert yard.proxy.accepted() == []


# Saved plans


def _saved(yard: Yard, change: Callable[[dict[str, Any]], object] | None = None) -> str:
    """Save the plan; one that is changed gets the id that fits."""
    document = json.loads(yard.run('plan', '--format', 'json').stdout)
    if change is not None:
        change(document)
        del document['id']
        document = read(document).document()
    path = yard.folder / 'plan.json'
    path.write_text(json.dumps(document))
    return str(path)


def test_a_saved_plan_is_carried_out(yard: Yard) -> None:
    """It is the release that `release` makes, and applying it again does nothing."""
    plan = _saved(yard)
    assert yard.run('apply', plan, '--yes').status == 0
    yard.assert_published()
    assert yard.run('apply', plan, '--yes').status == 0
    yard.assert_finishes()


def test_a_saved_plan_is_gone_on_with(yard: Yard) -> None:
    """In the clone where it was killed, and in a fresh one after the push."""
    plan = _saved(yard)
    kill = (sys.executable, '-m', 'releasekit.testing.kill', 'kill-after')
    for point in ('^done commit', '^done push'):
        assert yard.run(*kill, point, '--', 'apply', plan, '--yes').status == KILLED
    clone = yard.repository.clone(yard.folder / 'clone')
    assert yard.run('apply', plan, '--yes', cwd=clone.root).status == 0
    assert yard.run('apply', plan, '--yes').status == 0
    yard.assert_published()


def _first(document: dict[str, Any], kind: str) -> dict[str, Any]:
    return next(action for action in document['actions'] if action['kind'] == kind)


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    'tool': lambda plan: plan.update(tool='9.9'),
    'spec': lambda plan: plan.update(spec='0' * 64),
    'date': lambda plan: plan.update(date='1999-12-31'),
    'timestamp': lambda plan: plan.update(timestamp=plan['timestamp'] + 1),
    'inputs': lambda plan: plan['inputs'].update(bump={'py:ant': 'major'}),
    'branch': lambda plan: plan['base'].update(branch='other'),
    'version': lambda plan: plan['packages'][0].update(next='6.6.6'),
    'reason': lambda plan: plan['packages'][0]['reasons'].clear(),
    'package': lambda plan: plan['packages'].pop(),
    'command': lambda plan: _first(plan, 'build').update(env={'LD_PRELOAD': 'evil.so'}),
    'edit': lambda plan: _first(plan, 'edit').update(diff=''),
    'push': lambda plan: _first(plan, 'push').update(remote='elsewhere'),
    'action': lambda plan: plan['actions'].pop(0),
}


def test_a_saved_plan_that_was_changed_is_refused(yard: Yard) -> None:
    """Whatever was changed, even with the id that fits: a plan from elsewhere is code."""
    before = yard.repository.head
    for name, change in CHANGES.items():
        ended = yard.run('apply', _saved(yard, change), '--yes')
        assert (ended.status, name) == (5, name), ended
    assert not (yard.repository.root / '.releasekit' / 'runs').exists()
    assert (yard.repository.head, yard.repository.tags(), sorted(bare_refs(yard.remote))) == (before, [], [REFS[0]])


def test_a_saved_plan_with_a_wrong_id_is_no_plan(yard: Yard) -> None:
    """Its id is the digest of the rest."""
    path = Path(_saved(yard))
    path.write_text(path.read_text().replace('"tool": "', '"tool": "9'))
    ended = yard.run('apply', str(path), '--yes')
    assert (ended.status, ended.codes) == (1, {'RK-DOCUMENT-INVALID'})
    yard.assert_untouched()


def test_a_saved_plan_of_another_commit_is_refused(yard: Yard) -> None:
    """Of one that is no longer checked out, and of one that is not there."""
    plan = _saved(yard)
    yard.repository.commit('fix: more', {ANT: '"""More."""\n'})
    yard.repository.git('push', '--quiet')
    ended = yard.run('apply', plan, '--yes')
    assert ended.status == 5
    assert ended.codes <= {'RK-DRIFT-PLAN', 'RK-DRIFT-REMOTE'}
    document = json.loads(Path(plan).read_text())
    ended = yard.run('apply', _saved(yard, lambda saved: saved['base'].update(commit='1' * 40)), '--yes')
    assert (ended.status, ended.codes, document['base']['commit'] in ended.stderr) == (5, {'RK-DRIFT-PLAN'}, False)
    yard.assert_untouched()
