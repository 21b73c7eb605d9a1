# SPDX-License-Identifier: Apache-2.0
"""How the answers of Python indexes to an upload read: a table in data.

Sources: `warehouse/forklift/legacy.py` and https://pypi.org/help/#file-name-reuse (PyPI), `devpi_server/views.py`
(devpi), `pypiserver/_app.py` (pypiserver), `twine/commands/upload.py` and `uv-publish/src/lib.rs` (Artifactory,
Nexus, GitLab).
"""

from __future__ import annotations

import datetime as dt
import email.utils
import html
import json
import re
from typing import NamedTuple

from releasekit.ports import Answer, Outcome, Response

LONGEST_WAIT = 3600.0
_SHOWN = 300
# What is read of an answer; no index says more in a page that refuses an upload.
_READ = 64 * 1024

_TAG = re.compile(r'<[^<>]*>')
_NAME = re.compile(r'</?([a-z]*)', re.IGNORECASE)
# Elements whose text is not for people.
_HIDDEN = frozenset({'head', 'script', 'style'})


class Row(NamedTuple):
    """Answers with a status from `first` to `last` and a body in which `body` is found, whatever the case."""

    first: int
    last: int
    body: str
    outcome: Outcome


# The first row that fits says how an answer reads. Duplicates are compared by what the registry serves.
ROWS = (
    # PyPI and devpi answer 200 to the same bytes again, too.
    Row(200, 299, '', Outcome.ACCEPTED),
    # An upload is not repeated elsewhere: the address in release.yaml is wrong, most often by a slash at its end.
    Row(300, 399, '', Outcome.REJECTED),
    # PyPI: other bytes under a name that is there.
    Row(400, 400, 'file already exists', Outcome.DUPLICATE),
    # PyPI: the name was used and deleted, it is burnt for ever.
    Row(400, 400, 'filename has already been used', Outcome.REJECTED),
    # Nexus and GitLab.
    Row(400, 400, 'updating asset|already been taken', Outcome.DUPLICATE),
    # pypiserver, to a User-Agent with `twine` in it.
    Row(400, 400, 'already exists', Outcome.DUPLICATE),
    Row(401, 401, '', Outcome.DENIED),
    # Artifactory.
    Row(403, 403, 'overwrite artifact', Outcome.DUPLICATE),
    # PyPI, and pypiserver to a wrong password.
    Row(403, 403, '', Outcome.DENIED),
    Row(407, 407, '', Outcome.DENIED),
    Row(408, 408, '', Outcome.TRANSIENT),
    # pypiserver to the same and to other bytes, devpi to other bytes on an index that is not volatile.
    Row(409, 409, '', Outcome.DUPLICATE),
    Row(425, 425, '', Outcome.TRANSIENT),
    Row(429, 429, '', Outcome.TRANSIENT),
    Row(400, 499, '', Outcome.REJECTED),
    # What the server did before it failed is not known: whoever retries asks the registry first.
    Row(500, 599, '', Outcome.TRANSIENT),
)


def read(response: Response) -> Answer:
    """How an answer to an upload reads; the time to wait, in seconds, is clamped to an hour."""
    body = response.body[:_READ].decode('utf-8', 'replace')
    outcome = next((row.outcome for row in ROWS if _fits(row, response.status, body)), Outcome.UNKNOWN)
    detail = f'{response.status} {_message(body)}'.strip()
    return Answer(outcome, detail, retry_after(response) if outcome == Outcome.TRANSIENT else None)


def _fits(row: Row, status: int, body: str) -> bool:
    return row.first <= status <= row.last and re.search(row.body, body, re.IGNORECASE) is not None


def retry_after(response: Response) -> float | None:
    """Retry-After of RFC 9110, 10.2.3, in seconds, an hour at the most; a date is read against the server's own."""
    value = response.headers.get('retry-after', '').strip()
    if value.isdecimal():
        return min(float(value), LONGEST_WAIT)
    try:
        wait = _seconds(value) - _seconds(response.headers.get('date', ''))
    except (TypeError, ValueError, OverflowError):
        return None
    return min(max(wait, 0.0), LONGEST_WAIT)


def _seconds(date: str) -> float:
    # A date without a zone, or of zone -0000, is UTC, whatever zone this machine is in.
    parsed = email.utils.parsedate_to_datetime(date)
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=dt.timezone.utc)).timestamp()


def _message(body: str) -> str:
    """The sentence in an answer: a `message` or `errors` of JSON, else the text without markup; cut to a line."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    return ' '.join(html.unescape(_text(_sentence(document) or body)).split())[:_SHOWN]


def _sentence(document: object) -> str | None:
    """What `{"message": …}` holds, or the first of `{"errors": […]}`, which is text or again such an object."""
    for _ in range(3):
        if not isinstance(document, dict):
            break
        errors = document.get('errors')
        document = document.get('message') or (errors[0] if isinstance(errors, list) and errors else None)
    return document if isinstance(document, str) else None


def _text(markup: str) -> str:
    """The text between the tags, without what stands in elements that are not shown; in linear time."""
    parts: list[str] = []
    hidden, at = '', 0
    for tag in _TAG.finditer(markup):
        if not hidden:
            parts.append(markup[at : tag.start()])
        at = tag.end()
        name = found[1].lower() if (found := _NAME.match(tag[0])) else ''
        if not hidden and name in _HIDDEN and not tag[0].startswith('</'):
            hidden = name
        elif hidden and (tag[0].lower().startswith(f'</{hidden}') or name == 'body'):
            hidden = ''
    return ' '.join(parts if hidden else [*parts, markup[at:]])
