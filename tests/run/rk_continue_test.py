# SPDX-License-Identifier: Apache-2.0
"""What `release` goes on with, and what it leaves alone: other specs, other tools, what was withdrawn, other people's
folders."""

from __future__ import annotations

import dataclasses
import json
import os
import secrets
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

import anyio
import pytest

from releasekit import open_project
from releasekit.core.journal import EventKind
from releasekit.errors import Exit
from releasekit.run.journal import Journal
from releasekit.run.lock import hold
from releasekit.run.scratch import scratch
from releasekit.testing.stage import Member, members, module, program
from releasekit.testing.workspace import Sandbox, bare_refs, isolated, make_repository, refuse_pushes

pytestmark = pytest.mark.slow

# Nobody listens there: a release that asks this index fails.
SPEC = """\
version: 1
project: {branch: main}
workspaces:
  py: {ecosystem: python, targets: [local]}
targets:
  local: {type: pypi, url: http://127.0.0.1:9/, index: http://127.0.0.1:9/simple/, auth: none}
engine: {retries: 0, backoff: 0.05}
tasks:
  release:
    steps: [bump, commit, tag, push]
"""
MANIFEST = 'release-manifest.json'
TAG = 'refs/tags/core-v0.1.0'


@dataclasses.dataclass(frozen=True)
class Ground:
    """A repository whose branch is on its remote."""

    folder: Path
    repository: Sandbox
    remote: Path

    def run(self, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run `releasekit` to its end with nothing to read."""
        return subprocess.run(
            [program(), *arguments],
            cwd=cwd or self.repository.root,
            env={**isolated(os.environ), 'XDG_CACHE_HOME': str(self.folder / 'cache')},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def push(self, message: str, files: Mapping[str, str | bytes | None]) -> str:
        """Commit files and push them."""
        commit = self.repository.commit(message, files)
        self.repository.git('push', '--quiet', 'origin', 'main')
        return commit

    def released(self) -> str:
        """Release, and return the release commit."""
        done = self.run('release', '--yes')
        assert done.returncode == 0, done.stderr
        return self.repository.head

    def withdraw(self) -> None:
        """Take the tag of the release back."""
        self.repository.git('push', '--quiet', 'origin', f':{TAG}')

    def clone(self, name: str = 'clone') -> Path:
        """A fresh clone of the remote."""
        return self.repository.clone(self.folder / name).root


def lay(folder: Path, files: Mapping[str, str | bytes | None]) -> Ground:
    repository = make_repository(folder / 'work', files, 'feat: begin')
    return Ground(folder, repository, repository.add_remote(folder / 'remote.git'))


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    """One package, whose release ends at the push."""
    return lay(tmp_path, {**members({'core': Member()}), 'release.yaml': SPEC})


def test_a_release_that_ends_at_its_push_is_over(ground: Ground) -> None:
    """A fresh clone asks no index for what the steps never upload, and releases what came since."""
    ground.released()
    ground.push('fix: more', {module('core'): '"""More."""\n'})
    done = ground.run('release', '--yes', cwd=ground.clone())
    assert done.returncode == 0, done.stderr
    assert 'refs/tags/core-v0.1.1' in bare_refs(ground.remote)


def test_what_was_withdrawn_is_not_released_again_without_a_question(ground: Ground) -> None:
    """The question comes before anything is done, and the other way is named; whoever says yes gets it back."""
    commit = ground.released()
    ground.push('fix: more', {module('core'): '"""More."""\n'})
    ground.withdraw()
    clone = ground.clone()
    done = ground.run('release', cwd=clone)
    assert (done.returncode, TAG in bare_refs(ground.remote)) == (Exit.USAGE, False)
    assert 'error[RK-CONFIRM]' in done.stderr
    assert '`release --new` leaves it as it is' in done.stderr
    assert not (clone / '.releasekit').exists()
    assert ground.run('release', '--yes', cwd=clone).returncode == 0
    assert bare_refs(ground.remote)[TAG] == commit


def test_the_journal_of_another_release_commit_is_set_aside(ground: Ground) -> None:
    """Two people made one plan; the one whose push was refused goes on with what the other pushed."""
    hook = refuse_pushes(ground.remote)
    assert ground.run('release', '--yes').returncode != 0
    hook.unlink()
    other = Sandbox(ground.clone('other'))
    other.git('config', 'user.name', 'Other Person')
    assert ground.run('release', '--yes', cwd=other.root).returncode == 0
    ground.withdraw()
    ground.repository.git('pull', '--quiet')
    done = ground.run('release', '--yes')
    assert done.returncode == 0, done.stderr
    assert 'is set aside' in done.stderr
    assert bare_refs(ground.remote)[TAG] == other.head
    runs = sorted(path.name.partition('.')[2] for path in (ground.repository.root / '.releasekit' / 'runs').iterdir())
    assert runs == ['', '1']
    assert ground.run('status').returncode == 0


def test_a_formatter_makes_no_release_commit(ground: Ground) -> None:
    """Whoever changes the layout of the release manifest later does not hide the release."""
    commit = ground.released()
    ground.withdraw()
    manifest = json.loads((ground.repository.root / MANIFEST).read_text())
    ground.push('style: format', {MANIFEST: json.dumps(manifest, indent=4)})
    done = ground.run('release', '--yes', cwd=ground.clone())
    assert done.returncode == 0, done.stderr
    assert bare_refs(ground.remote)[TAG] == commit


def test_two_specs_do_not_see_each_other(tmp_path: Path) -> None:
    """Each goes on with its own releases, though both write one manifest."""
    files = {f'{root}/{path}': text for root in 'ab' for path, text in members({f'core-{root}': Member()}).items()}
    specs = {f'{root}.yaml': SPEC.replace('python,', f'python, root: {root},') for root in 'ab'}
    ground = lay(tmp_path, {**files, **specs})
    assert ground.run('release', '--yes', '--spec', 'a.yaml').returncode == 0
    released = ground.repository.head
    ground.repository.git('push', '--quiet', 'origin', ':refs/tags/core-a-v0.1.0')
    assert 'No release was started here' in ground.run('status', '--spec', 'b.yaml').stdout
    done = ground.run('release', '--yes', '--spec', 'b.yaml', cwd=ground.clone('first'))
    assert done.returncode == 0, done.stderr
    assert [ref for ref in sorted(bare_refs(ground.remote)) if 'tags' in ref] == ['refs/tags/core-b-v0.1.0']
    done = ground.run('release', '--yes', '--spec', 'a.yaml', cwd=ground.clone('second'))
    assert done.returncode == 0, done.stderr
    assert bare_refs(ground.remote)['refs/tags/core-a-v0.1.0'] == released


def test_a_run_that_cannot_be_read_is_passed_over(ground: Ground) -> None:
    """With a warning, since another version may have written it; not where its push was begun and it is not over."""
    ground.released()
    folder = ground.repository.root / '.releasekit' / 'runs' / ('0' * 64)
    folder.mkdir()
    folder.joinpath('plan.json').write_text('{"schema": "releasekit/plan/1", "later": 1, "actions": [{"key": "push"}]}')
    for task in (['status'], ['release', '--yes']):
        done = ground.run(*task)
        assert (done.returncode, 'warning[RK-DOCUMENT-INVALID]' in done.stderr) == (0, True), done.stderr
    journal = Journal(folder / 'journal.jsonl', 'a test', str)
    anyio.run(journal.write, 'push', EventKind.INTENDED)
    done = ground.run('release', '--yes')
    assert (done.returncode, 'error[RK-DOCUMENT-INVALID]' in done.stderr) == (Exit.FAILED, True), done.stderr
    anyio.run(journal.write, 'push', EventKind.DONE)
    assert ground.run('release', '--yes').returncode == 0


@pytest.mark.parametrize('content', [b'\xff\xfe', b'{"packages": {"core": "1.0.0"}}', b'[]', b'null'])
def test_the_file_of_another_tool_is_not_overwritten(ground: Ground, content: bytes) -> None:
    """The plan says so, and what to set."""
    ground.push('chore: another tool', {MANIFEST: content})
    for task in (['plan'], ['release', '--yes']):
        done = ground.run(*task)
        assert (done.returncode, 'error[RK-SPEC-INVALID]' in done.stderr) == (Exit.USAGE, True), done.stderr
        assert '`manifest:`' in done.stderr
    ground.push('chore: elsewhere', {'release.yaml': f'{SPEC}manifest: releases.json\n'})
    ground.released()
    assert (ground.repository.root / MANIFEST).read_bytes() == content


def test_a_shallow_clone_that_lacks_the_base_is_told_so(ground: Ground) -> None:
    """It cannot be seen there whether the release is over."""
    ground.released()
    clone = ground.folder / 'shallow'
    ground.repository.git('clone', '--quiet', '--depth', '1', ground.remote.as_uri(), str(clone))
    done = ground.run('release', '--yes', cwd=clone)
    assert (done.returncode, 'error[RK-GIT-SHALLOW]' in done.stderr) == (Exit.FAILED, True), done.stderr
    assert '--unshallow' in done.stderr


def test_a_release_of_a_history_that_is_gone_is_nobodys(ground: Ground) -> None:
    """Where history was rewritten, its manifest is one file among others."""
    ground.released()
    ground.withdraw()
    ground.repository.git('checkout', '--quiet', '--orphan', 'anew')
    ground.repository.commit('feat: squashed')
    ground.repository.git('push', '--quiet', '--force', 'origin', 'anew:main')
    # By an address, so that git leaves out what nothing refers to.
    clone = ground.repository.clone(ground.folder / 'clone', ground.remote.as_uri())
    done = ground.run('release', '--yes', cwd=clone.root)
    assert done.returncode == 0, done.stderr
    assert bare_refs(ground.remote)[TAG] == clone.head


def test_the_worktrees_of_a_repository_have_one_lock(ground: Ground) -> None:
    """Whoever releases in one keeps the others out, and tidying up does not let them in."""
    linked = ground.folder / 'linked'
    ground.repository.git('worktree', 'add', '--quiet', '--detach', str(linked))

    async def main() -> Path:
        project = await open_project(ground.repository.root, None, isolated(os.environ))
        with hold(project.lock, 'a test'):
            await project.writer.tidy()
            done = ground.run('release', '--yes', cwd=linked)
            assert (done.returncode, '(a test)' in done.stderr) == (Exit.LOCKED, True), done.stderr
        return project.lock

    assert not anyio.run(main).exists()
    assert ground.run('release', '--yes', cwd=linked).returncode == 0


def test_a_commit_cannot_name_what_is_removed(ground: Ground) -> None:
    """A record of temporary folders in the tree is none, even if it names such a folder."""
    with tempfile.TemporaryDirectory() as place:
        victim = Path(place) / f'releasekit-{"0" * 16}'
        victim.mkdir()
        ground.push('chore: record', {'.releasekit/scratch': f'{victim}\n'})
        done = subprocess.run(
            [program(), 'release', '--yes'],
            cwd=ground.repository.root,
            env={**isolated(os.environ), 'TMPDIR': place},
            capture_output=True,
            check=False,
        )
        assert (done.returncode, victim.is_dir()) == (0, True)


def test_only_what_a_run_can_have_made_is_removed(tmp_path: Path) -> None:
    """Not a folder of another name or in another place, nor what a link leads to; what a killed run left is."""
    name = f'releasekit-{secrets.token_hex(8)}'
    temporary = Path(tempfile.gettempdir()).resolve()
    other, elsewhere, linked, left = temporary / f'{name}-not', tmp_path / name, tmp_path / 'linked', temporary / name
    link = temporary / f'releasekit-{secrets.token_hex(8)}'
    for folder in (other, elsewhere, linked, left):
        folder.mkdir()
    link.symlink_to(linked)
    try:
        (tmp_path / 'scratch').write_text(''.join(f'{path}\n' for path in (other, elsewhere, link, left)))
        with scratch(tmp_path) as made:
            assert made.is_dir()
        assert [path.is_dir() for path in (other, elsewhere, linked, link, left, made)] == [True] * 4 + [False] * 2
    finally:
        other.rmdir()
        link.unlink()
