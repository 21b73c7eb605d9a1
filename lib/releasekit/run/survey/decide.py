# SPDX-License-Identifier: Apache-2.0
"""From what was seen to a draft: pure. Every choice has a reason, and a default where nobody is asked."""

from __future__ import annotations

import dataclasses
import re
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from releasekit.core.globs import pattern
from releasekit.core.package import Package
from releasekit.core.paths import join
from releasekit.ecosystems.survey import Trait
from releasekit.migrations import TOOLS
from releasekit.run.survey import calendars, formats, known
from releasekit.run.survey.draft import Choice, Draft, Row, SpaceDraft, VersionChoice
from releasekit.run.survey.registries import Registries, Routing, published
from releasekit.run.survey.seen import Found, Remote, Seen

_CHANGELOGS = (
    'CHANGELOG.md',
    'CHANGES.md',
    'HISTORY.md',
    'NEWS.md',
    'Changelog.md',
    'changelog.md',
    'docs/changelog.md',
)
_OTHER_CHANGELOGS = ('CHANGELOG', 'CHANGELOG.rst', 'CHANGES.rst', 'HISTORY.rst', 'NEWS.rst', 'CHANGES.txt', 'CHANGES')
_USUAL = ('main', 'master', 'trunk')
_ORIGIN = 'origin'


@dataclasses.dataclass(frozen=True)
class _Settled:
    """A workspace with only those packages that are released, and what keeps the others out."""

    found: Found
    exclude: tuple[str, ...]
    overrides: Mapping[str, Mapping[str, object]]
    reasons: Mapping[str, str]


def decide(seen: Seen, answers: Mapping[str, str]) -> Draft:
    """The draft for what was seen; `answers` are values of the options of its choices, by key."""
    settled = [_settle(each) for each in seen.found]
    kept, dropped = _kept(seen, settled)
    remote, remote_choice = _remote(seen, answers)
    branch, branch_why = _branch(seen, remote)
    tagged = formats.decide(seen, [each.found for each in kept], answers)
    registries = Registries(seen, answers)
    routes = [registries.route(each.found) for each in kept]
    logs = [_changelog(seen, each.found, used=tagged.choices[each.found.label].used) for each in kept]
    spaces = tuple(_space(each, tagged, route, log[0]) for each, route, log in zip(kept, routes, logs, strict=True))
    checks = tuple(_checks([each.found for each in kept]))
    rows = [
        *_project_rows(seen, remote, branch, branch_why),
        *(row for each in kept for row in _space_rows(each, _versions(each.found, tagged))),
        *tagged.rows,
        *(log[1] for log in logs),
        *(row for route in routes for row in route.rows),
        *(Row(f'check {each.name}', shlex.join(each.run), each.why) for each in checks),
    ]
    changesets = next((path for name, path in seen.rivals if name == known.CHANGESETS), '')
    rows += [Row('levels', known.CHANGESETS, changesets)] if changesets else []
    left = (*seen.left, *dropped)
    rows += [Row('left out', path, why) for path, why in left]
    rows += [Row('not available yet', name, path) for name, path in seen.coming]
    rows += [Row('other release tool', name, f'{path}; {_migrated(name)}') for name, path in seen.rivals]
    return Draft(
        remote=remote.name if remote and remote.name != _ORIGIN else None,
        branch=branch,
        branch_why=branch_why,
        spaces=spaces,
        targets=registries.targets,
        checks=checks,
        rows=tuple(rows),
        choices=(*remote_choice, *tagged.questions, *(choice for route in routes for choice in route.questions)),
        notes=tuple(_notes(seen, remote, left)),
        changesets=changesets,
    )


def _settle(found: Found) -> _Settled:
    """Leave out examples and tests, and what only holds the others together."""
    exclude = _excluded(found)
    gone = {package.path for packages in exclude.values() for package in packages}
    overrides: dict[str, Mapping[str, object]] = {}
    reasons: dict[str, str] = {}
    packages = [package for package in found.packages if package.path not in gone]
    alone = sum(package.release for package in packages) == 1
    for package in packages:
        why = found.details.unbuilt.get(package.name)
        if why is not None and package.release and package.publish:
            # What only holds the others together has no versions of its own.
            root = package.path == found.sighting.root and not alone
            overrides[package.name] = {'release': False} if root else {'publish': False}
            reasons[package.name] = why
    packages = [package for package in packages if 'release' not in overrides.get(package.name, {})]
    settled = dataclasses.replace(found, packages=tuple(packages))
    return _Settled(settled, tuple(exclude), overrides, reasons)


def _excluded(found: Found) -> dict[str, tuple[Package, ...]]:
    """Globs of folders that hold examples, tests and the like, with their packages; one that is uploaded stays."""
    root = found.sighting.root
    start = 0 if root == '.' else len(root) + 1
    groups: dict[str, list[Package]] = {}
    for package in (each for each in found.packages if each.path != root):
        parts = package.path[start:].split('/')
        cut = next((at for at in range(1, len(parts) + 1) if known.aside('/'.join(parts[:at]))), None)
        if cut is not None and (not package.publish or not found.sighting.joined):
            whole = '/'.join(parts[:cut])
            groups.setdefault(whole if cut == len(parts) else f'{whole}/**', []).append(package)
    gone = {package.path for packages in groups.values() for package in packages}
    kept = [package.path[start:] for package in found.packages if package.path not in gone and package.path != root]
    return {
        glob: tuple(each) for glob, each in groups.items() if not any(pattern(glob).fullmatch(path) for path in kept)
    }


def _kept(seen: Seen, settled: Sequence[_Settled]) -> tuple[list[_Settled], list[tuple[str, str]]]:
    """The workspaces that are released, and why others are not; one stays in any case."""
    bundled = {path for each in settled for package in each.found.packages for path in package.bundles}
    kept: list[_Settled] = []
    dropped: list[tuple[str, str]] = []
    for each in settled:
        found = each.found
        others = [other for other in settled if other is not each and other.found.uploaded]
        parts = bundled and all(package.manifest in bundled for package in found.released)
        if others and parts and published(seen, found) is None and not found.details.outlets:
            why = 'it becomes part of another package, and nothing publishes it by itself'
            dropped.append((found.sighting.why, why))
            continue
        if others and not found.uploaded and not _tagged(seen, found):
            dropped.append((found.sighting.why, 'nothing in it is uploaded, and no tag names it'))
            continue
        kept.append(each)
    return [*_labelled(kept)], dropped


def _labelled(settled: Sequence[_Settled]) -> Iterator[_Settled]:
    """The workspaces with labels: that of the ecosystem, with the folder's name where it has several."""
    taken: set[str] = set()
    count = Counter(each.found.ecosystem.name for each in settled)
    for each in settled:
        own, root = each.found.ecosystem.survey.label, each.found.sighting.root
        folder = re.sub('[^a-z0-9]+', '-', root.rpartition('/')[2].lower()).strip('-')
        alone = root == '.' or count[each.found.ecosystem.name] == 1
        label = wanted = own if alone else f'{own}-{folder}'.strip('-')
        number = 2
        while label in taken:
            label, number = f'{wanted}-{number}', number + 1
        taken.add(label)
        yield dataclasses.replace(each, found=dataclasses.replace(each.found, label=label))


def _tagged(seen: Seen, found: Found) -> bool:
    return any(reading.package for tag in seen.tags for reading in formats.read(tag, found, ()))


def _remote(seen: Seen, answers: Mapping[str, str]) -> tuple[Remote | None, tuple[Choice, ...]]:
    by_name = {remote.name: remote for remote in seen.remotes}
    if not by_name:
        return None, ()
    first = _ORIGIN if _ORIGIN in by_name else next(iter(by_name))
    if len(by_name) == 1:
        return by_name[first], ()
    options = {name: name for name in (first, *(name for name in by_name if name != first))}
    return by_name[answers.get('remote', first)], (Choice('remote', 'Which remote are releases pushed to?', options),)


def _branch(seen: Seen, remote: Remote | None) -> tuple[str | None, str]:
    if remote is not None and remote.branch is not None:
        return remote.branch, f'the branch that {remote.name} calls its own'
    if not seen.branches:
        return None, 'HEAD is detached, and no branch has it'
    usual = next((name for name in _USUAL if name in seen.branches), None)
    if usual is not None:
        return usual, 'a branch of this clone that has the commit'
    return seen.branches[0], 'what is checked out' if len(seen.branches) == 1 else f'the first of {len(seen.branches)}'


def _project_rows(seen: Seen, remote: Remote | None, branch: str | None, why: str) -> Iterator[Row]:
    if remote is None:
        yield Row('remote', 'none', 'there is none yet; a release is pushed to one')
    else:
        count = len(seen.remotes)
        yield Row('remote', remote.name, 'the only one' if count == 1 else f'one of {count}')
        if remote.forge is not None:
            yield Row('forge', remote.forge.kind, f'the address of {remote.name}')
    yield Row('branch', branch or 'none', why)


def _versions(found: Found, tagged: formats.Formats) -> VersionChoice:
    """How versions are counted: as dates where the tags are dates, or the manifests where there are no tags."""
    manifests = sorted({package.version for package in found.released if package.version is not None})
    versions = tagged.written[found.label] or manifests
    dates = calendars.guess(versions, found.ecosystem.scheme)
    if dates is not None:
        return VersionChoice('calver', f'{", ".join(versions[:3])} are dates', dates)
    why = f'manifests: {", ".join(manifests[:3])}' if manifests else 'the default; versions are in tags'
    return VersionChoice(found.ecosystem.scheme, why)


def _space_rows(settled: _Settled, versions: VersionChoice) -> Iterator[Row]:
    found = settled.found
    count = len(found.released)
    yield Row(
        f'workspace {found.label}',
        f'{found.ecosystem.name} by {found.sighting.tool}: {count} {"package" if count == 1 else "packages"}',
        found.sighting.why,
    )
    counted = versions.scheme if versions.format is None else f'{versions.scheme} {versions.format}'
    yield Row(f'versions of {found.label}', counted, versions.why)
    for glob in settled.exclude:
        yield Row('left out', join(found.sighting.root, glob), 'examples, tests and the like')
    for name, why in settled.reasons.items():
        yield Row('left out' if 'release' in settled.overrides[name] else 'not uploaded', name, why)
    for package in found.released:
        if package.private:
            yield Row('not uploaded', package.name, package.private)


def _space(settled: _Settled, tagged: formats.Formats, route: Routing, changelog: str | bool | None) -> SpaceDraft:
    found, tags = settled.found, tagged.choices[settled.found.label]
    overrides = dict(settled.overrides)
    reasons = dict(settled.reasons)
    for name, targets in route.only.items():
        overrides[name] = {**overrides.get(name, {}), 'targets': list(targets)}
    named = tagged.named[found.label]
    for package in found.released if named else ():
        if package not in found.uploaded and package.name not in named:
            overrides[package.name] = {'release': False}
            reasons[package.name] = 'not uploaded, and no tag names it'
    if tags.lockstep:
        usual = {package.version for package in found.uploaded}
        for package in found.released:
            if package.version not in usual:
                overrides[package.name] = {'release': False}
                reasons[package.name] = 'its version is not that of the others'
    # Packages whose version is at one place share it without a group.
    shared = len({package.places for package in found.released}) == 1 and bool(found.released[0].places)
    return SpaceDraft(
        label=found.label,
        ecosystem=found.ecosystem.name,
        why=found.sighting.why,
        root=found.sighting.root,
        tool=found.sighting.tool if len(found.ecosystem.kind.tools) > 1 else None,
        exclude=settled.exclude,
        overrides=overrides,
        reasons=reasons,
        tags=dataclasses.replace(tags, lockstep=tags.lockstep and not shared),
        versions=_versions(found, tagged),
        changelog=changelog,
        setup=found.details.setup if route.targets or route.only else (),
        targets=route.targets,
    )


def _changelog(seen: Seen, found: Found, *, used: bool) -> tuple[str | bool | None, Row]:
    """The path of the changelogs, None for the default, False for none."""
    what = f'changelog of {found.label}'
    folders = [package.path for package in found.released]
    there = Counter(name for name in _CHANGELOGS for folder in folders if join(folder, name) in seen.paths)
    if there:
        name = max(there, key=lambda each: (there[each], -_CHANGELOGS.index(each)))
        first = next(join(folder, name) for folder in folders if join(folder, name) in seen.paths)
        return (None if name == _CHANGELOGS[0] else name), Row(what, name, first)
    other = next(
        (path for each in folders for name in _OTHER_CHANGELOGS if (path := join(each, name)) in seen.paths), None
    )
    if other is not None:
        return False, Row(what, 'none', f'{other} is no Markdown')
    shared = next((path for name in _CHANGELOGS if (path := join(found.sighting.root, name)) in seen.paths), None)
    if shared is not None:
        return None, Row(what, _CHANGELOGS[0], f'each package gets its own; {shared} stays as it is')
    if used and seen.tags:
        return False, Row(what, 'none', 'released before without one')
    return None, Row(what, _CHANGELOGS[0], 'the default; the first release makes it')


def _checks(spaces: Sequence[Found]) -> Iterator[Trait]:
    """The commands of all workspaces, each in its folder and under a name of its own."""
    count = Counter(each.name for found in spaces for each in found.details.checks)
    for found in spaces:
        for each in found.details.checks:
            name = each.name if count[each.name] == 1 else f'{each.name}-{found.label}'
            yield dataclasses.replace(each, name=name, run=_inside(each, found.sighting.root))


def _inside(trait: Trait, root: str) -> tuple[str, ...]:
    if root == '.' or trait.per == 'package':
        return trait.run
    line = trait.run[2] if trait.run[:2] == ('sh', '-c') else shlex.join(trait.run)
    return ('sh', '-c', f'cd {shlex.quote(root)} && {line}')


def _notes(seen: Seen, remote: Remote | None, left: Sequence[tuple[str, str]]) -> Iterator[str]:
    if remote is None:
        yield 'There is no remote yet; a release is pushed to one.'
    elif remote.forge is not None:
        yield f'The remote {remote.name} is {remote.forge.path} on {remote.forge.host}; changelogs link to its pages.'
    if not seen.reached:
        yield 'No tag is reachable from HEAD; the format is that of tags elsewhere in the repository.'
    for path, why in left:
        yield f'Left out: {path}, for {why}.'
    if seen.coming:
        yield f'Seen, not available yet: {", ".join(f"{name} ({path})" for name, path in seen.coming)}.'
    for name, path in seen.rivals:
        yield f'Seen: {name} ({path}); {_migrated(name)}.'


def _migrated(name: str) -> str:
    """What can become of the settings of another tool."""
    if name not in TOOLS or TOOLS[name].refused:
        return 'its settings are not read'
    return f'`releasekit migrate --from {name}` takes its settings over'
