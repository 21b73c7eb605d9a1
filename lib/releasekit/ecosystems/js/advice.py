# SPDX-License-Identifier: Apache-2.0
"""What is known of npm registries before a publication."""

from __future__ import annotations

from collections.abc import Sequence

from releasekit.ecosystems import advice
from releasekit.ecosystems.advice import Doubt, Replacing, Rule
from releasekit.ecosystems.js.packument import escaped
from releasekit.ports import Credential, Http
from releasekit.spec.model import PasswordAuth, Target

_PUBLIC = 'registry.npmjs.org'


class NpmAdvice:
    """The target type `npm`."""

    issuer = advice.NPM

    def doubts(self, target: Target, credential: Credential) -> Sequence[Doubt]:
        """Tokens of npm itself begin with `npm_`.

        Older ones were revoked:
        https://github.blog/changelog/2025-12-09-npm-classic-tokens-revoked-session-based-auth-and-cli-token-management-now-available.
        """
        if (wrong := advice.malformed(target, credential.password)) is not None:
            return (wrong,)
        if isinstance(target.auth, PasswordAuth):
            return ()
        odd = advice.foreign(advice.NPM, advice.host(target.url) == _PUBLIC, credential.password)
        return () if odd is None else (odd,)

    async def rule(self, target: Target, http: Http) -> Rule:
        """https://docs.npmjs.com/policies/unpublish: a version that was there is never free again."""
        del http
        if advice.host(target.url) == _PUBLIC:
            return Rule(Replacing.NEVER, 'npm never takes another file of a version')
        hint = 'Ask who runs it; verdaccio, for one, refuses it unless the version was unpublished.'
        return Rule(Replacing.UNKNOWN, f'{target.url} does not say whether it replaces versions.', hint)

    async def knows(self, target: Target, http: Http, name: str) -> bool | None:
        """Whether the registry has a document of the package; it hides private ones from others."""
        return await advice.known(http, f'{target.index.rstrip("/")}/{escaped(name)}')

    def first(self, target: Target, name: str) -> str:
        """Trusted publishers are set in a package's own settings: https://github.com/npm/cli/issues/8910."""
        del target
        return f'Publish {name} once with a token, then add a trusted publisher in its settings on the registry.'
