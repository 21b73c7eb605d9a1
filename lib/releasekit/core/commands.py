# SPDX-License-Identifier: Apache-2.0
"""Where a command of release.yaml runs, and the words that it may name."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping

from releasekit.core.package import Workspace
from releasekit.core.plan import Plan
from releasekit.spec.interpolate import fill
from releasekit.spec.model import Per, Spec


@dataclasses.dataclass(frozen=True, slots=True)
class CommandPlace:
    """One place that a command runs in: the repository, a workspace (`label`) or a package (`package`, `name`)."""

    folder: str
    label: str | None = None
    package: str | None = None
    name: str = ''
    words: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def fill(self, argv: Iterable[str], posargs: tuple[str, ...] = ()) -> tuple[str, ...]:
        """The command with its words filled in; an argument that is `{posargs}` becomes as many as there are."""
        words = {**self.words, 'posargs': ' '.join(posargs)}
        parts = (posargs if word == '{posargs}' else (fill(word, words),) for word in argv)
        return tuple(part for group in parts for part in group)


def spread(per: Per, spec: Spec, workspace: Workspace, plan: Plan) -> Iterator[CommandPlace]:
    """The places of a command: one, one a workspace, or one a package; released packages have their new version."""
    if per == 'repository':
        yield CommandPlace('.')
    elif per == 'workspace':
        for label, rules in spec.workspaces.items():
            yield CommandPlace(rules.root, label=label)
    else:
        for package in workspace.packages:
            planned = plan.by_id.get(package.id)
            version = (planned.next if planned else package.version) or ''
            words = {'name': package.name, 'path': package.path, 'version': version}
            yield CommandPlace(package.path, package=package.id, name=package.name, words=words)
