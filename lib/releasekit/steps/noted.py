# SPDX-License-Identifier: Apache-2.0
"""Which changelogs a release has and what they say: for the step that writes them, and for notes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

from releasekit.core.changelog import Writer
from releasekit.core.entries import notes, part
from releasekit.core.notes import Notes
from releasekit.core.package import VersionPlace
from releasekit.core.paths import join
from releasekit.core.plan import PlannedPackage
from releasekit.spec.model import ChangelogRules
from releasekit.steps.base import Run


@dataclasses.dataclass(frozen=True, slots=True)
class Page:
    """A changelog with the packages that its new section is about; `label` is that of their one workspace."""

    path: str
    rules: ChangelogRules
    packages: tuple[PlannedPackage, ...]
    label: str | None

    @property
    def version(self) -> str:
        """The version that the section is of, '' where the headings of its packages tell it."""
        return self.packages[0].next if self.rules.per == 'package' else ''

    @property
    def why(self) -> str:
        """What the section is for."""
        return ', '.join(f'{package.name} {package.next}' for package in self.packages)


def pages(run: Run) -> Iterator[Page]:
    """The changelogs of the released packages: those of packages first, in their order."""
    shared: dict[str, list[PlannedPackage]] = {}
    told: set[tuple[str, VersionPlace]] = set()
    for planned, package, rules, _ecosystem in run.members():
        if rules.changelog is False:
            continue
        path = path_of(rules.changelog, package.path, rules.root)
        places = {(path, place) for place in package.places}
        if told.isdisjoint(places):
            if rules.changelog.per == 'package':
                yield Page(path, rules.changelog, (planned,), planned.workspace)
            else:
                shared.setdefault(path, []).append(planned)
        told |= places
    for path, packages in shared.items():
        labels = {package.workspace for package in packages}
        first = run.spec.workspaces[packages[0].workspace].changelog
        if first is not False:
            yield Page(path, first, tuple(packages), labels.pop() if len(labels) == 1 else None)


def path_of(rules: ChangelogRules, package: str, root: str) -> str:
    """The path of the changelog of a package in a folder, whose workspace has a root."""
    match rules.per:
        case 'package':
            return join(package, rules.path)
        case 'workspace':
            return join(root, rules.path)
        case _:
            return join('.', rules.path)


def section(run: Run, page: Page) -> str:
    """The new section of a changelog."""
    told = noted(run, page.packages, page.label)
    writer = Writer(page.rules, run.forge)
    return writer.package(told.packages[0], told.date) if page.rules.per == 'package' else writer.together(told)


def noted(run: Run, packages: Iterable[PlannedPackage], label: str | None = None) -> Notes:
    """The notes of released packages together; `label` is that of their workspace, None for more than one."""
    parts = [part(package, _rules(run, package), run.forge, run.plan.date) for package in packages]
    name = parts[0].name if len(parts) == 1 else label or run.spec.project.repository or ''
    return notes(parts, name, run.plan, run.forge, label)


def _rules(run: Run, package: PlannedPackage) -> ChangelogRules:
    """The rules of a package's changelog; where it has none, notes have the defaults."""
    return run.spec.workspaces[package.workspace].changelog or ChangelogRules()
