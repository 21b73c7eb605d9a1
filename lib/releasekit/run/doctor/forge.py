# SPDX-License-Identifier: Apache-2.0
"""The forge: whether the token of the environment may push and make releases there, as far as the forge tells.

Only questions are sent, never a request that changes something; the token goes to the API of the forge alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from releasekit.core import forge_api
from releasekit.core.forge import Forge
from releasekit.run.branches import branch_of
from releasekit.run.doctor import rights
from releasekit.run.doctor.examination import Examination
from releasekit.run.doctor.findings import Finding, UnableError, unchecked
from releasekit.run.planning import forge_of

_LOOK = 'Look at the rules of the branch and of tags in the settings of the forge.'


async def permissions(examination: Examination) -> AsyncIterator[Finding]:
    """The token of the environment may push and make releases."""
    forge = await _forge(examination)
    base = forge_api.address(forge, examination.project.spec.project.api_url)
    if base is None:
        raise UnableError(f'{forge.host} is no Bitbucket Cloud: its rights are not asked for.', _LOOK)
    http = examination.net.http
    variable, token = _token(examination, forge, base)
    if variable == forge_api.JOB_TOKEN:
        yield unchecked(
            'GitLab does not tell what the token of a job may do.',
            'It may make releases; pushing with it has to be allowed in Settings > CI/CD > Job token permissions. '
            'Set GITLAB_TOKEN to an access token with the scope `api` where it is not.',
        )
        return
    branch = await branch_of(examination.project, examination.head)
    asking = rights.Asking(http, base, forge, variable, token, branch)
    async for finding in rights.READERS[forge.kind](asking):
        yield finding


async def _forge(examination: Examination) -> Forge:
    rules = examination.project.spec.project
    if rules.forge == 'none':
        raise UnableError('There is no forge: `project.forge` is none.', 'Nothing to do.')
    if not await examination.remotes.names():
        raise UnableError('There is no remote, and so no forge.', _LOOK)
    if (forge := await forge_of(examination.project)) is None:
        hint = 'Set `project.forge` and `project.repository` in release.yaml, or `forge: none`.'
        raise UnableError(f'The address of {rules.remote} names no repository of a forge.', hint)
    return forge


def _token(examination: Examination, forge: Forge, base: str) -> tuple[str, str]:
    """The variable that holds a token, and the token."""
    names = forge_api.variables(forge, base, examination.environment)
    for name in names:
        if token := examination.environment.get(name, '').strip():
            if token.isascii() and token.isprintable() and ' ' not in token:
                return name, token
            raise UnableError(f'{name} holds what is no token.', f'Set {name} to the token, and nothing else.')
    host = urlsplit(base).hostname
    raise UnableError(f'There is no token to ask {host} with.', f'Set {" or ".join(names)} to one, and run it again.')
