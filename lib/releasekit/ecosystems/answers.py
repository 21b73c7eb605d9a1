# SPDX-License-Identifier: Apache-2.0
"""How the answers of registries to an upload read, whatever the registry: by a table in data that each has."""

from __future__ import annotations

import datetime as dt
import email.utils
import html
import json
import re
from collections.abc import Iterable
from typing import NamedTuple

from releasekit.ports import Answer, Outcome, Response

LONGEST_WAIT = 3600.0
_SHOWN = 300
# What is read of an answer; no registry says more in a page that refuses an upload.
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


def read(response: Response, rows: Iterable[Row]) -> Answer:
    """How an answer to an upload reads: as the first row that fits says. The time to wait is clamped to an hour."""
    body = response.body[:_READ].decode('utf-8', 'replace')
    outcome = next((row.outcome for row in rows if _fits(row, response.status, body)), Outcome.UNKNOWN)
    detail = f'{response.status} {_message(body)}'.strip()
    return Answer(outcome, detail, retry_after(response) if outcome == Outcome.TRANSIENT else None)


def _fits(row: Row, status: int, body: str) -> bool:
    return row.first <= status <= row.last and re.search(row.body, body, re.IGNORECASE) is not None


def retry_after(response: Response) -> float | None:
    """Retry-After of RFC 9110, 10.2.3, in seconds, an hour at the most; a date is read against the server's own."""
    value = response.headers.get('retry-after', '').strip()
    return min(float(value), LONGEST_WAIT) if value.isdecimal() else until(value, response)


def until(date: str, response: Response) -> float | None:
    """The seconds from the server's own date to another one, an hour at the most; None where one cannot be read."""
    try:
        wait = _seconds(date) - _seconds(response.headers.get('date', ''))
    except (TypeError, ValueError, OverflowError):
        return None
    return min(max(wait, 0.0), LONGEST_WAIT)


def _seconds(date: str) -> float:
    # A date without a zone, or of zone -0000, is UTC, whatever zone this machine is in.
    parsed = email.utils.parsedate_to_datetime(date)
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=dt.timezone.utc)).timestamp()


def _message(body: str) -> str:
    """The sentence in an answer: what JSON says or the text without markup, cut to a line."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    return ' '.join(html.unescape(_text(_sentence(document) or body)).split())[:_SHOWN]


def _sentence(document: object) -> str | None:
    """What `message`, `detail` or `error` of an object holds, or the first of its `errors`, which may be one again."""
    for _ in range(3):
        if not isinstance(document, dict):
            break
        errors = document.get('errors')
        first = errors[0] if isinstance(errors, list) and errors else None
        document = document.get('message') or document.get('detail') or document.get('error') or first
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
