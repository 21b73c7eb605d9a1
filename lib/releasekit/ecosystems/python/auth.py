# SPDX-License-Identifier: Apache-2.0
"""Credentials of Python indexes: from the environment, or by trusted publishing.

https://docs.pypi.org/trusted-publishers/internals/ has the exchange: ask the index for its audience, the CI for an
OIDC token for it, the index for a short-lived API token.
"""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Mapping

from releasekit.ecosystems import credentials
from releasekit.ports import Credential, Http, Request
from releasekit.spec.model import Target

# https://pypi.org/help/#apitoken
TOKEN_USER = '__token__'  # noqa: S105 - the user name that stands for a token
# The name that PyPI's documentation gives the token of a GitLab job.
_GITLAB = 'PYPI_ID_TOKEN'


def ready(target: Target, environment: Mapping[str, str]) -> None:
    """Look whether a credential of the right kind can be had, without using it.

    Raises:
        ReleaseKitError: `RK-CREDENTIAL-MISSING`, naming what has to be set.
    """
    credentials.ready(target, environment, _GITLAB)


async def authenticate(target: Target, http: Http, environment: Mapping[str, str]) -> Credential | None:
    """Get the credential of a target; None where it asks for none.

    Raises:
        ReleaseKitError: `RK-CREDENTIAL-MISSING`.
    """
    if target.auth != 'trusted':
        return credentials.from_environment(target, environment, TOKEN_USER)
    ready(target, environment)
    audience = await credentials.ask(http, Request('GET', _oidc(target, 'audience')), 'audience')
    gitlab = re.sub(r'[^A-Z0-9_]', '_', audience.upper()) + '_ID_TOKEN'
    token = await credentials.identity(target, http, environment, credentials.Audience(audience, gitlab))
    mint = Request('POST', _oidc(target, 'mint-token'), json={'token': token})
    return Credential(TOKEN_USER, await credentials.ask(http, mint, 'token'))


def _oidc(target: Target, end: str) -> str:
    return urllib.parse.urljoin(target.url, f'/_/oidc/{end}')
