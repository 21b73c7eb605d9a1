# SPDX-License-Identifier: Apache-2.0
"""Write the new versions, and what released packages require of each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from releasekit.core.actions import Action
from releasekit.core.package import VersionPlace
from releasekit.core.paths import join
from releasekit.core.plan import PlannedPackage
from releasekit.errors import Code, fail
from releasekit.steps.base import NoOptions, Run, Skip, step
from releasekit.steps.pin import committed, read


@step()
def bump(run: Run, _: NoOptions) -> Sequence[Action] | Skip:
    """Write versions and internal requirements."""
    if not run.plan.packages:
        return Skip('nothing to release')
    texts = dict(_manifests(run))
    texts |= _version_files(run, texts)
    edits = [run.edit(path, text, why, package) for path, (text, why, package) in texts.items()]
    return [edit for edit in edits if edit is not None] or Skip('every file has its version already')


_Text = tuple[str, str, 'str | None']


def _manifests(run: Run) -> Iterator[tuple[str, _Text]]:
    for planned, package, rules, ecosystem in run.members():
        for place in package.places:
            text = ecosystem.manifest.set_version(read(run, place.path), place, planned.next)
            if place.path == package.manifest:
                text = ecosystem.manifest.set_requirements(text, committed(run, package, rules, ecosystem))
            yield place.path, (text, f'{planned.name} {planned.next}', planned.id)
        if all(place.path != package.manifest for place in package.places):
            text = read(run, package.manifest)
            raised = ecosystem.manifest.set_requirements(text, committed(run, package, rules, ecosystem))
            yield package.manifest, (raised, f'requirements of {planned.name} {planned.next}', planned.id)


def _version_files(run: Run, texts: dict[str, _Text]) -> dict[str, _Text]:
    found: dict[str, _Text] = {}
    written: dict[str, str] = {}
    for planned, package, rules, ecosystem in run.members():
        for file in rules.version.files:
            path = join(package.path, file.path.removeprefix('{path}/')) if file.path.startswith('{path}/') else ''
            path = path or join(rules.root, file.path)
            text = (found.get(path) or texts.get(path) or (read(run, path),))[0]
            if (before := written.setdefault(path, planned.next)) != planned.next:
                message = f'{path} holds one version, but {before} and {planned.next} are released.'
                raise fail(Code.VERSION_FILE, message, 'Begin its path with {path}/, or give the packages one version.')
            place = VersionPlace(path, 'pattern', file.pattern)
            new = ecosystem.manifest.set_version(text, place, planned.next)
            found[path] = (new, f'{planned.name} {planned.next}', _owner(planned, path, texts, file.path))
    return found


def _owner(planned: PlannedPackage, path: str, texts: dict[str, _Text], declared: str) -> str | None:
    return planned.id if declared.startswith('{path}/') or path in texts else None
