# SPDX-License-Identifier: Apache-2.0
"""`publish --target`: one target at a time, on one machine or on many, and each file still arrives once."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from releasekit.core.actions import Build, Probe, Push, RunCommand, SmokeTest, Upload, Verify
from releasekit.core.narrow import narrow
from releasekit.testing.indexes import IndexServer, start_pypiserver
from releasekit.testing.stage import QUICK, Member, Stage, members, set_stage

PACKAGES = {'ant': Member(), 'bee': Member(needs=('ant',))}
FILES = sorted(f'{name}-0.1.0{end}' for name in PACKAGES for end in ('-py3-none-any.whl', '.tar.gz'))
MIRROR = """\
  mirror:
    type: pypi
    url: {url}
    index: {url}simple/
    auth: {{username: {{env: MIRROR_USERNAME}}, password: {{env: MIRROR_PASSWORD}}}}
hooks: {{after-publish: [tell]}}
"""


@dataclasses.dataclass(frozen=True)
class Two:
    """A stage whose packages go to two indexes, the second of which wants a credential that is not there yet."""

    stage: Stage
    mirror: IndexServer
    folder: Path

    @property
    def credential(self) -> dict[str, str]:
        """What the second index wants."""
        return {'MIRROR_USERNAME': self.mirror.username, 'MIRROR_PASSWORD': self.mirror.password}

    def mirrored(self) -> list[str]:
        """The files that the second index has."""
        return sorted(path.name for path in (self.folder / 'packages').iterdir())

    def published(self) -> list[str]:
        """The files that the first one has."""
        return sorted(self.stage.published())

    def told(self) -> int:
        """How often the hook after all uploads ran."""
        told = self.folder / 'told'
        return len(told.read_text().splitlines()) if told.exists() else 0


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    """A release that is pushed: the first index has nothing yet, for its uploads wanted a password."""
    folder = tmp_path / 'mirror'
    with start_pypiserver(folder) as mirror:
        spec = QUICK.replace('targets: [local]', 'targets: [local, mirror]')
        spec = spec.replace('engine:', MIRROR.format(url=mirror.url) + 'engine:')
        spec += f"  tell: {{steps: [{{run: [sh, -c, 'echo told >> {folder / 'told'}']}}]}}\n"
        spec = spec.replace('[preflight, check,', '[check,')
        stage = set_stage(tmp_path / 'stage', {**members(PACKAGES), 'release.yaml': spec})
        found = Two(stage, mirror, folder)
        with stage.index:
            done = stage.run('release', '--yes', INDEX_PASSWORD='wrong', MIRROR_USERNAME='x', MIRROR_PASSWORD='wrong')
            assert done.returncode == 4, done.stderr
            assert (found.published(), found.mirrored(), found.told()) == ([], [], 0)
            yield found


@pytest.mark.slow
def test_one_target_is_uploaded_to_and_the_other_waits(two: Two) -> None:
    """With no credential of the other; the next run goes on, and all is done once."""
    stage = two.stage
    first = stage.run('publish', '--target', 'local', '--yes')
    assert first.returncode == 4, first.stderr
    assert (two.published(), two.mirrored(), two.told()) == (FILES, [], 0)
    assert 'wait for other targets; run `releasekit publish` to go on.' in first.stdout
    status = json.loads(stage.run('status', '--format', 'json').stdout)
    assert status['finished'] is False
    # What failed before, of the other target, is said until it is done.
    assert {package['state'] for package in status['packages']} <= {'publishing', 'failed'}
    again = stage.run('publish', '--target', 'local', '--yes')
    assert (again.returncode, two.mirrored()) == (4, [])
    last = stage.run('publish', '--target', 'mirror', '--yes', **two.credential)
    assert last.returncode == 0, last.stderr
    assert (two.published(), two.mirrored(), two.told()) == (FILES, FILES, 1)
    assert json.loads(stage.run('status', '--format', 'json').stdout)['finished'] is True
    keys = [event['key'] for event in stage.journal() if event['event'] == 'done']
    uploads = [key for key in keys if key.startswith('upload:') and not key.endswith(('.whl', '.tar.gz'))]
    assert sorted(uploads) == sorted(
        f'upload:{target}:py:{name}@0.1.0' for target in ('local', 'mirror') for name in PACKAGES
    )


@pytest.mark.slow
def test_each_target_can_have_a_machine_of_its_own(two: Two) -> None:
    """Fresh clones know nothing of each other: the registries do."""
    one, other, third = (two.stage.clone(name).root for name in ('one', 'other', 'third'))
    first = two.stage.run('publish', '--target', 'local', '--yes', '--debug', cwd=one)
    assert first.returncode == 4, first.stderr
    assert two.stage.run('publish', '--target', 'mirror', '--yes', cwd=other, **two.credential).returncode == 4
    assert (two.published(), two.mirrored()) == (FILES, FILES)
    closing = two.stage.run('publish', '--yes', cwd=third, **two.credential)
    assert closing.returncode == 0, closing.stderr
    assert 'No release is pushed and unfinished' in closing.stderr


@pytest.mark.slow
def test_a_dry_run_prints_what_is_then_done(two: Two) -> None:
    """And nothing for the other target."""
    before = two.stage.world()
    shown = two.stage.run('publish', '--target', 'mirror', '--dry-run', '--format', 'json', **two.credential)
    keys = {action['key'] for action in json.loads(shown.stdout)['actions']}
    assert not [key for key in keys if key.startswith(('upload:local', 'verify:local'))]
    assert two.stage.world() == before
    known = len(two.stage.journal())
    assert two.stage.run('publish', '--target', 'mirror', '--yes', **two.credential).returncode == 4
    done = {event['key'] for event in two.stage.journal()[known:] if event['event'] == 'done'}
    assert {key for key in done if key.count('/') == 0} <= keys
    assert {key for key in keys if key.startswith(('upload:', 'verify:'))} <= done


@pytest.mark.slow
def test_a_target_that_is_not_there_is_said(two: Two) -> None:
    """With the nearest; nothing is done."""
    done = two.stage.run('publish', '--target', 'miror', '--yes')
    assert done.returncode == 2
    assert 'Did you mean `mirror`?' in done.stderr
    assert two.published() == []


PROBES = (
    Probe(what='remote'),
    Probe(what='credential', subject='a'),
    Probe(what='credential', subject='b', needs=('probe:remote',)),
)
# It waits for the remote only through a look at the other target.
PUSH = Push(remote='origin', branch='main', tags=(), needs=('probe:credential:b',))


def sent(name: str, target: str, *needs: str) -> tuple[Upload, Verify, SmokeTest]:
    """How a package goes to a target."""
    facts: dict[str, Any] = {'package': f'py:{name}', 'name': name, 'version': '1.0.0', 'target': target}
    upload = Upload(**facts, build=f'build:py:{name}@1.0.0', needs=('push', *needs))
    verify = Verify(**facts, build=f'build:py:{name}@1.0.0', needs=(upload.key,))
    return upload, verify, SmokeTest(**facts, workspace='py', needs=(verify.key,))


ACTIONS = (
    *PROBES,
    Build(package='py:x', name='x', version='1.0.0', workspace='py', path='x'),
    PUSH,
    *sent('x', 'a'),
    *sent('x', 'b'),
    *sent('y', 'a', 'verify:b:py:x@1.0.0'),
    RunCommand(id='tell', argv=('true',), purpose='hook', needs=('smoke:b:py:x@1.0.0', 'smoke:a:py:x@1.0.0')),
)


def test_what_waits_is_what_goes_elsewhere_and_what_needs_that() -> None:
    """Also where a package of this target needs one that only the other has."""
    part = narrow(ACTIONS, ['a'], lambda _: False)
    kept = [action.key for action in part.actions]
    assert kept == [
        'probe:remote', 'probe:credential:a', 'build:py:x@1.0.0', 'push',
        'upload:a:py:x@1.0.0', 'verify:a:py:x@1.0.0', 'smoke:a:py:x@1.0.0',
    ]  # fmt: skip
    assert part.actions[3].needs == ('probe:remote',)
    others = [action.key for action in ACTIONS if action.key not in {*kept, 'probe:credential:b'}]
    assert list(part.held) == others


def test_what_is_done_holds_nothing_up() -> None:
    """Then the rest of the plan is performed."""
    done = {action.key for action in (*sent('x', 'b'), *sent('y', 'b'))}
    part = narrow(ACTIONS, ['a'], done.__contains__)
    assert part.held == ()
    assert {action.key for action in ACTIONS} - {action.key for action in part.actions} == {'probe:credential:b'}


def test_no_target_is_all_of_them() -> None:
    """Nothing waits, nothing is left out."""
    part = narrow(ACTIONS, [], lambda _: False)
    assert (part.actions, part.held) == (ACTIONS, ())
    both = narrow(ACTIONS, ['a', 'b'], lambda _: False)
    assert (both.actions, both.held) == (ACTIONS, ())
