# SPDX-License-Identifier: Apache-2.0
"""Credentials of Python indexes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import anyio
import pytest

from releasekit.ecosystems.python import PYTHON
from releasekit.errors import Code, ReleaseKitError
from releasekit.ports import Credential, HttpFailure, Request, Response
from releasekit.spec.model import Auth, EnvValue, PasswordAuth, Target, TokenAuth
from releasekit.testing.http import ScriptedHttp, no_network

PYPI = PYTHON.registries['pypi']
UPLOAD = 'https://upload.example.invalid/legacy/'
GITHUB = {
    'ACTIONS_ID_TOKEN_REQUEST_URL': 'https://ci.example.invalid/token?v=2',
    'ACTIONS_ID_TOKEN_REQUEST_TOKEN': 'request-token',
}
GITLAB = {'GITLAB_CI': 'true', 'MY_INDEX_ID_TOKEN': 'job-jwt'}
TOKEN = TokenAuth(EnvValue('TOKEN'))
PASSWORD = PasswordAuth(EnvValue('NAME'), EnvValue('WORD'))


def target(auth: Auth) -> Target:
    return Target('pypi', UPLOAD, auth=auth)


def index(request: Request) -> Response:
    """An index with trusted publishing, and a CI that gives tokens out."""
    if request.url == 'https://upload.example.invalid/_/oidc/audience':
        return answer({'audience': 'my-index'})
    if request.url == 'https://ci.example.invalid/token?v=2&audience=my-index':
        assert request.headers['Authorization'] == 'Bearer request-token'
        return answer({'value': 'ci-jwt'})
    if request.url == 'https://upload.example.invalid/_/oidc/mint-token' and request.method == 'POST':
        assert isinstance(request.json, dict)
        return answer({'success': True, 'token': f'minted for {request.json["token"]}'})
    return answer({}, 404)


def answer(document: object, status: int = 200) -> Response:
    return Response(status, {}, json.dumps(document).encode())


def authenticate(auth: Auth, environment: Mapping[str, str], http: ScriptedHttp) -> Credential | None:
    return anyio.run(PYPI.authenticate, target(auth), http, environment, 'acme')


@pytest.mark.parametrize(
    ('auth', 'environment', 'expected'),
    [
        (TOKEN, {'TOKEN': ' pypi-secret\n'}, ('__token__', 'pypi-secret')),
        (PASSWORD, {'NAME': 'rel', 'WORD': 'secret'}, ('rel', 'secret')),
        ('none', {}, None),
        ('trusted', GITHUB, ('__token__', 'minted for ci-jwt')),
        ('trusted', GITLAB, ('__token__', 'minted for job-jwt')),
    ],
)
def test_credentials_are_found(auth: Auth, environment: dict[str, str], expected: tuple[str, str] | None) -> None:
    """From the environment, or by exchanging the CI's identity for a short-lived token."""
    PYPI.ready(target(auth), environment)
    found = authenticate(auth, environment, ScriptedHttp(index))

    assert (found and (found.username, found.password)) == expected
    assert 'secret' not in repr(found)


@pytest.mark.parametrize(
    ('auth', 'environment', 'named'),
    [
        (TOKEN, {}, 'TOKEN'),
        (TOKEN, {'TOKEN': ' '}, 'TOKEN'),
        (PASSWORD, {'NAME': 'rel'}, 'WORD'),
        (PASSWORD, {'WORD': 'x'}, 'NAME'),
        ('trusted', {}, 'id-token: write'),
        ('trusted', {'ACTIONS_ID_TOKEN_REQUEST_URL': 'https://x.invalid'}, 'id-token: write'),
        ('trusted', {'GITLAB_CI': 'true'}, 'PYPI_ID_TOKEN'),
    ],
)
def test_a_missing_credential_is_named_before_it_is_needed(auth: Auth, environment: dict[str, str], named: str) -> None:
    """`ready` says what has to be set, without a request, and `authenticate` says the same."""
    http = ScriptedHttp(no_network)
    with pytest.raises(ReleaseKitError) as early:
        PYPI.ready(target(auth), environment)
    with pytest.raises(ReleaseKitError) as late:
        authenticate(auth, environment, http)

    assert early.value.problems == late.value.problems
    assert early.value.code is Code.CREDENTIAL_MISSING
    assert named in early.value.problems[0].hint
    assert http.requests == []


def test_gitlab_needs_the_token_of_this_index() -> None:
    """A token for another audience is not sent; the hint names the variable."""
    with pytest.raises(ReleaseKitError) as caught:
        authenticate('trusted', {'GITLAB_CI': 'true', 'PYPI_ID_TOKEN': 'x'}, ScriptedHttp(index))
    assert 'MY_INDEX_ID_TOKEN' in caught.value.problems[0].hint


def lost(request: Request) -> Response:
    raise HttpFailure('connection reset')


@pytest.mark.parametrize(
    ('says', 'part'),
    [
        (lambda _: answer({'message': 'not a trusted publisher'}, 422), 'not a trusted publisher'),
        (lambda _: Response(200, {}, b'<html>'), 'answered 200'),
        (lambda _: answer(['audience']), 'answered 200'),
        (lambda _: answer({'audience': ''}), 'answered 200'),
        (lambda _: answer({'audience': 'a\ud800'}), 'answered 200'),
        (lambda _: answer({'message': ['x']}, 422), 'answered 422'),
        (lambda _: Response(200, {}, b'[' * 200_000), 'answered 200'),
        (lost, 'no answer came'),
    ],
)
def test_a_refused_exchange_says_what_the_index_said(says: Callable[[Request], Response], part: str) -> None:
    """The message names the address and the index's own words, and holds no token."""
    with pytest.raises(ReleaseKitError) as caught:
        authenticate('trusted', GITHUB, ScriptedHttp(says))

    problem = caught.value.problems[0]
    assert problem.code is Code.CREDENTIAL_MISSING
    assert part in problem.message
    assert 'request-token' not in problem.message
