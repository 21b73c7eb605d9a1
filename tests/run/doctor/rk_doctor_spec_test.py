# SPDX-License-Identifier: Apache-2.0
"""What doctor says of release.yaml, of the manifests, and of programs; and that a broken spec ends nothing else."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from releasekit.errors import Exit
from releasekit.run.doctor.findings import Finding, State, status
from releasekit.testing.clinic import SPEC, Clinic

ERROR, WARNING, PASSED, UNCHECKED = State.ERROR, State.WARNING, State.PASSED, State.UNCHECKED


def test_a_broken_spec_is_told_with_its_places_and_the_rest_is_looked_at(clinic: Clinic[Finding]) -> None:
    """Every violation is a finding; exit status 2; what needs no spec is answered, the rest is not checked."""
    text = SPEC.replace('ecosystem', 'ecosytem').replace('project: {branch', 'project: {brunch')
    clinic.repository.commit('chore: a slip', {'release.yaml': text})
    found = clinic.ask()
    wrong = {(each.check, each.path, each.line) for each in found if each.state is ERROR}
    assert wrong == {('spec.valid', 'release.yaml', 2), ('spec.valid', 'release.yaml', 4)}
    states = {each.check: each.state for each in found}
    assert {states[check] for check in ('git.repository', 'tools.git', 'git.hooks', 'machine.space')} == {PASSED}
    unasked = ('spec.packages', 'git.branch', 'tags.manifests', 'credentials', 'registries', 'runs.lock', 'tools')
    assert {states[check] for check in unasked} == {UNCHECKED}
    hints = {each.check: each.hint for each in found}
    assert hints['spec.packages'] == 'Mend what `releasekit doctor --only spec.valid` says.'
    assert hints['spec.valid'].startswith('Did you mean `')
    assert status(found, strict=False) is Exit.USAGE


def test_a_missing_spec_is_the_one_thing_that_is_wrong(clinic: Clinic[Finding]) -> None:
    """With where it should be."""
    clinic.repository.commit('chore: gone', {'release.yaml': None})
    found = clinic.ask()
    assert [each.check for each in found if each.state is ERROR] == ['spec.valid']
    assert 'release.yaml' in next(each.message for each in found if each.check == 'spec.valid')
    assert status(found, strict=False) is Exit.USAGE


def test_a_spec_that_is_not_committed_is_an_error(clinic: Clinic[Finding]) -> None:
    """A release reads the committed one, and refuses to begin with another."""
    clinic.repository.write({'release.yaml': SPEC + 'git: {sign: tags}\n'})
    found = clinic.one('spec.committed', ERROR)
    assert '`git diff HEAD -- release.yaml`' in found.hint


def test_a_warning_of_the_spec_is_a_warning(clinic: Clinic[Finding]) -> None:
    """Under --strict it fails, with the status of a policy."""
    text = SPEC.replace('changelog: false', 'changelog: false, packages: {wasp: {publish: false}}')
    clinic.repository.commit('chore: a name', {'release.yaml': text})
    clinic.repository.git('push', '--quiet')
    found = clinic.one('spec.packages', WARNING)
    assert '`wasp`' in found.message
    assert (status([found], strict=False), status([found], strict=True)) == (Exit.DONE, Exit.POLICY)


def test_a_wrong_manifest_is_an_error_and_tags_are_not_checked(clinic: Clinic[Finding]) -> None:
    """Exit status 3: the spec itself is right."""
    clinic.repository.commit('chore: a slip', {'packages/ant/pyproject.toml': '[project\n'})
    found = clinic.ask('spec.*', 'tags.*')
    assert [each.check for each in found if each.state is ERROR] == ['spec.packages']
    assert {each.state for each in found if each.check.startswith('tags.')} == {UNCHECKED}
    assert status(found, strict=False) is Exit.POLICY


def test_tools_are_shown_with_their_versions(clinic: Clinic[Finding]) -> None:
    """Git and what the ecosystem needs."""
    version = subprocess.run(['uv', '--version'], capture_output=True, text=True, check=True).stdout
    assert clinic.one('tools.uv', PASSED).message == version.strip()
    assert clinic.one('tools.git', PASSED).message.startswith('git 2.')


def only_git(folder: Path) -> str:
    """A PATH with git and nothing else."""
    folder.mkdir()
    (folder / 'git').symlink_to(shutil.which('git') or '')
    return str(folder)


def test_a_missing_tool_is_an_error(clinic: Clinic[Finding], tmp_path: Path) -> None:
    """With what to install."""
    found = clinic.one('tools.uv', ERROR, PATH=only_git(tmp_path / 'bin'))
    assert (found.message, found.hint.startswith('Install uv')) == ('There is no program `uv`.', True)


@pytest.mark.parametrize(
    ('lines', 'state', 'message'),
    [
        ('checks: [{name: one, run: [no-such-one]}]', ERROR, 'the check `one`'),
        ('checks: [{name: one, run: [no-such-one], severity: warning}]', WARNING, 'the check `one`'),
        ('checks: [{name: one, run: [no-such-one], severity: "off"}]', PASSED, 'checks and tasks run'),
        ('tasks: {one: {steps: [{run: [no-such-one]}]}}', WARNING, 'the task `one`'),
        ('tasks: {one: {steps: [{run: [git, status], unless: [no-such-one]}]}}', WARNING, 'the task `one`'),
        ('tasks: {one: {steps: [{run: [./no-such-one]}]}}', WARNING, 'the task `one`'),
        ('tasks: {one: {steps: [{run: [./run.sh]}]}}', PASSED, './run.sh'),
        ('checks: [{name: one, run: [git, fsck]}]', PASSED, 'git: what checks and tasks run is there'),
    ],
)
def test_programs_of_checks_and_tasks_are_looked_for(
    clinic: Clinic[Finding], lines: str, state: State, message: str
) -> None:
    """What a release would fail for is an error, all else a warning; nothing is run."""
    clinic.repository.write({'release.yaml': f'{SPEC}{lines}\n', 'run.sh': '#!/bin/sh\ntouch ran\n'})
    (clinic.repository.root / 'run.sh').chmod(0o755)
    assert message in clinic.one('tools.commands', state).message
    assert not (clinic.repository.root / 'ran').exists()


@pytest.mark.parametrize(
    ('settings', 'state', 'message'),
    [
        ({'user.signingkey': 'nobody@example.invalid'}, ERROR, 'has no key nobody@example.invalid'),
        ({'gpg.format': 'ssh'}, ERROR, 'No key to sign with is known'),
        ({'gpg.format': 'ssh', 'user.signingkey': 'no-such-key.pub'}, ERROR, 'no-such-key.pub, is not there'),
        ({'gpg.format': 'ssh', 'user.signingkey': 'key.pub'}, PASSED, 'needs to sign both'),
        ({'gpg.format': 'ssh', 'user.signingkey': 'key::ssh-ed25519 AAAA'}, UNCHECKED, 'only an agent'),
        ({'gpg.format': 'rot13'}, ERROR, 'git does not know'),
        ({'gpg.program': 'no-such-gpg'}, ERROR, 'no program `no-such-gpg`'),
    ],
)
def test_signing_is_looked_at_without_signing(
    clinic: Clinic[Finding], tmp_path: Path, settings: dict[str, str], state: State, message: str
) -> None:
    """By the settings of git; the home folder stays as it is."""
    if state is ERROR and 'gpg.format' not in settings and 'gpg.program' not in settings and not shutil.which('gpg'):
        pytest.skip('there is no gpg on this machine')
    home = tmp_path / 'home'
    home.mkdir()
    clinic.repository.write({'release.yaml': SPEC + 'git: {sign: both}\n', 'key.pub': 'ssh-ed25519 AAAA\n'})
    for key, value in settings.items():
        clinic.repository.git('config', key, value)
    assert message in clinic.one('tools.signing', state, HOME=str(home)).message
    assert list(home.iterdir()) == []


def test_a_key_that_is_there_is_enough(clinic: Clinic[Finding], tmp_path: Path) -> None:
    """A real key in a home folder of gpg."""
    if shutil.which('gpg') is None:
        pytest.skip('there is no gpg on this machine')
    home = tmp_path / 'keys'
    home.mkdir(mode=0o700)
    make = ['gpg', '--homedir', str(home), '--batch', '--passphrase', '', '--quick-generate-key', 'ann@example.invalid']
    subprocess.run([*make, 'ed25519', 'sign', '1d'], check=True, capture_output=True)
    subprocess.run(['gpgconf', '--homedir', str(home), '--kill', 'all'], check=True, capture_output=True)
    clinic.repository.write({'release.yaml': SPEC + 'git: {sign: tags}\n'})
    clinic.repository.git('config', 'user.signingkey', 'ann@example.invalid')
    assert clinic.one('tools.signing', PASSED, GNUPGHOME=str(home)).message == 'git has what it needs to sign tags'
