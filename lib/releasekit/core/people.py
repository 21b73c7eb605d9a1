# SPDX-License-Identifier: Apache-2.0
"""Who made the changes of a release: authors and co-authors as the mailmap has them, and who is new.

A person is told by an address or by a name: whoever has one of them in common with somebody known is that one, as
long as the mailmap (https://git-scm.com/docs/gitmailmap) says nothing else.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from releasekit.core.plan import Contributor

if TYPE_CHECKING:
    from releasekit.core.commits import ParsedCommit

MAILMAP = '.mailmap'
_COAUTHOR = re.compile(r'^co-authored-by:[ \t]*(.+?<[^<>\n]*>)[ \t]*$', re.MULTILINE | re.IGNORECASE)
_PERSON = re.compile(r'(?P<name>.*?)\s*<(?P<address>[^<>]*)>\s*')
# https://docs.github.com/en/account-and-profile/reference/email-addresses-reference: `ID+HANDLE@` since 2017.
_NOREPLY = re.compile(r'(?:\d+\+)?(?P<handle>[a-z\d](?:[a-z\d-]*[a-z\d])?(?:\[bot\])?)@users\.noreply\.', re.IGNORECASE)
_BOT = re.compile(r'\[bot\]$|(?:^|[-_ ])bot$', re.IGNORECASE)
_MOST_REQUESTS = 100


def authors(author: str, message: str) -> tuple[str, ...]:
    """Who made a commit and who helped, by the `Co-authored-by` lines of its message; none twice."""
    if 'o-authored-by:' not in message and 'O-AUTHORED-BY:' not in message.upper():
        return (author,)
    return tuple(dict.fromkeys([author, *_COAUTHOR.findall(message)]))


@dataclasses.dataclass(frozen=True, slots=True)
class Mailmap:
    """The lines of a mailmap: the proper name and address, None for what stays, by address and by name and address."""

    entries: Mapping[tuple[str, str | None], tuple[str | None, str | None]]

    @classmethod
    def read(cls, text: str) -> Mailmap:
        """Read the four forms that git knows; what is none of them is passed over, and later lines win."""
        found: dict[tuple[str, str | None], tuple[str | None, str | None]] = {}
        for line in text.splitlines():
            people = [match.group('name', 'address') for match in _PERSON.finditer(line.partition('#')[0])]
            if len(people) == 1:
                found[people[0][1].lower(), None] = (people[0][0] or None, None)
            elif len(people) == 2:
                (name, address), (old_name, old_address) = people
                key = (old_address.lower(), old_name.lower() or None)
                found[key] = (name or None, address)
        return cls(found)

    def proper(self, person: str) -> tuple[str, str]:
        """The name and the address of somebody who is written as `Name <address>`."""
        match = _PERSON.fullmatch(person)
        name, address = match.group('name', 'address') if match else (person, '')
        by_both = self.entries.get((address.lower(), name.lower()))
        told = by_both or self.entries.get((address.lower(), None)) or (None, None)
        return told[0] or name, told[1] or address


@dataclasses.dataclass(slots=True)
class _Seen:
    name: str
    handle: str | None
    commits: dict[str, None]
    requests: dict[str, None]


class People:
    """The people of a repository: the same one under all names and addresses."""

    def __init__(self, mailmap: Mailmap, before: Iterable[str]) -> None:
        """Know who was there `before`, in the releases so far."""
        self._mailmap = mailmap
        self._before: set[str] = set()
        for person in before:
            self._before.update(self._marks(person))

    def of(self, commits: Sequence[ParsedCommit]) -> tuple[Contributor, ...]:
        """Who made these commits, by the number of them and then by name."""
        seen: list[_Seen] = []
        known: dict[str, _Seen] = {}
        old: set[int] = set()
        for commit in sorted(commits, key=lambda each: each.hash):
            for person in commit.authors:
                marks = self._marks(person)
                one = next((known[mark] for mark in marks if mark in known), None)
                if one is None:
                    one = _Seen(self._mailmap.proper(person)[0], None, {}, {})
                    seen.append(one)
                known.update(dict.fromkeys(marks, one))
                self._note(one, person, commit)
                if not self._before.isdisjoint(marks):
                    old.add(id(one))
        found = [self._contributor(one, new=bool(self._before) and id(one) not in old) for one in seen]
        return tuple(sorted(found, key=lambda each: (-len(each.commits), each.name.casefold(), each.name)))

    @functools.lru_cache(maxsize=65536)  # noqa: B019 - as long as one plan is made
    def _marks(self, person: str) -> tuple[str, ...]:
        """What somebody is known by."""
        name, address = self._mailmap.proper(person)
        return tuple(mark for mark in (f'<{address.lower()}>' if address else '', name.casefold()) if mark)

    def _note(self, one: _Seen, person: str, commit: ParsedCommit) -> None:
        one.commits[commit.hash] = None
        for text in (told.partition(' ')[2] for told in commit.references if told.startswith('request ')):
            one.requests[text] = None
        if one.handle is None:
            one.handle = self._handle(person)

    @functools.lru_cache(maxsize=65536)  # noqa: B019 - as long as one plan is made
    def _handle(self, person: str) -> str | None:
        """The name at the forge that an address holds."""
        raw = _PERSON.fullmatch(person)
        addresses = (self._mailmap.proper(person)[1], raw['address'] if raw else '')
        handles = (_NOREPLY.match(address) for address in addresses)
        return next((match['handle'] for match in handles if match), None)

    def _contributor(self, one: _Seen, *, new: bool) -> Contributor:
        bot = _BOT.search(one.name) is not None or (one.handle or '').endswith('[bot]')
        requests = sorted(one.requests, key=lambda text: (int(text[1:]), text))[:_MOST_REQUESTS]
        return Contributor(
            name=one.name,
            handle=one.handle,
            new=new and not bot,
            bot=bot,
            commits=tuple(one.commits),
            requests=tuple(requests),
        )


def counted(contributors: Iterable[Contributor]) -> Iterator[Contributor]:
    """Those of them that are people."""
    return (each for each in contributors if not each.bot)
