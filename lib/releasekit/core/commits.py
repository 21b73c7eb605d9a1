# SPDX-License-Identifier: Apache-2.0
"""Commits as they are read from history, and what their messages say.

Messages are read as Conventional Commits 1.0 (https://www.conventionalcommits.org/en/v1.0.0/) has it, or as AngularJS
had it before, and in the forms that git and the forges give to squashes, merges and reverts.
"""

from __future__ import annotations

import dataclasses
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping

from releasekit.core.conventions import CONVENTIONAL, RULE, Convention, footers
from releasekit.core.references import references
from releasekit.core.reverts import NUMBER, Revert, reverts

__all__ = ['Change', 'ParsedCommit', 'RawCommit', 'Revert', 'TagRef', 'parse']


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
class ParsedCommit:
    """A commit with what its message says. A message that follows no convention has no changes.

    `author` is `Name <address>`. `footers` are tokens and values as they are written, values of several lines whole.
    `references` are those of `references.references`.
    """

    hash: str
    subject: str
    paths: tuple[str, ...]
    changes: tuple[Change, ...] = ()
    reverts: tuple[Revert, ...] = ()
    release_as: str | None = None
    author: str = ''
    footers: tuple[tuple[str, str], ...] = ()
    references: tuple[str, ...] = ()

    def trailer(self, token: str) -> tuple[str, ...]:
        """The values of a footer, in order; case does not matter, as in `git interpret-trailers`."""
        return tuple(value for name, value in self.footers if name.lower() == token.lower())

    @property
    def coauthors(self) -> tuple[str, ...]:
        """Who else wrote it, each once as `Name <address>`: the Co-authored-by trailers that forges know."""
        return tuple(dict.fromkeys(self.trailer('co-authored-by')))

    @property
    def authors(self) -> tuple[str, ...]:
        """Who made it and who helped, each once; a trailer without an address names nobody."""
        helped = self.coauthors if self.footers else ()
        return tuple(dict.fromkeys([self.author, *(person for person in helped if person.endswith('>'))]))


_RELEASE_AS = re.compile(r'^release-as:[ \t]*(\S+)[ \t]*$', re.MULTILINE | re.IGNORECASE)
_AUTOSQUASH = ('fixup! ', 'squash! ', 'amend! ')
# A merge whose title is the first line of its body, as GitHub, GitLab and Bitbucket write it.
_MERGE = re.compile(r'Merge (?:pull request|branch|remote-tracking branch|tag|commit) |Merged in ')
# Azure writes the title behind the number, into squashes too.
_AZURE = re.compile(r'Merged PR \d+: +')


def parse(raw: RawCommit, overrides: Mapping[str, str], convention: Convention = CONVENTIONAL) -> ParsedCommit:
    """Read a commit's message, or the one that `overrides` has for its full hash.

    Commits that are about to be squashed (`fixup!`, `squash!`) say nothing. A squash message counts for every
    conventional line of the list in its body (`* feat: …`), as GitHub writes it, and a merge for the title of the
    request that it merges.
    """
    message = overrides.get(raw.hash, raw.message) if overrides else raw.message
    subject, _, body = message.lstrip().partition('\n')
    subject = subject.rstrip()
    if subject.startswith(_AUTOSQUASH):
        return ParsedCommit(raw.hash, subject, raw.paths, author=raw.author)
    title = subject
    if subject.startswith('Merge'):
        title, body = _merged(raw, subject, body)
    if body and not body.isspace():
        return _with_body(raw, (subject, title), body.replace('\r\n', '\n'), convention)
    header = convention.header.match(title) if ':' in title else None
    changes = () if header is None else (_change(header, '', convention),)
    told = references(subject, '')
    return ParsedCommit(raw.hash, subject, raw.paths, changes, _reverted(title, ''), author=raw.author, references=told)


def _with_body(raw: RawCommit, titles: tuple[str, str], body: str, convention: Convention) -> ParsedCommit:
    """A commit with a body; `titles` are the subject and, where that is another line, the title of what is merged."""
    squash = _is_list(body)
    found = footers(body) if ':' in body or ' #' in body else ()
    as_ = _RELEASE_AS.search(body) if 'elease-' in body or 'ELEASE-' in body else None
    return ParsedCommit(
        raw.hash,
        titles[0],
        raw.paths,
        _distinct(_change(header, text, convention) for header, text in _items(titles[1], body, convention)),
        _reverted(titles[1], body, found, squash=squash),
        None if as_ is None else as_[1],
        raw.author,
        found,
        references(titles[0], body),
    )


def _merged(raw: RawCommit, subject: str, body: str) -> tuple[str, str]:
    """The title and the body of what a commit merges; the commit's own where it is no merge of a forge."""
    if (numbered := _AZURE.match(subject)) is not None:
        return subject[numbered.end() :], body
    if len(raw.parents) < 2 or not _MERGE.match(subject):
        return subject, body
    title, _, rest = body.lstrip().partition('\n')
    return (title.rstrip(), rest) if title else (subject, body)


def _distinct(changes: Iterable[Change]) -> tuple[Change, ...]:
    """The changes, each once: the title of a squash often repeats a line of its list, with the pull request added."""
    found: dict[tuple[str, str | None, str], Change] = {}
    for change in changes:
        key = (change.type, change.scope, NUMBER.sub('', change.subject))
        earlier = found.setdefault(key, change)
        if earlier.breaking is None and change.breaking is not None:
            found[key] = dataclasses.replace(earlier, breaking=change.breaking)
    return tuple(found.values())


def _is_list(body: str) -> bool:
    return body.startswith('* ') or '\n* ' in body


def _items(subject: str, body: str, convention: Convention) -> Iterator[tuple[re.Match[str], str]]:
    """The conventional headers of a message, each with the text that belongs to it."""
    header = convention.header.match(subject)
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
        header, held = convention.header.match(line[2:].rstrip()), []
    if header is not None:
        yield header, '\n'.join(held)


def _change(header: re.Match[str], text: str, convention: Convention) -> Change:
    kind, scope, bang, subject = header.group('type', 'scope', 'bang', 'subject')
    breaking = _breaking(text, convention) if 'BREAKING' in text else None
    return Change(kind.lower(), (scope or '').strip() or None, subject, breaking or (subject if bang else None))


def _breaking(text: str, convention: Convention) -> str | None:
    """The text of a BREAKING CHANGE footer, wherever in the body it stands; '' counts as none."""
    if (found := convention.breaking.search(text)) is None:
        return None
    first, *lines = text[found.end() :].split('\n')
    ends = (number for number, line in enumerate(lines) if line == RULE or convention.ends.match(line))
    rest = textwrap.dedent('\n'.join(lines[: next(ends, len(lines))]))
    return f'{first.strip()}\n{rest}'.strip() or 'breaking change'


def _reverted(
    subject: str, body: str, found: tuple[tuple[str, str], ...] = (), *, squash: bool = False
) -> tuple[Revert, ...]:
    if subject[:6] in _REVERTING or 'his reverts commit' in body:
        return reverts(subject, body, found, squash=squash)
    return ()


# How the subject of a revert begins: to look at every other one closely would take longer than all else.
_REVERTING = frozenset({'Revert', 'revert', 'REVERT', 'Reappl'})
