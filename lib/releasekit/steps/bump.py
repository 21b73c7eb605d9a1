# SPDX-License-Identifier: Apache-2.0
"""Write the new versions, what packages require of each other, and what else follows from new versions."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from releasekit.core.actions import Action
from releasekit.core.package import VersionPlace
from releasekit.core.paths import join
from releasekit.errors import Code, fail
from releasekit.steps.base import NoOptions, Run, Skip, step
from releasekit.steps.pin import require
from releasekit.steps.texts import Texts


@step()
def bump(run: Run, _: NoOptions) -> Sequence[Action] | Skip:
    """Write versions and internal requirements."""
    if not run.plan.packages:
        return Skip('nothing to release')
    texts = Texts(run)
    _versions(run, texts)
    require(run, texts, exact=False)
    _version_files(run, texts)
    _sources(run, texts)
    return texts.edits() or Skip('every file has its version already')


def _versions(run: Run, texts: Texts) -> None:
    for planned, package, _, ecosystem in run.members():
        for place in package.places:
            text = ecosystem.manifest.set_version(texts.read(place.path), place, planned.next)
            texts.write(place.path, text, f'{planned.name} {planned.next}', planned.id)


def _version_files(run: Run, texts: Texts) -> None:
    written: dict[str, str] = {}
    for planned, package, rules, ecosystem in run.members():
        for file in rules.version.files:
            own = file.path.startswith('{path}/')
            path = join(package.path, file.path.removeprefix('{path}/')) if own else join(rules.root, file.path)
            if (before := written.setdefault(path, planned.next)) != planned.next:
                message = f'{path} holds one version, but {before} and {planned.next} are released.'
                raise fail(Code.VERSION_FILE, message, 'Begin its path with {path}/, or give the packages one version.')
            place = VersionPlace(path, 'pattern', file.pattern)
            text = ecosystem.manifest.set_version(texts.read(path), place, planned.next)
            texts.write(path, text, f'{planned.name} {planned.next}', planned.id if own else None)


def _sources(run: Run, texts: Texts) -> None:
    for label, ecosystem in run.labels():
        if ecosystem.sources is not None:
            tree = run.tree(label)
            tree = dataclasses.replace(tree, files={**tree.files, **texts.changed})
            for path, text in ecosystem.sources.edits(tree).items():
                texts.write(path, text, f'new versions of {label}')
