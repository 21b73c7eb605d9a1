# SPDX-License-Identifier: Apache-2.0
"""What is built of a module, what is made of it, and how it is tried, with the real go command."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import anyio
import pytest

from releasekit.backends.shell import LocalShell
from releasekit.ecosystems.base import BuildJob, SmokeJob, Trial
from releasekit.ecosystems.go import GO, names, pack, zips
from releasekit.errors import Code, ReleaseKitError
from releasekit.ports import Command, Completed
from releasekit.testing.goproxy import HOST, GoRepository, fetch, following, go_proxy
from releasekit.testing.sites_go import SITE

pytestmark = [
    pytest.mark.skipif(shutil.which('go') is None, reason='go is not on this machine'),
    pytest.mark.slow,
]

ANT, BEE = f'{HOST}/ant', f'{HOST}/bee'
FIRST = {'ant': '1.0.0', 'bee': '1.0.0'}
TIME = 1_767_225_600


def begun(folder: Path, files: Mapping[str, str | bytes] | None = None) -> tuple[GoRepository, str]:
    """The site's modules as they are released, in one commit that is not tagged yet."""
    repository = GoRepository(folder / 'go').create()
    repository.write({**SITE.files, **(files or {})})
    repository.commit()
    repository.write(anyio.run(following, repository.files(), FIRST))
    return repository, repository.commit()


def job(repository: GoRepository, commit: str, name: str, out: Path) -> BuildJob:
    out.mkdir(parents=True)
    return BuildJob(
        name=f'{HOST}/{name}',
        version='1.0.0',
        path=name,
        root=repository.root,
        out=out,
        timestamp=TIME,
        env={},
        released={ANT: '1.0.0', BEE: '1.0.0'},
        commit=commit,
        tag=f'{name}/v1.0.0',
    )


def run(repository: GoRepository, commands: Sequence[Command]) -> Completed:
    """Run commands with no proxy at all; the last one, or the first that fails."""
    shell = LocalShell({**repository.environment, 'GOPROXY': 'off'})
    done = Completed(0, b'', b'')
    for command in commands:
        done = anyio.run(shell.run, command)
        if done.status != 0:
            break
    return done


def built(repository: GoRepository, commit: str, name: str, out: Path) -> dict[str, bytes]:
    done = run(repository, GO.tool.build(job(repository, commit, name, out)))
    assert done.status == 0, done.complaint
    files = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}
    return {name: content for name, content in files.items() if GO.tool.inspect(name, content)}


def packed(job: BuildJob) -> dict[str, bytes]:
    """What the program that packs does, in this process."""
    listing, packing, _ = GO.tool.build(job)
    assert anyio.run(LocalShell(os.environ).run, listing).status == 0
    pack.write(pack.Job(**json.loads(packing.stdin)))
    return {path.name: path.read_bytes() for path in job.out.iterdir() if names.read(path.name)}


def refused(job: BuildJob) -> str:
    with pytest.raises(SystemExit) as caught:
        packed(job)
    return str(caught.value)


def tried(repository: GoRepository, trial: Trial, folder: Path) -> Completed:
    for path, content in trial.files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    return run(repository, trial.commands)


def test_a_build_is_what_a_proxy_serves(tmp_path: Path) -> None:
    """The zip has the sum that go computes, .mod is go.mod, and .info names the commit."""
    repository, commit = begun(tmp_path)
    ours = built(repository, commit, 'bee', tmp_path / 'out')
    repository.run('git', 'tag', 'ant/v1.0.0')
    repository.run('git', 'tag', 'bee/v1.0.0')
    kept = tmp_path / 'kept'
    kept.mkdir()
    assert fetch(repository, kept, BEE, 'v1.0.0')
    theirs = {path.name: path.read_bytes() for path in (kept / 'cache/download' / BEE / '@v').iterdir()}

    assert GO.tool.complete(ours)
    assert not GO.tool.complete(set(ours) - {next(iter(ours))})
    assert {GO.tool.inspect(name, content) for name, content in ours.items()} == {(BEE, '1.0.0')}
    for name, content in ours.items():
        assert GO.tool.same(name, content, theirs[f'v1.0.0.{name.rpartition(".")[2]}'])
    info = json.loads(ours['example.test+mono.git+bee@v1.0.0.info'])
    origin = {'VCS': 'git', 'Hash': commit, 'Ref': 'refs/tags/bee/v1.0.0', 'Subdir': 'bee'}
    assert info == {'Version': 'v1.0.0', 'Time': '2026-01-01T00:00:00Z', 'Origin': origin}


def test_a_build_is_reproducible_and_leaves_no_trace(tmp_path: Path) -> None:
    """The same bytes twice, and the checkout is as it was."""
    repository, commit = begun(tmp_path)
    repository.write({'go.work.sum': 'example.test/x v1.0.0 h1:x=\n', 'ant/testdata/go.mod': '(', 'go.mod': '// bee\n'})
    commit = repository.commit()
    first = built(repository, commit, 'bee', tmp_path / '1')
    assert packed(job(repository, commit, 'bee', tmp_path / '2')) == first
    for name in ('go.work', 'go.work.sum'):
        assert (tmp_path / '1/work' / name).read_bytes() == (tmp_path / '2/work' / name).read_bytes()
    assert repository.run('git', 'status', '--short') == ''


def test_only_what_is_committed_is_packed(tmp_path: Path) -> None:
    """What set-up commands make beside it is not, and neither is a link."""
    repository, _ = begun(tmp_path)
    (repository.root / 'bee' / 'link.txt').symlink_to('bee.go')
    commit = repository.commit()
    repository.write({'bee/generated.go': 'package bee\n'})
    ours = built(repository, commit, 'bee', tmp_path / 'out')
    names = {name.rpartition('/')[2] for name in zips.unpacked(ours['example.test+mono.git+bee@v1.0.0.zip'])}
    assert names == {'go.mod', 'go.sum', 'bee.go', 'main.go'}


def test_a_checkout_that_has_changed_is_refused(tmp_path: Path) -> None:
    """Nobody would get what was tried."""
    repository, commit = begun(tmp_path)
    repository.write({'bee/bee.go': 'package bee\n'})
    assert 'bee/bee.go is not what the commit has' in refused(job(repository, commit, 'bee', tmp_path / 'out'))


@pytest.mark.parametrize('odd', ['link', 'attribute'])
def test_a_wrong_sum_is_found_before_the_push(tmp_path: Path, odd: str) -> None:
    """What cannot be known when the plan is made stops the build of the module, not its users."""
    repository = GoRepository(tmp_path / 'go').create()
    repository.write({**SITE.files, '.gitattributes': '*.bat text eol=crlf\n'})
    if odd == 'link':
        (repository.root / 'ant' / 'link.go').symlink_to('ant.go')
    else:
        repository.write({'ant/x.bat': 'echo\n'})
    repository.commit()
    files = dict(repository.files())
    if odd == 'link':
        # What git has of a link is where it leads to.
        files['ant/link.go'] = b'ant.go'
    after = anyio.run(following, files, FIRST)
    repository.write({path: content for path, content in after.items() if files.get(path) != content})
    commit = repository.commit()
    if odd == 'attribute':
        (repository.root / 'ant' / 'x.bat').write_bytes(b'echo\r\n')
    done = run(repository, GO.tool.build(job(repository, commit, 'ant', tmp_path / 'out')))
    assert done.status != 0
    assert 'bee/go.sum has h1:' in done.complaint
    assert 'bee/go.sum has h1:' in refused(job(repository, commit, 'ant', tmp_path / 'again'))


def test_without_a_commit_the_tree_is_packed_as_it_stands(tmp_path: Path) -> None:
    """There is nothing to compare it with, and .info says no origin."""
    repository, _ = begun(tmp_path)
    repository.write({'bee/bee.go': 'package bee\n'})
    out = tmp_path / 'out'
    files = packed(dataclasses.replace(job(repository, '', 'bee', out), tag=''))
    inside = zips.unpacked(files['example.test+mono.git+bee@v1.0.0.zip'])
    assert inside[f'{BEE}@v1.0.0/bee.go'] == b'package bee\n'
    assert 'Origin' not in json.loads(files['example.test+mono.git+bee@v1.0.0.info'])


def test_a_module_that_does_not_compile_is_not_built(tmp_path: Path) -> None:
    """Its siblings are those of this release."""
    repository, commit = begun(tmp_path, {'ant/ant.go': 'package ant\n'})
    done = run(repository, GO.tool.build(job(repository, commit, 'bee', tmp_path / 'out')))
    assert done.status != 0
    assert 'ant.Legs' in done.complaint


def test_a_path_of_another_major_version_is_not_built(tmp_path: Path) -> None:
    """Go would not take such a tag."""
    repository, commit = begun(tmp_path)
    repository.write({'bee/go.mod': f'module {BEE}/v2\n'})
    assert 'another major version' in refused(job(repository, commit, 'bee', tmp_path / 'out'))


def test_built_files_are_tried_offline(tmp_path: Path) -> None:
    """A fresh module builds all packages of it, with its sibling, from nothing but these files."""
    repository, commit = begun(tmp_path)
    artifacts = {}
    for name in ('ant', 'bee'):
        out = tmp_path / name
        files = built(repository, commit, name, out)
        artifacts[f'{HOST}/{name}'] = [out / each for each in files]
    folder = tmp_path / 'smoke'
    folder.mkdir()
    done = tried(repository, GO.tool.smoke(SmokeJob(BEE, '1.0.0', folder, artifacts)), folder)
    assert done.status == 0, done.complaint
    assert f'{BEE} v1.0.0' in (folder / 'trial/go.mod').read_text()

    shutil.rmtree(folder)
    folder.mkdir()
    alone = {BEE: artifacts[BEE]}
    assert tried(repository, GO.tool.smoke(SmokeJob(BEE, '1.0.0', folder, alone)), folder).status != 0


def test_what_is_published_is_tried_from_there(tmp_path: Path) -> None:
    """From the index of the target alone, and its cache can be removed."""
    repository, _ = begun(tmp_path)
    repository.run('git', 'tag', 'ant/v1.0.0')
    repository.run('git', 'tag', 'bee/v1.0.0')
    kept, folder = tmp_path / 'kept', tmp_path / 'smoke'
    kept.mkdir()
    folder.mkdir()
    with go_proxy(repository, kept) as url:
        done = tried(repository, GO.tool.smoke(SmokeJob(BEE, '1.0.0', folder, {}, url)), folder)
        assert done.status == 0, done.complaint
        shutil.rmtree(folder)
        folder.mkdir()
        assert tried(repository, GO.tool.smoke(SmokeJob(BEE, '1.0.9', folder, {}, url)), folder).status != 0


NAME = 'example.com+a@v1.0.0'


def zipped(text: str, path: str = 'example.com/a') -> bytes:
    return zips.packed(path, 'v1.0.0', {'a.go': text.encode()})


def info(version: str = 'v1.0.0', commit: str | None = None, **more: str) -> bytes:
    origin = {} if commit is None else {'Origin': {'VCS': 'git', 'Hash': commit}}
    return json.dumps({'Version': version, **more, **origin}).encode()


@pytest.mark.parametrize(
    ('kind', 'ours', 'theirs', 'expected'),
    [
        ('zip', zipped('a'), zipped('a'), True),
        ('zip', zipped('a'), zipped('b'), False),
        ('zip', zipped('a'), zipped('a', 'example.com/b'), False),
        ('zip', zipped('a'), b'no zip', False),
        ('mod', b'module a\n', b'module a\n', True),
        ('mod', b'module a\n', b'module a\r\n', False),
        ('info', info(), info(Time='x'), True),
        ('info', info(commit='1' * 40), info(), True),
        ('info', info(commit='1' * 40), info(commit='1' * 40, Time='x'), True),
        ('info', info(commit='1' * 40), info(commit='2' * 40), False),
        ('info', info(), info('v1.0.1'), False),
        ('info', info(), b'no JSON', False),
        ('info', info(), b'[]', False),
    ],
)
def test_two_files_say_the_same(kind: str, ours: bytes, theirs: bytes, expected: bool) -> None:
    """Zips by what they hold, .info by its version and by the commit that it comes from."""
    assert GO.tool.same(f'{NAME}.{kind}', ours, theirs) is expected


@pytest.mark.parametrize(
    ('kind', 'content'),
    [
        ('zip', b'no zip'),
        ('zip', zipped('a', 'example.com/b')),
        ('mod', b'module example.com/b\n'),
        ('mod', b'\xff'),
        ('mod', b'go 1.21\n'),
        ('info', info('v1.0.1')),
        ('info', b'no JSON'),
    ],
)
def test_what_a_name_does_not_fit_is_refused(kind: str, content: bytes) -> None:
    """A built file is of the module and version that its name says."""
    with pytest.raises(ReleaseKitError) as caught:
        GO.tool.inspect(f'{NAME}.{kind}', content)
    assert caught.value.code is Code.BUILD_WRONG


def test_a_hash_is_that_of_sha256sum() -> None:
    """The list of hashes and names is hashed again: golang.org/x/mod/sumdb/dirhash."""
    files = {'b': b'2', 'a': b'1'}
    lines = ''.join(f'{hashlib.sha256(files[name]).hexdigest()}  {name}\n' for name in 'ab')
    assert zips.digest(files) == 'h1:' + base64.b64encode(hashlib.sha256(lines.encode()).digest()).decode()
