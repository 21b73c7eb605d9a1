# SPDX-License-Identifier: Apache-2.0
"""Stories of examples/polyglot: four ecosystems in one repository, with real tools and registries."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import pytest

from releasekit.backends.http import HttpClient
from releasekit.backends.shell import LocalShell
from releasekit.ecosystems import ECOSYSTEMS
from releasekit.ecosystems.base import Outside
from releasekit.testing.indexes import start_pypiserver
from releasekit.testing.polyglot import cast, polyglot
from releasekit.testing.scene import Scene

EXAMPLE = Path(__file__).parent.parent / 'examples' / 'polyglot'
CORE = 'crates/core/src/lib.rs'
CLIENT = 'js:@station/client'

pytestmark = pytest.mark.slow


@pytest.fixture
def scene(tmp_path: Path) -> Generator[Scene, None, None]:
    """The example as it is, with a registry for each of its workspaces."""
    found = cast(EXAMPLE / 'release.yaml')
    if found.missing:
        pytest.skip('; '.join(f'{label}: {why}' for label, why in found.missing.items()))
    with polyglot(tmp_path, EXAMPLE, found) as stage:
        yield stage


def manifest(scene: Scene) -> dict[str, Any]:
    """The manifest of the newest release commit: versions by package."""
    text = scene.repository.git('show', 'origin/main:release-manifest.json')
    return {package['id']: package['version'] for package in json.loads(text)['packages']}


def released(scene: Scene) -> dict[str, str]:
    scene.repository.git('fetch', '--quiet', 'origin', 'main')
    return manifest(scene)


def served(scene: Scene, versions: dict[str, str]) -> dict[str, bool]:
    """Which of these versions are whole on their registries."""
    return anyio.run(_served, scene, versions)


async def _served(scene: Scene, versions: dict[str, str]) -> dict[str, bool]:
    found = {}
    async with HttpClient(timeout=30) as http:
        for id_, version in versions.items():
            label, _, name = id_.partition(':')
            target = scene.served[label].target
            ecosystem = next(each for each in ECOSYSTEMS.values() if target.type in each.registries)
            outside = Outside(http, LocalShell(scene.tools))
            registry = ecosystem.registries[target.type].connect(target, outside, None)
            found[id_] = ecosystem.tool.complete(await registry.files(name, version))
    return found


def done(scene: Scene) -> list[str]:
    """The keys of what was done, in the order of the journals."""
    paths = sorted(
        scene.repository.root.glob('.releasekit/runs/*/journal.jsonl'), key=lambda path: path.stat().st_mtime
    )
    events = [json.loads(line) for path in paths for line in path.read_text().splitlines()]
    return [event['key'] for event in events if event['event'] == 'done']


def test_the_first_release_is_one_commit_and_four_registries(scene: Scene) -> None:
    """One plan, one push, tags by the rules of each workspace; every package on its own registry."""
    ended = scene.run('release', '--yes')
    assert ended.returncode == 0, ended.stdout + ended.stderr
    versions = released(scene)
    refs = scene.refs()

    assert {id_.partition(':')[0] for id_ in versions} == {'rs', 'py', 'js', 'go'}
    assert len(versions) == 8
    assert set(refs.values()) == {refs['refs/heads/main']}
    tags = {ref.removeprefix('refs/tags/') for ref in refs if ref.startswith('refs/tags/')}
    assert tags >= {'rs/station-core-v0.1.0', 'py/station-sdk-v0.1.0', 'js/@station/client-v0.1.0', 'go/client/v0.1.0'}
    assert served(scene, versions) == dict.fromkeys(versions, True)
    assert scene.run('release', '--yes').stdout.startswith('Nothing to release')


def test_a_change_of_the_core_is_followed_in_other_languages(scene: Scene) -> None:
    """A feature in Rust releases the Python and JavaScript packages that bundle it, after it, and nothing else."""
    assert scene.run('release', '--yes').returncode == 0
    text = (scene.repository.root / CORE).read_text()
    scene.repository.commit('feat(core): round temperatures', {CORE: text + '\n/// Rounds.\npub fn round() {}\n'})
    scene.repository.git('push', '--quiet', 'origin', 'HEAD:main')
    why = scene.run('why', CLIENT)
    ended = scene.run('release', '--yes')
    assert ended.returncode == 0, ended.stdout + ended.stderr
    versions = released(scene)
    order = done(scene)

    assert 'rs:station-core' in why.stdout, why.stdout
    assert versions == {
        'rs:station-core': '0.2.0',
        'py:station-sdk': '0.1.1',
        'py:station-report': '0.1.1',
        CLIENT: '0.1.1',
    }
    assert served(scene, versions) == dict.fromkeys(versions, True)
    for later in ('upload:pypi:py:station-sdk@0.1.1', f'upload:npm:{CLIENT}@0.1.1'):
        assert order.index('verify:crates:rs:station-core@0.2.0') < order.index(later)


@pytest.mark.parametrize('point', ['^done build:py', '^done push', '^intended upload:crates', '^done upload:npm'])
def test_a_killed_release_is_finished(scene: Scene, point: str) -> None:
    """Wherever it was killed, the same command ends where an undisturbed release does."""
    assert scene.killed(point).returncode == -9
    ended = scene.run('release', '--yes')
    assert ended.returncode == 0, ended.stdout + ended.stderr
    versions = released(scene)

    assert len(versions) == 8
    assert served(scene, versions) == dict.fromkeys(versions, True)
    assert len(set(scene.refs().values())) == 1


def test_another_machine_finishes(scene: Scene) -> None:
    """After the push a fresh clone knows all that is left, whatever the ecosystem."""
    assert scene.killed('^done push').returncode == -9
    other = scene.clone('other')
    ended = other.run('release', '--yes')
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert served(other, released(other)) == dict.fromkeys(released(other), True)


def test_one_registry_down_holds_up_only_what_goes_there(scene: Scene) -> None:
    """The rest is published, the exit status says partly done, and later the same command does what is left."""
    assert scene.killed('^done push').returncode == -9
    index = urlsplit(scene.served['py'].target.url)
    scene.served['py'].stop()
    ended = scene.run('release', '--yes')
    versions = released(scene)
    there = served(scene, {id_: version for id_, version in versions.items() if not id_.startswith('py:')})

    assert ended.returncode == 4, ended.stdout + ended.stderr
    assert there == dict.fromkeys(there, True)
    assert len(there) == 6
    with start_pypiserver(scene.folder / 'py' / 'index', index.port):
        ended = scene.run('release', '--yes')
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert served(scene, versions) == dict.fromkeys(versions, True)


def test_a_snapshot_is_on_every_registry_and_in_no_repository(scene: Scene) -> None:
    """Each in the words of its scheme; a module, which its tag alone would publish, is left out."""
    before = scene.refs()
    ended = scene.run('snapshot', '--yes')
    assert ended.returncode == 0, ended.stdout + ended.stderr
    plan = scene.json('snapshot', '--dry-run')
    versions = {package['id']: package['next'] for package in plan['packages']}
    labels = {id_: id_.partition(':')[0] for id_ in versions}
    assert set(labels.values()) == {'rs', 'py', 'js'}
    assert all(('.dev' if labels[id_] == 'py' else '-snapshot.') in version for id_, version in versions.items())
    assert set(served(scene, versions).values()) == {True}
    assert any(id_.startswith('go:') for id_ in plan['unchanged'])
    assert scene.refs() == before
    assert scene.repository.git('status', '--porcelain') == ''
