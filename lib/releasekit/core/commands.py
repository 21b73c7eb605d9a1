# SPDX-License-Identifier: Apache-2.0
"""Where a command of release.yaml runs, and the words that it may name."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from releasekit.core.actions import RunCommand
from releasekit.core.package import Workspace
from releasekit.core.plan import Plan
from releasekit.core.unroll import Unrolled
from releasekit.spec.interpolate import fill
from releasekit.spec.model import Per, RunStep, Spec


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


@dataclasses.dataclass(frozen=True, slots=True)
class Ground:
    """What commands are spread over."""

    spec: Spec
    workspace: Workspace
    plan: Plan


def program(step: RunStep) -> str:
    """The name of the program that a step runs."""
    return step.run[0].rpartition('/')[2]


def commands(
    part: Unrolled,
    ground: Ground,
    id_: str,
    posargs: tuple[str, ...] = (),
    purpose: Literal['step', 'hook'] = 'step',
) -> list[RunCommand]:
    """The actions of a `run` step: one for each place that it runs in; a release has no `posargs`."""
    if not isinstance(part.step, RunStep):
        return []
    step = part.step
    made = []
    for place in spread(step.per, ground.spec, ground.workspace, ground.plan):
        filled = dataclasses.replace(place, words={**place.words, **part.words})
        made.append(
            RunCommand(
                purpose=purpose,
                id=f'{id_}{part.suffix}' + ('' if place.label is None else f'-{place.label}'),
                argv=filled.fill(step.run, posargs),
                package=place.package,
                cwd=place.folder,
                env=step.env,
                timeout=step.timeout,
                unless=filled.fill(step.unless, posargs) if step.unless else None,
            )
        )
    return made


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
