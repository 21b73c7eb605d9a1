# SPDX-License-Identifier: Apache-2.0
"""Pipelines of several parts, each on real files, real git and, where something is published, a real index."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import anyio
import pytest

from releasekit import Inputs, Plan, Project, Workspace, discover, edit_tree, load_spec, make_plan, open_project, pinned
from releasekit.core.actions import Build, EditFile
from releasekit.core.graph import order
from releasekit.core.plan import read
from releasekit.core.tags import tag_name
from releasekit.errors import Code, Exit, ReleaseKitError
from releasekit.run.lock import hold
from releasekit.run.tree import restore
from releasekit.testing.faults import serve_faults
from releasekit.testing.observers import Recorder
from releasekit.testing.stage import QUICK, SPEC, Member, Stage, members, set_stage, snapshot
from releasekit.testing.workspace import Sandbox, make_repository

pytestmark = pytest.mark.slow

SHOP = Path(__file__).parents[1] / 'examples' / 'shop'
GROUPED = QUICK.replace(
    'targets: [local]}', 'targets: [local], pin: exact, groups: {all: {packages: ["*"], versioning: fixed}}}'
)
PAIR = {'ant': Member('1.0.0'), 'bee': Member('1.0.0', ('ant',))}


def opened(repository: Sandbox) -> Project:
    """The project of a repository."""
    return anyio.run(open_project, repository.root, None, os.environ)


def planned(repository: Sandbox) -> Plan:
    """The plan of its next release."""
    return anyio.run(make_plan, opened(repository))


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Two packages that share a version and are built with exact pins."""
    found = set_stage(tmp_path, {**members(PAIR), 'release.yaml': GROUPED})
    with found.index:
        yield found


@pytest.fixture
def grouped(tmp_path: Path) -> Sandbox:
    """The same two packages, released once and changed since; no remote and no index."""
    repository = make_repository(tmp_path / 'work', {**members(PAIR), 'release.yaml': GROUPED})
    for name in PAIR:
        repository.tag(f'{name}-v1.0.0')
    repository.commit('feat(ant): walk', {'packages/ant/src/ant/walk.py': ''})
    return repository


# config → discover → graph → plan


@pytest.fixture(scope='module')
def shop(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """The example workspace: extras, markers, a private package and a diamond."""
    folder = tmp_path_factory.mktemp('shop') / 'shop'
    shutil.copytree(SHOP, folder, ignore=shutil.ignore_patterns('.venv', 'dist', '__pycache__'))
    return make_repository(folder, {}, 'feat: open the shop')


def test_a_spec_leads_to_packages_to_an_order_and_to_a_plan_in_that_order(shop: Sandbox) -> None:
    """Each value is made from the one before; what a package needs is released before it."""
    spec = load_spec(shop.root / 'release.yaml')
    workspace: Workspace = anyio.run(discover, opened(shop))
    sequence = order(workspace)
    plan = planned(shop)
    assert {package.workspace for package in workspace.packages} == set(spec.workspaces)
    assert sorted(sequence) == [package.id for package in workspace.packages]
    assert [package.id for package in plan.packages] == list(sequence)
    place = {id_: number for number, id_ in enumerate(sequence)}
    edges = [(package.id, edge) for package in workspace.packages for edge in package.dependencies]
    assert {str(edge.kind) for _, edge in edges} >= {'runtime', 'optional'}
    assert [edge for id_, edge in edges if edge.kind != 'group' and place[edge.id] > place[id_]] == []


def test_a_plan_builds_and_uploads_what_is_published_and_nothing_else(shop: Sandbox) -> None:
    """The private package is versioned and tagged only; an upload needs what its package needs on the index."""
    plan = planned(shop)
    workspace: Workspace = anyio.run(discover, opened(shop))
    private = {package.id for package in workspace.packages if not package.publish}
    kinds = {kind: {action.package for action in plan.actions if action.kind == kind} for kind in ('tag', 'upload')}
    assert kinds['tag'] - kinds['upload'] == private != set()
    for package in workspace.packages:
        upload = plan.by_key.get(f'upload:pypi:{package.id}@{package.version}')
        needed = {edge.id for edge in package.dependencies if edge.kind == 'runtime'}
        if upload is not None:
            verified = {need.split(':', maxsplit=2)[2].partition('@')[0] for need in upload.needs if 'verify' in need}
            assert needed - private <= verified


# bump → pin → restore


def exact(plan: Plan) -> list[EditFile]:
    """The edits that are only for what is built."""
    return [edit for action in plan.actions if isinstance(action, Build) for edit in action.edits]


async def bumped(repository: Sandbox) -> tuple[Project, Plan]:
    """The project with its tree bumped, and the plan of its release."""
    project = await open_project(repository.root, None, os.environ)
    await edit_tree(project, await make_plan(project, Inputs(), 'bump'), observer=Recorder())
    return project, await make_plan(project, Inputs())


def tree(repository: Sandbox) -> dict[str, tuple[int, bytes]]:
    """The user's files."""
    return snapshot(repository.root, '.git', '.releasekit')


def pins(repository: Sandbox) -> bool:
    """Whether the tree has the exact pin."""
    return '"ant==1.1.0"' in (repository.root / 'packages/bee/pyproject.toml').read_text()


async def broken_off(repository: Sandbox, project: Project, plan: Plan) -> None:
    """Pin, and fail while the pins are there."""
    async with pinned(project, exact(plan), plan):
        assert pins(repository)
        raise ZeroDivisionError


def test_versions_are_bumped_then_pinned_for_a_while_then_as_they_were_bumped(grouped: Sandbox) -> None:
    """Every byte comes back, and nothing is left of the originals that were kept."""

    async def go() -> None:
        project, plan = await bumped(grouped)
        assert 'version = "1.1.0"' in (grouped.root / 'packages/bee/pyproject.toml').read_text()
        before = tree(grouped)
        async with pinned(project, exact(plan), plan):
            assert pins(grouped)
        assert before == tree(grouped)
        assert restore(project) == ()

    anyio.run(go)


def test_pins_are_taken_back_after_an_exception(grouped: Sandbox) -> None:
    """Whatever the block raises goes on, and the tree is as it was."""

    async def go() -> None:
        project, plan = await bumped(grouped)
        before = tree(grouped)
        with pytest.raises(ZeroDivisionError):
            await broken_off(grouped, project, plan)
        assert before == tree(grouped)

    anyio.run(go)


def test_pins_within_pins_are_taken_back_one_by_one(grouped: Sandbox) -> None:
    """The inner block gives back what the outer one made, also after an exception."""

    async def go() -> None:
        project, plan = await bumped(grouped)
        note = next(action for action in plan.actions if isinstance(action, EditFile) and 'CHANGELOG' in action.path)
        before = tree(grouped)
        async with pinned(project, [note], plan):
            outer = tree(grouped)
            with pytest.raises(ZeroDivisionError):
                await broken_off(grouped, project, plan)
            assert outer == tree(grouped) != before
        assert before == tree(grouped)

    anyio.run(go)


KILLED = """\
import os, signal, sys
from pathlib import Path
import anyio
from releasekit import Inputs, make_plan, open_project, pinned
from releasekit.core.actions import Build, EditFile

async def main():
    project = await open_project(Path.cwd(), None, os.environ)
    plan = await make_plan(project, Inputs())
    exact = [edit for action in plan.actions if isinstance(action, Build) for edit in action.edits]
    notes = [action for action in plan.actions if isinstance(action, EditFile) and 'CHANGELOG' in action.path]
    async with pinned(project, notes, plan):
        async with pinned(project, exact, plan):
            os.kill(os.getpid(), signal.SIGKILL)

anyio.run(main)
"""


def test_pins_are_taken_back_after_a_kill(grouped: Sandbox) -> None:
    """The originals were on disk before the first edit: `restore` puts them back, the innermost first."""

    async def go() -> Project:
        return (await bumped(grouped))[0]

    project = anyio.run(go)
    before = tree(grouped)
    argv = [sys.executable, '-c', KILLED]
    killed = subprocess.run(argv, cwd=grouped.root, capture_output=True, check=False)
    assert killed.returncode == -9, killed.stderr.decode()
    assert pins(grouped)
    assert before != tree(grouped)
    notes = ('packages/ant/CHANGELOG.md', 'packages/bee/CHANGELOG.md')
    assert restore(project) == ('packages/bee/pyproject.toml', *notes)
    assert before == tree(grouped)
    assert restore(project) == ()


# save → load → resume


def test_a_plan_that_was_saved_is_read_and_performed(stage: Stage) -> None:
    """What `plan --format json` wrote is what `apply` does, in the very same actions."""
    saved = stage.folder / 'plan.json'
    saved.write_text(stage.run('plan', '--format', 'json').stdout)
    plan = read(json.loads(saved.read_text()))
    assert plan == planned(stage.repository)
    assert stage.run('apply', str(saved), '--yes').returncode == 0
    done = {event['key'] for event in stage.journal() if event['event'] == 'done'}
    assert set(plan.by_key) <= done
    assert {name.partition('-')[0] for name in stage.published()} == {'ant', 'bee'}


def test_a_saved_plan_that_was_begun_is_gone_on_with(stage: Stage) -> None:
    """By `apply` and by `release` alike; the files that are published are not published again."""
    saved = stage.folder / 'plan.json'
    saved.write_text(stage.run('plan', '--format', 'json').stdout)
    assert stage.run('apply', str(saved), '--yes', INDEX_PASSWORD='wrong-pass-word').returncode == Exit.PARTIAL
    assert [path.name for path in (stage.repository.root / '.releasekit' / 'runs').iterdir()] == [
        read(json.loads(saved.read_text())).id
    ]
    assert stage.run('apply', str(saved), '--yes').returncode == 0
    world = stage.world()
    assert stage.run('apply', str(saved), '--yes').returncode == 0
    assert stage.run('release', '--yes').returncode == 0
    assert world == stage.world()


def test_a_plan_that_is_not_the_one_that_would_be_made_is_refused(stage: Stage) -> None:
    """Changed by hand, or saved under another spec: nothing is done."""
    document = json.loads(stage.run('plan', '--format', 'json').stdout)
    saved = stage.folder / 'plan.json'
    before = stage.world()
    saved.write_text(json.dumps({**document, 'date': '2001-01-01'}))
    assert stage.run('apply', str(saved), '--yes').returncode == 1
    forged = read({name: value for name, value in {**document, 'date': '2001-01-01'}.items() if name != 'id'})
    saved.write_text(json.dumps(forged.document()))
    done = stage.run('apply', str(saved), '--yes')
    assert done.returncode == Exit.DRIFT
    assert f'error[{Code.DRIFT_PLAN}]' in done.stderr
    assert before == stage.world()


def test_a_saved_plan_is_of_no_use_when_the_branch_has_moved_on(stage: Stage) -> None:
    """The world is not the one that the plan was made for."""
    saved = stage.folder / 'plan.json'
    saved.write_text(stage.run('plan', '--format', 'json').stdout)
    stage.repository.commit('fix(ant): stand still', {'packages/ant/src/ant/still.py': ''})
    stage.repository.git('push', '--quiet')
    before = stage.world()
    assert stage.run('apply', str(saved), '--yes').returncode == Exit.DRIFT
    assert before == stage.world()


# lock acquire → exclude → release


def test_a_lock_that_is_held_excludes_and_one_that_is_let_go_does_not(stage: Stage) -> None:
    """The second run says who is at work, does nothing, and works when the first has ended."""
    lock = stage.repository.root / '.git' / 'releasekit' / 'lock'
    with hold(lock, 'a test'):
        for task in (['release', '--yes'], ['changelog']):
            done = stage.run(*task)
            assert done.returncode == Exit.LOCKED
            assert f'process {os.getpid()} on {os.uname().nodename} (a test)' in done.stderr
        assert stage.published() == {}
        assert stage.run('plan').returncode == 0
    assert stage.run('release', '--yes').returncode == 0
    assert not lock.exists()


# tag formatting from a manifest


@pytest.mark.parametrize(
    ('template', 'expected'),
    [
        ('{name}-v{version}', ['shop-cli-v0.1.0', 'shop-core-v1.2.0']),
        ('{path}/v{version}', ['packages/cli/v0.1.0', 'packages/core/v1.2.0']),
        ('{label}/{name}@{major}.{minor}.{patch}', ['py/shop-cli@0.1.0', 'py/shop-core@1.2.0']),
    ],
)
def test_a_tag_is_made_of_what_the_manifest_says(shop: Sandbox, template: str, expected: Sequence[str]) -> None:
    """Name and version are those of pyproject.toml, the path is its folder."""
    workspace: Workspace = anyio.run(discover, opened(shop))
    packages = [workspace.by_id[id_] for id_ in ('py:shop-cli', 'py:shop-core')]
    assert [tag_name(template, package, package.version or '') for package in packages] == expected


def test_the_version_of_the_manifest_is_what_its_tag_is_read_back_to(stage: Stage) -> None:
    """What a release tagged is what the next plan calls released."""
    assert stage.run('release', '--yes').returncode == 0
    stage.repository.commit('fix(ant): stand still', {'packages/ant/src/ant/still.py': ''})
    plan = planned(stage.repository)
    assert [(package.name, package.released, package.next) for package in plan.packages] == [
        ('ant', '1.0.0', '1.0.1'),
        ('bee', '1.0.0', '1.0.1'),
    ]


# cycle found and diamond clean


@pytest.mark.parametrize(
    ('needs', 'message'),
    [
        ({'ant': ('bee',), 'bee': ('ant',)}, 'py:ant → py:bee (runtime) → py:ant (runtime)'),
        ({'ant': ('cat',), 'bee': ('ant',), 'cat': ('bee',)}, 'py:ant → py:cat (runtime) → py:bee (runtime) → py:ant'),
    ],
)
def test_a_cycle_is_named_edge_by_edge(tmp_path: Path, needs: dict[str, tuple[str, ...]], message: str) -> None:
    """There is no plan, and the error says what needs what."""
    files = members({name: Member('1.0.0', edges) for name, edges in needs.items()})
    repository = make_repository(tmp_path / 'work', {**files, 'release.yaml': SPEC})
    with pytest.raises(ReleaseKitError) as caught:
        planned(repository)
    assert caught.value.code is Code.GRAPH_CYCLE
    assert message in str(caught.value)


def test_a_cycle_through_an_extra_only_is_none(tmp_path: Path) -> None:
    """`core[all]` → plugin → core is how plugins are done: core is released first."""
    files = members({'core': Member('1.0.0'), 'plugin': Member('1.0.0', ('core',))})
    core = 'packages/core/pyproject.toml'
    files[core] += '\n[project.optional-dependencies]\nall = ["plugin"]\n'
    repository = make_repository(tmp_path / 'work', {**files, 'release.yaml': SPEC})
    assert [package.name for package in planned(repository).packages] == ['core', 'plugin']


def test_a_diamond_is_no_cycle(shop: Sandbox) -> None:
    """The foot comes first and the top last, once each."""
    workspace: Workspace = anyio.run(discover, opened(shop))
    sequence = order(workspace)
    assert len(sequence) == len(set(sequence)) == 6
    assert sequence[0] == 'py:shop-core'
    assert sequence.index('py:shop-models') < sequence.index('py:shop-client') < sequence.index('py:shop-cli')


# spec errors caught early


@pytest.mark.parametrize(
    ('before', 'after', 'code'),
    [
        ('ecosystem', 'ecosytem', Code.SPEC_INVALID),
        ('targets: [local]', 'targets: [elsewhere]', Code.SPEC_NAME),
        ('preflight', 'preflihgt', Code.SPEC_NAME),
        ('version: 1\n', 'version: 1\nversion: 1\n', Code.SPEC_SYNTAX),
        ('{env: INDEX_PASSWORD}', 'pypi-AgEIcHlwaS5vcmcCJDAwMDAwMDAwLTAwMDAtMDAwMC0wMDAwLTAwMDAwMDAwMDAwMA', None),
    ],
)
def test_a_wrong_spec_is_noticed_before_git_or_network_are_touched(
    stage: Stage, before: str, after: str, code: Code | None
) -> None:
    """git only says where the root is; nobody asks the index; nothing is written."""
    calls = stage.folder / 'calls'
    git = stage.folder / 'bin' / 'git'
    git.parent.mkdir()
    git.write_text(f'#!/bin/sh\necho "$@" >> {calls}\nexec {shutil.which("git")} "$@"\n')
    git.chmod(0o755)
    with serve_faults(stage.index.url) as index:
        spec = (stage.repository.root / 'release.yaml').read_text().replace(stage.index.url, f'{index.url}/')
        stage.repository.write({'release.yaml': spec.replace(before, after)})
        files = snapshot(stage.repository.root)
        for task in (['release', '--yes'], ['release', '--dry-run'], ['plan'], ['bump'], ['check']):
            done = stage.run(*task, PATH=f'{git.parent}{os.pathsep}{stage.environment["PATH"]}')
            assert done.returncode == Exit.USAGE
            assert f'error[{code or Code.SPEC_SECRET}]' in done.stderr
        assert index.exchanges == ()
    assert {line.split()[0] for line in calls.read_text().splitlines()} == {'rev-parse'}
    assert files == snapshot(stage.repository.root)
