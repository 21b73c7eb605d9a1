# SPDX-License-Identifier: Apache-2.0
"""What doctor says of the repository, its branch and its remote: each of them really so."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from releasekit.run.doctor.findings import Finding, State
from releasekit.testing.clinic import SPEC, Clinic
from releasekit.testing.git_http import serve_git
from releasekit.testing.workspace import Sandbox, make_repository

ERROR, WARNING, PASSED, UNCHECKED = State.ERROR, State.WARNING, State.PASSED, State.UNCHECKED


def other(clinic: Clinic[Finding]) -> Sandbox:
    """Somebody else's clone."""
    return clinic.repository.clone(clinic.folder / 'other')


def pushed_elsewhere(clinic: Clinic[Finding]) -> None:
    there = other(clinic)
    there.commit('feat: of somebody else', {'packages/ant/new.txt': 'new\n'})
    there.git('push', '--quiet')


def diverged(clinic: Clinic[Finding]) -> None:
    pushed_elsewhere(clinic)
    clinic.repository.git('fetch', '--quiet')
    clinic.repository.commit('feat: mine')


def behind(clinic: Clinic[Finding]) -> None:
    pushed_elsewhere(clinic)
    clinic.repository.git('fetch', '--quiet')


def without_identity(clinic: Clinic[Finding]) -> None:
    for key in ('user.name', 'user.email'):
        clinic.repository.git('config', '--unset', key)
    clinic.repository.git('config', 'user.useConfigOnly', 'true')


def two_addresses(clinic: Clinic[Finding]) -> None:
    for name in ('one', 'two'):
        clinic.repository.git('remote', 'set-url', '--add', '--push', 'origin', str(clinic.folder / name))


SITUATIONS: dict[str, tuple[Callable[[Clinic[Finding]], object], str, State, str, str]] = {
    'detached HEAD': (
        lambda clinic: clinic.repository.git('switch', '--quiet', '--detach'),
        'git.head',
        WARNING,
        'HEAD is detached',
        '`git switch main`',
    ),
    'another branch': (
        lambda clinic: clinic.repository.git('switch', '--quiet', '--create', 'topic'),
        'git.branch',
        ERROR,
        'topic is checked out, but releases are made from main',
        '`git switch main`',
    ),
    'dirty tree': (
        lambda clinic: clinic.repository.write({'notes.txt': 'mine\n', 'release.yaml': SPEC + '# mine\n'}),
        'git.tree',
        WARNING,
        'notes.txt, release.yaml differ from HEAD',
        '`git status`',
    ),
    'no identity': (without_identity, 'git.identity', ERROR, 'does not know who commits', '`git config user.name'),
    'line ends': (
        lambda clinic: clinic.repository.git('config', 'core.autocrlf', 'true'),
        'git.line-ends',
        WARNING,
        '`core.autocrlf=true`',
        '`git config core.autocrlf false`',
    ),
    'no remote': (
        lambda clinic: clinic.repository.git('remote', 'remove', 'origin'),
        'git.remote',
        ERROR,
        'There is no remote origin',
        '`git remote add origin URL`',
    ),
    'a remote of another name': (
        lambda clinic: clinic.repository.git('remote', 'rename', 'origin', 'upstream'),
        'git.remote',
        ERROR,
        'There is no remote origin',
        'set `project.remote` to upstream',
    ),
    'remote gone': (
        lambda clinic: shutil.rmtree(clinic.remote),
        'git.reachable',
        ERROR,
        'does not appear to be a git repository',
        '`git ls-remote origin`',
    ),
    'several addresses': (two_addresses, 'git.reachable', ERROR, 'pushed to 2 addresses', 'Give origin one address'),
    'ahead': (
        lambda clinic: clinic.repository.commit('feat: mine'),
        'git.upstream',
        ERROR,
        '1 commit is of main not on origin yet',
        '`git push origin HEAD:main`',
    ),
    'behind': (behind, 'git.upstream', ERROR, '1 commit', '`git pull --rebase origin main`'),
    'behind, not fetched': (pushed_elsewhere, 'git.upstream', ERROR, 'not here', '`git pull --rebase origin main`'),
    'diverged': (diverged, 'git.upstream', ERROR, 'have diverged', 'then `git push origin main`'),
    'no such branch there': (
        lambda clinic: clinic.repository.git('push', '--quiet', 'origin', 'main:other', ':main'),
        'git.upstream',
        PASSED,
        'origin has no main yet',
        '',
    ),
}


@pytest.mark.parametrize('situation', SITUATIONS)
def test_what_is_wrong_is_found_with_what_to_do(clinic: Clinic[Finding], situation: str) -> None:
    """And looking changes nothing, here and on the remote."""
    happen, check, state, message, hint = SITUATIONS[situation]
    clinic.repository.git('config', '--file', str(clinic.remote / 'config'), 'receive.denyDeleteCurrent', 'false')
    happen(clinic)
    before = clinic.world()
    found = clinic.one(check, state)
    assert message in found.message
    assert hint in found.hint
    assert clinic.world() == before


def test_a_healthy_clone_has_no_error_and_no_warning(clinic: Clinic[Finding]) -> None:
    """Each question about git is answered, but the one that only a forge can answer."""
    found = clinic.ask('git.*', 'forge.*')
    assert {each.check: each.state for each in found if each.state is not PASSED} == {'forge.permissions': UNCHECKED}
    assert 'no repository of a forge' in next(each.message for each in found if each.check == 'forge.permissions')


def test_a_shallow_clone_is_an_error(clinic: Clinic[Finding]) -> None:
    """Versions would be counted from what is left."""
    clinic.repository.commit('feat: more')
    clinic.repository.git('push', '--quiet')
    there = clinic.folder / 'shallow'
    clinic.repository.git('clone', '--quiet', '--depth=1', f'file://{clinic.remote}', str(there))
    (found,) = clinic.ask('git.shallow', at=there)
    assert (found.state, 'cut off' in found.message) == (ERROR, True)
    assert '`git fetch --unshallow --tags`' in found.hint


@pytest.mark.parametrize('variable', ['GITHUB_ACTIONS', 'GITLAB_CI', 'CI'])
def test_in_ci_a_detached_head_is_as_it_should_be(clinic: Clinic[Finding], variable: str) -> None:
    """Its checkouts have no branch."""
    clinic.repository.git('switch', '--quiet', '--detach')
    assert clinic.one('git.head', PASSED, **{variable: 'true'}).message.startswith('detached')
    assert clinic.one('git.branch', PASSED, **{variable: 'true'})
    assert clinic.one('git.upstream', PASSED, **{variable: 'true'})


def test_hooks_are_named_and_stand_in_nobodys_way(clinic: Clinic[Finding]) -> None:
    """Also where `core.hooksPath` has them; looking runs none."""
    for folder, name in (('.git/hooks', 'pre-commit'), ('hooks', 'pre-push')):
        hook = clinic.repository.root / folder / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f'#!/bin/sh\ntouch {clinic.folder}/ran\nexit 1\n')
        hook.chmod(0o755)
    assert clinic.one('git.hooks', PASSED).message.startswith('pre-commit: ')
    clinic.repository.git('config', 'core.hooksPath', 'hooks')
    assert clinic.one('git.hooks', PASSED).message.startswith('pre-push: ')
    assert clinic.one('git.push', PASSED)
    assert not (clinic.folder / 'ran').exists()


def test_who_may_not_push_is_told_so_and_nothing_is_pushed(clinic: Clinic[Finding], tmp_path: Path) -> None:
    """Reading is free there; pushing asks for a token, which is wrong."""
    with serve_git(tmp_path, token='let-me-in') as server:
        address = server.address('remote.git').replace('let-me-in', 'not-the-one')
        clinic.repository.git('remote', 'set-url', 'origin', address)
        found = clinic.ask('git.reachable', 'git.push')
    refused = [each for each in found if each.state is ERROR]
    assert [each.check for each in refused] in (['git.push'], ['git.reachable'])
    assert 'not-the-one' not in repr(found)


def test_without_the_network_nothing_is_claimed_of_the_remote(clinic: Clinic[Finding]) -> None:
    """What was not asked has not passed, and the hint says how to ask."""
    found = clinic.ask('git.reachable', 'git.upstream', 'git.push', 'tags.remote', 'runs.tags', offline=True)
    unasked = {each.check for each in found if each.state is UNCHECKED}
    assert unasked == {'git.reachable', 'git.upstream', 'git.push', 'tags.remote'}
    assert {each.hint for each in found if each.state is UNCHECKED} == {'Run it without `--offline`.'}


def test_a_remote_that_is_gone_is_said_once(clinic: Clinic[Finding]) -> None:
    """What cannot be asked then is not checked."""
    shutil.rmtree(clinic.remote)
    found = clinic.ask('git.*', 'tags.*')
    assert [each.check for each in found if each.state is ERROR] == ['git.reachable']
    assert [each.check for each in found if each.state is UNCHECKED] == ['git.upstream', 'git.push', 'tags.remote']


@pytest.mark.parametrize('committed', [False, True], ids=['no repository', 'no commit'])
def test_without_a_repository_or_a_commit_the_rest_is_not_checked(
    clinic: Clinic[Finding], tmp_path: Path, committed: bool
) -> None:
    """And that is said, not passed over."""
    folder = tmp_path / 'plain'
    folder.mkdir()
    if committed:
        make_repository(folder, {}).git('update-ref', '-d', 'HEAD')
        (folder / 'release.yaml').write_text(SPEC)
    found = clinic.ask('git.*', 'tags.*', 'runs.*', 'spec.*', at=folder)
    assert next(each.state for each in found if each.check == 'git.repository') is ERROR
    by_check = {each.check: each.state for each in found}
    assert by_check['git.branch'] is UNCHECKED
    assert by_check['tags.manifests'] is UNCHECKED


def test_an_old_git_is_an_error(clinic: Clinic[Finding], tmp_path: Path) -> None:
    """What it is too old for is named."""
    programs = tmp_path / 'bin'
    programs.mkdir()
    real = shutil.which('git')
    script = f'#!/bin/sh\ncase "$*" in *--version*) echo git version 2.20.1;; *) exec {real} "$@";; esac\n'
    (programs / 'git').write_text(script)
    (programs / 'git').chmod(0o755)
    found = clinic.one('tools.git', ERROR, PATH=f'{programs}:{clinic.environment["PATH"]}')
    assert 'git 2.20.1 is too old' in found.message
    assert '2.31' in found.hint


def test_without_git_that_is_what_is_wrong(clinic: Clinic[Finding], tmp_path: Path) -> None:
    """No traceback, and nothing else is taken for wrong."""
    found = clinic.ask('tools.git', 'git.*', 'spec.*', PATH=str(tmp_path))
    assert {each.check for each in found if each.state is ERROR} == {'tools.git', 'git.repository'}


def test_a_large_history_should_have_a_commit_graph(clinic: Clinic[Finding]) -> None:
    """A small one needs none, and where git has one nothing is said."""
    git = clinic.repository.git
    assert [found.state for found in clinic.ask('git.graph')] == [PASSED]
    lines = (
        f'commit refs/heads/main\ncommitter A <a@b> {number} +0000\ndata 1\nx\n'
        + (f'from {clinic.repository.head}\n' if number == 0 else '')
        for number in range(20_000)
    )
    (clinic.folder / 'stream').write_text('\n'.join(lines) + '\n')
    with (clinic.folder / 'stream').open('rb') as stream:
        subprocess.run(['git', 'fast-import', '--quiet'], cwd=clinic.repository.root, stdin=stream, check=True)
    (found,) = clinic.ask('git.graph')
    assert found.state is WARNING
    assert 'no commit-graph' in found.message
    git('commit-graph', 'write', '--reachable')
    assert [found.state for found in clinic.ask('git.graph')] == [PASSED]
    git('commit-graph', 'write', '--reachable', '--split')
    assert [found.state for found in clinic.ask('git.graph')] == [PASSED]
