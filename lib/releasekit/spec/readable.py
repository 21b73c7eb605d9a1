# SPDX-License-Identifier: Apache-2.0
"""What makes a problem fit to be read: words and sentences of a sane length, and no character that deceives."""

from __future__ import annotations

import dataclasses
import re

from releasekit.errors import Place, Problem
from releasekit.spec import confusables

_LONG_WORD = re.compile(r'\S{81,}')
_LONG_QUOTE = re.compile(r'(?P<sign>[`"])(?P<start>[^`"]{60})[^`"]{20,}(?P=sign)')
_LONG = 800


def readable(problem: Problem) -> Problem:
    """The problem with what is too long cut, and with the characters that look like others named."""
    message, hint = _cut(problem.message), _cut(problem.hint)
    more = confusables.named(_marked(problem.place)) if problem.place is not None else ''
    if more not in message:
        message = f'{message} {more}'
    return dataclasses.replace(problem, message=message, hint=hint)


def _cut(text: str) -> str:
    text = _LONG_QUOTE.sub(r'\g<sign>\g<start>…\g<sign>', text)
    text = _LONG_WORD.sub(lambda word: f'{word.group()[:60]}…{word.group()[-3:]}', text)
    return text if len(text) <= _LONG else f'{text[:_LONG]}…'


def _marked(place: Place) -> str:
    """What a problem is about: the marked part of the line, without the dots of a line that was cut."""
    start = (place.column or 1) - place.begins
    return (place.source or '')[start : start + place.length].strip('…')
