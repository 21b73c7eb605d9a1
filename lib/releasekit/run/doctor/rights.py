# SPDX-License-Identifier: Apache-2.0
"""What each forge tells of the rights of a token: which requests are made, and how the answers are read.

Releases are pushed with the credentials of git, so that a token that may less than it should is a warning. What a forge
does not tell is not claimed. No text of an answer is shown.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from releasekit.core.forge import Forge
from releasekit.ports import Http, HttpFailure, Request, Response
from releasekit.run.doctor.findings import Finding, UnableError, error, passed, unchecked, warning

_LIMIT = 1024 * 1024
_OK, _UNAUTHORIZED, _FORBIDDEN, _MISSING, _TOO_MANY = 200, 401, 403, 404, 429
_LATER = 'Run it again later.'
# Who may push and make releases on GitLab, https://docs.gitlab.com/api/members/#roles.
_DEVELOPER = 30
_ARCHIVED = 'Unarchive it in its settings: nothing can be pushed to it.'


@dataclasses.dataclass(frozen=True, slots=True)
class Asking:
    """Whom to ask, about which repository and branch, with which token."""

    http: Http = dataclasses.field(repr=False)
    base: str
    forge: Forge
    variable: str
    token: str = dataclasses.field(repr=False)
    branch: str

    @property
    def host(self) -> str:
        """The server."""
        return urlsplit(self.base).hostname or ''

    async def get(self, path: str, **headers: str) -> Response:
        """The answer to one question.

        Raises:
            UnableError: None came.
        """
        known = {'Accept': 'application/json', 'Authorization': f'Bearer {self.token}', **headers}
        try:
            return await self.http.send(Request('GET', f'{self.base}{path}', known, limit=_LIMIT))
        except HttpFailure as failure:
            raise UnableError(f'{self.host} does not answer: {failure}.', _LATER) from failure


Reader = Callable[[Asking], AsyncIterator[Finding]]


async def github(asking: Asking) -> AsyncIterator[Finding]:
    """GitHub: https://docs.github.com/en/rest/repos/repos#get-a-repository.

    `permissions` there are those of the account. A classic token has less where its scopes are fewer, which
    `X-OAuth-Scopes` lists (https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps); of a
    fine-grained token, and of one of an app or a job (`ghs_`), nothing tells what was granted to it.
    """
    answer = await asking.get(f'/repos/{quote(asking.forge.path)}', Accept='application/vnd.github+json')
    if (refused := _refused(asking, answer)) is not None:
        yield refused
        return
    told, name = _object(asking, answer), asking.forge.path
    if told.get('archived') is True:
        yield error(f'{name} is archived.', _ARCHIVED)
        return
    full = told.get('full_name')
    if isinstance(full, str) and full.lower() != name.lower():
        yield warning(f'{name} has another name by now.', 'Set `project.repository`, and the address of the remote.')
    yield _of_github(asking, told, answer.headers.get('x-oauth-scopes'))


def _of_github(asking: Asking, told: Mapping[str, Any], scopes: str | None) -> Finding:
    name, variable = asking.forge.path, asking.variable
    push = _part(told, 'permissions').get('push')
    if asking.token.startswith('ghs_') or not isinstance(push, bool):
        return unchecked(
            f'GitHub does not tell what {variable} may do: it is the token of a job or of an app.',
            'A job needs `permissions: {contents: write}`, an app the permission Contents: Read and write.',
        )
    if not push:
        hint = 'Give its account the role Write for the repository, or use a token of another one.'
        return warning(f'The account of {variable} may not push to {name}.', hint)
    if scopes is None:
        return unchecked(
            f'The account of {variable} may push to {name}; whether the token may, GitHub does not tell.',
            'Look whether it was given this repository, and for it Contents: Read and write.',
        )
    has = {scope.strip() for scope in scopes.split(',')}
    if 'repo' in has or ('public_repo' in has and told.get('private') is False):
        return passed(f'{variable} may push to {name} and make releases there; rules of branches come on top')
    wanted = 'public_repo' if told.get('private') is False else 'repo'
    return warning(f'{variable} has not the scope `{wanted}`.', f'Give it the scope `{wanted}`, or make a new token.')


async def gitlab(asking: Asking) -> AsyncIterator[Finding]:
    """GitLab: the project (https://docs.gitlab.com/api/projects/#retrieve-a-project), its branch, and the token.

    Developers make releases (https://docs.gitlab.com/user/project/releases/#release-permissions). Who may push to a
    protected branch is set for each one, and `can_push` tells of it (https://docs.gitlab.com/api/branches/). The role
    is not told where it comes from a group that the project is shared with.
    """
    project = f'/projects/{quote(asking.forge.path, safe="")}'
    answer = await asking.get(project)
    if (refused := _refused(asking, answer)) is not None:
        yield refused
        return
    told, name, variable = _object(asking, answer), asking.forge.path, asking.variable
    if told.get('archived') is True:
        yield error(f'{name} is archived.', _ARCHIVED)
        return
    level = _level(told)
    if level is None:
        hint = f'Look at the role of its account in the members of {name}: at least Developer.'
        yield unchecked(f'GitLab does not tell which role {variable} has in {name}.', hint)
        return
    if level < _DEVELOPER:
        hint = f'Give its account the role Developer or Maintainer in {name}.'
        yield warning(f'{variable} has a role in {name} that makes no releases and does not push.', hint)
        return
    lacks = [each async for each in _of_branch_and_token(asking, project)]
    for finding in lacks:
        yield finding
    if not lacks:
        yield passed(f'{variable} may push to {name} and make releases there')


async def _of_branch_and_token(asking: Asking, project: str) -> AsyncIterator[Finding]:
    """What stands in the way of a project's member: a protected branch, or a token of few scopes.

    https://docs.gitlab.com/api/personal_access_tokens/ has the question for the token that is used itself.
    """
    variable = asking.variable
    branch = await asking.get(f'{project}/repository/branches/{quote(asking.branch, safe="")}')
    if branch.status == _OK and _object(asking, branch).get('can_push') is False:
        hint = f'Allow its role to push to {asking.branch} in Settings > Repository > Protected branches.'
        yield warning(f'{asking.branch} is protected: {variable} may not push to it.', hint)
    itself = await asking.get('/personal_access_tokens/self')
    scopes = _object(asking, itself).get('scopes') if itself.status == _OK else None
    if not isinstance(scopes, list) or 'granular' in scopes:
        hint = 'Look whether it has the scope `api`, or may write to the repository and to releases.'
        yield unchecked(f'The role of {variable} is enough; which scopes it has, GitLab does not tell.', hint)
    elif 'api' not in scopes:
        yield warning(f'{variable} has not the scope `api`, and makes no releases.', 'Make a token with that scope.')


async def bitbucket(asking: Asking) -> AsyncIterator[Finding]:
    """Bitbucket Cloud: whether the repository is among those that the token may write to.

    The question for one's own rights is deprecated; Atlassian names `role=contributor` of the list of repositories in
    its place (https://developer.atlassian.com/cloud/bitbucket/rest/api-group-repositories/). Bitbucket has no releases.
    """
    workspace, _, _ = asking.forge.path.partition('/')
    query = quote(f'full_name="{asking.forge.path}"', safe='')
    answer = await asking.get(f'/repositories/{quote(workspace, safe="")}?role=contributor&q={query}')
    if (refused := _refused(asking, answer)) is not None:
        yield refused
        return
    listed = _object(asking, answer).get('values')
    names = {each.get('full_name') for each in listed if isinstance(each, dict)} if isinstance(listed, list) else set()
    if asking.forge.path in names:
        yield passed(f'the account of {asking.variable} may push to {asking.forge.path}')
        return
    hint = 'Look at the permissions of the token and of its account: both need to write to the repository.'
    yield unchecked(f'Bitbucket does not list {asking.forge.path} for {asking.variable} to write to.', hint)


def _refused(asking: Asking, answer: Response) -> Finding | None:
    """Why an answer tells nothing of the repository.

    What may not be seen is 404, and too many requests are 403 or 429:
    https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api.
    """
    host, variable, name = asking.host, asking.variable, asking.forge.path
    many = answer.headers.get('x-ratelimit-remaining') == '0' or 'retry-after' in answer.headers
    if answer.status == _OK:
        return None
    if answer.status == _TOO_MANY or (answer.status == _FORBIDDEN and many):
        return unchecked(f'{host} takes no more requests with {variable} for now.', _LATER)
    if answer.status == _UNAUTHORIZED:
        hint = f'Make a new token, and set {variable} to it.'
        return warning(f'{host} does not take {variable}: it is wrong, expired or revoked.', hint)
    if answer.status == _FORBIDDEN and 'x-github-sso' in answer.headers:
        hint = 'Authorize the token for single sign-on of the organization, in its settings.'
        return warning(f'{variable} is not authorized for the organization of {name}.', hint)
    if answer.status == _FORBIDDEN:
        return warning(f'{host} does not let {variable} look at {name}.', f'Give the token access to {name}.')
    if answer.status == _MISSING:
        message = f'{host} has no {name}, or {variable} may not see it.'
        return warning(message, 'Set `project.repository` in release.yaml, or give the token access to it.')
    return unchecked(f'{host} answers with status {answer.status}.', _LATER)


def _object(asking: Asking, answer: Response) -> Mapping[str, Any]:
    """The object that an answer is; there is no other kind that a forge would send."""
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        hint = 'Look whether `project.api_url` of release.yaml is that of the API.'
        raise UnableError(f'{asking.host} answers with something that is not of an API.', hint)
    return found


def _part(told: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = told.get(key)
    return found if isinstance(found, dict) else {}


def _level(told: Mapping[str, Any]) -> int | None:
    """The highest role that a project tells of; None where it tells of none."""
    given = _part(told, 'permissions')
    levels = [_part(given, key).get('access_level') for key in ('project_access', 'group_access')]
    return max((level for level in levels if isinstance(level, int)), default=None)


READERS: Mapping[str, Reader] = {'github': github, 'gitlab': gitlab, 'bitbucket': bitbucket}
