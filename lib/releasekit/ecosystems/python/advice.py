# SPDX-License-Identifier: Apache-2.0
"""What is known of Python indexes before an upload: PyPI's tokens, and which indexes replace files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from packaging.utils import canonicalize_name

from releasekit.ecosystems import advice
from releasekit.ecosystems.advice import Doubt, Replacing, Rule
from releasekit.ports import Credential, Http, Request
from releasekit.spec.model import PasswordAuth, Target

_PUBLIC = {'upload.pypi.org': 'https://pypi.org', 'test.pypi.org': 'https://test.pypi.org'}
_TOKEN_USER = '__token__'  # noqa: S105 - the user name that stands for a token
_SMALL = 64 * 1024


class PypiAdvice:
    """The target type `pypi`."""

    issuer = advice.PYPI

    def doubts(self, target: Target, credential: Credential) -> Sequence[Doubt]:
        """PyPI takes API tokens only: https://blog.pypi.org/posts/2024-01-01-2fa-enforced/."""
        value = credential.password
        if (wrong := advice.malformed(target, value)) is not None:
            return (wrong,)
        public = advice.host(target.url) in _PUBLIC
        if isinstance(target.auth, PasswordAuth) and public and credential.username != _TOKEN_USER:
            hint = f'Set the user name to `{_TOKEN_USER}` and the password to an API token, or use `auth: trusted`.'
            return (Doubt('PyPI takes no user name and password, only API tokens.', hint),)
        odd = advice.foreign(advice.PYPI, public, value)
        return () if odd is None else (odd,)

    async def rule(self, target: Target, http: Http) -> Rule:
        """PyPI never replaces a file; devpi says whether an index is volatile, pypiserver says nothing.

        https://pypi.org/help/#file-name-reuse, https://devpi.net/docs/devpi/devpi/stable/+doc/userman/devpi_indices.html
        """
        if advice.host(target.url) in _PUBLIC:
            return Rule(Replacing.NEVER, 'PyPI never takes another file of a name')
        headers = {'Accept': 'application/json', 'Cache-Control': 'no-cache'}
        answer = await http.send(Request('GET', target.url, headers=headers, limit=_SMALL))
        volatile = _volatile(answer.body)
        if volatile is None:
            hint = 'Ask who runs it; pypiserver, for one, must not be started with `--overwrite`.'
            return Rule(Replacing.UNKNOWN, f'{target.url} does not say whether it replaces files.', hint)
        if volatile:
            hint = f'Ask who runs it for `devpi index {_place(target.url)} volatile=False`.'
            return Rule(Replacing.SILENTLY, f'{target.url} is volatile: it replaces what is published.', hint)
        return Rule(Replacing.NEVER, f'{target.url} is not volatile')

    async def knows(self, target: Target, http: Http, name: str) -> bool | None:
        """Whether the index has a page of the project."""
        return await advice.known(http, f'{target.index.rstrip("/")}/{canonicalize_name(name)}/')

    def first(self, target: Target, name: str) -> str:
        """https://docs.pypi.org/trusted-publishers/creating-a-project-through-oidc/."""
        place = _PUBLIC.get(advice.host(target.url))
        if place is None:
            return f'Make sure that the index lets trusted publishing make {name}.'
        return f'Add a pending publisher for {name} at {place}/manage/account/publishing/, unless there is one.'


def _volatile(body: bytes) -> bool | None:
    """What the configuration of a devpi index says, None for what is none."""
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    result = document.get('result') if isinstance(document, dict) else None
    found = result.get('volatile') if isinstance(result, dict) else None
    return found if isinstance(found, bool) else None


def _place(url: str) -> str:
    return '/'.join(url.rstrip('/').split('/')[-2:])
