# SPDX-License-Identifier: Apache-2.0
"""What can be said of a target before anything is sent to it: the kind of its credential, the rules of its registry.

Nothing here holds or shows the value of a credential.
"""

from __future__ import annotations

import dataclasses
import re
import urllib.parse
from collections.abc import Sequence
from typing import Protocol

from releasekit.compat import StrEnum
from releasekit.ports import Credential, Http, HttpFailure, Request, Response
from releasekit.spec.model import PasswordAuth, Target

# What issuers say that their tokens begin with: https://pypi.org/help/#apitoken,
# https://github.blog/2021-09-23-announcing-npms-new-access-token-format/, TOKEN_PREFIX in src/models/token.rs of
# https://github.com/rust-lang/crates.io, https://github.blog/2021-04-05-behind-githubs-new-authentication-token-formats/,
# https://docs.gitlab.com/security/tokens/#token-prefixes.
PYPI, NPM, CRATES = 'PyPI', 'npm', 'crates.io'
_ISSUERS = (
    (PYPI, re.compile(r'pypi-[A-Za-z0-9_-]{16,}')),
    (NPM, re.compile(r'npm_[A-Za-z0-9]{36,}')),
    (CRATES, re.compile(r'cio[A-Za-z0-9_-]{32,}')),
    ('GitHub', re.compile(r'(?:gh[pousr]_|github_pat_)[A-Za-z0-9_]{20,}')),
    ('GitLab', re.compile(r'gl[a-z]{2,6}-[A-Za-z0-9_.-]{20,}')),
)
# What a shell or a CI service leaves of a value that it should have filled in, and what a log shows of one.
_UNFILLED = re.compile(r'\$\w+|\$[{(].*[)}]|\{\{.*\}\}|\*+')
_SCHEME = re.compile(r'(?:bearer|basic|token)\s', re.IGNORECASE)


@dataclasses.dataclass(frozen=True, slots=True)
class Doubt:
    """Why a credential is probably none for its target; a `fatal` one is known to be refused."""

    message: str
    hint: str
    fatal: bool = True


class Replacing(StrEnum):
    """Whether a registry lets a file that is there be replaced by another."""

    NEVER = 'never'
    SILENTLY = 'silently'
    UNKNOWN = 'unknown'


@dataclasses.dataclass(frozen=True, slots=True)
class Rule:
    """What a registry does with the same name again, and what to do about that."""

    replacing: Replacing
    message: str
    hint: str = ''


class AdvicePart(Protocol):
    """What is known of one type of target."""

    issuer: str
    """Who gives out the tokens of the public registry, '' where it has none."""

    def doubts(self, target: Target, credential: Credential) -> Sequence[Doubt]:
        """What is wrong with a credential, as far as its form tells."""
        ...

    async def rule(self, target: Target, http: Http) -> Rule:
        """Whether the registry replaces files.

        Raises:
            HttpFailure: It does not answer.
        """
        ...

    async def knows(self, target: Target, http: Http, name: str) -> bool | None:
        """Whether the registry has a package of this name, in any version; None where it does not say.

        Raises:
            HttpFailure: It does not answer.
        """
        ...

    def first(self, target: Target, name: str) -> str:
        """What has to be done before trusted publishing can make a package that is not there, '' for nothing."""
        ...


def issuer(value: str) -> str:
    """Who has given out a token, by what it begins with; '' where that is not known."""
    return next((name for name, shape in _ISSUERS if shape.fullmatch(value)), '')


def malformed(target: Target, value: str) -> Doubt | None:
    """What no credential looks like, whatever the registry: a header, quotes, two values in one."""
    whose = 'password' if isinstance(target.auth, PasswordAuth) else 'token'
    hint = f'Set it to the {whose} alone, as its issuer shows it.'
    if value[:1] in {'"', "'"} or value[-1:] in {'"', "'"}:
        return Doubt(f'The {whose} has quotes around it.', hint)
    if _SCHEME.match(value):
        return Doubt(f'The {whose} begins as a header does, with a word before it.', hint)
    if _UNFILLED.fullmatch(value):
        return Doubt(f'The {whose} is what should stand for one: nothing was filled in.', hint)
    if whose == 'token' and any(sign.isspace() for sign in value):
        return Doubt('The token has white space in it.', hint)
    if whose == 'token' and ':' in value:
        hint = 'Name both variables: `auth: {username: {env: NAME}, password: {env: NAME}}`.'
        return Doubt('The token is a user name and a password.', hint, fatal=False)
    return None


def foreign(own: str, public: bool, value: str) -> Doubt | None:
    """A token of somebody else, or at a public registry one that its issuer does not give out.

    Another registry may take what it likes, but the token of a public one has no business there.
    """
    whose = issuer(value)
    if public and whose != own:
        said = f'is one of {whose}' if whose else f'does not look like one of {own}'
        return Doubt(f'The token {said}.', f'Make a token of {own}, and set the variable to it.', fatal=bool(whose))
    if not public and whose in {PYPI, NPM, CRATES}:
        hint = 'Set the variable to a credential of this registry, and revoke the token if it was sent there.'
        return Doubt(f'The token is one of {whose}, but the target is another registry.', hint, fatal=False)
    return None


def host(url: str) -> str:
    """The host of an address, in lower case."""
    return (urllib.parse.urlsplit(url).hostname or '').lower()


async def known(http: Http, url: str) -> bool | None:
    """Whether there is something at an address; None where it is for others only."""
    response: Response = await http.send(Request('GET', url, headers={'Cache-Control': 'no-cache'}))
    if response.status in {404, 410, 451} or host(response.url or url) != host(url):
        return False
    if response.status in {401, 403}:
        return None
    if not 200 <= response.status < 300:
        raise HttpFailure(f'{url} answered {response.status}')
    return True
