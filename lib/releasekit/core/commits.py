# SPDX-License-Identifier: Apache-2.0
"""Commits as they are read from history, and what their messages say.

Messages are read as Conventional Commits 1.0 (https://www.conventionalcommits.org/en/v1.0.0/) has it.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping


@dataclasses.dataclass(frozen=True, slots=True)
class RawCommit:
    """A commit as the version control system tells it. `paths` are those that its own change touches."""

    hash: str
    parents: tuple[str, ...]
    author: str
    message: str
    paths: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class TagRef:
    """A tag and the commit that it stands for, annotated or not; `merged` where HEAD reaches that commit."""

    name: str
    commit: str
    merged: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """One change that a message tells of. `type` is in lower case; `breaking` says what breaks, None for nothing."""

    type: str
    scope: str | None
    subject: str
    breaking: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Revert:
    """What a commit takes back: `commit` as the message writes it, perhaps shortened.

    The revert of a merge takes back what `commit` brought in beside `beside`, the parent that was kept.
    """

    commit: str
    beside: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class ParsedCommit:
    """A commit with what its message says. A message that follows no convention has no changes."""

    hash: str
    subject: str
    paths: tuple[str, ...]
    changes: tuple[Change, ...] = ()
    reverts: tuple[Revert, ...] = ()
    release_as: str | None = None


_HEADER = re.compile(r'(?P<type>[A-Za-z][\w-]*)(?:\((?P<scope>[^()\n]+)\))?(?P<bang>!)?: +(?P<subject>\S.*)')
# Rule 8: a token with hyphens for spaces, then ": " or " #"; rule 16: BREAKING-CHANGE is the same.
_FOOTER = re.compile(r'(?P<token>BREAKING[ -]CHANGE|[A-Za-z][\w-]*)(?::[ \t]|:$| #)(?P<value>.*)')
_BREAKING = re.compile(r'^BREAKING[ -]CHANGE:(?:[ \t]|$)', re.MULTILINE)
_RELEASE_AS = re.compile(r'^release-as:[ \t]*(\S+)[ \t]*$', re.MULTILINE | re.IGNORECASE)
_REVERTS = re.compile(
    r'[Tt]his reverts commit ([0-9a-f]{7,64})(?:,\s+reversing\s+changes\s+made\s+to\s+([0-9a-f]{7,64}))?'
)
_HASH = re.compile(r'\b[0-9a-f]{7,64}\b')
_PULL_REQUEST = re.compile(r' \(#\d+\)$')
_AUTOSQUASH = ('fixup! ', 'squash! ', 'amend! ')
# What GitHub writes between the list of squashed commits and its own footers.
_RULE = '---------'


def parse(raw: RawCommit, overrides: Mapping[str, str]) -> ParsedCommit:
    """Read a commit's message, or the one that `overrides` has for its full hash.

    Commits that are about to be squashed (`fixup!`, `squash!`) say nothing. A squash message counts for every
    conventional line of the list in its body (`* feat: …`), as GitHub writes it.
    """
    message = overrides.get(raw.hash, raw.message) if overrides else raw.message
    subject, _, body = message.lstrip().partition('\n')
    subject = subject.rstrip()
    if subject.startswith(_AUTOSQUASH):
        return ParsedCommit(raw.hash, subject, raw.paths)
    if not body or body.isspace():
        header = _HEADER.match(subject) if ':' in subject else None
        changes = () if header is None else (_change(header, ''),)
        return ParsedCommit(raw.hash, subject, raw.paths, changes)
    return _with_body(raw, subject, body.replace('\r\n', '\n'))


def _with_body(raw: RawCommit, subject: str, body: str) -> ParsedCommit:
    changes = _distinct(_change(header, text) for header, text in _items(subject, body))
    as_ = _RELEASE_AS.search(body) if 'elease-' in body or 'ELEASE-' in body else None
    return ParsedCommit(
        raw.hash,
        subject,
        raw.paths,
        changes,
        _reverted(subject, changes, body),
        None if as_ is None else as_[1],
    )


def _distinct(changes: Iterable[Change]) -> tuple[Change, ...]:
    """The changes, each once: the title of a squash often repeats a line of its list, with the pull request added."""
    found: dict[tuple[str, str | None, str], Change] = {}
    for change in changes:
        key = (change.type, change.scope, _PULL_REQUEST.sub('', change.subject))
        earlier = found.setdefault(key, change)
        if earlier.breaking is None and change.breaking is not None:
            found[key] = dataclasses.replace(earlier, breaking=change.breaking)
    return tuple(found.values())


def _is_list(body: str) -> bool:
    return body.startswith('* ') or '\n* ' in body


def _items(subject: str, body: str) -> Iterator[tuple[re.Match[str], str]]:
    """The conventional headers of a message, each with the text that belongs to it."""
    header = _HEADER.match(subject)
    if not _is_list(body):
        if header is not None:
            yield header, body
        return
    held: list[str] = []
    for line in body.split('\n'):
        if not line.startswith('* '):
            held.append(line)
            continue
        if header is not None:
            yield header, '\n'.join(held)
        header, held = _HEADER.match(line[2:].rstrip()), []
    if header is not None:
        yield header, '\n'.join(held)


def _change(header: re.Match[str], text: str) -> Change:
    kind, scope, bang, subject = header.group('type', 'scope', 'bang', 'subject')
    breaking = _breaking(text) if 'BREAKING' in text else None
    return Change(kind.lower(), scope, subject, breaking or (subject if bang else None))


def _breaking(text: str) -> str | None:
    """The text of a BREAKING CHANGE footer, wherever in the body it stands; '' counts as none."""
    if (found := _BREAKING.search(text)) is None:
        return None
    told: list[str] = []
    for line in text[found.end() :].split('\n'):
        if line == _RULE or (told and _FOOTER.match(line)):
            break
        told.append(line.strip())
    return '\n'.join(told).strip() or 'breaking change'


def footers(body: str) -> tuple[tuple[str, str], ...]:
    """The footers of a body, in order: a token after a blank line begins them, a value goes on to the next token."""
    found: list[tuple[str, list[str]]] = []
    blank = True
    for line in body.split('\n'):
        match = _FOOTER.match(line) if blank or found else None
        if match is not None:
            found.append((match['token'], [match['value']]))
        elif found:
            found[-1][1].append(line)
        blank = not line.strip()
    return tuple((token, '\n'.join(lines).strip()) for token, lines in found)


def _reverted(subject: str, changes: tuple[Change, ...], body: str) -> tuple[Revert, ...]:
    """What is taken back: git's own sentence, else the Refs footer of a `revert:` commit."""
    if 'his reverts commit ' in body and (subject.startswith('Revert ') or not _is_list(body)):
        return tuple(Revert(*match.group(1, 2)) for match in _REVERTS.finditer(body))
    if len(changes) == 1 and changes[0].type == 'revert':
        references = (value for token, value in footers(body) if token.lower() == 'refs')
        return tuple(Revert(hash_) for value in references for hash_ in _HASH.findall(value))
    return ()
