# SPDX-License-Identifier: Apache-2.0
"""Write what packages require of each other, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from releasekit.core.actions import Action
from releasekit.core.package import EdgeKind, Package
from releasekit.ecosystems import ECOSYSTEMS
from releasekit.ecosystems.base import Raise
from releasekit.spec.model import Pin
from releasekit.steps.base import NoOptions, Run, Skip, step
from releasekit.steps.texts import Texts

_PINNED = frozenset({EdgeKind.RUNTIME, EdgeKind.OPTIONAL, EdgeKind.BUILD})


@step()
def pin(run: Run, _: NoOptions) -> Sequence[Action] | Skip:
    """Write internal requirements as `pin` of release.yaml says."""
    texts = Texts(run)
    require(run, texts, exact=True)
    return texts.edits() or Skip('every requirement is so already')


def require(run: Run, texts: Texts, *, exact: bool) -> None:
    """Write what packages require of released ones; exact pins only where `exact` says so.

    Packages that are not released follow too where their requirement would no longer fit, as development
    dependencies do: their workspace could not be installed any more.
    """
    for label, ecosystem in run.labels():
        pin = run.spec.workspaces[label].pin or ecosystem.pin
        how = 'keep' if pin == 'exact' and not exact else pin
        members = [package for package in run.workspace.packages if package.workspace == label]
        everything: dict[Raise, None] = {}
        for package in members:
            released = run.plan.by_id.get(package.id)
            wanted = list(raises(run, package, how if released else 'keep'))
            everything |= dict.fromkeys(wanted)
            if wanted:
                why = f'requirements of {package.name}' if released is None else f'{package.name} {released.next}'
                raised = ecosystem.manifest.set_requirements(texts.read(package.manifest), wanted, package.manifest)
                texts.write(package.manifest, raised, why, package.id)
        for path in run.workspace.shared.get(label, ()) if everything else ():
            raised = ecosystem.manifest.set_requirements(texts.read(path), list(everything), path)
            texts.write(path, raised, f'requirements of {label}')


def exact(run: Run, packages: Iterable[Package]) -> Texts:
    """The texts that pin what packages require to the very versions that are released.

    A file that several of them share has one text: every build sees the edits of all.
    """
    texts = Texts(run)
    for package in packages:
        manifest = ECOSYSTEMS[package.ecosystem].manifest
        wanted = list(raises(run, package, 'exact'))
        for path in requiring(run, package):
            texts.write(path, manifest.set_requirements(texts.read(path), wanted, path), f'pins of {package.name}')
    return texts


def requiring(run: Run, package: Package) -> tuple[str, ...]:
    """The paths of the files that hold what a package requires."""
    return tuple(dict.fromkeys((package.manifest, *run.workspace.shared.get(package.workspace, ()))))


def raises(run: Run, package: Package, pin: Pin) -> Iterator[Raise]:
    """What a package requires of internal ones after the release; exact pins name unreleased ones too.

    Development and peer dependencies only change where they have to.
    """
    kinds: dict[str, set[EdgeKind]] = {}
    for edge in package.dependencies:
        if edge.id.partition(':')[0] == package.workspace:
            kinds.setdefault(edge.id, set()).add(edge.kind)
    for id_ in sorted(kinds):
        how = pin if kinds[id_] & _PINNED else 'keep'
        other = run.workspace.by_id[id_]
        version = run.versions.get(id_, other.version if how == 'exact' else None)
        if version is not None:
            yield Raise(other.name, version, how)
