# SPDX-License-Identifier: Apache-2.0
"""Credentials of npm registries: from the environment, or by trusted publishing.

https://docs.npmjs.com/trusted-publishers; the exchange is that of `lib/utils/oidc.js` of the npm CLI: an OIDC token
for the audience `npm:<host>` becomes a short-lived one that is good for one package.
"""

from __future__ import annotations

import base64
import urllib.parse
from collections.abc import Mapping

from releasekit.ecosystems import credentials
from releasekit.ecosystems.js.packument import escaped
from releasekit.ports import Credential, Http, Request
from releasekit.spec.model import Target

# What the npm CLI calls the token of a GitLab job.
GITLAB = 'NPM_ID_TOKEN'


def ready(target: Target, environment: Mapping[str, str]) -> None:
    """Look whether a credential of the right kind can be had, without using it.

    Raises:
        ReleaseKitError: `RK-CREDENTIAL-MISSING`, naming what has to be set.
    """
    credentials.ready(target, environment, GITLAB)


async def authenticate(target: Target, http: Http, environment: Mapping[str, str], name: str) -> Credential | None:
    """Get the credential of a target for a package; None where it asks for none. One without a user is a token.

    Raises:
        ReleaseKitError: `RK-CREDENTIAL-MISSING`.
    """
    if target.auth != 'trusted':
        return credentials.from_environment(target, environment, '')
    ready(target, environment)
    audience = credentials.Audience(f'npm:{urllib.parse.urlsplit(target.url).hostname}', GITLAB)
    identity = await credentials.identity(target, http, environment, audience)
    url = urllib.parse.urljoin(target.url, f'/-/npm/v1/oidc/token/exchange/package/{escaped(name)}')
    exchange = Request('POST', url, headers={'Authorization': f'Bearer {identity}'})
    return Credential('', await credentials.ask(http, exchange, 'token'))


def header(credential: Credential | None) -> Mapping[str, str]:
    """The header that a credential is sent in."""
    if credential is None:
        return {}
    if not credential.username:
        return {'Authorization': f'Bearer {credential.password}'}
    return {'Authorization': f'Basic {basic(credential)}'}


def basic(credential: Credential) -> str:
    """User name and password as of RFC 7617."""
    return base64.b64encode(f'{credential.username}:{credential.password}'.encode()).decode()
