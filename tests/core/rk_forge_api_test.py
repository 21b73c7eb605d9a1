# SPDX-License-Identifier: Apache-2.0
"""A token goes to the API of its own forge, and to no other server."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from releasekit.core import forge_api
from releasekit.core.forge import Forge, Kind, detect
from releasekit.spec.model import Project


@pytest.mark.parametrize(
    ('remote', 'kind', 'api_url', 'address'),
    [
        ('git@github.com:acme/kites.git', None, None, 'https://api.github.com'),
        ('https://acme.ghe.com/acme/kites', 'github', None, 'https://api.acme.ghe.com'),
        ('ssh://git@github.acme.org:2222/acme/kites', None, None, 'https://github.acme.org/api/v3'),
        ('git@gitlab.com:acme/kites.git', None, None, 'https://gitlab.com/api/v4'),
        ('https://gitlab.acme.org:8443/acme/kites', None, None, 'https://gitlab.acme.org:8443/api/v4'),
        ('http://gitlab.acme.org/acme/kites', None, None, 'https://gitlab.acme.org/api/v4'),
        ('http://127.0.0.1:8080/acme/kites', 'gitlab', None, 'http://127.0.0.1:8080/api/v4'),
        ('git@bitbucket.org:acme/kites.git', None, None, 'https://api.bitbucket.org/2.0'),
        ('git@bitbucket.acme.org:acme/kites.git', None, None, None),
        ('git@github.acme.org:acme/kites', None, 'https://api.acme.org/gh/', 'https://api.acme.org/gh'),
    ],
)
def test_the_api_is_where_the_forge_has_it(
    remote: str, kind: Kind | None, api_url: str | None, address: str | None
) -> None:
    """What release.yaml says comes first; plain http is for this machine only."""
    forge = detect(Project(forge=kind), remote)
    assert forge is not None
    assert forge_api.address(forge, api_url) == address


@pytest.mark.parametrize(
    ('kind', 'base', 'environment', 'names'),
    [
        ('github', 'https://api.github.com', {}, ('GH_TOKEN', 'GITHUB_TOKEN')),
        ('github', 'https://api.acme.ghe.com', {}, ('GH_TOKEN', 'GITHUB_TOKEN')),
        ('github', 'https://ghe.com.evil.example', {}, ('GH_ENTERPRISE_TOKEN', 'GITHUB_ENTERPRISE_TOKEN')),
        ('github', 'https://api.github.com.evil.example', {}, ('GH_ENTERPRISE_TOKEN', 'GITHUB_ENTERPRISE_TOKEN')),
        (
            'github',
            'https://github.acme.org/api/v3',
            {'GITHUB_API_URL': 'https://api.github.com'},
            ('GH_ENTERPRISE_TOKEN', 'GITHUB_ENTERPRISE_TOKEN'),
        ),
        (
            'github',
            'https://github.acme.org/api/v3',
            {'GITHUB_API_URL': 'https://github.acme.org/api/v3'},
            ('GH_ENTERPRISE_TOKEN', 'GITHUB_ENTERPRISE_TOKEN', 'GH_TOKEN', 'GITHUB_TOKEN'),
        ),
        ('gitlab', 'https://gitlab.com/api/v4', {}, ('GITLAB_TOKEN', 'CI_JOB_TOKEN')),
        ('bitbucket', 'https://api.bitbucket.org/2.0', {}, ('BITBUCKET_TOKEN',)),
    ],
)
def test_a_token_of_one_server_is_shown_to_no_other(
    kind: Kind, base: str, environment: Mapping[str, str], names: tuple[str, ...]
) -> None:
    """In a job of an own server the token of the job is one of that server."""
    assert forge_api.variables(Forge(kind, 'any.example', 'acme/kites'), base, environment) == names
