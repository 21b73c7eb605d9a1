# SPDX-License-Identifier: Apache-2.0
"""Where a repository is hosted, and the addresses of its pages there: pure, from the address of a remote."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Literal
from urllib.parse import quote

from releasekit.spec.model import Project

Kind = Literal['github', 'gitlab', 'bitbucket']

_KINDS: Mapping[str, Kind] = {'github': 'github', 'gitlab': 'gitlab', 'bitbucket': 'bitbucket'}
_PUBLIC: Mapping[str, str] = {'github': 'github.com', 'gitlab': 'gitlab.com', 'bitbucket': 'bitbucket.org'}
# An address with a scheme, perhaps with a user and a port, and the short form of ssh, `git@host:path`.
_ADDRESS = re.compile(
    r'(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)(?:[^/@]*@)?(?P<host>[^/:]+)(?P<port>:\d+)?/(?P<path>.+)'
    r'|(?:[^/@:]+@)?(?P<name>[^/:]+):(?P<rest>[^/].*)'
)
# What stands behind the address of a repository. The forms are those of
# https://docs.github.com/en/pull-requests/committing-changes-to-your-project/viewing-and-comparing-commits/comparing-commits,
# https://docs.gitlab.com/user/project/repository/compare_revisions/ and the pages of Bitbucket Cloud and Data Center.
_FORMS: Mapping[str, Mapping[str, str]] = {
    'github': {
        'commit': '/commit/{0}',
        'issue': '/issues/{0}',
        'request': '/pull/{0}',
        'compare': '/compare/{0}...{1}',
        'tag': '/releases/tag/{0}',
    },
    'gitlab': {
        'commit': '/-/commit/{0}',
        'issue': '/-/issues/{0}',
        'request': '/-/merge_requests/{0}',
        'compare': '/-/compare/{0}...{1}',
        'tag': '/-/tags/{0}',
    },
    'bitbucket': {
        'commit': '/commits/{0}',
        'issue': '/issues/{0}',
        'request': '/pull-requests/{0}',
        'compare': '/branches/compare/{1}%0D{0}',
        'tag': '/commits/tag/{0}',
    },
    'data-center': {
        'commit': '/commits/{0}',
        'request': '/pull-requests/{0}',
        'compare': '/compare/commits?sourceBranch=refs%2Ftags%2F{1}&targetBranch=refs%2Ftags%2F{0}',
        'tag': '/commits?until=refs%2Ftags%2F{0}',
    },
}


@dataclasses.dataclass(frozen=True, slots=True)
class Forge:
    """A repository on a forge. `path` is its name there, such as `acme/mono`."""

    kind: Kind
    host: str
    path: str
    insecure: bool = False

    def commit(self, hash_: str) -> str | None:
        """The page of a commit."""
        return self._page('commit', hash_)

    def issue(self, number: str, path: str | None = None) -> str | None:
        """The page of an issue, of this repository or of another one; None where the forge has none."""
        return self._page('issue', number, path=path)

    def request(self, number: str, path: str | None = None) -> str | None:
        """The page of a pull or merge request."""
        return self._page('request', number, path=path)

    def compare(self, old: str, new: str) -> str | None:
        """The page that compares two tags."""
        return self._page('compare', old, new)

    def tag(self, name: str) -> str | None:
        """The page of a tag."""
        return self._page('tag', name)

    def person(self, handle: str) -> str:
        """The page of a user."""
        return f'{self._origin}/{quote(handle, safe="")}'

    @property
    def _origin(self) -> str:
        return f'{"http" if self.insecure else "https"}://{self.host}'

    @property
    def _form(self) -> str:
        return 'data-center' if self.kind == 'bitbucket' and self.host != _PUBLIC['bitbucket'] else self.kind

    @property
    def url(self) -> str:
        """The page of the repository."""
        return self._base(self.path)

    def _base(self, path: str) -> str:
        if self._form != 'data-center':
            return f'{self._origin}/{quote(path, safe="/")}'
        project, _, name = path.rpartition('/')
        place = f'users/{project[1:]}' if project.startswith('~') else f'projects/{project}'
        return f'{self._origin}/{place}/repos/{name}'

    def _page(self, what: str, *words: str, path: str | None = None) -> str | None:
        form = _FORMS[self._form].get(what)
        if form is None:
            return None
        # A slash in the name of a tag stands for itself in a path, and not in a query.
        safe = '@' if '?' in form else '/@'
        return self._base(path or self.path) + form.format(*(quote(word, safe=safe) for word in words))


def located(address: str) -> tuple[Kind | None, str, str] | None:
    """The forge by the name of its host, the host, and the repository that the address of a remote names.

    What stands before the host, a user or a token, is in none of them.
    """
    if (found := _ADDRESS.fullmatch(address)) is None or found['scheme'] == 'file':
        return None
    host = (found['host'] or found['name']).lower()
    path = (found['path'] or found['rest']).strip('/').removesuffix('.git')
    return next((kind for word, kind in _KINDS.items() if word in host), None), host, path


def detect(rules: Project, address: str | None) -> Forge | None:
    """The repository that release.yaml names, or else the address of the remote; None where no forge is known."""
    if rules.forge == 'none':
        return None
    kind, host, path = (located(address) if address else None) or (None, None, None)
    kind = rules.forge or kind
    if kind is None:
        return None
    # A remote on another host than that of the forge: a mirror, or a folder of this machine.
    known = host is not None and '.' in host
    path = rules.repository or path
    if path is None or not (known or rules.repository):
        return None
    port = _web_port(address) if known and address else ''
    name = f'{host}{port}' if known else _PUBLIC[kind]
    insecure = known and address is not None and address.startswith('http://')
    return Forge(kind, name, _below_scm(path) if kind == 'bitbucket' else path, insecure)


def _web_port(address: str) -> str:
    """The port of a web address; that of ssh says nothing of the pages."""
    found = _ADDRESS.fullmatch(address)
    return (found['port'] or '') if found is not None and found['scheme'] in {'http', 'https'} else ''


def _below_scm(path: str) -> str:
    """The repository without the folder that Bitbucket Data Center clones from."""
    return path.removeprefix('scm/')
