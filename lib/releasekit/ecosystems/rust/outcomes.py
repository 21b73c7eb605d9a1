# SPDX-License-Identifier: Apache-2.0
"""How the answers of crate registries to an upload read: a table in data.

Sources: `src/controllers/krate/publish.rs`, `src/rate_limiter.rs` and `src/util/errors/json.rs` of
https://github.com/rust-lang/crates.io, and https://doc.rust-lang.org/cargo/reference/registry-web-api.html.
"""

from __future__ import annotations

import dataclasses
import re

from releasekit.ecosystems import answers
from releasekit.ecosystems.answers import Row
from releasekit.ports import Answer, Outcome, Response

# The first row that fits says how an answer reads. Duplicates are compared by what the registry serves.
ROWS = (
    # crates.io once answered 200 to everything, with the error in the body; some registries do to this day.
    Row(200, 299, r'"errors".*already (uploaded|exists)', Outcome.DUPLICATE),
    Row(200, 299, r'"errors".*(try again after|too many)', Outcome.TRANSIENT),
    Row(200, 299, r'"errors".*(must be logged in|not an owner|authentication)', Outcome.DENIED),
    Row(200, 299, r'"errors"\s*:\s*\[\s*\{', Outcome.REJECTED),
    # With warnings about categories and badges, or none.
    Row(200, 299, '', Outcome.ACCEPTED),
    # An upload is not repeated elsewhere: the address in release.yaml is wrong.
    Row(300, 399, '', Outcome.REJECTED),
    # crates.io (400), Artifactory and Nexus (403), kellnr and others (409).
    Row(400, 499, 'already (been )?(uploaded|exists|published)', Outcome.DUPLICATE),
    Row(401, 401, '', Outcome.DENIED),
    Row(403, 403, '', Outcome.DENIED),
    Row(407, 407, '', Outcome.DENIED),
    Row(408, 408, '', Outcome.TRANSIENT),
    Row(409, 409, '', Outcome.DUPLICATE),
    Row(425, 425, '', Outcome.TRANSIENT),
    # New crates and new versions have buckets: https://crates.io/docs/rate-limits
    Row(429, 429, '', Outcome.TRANSIENT),
    Row(400, 499, '', Outcome.REJECTED),
    # What the server did before it failed is not known: whoever retries asks the registry first.
    Row(500, 599, '', Outcome.TRANSIENT),
)

# The time stands in the sentence as well as in Retry-After, which proxies drop.
_AFTER = re.compile(r'try again after ([A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} (?:GMT|[+-]\d{4}))')


def read(response: Response) -> Answer:
    """How an answer to an upload reads; the time to wait, in seconds, is clamped to an hour."""
    answer = answers.read(response, ROWS)
    if answer.outcome is not Outcome.TRANSIENT or answer.retry_after is not None:
        return answer
    found = _AFTER.search(answer.detail)
    return dataclasses.replace(answer, retry_after=answers.until(found[1], response)) if found else answer
