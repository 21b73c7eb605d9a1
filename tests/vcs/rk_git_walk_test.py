# SPDX-License-Identifier: Apache-2.0
"""A walk with records of an earlier one is equal to a walk without, and reads only what is new."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import anyio
import pytest

from releasekit.backends.kept import MAX_PIECES, KeptFile
from releasekit.backends.shell import LocalShell
from releasekit.core.commits import RawCommit
from releasekit.ports import Command
from releasekit.run.planning import make_plan
from releasekit.run.project import open_project
from releasekit.testing.workspace import Sandbox, isolated, make_repository
from releasekit.vcs.git.command import Git
from releasekit.vcs.git.read import GitReader
from releasekit.vcs.git.walk import Walked, walk


class Watched(LocalShell):
    """The real shell, and what `git log` was asked for through it."""

    def __init__(self) -> None:
        super().__init__(isolated(os.environ))
        self.asked: list[Command] = []

    async def stream(self, command: Command) -> AsyncGenerator[bytes, None]:
        if 'log' in command.argv:
            self.asked.append(command)
        async for chunk in super().stream(command):
            yield chunk


@dataclasses.dataclass
class Desk:
    """A repository, and the folder of what is kept."""

    sandbox: Sandbox
    place: Path

    def kept(self, name: str = 'all') -> KeptFile:
        return KeptFile({'XDG_CACHE_HOME': str(self.place)}, 'histories', name)

    @property
    def file(self) -> Path:
        return self.place / 'releasekit' / 'histories' / 'all'

    def log(
        self, tip: str = 'HEAD', *exclude: str, kept: bool = True, first_parent: bool = False
    ) -> tuple[list[RawCommit], list[str]]:
        """The commits, and the hashes that git was asked for one by one; `whole` where it walked."""
        shell = Watched()
        reader = GitReader(Git(shell, self.sandbox.root), self.kept if kept else None)

        async def main() -> list[RawCommit]:
            return [commit async for commit in reader.log(tip, exclude, first_parent=first_parent)]

        found = anyio.run(main)
        read = [
            word
            for command in shell.asked
            for word in (command.stdin.decode().split() if '--no-walk=unsorted' in command.argv else ['whole'])
        ]
        return found, read

    def agrees(self, tip: str = 'HEAD', *exclude: str, first_parent: bool = False) -> list[str]:
        """Walk with records and without, compare, and return what was read with them."""
        found, read = self.log(tip, *exclude, first_parent=first_parent)
        assert found == self.log(tip, *exclude, kept=False, first_parent=first_parent)[0]
        return read


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A line with a merge, words of other languages, and commits without changes."""
    sandbox = make_repository(tmp_path / 'user', {'a.txt': 'a', 'ü/new\nline': 'x'})
    for number in range(6):
        sandbox.commit(f'fix: größer {number}\n\nA body\n\nwith: lines', {'a.txt': str(number), f'd/{number}': 'x'})
    sandbox.git('checkout', '--quiet', '-b', 'side', 'HEAD~3')
    sandbox.commit('feat: side', {'s': '1'})
    sandbox.git('checkout', '--quiet', 'main')
    sandbox.merge('side')
    sandbox.commit('chore: empty')
    return Desk(sandbox, tmp_path / 'cache')


def test_a_second_walk_reads_nothing_and_a_later_one_only_what_is_new(desk: Desk) -> None:
    """Git is asked for the order, and for the commits that it had not told before."""
    assert desk.agrees() == ['whole']
    assert desk.agrees() == []
    new = [desk.sandbox.commit(f'fix: {number}', {'new': str(number)}) for number in range(2)]
    assert sorted(desk.agrees()) == sorted(new)
    assert desk.agrees() == []


def test_any_other_walk_is_right_too(desk: Desk) -> None:
    """From another tip, with other commits left out, and along first parents, which has records of its own."""
    desk.agrees()
    assert desk.agrees('HEAD~2') == []
    assert desk.agrees('HEAD', 'HEAD~3') == []
    assert desk.agrees('side', 'main~4') == []
    assert desk.agrees('HEAD', 'HEAD') == []
    assert desk.agrees('HEAD', first_parent=True) == ['whole']
    assert desk.agrees('HEAD', first_parent=True) == []


def test_a_rewritten_history_is_walked_as_it_is(desk: Desk) -> None:
    """What was there before is reached no more, and counts no more."""
    desk.agrees()
    desk.sandbox.git('reset', '--quiet', '--hard', 'HEAD~2')
    desk.sandbox.git('commit', '--quiet', '--amend', '-m', 'feat: rewritten')
    assert desk.agrees() == [desk.sandbox.head]


def test_where_most_is_new_history_is_walked_at_once(desk: Desk) -> None:
    """One by one it would take longer."""
    desk.agrees('HEAD~5')
    for number in range(20):
        desk.sandbox.commit(f'fix: {number}', {'new': str(number)})
    assert desk.agrees() == ['whole']
    assert desk.agrees() == []


@pytest.mark.parametrize(
    'damage',
    [
        lambda data: b'',
        lambda data: data[:-1],
        lambda data: data[: len(data) // 2],
        lambda data: data + b'x',
        lambda data: data.replace('größer 3'.encode(), 'gröber 3'.encode()),
        lambda data: b'\0' * len(data),
        lambda data: data.replace(b'kept 1', b'kept 2'),
        lambda data: b'something else',
    ],
    ids=['empty', 'a byte short', 'half', 'a byte more', 'a bit flipped', 'zeros', 'another form', 'no form'],
)
def test_what_is_damaged_is_read_anew(desk: Desk, damage: Callable[[bytes], bytes]) -> None:
    """As a full disk, a kill or a fault leaves it; the next walk finds it whole again."""
    desk.agrees()
    data = desk.file.read_bytes()
    desk.file.write_bytes(damage(data))
    assert desk.agrees() == ['whole']
    assert desk.file.read_bytes() == data
    assert desk.agrees() == []


def test_where_nothing_can_be_kept_history_is_read(desk: Desk) -> None:
    """A file in place of the folder, and a folder in place of the file."""
    desk.place.write_text('in the way')
    assert desk.agrees() == ['whole']
    desk.place.unlink()
    desk.file.mkdir(parents=True)
    assert desk.agrees() == ['whole']
    assert [path.name for path in desk.file.parent.iterdir()] == ['all']


def test_a_walk_that_is_left_keeps_nothing(desk: Desk) -> None:
    """Half of it would be taken for all that is known, and no draft lies about."""
    git = Git(LocalShell(isolated(os.environ)), desk.sandbox.root)

    async def main() -> None:
        async with contextlib.aclosing(walk(git, Walked('HEAD', []), desk.kept())) as found:
            await anext(found)

    anyio.run(main)
    assert list(desk.file.parent.iterdir()) == []


def test_walks_at_the_same_time_do_not_meet(desk: Desk) -> None:
    """Each puts its own whole file in place."""
    expected = desk.log(kept=False)[0]

    async def main() -> list[list[RawCommit]]:
        found: list[list[RawCommit]] = []

        async def one(number: int) -> None:
            reader = GitReader(Git(LocalShell(isolated(os.environ)), desk.sandbox.root), desk.kept)
            found.append([commit async for commit in reader.log('HEAD' if number % 2 else 'HEAD~3', [])])

        async with anyio.create_task_group() as group:
            for number in range(6):
                group.start_soon(one, number)
        return found

    found = anyio.run(main)
    assert [commits for commits in found if len(commits) == len(expected)] == [expected] * 3
    assert desk.kept().read() is not None
    assert [path.name for path in desk.file.parent.iterdir()] == ['all']


def test_what_is_kept_does_not_grow_with_what_was_walked_once(desk: Desk) -> None:
    """Of other branches as much stays as the walk itself has and a little, not more."""
    desk.sandbox.git('checkout', '--quiet', '-b', 'long')
    for number in range(12):
        (desk.sandbox.root / 'message').write_text(f'feat: {number}\n\n' + 'word ' * 20_000)
        desk.sandbox.git('add', '--all')
        desk.sandbox.git('commit', '--quiet', '--allow-empty', '-F', 'message')
    desk.agrees('long')
    before = desk.file.stat().st_size
    desk.sandbox.git('checkout', '--quiet', 'main')
    desk.sandbox.commit('fix: x', {'x': '1'})
    desk.agrees('main')
    assert before > 1_000_000
    assert 100_000 < desk.file.stat().st_size < 400_000
    assert desk.agrees('main') == []


def test_only_so_many_repositories_are_kept(tmp_path: Path) -> None:
    """The oldest give way."""
    for number in range(MAX_PIECES + 5):
        draft = KeptFile({'XDG_CACHE_HOME': str(tmp_path)}, 'histories', str(number)).draft()
        draft.add(b'x')
        draft.keep()
        os.utime(tmp_path / 'releasekit' / 'histories' / str(number), (number, number))
    left = {path.name for path in (tmp_path / 'releasekit' / 'histories').iterdir()}
    assert left == {str(number) for number in range(5, MAX_PIECES + 5)}


PROJECT = {
    'pyproject.toml': '[project]\nname = "a"\nversion = "1.0.0"\n',
    'release.yaml': 'version: 1\nproject: {branch: main}\nworkspaces:\n  py: {ecosystem: python}\n',
}


def planned(root: Path, home: Path) -> str:
    async def main() -> str:
        project = await open_project(root, None, {**isolated(os.environ), 'XDG_CACHE_HOME': str(home)})
        return (await make_plan(project, task='bump')).line()

    return anyio.run(main)


def test_a_plan_is_the_same_with_what_was_kept(desk: Desk, tmp_path: Path) -> None:
    """To the byte, and a plan of a shallow clone keeps nothing: it tells its last commits otherwise."""
    desk.sandbox.commit('feat: begin', PROJECT)
    cold = planned(desk.sandbox.root, tmp_path / 'home')
    kept = list((tmp_path / 'home' / 'releasekit').glob('histories-*/*-all'))
    assert len(kept) == 1
    assert planned(desk.sandbox.root, tmp_path / 'home') == cold == planned(desk.sandbox.root, tmp_path / 'other')
    desk.sandbox.tag('a-v1.0.0')
    desk.sandbox.commit('fix: y', {'x': '2'})
    cut = tmp_path / 'cut'
    desk.sandbox.git('clone', '--quiet', '--depth=2', f'file://{desk.sandbox.root}', str(cut))
    planned(cut, tmp_path / 'home')
    assert list((tmp_path / 'home' / 'releasekit').glob('histories-*/*')) == kept


def test_a_process_that_is_killed_while_it_keeps_leaves_the_file_whole(desk: Desk) -> None:
    """The file is renamed when all of it is there."""
    desk.agrees()
    before = desk.file.read_bytes()
    script = (
        'import os, signal\n'
        'from releasekit.backends.kept import KeptFile\n'
        f'draft = KeptFile({{"XDG_CACHE_HOME": {str(desk.place)!r}}}, "histories", "all").draft()\n'
        'draft.add(b"half of it")\n'
        'os.kill(os.getpid(), signal.SIGKILL)\n'
    )
    assert subprocess.run([sys.executable, '-c', script], check=False).returncode < 0
    assert desk.file.read_bytes() == before
    assert desk.agrees() == []
