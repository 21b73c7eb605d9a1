# SPDX-License-Identifier: Apache-2.0
"""A forge on this machine that answers, as GitHub, GitLab and Bitbucket do, what a token may do with a repository.

Written by hand after their references, for the few questions that are asked of them; nothing can be changed there.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import urllib.parse
from collections.abc import Generator, Mapping

from releasekit.testing.servers import QuietHandler, serving

_TIME = '2026-01-02T03:04:05Z'
_JSON = ('Content-Type', 'application/json; charset=utf-8')
# Fields of a repository of GitHub that are addresses below its own; most are templates there, none is asked for.
_BELOW = (
    'archive assignees blobs branches collaborators comments commits compare contents contributors deployments '
    'downloads events forks git_commits git_refs git_tags hooks issue_comment issue_events issues keys labels '
    'languages merges milestones notifications pulls releases stargazers statuses subscribers subscription tags teams '
    'trees'
)
_OF_USER = 'events followers following gists organizations received_events repos starred subscriptions'
_COUNTS = (
    'forks forks_count open_issues open_issues_count size stargazers_count watchers watchers_count network_count '
    'subscribers_count'
)


@dataclasses.dataclass(frozen=True, slots=True)
class Grant:
    """What a token has: the rights of its account, and the scopes of its own, None where the forge tells of none.

    `push` None: the forge does not tell of rights at all. Another `status` answers every question, with `headers`.
    """

    push: bool | None = True
    scopes: tuple[str, ...] | None = ('repo', 'api')
    level: int | None = 40
    protected: bool = False
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Hosted:
    """The one repository that is there; `path` is its name by now, `former` one that it had."""

    path: str
    former: str | None = None
    private: bool = False
    archived: bool = False


@dataclasses.dataclass(frozen=True)
class ForgeServer:
    """The addresses of the three APIs, and what was asked: method, path and token."""

    origin: str
    asked: list[tuple[str, str, str]] = dataclasses.field(default_factory=list, repr=False)

    def api(self, kind: str) -> str:
        """The address of the API of a kind of forge."""
        return self.origin + {'github': '/api/v3', 'gitlab': '/api/v4', 'bitbucket': '/2.0'}[kind]


@contextlib.contextmanager
def serving_forge(hosted: Hosted, grants: Mapping[str, Grant]) -> Generator[ForgeServer, None, None]:
    """Serve a repository to the tokens that are known, while a block lasts."""
    asked: list[tuple[str, str, str]] = []

    class Handler(QuietHandler):
        def do_GET(self) -> None:  # noqa: N802 - named by the base class
            token = self.headers.get('Authorization', '').removeprefix('Bearer ')
            asked.append((self.command, self.path, token))
            origin = f'http://{self.headers["Host"]}'
            status, headers, body = _answer(hosted, grants.get(token), origin, self.path)
            self.answer(status, [_JSON, *headers], json.dumps(body).encode())

    with serving(Handler) as origin:
        yield ForgeServer(origin, asked)


_Answer = tuple[int, tuple[tuple[str, str], ...], object]


def _answer(hosted: Hosted, grant: Grant | None, origin: str, path: str) -> _Answer:
    if grant is None:
        return 401, (), {'message': 'Bad credentials', 'status': '401'}
    if grant.status != 200:
        return grant.status, grant.headers, {'message': 'no', 'status': str(grant.status)}
    place, _, query = path.partition('?')
    for prefix, answer in (('/api/v3', _github), ('/api/v4', _gitlab)):
        if place.startswith(prefix):
            return answer(hosted, grant, origin, place.removeprefix(prefix))
    return _bitbucket(hosted, grant, place.removeprefix('/2.0'), query)


def _missing() -> _Answer:
    return 404, (), {'message': 'Not Found', 'status': '404'}


def _github(hosted: Hosted, grant: Grant, origin: str, place: str) -> _Answer:
    """https://docs.github.com/en/rest/repos/repos#get-a-repository."""
    moved = f'{origin}/api/v3/repos/{hosted.path}'
    if hosted.former is not None and place == f'/repos/{hosted.former}':
        return 301, (('Location', moved),), {'message': 'Moved Permanently', 'url': moved}
    if place != f'/repos/{hosted.path}':
        return _missing()
    scopes = () if grant.scopes is None else (('X-OAuth-Scopes', ', '.join(grant.scopes)),)
    return 200, (*scopes, *grant.headers), github_repository(hosted, grant, origin)


def github_repository(hosted: Hosted, grant: Grant, origin: str) -> dict[str, object]:
    """A repository as GitHub tells of it, with every field that its description of the API asks for."""
    owner, _, name = hosted.path.partition('/')
    own, user = f'{origin}/api/v3/repos/{hosted.path}', f'{origin}/api/v3/users/{owner}'
    page = f'{origin}/{hosted.path}'
    told: dict[str, object] = {
        **{f'{each}_url': f'{own}/{each}' for each in _BELOW.split()},
        **dict.fromkeys(_COUNTS.split(), 0),
        **dict.fromkeys(('has_issues', 'has_projects', 'has_wiki', 'has_pages', 'has_discussions', 'fork'), False),
        **dict.fromkeys(('description', 'homepage', 'language', 'mirror_url', 'license')),
        **dict.fromkeys(('pushed_at', 'created_at', 'updated_at'), _TIME),
        'id': 1,
        'node_id': 'R_1',
        'name': name,
        'full_name': hosted.path,
        'owner': {
            **{f'{each}_url': f'{user}/{each}' for each in _OF_USER.split()},
            'login': owner,
            'id': 2,
            'node_id': 'O_2',
            'type': 'Organization',
            'site_admin': False,
            'gravatar_id': '',
            'avatar_url': f'{user}/avatar',
            'url': user,
            'html_url': f'{origin}/{owner}',
        },
        'private': hosted.private,
        'archived': hosted.archived,
        'disabled': False,
        'default_branch': 'main',
        'url': own,
        'html_url': page,
        'svn_url': page,
        'clone_url': f'{page}.git',
        'git_url': f'git:{page}.git',
        'ssh_url': f'git@forge.example:{hosted.path}.git',
    }
    if grant.push is not None:
        told['permissions'] = {'admin': False, 'push': grant.push, 'pull': True}
    return told


def _gitlab(hosted: Hosted, grant: Grant, _origin: str, place: str) -> _Answer:
    """https://docs.gitlab.com/api/projects/, /branches/ and /personal_access_tokens/."""
    project = f'/projects/{urllib.parse.quote(hosted.path, safe="")}'
    if place == '/personal_access_tokens/self':
        return _missing() if grant.scopes is None else (200, (), {'id': 3, 'scopes': list(grant.scopes)})
    if place == project:
        access = None if grant.level is None else {'access_level': grant.level, 'notification_level': 3}
        permissions = {'project_access': None, 'group_access': access}
        told = {'id': 1, 'path_with_namespace': hosted.path, 'archived': hosted.archived, 'permissions': permissions}
        return 200, (), told
    if place == f'{project}/repository/branches/main':
        return 200, (), {'name': 'main', 'protected': grant.protected, 'can_push': not grant.protected}
    return _missing()


def _bitbucket(hosted: Hosted, grant: Grant, place: str, query: str) -> _Answer:
    """https://developer.atlassian.com/cloud/bitbucket/rest/api-group-repositories/."""
    workspace, _, _ = hosted.path.partition('/')
    words = dict(urllib.parse.parse_qsl(query))
    if place != f'/repositories/{workspace}' or words.get('role') != 'contributor':
        return _missing()
    listed = grant.push is True and words.get('q') == f'full_name="{hosted.path}"'
    return 200, (), {'pagelen': 10, 'values': [{'type': 'repository', 'full_name': hosted.path}] if listed else []}
