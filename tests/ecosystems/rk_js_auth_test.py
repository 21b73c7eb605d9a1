# SPDX-License-Identifier: Apache-2.0
"""Credentials of npm registries, and publications by the npm CLI."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Mapping

import anyio
import pytest

from releasekit.ecosystems.js import JS, auth, cli
from releasekit.errors import Code, ReleaseKitError, fail
from releasekit.ports import Answer, Artifact, Command, Completed, Credential, Outcome, Request, Response
from releasekit.spec.model import Auth, EnvValue, PasswordAuth, Target, TokenAuth
from releasekit.testing.http import ScriptedHttp

NPM = JS.registries['npm']
URL = 'https://registry.example.invalid/'
GITHUB = {
    'ACTIONS_ID_TOKEN_REQUEST_URL': 'https://ci.example.invalid/token?v=2',
    'ACTIONS_ID_TOKEN_REQUEST_TOKEN': 'request-token',
}
GITLAB = {'GITLAB_CI': 'true', 'NPM_ID_TOKEN': 'job-jwt'}
TOKEN = TokenAuth(EnvValue('TOKEN'))
PASSWORD = PasswordAuth(EnvValue('NAME'), EnvValue('WORD'))


def target(auth: Auth = 'trusted', *, provenance: bool = False, staged: bool = False) -> Target:
    return Target('npm', URL, URL, auth, provenance=provenance, staged=staged)


def answer(document: object, status: int = 200) -> Response:
    return Response(status, {}, json.dumps(document).encode())


def registry(request: Request) -> Response:
    """A registry with trusted publishing, and a CI that gives tokens out."""
    if request.url == 'https://ci.example.invalid/token?v=2&audience=npm%3Aregistry.example.invalid':
        assert request.headers['Authorization'] == 'Bearer request-token'
        return answer({'value': 'ci-jwt'})
    if request.url == f'{URL}-/npm/v1/oidc/token/exchange/package/@acme%2fcore' and request.method == 'POST':
        return answer({'token': f'minted for {request.headers["Authorization"]}'}, 201)
    return answer({'message': 'OIDC token exchange error - package not found'}, 404)


def authenticate(
    auth: Auth, environment: Mapping[str, str], http: ScriptedHttp, name: str = '@acme/core'
) -> Credential | None:
    return anyio.run(NPM.authenticate, target(auth), http, environment, name)


@pytest.mark.parametrize(
    ('auth', 'environment', 'expected'),
    [
        (TOKEN, {'TOKEN': ' npm-secret\n'}, ('', 'npm-secret')),
        (PASSWORD, {'NAME': 'rel', 'WORD': 'secret'}, ('rel', 'secret')),
        ('none', {}, None),
        ('trusted', GITHUB, ('', 'minted for Bearer ci-jwt')),
        ('trusted', GITLAB, ('', 'minted for Bearer job-jwt')),
    ],
)
def test_credentials_are_found(auth: Auth, environment: dict[str, str], expected: tuple[str, str] | None) -> None:
    """From the environment, or by exchanging the CI's identity for a token that is good for this package."""
    NPM.ready(target(auth), environment)
    found = authenticate(auth, environment, ScriptedHttp(registry))

    assert (found and (found.username, found.password)) == expected
    assert 'secret' not in repr(found)
    assert NPM.per_package


def test_a_package_without_a_trusted_publisher_is_said() -> None:
    """The message has the registry's own words, and no token."""
    with pytest.raises(ReleaseKitError) as caught:
        authenticate('trusted', GITHUB, ScriptedHttp(registry), 'other')
    problem = caught.value.problems[0]
    assert problem.code is Code.CREDENTIAL_MISSING
    assert 'package not found' in problem.message
    assert 'request-token' not in problem.message + problem.hint


@pytest.mark.parametrize(
    ('auth', 'environment', 'named'),
    [(TOKEN, {}, 'TOKEN'), ('trusted', {}, 'NPM_ID_TOKEN'), ('trusted', {'GITLAB_CI': 'true'}, 'NPM_ID_TOKEN')],
)
def test_a_missing_credential_is_named_before_it_is_needed(auth: Auth, environment: dict[str, str], named: str) -> None:
    """`ready` says what has to be set, without a request."""
    with pytest.raises(ReleaseKitError) as caught:
        NPM.ready(target(auth), environment)
    assert named in caught.value.problems[0].hint


def test_a_credential_goes_into_a_header() -> None:
    """A token as it is, a name and a password encoded."""
    assert auth.header(Credential('', 'x')) == {'Authorization': 'Bearer x'}
    assert auth.header(Credential('rel', 'x')) == {'Authorization': 'Basic cmVsOng='}
    assert auth.header(None) == {}


class RecordingShell:
    """The port `Shell`: keeps commands and answers each with the same."""

    def __init__(self, done: Completed | ReleaseKitError) -> None:
        self._done = done
        self.commands: list[Command] = []

    async def run(self, command: Command) -> Completed:
        self.commands.append(command)
        if isinstance(self._done, ReleaseKitError):
            raise self._done
        return self._done

    async def stream(self, command: Command) -> AsyncIterator[bytes]:
        yield (await self.run(command)).stdout


def publish(
    shell: RecordingShell, credential: Credential | None, *, provenance: bool = False, staged: bool = False
) -> Answer:
    content = b'packed'
    artifact = Artifact('a-1.0.0.tgz', hashlib.sha256(content).hexdigest(), content)
    wanted = target(provenance=provenance, staged=staged)
    return anyio.run(cli.publish, wanted, shell, credential, artifact, 'next')


@pytest.mark.parametrize(
    ('credential', 'variable', 'value'),
    [
        (Credential('', 'secret-token'), 'npm_config_//registry.example.invalid/:_authToken', 'secret-token'),
        (Credential('rel', 'secret'), 'npm_config_//registry.example.invalid/:_auth', 'cmVsOnNlY3JldA=='),
    ],
)
def test_the_command_gets_its_credential_in_its_environment(credential: Credential, variable: str, value: str) -> None:
    """Never on the command line; with provenance it sees the identity of the job, and without it does not."""
    shell = RecordingShell(Completed(0, b'+ a@1.0.0', b''))
    assert publish(shell, credential, provenance=True).outcome is Outcome.ACCEPTED
    assert publish(shell, credential, staged=True).outcome is Outcome.WAITING
    signed, staged = shell.commands

    assert signed.env[variable] == staged.env[variable] == value
    assert not any('secret' in word or value in word for command in shell.commands for word in command.argv)
    assert 'secret' not in repr(shell.commands)
    assert signed.argv[:2] == ('npm', 'publish')
    assert '--provenance' in signed.argv
    assert staged.argv[:3] == ('npm', 'stage', 'publish')
    assert all(command.argv[command.argv.index('--tag') + 1] == 'next' for command in shell.commands)
    assert signed.timeout == staged.timeout == cli.TIMEOUT
    assert 'ACTIONS_ID_TOKEN_REQUEST_TOKEN' in signed.passes
    assert staged.passes == ()


def test_a_staged_publication_waits_for_a_person() -> None:
    """Nothing is visible before somebody approves it: the detail says so, with the identifier."""
    shell = RecordingShell(Completed(0, b'+ a@1.0.0 (staged with id 42)\n', b''))
    found = publish(shell, None, staged=True)
    assert found.outcome is Outcome.WAITING
    assert 'approve' in found.detail
    assert 'id 42' in found.detail


def test_a_command_that_hangs_is_unknown() -> None:
    """It may have published before it was stopped; another failure to run is an error."""
    assert publish(RecordingShell(fail(Code.COMMAND_TIMEOUT, 'late', 'hint')), None).outcome is Outcome.UNKNOWN
    with pytest.raises(ReleaseKitError) as caught:
        publish(RecordingShell(fail(Code.TOOL_MISSING, 'no npm', 'hint')), None)
    assert caught.value.code is Code.TOOL_MISSING
