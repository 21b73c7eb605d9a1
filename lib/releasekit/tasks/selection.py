# SPDX-License-Identifier: Apache-2.0
"""From flags to the inputs of a plan: which packages are meant, by id."""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Iterable, Mapping, Sequence

from releasekit.core.groups import fitting
from releasekit.core.package import Package, Workspace
from releasekit.core.plan import Inputs
from releasekit.core.snapshots import COMMIT, TIME, of_pull_request
from releasekit.errors import Code, ReleaseKitError, fail
from releasekit.spec.model import Spec
from releasekit.spec.names import nearest
from releasekit.tasks.flags import Flags

LEVELS = ('major', 'minor', 'patch')


def names_packages(flags: Flags) -> bool:
    """Whether the packages must be known to read the flags."""
    return bool(
        flags.workspace or flags.group or flags.only or flags.bump or flags.set or flags.to or _level_for_all(flags)
    )


def inputs(flags: Flags, spec: Spec, workspace: Workspace) -> Inputs:
    """The inputs that the flags stand for; `--set` outranks `--to`, and `--bump` the level for all.

    Raises:
        ReleaseKitError: `RK-PACKAGE-UNKNOWN` or `RK-USAGE`, naming what is meant, as far as that can be guessed.
    """
    if len(levels := [f'--{level}' for level in LEVELS if getattr(flags, level)]) > 1:
        raise fail(Code.USAGE, f'{" and ".join(levels)} contradict each other.', 'Give one of them.')
    only = chosen(flags, spec, workspace)
    everyone = [package.id for package in workspace.packages if package.release and (not only or package.id in only)]
    for_all = _level_for_all(flags)
    return Inputs(
        bump={**(dict.fromkeys(everyone, for_all) if for_all else {}), **_bumps(flags.bump, workspace)},
        set={**(dict.fromkeys(everyone, flags.to) if flags.to else {}), **_pairs('set', flags.set, workspace)},
        prerelease=flags.prerelease or None,
        only=only,
        date=flags.date or None,
        strict=flags.strict,
        snapshot=_snapshot(flags),
        if_changed=flags.if_changed or None,
    )


def plain_inputs(flags: Flags) -> Inputs:
    """The inputs where no flag names a package."""
    return Inputs(
        prerelease=flags.prerelease or None,
        date=flags.date or None,
        strict=flags.strict,
        snapshot=_snapshot(flags),
        if_changed=flags.if_changed or None,
    )


def _snapshot(flags: Flags) -> str | None:
    """What the versions of snapshots are made from, None where nothing says so.

    Raises:
        ReleaseKitError: `RK-USAGE`.
    """
    if flags.pr:
        if flags.by == COMMIT:
            raise fail(Code.USAGE, '--by commit and --pr contradict each other.', 'Give one of them.')
        if not (flags.pr.isascii() and flags.pr.isdigit()) or flags.pr.startswith('0'):
            hint = 'Write `--pr 42`; in a workflow, the number that the event has.'
            raise fail(Code.USAGE, f'`--pr {flags.pr}` is no number of a pull request.', hint)
        return of_pull_request(flags.pr)
    if flags.by not in {'', TIME, COMMIT}:
        raise fail(Code.USAGE, f'`--by {flags.by}` is not known.', f'Choose {TIME} or {COMMIT}.')
    return flags.by or None


def chosen(flags: Flags, spec: Spec, workspace: Workspace) -> tuple[str, ...]:
    """The ids that `--workspace`, `--group` and `--only` leave together; none of them given is ().

    Raises:
        ReleaseKitError: One of them matches nothing, or they leave nothing.
    """
    if not (flags.workspace or flags.group or flags.only):
        return ()
    found = tuple(workspace.packages)
    if flags.workspace:
        known('workspace', flags.workspace, spec.workspaces)
        found = tuple(package for package in found if package.workspace in flags.workspace)
    if flags.group:
        known('group', flags.group, {name for rules in spec.workspaces.values() for name in rules.groups})
        found = tuple(package for package in found if _in_groups(package, flags.group, spec))
    for glob in flags.only:
        if not any(_matches(package, glob) for package in workspace.packages):
            raise unknown(glob, workspace)
    if flags.only:
        found = tuple(package for package in found if any(_matches(package, glob) for glob in flags.only))
    if not found:
        raise fail(Code.USAGE, '--workspace, --group and --only leave no package.', 'Leave one of them out.')
    return tuple(package.id for package in found)


def resolve(given: str, workspace: Workspace) -> str:
    """The id of a package that is given by id or, where that is unique, by name.

    Raises:
        ReleaseKitError: `RK-PACKAGE-UNKNOWN`.
    """
    if given in workspace.by_id:
        return given
    found = [package.id for package in workspace.packages if package.name == given]
    if len(found) > 1:
        raise fail(Code.PACKAGE_UNKNOWN, f'`{given}` is more than one package.', f'Write {" or ".join(found)}.')
    if not found:
        raise unknown(given, workspace)
    return found[0]


def unknown(given: str, workspace: Workspace) -> ReleaseKitError:
    """The error of a name that no package has, with the nearest."""
    names = [name for package in workspace.packages for name in (package.name, package.id)]
    near = difflib.get_close_matches(given, names, n=1)
    hint = f'Did you mean {near[0]}?' if near else 'Run `releasekit discover` for the names of all packages.'
    return fail(Code.PACKAGE_UNKNOWN, f'No package is called `{given}`.', hint)


def _bumps(given: Sequence[str], workspace: Workspace) -> dict[str, str]:
    bumps = _pairs('bump', given, workspace)
    if wrong := next((level for level in bumps.values() if level not in LEVELS), None):
        raise fail(Code.USAGE, f'`{wrong}` is no level.', f'Choose one of {", ".join(LEVELS)}.')
    return bumps


def _pairs(flag: str, given: Sequence[str], workspace: Workspace) -> dict[str, str]:
    pairs = [text.partition('=') for text in given]
    for name, _, value in pairs:
        if not name or not value:
            raise fail(Code.USAGE, f'`--{flag} {name}` lacks a part.', f'Write `--{flag} PACKAGE=VALUE`.')
    return {resolve(name, workspace): value for name, _, value in pairs}


def _level_for_all(flags: Flags) -> str:
    return next((level for level in LEVELS if getattr(flags, level)), '')


def known(what: str, given: Iterable[str], names: Iterable[str] | Mapping[str, object]) -> None:
    """Look whether all names of workspaces, groups or targets are there.

    Raises:
        ReleaseKitError: `RK-USAGE` with what is meant, or all that there are.
    """
    there = sorted(names)
    for name in given:
        if name not in there:
            near = nearest(name, there)
            hint = f'Choose one of {", ".join(there)}.' if there else f'release.yaml has no {what}s.'
            hint = f'Did you mean `{near}`?' if near else hint
            raise fail(Code.USAGE, f'There is no {what} `{name}`.', hint)


def _in_groups(package: Package, groups: Iterable[str], spec: Spec) -> bool:
    return any(group.name in groups for group in fitting(spec, package))


def _matches(package: Package, glob: str) -> bool:
    return fnmatch.fnmatchcase(package.name, glob) or fnmatch.fnmatchcase(package.id, glob)
