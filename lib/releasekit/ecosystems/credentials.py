# SPDX-License-Identifier: Apache-2.0
"""Credentials, whatever the registry: from the environment, and the OIDC token of the CI job that runs.

GitHub: https://docs.github.com/en/actions/reference/security/oidc; GitLab:
https://docs.gitlab.com/ci/secrets/id_token_authentication/.
"""

from __future__ import annotations

import dataclasses
import json
import urllib.parse
from collections.abc import Mapping
from typing import Any

from releasekit.errors import Code, ReleaseKitError, fail
from releasekit.ports import Credential, Http, HttpFailure, Request
from releasekit.spec.model import PasswordAuth, Target, TokenAuth

_GITHUB_URL = 'ACTIONS_ID_TOKEN_REQUEST_URL'
_GITHUB_TOKEN = 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'  # noqa: S105 - the name of a variable
_GITLAB = 'GITLAB_CI'


def ready(target: Target, environment: Mapping[str, str], gitlab: str) -> None:
    """Look whether a credential of the right kind can be had, without using it.

    `gitlab` is the variable that holds the token of a GitLab job.

    Raises:
        ReleaseKitError: `RK-CREDENTIAL-MISSING`, naming what has to be set.
    """
    if target.auth == 'trusted':
        on_gitlab = _GITLAB in environment and any(name.endswith('_ID_TOKEN') for name in environment)
        if not on_gitlab and not (environment.get(_GITHUB_URL) and environment.get(_GITHUB_TOKEN)):
            raise _no_identity(target, gitlab)
        return
    from_environment(target, environment, '')


def from_environment(target: Target, environment: Mapping[str, str], user: str) -> Credential | None:
    """The credential that a target names; `user` is the user name that stands for a token. None where it names none.

    Raises:
        ReleaseKitError: `RK-CREDENTIAL-MISSING`.
    """
    if isinstance(target.auth, TokenAuth):
        return Credential(user, _value(target.auth.token.env, environment))
    if isinstance(target.auth, PasswordAuth):
        username = _value(target.auth.username.env, environment)
        return Credential(username, _value(target.auth.password.env, environment))
    return None


def _value(name: str, environment: Mapping[str, str]) -> str:
    if not (value := environment.get(name, '').strip()):
        hint = f'Set {name} to a credential that may upload to this target, in CI from a secret.'
        raise fail(Code.CREDENTIAL_MISSING, f'The environment variable {name} is not set.', hint)
    return value


@dataclasses.dataclass(frozen=True, slots=True)
class Audience:
    """Whom an OIDC token is for, and the variable that holds it in a GitLab job."""

    name: str
    gitlab: str


async def identity(target: Target, http: Http, environment: Mapping[str, str], audience: Audience) -> str:
    """The OIDC token of the CI job, for one audience.

    Raises:
        ReleaseKitError: `RK-CREDENTIAL-MISSING`.
    """
    if environment.get(_GITHUB_URL):
        url = environment[_GITHUB_URL]
        joined = f'{url}{"&" if "?" in url else "?"}audience={urllib.parse.quote(audience.name, safe="")}'
        headers = {'Authorization': f'Bearer {environment.get(_GITHUB_TOKEN, "")}'}
        return await ask(http, Request('GET', joined, headers=headers), 'value')
    if not (token := environment.get(audience.gitlab, '').strip()):
        raise _no_identity(target, audience.gitlab)
    return token


async def ask(http: Http, request: Request, key: str) -> str:
    """One string out of a JSON answer.

    Raises:
        ReleaseKitError: `RK-CREDENTIAL-MISSING` where it does not answer, or with something else.
    """
    where = urllib.parse.urlsplit(request.url)._replace(query='').geturl()
    try:
        response = await http.send(request)
    except HttpFailure as failure:
        raise _refused(where, f'no answer came: {failure}') from failure
    try:
        document: Any = json.loads(response.body)
    except (ValueError, RecursionError):
        document = None
    value = document.get(key) if isinstance(document, dict) else None
    # It goes into an address or a header; tokens and audiences are printable ASCII (RFC 6750, 2.1).
    if (
        response.status >= 300
        or not isinstance(value, str)
        or not value
        or not (value.isascii() and value.isprintable())
    ):
        raise _refused(where, _complaint(response.status, document))
    return value


def _complaint(status: int, document: Any) -> str:  # noqa: ANN401 - JSON enters here
    said = document.get('message') if isinstance(document, dict) else None
    return f'it answered {status}' + (f': {" ".join(said.split())[:300]}' if said and isinstance(said, str) else '')


def _refused(where: str, why: str) -> ReleaseKitError:
    hint = 'Compare the trusted publisher that is set on the index with this repository, workflow and environment.'
    return fail(Code.CREDENTIAL_MISSING, f'Trusted publishing failed at {where}: {why}.', hint)


def _no_identity(target: Target, gitlab: str) -> ReleaseKitError:
    message = f'{target.url} is published to by trusted publishing, but this is no CI job that has an identity.'
    hint = (
        'On GitHub give the job `permissions: {id-token: write}`; on GitLab an `id_tokens` entry '
        f'{gitlab}; elsewhere set `auth` of the target to a token in release.yaml.'
    )
    return fail(Code.CREDENTIAL_MISSING, message, hint)
