# SPDX-License-Identifier: Apache-2.0
"""What doctor says of credentials: whether they are there and of the right kind, and nothing of what they are."""

from __future__ import annotations

import pytest

from releasekit.run.doctor.findings import Finding, State
from releasekit.testing.clinic import SPEC, Clinic

ERROR, WARNING, PASSED, UNCHECKED = State.ERROR, State.WARNING, State.PASSED, State.UNCHECKED

# What issuers give out has these forms; none of these is one.
PYPI = 'pypi-' + 'AgEIcHlwaS5vcmcCJDAw' * 4
NPM = 'npm_' + 'a1B2c3D4e5F6' * 3
GITHUB = 'ghp_' + 'a1B2c3D4e5F6' * 3
SECRETS = (PYPI, NPM, GITHUB, 'correct-horse', 'battery-staple')

TOKEN = 'auth: {token: {env: UPLOAD_KEY}}'
PAIR = 'auth: {username: {env: UPLOAD_USER}, password: {env: UPLOAD_KEY}}'
OWN = 'url: "https://index.example.org/legacy/", index: "https://index.example.org/simple/"'


def with_target(clinic: Clinic[Finding], target: str) -> None:
    text = SPEC.replace('changelog: false', 'changelog: false, targets: [shop]')
    clinic.repository.commit('chore: a target', {'release.yaml': f'{text}targets: {{shop: {{{target}}}}}\n'})


@pytest.mark.parametrize(
    ('target', 'variables', 'state', 'message', 'hint'),
    [
        (f'type: pypi, {TOKEN}', {}, ERROR, 'UPLOAD_KEY is not set', 'Set UPLOAD_KEY'),
        (f'type: pypi, {TOKEN}', {'UPLOAD_KEY': PYPI}, PASSED, 'UPLOAD_KEY is set', ''),
        (f'type: pypi, {TOKEN}', {'UPLOAD_KEY': f' {PYPI}\n'}, PASSED, 'UPLOAD_KEY is set', ''),
        (f'type: pypi, {TOKEN}', {'UPLOAD_KEY': NPM}, ERROR, 'UPLOAD_KEY: The token is one of npm.', 'token of PyPI'),
        (f'type: pypi, {TOKEN}', {'UPLOAD_KEY': GITHUB}, ERROR, 'The token is one of GitHub.', 'token of PyPI'),
        (f'type: pypi, {TOKEN}', {'UPLOAD_KEY': 'correct-horse'}, WARNING, 'does not look like one of PyPI', 'PyPI'),
        (f'type: pypi, {TOKEN}', {'UPLOAD_KEY': f'"{PYPI}"'}, ERROR, 'quotes around it', 'alone'),
        (f'type: pypi, {TOKEN}', {'UPLOAD_KEY': f'Bearer {PYPI}'}, ERROR, 'begins as a header does', 'alone'),
        (f'type: pypi, {TOKEN}', {'UPLOAD_KEY': 'correct-horse x'}, ERROR, 'white space', 'alone'),
        (f'type: pypi, {TOKEN}', {'UPLOAD_KEY': '$CI_PYPI_TOKEN'}, ERROR, 'nothing was filled in', 'alone'),
        (f'type: pypi, {TOKEN}', {'UPLOAD_KEY': '${{ secrets.PYPI }}'}, ERROR, 'nothing was filled in', 'alone'),
        (f'type: pypi, {TOKEN}', {'UPLOAD_KEY': '***'}, ERROR, 'nothing was filled in', 'alone'),
        (f'type: pypi, {TOKEN}', {'UPLOAD_KEY': 'me:battery-staple'}, WARNING, 'user name and a password', 'both'),
        (f'type: pypi, {TOKEN}', {'OTHER': PYPI}, ERROR, 'OTHER holds what looks like a token of PyPI', 'env: OTHER'),
        (f'type: pypi, {TOKEN}, {OWN}', {'UPLOAD_KEY': 'correct-horse'}, PASSED, 'UPLOAD_KEY is set', ''),
        (f'type: pypi, {TOKEN}, {OWN}', {'UPLOAD_KEY': PYPI}, WARNING, 'but the target is another registry', 'revoke'),
        (
            f'type: pypi, {PAIR}',
            {'UPLOAD_USER': 'me', 'UPLOAD_KEY': 'correct-horse'},
            ERROR,
            'only API tokens',
            '__tok',
        ),
        (f'type: pypi, {PAIR}', {'UPLOAD_USER': '__token__', 'UPLOAD_KEY': PYPI}, PASSED, 'are set', ''),
        (f'type: pypi, {PAIR}, {OWN}', {'UPLOAD_USER': 'me', 'UPLOAD_KEY': '$a:b c'}, PASSED, 'are set', ''),
        (f'type: pypi, {PAIR}, {OWN}', {'UPLOAD_KEY': 'correct-horse'}, ERROR, 'UPLOAD_USER is not set', 'UPLOAD_USER'),
        ('type: pypi, auth: none', {}, PASSED, 'asks for none', ''),
        ('type: pypi', {}, WARNING, 'works in CI only', 'Release in CI'),
        ('type: pypi', {'GITHUB_ACTIONS': 'true'}, ERROR, 'no CI job that has an identity', 'id-token: write'),
        ('type: pypi', {'GITLAB_CI': 'true'}, ERROR, 'no CI job that has an identity', 'PYPI_ID_TOKEN'),
        ('type: pypi', {'GITLAB_CI': 'true', 'PYPI_ID_TOKEN': 'correct-horse'}, PASSED, 'can be identified', ''),
        (
            'type: pypi',
            {
                'GITHUB_ACTIONS': 'true',
                'ACTIONS_ID_TOKEN_REQUEST_URL': 'https://example.org/token',
                'ACTIONS_ID_TOKEN_REQUEST_TOKEN': 'correct-horse',
            },
            PASSED,
            'this job of GitHub Actions can be identified',
            '',
        ),
    ],
)
def test_credentials_are_judged_by_their_form(
    clinic: Clinic[Finding], target: str, variables: dict[str, str], state: State, message: str, hint: str
) -> None:
    """What is known to be refused is an error, what only looks odd a warning; no value is shown."""
    with_target(clinic, target)
    found = clinic.one('credentials.shop', state, **variables)
    assert message in found.message
    assert hint in found.hint
    assert not [secret for secret in SECRETS if secret in repr(found)]


JS = {
    'package.json': '{"name": "solo", "version": "0.1.0"}\n',
    'release.yaml': 'version: 1\nproject: {branch: main}\nworkspaces: {js: {ecosystem: js, targets: [shop]}}\n',
}
RUST = {
    'Cargo.toml': '[package]\nname = "solo"\nversion = "0.1.0"\nedition = "2021"\n',
    'release.yaml': 'version: 1\nproject: {branch: main}\nworkspaces: {rs: {ecosystem: rust, targets: [shop]}}\n',
}


@pytest.mark.parametrize(
    ('files', 'target', 'variables', 'state', 'message'),
    [
        (JS, f'type: npm, {TOKEN}', {'UPLOAD_KEY': NPM}, PASSED, 'is set'),
        (JS, f'type: npm, {TOKEN}', {'UPLOAD_KEY': PYPI}, ERROR, 'is one of PyPI'),
        (
            JS,
            f'type: npm, {TOKEN}',
            {'UPLOAD_KEY': '12345678-90ab-cdef-1234-567890abcdef'},
            WARNING,
            'does not look like one of npm',
        ),
        (
            JS,
            f'type: npm, {TOKEN}, url: "https://npm.pkg.github.com/", index: "https://npm.pkg.github.com/"',
            {'UPLOAD_KEY': GITHUB},
            PASSED,
            'is set',
        ),
        (RUST, f'type: crates, {TOKEN}', {'UPLOAD_KEY': 'cio' + 'a1B2c3D4' * 4}, PASSED, 'is set'),
        (RUST, f'type: crates, {TOKEN}', {'UPLOAD_KEY': NPM}, ERROR, 'is one of npm'),
        (RUST, f'type: crates, {PAIR}', {'UPLOAD_KEY': 'correct-horse', 'UPLOAD_USER': 'me'}, ERROR, 'only tokens'),
    ],
)
def test_each_kind_of_registry_has_its_own_tokens(
    clinic: Clinic[Finding], files: dict[str, str], target: str, variables: dict[str, str], state: State, message: str
) -> None:
    """The public ones; others take what they like."""
    text = f'{files["release.yaml"]}targets: {{shop: {{{target}}}}}\n'
    clinic.repository.commit('chore: another ecosystem', {**files, 'pyproject.toml': None, 'release.yaml': text})
    assert message in clinic.one('credentials.shop', state, **variables).message


def test_a_target_that_nothing_goes_to_is_not_asked_for(clinic: Clinic[Finding]) -> None:
    """Its credential is not missed."""
    text = f'{SPEC}targets: {{shop: {{type: pypi, {TOKEN}}}}}\n'
    clinic.repository.commit('chore: a target', {'release.yaml': text})
    assert [each.check for each in clinic.ask() if each.check.startswith(('credentials', 'registries'))] == []
