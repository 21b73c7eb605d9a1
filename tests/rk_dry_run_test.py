# SPDX-License-Identifier: Apache-2.0
"""The dry-run promise: what it prints is what a real run does, and it does nothing itself."""

from __future__ import annotations

import dataclasses
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from releasekit.testing.stage import QUICK, SPEC, Member, Stage, members, set_stage, snapshot

pytestmark = pytest.mark.slow

PACKAGES = {
    'ant': Member('1.0.0'),
    'bee': Member('1.0.0', ('ant',)),
    'cat': Member('0.0.0', ('ant>=0.9', "bee; python_version>'3'")),
}
# All kinds of actions: checks, hooks, steps, builds with a set-up and exact pins, two tasks in one.
RICH = f"""\
{SPEC.replace('targets: [local]', 'targets: [local], pin: exact, groups: {all: {packages: ["*"], versioning: fixed}}')}
checks:
  - {{name: good, run: ["true"], per: package}}
  - {{name: bad, run: ["false"], severity: warning}}
hooks: {{before-publish: [look], after-release: [look]}}
tasks:
  look: {{steps: [{{run: ["true"]}}]}}
  sign-off: {{steps: [{{run: ["true"], per: package}}]}}
  release:
    steps:
      - preflight
      - check
      - bump
      - run: [sh, -c, "exit 1"]
        unless: ["true"]
      - changelog
      - commit
      - tag
      - build
      - task: sign-off
      - push
      - {{use: publish, smoke: false}}
"""


@dataclasses.dataclass(frozen=True)
class Released:
    """A release after its dry run: the plan and the text that were printed, and the commit that both began from."""

    stage: Stage
    plan: dict[str, Any]
    text: str
    base: str


@pytest.fixture(scope='module', params=[pytest.param(SPEC, id='built-in'), pytest.param(RICH, id='rich')])
def released(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Released]:
    """Three packages: a built-in release, and one with all that a spec can add."""
    stage = set_stage(tmp_path_factory.mktemp('stage'), {**members(PACKAGES), 'release.yaml': request.param})
    with stage.index:
        text = stage.run('release', '--yes', '--dry-run').stdout
        found = Released(stage, plan_of(stage, 'release', '--yes'), text, stage.repository.head)
        assert stage.run('release', '--yes').returncode == 0
        yield found


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[Stage]:
    """The same packages and a quick release."""
    found = set_stage(tmp_path, {**members(PACKAGES), 'release.yaml': QUICK})
    with found.index:
        yield found


def plan_of(stage: Stage, *arguments: str) -> dict[str, Any]:
    """The plan that a dry run prints as JSON."""
    done = stage.run(*arguments, '--dry-run', '--format', 'json')
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def everything(stage: Stage) -> dict[str, Any]:
    """All that a dry run must not change: the clone with its .git, the remote, the index."""
    return {name: snapshot(stage.folder / name) for name in ('work', 'remote.git', 'index/packages')}


def test_the_actions_of_a_dry_run_are_those_that_a_real_run_journals(released: Released) -> None:
    """As JSON and as text; each is journalled as done, and nothing else is but the files of each upload."""
    stage, actions = released.stage, released.plan['actions']
    done = [event['key'] for event in stage.journal() if event['event'] == 'done']
    files = [f'upload:local:py:{name[:3]}@{_version(name)}/{name}' for name in stage.published()]
    assert sorted([*(action['key'] for action in actions), *files]) == sorted(done)
    assert [action['summary'] for action in actions] == _printed(released.text)


def _version(filename: str) -> str:
    return filename.split('-')[1].removesuffix('.tar.gz')


def _printed(text: str) -> list[str]:
    """The lines of the actions: they are indented by two, where a diff indents by one and no line of ours by more."""
    listed = text.partition('in this order\n')[2]
    return [line[2:] for line in listed.splitlines() if line.startswith('  ') and line[2:3].strip()]


def test_every_action_is_journalled_after_what_it_needs(released: Released) -> None:
    """The order that a dry run promises is the order of a real run."""
    events = [(event['key'], event['event']) for event in released.stage.journal()]
    for action in released.plan['actions']:
        begun = events.index((action['key'], 'intended'))
        assert all(events.index((need, 'done')) < begun for need in action['needs']), action['key']


def test_the_diffs_that_it_prints_give_the_files_of_the_release(released: Released) -> None:
    """All edited files but the manifest, which names the plan itself; applied by git, as they stand in the text."""
    # Edits that are only for what is built have diffs too; they are no part of the commit.
    diffs = [action['diff'] for action in released.plan['actions'] if action['kind'] == 'edit']
    assert [diff for diff in diffs if diff not in released.text] == []
    repository, clone = released.stage.repository, released.stage.clone()
    clone.git('checkout', '--quiet', released.base)
    subprocess.run(['git', 'apply', '-'], cwd=clone.root, input=''.join(diffs).encode(), check=True)
    changed = repository.git('diff', '--name-only', released.base, 'HEAD').splitlines()
    assert {'packages/cat/pyproject.toml', 'packages/ant/CHANGELOG.md'} <= set(changed)
    for path in set(changed) - {'release-manifest.json'}:
        assert (clone.root / path).read_bytes() == (repository.root / path).read_bytes()


@pytest.mark.parametrize(
    'arguments',
    [
        ('release', '--yes'),
        ('release', '--yes', '--format', 'json'),
        ('bump',),
        ('changelog',),
        ('build',),
        ('check',),
        ('bump', '--to', '3.0.0'),
    ],
)
def test_a_dry_run_changes_nothing(quick: Stage, arguments: tuple[str, ...]) -> None:
    """Not a byte of the clone, its .git and its index file included, nor of the remote or the index."""
    before = everything(quick)
    assert quick.run(*arguments, '--dry-run').returncode == 0
    assert before == everything(quick)


def test_a_dry_run_of_a_release_that_is_partly_done_changes_nothing_and_shows_that_release(quick: Stage) -> None:
    """It is the rest of the release that was begun, though HEAD and the remote have moved on."""
    plan = plan_of(quick, 'release', '--yes')
    assert quick.run('release', '--yes', INDEX_PASSWORD='wrong-pass-word').returncode == 4
    before = everything(quick)
    assert plan == plan_of(quick, 'release', '--yes')
    assert before == everything(quick)


def test_a_dry_run_fails_where_a_real_run_would_fail_at_once(quick: Stage) -> None:
    """It makes every probe that only reads, and ends with the same status."""
    for change in ({'INDEX_PASSWORD': ''}, {'PATH': _without_uv(quick)}):
        dry, real = quick.run('release', '--yes', '--dry-run', **change), quick.run('release', '--yes', **change)
        assert dry.returncode == real.returncode == 3
        assert _errors(dry) == _errors(real) != []


def _without_uv(stage: Stage) -> str:
    """A path on which there is git and sh, and nothing else."""
    folder = stage.folder / 'bin'
    folder.mkdir(exist_ok=True)
    for name in ('git', 'sh'):
        found = subprocess.run(['which', name], capture_output=True, text=True, check=True).stdout.strip()
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(found)
    return str(folder)


def _errors(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in done.stderr.splitlines() if line.startswith('error[')]


def test_a_dry_run_of_bump_lists_the_edits_that_bump_makes(quick: Stage) -> None:
    """It edits the tree and has no journal: its report has the same keys."""
    actions = plan_of(quick, 'bump')['actions']
    done = quick.run('bump', '--format', 'json')
    results = json.loads(done.stdout)['results']
    assert [action['key'] for action in actions] == [result['key'] for result in results] != []
