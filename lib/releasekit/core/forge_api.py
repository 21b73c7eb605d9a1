# SPDX-License-Identifier: Apache-2.0
"""Where the API of a forge is, and which variables hold a token for it: pure, from what is known of the repository."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from releasekit.core.forge import Forge
from releasekit.spec.addresses import is_loopback

# The public services; https://docs.github.com/en/rest, https://docs.gitlab.com/api/rest/,
# https://developer.atlassian.com/cloud/bitbucket/rest/intro/.
_GITHUB, _BITBUCKET = 'https://api.github.com', 'https://api.bitbucket.org/2.0'
_GHE = '.ghe.com'
_GH = ('GH_TOKEN', 'GITHUB_TOKEN')
_GH_ENTERPRISE = ('GH_ENTERPRISE_TOKEN', 'GITHUB_ENTERPRISE_TOKEN')
# The token that GitLab gives to every job, https://docs.gitlab.com/ci/jobs/ci_job_token/.
JOB_TOKEN = 'CI_JOB_TOKEN'  # noqa: S105 - the name of a variable


def address(forge: Forge, api_url: str | None) -> str | None:
    """The address below which the API is, without a slash at its end; None where there is none that is known.

    GitHub Enterprise Server has it at `/api/v3`, GitHub Enterprise Cloud with data residency at `api.NAME.ghe.com`
    (https://docs.github.com/en/enterprise-server/rest/using-the-rest-api/getting-started-with-the-rest-api), every
    GitLab at `/api/v4`. That of Bitbucket Data Center is another one. It is https; a forge on this machine may do
    without.
    """
    if api_url is not None:
        return api_url.rstrip('/')
    plain = forge.insecure and is_loopback(urlsplit(f'//{forge.host}').hostname or '')
    origin = f'{"http" if plain else "https"}://{forge.host}'
    match forge.kind:
        case 'github' if forge.host == 'github.com':
            return _GITHUB
        case 'github' if forge.host.endswith(_GHE):
            return f'https://api.{forge.host}'
        case 'github':
            return f'{origin}/api/v3'
        case 'gitlab':
            return f'{origin}/api/v4'
        case 'bitbucket':
            return _BITBUCKET if forge.host == 'bitbucket.org' else None


def variables(forge: Forge, base: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    """The variables that may hold a token for the API at an address, the first one first.

    Those of GitHub are as `gh` reads them (https://cli.github.com/manual/gh_help_environment): a token for github.com
    goes to no other server, unless this is a job on it, which says so itself.
    """
    match forge.kind:
        case 'github' if _is_githubs(base):
            return _GH
        case 'github':
            job = environment.get('GITHUB_API_URL', '')
            same = _host(job) == _host(base) != ''
            return (*_GH_ENTERPRISE, *_GH) if same else _GH_ENTERPRISE
        case 'gitlab':
            return ('GITLAB_TOKEN', JOB_TOKEN)
        case 'bitbucket':
            return ('BITBUCKET_TOKEN',)


def _is_githubs(base: str) -> bool:
    host = _host(base)
    return host == _host(_GITHUB) or host.endswith(_GHE)


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition('@')[2].lower()
