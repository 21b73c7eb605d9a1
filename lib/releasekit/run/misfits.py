# SPDX-License-Identifier: Apache-2.0
"""What of release.yaml does not fit the packages that were found: names of nothing, and settings that cannot be."""

from __future__ import annotations

import dataclasses
import fnmatch
import itertools
import posixpath
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from releasekit.core import calver
from releasekit.core.globs import pattern
from releasekit.core.groups import fitting
from releasekit.core.package import Package, Workspace
from releasekit.core.tags import tag_name, umbrella_name
from releasekit.core.units import units
from releasekit.core.version import scheme
from releasekit.ecosystems import ECOSYSTEMS
from releasekit.ecosystems.base import Ecosystem
from releasekit.errors import Code, Place, Problem, ReleaseKitError, Severity
from releasekit.spec.members import addressed
from releasekit.spec.model import Spec, WorkspaceSpec
from releasekit.spec.names import did_you_mean, nearest
from releasekit.spec.places import Path, Places

# Tags whose formats differ can still be the same: `v{version}` and `v{major}.{minor}.{patch}`.
_SAMPLE = '7.8.9'
_NUMBERS = 3


@dataclasses.dataclass(frozen=True, slots=True)
class Misfit:
    """Something of release.yaml that does not fit: `path` is where it stands, `key` whether the key is meant."""

    path: Path
    message: str
    hint: str
    code: Code = Code.SPEC_UNUSED
    severity: Severity = Severity.WARNING
    label: str = ''
    key: bool = False

    def problem(self, places: Places | None) -> Problem:
        """The problem, with its place where the places are known."""
        place: Place | None = None
        if places is not None:
            place = (places.key if self.key else places.value)(self.path, self.label)
        return Problem(self.code, self.message, self.hint, place, self.severity)


def _error(path: Path, message: str, hint: str, code: Code = Code.SPEC_INVALID, label: str = '') -> Misfit:
    return Misfit(path, message, hint, code, Severity.ERROR, label)


def versions(spec: Spec) -> Iterator[Misfit]:
    """Versions that the ecosystem of a workspace cannot have."""
    for label, rules in spec.workspaces.items():
        ecosystem, path = ECOSYSTEMS[rules.ecosystem], ('workspaces', label, 'version')
        # Versions such as 1.0.0rc1 are read by no tool or registry but those whose own scheme it is.
        if rules.version.scheme == 'pep440' != ecosystem.scheme:
            message = f'Versions of the scheme pep440 are none of {ecosystem.name}, the ecosystem of {label}.'
            yield _error((*path, 'scheme'), message, f'Remove it; the default is {ecosystem.scheme}.')
            continue
        if rules.version.scheme == 'calver':
            yield from _calendar(label, rules.version.format or calver.DEFAULT, ecosystem)
            continue
        name = rules.version.scheme or ecosystem.scheme
        if scheme(name).read(rules.version.initial) is None:
            message = f'`initial` is `{rules.version.initial}`, which is no version of the scheme {name}.'
            yield _error((*path, 'initial'), message, 'Write a version such as 0.1.0.')


def prereleases(spec: Spec) -> Iterator[Misfit]:
    """Prereleases of branches that the scheme of a workspace does not have."""
    for branch, rules in spec.branches.items():
        for label, workspace in spec.workspaces.items() if rules.prerelease is not None else ():
            own, default = workspace.version.scheme, ECOSYSTEMS[workspace.ecosystem].scheme
            known = scheme(default if own is None or own == 'calver' else own)
            try:
                known.prerelease('1.0.0', rules.prerelease or '', None)
            except ReleaseKitError as error:
                message = (
                    f'`prerelease` is `{rules.prerelease}`, but versions of {label} are of the scheme {known.name}.'
                )
                yield _error(('branches', branch, 'prerelease'), message, error.problems[0].hint)


def _calendar(label: str, text: str, ecosystem: Ecosystem) -> Iterator[Misfit]:
    """A format of dates that does not grow with time, or gives what is no version of the ecosystem."""
    path = ('workspaces', label, 'version', 'format')
    try:
        dates = calver.calendar(text)
    except calver.FormatError as error:
        yield _error(path, f'{error}.', f'Write a format of https://calver.org such as {calver.DEFAULT}.')
        return
    if ecosystem.scheme != 'semver':
        return
    # https://semver.org/spec/v2.0.0.html#spec-item-2: three numbers without leading zeros.
    if len(dates.numbers) != _NUMBERS:
        message = f'`{text}` has {len(dates.numbers)} numbers, but a version of {ecosystem.name} has three.'
        yield _error(path, message, f'Write a format such as {calver.DEFAULT}.')
    if (token := dates.padded) is not None:
        message = f'`{token}` of `{text}` may begin with a zero, as no number in a version of {ecosystem.name} does.'
        yield _error(path, message, f'Write `{(token[1] * 2)}` in its place.')


def misfits(spec: Spec, workspace: Workspace, paths: Collection[str]) -> Iterator[Misfit]:
    """Everything that does not fit; `paths` are all files of the repository."""
    by_label: Mapping[str, Sequence[Package]] = {
        label: tuple(group)
        for label, group in itertools.groupby(
            sorted(workspace.packages, key=lambda package: package.workspace), key=lambda package: package.workspace
        )
    }
    grouped = {label: tuple(_groups(spec, label, by_label)) for label in spec.workspaces}
    clear = all(misfit.severity is Severity.WARNING for found in grouped.values() for misfit in found)
    for label, rules in spec.workspaces.items():
        packages = by_label.get(label, ())
        if not packages:
            hint = f'Correct its `root` or `exclude`, or remove the workspace {label}.'
            yield Misfit(('workspaces', label), f'Workspace {label} has no packages.', hint, key=True)
            continue
        yield from _names(label, rules, packages)
        yield from grouped[label]
        yield from _globs(label, rules, paths)
        # Which version a package of two groups has, nobody can say.
        if clear:
            yield from _umbrella(spec, workspace, label, packages)
    yield from _needs(spec, workspace)
    yield from _checks(spec, workspace.packages)
    yield from _tags(spec, workspace.packages)
    if clear:
        yield from _umbrellas(spec, workspace)


def same_folder(one: Package, other: Package) -> Misfit:
    """Two packages of an ecosystem in one folder: workspaces whose roots overlap."""
    message = f'{one.id} and {other.id} are the same folder, {other.path}.'
    hint = f'Leave it out of one of the two: `exclude` of {one.workspace} or {other.workspace}.'
    return _error(('workspaces', other.workspace, 'root'), message, hint, Code.WORKSPACE_INVALID)


def _names(label: str, rules: WorkspaceSpec, packages: Iterable[Package]) -> Iterator[Misfit]:
    """Overrides that fit the name of no package."""
    names = sorted(package.name for package in packages)
    for glob in rules.packages:
        if not fnmatch.filter(names, glob):
            path: Path = ('workspaces', label, 'packages', glob)
            yield _unused(path, f'No package of {label} is called `{glob}`.', glob, names, key=True)


def _groups(spec: Spec, label: str, by_label: Mapping[str, Sequence[Package]]) -> Iterator[Misfit]:
    """Globs of the groups of a workspace that fit no package, and packages that another group has too."""
    for group, members in spec.workspaces[label].groups.items():
        for index, glob in enumerate(members.packages):
            path: Path = ('workspaces', label, 'groups', group, 'packages', index)
            owner, wanted = addressed(glob, label, spec.workspaces)
            packages = by_label.get(owner, ())
            if not (fit := [package for package in packages if fnmatch.fnmatchcase(package.name, wanted)]):
                names = sorted(package.name for package in packages)
                yield _unused(path, f'No package of {owner} is called `{wanted}`.', wanted, names)
            found = ((package, next(fitting(spec, package))) for package in fit)
            twice = next(
                ((package, first) for package, first in found if (first.label, first.name) != (label, group)), None
            )
            if twice is not None:
                package, first = twice
                message = f'{package.id} is in the groups {first.name} and {group}.'
                yield _error(path, message, 'Let the globs of one group only fit it.')


def _globs(label: str, rules: WorkspaceSpec, paths: Collection[str]) -> Iterator[Misfit]:
    """Path globs that fit no file or folder."""
    for glob, override in rules.packages.items():
        for index, also in enumerate(override.also or ()):
            expression = pattern(also)
            if not any(expression.fullmatch(path) for path in paths):
                path: Path = ('workspaces', label, 'packages', glob, 'also', index)
                hint = 'Write it from the root of the repository, such as proto/**, or remove it.'
                yield Misfit(path, f'No file of the repository fits `{also}`.', hint)
    below = _below(rules.root, paths) if rules.exclude else frozenset[str]()
    for index, glob in enumerate(rules.exclude):
        expression = pattern(posixpath.normpath(glob))
        if not any(expression.fullmatch(path) for path in below):
            hint = f'Write it from the root of the workspace, {rules.root}, or remove it.'
            yield Misfit(('workspaces', label, 'exclude', index), f'Nothing in {label} fits `{glob}`.', hint)


def _below(root: str, paths: Iterable[str]) -> frozenset[str]:
    """The files and folders below a folder, from there."""
    start = '' if posixpath.normpath(root) == '.' else f'{posixpath.normpath(root)}/'
    found: set[str] = {'.'}
    for path in paths:
        relative = path[len(start) :] if path.startswith(start) else ''
        while relative and relative not in found:
            found.add(relative)
            relative = posixpath.dirname(relative)
    return frozenset(found)


def _umbrella(spec: Spec, workspace: Workspace, label: str, packages: Iterable[Package]) -> Iterator[Misfit]:
    """A tag of a whole workspace whose packages have not one version."""
    released = frozenset(package.id for package in packages if package.release)
    if spec.workspaces[label].umbrella_tag is None or len(units(spec, workspace, released)) <= 1:
        return
    message = f'The packages of {label} do not share one version, so that one tag cannot name it.'
    hint = 'Put all of them into one fixed group, or remove `umbrella_tag`.'
    yield _error(('workspaces', label, 'umbrella_tag'), message, hint)


def _umbrellas(spec: Spec, workspace: Workspace) -> Iterator[Misfit]:
    """Workspaces that would have the same tag, and not the same version."""
    first: dict[str, str] = {}
    for label, rules in spec.workspaces.items():
        if rules.umbrella_tag is None:
            continue
        name = umbrella_name(rules.umbrella_tag, label, _SAMPLE)
        if (other := first.setdefault(name, label)) == label:
            continue
        both = (package for package in workspace.packages if package.release and package.workspace in {label, other})
        if len(units(spec, workspace, frozenset(package.id for package in both))) > 1:
            message = f'The workspaces {other} and {label} would have the same tag, `{name}`, for different versions.'
            hint = 'Add `{label}` to it, or put all packages of both into one fixed group.'
            yield _error(('workspaces', label, 'umbrella_tag'), message, hint, Code.TAG_AMBIGUOUS)


def _needs(spec: Spec, workspace: Workspace) -> Iterator[Misfit]:
    """Packages of other workspaces that are not there."""
    known = workspace.by_id.keys()
    for label, rules in spec.workspaces.items():
        for glob, override in rules.packages.items():
            for index, need in enumerate(override.needs or ()):
                if need not in known:
                    path: Path = ('workspaces', label, 'packages', glob, 'needs', index)
                    ids = sorted(known)
                    hint = f'Name one of {_some(ids)} as `label:name`.'
                    message = f'There is no package `{need}`.'
                    yield _error(path, message, hint, Code.SPEC_NAME, did_you_mean(need, ids))


def _checks(spec: Spec, packages: Iterable[Package]) -> Iterator[Misfit]:
    """Globs of checks that fit no package."""
    names = sorted({package.name for package in packages})
    for place, check in enumerate(spec.checks):
        for index, glob in enumerate(check.packages):
            if names and not fnmatch.filter(names, glob):
                path: Path = ('checks', place, 'packages', index)
                yield _unused(path, f'No package is called `{glob}`.', glob, names)


def _tags(spec: Spec, packages: Iterable[Package]) -> Iterator[Misfit]:
    """Tags that would be those of two packages, or of a package and a whole workspace."""
    first: dict[str, str] = {}
    for label, rules in spec.workspaces.items():
        if rules.umbrella_tag is not None:
            first[umbrella_name(rules.umbrella_tag, label, _SAMPLE)] = f'the whole workspace {label}'
    said: set[str] = set()
    for package in packages:
        if not package.release:
            continue
        tag = tag_name(spec.workspaces[package.workspace].tag, package, _SAMPLE)
        other = first.setdefault(tag, package.id)
        if other != package.id and package.workspace not in said:
            said.add(package.workspace)
            word = 'name' if other.startswith(f'{package.workspace}:') else 'label'
            message = f'{package.id} {_SAMPLE} would have the tag `{tag}`, and so would {other}.'
            path: Path = ('workspaces', package.workspace, 'tag')
            yield _error(path, message, f'Add `{{{word}}}` to `tag` of {package.workspace}.', Code.TAG_AMBIGUOUS)


def _unused(path: Path, message: str, glob: str, names: Sequence[str], *, key: bool = False) -> Misfit:
    near = nearest(glob, names)
    hint = f'Write `{near}`, or remove it.' if near else f'Correct or remove it; the packages are {_some(names)}.'
    return Misfit(path, message, hint, label=f'did you mean `{near}`?' if near else '', key=key)


def _some(names: Sequence[str]) -> str:
    shown = ', '.join(names[:5])
    return f'{shown} and {len(names) - 5} more' if len(names) > 5 else shown or 'none yet'
