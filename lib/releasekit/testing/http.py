# SPDX-License-Identifier: Apache-2.0
"""HTTP without a network: a function answers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable

from releasekit.backends.http import follow
from releasekit.ports import HttpFailure, Request, Response


class ScriptedHttp:
    """The port `Http` over a function; one that raises `HttpFailure` gives no answer. `requests` are those so far."""

    def __init__(self, answer: Callable[[Request], Response], plain_hosts: Iterable[str] = ()) -> None:
        """Take the function, and the hosts that plain http is allowed to."""
        self._answer = answer
        self._plain = frozenset(plain_hosts)
        self.requests: list[Request] = []

    async def send(self, request: Request) -> Response:
        """Send one request; any status is an answer.

        Raises:
            HttpFailure: No answer came.
            ReleaseKitError: `RK-REGISTRY-INSECURE`.
        """
        return await follow(request, self._plain, self._send_once)

    async def _send_once(self, request: Request) -> Response:
        self.requests.append(request)
        response = self._answer(request)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return dataclasses.replace(response, headers=headers, url=request.url)


def no_network(request: Request) -> Response:
    """The answer of a machine without a network: none."""
    raise HttpFailure(f'{request.method} {request.url}: there is no network')
