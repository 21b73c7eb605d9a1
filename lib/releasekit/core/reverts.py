# SPDX-License-Identifier: Apache-2.0
"""What a message takes back, in the words of git, of the forges and of the conventions."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence
from typing import Literal


@dataclasses.dataclass(frozen=True, slots=True)
class Revert:
    """What a commit takes back: `commit` as the message writes it.

    `by` says what that is: a hash, perhaps shortened, the number of a request (`#12`, on GitLab `!12`), or a subject.
    The revert of a merge takes back what `commit` brought in beside `beside`, the parent that was kept.
    """

    commit: str
    beside: str | None = None
    by: Literal['hash', 'request', 'subject'] = 'hash'


_HASH = re.compile(r'\b[0-9a-f]{7,64}\b')
# git-revert, sequencer.c: of a commit, with `--reference` of a short hash, and of a merge with a parent to keep.
_COMMIT = re.compile(
    r'[Tt]his reverts commit ([0-9a-f]{7,64})(?:,\s+reversing\s+changes\s+made\s+to\s+([0-9a-f]{7,64}))?'
)
_COMMITS = re.compile(r'[Tt]his reverts commits ([0-9a-f]{7,64}(?:(?:,\s+and|,|\s+and)\s+[0-9a-f]{7,64})+)')
# What the buttons write: GitHub into the description of the pull request, GitLab into the message.
_REQUEST = re.compile(
    r'^(?:Reverts (?:[\w.-]+/[\w.-]+)?(#\d+)|This reverts merge request (?:[\w./-]+)?(!\d+))', re.MULTILINE
)
_TITLE = re.compile(r'(?:Revert|Reapply) "(?P<subject>.+)"(?: \(#\d+\))?$')
_CONVENTIONAL = re.compile(r'revert(?:\([^()]*\))?!?: +(?P<subject>\S.*)', re.IGNORECASE)
# What GitHub adds to the title of a pull request that it squashes.
NUMBER = re.compile(r' \((#\d+)\)$')


def reverts(
    subject: str, body: str, footers: Sequence[tuple[str, str]] = (), *, squash: bool = False
) -> tuple[Revert, ...]:
    """What a message takes back; the first form that it has counts.

    These are git's sentence, the Refs footer of a `revert:` commit (the specification's example), the sentence of a
    forge, and the subject that is taken back. The body of a squash tells of what the squash itself had brought.
    """
    title, conventional = _TITLE.match(subject), _CONVENTIONAL.match(subject)
    plain = title is None and conventional is None
    if plain and squash:
        return ()
    if 'his reverts commit' in body and (found := tuple(_by_sentence(body))):
        return found
    if conventional is not None:
        values = (value for token, value in footers if token.lower() == 'refs')
        if found := tuple(Revert(hash_) for value in values for hash_ in _HASH.findall(value)):
            return found
    if not plain and (requests := _REQUEST.findall(body)):
        return tuple(Revert(one or other, by='request') for one, other in requests)
    if title is not None:
        # What is in quotes ends with its own number; behind them is that of the revert.
        number = NUMBER.search(title['subject'])
        return (Revert(number[1], by='request') if number else Revert(title['subject'], by='subject'),)
    return () if conventional is None else (Revert(conventional['subject'], by='subject'),)


def _by_sentence(body: str) -> Iterator[Revert]:
    for match in _COMMIT.finditer(body):
        yield Revert(match[1], match[2])
    for match in _COMMITS.finditer(body):
        yield from (Revert(hash_) for hash_ in _HASH.findall(match[1]))
