# SPDX-License-Identifier: Apache-2.0
"""What a commit message refers to: issues that it closes or names, and the request that brought it in.

The words that close are those of GitHub
(https://docs.github.com/en/issues/tracking-your-work-with-issues/using-issues/linking-a-pull-request-to-an-issue) and
of GitLab (https://docs.gitlab.com/user/project/issues/managing_issues/#default-closing-pattern).
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

from releasekit.core.forge import Forge

_WHAT = r'(?:[\w.-]+(?:/[\w.-]+)+)?#\d+|\bGH-\d+'
_LIST = re.compile(
    rf'(?:^|(?<=[\s(]))(?P<word>close[sd]?|closing|fix(?:e[sd])?|resolve[sd]?|implement(?:s|ed)?|refs?|references|see)'
    rf':?[ \t]+(?P<list>(?:{_WHAT})(?:(?:[ \t]*,[ \t]*(?:and[ \t]+)?|[ \t]+and[ \t]+)(?:{_WHAT}))*)',
    re.IGNORECASE | re.MULTILINE,
)
_ONE = re.compile(_WHAT, re.IGNORECASE)
_NAMES = frozenset({'ref', 'refs', 'references', 'see'})
# How GitHub, Gitea and Bitbucket end the title of what was squashed, and GitLab its message.
_REQUEST = re.compile(r' \((?:pull request )?#(?P<number>\d+)\)$')
_MERGE_REQUEST = re.compile(r'^See merge request (?P<path>[\w./-]+)?!(?P<number>\d+)$', re.MULTILINE)

# In the prose of a subject: what a forge would link by itself, and therefore not within a word or an address.
INLINE = re.compile(
    r'(?<![\w&/.#!-])(?:(?P<path>[\w-][\w.-]*(?:/[\w.-]+)+)?(?P<mark>[#!])(?P<number>\d+)|GH-(?P<gh>\d+))\b'
)


@dataclasses.dataclass(frozen=True, slots=True)
class Reference:
    """Something that a change refers to: how (`closes`, `refs` or `request`), as it is written, and its page."""

    kind: str
    text: str
    url: str | None


def references(subject: str, body: str) -> tuple[str, ...]:
    """What a message refers to, each as a word and the text, such as `closes #12`; in their order, none twice."""
    found = dict.fromkeys(_requests(subject, body))
    if '#' in body or 'GH-' in body or 'gh-' in body:
        for match in _LIST.finditer(body):
            kind = 'refs' if match['word'].lower() in _NAMES else 'closes'
            found.update(dict.fromkeys(f'{kind} {text}' for text in _ONE.findall(match['list'])))
    return tuple(found)


def _requests(subject: str, body: str) -> Iterator[str]:
    if subject.endswith(')') and (match := _REQUEST.search(subject)) is not None:
        yield f'request #{match["number"]}'
    if 'See merge request ' in body and (merged := _MERGE_REQUEST.search(body)) is not None:
        yield f'request !{merged["number"]}'


def without_request(subject: str) -> str:
    """A subject without the request at its end."""
    return _REQUEST.sub('', subject)


def resolved(told: str, forge: Forge | None) -> Reference:
    """A reference of `references` with its page, where the repository is on a forge."""
    kind, _, text = told.partition(' ')
    return Reference(kind, text, None if forge is None else address(text, forge, request=kind == 'request'))


def address(text: str, forge: Forge, *, request: bool = False) -> str | None:
    """The page of what a text such as `#12`, `!12`, `GH-12` or `acme/lib#12` names on a forge."""
    match = INLINE.fullmatch(text) or INLINE.fullmatch(text.upper())
    if match is None:
        return None
    number = match['number'] or match['gh']
    ask = forge.request if request or match['mark'] == '!' else forge.issue
    return ask(number, match['path'])


def linkable(match: re.Match[str], forge: Forge) -> str | None:
    """The page of what `INLINE` has found; only GitLab writes its requests with `!`."""
    if match['mark'] == '!' and forge.kind != 'gitlab':
        return None
    return address(match[0], forge)
