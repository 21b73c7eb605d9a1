# SPDX-License-Identifier: Apache-2.0
"""HTTP: one request, one answer."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Protocol


@dataclasses.dataclass(frozen=True, slots=True)
class Upload:
    """A file in a multipart form."""

    field: str
    filename: str
    content: bytes = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request. `auth` is a user name and a password; `form` with `upload` is sent as multipart.

    `content` is a body of bytes, `json` one that is written as JSON.

    `limit` is the most bytes that the body of the answer may have; None leaves it to the client.
    """

    method: str
    url: str
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict, repr=False)
    form: Sequence[tuple[str, str]] = ()
    upload: Upload | None = None
    json: object = None
    content: bytes | None = dataclasses.field(default=None, repr=False)
    auth: tuple[str, str] | None = dataclasses.field(default=None, repr=False)
    limit: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Response:
    """An HTTP answer; header names are in lower case; `url` is where redirects ended."""

    status: int
    headers: Mapping[str, str]
    body: bytes = dataclasses.field(repr=False)
    url: str = ''


class HttpFailure(Exception):  # noqa: N818 - the field says failure: there was no answer
    """No answer came. `sent` is False where the request certainly did not arrive."""

    def __init__(self, message: str, *, sent: bool = True) -> None:
        """Say what happened; the text never holds a credential."""
        super().__init__(message)
        self.sent = sent


class TooLarge(HttpFailure):
    """The answer has more bytes than the request allows."""


class Http(Protocol):
    """Sends HTTP requests; redirects of GET are followed, nothing is retried."""

    async def send(self, request: Request) -> Response:
        """Send one request; any status is an answer.

        Raises:
            HttpFailure: No answer came.
            ReleaseKitError: `RK-REGISTRY-INSECURE` for plain http to another host that was not allowed.
        """
        ...
