# SPDX-License-Identifier: Apache-2.0
"""Credentials of crate registries: a token from the environment, or trusted publishing.

https://crates.io/docs/trusted-publishing: the audience of the CI's OIDC token is the registry's host; on GitLab the
token is in CRATES_IO_ID_TOKEN (https://github.com/rust-lang/crates.io/pull/12346). What is minted lives for 30 minutes.
"""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Mapping

from releasekit.ecosystems import credentials
from releasekit.ports import Credential, Http, Request
from releasekit.spec.model import Target

_TOKENS = 'api/v1/trusted_publishing/tokens'


def ready(target: Target, environment: Mapping[str, str]) -> None:
    """Look whether a credential of the right kind can be had, without using it.

    Raises:
        ReleaseKitError: `RK-CREDENTIAL-MISSING`, naming what has to be set.
    """
    credentials.ready(target, environment, _audience(target).gitlab)


async def authenticate(target: Target, http: Http, environment: Mapping[str, str]) -> Credential | None:
    """Get the credential of a target; None where it asks for none.

    Raises:
        ReleaseKitError: `RK-CREDENTIAL-MISSING`.
    """
    if target.auth != 'trusted':
        return credentials.from_environment(target, environment, '')
    ready(target, environment)
    token = await credentials.identity(target, http, environment, _audience(target))
    mint = Request('POST', urllib.parse.urljoin(_base(target), _TOKENS), json={'jwt': token})
    return Credential('', await credentials.ask(http, mint, 'token'))


def _base(target: Target) -> str:
    return target.url.rstrip('/') + '/'


def _audience(target: Target) -> credentials.Audience:
    host = urllib.parse.urlsplit(target.url).hostname or ''
    return credentials.Audience(host, re.sub(r'[^A-Z0-9]', '_', host.upper()) + '_ID_TOKEN')
