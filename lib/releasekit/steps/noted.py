# SPDX-License-Identifier: Apache-2.0
"""Which changelogs a release has and what they say: for the step that writes them, and for notes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from importlib import resources
from typing import TYPE_CHECKING

from releasekit import lazy
from releasekit.core.changelog import Writer
from releasekit.core.entries import notes, part
from releasekit.core.notes import Notes
from releasekit.core.package import VersionPlace
from releasekit.core.page import first_release, is_told
from releasekit.core.paths import join
from releasekit.core.plan import PlannedPackage
from releasekit.errors import Code, fail
from releasekit.spec.model import ChangelogRules
from releasekit.steps.base import Run

if TYPE_CHECKING:
    from releasekit.core import sandbox, templates
else:
    # Jinja is needed by those alone who have a template.
    sandbox = lazy.module('releasekit.core.sandbox')
    templates = lazy.module('releasekit.core.templates')

# The templates that are shipped, in the folder `templates`.
BUILT_IN = ('impact',)


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
    if page.rules.template is not None:
        return _templated(run, page, told)
    writer = Writer(page.rules, run.forge)
    return writer.package(told.packages[0], told.date) if page.rules.per == 'package' else writer.together(told)


def template_path(rules: ChangelogRules) -> str | None:
    """The path of the template of a changelog, None where it has none or a built-in one."""
    return None if rules.template is None or rules.template in BUILT_IN else join('.', rules.template)


def _templated(run: Run, page: Page, told: Notes) -> str:
    """The section that a template writes.

    Raises:
        ReleaseKitError: `RK-TEMPLATE-FAILED`, also where it writes no heading that the section is found by again.
    """
    path = template_path(page.rules)
    name = path or page.rules.template or ''
    text = run.text(path) if path else builtin(name)
    if text is None:
        hint = f'Commit {name}, or choose one of {", ".join(BUILT_IN)}.'
        raise fail(Code.TEMPLATE_FAILED, f'The template {name} is not in the commit.', hint)
    made = templates.section(text, name, told, page.rules, run.forge)
    if page.version and first_release(made) != page.version:
        sandbox.no_heading(name, f'of {page.version}')
    if not page.version and not is_told(made, [f'{each.name} {each.version}' for each in told.packages]):
        sandbox.no_heading(name, 'for each package')
    return made


def builtin(name: str) -> str:
    """The text of a built-in template."""
    return resources.files('releasekit').joinpath('templates').joinpath(f'{name}.md.j2').read_text(encoding='utf-8')


def noted(run: Run, packages: Iterable[PlannedPackage], label: str | None = None) -> Notes:
    """The notes of released packages together; `label` is that of their workspace, None for more than one."""
    parts = [part(package, _rules(run, package), run.forge, run.plan.date) for package in packages]
    name = parts[0].name if len(parts) == 1 else label or run.spec.project.repository or ''
    return notes(parts, name, run.plan, run.forge, label)


def _rules(run: Run, package: PlannedPackage) -> ChangelogRules:
    """The rules of a package's changelog; where it has none, notes have the defaults."""
    return run.spec.workspaces[package.workspace].changelog or ChangelogRules()
