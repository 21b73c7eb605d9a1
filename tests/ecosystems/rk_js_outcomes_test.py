# SPDX-License-Identifier: Apache-2.0
"""How answers to publications read, as registries and the npm CLI really give them."""

from __future__ import annotations

import json

import pytest

from releasekit.ecosystems.js import outcomes
from releasekit.ports import Completed, Outcome, Response

SAVED = (
    'Failed to save packument. A common cause is if you try to publish a new package before the previous package has '
    'been fully processed.'
)


def error(text: str) -> str:
    return json.dumps({'error': text})


ANSWERS = [
    ('npm stored it', 200, '{"success": true}', Outcome.ACCEPTED),
    ('verdaccio stored it', 201, '{"ok": "created new package", "success": true}', Outcome.ACCEPTED),
    ('npm has it', 403, error('You cannot publish over the previously published versions: 1.0.0.'), Outcome.DUPLICATE),
    ('npm has it, said otherwise', 403, error('Cannot publish over existing version.'), Outcome.DUPLICATE),
    ('npm met another publication', 409, error(SAVED), Outcome.TRANSIENT),
    ('npm had it until today', 403, error('a cannot be republished until 24 hours have passed.'), Outcome.REJECTED),
    ('npm: no rights', 403, error('You do not have permission to publish "a". Are you logged in?'), Outcome.DENIED),
    ('npm: a name like another', 403, error('Package name too similar to existing package b'), Outcome.DENIED),
    ('npm: no such token', 401, error('unauthorized'), Outcome.DENIED),
    ('npm: may not be seen', 404, error('Not found'), Outcome.DENIED),
    ('npm: pays', 402, error('You must sign up for private packages'), Outcome.REJECTED),
    ('npm: bad metadata', 400, error('invalid package name'), Outcome.REJECTED),
    ('npm: too large', 413, '', Outcome.REJECTED),
    ('npm: not to be processed', 422, error('Error verifying sigstore provenance bundle'), Outcome.REJECTED),
    ('npm: too many', 429, error('Too many requests'), Outcome.TRANSIENT),
    ('npm: CDN', 503, 'backend read error', Outcome.TRANSIENT),
    ('npm: failed', 500, error('internal'), Outcome.TRANSIENT),
    ('verdaccio has it', 409, error('this package is already present'), Outcome.DUPLICATE),
    ('verdaccio: bad token', 401, error('authorization required to publish package a'), Outcome.DENIED),
    ('GitHub has it', 409, error('Cannot publish over existing version'), Outcome.DUPLICATE),
    ('GitLab has it', 403, '{"message": "403 Forbidden - Package already exists"}', Outcome.DUPLICATE),
    ('Nexus has it', 400, error('Repository does not allow updating assets: npm'), Outcome.DUPLICATE),
    ('Artifactory has it', 403, 'Not enough permissions to delete/overwrite artifact', Outcome.DUPLICATE),
    ('CouchDB: another revision', 409, error('conflict'), Outcome.TRANSIENT),
    ('another address', 301, '', Outcome.REJECTED),
    ('nothing known', 100, '', Outcome.UNKNOWN),
]


@pytest.mark.parametrize(('case', 'status', 'body', 'expected'), ANSWERS)
def test_answers_read_as_the_table_says(case: str, status: int, body: str, expected: Outcome) -> None:
    """Each row is an answer that a registry gives."""
    assert outcomes.read(Response(status, {}, body.encode())).outcome is expected, case


def test_the_time_to_wait_and_the_sentence_are_read() -> None:
    """As for every registry."""
    answer = outcomes.read(Response(429, {'retry-after': '7'}, error('Too many requests').encode()))
    assert (answer.retry_after, answer.detail) == (7.0, '429 Too many requests')


@pytest.mark.parametrize(
    ('status', 'headers', 'body', 'expected'),
    [
        (401, {'www-authenticate': 'OTP'}, '', True),
        (401, {'www-authenticate': 'Bearer, otp'}, '', True),
        (401, {}, 'You must provide a one-time pass. Upgrade your client', True),
        (401, {'www-authenticate': 'Bearer'}, '', False),
        (403, {'www-authenticate': 'OTP'}, '', False),
    ],
)
def test_a_demand_for_a_one_time_password_is_explained(
    status: int, headers: dict[str, str], body: str, expected: bool
) -> None:
    """Nobody is there to type it: the detail says what to do instead."""
    answer = outcomes.read(Response(status, headers, body.encode()))
    assert answer.outcome is Outcome.DENIED
    assert ('trusted publishing' in answer.detail) is expected


COMMANDS = [
    ('published', 0, '+ a@1.0.0', Outcome.ACCEPTED),
    ('there', 1, 'npm error You cannot publish over the previously published versions: 1.0.0.', Outcome.DUPLICATE),
    ('there, says the server', 1, 'npm error code EPUBLISHCONFLICT', Outcome.DUPLICATE),
    (
        'verdaccio',
        1,
        'npm error code E409\nnpm error 409 Conflict - this package is already present',
        Outcome.DUPLICATE,
    ),
    ('met another', 1, f'npm error code E409\nnpm error 409 Conflict - {SAVED}', Outcome.TRANSIENT),
    ('no credential', 1, 'npm error code ENEEDAUTH\nnpm error need auth', Outcome.DENIED),
    ('password', 1, 'npm error code EOTP', Outcome.DENIED),
    ('no rights', 1, 'npm error code E403\nnpm error 403 Forbidden', Outcome.DENIED),
    ('no CI', 1, 'npm error code EUSAGE\nnpm error Automatic provenance generation not supported', Outcome.REJECTED),
    ('bad', 1, 'npm error code E422', Outcome.REJECTED),
    ('too many', 1, 'npm error code E429', Outcome.TRANSIENT),
    ('sigstore', 1, 'npm error code TLOG_CREATE_ENTRY_ERROR', Outcome.TRANSIENT),
    ('lost', 1, 'npm error code ECONNRESET', Outcome.UNKNOWN),
    ('failed', 1, 'npm error code E500', Outcome.UNKNOWN),
    ('killed', -9, '', Outcome.UNKNOWN),
]


@pytest.mark.parametrize(('case', 'status', 'said', 'expected'), COMMANDS)
def test_the_end_of_a_command_reads_as_the_table_says(case: str, status: int, said: str, expected: Outcome) -> None:
    """What does not say that nothing was published may have been."""
    assert outcomes.of_command(Completed(status, b'', said.encode())).outcome is expected, case


def test_what_a_command_said_is_one_line() -> None:
    """Without the words that begin every line, and the place of a log that is gone."""
    said = 'npm error code E403\nnpm error 403 Forbidden\nnpm error A complete log of this run can be found in: /x\n'
    assert outcomes.of_command(Completed(1, b'', said.encode())).detail == 'code E403 403 Forbidden'
