# SPDX-License-Identifier: Apache-2.0
"""Changelogs in the form of Keep a Changelog 1.1 (https://keepachangelog.com/en/1.1.0/).

Text in, text out: what is there stays to the byte, and a version that has its section gets no second one.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence

from releasekit.core import summaries
from releasekit.core.plan import PlannedPackage, Reason, ReasonKind
from releasekit.spec.model import ChangelogRules

_HEADER = """# Changelog

All notable changes to this project will be documented in this file.

The format is based on [Keep a Changelog](https://keepachangelog.com/en/1.1.0/).
"""
_BREAKING = 'Breaking changes'
_DEPENDENCIES = 'Dependencies'
_UNRELEASED = re.compile(r'##[ \t]+\[?unreleased\]?(?:[ \t(:].*)?$', re.IGNORECASE)
_SUBSECTION = re.compile(r'###[ \t]+(?P<title>.*?)[ \t]*#*[ \t]*$')
_FENCE = re.compile(r' {0,3}(?P<mark>`{3,}|~{3,})')
_LINK = re.compile(r' {0,3}\[[^\]]+\]:[ \t]*\S')
# What would start another block, or a tag, at the place of an entry's text.
_BLOCK = re.compile(r'(?:[#>+*=-]|\d+[.)])(?=[ \t]|$)')
_CODE = re.compile(r'(`+)(?:(?!\1).)+?\1(?!`)')
_SPECIAL = re.compile(r'[<*\\]|(?<![^\W_])_|_(?![^\W_])')
# Most lines: nothing in them has to be escaped.
_ORDINARY = re.compile(r'[A-Za-z][A-Za-z0-9 ,.:;()/-]*')
_MENTION = re.compile(r'(?<![\w`.])@(?=\w)[\w./-]*\w')


def section(package: PlannedPackage, rules: ChangelogRules, date: str) -> str:
    """The section of a release; `date` is an ISO day. Breaking changes come first, internal dependencies last.

    Commits of types that `rules` does not list are left out, unless they break something. A changeset stands in the
    section that lists its level, else in that of `feat` for minor and of `fix` for patch; a major one breaks something.
    """
    blocks = [f'## [{package.next}] - {date}\n']
    blocks += [
        f'### {title}\n\n' + ''.join(f'{entry}\n' for entry in entries) for title, entries in _parts(package, rules)
    ]
    if len(blocks) == 1:
        blocks.append(f'{_plain(package)}\n')
    return '\n'.join(blocks)


def insert(text: str | None, section: str, version: str) -> str:
    """The changelog with a section added, below the header and what is unreleased; None stands for no file.

    Entries that were written under Unreleased move into the section, its heading stays. Line ends are those of
    the text, and if its last line had none it still has none.
    """
    if text is None or not text.strip():
        return f'{_HEADER}\n{section}'
    end = '\r\n' if text.count('\r\n') * 2 > text.count('\n') else '\n'
    page = _Page.read(text)
    if page.has(version):
        return text
    before, manual, after = page.split()
    added = [f'{line}{end}' for line in _merged(manual, section).split('\n')[:-1]]
    # Links are no entries: they stay at the end of the page.
    above = _closed(before, end)
    below = ([end] if after else []) + list(after)
    result = ''.join([*above, *([end] if above else []), *added, *below])
    return result if text.endswith('\n') or after else result.removesuffix(end)


def _parts(package: PlannedPackage, rules: ChangelogRules) -> Iterator[tuple[str, list[str]]]:
    """The titles that have entries, with them."""
    commits = [reason for reason in package.reasons if reason.kind is ReasonKind.COMMIT]
    titles = {type_: title for title, types in rules.sections.items() for type_ in types}
    order = (_BREAKING, *rules.sections, summaries.OTHERWISE, _DEPENDENCIES)
    found: dict[str, list[str]] = {title: [] for title in order}
    for reason in package.reasons:
        if reason.kind is ReasonKind.CHANGESET and reason.summary:
            found[summaries.title(reason.level or '', titles, _BREAKING)].append(summaries.entry(reason))
    for reason in commits:
        if reason.breaking is not None:
            found[_BREAKING].append(_entry(reason, reason.breaking))
        if reason.type in titles and reason.breaking != reason.subject:
            found[titles[reason.type]].append(_entry(reason, reason.subject or ''))
    for reason in package.reasons:
        if reason.kind is ReasonKind.DEPENDENCY:
            name = (reason.package or '').partition(':')[2]
            found[_DEPENDENCIES].append(f'- {escape(name)} {reason.detail}')
    return ((title, list(dict.fromkeys(entries))) for title, entries in found.items() if entries)


def _plain(package: PlannedPackage) -> str:
    """What a section says that has no entry: why there is a release at all."""
    kinds = {reason.kind: reason for reason in package.reasons}
    if ReasonKind.INITIAL in kinds:
        return '- First release.'
    if (reason := kinds.get(ReasonKind.GROUP)) is not None:
        others = f'the group {escape(reason.group)}' if reason.group else 'others of the same version'
        return f'- No changes of its own: released with {others}.'
    if (reason := kinds.get(ReasonKind.PRERELEASE)) is not None:
        return f'- No changes since {reason.detail}.'
    return '- No notable changes.'


def _entry(reason: Reason, text: str) -> str:
    scope = f'**{escape(reason.scope)}:** ' if reason.scope else ''
    lines = escape(text).split('\n')
    told = '\n'.join([lines[0], *(f'  {line}'.rstrip() for line in lines[1:])])
    return f'- {scope}{told} ({(reason.commit or "")[:7]})'


def escape(text: str) -> str:
    """Text that reads as it was written: no tags, no emphasis, no headings, and nobody is mentioned."""
    return '\n'.join(_escape_line(line) for line in text.split('\n'))


def _escape_line(line: str) -> str:
    if _ORDINARY.fullmatch(line):
        return line
    pieces: list[str] = []
    done = 0
    for code in _CODE.finditer(line):
        pieces += [_escape_prose(line[done : code.start()]), code[0]]
        done = code.end()
    escaped = ''.join([*pieces, _escape_prose(line[done:])]).lstrip()
    if _FENCE.match(escaped):
        return f'\\{escaped}'
    block = _BLOCK.match(escaped)
    return escaped if block is None else f'{escaped[: block.end() - 1]}\\{escaped[block.end() - 1 :]}'


def _escape_prose(text: str) -> str:
    pieces: list[str] = []
    done = 0
    for mention in _MENTION.finditer(text):
        pieces += [_SPECIAL.sub(r'\\\g<0>', text[done : mention.start()]), f'`{mention[0]}`']
        done = mention.end()
    return ''.join([*pieces, _SPECIAL.sub(r'\\\g<0>', text[done:])])


@dataclasses.dataclass(frozen=True)
class _Page:
    """The lines of a changelog with their ends, and the numbers of those that are headings of the second level."""

    lines: tuple[str, ...]
    headings: tuple[int, ...]

    @classmethod
    def read(cls, text: str) -> _Page:
        lines = tuple(re.findall(r'[^\n]*\n|[^\n]+', text))
        plain = _outside_fences(lines)
        return cls(lines, tuple(number for number in plain if re.match(r'##[ \t]', lines[number])))

    def has(self, version: str) -> bool:
        """Whether a version has its section."""
        wanted = re.compile(rf'##[ \t]+\[?v?{re.escape(version)}\]?(?![\w.+-])')
        return any(wanted.match(self.lines[number]) for number in self.headings)

    def split(self) -> tuple[Sequence[str], Sequence[str], Sequence[str]]:
        """What stands above the new section, the entries that move into it, and what stands below."""
        links = self._links()
        unreleased = next((n for n in self.headings if _UNRELEASED.match(self.lines[n].rstrip())), None)
        if unreleased is None:
            start = next(iter(self.headings), links)
            return self.lines[:start], (), self.lines[start:]
        end = next((number for number in self.headings if number > unreleased), links)
        return self.lines[: unreleased + 1], self.lines[unreleased + 1 : end], self.lines[end:]

    def _links(self) -> int:
        """Where the link definitions at the end of the page begin."""
        number = len(self.lines)
        while number and (not self.lines[number - 1].strip() or _LINK.match(self.lines[number - 1])):
            number -= 1
        return next((n for n in range(number, len(self.lines)) if self.lines[n].strip()), len(self.lines))


def _outside_fences(lines: Sequence[str]) -> Iterator[int]:
    """The numbers of the lines that are in no fenced block of code; a block that never ends is none."""
    fence = ''
    held: list[int] = []
    for number, line in enumerate(lines):
        match = _FENCE.match(line)
        if match is not None and not fence:
            fence = match['mark']
        elif match is not None and match['mark'].startswith(fence) and not line[match.end() :].strip():
            fence = ''
            held.clear()
        elif not fence:
            yield number
        else:
            held.append(number)
    yield from held


def _closed(lines: Sequence[str], end: str) -> list[str]:
    """The lines without blank ones at the end, the last one with its end."""
    kept = list(lines)
    while kept and not kept[-1].strip():
        kept.pop()
    if kept and not kept[-1].endswith('\n'):
        kept[-1] += end
    return kept


def _merged(manual: Sequence[str], section: str) -> str:
    """The section with entries that were written by hand: first in the subsection of their title."""
    if not any(line.strip() for line in manual):
        return section
    lines = [line.rstrip('\r\n') for line in manual]
    heading, ours = _subsections(section.split('\n'))
    preamble, theirs = _subsections(lines)
    titles = list(dict.fromkeys([*theirs, *ours]))
    titles.sort(key=lambda title: (title != _BREAKING, title == _DEPENDENCIES))
    blocks = [[heading[0]], _trimmed(preamble), _trimmed(heading[1:])]
    for title in titles:
        entries = [*_trimmed(theirs.get(title, [])), *_trimmed(ours.get(title, []))]
        blocks.append([f'### {title}', '', *entries])
    return ''.join('\n'.join(block) + '\n\n' for block in blocks if block).removesuffix('\n')


def _subsections(lines: Sequence[str]) -> tuple[list[str], dict[str, list[str]]]:
    """The lines before the first subsection, and those of each by title."""
    outside = set(_outside_fences(lines))
    first: list[str] = []
    held = first
    found: dict[str, list[str]] = {}
    for number, line in enumerate(lines):
        match = _SUBSECTION.match(line) if number in outside else None
        if match is None:
            held.append(line)
        else:
            held = found.setdefault(match['title'], [])
    return first, found


def _trimmed(lines: Sequence[str]) -> list[str]:
    """The lines without blank ones at both ends."""
    there = [number for number, line in enumerate(lines) if line.strip()]
    return list(lines[there[0] : there[-1] + 1]) if there else []
