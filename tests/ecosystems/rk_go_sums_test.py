# SPDX-License-Identifier: Apache-2.0
"""go.sum for chains and circles of modules that are released in one commit, held against the real go command."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import anyio
import pytest

from releasekit.ecosystems.go import GO, gomod, zips
from releasekit.errors import Code, ReleaseKitError
from releasekit.testing.goproxy import HOST, GoRepository, following

needs_go = pytest.mark.skipif(shutil.which('go') is None, reason='go is not on this machine')

Files = dict[str, 'str | bytes']


@dataclasses.dataclass(frozen=True)
class Stage:
    """Modules in the folders of a repository."""

    repository: GoRepository

    def release(self, versions: Mapping[str, str], changed: Files | None = None) -> Mapping[str, bytes]:
        """Write files and commit them, release the modules of these folders and tag them; returns what changed."""
        repository = self.repository
        if changed:
            repository.write(changed)
        repository.commit()
        before = repository.files()
        after = anyio.run(following, before, versions)
        edits = {path: content for path, content in after.items() if before.get(path) != content}
        repository.write(edits)
        repository.commit(
            [f'{folder}/v{version}' if folder != '.' else f'v{version}' for folder, version in versions.items()]
        )
        return edits

    def go(self, folder: str, *argv: str) -> str:
        return self.repository.run('go', *argv, folder=self.repository.root / folder, env={'GOWORK': 'off'})

    def check(self, versions: Mapping[str, str]) -> None:
        """Every module builds from what is tagged, is tidy and verified, and its users get it with these hashes."""
        self.repository.forget()
        for folder in versions:
            self.go(folder, 'build', './...')
            assert self.go(folder, 'mod', 'verify').strip() == 'all modules verified'
            assert self.go(folder, 'mod', 'tidy', '-diff') == ''
        consumer = self.repository.folder / 'consumer'
        shutil.rmtree(consumer, ignore_errors=True)
        consumer.mkdir()
        self.repository.forget()
        self.repository.run('go', 'mod', 'init', 'consumer', folder=consumer)
        for folder, version in versions.items():
            path = self.module(folder).path
            self.repository.run('go', 'get', f'{path}@v{version}', folder=consumer)
            self.repository.run('go', 'build', '-mod=mod', f'{path}/...', folder=consumer)
            said = json.loads(
                self.repository.run('go', 'mod', 'download', '-json', f'{path}@v{version}', folder=consumer)
            )
            assert (said['Sum'], said['GoModSum']) == self.sums(folder, version)

    def module(self, folder: str) -> gomod.Module:
        path = self.repository.root / folder / 'go.mod'
        return gomod.parse(path.read_text(), str(path))

    def sums(self, folder: str, version: str) -> tuple[str, str]:
        """What we hash, of the last commit."""
        files, module = self.repository.files(), self.module(folder)
        found = {name: files[path] for name, path in zips.members(sorted(files), folder, module.go).items()}
        return zips.sum_of(module.path, f'v{version}', found), zips.digest({'go.mod': found['go.mod']})


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    if shutil.which('go') is None:
        pytest.skip('go is not on this machine')
    return Stage(GoRepository(tmp_path / 'go').create())


def _block(lines: Sequence[str]) -> str:
    return '\nrequire (\n' + ''.join(f'\t{line}\n' for line in lines) + ')\n'


def module(name: str, *needs: str, go: str = '1.21', version: str = 'v0.0.0') -> Files:
    """A module that uses others directly; `needs` with a `~` before are required indirectly."""
    direct = [f'{HOST}/{each} {version}' for each in needs if each[0] != '~']
    indirect = [f'{HOST}/{each[1:]} {version} // indirect' for each in needs if each[0] == '~']
    blocks = ''.join(
        f'\nrequire {each[0]}\n' if len(each) == 1 else _block(each) for each in (direct, indirect) if each
    )
    used = ''.join(f'import _ "{HOST}/{each}"\n' for each in needs if each[0] != '~')
    return {
        f'{name}/go.mod': f'module {HOST}/{name}\n\ngo {go}\n{blocks}',
        f'{name}/{name}.go': f'package {name}\n\n{used}\nfunc F() int {{ return 1 }}\n',
    }


CHAIN: Files = {
    **module('a', 'b', '~c'),
    **module('b', 'c'),
    **module('c'),
    'go.work': 'go 1.21\n\nuse (\n\t./a\n\t./b\n\t./c\n)\n',
}


@pytest.mark.slow
def test_a_chain_is_right_in_one_commit(stage: Stage) -> None:
    """The first release of three modules, and a second one of all of them."""
    first = {'a': '1.0.0', 'b': '0.1.0', 'c': '0.3.0'}
    assert set(stage.release(first, dict(CHAIN))) == {'a/go.mod', 'a/go.sum', 'b/go.mod', 'b/go.sum'}
    stage.check(first)

    second = {'a': '1.0.1', 'b': '0.2.0', 'c': '0.3.1'}
    stage.release(second, {'c/c.go': 'package c\n\nfunc F() int { return 2 }\n'})
    stage.check(second)
    assert 'v0.3.0' not in (stage.repository.root / 'a' / 'go.sum').read_text()


@pytest.mark.slow
def test_a_part_of_a_chain_is_right_too(stage: Stage) -> None:
    """Who is not released is left alone, and who is released keeps what it needs of those."""
    stage.release({'a': '1.0.0', 'b': '1.0.0', 'c': '1.0.0'}, dict(CHAIN))
    assert set(stage.release({'c': '1.1.0'}, {'c/x.go': 'package c\n'})) == set()
    edits = stage.release({'b': '1.1.0'}, {'b/x.go': 'package b\n'})
    assert edits == {}
    edits = stage.release({'c': '1.2.0', 'b': '1.2.0'}, {'c/y.go': 'package c\n'})
    assert set(edits) == {'b/go.mod', 'b/go.sum'}
    stage.check({'b': '1.2.0', 'c': '1.2.0'})
    assert stage.go('a', 'build', './...') == ''


SHAPES: dict[str, Files] = {
    'license of the root': {'LICENSE': 'root\n'},
    'license of its own': {'LICENSE': 'root\n', 'c/LICENSE': 'own\n'},
    'nested modules': {'c/x/go.mod': 'module example.com/x\n', 'c/x/x.go': 'package x\n', 'c/xy.go': 'package c\n'},
    'nested module in capitals': {'c/x/GO.MOD': '', 'c/x/x.txt': 'x\n'},
    'binary and odd names': {'c/a b.bin': b'\x00\xff\r\n', 'c/ä.txt': 'ä\n', 'c/+x,y/é=1.txt': '\n', 'c/.dot/.x': ''},
    'vendored': {'c/x/vendor/y/z.txt': 'z\n', 'c/x/vendor/z.txt': 'z\n'},
    'vendored, by new rules': {
        **module('c', go='1.24'),
        'c/x/vendor/y/z.txt': 'z\n',
        'c/pkg/vendor/vendor.go': 'package vendor\n',
        'c/x/vendor/modules.txt': 'y\n',
        'a/go.mod': CHAIN['a/go.mod'].replace('1.21', '1.24') if isinstance(CHAIN['a/go.mod'], str) else '',
        'b/go.mod': CHAIN['b/go.mod'].replace('1.21', '1.24') if isinstance(CHAIN['b/go.mod'], str) else '',
    },
    'attributes of archives': {
        '.gitattributes': '*.txt export-ignore\nx.md export-subst\n',
        'c/x.txt': 'x\n',
        'c/x.md': '$Format:%H$\n',
    },
    'windows': {'c/c.go': 'package c\r\n\r\nfunc F() int { return 1 }\r\n', 'c/x.sh': '#!/bin/sh\n'},
    'mercurial': {'c/.hg_archival.txt': 'x\n', 'c/x/.hg_archival.txt': 'x\n'},
}


@pytest.mark.slow
@pytest.mark.parametrize('shape', SHAPES)
def test_what_is_hashed_is_what_go_packs(stage: Stage, shape: str) -> None:
    """Whatever is in the folder of a module."""
    versions = {'a': '1.0.0', 'b': '1.0.0', 'c': '1.0.0'}
    files = {**CHAIN, **SHAPES[shape]}
    if shape.endswith('new rules'):
        files['go.work'] = str(files['go.work']).replace('1.21', '1.24')
    stage.release(versions, files)
    stage.check(versions)


@pytest.mark.slow
def test_a_module_at_the_root(stage: Stage) -> None:
    """It holds what no other module does, and is required like any other."""
    files: Files = {
        'go.mod': f'module {HOST}\n\ngo 1.21\n',
        'root.go': 'package root\n\nfunc F() int { return 1 }\n',
        'sub/sub.go': 'package sub\n',
        **module('a'),
    }
    files['a/go.mod'] = f'module {HOST}/a\n\ngo 1.21\n\nrequire {HOST} v0.0.0\n'
    files['a/a.go'] = f'package a\n\nimport _ "{HOST}/sub"\n'
    versions = {'.': '1.0.0', 'a': '1.0.0'}
    stage.release(versions, files)
    stage.check(versions)


# One package of each module uses the next module, so that no packages import each other in a circle.
def turning(name: str, other: str) -> Files:
    return {
        f'{name}/{name}.go': f'package {name}\n\nfunc F() int {{ return 1 }}\n',
        f'{name}/use/use.go': f'package use\n\nimport _ "{HOST}/{other}"\n',
    }


@pytest.mark.slow
@pytest.mark.parametrize('names', ['ab', 'abc'])
def test_a_circle_is_right_in_one_commit(stage: Stage, names: str) -> None:
    """The edge that closes it keeps the last released version; a second release does so again."""
    alone = {path: text for name in names for path, text in module(name).items()}
    stage.release(dict.fromkeys(names, '0.1.0'), alone)
    nexts = names[1:] + names[0]
    for name, other in zip(names, nexts, strict=True):
        stage.repository.write(turning(name, other))
        stage.go(name, 'mod', 'edit', f'-require={HOST}/{other}@v0.1.0')
        stage.go(name, 'mod', 'tidy')
    for version in ('0.2.0', '0.3.0'):
        versions = dict.fromkeys(names, version)
        stage.release(versions, {f'{name}/{version}.txt': 'x\n' for name in names})
        stage.check(versions)
        required = {name: {each.path[-1]: each.version for each in stage.module(name).requires} for name in names}
        assert [required[name][other] for name, other in zip(names, nexts, strict=True)] == [
            *[f'v{version}'] * (len(names) - 1),
            'v0.1.0',
        ]


def round_trip(replaced: bool) -> Files:
    files: Files = {}
    for name, other in ('ab', 'ba'):
        line = f'\nreplace {HOST}/{other} => ../{other}\n' if replaced and name == 'b' else ''
        files |= turning(name, other)
        files[f'{name}/go.mod'] = f'module {HOST}/{name}\n\ngo 1.21\n\nrequire {HOST}/{other} v0.0.0\n{line}'
    return {**files, 'go.work': 'go 1.21\n\nuse (\n\t./a\n\t./b\n)\n'}


@needs_go
def test_a_circle_that_begins_needs_a_replacement(stage: Stage) -> None:
    """Neither sum can be written before the other, which is said with what helps."""
    with pytest.raises(ReleaseKitError) as caught:
        stage.release({'a': '0.1.0', 'b': '0.1.0'}, round_trip(replaced=False))
    assert caught.value.code is Code.WORKSPACE_INVALID
    assert 'replace' in caught.value.problems[0].hint


def test_a_circle_that_is_pinned_is_refused() -> None:
    """Whoever has each of its edges raised asks for two sums that need each other."""
    files = {path: str(text).replace('v0.0.0', 'v0.1.0') for path, text in round_trip(replaced=False).items()}
    with pytest.raises(ReleaseKitError) as caught:
        release({**files}, {'a': '0.1.0', 'b': '0.1.0'})
    assert caught.value.code is Code.WORKSPACE_INVALID
    assert 'pin: keep' in caught.value.problems[0].hint


@pytest.mark.slow
def test_a_circle_with_a_replacement_can_begin(stage: Stage) -> None:
    """A folder needs no sum, and users do not see it."""
    versions = {'a': '0.1.0', 'b': '0.1.0'}
    stage.release(versions, round_trip(replaced=True))
    stage.check(versions)
    assert [each.version for each in stage.module('b').requires] == ['v0.1.0']


OUTSIDE: Files = {
    **module('out', go='1.18'),
    **module('more', go='1.16'),
    **module('a', 'b'),
    **module('b'),
    'go.work': 'go 1.21\n\nuse (\n\t./a\n\t./b\n)\n',
}


def outside(stage: Stage) -> None:
    """Modules that are none of the workspace: `out` at 1.0.0 and 1.1.0, `more` at 0.5.0."""
    stage.repository.write(OUTSIDE)
    stage.repository.commit(['out/v1.0.0', 'more/v0.5.0'])
    stage.repository.write({'out/x.go': 'package out\n'})
    stage.repository.commit(['out/v1.1.0'])


def using(stage: Stage, name: str, path: str, version: str) -> None:
    stage.repository.write({f'{name}/{path}.go': f'package {name}\n\nimport _ "{HOST}/{path}"\n'})
    stage.go(name, 'get', f'{HOST}/{path}@{version}')
    stage.go(name, 'mod', 'tidy')


@pytest.mark.slow
def test_what_a_sibling_requires_is_taken_over(stage: Stage) -> None:
    """New requirements of a sibling, and higher ones, with their sums and the `go` line that they ask for."""
    outside(stage)
    using(stage, 'b', 'out', 'v1.0.0')
    first = {'a': '1.0.0', 'b': '1.0.0'}
    stage.release(first)
    stage.check(first)
    assert [(each.path[-3:], each.version) for each in stage.module('a').requires] == [
        ('t/b', 'v1.0.0'),
        ('out', 'v1.0.0'),
    ]

    using(stage, 'b', 'out', 'v1.1.0')
    using(stage, 'b', 'more', 'v0.5.0')
    stage.go('b', 'mod', 'edit', '-go=1.22')
    second = {'a': '1.1.0', 'b': '1.1.0'}
    stage.repository.write({'go.work': str(OUTSIDE['go.work']).replace('1.21', '1.22')})
    stage.release(second)
    stage.check(second)
    assert stage.module('a').go == '1.22'
    assert [each.path[-4:] for each in stage.module('a').requires if each.indirect] == ['more', '/out']


@pytest.mark.slow
def test_what_a_sibling_requires_for_others_is_not(stage: Stage) -> None:
    """A package of it that is not used here brings nothing."""
    outside(stage)
    stage.repository.write({'b/x/x.go': f'package x\n\nimport _ "{HOST}/out"\n'})
    stage.go('b', 'get', f'{HOST}/out@v1.0.0')
    stage.go('b', 'mod', 'tidy')
    versions = {'a': '1.0.0', 'b': '1.0.0'}
    stage.release(versions)
    stage.check(versions)
    assert [each.path for each in stage.module('a').requires] == [f'{HOST}/b']


@pytest.mark.slow
@pytest.mark.parametrize('old', ['a', 'b', 'ab', 'abc', 'bc'])
def test_modules_that_list_less_than_they_need(stage: Stage, old: str) -> None:
    """Before go 1.17 a go.mod listed direct requirements only, and go.sum all that was read."""
    files: Files = {}
    for name, needs in (('a', ('b',)), ('b', ('c',)), ('c', ())):
        indirect = () if name in old or name != 'a' else ('~c',)
        files |= module(name, *needs, *indirect, go='1.16' if name in old else '1.21')
    for versions in ({'a': '1.0.0', 'b': '1.0.0', 'c': '1.0.0'}, {'a': '1.0.1', 'b': '1.0.1', 'c': '1.0.1'}):
        stage.release(versions, {**(files if versions['a'] == '1.0.0' else {}), 'c/x.txt': versions['a']})
        stage.repository.forget()
        for folder in versions:
            stage.go(folder, 'build', './...')
            assert stage.go(folder, 'mod', 'verify').strip() == 'all modules verified'


def release(files: Files, versions: Mapping[str, str], late: Sequence[str] = ()) -> Mapping[str, bytes]:
    before = {path: text if isinstance(text, bytes) else text.encode() for path, text in files.items()}
    return anyio.run(following, before, versions, late)


ALL = {'a': '1.0.0', 'b': '1.0.0', 'c': '1.0.0'}


@pytest.mark.parametrize('there', [{}, {'c/release-manifest.json': '{}'}])
def test_a_file_that_is_written_later_cannot_be_hashed(there: Files) -> None:
    """The release manifest in a module that somebody requires is refused, the first one too, with where it can be."""
    with pytest.raises(ReleaseKitError) as caught:
        release({**CHAIN, **there}, ALL, ['c/release-manifest.json'])
    assert caught.value.code is Code.EDIT_FAILED
    assert 'manifest' in caught.value.problems[0].hint


@pytest.mark.parametrize('late', ['x.json', 'a/x.json', 'c/x/x.json', 'c/.release/x.json'])
def test_a_file_that_is_written_later_may_be_elsewhere(late: str) -> None:
    """At the root without a module, in one that nobody requires, or in a nested one."""
    files = {**CHAIN, 'c/x/go.mod': 'module example.com/x\n', 'c/.release/go.mod': '', late: '{}'}
    assert b'v1.0.0 h1:' in release(files, ALL, [late])['a/go.sum']


def test_nothing_is_checked_with_the_tool() -> None:
    """Before the push it could ask nobody for the new versions; the builds compare the sums."""
    assert GO.lock.check('go.sum', offline=True) == ()


def test_vendored_copies_are_refused() -> None:
    """They would have to follow too."""
    with pytest.raises(ReleaseKitError) as caught:
        release({**CHAIN, 'b/vendor/modules.txt': '# x\n'}, ALL)
    assert caught.value.code is Code.EDIT_FAILED


@pytest.mark.parametrize('lines', ['', f'\nreplace {HOST}/c => ../c\n'])
def test_a_requirement_that_nobody_has_is_refused(lines: str) -> None:
    """A placeholder that this release does not fulfil would stop every user of the module."""
    files = {**CHAIN, 'b/go.mod': str(CHAIN['b/go.mod']) + lines}
    with pytest.raises(ReleaseKitError) as caught:
        release(files, {'b': '1.0.0'})
    assert caught.value.code is Code.WORKSPACE_INVALID
    assert f'{HOST}/c' in caught.value.problems[0].message


def test_a_replaced_sibling_needs_no_sum() -> None:
    """What stands for it is a folder, but users get the version that is released."""
    files = {**CHAIN, 'b/go.mod': str(CHAIN['b/go.mod']) + f'\nreplace {HOST}/c => ../c\n'}
    after = release(files, ALL)
    assert f'{HOST}/c v1.0.0'.encode() in after['b/go.mod']
    assert 'b/go.sum' not in after
    assert f'{HOST}/b v1.0.0 h1:'.encode() in after['a/go.sum']


def test_a_release_of_one_module_reads_little() -> None:
    """Where nobody needs it, and it needs nobody, no other file than go.mod and go.sum is looked at."""
    assert release({**module('a'), **module('b')}, {'a': '1.0.0'}).keys() == {*module('a'), *module('b')}
