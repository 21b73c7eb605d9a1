# SPDX-License-Identifier: Apache-2.0
"""The commands for cargo, run: packing what is not published yet, and trying what was packed."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import anyio
import pytest

from releasekit.backends.shell import LocalShell
from releasekit.ecosystems.base import BuildJob, SmokeJob, Trial
from releasekit.ecosystems.rust import RUST
from releasekit.ecosystems.rust.chain import chain
from releasekit.errors import Code, ReleaseKitError
from releasekit.ports import Command, Completed

pytestmark = pytest.mark.skipif(shutil.which('cargo') is None, reason='there is no cargo on this machine')

IDENTITY = {f'GIT_{who}_{what}': 'a@example.org' for who in ('AUTHOR', 'COMMITTER') for what in ('NAME', 'EMAIL')}


def crate(name: str, rest: str = '', source: str = '', more: str = '') -> dict[str, str]:
    text = (
        f'[package]\nname = "{name}"\nversion = "1.0.0"\nedition = "2021"\ndescription = "d"\nlicense = "MIT"\n{more}\n'
    )
    return {f'{name}/Cargo.toml': text + rest, f'{name}/src/lib.rs': source}


WORKSPACE = {
    '.gitignore': 'target\n',
    'Cargo.toml': '[workspace]\nresolver = "2"\nmembers = ["base", "mid", "top", "alone", "tool"]\n'
    '[workspace.dependencies]\nmid = { path = "mid", version = "1.0.0" }\n',
    **crate('base', source='pub fn base() -> u8 { 1 }\n'),
    **crate(
        'mid',
        '[dependencies]\nbase = { path = "../base", version = "1.0.0" }\n[dev-dependencies]\ntop.path = "../top"\n',
        'pub fn mid() -> u8 { base::base() }\n',
    ),
    **crate('top', '[dependencies]\nmid = { workspace = true }\n', 'pub fn top() -> u8 { mid::mid() }\n'),
    **crate('alone'),
    'tool/Cargo.toml': '[package]\nname = "tool"\nversion = "1.0.0"\nedition = "2021"\ndescription = "d"\n'
    'license = "MIT"\n[dependencies]\nbase = { path = "../base", version = "1" }\n',
    'tool/src/main.rs': 'fn main() { println!("{}", base::base()); }\n',
}
RELEASED: Mapping[str, str] = dict.fromkeys(('base', 'mid', 'top', 'alone', 'tool'), '1.0.0')


def write(root: Path, tree: Mapping[str, str]) -> Path:
    for path, text in tree.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    subprocess.run(['cargo', 'generate-lockfile', '--offline', '--quiet'], cwd=root, check=True)
    for words in (['init', '--quiet'], ['add', '--all'], ['commit', '--quiet', '--message', 'x']):
        subprocess.run(['git', *words], cwd=root, env={**os.environ, **IDENTITY}, check=True)
    return root


def run(commands: Sequence[Command], **env: str) -> list[Completed]:
    async def each() -> list[Completed]:
        return [await LocalShell({**os.environ, **env}).run(command) for command in commands]

    return anyio.run(each)


def job(root: Path, name: str, out: Path, released: Mapping[str, str] = RELEASED) -> BuildJob:
    return BuildJob(name, '1.0.0', name, root, out, 1_767_225_600, {}, released=released)


def build(root: Path, name: str, out: Path, **env: str) -> bytes:
    out.mkdir(parents=True)
    for done in run(RUST.tool.build(job(root, name, out)), **env):
        assert done.status == 0, done.complaint
    (path,) = out.iterdir()
    assert path.name == f'{name}-1.0.0.crate'
    return path.read_bytes()


def members(content: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(content), mode='r:gz') as archive:
        found = ((member.name, archive.extractfile(member)) for member in archive)
        return {name: opened.read() for name, opened in found if opened}


def packed(files: Mapping[str, bytes], mode: int = 0o644, **more: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w:') as archive:
        for name, content in {**files, **more}.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(content), mode
            archive.addfile(info, io.BytesIO(content))
    return gzip.compress(out.getvalue())


@pytest.mark.slow
def test_what_no_registry_has_is_packed_along(tmp_path: Path) -> None:
    """A crate whose needs are of the same release is packed before they are published, with no network, and alone.

    Packed twice, at other places, it has the same bytes; the checkout stays clean.
    """
    home = tmp_path / 'home'
    roots = [write(tmp_path / 'one', WORKSPACE), tmp_path / 'two']
    subprocess.run(['git', 'clone', '--quiet', str(roots[0]), str(roots[1])], check=True)
    first, second = (build(root, 'top', tmp_path / f'out-{root.name}', CARGO_HOME=str(home)) for root in roots)
    status = subprocess.run(['git', 'status', '--porcelain'], cwd=roots[0], capture_output=True, check=True)

    assert first == second
    assert RUST.tool.inspect('top-1.0.0.crate', first) == ('top', '1.0.0')
    assert RUST.tool.complete(['top-1.0.0.crate'])
    assert status.stdout == b''
    assert b'[dependencies.mid]\nversion = "1.0.0"' in members(first)['top-1.0.0/Cargo.toml']


def test_a_chain_is_what_is_needed_of_the_release(tmp_path: Path) -> None:
    """Needs of needs are in it, however they are written; what comes from elsewhere needs the network."""
    root = write(tmp_path / 'ws', WORKSPACE)
    out = tmp_path / 'out'

    assert chain(job(root, 'top', out)).names == ('base', 'mid', 'top')
    assert chain(job(root, 'base', out)).names == ('base',)
    assert all(chain(job(root, name, out)).alone for name in RELEASED)
    published = chain(job(root, 'top', out, {'top': '1.0.0', 'mid': '1.0.0'}))
    assert (published.names, published.alone) == (('mid', 'top'), False)


def test_a_registry_is_named_where_only_needs_name_it(tmp_path: Path) -> None:
    """cargo looks for what is packed along in the registry of `publish`, or in the one that it is told."""
    need = '[dependencies]\nbase = { path = "../base", version = "1", registry = "local" }\n'
    for more, expected in (('', 'local'), ('publish = ["local"]', None)):
        tree = {
            'Cargo.toml': '[workspace]\nmembers = ["*"]\n',
            **crate('base', more=more),
            **crate('top', need, more=more),
        }
        for path, text in tree.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text)
        assert chain(job(tmp_path, 'top', tmp_path)).registry == expected


@pytest.mark.slow
def test_exact_pins_in_the_checkout_are_packed(tmp_path: Path) -> None:
    """A manifest that was edited after the commit is meant, and what is packed says that it was."""
    root = write(tmp_path / 'ws', WORKSPACE)
    path = root / 'mid/Cargo.toml'
    path.write_text(path.read_text().replace('"1.0.0" }', '"=1.0.0" }'))
    files = members(build(root, 'mid', tmp_path / 'out'))
    assert b'version = "=1.0.0"' in files['mid-1.0.0/Cargo.toml']
    assert b'"dirty": true' in files['mid-1.0.0/.cargo_vcs_info.json']


@pytest.mark.slow
def test_without_a_lock_file_none_is_packed(tmp_path: Path) -> None:
    """What cargo would resolve on the day of the build is not part of the crate; a committed lock file is."""
    root = write(tmp_path / 'ws', WORKSPACE)
    locked = members(build(root, 'tool', tmp_path / 'locked'))
    (root / 'Cargo.lock').unlink()
    free = members(build(root, 'tool', tmp_path / 'free'))
    assert ['tool-1.0.0/Cargo.lock' in files for files in (locked, free)] == [True, False]


@pytest.mark.slow
def test_what_does_not_compile_is_not_packed(tmp_path: Path) -> None:
    """cargo compiles what it packed, so a file that is left out is noticed."""
    root = write(
        tmp_path / 'ws', {**WORKSPACE, **crate('alone', source='include!("../extra.rs");\n', more='include = ["src"]')}
    )
    (root / 'alone/extra.rs').write_text('')
    (tmp_path / 'out').mkdir()
    assert run(RUST.tool.build(job(root, 'alone', tmp_path / 'out')))[0].status != 0


def trial(folder: Path, made: Trial) -> list[Completed]:
    for path, content in made.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return run(made.commands)


@pytest.mark.slow
def test_built_crates_are_tried_together(tmp_path: Path) -> None:
    """A library and a program compile against the other crates of the release, with no network; broken ones do not."""
    root = write(tmp_path / 'ws', WORKSPACE)
    paths: dict[str, list[Path]] = {}
    for name in ('base', 'mid', 'top', 'tool'):
        build(root, name, tmp_path / 'out' / name)
        paths[name] = [tmp_path / 'out' / name / f'{name}-1.0.0.crate']
    for name, needed in (('top', ('base', 'mid', 'top')), ('tool', ('base', 'tool'))):
        folder = tmp_path / f'smoke-{name}'
        folder.mkdir()
        made = RUST.tool.smoke(SmokeJob(name, '1.0.0', folder, {each: paths[each] for each in needed}))
        assert all('--offline' in command.argv for command in made.commands)
        assert [done.complaint for done in trial(folder, made) if done.status != 0] == []

    broken = members(paths['tool'][0].read_bytes())
    broken['tool-1.0.0/src/main.rs'] = b'fn main() { base::none(); }\n'
    paths['tool'][0].write_bytes(packed(broken))
    folder = tmp_path / 'smoke-broken'
    folder.mkdir()
    made = RUST.tool.smoke(SmokeJob('tool', '1.0.0', folder, {each: paths[each] for each in ('base', 'tool')}))
    assert trial(folder, made)[-1].status != 0


def test_what_is_published_is_tried_with_the_users_configuration(tmp_path: Path) -> None:
    """The home of the trial has what configures cargo, and neither credentials nor what was downloaded before."""
    home = tmp_path / 'theirs'
    for name in ('config.toml', 'credentials.toml', 'registry/cache/x'):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text('[net]\nretry = 1\n')
    for index, place in ((None, ''), ('https://crates.example.org/index/', 'sparse+https://crates.example.org/index/')):
        folder = tmp_path / f'smoke-{bool(index)}'
        folder.mkdir()
        made = RUST.tool.smoke(SmokeJob('a', '1.0.0', folder, {}, index))
        (done,) = run(made.commands[:1], CARGO_HOME=str(home))

        assert done.status == 0, done.complaint
        assert made.commands[1].env == {'CARGO_HOME': str(folder / 'home')}
        assert [path.name for path in (folder / 'home').iterdir()] == ['config.toml']
        assert place in made.files.get('.cargo/config.toml', b'').decode()
        assert ('registry = ' in made.files['Cargo.toml'].decode()) is bool(index)


MANIFEST = b'[package]\nname = "a"\nversion = "1.0.0"\n'
FILES = {'a-1.0.0/Cargo.toml': MANIFEST, 'a-1.0.0/.cargo_vcs_info.json': b'{}', 'a-1.0.0/src/lib.rs': b''}

SAME = {
    'the same bytes': (packed(FILES), True),
    'another order': (packed(dict(reversed(FILES.items()))), True),
    'another commit': (packed({**FILES, 'a-1.0.0/.cargo_vcs_info.json': b'{"git": 1}'}), True),
    'no commit': (packed({name: data for name, data in FILES.items() if 'vcs' not in name}), True),
    'other bytes': (packed({**FILES, 'a-1.0.0/src/lib.rs': b'//'}), False),
    'one more file': (packed({**FILES, 'a-1.0.0/build.rs': b''}), False),
    'a program': (packed(FILES, 0o755), False),
    'a file twice': (packed({**FILES, 'b/Cargo.toml': MANIFEST}), False),
    'a way out': (packed({**FILES, 'a-1.0.0/../x': b''}), False),
    'broken': (b'x', False),
    'cut off': (packed(FILES)[:40], False),
}


@pytest.mark.parametrize(('theirs', 'expected'), SAME.values(), ids=SAME)
def test_crates_are_the_same_by_what_they_hold(theirs: bytes, expected: bool) -> None:
    """Names, bytes and kinds of files count; times, order and the commit do not."""
    ours = packed(FILES)
    assert RUST.tool.same('a-1.0.0.crate', ours, theirs) is expected
    assert RUST.tool.same('a.zip', ours, b'x') is False


def test_only_crates_are_looked_into() -> None:
    """Other files are none of ours; a crate without a manifest is wrong."""
    assert RUST.tool.inspect('notes.txt', b'') is None
    assert RUST.tool.inspect('a-1.0.0.crate', packed(FILES)) == ('a', '1.0.0')
    for content in (b'x', packed({'a-1.0.0/x': b''}), packed({'a-1.0.0/Cargo.toml': b'['})):
        with pytest.raises(ReleaseKitError) as caught:
            RUST.tool.inspect('a-1.0.0.crate', content)
        assert caught.value.code is Code.BUILD_WRONG


@pytest.mark.parametrize(
    ('names', 'complete'), [((), False), (('a.crate',), True), (('a.crate', 'b.crate'), False), (('a.txt',), False)]
)
def test_a_build_makes_one_crate(names: Sequence[str], complete: bool) -> None:
    """Not none, and not those that were packed along."""
    assert RUST.tool.complete(names) is complete
