# SPDX-License-Identifier: Apache-2.0
"""What was asked for on the command line, held against the packages that there are."""

from __future__ import annotations

import dataclasses
import fnmatch
from collections.abc import Iterable, Mapping

from releasekit.core.history import History
from releasekit.core.package import Package, Workspace
from releasekit.core.plan import Inputs
from releasekit.core.version import scheme
from releasekit.errors import Code, Exit, ReleaseKitError, fail
from releasekit.spec.names import nearest

_LEVELS = ('major', 'minor', 'patch')


def check(inputs: Inputs, workspace: Workspace, schemes: Mapping[str, str]) -> None:
    """Hold the inputs against the packages; `schemes` are the names of schemes by workspace label.

    Raises:
        ReleaseKitError: `RK-PACKAGE-UNKNOWN`, `RK-VERSION-INVALID`, or `RK-USAGE` for what contradicts itself.
    """
    for id_ in sorted({*inputs.bump, *inputs.set}):
        _one(id_, workspace)
    for id_, level in sorted(inputs.bump.items()):
        if level not in _LEVELS:
            raise fail(Code.USAGE, f'{level!r} is no level to bump {id_} by.', f'Choose one of {", ".join(_LEVELS)}.')
    for id_ in sorted(inputs.set):
        if id_ in inputs.bump:
            raise fail(Code.USAGE, f'{id_} is both bumped and set.', f'Leave one of the two away for {id_}.')
    _versions(inputs, workspace, schemes)
    for id_ in sorted({*inputs.bump, *inputs.set} - selected(inputs, workspace)):
        raise fail(Code.USAGE, f'{id_} is bumped or set, but not selected.', f'Add `--only {id_}`.')


def of_changed(inputs: Inputs, history: History) -> Inputs:
    """The inputs without what `bump` and `set` say of packages with nothing new since their last release."""
    if not inputs.if_changed:
        return inputs
    same = {id_ for id_ in history.released if not history.recent.get(id_) and not history.fresh.get(id_)}
    bump = {id_: level for id_, level in inputs.bump.items() if id_ not in same}
    return dataclasses.replace(
        inputs, bump=bump, set={id_: version for id_, version in inputs.set.items() if id_ not in same}
    )


def selected(inputs: Inputs, workspace: Workspace) -> frozenset[str]:
    """The ids of the packages that may be released: those that a glob of `only` fits, by name or by id.

    Raises:
        ReleaseKitError: `RK-PACKAGE-UNKNOWN` for a glob that fits none.
    """
    able = [package for package in workspace.packages if package.release]
    if not inputs.only:
        return frozenset(package.id for package in able)
    found: set[str] = set()
    for glob in inputs.only:
        fitting = {package.id for package in able if _fits(package, glob)}
        if not fitting:
            raise unknown(glob, able)
        found |= fitting
    return frozenset(found)


def unknown(name: str, packages: Iterable[Package]) -> ReleaseKitError:
    """The error for a name that no package has, with the nearest one that there is."""
    names = {known: package.id for package in packages for known in (package.name, package.id)}
    near = nearest(name, sorted(names))
    hint = f'Did you mean `{names[near]}`?' if near else 'Run `releasekit discover` for the packages there are.'
    return fail(Code.PACKAGE_UNKNOWN, f'No package is called `{name}`.', hint)


def _versions(inputs: Inputs, workspace: Workspace, schemes: Mapping[str, str]) -> None:
    """Hold versions and prereleases against the schemes; who asks for what none has wrote a wrong command line."""
    try:
        for id_, version in sorted(inputs.set.items()):
            scheme(schemes[workspace.by_id[id_].workspace]).parse(version)
        if inputs.prerelease is not None:
            for label in sorted({workspace.by_id[id_].workspace for id_ in selected(inputs, workspace)}):
                scheme(schemes[label]).prerelease('1.0.0', inputs.prerelease, None)
    except ReleaseKitError as error:
        if error.code is not Code.VERSION_INVALID:
            raise
        raise ReleaseKitError(*error.problems, exit=Exit.USAGE) from error


def _one(id_: str, workspace: Workspace) -> None:
    if (package := workspace.by_id.get(id_)) is None:
        raise unknown(id_, workspace.packages)
    if not package.release:
        hint = f'Take `release: false` away from `{package.name}` in release.yaml.'
        raise fail(Code.USAGE, f'{id_} takes no part in releases.', hint)


def _fits(package: Package, glob: str) -> bool:
    return fnmatch.fnmatchcase(package.name, glob) or fnmatch.fnmatchcase(package.id, glob)
