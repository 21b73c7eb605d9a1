# SPDX-License-Identifier: Apache-2.0
"""What is known of module proxies: they take nothing, and keep what they have fetched."""

from __future__ import annotations

from collections.abc import Sequence

from releasekit.ecosystems import advice
from releasekit.ecosystems.advice import Doubt, Replacing, Rule
from releasekit.ports import Credential, Http
from releasekit.spec.model import Target


class GoAdvice:
    """The target type `go`."""

    issuer = ''

    def doubts(self, target: Target, credential: Credential) -> Sequence[Doubt]:
        """Only what no credential looks like: private proxies take what they like."""
        wrong = advice.malformed(target, credential.password)
        return () if wrong is None else (wrong,)

    async def rule(self, target: Target, http: Http) -> Rule:
        """The checksum database holds every version to what it first was: https://go.dev/ref/mod#checksum-database."""
        del target, http
        return Rule(Replacing.NEVER, 'proxies keep what they have fetched')

    async def knows(self, target: Target, http: Http, name: str) -> bool | None:
        """A module's path is its repository's address: nobody else can take it."""
        del target, http, name
        return False

    def first(self, target: Target, name: str) -> str:
        """Nothing: a tag is all that it takes."""
        del target, name
        return ''
