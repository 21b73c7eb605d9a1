# SPDX-License-Identifier: Apache-2.0
"""The port `Files`, and writing that is whole or not at all."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from releasekit.backends.files import FolderFiles, append_durable, truncate_durable, write_atomic
from releasekit.errors import Code, ReleaseKitError
from releasekit.ports import Files
from releasekit.testing.files import MemoryFiles

TREE = {'b.txt': b'b', 'a/z.txt': b'\0\xff', 'a/b/c.txt': b'', 'ü ber.txt': 'ü'.encode()}


@pytest.fixture(params=['folder', 'memory'])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    if request.param == 'memory':
        return MemoryFiles(TREE)
    for path, data in TREE.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    return FolderFiles(tmp_path)


@pytest.mark.anyio
async def test_paths_are_sorted_files(files: Files) -> None:
    """Every file is listed once, in order, and no folder."""
    assert list(await files.paths()) == sorted(TREE)


@pytest.mark.anyio
async def test_reading_gives_what_exists(files: Files) -> None:
    """Files come with their bytes; folders and what is not there are left out."""
    assert await files.read([*TREE, 'a', 'none.txt', 'b.txt/none']) == TREE
    assert await files.read([]) == {}


@pytest.mark.anyio
async def test_the_repository_itself_is_no_content(tmp_path: Path) -> None:
    """`.git` is left out, be it a folder or the file of a worktree."""
    for path in ('.git/config', 'sub/.git', '.github/x.yml'):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text('')
    assert await FolderFiles(tmp_path).paths() == ['.github/x.yml']


@pytest.mark.anyio
@pytest.mark.parametrize('path', ['../secret', 'link', 'folder/secret', '/etc/passwd'])
async def test_nothing_outside_is_read(tmp_path: Path, path: str) -> None:
    """Neither `..` nor a link nor an absolute path leads out of the root."""
    root = tmp_path / 'root'
    root.mkdir()
    (tmp_path / 'secret').write_text('secret')
    (root / 'link').symlink_to(tmp_path / 'secret')
    (root / 'folder').symlink_to(tmp_path)
    with pytest.raises(ReleaseKitError) as caught:
        await FolderFiles(root).read([path])
    assert caught.value.code is Code.PATH_OUTSIDE


@pytest.mark.anyio
async def test_a_link_inside_is_read_through(tmp_path: Path) -> None:
    """Links within the root are files like any other, even where the root is reached by a link."""
    root = tmp_path / 'root'
    root.mkdir()
    (tmp_path / 'alias').symlink_to(root)
    (root / 'real').write_text('text')
    (root / 'link').symlink_to('real')
    found = FolderFiles(tmp_path / 'alias')
    assert (await found.paths(), await found.read(['link'])) == (['link', 'real'], {'link': b'text'})


@pytest.mark.parametrize('before', [None, b'old'], ids=['new', 'existing'])
def test_a_file_is_replaced_whole(tmp_path: Path, before: bytes | None) -> None:
    """The new contents are there, and nothing is left beside them."""
    path = tmp_path / 'file'
    if before is not None:
        path.write_bytes(before)
    write_atomic(path, b'new')
    assert (path.read_bytes(), os.listdir(tmp_path)) == (b'new', ['file'])  # noqa: PTH208 - names, hidden ones too


@pytest.mark.parametrize('mode', [0o755, 0o600])
def test_a_file_keeps_its_mode(tmp_path: Path, mode: int) -> None:
    """An executable stays one, and what is private stays private."""
    path = tmp_path / 'file'
    path.write_bytes(b'old')
    path.chmod(mode)
    write_atomic(path, b'new')
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    """Writing to a link's place leaves what it pointed at alone."""
    (tmp_path / 'victim').write_text('old')
    (tmp_path / 'link').symlink_to('victim')
    write_atomic(tmp_path / 'link', b'new')
    assert ((tmp_path / 'victim').read_text(), (tmp_path / 'link').read_text()) == ('old', 'new')


def test_appending_adds_to_the_end(tmp_path: Path) -> None:
    """The file is made where there is none, and grows."""
    append_durable(tmp_path / 'log', b'one\n')
    append_durable(tmp_path / 'log', b'two\n')
    assert (tmp_path / 'log').read_bytes() == b'one\ntwo\n'


def test_a_torn_end_can_be_cut_off(tmp_path: Path) -> None:
    """What is before the cut stays, and more can be added."""
    (tmp_path / 'log').write_bytes(b'one\nto')
    truncate_durable(tmp_path / 'log', 4)
    append_durable(tmp_path / 'log', b'two\n')
    assert (tmp_path / 'log').read_bytes() == b'one\ntwo\n'


# A limit on the size of files stands in for a full disk: the write fails half-way, as it does there.
_LIMITED = """
import pathlib, resource, signal, sys
from releasekit.backends.files import append_durable, write_atomic
from releasekit.errors import ReleaseKitError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
write = {'write': write_atomic, 'append': append_durable}[sys.argv[1]]
try:
    write(pathlib.Path(sys.argv[2]), b'x' * 9000)
except ReleaseKitError as error:
    sys.stdout.write(f'{error.code} {error.problems[0].hint}')
"""


@pytest.mark.parametrize('how', ['write', 'append'])
def test_a_full_disk_leaves_the_old_file(tmp_path: Path, how: str) -> None:
    """What cannot be written whole is not written at all, and the error says what to do."""
    path = tmp_path / 'file'
    path.write_bytes(b'old')
    done = subprocess.run(
        [sys.executable, '-c', _LIMITED, how, str(path)], capture_output=True, text=True, check=True, env=os.environ
    )
    assert done.stdout == 'RK-DISK-FAILED Free space on that disk and run the same command again.'
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {'file': b'old'}


@pytest.mark.parametrize(
    'change',
    [
        lambda path: write_atomic(path, b''),
        lambda path: append_durable(path, b''),
        lambda path: truncate_durable(path, 0),
    ],
    ids=['write', 'append', 'truncate'],
)
def test_a_place_that_is_not_there_is_named(tmp_path: Path, change: Callable[[Path], None]) -> None:
    """The error names the path."""
    with pytest.raises(ReleaseKitError, match='gone/file') as caught:
        change(tmp_path / 'gone' / 'file')
    assert caught.value.code is Code.DISK_FAILED
