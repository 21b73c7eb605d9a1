# SPDX-License-Identifier: Apache-2.0
"""The sections of a changelog as Markdown, in the built-in styles: of a package, or of several together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from releasekit.core.entries import part
from releasekit.core.forge import Forge
from releasekit.core.notes import Dependency, Entry, Notes, Part, Person, Statistics
from releasekit.core.plan import PlannedPackage
from releasekit.core.prose import escape, link, words
from releasekit.core.styles import Style, style
from releasekit.spec.model import ChangelogRules

# More internal dependencies than these are told in one line.
_MOST_DEPENDENCIES = 5
# Forges whose Markdown folds what stands in `<details>`.
_FOLDING = frozenset({'github', 'gitlab'})


def section(package: PlannedPackage, rules: ChangelogRules, date: str, forge: Forge | None = None) -> str:
    """The section of a package's release; `date` is an ISO day.

    Breaking changes come first, dependencies and contributors last.
    """
    return Writer(rules, forge).package(part(package, rules, forge, date), date)


class Writer:
    """Writes notes in the style that a changelog has."""

    def __init__(self, rules: ChangelogRules, forge: Forge | None) -> None:
        """Write for a forge, or for no one in particular."""
        self._rules = rules
        self._forge = forge
        self._style: Style = style(rules)

    def package(self, told: Part, date: str) -> str:
        """The section of one package's release."""
        return self._page(self._heading(told.version, told.url, date), self._blocks(told, 3))

    def together(self, notes: Notes) -> str:
        """One section for the release of several packages, with a heading below for each.

        Its heading is their version where they have one, else the day.
        """
        blocks: list[str] = []
        for each in notes.packages:
            blocks += [f'### {escape(each.name)} {link(each.version, each.url)}\n', *self._blocks(each, 4)]
        shared = [*self._contributors(notes.contributors, 3), *self._statistics(notes.statistics)]
        return self._page(self.heading(notes), [*blocks, *shared])

    def body(self, notes: Notes) -> str:
        """Release notes without a heading of their own: what a forge shows below the name of a release."""
        alone = notes.packages[0] if len(notes.packages) == 1 else None
        blocks = self._blocks(alone, 2) if alone else self.together(notes).split('\n\n', maxsplit=1)[1:]
        compared = [f'[All changes]({alone.url})\n'] if alone and alone.url and alone.previous else []
        return '\n'.join([*blocks, *compared])

    def heading(self, notes: Notes) -> str:
        """The heading of a section."""
        if self._rules.per == 'package':
            return self._heading(notes.version, notes.url, notes.date)
        return self._heading(notes.version, None, notes.date) if notes.version else f'## {notes.date}'

    def line(self, entry: Entry) -> str:
        """An entry as this style writes it."""
        return self._entry(entry, entry.text)

    def migration(self, entry: Entry) -> str:
        """What an entry breaks, as this style writes it."""
        return self._entry(entry, entry.breaking or entry.text)

    def dependencies(self, told: Part) -> str:
        """What a package depends on in new versions, as this style writes it."""
        return '\n'.join(self._dependencies(told))

    def people(self, people: Sequence[Person]) -> str:
        """The table of contributors."""
        return self._table(people).rstrip('\n')

    def _heading(self, version: str, url: str | None, date: str) -> str:
        shown = f'[{version}]({url})' if url else self._style.plain_heading.format(version=version)
        return f'## {self._style.heading.format(version=shown, date=date)}'

    def _page(self, heading: str, blocks: Sequence[str]) -> str:
        return '\n'.join([f'{heading}\n', *blocks])

    def _blocks(self, told: Part, level: int) -> list[str]:
        """What stands below the heading of a package."""
        single = level != 4
        parts = [
            *self._lists(told, level),
            *(self._contributors(told.contributors, level) if single else ()),
            *(self._statistics(told.statistics) if single else ()),
        ]
        if told.summary and not any(self._lists(told, level)):
            parts.insert(0, f'{self._style.bullet} {escape(told.summary)}\n')
        return parts

    def _lists(self, told: Part, level: int) -> Iterator[str]:
        marks = '#' * level
        lists: dict[str, list[str]] = {}
        if told.breaking:
            lists[self._style.breaking] = [self._entry(each, each.breaking or '') for each in told.breaking]
        for each in told.sections:
            lists[each.title] = [self._entry(entry, entry.text) for entry in each.entries]
        lists.setdefault(self._style.dependencies, []).extend(self._dependencies(told))
        for title, lines in lists.items():
            if lines:
                yield f'{marks} {title}\n\n' + ''.join(f'{line}\n' for line in dict.fromkeys(lines))

    def _entry(self, entry: Entry, text: str) -> str:
        scope = f'**{escape(entry.scope)}:** ' if entry.scope else ''
        lines = self._linked(entry, text).split('\n')
        told = '\n'.join([lines[0], *(f'  {line}'.rstrip() for line in lines[1:])])
        marks = ', '.join(self._marks(entry, text))
        return f'{self._style.bullet} {scope}{told}{f" ({marks})" if marks else ""}'

    def _linked(self, entry: Entry, text: str) -> str:
        """The text of an entry; the request at its end is linked as one, since a forge may count issues apart."""
        if entry.markdown:
            return text
        for each in entry.references:
            if each.kind == 'request' and text.endswith(f' ({each.text})'):
                own = escape(text.removesuffix(f' ({each.text})'), self._forge)
                return f'{own} ({link(each.text, each.url)})'
        return escape(text, self._forge)

    def _marks(self, entry: Entry, text: str) -> Iterator[str]:
        """The commit of an entry, and what it refers to beyond its own text."""
        if entry.commit:
            yield link(entry.commit[:7], entry.url)
        for each in entry.references:
            if each.text not in text:
                word = f'{each.kind} ' if each.kind != 'request' else ''
                yield f'{word}{link(each.text, each.url)}'

    def _dependencies(self, told: Part) -> Iterator[str]:
        bullet = self._style.bullet
        if len(told.dependencies) > _MOST_DEPENDENCIES:
            listed = ', '.join(_dependency(each) for each in told.dependencies)
            yield f'{bullet} {len(told.dependencies)} packages of this repository: {listed}'
        else:
            yield from (f'{bullet} {_dependency(each)}' for each in told.dependencies)
        lines = [self._entry(each, each.text) for each in told.updates]
        if len(lines) < 2:
            yield from lines
        elif self._forge is not None and self._forge.kind in _FOLDING:
            folded = '\n'.join(lines)
            apart = '\n' if told.dependencies else ''
            yield f'{apart}<details>\n<summary>{len(lines)} dependency updates</summary>\n\n{folded}\n\n</details>'
        else:
            yield f'{bullet} {len(lines)} updates: {"; ".join(escape(each.text, self._forge) for each in told.updates)}'

    def _contributors(self, people: Sequence[Person], level: int) -> Iterator[str]:
        if people:
            yield f'{"#" * level} Contributors\n\n{self._table(people)}'

    def _table(self, people: Sequence[Person]) -> str:
        rows = ['| Contributor | Requests | Commits | Changes |', '|---|---|---|---|']
        for each in people:
            name = link(words(each.name).replace('[', '\\[').replace(']', '\\]'), each.url)
            requests = ', '.join(link(one.text, one.url) for one in each.requests)
            changes = '; '.join(words(text, self._forge) for text in each.changes)
            new = ' (first contribution)' if each.new else ''
            rows.append(f'| {name}{new} | {requests} | {each.commits} | {changes} |')
        return ''.join(f'{row}\n' for row in rows)

    def _statistics(self, found: Statistics | None) -> Iterator[str]:
        if self._rules.statistics and found is not None:
            yield f'{counted(found)}\n'


def counted(found: Statistics) -> str:
    """What a release is made of, in a sentence."""
    days = '' if found.days is None else f' in {_many(found.days, "day")}' if found.days else ' within a day'
    people = _many(found.contributors, 'contributor')
    return f'{_many(found.commits, "commit")} by {people}{days}, touching {_many(found.files, "file")}.'


def _dependency(each: Dependency) -> str:
    return f'{escape(each.name)} {each.version}'


def _many(count: int, word: str) -> str:
    return f'{count} {word}' if count == 1 else f'{count} {word}s'
