# SPDX-License-Identifier: Apache-2.0
"""How the answers of module proxies read: a table in data. 404 and 410 are for what they have not seen yet."""

from __future__ import annotations

import dataclasses

from releasekit.ecosystems import answers
from releasekit.ecosystems.answers import Row
from releasekit.ports import Answer, Outcome, Response

ROWS = (
    Row(200, 299, '', Outcome.ACCEPTED),
    Row(401, 401, '', Outcome.DENIED),
    Row(403, 403, '', Outcome.DENIED),
    Row(404, 404, '', Outcome.TRANSIENT),
    Row(407, 407, '', Outcome.DENIED),
    Row(408, 408, '', Outcome.TRANSIENT),
    Row(410, 410, '', Outcome.TRANSIENT),
    Row(425, 425, '', Outcome.TRANSIENT),
    Row(429, 429, '', Outcome.TRANSIENT),
    Row(300, 499, '', Outcome.REJECTED),
    Row(500, 599, '', Outcome.TRANSIENT),
)

retry_after = answers.retry_after


def read(response: Response) -> Answer:
    """How an answer reads; what was asked for is no message."""
    return answers.read(dataclasses.replace(response, body=b'') if response.status < 300 else response, ROWS)
