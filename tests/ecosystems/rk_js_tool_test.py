# SPDX-License-Identifier: Apache-2.0
"""The commands for npm, pnpm and yarn, run: packing and trying, and what packed packages say."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import sys
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import anyio
import pytest

from releasekit.backends.shell import LocalShell
from releasekit.ecosystems.base import BuildJob, SmokeJob
from releasekit.ecosystems.js import JS, packument, tarball
from releasekit.errors import Code, ReleaseKitError
from releasekit.ports import Command, Completed
from releasekit.spec.model import WorkspaceSpec
from releasekit.testing.verdaccio import PROGRAMS, install

TIMESTAMP = 1_767_225_600
OFFLINE = {'npm_config_offline': 'true', 'YARN_ENABLE_NETWORK': '0', 'npm_config_loglevel': 'error'}


@pytest.fixture(scope='session')
def programs() -> Path:
    """The folder that holds pnpm and yarn."""
    if missing := [program for program in PROGRAMS if shutil.which(program) is None]:
        pytest.skip(f'not on this machine: {", ".join(missing)}')
    return install()


def text(document: object) -> str:
    return json.dumps(document, indent=2) + '\n'


def package(name: str, **more: Any) -> str:
    return text({'name': name, 'version': '1.2.0', **more})


def write(root: Path, tree: Mapping[str, str]) -> None:
    for path, content in tree.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)


def run(commands: Sequence[Command], programs: Path) -> list[Completed]:
    path = f'{programs}{os.pathsep}{os.environ["PATH"]}'
    # The settings that keep the tools from the network are not of those that children inherit.
    changed = [Command(each.argv, each.cwd, {**OFFLINE, **each.env}) for each in commands]

    async def each() -> list[Completed]:
        return [await LocalShell({**os.environ, 'PATH': path}).run(command) for command in changed]

    return anyio.run(each)


def packed(root: Path, path: str, name: str, programs: Path) -> dict[str, bytes]:
    out = root.parent / f'out-{len(list(root.parent.iterdir()))}'
    out.mkdir()
    for done in run(JS.tool.build(BuildJob(name, '1.2.0', path, root, out, TIMESTAMP, {})), programs):
        assert done.status == 0, done.complaint
    return {file.name: file.read_bytes() for file in out.iterdir()}


def tree(tool: str, requirement: str) -> dict[str, str]:
    found = {
        'packages/core/package.json': package('@acme/core', main='index.js', files=['index.js']),
        'packages/core/index.js': 'module.exports = 1;\n',
        'packages/core/test.js': 'throw 1;\n',
        'packages/app/package.json': package(
            'app',
            dependencies={'@acme/core': requirement},
            peerDependencies={'@acme/core': requirement},
            devDependencies={'@acme/core': requirement},
            main='index.js',
        ),
        'packages/app/index.js': 'module.exports = require("@acme/core");\n',
    }
    root = {'name': 'root', 'private': True}
    if tool == 'pnpm':
        settings = "packages: ['packages/*']\nlinkWorkspacePackages: true\ncatalog:\n  '@acme/core': ^1.1.0\n"
        return {'package.json': text(root), 'pnpm-workspace.yaml': settings, **found}
    lock = {'yarn': {'yarn.lock': ''}, 'classic': {'yarn.lock': '# yarn lockfile v1\n'}}.get(tool, {})
    return {'package.json': text({**root, 'workspaces': ['packages/*']}), **lock, **found}


@pytest.mark.slow
@pytest.mark.parametrize(
    ('tool', 'requirement', 'expected'),
    [
        ('npm', '^1.0.0', '^1.0.0'),
        ('classic', '^1.0.0', '^1.0.0'),
        ('pnpm', 'workspace:^', '^1.2.0'),
        ('pnpm', 'workspace:~', '~1.2.0'),
        ('pnpm', 'workspace:*', '1.2.0'),
        ('pnpm', 'workspace:^1.0.0', '^1.0.0'),
        ('pnpm', 'catalog:', '^1.1.0'),
        ('yarn', 'workspace:^', '^1.2.0'),
        ('yarn', 'workspace:*', '1.2.0'),
        ('yarn', '^1.0.0', '^1.0.0'),
    ],
)
def test_a_package_is_packed_by_its_own_tool(
    tool: str, requirement: str, expected: str, tmp_path: Path, programs: Path
) -> None:
    """One file under the one name, without what only the workspace knows; a second packing gives the same contents."""
    root = tmp_path / 'tree'
    write(root, tree(tool, requirement))
    if tool == 'yarn':
        done = run([Command(('yarn', 'install', '--mode=update-lockfile'), cwd=root)], programs)
        assert done[0].status == 0, done[0].complaint
    core = packed(root, 'packages/core', '@acme/core', programs)
    app = packed(root, 'packages/app', 'app', programs)
    again = packed(root, 'packages/app', 'app', programs)

    assert list(core) == ['acme-core-1.2.0.tgz']
    assert list(app) == ['app-1.2.0.tgz']
    assert JS.tool.complete(app)
    assert JS.tool.inspect('acme-core-1.2.0.tgz', core['acme-core-1.2.0.tgz']) == ('@acme/core', '1.2.0')
    assert JS.tool.inspect('app-1.2.0.tgz', app['app-1.2.0.tgz']) == ('app', '1.2.0')
    assert JS.tool.same('app-1.2.0.tgz', app['app-1.2.0.tgz'], again['app-1.2.0.tgz'])
    assert not JS.tool.same('app-1.2.0.tgz', app['app-1.2.0.tgz'], core['acme-core-1.2.0.tgz'])
    read = tarball.read('x.tgz', app['app-1.2.0.tgz']).manifest
    assert [read[section]['@acme/core'] for section in ('dependencies', 'peerDependencies')] == [expected] * 2
    assert 'test.js' not in tarball.read('x.tgz', core['acme-core-1.2.0.tgz']).names


@pytest.mark.slow
def test_scripts_of_a_package_run_when_it_is_packed(tmp_path: Path, programs: Path) -> None:
    """They build what is packed; what fails there fails the build."""
    root = tmp_path / 'tree'
    scripts = {'prepack': "node -e \"require('fs').writeFileSync('made.js', '')\""}
    write(root, {'package.json': package('a', scripts=scripts)})
    assert 'made.js' in tarball.read('x.tgz', packed(root, '.', 'a', programs)['a-1.2.0.tgz']).names
    write(root, {'package.json': package('a', scripts={'prepack': 'node -e "process.exit(3)"'})})
    (tmp_path / 'out').mkdir()
    job = BuildJob('a', '1.2.0', '.', root, tmp_path / 'out', TIMESTAMP, {})
    assert run(JS.tool.build(job), programs)[-1].status != 0


PACKAGES: dict[str, tuple[dict[str, str], bool]] = {
    'main': ({'package.json': package('a', main='lib.js'), 'lib.js': 'module.exports = 1;\n'}, True),
    'main is missing': ({'package.json': package('a', main='lib.js')}, False),
    'main throws': ({'package.json': package('a', main='lib.js'), 'lib.js': 'throw new Error("no");\n'}, False),
    'index': ({'package.json': package('a'), 'index.js': 'exports.a = 1;\n'}, True),
    'module': ({'package.json': package('a', type='module', exports='./a.js'), 'a.js': 'export default 1;\n'}, True),
    'module is missing': ({'package.json': package('a', type='module', exports='./a.js')}, False),
    'conditions': (
        {
            'package.json': package('a', exports={'.': {'types': './a.d.ts', 'require': './a.cjs'}}),
            'a.cjs': 'module.exports = 1;\n',
            'a.d.ts': '',
        },
        True,
    ),
    'subpaths only': ({'package.json': package('a', exports={'./x': './x.js'}), 'x.js': ''}, True),
    'types only': ({'package.json': package('a', types='a.d.ts'), 'a.d.ts': ''}, True),
    'types in exports': ({'package.json': package('a', exports={'.': {'types': './a.d.ts'}}), 'a.d.ts': ''}, True),
    'styles': ({'package.json': package('a', main='a.css'), 'a.css': ''}, True),
    'data': ({'package.json': package('a', main='a.json'), 'a.json': '{}'}, True),
    'program': ({'package.json': package('a', bin='a.js'), 'a.js': '#!/usr/bin/env node\n'}, True),
    'another name': ({'package.json': text({'name': 'b', 'version': '1.2.0'})}, False),
    'another version': ({'package.json': text({'name': 'a', 'version': '1.2.1'})}, False),
    'an installation that fails': (
        {'package.json': package('a', scripts={'install': 'node -e "process.exit(3)"'}), 'index.js': ''},
        False,
    ),
    'leaves a timer running': ({'package.json': package('a'), 'index.js': 'setInterval(() => {}, 1000);\n'}, True),
}


def archive(files: Mapping[str, str], folder: str = 'package', mode: int = 0o644, mtime: int = 0) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode='w') as opened:
        for path, content in files.items():
            member = tarfile.TarInfo(f'{folder}/{path}')
            member.size, member.mode, member.mtime = len(content.encode()), mode, mtime
            opened.addfile(member, io.BytesIO(content.encode()))
    return gzip.compress(buffer.getvalue(), mtime=mtime)


@pytest.mark.slow
@pytest.mark.parametrize('name', PACKAGES)
def test_a_package_is_tried_as_its_users_would(name: str, tmp_path: Path, programs: Path) -> None:
    """It is installed with its scripts and loaded by its name, if there is anything to load."""
    files, works = PACKAGES[name]
    built = tmp_path / 'a-1.2.0.tgz'
    built.write_bytes(archive(files))
    folder = tmp_path / 'smoke'
    trial = JS.tool.smoke(SmokeJob('a', '1.2.0', folder, {'a': [built]}))
    write(folder, {path: content.decode() for path, content in trial.files.items()})
    statuses = [done.status for done in run(trial.commands, programs)]
    assert all(status == 0 for status in statuses) is works


@pytest.mark.slow
def test_files_of_the_same_release_are_installed_together(tmp_path: Path, programs: Path) -> None:
    """What a package needs of the release comes from there, without a registry."""
    core, app = tmp_path / 'acme-core-1.2.0.tgz', tmp_path / 'app-1.2.0.tgz'
    core.write_bytes(archive({'package.json': package('@acme/core'), 'index.js': 'exports.a = 1;\n'}))
    needs = {'package.json': package('app', dependencies={'@acme/core': '^1.2.0'})}
    app.write_bytes(archive({**needs, 'index.js': 'require("@acme/core").a.toFixed();\n'}))
    folder = tmp_path / 'smoke'
    trial = JS.tool.smoke(SmokeJob('app', '1.2.0', folder, {'app': [app], '@acme/core': [core]}))
    write(folder, {path: content.decode() for path, content in trial.files.items()})
    done = run(trial.commands, programs)
    assert [each.status for each in done] == [0, 0], done[0].complaint


FOREIGN = {'os': ['!' + {'win32': 'win32', 'darwin': 'darwin'}.get(sys.platform, 'linux')]}


@pytest.mark.slow
@pytest.mark.parametrize(('name', 'more'), [('app', {}), ('app-else', FOREIGN)])
def test_what_is_for_other_platforms_is_passed_over(name: str, more: Any, tmp_path: Path, programs: Path) -> None:
    """A package that has a build for each platform as an optional dependency, and such a build itself."""
    app, other = tmp_path / 'app-1.2.0.tgz', tmp_path / 'app-else-1.2.0.tgz'
    app.write_bytes(
        archive({'package.json': package('app', optionalDependencies={'app-else': '1.2.0'}), 'index.js': ''})
    )
    other.write_bytes(archive({'package.json': package('app-else', main='a.js', **FOREIGN), 'a.js': 'throw 1;\n'}))
    folder = tmp_path / 'smoke'
    artifacts = {'app-else': [other]} if more else {'app': [app], 'app-else': [other]}
    trial = JS.tool.smoke(SmokeJob(name, '1.2.0', folder, artifacts))
    write(folder, {path: content.decode() for path, content in trial.files.items()})
    done = run(trial.commands, programs)
    assert [each.status for each in done] == [0, 0], done[0].complaint + done[-1].complaint


@pytest.mark.slow
def test_a_script_that_fails_is_told_of(tmp_path: Path, programs: Path) -> None:
    """npm says nothing of what is optional, so that it is asked once more."""
    built, folder = tmp_path / 'a-1.2.0.tgz', tmp_path / 'smoke'
    scripts = {'postinstall': 'node -e "console.error(\'no compiler\'); process.exit(3)"'}
    built.write_bytes(archive({'package.json': package('a', scripts=scripts), 'index.js': ''}))
    trial = JS.tool.smoke(SmokeJob('a', '1.2.0', folder, {'a': [built]}))
    write(folder, {path: content.decode() for path, content in trial.files.items()})
    done = run(trial.commands, programs)
    assert done[-1].status != 0
    assert 'no compiler' in done[-1].complaint


@pytest.mark.parametrize(
    ('files', 'said'),
    [
        ({}, 'has no package.json'),
        ({'package.json': '{'}, 'cannot be read'),
        ({'package.json': '{"name": "a"}'}, 'does not say'),
        *(
            ({'package.json': package('a', dependencies={'b': requirement})}, 'which no registry knows')
            for requirement in ('workspace:^', 'catalog:', 'link:../b', 'portal:../b', 'file:../b')
        ),
        ({'package.json': package('a', peerDependencies={'b': 'workspace:*'})}, 'which no registry knows'),
    ],
)
def test_what_would_not_install_is_no_build(files: dict[str, str], said: str) -> None:
    """It is found before anything is uploaded."""
    with pytest.raises(ReleaseKitError) as caught:
        JS.tool.inspect('a-1.2.0.tgz', archive(files))
    assert caught.value.code is Code.BUILD_WRONG
    assert said in caught.value.problems[0].message


@pytest.mark.parametrize(
    'content',
    [b'', b'x', gzip.compress(b'x', mtime=0), gzip.compress(b'x' * 2048, mtime=0)[:-9]],
    ids=['empty', 'no gzip', 'no archive', 'cut off'],
)
def test_a_broken_file_is_said(content: bytes) -> None:
    """A file that is no archive, or half of one, is no build and the same as no other."""
    with pytest.raises(ReleaseKitError) as caught:
        JS.tool.inspect('a-1.2.0.tgz', content)
    assert caught.value.code is Code.BUILD_WRONG
    assert not JS.tool.same('a.tgz', archive({'package.json': package('a')}), content)


def test_development_dependencies_may_stay_in_the_workspace() -> None:
    """Nobody who installs the package sees them; other files are none of a build's."""
    content = archive({'package.json': package('a', devDependencies={'b': 'workspace:^', 'c': 'file:../c'})})
    assert JS.tool.inspect('a-1.2.0.tgz', content) == ('a', '1.2.0')
    assert JS.tool.inspect('a-1.2.0.txt', b'') is None
    assert [JS.tool.complete(names) for names in ([], ['a.tgz'], ['a.tgz', 'b.tgz'], ['a.txt'])] == [
        False,
        True,
        False,
        False,
    ]


def test_the_same_contents_are_the_same() -> None:
    """Times do not count; other bytes, files and whether they can be run do."""
    files = {'package.json': package('a'), 'index.js': 'a\n'}
    ours = archive(files)
    assert JS.tool.same('a.tgz', ours, archive(files, mtime=7))
    assert JS.tool.same('a.tgz', ours, archive(dict(reversed(files.items()))))
    assert not JS.tool.same('a.tgz', ours, archive({**files, 'index.js': 'b\n'}))
    assert not JS.tool.same('a.tgz', ours, archive({**files, 'more.js': ''}))
    assert not JS.tool.same('a.tgz', ours, archive(files, mode=0o755))
    assert not JS.tool.same('a.zip', ours, archive(files, mtime=7))


def test_what_a_release_needs_is_named() -> None:
    """npm and Node always, for they try what was packed, and the tool of the workspace."""
    rules = WorkspaceSpec(ecosystem='js')
    assert JS.needs(rules, None) == {'node', 'npm'}
    assert JS.needs(rules, 'web/pnpm-lock.yaml') == {'node', 'npm', 'pnpm'}
    assert JS.needs(WorkspaceSpec(ecosystem='js', tool='yarn'), None) == {'node', 'npm', 'yarn'}
    assert set(JS.needs(rules, 'package-lock.json')) <= JS.tools.keys()


def read(files: Mapping[str, str]) -> tarball.Packed:
    return tarball.read('a.tgz', archive(files))


@pytest.mark.parametrize(
    ('version', 'said', 'channel', 'latest', 'expected'),
    [
        ('1.0.0', None, '', None, 'latest'),
        ('1.1.0', None, '', '1.0.0', 'latest'),
        ('1.1.0', None, '', '1.1.0', 'latest'),
        ('1.0.5', None, '', '2.0.0', 'release-1.x'),
        ('1.0.5', None, '', '1.1.0', 'release-1.0.x'),
        ('1.0.0', None, '', 'x', 'latest'),
        ('2.0.0-rc.1', None, 'rc', '1.0.0', 'rc'),
        ('2.0.0-rc.1', None, '', None, 'rc'),
        ('2.0.0-20260101', None, '', None, 'next'),
        ('1.0.0', 'stable', '', '2.0.0', 'stable'),
        ('2.0.0-rc.1', 'stable', '', None, 'stable'),
        ('2.0.0-rc.1', 'stable', 'rc', None, 'rc'),
        ('2.0.0-rc.1', None, 'latest', None, 'rc'),
        ('2.0.0-latest.1', None, 'latest', None, 'next'),
        ('1.0.5', None, 'latest', '2.0.0', 'release-1.x'),
        ('1.0.5', None, 'maintenance', '2.0.0', 'maintenance'),
        ('2.0.0-rc.1', 'latest', 'rc', '1.0.0', 'rc'),
        ('1.0.5', 'latest', '', '2.0.0', 'release-1.x'),
    ],
)
def test_the_dist_tag_never_moves_back(
    version: str, said: str | None, channel: str, latest: str | None, expected: str
) -> None:
    """The channel decides, then `publishConfig`; prereleases and older versions never become `latest`."""
    config = {} if said is None else {'publishConfig': {'tag': said}}
    built = read({'package.json': text({'name': 'a', 'version': version, **config})})
    assert packument.tag(version, built, channel, latest) == expected


def test_a_publication_says_what_installers_need() -> None:
    """What npm fills in when it publishes: program names, native builds, the README; and both digests."""
    files = {
        'package.json': package('@acme/a', bin='cli.js', publishConfig={'access': 'public'}),
        'binding.gyp': '',
        'npm-shrinkwrap.json': '{}',
        'README.md': '# A\n',
    }
    document = packument.publication(read(files), b'content', 'https://registry.invalid/npm/', 'latest')
    version = document['versions']['1.2.0']

    assert (document['name'], document['access'], document['dist-tags']) == ('@acme/a', 'public', {'latest': '1.2.0'})
    assert version['bin'] == {'a': 'cli.js'}
    assert version['scripts'] == {'install': 'node-gyp rebuild'}
    assert (version['gypfile'], version['_hasShrinkwrap'], version['readme']) == (True, True, '# A\n')
    assert version['dist']['tarball'] == 'http://registry.invalid/npm/@acme/a/-/@acme/a-1.2.0.tgz'
    assert version['dist']['shasum'] == '040f06fd774092478d450774f5ba30c5da78acc8'
    assert packument.admits(version['dist']['integrity'], b'content')
    assert not packument.admits(version['dist']['integrity'], b'other')
    assert document['_attachments']['@acme/a-1.2.0.tgz']['length'] == 7


def test_names_are_escaped_as_npm_does() -> None:
    """The slash of a scope only."""
    assert [packument.escaped(name) for name in ('a', '@Acme/b.c')] == ['a', '@Acme%2fb.c']
