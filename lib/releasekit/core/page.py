# SPDX-License-Identifier: Apache-2.0
"""A changelog as a page of Markdown, whichever tool wrote it: where a section goes, and which are there already.

Text in, text out: what is there stays to the byte, and a version that has its section gets no second one.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterator, Sequence

from releasekit.core.prose import FENCE

_UNRELEASED = re.compile(r'\[?(?:unreleased|upcoming|next release)\]?(?:[ \t(:].*)?$', re.IGNORECASE)
# Up to three words, then a version or a day, maybe a link; what follows is no more prose, but a date or a remark.
_RELEASE = re.compile(
    r'(?:(?P<words>[^\d\s\[][^\s\[]*(?:[ \t]+[^\d\s\[(][^\s\[]*){0,2})[ \t]+)?'
    r'(?P<link>\[)?(?:[@\w./-]+@)?v?(?P<version>\d+(?:\.\d+)+[\w.+!-]*|\d{4}-\d\d-\d\d)\]?(?P<address>\([^)\s]*\))?'
    r'[ \t]*(?P<rest>[-–—(/:,].*)?$'  # noqa: RUF001 - people write dashes of every length
)
_PLAIN_WORDS = frozenset({'version', 'release'})
_DAY = re.compile(r'\d{4}-\d\d-\d\d')
_TAG = re.compile(r'<[^>]*>')
_ATX = re.compile(r'(?P<marks>#{1,6})[ \t]+(?P<text>.*?)[ \t]*#*[ \t]*$')
_UNDERLINE = re.compile(r'(?P<mark>=+|-{2,})[ \t]*$')
_LINK = re.compile(r' {0,3}\[[^\]]+\]:[ \t]*\S')
# Behind these lines towncrier and python-semantic-release put their next section.
_START = re.compile(r'<!-- (?:towncrier release notes start|version list) -->[ \t]*$')
_ANCHOR = re.compile(r'<a [^>]*>[ \t]*(?:</a>)?[ \t]*$')
_FIRST = re.compile(r'breaking changes|.* breaking changes$', re.IGNORECASE)
_LAST = ('Dependencies', 'Contributors')


def insert(text: str | None, section: str, version: str, header: str) -> str:
    """The changelog with a section added, below the header and what is unreleased; None stands for no file.

    Entries that were written under Unreleased move into the section, its heading stays. The headings of the section
    get the level that those of other releases have. Line ends are those of the text, and if its last line had none
    it still has none. `version` is '' for a section of several packages, which the headings below its own tell.
    """
    if text is None or not text.strip():
        return f'{header}\n{section}'
    end = '\r\n' if text.count('\r\n') * 2 > text.count('\n') else '\n'
    page = Page.read(text)
    if page.has(version) if version else page.tells(section):
        return text
    before, manual, after = page.split()
    fitting = _at_level(section, page.level)
    added = [f'{line}{end}' for line in _merged(manual, fitting, page.level).split('\n')[:-1]]
    # Links are no entries: they stay at the end of the page.
    above = _closed(before, end)
    below = ([end] if after and after[0].strip() else []) + list(after)
    result = ''.join([*above, *([end] if above else []), *added, *below])
    return result if text.endswith('\n') or after else result.removesuffix(end)


@dataclasses.dataclass(frozen=True, slots=True)
class Heading:
    """A heading: its line, its level, what it says, and how many lines it takes."""

    line: int
    level: int
    text: str
    lines: int = 1

    @property
    def release(self) -> str | None:
        """The version or the day that it is the heading of; None for what is no heading of a release."""
        if self.level > 3 or (match := _RELEASE.fullmatch(_TAG.sub('', self.text).strip())) is None:
            return None
        told = (match['link'] and match['address']) or match['rest']
        words = (match['words'] or '').lower()
        if self.level == 3 and (words or not told):
            return None
        if self.level == 1 and words and words not in _PLAIN_WORDS and not _DAY.search(match['rest'] or ''):
            return None
        return match['version']

    @property
    def unreleased(self) -> bool:
        """Whether what is to come stands below it."""
        return self.level < 4 and _UNRELEASED.match(self.text) is not None


@dataclasses.dataclass(frozen=True)
class Page:
    """The lines of a changelog with their ends, and its headings."""

    lines: tuple[str, ...]
    headings: tuple[Heading, ...]

    @classmethod
    def read(cls, text: str) -> Page:
        """Read the lines; what stands in a block of code is no heading."""
        lines = tuple(re.findall(r'[^\n]*\n|[^\n]+', text))
        return cls(lines, tuple(_headings(lines)))

    @functools.cached_property
    def releases(self) -> tuple[Heading, ...]:
        """The headings of releases."""
        return tuple(heading for heading in self.headings if heading.release is not None)

    @functools.cached_property
    def level(self) -> int:
        """The level that the heading of a release has here."""
        unreleased = [heading for heading in self.headings if heading.unreleased]
        return min((heading.level for heading in self.releases or unreleased), default=2)

    def has(self, version: str) -> bool:
        """Whether a version has its section."""
        return any(heading.release == version for heading in self.releases)

    def tells(self, section: str) -> bool:
        """Whether the page has every heading of a package that a section has."""
        wanted = {_bare(heading.text) for heading in Page.read(section).headings if heading.level == 3}
        there = {_bare(heading.text) for heading in self.headings}
        return bool(wanted) and wanted <= there

    def split(self) -> tuple[Sequence[str], Sequence[str], Sequence[str]]:
        """What stands above the new section, the entries that move into it, and what stands below."""
        links = self._links()
        unreleased = next((heading for heading in self.headings if heading.unreleased), None)
        if unreleased is None:
            start = self._start(links)
            return self.lines[:start], (), self.lines[start:]
        first = unreleased.line + unreleased.lines
        later = (each for each in self.headings if each.line > unreleased.line)
        ends = (each.line for each in later if each.level <= unreleased.level or each.release is not None)
        end = next(ends, links)
        return self.lines[:first], self.lines[first:end], self.lines[end:]

    def _start(self, links: int) -> int:
        """The line that a section goes before where nothing is unreleased."""
        marker = next((number for number, line in enumerate(self.lines) if _START.match(line)), None)
        release = next((heading.line for heading in self.releases), None)
        if release is not None:
            # The anchor of a heading stands above it.
            return release - 1 if release and _ANCHOR.match(self.lines[release - 1]) else release
        if marker is not None:
            return marker + 1
        return next((heading.line for heading in self.headings if heading.level == 2), links)

    def _links(self) -> int:
        """Where the link definitions at the end of the page begin."""
        number = len(self.lines)
        while number and (not self.lines[number - 1].strip() or _LINK.match(self.lines[number - 1])):
            number -= 1
        return next((n for n in range(number, len(self.lines)) if self.lines[n].strip()), len(self.lines))


def is_told(section: str, packages: Sequence[str]) -> bool:
    """Whether a section has a heading of the third level for each package, as a name and a version."""
    return {_bare(text) for text in packages} <= {
        _bare(heading.text) for heading in Page.read(section).headings if heading.level == 3
    }


def first_release(section: str) -> str | None:
    """The version that the first heading of a section is of, None where it is of none."""
    heading = next(iter(Page.read(section).headings), None)
    return None if heading is None else heading.release


def _headings(lines: Sequence[str]) -> Iterator[Heading]:
    numbers = list(_outside_fences(lines))
    for index, number in enumerate(numbers):
        line = lines[number].rstrip()
        match = _ATX.match(line)
        if match is not None:
            yield Heading(number, len(match['marks']), match['text'])
            continue
        following = numbers[index + 1 : index + 2]
        under = _UNDERLINE.match(lines[number + 1].rstrip('\r\n')) if following == [number + 1] else None
        begins = number == 0 or not lines[number - 1].strip()
        if under is not None and begins and line[:1].strip() and line[0] not in '#>-*+=|<':
            yield Heading(number, 1 if under['mark'][0] == '=' else 2, line, 2)


def _outside_fences(lines: Sequence[str]) -> Iterator[int]:
    """The numbers of the lines that are in no fenced block of code; a block that never ends is none."""
    fence = ''
    held: list[int] = []
    for number, line in enumerate(lines):
        match = FENCE.match(line)
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


def _at_level(section: str, level: int) -> str:
    """The section with its headings moved, so that the first one has this level."""
    lines = section.split('\n')
    first = next((_ATX.match(lines[number]) for number in _outside_fences(lines) if _ATX.match(lines[number])), None)
    shift = 0 if first is None else level - len(first['marks'])
    if not shift:
        return section
    outside = set(_outside_fences(lines))
    return '\n'.join(_shifted(line, shift) if number in outside else line for number, line in enumerate(lines))


def _shifted(line: str, shift: int) -> str:
    if _ATX.match(line) is None:
        return line
    marks = len(line) - len(line.lstrip('#'))
    return '#' * min(6, max(1, marks + shift)) + line[marks:]


def _bare(text: str) -> str:
    """A heading without its links."""
    return re.sub(r'\[([^\]]*)\](?:\([^)]*\))?', r'\1', text)


def _closed(lines: Sequence[str], end: str) -> list[str]:
    """The lines without blank ones at the end, the last one with its end."""
    kept = list(lines)
    while kept and not kept[-1].strip():
        kept.pop()
    if kept and not kept[-1].endswith('\n'):
        kept[-1] += end
    return kept


def _merged(manual: Sequence[str], section: str, level: int) -> str:
    """The section with entries that were written by hand: first in the subsection of their title."""
    if not any(line.strip() for line in manual):
        return section
    lines = [line.rstrip('\r\n') for line in manual]
    heading, ours = _subsections(section.split('\n'), level + 1)
    preamble, theirs = _subsections(lines, level + 1)
    titles = list(dict.fromkeys([*theirs, *ours]))
    titles.sort(key=lambda title: (not _FIRST.match(title), title in _LAST and _LAST.index(title) + 1))
    blocks = [[heading[0]], _trimmed(preamble), _trimmed(heading[1:])]
    for title in titles:
        entries = [*_trimmed(theirs.get(title, [])), *_trimmed(ours.get(title, []))]
        blocks.append([f'{"#" * (level + 1)} {title}', '', *entries])
    return ''.join('\n'.join(block) + '\n\n' for block in blocks if block).removesuffix('\n')


def _subsections(lines: Sequence[str], level: int) -> tuple[list[str], dict[str, list[str]]]:
    """The lines before the first subsection, and those of each by title."""
    outside = set(_outside_fences(lines))
    first: list[str] = []
    held = first
    found: dict[str, list[str]] = {}
    for number, line in enumerate(lines):
        match = _ATX.match(line) if number in outside else None
        if match is None or len(match['marks']) != level:
            held.append(line)
        else:
            held = found.setdefault(match['text'], [])
    return first, found


def _trimmed(lines: Sequence[str]) -> list[str]:
    """The lines without blank ones at both ends."""
    there = [number for number, line in enumerate(lines) if line.strip()]
    return list(lines[there[0] : there[-1] + 1]) if there else []
