# SPDX-License-Identifier: Apache-2.0
"""Credentials of Python indexes: from the environment, or by trusted publishing.

https://docs.pypi.org/trusted-publishers/internals/ has the exchange: ask the index for its audience, the CI for an
OIDC token for it, the index for a short-lived API token. GitHub: https://docs.github.com/en/actions/reference/
security/oidc; GitLab: https://docs.gitlab.com/ci/secrets/id_token_authentication/.
"""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Mapping
from typing import Any

from releasekit.errors import Code, ReleaseKitError, fail
from releasekit.ports import Credential, Http, HttpFailure, Request
from releasekit.spec.model import PasswordAuth, Target, TokenAuth

# https://pypi.org/help/#apitoken
TOKEN_USER = '__token__'  # noqa: S105 - the user name that stands for a token

_GITHUB_URL = 'ACTIONS_ID_TOKEN_REQUEST_URL'
_GITHUB_TOKEN = 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'  # noqa: S105 - the name of a variable
_GITLAB = 'GITLAB_CI'


def ready(target: Target, environment: Mapping[str, str]) -> None:
    """Look whether a credential of the right kind can be had, without using it.

    Raises:
        ReleaseKitError: `RK-CREDENTIAL-MISSING`, naming what has to be set.
    """
    if target.auth == 'trusted':
        on_gitlab = _GITLAB in environment and any(name.endswith('_ID_TOKEN') for name in environment)
        if not on_gitlab and not (environment.get(_GITHUB_URL) and environment.get(_GITHUB_TOKEN)):
            raise _no_identity(target)
        return
    _from_environment(target, environment)


async def authenticate(target: Target, http: Http, environment: Mapping[str, str]) -> Credential | None:
    """Get the credential of a target; None where it asks for none.

    Raises:
        ReleaseKitError: `RK-CREDENTIAL-MISSING`.
    """
    if target.auth != 'trusted':
        return _from_environment(target, environment)
    ready(target, environment)
    audience = await _ask(http, Request('GET', _oidc(target, 'audience')), 'audience')
    token = await _identity(target, http, environment, audience)
    mint = Request('POST', _oidc(target, 'mint-token'), json={'token': token})
    return Credential(TOKEN_USER, await _ask(http, mint, 'token'))


def _from_environment(target: Target, environment: Mapping[str, str]) -> Credential | None:
    if isinstance(target.auth, TokenAuth):
        return Credential(TOKEN_USER, _value(target.auth.token.env, environment))
    if isinstance(target.auth, PasswordAuth):
        username = _value(target.auth.username.env, environment)
        return Credential(username, _value(target.auth.password.env, environment))
    return None


def _value(name: str, environment: Mapping[str, str]) -> str:
    if not (value := environment.get(name, '').strip()):
        hint = f'Set {name} to a credential that may upload to this target, in CI from a secret.'
        raise fail(Code.CREDENTIAL_MISSING, f'The environment variable {name} is not set.', hint)
    return value


async def _identity(target: Target, http: Http, environment: Mapping[str, str], audience: str) -> str:
    """The OIDC token of the CI job, for one audience."""
    if environment.get(_GITHUB_URL):
        url = environment[_GITHUB_URL]
        joined = f'{url}{"&" if "?" in url else "?"}audience={urllib.parse.quote(audience, safe="")}'
        headers = {'Authorization': f'Bearer {environment.get(_GITHUB_TOKEN, "")}'}
        return await _ask(http, Request('GET', joined, headers=headers), 'value')
    # The name that PyPI's documentation gives the token of a GitLab job: PYPI_ID_TOKEN.
    variable = re.sub(r'[^A-Z0-9_]', '_', audience.upper()) + '_ID_TOKEN'
    if not (token := environment.get(variable, '').strip()):
        raise _no_identity(target, variable)
    return token


def _oidc(target: Target, end: str) -> str:
    return urllib.parse.urljoin(target.url, f'/_/oidc/{end}')


async def _ask(http: Http, request: Request, key: str) -> str:
    """One string out of a JSON answer."""
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


def _no_identity(target: Target, gitlab: str = 'PYPI_ID_TOKEN') -> ReleaseKitError:
    message = f'{target.url} is published to by trusted publishing, but this is no CI job that has an identity.'
    hint = (
        'On GitHub give the job `permissions: {id-token: write}`; on GitLab an `id_tokens` entry '
        f'{gitlab}; elsewhere set `auth` of the target to a token in release.yaml.'
    )
    return fail(Code.CREDENTIAL_MISSING, message, hint)
