# SPDX-License-Identifier: Apache-2.0
"""Credentials of crate registries: trusted publishing and tokens; and what an index may say."""

from __future__ import annotations

import json
from collections.abc import Mapping

import anyio
import pytest

from releasekit.ecosystems.rust import RUST, sparse
from releasekit.errors import Code, ReleaseKitError
from releasekit.ports import Credential, Request, Response
from releasekit.spec.model import Auth, EnvValue, Target, TokenAuth
from releasekit.testing.http import ScriptedHttp

GITHUB = {'ACTIONS_ID_TOKEN_REQUEST_URL': 'https://ci.example.org/id?x=1', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN': 'bearer'}
GITLAB = {'GITLAB_CI': 'true', 'CRATES_IO_ID_TOKEN': 'jwt-of-gitlab'}
TOKENS = 'https://crates.io/api/v1/trusted_publishing/tokens'


def target(auth: Auth = 'trusted', url: str = 'https://crates.io/') -> Target:
    return Target('crates', url, 'https://index.crates.io/', auth)


def authenticate(http: ScriptedHttp, environment: Mapping[str, str], of: Target) -> Credential | None:
    return anyio.run(RUST.registries['crates'].authenticate, of, http, environment, 'a')


def answer(request: Request) -> Response:
    if request.url.startswith('https://ci.example.org/'):
        assert 'audience=crates.io' in request.url
        return Response(200, {}, b'{"value": "jwt-of-github"}')
    assert (request.method, request.url) == ('POST', TOKENS)
    assert isinstance(request.json, dict)
    return Response(200, {}, json.dumps({'token': f'minted for {request.json["jwt"]}'.replace(' ', '-')}).encode())


@pytest.mark.parametrize(('environment', 'jwt'), [(GITHUB, 'jwt-of-github'), (GITLAB, 'jwt-of-gitlab')])
def test_an_identity_is_exchanged_for_a_token(environment: Mapping[str, str], jwt: str) -> None:
    """The audience is the registry's host; what is minted is what uploads send, and it never shows itself."""
    credential = authenticate(ScriptedHttp(answer), environment, target())
    assert credential is not None
    assert credential.password == f'minted-for-{jwt}'
    assert jwt not in repr(credential)


def test_a_token_comes_from_the_environment() -> None:
    """As it is, with nobody asked; without it the name of the variable is said."""
    http = ScriptedHttp(answer)
    of = target(TokenAuth(EnvValue('CARGO_REGISTRY_TOKEN')))
    credential = authenticate(http, {'CARGO_REGISTRY_TOKEN': 'cio-1'}, of)
    assert credential is not None
    assert (credential.password, http.requests) == ('cio-1', [])
    assert authenticate(http, {}, target('none')) is None
    with pytest.raises(ReleaseKitError) as caught:
        authenticate(http, {}, of)
    assert 'CARGO_REGISTRY_TOKEN' in caught.value.problems[0].message


@pytest.mark.parametrize(
    ('url', 'variable'),
    [('https://crates.io/', 'CRATES_IO_ID_TOKEN'), ('https://cargo.example.org/api/', 'CARGO_EXAMPLE_ORG_ID_TOKEN')],
)
def test_without_an_identity_it_says_what_to_set(url: str, variable: str) -> None:
    """On GitLab the variable has the name of the registry's host."""
    with pytest.raises(ReleaseKitError) as caught:
        RUST.registries['crates'].ready(target(url=url), {})
    assert caught.value.code is Code.CREDENTIAL_MISSING
    assert variable in caught.value.problems[0].hint


def test_a_refused_exchange_is_an_error_without_the_token() -> None:
    """The answer is quoted, the identity is not."""
    http = ScriptedHttp(lambda _: Response(400, {}, b'{"message": "no publisher is configured"}'))
    with pytest.raises(ReleaseKitError) as caught:
        authenticate(http, GITLAB, target())
    assert 'no publisher is configured' in caught.value.problems[0].message
    assert 'jwt-of-gitlab' not in caught.value.problems[0].message


@pytest.mark.parametrize(
    ('name', 'expected'),
    [('a', '1/a'), ('ab', '2/ab'), ('abc', '3/a/abc'), ('Abcd', 'ab/cd/abcd'), ('cargo-edit', 'ca/rg/cargo-edit')],
)
def test_a_crate_has_its_place(name: str, expected: str) -> None:
    """By the length of its name, in lower case."""
    assert sparse.place(name) == expected


LINE = sparse.Line('MyCrate', '1.0.0', 'ab' * 32, yanked=False)


@pytest.mark.parametrize(
    ('dl', 'expected'),
    [
        ('https://static.crates.io/crates', 'https://static.crates.io/crates/MyCrate/1.0.0/download'),
        ('https://x/api/', 'https://x/api/MyCrate/1.0.0/download'),
        ('https://x/{crate}/{crate}-{version}.crate', 'https://x/MyCrate/MyCrate-1.0.0.crate'),
        ('https://x/{prefix}/{lowerprefix}/{crate}', 'https://x/My/Cr/my/cr/MyCrate'),
        ('https://x/{sha256-checksum}', f'https://x/{"ab" * 32}'),
    ],
)
def test_downloads_follow_the_template(dl: str, expected: str) -> None:
    """Every marker of the index's template is replaced; without one the usual end is added."""
    file = sparse.file(LINE, sparse.Config(dl, ''))
    assert (file.filename, file.url, file.digest) == ('MyCrate-1.0.0.crate', expected, 'ab' * 32)


@pytest.mark.parametrize('content', [b'x', b'[]', b'{}', b'{"dl": 1}', b'null'])
def test_what_is_no_configuration_is_an_error(content: bytes) -> None:
    """An index that says something else is not guessed at."""
    with pytest.raises(sparse.SparseError):
        sparse.config(content)


@pytest.mark.parametrize('content', [b'<html>', b'[]', b'{"vers": "1.0.0"}', b'null', b'[' * 100000])
def test_what_is_no_line_is_an_error(content: bytes) -> None:
    """A page that is no index file is not an empty one."""
    with pytest.raises(sparse.SparseError):
        sparse.by_version(content, '1.0.0')
