# SPDX-License-Identifier: Apache-2.0
"""The contract of an ecosystem: the same truths for each, with its real tool and a real registry."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import importlib
import json
import pkgutil
import subprocess
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import anyio
import pytest

from releasekit import testing
from releasekit.backends.files import FolderFiles
from releasekit.backends.http import HttpClient
from releasekit.backends.shell import LocalShell
from releasekit.core.package import Package
from releasekit.ecosystems import ECOSYSTEMS
from releasekit.ecosystems.base import BuildJob, Discovery, Outside, Raise
from releasekit.errors import Code
from releasekit.ports import Artifact, Outcome, Registry
from releasekit.spec.model import Pin, WorkspaceSpec
from releasekit.testing import toolchains
from releasekit.testing.scene import Scene, scene
from releasekit.testing.site import VERSION, Site

NAMES = [name for _, name, _ in pkgutil.iter_modules(testing.__path__) if name.startswith('sites_')]
SITES: dict[str, Site] = {
    name.removeprefix('sites_'): importlib.import_module(f'releasekit.testing.{name}').SITE for name in NAMES
}
# What every requirement of these sites admits, and what none does that was made for one major version.
NEXT, FAR = '1.1.0', '2.0.0'
TIMESTAMP = 1_767_225_600

pytestmark = pytest.mark.slow


def test_every_ecosystem_has_a_site() -> None:
    """None is left out of this suite."""
    assert {site.ecosystem.name for site in SITES.values()} == set(ECOSYSTEMS)


@pytest.fixture(params=SITES)
def site(request: pytest.FixtureRequest) -> Site:
    found = SITES[request.param]
    if why := toolchains.missing(found):
        pytest.skip(why)
    return found


@pytest.fixture
def stage(site: Site, tmp_path: Path) -> Generator[Scene, None, None]:
    """The site with its registry, begun for each test anew."""
    with scene(tmp_path, site) as found:
        yield found


def discover(site: Site, root: Path) -> Discovery:
    spec = WorkspaceSpec(ecosystem=site.ecosystem.name, targets=('local',), tag=site.ecosystem.kind.tag)
    return anyio.run(site.ecosystem.workspace.discover, FolderFiles(root), 'ws', spec)


def packages(site: Site, root: Path) -> tuple[Package, Package]:
    """The base and the top."""
    found = {package.name: package for package in discover(site, root).packages}
    return found[site.base], found[site.top]


@contextlib.asynccontextmanager
async def connected(site: Site, stage: Scene) -> AsyncGenerator[Registry, None]:
    served = stage.served['ws']
    async with HttpClient(timeout=60) as http:
        part = site.ecosystem.registries[served.target.type]
        yield part.connect(served.target, Outside(http, LocalShell(stage.tools)), served.credential)


def test_discovery_is_what_the_tool_lists(site: Site, stage: Scene) -> None:
    """The same packages, and the one edge."""
    root = stage.repository.root
    found = discover(site, root)
    base, top = packages(site, root)

    assert {package.name for package in found.packages} == {site.base, site.top} == site.members(root, stage.tools)
    assert [(edge.id, str(edge.kind)) for edge in top.dependencies] == [(base.id, 'runtime')]
    assert base.dependencies == ()
    assert all(package.publish and package.release for package in found.packages)


def test_versions_are_written_and_read_back(site: Site, stage: Scene) -> None:
    """Only the line of the version differs; a version that no file holds has no place."""
    root = stage.repository.root
    for package in packages(site, root):
        assert package.version == (VERSION if package.places else None)
        for place in package.places:
            before = (root / place.path).read_text()
            after = site.ecosystem.manifest.set_version(before, place, FAR)
            changed = [new for old, new in zip(before.splitlines(), after.splitlines(), strict=True) if old != new]
            assert site.ecosystem.manifest.read_version(before, place) == VERSION
            assert site.ecosystem.manifest.read_version(after, place) == FAR
            assert len(changed) == 1
            assert FAR in changed[0]
            assert site.ecosystem.manifest.set_version(after, place, VERSION) == before


@pytest.mark.parametrize('pin', ['keep', 'minimum', 'compatible', 'exact'])
def test_requirements_admit_what_is_released(site: Site, stage: Scene, pin: Pin) -> None:
    """However they are pinned, the next requirement admits the next version; written again, nothing changes."""
    root = stage.repository.root
    base, top = packages(site, root)
    allows = site.ecosystem.versions.allows
    for place in base.places:
        (root / place.path).write_text(
            site.ecosystem.manifest.set_version((root / place.path).read_text(), place, NEXT)
        )
    text = (root / top.manifest).read_text()
    raises = [Raise(site.base, NEXT, pin)]
    pinned = site.ecosystem.manifest.set_requirements(text, raises, top.manifest)
    (root / top.manifest).write_text(pinned)
    requirement = packages(site, root)[1].dependencies[0].requirement

    assert allows(requirement, NEXT)
    assert site.ecosystem.manifest.set_requirements(pinned, raises, top.manifest) == pinned
    if pin == 'keep':
        assert allows(top.dependencies[0].requirement, NEXT) is (pinned == text)


def test_a_release_is_whole(site: Site, stage: Scene) -> None:
    """Versions, tags, build, upload, verification and a trial from the registry; a second release has nothing to do."""
    done = stage.run('release', '--yes')
    assert done.returncode == 0, done.stdout + done.stderr
    commits = set(stage.refs().values())
    again = stage.run('release', '--yes')

    assert len(commits) == 1
    assert len(stage.refs()) == 3
    assert again.returncode == 0, again.stderr
    assert set(stage.refs().values()) == commits
    anyio.run(_assert_served, site, stage, _released(site, stage))


def _released(site: Site, stage: Scene) -> dict[str, str]:
    """The versions in the manifest of the newest release commit."""
    shown = subprocess.run(
        ['git', 'show', 'main:release-manifest.json'],
        cwd=stage.remote,
        env=stage.tools,
        capture_output=True,
        check=True,
    )
    versions = {package['name']: package['version'] for package in json.loads(shown.stdout)['packages']}
    return {name: versions[name] for name in (site.base, site.top)}


async def _assert_served(site: Site, stage: Scene, versions: dict[str, str]) -> None:
    """The registry has the files that were built, with their bytes."""
    built = {path.name: path.read_bytes() for path in stage.artifacts()}
    async with connected(site, stage) as registry:
        for name, version in versions.items():
            files = await registry.files(name, version)
            assert site.ecosystem.tool.complete(files), files
            for filename, file in files.items():
                theirs = await registry.download(file)
                assert site.ecosystem.tool.inspect(filename, theirs) == (name, version)
                assert theirs == built[filename] or site.ecosystem.tool.same(filename, built[filename], theirs)
                assert file.digest in {None, hashlib.sha256(theirs).hexdigest()}


def test_a_second_release_follows_the_first(site: Site, stage: Scene) -> None:
    """A feature of the base raises it, and what needs it follows: lock file and requirements included."""
    assert stage.run('release', '--yes').returncode == 0
    first = _released(site, stage)
    path, text = site.other
    stage.repository.commit('feat: more of it', {path: text})
    stage.repository.git('push', '--quiet', 'origin', 'main')
    done = stage.run('release', '--yes')
    assert done.returncode == 0, done.stdout + done.stderr
    second = _released(site, stage)

    assert second[site.base] != first[site.base]
    assert second[site.top] != first[site.top]
    anyio.run(_assert_served, site, stage, second)


@pytest.mark.parametrize('point', ['^done build', '^intended upload', '^done upload'])
def test_a_killed_release_is_finished_by_the_next(site: Site, stage: Scene, point: str) -> None:
    """Killed after a build, on the way to the registry, and after an upload: the same command ends it."""
    assert stage.killed(point).returncode == -9
    done = stage.run('release', '--yes')
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(stage.refs()) == 3
    anyio.run(_assert_served, site, stage, _released(site, stage))


def test_a_fresh_clone_finishes_after_the_push(site: Site, stage: Scene) -> None:
    """With no journal at all, refs and registries say what is left."""
    assert stage.killed('^done push').returncode == -9
    other = stage.clone('other')
    done = other.run('release', '--yes')
    assert done.returncode == 0, done.stdout + done.stderr
    anyio.run(_assert_served, site, other, _released(site, other))


def test_nothing_is_replaced(site: Site, stage: Scene) -> None:
    """The same again is accepted or a duplicate, other bytes of that name never replace what is there."""
    assert stage.run('release', '--yes').returncode == 0
    version = _released(site, stage)[site.base]
    anyio.run(_offer_again, site, stage, version)


async def _offer_again(site: Site, stage: Scene, version: str) -> None:
    async with connected(site, stage) as registry:
        before = await registry.files(site.base, version)
        ours = {path.name: path.read_bytes() for path in stage.artifacts() if path.name in before}
        theirs = await _rebuilt(site, stage, version)
        served = {name: await registry.download(file) for name, file in before.items()}
        for content in (ours, theirs):
            for filename in sorted(before):
                answer = await registry.upload(_artifact(filename, content[filename]))
                assert answer.outcome in {Outcome.ACCEPTED, Outcome.DUPLICATE, Outcome.REJECTED}, answer
        after = await registry.files(site.base, version)

    assert ours.keys() == before.keys() == theirs.keys()
    assert ours != theirs
    assert {name: (file.digest, file.yanked) for name, file in after.items()} == {
        name: (file.digest, file.yanked) for name, file in before.items()
    }
    assert served.keys() == before.keys()


def _artifact(filename: str, content: bytes) -> Artifact:
    return Artifact(filename, hashlib.sha256(content).hexdigest(), content)


async def _rebuilt(site: Site, stage: Scene, version: str) -> dict[str, bytes]:
    """The files of the base, built of the first commit with another text in it."""
    folder = stage.folder / 'other'
    path, text = site.other
    other = stage.repository.clone(folder)
    other.git('checkout', '--quiet', '--detach', other.git('rev-list', '--max-parents=0', 'HEAD'))
    commit = other.commit('feat: something else', {path: text})
    base = next(
        each
        for each in (
            await site.ecosystem.workspace.discover(FolderFiles(folder), 'ws', WorkspaceSpec(site.ecosystem.name))
        ).packages
        if each.name == site.base
    )
    out = stage.folder / 'out'
    out.mkdir()
    job = BuildJob(
        site.base, version, base.path, folder, out, TIMESTAMP, {}, released={site.base: version}, commit=commit, tag='x'
    )
    shell = LocalShell(stage.tools)
    for command in site.ecosystem.tool.build(job):
        done = await shell.run(command)
        assert done.status == 0, done.complaint
    built = {each.name: each.read_bytes() for each in out.iterdir() if each.is_file()}
    return {name: content for name, content in built.items() if site.ecosystem.tool.inspect(name, content)}


def test_other_bytes_stop_a_release(site: Site, stage: Scene) -> None:
    """Somebody has published other bytes under the next version: nothing is pushed, and the exit status is 5."""
    version = next(each['next'] for each in stage.json('plan')['packages'] if each['name'] == site.base)
    if not anyio.run(_publish_other, site, stage, version):
        pytest.skip('nothing can be published there but by a tag')
    done = stage.run('release', '--yes')

    assert done.returncode == 5, done.stdout + done.stderr
    assert Code.DRIFT_BYTES in done.stdout + done.stderr
    assert list(stage.refs()) == ['refs/heads/main']


async def _publish_other(site: Site, stage: Scene, version: str) -> bool:
    async with connected(site, stage) as registry:
        for filename, content in sorted((await _rebuilt(site, stage, version)).items()):
            await registry.upload(_artifact(filename, content))
        return bool(await registry.files(site.base, version))


def test_users_are_warned_off(site: Site, stage: Scene) -> None:
    """A version is yanked and restored where the registry can, and else the answer says what to do."""
    assert stage.run('release', '--yes').returncode == 0
    anyio.run(_yank, site, stage, _released(site, stage)[site.base])


async def _yank(site: Site, stage: Scene, version: str) -> None:
    async with connected(site, stage) as registry:
        answer = await registry.yank(site.base, version, 'it is broken')
        yanked = await registry.files(site.base, version)
        undone = await registry.yank(site.base, version, undo=True)
        restored = await registry.files(site.base, version)
    if site.yanks:
        assert (answer.outcome, undone.outcome) == (Outcome.ACCEPTED, Outcome.ACCEPTED), (answer, undone)
    else:
        assert answer.outcome is Outcome.REJECTED
        assert answer.detail
    assert [file.yanked for file in yanked.values()] == [site.yanks] * len(yanked)
    assert [file.yanked for file in restored.values()] == [False] * len(restored)


def test_no_tool_sees_a_credential(site: Site, stage: Scene) -> None:
    """Commands that build and try packages carry none in what they set or pass on."""
    base, top = packages(site, stage.repository.root)
    secret = set(stage.served['ws'].secrets)
    for package in (base, top):
        job = BuildJob(package.name, VERSION, package.path, stage.repository.root, stage.folder, TIMESTAMP, {})
        for command in site.ecosystem.tool.build(dataclasses.replace(job, released={package.name: VERSION})):
            assert not secret & {*command.passes, *command.env}
