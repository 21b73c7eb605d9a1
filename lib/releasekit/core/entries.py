# SPDX-License-Identifier: Apache-2.0
"""Makes the notes of a release from its plan: every entry of a changelog or of notes is made here."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from releasekit.core import summaries
from releasekit.core.forge import Forge
from releasekit.core.notes import Category, Dependency, Entry, Notes, Part, Person, Section, Statistics
from releasekit.core.plan import Contributor, Plan, PlannedPackage, Reason, ReasonKind, Span
from releasekit.core.references import resolved, without_request
from releasekit.core.styles import style
from releasekit.spec.model import ChangelogRules

_CATEGORIES: Mapping[str, Category] = {
    'feat': 'added',
    'fix': 'fixed',
    'revert': 'fixed',
    'perf': 'performance',
    'refactor': 'changed',
    'security': 'security',
    'deprecate': 'deprecated',
    'deprecated': 'deprecated',
    'remove': 'removed',
    'removed': 'removed',
}
_LEVELS: Mapping[str, Category] = {'minor': 'added', 'patch': 'fixed'}
# The scopes that Renovate and Dependabot write into the commits of their requests.
_UPDATE_SCOPES = frozenset({'deps', 'deps-dev', 'dependencies', 'dev-deps'})
_UPDATE_TYPES = frozenset({'chore', 'build', 'ci', 'fix', 'deps'})
_SECURITY = re.compile(r'\b(?:CVE-\d{4}-\d{4,}|GHSA(?:-[0-9a-z]{4}){3}|vulnerab\w+)\b', re.IGNORECASE)
_CRITICAL = re.compile(r'\b(?:critical|data loss|security|deadlock|crash\w*)\b', re.IGNORECASE)
_MOST_CHANGES = 3


def is_update(type_: str | None, scope: str | None) -> bool:
    """Whether a commit of this type and scope updates what a package depends on."""
    return type_ in _UPDATE_TYPES and (scope in _UPDATE_SCOPES or type_ == 'deps')


def part(package: PlannedPackage, rules: ChangelogRules, forge: Forge | None, date: str) -> Part:
    """The notes of one package. Commits that no section lists are left out, unless they break something."""
    told = tuple(dict.fromkeys(_told(package, rules, forge)))
    updates = tuple(entry for entry in told if entry.category == 'dependencies' and entry.breaking is None)
    shown = updates if rules.updates != 'none' else ()
    entries = tuple(entry for entry in told if entry not in updates and (entry.title or entry.breaking is not None))
    before = None if package.span is None else package.span.tag
    return Part(
        id=package.id,
        name=package.name,
        version=package.next,
        previous=package.released,
        bump=str(package.bump),
        tag=package.tag,
        url=None if forge is None else forge.compare(before, package.tag) if before else forge.tag(package.tag),
        breaking=tuple(entry for entry in entries if entry.breaking is not None),
        sections=_sections(entries, style(rules).sections),
        entries=entries,
        updates=shown,
        dependencies=tuple(_dependencies(package)),
        contributors=tuple(_people(package.contributors or (), entries, forge, bots=rules.bots)),
        statistics=_statistics(package.span, date),
        summary='' if entries or shown else _summary(package),
    )


def notes(parts: Sequence[Part], name: str, plan: Plan, forge: Forge | None, label: str | None = None) -> Notes:
    """The notes of packages together; `label` is that of their workspace, None for more than one."""
    versions = {each.version for each in parts}
    tags = {each.tag for each in parts}
    titles = dict.fromkeys(section.title for each in parts for section in each.sections)
    alone = parts[0] if len(parts) == 1 else None
    packages = [plan.by_id[each.id] for each in parts]
    span = packages[0].span if len(packages) == 1 else (plan.spans or {}).get(label or '*')
    entries = tuple(entry for each in parts for entry in each.entries)
    people = _people(_together(packages), entries, forge, bots=True)
    named = {person.name for each in parts for person in each.contributors}
    return Notes(
        name=name,
        date=plan.date,
        version=versions.pop() if len(versions) == 1 else '',
        previous=alone.previous if alone else None,
        tag=tags.pop() if len(tags) == 1 else '',
        url=alone.url if alone else None,
        repository=None if forge is None else forge.url,
        breaking=tuple(entry for each in parts for entry in each.breaking),
        sections=tuple(Section(title, tuple(_under(parts, title))) for title in titles),
        entries=entries,
        updates=tuple(dict.fromkeys(entry for each in parts for entry in each.updates)),
        dependencies=tuple(entry for each in parts for entry in each.dependencies),
        contributors=tuple(each for each in people if each.name in named),
        statistics=_statistics(span, plan.date) or Statistics(0, 0, 0, None),
        summary=alone.summary if alone else '',
        packages=tuple(parts),
    )


def _together(packages: Iterable[PlannedPackage]) -> tuple[Contributor, ...]:
    """The contributors of packages together, each once, and each of their commits once."""
    found: dict[str, Contributor] = {}
    for package in packages:
        for each in package.contributors or ():
            known = found.get(each.name)
            found[each.name] = each if known is None else _joined(known, each)
    return tuple(sorted(found.values(), key=lambda each: (-len(each.commits), each.name.casefold(), each.name)))


def _joined(one: Contributor, other: Contributor) -> Contributor:
    return dataclasses.replace(
        one,
        handle=one.handle or other.handle,
        commits=tuple(dict.fromkeys([*one.commits, *other.commits])),
        requests=tuple(dict.fromkeys([*one.requests, *other.requests])),
    )


def _under(parts: Iterable[Part], title: str) -> Iterator[Entry]:
    return (entry for each in parts for section in each.sections if section.title == title for entry in section.entries)


def _told(package: PlannedPackage, rules: ChangelogRules, forge: Forge | None) -> Iterator[Entry]:
    """An entry for each change, in the order of the reasons: changesets first."""
    for reason in package.reasons:
        if reason.kind is ReasonKind.COMMIT:
            yield _entry(package, reason, rules, forge)
        elif reason.kind is ReasonKind.CHANGESET and reason.summary:
            yield _changeset(package, reason, rules)


def _changeset(package: PlannedPackage, reason: Reason, rules: ChangelogRules) -> Entry:
    """The entry of a changeset: in the section that lists its level, else in that of `feat` or `fix`.

    A major one breaks something.
    """
    known = style(rules)
    titles = {each: title for title, types in known.sections.items() for each in types}
    level, text = reason.level or '', summaries.text(reason.summary or '')
    title = summaries.title(level, titles, known.breaking)
    breaks = title == known.breaking
    return Entry(
        package=package.name,
        title='' if breaks else title,
        category=_LEVELS.get(level, 'changed'),
        text=text,
        type=None,
        scope=None,
        breaking=text if breaks else None,
        critical=_SECURITY.search(text) is not None,
        markdown=True,
        commit=None,
        url=None,
        references=(),
        authors=(),
    )


def _entry(package: PlannedPackage, reason: Reason, rules: ChangelogRules, forge: Forge | None) -> Entry:
    text, type_ = reason.subject or '', reason.type or ''
    hole = _SECURITY.search(f'{text} {reason.breaking or ""}') is not None
    category = _CATEGORIES.get(type_, 'other')
    if is_update(type_, reason.scope) and rules.updates != 'listed':
        category = 'dependencies'
    elif hole or reason.scope == 'security':
        category = 'security'
    titles = {each: title for title, types in style(rules).sections.items() for each in types}
    people = package.contributors or ()
    title = titles.get(type_, '')
    if not title and rules.updates == 'listed' and is_update(type_, reason.scope):
        title = style(rules).dependencies
    return Entry(
        package=package.name,
        title=title,
        category=category,
        text=text,
        type=reason.type,
        scope=reason.scope,
        breaking=reason.breaking,
        critical=category == 'security' or (category == 'fixed' and _CRITICAL.search(text) is not None),
        markdown=False,
        commit=reason.commit,
        url=None if forge is None or reason.commit is None else forge.commit(reason.commit),
        references=tuple(resolved(told, forge) for told in reason.references or ()),
        authors=tuple(person.name for person in people if reason.commit in person.commits),
    )


def _sections(entries: Sequence[Entry], titles: Iterable[str]) -> tuple[Section, ...]:
    """The sections that have entries. What is told in full among what breaks is not told twice."""
    shown = [entry for entry in entries if entry.title and entry.breaking != entry.text]
    order = dict.fromkeys([*titles, *(entry.title for entry in shown)])
    found = ((title, tuple(entry for entry in shown if entry.title == title)) for title in order)
    return tuple(Section(title, under) for title, under in found if under)


def _dependencies(package: PlannedPackage) -> Iterator[Dependency]:
    for reason in package.reasons:
        if reason.kind is ReasonKind.DEPENDENCY:
            name = (reason.package or '').partition(':')[2]
            yield Dependency(package.name, name, reason.detail or '')


def _people(
    contributors: Iterable[Contributor], entries: Sequence[Entry], forge: Forge | None, *, bots: bool
) -> Iterator[Person]:
    for each in contributors:
        if each.bot and not bots:
            continue
        own = set(each.commits)
        changes = dict.fromkeys(without_request(entry.text) for entry in entries if entry.commit in own)
        yield Person(
            name=each.name,
            handle=each.handle,
            # A handle is one of GitHub, as the addresses are that give it away.
            url=forge.person(each.handle) if forge is not None and each.handle and forge.kind == 'github' else None,
            new=each.new,
            bot=each.bot,
            commits=len(each.commits),
            requests=tuple(resolved(f'request {text}', forge) for text in each.requests),
            changes=tuple(changes)[:_MOST_CHANGES],
        )


def _statistics(span: Span | None, date: str) -> Statistics | None:
    if span is None:
        return None
    days = None
    if span.since is not None:
        days = max(0, (dt.date.fromisoformat(date) - dt.date.fromisoformat(span.since)).days)
    return Statistics(span.commits, span.files, span.contributors, days)


def _summary(package: PlannedPackage) -> str:
    """What notes say that have no entry: why there is a release at all."""
    if any(reason.kind is ReasonKind.DEPENDENCY for reason in package.reasons):
        return ''
    kinds = {reason.kind: reason for reason in package.reasons}
    if ReasonKind.INITIAL in kinds:
        return 'First release.'
    if (reason := kinds.get(ReasonKind.GROUP)) is not None:
        others = f'the group {reason.group}' if reason.group else 'others of the same version'
        return f'No changes of its own: released with {others}.'
    if (reason := kinds.get(ReasonKind.PRERELEASE)) is not None:
        return f'No changes since {reason.detail}.'
    return 'No notable changes.'
