# SPDX-License-Identifier: Apache-2.0
"""The conventions by which messages are read: what a header is, what breaks something, and where that text ends."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping

# What GitHub writes between the list of squashed commits and its own footers.
RULE = '---------'
_SQUASHED = '* '
# Rule 8 of Conventional Commits: a token with hyphens for spaces, then ": " or " #"; rule 16: BREAKING-CHANGE is the
# same as BREAKING CHANGE, whose text may begin on the next line.
_FOOTER = re.compile(
    r'(?:(?P<breaking>BREAKING[ -]CHANGE):(?:[ \t]+|$)|(?P<token>[A-Za-z][\w-]*)(?::[ \t]+| #))(?P<value>.*)'
)
# What ends the rest of the message, which is the text of a breaking change: a deprecation, a reference or a trailer.
_ANGULAR_END = re.compile(
    r'DEPRECATED:|(?:PR )?(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?|refs?):? [\w./-]*#\d|[a-z][\w-]*-by:[ \t]',
    re.IGNORECASE,
)


@dataclasses.dataclass(frozen=True, slots=True)
class Convention:
    """How messages are read. `header` has the groups type, scope, bang and subject; `breaking` is found in a body.

    A line that `ends` fits is no longer text of a breaking change.
    """

    header: re.Pattern[str]
    breaking: re.Pattern[str]
    ends: re.Pattern[str]


# https://www.conventionalcommits.org/en/v1.0.0/#specification
CONVENTIONAL = Convention(
    header=re.compile(r'(?P<type>[A-Za-z][\w-]*)(?:\((?P<scope>[^()\n]+)\))?(?P<bang>!)?: +(?P<subject>\S.*)'),
    breaking=re.compile(r'^BREAKING[ -]CHANGE:(?:[ \t]|$)', re.MULTILINE),
    ends=_FOOTER,
)
# The older form of AngularJS, which knows no exclamation mark: the rest of a message after BREAKING CHANGE says what
# breaks. https://github.com/angular/angular.js/blob/master/DEVELOPERS.md#commits and, with DEPRECATED,
# https://github.com/angular/angular/blob/main/contributing-docs/commit-message-guidelines.md
ANGULAR = Convention(
    header=re.compile(r'(?P<type>[A-Za-z]\w*)(?:\((?P<scope>[^\n]*?)\))?(?P<bang>(?!)!)?: +(?P<subject>\S.*)'),
    breaking=re.compile(r'^BREAKING CHANGES?:(?:[ \t]|$)', re.MULTILINE),
    ends=_ANGULAR_END,
)
# The values of `commits.convention` that have a way of their own; all others are read as Conventional Commits.
CONVENTIONS: Mapping[str, Convention] = {'angular': ANGULAR}


def convention(name: str) -> Convention:
    """The convention of a name as release.yaml writes it."""
    return CONVENTIONS.get(name, CONVENTIONAL)


def footers(body: str) -> tuple[tuple[str, str], ...]:
    """The footers of a body, in order: a token after a blank line begins them, a value goes on to the next token.

    A value also ends at the next item of a list of squashed commits, and at the rule below that list.
    """
    found: list[tuple[str, list[str]]] = []
    blank, inside = True, False
    for line in body.split('\n'):
        if inside and (line == RULE or line.startswith(_SQUASHED)):
            inside = False
        match = _FOOTER.match(line) if (blank or inside) and (':' in line or '#' in line) else None
        if match is not None:
            found.append((match['breaking'] or match['token'], [match['value']]))
            inside = True
        elif inside:
            found[-1][1].append(line)
        blank = not line.strip()
    return tuple((token, '\n'.join(lines).strip()) for token, lines in found)
