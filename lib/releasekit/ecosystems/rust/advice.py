# SPDX-License-Identifier: Apache-2.0
"""What is known of crate registries before an upload."""

from __future__ import annotations

from collections.abc import Sequence

from releasekit.ecosystems import advice
from releasekit.ecosystems.advice import Doubt, Replacing, Rule
from releasekit.ecosystems.rust import sparse
from releasekit.ports import Credential, Http
from releasekit.spec.model import PasswordAuth, Target

_PUBLIC = 'crates.io'


class CratesAdvice:
    """The target type `crates`."""

    issuer = advice.CRATES

    def doubts(self, target: Target, credential: Credential) -> Sequence[Doubt]:
        """Registries of crates know tokens only: https://doc.rust-lang.org/cargo/reference/registry-web-api.html."""
        if isinstance(target.auth, PasswordAuth):
            hint = 'Name a token: `auth: {token: {env: NAME}}`.'
            return (Doubt('Registries of crates take no user name and password, only tokens.', hint),)
        if (wrong := advice.malformed(target, credential.password)) is not None:
            return (wrong,)
        odd = advice.foreign(advice.CRATES, advice.host(target.url) == _PUBLIC, credential.password)
        return () if odd is None else (odd,)

    async def rule(self, target: Target, http: Http) -> Rule:
        """https://doc.rust-lang.org/cargo/reference/publishing.html: a version can never be overwritten."""
        del http
        if advice.host(target.url) == _PUBLIC:
            return Rule(Replacing.NEVER, 'crates.io never takes another file of a version')
        hint = 'Ask who runs it: a registry of crates should refuse a version that it has.'
        return Rule(Replacing.UNKNOWN, f'{target.url} does not say whether it replaces versions.', hint)

    async def knows(self, target: Target, http: Http, name: str) -> bool | None:
        """Whether the index has lines of the crate."""
        return await advice.known(http, f'{target.index.rstrip("/")}/{sparse.place(name)}')

    def first(self, target: Target, name: str) -> str:
        """A trusted publisher belongs to a crate that is there: https://crates.io/docs/trusted-publishing."""
        return f'Publish {name} once with a token, then add a trusted publisher in its settings at {target.url}.'
