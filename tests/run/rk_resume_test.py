# SPDX-License-Identifier: Apache-2.0
"""Killed at any event of its journal, a release of six packages to a real devpi ends as one that nobody disturbed.

What came of it is judged from outside: by the index, by what a proxy in front of it saw, and by git.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import itertools
import json
import os
import re
import shutil
import subprocess
import urllib.parse
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import httpx
import pytest

from releasekit.testing.faults import FaultyIndex, serve_faults
from releasekit.testing.indexes import IndexServer, add_index, start_devpi
from releasekit.testing.kill import Nursery
from releasekit.testing.workspace import Sandbox, bare_refs, isolated, make_repository

pytestmark = pytest.mark.slow

SHOP = Path(__file__).resolve().parents[2] / 'examples' / 'shop'
PACKAGES = ('shop-cli', 'shop-client', 'shop-core', 'shop-models', 'shop-server')
ADDRESS = 'http://127.0.0.1:3141/'
KILLED = -9
# Far more than a release has events.
LONGEST_CHAIN = 500

# What a run imports before it works; the nursery does so once for all runs.
IMPORTS = (
    'anyio._backends._asyncio',
    'httpx',
    'jsonschema',
    'releasekit.ecosystems.python',
    'releasekit.tasks.library',
    'releasekit.tasks.show.reports',
    'ruamel.yaml',
    'structlog',
    'tomlkit',
)
# The backend that is a part of uv builds in milliseconds; it knows no dynamic version.
_BACKEND = re.compile(r'requires = \[.hatchling[^]]*\]\nbuild-backend = .hatchling\.build.')
_FAST = 'requires = ["uv_build>=0.8,<1"]\nbuild-backend = "uv_build"'

_FAST_TASK = """
tasks:
  release:
    steps: [preflight, check, bump, changelog, changesets, lock, commit, tag, build, push, {use: publish, smoke: false}]
"""


@dataclasses.dataclass(frozen=True)
class State:
    """What there is after a release, as far as it is the same for each: see `Shop.state`."""

    refs: dict[str, bool]
    commits: int
    files: dict[str, str]
    uploads: list[str]
    published: dict[str, str]
    tree: str
    worktrees: int
    leftovers: list[str]


@dataclasses.dataclass(frozen=True)
class Shop:
    """The shop with its remote and an index of its own behind a proxy."""

    folder: Path
    repository: Sandbox
    remote: Path
    index: IndexServer
    proxy: FaultyIndex
    nursery: Nursery

    def run(
        self, mode: str = 'never', point: str = '', *, clone: Sandbox | None = None, new: Path | None = None
    ) -> int:
        """Release, here or in a clone; `new` is a file of known points. The exit status, negative for a signal."""
        known = [] if new is None else ['--new', str(new)]
        temporary = self.folder / ('tmp' if clone is None else f'tmp-{clone.root.name}')
        temporary.mkdir(exist_ok=True)
        environment = {
            **isolated(os.environ),
            'SHOP_INDEX_USERNAME': self.index.username,
            'SHOP_INDEX_PASSWORD': self.index.password,
            'TMPDIR': str(temporary),
        }
        arguments = [mode, point, *known, '--', 'release', '--yes']
        return self.nursery.run(arguments, (clone or self.repository).root, environment, self.log)

    @property
    def log(self) -> Path:
        """What the last run wrote."""
        return self.folder / 'log'

    def events(self) -> list[str]:
        """`KIND KEY` of every event of the journal."""
        journals = self.repository.root.glob('.releasekit/runs/*/journal.jsonl')
        lines = [json.loads(line) for journal in journals for line in journal.read_text().splitlines()]
        return [f'{line["event"]} {line["key"]}' for line in lines]

    def state(self) -> State:
        """Whether each ref is at the release commit, its files but for addresses and hashes, and what the index has."""
        refs = bare_refs(self.remote)
        tip = refs['refs/heads/main']
        listed = [line.partition('\t') for line in self.repository.git('ls-tree', '-r', tip).splitlines()]
        return State(
            refs={ref: commit == tip for ref, commit in refs.items()},
            commits=int(self.repository.git('rev-list', '--count', tip)),
            files={path: blob for blob, _, path in listed if path not in {'release.yaml', 'release-manifest.json'}},
            uploads=sorted(self.proxy.accepted()),
            published=self.published(),
            tree=self.repository.git('status', '--porcelain', '--branch'),
            worktrees=len(self.repository.git('worktree', 'list').splitlines()),
            leftovers=sorted(path.name for path in (self.folder / 'tmp').glob('releasekit-*')),
        )

    def published(self) -> dict[str, str]:
        """SHA-256 of what the index itself serves, by file name."""
        found: dict[str, str] = {}
        with httpx.Client(trust_env=False, headers={'Accept': 'application/vnd.pypi.simple.v1+json'}) as client:
            for name in PACKAGES:
                page = client.get(f'{self.index.index}{name}/')
                for file in page.json()['files'] if page.status_code == 200 else ():
                    content = client.get(urllib.parse.urljoin(str(page.url), file['url'])).content
                    found[file['filename']] = hashlib.sha256(content).hexdigest()
        return found

    def artifacts(self) -> dict[str, str]:
        """SHA-256 of what was built, by file name."""
        paths = self.repository.root.glob('.releasekit/runs/*/artifacts/*/*/*')
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


Opening = Callable[..., contextlib.AbstractContextManager[Shop]]


@pytest.fixture(scope='module')
def opening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opening]:
    """Open shops, each with a fresh index; `fast` ones build with the backend in uv and install nothing."""
    folder, numbers = tmp_path_factory.mktemp('resume'), itertools.count()

    @contextlib.contextmanager
    def opened(*, fast: bool = True) -> Generator[Shop, None, None]:
        place = folder / str(next(numbers))
        index = add_index(devpi, f'shop{place.name}')
        parts = urllib.parse.urlsplit(index.url)
        with serve_faults(f'{parts.scheme}://{parts.netloc}') as proxy:
            repository = lay_out(place / 'work', f'{proxy.url}{parts.path}', fast=fast)
            yield Shop(place, repository, repository.add_remote(place / 'remote.git'), index, proxy, nursery)

    with start_devpi(folder / 'devpi') as devpi, Nursery(IMPORTS) as nursery:
        yield opened


def lay_out(root: Path, url: str, *, fast: bool) -> Sandbox:
    """The files of the shop, with the address of its index, in a new repository."""
    shutil.copytree(SHOP, root, ignore=shutil.ignore_patterns('.venv', 'dist', '__pycache__'))
    spec = root / 'release.yaml'
    text = spec.read_text().replace(f'{ADDRESS}simple/', f'{url}+simple/').replace(ADDRESS, url)
    spec.write_text(text + (_FAST_TASK if fast else ''))
    for manifest in root.glob('*/*/pyproject.toml') if fast else ():
        text = _BACKEND.sub(_FAST, manifest.read_text())
        manifest.write_text(text.replace('dynamic = ["version"]', 'version = "1.0.3"'))
    if fast:
        subprocess.run(['uv', 'lock', '--offline', '--quiet'], cwd=root, check=True)
    return make_repository(root, {}, 'feat: open the shop')


@pytest.fixture(scope='module')
def undisturbed(opening: Opening) -> State:
    """What a release leaves that ran through."""
    with opening() as shop:
        assert shop.run() == 0, shop.log.read_text()
        state = shop.state()
        assert state.published == shop.artifacts()
        return state


def test_an_undisturbed_release_is_whole(undisturbed: State) -> None:
    """It is what the others are compared with: one commit, a tag for each package, every file uploaded once."""
    assert undisturbed.commits == 2
    assert all(undisturbed.refs.values())
    assert len(undisturbed.refs) == 1 + len(PACKAGES) + 1
    assert undisturbed.uploads == sorted(undisturbed.published)
    assert len(undisturbed.uploads) == 2 * len(PACKAGES)
    assert undisturbed.tree == '## main...origin/main'
    assert (undisturbed.worktrees, undisturbed.leftovers) == (1, [])


def chain(shop: Shop, mode: str, pattern: str = '.') -> list[str]:
    """Run and kill at the first point that is new, until a run ends; the points in their order."""
    known, status, runs = shop.folder / 'points', KILLED, 0
    while status == KILLED and runs < LONGEST_CHAIN:
        status, runs = shop.run(mode, pattern, new=known), runs + 1
    assert status == 0, shop.log.read_text()
    # Once more: what outlived the last killed run is taken away, and nothing is done twice.
    assert shop.run() == 0, shop.log.read_text()
    return known.read_text().splitlines()


def test_killed_after_every_event_it_ends_as_if_undisturbed(opening: Opening) -> None:
    """A chain of runs in one clone, each killed one event further, with the builds as users have them."""
    with opening(fast=False) as shop:
        points = chain(shop, 'kill-after')
        assert {point.partition(' ')[2] for point in points} == {event.partition(' ')[2] for event in shop.events()}
        state = shop.state()
        assert state.published == shop.artifacts()
    with opening(fast=False) as other:
        assert other.run() == 0
        assert state == other.state()


def test_killed_with_work_done_and_not_journalled_it_ends_as_if_undisturbed(
    opening: Opening, undisturbed: State
) -> None:
    """A chain of runs in one clone, each killed when something was made and the journal does not say so yet."""
    with opening() as shop:
        points = chain(shop, 'kill-before', '^done (commit|tag|build|push|advance|upload|verify)')
        # A tag for each package; a build, an upload of two files and a verify for each that is published.
        assert len(points) == 3 + (len(PACKAGES) + 1) + 5 * len(PACKAGES)
        assert shop.state() == undisturbed


def test_after_the_push_every_fresh_clone_goes_on(opening: Opening, undisturbed: State) -> None:
    """A chain of runs, each in a new clone that has no journal, each killed one event further."""
    with opening() as shop:
        assert shop.run('kill-before', '^done push') == KILLED
        known, status, runs = shop.folder / 'points', KILLED, 0
        while status == KILLED and runs < LONGEST_CHAIN:
            clone, runs = shop.repository.clone(shop.folder / f'clone{runs}'), runs + 1
            status = shop.run('kill-after', ' (push|advance|upload|verify)', clone=clone, new=known)
        assert status == 0, shop.log.read_text()
        # Push and branch, and for each package upload, verify and two files: begun and done. When the last file is
        # there, a clone that knows names only has nothing left to do: neither for that upload nor for its verify.
        assert len(known.read_text().splitlines()) == 2 * (2 + 4 * len(PACKAGES)) - 3
        # The clone where it began finds nothing left to upload, and moves its own branch.
        assert shop.run() == 0, shop.log.read_text()
        assert shop.state() == undisturbed


@pytest.mark.parametrize(
    ('mode', 'point'),
    [
        ('kill-before', '^done edit:packages.models'),
        ('kill-before', '^intended commit'),
        ('kill-after', '^done tag:shop-internal'),
        ('kill-before', '^done push'),
        ('kill-after', '^done upload:pypi:py:shop-core.*tar.gz'),
        ('kill-before', '^intended verify:pypi:py:shop-cli'),
    ],
    ids=lambda value: re.sub(r'[^a-z-]+', '-', value).strip('-'),
)
def test_killed_once_it_ends_as_if_undisturbed(opening: Opening, undisturbed: State, mode: str, point: str) -> None:
    """The same command again is all that it takes."""
    with opening() as shop:
        assert shop.run(mode, point) == KILLED
        assert shop.run() == 0, shop.log.read_text()
        assert shop.run() == 0, shop.log.read_text()
        assert shop.state() == undisturbed


@pytest.mark.parametrize('point', ['^done edit:packages.models', '^intended build'])
def test_a_fresh_clone_that_is_killed_goes_on_where_it_is(opening: Opening, undisturbed: State, point: str) -> None:
    """It has begun a journal of its own, which says less than the remote."""
    with opening() as shop:
        assert shop.run('kill-after', '^done push') == KILLED
        clone = shop.repository.clone(shop.folder / 'clone')
        assert shop.run('kill-after', point, clone=clone) == KILLED
        assert shop.run(clone=clone) == 0, shop.log.read_text()
        assert shop.run() == 0, shop.log.read_text()
        assert shop.state() == undisturbed


def test_a_torn_journal_is_mended_and_said_so(opening: Opening, undisturbed: State) -> None:
    """What the last line would have said is asked of the world."""
    with opening() as shop:
        assert shop.run('kill-after', '^done push') == KILLED
        (journal,) = shop.repository.root.glob('.releasekit/runs/*/journal.jsonl')
        os.truncate(journal, journal.stat().st_size - 5)
        assert shop.run() == 0, shop.log.read_text()
        assert 'warning[RK-JOURNAL-TORN]' in shop.log.read_text()
        assert shop.state() == undisturbed


def test_what_git_has_collected_is_made_again(opening: Opening, undisturbed: State) -> None:
    """No ref holds the commit and the tags of a killed run: they may be gone when it goes on."""
    with opening() as shop:
        assert shop.run('kill-before', '^intended push') == KILLED
        for left in (shop.folder / 'tmp').iterdir():
            shutil.rmtree(left)
        shop.repository.git('worktree', 'prune')
        shop.repository.git('gc', '--quiet', '--prune=now')
        assert shop.run() == 0, shop.log.read_text()
        assert shop.state() == undisturbed
