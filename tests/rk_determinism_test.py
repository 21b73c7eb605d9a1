# SPDX-License-Identifier: Apache-2.0
"""The same history, spec and workspace give the same plan, to the byte; and the user's tree waits until the end."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import anyio
import jsonschema
import pytest

from releasekit import Inputs, make_plan, open_project, perform
from releasekit.core.actions import Action, FastForward
from releasekit.core.plan import read
from releasekit.core.report import Result
from releasekit.errors import Exit
from releasekit.testing.indexes import free_port
from releasekit.testing.stage import QUICK, Member, Stage, members, program, set_stage, snapshot
from releasekit.testing.workspace import Sandbox

pytestmark = pytest.mark.slow

SCHEMA = Path(__file__).parents[1] / 'schema' / 'plan.schema.json'
# Names, subjects and files whose order or length depends on who compares and encodes.
PACKAGES = {
    'ant': Member('1.0.0'),
    'bee': Member('0.4.0', ('ant>=0.9',)),
    'zebu': Member('0.1.0', ('ant', 'bee')),
    'a-z': Member('2.0.0', ('zebu',)),
}
WORLDS = [
    {'LC_ALL': 'C'},
    {'LC_ALL': 'C.UTF-8'},
    {
        'LC_ALL': 'tr_TR.ISO-8859-9',
        'LANG': 'nowhere',
        'LANGUAGE': 'de:fr',
        'PYTHONUTF8': '0',
        'PYTHONCOERCECLOCALE': '0',
    },
    {'TZ': 'Pacific/Kiritimati'},
    {'TZ': 'America/St_Johns'},
    {'PYTHONHASHSEED': '1'},
    {'PYTHONHASHSEED': '4242', 'COLUMNS': '20', 'NO_COLOR': '1'},
    {'GIT_CONFIG_COUNT': '1', 'GIT_CONFIG_KEY_0': 'diff.renames', 'GIT_CONFIG_VALUE_0': 'copies'},
    {'GIT_CONFIG_COUNT': '1', 'GIT_CONFIG_KEY_0': 'log.showSignature', 'GIT_CONFIG_VALUE_0': 'true'},
]


@pytest.fixture(scope='module')
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """A repository with releases, merges and words of other languages; its index refuses everything."""
    found = set_stage(tmp_path_factory.mktemp('stage'), {**members(PACKAGES), 'release.yaml': QUICK})
    found.index.stop()
    repository = found.repository
    for name in ('ant', 'bee', 'zebu'):
        repository.tag(f'{name}-v{PACKAGES[name].version}')
    repository.git('switch', '--quiet', '--create', 'topic')
    repository.commit('fix(ant): größer: İstanbul ❤', {'packages/ant/src/ant/İ.py': ''})
    repository.commit('feat(bee)!: 日本語\n\nBREAKING CHANGE: naïve', {'packages/bee/src/bee/b.py': ''})
    repository.git('switch', '--quiet', 'main')
    repository.commit('feat(ant): ΐ and ß', {'packages/ant/src/ant/c.py': '', 'packages/zebu/src/zebu/c.py': ''})
    repository.merge('topic')
    repository.git('push', '--quiet', '--follow-tags', 'origin', 'main')
    return found


def printed(stage: Stage, cwd: Path, **more: str) -> bytes:
    """What `plan --format json` writes."""
    done = stage.run('plan', '--format', 'json', cwd=cwd, **more)
    assert done.returncode == 0, done.stderr
    return done.stdout.encode()


@pytest.fixture(scope='module')
def plan(stage: Stage) -> bytes:
    """The plan in the first clone."""
    return printed(stage, stage.repository.root)


@pytest.mark.parametrize('world', WORLDS, ids=lambda world: '-'.join(world.values()))
def test_a_plan_has_the_same_bytes_wherever_it_is_made(stage: Stage, plan: bytes, world: dict[str, str]) -> None:
    """Locale, time zone, hash seed, terminal and the user's configuration of git have no part in it."""
    assert printed(stage, stage.repository.root, **world) == plan


def test_a_plan_has_the_same_bytes_in_another_clone(stage: Stage, plan: bytes, tmp_path: Path) -> None:
    """At another path, with other files beside, packed, and from a folder below the root."""
    clone = stage.repository.clone(tmp_path / 'a longer path' / 'ü')
    clone.git('gc', '--quiet')
    clone.write({'packages/ant/src/ant/untracked.py': '', 'notes.txt': ''})
    assert printed(stage, clone.root / 'packages') == plan


def test_a_plan_needs_no_network(stage: Stage, plan: bytes) -> None:
    """Neither the index nor the remote is there, every proxy is a closed port; and no interface, where that can be."""
    nowhere = f'http://127.0.0.1:{free_port()}'
    proxies = dict.fromkeys(('http_proxy', 'https_proxy', 'all_proxy', 'HTTP_PROXY', 'HTTPS_PROXY'), nowhere)
    clone = stage.clone('lonely')
    clone.git('remote', 'set-url', 'origin', f'{nowhere}/gone.git')
    assert printed(stage, clone.root, **proxies) == plan
    apart = ['unshare', '--map-root-user', '--net']
    if shutil.which('unshare') and subprocess.run([*apart, 'true'], capture_output=True, check=False).returncode == 0:
        argv = [*apart, program(), 'plan', '--format', 'json']
        done = subprocess.run(argv, cwd=clone.root, env=stage.environment, capture_output=True, check=True)
        assert done.stdout == plan


def test_a_plan_is_valid_by_its_schema_and_reads_back_to_the_equal_plan(stage: Stage, plan: bytes) -> None:
    """And the library makes the very same."""

    async def make() -> object:
        return await make_plan(await open_project(stage.repository.root, None, stage.environment), Inputs())

    document = json.loads(plan)
    jsonschema.validate(document, json.loads(SCHEMA.read_text()))
    again = read(document)
    assert json.loads(json.dumps(again.document())) == document
    assert again == anyio.run(make)


def test_a_schema_that_everything_fits_would_show(plan: bytes) -> None:
    """The plan with a key too many, or one too few, is not valid."""
    document, schema = json.loads(plan), json.loads(SCHEMA.read_text())
    for wrong in ({**document, 'more': 1}, {name: value for name, value in document.items() if name != 'base'}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


class Watcher:
    """Looks at the user's clone whenever an action begins or ends."""

    def __init__(self, repository: Sandbox) -> None:
        self._repository = repository
        self.before = self.look()
        self.seen: list[tuple[str, object]] = []
        self.moved = False

    def look(self) -> object:
        """The tree to the byte, the index of git, HEAD, branches and tags; not the objects and our own state."""
        root = self._repository.root
        git = {name: (root / '.git' / name).read_bytes() for name in ('HEAD', 'index', 'config')}
        return (
            snapshot(root, '.git', '.releasekit'),
            git,
            self._repository.git('for-each-ref', 'refs/heads', 'refs/tags'),
        )

    def started(self, action: Action) -> None:
        self.moved = self.moved or isinstance(action, FastForward)
        self.note(action)

    def finished(self, action: Action, result: Result) -> None:
        self.note(action)

    def note(self, action: Action) -> None:
        if not self.moved:
            self.seen.append((action.key, self.look()))


@pytest.mark.parametrize('work', [{}, {'packages/ant/src/ant/__init__.py': 'half a thought', 'new.txt': 'x'}])
def test_the_tree_of_the_user_is_byte_identical_until_the_branch_moves(tmp_path: Path, work: dict[str, str]) -> None:
    """Clean or with changes, through every action of the release up to the last that touches the clone."""
    stage = set_stage(tmp_path, {**members(PACKAGES), 'release.yaml': QUICK})
    stage.repository.write(work)
    watcher = Watcher(stage.repository)

    async def release() -> Exit:
        project = await open_project(stage.repository.root, None, stage.environment)
        plan = await make_plan(project, Inputs())
        report = await perform(project, plan, observer=watcher, confirm=lambda _plan, _action: True)
        return report.exit

    with stage.index:
        assert anyio.run(release) is Exit.DONE
    keys = [key for key, _ in watcher.seen]
    assert {'commit', 'push', 'tag:ant-v1.0.0', 'edit:packages/bee/pyproject.toml'} <= set(keys)
    assert [key for key, look in watcher.seen if look != watcher.before] == []
    assert watcher.look() != watcher.before
    for path, content in work.items():
        assert (stage.repository.root / path).read_text() == content


def test_two_builds_of_one_plan_are_the_same_bytes(tmp_path: Path) -> None:
    """From two clones, each released to an index of its own: all that was published is equal."""
    first = set_stage(tmp_path / 'one', {**members(PACKAGES), 'release.yaml': QUICK})
    with first.index:
        assert first.run('release', '--yes').returncode == 0
    second = set_stage(tmp_path / 'two', {**members(PACKAGES), 'release.yaml': QUICK})
    with second.index:
        strange = {
            'LC_ALL': 'C',
            'PYTHONUTF8': '0',
            'PYTHONCOERCECLOCALE': '0',
            'TZ': 'Asia/Tokyo',
            'PYTHONHASHSEED': '7',
        }
        assert second.run('release', '--yes', **strange).returncode == 0
    assert first.published() == second.published() != {}
