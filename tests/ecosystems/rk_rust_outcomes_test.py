# SPDX-License-Identifier: Apache-2.0
"""How answers to uploads read, as crate registries really give them."""

from __future__ import annotations

import json

import pytest

from releasekit.ecosystems.rust import outcomes
from releasekit.ports import Outcome, Response

STORED = '{"warnings":{"invalid_categories":["x"],"invalid_badges":[],"other":[]}}'
DATE = 'Mon, 23 Nov 2026 22:00:00 GMT'
LATER = 'Mon, 23 Nov 2026 22:10:00 GMT'
TOO_MANY = f'You have published too many new crates in a short period of time. Please try again after {LATER} and see'


def error(detail: str) -> str:
    return json.dumps({'errors': [{'detail': detail}]})


ANSWERS = [
    ('stored, with warnings', 200, STORED, Outcome.ACCEPTED),
    ('stored, and nothing said', 200, '', Outcome.ACCEPTED),
    ('crates.io has it', 400, error('crate version `1.0.0` is already uploaded'), Outcome.DUPLICATE),
    ('crates.io had it once', 200, error('crate version `1.0.0` is already uploaded'), Outcome.DUPLICATE),
    ('kellnr has it', 409, '', Outcome.DUPLICATE),
    ('Artifactory has it', 403, error('crate a 1.0.0 already exists'), Outcome.DUPLICATE),
    ('the name is taken', 400, error('crate was previously named `A_b`'), Outcome.REJECTED),
    ('no description', 400, error('missing or empty metadata fields: description, license'), Outcome.REJECTED),
    ('no description, once', 200, error('missing or empty metadata fields: description'), Outcome.REJECTED),
    ('no token', 403, error('this action requires authentication'), Outcome.DENIED),
    ('no token, once', 200, error('must be logged in to perform that action'), Outcome.DENIED),
    ('not an owner', 403, error("this crate exists but you don't seem to be an owner"), Outcome.DENIED),
    ('asks for a token', 401, '', Outcome.DENIED),
    ('too many new crates', 429, error(TOO_MANY), Outcome.TRANSIENT),
    ('too many, once', 200, error(TOO_MANY), Outcome.TRANSIENT),
    ('too many in a day', 429, error('You have published too many versions of this crate'), Outcome.TRANSIENT),
    ('too large', 413, error('max upload size is: 10485760'), Outcome.REJECTED),
    ('another address', 301, '', Outcome.REJECTED),
    ('no such page', 404, '', Outcome.REJECTED),
    ('a server failed', 500, error('Internal Server Error'), Outcome.TRANSIENT),
    ('a cache failed', 503, 'backend read error', Outcome.TRANSIENT),
    ('nothing known', 100, '', Outcome.UNKNOWN),
]


@pytest.mark.parametrize(('case', 'status', 'body', 'expected'), ANSWERS)
def test_answers_read_as_the_table_says(case: str, status: int, body: str, expected: Outcome) -> None:
    """Each row is an answer that a registry gives."""
    assert outcomes.read(Response(status, {}, body.encode())).outcome is expected, case


@pytest.mark.parametrize(
    ('headers', 'detail', 'expected'),
    [
        ({'retry-after': '30'}, TOO_MANY, 30.0),
        ({'retry-after': LATER, 'date': DATE}, 'x', 600.0),
        ({'date': DATE}, TOO_MANY, 600.0),
        ({'date': LATER}, TOO_MANY, 0.0),
        ({'date': DATE}, TOO_MANY.replace('GMT', '+0000'), 600.0),
        ({'date': DATE}, TOO_MANY.replace('2026', '2036'), 3600.0),
        ({'date': DATE}, 'try again after lunch', None),
        ({'date': DATE}, 'You have published too many versions of this crate in the last 24 hours', None),
    ],
)
def test_the_time_to_wait_is_the_one_that_is_named(
    headers: dict[str, str], detail: str, expected: float | None
) -> None:
    """In seconds, against the server's own clock and an hour at the most: from the header, or from the sentence."""
    assert outcomes.read(Response(429, headers, error(detail).encode())).retry_after == expected


def test_the_detail_is_the_sentence() -> None:
    """What people read is what the registry said."""
    answer = outcomes.read(Response(400, {}, error('crate version `1.0.0` is already uploaded').encode()))
    assert answer.detail == '400 crate version `1.0.0` is already uploaded'
