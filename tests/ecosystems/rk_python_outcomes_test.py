# SPDX-License-Identifier: Apache-2.0
"""How answers to uploads read, as the indexes really give them."""

from __future__ import annotations

import pytest

from releasekit.ecosystems.python import outcomes
from releasekit.ports import Outcome, Response

EXISTS = (
    "<html>\n <head>\n  <title>400 File already exists ('a-1.0.tar.gz', with blake2_256 hash '00'). See "
    'https://pypi.org/help/#file-name-reuse for more information.</title>\n </head>\n <body>\n  <h1>400 File already '
    "exists ('a-1.0.tar.gz', with blake2_256 hash '00').</h1>\n </body>\n</html>"
)
BURNT = '400 This filename has already been used, use a different version. See https://pypi.org/help/#file-name-reuse'

ANSWERS = [
    ('PyPI stored it, or had the same', 200, '', Outcome.ACCEPTED),
    ('pypiserver stored it', 200, '', Outcome.ACCEPTED),
    ('Nexus stored it', 201, '', Outcome.ACCEPTED),
    ('PyPI has other bytes', 400, EXISTS, Outcome.DUPLICATE),
    ('PyPI: deleted before', 400, BURNT, Outcome.REJECTED),
    ('PyPI: one sdist', 400, '400 Only one sdist may be uploaded per release.', Outcome.REJECTED),
    ('PyPI: bad metadata', 400, "400 'x' is an invalid value for Classifier.", Outcome.REJECTED),
    ('PyPI: no such token', 403, '403 Invalid or non-existent authentication information.', Outcome.DENIED),
    ('PyPI: not allowed', 403, "403 The user 'x' isn't allowed to upload to project 'a'.", Outcome.DENIED),
    ('PyPI: too many', 429, 'Too Many Requests', Outcome.TRANSIENT),
    ('PyPI: CDN', 503, 'backend read error', Outcome.TRANSIENT),
    ('PyPI: too large', 413, '', Outcome.REJECTED),
    (
        'devpi has other bytes',
        409,
        '{"message": "a-1.0.tar.gz already exists in non-volatile index"}',
        Outcome.DUPLICATE,
    ),
    ('devpi: wrong password', 401, '{"message": "no"}', Outcome.DENIED),
    ('devpi: no such index', 404, '{"message": "no such stage"}', Outcome.REJECTED),
    ('pypiserver has the name', 409, 'Package "a-1.0.tar.gz" already exists!', Outcome.DUPLICATE),
    ('pypiserver to twine', 400, 'Package already exists', Outcome.DUPLICATE),
    ('pypiserver: wrong password', 403, '', Outcome.DENIED),
    ('Artifactory has it', 403, 'Not enough permissions to overwrite artifact', Outcome.DUPLICATE),
    ('Nexus has it', 400, 'Repository does not allow updating assets', Outcome.DUPLICATE),
    ('GitLab has it', 400, '{"message": "Validation failed: File name has already been taken"}', Outcome.DUPLICATE),
    ('a slash is missing', 301, '', Outcome.REJECTED),
    ('the simple index was meant', 405, 'Method Not Allowed', Outcome.REJECTED),
    ('a proxy failed', 502, '', Outcome.TRANSIENT),
    ('a server failed', 500, '', Outcome.TRANSIENT),
    ('nothing known', 100, '', Outcome.UNKNOWN),
]


@pytest.mark.parametrize(('case', 'status', 'body', 'expected'), ANSWERS)
def test_answers_read_as_the_table_says(case: str, status: int, body: str, expected: Outcome) -> None:
    """Each row is an answer that a real index gives."""
    assert outcomes.read(Response(status, {}, body.encode())).outcome is expected, case


@pytest.mark.parametrize(
    ('headers', 'expected'),
    [
        ({}, None),
        ({'retry-after': '7'}, 7.0),
        ({'retry-after': '86400'}, 3600.0),
        ({'retry-after': 'soon'}, None),
        ({'retry-after': '-5'}, None),
        ({'retry-after': f'Mon, {"9" * 30} Nov 2026 10:01:30 GMT', 'date': 'Mon, 23 Nov 2026 10:00:00 GMT'}, None),
        ({'retry-after': 'Mon, 23 Nov 2026 10:01:30 GMT', 'date': 'Mon, 23 Nov 2026 10:00:00 GMT'}, 90.0),
        ({'retry-after': 'Mon, 23 Nov 2026 09:00:00 GMT', 'date': 'Mon, 23 Nov 2026 10:00:00 GMT'}, 0.0),
        ({'retry-after': 'Tue, 24 Nov 2026 10:00:00 GMT', 'date': 'Mon, 23 Nov 2026 10:00:00 GMT'}, 3600.0),
        ({'retry-after': 'Mon, 23 Nov 2026 10:01:30 GMT'}, None),
        ({'retry-after': 'Mon, 23 Nov 2026 10:01:30 GMT', 'date': 'Mon, 23 Nov 2026 10:00:00 -0000'}, 90.0),
    ],
)
@pytest.mark.parametrize('status', [429, 503])
def test_the_time_to_wait_is_read(status: int, headers: dict[str, str], expected: float | None) -> None:
    """Seconds, or a date against the server's own; an hour at the most."""
    assert outcomes.read(Response(status, headers, b'')).retry_after == expected


@pytest.mark.parametrize(
    ('body', 'expected'),
    [
        (EXISTS, "400 400 File already exists ('a-1.0.tar.gz', with blake2_256 hash '00')."),
        ('{"message": "no such\\n stage"}', '400 no such stage'),
        ('{"errors": ["first", "second"]}', '400 first'),
        ('["x"]', '400 ["x"]'),
        ('{"errors": [{"status": 403, "message": "no rights"}]}', '400 no rights'),
        ('[' * 9999, '400 ' + '[' * 300),
        ('<head><style>p {}</style><body>said', '400 said'),
        ('a <SCRIPT>x</SCRIPT>b <i', '400 a b <i'),
        ('', '400'),
        ('a &amp; b', '400 a & b'),
    ],
)
def test_the_sentence_is_taken_out(body: str, expected: str) -> None:
    """People read one line, not markup."""
    assert outcomes.read(Response(400, {}, body.encode())).detail == expected
    assert len(outcomes.read(Response(400, {}, b'x' * 9999)).detail) < 400


@pytest.mark.parametrize('body', [b'<' * 40_000_000, b'<style ' * 6_000_000, b'<' + b'a' * 40_000_000])
def test_a_long_answer_is_read_at_its_beginning(body: bytes) -> None:
    """However much an index says, and however it is nested, reading it ends: only the first part counts."""
    assert len(outcomes.read(Response(500, {}, body)).detail) < 400
    assert outcomes.read(Response(400, {}, b' ' * 65536 + b'already exists')).outcome is Outcome.REJECTED
