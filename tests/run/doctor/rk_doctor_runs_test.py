# SPDX-License-Identifier: Apache-2.0
"""What doctor says of what runs have left, and of this machine; the runs are real ones."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from collections.abc import Generator
from pathlib import Path

import pytest

from releasekit.run.doctor.findings import Finding, State
from releasekit.testing.clinic import SPEC, Clinic
from releasekit.testing.stage import program
from releasekit.testing.workspace import refuse_pushes

ERROR, WARNING, PASSED, UNCHECKED = State.ERROR, State.WARNING, State.PASSED, State.UNCHECKED
# A release that ends at the push: nothing has to be built.
_SHORT = SPEC + 'tasks: {release: {steps: [preflight, bump, commit, tag, push]}}\n'
_HOLDER = textwrap.dedent("""
    import sys
    from pathlib import Path
    from releasekit.run.lock import hold
    with hold(Path(sys.argv[1]), 'release 123'):
        print('held', flush=True)
        sys.stdin.readline()
""")


@pytest.fixture
def ready(clinic: Clinic[Finding]) -> Clinic[Finding]:
    """A repository whose release is quick."""
    clinic.repository.commit('feat: begin', {'release.yaml': _SHORT})
    clinic.repository.git('push', '--quiet')
    return clinic


def release(clinic: Clinic[Finding]) -> int:
    done = subprocess.run(
        [program(), 'release', '--yes'],
        cwd=clinic.repository.root,
        env=dict(clinic.environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return done.returncode


def forget(clinic: Clinic[Finding], last: str) -> Path:
    """Take the end of a journal away, from the first event of an action on, as if the run had been killed there."""
    (journal,) = clinic.repository.root.glob('.releasekit/runs/*/journal.jsonl')
    lines = journal.read_text().splitlines(keepends=True)
    kept = next(at for at, line in enumerate(lines) if json.loads(line)['key'] == last)
    journal.write_text(''.join(lines[: kept + 1]))
    return journal


@pytest.mark.slow
def test_after_a_release_nothing_is_left(ready: Clinic[Finding]) -> None:
    """Every question about runs has passed."""
    assert release(ready) == 0
    found = ready.ask('runs.*', 'machine.*')
    assert {each.state for each in found} == {PASSED}
    assert 'has its 2 tags' in next(each.message for each in found if each.check == 'runs.tags')


@pytest.mark.slow
def test_a_release_that_was_refused_is_an_error(ready: Clinic[Finding]) -> None:
    """It was begun, and its push too, as the journal tells: somebody has to go on with it."""
    refuse_pushes(ready.remote)
    assert release(ready) != 0
    found = ready.one('runs.unfinished', ERROR)
    assert '`releasekit release`' in found.hint


@pytest.mark.slow
def test_a_release_that_ended_before_its_push_is_a_warning(ready: Clinic[Finding]) -> None:
    """Nothing of it is out."""
    assert release(ready) == 0
    forget(ready, 'commit')
    assert 'nothing of it is out' in ready.one('runs.unfinished', WARNING).message


@pytest.mark.slow
def test_a_release_whose_push_was_begun_is_an_error(ready: Clinic[Finding]) -> None:
    """Whatever of it arrived."""
    assert release(ready) == 0
    forget(ready, 'push')
    assert 'is not finished' in ready.one('runs.unfinished', ERROR).message


@pytest.mark.slow
def test_a_release_commit_without_its_tags_is_an_error(ready: Clinic[Finding]) -> None:
    """Seen by a fresh clone, which has no journal."""
    assert release(ready) == 0
    ready.repository.git('push', '--quiet', 'origin', ':refs/tags/ant-v0.1.0')
    there = ready.repository.clone(ready.folder / 'fresh')
    (found,) = ready.ask('runs.tags', at=there.root)
    assert (found.state, 'origin lacks ant-v0.1.0' in found.message) == (ERROR, True)
    assert '`releasekit release`' in found.hint


@pytest.mark.slow
def test_a_damaged_journal_is_an_error_and_a_torn_one_a_warning(ready: Clinic[Finding]) -> None:
    """Neither is mended by looking."""
    assert release(ready) == 0
    (journal,) = ready.repository.root.glob('.releasekit/runs/*/journal.jsonl')
    whole = journal.read_bytes()
    journal.write_bytes(whole[:-20])
    torn = ready.one('runs.journals', WARNING)
    assert ('is torn' in torn.message, journal.read_bytes()) == (True, whole[:-20])
    journal.write_bytes(whole.replace(b'"done"', b'"gone"', 1))
    broken = ready.one('runs.journals', ERROR)
    assert 'does not have the checksum' in broken.message
    assert f'.releasekit/runs/{journal.parent.name}' in broken.hint


@pytest.mark.slow
def test_a_plan_that_is_none_is_an_error(ready: Clinic[Finding]) -> None:
    """And the other questions about runs are answered."""
    assert release(ready) == 0
    (plan,) = ready.repository.root.glob('.releasekit/runs/*/plan.json')
    plan.write_text('{}')
    assert 'cannot be read' in ready.one('runs.journals', ERROR).message
    assert {each.state for each in ready.ask('runs.lock', 'runs.leftovers', 'runs.tags')} == {PASSED}


@pytest.fixture
def holder(clinic: Clinic[Finding]) -> Generator[subprocess.Popen[str], None, None]:
    """Another run, which holds the lock."""
    lock = clinic.repository.root / '.git' / 'releasekit' / 'lock'
    command = [sys.executable, '-c', _HOLDER, str(lock)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == 'held\n'
        yield process
        process.kill()


def test_who_holds_the_lock_is_told(clinic: Clinic[Finding], holder: subprocess.Popen[str]) -> None:
    """With since when; it is not tried, so that nobody is held up by it."""
    before = clinic.world()
    found = clinic.one('runs.lock', WARNING)
    assert f'process {holder.pid} on ' in found.message
    assert 'held since 20' in found.message
    assert 'Wait until it ends' in found.hint
    assert clinic.world() == before


def test_a_stale_lock_is_told_and_left_to_the_next_run(clinic: Clinic[Finding], holder: subprocess.Popen[str]) -> None:
    """Nothing has to be done."""
    holder.kill()
    holder.wait()
    found = clinic.one('runs.lock', WARNING)
    assert f'by process {holder.pid} on ' in found.message
    assert 'Nothing to do: the next run takes it over' in found.hint


@pytest.mark.parametrize('text', ['', '{', '[]', '{"pid": "x"}'])
def test_a_lock_that_says_nothing_is_told_too(clinic: Clinic[Finding], text: str) -> None:
    """A run may be about to write its name."""
    lock = clinic.repository.root / '.git' / 'releasekit' / 'lock'
    lock.parent.mkdir()
    lock.write_text(text)
    assert 'a process that has not said its name yet' in clinic.one('runs.lock', WARNING).message


def test_what_a_killed_run_left_behind_is_told(clinic: Clinic[Finding], tmp_path: Path) -> None:
    """A checkout of ours in git's own list, whether its folder is there or not."""
    folder = tmp_path / 'releasekit-0123456789abcdef'
    folder.mkdir()
    clinic.repository.git('worktree', 'add', '--quiet', '--detach', str(folder / 'edited'))
    clinic.repository.git('worktree', 'add', '--quiet', '--detach', str(tmp_path / 'of-the-user'))
    found = clinic.one('runs.leftovers', WARNING)
    assert str(folder) in found.message
    assert 'of-the-user' not in found.message
    assert 'Nothing to do' in found.hint


@pytest.mark.parametrize('service', ['GITHUB_ACTIONS', 'GITLAB_CI', 'BUILDKITE'])
def test_the_machine_is_told(clinic: Clinic[Finding], service: str) -> None:
    """CI service, terminal, Python."""
    assert clinic.one('machine.ci', PASSED, TERM='vt100').message == 'no CI service, terminal vt100'
    assert 'no CI' not in clinic.one('machine.ci', PASSED, **{service: 'true'}).message
    assert 'no CI' in clinic.one('machine.ci', PASSED, **{service: 'false'}).message
    version = f'{sys.version_info.major}.{sys.version_info.minor}.'
    assert f'CPython {version}' in clinic.one('machine.program', PASSED).message


def test_records_of_runs_that_are_committed_are_a_warning(clinic: Clinic[Finding]) -> None:
    """They belong to one clone."""
    clinic.repository.commit('chore: a slip', {'.releasekit/runs/x': '1\n'})
    states = [(each.state, each.message) for each in clinic.ask('machine.state')]
    assert [state for state, _ in states] == [WARNING, WARNING]
    assert 'are committed' in states[0][1]
    assert 'does not ignore itself' in states[1][1]


def test_without_a_home_there_is_no_cache(clinic: Clinic[Finding]) -> None:
    """Which costs time only."""
    assert 'no place for a cache' in clinic.one('machine.cache', WARNING, HOME='', XDG_CACHE_HOME='').message
