# SPDX-License-Identifier: Apache-2.0
"""Write what released packages require of each other, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from releasekit.core.actions import Action
from releasekit.core.package import EdgeKind, Package
from releasekit.ecosystems.base import Ecosystem, Raise
from releasekit.errors import Code, fail
from releasekit.spec.model import Pin, WorkspaceSpec
from releasekit.steps.base import NoOptions, Run, Skip, step

_REQUIRING = frozenset({EdgeKind.RUNTIME, EdgeKind.OPTIONAL, EdgeKind.BUILD})


@step()
def pin(run: Run, _: NoOptions) -> Sequence[Action] | Skip:
    """Write internal requirements as `pin` of release.yaml says."""
    edits = []
    for planned, package, rules, ecosystem in run.members():
        how = rules.pin or ecosystem.pin
        text = ecosystem.manifest.set_requirements(read(run, package.manifest), list(raises(run, package, how)))
        edits.append(run.edit(package.manifest, text, f'requirements of {planned.name} {planned.next}', planned.id))
    return [edit for edit in edits if edit is not None] or Skip('every requirement is so already')


def committed(run: Run, package: Package, rules: WorkspaceSpec, ecosystem: Ecosystem) -> list[Raise]:
    """The requirements that are written into history: those of released packages, unless pins are exact."""
    pin = rules.pin or ecosystem.pin
    return [] if pin in {'exact', 'keep'} else list(raises(run, package, pin))


def raises(run: Run, package: Package, pin: Pin) -> Iterator[Raise]:
    """What a package requires of internal ones after the release; exact pins name unreleased ones too."""
    needed = sorted({edge.id for edge in package.dependencies if edge.kind in _REQUIRING})
    for id_ in needed:
        if (planned := run.plan.by_id.get(id_)) is not None:
            yield Raise(planned.name, planned.next, pin)
            continue
        other = run.workspace.by_id[id_]
        if pin == 'exact' and other.version is not None:
            yield Raise(other.name, other.version, pin)


def read(run: Run, path: str) -> str:
    """The text of a file that must be there.

    Raises:
        ReleaseKitError: `RK-EDIT-FAILED` where it is not.
    """
    if (text := run.text(path)) is None:
        raise fail(Code.EDIT_FAILED, f'{path} is not in the commit.', f'Commit {path}, or take it out of release.yaml.')
    return text
